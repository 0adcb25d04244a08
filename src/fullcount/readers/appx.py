"""Windows: packages as PowerShell lists them: `Get-AppxPackage` (store packages) and `Get-Package`, saved as CSV or as
a list of properties, and the list that GLPI's agent makes of store packages.

Facts: Microsoft's pages on the identity of packages (a full name is name, version, architecture, resource and
publisher's id; a family name is name and publisher's id) and on both commands.
"""

from __future__ import annotations

import csv
import re
from html import unescape
from typing import TYPE_CHECKING

from fullcount.model import Batch, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.reader import DELIMITERS, Basis, Peek, Reader, Stream
from fullcount.text import clean, without_user
from fullcount.when import iso_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = dict[str, str]  # name of the column or property in lower case -> value

_SHOWN = 4096
_LONGEST = 1 << 18  # characters of a line
_LINE = re.compile(r"(\w[\w ]{0,60}?)\s{0,60}+: ?(.*)", re.DOTALL)
_PART = re.compile(r'(?:^|,)\s*(CN|O)=\s*("(?:[^"]|"")*+"|[^,]*+)', re.IGNORECASE)
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_SWID_PUBLISHER = re.compile(r'\bPublisher="([^"]*)"')
_HOSTS = ("pscomputername", "computername", "machinename", "hostname")
_APPX = ({"name", "packagefullname"}, {"name", "packagefamilyname"})
_PACKAGE = {"name", "version", "providername"}
_PROVIDERS = {"programs": Trace.PROGRAM, "msi": Trace.PROGRAM, "msu": Trace.PROGRAM}  # any other one has packages
_NO_USERS = {"", "{}"}


def claims(peek: Peek) -> bool:
    """A CSV with the columns of either command, or blocks of properties with those of `Get-AppxPackage`.

    A table of programs that has some store packages in it is the reader `uninstall`'s.
    """
    header = _header(iter(peek.lines))
    if header and (any(need <= set(header[1]) for need in _APPX) or set(header[1]) >= _PACKAGE):
        return True
    lines = [match for line in peek.lines[:60] if (match := _LINE.fullmatch(line))]
    names = {match[1].lower() for match in lines}
    return bool(lines) and (any(need <= names for need in _APPX) or {"name", "pubid", "version"} <= names) and not peek.json_start


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a machine. Place is the ordinal of the row, or of the block of properties."""
    found: dict[str, Batch] = {}
    users = False
    providers: set[str] = set()
    lost = Batch()
    for place, row in _rows(stream, lost):
        host = next((row[name] for name in _HOSTS if row.get(name)), stream.host or "")
        batch = found.setdefault(host, Batch(record=_record(host, place)))
        _take(batch, place, row)
        users = users or row.get("packageuserinformation", "") not in _NO_USERS
        providers.add(row.get("providername", "").lower())
    for batch in found.values():
        assert batch.record
        _complete(batch.record, users=users, providers=providers, broken=bool(lost.rejects))
        yield batch
    if lost.rejects or not found:
        yield lost


def _record(host: str, place: int) -> Record:
    return Record(place=place, clues=[("hostname", host)] if host else [], os_family=Os.WINDOWS)


def _complete(record: Record, *, users: bool, providers: set[str], broken: bool) -> None:
    """Store packages are listed in full where those of all users were asked for, programs where both providers answered."""
    record.lists, record.traces = Lists.SOME_SOFTWARE, frozenset()
    if broken:
        record.note = "rows of the list could not be read"
    elif users:
        record.lists, record.traces = Lists.ALL_SOFTWARE, frozenset({Trace.APP})
    elif {"programs", "msi"} <= providers:
        record.lists, record.traces = Lists.ALL_SOFTWARE, frozenset({Trace.PROGRAM})
    else:
        record.note = "the list does not show that it is of all users, or of all providers"


# -- rows ----------------------------------------------------------------------------------------------------------


def _header(lines: Iterator[str]) -> tuple[str, list[str]] | None:
    """The delimiter and the columns, in lower case, of a CSV that may begin with a line `#TYPE`."""
    first = next((line for line in lines if line.strip() and not line.startswith("#TYPE")), "")
    delimiter = max(DELIMITERS, key=first.count)
    if not first.count(delimiter):
        return None
    cells = next(csv.reader([first.rstrip("\r\n").replace("\0", "")[:_LONGEST]], delimiter=delimiter), [])
    return delimiter, [cell.strip().lower() for cell in cells]


def _lines(stream: Stream) -> Iterator[str]:
    with stream.text() as file:
        while line := file.readline(_LONGEST):
            yield line.lstrip("\ufeff").replace("\0", "\ufffd")  # the csv module stops at NUL


def _rows(stream: Stream, lost: Batch) -> Iterator[tuple[int, Row]]:
    header = _header(_lines(stream))
    names = set(header[1]) if header else set()
    if header and "name" in names | {name.removeprefix("display") for name in names}:
        yield from _table(stream, header, lost)
    else:
        yield from _blocks(stream, lost)


def _table(stream: Stream, header: tuple[str, list[str]], lost: Batch) -> Iterator[tuple[int, Row]]:
    delimiter, columns = header
    lines = (line for line in _lines(stream) if not line.startswith("#TYPE"))
    reader = csv.reader(lines, delimiter=delimiter)
    place = -1  # the header is row 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            place += 1
            lost.reject(place, b"", f"a row that cannot be read: {error}")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        place += 1
        if place and len(cells) != len(columns):
            raw = delimiter.join(cells)[:_SHOWN]
            lost.reject(place, raw, f"a row of {len(cells)} cells below a header of {len(columns)}")
        elif place:
            yield place, {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}


def _blocks(stream: Stream, lost: Batch) -> Iterator[tuple[int, Row]]:
    """Blocks of `Name : value`, parted by empty lines; a value that goes on is indented."""
    place, row, last = 1, dict[str, str](), ""
    for line in _lines(stream):
        text = line.rstrip("\r\n")
        match = _LINE.fullmatch(text)
        if not text.strip():
            if row:
                yield place, row
                place += 1
            row, last = {}, ""
        elif last and text[0].isspace():
            row[last] += (" " if row[last].endswith(",") else "") + text.strip()
        elif match:
            last = match[1].lower()
            row[last] = match[2].strip()
        else:
            lost.reject(place, text[:_SHOWN], "neither a property nor an empty line")
    if row:
        yield place, row


# -- titles --------------------------------------------------------------------------------------------------------


def _take(batch: Batch, place: int, row: Row) -> None:
    name = clean(row.get("name") or row.get("displayname"))
    if not name:
        batch.reject(place, "; ".join(f"{column}={value}" for column, value in row.items())[:_SHOWN], "a package without a name")
        return
    path = clean(row.get("installlocation") or row.get("folder"))
    detail = Detail(path=path, installed_on=iso_day(clean(row.get("installdate"))))
    title = _from_provider(row, name) if row.get("providername") else _from_identity(row, name)
    if path:
        title = title._replace(path=without_user(path))
    batch.saw(title, place, _state(row), detail if any(detail) else None)


def _state(row: Row) -> State:
    """An update is a mention; a package that is only staged is there as files, for users to come."""
    if row.get("providername", "").lower() == "msu":
        return State.MENTION
    users = row.get("packageuserinformation", "").lower()
    return State.FILES if "staged" in users and "installed" not in users.replace("notinstalled", "") else State.INSTALLED


def _from_identity(row: Row, name: str) -> Title:
    """A store package; in a table of programs it is known by its publisher, who is named as a certificate names him."""
    written = clean(row.get("publisher"))
    parts = {match[1].upper(): match[2].strip('" ').replace('""', '"') for match in _PART.finditer(written or "")}
    common = parts.get("CN")
    signer = None if not common or _GUID.fullmatch(common) else common
    return Title(
        type=Trace.APP if parts or not row.get("displayname") else Trace.PROGRAM,
        name=name,
        version=clean(row.get("version") or row.get("displayversion")),
        publisher=(clean(parts.get("O")) or signer or written) if parts else written,
        package=_family(row),
        signer=signer if row.get("signaturekind", "").lower() not in {"none", "developer"} else None,
    )


def _family(row: Row) -> str | None:
    """The family name, also out of the full name, which the folder of a package is called by."""
    if family := row.get("packagefamilyname"):
        return clean(family)
    full = row.get("packagefullname") or re.split(r"[\\/]", row.get("folder", "").rstrip("\\/"))[-1]
    parts = full.split("_")
    return f"{parts[0]}_{parts[-1]}" if len(parts) in {2, 5} and all((parts[0], parts[-1])) else None


def _from_provider(row: Row, name: str) -> Title:
    """A row of `Get-Package`; the reference of an installed program ends in the name of its install key."""
    trace = _PROVIDERS.get(row["providername"].lower(), Trace.PACKAGE)
    match = _SWID_PUBLISHER.search(row.get("swidtagtext", ""))
    reference = re.split(r"[\\/]", row.get("fastpackagereference", ""))[-1]
    return Title(
        type=trace,
        name=name,
        version=clean(row.get("version")),
        publisher=clean(unescape(match[1])) if match else None,
        product_code=clean(reference) if trace is Trace.PROGRAM else None,
        package=name if trace is Trace.PACKAGE else None,
    )


APPX = Reader(
    name="appx",
    title="Windows packages (Get-AppxPackage, Get-Package)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.APP, Trace.PROGRAM}),
    blind=(
        "Store packages are taken for complete only where those of all users were asked for.",
        "Programs are taken for complete only where the providers Programs and msi both answered.",
        "Store packages are named by their identity (a name with dots, sometimes a GUID), not as the Start menu names them.",
        "Publishers of packages that came from the store are numbers.",
        "A list does not say when it was made: put the files into a folder named by its date.",
    ),
    how=(
        "On each machine, in PowerShell as administrator:\n"
        '  Get-AppxPackage -AllUsers | Export-Csv "$env:COMPUTERNAME-software.csv" -NoTypeInformation -Encoding UTF8\n'
        '  Get-Package | Export-Csv "$env:COMPUTERNAME-packages.csv" -NoTypeInformation -Encoding UTF8   # Windows PowerShell 5.1'
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
