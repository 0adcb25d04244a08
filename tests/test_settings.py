"""The settings: every key is understood, and every mistake is said with its line and what to write instead."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullcount import settings
from fullcount.entry import NOT_WRITTEN
from fullcount.errors import SettingsError
from fullcount.settings import Component, Exemption, Family, Outside, Settings, SourceRule, Table, clue_of, load, template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVERYTHING = """
organisation = "Department of Rivers"
marking = "CUI"
time_zone = "America/New_York"
fresh_days = 30
window_days = 45
silent_days = 0
directives = ["us-dhs-bod-17-01", "packs/ours"]

[[table]]
match = "computers*.csv"
name = "active-directory"
lists = "machines"
traces = ["program", "service"]
machine_class = "server"
sheet = "Sheet 1"
date = 2017-10-11
dates = "dmy"
howto = "ask the directory team"
[table.columns]
hostname = "Name"
ou = "DistinguishedName"
installed_on = "Since"

[[table]]
match = "*.xlsx"
columns = { name = "Software" }

[[source]]
match = "ports/*.csv"
component = "Ports"
collected_at = 2017-10-10T08:00:00+02:00
host = "PC-7"

[[component]]
name = "Ports"
parent = "Transport"
ou = "OU=Ports"
domain = ["ports.example.gov", "docks.example.gov"]
prefix = "PO-"
network = ["10.1.0.0/16", "fd00::/8"]
folder = "ports"
site = "Harbour"
expected = 400

[[exemption]]
clue = "serial=5CG 71"
approver = "The CIO"
reason = "laboratory"
expires = "2017-12-31"
directive = "us-dhs-bod-17-01"
product = "kav"
mitigation = "no network"

[[outside]]
clue = "hostname = KIOSK-1"
reason = "not ours"

[[family]]
name = "directory"
tools = ["ad", "intune"]
blind = ["linux", "server"]
"""


@pytest.fixture
def said(tmp_path: Path) -> Callable[[str], Settings]:
    def loaded(text: str) -> Settings:
        path = tmp_path / settings.FILE
        path.write_bytes(text.encode())
        return load(path)

    return loaded


def test_every_key_is_understood(said: Callable[[str], Settings]) -> None:
    found = said(EVERYTHING)
    assert (found.organisation, found.fresh_days, found.silent_days) == ("Department of Rivers", 30, 0)
    assert found.directives == ("us-dhs-bod-17-01", "packs/ours")
    assert found.zone.key == "America/New_York"
    assert found.table == (
        Table(
            match="computers*.csv",
            name="active-directory",
            lists="machines",
            traces=("program", "service"),
            machine_class="server",
            sheet="Sheet 1",
            date=datetime(2017, 10, 11),  # noqa: DTZ001 - UTC without zone
            dates="dmy",
            howto="ask the directory team",
            columns={"hostname": "Name", "ou": "DistinguishedName", "installed_on": "Since"},
        ),
        Table(match="*.xlsx", columns={"name": "Software"}),
    )
    six = datetime(2017, 10, 10, 6)  # noqa: DTZ001 - UTC without zone
    assert found.source == (SourceRule(match="ports/*.csv", component="Ports", collected_at=six, host="PC-7"),)
    assert found.component == (
        Component(
            name="Ports",
            parent="Transport",
            ou=("OU=Ports",),
            domain=("ports.example.gov", "docks.example.gov"),
            prefix=("PO-",),
            network=("10.1.0.0/16", "fd00::/8"),
            folder=("ports",),
            site=("Harbour",),
            expected=400,
        ),
    )
    (exemption,) = found.exemption
    assert (exemption.clue, exemption.expires, exemption.mitigation) == ("serial=5CG 71", date(2017, 12, 31), "no network")
    assert found.outside == (Outside(clue="hostname = KIOSK-1", reason="not ours"),)


@pytest.mark.parametrize("kind", [Settings, Table, SourceRule, Component, Exemption, Outside, Family])
def test_the_example_above_says_every_key(kind: Any) -> None:
    for item in fields(kind):
        assert item.name in NOT_WRITTEN or re.search(rf"^(\[+(table\.)?)?{item.name}\b", EVERYTHING, re.MULTILINE), item.name


def test_nothing_said_is_the_default(said: Callable[[str], Settings], tmp_path: Path) -> None:
    assert load(tmp_path / "missing.toml") == said("") == said("# nothing\n") == Settings()
    assert (Settings().freshness(None), Settings().silent_days, Settings().time_zone) == (14, 90, "UTC")


def test_a_tool_is_of_the_family_that_names_it_and_of_no_second(said: Callable[[str], Settings]) -> None:
    text = '[[family]]\nname = "directory"\ntools = ["ad", "intune"]\n'
    assert [said(text).family_of(tool) for tool in ("ad", "intune", "sccm")] == ["directory", "directory", "sccm"]
    with pytest.raises(SettingsError, match="`intune` is in two families") as raised:
        said(f'{text}[[family]]\nname = "managed"\ntools = ["intune"]\n')
    assert raised.value.place.endswith(":6")


def test_components_lie_in_one_another_and_never_in_themselves(said: Callable[[str], Settings]) -> None:
    nested = '[[component]]\nname = "Pier"\nparent = "Ports"\n\n[[component]]\nname = "Ports"\nparent = "Transport"\n'
    assert said(nested).above("Pier") == ("Ports", "Transport")
    assert said(nested).above("Transport") == ()
    with pytest.raises(SettingsError, match="`Pier` is a part of itself") as raised:
        said(nested + '\n[[component]]\nname = "Transport"\nparent = "Pier"\n')
    assert raised.value.place.endswith(":3")


def test_a_byte_order_mark_and_other_line_ends_are_no_harm(said: Callable[[str], Settings]) -> None:
    assert said("\ufeff" + EVERYTHING.replace("\n", "\r\n")) == said(EVERYTHING)


@given(organisation=st.text())
def test_the_template_loads_whatever_the_name(organisation: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    name = organisation.encode("utf-8", "replace").decode()
    path = tmp_path_factory.mktemp("settings") / settings.FILE
    path.write_bytes(template(name).encode())
    assert load(path) == Settings(organisation=name, directives=("us-dhs-bod-17-01",))


def test_what_the_template_offers_as_comments_loads_too(said: Callable[[str], Settings]) -> None:
    text = re.sub(r"^# (?=\[|[a-z_]+ = )", "", template("Rivers"), flags=re.MULTILINE)
    found = said(text)
    assert (found.fresh_days, found.silent_days, found.time_zone) == (14, 90, "UTC")
    assert [len(one) for one in (found.component, found.table, found.source)] == [1, 1, 1]


TABLE = "[[table]]\nmatch = 'a'\ncolumns.name = 'a'"
ERRORS = {
    "no TOML": ("a = \n", 1, "Invalid value"),
    "ends too early": ('organisation = "x"\n\na = [', 3, "at end of document"),
    "twice": ("fresh_days = 1\nfresh_days = 2\n", 2, "Cannot overwrite"),
    "too deep": (f"directives = {'[' * 5000}", 1, "nested too deep"),
    "unknown": ("organisation = 'x'\nfresh_day = 3\n", 2, "unknown key `fresh_day`"),
    "unknown table": ("\n[[tables]]\nmatch = 'x'\n", 2, "unknown key `tables`"),
    "where": ("where = 'here'\n", 1, "unknown key `where`"),
    "unknown in table": ("[[component]]\nname = 'a'\n[[component]]\nnames = 'b'\n", 4, "unknown key `names`"),
    "quoted": ('[[component]]\nname = "a"\n"o u" = "b"\n', 3, "unknown key `o u`"),
    "missing": ("# one\n[[component]]\nou = 'a'\n[[component]]\nname = 'b'\n", 2, "`name` is missing"),
    "missing in the second": (
        "[[component]]\nname='a'\n\n[[component]]\nou = 'b'\n[[source]]\nmatch='x'\n",
        4,
        "`name` is missing",
    ),
    "columns": ("[[table]]\nmatch = 'a'\n", 1, "`columns` is missing"),
    "no list": ("component = 'Ports'\n", 1, "`component` is a list of tables"),
    "text": ("\norganisation = 7\n", 2, "`organisation` should be text"),
    "texts": ("directives = [1]\n", 1, "`directives` should be text, or a list of texts"),
    "number": ("fresh_days = '14'\n", 1, "`fresh_days` should be a whole number"),
    "negative": ("fresh_days = -1\n", 1, "`fresh_days` should be a whole number"),
    "truth": ("fresh_days = true\n", 1, "`fresh_days` should be a whole number"),
    "huge": ("silent_days = 36501\n", 1, "more than a hundred years"),
    "endless": (f"[[component]]\nname = 'a'\nexpected = {10**30}\n", 3, "`expected` should be a whole number"),
    "zone": ("# zone\ntime_zone = 'Europe/Nowhere'\n", 2, "no time zone `Europe/Nowhere`"),
    "zone above": ("time_zone = '../../etc/passwd'\n", 1, "no time zone"),
    "zone empty": ("time_zone = ''\n", 1, "no time zone"),
    "zone folder": ("time_zone = 'Europe'\n", 1, "no time zone"),
    "lists": (f"{TABLE}\nlists = 'everything'\n", 4, "`everything` is no value of `lists`"),
    "traces": (
        f"{TABLE}\ntraces = ['program', 'programs']\n",
        4,
        "`programs` is no value of `traces`",
    ),
    "class": (
        f"{TABLE}\nmachine_class = 'toaster'\n",
        4,
        "`toaster` is no value of `machine_class`",
    ),
    "dates": (f"{TABLE}\ndates = 'ydm'\n", 4, "`ydm` is no value of `dates`"),
    "field": (
        "[[table]]\nmatch = 'a'\n[table.columns]\nhostname = 'Name'\nhostnme = 'N'\n",
        5,
        "`hostnme` is no value of `columns`",
    ),
    "type": ("[[table]]\nmatch = 'a'\ncolumns.type = 'Name'\n", 1, "`type` is no value of `columns`"),
    "column": ("[[table]]\nmatch = 'a'\n[table.columns]\nhostname = 3\n", 3, "`columns` should be a table"),
    "date": ("[[source]]\nmatch = 'a'\ncollected_at = 'yesterday'\n", 3, "`collected_at` should be a date"),
    "date of nobody": (
        "[[source]]\nmatch = 'a'\ncollected_at = 0001-01-01T00:00:00+05:00\n",
        3,
        "`collected_at` should be a date",
    ),
    "network": ("[[component]]\nname = 'a'\nnetwork = ['10.0.0.0/8', '10.0.0.0/99']\n", 3, "`10.0.0.0/99` is no network"),
    "clue": ("[[outside]]\nreason = 'a'\nclue = 'PC-1'\n", 3, "`PC-1` names no machine"),
    "clue kind": ("[[outside]]\nreason = 'a'\nclue = 'colour=red'\n", 3, "names no machine"),
    "clue value": ("[[outside]]\nreason = 'a'\nclue = 'mac=red'\n", 3, "names no machine"),
    "expires": (
        "[[exemption]]\nclue = 'serial=5CG71'\napprover = 'a'\nreason = 'b'\nexpires = 'never'\n",
        5,
        "`expires` should be a date",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_error_says_where_and_what_to_do(name: str, said: Callable[[str], Settings], tmp_path: Path) -> None:
    text, line, says = ERRORS[name]
    with pytest.raises(SettingsError, match=re.escape(says)) as raised:
        said(text)
    assert raised.value.place == f"{tmp_path / settings.FILE}:{line}"
    assert raised.value.hint
    assert raised.value.exit_code == 2
    assert str(raised.value).startswith(f"{raised.value.place}: ")


@given(data=st.binary())
def test_any_bytes_load_or_are_refused(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("settings") / settings.FILE
    path.write_bytes(data)
    try:
        load(path)
    except SettingsError as error:
        assert re.fullmatch(rf"{re.escape(str(path))}:\d+", error.place)  # noqa: PT017 - most bytes are refused, not all


def test_a_clue_is_written_as_tools_write_it() -> None:
    assert clue_of("serial= 5cg 71", "") == ("serial", "5CG71")
    virtual = "VMware-56 4d 4c bc c6 a9 19 69-00 00 00 00 00 00 00 01"
    assert clue_of(f"serial={virtual}", "") == ("uuid", "564d4cbcc6a919690000000000000001")
    assert clue_of("agent_id=sccm:GUID:1", "") == ("agent_id", "sccm:guid:1")
