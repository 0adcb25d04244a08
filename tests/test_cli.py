"""The command line: what each command says, where it says it, and with which code it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import fullcount
from fullcount import settings
from fullcount.cli import COMMANDS, main
from fullcount.commands import serve
from fullcount.readers import READERS
from fullcount.report import HOSTS, Account

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BOD = "us-dhs-bod-17-01"
ROOT = Path(__file__).resolve().parents[1]
SOURCE = str(Path(fullcount.__file__).parents[1])
HEAD = "ComputerName,DisplayName,DisplayVersion,Publisher,InstallDate\n"
WITH_IT = "PC-1,Kaspersky Anti-Virus,17.0,Kaspersky Lab,20170102\nPC-2,Reader,1.0,Acme,\n"


@dataclass(frozen=True)
class Done:
    """How a command ended: its code, and what it said where."""

    code: int
    out: str
    err: str

    def document(self) -> Any:
        return json.loads(self.out)


Run = Any


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def ran(*arguments: str | Path) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, said.out, said.err)

    return ran


def started(*arguments: str | Path, cwd: Path, **environment: str) -> Done:
    """Run a command in a process of its own."""
    path = os.pathsep.join([environment.pop("PYTHONPATH", SOURCE), SOURCE])
    done = subprocess.run(
        [sys.executable, "-c", "from fullcount.cli import main; main()", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        check=False,
    )
    found = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in found.out + found.err
    return found


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which commands are run."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    day = folder / "2017-10-10"
    day.mkdir(parents=True)
    (day / "one.csv").write_text(HEAD + WITH_IT, "utf-8")
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up department, counted. Not to be changed: see `demo`."""
    folder = tmp_path_factory.mktemp("demo") / "department"
    with pytest.raises(SystemExit) as ended:
        main(["demo", str(folder), "--systems", "60", "--quiet"])
    assert ended.value.code == 0
    return folder


@pytest.fixture
def demo(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "department"))


def with_it(account: dict[str, Any]) -> tuple[int, int]:
    return account["total"]["with_it"], account["total"]["systems"]


# -- beginning -------------------------------------------------------------------------------------------------------------


def test_alone_it_says_what_comes_next(run: Run, here: Path, exports: Path) -> None:
    nothing = run()
    assert nothing.code == 0
    assert "No workspace here yet" in nothing.out
    assert "fullcount demo" in nothing.out
    assert run("init", ".", "--organisation", 'The "Rivers" office').code == 0
    assert 'organisation = "The \\"Rivers\\" office"' in (here / "fullcount.toml").read_text("utf-8")
    empty = run().out
    assert str(here) in empty
    assert "fullcount count EXPORTS" in empty
    run("read", exports)
    assert re.search(r"Next:  fullcount count +count what was read", run().out)
    run("count")
    last = run()
    assert "At least 1 of 2 systems have it" in last.out or "1 of 2 systems have it" in last.out
    assert "fullcount report html" in last.out
    assert "fullcount serve" in last.out
    assert (last.err, nothing.err) == ("", "")


def test_the_dashboard_is_offered_with_what_it_needs(
    run: Run, here: Path, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("count", exports)
    line = re.compile(r"Next:  fullcount serve +look at it in a browser(.*)")
    assert line.findall(run().out) == [""]
    monkeypatch.setattr(serve, "find_spec", lambda _: None)
    assert line.findall(run().out) == ["; first pip install 'fullcount[serve]'"]


def test_init_leaves_what_is_there(run: Run, here: Path) -> None:
    (here / "fullcount.toml").write_text("organisation = 'ours'\n", "utf-8")
    assert run("init", "--organisation", "theirs").code == 0
    assert (here / "fullcount.toml").read_text("utf-8") == "organisation = 'ours'\n"
    assert run("init", here / "new" / "deep").code == 0
    assert (here / "new" / "deep" / "fullcount.toml").exists()


def test_count_in_an_empty_folder_makes_the_workspace(run: Run, here: Path, exports: Path) -> None:
    done = run("count", exports)
    assert done.code == 0
    assert done.out.startswith(("At least 1 of 2", "1 of 2"))
    assert "made a workspace" in done.err
    assert (here / "fullcount.toml").exists()
    assert (here / "ledger.jsonl").exists()


def test_a_workspace_is_found_from_below_and_by_name(run: Run, here: Path, exports: Path, monkeypatch: Any) -> None:
    run("count", exports)
    (here / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(here / "a" / "b")
    assert run("count", "--json").code == 0
    assert not (here / "a" / "b" / "fullcount.toml").exists()
    monkeypatch.chdir(here.parent)
    assert run("count").code == 3
    assert run("count", "-w", here, "--json").document()["accounts"][0]["total"]["systems"] == 2


def test_help_and_version(run: Run, here: Path) -> None:
    for asked in (("--help",), ("-h",)):
        done = run(*asked)
        assert done.code == 0
        assert all(name in done.out for name in COMMANDS)
    assert run("--version").out == f"fullcount, version {fullcount.__version__}\n"
    for name in COMMANDS:
        done = run(name, "--help")
        assert done.code == 0
        assert COMMANDS[name].rstrip(".")[:10]
        assert "Usage" in done.out
    assert not list(here.iterdir())


# -- read and count --------------------------------------------------------------------------------------------------------


def test_read_says_what_became_of_each_file(run: Run, here: Path, exports: Path) -> None:
    run("init")
    (exports / "notes.txt").write_text("dear diary", "utf-8")
    done = run("read", exports)
    assert done.code == 0
    assert re.match(r"uninstall: 1 files?, 2 records, 2 observations, 0 rejects\n", done.out)
    assert "1 not usable" in done.out
    assert "not read: notes.txt: no reader claims this file" in done.err
    again = run("read", exports, "--json").document()
    assert again["schema"] == "fullcount.read/1"
    assert {row["name"]: row["became"] for row in again["files"]} == {"2017-10-10/one.csv": "known", "notes.txt": "refused"}
    assert again["reading"] == ""


def test_many_files_that_cannot_be_read_are_not_all_named(run: Run, here: Path, exports: Path) -> None:
    run("init")
    for number in range(15):
        (exports / f"{number:02}.txt").write_text(f"dear diary {number}", "utf-8")
    assert run("read", exports).err.splitlines()[-1] == "not read: 5 more files"


def test_options_say_whose_and_when(run: Run, here: Path, tmp_path: Path) -> None:
    file = tmp_path / "software.csv"
    file.write_text("DisplayName,DisplayVersion,Publisher\nReader,1.0,Acme\n", "utf-8")
    done = run("count", file, "--host", "PC-7", "--collected-at", "2017-10-10", "--reader", "uninstall", "--json")
    (account,) = done.document()["accounts"]
    assert account["as_of"] == "2017-10-10"
    assert with_it(account) == (0, 1)
    (source,) = account["sources"]
    assert (source["collected_how"], source["reader"]) == ("option", "uninstall")
    assert "PC-7" in run("explain", "PC-7").out


def test_count_as_json_is_the_account_that_is_documented(run: Run, demo: Path) -> None:
    done = run("count", "-w", demo, "--json")
    assert done.code == 0
    document = done.document()
    assert document["schema"] == "fullcount.count/1"
    (account,) = document["accounts"]
    assert json.loads(json.dumps(Account.of(account).document())) == account
    page = (ROOT / "docs/reference/json.md").read_text("utf-8")
    described = re.findall(r"^\| `(\w+)` \|", page.split("## account", 1)[1].split("\n### ", 1)[0], re.MULTILINE)
    assert sorted(described) == sorted(account)


def test_as_of_and_directive(run: Run, demo: Path, tmp_path: Path) -> None:
    (account,) = run("count", "-w", demo, "--as-of", "2017-09-20", "--json").document()["accounts"]
    assert (account["as_of"], account["as_of_how"]) == ("2017-09-20", "option")
    pack = shutil.copytree(ROOT / "directives" / BOD, tmp_path / "pack")
    text = (pack / "directive.yaml").read_text("utf-8").replace(f"id: {BOD}", "id: ours", 1)
    (pack / "directive.yaml").write_text(text, "utf-8")
    both = run("count", "-w", demo, "--directive", BOD, "--directive", pack, "--json").document()["accounts"]
    assert [one["directive"]["id"] for one in both] == [BOD, "ours"]
    assert with_it(both[0]) == with_it(both[1])
    assert run("report", "json", "-w", demo, "-o", "-").code == 2
    chosen = run("report", "json", "-w", demo, "-o", "-", "--directive", "ours")
    assert chosen.document()["directive"]["id"] == "ours"


# -- report ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["csv", "json", "html", "hosts"])
def test_report_goes_to_a_file_and_the_same_bytes_to_stdout(name: str, run: Run, demo: Path, tmp_path: Path) -> None:
    shown = run("report", name, "-w", demo, "-o", "-")
    assert shown.code == 0
    named = run("report", name, "-w", demo, "--output", tmp_path / "new" / "report")
    assert named.out == f"{tmp_path / 'new' / 'report'}\n"
    by_default = run("report", name, "-w", demo)
    path = Path(by_default.out.strip())
    assert path.parent == demo / "reports"
    assert path.name.startswith(f"{BOD}-2017-10-12-")
    whole = path.read_bytes()
    assert (tmp_path / "new" / "report").read_bytes() == whole
    assert shown.out.encode() == whole.decode("utf-8-sig").replace("\r\n", "\n").encode() or shown.out.encode() == whole
    assert not list((demo / "reports").glob(".*"))


def test_reports_say_the_same_number(run: Run, demo: Path) -> None:
    account = run("report", "json", "-w", demo, "-o", "-").document()
    hosts = list(csv.DictReader(io.StringIO(run("report", "hosts", "-w", demo, "-o", "-").out.removeprefix("\ufeff"))))
    assert set(HOSTS) <= set(hosts[0])
    assert len(hosts) == account["total"]["systems"] == 60
    assert sum(row["standing"] == "with it" for row in hosts) == account["total"]["with_it"] > 0
    assert account["sentence"] in run("report", "html", "-w", demo, "-o", "-").out
    assert account["sentence"] in run("report", "csv", "-w", demo, "-o", "-").out


def test_an_earlier_count_is_reported_by_its_id(run: Run, demo: Path) -> None:
    first = run("report", "json", "-w", demo, "-o", "-").document()["count"]
    run("count", "-w", demo, "--as-of", "2017-09-20")
    assert run("report", "json", "-w", demo, "-o", "-").document()["count"] != first
    assert run("report", "json", "-w", demo, "-o", "-", "--count", first).document()["count"] == first
    for wrong in ("nothing", "..", "../counts"):
        done = run("report", "json", "-w", demo, "--count", wrong)
        assert done.code == 2
        assert "no count is called" in done.err


# -- explain ---------------------------------------------------------------------------------------------------------------


def test_explain_by_name_id_and_clue(run: Run, demo: Path) -> None:
    hosts = csv.DictReader(io.StringIO(run("report", "hosts", "-w", demo, "-o", "-").out.removeprefix("\ufeff")))
    host = next(row for row in hosts if row["standing"] == "with it")
    clues = [clue for clue in host["clues"].split("; ") if clue.startswith(("serial=", "uuid=", "mac=", "fqdn="))]
    assert clues
    documents = [run("explain", "-w", demo, asked, "--json").document() for asked in (host["name"], host["host"], *clues)]
    assert all(one == documents[0] for one in documents)
    one = documents[0]
    assert one["schema"] == "fullcount.explain/1"
    assert (one["host"], one["name"]) == (host["host"], host["name"])
    (standing,) = one["standings"]
    assert standing["standing"] == "with it"
    assert standing["would_change"]
    assert len(one["records"]) == int(host["records"])
    assert any(row["counts"] for row in one["evidence"])
    done = run("explain", "-w", demo, host["name"])
    assert (done.code, done.err) == (0, "")
    for said in (host["host"], "why they are one machine", "evidence (", *(row["source"] for row in one["records"])):
        assert said in done.out


def test_explain_what_is_unknown_or_ambiguous(run: Run, here: Path, exports: Path) -> None:
    (exports / "2017-10-10" / "two.csv").write_text(HEAD + "PC-2,Writer,1.0,Acme,\n", "utf-8")
    run("count", exports)
    for asked in ("PC-9", "serial=nothing", "", "colour=red", "=", "PC-9\x1b[2J"):
        done = run("explain", asked)
        assert done.code == 2, asked
        assert "no machine in this count" in done.err
        assert "hint:" in done.err
        assert "\x1b" not in done.err
    done = run("explain", "PC-2")
    assert done.code == 2
    assert "2 machines are called PC-2" in done.err
    names = re.findall(r"name one of them: (.+)", done.err)[0].split(", ")
    assert len(names) == 2
    assert all(run("explain", name).code == 0 for name in names)


# -- inspect ---------------------------------------------------------------------------------------------------------------

OWN = {
    "Geräte [1].csv": "Rechnername;Seriennummer;Standort;Letzte\nPC-1;5CG71X;Kiel;\nPC-2;5CG72X;Ulm;\n",
    'say "hi".csv': 'Asset Name,Application,"The ""Vendor""",Version\nPC-1,Reader,Acme,1.0\nPC-2,Reader,Acme,1.0\n',
    "sccm.csv": "Computer Name\tSerial Number\tSoftware Name\tSoftware Version\nPC-1\tS-001\tReader\t1\nPC-2\tS-002\tReader\t1\n",
}


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be written there")
@pytest.mark.parametrize("name", OWN)
def test_what_inspect_proposes_makes_the_file_readable(name: str, run: Run, here: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_text(OWN[name], "utf-8")
    run("init")
    before = run("inspect", tmp_path / name)
    assert before.code == 0
    assert "no reader claims this file" in before.out
    lines = [line.removeprefix("    ") for line in before.out.splitlines() if line.startswith("    ")]
    assert lines[0] == "[[table]]"
    with (here / "fullcount.toml").open("a", encoding="utf-8") as toml:
        toml.write("\n".join(["", *lines, ""]))
    (document,) = run("inspect", tmp_path / name, "--json").document()["files"]
    assert document["claimed_by"] == settings.load(here / "fullcount.toml").table[0].name
    (row,) = run("read", tmp_path / name, "--json").document()["files"]
    assert (row["became"], row["records"], row["rejects"]) == ("read", 2, 0)
    assert run("count").code == 0


def test_inspect_shows_files_and_folders(run: Run, here: Path, exports: Path) -> None:
    (exports / "empty.csv").touch()
    (exports / "PC-7_software 2017-10-01.csv").write_text("DisplayName,DisplayVersion,Publisher\nReader,1.0,Acme\n", "utf-8")
    done = run("inspect", exports)
    assert done.code == 0
    assert "2017-10-10/one.csv: Windows list of programs" in done.out
    assert "PC-7, from the file's name" in done.out
    assert "made on 2017-10-01, by its name" in done.out
    assert "empty.csv: the file is empty" in done.out
    files = run("inspect", exports, exports / "missing", "--json").document()["files"]
    assert [row["claimed_by"] for row in files] == ["uninstall", "uninstall", "", ""]
    assert [row["problem"] for row in files] == ["", "", "the file is empty", "there is no such file"]
    assert run("inspect", here).code == 3
    assert not list(here.iterdir()), "looking changes nothing"


# -- readers, directives, doctor, drop -------------------------------------------------------------------------------------


def test_readers_are_listed_and_shown(run: Run) -> None:
    listed = run("readers")
    assert all(reader.name in listed.out for reader in READERS)
    documents = run("readers", "--json").document()["readers"]
    assert [row["name"] for row in documents] == [reader.name for reader in READERS]
    for reader in READERS:
        shown = run("readers", reader.name)
        assert shown.code == 0
        assert reader.how in shown.out
        assert all(f"does not see: {text}" in shown.out for text in reader.blind)
    done = run("readers", "nothing")
    assert done.code == 2
    assert "hint: one of: osquery" in done.err


def test_directives_are_listed_shown_and_checked(run: Run, tmp_path: Path) -> None:
    assert BOD in run("directive", "list").out
    (row,) = [row for row in run("directive", "list", "--json").document()["directives"] if row["id"] == BOD]
    assert row["issued"] == "2017-09-13"
    shown = run("directive", "show", BOD)
    assert "Kaspersky Endpoint Security" in shown.out
    assert run("directive", "show", BOD, "--json").document()["digest"] == row["digest"]
    checked = run("directive", "check", BOD)
    assert (checked.code, checked.err) == (0, "")
    assert "all as they should be" in checked.out
    assert run("directive", "check", BOD, "--json").document()["wrong"] == []
    assert run("directive", "show", "nowhere").code != 0


def test_a_broken_pack_is_an_error_with_its_line(run: Run, tmp_path: Path) -> None:
    pack = Path(shutil.copytree(ROOT / "directives" / BOD, tmp_path / "pack"))
    lines = (pack / "directive.yaml").read_text("utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("issued:"))
    (pack / "directive.yaml").write_text("\n".join([*lines[:at], "isued: 2017-09-13", *lines[at + 1 :]]), "utf-8")
    for command in ("check", "show"):
        done = run("directive", command, pack)
        assert done.code == 3
        assert done.out == ""
        assert f"{pack / 'directive.yaml'}:{at + 1}: " in done.err
        assert "hint:" in done.err
    examples = Path(ROOT / "directives" / BOD / "examples.yaml").read_text("utf-8")
    (pack / "directive.yaml").write_text("\n".join(lines), "utf-8")
    (pack / "examples.yaml").write_text(re.sub(r"\bcounts: yes\b", "counts: no", examples, count=1), "utf-8")
    done = run("directive", "check", pack)
    assert done.code == 3
    assert "examples fail" in done.err
    assert "Kaspersky Endpoint Security 10 for Windows" in done.err


def test_doctor_finds_what_is_wrong(run: Run, here: Path, exports: Path) -> None:
    assert run("doctor").code == 0
    run("count", exports)
    good = run("doctor")
    assert good.code == 0
    assert "WRONG" not in good.out
    assert "the chain holds" in good.out
    (here / "fullcount.toml").write_text("fresh_day = 1\n", "utf-8")
    text = (here / "ledger.jsonl").read_text("utf-8")
    (here / "ledger.jsonl").write_text(text.replace('"records": 2', '"records": 3'), "utf-8")
    [standing] = (here / "counts").glob("*/standing.parquet")
    standing.write_bytes(standing.read_bytes() + b"x")
    bad = run("doctor")
    assert bad.code == 3
    assert len(re.findall(r"^WRONG", bad.out, re.MULTILINE)) == 3
    assert f"altered since: {standing.parent.name}/standing" in bad.out
    assert "unknown key `fresh_day`" in bad.out
    assert "ledger.jsonl:1: the ledger is broken: this line was changed" in bad.out
    checks = {row["what"]: row["good"] for row in run("doctor", "--json").document()["checks"]}
    assert (checks["fullcount.toml"], checks["ledger"], checks["workspace"]) == (False, False, True)
    assert run("doctor", "-w", exports).code == 3


def test_drop_takes_a_source_out(run: Run, here: Path, exports: Path) -> None:
    (exports / "2017-10-10" / "two.csv").write_text(HEAD + "PC-3,Writer,1.0,Acme,\n", "utf-8")
    run("count", exports)
    assert run("drop", "2017-10-10/one.csv").code == 2, "a reason is asked for"
    done = run("drop", "2017-10-10/one.csv", "--why", "a test machine", "--json")
    assert done.document() == {"schema": "fullcount.drop/1", "source": "2017-10-10/one.csv", "why": "a test machine"}
    (account,) = run("count", "--json").document()["accounts"]
    assert with_it(account) == (0, 1)
    assert run("drop", "nothing", "--why", "x").code == 2


def test_demo_compares_with_its_truth(run: Run, tmp_path: Path) -> None:
    done = run("demo", tmp_path / "department", "--systems", "60", "--json")
    assert done.code == 0
    found = done.document()["comparison"]
    assert found["systems"]["true"] == 60
    assert found["wrongly_without"] == []
    assert Path(done.document()["page"]).read_bytes().startswith(b"<!")
    assert run("explain", "-w", tmp_path / "department", found["example"]).code == 0
    again = run("demo", tmp_path / "department", "--systems", "60", "--quiet")
    assert "counted 60, true 60" in again.out
    assert again.err == "" or again.err.startswith("note: as of")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    assert run("demo", tmp_path / "full").code == 2


# -- codes -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("count", "--nothing"),
        ("count", "--as-of", "yesterday"),
        ("count", "--fail-on", "everything"),
        ("count", "--fail-on", "coverage=101"),
        ("count", "--fail-on", "coverage=nan"),
        ("read",),
        ("report", "pdf"),
        ("report",),
        ("explain",),
        ("demo", "--systems", "1"),
        ("read", "x", "--reader", "nothing"),
        ("count", "--as-of", "9999-12-31"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_2(arguments: Sequence[str], run: Run, here: Path, exports: Path) -> None:
    run("count", exports)
    done = run(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err


def test_a_wrong_line_in_the_settings_is_2_with_its_place(run: Run, here: Path, exports: Path) -> None:
    (here / "fullcount.toml").write_text("# ours\nfresh_days = 'ten'\n", "utf-8")
    for arguments in (("count",), ("read", exports), ("count", exports)):
        done = run(*arguments)
        assert done.code == 2
        assert done.err.startswith(f"fullcount: {here / 'fullcount.toml'}:2: `fresh_days` should be a whole number")


def test_nothing_usable_is_3(run: Run, here: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("dear diary", "utf-8")
    for arguments in (("read", "."), ("count",), ("report", "csv"), ("explain", "PC-1"), ("drop", "x", "--why", "y")):
        assert run(*arguments).code == 3, "there is no workspace"
    run("init")
    for again in (("read", "."), ("count",), ("report", "csv"), ("explain", "PC-1"), ("count", tmp_path / "notes.txt")):
        done = run(*again)
        assert done.code == 3
        assert "hint:" in done.err


def test_strict_is_4_and_says_what_was_rejected(run: Run, here: Path, exports: Path) -> None:
    assert run("count", exports, "--strict").code == 0
    bad = exports / "2017-10-10" / "two.csv"
    bad.write_text(HEAD + "PC-3,Writer,1.0,Acme,\nPC-4,too,many,cells,in,this,row\n", "utf-8")
    assert run("count", exports).code == 0
    bad.write_text(HEAD + "PC-3,Writer,1.0,Acme,\nPC-4,even,more,cells,in,this,row\n", "utf-8")
    done = run("count", exports, "--strict")
    assert done.code == 4
    assert "of 4 systems" in done.out
    (exports / "notes.txt").write_text("dear diary", "utf-8")
    assert run("read", exports, "--strict", "--json").code == 4


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (("found",), 10),
        (("coverage=100",), 12),
        (("coverage=50%",), 0),
        (("coverage=50", "found"), 10),
        (("coverage=0",), 0),
    ],
    ids=str,
)
def test_fail_on(limits: Sequence[str], code: int, run: Run, demo: Path) -> None:
    done = run("count", "-w", demo, *(part for limit in limits for part in ("--fail-on", limit)))
    assert done.code == code
    assert "systems have it" in done.out


def test_nothing_found_is_0(run: Run, here: Path, exports: Path) -> None:
    (exports / "2017-10-10" / "one.csv").write_text(HEAD + "PC-2,Reader,1.0,Acme,\n", "utf-8")
    assert run("count", exports, "--fail-on", "found", "--fail-on", "coverage=100").code == 0


PLUG_IN = """
from fullcount.model import Batch, Lists
from fullcount.reader import Basis, Reader

def batches(stream):
    raise RuntimeError("a bug with PC-SECRET in it")
    yield Batch()

READER = Reader(name="broken", title="Broken", lists=Lists.SOME_SOFTWARE, how="", unit="line",
                basis=Basis.DOCUMENTATION, claims=lambda peek: peek.has("broken format"), batches=batches)
NO_READER = 7
"""


@pytest.fixture
def plug_in(tmp_path: Path) -> Callable[[str], str]:
    def installed(point: str) -> str:
        folder = tmp_path / "plug-in"
        (folder / "broken-1.0.dist-info").mkdir(parents=True)
        (folder / "broken_plug_in.py").write_text(PLUG_IN, "utf-8")
        (folder / "broken-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n", "utf-8")
        points = f"[fullcount.readers]\nbroken = broken_plug_in:{point}\n"
        (folder / "broken-1.0.dist-info" / "entry_points.txt").write_text(points, "utf-8")
        return str(folder)

    return installed


def test_a_bug_is_70_and_its_details_are_in_a_file(
    plug_in: Callable[[str], str], here: Path, exports: Path, tmp_path: Path
) -> None:
    (exports / "2017-10-10" / "two.txt").write_text("broken format", "utf-8")
    done = started("count", exports, cwd=here, PYTHONPATH=plug_in("READER"), TMPDIR=str(tmp_path))
    assert done.code == 70
    assert "a bug: RuntimeError" in done.err
    assert "SECRET" not in done.err
    path = Path(re.findall(r"the details are in (\S+)", done.err)[0])
    assert "a bug with PC-SECRET in it" in path.read_text("utf-8")
    assert not list((here / "readings").iterdir()), "nothing half-read is left"


def test_a_plug_in_that_is_no_reader_is_said_to_be_none(plug_in: Callable[[str], str], here: Path) -> None:
    done = started("readers", cwd=here, PYTHONPATH=plug_in("NO_READER"))
    assert done.code == 3
    assert "broken_plug_in:NO_READER: the plug-in broken is no reader" in done.err


# -- the terminal ----------------------------------------------------------------------------------------------------------

EVIL = "\x1b[2J\x1b]0;owned\x07\u202eevil[red]bold[blink]"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Exports in which everything that has a name has a dangerous one."""
    folder = tmp_path / "hostile"
    (folder / EVIL).mkdir(parents=True)
    rows = f"{EVIL}PC,Kaspersky Anti-Virus {EVIL},1.0{EVIL},Kaspersky Lab,2017{EVIL}\nPC-2,Reader,1.0,東京,\n"
    (folder / EVIL / f"2017-10-10 {EVIL}.csv").write_text(HEAD + rows, "utf-8")
    (folder / EVIL / f"notes {EVIL}.txt").write_text("dear diary", "utf-8")
    (folder / EVIL / "own.csv").write_text(f"Rechner {EVIL};Serial Number;{EVIL}\na;b;c\nd;e;f\n", "utf-8")
    return folder


def harmless(text: str) -> None:
    """Only colours and the clearing of the progress line are meant by us."""
    ours = re.sub(r"\x1b\[[\d;]*m|\r\x1b\[2K", "", text)
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", ours)


def on_a_terminal(*arguments: str | Path, cwd: Path, **environment: str) -> tuple[int, str]:
    """Run a command with both of its streams on a terminal."""
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", "from fullcount.cli import main; main()", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": SOURCE, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        pieces = []
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux says so where the other end is closed
                break
            if not piece:
                break
            pieces.append(piece)
    os.close(ours)
    return process.returncode, b"".join(pieces).decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no such terminals, and no such names")
def test_names_are_inert_on_a_terminal(hostile: Path, here: Path) -> None:
    code, counted = on_a_terminal("count", hostile, cwd=here)
    assert code == 0
    harmless(counted)
    assert "\\u{1b}[2J" in counted
    assert "evil[red]bold[blink]" in counted.replace("\r\n", ""), "what looks like markup is text"
    assert re.search(r"\x1b\[\d", counted), "a terminal has colours"
    code, plain = on_a_terminal("count", cwd=here, NO_COLOR="1")
    assert code == 0
    harmless(plain)
    assert not re.search(r"\x1b\[(?:\d+;)*[34]\d", plain), "no colour where it is not wanted"


@pytest.mark.skipif(sys.platform == "win32", reason="no such names")
def test_names_are_inert_everywhere(hostile: Path, run: Run, here: Path, demo: Path) -> None:
    for arguments in (
        ("count", hostile),
        ("inspect", hostile),
        ("explain", f"{EVIL}PC"),
        ("explain", EVIL),
        ("drop", EVIL, "--why", EVIL),
    ):
        done = run(*arguments)
        harmless(done.out)
        harmless(done.err)
    explained = run("explain", f"{EVIL}PC")
    assert explained.code == 0
    assert "\\u{1b}" in explained.out
    pages = [run("report", name, "-o", "-").out for name in ("html", "csv", "hosts")]
    assert all("\x1b" not in page for page in pages[:1])


def test_streams_that_know_only_ascii(here: Path, hostile: Path) -> None:
    for arguments in (("count", hostile), ("inspect", hostile), ("report", "csv", "-o", "-"), ("count", "--json")):
        done = started(*arguments, cwd=here, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
        assert done.code == 0, done.err
        if arguments[0] != "report":
            assert (done.out + done.err).isascii()
        if "--json" in arguments:
            assert done.document()["accounts"][0]["components"]


def test_no_progress_where_stderr_is_no_terminal(here: Path, exports: Path) -> None:
    rows = "".join(f"PC-{number},Reader {number},1.0,Acme,\n" for number in range(20_000))
    (exports / "2017-10-10" / "large.csv").write_text(HEAD + rows, "utf-8")
    started("init", cwd=here)
    done = started("read", exports, cwd=here)
    assert (done.code, done.err) == (0, "")


def test_a_reader_that_stops_listening_is_no_bug(demo: Path) -> None:
    command = [sys.executable, "-c", "from fullcount.cli import main; main()", "report", "html", "-w", str(demo), "-o", "-"]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": SOURCE}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(1)
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said
    assert "a bug" not in said
    assert process.returncode == 1
