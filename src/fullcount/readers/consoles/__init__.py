"""Consoles in the cloud, of mobile device management and of endpoint protection: what their interfaces answer.

Most name machines in one call and their software in another; both are joined by the machine's id in the tool. Several
list machines alone: that a tool manages a machine says nothing about its software.
"""

from fullcount.readers.consoles.addigy import ADDIGY
from fullcount.readers.consoles.automox import AUTOMOX
from fullcount.readers.consoles.carbon_black import CARBON_BLACK
from fullcount.readers.consoles.chrome import CHROME
from fullcount.readers.consoles.cisco import CISCO_ENDPOINT
from fullcount.readers.consoles.endpoint_central import ENDPOINT_CENTRAL
from fullcount.readers.consoles.hexnode import HEXNODE
from fullcount.readers.consoles.jumpcloud import JUMPCLOUD
from fullcount.readers.consoles.kandji import KANDJI
from fullcount.readers.consoles.ksc import KSC
from fullcount.readers.consoles.munki import MUNKI, MUNKIREPORT
from fullcount.readers.consoles.ninja import NINJA
from fullcount.readers.consoles.sentinelone import SENTINELONE
from fullcount.readers.consoles.simplemdm import SIMPLEMDM
from fullcount.readers.consoles.trend import DEEP_SECURITY

CONSOLES = (
    SENTINELONE,
    CARBON_BLACK,
    CISCO_ENDPOINT,
    DEEP_SECURITY,
    NINJA,
    AUTOMOX,
    ENDPOINT_CENTRAL,
    JUMPCLOUD,
    KANDJI,
    SIMPLEMDM,
    ADDIGY,
    HEXNODE,
    MUNKI,
    MUNKIREPORT,
    CHROME,
    KSC,
)

__all__ = ["CONSOLES"]
