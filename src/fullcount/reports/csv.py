"""The account as one tidy table for Excel: a number a row, with its unit, denominator, label and list."""

from __future__ import annotations

from itertools import chain
from typing import IO, TYPE_CHECKING, NamedTuple

from fullcount.cell import cell, said, table_writer
from fullcount.model import Standing
from fullcount.report import EXACT, TOTAL, Account, Line, Lists, Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Row(NamedTuple):
    """One number, or (`about`, `method` ...) one text in `note`. `value` counts `unit`, out of `of` in `of_unit`."""

    section: (
        str  # about, total, component, range, product, reason, tool, in one list ..., beside, warning, method, blind spot, source
    )
    component: str = ""
    item: str = ""
    detail: str = ""
    value: int | None = None
    unit: str = ""
    of: int | None = None
    of_unit: str = ""
    label: str = ""
    list: str = ""
    note: str = ""


def write(account: Account, _lists: Lists, file: IO[bytes]) -> None:
    """What the count is, its numbers from the headline down, and last its sources."""
    table = table_writer(file)
    table.writerow(Row._fields)
    parts = (_about, _lines, _ranges, _products, _reasons, _tools, _beside, _texts, _sources)
    table.writerows(map(cell, row) for row in chain.from_iterable(part(account) for part in parts))


def _about(account: Account) -> Iterator[Row]:
    facts = {
        "sentence": account.sentence,
        "organisation": account.organisation,
        "as of": account.as_of,
        "how as of is known": account.as_of_how,
        "count": account.count,
        "made by": account.made_by,
        "schema": account.schema,
    }
    for item, text in facts.items():
        yield Row("about", item=item, note=text)
    for item, text in account.directive.items():
        yield Row("about", item="directive", detail=item, note=said(text))


def _lines(account: Account) -> Iterator[Row]:
    yield from _line(account.total, "total")
    yield Row("total", item="in more than one component", value=account.overlap, unit="systems", label=EXACT, list="hosts")
    for line in account.components:
        yield from _line(line, "component")


def _line(line: Line, section: str) -> Iterator[Row]:
    start = Row(section, line.component, unit="systems", label=EXACT, list="hosts")
    yield start._replace(item="systems", value=line.systems)
    part = start._replace(of=line.systems, of_unit="systems")
    yield part._replace(item=Standing.WITH_IT, value=line.with_it, label=line.with_it_label)
    yield part._replace(item=Standing.EXEMPT, value=line.exempt)
    yield part._replace(item=Standing.NOT_COVERED, value=line.not_covered)
    yield part._replace(item=Standing.WITHOUT_IT, value=line.without_it)
    yield part._replace(item="looked at", value=line.looked_at, note="complete fresh look, not blind to the products")
    yield start._replace(item="gone", value=line.gone, list="apart", note="expected, probably gone; not in systems")
    if line.component != TOTAL:
        yield part._replace(item="shared", value=line.shared, note="also stand in another component's line")
    if line.parent:
        yield start._replace(item="part of", label="", list="", unit="", note=line.parent)
    if line.expected is not None:
        note = "a number from the settings, without a list"
        yield start._replace(item="expected", value=line.expected, label="", list="", note=note)


def _ranges(account: Account) -> Iterator[Row]:
    for item, span in (("systems", account.range_systems), (Standing.WITH_IT, account.range_with_it)):
        for detail in ("low", "headline", "high"):
            yield Row("range", item=item, detail=detail, value=getattr(span, detail), unit="systems")


def _products(account: Account) -> Iterator[Row]:
    start = Row("product", unit="systems", of=account.total.systems, of_unit="systems", list="findings")
    start = start._replace(label=account.total.with_it_label)
    for line in account.products:
        row = start._replace(item=line.name, note=line.product)
        yield row._replace(value=line.systems)
        yield from _split(row._replace(of=line.systems), "kind", line.kinds)
        yield from _split(row._replace(of=line.systems), "grade", line.grades)
        for component, systems in line.components.items():
            yield row._replace(component=component, value=systems, of=line.systems)


def _split(row: Row, by: str, values: Mapping[str, int]) -> Iterator[Row]:
    for word, systems in values.items():
        yield row._replace(detail=f"{by}: {word}", value=systems)


def _reasons(account: Account) -> Iterator[Row]:
    for line in account.reasons:
        label = account.total.with_it_label if line.standing == Standing.WITH_IT else EXACT
        row = Row("reason", item=line.standing, detail=line.reason, value=line.systems, unit="systems")
        yield row._replace(of=account.total.systems, of_unit="systems", label=label, list="hosts")


def _tools(account: Account) -> Iterator[Row]:
    for line in account.tools:
        dates = f"collected from {line.oldest} to {line.newest}" if line.newest else "no date known"
        start = Row("tool", item=line.title, label=EXACT, note=f"{line.tool}; lists {line.lists}; {dates}")
        part = start._replace(unit="systems", of=account.total.systems, of_unit="systems")
        yield part._replace(detail="seen", value=line.systems)
        yield part._replace(detail="looked at", value=line.looked_at)
        yield part._replace(detail=Standing.WITH_IT, value=line.with_it)
        yield part._replace(detail="seen by no other tool", value=line.only)
        for word, systems in line.states.items():
            yield part._replace(detail=f"look: {word}", value=systems, of=line.systems, list="looks")
        for word, systems in line.traces.items():
            yield part._replace(detail=f"sees: {word}", value=systems, of=line.systems, list="looks")
        for unit in ("sources", "records", "rejects"):
            yield start._replace(detail=unit, value=getattr(line, unit), unit=unit)
    for pair in account.pairs:
        start = Row("in one list, not in another", item=pair.tool, detail=pair.other, unit="systems", label=EXACT, list="hosts")
        yield start._replace(value=pair.only, of=pair.both + pair.only, of_unit="systems")


def _beside(account: Account) -> Iterator[Row]:
    for line in account.beside:
        yield Row("beside", item=line.name, value=line.value, unit=line.unit, label=EXACT, list=line.list, note=line.text)


def _texts(account: Account) -> Iterator[Row]:
    texts = {"warning": account.warnings, "method": account.methods, "blind spot": account.blind_spots}
    for section, sentences in texts.items():
        for sentence in sentences:
            yield Row(section, note=sentence)


def _sources(account: Account) -> Iterator[Row]:
    for line in account.sources:
        start = Row("source", line.component, line.name, label=EXACT)
        date = f"collected {line.collected_at} ({line.collected_how})" if line.collected_at else "no date known"
        note = "; ".join((line.reader, date, f"SHA-256 {line.digest}", *line.notes))
        yield start._replace(detail="records", value=line.records, unit="records", note=note)
        yield start._replace(detail="observations", value=line.observations, unit="observations")
        yield start._replace(detail="rejects", value=line.rejects, unit="rejects", list="rejects")


CSV = Report(name="csv", title="Every number in one table (CSV for Excel)", suffix=".csv", write=write)
