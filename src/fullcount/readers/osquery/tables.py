"""Rows of osquery's tables: of which table they are, and what they say of software and of the machine.

The tables are in `data/osquery_tables.tsv`, with what each column makes. Facts: table schemas of osquery 5.23.1.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount import when
from fullcount.clue import normal
from fullcount.model import Detail, Os, State, Title, Trace
from fullcount.reader import utc
from fullcount.text import clean, visible, without_user

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Row = dict[str, str]  # column -> value; empty columns are left out


class Table(NamedTuple):
    """One line of `data/osquery_tables.tsv`."""

    name: str
    trace: Trace | None
    os: Os
    state: State
    need: frozenset[str]
    some: frozenset[str]
    fields: tuple[tuple[str, tuple[str, ...]], ...]


class Fact(NamedTuple):
    """What one row says: a title, or what identifies the machine, or both."""

    table: str = ""
    title: Title | None = None
    state: State = State.INSTALLED
    detail: Detail | None = None
    os: str | None = None
    family: Os = Os.UNKNOWN
    clues: tuple[tuple[str, str], ...] = ()


@cache
def tables() -> tuple[Table, ...]:
    """The tables that are known, narrow ones first."""
    lines = (files("fullcount") / "data" / "osquery_tables.tsv").read_text("utf-8").splitlines()
    return tuple(_table(line.split("\t")) for line in lines if line and not line.startswith("#"))


def _table(cells: list[str]) -> Table:
    name, trace, system, state, need, some, said = cells
    columns = {"name": "name", "version": "version", **dict(part.split("=") for part in said.split())}
    return Table(
        name=name,
        trace=Trace(trace) if trace else None,
        os=Os(system),
        state=State(state) if state else State.INSTALLED,
        need=frozenset(need.split()),
        some=frozenset(some.split()),
        fields=tuple((name, tuple(spelt.split(","))) for name, spelt in columns.items() if spelt),
    )


# Of which trace a look is complete when all tables of a set were listed in full. python_packages alone says nothing
# of a distribution's packages, nor Chrome's extensions of Firefox's; processes and files are never complete.
_WHOLE: tuple[tuple[Trace, frozenset[str]], ...] = (
    (Trace.PROGRAM, frozenset({"programs"})),
    (Trace.PACKAGE, frozenset({"deb_packages"})),
    (Trace.PACKAGE, frozenset({"rpm_packages"})),
    (Trace.PACKAGE, frozenset({"portage_packages"})),
    (Trace.PACKAGE, frozenset({"homebrew_packages"})),
    (Trace.APP, frozenset({"apps"})),
    (Trace.EXTENSION, frozenset({"chrome_extensions", "firefox_addons"})),
    (Trace.SERVICE, frozenset({"services"})),
    (Trace.SERVICE, frozenset({"launchd"})),
    (Trace.SERVICE, frozenset({"systemd_units"})),
    (Trace.DRIVER, frozenset({"drivers"})),
    (Trace.ANTIVIRUS, frozenset({"windows_security_products"})),
)
TRACES = frozenset(trace for trace, _ in _WHOLE)


def complete_traces(listed: set[str]) -> frozenset[Trace]:
    """Of which traces a look is complete in which these tables were listed in full."""
    return frozenset(trace for trace, names in _WHOLE if names <= listed)


@lru_cache(maxsize=4096)
def _by_columns(columns: frozenset[str]) -> Table | None:
    return next((t for t in tables() if t.need <= columns and (not t.some or t.some & columns)), None)


def _by_name(name: str) -> Table | None:
    return next((table for table in tables() if table.trace and table.name == name), None)


@lru_cache(maxsize=4096)
def _by_query(query: str) -> Table | None:
    lists = (table for table in tables() if table.trace in (Trace.PROGRAM, Trace.PACKAGE))
    return next((table for table in lists if re.search(rf"(?:^|[_/]){table.name}$", query)), None)


def table_of(columns: frozenset[str], row: Row, query: str) -> Table | None:
    """The table that a row is from: by the columns that were selected, not by the free name of the query.

    Fleet's software query says the table in the column `source`. Only where a name and a version are all that was
    selected, a query that is called exactly as a table (`pack_it_deb_packages`) is taken at its word.
    """
    if {"name", "version", "source"} <= columns and (table := _by_name(row.get("source", ""))):
        return table
    if (table := _by_columns(columns)) or not {"name", "version"} <= columns:
        return table
    if re.search(r"/(?:Cellar|Caskroom)/", row.get("path", "")):
        return _by_name("homebrew_packages")
    return _by_query(query)


_ESCAPED = re.compile(r"(?:\\x[89A-F][0-9A-F])+")
_SECONDS = re.compile(r"\d{9,10}(?:\.\d+)?")
_NAMES = ("name", "package", "bundle_id", "product_code", "extension_id", "service", "driver", "path", "dns_name")
_PATHS = ("install_location", "installed_path", "bundle_path", "path", "image", "module_path", "fragment_path")
_INSTALLED = ("install_date", "install_time", "install_timestamp", "installed_at")
_USED = ("last_opened_time", "last_opened_at", "last_run_time", "last_execution_time")
_VERIFIED = {"", "trusted", "valid"}  # results of a signature check that leave the signer proven


def text_of(value: object) -> str | None:
    r"""A value of a column. osquery writes bytes that are not ASCII as `\xC2\xA9`: these are read back.

    >>> text_of("\\xC2\\xA9 2017 C:\\x86"), text_of(5), text_of(" ")
    ('© 2017 C:\\x86', '5', None)
    """
    if isinstance(value, str):
        return clean(_ESCAPED.sub(_unescaped, value) if "\\x" in value else value)
    return None if value is None else clean(str(value))


def is_row(columns: object) -> bool:
    """Whether this is a row: every column of osquery has one plain value."""
    return isinstance(columns, dict) and not any(isinstance(value, (dict, list)) for value in columns.values())


def row_of(columns: Mapping[str, object]) -> Row:
    """The filled columns of a row."""
    return {column: text for column, value in columns.items() if (text := text_of(value))}


def _unescaped(match: re.Match[str]) -> str:
    try:
        return bytes.fromhex(match[0].replace("\\x", "")).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def fact_of(row: Row, columns: frozenset[str], query: str) -> Fact | str | None:
    """What a row says; `None` for a row about neither software nor the machine. A text says why it cannot be used."""
    table = table_of(columns, row, query)
    clues = tuple(_clues(row, columns))
    if table is None and {"name", "version"} <= columns:
        return f"rows with a name and a version, but the columns of the query {visible(query, 80)} do not tell of which table"
    if table and table.name == "os_version":
        name = " ".join(part for part in (row.get("name"), row.get("version")) if part)
        return Fact(os=name or None, family=_family(row), clues=clues)
    if table is None or table.trace is None:
        return Fact(clues=clues) if clues else None
    title = _title(table, row)
    if not any(getattr(title, name) for name in _NAMES):
        return f"software without a name (table {table.name})"
    return Fact(table.name, title, _state(table, row), _detail(table, row), None, table.os, clues)


def _title(table: Table, row: Row) -> Title:
    found = ((name, next((row[column] for column in columns if column in row), None)) for name, columns in table.fields)
    values: dict[str, Any] = dict(found, type=table.trace)
    if table.name == "services" and "DRIVER" in row.get("service_type", ""):
        values |= {"type": Trace.DRIVER, "driver": values.pop("service")}
    if row.get("result", "").lower() not in _VERIFIED or row.get("signed") == "0":
        values.pop("signer", None)
    if path := values.get("path"):
        values["path"] = without_user(path)
        if table.trace is Trace.FILE and not values.get("name"):
            values["name"] = re.split(r"[\\/]", path.rstrip("\\/"))[-1] or None
    return Title(**values)


def _state(table: Table, row: Row) -> State:
    state = table.state
    match table.name:
        case "services" if row.get("status") == "RUNNING":
            state = State.RUNNING
        case "systemd_units" if row.get("load_state") == "not-found":  # only another unit speaks of it
            state = State.MENTION
        case "systemd_units" if row.get("sub_state") == "running":
            state = State.RUNNING
        case "deb_packages" if row.get("status", "").endswith(("config-files", "not-installed")):
            state = State.RESIDUE
        case "system_extensions" if row.get("state", "").startswith("terminated"):
            state = State.RESIDUE
        case "windows_security_products" if row.get("state") == "On" and not _outdated(row):
            state = State.RUNNING
    return state


def _outdated(row: Row) -> bool:
    return row.get("signatures_up_to_date") == "0" and row.get("type") != "Firewall"  # a firewall has no signatures


def _detail(table: Table, row: Row) -> Detail | None:
    detail = Detail(
        user=row.get("username") if table.trace is not Trace.SERVICE else None,  # of a service: the account that it runs as
        path=next((row[column] for column in _PATHS if column in row), None),
        installed_on=next((_day(row[column]) for column in _INSTALLED if column in row), None),
        last_used=next((_day(row[column]) for column in _USED if column in row), None),
    )
    return detail if any(detail) else None


def _day(value: str) -> str | None:
    """An ISO day; osquery writes seconds since 1970, or what Windows has, or 0 and -1 for never."""
    if re.fullmatch(r"(?:-1|0)(?:\.0*)?", value):
        return None
    if _SECONDS.fullmatch(value) and (moment := utc(float(value))):
        return moment.date().isoformat()
    return when.iso_day(value)


def _family(row: Row) -> Os:
    """The tool runs on Windows, macOS, Linux and, formerly, FreeBSD; on Linux the platform is a distribution's name."""
    known = {"windows": Os.WINDOWS, "darwin": Os.MACOS, "freebsd": Os.OTHER, "": Os.UNKNOWN}
    return known.get(row.get("platform", row.get("platform_like", "")), Os.LINUX)


# kind of clue, its column, columns of which one says that it is this machine's, columns which say that it is not
_CLUES = tuple(
    (kind, column, frozenset(mine.split()), frozenset(others.split()))
    for kind, column, mine, others in (
        ("serial", "hardware_serial", "hardware_serial", ""),
        ("manufacturer", "hardware_vendor", "hardware_vendor", ""),
        ("uuid", "uuid", "hostname hardware_serial hardware_vendor computer_name config_hash config_valid", "username uid"),
        ("hostname", "hostname", "uuid hardware_serial hardware_vendor computer_name cpu_brand", "common_name"),
        ("hostname", "computer_name", "uuid hardware_serial hardware_vendor hostname cpu_brand", "eventid"),
        ("hostname", "local_hostname", "hardware_serial hardware_vendor computer_name", ""),
        ("agent_id", "instance_id", "config_hash config_valid", ""),
        ("cloud_id", "instance_id", "ami_id instance_type account_id folder_id", ""),
        ("cloud_id", "vm_id", "vm_size subscription_id sku", ""),
        ("asset_tag", "smbios_tag", "chassis_types", ""),
        # neighbours of the network have interface, address and mac alone
        ("mac", "mac", "mtu ibytes ipackets metric connection_id physical_adapter mask friendly_name", "permanent"),
        ("ip", "address", "mask broadcast point_to_point friendly_name", "permanent port"),
    )
)


def _clues(row: Row, columns: frozenset[str]) -> Iterator[tuple[str, str]]:
    for kind, column, mine, others in _CLUES:
        if column in row and mine & columns and not others & columns:
            value = f"osquery:{row[column]}" if kind == "agent_id" else row[column]
            if normal(kind, value):
                yield kind, value
    if columns in ({"interface", "mac"}, {"interface", "mac", "type"}) and "mac" in row:
        yield "mac", row["mac"]
    if columns == {"interface", "address"} and "address" in row and normal("ip", row["address"]):
        yield "ip", row["address"]
