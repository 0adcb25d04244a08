"""The matrix of coverage, line by line: every record of every system, what that look is worth and which traces it sees."""

from __future__ import annotations

from typing import IO

from fullcount import report
from fullcount.report import Account, Lists, Report
from fullcount.reports.listed import COUNTED, write_list

COLUMNS = (*report.LOOKS, *COUNTED)


def write(account: Account, lists: Lists, file: IO[bytes]) -> None:
    """One row per system and record."""
    write_list(lists("looks"), report.LOOKS, account, file)


COVERAGE = Report(name="coverage", title="Every look at every system (CSV)", suffix=".coverage.csv", write=write)
