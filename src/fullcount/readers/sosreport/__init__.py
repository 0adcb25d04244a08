"""sos: a whole report on a machine, and what `dmidecode` prints, which is a part of it."""

from fullcount.readers.sosreport.dmidecode import DMIDECODE
from fullcount.readers.sosreport.report import SOSREPORT

__all__ = ["DMIDECODE", "SOSREPORT"]
