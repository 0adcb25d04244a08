"""The workspace: nothing changes by accident, nothing is lost by a crash, and every input shows in a count's id."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise, permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from fullcount import chain, console, ledger, reading
from fullcount.directive import find as directive
from fullcount.errors import NothingUsableError, SettingsError, UsageError, WorkspaceError
from fullcount.model import Batch, Lists, Record, Title, Trace
from fullcount.read import Options
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers import READERS
from fullcount.settings import template
from fullcount.tables import READING, schema
from fullcount.workspace import Read, Workspace, folders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.chain import Counted

BOD = "us-dhs-bod-17-01"
HEAD = "ComputerName,DisplayName,DisplayVersion,Publisher,InstallDate\n"
DAY = datetime(2017, 10, 10)  # noqa: DTZ001 - UTC without zone


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "work", text=template("Department of Rivers"))


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    write(folder / "2017-10-10" / "one.csv", "PC-1,Kaspersky Anti-Virus,17.0,Kaspersky Lab,20170102", "PC-2,Reader,1.0,Acme,")
    write(folder / "2017-10-10" / "two.csv", "PC-3,Reader,1.0,Acme,", "PC-1,Writer,2.0,Acme,")
    return folder


def write(path: Path, *rows: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    return path


def take(work: Workspace, *paths: Path, readers: tuple[Reader, ...] = READERS, **options: Any) -> Read:
    return work.read(paths, options=Options(**options), readers=readers)


def count(work: Workspace, *directives: str, as_of: date | None = None) -> Counted:
    packs = [directive(name) for name in directives or (BOD,)]
    with console.engine(work) as engine:
        return chain.run(work, engine, directives=packs, readers=READERS, as_of=as_of)


def became(done: Read) -> dict[str, str]:
    return {one.name: one.became for one in done.outcomes}


def state(work: Workspace) -> dict[str, bytes]:
    """Every file of a workspace, but for the lock."""
    return {
        path.relative_to(work.folder).as_posix(): path.read_bytes()
        for path in sorted(work.folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


# -- the same again --------------------------------------------------------------------------------------------------------


def test_reading_and_counting_twice_changes_nothing(work: Workspace, exports: Path) -> None:
    assert set(became(take(work, exports)).values()) == {"read"}
    first = count(work)
    before = state(work)
    again = take(work, exports)
    assert again.reading == ""
    assert set(became(again).values()) == {"known"}
    assert count(work).folder == first.folder
    assert state(work) == before


def test_a_copy_under_another_name_is_an_appearance_and_counts_nothing_twice(work: Workspace, exports: Path) -> None:
    take(work, exports)
    before = count(work).of().total
    copy = exports / "Ports" / "copy.csv"
    copy.parent.mkdir()
    shutil.copy(exports / "2017-10-10" / "one.csv", copy)
    done = take(work, exports)
    assert became(done)["Ports/copy.csv"] == "known"
    assert done.reading == "000002"
    (source,) = [row for row in work.sources() if "Ports/copy.csv" in row["names"]]
    assert source["names"] == ["2017-10-10/one.csv", "Ports/copy.csv"]
    assert source["folders"] == ["2017-10-10", "Ports"]
    assert len(work.sources()) == 2
    assert count(work).of().total == before
    assert take(work, exports).reading == ""


def asked(name: str, word: str, said: list[str], **more: Any) -> Reader:
    """A reader of a file with that word, which says each time that it was asked about one."""

    def claims(peek: Peek) -> bool:
        said.append(name)
        return peek.has(word)

    def batches(stream: Stream) -> Iterator[Batch]:
        batch = Batch(record=Record(place=1, clues=[("hostname", stream.host or "PC-1")]))
        batch.saw(Title(Trace.PROGRAM, name="Reader"), 1)
        yield batch

    about: dict[str, Any] = {"title": name, "lists": Lists.SOME_SOFTWARE, "how": "", "unit": "line", "basis": Basis.MAPPED}
    return Reader(name=name, claims=claims, batches=batches, **about | more)


def test_no_reader_is_asked_about_bytes_that_are_known(work: Workspace, tmp_path: Path) -> None:
    (file := tmp_path / "a.txt").write_text("one two", "utf-8")
    said: list[str] = []
    readers = (asked("first", "one", said), asked("second", "three", said))
    assert became(take(work, file, readers=readers)) == {"a.txt": "read"}
    assert said == ["first", "second"]
    assert became(take(work, file, readers=readers)) == {"a.txt": "known"}
    assert said == ["first", "second"]


def test_other_readers_are_asked_about_bytes_that_are_known(work: Workspace, tmp_path: Path) -> None:
    (file := tmp_path / "a.txt").write_text("one two", "utf-8")
    first = asked("first", "one", [])
    take(work, file, readers=(first,))
    assert became(take(work, file, readers=(replace(first, version=2),))) == {"a.txt": "read"}
    with pytest.raises(NothingUsableError, match="more than one reader claims"):
        take(work, file, readers=(first, asked("second", "two", [])))
    with pytest.raises(NothingUsableError, match="no reader claims"):
        take(work, file, readers=(asked("second", "three", []),))


def test_a_reader_that_was_named_is_not_what_the_bytes_choose(work: Workspace, tmp_path: Path) -> None:
    (file := tmp_path / "a.txt").write_text("one two", "utf-8")
    readers = (asked("first", "one", []), asked("second", "three", []))
    take(work, file, readers=readers, reader="second")
    assert became(take(work, file, readers=readers)) == {"a.txt": "read"}
    assert [row["reader"] for row in work.sources()] == ["second", "first"]
    assert became(take(work, file, readers=readers, reader="second")) == {"a.txt": "known"}


def test_known_bytes_of_another_machine_are_another_source(work: Workspace, tmp_path: Path) -> None:
    (file := tmp_path / "list.txt").write_text("one two", "utf-8")
    readers = (asked("first", "one", [], needs_host=True),)
    take(work, file, readers=readers)
    assert became(take(work, file, readers=readers)) == {"list.txt": "known"}
    (tmp_path / "list.txt.host").write_text("PC-8", "utf-8")
    assert became(take(work, file, readers=readers)) == {"list.txt": "read"}
    assert became(take(work, file, readers=readers, host="PC-9")) == {"list.txt": "read"}
    assert became(take(work, file, readers=readers)) == {"list.txt": "known"}
    assert [row["host"] for row in work.sources()] == [None, "PC-8", "PC-9"]


def test_one_file_of_two_machines_is_two_sources(work: Workspace, tmp_path: Path) -> None:
    for name in ("PC-1_software.csv", "PC-2_software.csv"):
        (tmp_path / name).write_text("DisplayName,DisplayVersion,Publisher\nReader,1.0,Acme\n", "utf-8")
    take(work, tmp_path / "PC-1_software.csv", tmp_path / "PC-2_software.csv")
    assert [(row["host"], row["host_how"]) for row in work.sources()] == [("PC-1", "file name"), ("PC-2", "file name")]
    assert len({row["digest"] for row in work.sources()}) == 1


def test_order_of_reading_changes_nothing(tmp_path: Path, exports: Path) -> None:
    paths = [*sorted((exports / "2017-10-10").iterdir()), write(exports / "2017-10-10" / "three.csv", "PC-4,Reader,1.1,Acme,")]
    found = set()
    for turn, order in enumerate(permutations(paths)):
        work = Workspace.create(tmp_path / f"work{turn}", text=template(""))
        for path in order:
            take(work, path, collected_at=DAY)
        counted = count(work)
        found.add((counted.folder.name, json.dumps([one.document() for one in counted.accounts], sort_keys=True)))
    assert len(found) == 1


# -- what a reading holds --------------------------------------------------------------------------------------------------


def test_tables_have_the_columns_of_the_house(work: Workspace, exports: Path) -> None:
    take(work, exports)
    (folder,) = folders(work.readings)
    assert {path.stem for path in folder.iterdir()} == set(READING)
    for table in READING:
        assert pq.read_schema(folder / f"{table}.parquet").equals(schema(table)), table


def test_observations_are_sorted_by_title_then_record_in_every_run(
    work: Workspace, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "RUN", 300)
    for turn in range(5):
        rows = [f"PC-{number % 7},Program {number * 37 % 50},1.0,Acme," for number in range(200)]
        write(exports / "many" / f"{turn}.csv", *rows, f"PC-{turn},Only {turn},1.0,Acme,")
    take(work, exports)
    (folder,) = folders(work.readings)
    file = pq.ParquetFile(folder / "observations.parquet")
    assert file.num_row_groups >= 3
    total = 0
    for group in range(file.num_row_groups):
        seen = file.read_row_group(group).to_pylist()
        total += len(seen)
        assert all((one["title"], one["record"]) <= (two["title"], two["record"]) for one, two in pairwise(seen))
    assert total == sum(source["observations"] for source in work.sources()) == 5 * 201 + 4


# -- crashes and other writers ---------------------------------------------------------------------------------------------


def failing(error: Exception) -> Reader:
    """A reader that fails after its first machine, as a bug in it would."""

    def batches(stream: Stream) -> Iterator[Batch]:
        batch = Batch(record=Record(place=1, clues=[("hostname", "PC-9")]))
        batch.saw(Title(Trace.PROGRAM, name="Reader"), 1)
        yield batch
        raise error

    return Reader(
        name="failing",
        title="Fails half-way",
        lists=Lists.SOME_SOFTWARE,
        how="",
        unit="line",
        basis=Basis.DOCUMENTATION,
        claims=lambda peek: peek.has("fails half-way"),
        batches=batches,
    )


def test_a_reading_that_fails_half_way_leaves_nothing(work: Workspace, exports: Path) -> None:
    take(work, exports)
    before = state(work)
    (exports / "2017-10-10" / "zz.txt").write_text("fails half-way", "utf-8")
    write(exports / "2017-10-10" / "three.csv", "PC-4,Reader,1.1,Acme,")
    with pytest.raises(ZeroDivisionError):
        take(work, exports, readers=(*READERS, failing(ZeroDivisionError())))
    assert state(work) == before
    assert not list(work.readings.glob("aside-*"))


def test_what_a_crash_left_aside_is_not_seen_and_is_cleared_by_the_next_writer(work: Workspace, exports: Path) -> None:
    take(work, exports)
    first = count(work)
    for kind in (work.readings, work.counts):
        (kind / "aside-1").mkdir()
        (kind / "aside-1" / "sources.parquet").write_bytes(b"PAR1")
    assert len(folders(work.readings)) == len(folders(work.counts)) == 1
    assert len(work.sources()) == 2
    assert chain.last(work).folder == first.folder
    with work.writing():
        assert not [*work.readings.glob("aside-*"), *work.counts.glob("aside-*")]


def test_a_second_writer_is_refused_and_a_killed_one_holds_no_lock(work: Workspace, exports: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from fullcount.workspace import Workspace\n"
        "work = Workspace(Path(sys.argv[1]))\n"
        "with work.writing():\n"
        "    (work.readings / 'aside-0').mkdir(parents=True)\n"
        "    print('in', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(work.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        try:
            assert other.stdout.readline() == "in\n"
            with pytest.raises(WorkspaceError, match="somebody else"):
                take(work, exports)
            assert (work.readings / "aside-0").exists(), "what the other writer is making is left alone"
            with pytest.raises(WorkspaceError, match="somebody else"):
                work.drop("one.csv", why="")
        finally:
            other.send_signal(signal.SIGTERM)
            other.wait()
    assert set(became(take(work, exports)).values()) == {"read"}
    assert not (work.readings / "aside-0").exists()


def test_a_folder_that_is_no_workspace_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="no workspace"):
        Workspace(tmp_path)
    (tmp_path / "fullcount.toml").write_text("organisation = 'ours'\n", "utf-8")
    assert Workspace.create(tmp_path, text=template("theirs")).settings().organisation == "ours"


# -- the ledger ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def chained(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.jsonl"
    for number in range(4):
        ledger.append(path, "read", reading=f"{number:06d}", names=["Zürich"])
    return path


def test_ledger_is_a_chain(chained: Path) -> None:
    found = ledger.entries(chained)
    assert [entry.facts["reading"] for entry in found] == ["000000", "000001", "000002", "000003"]
    assert [entry.before for entry in found] == [ledger.START, *(entry.digest for entry in found[:-1])]
    assert ledger.entries(chained.with_name("none")) == []


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (lambda lines: [lines[0], lines[1].replace(b"000001", b"000007"), *lines[2:]], 2, "was changed"),
        (lambda lines: [lines[0], lines[1].replace(b"Z\xc3\xbc", b"Zu"), *lines[2:]], 2, "was changed"),
        (lambda lines: [lines[0], *lines[2:]], 2, "does not follow"),
        (lambda lines: lines[1:], 1, "does not follow"),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], 2, "does not follow"),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3, "does not follow"),
        (lambda lines: [*lines[:3], b"{}\n", lines[3]], 4, "is no entry"),
        (lambda lines: [*lines[:3], b"\xff\n", lines[3]], 4, "is no entry"),
        (lambda lines: [*lines[:3], b"[1]\n", lines[3]], 4, "is no entry"),
        (lambda lines: [*lines[:3], b"\n", lines[3]], 4, "is no entry"),
    ],
    ids=["changed", "letter", "removed", "first removed", "swapped", "repeated", "inserted", "bytes", "list", "blank"],
)
def test_a_tampered_ledger_is_found_at_its_line(chained: Path, change: Any, line: int, says: str) -> None:
    chained.write_bytes(b"".join(change(chained.read_bytes().splitlines(keepends=True))))
    for use in (ledger.entries, lambda path: ledger.append(path, "drop")):
        before = chained.read_bytes()
        with pytest.raises(WorkspaceError, match=says) as raised:
            use(chained)
        assert raised.value.place == f"{chained}:{line}"
        assert chained.read_bytes() == before


def test_a_torn_last_line_is_cut_off_by_the_next(chained: Path) -> None:
    whole = chained.read_bytes()
    chained.write_bytes(whole + whole.splitlines()[-1][:50])
    assert len(ledger.entries(chained)) == 4
    ledger.append(chained, "drop", source="x")
    assert chained.read_bytes().startswith(whole)
    assert [entry.what for entry in ledger.entries(chained)] == ["read"] * 4 + ["drop"]


def test_everything_that_is_done_is_in_the_ledger(work: Workspace, exports: Path) -> None:
    take(work, exports)
    first = count(work)
    other = count(work, as_of=date(2017, 10, 9))
    assert count(work).folder == first.folder
    assert chain.last(work).folder == first.folder, "the one that was asked for last"
    work.drop("2017-10-10/two.csv", why="a test machine")
    done = [(entry.what, entry.facts) for entry in ledger.entries(work.ledger)]
    assert [what for what, _ in done] == ["read", "count", "count", "count", "drop"]
    assert done[0][1]["files"] == {"read": 2, "known": 0, "refused": 0}
    assert (done[0][1]["observations"], done[0][1]["records"]) == (4, 4)
    assert [facts["count"] for what, facts in done if what == "count"] == [one.folder.name for one in (first, other, first)]
    assert done[-1][1]["why"] == "a test machine"


# -- drop and decisions ----------------------------------------------------------------------------------------------------


def test_a_dropped_source_is_out_of_every_later_count(work: Workspace, exports: Path) -> None:
    take(work, exports)
    before = count(work).of()
    assert (before.total.systems, before.total.with_it) == (4, 1), "a name alone joins nothing"
    (digest,) = [row["digest"] for row in work.sources() if row["names"] == ["2017-10-10/one.csv"]]
    assert work.drop(digest[:12].upper(), why="wrong folder") == "2017-10-10/one.csv"
    after = count(work).of()
    assert after.count != before.count
    assert (after.total.systems, after.total.with_it) == (2, 0)
    assert [line.value for line in after.beside if line.name == "dropped sources"] == [1]
    assert [source.name for source in after.sources] == ["2017-10-10/two.csv"]


@pytest.mark.parametrize("asked", ["nothing.csv", "one", "", "0" * 8])
def test_dropping_an_unknown_source_is_an_error(work: Workspace, exports: Path, asked: str) -> None:
    take(work, exports)
    before = state(work)
    with pytest.raises(UsageError, match="no source is called"):
        work.drop(asked, why="")
    assert state(work) == before


def test_dropping_one_of_two_of_a_name_is_an_error(work: Workspace, tmp_path: Path) -> None:
    for turn in ("1", "2"):
        take(work, write(tmp_path / turn / "list.csv", f"PC-{turn},Reader,1.0,Acme,"))
    with pytest.raises(UsageError, match="more than one source"):
        work.drop("list.csv", why="")
    assert not work.decided()


def test_a_torn_decision_is_no_decision_and_a_wrong_one_is_an_error(work: Workspace, exports: Path) -> None:
    take(work, exports)
    work.drop("2017-10-10/one.csv", why="ü")
    whole = work.decisions.read_bytes()
    work.decisions.write_bytes(whole + b'{"what": "dr')
    assert [one.why for one in work.decided()] == ["ü"]
    work.drop("2017-10-10/two.csv", why="two")
    assert [one.why for one in work.decided()] == ["ü", "two"]
    for wrong in (b"nonsense\n", b"[]\n", b"{}\n", b"\xff\n"):
        work.decisions.write_bytes(whole + wrong)
        with pytest.raises(WorkspaceError, match="no decision") as raised:
            count(work)
        assert raised.value.place == f"{work.decisions}:2"


# -- what cannot be used ---------------------------------------------------------------------------------------------------


def test_nothing_usable_leaves_the_workspace_as_it_was(work: Workspace, exports: Path, tmp_path: Path) -> None:
    with pytest.raises(NothingUsableError, match="nothing to count"):
        count(work)
    take(work, exports)
    before = state(work)
    (tmp_path / "notes").mkdir()
    with pytest.raises(NothingUsableError, match="no file"):
        take(work, tmp_path / "notes")
    (tmp_path / "notes" / "a.txt").write_text("dear diary", "utf-8")
    (tmp_path / "notes" / "b.txt").write_text("", "utf-8")
    with pytest.raises(NothingUsableError, match=r"no reader claims this file \(and 1 more files\)") as raised:
        take(work, tmp_path / "notes")
    assert raised.value.exit_code == 3
    with pytest.raises(NothingUsableError, match="no such file"):
        take(work, tmp_path / "missing")
    assert state(work) == before


def odd(folder: Path) -> dict[str, str]:
    """Everything odd that a folder may hold, and what should be said of it."""
    (folder / "loop").mkdir()
    (folder / "loop" / "up").symlink_to("..")
    (folder / "dead").symlink_to("nowhere")
    (folder / "ring").symlink_to("ring")
    (folder / "empty.csv").touch()
    (folder / "unknown.bin").write_bytes(b"\0\1\2")
    (folder / "unknown-\x1b[2J.txt").write_bytes(b"dear diary")
    (folder / "broken.json").write_bytes(b'{"action": "inventory", "content": {"hardware": {}}, "deviceid": 1')
    os.mkfifo(folder / "pipe")
    return {
        "loop/up": "leads back to itself",
        "dead": "no regular file",
        "ring": "no regular file",
        "empty.csv": "the file is empty",
        "unknown.bin": "no reader claims",
        "unknown-\x1b[2J.txt": "no reader claims",
        "broken.json": "no JSON",
        "pipe": "no regular file",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links")
def test_each_odd_thing_has_one_outcome_and_the_rest_is_read(work: Workspace, exports: Path) -> None:
    expected = odd(exports)
    (exports / ".hidden.csv").write_text("x", "utf-8")
    done = take(work, exports)
    assert len(done.outcomes) == len({one.name for one in done.outcomes})
    refused = {one.name: one for one in done.outcomes if one.became == "refused"}
    assert set(refused) == set(expected)
    for name, says in expected.items():
        assert says in refused[name].reason
        assert refused[name].hint
    assert [name for name, how in became(done).items() if how == "read"] == ["2017-10-10/one.csv", "2017-10-10/two.csv"]
    counted = count(work).of()
    assert counted.total.systems == 4
    files = len([one for one in refused if (exports / one).is_file() and one != "loop/up"])
    assert [line.value for line in counted.beside if line.name == "refused files"] == [files] == [4]
    assert take(work, exports).reading == ""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links")
def test_odd_things_given_by_name_end_at_once(work: Workspace, exports: Path) -> None:
    expected = odd(exports)
    for name in set(expected) - {"loop/up"}:
        with pytest.raises(NothingUsableError):
            take(work, exports / name)


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="such names cannot be written there")
def test_a_name_that_is_no_text_is_written_out(work: Workspace, exports: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(exports) + b"/2017-10-10/caf\xe9.csv"))
    write(path, "PC-5,Reader,1.0,Acme,")
    done = take(work, exports)
    assert became(done)["2017-10-10/caf\\udce9.csv"] == "read"
    assert count(work).of().total.systems == 5


def test_a_file_that_could_not_be_opened_is_forgiven_once_it_can(work: Workspace, exports: Path) -> None:
    locked = write(exports / "2017-10-10" / "locked.csv", "PC-5,Reader,1.0,Acme,")
    other = write(exports / "2017-10-10" / "other.csv", "PC-6,Reader,1.0,Acme,")
    for path in (locked, other):
        path.chmod(0)
    try:
        if os.access(locked, os.R_OK):
            pytest.skip("nothing is unreadable for this user")
        done = take(work, exports)
    finally:
        for path in (locked, other):
            path.chmod(0o600)
    assert [one.reason for one in done.outcomes if one.became == "refused"] == ["cannot be opened: Permission denied"] * 2
    assert [line.value for line in count(work).of().beside if line.name == "refused files"] == [2]
    assert became(take(work, exports))["2017-10-10/locked.csv"] == "read"
    assert not [line for line in count(work).of().beside if line.name == "refused files"]


def test_a_large_file_that_is_mapped_later_is_no_longer_refused(work: Workspace, exports: Path) -> None:
    rows = "".join(f"PC-{number};Reader;{'x' * 50}\n" for number in range(3000))
    (exports / "own.csv").write_text(f"Rechner;Programm;Notiz\n{rows}", "utf-8")
    assert (exports / "own.csv").stat().st_size > 1 << 16
    assert became(take(work, exports))["own.csv"] == "refused"
    assert [line.value for line in count(work).of().beside if line.name == "refused files"] == [1]
    mapping = '[[table]]\nmatch = "own.csv"\nname = "own"\n[table.columns]\nhostname = "Rechner"\nname = "Programm"\n'
    work.toml.write_text(work.toml.read_text("utf-8") + mapping, "utf-8")
    assert became(take(work, exports, collected_at=DAY))["own.csv"] == "read"
    after = count(work).of()
    assert after.total.systems == 3004
    assert not [line for line in after.beside if line.name == "refused files"]


def test_ids_do_not_run_into_one_another_after_a_refusal(work: Workspace, exports: Path) -> None:
    bad = exports / "bad.json"
    bad.write_bytes(b'{"action": "inventory", "content": {"hardware": {}}, "deviceid": 1')
    for turn in range(3):
        write(exports / "2017-10-10" / f"{turn}.csv", f"PC-1{turn},Reader,1.0,Acme,")
        take(work, exports)
    assert len(folders(work.readings)) == 3
    for folder in folders(work.readings):
        rows = pq.read_table(folder / "sources.parquet").to_pylist()
        assert [row["source"] for row in rows] == list(range(len(rows)))
    assert count(work).of().total.systems == 7


def test_a_table_may_not_be_called_like_a_reader(work: Workspace, exports: Path) -> None:
    mapping = '[[table]]\nmatch = "own.csv"\nname = "sccm"\n[table.columns]\nhostname = "Rechner"\n'
    work.toml.write_text(work.toml.read_text("utf-8") + mapping, "utf-8")
    with pytest.raises(SettingsError, match="reader called `sccm`"):
        take(work, exports)


# -- the id of a count -----------------------------------------------------------------------------------------------------


def test_every_input_is_in_the_id_of_a_count(work: Workspace, exports: Path, tmp_path: Path) -> None:
    take(work, exports)
    first = count(work)
    ids = [first.folder.name]

    def differs(counted: Counted) -> None:
        assert counted.folder.name not in ids
        ids.append(counted.folder.name)

    differs(count(work, as_of=date(2017, 10, 20)))
    pack = tmp_path / "pack"
    shutil.copytree(directive_folder(), pack)
    text = (pack / "directive.yaml").read_text("utf-8")
    (pack / "directive.yaml").write_text(text.replace("short_title: BOD 17-01", "short_title: BOD"), "utf-8")
    differs(count(work, str(pack)))
    toml = work.toml.read_text("utf-8")
    work.toml.write_text(toml + "fresh_days = 30\n" if "\nfresh_days" in toml else "fresh_days = 30\n" + toml, "utf-8")
    differs(count(work))
    work.toml.write_text("# a comment changes nothing\n" + toml, "utf-8")
    assert count(work).folder == first.folder
    write(exports / "2017-10-10" / "three.csv", "PC-4,Reader,1.1,Acme,")
    take(work, exports)
    differs(count(work))
    work.drop("2017-10-10/three.csv", why="wrong")
    differs(count(work))


def directive_folder() -> Path:
    return Path(__file__).resolve().parents[1] / "directives" / BOD


@pytest.mark.parametrize("day", [date.max, date(1, 1, 1)])
def test_no_count_is_as_of_the_end_of_time(work: Workspace, exports: Path, day: date) -> None:
    take(work, exports)
    with pytest.raises(UsageError, match="no count can be as of"):
        count(work, as_of=day)


def test_days_end_in_the_time_zone_of_the_settings(work: Workspace, exports: Path) -> None:
    take(work, exports, collected_at=datetime(2017, 10, 10, 12))  # noqa: DTZ001 - UTC without zone
    assert count(work).of().as_of == "2017-10-10"
    work.toml.write_text('time_zone = "Pacific/Kiritimati"\n' + work.toml.read_text("utf-8"), "utf-8")
    assert count(work).of().as_of == "2017-10-11", "there it is the next day by then"


def test_an_earlier_count_is_loaded_as_it_was_made(work: Workspace, exports: Path) -> None:
    take(work, exports)
    made = count(work)
    loaded = chain.load(made.folder)
    assert [one.document() for one in loaded.accounts] == [one.document() for one in made.accounts]
    with pytest.raises(UsageError, match="not counted under nowhere"):
        loaded.of("nowhere")
    with pytest.raises(UsageError, match="which directive"):
        replace(loaded, accounts=(*loaded.accounts, *loaded.accounts)).of()
    shutil.rmtree(made.folder)
    with pytest.raises(NothingUsableError, match="nothing was counted"):
        chain.last(work)
