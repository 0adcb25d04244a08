"""Windows: what programs of one machine print or save, each of them a small format."""

from fullcount.readers.windows.autoruns import AUTORUNS
from fullcount.readers.windows.ccm_log import CCM_LOG
from fullcount.readers.windows.choco import CHOCOLATEY
from fullcount.readers.windows.columns import PS_TABLE
from fullcount.readers.windows.dism import DISM
from fullcount.readers.windows.executable import EXECUTABLE
from fullcount.readers.windows.forensic import EZ_TOOLS
from fullcount.readers.windows.installer import INSTALLER
from fullcount.readers.windows.msi import MSI
from fullcount.readers.windows.msinfo import MSINFO
from fullcount.readers.windows.objects import PS_OBJECTS
from fullcount.readers.windows.prefetch import PREFETCH
from fullcount.readers.windows.properties import PS_LIST
from fullcount.readers.windows.shortcuts import SHORTCUTS
from fullcount.readers.windows.systeminfo import SYSTEMINFO
from fullcount.readers.windows.winget_list import WINGET_LIST

__all__ = [
    "AUTORUNS",
    "CCM_LOG",
    "CHOCOLATEY",
    "DISM",
    "EXECUTABLE",
    "EZ_TOOLS",
    "INSTALLER",
    "MSI",
    "MSINFO",
    "PREFETCH",
    "PS_LIST",
    "PS_OBJECTS",
    "PS_TABLE",
    "SHORTCUTS",
    "SYSTEMINFO",
    "WINGET_LIST",
]
