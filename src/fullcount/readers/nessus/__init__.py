"""Nessus and Tenable: a scan as `.nessus`, findings as spreadsheets, and what Tenable's interfaces answer. All of them write
what plugins said in the same words.
"""

from fullcount.readers.nessus.api import TENABLE_API
from fullcount.readers.nessus.scan import NESSUS
from fullcount.readers.nessus.table import NESSUS_TABLE

__all__ = ["NESSUS", "NESSUS_TABLE", "TENABLE_API"]
