"""The readers: one file or folder a format, listed in the order in which users see them."""

from fullcount.plugins import installed
from fullcount.reader import Reader
from fullcount.readers.apk import APK_INSTALLED
from fullcount.readers.appx import APPX
from fullcount.readers.consoles import CONSOLES
from fullcount.readers.crowdstrike import CROWDSTRIKE
from fullcount.readers.datacall import DATACALL
from fullcount.readers.defender import DEFENDER, DEFENDER_TABLE
from fullcount.readers.docker_image import DOCKER_IMAGE
from fullcount.readers.docker_inspect import DOCKER_INSPECT
from fullcount.readers.dpkg import DPKG_STATUS
from fullcount.readers.fleet import FLEET, FLEET_LIST, FLEET_REPORT
from fullcount.readers.glpi import GLPI_JSON, GLPI_XML
from fullcount.readers.homebrew import HOMEBREW
from fullcount.readers.intune import INTUNE, INTUNE_REPORT
from fullcount.readers.jamf import JAMF
from fullcount.readers.linux_av import LINUX_AV
from fullcount.readers.macos_plist import MACOS_PLIST
from fullcount.readers.metainfo import METAINFO
from fullcount.readers.nessus import NESSUS, NESSUS_TABLE, TENABLE_API
from fullcount.readers.network import NETWORK
from fullcount.readers.nmap import NMAP
from fullcount.readers.ocs_api import OCS_API
from fullcount.readers.ocs_sql import OCS_SQL
from fullcount.readers.openvas import OPENVAS
from fullcount.readers.osquery import OSQUERY
from fullcount.readers.package_text import PACKAGE_TEXT
from fullcount.readers.pacman import PACMAN_DB
from fullcount.readers.popcontest import POPCONTEST
from fullcount.readers.qualys import QUALYS, QUALYS_ASSETS, QUALYS_TABLE
from fullcount.readers.rapid7 import INSIGHTVM, NEXPOSE
from fullcount.readers.reg import REG_EXPORT, REG_QUERY, REGIPY, REGISTRY_HIVE
from fullcount.readers.registers import REGISTERS
from fullcount.readers.rpmdb import RPMDB
from fullcount.readers.sbom import CYCLONEDX, SPDX, SYFT, TRIVY
from fullcount.readers.sccm import SCCM
from fullcount.readers.snapd import SNAPD
from fullcount.readers.sosreport import DMIDECODE, SOSREPORT
from fullcount.readers.swid import COSWID, SWID
from fullcount.readers.system_profiler import SYSTEM_PROFILER
from fullcount.readers.tanium import TANIUM
from fullcount.readers.uninstall import UNINSTALL
from fullcount.readers.velociraptor import VELOCIRAPTOR
from fullcount.readers.wazuh import WAZUH, WAZUH_SYNC
from fullcount.readers.windows import (
    AUTORUNS,
    CCM_LOG,
    CHOCOLATEY,
    DISM,
    EXECUTABLE,
    EZ_TOOLS,
    INSTALLER,
    MSI,
    MSINFO,
    PREFETCH,
    PS_LIST,
    PS_OBJECTS,
    PS_TABLE,
    SHORTCUTS,
    SYSTEMINFO,
    WINGET_LIST,
)
from fullcount.readers.winget import WINGET
from fullcount.readers.wmic import WMIC

READERS: tuple[Reader, ...] = (
    # agents and fleet tools
    OSQUERY,
    FLEET,
    FLEET_REPORT,
    FLEET_LIST,
    WAZUH,
    WAZUH_SYNC,
    GLPI_JSON,
    GLPI_XML,
    OCS_SQL,
    OCS_API,
    SCCM,
    INTUNE,
    INTUNE_REPORT,
    DEFENDER,
    DEFENDER_TABLE,
    JAMF,
    TANIUM,
    CROWDSTRIKE,
    # consoles in the cloud, of mobile devices, of endpoint protection
    *CONSOLES,
    # registers of assets and configuration databases
    *REGISTERS,
    # scanners
    NESSUS,
    NESSUS_TABLE,
    TENABLE_API,
    QUALYS,
    QUALYS_TABLE,
    QUALYS_ASSETS,
    NEXPOSE,
    INSIGHTVM,
    OPENVAS,
    NMAP,
    # one Windows machine
    UNINSTALL,
    WMIC,
    REG_EXPORT,
    REG_QUERY,
    APPX,
    WINGET,
    WINGET_LIST,
    PS_TABLE,
    PS_LIST,
    PS_OBJECTS,
    CHOCOLATEY,
    DISM,
    MSI,
    SYSTEMINFO,
    MSINFO,
    AUTORUNS,
    SHORTCUTS,
    EZ_TOOLS,
    CCM_LOG,
    REGISTRY_HIVE,
    REGIPY,
    PREFETCH,
    VELOCIRAPTOR,
    EXECUTABLE,
    INSTALLER,
    SWID,
    COSWID,
    # one Linux machine, one Mac
    DPKG_STATUS,
    PACKAGE_TEXT,
    RPMDB,
    APK_INSTALLED,
    PACMAN_DB,
    SYSTEM_PROFILER,
    SOSREPORT,
    DMIDECODE,
    SNAPD,
    METAINFO,
    POPCONTEST,
    HOMEBREW,
    MACOS_PLIST,
    LINUX_AV,
    # images and containers
    DOCKER_IMAGE,
    DOCKER_INSPECT,
    # what people write down
    DATACALL,
    # parts lists
    CYCLONEDX,
    SPDX,
    SYFT,
    TRIVY,
    # the network
    *NETWORK,
    *installed("fullcount.readers"),
)
