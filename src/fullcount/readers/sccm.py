"""Configuration Manager (SCCM, MECM): rows of its SQL views, saved as a table or as JSON.

The views' column names end in `0`. A table of `v_R_System` alone lists machines; one joined with
`v_Add_Remove_Programs` or `v_GS_INSTALLED_SOFTWARE` lists their software. Column names: the views as documented by
Microsoft, and rows of `v_R_System` as captured. The grid of SQL Server Management Studio writes `NULL` for what is missing;
Reporting Services write lines of the report above its columns.
"""

from fullcount.model import Lists, Trace
from fullcount.reader import Basis, Declaration, Peek
from fullcount.sheet import open_sheets
from fullcount.table import columns_of, fits, table_reader

_TABLE = "Details_Table0_"  # what Reporting Services put before a column's name, where a report does not name its cells
_SPELLINGS = {
    "hostname": ("Netbios_Name0", "Name0", "Netbios Name"),
    "domain": ("Full_Domain_Name0",),
    "agent_id": ("SMS_Unique_Identifier0",),
    "uuid": ("SMBIOS_GUID0",),
    "serial": ("SerialNumber0", "Serial_Number0", "Serial Number"),
    "manufacturer": ("Manufacturer0", "Manufacturer00"),
    "os": ("Operating_System_Name_and0", "Caption0"),
    "ou": ("Distinguished_Name0",),
    "site": ("AD_Site_Name0",),
    "owner": ("User_Name0",),
    "looked_at": ("LastHWScan", "LastHWScan0", "TimeStamp", "TimeStamp0"),
    "heard_at": ("Last_Logon_Timestamp0",),
    "retired": ("Decommissioned0",),
    "name": ("DisplayName0", "ProductName0", "ARPDisplayName0", "NormalizedName", "Product Name"),
    "version": ("Version0", "ProductVersion0", "NormalizedVersion"),
    "publisher": ("Publisher0", "NormalizedPublisher", "Publisher"),
    "product_code": ("ProdID0", "SoftwareCode0", "ProductCode0"),
    "path": ("InstalledLocation0",),
    "installed_on": ("InstallDate0",),
}

_COLUMNS = Declaration(
    columns={name: (*spellings, *map(_TABLE.__add__, spellings)) for name, spellings in _SPELLINGS.items()},
    required=("hostname",),
    trace=Trace.PROGRAM,
    agent="sccm",
    date_order="mdy",
    nothing=("NULL",),
)


def claims(peek: Peek) -> bool:
    """A table that names its machines as the views do, or mostly has the columns of a report made from them: other
    tools, too, have one column of NetBIOS names among many.
    """
    return any(
        found["hostname"].endswith("0") or len(found) * 2 > len(one.columns)
        for one in open_sheets(peek)
        if fits(_COLUMNS, one.columns) and (found := columns_of(_COLUMNS, one.columns))
    )


SCCM = table_reader(
    name="sccm",
    title="Configuration Manager (rows of its views)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    declaration=_COLUMNS,
    blind=(
        "software inventory is by install keys: portable copies and per-user programs are not listed",
        "a machine whose client stopped keeps its last inventory: its LastHWScan says how old it is",
        "a view of software without the machine's name, as `select *` gives it, is not read: join it with `v_R_System`",
        "`v_Add_Remove_Programs` holds both registry views; a query on one of its parts misses the other",
    ),
    how=(
        "In SQL Server Management Studio, on the site database, save the result as CSV with headers:\n"
        "  select s.ResourceID, s.Netbios_Name0, s.Full_Domain_Name0, s.SMBIOS_GUID0, s.SMS_Unique_Identifier0,\n"
        "         b.SerialNumber0, s.Operating_System_Name_and0, s.Decommissioned0, w.LastHWScan, p.DisplayName0,\n"
        "         p.Publisher0, p.Version0, p.ProdID0, p.InstallDate0\n"
        "  from v_R_System s\n"
        "  left join v_GS_WORKSTATION_STATUS w on w.ResourceID = s.ResourceID\n"
        "  left join v_GS_PC_BIOS b on b.ResourceID = s.ResourceID\n"
        "  left join v_Add_Remove_Programs p on p.ResourceID = s.ResourceID\n"
        "The left joins keep machines without an inventory: they are systems that nobody has looked at."
    ),
    basis=Basis.SAMPLES,
    claims=claims,
)
