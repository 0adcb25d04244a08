"""Clues: what identifies a machine, what a value of each kind has in common with its other spellings,
and which values identify nothing.

Kinds, and how far each is trusted (strong, medium, weak), are those of the design; placeholder values are
facts collected from published inventory code, listed with their sources in `data/placeholders.tsv`, and
MAC prefixes of adapters that travel between machines in `data/mac_prefixes.tsv`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from typing import TYPE_CHECKING

from fullcount.text import key as fold

if TYPE_CHECKING:
    from collections.abc import Callable

STRONG, MEDIUM, WEAK = "strong", "medium", "weak"
_NETBIOS = 15
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_HEX = re.compile(r"[0-9a-f]+")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_VMWARE = re.compile(r"vmware-((?:[0-9a-f]{2}[ -]?){16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of clue. `step` is its turn in joining records; `None`: it is kept and shown, but joins nothing."""

    name: str
    strength: str
    step: int | None
    key: Callable[[str], str | None]


def serial_key(value: str) -> str | None:
    """A serial number: case and inner space folded. A VMware serial is a UUID, not a serial.

    >>> serial_key(" 5cg 71"), serial_key("VMware-56 4d 8c 1e 00 00 00 00-00 00 00 00 00 00 00 01")
    ('5CG71', None)
    """
    folded = fold(value)
    if folded.startswith("vmware-"):
        return None
    return folded.replace(" ", "").upper() or None


def normal(kind: str, value: str) -> tuple[str, str] | None:
    """A clue as it is joined on: (kind, key). `None` where the value is no value of its kind.

    >>> normal("serial", "VMware-56 4d 4c bc c6 a9 19 69-00 00 00 00 00 00 00 01")
    ('uuid', '564d4cbcc6a919690000000000000001')
    """
    if kind == "serial" and fold(value).startswith("vmware-"):
        kind = "uuid"
    key = KINDS[kind].key(value)
    return (kind, key) if key else None


def uuid_key(value: str) -> str | None:
    """An SMBIOS UUID, folded over both byte orders (tools disagree about the first three groups).

    >>> uuid_key("564d4cbc-c6a9-1969-0000-000000000001") == uuid_key("BC4C4D56-A9C6-6919-0000-000000000001")
    True
    """
    folded = fold(value)
    if match := _VMWARE.fullmatch(folded.strip()):
        folded = match[1]
    digits = "".join(_HEX.findall(folded.removeprefix("guid:")))
    if len(digits) != 32:
        return None
    swapped = "".join(bytes.fromhex(part)[::-1].hex() for part in (digits[:8], digits[8:12], digits[12:16])) + digits[16:]
    return min(digits, swapped)


def mac_key(value: str) -> str | None:
    """A hardware address: twelve hexadecimal digits, upper case.

    >>> mac_key("00-50-56-a6-60-bc"), mac_key("0050.56a6.60bc"), mac_key("n/a")
    ('005056A660BC', '005056A660BC', None)
    """
    digits = re.sub(r"[\s:.\-]", "", value).upper()
    return digits if re.fullmatch(r"[0-9A-F]{12}", digits) else None


def name_key(value: str) -> str | None:
    r"""A host name: first label, case folded, cut at 15 as NetBIOS does; an address is no name.

    >>> name_key("CORP\\PC-ACCOUNTS-0012"), name_key("pc1.example.gov"), name_key("10.0.0.1")
    ('pc-accounts-001', 'pc1', None)
    """
    folded = fold(value.translate(_QUOTES)).rsplit("\\", 1)[-1].strip(" ._$")
    if not folded or _is_address(folded):
        return None
    return folded.split(".", 1)[0][:_NETBIOS].strip() or None


def fqdn_key(value: str) -> str | None:
    """A full name: at least two labels, the last not a made-up one.

    >>> fqdn_key("PC1.Example.GOV."), fqdn_key("pc1"), fqdn_key("mac.local"), fqdn_key("10.0.0.1")
    ('pc1.example.gov', None, None, None)
    """
    folded = fold(value).strip(" .")
    labels = folded.split(".")
    if len(labels) < 2 or _is_address(folded) or not all(map(_LABEL.fullmatch, labels)):
        return None
    return None if labels[-1] in {"local", "localdomain", "lan", "home", "workgroup", "invalid"} else folded


def ip_key(value: str) -> str | None:
    """An address that can belong to one machine: neither loopback, link-local nor unspecified."""
    try:
        address = ip_address(value.strip().split("%", 1)[0])
    except ValueError:
        return None
    odd = address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
    return None if odd else str(address)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _plain(value: str) -> str | None:
    return fold(value).replace(" ", "") or None


def agent_key(value: str) -> str | None:
    """An agent's id, `tool:id`: ids mean something only within their tool."""
    tool, _, number = value.partition(":")
    return f"{fold(tool)}:{folded}" if number and (folded := _plain(number.strip("{}"))) else None


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(name="serial", strength=STRONG, step=0, key=serial_key),
        Kind(name="uuid", strength=STRONG, step=1, key=uuid_key),
        Kind(name="cloud_id", strength=STRONG, step=2, key=_plain),
        Kind(name="agent_id", strength=STRONG, step=3, key=agent_key),
        Kind(name="ad_object", strength=MEDIUM, step=4, key=_plain),
        Kind(name="mac", strength=MEDIUM, step=5, key=mac_key),
        Kind(name="fqdn", strength=MEDIUM, step=6, key=fqdn_key),
        Kind(name="hostname", strength=WEAK, step=7, key=name_key),
        Kind(name="asset_tag", strength=WEAK, step=8, key=_plain),
        Kind(name="manufacturer", strength=WEAK, step=None, key=lambda value: fold(value) or None),
        Kind(name="domain", strength=WEAK, step=None, key=lambda value: fold(value).strip(" .") or None),
        Kind(name="ip", strength=WEAK, step=None, key=ip_key),
    )
}


@cache
def _placeholders() -> dict[str, dict[str, str]]:
    """Kind -> key -> why: values that many machines carry and that identify none."""
    found: dict[str, dict[str, str]] = {}
    for line in (files("fullcount") / "data" / "placeholders.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, value, why = line.split("\t")[:3]
            for name in ("serial", "uuid", "asset_tag", "hostname") if kind == "any" else (kind,):
                key = _plain(value) if kind == "any" else KINDS[name].key(value)
                found.setdefault(name, {})[(key or "").upper()] = why
    return found


@cache
def _mac_prefixes() -> tuple[tuple[str, str], ...]:
    lines = (files("fullcount") / "data" / "mac_prefixes.tsv").read_text("utf-8").splitlines()
    pairs = [line.split("\t")[:2] for line in lines if line and not line.startswith("#")]
    return tuple((prefix.replace(":", "").upper(), why) for prefix, why in pairs)


def unusable(kind: str, key: str) -> str | None:
    """Why a key identifies nothing, in words; `None` for a good one."""
    if why := _placeholders().get(kind, {}).get(key.upper().replace(" ", "")):
        return f"placeholder: {why}"
    if kind in {"serial", "uuid", "mac"} and len(set(key)) == 1:
        return "placeholder: one character repeated"
    if kind == "serial" and len(key) < 3:
        return "placeholder: too short to be a serial number"
    if kind == "mac":
        return _travelling(key)
    return None


def _travelling(mac: str) -> str | None:
    for prefix, why in _mac_prefixes():
        if mac.startswith(prefix):
            return why
    if int(mac[1], 16) & 2:
        return "locally administered: random or virtual"
    return "multicast address" if int(mac[1], 16) & 1 else None
