"""The reports: one file a form, listed in the order in which users see them."""

from fullcount.report import Report
from fullcount.reports.coverage import COVERAGE
from fullcount.reports.csv import CSV
from fullcount.reports.hosts import HOSTS
from fullcount.reports.html import HTML
from fullcount.reports.json import JSON

REPORTS: tuple[Report, ...] = (HTML, CSV, JSON, HOSTS, COVERAGE)
