"""Lists as files: exactly the rows that a filter shows, as CSV, XLSX or Parquet, and with them which count and which filter."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from fullcount.cell import cell, table_writer
from fullcount.text import visible

if TYPE_CHECKING:
    from fullcount.web.asked import Asked
    from fullcount.web.listing import Listing, Part

MOST_ROWS = 1_048_575  # of a sheet, below its header
_PIECE = 1 << 16
SPOOLED = 8 << 20  # bytes that are held in memory before a file is made on the disk


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A file on its way: its pieces, and what is said of it."""

    pieces: Iterator[bytes]
    media_type: str
    headers: Mapping[str, str]


def exported(asked: Asked, listing: Listing, form: str) -> Exported:
    """A list under the filters of the address, in a form of `FORMS`. Raises `UsageError` where it is sorted by no column."""
    part = asked.part(listing)
    write, media_type = FORMS[form]
    facts = _facts(asked, part)
    file = tempfile.SpooledTemporaryFile(SPOOLED)  # noqa: SIM115 - closed when its last piece was sent
    try:
        write(part, asked, facts, file)
    except BaseException:
        file.close()
        raise
    filtered = "-filtered" if part.active else ""
    place = listing.path.replace("/", "-")
    name = f"{asked.directive}-{asked.account.as_of or 'undated'}-{asked.account.count}-{place}{filtered}.{form}"
    headers = {f"X-Fullcount-{name.title()}": _plain(str(value)) for name, value in facts.items()}
    return Exported(
        pieces=pieces(file), media_type=media_type, headers={**headers, "Content-Disposition": f'attachment; filename="{name}"'}
    )


def _facts(asked: Asked, part: Part) -> dict[str, Any]:
    """What the rows are: which list of which count under which directive, filtered by what."""
    directive = asked.account.directive
    return {
        "directive": directive["id"],
        "version": directive["version"],
        "digest": directive["digest"],
        "count": asked.account.count,
        "as_of": asked.account.as_of,
        "list": part.listing.name,
        "filter": "; ".join(f"{name}={value}" for name, value in sorted(part.values.items()) if value),
        "rows": part.count(asked.behind(part.listing)),
    }


def _csv(part: Part, asked: Asked, facts: Mapping[str, Any], file: IO[bytes]) -> None:
    """What the rows are is said in the last columns: rows above the header would break an import."""
    table = table_writer(file)
    table.writerow((*part.columns, *facts))
    count = [cell(value) for value in facts.values()]
    table.writerows([*map(_cell, values), *count] for values in _rows(part, asked))


def _xlsx(part: Part, asked: Asked, facts: Mapping[str, Any], file: IO[bytes]) -> None:
    from fullcount.workbook import streaming

    book = streaming(file)
    about = book.add_worksheet("About")
    bold = book.add_format({"bold": True})
    about.set_column(0, 0, 14)
    about.set_column(1, 1, 90)
    for row, (name, value) in enumerate(facts.items()):
        about.write_string(row, 0, name.replace("_", " "), bold)
        about.write_string(row, 1, visible(value, 30_000))
    sheet, row = _sheet(book, part, bold), 0
    for values in _rows(part, asked):
        row += 1
        if row > MOST_ROWS:
            sheet, row = _sheet(book, part, bold), 1
        for column, value in enumerate(values):
            _put(sheet, row, column, value)
    book.close()


def _sheet(book: Any, part: Part, bold: Any) -> Any:
    sheet = book.add_worksheet(f"List {number}" if (number := len(book.worksheets())) > 1 else "List")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(part.columns) - 1, 22)
    for column, name in enumerate(part.columns):
        sheet.write_string(0, column, name, bold)
    return sheet


def _rows(part: Part, asked: Asked) -> Iterator[tuple[Any, ...]]:
    for batch in part.batches(asked.behind(part.listing)):
        yield from zip(*(batch.column(name).to_pylist() for name in part.columns), strict=True)


def _put(sheet: Any, row: int, column: int, value: object) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, visible(_text(value), 30_000))


def _parquet(part: Part, asked: Asked, facts: Mapping[str, Any], file: IO[bytes]) -> None:
    """The facts lie in the file's own notes, under `fullcount`."""
    import pyarrow.parquet as pq

    schema = part.schema(asked.behind(part.listing)).with_metadata({"fullcount": json.dumps(dict(facts), ensure_ascii=False)})
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in part.batches(asked.behind(part.listing)):
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))


def _cell(value: object) -> str:
    return cell(_text(value)) if isinstance(value, bytes | float) else cell(value)


def _text(value: object) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """A file from its beginning, piece by piece; closed with the last one."""
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _plain(text: str) -> str:
    """Text that a header may hold."""
    return re.sub(r"[^\x20-\x7e]", "?", text)[:500]


_Write = Callable[["Part", "Asked", Mapping[str, Any], IO[bytes]], None]
FORMS: dict[str, tuple[_Write, str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": (_parquet, "application/vnd.apache.parquet"),
}
