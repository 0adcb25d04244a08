"""Lines of proxies and of firewalls: one form a product, each tried by its own mark.

Forms: Squid's wiki ("Features/LogFormat": native and combined), the W3C draft of extended log files and Broadcom's list of its
fields, Fortinet's "FortiOS Log Message Reference", Cisco's "ASA Series Syslog Messages" (302013, 302015, 304001, 338001 to
338204) and "Threat Defense Syslog Messages" (430002, 430003), Palo Alto's "Threat Log Fields" and "Traffic Log Fields".
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from fullcount.reader import utc
from fullcount.readers.network.clients import Said, Spoke, client_of, lines_of, moment_of, named_in
from fullcount.readers.network.queries import headed, stamped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from fullcount.reader import Stream

_ADDRESS = r"[0-9A-Fa-f:.]{2,45}"
_SQUID = re.compile(
    rf"(?:.{{0,200}}? )?(\d{{9,10}}\.\d{{3}}) +-?\d+ ({_ADDRESS}) (?:TCP|UDP|NONE|TAG)\w*/\d{{3}} \d+ "
    r"[A-Z_]+ (\S+) \S+ \w+/\S+ .*"
)
_COMBINED = re.compile(
    rf"({_ADDRESS}) \S+ .{{1,200}}? \[(\d\d/[A-Z][a-z]{{2}}/\d{{4}}):([\d:]{{8}}) ([+-]\d{{4}})\] "
    r'"(?:CONNECT (\S+)|[A-Z]+ ([a-z]+://\S+)) HTTP/[\d.]+" \d{3} .*'
)
_ASA = re.compile(r"%(?:ASA|FTD|PIX)-(?:\w+-)?\d-(\d{6}): (.*)")
_ACCESSED = re.compile(rf"(?:\S+@)?({_ADDRESS}) Accessed URL ([^\s:]+):(\S+)")
_BUILT = re.compile(
    r"Built outbound (?:TCP|UDP) connection \d+ for [^\s:]+:([^\s/]+)/\d+ \(\S+\)(?:\(\S+\))? to [^\s:]+:([^\s/]+)/\d+ .*"
)
_FILTERED = re.compile(
    rf"Dynamic [Ff]ilter .{{0,80}}? traffic from [^\s:]+:({_ADDRESS})/\d+ .{{0,200}}? resolved from \w+ list: (\S+?),?(?: .*)?"
)
_DATED = re.compile(r"(?:<\d+>)?(?:.{0,20}?)\b([A-Z][a-z]{2}) +(\d{1,2}) (\d{4}) (\d\d:\d\d:\d\d)\b.*")
_PAIR = re.compile(r'(?<![\w.])([a-zA-Z_]\w*)=(?:"([^"]*)"|([^\s",]*))')
_FIELD = re.compile(r"(?:^|, )(\w+): ([^,]*)")
_PANORAMA = re.compile(r"\d?,(\d{4}/\d\d/\d\d [\d:]{8}),\w*,(TRAFFIC|THREAT),(\w+),")
_PEEKED = 100
_URL, _GENERATED, _FROM = 31, 6, 7  # ordinals of the cells of Palo Alto


def proxied(line: str) -> Said | None:
    """A request through Squid, or a proxy that writes as web servers do."""
    if match := _SQUID.fullmatch(line):
        return _spoke(match[2], match[3], utc(float(match[1])))
    if match := _COMBINED.fullmatch(line):
        return _spoke(match[1], match[5] or match[6], stamped(match[2].replace("/", "-"), match[3], match[4]))
    return None


def filtered(line: str) -> Said | None:
    """A line of FortiGate, ASA, Threat Defense or Palo Alto with the name of a server."""
    if match := _ASA.search(line):
        return _cisco(match[1], match[2], line)
    if match := _PANORAMA.search(line):
        return _palo_alto(line[match.start() :])
    if "srcip=" in line:
        return _fortinet({name: quoted or plain for name, quoted, plain in _PAIR.findall(line)})
    return None


def _spoke(client: str, written: str | None, moment: datetime | None) -> Said:
    address, name = client_of(client), named_in(written) if written else None
    return Spoke(address, (name,) if name else (), moment) if address else None


def _cisco(number: str, text: str, line: str) -> Said:
    moment = _header(line)
    if match := _ACCESSED.fullmatch(text.strip()):
        named = _spoke(match[1], match[3], moment)
        return named if isinstance(named, Spoke) and named.names else _spoke(match[1], match[2], moment)
    if match := _BUILT.fullmatch(text.strip()) or _FILTERED.fullmatch(text.strip()):
        client, name = match.group(2, 1) if number.startswith("302") else match.group(1, 2)
        return _spoke(client, name, moment)
    if number in {"430002", "430003"}:
        said = dict(_FIELD.findall(text))
        first = said.get("FirstPacketSecond")
        names = [said[one] for one in ("DNSQuery", "ReferencedHost", "URL", "SSLServerName") if said.get(one)]
        found = tuple(name for one in names if (name := named_in(one)))
        address = client_of(said.get("SrcIP", ""))
        return Spoke(address, found, moment_of(first) or moment) if address and found else None
    return None


def _header(line: str) -> datetime | None:
    """The time in the header of syslog, where it has a year."""
    if moment := headed(line):
        return moment
    match = _DATED.fullmatch(line)
    return stamped(f"{int(match[2]):02}-{match[1]}-{match[3]}", match[4]) if match else None


def _fortinet(said: dict[str, str]) -> Said:
    """`eventtime` is in seconds, or since FortiOS 6.2.1 in nanoseconds; `date` and `time` are those of a time zone."""
    names = [said[one] for one in ("qname", "hostname", "sni", "dstname") if said.get(one)] or [said.get("url", "")]
    digits = said.get("eventtime", "")
    since = utc(int(digits[:10])) if digits.isdigit() and len(digits) in {10, 13, 16, 19} else None
    moment = since or moment_of(f"{said.get('date', '')}T{said.get('time', '')}{said.get('tz', '')}")
    address = client_of(said.get("srcip", ""))
    found = tuple(name for one in names if (name := named_in(one)))
    return Spoke(address, found, moment) if address and found else None


def _palo_alto(text: str) -> Said:
    """Traffic names no server; of threats those about a URL do."""
    try:
        cells = next(csv.reader([text]))
    except (csv.Error, StopIteration):
        return "a line that is no list of cells"
    if len(cells) <= _URL:
        return "a line with too few cells"
    return _spoke(cells[_FROM], cells[_URL] if cells[4] == "url" else None, moment_of(cells[_GENERATED]))


def is_log(lines: Sequence[str], said: Callable[[str], Said | None]) -> bool:
    """Whether at least two lines, and half of them, are lines of that kind."""
    some = [line for line in lines if line.strip()][:_PEEKED]
    mine = [line for line in some if isinstance(said(line), Spoke)]
    return len(mine) >= 2 and len(mine) * 2 >= len(some)


def is_firewall(lines: Sequence[str]) -> bool:
    """Whether all these lines are of one of the firewalls. Most of their lines name no server."""
    some = [line for line in lines if line.strip()][:_PEEKED]
    marks = (_ASA.search, _PANORAMA.search, lambda line: "srcip=" in line and ("devid=" in line or "logid=" in line))
    return len(some) >= 2 and any(sum(bool(mark(line)) for line in some) * 2 >= len(some) for mark in marks)


def spoken(stream: Stream, said: Callable[[str], Said | None]) -> Iterator[tuple[int, str, Said]]:
    """What lines say; lines of other kinds are passed over."""
    for place, line, whole in lines_of(stream):
        yield place, line, said(line) if whole else "a line that is too long"


# -- W3C's extended log files -----------------------------------------------------------------------------------------------

_CLIENTS, _HOSTS = ("c-ip", "cs-ip"), ("cs-host", "cs(host)", "r-host", "cs-uri-host", "x-cs-dst-domain", "cs-uri")
_WORD = re.compile(r'"((?:[^"]|"")*)"|(\S+)')


def fields_of(line: str) -> list[str]:
    """The names in a line `#Fields:`; none of another line."""
    return line[8:].lower().split() if line.lower().startswith("#fields:") else []


def is_extended(lines: Sequence[str]) -> bool:
    """Whether it is the log of a proxy: it has its client and whom it asked for. A web server names only itself."""
    heads = [line for line in lines[:50] if line.startswith("#")]
    fields = next((found for line in heads if (found := fields_of(line))), [])
    server = any("internet information" in line.lower() or "s-sitename" in line for line in heads)
    return bool(set(_CLIENTS) & set(fields) and set(_HOSTS) & set(fields)) and not server


def extended(stream: Stream) -> Iterator[tuple[int, str, Said]]:
    """Lines below their headings; several headings in one file follow each other."""
    fields: list[str] = []
    for place, line, whole in lines_of(stream):
        if line.startswith("#"):
            fields = fields_of(line) or fields
        elif line.strip():
            cells = line.split("\t") if "\t" in line else [quoted or plain for quoted, plain in _WORD.findall(line)]
            if not whole:
                yield place, line, "a line that is too long"
            elif len(cells) != len(fields):
                yield place, line, "a line with another number of columns than its heading"
            else:
                yield place, line, _extended(dict(zip(fields, cells, strict=True)))


def _extended(row: dict[str, str]) -> Said:
    written = next((row[one] for one in _CLIENTS if row.get(one)), "")
    hosts = [row[one] for one in _HOSTS if row.get(one, "-") != "-"]
    moment = moment_of(f"{row.get('date', '')}T{row.get('time', '')}")
    return _spoke(written, hosts[0] if hosts else None, moment)
