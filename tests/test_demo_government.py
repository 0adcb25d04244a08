"""The made-up government: what is planted is seen, or said not to be; the roll-up is the truth where it can be; and a PDF that
carries a return says the same as the return.
"""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pdfua
import pikepdf
import pytest
from tests.months import Said

from fullcount import ledger
from fullcount.commands.demo_government import Made, sent_as_pdf, show
from fullcount.demo import organisation
from fullcount.demo.government import BY_FOLDER, DUE, HARVEST, NOWHERE, PARTS, RIVERS, Government, document, government
from fullcount.demo.offices import SENSED, sensor, tampered
from fullcount.demo.readme import readme, rollup
from fullcount.demo.trouble import TROUBLES
from fullcount.envelope import parsed
from fullcount.hierarchy import load
from fullcount.report import Account
from fullcount.seal import Sealed
from fullcount.sealed import returned
from fullcount.workspace import Workspace

DOCS = Path(__file__).resolve().parents[1] / "docs"
GUIDE = DOCS / "guides/government-demo.md"
SIZE, SEED = 60, 17
PDF = "mail/2017-10-13/exchequer-1.pdf"
IN_TIME = ("--on", "2017-10-13")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("government") / "delta"


@pytest.fixture(scope="session")
def told(folder: Path) -> Any:
    """The one run."""
    done = Said("demo", folder, "--government", "--systems", str(SIZE), "--json", "--quiet")
    assert done.error_text == ""
    return done.document()


@pytest.fixture(scope="session")
def account(told: Any) -> Account:
    return Account.of(told["account"])


@pytest.fixture(scope="session")
def truth(told: Any, folder: Path) -> Any:
    assert told
    return json.loads((folder / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def made() -> Government:
    return government(organisation(SIZE, SEED), SEED)


# -- the truth -------------------------------------------------------------------------------------------------------------


def test_same_seed_makes_the_same_government(made):
    again, other = (government(organisation(SIZE, seed), seed) for seed in (SEED, SEED + 1))
    assert again == made
    assert {one.machine.uuid for one in other.owned}.isdisjoint(one.machine.uuid for one in made.owned)
    assert document(other)["systems"] == document(made)["systems"]


def test_no_two_machines_have_a_clue_in_common(made):
    machines = [*(one.machine for one in made.owned), *made.rivers.systems, *made.rivers.gone]
    for values in ({one.name for one in machines}, {one.mac for one in machines}):
        assert len(values) == len(machines)


def test_truth_is_of_every_machine_once(made, truth):
    assert truth == json.loads(json.dumps(document(made)))
    small = [one for one in truth["components"] if one["folder"] != RIVERS]
    assert sum(one["systems"] for one in small) == len(truth["machines"]) == sum(part.systems for part in PARTS)
    assert sum(one["with_it"] for one in small) == sum(one["has_product"] for one in truth["machines"])
    assert sum(one["seen"] == NOWHERE for one in truth["machines"]) == 3 + BY_FOLDER["archive"].systems


def test_every_machine_that_the_sensor_saw_has_it(made):
    rows = [line.split(",") for line in sensor(made).splitlines()[1:]]
    assert {name: sum(row[0] == BY_FOLDER[name].name for row in rows) for name in SENSED} == SENSED
    assert len({row[1] for row in rows}) == len(rows)


# -- what the office saw ---------------------------------------------------------------------------------------------------


def test_everything_planted_is_seen_but_what_nobody_can_know(told):
    rows = {one["id"]: one for one in told["comparison"]["troubles"]}
    assert list(rows) == [one.id for one in TROUBLES]
    assert [name for name, one in rows.items() if not one["is_seen"]] == ["nobody_knows"]
    words = {
        "late": "24 days late",
        "nil": "0 of 6 with it, 6 looked at",
        "nil_unlooked": "0 of 40 with it, 4 looked at",
        "missing": "31 days overdue",
        "stale": "as of 2017-09-20, the newest as of 2017-10-12",
        "corrected": "return 1: 3 of 47 with it, 47 looked at; superseded by return 2: 8 of 72 with it",
        "self_report": "names 14 systems (2017-10-07 to 2017-10-10); its return says none",
        "tampered": "broken-signature of customs-1.json",
        "unknown_key": "nobodys-key of forest-1.json",
        "wrong_token_key": "other-token-key of statistics-1.json",
        "help_desk": "Exchequer and Mint share 3",
        "detached": "Department of Harvest and Parcel Service share 1",
        "without_tokens": "return 1 has no tokens",
        "rollup_of_rollup": "it speaks for Seed Office, Dairy Board",
        "nobody_knows": "",
    }
    assert all(part in rows[name]["evidence"] for name, part in words.items())
    assert words.keys() == rows.keys()


def test_roll_up_is_the_truth_but_for_what_is_said(told, made):
    found = told["comparison"]
    assert found["roll_up"] == found["right_roll_up"] == {"systems": 475, "with_it": 34}
    assert found["truth"] == {"systems": made.whole().systems, "with_it": made.whole().with_it} == {"systems": 571, "with_it": 61}
    out = [made.true(name) for name in ("customs", "forest", "archive")]
    # whose returns do not count; the room of the Exchequer; and two of Statistics and Parcel, whose tokens cannot be compared
    assert 571 - sum(one.systems for one in out) - 3 + 2 == 475
    # further, what the Mint cut out, the Weather Service did not look at, and the Land Registry has removed since
    assert 61 - sum(one.with_it for one in out) - 1 + 1 - 14 - 5 + 5 == 34
    low, high = found["range_systems"]
    assert low <= 473 <= high  # without the two
    assert sorted(found["apart"]) == ["Lighthouse Board", "Statistics Office"]


def test_plain_sum_is_what_the_files_say_and_wrong(told):
    rows, found = told["comparison"]["components"], told["comparison"]
    sent = {one["component"]: one["sent"] for one in rows if one["sent"]}
    assert found["plain_sum"] == {name: sum(one[name] for one in sent.values()) for name in ("systems", "with_it")}
    assert sent["Customs House"]["with_it"] == 1  # as it came
    assert found["plain_sum"]["with_it"] < found["truth"]["with_it"]
    assert found["plain_sum"]["systems"] > found["roll_up"]["systems"]
    silent = {"Seed Office", "Dairy Board", "State Archive"}
    assert {one["component"] for one in rows} - set(sent) == silent


def test_every_return_that_counts_says_what_its_exports_show(account, made):
    by_name = {one.component: one for one in account.returns if one.state == "counts" and one.sequence}
    for part in PARTS:
        if line := by_name.get(part.name):
            countable = made.together(["seed", "dairy"]) if part.folder == HARVEST else made.countable(part.folder)
            assert (line.systems, line.with_it) == (countable.systems, countable.with_it), part.name
    states = {one.component: one.state for one in account.returns if one.state != "superseded"}
    assert [states[name] for name in ("State Archive", "Forest Office", "Customs House")] == ["missing", "refused", "missing"]
    assert [one.text for one in account.returns if one.component in {"Bridges Bureau", "Ports Bureau"}] == [
        "the return of Department of Rivers and Roads speaks for it"
    ] * 2


def test_office_never_has_a_token_key(told, folder):
    assert told
    keys = {path.relative_to(folder).as_posix() for path in folder.rglob("*.key") if b"token" in path.read_bytes()}
    assert "privacy-office/master.key" in keys
    assert not [name for name in keys if name.startswith("office/")]
    counting = {part.folder for part in PARTS if part.tool} - {"lighthouse"}
    assert {name.split("/")[1] for name in keys if name.startswith("components/")} == counting


def test_one_byte_was_changed_on_the_way(told, folder):
    assert told
    [sent] = (folder / "components/customs/returns/sent").glob("*.json")
    body, came = (parsed(path.read_bytes()).body for path in (sent, folder / "mail/2017-10-13/customs-1.json"))
    assert came == tampered(body)
    assert [(one, other) for one, other in zip(body, came, strict=True) if one != other] == [(ord("9"), ord("1"))]


# -- what is shown ---------------------------------------------------------------------------------------------------------


def test_page_is_the_roll_up(told, account):
    page = Path(told["page"]).read_text("utf-8")
    assert account.sentence in page
    assert "Mint" in page


@pytest.fixture(scope="module")
def shown(told: Any, account: Account, folder: Path) -> str:
    text = io.StringIO()
    with redirect_stdout(text):
        show({**told, "account": account, "notes": ["a note"]}, folder)
    return text.getvalue()


def plain(text: str) -> list[str]:
    """Lines without what differs from run to run."""
    return [re.sub(r"\b[0-9a-f]{8,64}\b", "KEY", line).rstrip() for line in text.splitlines()]


def test_it_is_shown_with_what_was_not_seen(shown):
    lines = plain(shown)
    assert sum(line.startswith("  seen: ") for line in lines) == len(TROUBLES) - 1
    place = lines.index("  NOT SEEN: Exchequer: three machines are in no source; one of them has it")
    assert lines[place + 1] == "      nothing in the returns, or in the office's own list, tells of it"
    assert "note: a note" in lines


def test_guide_shows_what_it_prints(shown):
    [block] = re.findall(r"^```text\n(compared .*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    printed = plain(shown)
    start = printed.index(plain(block)[0])
    assert plain(block) == printed[start : start + len(block.splitlines())]


def test_json_is_documented(told, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    from pages.documents import RECORDED, shape

    kept = json.loads((DOCS / "pages" / RECORDED["demo"][1]).read_text("utf-8"))
    now = shape(told)
    now.pop("notes[]")
    assert now == {path: kinds for path, kinds in shape(kept).items() if path != "notes[]"}, "print it anew: docs/pages"


# -- again -----------------------------------------------------------------------------------------------------------------


def commands() -> list[str]:
    return [line.partition(" #")[0].strip() for line in readme(with_pdf=True).splitlines() if line.startswith("fullcount ")]


def test_commands_that_are_told_can_be_run_again_and_change_nothing(told, folder, monkeypatch):
    monkeypatch.chdir(folder)
    some = [line for line in commands() if "components/seed" in line or "harvest" in line or " office" in line]
    assert len(some) == 9
    offices = [Workspace(folder / name) for name in ("office", "components/seed", f"components/{HARVEST}")]
    before = [ledger.entries(one.ledger) for one in offices]
    for line in some:
        done = Said(*shlex.split(line)[1:])
        assert done.code in {0, 3}, line  # 3: it was refused again
        assert "seal" not in line or "sealed before: the same again" in done.out
    assert [ledger.entries(one.ledger) for one in offices] == before
    again = Said(*shlex.split(rollup())[1:], "--json").document()
    assert again["rollup"] == told["rollup"]


def test_every_command_is_told(told, folder):
    assert told
    assert (folder / "readme.md").read_text("utf-8") == readme(with_pdf=True)
    assert "--return" not in readme(with_pdf=False)
    assert sum(line.startswith("fullcount seal") for line in commands()) == sum(bool(one.tool) for one in PARTS) + 2


def test_tree_of_the_office_is_three_levels_deep(told, folder):
    assert told
    tree = load(folder / "office/tree.toml")
    assert {node.name for node in tree.nodes} == {part.name for part in PARTS}
    assert max(len(tree.above(node.name)) for node in tree.nodes) == 1  # below the government itself
    assert [node.name for node in load(folder / f"components/{HARVEST}/tree.toml").nodes] == ["Seed Office", "Dairy Board"]


@pytest.mark.parametrize(("more", "message"), [((), "is not empty"), (("--systems", "20001"), "20,000 systems at most")])
def test_it_is_made_in_an_empty_folder_and_not_larger_than_it_can_be(tmp_path, more, message):
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    done = Said("demo", tmp_path, "--government", *more)
    assert message in str(done.error)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


# -- a PDF that carries a return -------------------------------------------------------------------------------------------


def sent(folder: Path, name: str) -> Path:
    [path] = (folder / "components" / name / "returns/sent").glob("*.json")
    return path


def test_pdf_says_the_same_as_the_file(told, folder):
    assert told
    found = [
        json.loads(Said("check-return", path, "-w", folder / "office", *IN_TIME, "--json").out)["returns"][0]
        for path in (folder / PDF, sent(folder, "exchequer"))
    ]
    for one in found:
        one.pop("names")
    assert found[0] == found[1]
    assert found[0]["signers"] == ["Chief Information Officer, Exchequer"]


def test_pdf_stays_accessible_and_fit_for_archives(told, folder):
    assert told
    with pikepdf.open(folder / PDF) as document_:
        assert sorted(document_.attachments) == ["paper.json", "return.json"]
        attached = document_.attachments["return.json"]
        assert attached.get_file().read_bytes() == sent(folder, "exchequer").read_bytes()
        assert str(attached.obj.AFRelationship) == "/Data"
        with document_.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
    assert not pdfua.validate(str(folder / PDF)).findings


@pytest.mark.poppler
def test_pdf_says_whose_return_it_carries_and_whom_to_ask(told, folder):
    from tests.test_forms_pages import pages_of, solid

    assert told
    text = "".join(pages_of((folder / PDF).read_bytes()))
    envelope = parsed(sent(folder, "exchequer").read_bytes())
    said = json.loads(Said("check-return", sent(folder, "exchequer"), "--json").out)["returns"][0]
    for words in ("This document carries return 1 of Exchequer", said["digest"], envelope.signatures[0].key, "ask Exchequer"):
        assert solid(words) in text


def reported(folder: Path, *more: str | Path) -> Said:
    return Said("report", "identify", "-w", folder / "components/exchequer", "-o", folder.parent / "papers", *more)


def test_only_the_pdf_carries_it_and_that_is_said(told, folder):
    assert told
    done = reported(folder, "--form", "json", "--return", sent(folder, "exchequer"))
    assert done.code == 0
    assert "the return goes with the PDF alone" in done.error_text
    written = json.loads(Path(done.out.strip()).read_text("utf-8"))
    assert "carried" not in written


@pytest.mark.parametrize(
    ("name", "message"), [("mint", "is of count "), ("readme", "is no JSON"), ("other", "holds `text/plain`, and no return")]
)
def test_pdf_carries_no_other_return(told, tmp_path, name, message):
    folder = Path(told["page"]).parents[2]
    (tmp_path / "other").write_text('{"payloadType":"text/plain","payload":"aGk=","signatures":[]}', "utf-8")
    files = {"mint": sent(folder, "mint"), "readme": folder / "readme.md", "other": tmp_path / "other"}
    done = reported(folder, "--form", "pdf", "--return", files[name])
    assert done.code
    assert message in str(done.error)


def test_account_alone_carries_nothing(told, folder):
    assert told
    done = Said("report", "csv", "-w", folder / "components/exchequer", "--return", sent(folder, "exchequer"))
    assert "has no options of a paper" in str(done.error)


def test_without_typst_the_file_itself_is_sent_and_that_is_said(told, folder, made, monkeypatch):
    assert told
    monkeypatch.setitem(sys.modules, "typst", None)
    here = Made(folder, made, quiet=True)
    file = sent(folder, "exchequer")
    envelope = parsed(file.read_bytes())
    sealed = Sealed(of=returned(envelope.body), envelope=envelope, file=file, is_new=False)
    assert not sent_as_pdf(here, BY_FOLDER["exchequer"], DUE, sealed)
    assert here.notes == ["Exchequer sends the sealed file itself, and no PDF that carries it: pip install 'fullcount[report]'"]
