"""The list behind the headline: every system with its standing."""

from __future__ import annotations

from typing import IO

from fullcount import report
from fullcount.report import Account, Lists, Report
from fullcount.reports.listed import COUNTED, write_list

COLUMNS = (*report.HOSTS, *COUNTED)


def write(account: Account, lists: Lists, file: IO[bytes]) -> None:
    """One row per system."""
    write_list(lists("hosts"), report.HOSTS, account, file)


HOSTS = Report(name="hosts", title="Every system with its standing (CSV)", suffix=".hosts.csv", write=write)
