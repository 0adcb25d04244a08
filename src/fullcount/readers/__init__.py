"""The readers: one file or folder a format, listed in the order in which users see them."""

from fullcount.plugins import installed
from fullcount.reader import Reader
from fullcount.readers.apk import APK_INSTALLED
from fullcount.readers.appx import APPX
from fullcount.readers.crowdstrike import CROWDSTRIKE
from fullcount.readers.defender import DEFENDER, DEFENDER_TABLE
from fullcount.readers.dpkg import DPKG_STATUS
from fullcount.readers.fleet import FLEET, FLEET_LIST, FLEET_REPORT
from fullcount.readers.glpi import GLPI_JSON, GLPI_XML
from fullcount.readers.intune import INTUNE, INTUNE_REPORT
from fullcount.readers.jamf import JAMF
from fullcount.readers.nessus import NESSUS
from fullcount.readers.ocs_sql import OCS_SQL
from fullcount.readers.osquery import OSQUERY
from fullcount.readers.package_text import PACKAGE_TEXT
from fullcount.readers.pacman import PACMAN_DB
from fullcount.readers.reg import REG_EXPORT, REG_QUERY
from fullcount.readers.rpmdb import RPMDB
from fullcount.readers.sbom import CYCLONEDX, SPDX, SYFT, TRIVY
from fullcount.readers.sccm import SCCM
from fullcount.readers.system_profiler import SYSTEM_PROFILER
from fullcount.readers.tanium import TANIUM
from fullcount.readers.uninstall import UNINSTALL
from fullcount.readers.wazuh import WAZUH, WAZUH_SYNC
from fullcount.readers.winget import WINGET
from fullcount.readers.wmic import WMIC
from fullcount.readers.zeek import DNS_QUERIES, ZEEK

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
    SCCM,
    INTUNE,
    INTUNE_REPORT,
    DEFENDER,
    DEFENDER_TABLE,
    JAMF,
    TANIUM,
    CROWDSTRIKE,
    # scanners
    NESSUS,
    # one Windows machine
    UNINSTALL,
    WMIC,
    REG_EXPORT,
    REG_QUERY,
    APPX,
    WINGET,
    # one Linux machine, one Mac
    DPKG_STATUS,
    PACKAGE_TEXT,
    RPMDB,
    APK_INSTALLED,
    PACMAN_DB,
    SYSTEM_PROFILER,
    # parts lists
    CYCLONEDX,
    SPDX,
    SYFT,
    TRIVY,
    # the network
    ZEEK,
    DNS_QUERIES,
    *installed("fullcount.readers"),
)
