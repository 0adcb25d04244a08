"""The made-up department written straight into a reading: the same tables, and the same account, as by its exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from fullcount import ledger
from fullcount.commands import demo
from fullcount.commands.count import packs_of, run_count
from fullcount.demo import organisation
from fullcount.demo.compare import asked_for
from fullcount.demo.direct import NOTE
from fullcount.errors import UsageError
from fullcount.workspace import Workspace, folders

if TYPE_CHECKING:
    from pathlib import Path

    from fullcount.report import Account

SYSTEMS = 400
NO_FILE = {"identity", "digest", "bytes", "encoding", "notes", "modified_at", "chosen_among"}  # what only a file has


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workspace]:
    """One department, both ways."""
    department = organisation(SYSTEMS)
    by_exports, _ = demo.by_exports(tmp_path_factory.mktemp("exports"), department, quiet=True)
    straight, _ = demo.straight(tmp_path_factory.mktemp("straight"), department)
    return {"exports": by_exports, "straight": straight}


@pytest.fixture(scope="module")
def accounts(made: dict[str, Workspace]) -> dict[str, Account]:
    return {name: run_count(into, packs_of(into)).of() for name, into in made.items()}


def rows(into: Workspace, table: str) -> list[dict[str, Any]]:
    (reading,) = folders(into.readings)
    found: list[dict[str, Any]] = pq.read_table(reading / f"{table}.parquet").to_pylist()
    return found


def told(into: Workspace) -> dict[str, list[str]]:
    """The tables without their ids: each row with what its ids stand for."""
    names = {row["identity"]: row["name"] for row in rows(into, "appearances")}
    sources = {row["source"]: names[row["identity"]] for row in rows(into, "sources")}
    records = {row["record"]: (sources[row["source"]], row["place"]) for row in rows(into, "records")}
    titles = {row["title"]: plain(row, "title") for row in rows(into, "titles")}
    details = {row["detail"]: plain(row, "detail") for row in rows(into, "details")}
    seen = [
        (records[row["record"]], titles[row["title"]], row["place"], row["state"], details.get(row["detail"]))
        for row in rows(into, "observations")
    ]
    return {
        "appearances": texts(plain(row, *NO_FILE) for row in rows(into, "appearances")),
        "sources": texts((names[row["identity"]], plain(row, "source", *NO_FILE)) for row in rows(into, "sources")),
        "records": texts((sources[row["source"]], plain(row, "record", "source")) for row in rows(into, "records")),
        "clues": texts((records[row["record"]], plain(row, "record")) for row in rows(into, "clues")),
        "titles": texts(titles.values()),
        "details": texts(details.values()),
        "observations": texts(seen),
        "rejects": texts(plain(row) for row in rows(into, "rejects")),
    }


def plain(row: dict[str, Any], *without: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in without}


def texts(found: Any) -> list[str]:
    return sorted(map(repr, found))


def test_the_tables_are_those_that_the_readers_make_of_the_exports(made: dict[str, Workspace]) -> None:
    by_exports, straight = told(made["exports"]), told(made["straight"])
    assert {table: len(found) > SYSTEMS for table, found in straight.items() if table not in {"details", "rejects"}} == {
        "appearances": False,
        "sources": False,
        "records": True,
        "clues": True,
        "titles": True,
        "observations": True,
    }
    for table, expected in by_exports.items():
        assert straight[table] == expected, table


def test_the_account_is_that_of_the_exports(accounts: dict[str, Account]) -> None:
    by_exports, straight = accounts["exports"].document(), accounts["straight"].document()
    for part in ("sentence", "total", "components", "overlap", "range_systems", "products", "reasons", "tools", "beside"):
        assert straight[part] == by_exports[part], part
    assert straight["total"]["systems"] > 0


def test_every_source_says_that_there_is_no_file(made: dict[str, Workspace]) -> None:
    sources = made["straight"].sources()
    assert {(row["notes"], row["bytes"]) for row in sources} == {(NOTE, 0)}
    assert len({row["identity"] for row in sources}) == len(sources)
    assert not (made["straight"].folder / "exports").exists()


def test_settings_and_truth_are_the_same_bytes(made: dict[str, Workspace]) -> None:
    for name in ("fullcount.toml", "truth.json"):
        assert (made["exports"].folder / name).read_bytes() == (made["straight"].folder / name).read_bytes()


def test_what_was_read_is_told_as_of_exports(tmp_path: Path) -> None:
    into, done = demo.straight(tmp_path, organisation(20))
    assert {one.became for one in done.outcomes} == {"read"}
    assert sum(one.counts.observations for one in done.outcomes) == len(rows(into, "observations"))
    assert [entry.what for entry in ledger.entries(into.ledger)] == ["read"]


@pytest.mark.parametrize(
    "other", [{"seed": 18}, {"setting": "harder"}, {"systems": SYSTEMS + 1}, {"systems": 20_001}], ids=lambda other: str(*other)
)
def test_two_departments_are_not_written_into_one_folder(made: dict[str, Workspace], other: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"systems": SYSTEMS, "seed": 17, "setting": "standard"}
    demo.check(made["straight"].folder, **asked)
    with pytest.raises(UsageError, match="department already"):
        demo.check(made["straight"].folder, **(asked | other))


def test_a_truth_that_was_not_finished_is_no_known_department(made: dict[str, Workspace], tmp_path: Path) -> None:
    text = (made["straight"].folder / "truth.json").read_text("utf-8")
    for length in (0, 40):
        (tmp_path / "truth.json").write_text(text[:length], "utf-8")
        assert asked_for(tmp_path / "truth.json") is None


def test_a_large_one_is_announced_with_what_it_takes(tmp_path: Path) -> None:
    assert "no exports" not in demo.announced(tmp_path, 20_000)
    said = demo.announced(tmp_path, 2_000_000)
    assert "2,000,000 systems straight into a reading" in said
    assert "27 min, up to 20.0 GB of memory and 2.8 GB of disk" in said
