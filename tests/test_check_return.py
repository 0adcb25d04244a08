"""`fullcount check-return` and `fullcount receive`: what a person sees of a file that came, and when the answer is no."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from tests.months import EVIL, Said
from tests.offices import BRIDGES, ID, PORTS, chain, place, returned, save, sealed

if TYPE_CHECKING:
    from pathlib import Path

ON = ("--on", "2017-10-13")
AWAITED = "whether the component and the directive are those that are awaited"


@pytest.fixture
def at(tmp_path: Path) -> Path:
    """The folder of an office."""
    return place(tmp_path / "office").folder


def asked(done: Said) -> Any:
    return json.loads(done.out)


def test_a_sound_return_is_shown_in_a_table_and_nothing_is_kept(at, tmp_path):
    folder = save(tmp_path / "in", sent=sealed(returned()))
    before = sorted(at.iterdir())
    done = Said("check-return", folder / "sent.json", "-w", at, *ON)
    assert done.code == 0
    assert done.out.splitlines() == [
        "file       component     return  as of       signed by                verdict",
        "sent.json  Ports Bureau  1       2017-10-11  Officer of Ports Bureau  ACCEPTED",
        "  it says: At least 2 of 8 systems have it; 7 could be looked at, 1 could not; as of 2017-10-11 (BOD 17-01).",
    ]
    assert done.error_text == ""
    assert sorted(at.iterdir()) == before


def test_every_fault_stands_on_its_own_line_and_the_answer_is_no(at, tmp_path):
    folder = save(tmp_path / "in", a=sealed(returned(overlap=3, statements=())), b=b"\x00\xff")
    done = Said("check-return", folder, "-w", at, *ON)
    assert done.code == 3
    told = [line for line in done.out.splitlines() if line.startswith(("  refused: ", "  note: "))]
    assert [line.split(": ")[1] for line in told] == ["not-an-envelope", "does-not-add-up", "not-said"]
    assert done.out.count("REFUSED") == 2


def test_as_json_it_says_the_same(at, tmp_path):
    [(one, data)] = chain(PORTS, 1)
    folder = save(tmp_path / "in", sent=data, bad=sealed(returned(BRIDGES), PORTS))
    done = Said("check-return", folder, "-w", at, *ON, "--json")
    assert done.code == 3
    found = asked(done)
    assert (found["schema"], found["on"], found["notes"]) == ("fullcount.check-return/1", "2017-10-13", [])
    bad, good = found["returns"]
    assert [each["id"] for each in bad["faults"]] == ["foreign-key"]
    assert good == {
        "names": ["sent.json"],
        "file": good["file"],
        "component": PORTS,
        "directive": ID,
        "version": one.account.directive["version"],
        "sequence": 1,
        "digest": one.digest,
        "as_of": "2017-10-11",
        "sentence": one.account.sentence,
        "signers": ["Officer of Ports Bureau"],
        "verdict": "accepted",
        "faults": [],
    }


def test_without_a_workspace_it_says_what_was_not_checked(at, tmp_path, monkeypatch):
    second = sealed(returned(sequence=2, previous="0" * 64))
    folder = save(tmp_path / "in", sent=second)
    monkeypatch.chdir(folder)
    done = Said("check-return", "sent.json", "--trust", at / "trust.toml", *ON)
    assert done.code == 0
    assert done.error_text.splitlines() == [
        f"no tree was given: {AWAITED} was not checked (--tree FILE, or tree.toml in the workspace)",
        "there is no workspace with earlier returns: the number was not checked (-w WORKSPACE)",
    ]
    done = Said("check-return", "sent.json", "--tree", at / "tree.toml", *ON)
    assert done.code == 3
    assert "refused: no-trust: nobody's key was given: the signature was not checked" in done.out
    assert done.error_text.startswith("nobody's key was given: the signature was not checked (--trust FILE")
    assert Said("check-return", "sent.json", "-w", folder, *ON).error.exit_code == 3


def test_the_nearest_workspace_is_the_office(at, tmp_path, monkeypatch):
    folder = save(tmp_path / "in", sent=sealed(returned()))
    monkeypatch.chdir(at)
    assert Said("check-return", folder, *ON).code == 0
    assert Said("check-return", folder, "--trust", save_trust(tmp_path), *ON).code == 3


def save_trust(folder: Path) -> Path:
    path = folder / "other.toml"
    path.write_text("", "utf-8")
    return path


def test_a_key_of_a_component_that_is_not_in_the_tree_is_told(at, tmp_path):
    folder = save(tmp_path / "in", sent=sealed(returned()))
    path = at / "trust.toml"
    path.write_text(path.read_text("utf-8").replace('component = "Bridges Bureau"', 'component = "Bridges Bureua"'), "utf-8")
    done = Said("check-return", folder, "-w", at, *ON)
    assert (done.code, done.error_text) == (
        0,
        "the trust file has a key of Bridges Bureua, and no component of the tree is called so\n",
    )


def test_a_day_that_is_not_said_is_today(at, tmp_path):
    folder = save(tmp_path / "in", sent=sealed(returned(as_of="2999-01-01")))
    done = Said("check-return", folder, "-w", at)
    assert "in-the-future: it is as of 2999-01-01, and today is 20" in done.out


def test_a_pdf_is_checked_by_what_it_carries(at, tmp_path):
    document = pikepdf.new()
    document.add_blank_page()
    document.attachments["return.json"] = sealed(returned())
    document.save(tmp_path / "paper.pdf")
    done = Said("check-return", tmp_path / "paper.pdf", "-w", at, *ON)
    assert (done.code, "paper.pdf  Ports Bureau" in done.out) == (0, True)


def test_nothing_to_check_is_no_yes(at, tmp_path):
    (tmp_path / "empty").mkdir()
    done = Said("check-return", tmp_path / "empty", "-w", at, *ON)
    assert (done.code, done.error_text) == (3, "there is no file in what was given\n")
    assert Said("check-return", "-w", at).code == 2


def test_nothing_that_a_file_says_reaches_the_terminal_as_it_is(at, tmp_path):
    folder = save(tmp_path / "in", sent=sealed(returned(EVIL[4:]), PORTS))
    done = Said("check-return", folder, "-w", at, *ON)
    assert done.code == 3
    assert "\x1b" not in done.output
    assert "\x07" not in done.output


HOSTILE = {
    "sixteen": '{"payload":"","payloadType":"a","signatures":[]}'.encode("utf-16"),
    "twice": b'{"payload":"","payload":"","payloadType":"a","signatures":[]}',
    "nan": b'{"payload":NaN,"payloadType":"a","signatures":[]}',
    "deep": b"[" * 200_000,
    "empty": b"",
    "pdf": b"%PDF-1.7\n" + b"<" * 10_000,
    "junk": b'{"payload":"a b=","payloadType":"a","signatures":[]}',
}


def test_hostile_files_get_one_line_each_and_no_trace(at, tmp_path):
    done = Said("check-return", save(tmp_path / "in", **HOSTILE), "-w", at, *ON)
    assert done.code == 3
    lines = done.out.splitlines()[1:]
    assert {line.split(".")[0] for line in lines[::2]} == set(HOSTILE)
    assert all(line.startswith("  refused: not-an-envelope: the file ") for line in lines[1::2])
    assert len(lines) == 2 * len(HOSTILE)


def test_receiving_keeps_and_enters(at, tmp_path):
    folder = save(tmp_path / "in", **{f"n{turn}": data for turn, (_, data) in enumerate(chain(PORTS, 2))})
    done = Said("receive", folder, "-w", at, *ON)
    assert (done.code, done.out.count("ACCEPTED")) == (0, 2)
    assert len(list((at / "returns/received").iterdir())) == 2
    again = Said("receive", folder, "-w", at, *ON, "--json")
    assert [one["verdict"] for one in asked(again)["returns"]] == ["known", "known"]
    assert (again.code, asked(again)["schema"]) == (0, "fullcount.receive/1")
    assert Said("check-return", folder, "-w", at, *ON).out.count("replay") == 2
    lines = [json.loads(line) for line in (at / "ledger.jsonl").read_text("utf-8").splitlines()]
    assert [one["what"] for one in lines] == ["return accepted", "return accepted"]


def test_a_gap_is_accepted_by_name_with_a_reason(at, tmp_path):
    folder = save(tmp_path / "in", sent=chain(PORTS, 2)[1][1])
    assert "refused: gap: return 1 is missing: none before it is here" in Said("receive", folder, "-w", at, *ON).out
    gap = ("receive", folder, "-w", at, *ON, "--accept-gap")
    assert "why is the missing return accepted?" in str(Said(*gap, "PB").error)
    assert "no component of the tree is called `Prots`" in str(Said(*gap, "Prots", "--why", "lost").error)
    done = Said(*gap, "PB", "--why", "lost in the flood")
    assert done.code == 0
    assert "note: accepted-gap: return 1 never came; accepted: lost in the flood" in done.out


def test_without_a_tree_a_gap_is_accepted_under_the_name_that_the_return_has(at, tmp_path):
    folder = save(tmp_path / "in", sent=chain(PORTS, 2)[1][1])
    (at / "tree.toml").unlink()
    assert Said("receive", folder, "-w", at, *ON, "--accept-gap", PORTS, "--why", "lost").code == 0
