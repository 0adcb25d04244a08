"""The list behind the headline: every system with its standing, as CSV for Excel and importers."""

from __future__ import annotations

from typing import IO

from fullcount import report
from fullcount.cell import cell, table_writer
from fullcount.report import Account, Lists, Report

COLUMNS = (*report.HOSTS, "directive", "count", "as_of")


def write(account: Account, lists: Lists, file: IO[bytes]) -> None:
    """One row per system, batch by batch. Which count a row belongs to is said in the row itself (last
    columns), since rows above the header would break an import. Times are UTC.
    """
    table = table_writer(file)
    table.writerow(COLUMNS)
    count = [cell(value) for value in (account.directive["id"], account.count, account.as_of)]
    for batch in lists("hosts"):
        columns = [map(cell, batch.column(name).to_pylist()) for name in report.HOSTS]
        table.writerows([*row, *count] for row in zip(*columns, strict=True))


HOSTS = Report(name="hosts", title="Every system with its standing (CSV)", suffix=".hosts.csv", write=write)
