"""Kaspersky Security Center: its reports and its list of devices, as a table, as XML for spreadsheets, or as a page.

The console of the vendor is a witness: what it manages, it names with its devices. A report of software versions has a row
for each application of a device; a list of devices says in a column whether the Network Agent is installed. Facts: the
columns as scripts that read such exports name them, and Kaspersky's pages on its reports; headings in English and Russian.
"""

from __future__ import annotations

import html
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullcount import when
from fullcount.document import AGAIN, KEPT, clues_of, held, names_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Lists, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream, encoding_of
from fullcount.sheet import blocks, open_sheets
from fullcount.table import family_of
from fullcount.text import clean, key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

_HEADINGS: dict[str, tuple[str, ...]] = {
    "device": (
        "Device",
        "Device name",
        "Name",
        "Client computer",
        "Computer",
        "Устройство",
        "Имя устройства",
        "Имя",
        "Компьютер",
    ),
    "group": ("Group", "Parent group", "Administration group", "Группа", "Группа администрирования", "Родительская группа"),
    "name": ("Application", "Application name", "Программа", "Приложение", "Название программы", "Название приложения"),
    "version": ("Version number", "Application version", "Version", "Номер версии", "Версия программы", "Версия приложения"),
    "publisher": ("Vendor", "Publisher", "Производитель", "Издатель"),
    "agent": ("Network Agent is installed", "Network Agent installed", "Агент администрирования установлен", "Агент установлен"),
    "running": ("Network Agent is running", "Network Agent running", "Агент администрирования запущен", "Агент запущен"),
    "agent_version": ("Network Agent version", "Версия Агента администрирования"),
    "heard_at": (
        "Last connected to Administration Server",
        "Last connection to Administration Server",
        "Последнее подключение к Серверу администрирования",
        "Время последнего соединения с Сервером администрирования",
        "Last visible",
        "Last visible in the network",
        "Последнее появление в сети",
    ),
    "ip": ("IP address", "Connection IP address", "IP-адрес", "IP-адрес подключения"),
    "netbios": ("NetBIOS name", "NetBIOS-имя", "Имя NetBIOS"),
    "full": ("DNS name", "DNS-имя", "Имя DNS"),
    "dns_domain": ("DNS domain", "DNS-домен"),
    "domain": ("Windows domain", "Windows-домен", "Домен Windows"),
    "os": ("Operating system type", "Operating system", "Тип операционной системы", "Операционная система"),
}
_FIELDS = {key(heading): name for name, headings in _HEADINGS.items() for heading in headings}
# What no other tool calls a column
_OURS = ("group", "agent", "running", "agent_version", "heard_at")
_AGENT = "Kaspersky Security Center Network Agent"  # what the console's columns call Network Agent
_YES = frozenset({"yes", "true", "1", "installed", "running", "да", "установлен", "запущен", "выполняется"})
_NO = frozenset(
    {"no", "false", "0", "not installed", "not running", "stopped", "нет", "не установлен", "не запущен", "остановлен"}
)
_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_RUSSIAN = re.compile(r"(\d{1,2}) ([а-я]{3,8}) (\d{4})(?: г\.)?,?(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_HELD_ROWS = 2**20
_TAG = re.compile(r"<(/?)([A-Za-z]\w{0,20})?[^<>]*+>")  # comments and declarations are tags without a name
_TABULAR = frozenset({"table", "tr", "td", "th"})
_PAGES = ("<!doctype html", "<html")


@dataclass(slots=True)
class _Table:
    """The rows of one table, as texts."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)  # each with its ordinal in the file


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Field -> place of its column, of a row that is a heading of devices; else none."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if name := _FIELDS.get(key(cell)):
            found.setdefault(name, place)
    listed = ({"name", "version"} <= found.keys() or found.keys() & {"agent", "agent_version"}) and "device" in found
    return found if listed and any(name in found for name in _OURS) and len(found) >= 4 else {}


def _claims(peek: Peek) -> bool:
    if peek.xml_root == "Workbook" or peek.text.lstrip()[:15].lower().startswith(_PAGES):
        if not any(f">{heading}<" in peek.text for heading in _HEADINGS["device"]):
            return False
        cells = re.findall(r">([^<>]{1,80})<", peek.text)
        return bool(_columns(cells))
    return any(_columns(one.columns) for one in open_sheets(peek))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    with stream.binary() as binary:
        head = binary.read(4096)
    start = head.decode(encoding_of(head), "replace").lstrip("\ufeff \t\r\n").lower()
    if start.startswith("<"):
        yield from _marked(stream, page="<html" in start)
    else:
        yield from _sheets(stream)


def _sheets(stream: Stream) -> Iterator[Batch]:
    """The tables that the house reads as tables: CSV, TSV, XLSX."""
    found = [(one, columns) for one in open_sheets(Peek.at(stream.path)) if (columns := _columns(one.columns))]
    if not found:
        raise UnreadableError("no table of devices in this file", place=str(stream.path), hint=AGAIN)
    for one, columns in found:
        wanted = [one.columns[place] for place in columns.values()]
        for block in blocks(stream.path, one, tuple(dict.fromkeys(wanted))):
            cells = [block.columns[name].to_pylist() for name in wanted]
            for turn, place in enumerate(block.places.tolist()):
                values = {name: clean(column[turn]) for name, column in zip(columns, cells, strict=True)}
                yield _row(values, place, "\t".join(text or "" for text in values.values()))
            if block.rejects:
                yield Batch(rejects=list(block.rejects))


def _marked(stream: Stream, *, page: bool) -> Iterator[Batch]:
    """The tables of a page, or of a workbook as XML."""
    tables, broken = _page(stream) if page else _workbook(stream)
    read = False
    for table in tables:
        columns: dict[str, int] = {}
        for place, cells in table.rows:
            if not columns:
                columns = _columns(cells)
                continue
            read = True
            values = {name: clean(cells[at]) if at < len(cells) else None for name, at in columns.items()}
            yield _row(values, place, "\t".join(cells))
    if broken:
        yield Batch(rejects=[Reject(max((row[0] for table in tables for row in table.rows), default=0) + 1, b"", broken)])
    if not read:
        raise UnreadableError("no table of devices in this report", place=str(stream.path), hint=AGAIN)


def _workbook(stream: Stream) -> tuple[list[_Table], str]:
    """The worksheets of XML for spreadsheets, and why the last one may be cut. Raises `UnreadableError` for entities."""
    import io
    from xml.etree.ElementTree import ParseError

    from defusedxml.ElementTree import iterparse

    tables, place = [_Table()], 0
    try:
        for _, element in iterparse(io.BytesIO(held(stream)), events=("end",)):
            tag = element.tag.rpartition("}")[2]
            if tag == "Row":
                place += 1
                tables[-1].rows.append((place, _cells(element)))
                element.clear()
                if place > _HELD_ROWS:
                    return tables, f"more than {_HELD_ROWS:,} rows: export it in parts"
            elif tag == "Worksheet":
                tables.append(_Table())
                element.clear()
    except ParseError as error:
        return tables, f"stops being XML: {error}"
    except (ValueError, LookupError) as error:
        raise UnreadableError(f"XML that cannot be read safely: {error}", place=str(stream.path), hint=AGAIN) from error
    return tables, ""


def _cells(row: Any) -> list[str]:
    """The texts of a row; cells that are left out are empty."""
    found: list[str] = []
    for cell in row:
        index = next((value for name, value in cell.attrib.items() if name.rpartition("}")[2] == "Index"), "")
        if index.isdecimal() and len(index) < 5:
            found += [""] * (int(index) - 1 - len(found))
        found.append(" ".join("".join(cell.itertext()).split()))
    return found


def _page(stream: Stream) -> tuple[list[_Table], str]:
    """The tables of a page; one inside another is a table of its own, after which the outer one goes on."""
    text = held(stream).decode(stream.encoding, "replace")
    tables, inside, place, end = list[_Table](), list[_Table](), 0, 0
    cell: list[str] | None = None
    for match in _TAG.finditer(text):
        if cell is not None:
            cell.append(text[end : match.start()])
        end, tag, closes = match.end(), (match[2] or "").lower(), bool(match[1])
        if tag not in _TABULAR:
            continue
        if cell is not None and inside and inside[-1].rows:
            inside[-1].rows[-1][1].append(" ".join(html.unescape("".join(cell)).split()))
        cell = None
        if tag == "table":
            inside[-1:] = [] if closes else [*inside[-1:], _Table()]
            tables += [] if closes else inside[-1:]
        elif tag == "tr" and inside and not closes:
            place += 1
            inside[-1].rows.append((place, []))
        elif tag in {"td", "th"} and not closes:
            cell = []
    filled = [_Table([row for row in table.rows if any(row[1])]) for table in tables]
    return filled, "the page ends inside a table" if inside else ""


# -- rows ------------------------------------------------------------------------------------------------------------------


def _row(values: dict[str, str | None], place: int, raw: str) -> Batch:
    device = values.get("device")
    record = _record(values, place)
    if not device or not record.clues:
        reason = "a row without a device" if not device else "a device without a name that a machine can have"
        return Batch(rejects=[Reject(place, raw.encode("utf-8", "surrogatepass")[:KEPT], reason)])
    batch = Batch(record=record, key="\t".join((key(device), key(values.get("group") or ""), key(values.get("domain") or ""))))
    if name := values.get("name"):
        title = Title(Trace.PROGRAM, name=name, version=values.get("version"), publisher=values.get("publisher"))
        batch.saw(title, place)
    if state := _agent(values):
        batch.saw(Title(Trace.PROGRAM, name=_AGENT, version=values.get("agent_version")), place, state)
    elif (said := values.get("agent")) and key(said) not in _NO:
        record.note = f"whether the Network Agent is installed is not clear: {said}"
    return batch


def _agent(values: dict[str, str | None]) -> State | None:
    """What a list of devices says of the Network Agent; `None` where it says that there is none, or nothing clear."""
    said, running = (key(values.get(name) or "") for name in ("agent", "running"))
    if said in _NO or (not said and not values.get("agent_version")) or (said and said not in _YES):
        return None
    return State.RUNNING if running in _YES else State.INSTALLED


def _record(values: dict[str, str | None], place: int) -> Record:
    device, domain = values.get("device") or "", values.get("dns_domain")
    record = Record(place=place, lists=Lists.SOME_SOFTWARE, traces=frozenset(), os=values.get("os"), ou=values.get("group"))
    record.os_family = family_of(record.os)
    record.heard_at = _moment(values.get("heard_at"))
    full = f"{device}.{domain}" if domain and "." not in device else None
    record.clues = clues_of(
        ("ip", values.get("ip")),
        *names_of(values.get("full"), full, device, values.get("netbios")),
        ("domain", values.get("domain")),
    )
    if not any(kind in {"hostname", "fqdn"} for kind, _ in record.clues):
        record.clues = []
    return record


def _moment(text: str | None) -> datetime | None:
    """A date as the console writes it: with a month in Russian, with dots (day first), or as others do."""
    if not text:
        return None
    if match := _RUSSIAN.fullmatch(text.lower()):
        month = next((n for n, stem in enumerate(_MONTHS, start=1) if match[2].startswith(stem)), 0)
        clock = f"{match[4]}:{match[5]}:{match[6] or '00'}" if match[4] else "00:00:00"
        with suppress(ValueError):
            return when.parse(f"{match[3]}-{month}-{match[1]} {clock}")
    return when.parse(text, "dmy" if "." in text.split(" ", 1)[0] else "")


KSC = Reader(
    name="ksc",
    title="Kaspersky Security Center reports and devices (CSV, XLSX, XML, HTML)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    blind=(
        "only what this console manages is listed: a machine that it does not know may have the vendor's software",
        "a list of devices names the Network Agent alone, and no application that protects the device",
        "dates whose day and month could be either are left out",
        "headings are known in English and Russian",
    ),
    how=(
        "In the console: Monitoring & reporting, Reports, Report on Kaspersky software versions; add the fields Device, Group, "
        "Application, Version number, NetBIOS name, DNS name and Last connected to Administration Server to the details; "
        "Export report, all records, as CSV, XML or HTML. Or: Assets (Devices), Managed devices, Export rows to CSV."
    ),
    unit="row",
    basis=Basis.DOCUMENTATION,
    claims=_claims,
    batches=_batches,
)
