"""osquery: the results log of osqueryd (`osqueryd.results.log`, `osqueryd.snapshots.log`), also as a shipper wraps it.

One JSON document a line: a snapshot (all rows of a query), an event (one row added or removed) or a batch of
changes. Lines of many hosts may be mixed; what a host has in the end is found by replaying its lines in the order
of their times. Identical rows of one query are one row. Facts: osquery's page "Logging".
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from fullcount.model import Batch, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream, utc
from fullcount.readers.osquery.lines import KEPT, LINE_LIMIT, Line, Stamp, line_of, pieces
from fullcount.readers.osquery.tables import TRACES, Fact, complete_traces, fact_of, is_row, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LINES_PEEKED = 20
_REMEMBERED = 50_000


class Said(NamedTuple):
    """What was last said of a row, when, and on which line."""

    stamp: Stamp
    place: int
    present: bool
    fact: Fact


class Full(NamedTuple):
    """The newest full set of a query: older rows are gone by it."""

    stamp: Stamp
    place: int
    epoch: str


@dataclass(slots=True)
class Query:
    """What a query has found on one host. `rows` holds live rows, and removed ones until the next full set."""

    rows: dict[int, Said] = field(default_factory=dict)
    gone: dict[Title, Said] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)
    traces: set[str] = field(default_factory=set)
    full: Full | None = None
    newest: Stamp = (0.0, 0)
    epoch: str = ""

    @property
    def complete(self) -> bool:
        """Whether all rows are known: no line has come from an epoch whose full set was not seen."""
        return self.full is not None and self.full.epoch == self.epoch


@dataclass(slots=True)
class Host:
    """What is known of one host identifier so far."""

    name: str
    place: int
    heard: float = 0.0
    clues: dict[tuple[str, str], None] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)


@dataclass(slots=True)
class Memory:
    """What rows say: hosts repeat each other's rows, and a snapshot those of the hour before."""

    facts: dict[tuple[str, int], Fact | str | None] = field(default_factory=dict)
    titles: dict[Title, Title] = field(default_factory=dict)


# -- replay --------------------------------------------------------------------------------------------------------


def _take(host: Host, line: Line, place: int, memory: Memory) -> Counter[str]:
    """Replay one line. Returns why rows of it cannot be used, and how many."""
    query = host.queries.setdefault(line.query, Query())
    if line.stamp >= query.newest:
        query.newest, query.epoch = line.stamp, line.epoch
    if line.full and (query.full is None or line.stamp > query.full.stamp):
        _begin(query, Full(line.stamp, place, line.epoch))
    host.heard = max(host.heard, line.stamp[0])
    host.clues.update(dict.fromkeys(line.clues))
    problems: Counter[str] = Counter()
    for raw, present in [(raw, False) for raw in line.removed] + [(raw, True) for raw in line.added]:
        digest = _digest(raw) if is_row(raw) else 0
        fact = _fact(memory, raw, line.query, digest) if digest else "rows that are not columns with plain values"
        if isinstance(fact, str):
            problems[fact] += 1
        elif fact:
            if fact.title:
                query.tables.add(fact.table)
                query.traces.add(fact.title.type)
            # event tables number their rows, so that only the title tells them apart
            _say(query, hash(fact.title) if "eid" in raw else digest, Said(line.stamp, place, present, fact))
    return problems


def _digest(raw: Mapping[str, object]) -> int:
    text = "\0".join([f"{column}={value}" for column, value in sorted(raw.items())])
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _fact(memory: Memory, raw: Mapping[str, object], query: str, digest: int) -> Fact | str | None:
    about = (query, digest)
    if about not in memory.facts:
        if len(memory.facts) >= _REMEMBERED:
            memory.facts.clear()
        fact = fact_of(row_of(raw), frozenset(raw), query)
        if isinstance(fact, Fact) and fact.title:
            fact = fact._replace(title=memory.titles.setdefault(fact.title, fact.title))
        memory.facts[about] = fact
    return memory.facts[about]


def _begin(query: Query, full: Full) -> None:
    """A newer full set: what was said before it is gone, unless the set says it again."""
    query.full = full
    for digest, said in list(query.rows.items()):
        if said.stamp < full.stamp:
            del query.rows[digest]
            if said.present:
                _leave(query, said._replace(stamp=full.stamp, place=full.place, present=False))


def _say(query: Query, digest: int, said: Said) -> None:
    """The newest word on a row counts, whatever the order of the lines."""
    if query.full and said.stamp < query.full.stamp:
        stamp, place = query.full[:2] if said.present else (said.stamp, said.place)
        _leave(query, said._replace(stamp=stamp, place=place, present=False))
    elif digest not in query.rows or query.rows[digest].stamp <= said.stamp:
        query.rows[digest] = said
        if not said.present:
            _leave(query, said)
            if said.fact.title and said.fact.title.type == Trace.PROCESS:  # they end by the thousand
                del query.rows[digest]


def _leave(query: Query, said: Said) -> None:
    title = said.fact.title
    if title and (title not in query.gone or query.gone[title].stamp <= said.stamp):
        query.gone[title] = said


# -- records -------------------------------------------------------------------------------------------------------

_LISTS_OF_SOFTWARE = {Trace.PROGRAM, Trace.PACKAGE, Trace.APP}


def _batch(host: Host) -> Batch:
    """One record, with the rows that are left and, once a title, those that went."""
    batch = Batch(key=host.name)
    said = sorted(
        (said for query in host.queries.values() for said in query.rows.values() if said.present), key=attrgetter("place")
    )
    for one in said:
        if one.fact.title:
            batch.saw(one.fact.title, one.place, one.fact.state, one.fact.detail)
    present = {one.fact.title for one in said}
    gone = sorted((one for query in host.queries.values() for one in query.gone.values()), key=attrgetter("stamp"))
    last = {one.fact.title: one for one in gone if one.fact.title not in present}
    for one in sorted(last.values(), key=attrgetter("place")):
        if one.fact.title:
            batch.saw(one.fact.title, one.place, State.REMOVED, one.fact.detail)
    batch.record = _record(host, [one.fact for one in said])
    return batch


def _record(host: Host, facts: list[Fact]) -> Record:
    asked = [query for query in host.queries.values() if query.tables]
    whole = {table for query in asked if query.complete for table in query.tables}
    traces = complete_traces(whole)
    record = Record(place=host.place, traces=traces, heard_at=utc(host.heard))
    if traces & _LISTS_OF_SOFTWARE:
        record.lists = Lists.ALL_SOFTWARE
        asked = [query for query in asked if query.complete and query.traces & traces]
    elif asked:
        record.lists = Lists.SOME_SOFTWARE
        missing = "only changes were logged" if any(not query.complete for query in asked) else "no such list was asked for"
        record.note = f"no full list of programs, packages or applications in this log: {missing}"
    else:
        record.lists = Lists.MACHINES
    record.looked_at = utc(max((query.newest[0] for query in asked), default=0.0))
    record.clues = list(host.clues | dict.fromkeys(clue for fact in facts for clue in fact.clues))
    record.os = next((fact.os for fact in reversed(facts) if fact.os), None)
    stated = {fact.family for fact in facts if fact.os} or {fact.family for fact in facts}
    families = stated - {Os.UNKNOWN}
    record.os_family = families.pop() if len(families) == 1 else Os.UNKNOWN
    return record


# -- files ---------------------------------------------------------------------------------------------------------


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a host, after the rejects. Place is the ordinal of the line that last spoke of the row."""
    hosts: dict[str, dict[str, Host]] = {}
    memory = Memory()
    for place, text, long in pieces(stream):
        line = f"a line of more than {LINE_LIMIT} bytes, of which {KEPT} are kept" if long else line_of(text)
        if isinstance(line, str):
            yield _reject(place, text, line)
            continue
        host = _host(hosts.setdefault(line.host, {}), line, place)
        for reason, number in _take(host, line, place, memory).items():
            yield _reject(place, text, f"{number} of its rows not used: {reason}")
    for namesakes in hosts.values():
        yield from map(_batch, namesakes.values())


def _host(namesakes: dict[str, Host], line: Line, place: int) -> Host:
    """The host of a line: that of its identifier. Two UUIDs under one identifier (`localhost`) are two machines."""
    if line.uuid in namesakes:
        return namesakes[line.uuid]
    if namesakes and not line.uuid:
        return next(reversed(namesakes.values()))
    host = namesakes.pop("", None) or Host(f"{line.host} {line.uuid}" if namesakes else line.host, place)
    namesakes[line.uuid] = host
    return host


def _reject(place: int, text: bytes, reason: str) -> Batch:
    batch = Batch()
    short = len(text) <= KEPT or "are kept" in reason
    batch.reject(place, text.rstrip(b"\r\n")[:KEPT], reason if short else f"{reason} ({KEPT} bytes are kept)")
    return batch


_ROWS = re.compile(r'"(?:snapshot|diffResults|columns)\\*+"\s*+:')


def _claims(peek: Peek) -> bool:
    """The first JSON line decides; a snapshot is often longer than a peek, and then is read whole."""
    lines = peek.lines[:_LINES_PEEKED]
    first = next((n for n, line in enumerate(lines) if line.lstrip().startswith("{")), None)
    if first is None or not _ROWS.search(lines[first]):
        return False
    if first < len(peek.lines) - 1 or peek.size <= len(peek.head):
        return isinstance(line_of(lines[first].encode("utf-8", "surrogatepass")), Line)
    stream = Stream(path=peek.path, encoding=peek.encoding)
    whole = (text for _, text, long in islice(pieces(stream), _LINES_PEEKED) if text.lstrip().startswith(b"{") and not long)
    return isinstance(line_of(next(whole, b"")), Line)


OSQUERY = Reader(
    name="osquery",
    title="osquery results log",
    lists=Lists.ALL_SOFTWARE,
    traces=TRACES,
    blind=(
        "a query with a condition looks like a full list: schedule it without `where`",
        "programs lists install keys only: not what was copied or unpacked, nor what has no uninstall entry",
        "programs lists packages of the Windows store by an id in some versions",
        "per-user software is listed for all users only where the query joins the table users",
        "changes lost between the tool and the log cannot be seen; a log that starts in the middle is not a full list",
        "neighbours of the network (arp_cache) are never taken for the machine",
    ),
    how=(
        "Schedule full lists as snapshots, in osquery.conf or a pack, without conditions: "
        '"programs": {"query": "select * from programs;", "interval": 86400, "snapshot": true}, and likewise services, drivers '
        "and windows_security_products (Windows), apps, homebrew_packages and launchd (macOS), deb_packages or rpm_packages and "
        "systemd_units (Linux), system_info, os_version and interface_details (all), and "
        '"select e.* from users join chrome_extensions e using (uid);", likewise firefox_addons. Add the decorator '
        '"load": ["select uuid as host_uuid from system_info;"]. Run osqueryd with --logger_plugin=filesystem '
        "--logger_path=/var/log/osquery --host_identifier=hostname, and collect osqueryd.snapshots.log and "
        "osqueryd.results.log (from its beginning, with rotated parts put before it)."
    ),
    unit="line",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
