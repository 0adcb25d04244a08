"""Inspect: what a file is, who reads it, and, where nobody does, which mapping would make it readable.

Nothing is read into a workspace. A proposal is a guess from the names of the columns; a person pastes it or not.
"""

from __future__ import annotations

from functools import cache
from glob import escape
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any

from fullcount import sheet, when
from fullcount.clue import KINDS, STRONG
from fullcount.container import Member, expanded
from fullcount.errors import UnknownFormatError, UnreadableError
from fullcount.exports import Found, Lost, host_beside, host_in_name, matches
from fullcount.model import Lists
from fullcount.reader import Peek, Reader, Stream, reader_for
from fullcount.settings import quoted
from fullcount.table import columns_of, names_hosts
from fullcount.tables import TITLE_FIELDS
from fullcount.text import key, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fullcount.settings import Settings

_LOOKED_AT = 200  # pieces of an irregular file
_NOT_SHARED = frozenset({"publisher", "version", "installed_on", "name"})  # say something of software only beside a name


def inspected(found: Found | Lost, readers: tuple[Reader, ...], settings: Settings) -> Iterator[dict[str, Any]]:
    """What is known about a file, or about what lies inside an archive; members that nobody reads are said together."""
    passed = []
    for one in expanded(found) if isinstance(found, Found) else (found,):
        if isinstance(one, Lost):
            yield _nothing(one.name) | {"problem": one.reason, "hint": one.hint}
            continue
        document = inspect(one, readers, settings)
        if (
            isinstance(one.path, Member)
            and not document["claimed_by"]
            and not any(table["paste"] for table in document["tables"])
        ):
            passed.append(one.name)
        else:
            yield document
    if passed:
        problem = f"no reader claims {len(passed):,} files inside it, such as {passed[0]}"
        yield _nothing(found.name) | {"problem": problem, "hint": "unpack it if one of them is an export, and look at that"}


def _nothing(name: str) -> dict[str, Any]:
    return {"file": name, "claimed_by": "", "problem": "", "hint": "", "tables": [], "missing": []}


def inspect(found: Found, readers: tuple[Reader, ...], settings: Settings) -> dict[str, Any]:
    """What is known about one file: `claimed_by`, `encoding`, `tables` with columns and a proposed mapping, `host`,
    `dated`, `clues`, what is `missing`, and `problem` with `hint` where it cannot be read as it is.
    """
    document = _nothing(found.name)
    peek = Peek(path=found.path, head=b"", size=0)
    try:
        peek = Peek.at(found.path)
        binary = b"\0" in peek.head and not peek.encoding.startswith("utf-")
        document |= {"bytes": peek.size, "encoding": "binary" if binary else peek.encoding}
        table = next((one for one in settings.table if matches(found.name, one.match)), None)
        document["claimed_by"] = table.name if table else reader_for(peek, readers).name
    except UnknownFormatError as error:
        if not peek.size:
            return document | {"problem": "the file is empty", "hint": "export it again"}
        document |= {"problem": error.message, "hint": error.hint}
    except UnreadableError as error:
        return document | {"problem": error.message, "hint": error.hint}
    except OSError as error:
        return document | {"problem": f"cannot be opened: {error.strerror}", "hint": "check its permissions"}
    reader = next((one for one in readers if one.name == document["claimed_by"]), None)
    if reader:
        document |= {"title": reader.title, "lists": str(reader.lists), "basis": str(reader.basis)}
    document["tables"] = _tables(
        peek, found, reader, frozenset(one.name for one in readers), claimed=bool(document["claimed_by"])
    )
    looked = _looked(peek, found, reader)
    document["host"] = _host(document["tables"], found, reader)
    document |= looked or _mapped(document["tables"])
    document["dated"] = str(date.date()) if (date := when.in_name(found.name)) else ""
    if document["problem"] and any(one["paste"] for one in document["tables"]):
        document["hint"] = "paste the lines below into fullcount.toml, and correct them"
    document["missing"] = list(_missing(document)) if document["claimed_by"] else []
    return document


def _looked(peek: Peek, found: Found, reader: Reader | None) -> dict[str, Any]:
    """What the first machines of an irregular file bring: `clues` (kinds), `listed`, `newest` date; empty for a table."""
    if reader is None or reader.batches is None:
        return {}
    named = host_in_name(found.path.stem) if reader.named_by_file else ""
    stream = Stream(path=peek.path, encoding=peek.encoding, host=host_beside(found.path) or named or None)
    records = []
    try:
        for batch in islice(reader.batches(stream), _LOOKED_AT):
            records += [batch.record] if batch.record else []
    except UnreadableError as error:
        return {"problem": error.message, "hint": error.hint}
    dates = [moment for record in records for moment in (record.looked_at, record.heard_at) if moment]
    return {
        "clues": sorted({kind for record in records for kind, _ in record.clues}),
        "listed": sorted({str(record.lists or reader.lists) for record in records}),
        "newest": max(dates).date().isoformat() if dates else "",
    }


def _mapped(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The same for a table, by its columns alone."""
    fields = {name for one in tables for name in one["mapping"]}
    dated = {"looked_at", "heard_at"} & fields
    return {"clues": sorted(fields & KINDS.keys()), "listed": [], "newest": "in its rows" if dated else ""}


def _missing(document: Mapping[str, Any]) -> Iterator[str]:
    """What would make the count surer, in sentences."""
    strengths = {KINDS[kind].strength for kind in document["clues"]}
    if not document["clues"] and "not known" in document.get("host", "not known"):
        yield "it names no machine: its records will be unplaced"
    elif STRONG not in strengths:
        yield "no serial number, UUID or agent id: its records join others by name or address only"
    if not document["newest"] and not document["dated"]:
        yield "nothing says when it was made: --collected-at DATE, or a date in its name or its folder's"


def _tables(peek: Peek, found: Found, reader: Reader | None, taken: frozenset[str], *, claimed: bool) -> list[dict[str, Any]]:
    if reader and reader.table is None:
        return []
    try:
        sheets = sheet.open_sheets(peek)
    except UnreadableError:
        return []
    tables: list[dict[str, Any]] = []
    for one in sheets:
        mapping = columns_of(reader.table, one.columns) if reader and reader.table else propose(one.columns)
        tables.append(
            {
                "kind": one.kind,
                "name": one.name,
                "columns": list(one.columns),
                "rows": one.pieces,
                "mapping": mapping,
                "unused": [column for column in one.columns if column not in mapping.values()],
                "notes": list(one.notes),
                "paste": "" if claimed else pasted(found.name, one.name, mapping, taken),
            },
        )
    # of several ways to cut a text file into columns the one that explains most is meant
    best = max((len(one["mapping"]) for one in tables), default=0)
    return [one for one in tables if one["kind"] != "csv" or len(one["mapping"]) == best]


def _host(tables: Sequence[Mapping[str, Any]], found: Found, reader: Reader | None) -> str:
    """How the machine is known."""
    if (reader and reader.table is None and not reader.needs_host) or any(names_hosts(one["mapping"]) for one in tables):
        return "in the file"
    if name := host_beside(found.path):
        return f"{name}, from a side file"
    if (tables or reader) and (not reader or reader.named_by_file) and (name := host_in_name(found.path.stem)):
        return f"{name}, from the file's name"
    unknown = "not known: name the file HOSTNAME_software, put HOSTNAME into FILE.host, or say host = in [[source]]"
    return unknown if tables or reader else ""


@cache
def _spellings() -> dict[str, list[str]]:
    """Folded spelling -> the fields that it may be, in order."""
    found: dict[str, list[str]] = {}
    for line in (files("fullcount") / "data" / "columns.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, spellings = line.split("\t")
            for spelling in spellings.split("|"):
                found.setdefault(key(spelling), []).append(name)
    return found


def propose(columns: Sequence[str]) -> dict[str, str]:
    """Field -> column, from the names of the columns alone; the first column of a kind wins.

    >>> propose(["PC Name", "Application", "Vendor", "Colour"])
    {'hostname': 'PC Name', 'name': 'Application', 'publisher': 'Vendor'}
    """
    mapping: dict[str, str] = {}
    for column in columns:
        folded = key(column)
        plain = folded.replace("_", " ")
        for name in _spellings().get(folded) or _spellings().get(plain, []):
            if name not in mapping:
                mapping[name] = column
                break
    if "name" in mapping and key(mapping["name"]) == "name" and not {"version", "publisher"} & set(mapping):
        name = mapping.pop("name")  # a table of machines calls the machine its name
        mapping = mapping if "hostname" in mapping else {"hostname": name, **mapping}
    if not any(name in mapping for name in TITLE_FIELDS if name not in _NOT_SHARED) and "name" not in mapping:
        mapping = {name: column for name, column in mapping.items() if name not in _NOT_SHARED}
    return mapping


def pasted(name: str, part: str, mapping: Mapping[str, str], taken: frozenset[str] = frozenset()) -> str:
    """The lines of `fullcount.toml` that map a table; empty where nothing in it is recognised. `taken`: names of readers."""
    if not mapping:
        return ""
    lists = Lists.ALL_SOFTWARE if any(field in TITLE_FIELDS for field in mapping) else Lists.MACHINES
    # a file's name may hold what has a meaning in a pattern: "computers[1].csv"
    lines = ["[[table]]", f"match = {quoted(escape(name.rsplit('/', 1)[-1]))}", f"name = {quoted(_word(name, taken))}"]
    if part:
        lines.append(f"sheet = {quoted(part)}")
    if lists is Lists.ALL_SOFTWARE:
        lines.append('lists = "all software"      # only if it does list all; else "some software"')
    else:
        lines.append('lists = "machines"')
    lines += ['# date = "2017-10-11"         # when it was made', "[table.columns]"]
    lines += [f"{field} = {quoted(column)}" for field, column in mapping.items()]
    return "\n".join(lines)


def _word(name: str, taken: frozenset[str]) -> str:
    stem = when.without_date(name.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    word = "-".join(words(key(stem)))
    return word if word and word not in taken else f"{word}-table".strip("-")
