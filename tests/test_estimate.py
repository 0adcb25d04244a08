"""What is estimated beside a count: from its kept tables, through the command, and into everything that an account goes into."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from tests.accounts import small
from tests.dashboards import client, opened

from fullcount import chain, ledger
from fullcount.cli import cli
from fullcount.errors import FullcountError, UsageError
from fullcount.estimate import MISSED, NONE_FOUND, SYSTEMS, UNINSPECTED, UNSEEN, WITH_IT, Asked, Estimated, estimate
from fullcount.kept import ESTIMATES, kept_rows, with_estimates
from fullcount.model import Form
from fullcount.report import Account, Estimate, RelinkLine
from fullcount.settings import Family, Settings
from fullcount.tables import arrow_schema
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

ID = "bod-17-01"
TOOLS = ("ad", "edr", "sccm")
LINKS = tuple(RelinkLine(kind=kind, pairs=3000, able=3000, again=2999) for kind in ("serial", "uuid"))
CAPTURES = {"directive": "text", "component": "text", "class": "text", "os_family": "text", "is_covered": "bool"} | {
    "families": "text",
    "systems": "int64",
    "found": "int64",
    "is_first": "bool",
}
DETECTIONS = {
    "directive": "text",
    "component": "text",
    "class": "text",
    "is_covered": "bool",
    "looked": "text",
    "found": "text",
    "systems": "int64",
    "form": "text",
}
DATES = {"family": "text", "records": "int64", "dated": "int64", "oldest": "time", "newest": "time"}


def account(*, found: int = 0, **changes: Any) -> Account:
    total = replace(
        small().total, with_it=found, exempt=0, systems=1750, looked_at=1500, not_covered=250, without_it=1500 - found
    )
    tools = tuple(replace(one, traces={"program": 1500, "service": 1500}) for one in small().tools[:1])
    return replace(small(), total=total, overlap=0, relinks=LINKS, tools=tools, **changes)


def seen(systems: int = 2000, *, component: str = "Ports", chance: float = 0.5, families: tuple[str, ...] = TOOLS) -> list[Any]:
    """So many systems, of which each family sees this share, whatever the others see."""
    rows = []
    for pattern in product((False, True), repeat=len(families)):
        names = [name for name, saw in zip(families, pattern, strict=True) if saw]
        share = chance ** len(names) * (1 - chance) ** (len(families) - len(names))
        if names:
            rows.append((ID, component, "workstation", "windows", True, "; ".join(names), round(systems * share), 0))
    return rows


def kept(folder: Path, captures: list[Any], detections: list[Any] = (), live: int = 10) -> Path:  # type: ignore[assignment]
    """The tables of a count that an estimate is made from."""
    from datetime import datetime

    day = datetime(2017, 10, 10)  # noqa: DTZ001 - UTC without zone, as everywhere
    names = sorted({name for row in captures for name in row[5].split("; ") if name})
    tables = {
        "captures": (CAPTURES, [row if len(row) == len(CAPTURES) else (*row, True) for row in captures]),
        "detections": (
            DETECTIONS,
            [
                (ID, place, *row[1:6], *(row[6:] or [str(Form.MACHINE_WIDE) if row[4] else ""]))
                for place in ("", "Ports")
                for row in detections or [(ID, "workstation", True, "edr; sccm", "", 1500)]
            ],
        ),
        "family_dates": (DATES, [(name, 10, live, day, day) for name in names]),
    }
    folder.mkdir(exist_ok=True)
    for name, (columns, rows) in tables.items():
        made = [dict(zip(columns, row, strict=True)) for row in rows]
        pq.write_table(pa.Table.from_pylist(made, schema=arrow_schema(columns)), folder / f"{name}.parquet")
    return folder


def of(found: Estimated, what: str, component: str = "", machine_class: str = "") -> Estimate:
    return next(
        one for one in found.estimates if (one.what, one.component, one.machine_class) == (what, component, machine_class)
    )


def test_three_independent_families_tell_how_many_there_are(tmp_path: Path) -> None:
    found = estimate(kept(tmp_path / "a", seen()), account(), Asked(settings=Settings()))
    whole = of(found, SYSTEMS)
    assert whole.verdict == "estimate"
    assert whole.low is not None
    assert whole.high is not None
    assert whole.low < 2000 < whole.high
    assert whole.high - whole.low < 200
    assert of(found, SYSTEMS, "Ports") == replace(whole, component="Ports")
    (tmp_path / "a" / ESTIMATES).write_text(json.dumps({ID: found.document}), "utf-8")
    before = replace(account(), directive={**account().directive, "id": ID})
    [shown] = with_estimates(tmp_path / "a", [before])
    assert shown.estimates == found.estimates
    assert any(text.startswith("Assumed by the estimates: ") for text in shown.methods)
    assert [one.systems for one in shown.families] == [250] * 7, "each combination but that which nobody saw"
    assert replace(shown, estimates=(), families=(), methods=before.methods) == before
    again = estimate(kept(tmp_path / "b", seen()[::-1]), account(), Asked(settings=Settings()))
    assert again.estimates == found.estimates, "the order of rows changes nothing"


def test_without_dates_of_their_own_or_measured_links_nothing_is_certified(tmp_path: Path) -> None:
    undated = estimate(kept(tmp_path / "a", seen(), live=0), account(), Asked(settings=Settings()))
    assert of(undated, SYSTEMS).verdict != "estimate"
    unlinked = estimate(kept(tmp_path / "b", seen()), replace(account(), relinks=()), Asked(settings=Settings()))
    assert of(unlinked, SYSTEMS).verdict == "floor only"
    assert of(unlinked, SYSTEMS).high is None
    assert "What would help" in of(unlinked, SYSTEMS).text


def test_a_system_of_two_components_is_estimated_once_in_all_and_in_the_line_of_each(tmp_path: Path) -> None:
    rows = [*seen(), *seen(1000, component="Rivers")]
    apart = estimate(kept(tmp_path / "a", rows), account(), Asked(settings=Settings()))
    shared = [(*row, row[1] == "Ports") for row in rows]  # all of Rivers are of Ports, too
    found = estimate(kept(tmp_path / "b", shared), account(), Asked(settings=Settings()))
    one, other = of(apart, SYSTEMS), of(found, SYSTEMS)
    assert one.centre == pytest.approx(3000, rel=0.02)
    assert other.centre == pytest.approx(2000, rel=0.02), "not even those that nobody saw are counted twice"
    assert of(found, SYSTEMS, "Rivers") == of(apart, SYSTEMS, "Rivers")
    assert of(apart, SYSTEMS, "Rivers").verdict == of(apart, SYSTEMS, "Ports", "workstation").verdict == "estimate"
    assert sum(row["systems"] for row in found.document["families"]) == sum(row[6] for row in seen())


def test_how_often_looks_miss_it_is_told_by_the_form_of_the_product(tmp_path: Path) -> None:
    def looks(form: str) -> list[Any]:
        return [
            *(
                (ID, "workstation", True, "edr; sccm", found, many)
                for found, many in (("edr; sccm", 90), ("edr", 5), ("sccm", 5))
            ),
            (ID, "workstation", True, "edr; sccm", "edr; sccm", 10, form),
            *((ID, "workstation", True, "edr; sccm", found, 30, form) for found in ("edr", "sccm")),
            (ID, "workstation", True, "edr; sccm", "", 1400),
        ]

    asked = Asked(settings=Settings())
    alike = estimate(kept(tmp_path / "a", seen(), looks(Form.MACHINE_WIDE)), account(found=170), asked)
    other = estimate(kept(tmp_path / "b", seen(), looks(Form.LEFT)), account(found=170), asked)
    hidden, shown = of(alike, MISSED), of(other, MISSED)
    assert (shown.centre or 0) > 2 * (hidden.centre or 999), "what is hard to see drowns in what is not"
    rates = {one["form"]: one["rates"] for one in other.document["forms"]}
    assert [(one["source"], one["found"], one["of"]) for one in rates[Form.LEFT]] == [("edr", 10, 40), ("sccm", 10, 40)]
    assert "Not in this number, since no complete look sees them: installs for one user, files alone" in shown.text
    few = [*looks(Form.MACHINE_WIDE), (ID, "workstation", True, "edr; sccm", "edr", 2, Form.FILES)]
    lent = estimate(kept(tmp_path / "c", seen(), few), account(found=172), asked)
    assert any("was told from all forms together" in text for text in lent.document["assumed"])
    assert of(lent, MISSED).verdict == "estimate"
    dark = [*looks(Form.MACHINE_WIDE), (ID, "workstation", True, "", "edr", 2, Form.FILES)]
    floor = estimate(kept(tmp_path / "d", seen(), dark), account(found=172), asked)
    assert (of(floor, MISSED).verdict, of(floor, MISSED).high) == ("floor only", None)
    assert "files alone (portable copies): no complete look sees these" in of(floor, MISSED).text


def test_few_that_were_looked_at_say_nothing_of_the_others(tmp_path: Path) -> None:
    looks = [(ID, "workstation", True, "sccm", "sccm", 1), (ID, "workstation", True, "sccm", "", 26)]
    found = estimate(
        kept(tmp_path / "a", seen(), [*looks, (ID, "workstation", False, "", "", 1700)]),
        account(found=1),
        Asked(settings=Settings()),
    )
    line = of(found, UNINSPECTED)
    assert (line.verdict, line.low) == ("refused", None)
    assert "workstation: looked at were 27 of 1,727, too few" in line.text
    assert (of(found, WITH_IT).verdict, of(found, WITH_IT).low) == ("floor only", 1)
    assert any("`fullcount audit draw`" in text for text in found.document["helps"])


def test_what_a_family_cannot_see_is_no_sign_that_it_is_not_there(tmp_path: Path) -> None:
    servers = [(ID, "Ports", "server", "linux", True, "edr", 400, 0), (ID, "Ports", "server", "linux", True, "", 7, 0)]
    found = estimate(kept(tmp_path / "a", [*seen(), *servers]), account(), Asked(settings=Settings()))
    assert ["sccm", "server"] in found.document["blind"], "none of four hundred"
    assert found.document["out_of_window"] == 7
    assert of(found, SYSTEMS, "Ports", "server").verdict == "refused"
    said = Settings(family=(Family(name="edr", tools=("edr",), blind=("windows",)),))
    assert ["edr", "windows"] in estimate(tmp_path / "a", account(), Asked(settings=said)).document["blind"]


def test_found_missed_uninspected_and_unseen_stand_apart(tmp_path: Path) -> None:
    looks = [
        *(
            (ID, "workstation", True, "edr; sccm", found, number)
            for found, number in (("edr; sccm", 90), ("edr", 10), ("sccm", 10))
        ),
        (ID, "workstation", True, "edr; sccm", "", 1000),
        (ID, "workstation", True, "edr", "edr", 20),
        (ID, "workstation", True, "sccm", "sccm", 20),
        (ID, "workstation", True, "sccm", "", 350),
        (ID, "workstation", False, "", "", 250),
    ]
    found = estimate(kept(tmp_path / "a", seen(), looks), account(found=150), Asked(settings=Settings()))
    for what in (MISSED, UNINSPECTED, UNSEEN, WITH_IT):
        assert of(found, what).verdict == "estimate", of(found, what).text
    whole, missed = of(found, WITH_IT), of(found, MISSED)
    assert missed.low is not None
    assert missed.low > 0
    assert whole.low is not None
    assert whole.low >= 150, "what was found is in the whole"
    assert of(found, WITH_IT, "Ports") == replace(whole, component="Ports"), "there is no other component"
    assert found.document["nil"] is None


def test_one_look_alone_says_nothing_of_what_it_misses(tmp_path: Path) -> None:
    looks = [(ID, "workstation", True, "sccm", "sccm", 20), (ID, "workstation", True, "sccm", "", 1480)]
    found = estimate(kept(tmp_path / "a", seen(), looks), account(found=20), Asked(settings=Settings()))
    assert of(found, MISSED).verdict == "refused"
    assert of(found, WITH_IT).verdict == "floor only"
    assert of(found, WITH_IT).low == 20


def test_none_found_is_worth_as_much_as_its_looks(tmp_path: Path) -> None:
    folder = kept(tmp_path / "a", seen())
    unknown = estimate(folder, account(), Asked(settings=Settings())).document["nil"]
    assert (unknown["verdict"], unknown["most_inspected"]) == ("cannot be said", None)
    checked = estimate(folder, account(), Asked(settings=Settings(), checked=(99, 100))).document["nil"]
    assert checked["verdict"] == "bounded in part"
    assert "Of other forms (installs for one user, files alone (portable copies)) nothing can be said" in " ".join(
        checked["sentences"]
    )
    assert 0 <= checked["most_inspected"] < 1500
    [line] = [
        one
        for one in estimate(folder, account(), Asked(settings=Settings(), checked=(99, 100))).estimates
        if one.what == NONE_FOUND
    ]
    assert (line.verdict, line.high) == ("range", checked["most_inspected"])
    assert line.text == " ".join(checked["sentences"])


def test_an_audit_stands_in_the_place_of_a_model(tmp_path: Path) -> None:
    audited = Estimate(what=WITH_IT, verdict="range", low=3, centre=5, high=9, text="audit")
    found = estimate(kept(tmp_path / "a", seen()), account(), Asked(settings=Settings(), audited=(audited,)))
    assert [one for one in found.estimates if one.what == WITH_IT and not one.component] == [audited]
    assert of(found, WITH_IT, "Ports").verdict == "refused", "none found is no floor of nought"


def test_what_no_source_dates_or_an_old_count_lacks(tmp_path: Path) -> None:
    nothing = [(ID, "Ports", "server", "", True, "", 7, 0)]
    found = estimate(kept(tmp_path / "a", nothing), account(), Asked(settings=Settings()))
    assert [one.verdict for one in found.estimates] == ["refused"]
    with pytest.raises(UsageError, match="before overlaps were kept"):
        estimate(tmp_path, account(), Asked(settings=Settings()))


# -- the command -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a count of four systems by two tools."""
    folder = tmp_path_factory.mktemp("estimated")
    exports = folder / "exports"
    exports.mkdir()
    rows = "".join(f"PC-{turn},5CG710000{turn},7-Zip,Igor Pavlov\n" for turn in range(3))
    (exports / "sccm 2017-10-10.csv").write_text(f"Netbios Name,Serial Number,Product Name,Publisher\n{rows}", "utf-8")
    done = run("count", exports, "-w", folder, "-q")
    assert done.exit_code == 0, done.output
    return folder


SERVICE = {"name": "AVP18.0.0", "display_name": "Kaspersky Anti-Virus Service 18.0", "service_type": "OWN_PROCESS"}
SERVICE |= {"start_type": "AUTO_START", "win32_exit_code": "0", "path": "C:\\Kaspersky\\avp.exe"}
PROGRAM = {"name": "7-Zip", "publisher": "Igor Pavlov", "identifying_number": "{A}", "install_location": "C:\\7"}
USERS = "HKEY_USERS\\S-1-5-21-7\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall"


def test_the_form_is_that_of_an_install_before_what_is_left_of_one(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    sccm = "Netbios Name,Serial Number,Product Name,Publisher\nPC-1,5CG1,Kaspersky Endpoint Security 10,Kaspersky Lab\n"
    (exports / "sccm.csv").write_text(sccm, "utf-8")
    head = {"calendarTime": "x", "unixTime": 1507600000, "epoch": 0, "counter": 0, "action": "snapshot"}
    asked = [("services", [SERVICE], "PC-SVC"), ("programs", [PROGRAM], "PC-SVC"), ("services", [SERVICE], "PC-1")]
    lines = [json.dumps({"name": name, "snapshot": rows, "hostIdentifier": host, **head}) for name, rows, host in asked]
    (exports / "osquery.log").write_text("\n".join(lines) + "\n", "utf-8")
    password = [f"[{USERS}\\KPM]", '"DisplayName"="Kaspersky Password Manager"', '"Publisher"="Kaspersky Lab"', ""]
    (exports / "PC-USER.reg").write_bytes("\r\n".join(["Windows Registry Editor Version 5.00", "", *password]).encode("utf-16"))
    linked = ("hosts", "link", "-w", tmp_path, "hostname=PC-1", "serial=5CG1", "--by", "A", "--why", "one")
    counting = ("count", "-w", tmp_path, "-q", "--collected-at", "2017-10-10")
    assert run(*counting, exports).exit_code == 0
    assert run(*linked).exit_code == 0
    assert run("count", "-w", tmp_path, "-q").exit_code == 0
    rows = kept_rows(chain.last(Workspace(tmp_path)).folder, "detections", "component", [""])
    assert sorted((row["form"], row["looked"], row["found"], row["systems"]) for row in rows) == [
        (Form.PER_USER, "", "reg-export", 1),  # its look lists the programs of users alone
        (Form.MACHINE_WIDE, "sccm", "osquery; sccm", 1),
        (Form.LEFT, "osquery", "osquery", 1),
    ]


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, list(map(str, words)))


def test_it_is_kept_beside_the_count_once_and_goes_where_the_account_goes(counted: Path) -> None:
    with opened(counted) as house:
        front = "/last/us-dhs-bod-17-01/"
        assert "Estimates, never part of the count" not in client(house).get(front).text
        assert run("estimate", "-w", counted).exit_code == 0
        shown = client(house).get(front).text
        assert "Estimates, never part of the count" in shown, "at once, on a page that was made before"
        [families] = re.findall(r'<table id="families".*?</table>', shown, re.DOTALL)
        assert re.search(r"sccm.*<td[^>]*>exact</td><td>.*>3</span>.*none of them.*>cannot be said</td>", families, re.DOTALL)
    said = run("estimate", "-w", counted)
    assert said.exit_code == 0, said.output
    assert "estimates, never added to the count" in said.stdout
    assert "    3 sccm\n" in said.stdout, "the exact counts that it rests on"
    assert "none was found; what that is worth:" in said.stdout
    assert "what would narrow it: " in said.stdout
    assert "cannot be said" in said.stdout
    of_ledger = Workspace(counted)
    assert run("estimate", "-w", counted).stdout == said.stdout
    assert [one.what for one in ledger.entries(of_ledger.ledger)].count("estimate") == 1
    account = chain.last(of_ledger).accounts[0]
    assert account.estimates
    assert account.total == Account.of(chain.documents(chain.last(of_ledger).folder)[0]).total, "nothing is added to a count"
    page = run("report", "html", "-w", counted, "-o", "-").stdout
    assert "Estimates, never part of the count" in page
    document = json.loads(run("estimate", "-w", counted, "--json").stdout)
    assert [one["directive"] for one in document["estimates"]] == ["us-dhs-bod-17-01"]
    assert run("estimate", "-w", counted, "--directive", "other", "--json").exit_code == 0


@pytest.mark.parametrize("text", ["48", "50/48", "a/b", "1/0", "1/2/3"])
def test_a_check_is_found_of_so_many(counted: Path, text: str) -> None:
    assert run("estimate", "-w", counted, "--checked", text).exit_code == 2
    assert run("estimate", "-w", counted, "--checked", "48/50").exit_code == 0


def test_a_changed_audit_is_an_error_and_no_estimate(counted: Path) -> None:
    folder = counted / "audits"
    assert (
        run(
            "audit", "draw", "-w", counted, "--risk", "5%", "--tolerable", "20%", "--seed", "1 2 3 4 5 6 1 2 3 4 5 6 1 2 3 4"
        ).exit_code
        == 0
    )
    assert run("estimate", "-w", counted).exit_code == 0
    frame = next(folder.rglob("frame.csv"))
    frame.write_bytes(frame.read_bytes() + b"x")
    assert isinstance(run("estimate", "-w", counted).exception, FullcountError)
