"""Windows: logs of the client of Configuration Manager: what it was told to install or remove, and looked for.

An event is no state: what was installed then may be gone, what was asked for may have failed. All are mentions. Form:
Microsoft's pages on the client's logs; an entry ends with its time, whose last part is minutes that lead to UTC.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from fullcount import when
from fullcount.document import clues_of, names_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lines import BLOCK, LONGEST, SHOWN
from fullcount.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_BEGIN, _END = "<![LOG[", "]LOG]!>"
_STAMP = re.compile(
    r'\]LOG\]!><time="(\d{1,2}:\d{2}:\d{2})(?:\.\d{1,9})?([+-]\d{1,4})?"\s+date="(\d{1,2})-(\d{1,2})-(\d{4})"', re.ASCII
)
_NAMED = re.compile(r'\bApp DT "([^"\r\n]{1,300})"|\bFullName = "([^"\r\n]{1,300})"|app deployment type ([^(\r\n]{1,300})\(')
_COMPUTER = re.compile(r'\bComputerName=\\?"([^"\\]{1,64})')
_WHOLE = 1 << 20  # characters of an entry


def claims(peek: Peek) -> bool:
    """Entries between the marks of such a log."""
    return peek.has(_BEGIN, ']LOG]!><time="')


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the entry; entries that name no application are no evidence of any."""
    batch, newest, computers, stamped = Batch(key="machine"), None, set[str](), False
    for place, entry in enumerate(_entries(stream), 1):
        stamp = _STAMP.search(entry)
        moment = _moment(stamp) if stamp else None
        newest = max(filter(None, (newest, moment)), default=None)
        computers |= {match[1].upper() for match in _COMPUTER.finditer(entry)} if len(computers) < BLOCK else set()
        stamped = stamped or stamp is not None
        if not stamp:
            batch.reject(place, entry[:SHOWN], "an entry that does not end with its time")
        names = {name: None for match in _NAMED.finditer(entry) if (name := clean(match[1] or match[2] or match[3]))}
        for name in names if stamp else ():
            batch.saw(Title(Trace.PROGRAM, name=name), place, State.MENTION)
        if len(batch.sightings) + len(batch.rejects) >= BLOCK:
            yield batch
            batch = Batch(key="machine")
    if not stamped:
        raise UnreadableError("no entry of such a log", place=str(stream.path), hint="copy the log from the machine again")
    host = computers.pop() if len(computers) == 1 else stream.host
    batch.record = Record(
        place=1,
        clues=clues_of(*names_of(host)),
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        heard_at=newest,
        os_family=Os.WINDOWS,
        note="events are listed: what was asked for, not what is there",
    )
    yield batch


def _entries(stream: Stream) -> Iterator[str]:
    """Entries with their stamps; of one that is too long, its beginning and its end."""
    held: list[str] = []
    size = 0
    with stream.text() as text:
        while line := text.readline(LONGEST):
            if _BEGIN in line and held:
                yield "".join(held)
                held, size = [], 0
            if size < _WHOLE or _END in line:
                held.append(line)
                size += len(line)
    if any(line.strip() for line in held):
        yield "".join(held)


def _moment(stamp: re.Match[str]) -> datetime | None:
    clock, minutes, month, day, year = stamp.groups()
    local = when.parse(f"{year}-{month}-{day} {clock}")
    return local + timedelta(minutes=int(minutes or 0)) if local else None


CCM_LOG = Reader(
    name="ccm-log",
    title="logs of the Configuration Manager client",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "Events are listed, not states: all are mentions, whether an install or a removal was asked for, done or failed.",
        "Logs are cut when they are full, and older events are gone.",
        "Only applications are named; packages and their programs are known by numbers.",
        "The machine is named only where the log holds a report about it.",
    ),
    how=(
        "On each machine: copy `AppEnforce*.log`, `AppDiscovery*.log` and `SCClient*.log` of `%WINDIR%\\CCM\\Logs` to a "
        "folder named for the machine."
    ),
    unit="entry",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
