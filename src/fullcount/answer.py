"""What the answers of consoles have in common: rows in an envelope, fields below fields, and machines in another call than
their software.

A tool says in tables where its rows have what: a field is a path (`detail/NICS/MAC`), in which lists are passed through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount.document import MORE, Gathered, clues_of, documents, names_of, pages, raw_of
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import utc
from fullcount.table import family_of
from fullcount.text import clean, key, without_user
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from fullcount.reader import Peek, Stream

Fields = dict[str, tuple[str, ...]]  # what -> the paths of its fields, of which the first with a value counts

WHOLE = frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP})
TRACES = {
    Os.WINDOWS: Trace.PROGRAM,
    Os.MACOS: Trace.APP,
    Os.IOS: Trace.APP,
    Os.ANDROID: Trace.APP,
    Os.LINUX: Trace.PACKAGE,
}
_KEY = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)(?:"(\s*+:)?|\\?\Z)|[\[\]{}]', re.DOTALL)
_LEVELS = 24  # that are looked into for names of fields
_NOTHING = frozenset({"--", "-", "-1", "n/a", "na", "none", "null", "undefined", "unknown", "not available", "not set"})
_FAMILIES = {"mac": Os.MACOS, "osx": Os.MACOS, "apple": Os.MACOS, "chromeos": Os.OTHER, "tvos": Os.OTHER, "appletv": Os.OTHER}
_MACS = ("macbook", "imac", "macmini", "mac mini", "mac pro", "mac studio")
_DIGITS = re.compile(r"\d{9,14}(?:\.\d+)?")


@lru_cache(maxsize=2)  # every tool asks for the same file
def shape(text: str) -> Mapping[str, frozenset[str]]:
    """The names of fields at the beginning of a JSON text, by the path below which they stand.

    >>> found = shape('{"data": [{"id": 1, "os": {"name": "x"}}, {"ip":')
    >>> sorted(found), sorted(found["data"])
    (['', 'data', 'data/os'], ['id', 'ip', 'os'])
    """
    found: dict[str, set[str]] = {}
    stack, name = [""], ""
    for match in _KEY.finditer(text):
        mark = match[0]
        if mark in "[{":
            above = stack[-1]
            stack.append(f"{above}/{name}" if above and name else above or name)
            if len(stack) > _LEVELS:
                break
            name = ""
        elif mark in "]}":
            name = ""
            if len(stack) > 1:
                stack.pop()
        elif match[2]:
            name = match[1]
            found.setdefault(stack[-1], set()).add(name)
        else:
            name = ""
    return {path: frozenset(names) for path, names in found.items()}


def told(peek: Peek, paths: tuple[str, ...], *marks: frozenset[str]) -> bool:
    """Whether the rows at one of these paths have all the fields of one of these marks."""
    if not peek.json_start:
        return False
    found = shape(peek.text)
    return any(mark <= found.get(path, frozenset()) for path in paths for mark in marks)


def texts(row: Any, *paths: str) -> list[str]:
    """All values at these paths, as texts; what tools write for a missing value is none.

    >>> texts({"n": [{"mac": "a"}, {"mac": None}], "x": "--"}, "n/mac", "x")
    ['a']
    """
    known = row if isinstance(row, dict) else {}
    return [text for path in paths if path.partition("/")[0] in known for text in _texts(row, path.split("/"))]


def _texts(row: Any, parts: list[str]) -> Iterator[str]:
    found = [row]
    for part in parts:
        found = [one[part] for one in _flat(found) if isinstance(one, dict) and part in one]
    for value in _flat(found):
        written = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
        text = clean(written) if isinstance(written, str) else None
        if text and text.lower() not in _NOTHING:
            yield text


def _flat(values: list[Any]) -> Iterator[Any]:
    """Values, and of lists among them the elements."""
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value


def first(row: Any, *paths: str) -> str | None:
    """The first value at these paths; `None` where there is none."""
    if not isinstance(row, dict):
        return None
    for path in paths:
        value = row.get(path, ...)
        if isinstance(value, str):  # what nearly all fields are
            text = clean(value)
        elif value is None or (value is ... and path.partition("/")[0] not in row):
            continue
        else:
            text = next(_texts(row, path.split("/")), None)
        if text and text.lower() not in _NOTHING:
            return text
    return None


def moment(row: Any, *paths: str) -> datetime | None:
    """The newest date at these paths: ISO, or seconds or milliseconds since 1970."""
    found = [when for text in texts(row, *paths) if (when := _moment(text))]
    return max(found) if found else None


@lru_cache(maxsize=4096)  # rows of one inventory have one date
def _moment(text: str) -> datetime | None:
    if _DIGITS.fullmatch(text):
        number = float(text)
        return utc(number / 1000 if number > 1e11 else number)
    return parse(text)


def day(row: Any, *paths: str) -> str | None:
    """The day of the newest date at these paths, in ISO."""
    found = moment(row, *paths)
    return found.date().isoformat() if found else None


def family(*written: str | None) -> Os:
    """The family of an operating system, by the first of these texts that tells it: names of systems, or of Apple's models.

    >>> family(None, "MacBook Pro"), family("Mac"), family("iPad8,1"), family("13.5.1")
    (<Os.MACOS: 'macos'>, <Os.MACOS: 'macos'>, <Os.IOS: 'ios'>, <Os.UNKNOWN: ''>)
    """
    for text in filter(None, written):
        folded = key(text)
        if found := _FAMILIES.get(folded) or family_of(text):
            return found
        if any(model in folded for model in _MACS):
            return Os.MACOS
    return Os.UNKNOWN


def machine(row: Any, place: int, fields: Fields, *, tool: str) -> Record:
    """The record of a row that describes a machine: `id`, kinds of clues, `os`, `os_version`, `platform`, `heard_at`, `ou`,
    `site`, `owner`. It lists nothing yet.
    """

    def said(name: str) -> str | None:
        return first(row, *fields.get(name, ()))

    number, written, version = said("id"), said("os"), said("os_version")
    record = Record(place=place, lists=Lists.MACHINES, traces=frozenset(), ou=said("ou"), site=said("site"), owner=said("owner"))
    record.os = " ".join(filter(None, (written, None if written and version and version in written else version))) or None
    record.os_family = family(said("platform"), written, version)
    record.heard_at = moment(row, *fields.get("heard_at", ()))
    if record.os_family in {Os.IOS, Os.ANDROID}:
        record.machine_class = Class.PHONE
    elif record.os and "server" in key(record.os):
        record.machine_class = Class.SERVER
    domain = said("domain")
    record.clues = clues_of(
        ("agent_id", f"{tool}:{number}" if number else None),
        ("serial", said("serial")),
        ("manufacturer", said("manufacturer")),
        ("uuid", said("uuid") if record.machine_class is not Class.PHONE else None),  # a phone's is not that of a board
        ("cloud_id", said("cloud_id")),
        *(("mac", mac) for text in texts(row, *fields.get("mac", ())) for mac in re.split(r"[,;\s]+", text)),
        *(("ip", address) for text in texts(row, *fields.get("ip", ())) for address in re.split(r"[,;\s]+", text)),
        *names_of(*_full_names(texts(row, *fields.get("name", ())), domain)),
        ("asset_tag", said("asset_tag")),
        ("domain", domain),
    )
    return record


def _full_names(names: list[str], domain: str | None) -> Iterator[str]:
    """Names, and before the first of them its full form where its domain is known."""
    if names and domain and "." in domain and "." not in names[0]:
        yield f"{names[0]}.{domain}"
    yield from dict.fromkeys(names)


def title(row: Any, fields: Fields, trace: Trace) -> Title | None:
    """The title that a row names: fields as those of `Title`; `None` where it names none."""
    said = {name: first(row, *paths) for name, paths in fields.items() if name in Title._fields}
    if not any(said.get(name) for name in ("name", "bundle_id", "product_code", "extension_id", "package")):
        return None
    if trace is Trace.PACKAGE:
        said.setdefault("package", said.get("name"))
    if path := said.get("path"):
        said["path"] = without_user(path)
    return Title(type=trace, **said)


def see(batch: Batch, row: Any, place: int, fields: Fields, *, trace: Trace, state: State = State.INSTALLED) -> None:
    """Take a row about software, or reject it where it names none. Fields are also `installed_on`, `last_used`, `user`."""
    found = title(row, fields, trace)
    if found is None:
        batch.reject(place, raw_of(row), "software without a name")
        return
    said: dict[str, str | None] = {name: first(row, *fields[name]) for name in ("user", "path") if name in fields}
    said |= {name: day(row, *fields[name]) for name in ("installed_on", "last_used") if name in fields}
    detail = Detail(**said)
    batch.saw(found, place, state, detail if any(detail) else None)


def lone(number: str, place: int, *, tool: str) -> Record:
    """The record of a machine that a row names by its id in the tool alone."""
    return Record(place=place, clues=[("agent_id", f"{tool}:{number}")], lists=Lists.SOME_SOFTWARE, traces=frozenset())


# -- files -----------------------------------------------------------------------------------------------------------------


class Piece(NamedTuple):
    """A row of an answer. `cut`: the file breaks off in it."""

    place: int  # its ordinal in the file
    row: Any
    cut: bool = False


@dataclass(slots=True)
class File:
    """What a file has said so far."""

    machines: Gathered = field(default_factory=Gathered)
    listed: set[str] = field(default_factory=set)  # machines of which there are rows about software
    rows: int = 0  # about software
    total: int = -1  # how many the interface has; -1 where it does not say
    more: bool | None = None  # whether the last page names a next one; `None` where pages do not say
    broken: bool = False
    place: int = 0  # of the last row
    named: set[str] = field(default_factory=set)  # machines that a row describes

    @property
    def missing(self) -> str:
        """Why rows may be missing; empty where all are here."""
        if self.broken:
            return "the file is damaged"
        if self.more:
            return "the interface names a next page"
        if self.total < 0 and self.more is None:
            return "the answer does not say how many rows there are"
        return f"{self.rows:,} of {self.total:,} rows are here" if self.rows < self.total else ""

    def note_page(self, page: Any, total: tuple[str, ...], more: tuple[str, ...]) -> None:
        """Keep what a page says about all pages: a number of rows, and the fields that name a next page."""
        if not isinstance(page, dict):
            return
        for text in texts(page, *total):
            if text.isdecimal() and len(text) < 16:
                self.total = max(self.total, int(text))
        if names := [path for path in more if _has(page, path)]:
            self.more = any(_truth(page, path) for path in names)

    def software(self, number: str, record: Callable[[], Record], *, looked_at: datetime | None = None) -> Batch:
        """The batch for a row about software on a machine."""
        self.rows += 1
        self.listed.add(number)
        return self.machines.batch(number, record, looked_at)

    def described(self, number: str | None, record: Record) -> Batch:
        """The batch of a row that describes a machine."""
        if number:
            self.named.add(number)
        return Batch(record=record, key=number)

    def _note(self, number: str, missing: str) -> str | None:
        clues = self.machines.records[number].clues
        unnamed = number not in self.named and all(kind == "agent_id" for kind, _ in clues)
        notes = ("its names are in another call" if clues and unnamed else "", missing)
        return "; ".join(filter(None, notes)) or None

    def conclude(self, *, never: str = "", traces: frozenset[Trace] = WHOLE) -> Iterator[Batch]:
        """What all rows together say: of each machine's list, and of pages that are not here. `never`: why a list is not
        whole, whatever the pages say.
        """
        if self.more:
            yield Batch(rejects=[Reject(self.place, b"", MORE)])
        for number in sorted(self.listed):
            if missing := never or self.missing:
                note = self._note(number, f"not all its software may be here: {missing}")
                yield self.machines.last(number, Lists.SOME_SOFTWARE, note=note)
            else:
                yield self.machines.last(number, Lists.ALL_SOFTWARE, traces=traces, note=self._note(number, ""))


def _has(page: Any, path: str) -> bool:
    for part in path.split("/"):
        if not isinstance(page, dict) or part not in page:
            return False
        page = page[part]
    return True


def _truth(page: Any, path: str) -> bool:
    for part in path.split("/"):
        page = page[part]
    return bool(page)


def pieces(
    stream: Stream, file: File, paths: tuple[str, ...], *, total: tuple[str, ...] = (), more: tuple[str, ...] = ()
) -> Iterator[Piece | Reject]:
    """The rows of all pages of a file, which stand at one of these paths or alone."""
    for document in documents(stream):
        if isinstance(document, Reject):
            file.broken = True
            yield document
            continue
        file.broken = file.broken or document.broken
        found: list[Any] = []
        for page in pages(document.value):
            rows = _rows(page, paths)
            if not rows or rows[0] is not page:  # an envelope; a row that stands alone may have fields of the same names
                file.note_page(page, total, more)
            found += rows
        for number, row in enumerate(found, start=1):
            file.place += 1
            yield Piece(file.place, row, document.broken and number == len(found))


def _rows(page: Any, paths: tuple[str, ...]) -> list[Any]:
    """The rows of a page: a list of them, an envelope of a list or of one, or the page itself."""
    if isinstance(page, list):
        return page
    for path in filter(None, paths):
        below = page
        for part in path.split("/"):
            below = below.get(part) if isinstance(below, dict) else None
        if isinstance(below, list):
            return below
        if isinstance(below, dict):
            return [below]
    return [page]


def refused(piece: Piece, reason: str) -> Batch:
    """The batch of a row that is none of the tool's."""
    return Batch(rejects=[Reject(piece.place, raw_of(piece.row), reason)])
