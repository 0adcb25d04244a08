"""What is estimated beside a count: from its kept tables, through the command, and into everything that an account goes into."""

from __future__ import annotations

import json
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
from fullcount.kept import ESTIMATES, with_estimates
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
}
DETECTIONS = {
    "directive": "text",
    "component": "text",
    "class": "text",
    "is_covered": "bool",
    "looked": "text",
    "found": "text",
    "systems": "int64",
}
DATES = {"family": "text", "records": "int64", "dated": "int64", "oldest": "time", "newest": "time"}


def account(*, found: int = 0, **changes: Any) -> Account:
    total = replace(
        small().total, with_it=found, exempt=0, systems=1750, looked_at=1500, not_covered=250, without_it=1500 - found
    )
    return replace(small(), total=total, overlap=0, relinks=LINKS, **changes)


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
        "captures": (CAPTURES, captures),
        "detections": (
            DETECTIONS,
            [
                (ID, place, *row[1:])
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
    assert replace(shown, estimates=(), methods=before.methods) == before
    again = estimate(kept(tmp_path / "b", seen()[::-1]), account(), Asked(settings=Settings()))
    assert again.estimates == found.estimates, "the order of rows changes nothing"


def test_without_dates_of_their_own_or_measured_links_nothing_is_certified(tmp_path: Path) -> None:
    undated = estimate(kept(tmp_path / "a", seen(), live=0), account(), Asked(settings=Settings()))
    assert of(undated, SYSTEMS).verdict != "estimate"
    unlinked = estimate(kept(tmp_path / "b", seen()), replace(account(), relinks=()), Asked(settings=Settings()))
    assert of(unlinked, SYSTEMS).verdict == "floor only"
    assert of(unlinked, SYSTEMS).high is None
    assert "What would help" in of(unlinked, SYSTEMS).text


def test_systems_of_two_components_are_taken_off_the_whole(tmp_path: Path) -> None:
    rows = [*seen(), *seen(1000, component="Rivers")]
    apart = estimate(kept(tmp_path / "a", rows), account(), Asked(settings=Settings()))
    shared = estimate(kept(tmp_path / "a", rows), replace(account(), overlap=100), Asked(settings=Settings()))
    one, other = of(apart, SYSTEMS), of(shared, SYSTEMS)
    assert one.centre is not None
    assert other.centre == pytest.approx(one.centre - 100)
    assert of(apart, SYSTEMS, "Rivers").verdict == of(apart, SYSTEMS, "Ports", "workstation").verdict == "estimate"


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
    assert checked["verdict"] == "bounded"
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


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, list(map(str, words)))


def test_it_is_kept_beside_the_count_once_and_goes_where_the_account_goes(counted: Path) -> None:
    with opened(counted) as house:
        front = "/last/us-dhs-bod-17-01/"
        assert "Estimates, never part of the count" not in client(house).get(front).text
        assert run("estimate", "-w", counted).exit_code == 0
        assert "Estimates, never part of the count" in client(house).get(front).text, "at once, on a page that was made before"
    said = run("estimate", "-w", counted)
    assert said.exit_code == 0, said.output
    assert "estimates, never added to the count" in said.stdout
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
