"""Lines of the query logs of name servers: BIND, dnsmasq, and Windows' debug log. Forms: BIND's manual ("queries"
category) and its source (`log_query`), dnsmasq(8) `--log-queries`, and the key that Windows writes at the top of its log.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount import when
from fullcount.readers.zeek.clients import Spoke, client_of, lines_of, name_of

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
_WINDOWS = re.compile(
    r"(\d[\d./-]{7,9} [\d:]{7,8}(?: [AP]M)?) [0-9A-Fa-f]{3,5} PACKET +[0-9A-Fa-f]{8,16} (?:UDP|TCP) (Rcv|Snd) "
    r"([0-9A-Fa-f.:]+) +[0-9a-f]{4} (R| ) [QNU?] \[.{0,40}\] \S+ +((?:\(\d+\)[^()]*)+)\s*"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PATTERNS = (_BIND, _DNSMASQ, _WINDOWS)


def lists_queries(lines: list[str]) -> bool:
    """Whether at least two lines, and half of them, are queries of one of the servers; Windows writes a key above."""
    for pattern in _PATTERNS:
        mine = [line for line in lines if pattern.fullmatch(line)]
        others = [line for line in lines if not _is_chatter(line)]
        if len(mine) >= 2 and len(mine) * 2 >= len(others):
            return True
    return False


def _is_chatter(line: str) -> bool:
    """Lines that such logs also hold: other messages of the servers, and the key of Windows' log."""
    return bool(re.search(r"\bdnsmasq(?:-dhcp)?\[\d+\]:|\bnamed\[\d+\]:|^\s*(?:Field #|-{3,}|\d{1,2} {2})|\bPACKET\b|^\s", line))


def queries(stream: Stream) -> Iterator[tuple[int, str, Spoke | str | None]]:
    """Queries of clients; other messages of the servers are passed over."""
    for place, line, whole in lines_of(stream):
        yield place, line, _query(line) if whole else "a line that is too long"


def _query(line: str) -> Spoke | str | None:
    if match := _BIND.fullmatch(line):
        return _spoke(match[3], match[4], _bind_time(match[1]) if match[1] else when.parse(match[2]))
    if match := _DNSMASQ.fullmatch(line):
        return _spoke(match[2], match[1], None)  # syslog writes no year
    if match := _WINDOWS.fullmatch(line):
        asked = match[2] == "Rcv" and match[4] == " "
        return _spoke(match[3], re.sub(r"\(\d+\)", ".", match[5]).strip("."), when.parse(match[1])) if asked else None
    if " query: " in line or " query[" in line:
        return "a query in a form that is not known"
    return None


def _spoke(client: str, name: str, moment: datetime | None) -> Spoke | str | None:
    address, asked = client_of(client), name_of(name)
    if address is None:
        return None  # the server itself
    return Spoke(address, (asked,) if asked else (), moment=moment)


def _bind_time(written: str) -> datetime | None:
    """`02-May-2023 13:33:40`, whatever the language of the machine that reads it."""
    day, month, rest = written.split("-", 2)
    return when.parse(f"{rest[:4]}-{_MONTHS.index(month) + 1:02}-{day}{rest[4:]}") if month in _MONTHS else None
