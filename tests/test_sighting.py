"""Sightings: every form of a list says the same, every mistake is said with its line, and a system is counted once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from tests.tries import tries

from fullcount.errors import SettingsError
from fullcount.sighting import SUFFIXES, Sighting, load, seen

if TYPE_CHECKING:
    from pathlib import Path

CSV = """component,system,seen_on,what
# a remark,,,
Ports Bureau,192.0.2.7,2017-10-01,ksn.example
PB,192.0.2.8,,
"""
TOML = """[[sighting]]
component = "Ports Bureau"
system = "192.0.2.7"
seen_on = 2017-10-01
what = "ksn.example"

[[sighting]]
component = "PB"
system = "192.0.2.8"
what = " "
"""
NAMES = {"Ports Bureau": "Ports Bureau", "PB": "Ports Bureau", "Bridges": "Bridges"}


def named(text: str) -> str:
    return NAMES.get(text, "")


def save(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_every_form_says_the_same(tmp_path):
    first = Sighting(component="Ports Bureau", system="192.0.2.7", seen_on=date(2017, 10, 1), what="ksn.example")
    expected = (first, Sighting(component="PB", system="192.0.2.8"))
    with xlsxwriter.Workbook(tmp_path / "seen.xlsx") as book:
        for number, line in enumerate(CSV.splitlines()):
            book.worksheets() or book.add_worksheet()
            book.worksheets()[0].write_row(number, 0, line.split(","))
    save(tmp_path, "seen.csv", CSV)
    save(tmp_path, "seen.toml", TOML)
    lines = {".csv": ["3", "4"], ".xlsx": ["3", "4"], ".toml": ["1", "7"]}
    for suffix in SUFFIXES:
        found = load(tmp_path / f"seen{suffix}")
        assert found == expected, suffix
        assert [one.place.rpartition(":")[2] for one in found] == lines[suffix]


def test_tables_may_be_written_in_a_row(tmp_path):
    found = load(save(tmp_path, "a.toml", 'sighting = [{component = "PB", system = "x"}, {component = "PB", system = "y"}]'))
    assert [(one.system, one.place) for one in found] == [("x", f"{tmp_path / 'a.toml'}:1"), ("y", f"{tmp_path / 'a.toml'}:1")]
    assert load(save(tmp_path, "b.toml", "")) == ()


WRONG = {
    "column": ("a.csv", "component,sistem\nPB,x\n", "1", "unknown column `sistem`"),
    "no column": ("a.csv", "component\nPB\n", "1", "the column `system` is missing"),
    "cell": ("a.csv", "component,system\nPB,x\nPB,\n", "3", "`system` is missing"),
    "date": ("a.csv", "component,system,seen_on\nPB,x,01/02/2017\n", "2", "`seen_on` should be a date"),
    "key": ("a.toml", '# one\n[[sighting]]\ncomponent = "PB"\nsistem = "x"\n', "2", "unknown key `sistem`"),
    "missing": ("a.toml", '[[sighting]]\nsystem = "x"\n\n[[sighting]]\ncomponent = "PB"\n', "1", "`component` is missing"),
    "type": ("a.toml", '[[sighting]]\ncomponent = "PB"\nsystem = 7\n', "1", "`system` should be text"),
    "day": ("a.toml", '[[sighting]]\ncomponent = "PB"\nsystem = "7"\nseen_on = "soon"\n', "1", "`seen_on` should be a date"),
    "empty": ("a.toml", '[[sighting]]\ncomponent = ""\nsystem = "7"\n', "1", "`component` is missing"),
    "table": ("a.toml", '[[sightings]]\ncomponent = "PB"\n', "1", "unknown key `sightings`"),
    "one": ("a.toml", 'sighting = "PB"\n', "1", "`sighting` is a list of tables"),
    "toml": ("a.toml", "[[sighting]\n", "1", ""),
    "suffix": ("a.txt", "component,system\n", "", "a list of sightings is no .txt"),
    "none": ("a", "component,system\n", "", "a list of sightings is no file without suffix"),
}


@pytest.mark.parametrize("case", WRONG)
def test_every_mistake_is_said_with_its_line(case, tmp_path):
    name, text, line, message = WRONG[case]
    path = save(tmp_path, name, text)
    with pytest.raises(SettingsError) as raised:
        load(path)
    assert message in raised.value.message
    assert raised.value.place == (f"{path}:{line}" if line else str(path))
    assert raised.value.hint


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_not_there_is_said(suffix, tmp_path):
    with pytest.raises(SettingsError) as raised:
        load(tmp_path / f"none{suffix}")
    assert str(tmp_path / f"none{suffix}") in raised.value.place


def test_an_unknown_component_is_said_with_its_row_and_the_nearest(tmp_path):
    found = load(save(tmp_path, "a.csv", "component,system\nPB,x\nPorts Burau,y\n"))
    with pytest.raises(SettingsError, match="no component is called `Ports Burau`") as raised:
        seen(found, named, known=NAMES)
    assert raised.value.place.endswith("a.csv:3")
    assert raised.value.hint.startswith("did you mean `Ports Bureau`? ")


def test_a_system_is_counted_once_in_each_component():
    rows = [("Ports Bureau", "PC-1"), ("PB", " pc-1"), ("PB", "PC-2"), ("Bridges", "PC-1")]
    assert seen((Sighting(component=one, system=system) for one, system in rows), named) == {"Bridges": 1, "Ports Bureau": 2}
    assert seen((), named) == {}


@given(st.lists(st.tuples(st.sampled_from(sorted(NAMES)), st.text(max_size=3)), max_size=12), st.randoms())
@tries(200)
def test_order_and_repetition_do_not_matter(rows, random):
    def counted(some: list[tuple[str, str]]) -> dict[str, int]:
        return seen((Sighting(component=component, system=system) for component, system in some), named)

    again = [*rows, *rows]
    random.shuffle(again)
    assert counted(again) == counted(rows)
    assert sum(counted(rows).values()) <= len(rows)


def test_a_long_list_is_asked_for_its_components_once_each():
    asked: list[str] = []

    def once(text: str) -> str:
        asked.append(text)
        return named(text)

    many = (Sighting(component="PB" if turn % 2 else "Bridges", system=str(turn // 4)) for turn in range(2000))
    assert seen(many, once) == {"Bridges": 500, "Ports Bureau": 500}
    assert asked == ["Bridges", "PB"]
