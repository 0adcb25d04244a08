"""Registers of assets, configuration databases, and consoles that gather from others: what they say of machines.

Most say that a machine exists, and few that anybody looked at its software. Things that are no machines stand beside the
computers; licences are bought, not installed.
"""

from fullcount.readers.registers.axonius import AXONIUS
from fullcount.readers.registers.device42 import DEVICE42
from fullcount.readers.registers.intune_devices import INTUNE_DEVICES
from fullcount.readers.registers.lansweeper import LANSWEEPER
from fullcount.readers.registers.ocsf import OCSF
from fullcount.readers.registers.pdq import PDQ
from fullcount.readers.registers.prisma import PRISMA
from fullcount.readers.registers.runzero import RUNZERO
from fullcount.readers.registers.satellite import SATELLITE
from fullcount.readers.registers.servicenow import SERVICENOW
from fullcount.readers.registers.snipeit import SNIPEIT
from fullcount.readers.registers.tanium_question import TANIUM_QUESTION
from fullcount.readers.registers.wiz import WIZ

REGISTERS = (
    SERVICENOW,
    LANSWEEPER,
    SNIPEIT,
    DEVICE42,
    RUNZERO,
    AXONIUS,
    PDQ,
    TANIUM_QUESTION,
    INTUNE_DEVICES,
    SATELLITE,
    PRISMA,
    WIZ,
    OCSF,
)

__all__ = ["REGISTERS"]
