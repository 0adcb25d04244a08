"""The software exports of the made-up department as CSV: which files, and which column says what.

What a user finds out in the first minutes, so that every peer is given it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The files of one tool. `publisher` and `looked` are empty where there is no such column."""

    pattern: str
    delimiter: str
    columns: tuple[str, ...]
    host: str
    software: str
    publisher: str = ""
    looked: str = ""
    day: str = ""  # when it was looked, where no column says it

    def files(self, exports: Path) -> list[Path]:
        """In an order that does not change."""
        return sorted(exports.glob(f"*/**/{self.pattern}"))


SCCM = Layout(
    pattern="configuration-manager-*.csv",
    delimiter=",",
    columns=(
        *("ResourceID", "Netbios_Name0", "Full_Domain_Name0", "SMBIOS_GUID0", "SMS_Unique_Identifier0", "SerialNumber0"),
        *("Operating_System_Name_and0", "LastHWScan", "DisplayName0", "Publisher0", "Version0", "ProdID0", "InstallDate0"),
    ),
    host="Netbios_Name0",
    software="DisplayName0",
    publisher="Publisher0",
    looked="LastHWScan",
)
AGENTS = Layout(
    pattern="agents-*.csv",
    delimiter=",",
    columns=(
        *("hostname", "hardware_serial", "uuid", "mac", "os_version", "collected"),
        *("software", "package", "bundle_identifier", "version"),
    ),
    host="hostname",
    software="software",
    looked="collected",
)
INVENTORY = Layout(
    pattern="inventory-*.csv",
    delimiter=";",
    columns=(
        *("Computer", "Domain", "Serial number", "UUID", "MAC", "Operating system", "Last inventory"),
        *("Software", "Publisher", "Version"),
    ),
    host="Computer",
    software="Software",
    publisher="Publisher",
    looked="Last inventory",
)
SCAN = Layout(
    pattern="scan-*.csv",
    delimiter=",",
    columns=("DNS name", "MAC address", "BIOS UUID", "System", "Scanned", "Program", "Program version"),
    host="DNS name",
    software="Program",
    looked="Scanned",
)
PROGRAMS = Layout(
    pattern="programs.csv",
    delimiter=",",
    columns=("PSComputerName", "Domain", "SerialNumber", "DisplayName", "DisplayVersion", "Publisher", "InstallDate"),
    host="PSComputerName",
    software="DisplayName",
    publisher="Publisher",
    day="2017-10-10",
)
LAYOUTS = (SCCM, AGENTS, INVENTORY, SCAN, PROGRAMS)


def present(exports: Path) -> Iterator[tuple[Layout, list[Path]]]:
    """The layouts of which there are files."""
    for one in LAYOUTS:
        if files := one.files(exports):
            yield one, files
