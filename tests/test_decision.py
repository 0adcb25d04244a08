"""Decisions about machines and titles: kept, obeyed, undone, refused where they contradict; and the commands that make them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from fullcount.cli import cli, main
from fullcount.decision import DROP, IS, IS_NOT, LINK, SPLIT, UNDO, Decision, check, identity, in_effect, of, of_titles
from fullcount.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEAD = "Netbios_Name0,SerialNumber0,Operating_System_Name_and0,LastHWScan,DisplayName0,Publisher0\n"
WITH_IT = "Kaspersky Endpoint Security 10 for Windows,AO Kaspersky Lab\n"
CLEAN = "7-Zip 16.04,Igor Pavlov\n"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A workspace with two machines called FRONTDESK, both with it, in two tools."""
    exports = tmp_path / "exports"
    exports.mkdir()
    windows = "Microsoft Windows NT Workstation 10.0,2017-10-10,"
    (exports / "sccm.csv").write_text(HEAD + "FRONTDESK,5CG71,X,".replace("X,", windows) + WITH_IT, "utf-8")
    (exports / "programs-2017-10-10.csv").write_text(
        "PSComputerName,DisplayName,DisplayVersion,Publisher\n"
        "FRONTDESK,Kaspersky Endpoint Security 10 for Windows,10.3.0.6294,AO Kaspersky Lab\n",
        "utf-8",
    )
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "fullcount.toml").write_text('directives = ["us-dhs-bod-17-01"]\n', "utf-8")
    ask(folder, "count", str(exports))
    return folder


def ask(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, [*words, "-w", str(folder)])
    assert done.exit_code == 0, done.output
    return done.stdout


def numbers(folder: Path) -> tuple[str, int, int]:
    """Id, systems and with it of a new count."""
    [account] = json.loads(ask(folder, "count", "--json"))["accounts"]
    return account["count"], account["total"]["systems"], account["total"]["with_it"]


def refused(*words: str, capsys: Any) -> str:
    with pytest.raises(SystemExit) as raised:
        main(list(words))
    assert raised.value.code == 2
    return str(capsys.readouterr().err)


def test_a_link_holds_until_it_is_undone_and_then_the_old_count_is_back(work: Path) -> None:
    before = numbers(work)
    assert before[1:] == (2, 2)
    said = ask(work, "hosts", "link", "hostname=FRONTDESK", "--why", "one desk", "--by", "R. Officer")
    assert said.splitlines()[0] == "decision 1: link hostname=FRONTDESK"
    linked = numbers(work)
    assert linked[1:] == (1, 1)
    assert linked[0] != before[0]
    ask(work, "decisions", "undo", "1", "--why", "there are two desks")
    assert numbers(work) == before
    rows = json.loads(ask(work, "decisions", "--json"))["decisions"]
    assert [(row["what"], row["holds"], row["why"]) for row in rows] == [
        ("link", False, "one desk"),
        ("undo", False, "there are two desks"),
    ]
    assert rows[0]["by"] == "R. Officer"
    text = ask(work, "decisions")
    assert "link hostname=FRONTDESK  [undone]" in text
    assert "undo decision 1" in text
    assert [json.loads(line)["what"] for line in (work / "ledger.jsonl").read_text("utf-8").splitlines()].count("link") == 1


def test_a_decision_obeys_exports_that_come_later(work: Path, tmp_path: Path) -> None:
    ask(work, "hosts", "link", "hostname=FRONTDESK", "--why", "one desk")
    later = tmp_path / "programs-2017-10-12.csv"
    later.write_text("PSComputerName,DisplayName,DisplayVersion,Publisher\nFRONTDESK,7-Zip 16.04,16.04,Igor Pavlov\n", "utf-8")
    ask(work, "read", str(later))
    assert numbers(work)[1:] == (1, 0), "the later list answers what both older ones had"


def test_what_if_keeps_nothing(work: Path) -> None:
    before = {path.name: path.read_bytes() for path in work.iterdir() if path.is_file()}
    found = json.loads(ask(work, "hosts", "link", "hostname=FRONTDESK", "--what-if", "--json"))
    assert found["kept"] is False
    [one] = found["directives"]
    assert (one["before"]["systems"], one["after"]["systems"]) == (2, 1)
    assert (one["before"]["with it"], one["after"]["with it"]) == (2, 1)
    assert {path.name: path.read_bytes() for path in work.iterdir() if path.is_file()} == before
    assert len(list((work / "counts").iterdir())) == 1


def test_a_decision_without_a_reason_or_against_another_is_refused(work: Path, capsys: Any) -> None:
    of_work = ("-w", str(work))
    assert "a decision needs its reason" in refused("hosts", "link", "hostname=FRONTDESK", *of_work, capsys=capsys)
    assert "`shoe=9` is no clue" in refused("hosts", "link", "shoe=9", "--why", "x", *of_work, capsys=capsys)
    assert "there is no decision 3 that holds" in refused("decisions", "undo", "3", "--why", "x", *of_work, capsys=capsys)
    ask(work, "hosts", "link", "hostname=FRONTDESK", "--why", "one desk")
    said = refused("hosts", "split", "hostname=frontdesk", "--why", "two desks", *of_work, capsys=capsys)
    assert "decision 1 says the opposite" in said
    assert "fullcount decisions undo 1" in said
    assert "says so already" in refused("hosts", "link", "hostname=frontdesk", "--why", "x", *of_work, capsys=capsys)
    assert len(json.loads(ask(work, "decisions", "--json"))["decisions"]) == 1


def test_a_dropped_source_comes_back_when_the_drop_is_undone(work: Path) -> None:
    before = numbers(work)
    ask(work, "drop", "sccm.csv", "--why", "the wrong month")
    assert numbers(work)[1] == 1
    ask(work, "decisions", "undo", "1", "--why", "it was the right one")
    assert numbers(work) == before


def test_a_placeholder_can_link_nothing() -> None:
    new = Decision(what=LINK, clues=("serial=To be filled by O.E.M.", "serial=5CG71"))
    with pytest.raises(UsageError, match="can link nothing: placeholder"):
        check(new, [])


def test_an_undone_decision_no_longer_stands_against_its_opposite() -> None:
    link = Decision(what=LINK, clues=("serial=A1B2", "serial=C3D4"), number=1)
    split = Decision(what=SPLIT, clues=("serial=C3D4", "serial=A1B2"), number=3)
    with pytest.raises(UsageError, match="decision 1 says the opposite"):
        check(split, [link])
    check(split, [link, Decision(what=UNDO, undoes=1, number=2)])


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b'{"what": 1}',
        b'{"what": "link", "clues": ["nonsense"]}',
        b'{"what": "undo", "undoes": "x"}',
        b"\xff",
        b'{"what": "is", "name": "Widget"}',
    ],
)
def test_a_line_that_is_no_decision_is_an_error(line: bytes) -> None:
    with pytest.raises(ValueError):
        of(line, 1)


def test_a_title_is_decided_previewed_and_undone(work: Path) -> None:
    title = ("decide", "7-zip  16.04", "is", "--product", "other")
    export = work.parent / "more-2017-10-10.csv"
    export.write_text("PSComputerName,DisplayName,DisplayVersion,Publisher\nATTIC,7-Zip 16.04,16.04,Igor Pavlov\n", "utf-8")
    ask(work, "read", str(export))
    before = numbers(work)
    assert before[1:] == (3, 2)
    [effect] = json.loads(ask(work, *title, "--what-if", "--json"))["directives"]
    assert (effect["before"]["with it"], effect["after"]["with it"]) == (2, 3)
    assert ask(work, "decisions") == "nothing was decided\n"
    said = ask(work, *title, "--why", "it is a cover name", "--by", "R. Officer")
    assert said.splitlines()[0] == "decision 1: `7-zip  16.04` is other (us-dhs-bod-17-01)"
    decided = numbers(work)
    assert decided[1:] == (3, 3)
    assert decided[0] != before[0]
    entry = json.loads((work / "ledger.jsonl").read_text("utf-8").splitlines()[-2])
    assert (entry["what"], entry["facts"]["name"], entry["facts"]["product"]) == ("is", "7-zip  16.04", "other")
    ask(work, "decisions", "undo", "1", "--why", "it is not")
    assert numbers(work) == before
    ask(work, *title, "--why", "it is, after all")
    assert numbers(work) == decided, "the same decisions that hold give the same count"


def test_explaining_a_machine_says_who_decided_when_and_why(work: Path) -> None:
    title = "Kaspersky Endpoint Security 10 for Windows"
    ask(work, "decide", title, "is-not", "--product", "kes-windows", "--why", "a mock-up", "--by", "R. Officer")
    ask(work, "decide", title, "is", "--product", "other", "--why", "of the course", "--by", "A. Teacher")
    ask(work, "hosts", "link", "hostname=FRONTDESK", "--why", "one desk", "--by", "The help desk")
    numbers(work)
    found = json.loads(ask(work, "explain", "FRONTDESK", "--json"))
    said = {(row["source"], row["product"]): (row["decision"]["number"], row["decision"]["by"]) for row in found["evidence"]}
    assert said == {
        (source, product): by
        for source in ("sccm.csv", "programs-2017-10-10.csv")
        for product, by in {
            "Kaspersky Endpoint Security for Windows": (1, "R. Officer"),
            "Kaspersky product, not further identified": (2, "A. Teacher"),
        }.items()
    }
    assert {link["decision"]["number"] for link in found["links"] if link["strength"] == "decided"} == {3}
    lines = [line.strip() for line in ask(work, "explain", "FRONTDESK").splitlines()]
    rule = lines.index("rule decision: kind installed, grade decided, scope branded (in)")
    [day] = {row["decision"]["at"][:10] for row in found["evidence"]}
    assert lines[rule + 1] == f"decision 2 by A. Teacher on {day}: of the course"
    assert f"decision 3 by The help desk on {day}: one desk" in lines
    why = f"{title} 10.3.0.6294: a person decided that it is not this product (decision 1 by R. Officer on {day}: a mock-up)"
    assert why in [line.strip() for line in ask(work, "explain", "--not", "FRONTDESK").splitlines()]


def test_what_no_person_decided_names_nobody(work: Path) -> None:
    found = json.loads(ask(work, "explain", "serial=5CG71", "--json"))
    assert [row["decision"] for row in found["evidence"]] == [None]
    assert "decision" not in ask(work, "explain", "serial=5CG71")


def test_a_decision_about_a_title_that_is_wrong_is_refused(work: Path, capsys: Any) -> None:
    of_work = ("-w", str(work))
    said = refused("decide", "7-Zip 16.04", "is", "--product", "kes", "--why", "x", *of_work, capsys=capsys)
    assert "there is no product `kes`" in said
    assert "kes-windows" in said
    assert "needs its reason" in refused("decide", "7-Zip", "is", "--product", "other", *of_work, capsys=capsys)
    assert "needs a title" in refused("decide", " ", "is", "--product", "other", "--why", "x", *of_work, capsys=capsys)
    ask(work, "decide", "7-Zip", "is", "--product", "other", "--why", "a cover name")
    opposite = ("decide", "7-ZIP", "is-not", "--product", "other", "--why", "x")
    assert "decision 1 says the opposite: `7-Zip` is other" in refused(*opposite, *of_work, capsys=capsys)


def test_a_title_that_nobody_has_is_decided_with_a_note(work: Path) -> None:
    known, unknown = "Kaspersky Endpoint  security 10 for Windows", "Kaspersky Endpoint Securty 10"
    for title, noted in ((known, False), (unknown, True)):
        words = ["decide", title, "is-not", "--product", "kes-windows", "--why", "x", "-w", str(work)]
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == 0
        assert ("no export that was read has a title of this name" in done.stderr) == noted


def titled(what: str, number: int = 0, **more: Any) -> Decision:
    return replace(Decision(what=what, number=number, name="Acme Guard", product="guard", directive="x"), **more)


@pytest.mark.parametrize(
    ("before", "new", "refusal"),
    [
        (titled(IS, 1), titled(IS_NOT, name="ACME guard"), "decision 1 says the opposite"),
        (titled(IS, 1), titled(IS, name="acme  guard"), "decision 1 says so already"),
        (titled(IS, 1, publisher="A"), titled(IS_NOT), "decision 1 says the opposite: `Acme Guard` of A is guard"),
        (titled(IS, 1, publisher="A"), titled(IS_NOT, publisher="a"), "decision 1 says the opposite"),
        (titled(IS, 1), titled(IS_NOT, publisher="A"), ""),  # an exception
        (titled(IS, 1, publisher="A"), titled(IS_NOT, publisher="B"), ""),
        (titled(IS, 1, publisher="A"), titled(IS), ""),
        (titled(IS, 1), titled(IS_NOT, product="brand"), ""),
        (titled(IS, 1), titled(IS_NOT, directive="y"), ""),
        (titled(IS, 1), titled(IS_NOT, name="Acme Guards"), ""),
        (Decision(what=LINK, clues=("serial=A1B2",), number=1), titled(IS), ""),
    ],
)
def test_titles_are_decided_once(before: Decision, new: Decision, refusal: str) -> None:
    undone = [before, Decision(what=UNDO, undoes=1, number=2)]
    check(new, undone)
    if refusal:
        with pytest.raises(UsageError, match=refusal):
            check(new, [before])
    else:
        check(new, [before])


def test_of_several_decisions_about_a_title_the_last_word_comes_last() -> None:
    said = [titled(IS_NOT, 1), titled(IS, 2, publisher="A"), titled(IS, 3, name="Aardvark"), titled(IS, 4, directive="a")]
    assert [one.number for one in of_titles(said)] == [4, 3, 1, 2]
    assert [one.number for one in of_titles([*said, Decision(what=UNDO, undoes=2, number=5)])] == [4, 3, 1]


CLUES = st.sampled_from(["serial=AAA1", "serial=BBB2", "hostname=pc-1", "mac=3C:52:82:11:22:33"])
DECISIONS = st.lists(
    st.builds(
        Decision,
        what=st.sampled_from([LINK, SPLIT, DROP, UNDO, IS, IS_NOT]),
        why=st.text(max_size=5),
        by=st.text(max_size=3),
        clues=st.lists(CLUES, min_size=1, max_size=3, unique=True).map(tuple),
        name=st.text(min_size=1, max_size=5),
        publisher=st.text(max_size=3),
        product=st.sampled_from(["guard", "other"]),
        directive=st.just("x"),
        undoes=st.integers(0, 4),
    ),
    max_size=6,
)


@given(DECISIONS)
def test_a_decision_is_the_same_after_it_was_written_down(decisions: list[Decision]) -> None:
    kept = [of(one.line().encode(), number) for number, one in enumerate(decisions, start=1)]
    assert [one.line() for one in kept] == [one.line() for one in decisions]
    assert [one.number for one in kept] == list(range(1, len(kept) + 1))


@given(DECISIONS, st.randoms())
def test_the_order_of_decisions_does_not_matter(decisions: list[Decision], dice: Any) -> None:
    numbered = [of(one.line().encode(), number) for number, one in enumerate(decisions, start=1)]
    shuffled: Sequence[Decision] = dice.sample(numbered, len(numbered))
    assert identity(shuffled) == identity(numbered)
    assert of_titles(shuffled) == of_titles(numbered)
    undone = {one.undoes for one in numbered if one.what == UNDO}
    assert all(one.what != UNDO and one.number not in undone for one in in_effect(numbered))
