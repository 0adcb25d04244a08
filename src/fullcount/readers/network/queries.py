"""Lines of the query logs of name servers: BIND, dnsmasq, Unbound, and Windows' debug log.

Forms: BIND's manual ("queries" category) and its source (`log_query`), dnsmasq(8) `--log-queries`, unbound.conf(5)
`log-queries`, and the key that Windows writes at the top of its log.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.reader import utc
from fullcount.readers.network.clients import Said, Spoke, client_of, lines_of, moment_of, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from fullcount.reader import Stream

_BIND = re.compile(
    r"(?:(\d{2}-[A-Z][a-z]{2}-\d{4} \d{2}:\d{2}:\d{2})\.\d+ |(\d{4}-\d\d-\d\dT[\d:]+)(?:\.\d+)?Z |.{0,200}?\b)?"
    r"(?:queries: )?(?:info: )?client (?:@0x[0-9a-f]+ )?([0-9A-Fa-f.:]+)#\d+(?: \([^)]*\))?: "
    r"(?:view [^:]{1,99}: )?query: (\S+) [A-Z]+ .*"
)
_DNSMASQ = re.compile(r".{0,200}?\bdnsmasq\[\d+\]: (?:\d+ \S+ )?query\[[\w=]+\] (\S+) from ([0-9A-Fa-f.:]+)\s*")
_UNBOUND = re.compile(
    r"(?:.{0,200}?\[(\d{9,10})\] |.{0,200}?\b)unbound(?:\[[\d:]+\])?:? (?:\[[0-9a-f:]+\] )?info: "
    r"([0-9A-Fa-f.:]+) (\S+)\. [A-Z0-9]+ IN\b.*"
)
_HEADER = re.compile(r"(?:<\d+>)?(?:\d )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)? ")
_WINDOWS = re.compile(
    r"(\d[\d./-]{7,9} [\d:]{7,8}(?: [AP]M)?) [0-9A-Fa-f]{3,5} PACKET +[0-9A-Fa-f]{8,16} (?:UDP|TCP) (Rcv|Snd) "
    r"([0-9A-Fa-f.:]+) +[0-9a-f]{4} (R| ) [QNU?] \[.{0,40}\] \S+ +((?:\(\d+\)[^()]*)+)\s*"
)
_CHATTER = re.compile(
    r"\bdnsmasq(?:-dhcp)?\[\d+\]:|\b(?:named|unbound)(?:\[[\d:]+\])?:?\s|^\s*(?:Field #|-{3,}|\d{1,2} {2})|\bPACKET\b|^\s"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# what a line has in it, which is looked for first: most lines of most files are none of these
_PATTERNS = ((" query: ", _BIND), (" query[", _DNSMASQ), ("unbound", _UNBOUND), (" PACKET ", _WINDOWS))


def lists_queries(lines: list[str]) -> bool:
    """Whether at least two lines, and half of them, are queries of one of the servers; Windows writes a key above."""
    for mark, pattern in _PATTERNS:
        mine = [line for line in lines if mark in line and pattern.fullmatch(line)]
        if not mine:
            continue
        others = [line for line in lines if not _is_chatter(line)]
        if len(mine) >= 2 and len(mine) * 2 >= len(others):
            return True
    return False


def _is_chatter(line: str) -> bool:
    """Lines that such logs also hold: other messages of the servers, and the key of Windows' log."""
    return bool(_CHATTER.search(line))


def queries(stream: Stream) -> Iterator[tuple[int, str, Said]]:
    """Queries of clients; other messages of the servers are passed over."""
    for place, line, whole in lines_of(stream):
        yield place, line, _query(line) if whole else "a line that is too long"


def _query(line: str) -> Said:
    if " query: " in line and (match := _BIND.fullmatch(line)):
        return _spoke(match[3], match[4], _bind_time(match[1]) if match[1] else headed(line))
    if " query[" in line and (match := _DNSMASQ.fullmatch(line)):
        return _spoke(match[2], match[1], headed(line))
    if "unbound" in line and (match := _UNBOUND.fullmatch(line)):
        return _spoke(match[2], match[3], utc(int(match[1])) if match[1] else headed(line))
    if " PACKET " in line and (match := _WINDOWS.fullmatch(line)):
        asked = match[2] == "Rcv" and match[4] == " "
        return _spoke(match[3], re.sub(r"\(\d+\)", ".", match[5]).strip("."), moment_of(match[1])) if asked else None
    if " query: " in line or " query[" in line:
        return "a query in a form that is not known"
    return None


def _spoke(client: str, name: str, moment: datetime | None) -> Said:
    address, asked = client_of(client), name_of(name)
    if address is None:
        return None  # the server itself
    return Spoke(address, (asked,) if asked else (), moment=moment)


def headed(line: str) -> datetime | None:
    """The time at the head of a line of syslog, where it is an ISO date; the older form has no year."""
    match = _HEADER.match(line)
    return moment_of(match[1] + (match[2] or "")) if match else None


def _bind_time(written: str) -> datetime | None:
    day, _, rest = written.partition(" ")
    return stamped(day, rest)


def stamped(day: str, clock: str, zone: str = "") -> datetime | None:
    """`02-May-2023`, `13:33:40`, whatever the language of the machine that reads it."""
    number, _, rest = day.partition("-")
    month, _, year = rest.partition("-")
    return moment_of(f"{year}-{_MONTHS.index(month) + 1:02}-{number}T{clock}{zone}") if month in _MONTHS else None
