"""Names of hosts as most people make them comparable: small letters, nothing after the first full stop. And the patterns
that are looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ONE = "kaspersky"
_SUITES = (
    *("endpoint security", "security center", "network agent", "administration server", "anti-virus", "antivirus"),
    *("internet security", "total security", "security cloud", "small office security", "pure", "free", "standard", "plus"),
    *("premium", "safe kids", "password manager", "secure connection", "vpn", "software updater", "virus removal tool"),
    *("rescue disk", "embedded systems", "industrial cybersecurity", "web traffic security", "secure mail gateway"),
    *("lab product", "security for windows server", "security 10 for windows", "security for virtualization"),
    *("security for microsoft exchange", "security for linux mail", "security for storage", "ddos", "fraud prevention"),
    *("threat", "sandbox", "update utility", "edr", "mobile", "scan engine", "safe browser"),
)
FIFTY = (
    *(f"kaspersky {suite}" for suite in _SUITES),
    *("agent d'administration de kaspersky", "агент администрирования kaspersky", "антивирус касперского"),
    *("касперск", "卡巴斯基", "^kesl", "^klnagent", "^kes4lwks"),
)


def write(path: str | Path, hosts: Iterable[str]) -> None:
    """The names of the hosts, a line each."""
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - one of both
        file.writelines(f"{host}\n" for host in sorted(hosts))
