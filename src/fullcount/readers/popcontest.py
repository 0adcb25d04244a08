"""Debian's popularity-contest: the packages that are installed, and when their programs were last used.

A session begins with a line `POPULARITY-CONTEST-0 TIME:... ID:...` and ends with `END-POPULARITY-CONTEST-0`. Its lines are
times of last use and of last change in seconds since 1970, package, program, and perhaps a mark: `<OLD>`,
`<RECENT-CTIME>`, `<NOFILES>`. Facts: the package's own README and manual page.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from fullcount.bundle import kind_of
from fullcount.model import Batch, Detail, Lists, Os, Record, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream, utc

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 1 << 16  # characters of a line
_SHOWN = 4096
_BLOCK = 10_000  # packages that are handed on at once
_PEEKED = 200  # lines within which a session begins
_BEGINS = re.compile(r"POPULARITY-CONTEST-\d{1,9} (?=.*\bTIME:)(?=.*\bID:).*")
_ENDS = re.compile(r"END-POPULARITY-CONTEST-\d{1,9}\b.*")
_FIELD = re.compile(r"([A-Z]{2,20}):(\S{1,200})")
_ID = re.compile(r"[0-9a-fA-F-]{32,36}")
_LINE = re.compile(r"(\d{1,11}) (\d{1,11}) ([A-Za-z0-9][\w.+:-]{0,254})(?: (/.*?|))?(?: <[^<>]{1,40}>)?\s*", re.ASCII)


def claims(peek: Peek) -> bool:
    """A session begins in the first lines; a mail has its own before."""
    return not kind_of(peek.head) and any(_BEGINS.fullmatch(line.strip()) for line in peek.lines[:_PEEKED])


def batches(stream: Stream) -> Iterator[Batch]:
    """One record a session. Place of a package is its line. A session that is damaged or does not end lists some software."""
    # a damaged byte must not make all of it another encoding
    encoding = stream.encoding if stream.encoding.startswith("utf") else "utf-8"
    with replace(stream, encoding=encoding).text() as text:
        yield from _sessions(text, stream.host)


def _sessions(text: IO[str], host: str | None) -> Iterator[Batch]:
    batch, record, lost, seen = Batch(), None, 0, 0
    place, whole = 0, True
    while line := text.readline(_LONGEST):
        begins, whole = whole, line.endswith(("\n", "\r"))
        if not begins:
            continue  # the rest of a line that is too long
        place += 1
        said = line.strip()
        if _BEGINS.fullmatch(said):
            if record:
                yield _concluded(batch, record, lost, seen, ended=False)
            record, lost, seen = _record(said, place, host), 0, 0
            batch = Batch(key=f"session {place}")
        elif record and _ENDS.fullmatch(said):
            yield _concluded(batch, record, lost, seen, ended=True)
            record, batch = None, Batch()
        elif record and said:
            if _read(batch, said, place):
                seen += 1
            else:
                lost += 1
                batch.reject(place, line[:_SHOWN], "no line of a package")
            if len(batch.sightings) + len(batch.rejects) >= _BLOCK:
                yield batch
                batch = Batch(key=batch.key)
    if record:
        yield _concluded(batch, record, lost, seen, ended=False)


def _record(said: str, place: int, host: str | None) -> Record:
    fields = dict(_FIELD.findall(said))
    record = Record(place=place, os_family=Os.LINUX, os=fields.get("VENDOR"))
    if _ID.fullmatch(number := fields.get("ID", "")):
        record.clues.append(("agent_id", f"popcon:{number}"))
    if host:
        record.clues.append(("hostname", host))
    seconds = fields.get("TIME", "")
    record.looked_at = utc(int(seconds)) if seconds.isdecimal() and len(seconds) <= 11 else None
    return record


def _read(batch: Batch, said: str, place: int) -> bool:
    """See the package of a line; false where it is none."""
    match = _LINE.fullmatch(said)
    if not match:
        return False
    used = utc(int(match[1]))
    detail = Detail(path=match[4] or None, last_used=used.date().isoformat() if used else None)
    batch.saw(Title(Trace.PACKAGE, name=match[3], package=match[3]), place, detail=detail if any(detail) else None)
    return True


def _concluded(batch: Batch, record: Record, lost: int, seen: int, *, ended: bool) -> Batch:
    notes = [f"{lost} lines could not be read"] if lost else []
    notes += [] if ended else ["the session does not end"]
    notes += [] if seen else ["no package is listed"]
    record.lists = Lists.SOME_SOFTWARE if notes else Lists.ALL_SOFTWARE
    record.note = "; ".join(notes) or None
    batch.record = record
    return batch


POPCONTEST = Reader(
    name="popcontest",
    title="popularity-contest (Debian, Ubuntu)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "Only packages of dpkg are listed: no snaps, flatpaks, or software that was unpacked or built.",
        "The list has neither versions nor publishers.",
        "A session names its machine only by a number that popularity-contest drew for it.",
    ),
    how=(
        'On each machine: `sudo popularity-contest > "$(hostname).popcon"`, or `/var/log/popularity-contest`. Give the machine '
        "by the file's name, or with `--host`."
    ),
    unit="line",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
