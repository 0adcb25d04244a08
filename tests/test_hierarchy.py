"""The tree of components: every form of the file says the same, and nobody can be taken for another."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from tests.offices import ID, TREE
from tests.tries import tries

from fullcount.errors import SettingsError
from fullcount.hierarchy import Hierarchy, Node, load
from fullcount.lookalike import skeleton

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    ["Name", "Acronym", "Parent", "Expected", "Due date", "Note"],
    ["Department of Transport", "DOT", "", "", "2017-10-13", ""],
    ["Ports Bureau", "PB", "DOT", "1,200", "", "by the sea"],
    ["River Police", "", "Ports Bureau", "", "20.10.2017", ""],
    ["Bridges Bureau", "BB", "Department of Transport", "0", "", ""],
]
WRITTEN = """
[[component]]
name = "Department of Transport"
acronym = "DOT"
due = 2017-10-13

[[component]]
name = "Ports Bureau"
acronym = "PB"
parent = "DOT"
expected = 1200
note = "by the sea"

[[component]]
name = "River Police"
parent = "Ports Bureau"
due = 2017-10-20

[[component]]
name = "Bridges Bureau"
acronym = "BB"
parent = "Department of Transport"
expected = 0
"""


def save(folder: Path, text: str, name: str = "tree.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def forms(folder: Path) -> list[Path]:
    with xlsxwriter.Workbook(folder / "tree.xlsx") as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
    lines = [",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in ROWS]
    return [save(folder, WRITTEN), save(folder, "\n".join(lines) + "\n", "tree.csv"), folder / "tree.xlsx"]


def test_every_form_says_the_same(tmp_path):
    toml, table, book = (load(path) for path in forms(tmp_path))
    assert toml.nodes == table.nodes == book.nodes
    assert toml.nodes[1] == Node(
        name="Ports Bureau", acronym="PB", parent="Department of Transport", expected=1200, note="by the sea"
    )
    assert [one.due for one in toml.nodes] == [date(2017, 10, 13), None, date(2017, 10, 20), None]
    assert toml.nodes[3].expected == 0
    assert (toml.name, toml.directive, toml.due, toml.stale_days) == ("", "", None, 14)
    assert toml.nodes[2].place.endswith("tree.toml:14")
    assert table.nodes[2].place.endswith("tree.csv:4")


def test_what_lies_where(tmp_path):
    tree = load(save(tmp_path, WRITTEN))

    def names(found: tuple[Node, ...]) -> list[str]:
        return [one.name for one in found]

    assert names(tree.below("Department of Transport")) == ["Ports Bureau", "River Police", "Bridges Bureau"]
    assert names(tree.below("")) == ["Department of Transport", *names(tree.below("Department of Transport"))]
    assert names(tree.above("River Police")) == ["Ports Bureau", "Department of Transport"]
    assert names(tree.leaves()) == ["River Police", "Bridges Bureau"]
    assert (tree.below("Harbour"), tree.above("Harbour"), tree.above("DOT")) == ((), (), ())
    days = {name: tree.due_of(name) for name in ("Ports Bureau", "River Police", "Harbour")}
    assert days == {"Ports Bureau": date(2017, 10, 13), "River Police": date(2017, 10, 20), "Harbour": None}


def test_the_tree_says_what_holds_for_all(tmp_path):
    tree = load(save(tmp_path, TREE))
    assert (tree.name, tree.directive, tree.due, tree.stale_days) == ("Department of Transport", ID, date(2017, 10, 13), 14)
    assert tree.due_of("Ports Bureau") == date(2017, 10, 13)
    assert tree.pack
    assert tree.pack.id == ID
    assert load(save(tmp_path, "stale_days = 30\n" + TREE)).stale_days == 30


def test_a_component_is_named_exactly(tmp_path):
    tree = load(save(tmp_path, '[[component]]\nname = "Ministère"\nacronym = "MIN"\n'))
    composed, decomposed = "Minist\u00e8re", "Ministe\u0300re"
    assert tree.named(composed) is tree.named(decomposed) is tree.named("MIN") is tree.nodes[0]
    for other in ("ministère", "Ministere", "min", "МIN", "Mini\u200bstère", "", "MINI"):
        assert tree.named(other) is None, other
    assert [tree.looks_like(other) for other in ("МIN", "Mini\u200bstère", "ministère", "Ministere", "MIN", "")] == [
        "MIN",
        "Ministère",
        "Ministère",
        "",
        "",
        "",
    ]


@pytest.mark.real
def test_the_federal_agencies_load_as_they_are(shared):
    tree = load(shared / "reference/fceb_agencies_2022.csv")
    assert len(tree.nodes) == 101
    nuclear = tree.named("NRC")
    assert nuclear
    assert nuclear.name == "Nuclear Regulatory Commission"


ONE = '[[component]]\nname = "Ports Bureau"\nacronym = "PB"\n'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('name = "Transport"\n', "", "the tree has no component"),
        (f'{ONE}[[component]]\nname = " "\n', "5", "`name` is empty"),
        (f'{ONE}[[component]]\nname = "Quay"\nparent = "Ports"\n', "6", "no component is called `Ports`"),
        (f'{ONE}[[component]]\nname = "PORTS  bureau"\n', "5", "`PORTS  bureau` is there already"),
        (f'{ONE}[[component]]\nname = "Post"\nacronym = "pb"\n', "6", "`pb` is there already"),
        (f'{ONE}[[component]]\nname = "PB"\n', "5", "`PB` is there already"),
        (f'{ONE}[[component]]\nname = "Роrts Bureau"\n', "5", "`Роrts Bureau` looks like `Ports Bureau`, and is written"),
        (f'{ONE}[[component]]\nname = "Ports\u200b Bureau"\n', "5", "is there already"),
        (f'{ONE}[[component]]\nname = "Post"\nacronym = "РВ"\n', "6", "`РВ` looks like `PB`"),
        (f'{ONE}parent = "PB"\n', "4", "`Ports Bureau` is a part of itself"),
        (
            "".join(f'[[component]]\nname = "{name}"\nparent = "{parent}"\n' for name, parent in ("CA", "AB", "BA")),
            "6",
            "`A` is a part of itself",
        ),
        (f'directive = "us-dhs-bod-17-1"\n{ONE}', "1", "no directive is called `us-dhs-bod-17-1`"),
        (f"{ONE}expectd = 4\n", "4", "unknown key `expectd`"),
        (f'{ONE}due = "soon"\n', "4", "`due` should be a date"),
        ("[[component]\n", "1", "Expected"),
    ],
)
def test_what_cannot_be_obeyed_is_said_with_its_line(tmp_path, text, line, message):
    path = save(tmp_path, text)
    with pytest.raises(SettingsError, match=message) as caught:
        load(path)
    assert caught.value.place == (f"{path}:{line}" if line else str(path))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("acronym\nPB\n", "1", "the column `name` is missing"),
        ("name,size\nPorts,3\n", "1", "unknown column `size`"),
        ("name,parent\nPorts,\nQuay,Prots\n", "3", "no component is called `Prots`"),
        ("name,parent\nPorts,Ports\n", "2", "is a part of itself"),
        ("name,acronym\nPorts,P\nPost,p\n", "3", "`p` is there already"),
        ("name,expected\nPorts,many\n", "2", "`expected` should be a whole number"),
    ],
)
def test_a_table_is_wrong_at_its_row(tmp_path, text, line, message):
    path = save(tmp_path, text, "tree.csv")
    with pytest.raises(SettingsError, match=message) as caught:
        load(path)
    assert caught.value.place == f"{path}:{line}"


def test_where_there_is_no_tree_it_says_which_files_may_be_one(tmp_path):
    with pytest.raises(SettingsError, match="there is no tree") as caught:
        load(tmp_path / "tree.toml")
    assert "tree.csv" in caught.value.hint


@given(st.lists(st.integers(-1, 12), min_size=1, max_size=14))
@tries(300)
def test_a_tree_has_every_component_once_and_a_circle_is_refused(tmp_path_factory, parents):
    """Component n lies in the one that `parents[n]` says; -1 and what is not there: in none."""
    size = len(parents)
    above = [one if 0 <= one < size else None for one in parents]
    rows = [f"C{turn:02},{'' if one is None else f'C{one:02}'}" for turn, one in enumerate(above)]
    path = save(tmp_path_factory.getbasetemp(), "\n".join(["name,parent", *rows, ""]), "any-tree.csv")
    try:
        tree = load(path)
    except SettingsError as error:
        tree, message = None, error.message
    else:
        message = ""
    if tree is None:
        assert "is a part of itself" in message
        assert any(circles(above, turn) for turn in range(size))
        return
    assert not any(circles(above, turn) for turn in range(size))
    assert sorted(one.name for one in tree.below("")) == [f"C{turn:02}" for turn in range(size)]
    for one in tree.nodes:
        assert all(one in tree.below(higher.name) for higher in tree.above(one.name))
        assert bool(tree.below(one.name)) == (one not in tree.leaves())


def circles(above: list[int | None], start: int) -> bool:
    at: int | None = start
    for _ in range(len(above) + 1):
        if at is None:
            return False
        at = above[at]
    return True


def test_a_tree_may_be_as_deep_as_it_likes(tmp_path):
    deep = 3000
    rows = [f"C{turn},{f'C{turn - 1}' if turn else ''}" for turn in range(deep)]
    tree = load(save(tmp_path, "\n".join(["name,parent", *rows, ""]), "tree.csv"))
    assert len(tree.above(f"C{deep - 1}")) == len(tree.below("C0")) == deep - 1
    assert [one.name for one in tree.leaves()] == [f"C{deep - 1}"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ports Bureau", "Роrts Вurеаu"),
        ("NASA", "ΝΑЅΑ"),
        ("HUD", "Н\u2063UD"),
        ("Office of Ships", "Ｏｆｆｉｃｅ of Ships"),
        ("Inspector's Office", "Inspector’s Office"),
        ("Coast-Guard", "Coast–Guard"),
        ("École", "E\u0301cole"),
    ],
)
def test_look_alikes_are_seen(one, other):
    assert skeleton(one) == skeleton(other)
    tree = Hierarchy(nodes=(Node(name=one),))
    assert tree.looks_like(other) == ("" if tree.named(other) else one)


@pytest.mark.parametrize(("one", "other"), [("Ports", "Pörts"), ("Region 1", "Region l"), ("DOI", "DOL"), ("Мир", "Мор")])
def test_what_a_person_can_tell_apart_is_no_look_alike(one, other):
    assert skeleton(one) != skeleton(other)
