"""Two counts compared: through the command on small exports, and the laws on counts made at random."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.months import CLEAN, EVIL, FOUND, HEAD, HELPDESK, Said, save
from tests.tries import tries

from fullcount.cli import main
from fullcount.count import VERSION
from fullcount.diff import BESIDE, COLUMNS, ENTERED, LEFT, LISTS, diff, listed
from fullcount.directive import find
from fullcount.engines.duckdb import DuckDb

TOML = f"""
directives = ["us-dhs-bod-17-01"]

[[table]]
name = "machines"
match = "machines.csv"
lists = "machines"
[table.columns]
hostname = "Host"
serial = "Serial"
uuid = "Id"
{HELPDESK}"""
LATER = """
[[outside]]
clue = "serial=5CG710LEFT"
reason = "lent to a museum"

[[exemption]]
clue = "serial=5CG710EXEMPT"
approver = "Chief information security officer"
reason = "drives the crane"
expires = 2018-10-12
"""
# Which machines have it (True) or not, by export; named by the list to which they belong in the end.
AUGUST = {"AGAIN": True}
SEPTEMBER = {
    "STAYS": True,
    "REMOVED": True,
    "NEW": False,
    "UNSEEN": True,
    "SILENT": False,
    "AGAIN": False,
    "GONE": True,
    "LEFT": True,
    "EXEMPT": True,
    "ONE": True,
}
OCTOBER = {
    "STAYS": True,
    "REMOVED": False,
    "NEW": True,
    "AGAIN": True,
    "FRESH": True,
    "EMPTY": False,
    "LISTED": False,
    "LEFT": True,
    "EXEMPT": True,
    "ONE": True,
}
UUID = "564d4cbc-c6a9-1969-0000-0000000000{:02}"


def inventory(machines: dict[str, bool]) -> str:
    return HEAD + "".join(f"PC-{name},5CG710{name},{FOUND if has else CLEAN}\n" for name, has in machines.items())


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a count of 1 September and one of 1 October. Not to be changed."""
    base = tmp_path_factory.mktemp("months")
    first, second, into = base / "first", base / "second", base / "workspace"
    save(first, "2017-08-01/programs.csv", inventory(AUGUST))
    save(first, "2017-09-01/programs.csv", inventory(SEPTEMBER))
    save(first, "2017-09-01/machines.csv", f"Host,Serial,Id\nPC-LISTED,5CG710LISTED,\nPC-OTHER,,{UUID.format(1)}\n")
    save(second, "2017-10-01/programs.csv", inventory(OCTOBER))
    save(second, "2017-10-01/helpdesk.csv", "Host,Serial,Program\nPC-GONE,5CG710GONE,7-Zip 16.04\n")
    save(second, "2017-10-01/machines.csv", f"Host,Serial,Id\nPC-ONE,5CG710ONE,{UUID.format(1)}\n")
    save(into, "fullcount.toml", TOML)
    assert Said("count", first, "-w", into, "-q").code == 0
    save(into, "fullcount.toml", TOML + LATER)
    assert Said("count", second, "-w", into, "-q").code == 0
    return into


def compared(of: Path, *more: str) -> dict[str, Any]:
    (one,) = Said("diff", *more, "-w", of, "--json").document()["directives"]
    adds_up(one)
    return dict(one)


def adds_up(one: dict[str, Any]) -> None:
    sizes = {part["list"]: part["systems"] for part in one["lists"]}
    assert sum(part["effect"] * part["systems"] for part in one["lists"]) == one["after"]["with_it"] - one["before"]["with_it"]
    assert one["entered"] == sum(sizes[name] for name in ENTERED)
    assert one["left"] == sum(sizes[name] for name in LEFT)
    came, went = sizes["new-systems"] + sizes["split"], sizes["left-systems"] + sizes["merged"]
    assert one["after"]["systems"] == one["before"]["systems"] + came - went


def members(of: Path, name: str, *counts: str) -> set[str]:
    rows = Said("diff", *counts, "-w", of, "--list", name, "--json").document()["rows"]
    return {row["name"].removeprefix("PC-") for row in rows}


EXPECTED = {
    "new": {"NEW", "FRESH"},
    "re-appeared": {"AGAIN"},
    "removed": {"REMOVED"},
    "exempted": {"EXEMPT"},
    "left-with-it": {"LEFT"},
    "gone-unverified": {"GONE"},
    "newly-looked-at": {"LISTED"},
    "newly-uncovered": {"UNSEEN", "SILENT", "GONE"},
    "new-systems": {"FRESH", "EMPTY"},
    "left-systems": {"LEFT"},
    "merged": {"OTHER"},
}


@pytest.mark.parametrize("name", LISTS)
def test_list_has_the_systems_that_belong_to_it(name: str, months: Path) -> None:
    assert members(months, name) == EXPECTED.get(name, set())


def test_sizes_are_those_of_the_lists_and_say_of_what(months: Path) -> None:
    one = compared(months)
    sizes = {part["list"]: part["systems"] for part in one["lists"]}
    assert sizes == {name: len(EXPECTED.get(name, ())) for name in LISTS}
    (new,) = [part for part in one["lists"] if part["list"] == "new"]
    assert {row["detail"]: row["systems"] for row in new["of"]} == {
        "known before and looked at": 1,
        "no source named it before": 1,
    }
    (left,) = [part for part in one["lists"] if part["list"] == "left-with-it"]
    (merged,) = [part for part in one["lists"] if part["list"] == "merged"]
    assert merged["of"] == [], "into what is said in the list"
    assert left["of"] == [{"detail": "is out of population: lent to a museum", "systems": 1}]


def test_sentence_has_both_numbers_with_their_denominators_and_days(months: Path) -> None:
    lines = Said("diff", "-w", months).out.splitlines()
    assert lines[0] == (
        "At least 7 of 12 systems had it as of 2017-09-01, at least 7 of 12 systems have it as of 2017-10-01: "
        "3 more, 3 fewer (BOD 17-01)."
    )
    assert "        +2  new               (1 known before and looked at; 1 no source named it before)" in lines
    assert "        -1  removed" in lines
    assert any(
        line.startswith("  PC-REMOVED (serial:5CG710REMOVED, unassigned): with it: seen -> without it: ") for line in lines
    )


def test_what_went_in_is_compared_too(months: Path) -> None:
    changed = Said("diff", "-w", months, "--json").document()["changed"]
    assert changed["sources_added"] == [f"2017-10-01/{name}.csv" for name in ("helpdesk", "machines", "programs")]
    assert changed["sources_left"] == []
    assert [one["what"] for one in changed["inputs"]] == ["setting exemption", "setting outside"]
    said = Said("diff", "-w", months).out
    assert "sources added (3): 2017-10-01/helpdesk.csv" in said
    assert changed["settings_added"][-1] == {
        "setting": "outside",
        "entry": {"clue": "serial=5CG710LEFT", "reason": "lent to a museum"},
    }
    assert changed["settings_left"] == []
    assert "setting added: outside: clue serial=5CG710LEFT, reason lent to a museum" in said.splitlines()
    assert "not the same: setting" not in said, "it is told once"
    back = Said("diff", "last", "previous", "-w", months).out.splitlines()
    assert "setting left out: outside: clue serial=5CG710LEFT, reason lent to a museum" in back


def test_decisions_that_hold_in_one_count_alone_are_named(months: Path, tmp_path: Path) -> None:
    of = Path(shutil.copytree(months, tmp_path / "workspace"))
    by = ("-w", of, "--by", "R. Officer", "--why")
    assert Said("decide", "7-Zip 16.04", "is", "--product", "other", *by, "it is a cover name").code == 0
    assert Said("count", "-w", of).code == 0
    [added] = Said("diff", "-w", of, "--json").document()["changed"]["decisions_added"]
    about = {"number": 1, "what": "is", "by": "R. Officer", "why": "it is a cover name", "product": "other", "undone": None}
    assert about.items() <= added.items()
    said = "`7-Zip 16.04` is other (us-dhs-bod-17-01); decision 1 by R. Officer on "
    [line] = [line for line in Said("diff", "-w", of).out.splitlines() if "decision" in line]
    assert line.startswith(f"decision added: {said}")
    assert line.endswith(": it is a cover name")

    assert Said("decisions", "undo", "1", "-w", of, "--by", "The auditor", "--why", "it is an archiver").code == 0
    assert Said("hosts", "split", "serial=5CG710NEW", *by, "two labels").code == 0
    assert Said("count", "-w", of).code == 0
    changed = Said("diff", "-w", of, "--json").document()["changed"]
    assert [(one["number"], one["said"]) for one in changed["decisions_added"]] == [(3, "split serial=5CG710NEW")]
    [undone] = changed["decisions_undone"]
    assert (undone["number"], undone["undone"]["by"], undone["undone"]["why"]) == (1, "The auditor", "it is an archiver")
    [line] = [line for line in Said("diff", "-w", of).out.splitlines() if line.startswith("decision no longer holds: ")]
    assert line.startswith(f"decision no longer holds: {said}")
    assert "; undone by decision 2 by The auditor on " in line
    assert line.endswith(": it is an archiver")


def test_count_that_kept_no_inputs_says_that_they_are_not_known(months: Path, tmp_path: Path) -> None:
    of = Path(shutil.copytree(months, tmp_path / "workspace"))
    before = next(iter(Said("diff", "-w", of, "--json").document()["directives"]))["before"]["count"]
    (of / "counts" / before / "inputs.json").unlink()
    changed = Said("diff", "-w", of, "--json").document()["changed"]
    assert not any(changed[name] for name in ("decisions_added", "decisions_undone", "settings_added", "settings_left"))
    assert f"not the same: version of counting: not known, then {VERSION}" in Said("diff", "-w", of).out.splitlines()


def test_a_directive_in_another_version_is_said(months: Path, tmp_path: Path) -> None:
    of = Path(shutil.copytree(months, tmp_path / "workspace"))
    pack = Path(shutil.copytree(Path(__file__).parents[1] / "directives/us-dhs-bod-17-01", tmp_path / "pack"))
    text = (pack / "directive.yaml").read_text("utf-8")
    version = find("us-dhs-bod-17-01").version
    changed = text.replace(f'\nversion: "{version}"', '\nversion: "99"')
    assert changed != text
    (pack / "directive.yaml").write_text(changed, "utf-8")
    assert Said("count", "-w", of, "--directive", pack).code == 0
    inputs = Said("diff", "-w", of, "--json").document()["changed"]["inputs"]
    assert ("directive us-dhs-bod-17-01, version", version, "99") in [
        (one["what"], one["before"], one["after"]) for one in inputs
    ]
    assert any(one["what"] == "directive us-dhs-bod-17-01, digest" for one in inputs)


def test_counts_are_named_by_the_beginning_of_their_id(months: Path) -> None:
    names = {
        folder.name: json.loads((folder / "accounts.json").read_text("utf-8"))[0]["as_of"]
        for folder in (months / "counts").iterdir()
    }
    before, after = sorted(names, key=lambda name: names[name])
    by_id, by_word = compared(months, before, after[:9]), compared(months, "previous", "last")
    assert by_id == by_word == compared(months)
    back = compared(months, "last", "previous")
    assert (back["entered"], back["left"]) == (by_id["left"], by_id["entered"])
    same = compared(months, "last", "last")
    assert [part["systems"] for part in same["lists"]] == [0] * len(LISTS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing", "last"), "no count is called nothing"),
        (("", "last"), "no count is called "),
        (("../counts", "last"), "no count is called ../counts"),
        (("last", "previous", "--list", "nobody"), "no list is called nobody"),
        (("--directive", "nothing"), "not both counts were made under nothing"),
        (("--csv", "x.csv"), "which list is to be written?"),
    ],
)
def test_what_is_not_there_is_2_and_said_with_what_there_is(
    arguments: tuple[str, ...], said: str, months: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["diff", "-w", str(months), *arguments])
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert (told.out, said in told.err) == ("", True)
    if "no count" in said:
        assert all(folder.name in told.err for folder in (months / "counts").iterdir())


def test_one_count_alone_has_no_previous(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "exports", "2017-09-01/programs.csv", inventory(SEPTEMBER))
    save(tmp_path / "workspace", "fullcount.toml", TOML)
    for arguments, code, said in (
        (("diff",), 3, "nothing was counted yet"),
        (("count", tmp_path / "exports", "-q"), 0, ""),
        (("diff",), 2, "there is no count before the last"),
    ):
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments), "-w", str(tmp_path / "workspace")])
        assert ended.value.code == code
        assert said in capsys.readouterr().err


def test_list_as_csv_is_the_list(months: Path, tmp_path: Path) -> None:
    path = tmp_path / "new" / "uncovered.csv"
    done = Said("diff", "-w", months, "--list", "newly-uncovered", "--csv", path)
    assert (done.code, done.out) == (0, f"{path}\n")
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert {row["name"] for row in rows} == {"PC-UNSEEN", "PC-SILENT", "PC-GONE"}
    assert {row["detail"] for row in rows} == {"its last complete look is too old"}
    assert [one.name for one in path.parent.iterdir()] == ["uncovered.csv"]
    whole = Said("diff", "-w", months, "--list", "newly-uncovered").out.splitlines()
    assert len(whole) == len(rows)


def test_evidence_that_was_dropped_is_no_removal_and_a_machine_may_fall_apart(tmp_path: Path) -> None:
    of, exports = tmp_path / "workspace", tmp_path / "exports"
    save(exports, "2017-09-01/programs.csv", inventory({"ONE": False, "TWO": False}))
    save(exports, "2017-08-30/wrong.csv", inventory({"GHOST": True}))
    save(exports, "2017-09-02/wrong.csv", inventory({"TWO": True}))
    save(exports, "2017-09-01/machines.csv", f"Host,Serial,Id\nPC-ONE,5CG710ONE,{UUID.format(1)}\n")
    save(exports, "2017-08-31/machines.csv", f"Host,Serial,Id\nPC-APART,,{UUID.format(1)}\n")
    save(of, "fullcount.toml", TOML)
    assert Said("count", exports, "-w", of, "-q").code == 0
    for source in ("2017-08-30/wrong.csv", "2017-09-02/wrong.csv", "2017-09-01/machines.csv"):
        assert Said("drop", source, "-w", of, "--why", "of another department").code == 0
    assert Said("count", "-w", of).code == 0
    compared(of)
    assert members(of, "not-shown") == {"TWO"}
    assert members(of, "removed") == set()
    assert members(of, "left-with-it") == {"GHOST"}
    assert members(of, "split") == {"APART"}
    changed = Said("diff", "-w", of, "--json").document()["changed"]
    assert len(changed["sources_left"]) == 3
    # and the other way round nothing is counted twice either
    compared(of, "last", "previous")
    assert members(of, "merged", "last", "previous") == {"APART"}


def test_renamed_machine_is_the_same_by_its_serial_number(tmp_path: Path) -> None:
    of = tmp_path / "workspace"
    save(of, "fullcount.toml", TOML)
    for day, name in (("2017-09-01", "PC-OLD"), ("2017-09-05", "PC-NEW")):
        save(tmp_path / day, f"{day}/programs.csv", f"{HEAD}{name},5CG7100001,{FOUND}\n")
        assert Said("count", tmp_path / day, "-w", of, "-q").code == 0
        if day == "2017-09-01":  # no record in common is left
            assert Said("drop", f"{day}/programs.csv", "-w", of, "--why", "test").code == 0
    one = compared(of)
    assert (one["before"]["systems"], one["after"]["systems"], one["entered"], one["left"]) == (1, 1, 0, 0)
    assert all(part["systems"] == 0 for part in one["lists"])


def test_export_that_was_read_anew_has_the_same_machines(tmp_path: Path) -> None:
    of, exports = tmp_path / "workspace", tmp_path / "exports"
    save(exports, "2017-09-01/helpdesk.csv", "Host,Serial,Program\nPC-1,,Reader\nPC-2,,Reader\n")
    for lists in ("some software", "all software"):  # the mapping is corrected, and no machine has a strong clue
        save(of, "fullcount.toml", TOML.replace("some software", lists))
        assert Said("count", exports, "-w", of, "-q").code == 0
    one = compared(of)
    sizes = {part["list"]: part["systems"] for part in one["lists"] if part["systems"]}
    assert sizes == {"newly-looked-at": 2}
    rows = Said("diff", "-w", of, "--list", "newly-looked-at", "--json").document()["rows"]
    assert {row["shares"] for row in rows} == {"records"}


def test_names_are_inert(tmp_path: Path) -> None:
    of = tmp_path / "workspace"
    save(of, "fullcount.toml", TOML)
    for day, title in (("2017-09-01", CLEAN), ("2017-09-05", FOUND)):
        save(tmp_path / day, f"{day}/programs.csv", f"{HEAD}{EVIL},5CG7100001,{title}\n")
        assert Said("count", tmp_path / day, "-w", of, "-q").code == 0
    for arguments in ((), ("--list", "new")):
        done = Said("diff", "-w", of, *arguments)
        assert done.code == 0
        assert "\x1b" not in done.out
        assert "\\u{1b}" in done.out


# -- laws ------------------------------------------------------------------------------------------------------------------

STANDINGS = (
    ("with it", "seen"),
    ("with it", "gone, unverified"),
    ("without it", "never seen"),
    ("without it", "removed, verified on 2017-09-01 by osquery"),
    ("exempt", "exempted by decision"),
    ("not covered", "its last complete look is too old"),
)
RECORDS = 7
DAY = datetime(2017, 9, 1)  # noqa: DTZ001 - the house keeps UTC without zone
# By record its host, -1 where the count left it out; by host its standing, whether it was looked at, is a system, has a clue.
sides = st.tuples(
    st.lists(st.integers(-1, 3), min_size=RECORDS, max_size=RECORDS),
    st.lists(
        st.tuples(st.sampled_from(STANDINGS), st.booleans(), st.booleans(), st.sampled_from(["", "A", "B", "C"])),
        min_size=4,
        max_size=4,
    ),
)


def keep(folder: Path, side: tuple[list[int], list[Any]]) -> dict[str, Any]:
    """Write what a count keeps and `diff` reads. Returns its systems by stable name."""
    placed, about = side
    hosts = sorted({host for host in placed if host >= 0})
    systems = [host for host in hosts if about[host][2]]
    text, time = pa.string(), pa.timestamp("us")
    ids = [f"serial:{host}" for host in hosts]
    clues = [(host, about[host][3]) for host in hosts if about[host][3]]
    keys = sorted({key for _, key in clues})
    pairs = [(record, host) for record, host in enumerate(placed) if host >= 0]
    none = pa.array([None] * len(systems), text)
    tables = {
        "host_of": {
            "record": pa.array([one for one, _ in pairs], pa.int64()),
            "host": pa.array([one for _, one in pairs], pa.int64()),
        },
        "hosts": {
            "host": pa.array(hosts, pa.int64()),
            "population": pa.array(["system" if about[host][2] else "retired" for host in hosts], text),
            "population_reason": pa.array([None if about[host][2] else "out of service" for host in hosts], text),
        },
        "host_names": {"host": pa.array(hosts, pa.int64()), "host_id": pa.array(ids, text), "name": pa.array(ids, text)},
        "host_list": {
            "directive": pa.array(["ban"] * len(systems), text),
            "host_number": pa.array(systems, pa.int64()),
            "host": pa.array([f"serial:{host}" for host in systems], text),
            "name": pa.array([f"PC-{host}" for host in systems], text),
            "standing": pa.array([about[host][0][0] for host in systems], text),
            "reason": pa.array([about[host][0][1] for host in systems], text),
            "since": pa.array([DAY] * len(systems), time),
            "component": none,
            "products": none,
            "last_seen": pa.array([DAY] * len(systems), time),
            "last_looked": pa.array([DAY] * len(systems), time),
        },
        "coverage": {
            "directive": pa.array(["ban"] * len(systems), text),
            "host": pa.array(systems, pa.int64()),
            "is_covered": pa.array([about[host][1] for host in systems], pa.bool_()),
            "why_not": pa.array([""] * len(systems), text),
        },
        "clue_keys": {
            "clue": pa.array(range(1, len(keys) + 1), pa.int32()),
            "kind": pa.array(["serial"] * len(keys), text),
            "key": pa.array(keys, text),
        },
        "host_clues": {
            "host": pa.array([host for host, _ in clues], pa.int64()),
            "clue": pa.array([keys.index(key) + 1 for _, key in clues], pa.int32()),
            "kind": pa.array(["serial"] * len(clues), text),
            "refused": pa.array([None] * len(clues), text),
        },
        "live_sources": {"source": pa.array([0], pa.int64()), "digest": pa.array(["d"], text)},
        "looks": {name: pa.array(range(RECORDS), pa.int64()) for name in ("record", "source", "place")},
        "answers": {
            **dict.fromkeys(("directive", "product", "trace"), pa.array([], text)),
            **dict.fromkeys(("host", "record"), pa.array([], pa.int64())),
            "answered_on": pa.array([], time),
        },
        "evidence": {
            **dict.fromkeys(("directive", "product", "trace"), pa.array([], text)),
            **dict.fromkeys(("host", "record"), pa.array([], pa.int64())),
            "counts": pa.array([], pa.bool_()),
        },
    }
    folder.mkdir()
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return {f"serial:{host}": about[host] for host in systems}


def total(systems: dict[str, Any]) -> tuple[int, int]:
    return sum(one[0][0] == "with it" for one in systems.values()), sum(one[1] for one in systems.values())


@given(sides, sides)
@tries(60)
def test_every_system_of_both_counts_is_told_of_once_and_the_lists_add_up(before: Any, after: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        first, second = Path(name) / "first", Path(name) / "second"
        olds, news = keep(first, before), keep(second, after)
        engine = DuckDb([Path(name)])
        try:
            diff(engine, first, second)
            mapped = engine.rows("select before_host, after_host, how, near_host, why from diff_map")
            moves = engine.rows("select before_host from diff_moves")
            rows = {one: list(listed(engine, "ban", one)) for one in LISTS}
        finally:
            engine.close()
    assert sorted(f"serial:{row['before_host']}" for row in mapped if row["before_host"] is not None) == sorted(olds)
    assert sorted(f"serial:{row['after_host']}" for row in mapped if row["after_host"] is not None) == sorted(news)
    assert all((row["before_host"] is None or row["after_host"] is None) == (row["how"] != "same") for row in mapped)
    assert all((row["near_host"] is not None) for row in mapped if row["how"] in {"merged", "split"})
    assert all(row["why"] for row in mapped if row["how"] in {"new", "left"})
    assert len(moves) == (len(mapped) if olds or news else 0)
    (had, looked_before), (have, looked_after) = total(olds), total(news)
    assert have == had + sum(len(rows[one]) for one in ENTERED) - sum(len(rows[one]) for one in LEFT)
    came, went = rows["new-systems"] + rows["split"], rows["left-systems"] + rows["merged"]
    assert len(news) == len(olds) + len(came) - len(went)
    gained = len(rows["newly-looked-at"]) + sum(bool(row["after_looked_at"]) for row in came)
    lost = len(rows["newly-uncovered"]) + sum(bool(row["before_looked_at"]) for row in went)
    assert looked_after == looked_before + gained - lost
    for one in LISTS:
        names = [(row["before_host"], row["after_host"]) for row in rows[one]]
        assert len(set(names)) == len(names)
    assert all(row["after_standing"] == "with it" != row["before_standing"] for one in ENTERED for row in rows[one])
    assert all(row["before_standing"] == "with it" != row["after_standing"] for one in LEFT for row in rows[one])


@given(sides)
@tries(20)
def test_a_count_is_not_different_from_itself(side: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "one"
        systems = keep(folder, side)
        engine = DuckDb([Path(name)])
        try:
            diff(engine, folder, folder)
            assert engine.rows("select list from diff_list") == []
            assert len(engine.rows("select how from diff_map where how = 'same'")) == len(systems)
        finally:
            engine.close()


def test_every_list_has_a_meaning_and_an_effect() -> None:
    assert set(LISTS) == {*ENTERED, *LEFT, *BESIDE}
    assert len(LISTS) == len(ENTERED) + len(LEFT) + len(BESIDE)
    text = (Path(__file__).parents[1] / "src/fullcount/sql/diff_moves.sql").read_text("utf-8")
    assert all(f"'{name}'" in text for name in LISTS if name not in {"merged", "split"})
