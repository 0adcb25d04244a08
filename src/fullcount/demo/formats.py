"""The formats of the made-up department's exports, written as the tools write them; `demo.py` says what is in them.

Each function takes machines as one export shows them (`Shown`) and yields the text of the file, piece by piece,
so that an export of any size is written in bounded memory. Column, tag and section names are those of the tools.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple
from uuid import NAMESPACE_OID, uuid5
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DOMAIN = "rivers.example"
_SCANNED = datetime(2017, 10, 5, 4)  # noqa: DTZ001 - UTC
OLD_SCRIPT = 10  # one in so many machines of the small office


class Title(NamedTuple):
    """A program, package or application bundle as an inventory of its kind would list it."""

    name: str
    publisher: str
    version: str
    ident: str  # product code, bundle id; empty for a package


class Entry(NamedTuple):
    """A line of `data/demo_titles.tsv`: a title in the versions that machines have."""

    name: str
    publisher: str
    ident: str
    versions: tuple[str, ...]


class System(NamedTuple):
    """An operating system under the names that different tools give it."""

    family: str  # windows | linux | macos
    name: str
    version: str
    manager: str  # Configuration Manager's name; the package manager of a Linux


class Shown(NamedTuple):
    """A machine as one export shows it. Times are UTC without zone."""

    number: int
    name: str
    serial: str
    uuid: str
    macs: tuple[str, ...]
    asset_tag: str
    maker: str
    agent: str  # the id that the export's own tool gives the machine
    system: System
    at: datetime
    chassis: str = ""
    titles: tuple[Title, ...] = ()
    antivirus: tuple[tuple[str, bool], ...] = ()  # registered name, enabled
    credentialed: bool = True

    @property
    def full_name(self) -> str:
        """Host name and domain."""
        return f"{self.name}.{DOMAIN}".lower()

    @property
    def address(self) -> str:
        """An address of its own in 10.0.0.0/8."""
        number = self.number + 257
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def installed(self, written: str) -> list[str]:
        """The four days before the look on which its titles were installed, in turn, as `written` says."""
        day = datetime(self.at.year, self.at.month, self.at.day)  # noqa: DTZ001 - UTC
        return [format(day - timedelta(days=days + self.number % 23), written) for days in (30, 75, 190, 400)]


@cache
def catalogue() -> dict[tuple[str, str], tuple[Entry, ...]]:
    """The software of the made-up department by family (program, package, app) and role."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for line in (files("fullcount") / "data" / "demo_titles.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            family, role, name, publisher, ident, versions = line.split("\t")
            found.setdefault((family, role), []).append(Entry(name, publisher, ident, tuple(versions.split("|"))))
    return {key: tuple(entries) for key, entries in found.items()}


@cache
def _title(entry: Entry, version: str, manager: str) -> Title:
    if manager:
        revised = version if "-" in version else f"{version}-1ubuntu1" if manager == "deb" else f"{version}-1.el7"
        return Title(entry.name, "", revised, "")
    return Title(entry.name, entry.publisher, version, entry.ident or _ident(entry.name, version))


def title_of(entry: Entry, number: int, manager: str) -> Title:
    """The title as machine `number` has it; `manager` is the package manager of a Linux, else empty."""
    return _title(entry, entry.versions[number % len(entry.versions)], manager)


def row(*cells: object, delimiter: str = ",") -> str:
    """Cells as one line of CSV, with CRLF."""
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter).writerow(cells)
    return line.getvalue()


def _ident(name: str, version: str) -> str:
    """The product code of a program: made from its name, so that it is the same on every machine."""
    return f"{{{str(uuid5(NAMESPACE_OID, f'{name} {version}')).upper()}}}"


SCCM_COLUMNS = (
    "ResourceID,Netbios_Name0,Full_Domain_Name0,SMBIOS_GUID0,SMS_Unique_Identifier0,SerialNumber0,"
    "Operating_System_Name_and0,LastHWScan,DisplayName0,Publisher0,Version0,ProdID0,InstallDate0"
)


def sccm(machines: Iterable[Shown]) -> Iterator[str]:
    """Configuration Manager: its SQL views joined, one row a program and machine."""
    yield "\ufeff" + SCCM_COLUMNS + "\r\n"
    for shown in machines:
        head = row(
            16777219 + shown.number,
            shown.name,
            DOMAIN.upper(),
            shown.uuid.upper(),
            f"GUID:{shown.agent.upper()}",
            shown.serial,
            shown.system.manager,
            f"{shown.at:%Y-%m-%dT%H:%M:%SZ}",
        ).rstrip("\r\n")
        days = shown.installed("%Y%m%d")
        yield "".join(f"{head},{_sccm_title(title)},{days[place & 3]}\r\n" for place, title in enumerate(shown.titles))


@cache
def _sccm_title(title: Title) -> str:
    return row(title.name, title.publisher, title.version, title.ident).rstrip("\r\n")


def is_old_script(number: int) -> bool:
    """Whether the small office still ran its old script on this machine: the file then holds no machine."""
    return number % OLD_SCRIPT == 0


def uninstall(shown: Shown) -> Iterator[str]:
    """The Uninstall keys of one machine, as a PowerShell script exports them. The new script says which machine it is;
    the old one leaves that to the file's name.
    """
    old = is_old_script(shown.number)
    about = () if old else (shown.name, DOMAIN, shown.serial)
    names = ("DisplayName", "DisplayVersion", "Publisher", "InstallDate")
    yield _quoted((*(() if old else ("PSComputerName", "Domain", "SerialNumber")), *names))
    days = shown.installed("%Y%m%d")
    for place, title in enumerate(shown.titles):
        yield _quoted((*about, title.name, title.version, title.publisher, days[place & 3]))


def _quoted(cells: Iterable[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\r\n"


def osquery(machines: Iterable[Shown]) -> Iterator[str]:
    """Snapshot lines of osqueryd's result log: identity, then software; all values are strings."""
    for shown in machines:
        host = shown.full_name if shown.system.family == "linux" else f"{shown.name.lower()}.local"
        for query, rows in _queries(shown, host):
            line = {
                "snapshot": rows,
                "action": "snapshot",
                "name": f"pack_inventory_{query}",
                "hostIdentifier": host,
                "calendarTime": f"{shown.at.ctime()} UTC",
                "unixTime": str(_epoch(shown.at)),
                "epoch": "0",
                "counter": "0",
                "decorations": {"host_uuid": shown.uuid.upper()},
            }
            yield json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def _queries(shown: Shown, host: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    system = shown.system
    yield (
        "system_info",
        [
            {
                "hostname": host,
                "uuid": shown.uuid.upper(),
                "hardware_vendor": shown.maker,
                "hardware_model": "",
                "hardware_serial": shown.serial,
                "computer_name": shown.name,
                "local_hostname": shown.name,
            },
        ],
    )
    yield "os_version", [{"name": system.name, "version": system.version, "platform": _PLATFORMS[system.manager]}]
    nics = [{"interface": f"en{n}", "mac": mac.lower(), "type": "6", "mtu": "1500"} for n, mac in enumerate(shown.macs)]
    yield "interface_details", [{"interface": "lo", "mac": "00:00:00:00:00:00", "type": "24", "mtu": "16384"}, *nics]
    match system.manager:
        case "deb":
            yield "deb_packages", [_deb(title) for title in shown.titles]
        case "rpm":
            yield "rpm_packages", [_rpm(title) for title in shown.titles]
        case _:
            yield "apps", [_app(title) for title in shown.titles]


_PLATFORMS = {"deb": "ubuntu", "rpm": "rhel", "app": "darwin"}


def _deb(title: Title) -> dict[str, str]:
    columns = {"name": title.name, "version": title.version, "source": "", "size": "1024", "arch": "amd64", "revision": ""}
    return columns | {"status": "install ok installed", "maintainer": "", "section": "", "priority": ""}


def _rpm(title: Title) -> dict[str, str]:
    version, _, release = title.version.partition("-")
    columns = {"name": title.name, "version": version, "release": release, "source": "", "size": "1048576", "sha1": ""}
    return columns | {"arch": "x86_64", "epoch": "", "install_time": "1496275200", "vendor": "", "package_group": ""}


def _app(title: Title) -> dict[str, str]:
    return {
        "name": f"{title.name}.app",
        "path": f"/Applications/{title.name}.app",
        "bundle_executable": title.name,
        "bundle_identifier": title.ident,
        "bundle_name": title.name,
        "bundle_short_version": title.version,
        "bundle_version": title.version,
    }


def glpi(shown: Shown) -> Iterator[str]:
    """The XML of a FusionInventory agent: one machine."""
    yield '<?xml version="1.0" encoding="UTF-8" ?>\n<REQUEST>\n  <CONTENT>\n'
    yield _section("ACCESSLOG", LOGDATE=f"{shown.at:%Y-%m-%d %H:%M:%S}")
    for name, enabled in shown.antivirus:
        guid = _ident(name, "registration")
        yield _section("ANTIVIRUS", ENABLED=f"{enabled:d}", GUID=guid, NAME=name, UPTODATE=f"{enabled:d}")
    yield _section("BIOS", ASSETTAG=shown.asset_tag, SMANUFACTURER=shown.maker, SSN=shown.serial)
    system = shown.system
    domain = {"WORKGROUP": DOMAIN} if system.family == "windows" else {}
    hardware = {"CHASSIS_TYPE": shown.chassis, "NAME": shown.name, "OSNAME": system.name, "OSVERSION": system.version}
    yield _section("HARDWARE", **hardware, UUID=shown.uuid.upper(), **domain)
    for place, mac in enumerate(shown.macs):
        address = {} if place else {"IPADDRESS": shown.address}
        yield _section("NETWORKS", **address, MACADDR=mac, STATUS="Up", TYPE="ethernet", VIRTUALDEV="0")
    yield _section("OPERATINGSYSTEM", DNS_DOMAIN=DOMAIN, FQDN=shown.full_name, FULL_NAME=system.name)
    origin = "registry" if system.family == "windows" else system.manager
    days = shown.installed("%d/%m/%Y")
    for place, title in enumerate(shown.titles):
        before, after = _glpi_title(title, origin)
        yield f"{before}{days[place & 3]}{after}"
    born = f"{shown.at - timedelta(days=200 + shown.number % 200):%Y-%m-%d}-09-26-44"
    yield f"  </CONTENT>\n  <DEVICEID>{escape(shown.name)}-{born}</DEVICEID>\n  <QUERY>INVENTORY</QUERY>\n</REQUEST>\n"


@cache
def _glpi_title(title: Title, origin: str) -> tuple[str, str]:
    """The section of a title, before and after its day."""
    named = {"NAME": title.name, "PUBLISHER": title.publisher, "VERSION": title.version}
    section = _section("SOFTWARES", ARCH="x86_64", FROM=origin, GUID=title.ident, INSTALLDATE="\0", **named)
    before, _, after = section.partition("\0")
    return before, after


def _section(tag: str, **fields: str) -> str:
    inner = "".join(f"      <{name}>{escape(value)}</{name}>\n" for name, value in fields.items() if value)
    return f"    <{tag}>\n{inner}    </{tag}>\n"


OPERATING = {  # what a scanner calls a system, by family
    "windows": "Microsoft {0.name}",
    "linux": "Linux Kernel 4.4 on {0.name} {0.version}",
    "macos": "{0.name} {0.version}",
}
_CREDENTIALED = {
    "windows": ("20811", "Microsoft Windows Installed Software Enumeration (credentialed check)", "Windows"),
    "linux": ("22869", "Software Enumeration (SSH)", "General"),
}


def nessus(machines: Iterable[Shown], others: Iterable[Shown], title: str) -> Iterator[str]:
    """A Nessus scan, version 2; `others` are what `apart` makes."""
    yield '<?xml version="1.0" ?>\n<NessusClientData_v2>\n<Policy><policyName>Monthly inventory</policyName></Policy>\n'
    yield f'<Report name="{escape(title)}" xmlns:cm="http://www.nessus.org/cm">\n'
    for shown in machines:
        yield _report_host(shown, "general-purpose")
    for shown in others:
        yield _report_host(shown, shown.asset_tag)
    yield "</Report>\n</NessusClientData_v2>\n"


def apart(first: int) -> list[Shown]:
    """What a scan finds besides computers: three printers and two switches, numbered from `first`."""
    kinds = [("printer", "HP JetDirect"), ("switch", "Cisco IOS 15.2")]
    return [
        Shown(
            number=number,
            name=f"{kind}-{number}",
            serial="",
            uuid="",
            macs=(),
            asset_tag=kind,
            maker="",
            agent="",
            system=System("", name, "", ""),
            at=_SCANNED,
            credentialed=False,
        )
        for number, (kind, name) in enumerate([kinds[0]] * 3 + [kinds[1]] * 2, start=first)
    ]


def _report_host(shown: Shown, kind: str) -> str:
    system = shown.system
    start = shown.at - timedelta(minutes=9)
    tags = {
        "Credentialed_Scan": "true" if shown.credentialed else "false",
        "HOST_START": start.ctime(),
        "HOST_END": shown.at.ctime(),
        "HOST_END_TIMESTAMP": str(_epoch(shown.at)),
        "host-fqdn": shown.full_name,
        "host-ip": shown.address,
        "mac-address": "\n".join(shown.macs),
        "operating-system": OPERATING.get(system.family, "{0.name}").format(system),
        "system-type": kind,
    }
    if system.family == "windows":
        tags["netbios-name"] = f"{DOMAIN.split('.', 1)[0].upper()}\\{shown.name}"
    if shown.credentialed:
        # the other byte order than Configuration Manager's: tools disagree about the first three groups
        tags |= {"bios-uuid": swapped(shown.uuid), "LastAuthenticatedResults": str(_epoch(shown.at))}
    properties = "".join(f'<tag name="{name}">{escape(value)}</tag>\n' for name, value in tags.items() if value)
    items = _inventory(shown) if shown.credentialed else ""
    head = f'<ReportHost name="{shown.address}"><HostProperties>\n{properties}</HostProperties>\n'
    return f"{head}{items}</ReportHost>\n"


def _inventory(shown: Shown) -> str:
    plugin, name, family = _CREDENTIALED[shown.system.family]
    if plugin == "20811":
        days = shown.installed("%Y/%m/%d")
        lines = [f"{_nessus_title(title)}  [installed on {days[place & 3]}]" for place, title in enumerate(shown.titles)]
        text = "\nThe following software are installed on the remote host :\n\n" + "\n".join(lines)
        text += "\n\nThe following updates are installed :\n\nKB4038788  [version 1]  [installed on 2017/09/13]\n"
    else:
        lines = [f"  ii  {title.name}  {title.version}  amd64  {title.name}" for title in shown.titles]
        text = f"\nHere is the list of packages installed on the remote {shown.system.name} Linux system :\n\n" + "\n".join(lines)
    item = f'<ReportItem port="0" svc_name="general" protocol="tcp" severity="0" pluginID="{plugin}" pluginName="{name}"'
    return f'{item} pluginFamily="{family}">\n<plugin_output>{escape(text)}\n</plugin_output>\n</ReportItem>\n'


@cache
def _nessus_title(title: Title) -> str:
    """As Nessus writes it: a full stop for every character that is not ASCII, and no publisher."""
    return "".join(char if char.isascii() else "." for char in title.name) + f"  [version {title.version}]"


def swapped(uuid: str) -> str:
    """A UUID in the other byte order."""
    groups = uuid.split("-")
    return "-".join([*(bytes.fromhex(group)[::-1].hex() for group in groups[:3]), *groups[3:]])


def _epoch(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())
