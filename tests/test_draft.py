"""A pack that is being written: it loads from its first day, and the check names what is still to be filled in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner
from tests.packs import PACKS

from fullcount.cli import cli
from fullcount.directive import load, shipped
from fullcount.draft import BLANK, NO_DAY, begun, gaps, write
from fullcount.errors import DirectiveError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

BASES = [name for name, one in PACKS.items() if not one.builds_on]
BY = '", publisher: "FILL IN: its publisher'
# What somebody writes in place of each blank, by the file in which it stands; a blank is met once.
FILLED = {
    "directive.yaml": {
        "FILL IN: the full title of the text": "Order 7: the end",
        "FILL IN: what reports are to call it": "Order 7",
        "FILL IN: who issued it": "Rivers Office",
        "FILL IN: whom it binds": "every bureau",
        "issued: 0001-01-01": "issued: 2026-03-02",
        "effective: 0001-01-01": "effective: 2026-04-01",
        "FILL IN: where the text can be read": "https://rivers.example/7",
        "FILL IN: the citation of the text": "Order 7, 2 March 2026",
        "FILL IN: where its products are named: a catalogue, a manual, an inventory": "Catalogue",
        "FILL IN: the name of the firm": "Harbour Software Ltd",
        "branded: silent": "branded: in",
        "FILL IN: what is due, in the words of the text; then say anchor and offset": "a report",
        "FILL IN: the name of its best-known product": "Harbour Sync",
        "FILL IN: a word for it and its like": "Sync",
        "FILL IN: the vendor, not further identified": "Harbour, other",
        "FILL IN: the words that its name always has": "harbour sync",
    },
    "examples.yaml": {
        f"FILL IN: the product, as a machine lists it{BY}": 'Harbour Sync 4", publisher: "Harbour Software Ltd',
        f"FILL IN: some other product of the vendor{BY}": 'Tide", publisher: "Harbour Software Ltd',
        f"FILL IN: something harmless with a similar name{BY}": 'Harbour", publisher: "Harbour Inn',
    },
    "sources.md": {
        "FILL IN: title, number, date and address of the text, and its own words on scope, dates and reports.": "The order.",
        "FILL IN: where each name of a product and each publisher has been read, with the address.": "The catalogue.",
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack that has just been begun."""
    write(tmp_path / "harbour", begun("harbour"))
    return tmp_path / "harbour"


@pytest.fixture
def filled(folder: Path) -> Path:
    """The same with everything filled in."""
    for name, said in FILLED.items():
        for old, new in said.items():
            put(folder / name, old, new)
    return folder


def put(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), "utf-8")


def check(folder: Path | str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["directive", "check", str(folder)])
    return done.exit_code, f"{done.output}{done.exception or ''}"


def blanks(folder: Path) -> list[str]:
    """The places of the lines that nobody has filled in, as often as they have something to be filled in; no remarks."""
    return [
        f"{path}:{number}"
        for path in sorted(folder.iterdir())
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if not line.startswith("# ")
        for _ in range(line.count(BLANK) + line.count(NO_DAY))
    ]


def test_a_new_pack_loads_and_says_nothing_of_its_own(folder: Path) -> None:
    one = load(folder)
    assert one.id == "harbour"
    assert set(one.scope.values()) == {"silent"}
    assert {clock.anchor for clock in one.clocks} == {"none"}


def test_the_check_names_every_blank_with_its_line(folder: Path) -> None:
    found = gaps(folder)
    said = [gap for gap in found if BLANK in gap]
    assert sorted(gap.split(": ")[0] for gap in said) == sorted(blanks(folder))
    assert [gap for gap in found if gap not in said] == [
        f"{folder / 'directive.yaml'}:25: `scope`: nothing is `in`, so that nothing can count"
    ]
    code, printed = check(folder)
    assert code
    assert all(f"{gap}\n" in printed for gap in found)
    assert f"{len(found)} things are still to be filled in" in printed


def test_the_check_gives_the_same_as_json(folder: Path) -> None:
    printed = CliRunner().invoke(cli, ["directive", "check", str(folder), "--json"]).stdout
    told = json.loads(printed)
    assert (told["gaps"], told["wrong"]) == (gaps(folder), [])  # examples are tried once nothing is left


def test_a_filled_pack_passes(filled: Path) -> None:
    assert blanks(filled) == []
    assert gaps(filled) == []
    assert check(filled) == (0, "harbour: 2 signatures and 3 examples, all as they should be\n")


@pytest.mark.parametrize("file", FILLED)
def test_each_blank_alone_is_named(filled: Path, file: str) -> None:
    whole = (filled / file).read_text("utf-8")
    for old, new in FILLED[file].items():
        put(filled / file, f'"{new}"' if f'"{new}"' in whole else new, f'"{old}"' if f'"{new}"' in whole else old)
        assert gaps(filled), old
        assert check(filled)[0], old
        (filled / file).write_text(whole, "utf-8")
    assert gaps(filled) == []


TAKEN_AWAY = [
    ("examples.yaml", "product: other", "product: first", "directive.yaml:5[0-9]: no example shows the product `other`"),
    ("examples.yaml", "counts: no}", "product: first, counts: yes}", "examples.yaml: no example says `counts: no`"),
    (
        "directive.yaml",
        "product: other\n",
        "product: first\n",
        "directive.yaml:5[0-9]: no signature recognises the product `other`",
    ),
    ("sources.md", "## vendor", "## vendors", "directive.yaml:17: sources.md has no line `## vendor`"),
]


@pytest.mark.parametrize("taken", TAKEN_AWAY, ids=[says for *_, says in TAKEN_AWAY])
def test_what_is_missing_without_a_blank_is_named(filled: Path, taken: tuple[str, str, str, str]) -> None:
    file, old, new, says = taken
    put(filled / file, old, new)
    (gap,) = gaps(filled)
    assert re.fullmatch(rf"{re.escape(str(filled))}.{says}", gap), gap
    assert "1 thing is still to be filled in" in check(filled)[1]


@pytest.mark.parametrize("file", ["examples.yaml", "sources.md"])
def test_a_file_that_is_missing_is_named(filled: Path, file: str) -> None:
    (filled / file).unlink()
    assert any(file in gap for gap in gaps(filled))


def test_sources_in_another_encoding_are_an_error(filled: Path) -> None:
    (filled / "sources.md").write_bytes("## text\n§ 7\n".encode("latin-1"))
    with pytest.raises(DirectiveError, match="is not UTF-8 text"):
        gaps(filled)


def test_an_example_that_fails_says_what_is_and_what_should_be(filled: Path) -> None:
    put(filled / "examples.yaml", 'name: "Harbour"', 'name: "Harbour Sync"')
    assert (
        f"{filled / 'examples.yaml'}:4: Harbour Sync: is first, does not count; should be nothing, does not count"
        in check(filled)[1]
    )


@pytest.mark.parametrize("name", shipped())
def test_nothing_of_a_shipped_pack_is_left_to_be_filled_in(name: str) -> None:
    assert check(name)[0] == 0


@pytest.mark.parametrize("base", BASES)
def test_a_pack_that_builds_on_another_asks_for_what_its_own_text_says(base: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["directive", "new", "harbour", "--builds-on", base, "--folder", str(tmp_path / "mine")])
    assert done.exit_code == 0
    one = load(tmp_path / "mine")
    assert (one.builds_on, one.products) == (base, PACKS[base].products)
    assert one.scope == dict.fromkeys(PACKS[base].scope, "silent")
    found = [gap for gap in gaps(tmp_path / "mine") if BLANK in gap]
    assert sorted(gap.split(": ")[0] for gap in found) == sorted(blanks(tmp_path / "mine"))
    assert "entities" not in yaml.safe_load((tmp_path / "mine/directive.yaml").read_text("utf-8"))


@pytest.mark.parametrize("there", ["directive.yaml", "examples.yaml", "sources.md"])
def test_what_is_there_stays(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_bytes(b"mine")
    with pytest.raises(UsageError) as caught:
        write(tmp_path, begun("harbour"))
    assert caught.value.place == str(tmp_path / there)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(there, b"mine")]


def test_the_folder_is_called_like_the_directive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["directive", "new", "harbour"])
    assert (done.exit_code, sorted(path.name for path in (tmp_path / "harbour").iterdir())) == (0, sorted(FILLED))
    assert "fullcount directive check harbour" in done.output
    assert CliRunner().invoke(cli, ["directive", "new", "harbour"]).exit_code != 0


BUILT = next(name for name, one in PACKS.items() if one.builds_on)
REFUSED = [
    ("Harbour Software", "", "no plain word.*small letters"),
    ("../harbour", "", "no plain word"),
    ("us-dhs-bod-17-01", "", "comes with the program.*another id"),
    ("harbour", "us-dhs-bod-17-1", "no directive.*did you mean `us-dhs-bod-17-01`"),
    ("harbour", BUILT, f"itself builds on.*--builds-on {PACKS[BUILT].builds_on}"),
]


@pytest.mark.parametrize(("name", "base", "says"), REFUSED)
def test_what_cannot_be_begun_is_refused_with_the_fix(name: str, base: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        begun(name, base)
    assert re.search(says, f"{caught.value.message} {caught.value.hint}")


def test_nothing_is_counted_under_a_pack_that_is_not_finished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would find nothing, and say that nothing is there."""
    from fullcount.cli import main

    folder = tmp_path / "packs"
    with pytest.raises(SystemExit) as raised:
        main(["directive", "new", "harbour-ban", "--folder", str(folder)])
    assert not raised.value.code
    work = tmp_path / "work"
    work.mkdir()
    (work / "fullcount.toml").write_text("", "utf-8")
    with pytest.raises(SystemExit) as raised:
        main(["count", "-w", str(work), "--directive", str(next(folder.rglob("directive.yaml")))])
    assert raised.value.code == 2
    said = capsys.readouterr().err
    assert re.search(r"directive\.yaml:\d+: ", said)
    assert "under an unfinished directive nothing is found" in said
