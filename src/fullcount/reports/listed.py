"""A list behind a number as CSV for Excel and importers: what the reports of lists have in common."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from fullcount.cell import cell, table_writer

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from fullcount.report import Account

COUNTED = ("directive", "count", "as_of")


def write_list(rows: Iterable[pa.RecordBatch], columns: Iterable[str], account: Account, file: IO[bytes]) -> None:
    """One line per row, batch by batch. Which count a row belongs to is said in the row itself (last
    columns), since rows above the header would break an import. Times are UTC.
    """
    named = list(columns)
    table = table_writer(file)
    table.writerow((*named, *COUNTED))
    count = [cell(value) for value in (account.directive["id"], account.count, account.as_of)]
    for batch in rows:
        values = [map(cell, batch.column(column).to_pylist()) for column in named]
        table.writerows([*row, *count] for row in zip(*values, strict=True))
