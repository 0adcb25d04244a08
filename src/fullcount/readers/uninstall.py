"""Windows: the list of installed programs of one or more machines, saved as a table by a script.

Two habits are one format: the values of the Uninstall keys (`DisplayName`, `DisplayVersion`, `Publisher`), and the
properties of the class Win32_Product (`Name`, `Version`, `Vendor`). Most such files do not name their machine.
"""

from fullcount.model import Lists, Trace
from fullcount.reader import Basis, Declaration, Peek
from fullcount.sheet import open_sheets
from fullcount.table import columns_of, table_reader
from fullcount.text import key

_COLUMNS = Declaration(
    columns={
        "hostname": (
            "PSComputerName",
            "ComputerName",
            "Computer Name",
            "Computer",
            "HostName",
            "Host",
            "SystemName",
            "Node",
            "MachineName",
        ),
        "domain": ("Domain", "DNSDomain", "UserDnsDomain"),
        "serial": ("SerialNumber", "Serial Number"),
        "name": ("DisplayName", "Name"),
        "version": ("DisplayVersion", "Version"),
        "publisher": ("Publisher", "Vendor"),
        "product_code": ("IdentifyingNumber", "PSChildName", "KeyName", "ProductCode"),
        "installed_on": ("InstallDate", "Install Date"),
        "path": ("InstallLocation", "Install Location"),
    },
    required=("name",),
    trace=Trace.PROGRAM,
    constants={"os_family": "windows"},
)
_HABITS = ({"displayname", "displayversion"}, {"displayname", "publisher"}, {"name", "version", "vendor"})


def claims(peek: Peek) -> bool:
    """A table with the columns of either habit, and with none that is another tool's."""
    if peek.json_start and peek.has('"KeyLastWriteTimestamp"'):  # rows of an artifact: see `velociraptor`
        return False
    return any(
        any(habit <= names for habit in _HABITS) and len(columns_of(_COLUMNS, sheet.columns)) * 2 > len(names)
        for sheet in open_sheets(peek)
        if (names := {key(name) for name in sheet.columns if name})
    )


UNINSTALL = table_reader(
    name="uninstall",
    title="Windows list of programs (Uninstall keys or Win32_Product, as a table)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    declaration=_COLUMNS,
    blind=(
        "programs without an install key, and portable copies, are not listed",
        "programs installed for one user are listed only where the script also read that user's keys",
        "Win32_Product lists only what Windows Installer installed",
        "a script that reads one registry view misses the programs of the other (32 or 64 bit)",
    ),
    how=(
        "On each machine, in PowerShell:\n"
        "  $keys = 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\*',\n"
        "          'HKLM:\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\*',\n"
        "          'HKCU:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\*'\n"
        "  Get-ItemProperty $keys -ErrorAction SilentlyContinue | Where-Object DisplayName |\n"
        "    Select-Object @{n='ComputerName';e={$env:COMPUTERNAME}}, DisplayName, DisplayVersion, Publisher, InstallDate,\n"
        '      PSChildName, InstallLocation | Export-Csv "$env:COMPUTERNAME-software.csv" -NoTypeInformation -Encoding UTF8\n'
        "Put the files of one day into a folder named by its date (2017-10-10): a file like this does not say when it was made."
    ),
    basis=Basis.SAMPLES,
    claims=claims,
)
