"""The counts over time on the page of a count: which are drawn, that each is read once, that numbers are those of lists."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.dashboards import client, opened
from tests.packs import BOD

from fullcount import chain
from fullcount.cli import cli
from fullcount.directive import folder_of
from fullcount.errors import UsageError
from fullcount.web.counts import Counts
from fullcount.web.course import Courses
from fullcount.web.packs import Packs
from fullcount.web.shelf import Shelf
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from fullcount.web.house import House

HEAD = "PSComputerName,DisplayName,DisplayVersion,Publisher\n"
FOUND = "PC-{},Kaspersky Endpoint Security 10,10.3,Kaspersky Lab\n"
OTHER = "PC-{},Notepad,1.0,Somebody\n"
DAYS = {"2017-09-20": 3, "2017-09-30": 2, "2017-10-12": 1}  # of three machines, those on which it is


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A count as of each of three days; of the last day two, since a fourth machine was read later."""
    folder = tmp_path_factory.mktemp("over-time")
    (folder / "fullcount.toml").write_text(f'directives = ["{BOD.id}"]\n', "utf-8")
    for day, number in DAYS.items():
        rows = [(FOUND if turn <= number else OTHER).format(turn) for turn in (1, 2, 3)]
        count(folder, f"programs-{day}.csv", "".join(rows))
    count(folder, "more-2017-10-12.csv", FOUND.format(4))
    return folder


def count(folder: Path, name: str, rows: str) -> None:
    (folder / name).write_text(HEAD + rows, "utf-8")
    done = CliRunner().invoke(cli, ["count", str(folder / name), "-w", str(folder)])
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def house(work: Path) -> Iterator[House]:
    with opened(work) as found:
        yield found


@pytest.fixture(scope="module")
def browser(house: House) -> TestClient:
    return client(house)


def section(page: str) -> str:
    return page[page.index('<h2 id="over-time">') : page.index('<h2 id="reasons">')]


def test_each_day_has_its_last_count(work: Path) -> None:
    counts = chain.kept_counts(Workspace(work))
    assert [one.of().as_of for one in counts] == [*DAYS, max(DAYS)]
    points, left = Courses(Counts(Workspace(work)), reads=60).of(BOD.id)
    wanted = [counts[turn] for turn in (0, 1, 3)]
    assert [one.name for one in points] == [one.folder.name for one in wanted]
    assert [(one.with_it, one.not_covered, one.systems) for one in points] == [
        (total.with_it, total.not_covered, total.systems) for total in (one.of().total for one in wanted)
    ]
    assert len({one.with_it for one in points}) == len(DAYS)
    assert left == 0


def test_what_a_page_has_no_time_to_read_the_next_one_reads(work: Path) -> None:
    courses = Courses(Counts(Workspace(work)), reads=0)
    found = [courses.of(BOD.id) for _ in range(4)]
    assert [one.left for one in found] == [3, 2, 1, 0]
    assert [str(found[0].points[0].on)] == ["2017-10-12"]  # the newest first
    assert len(found[-1].points) == 3


def test_what_the_first_page_would_wait_for_is_read_beforehand(work: Path, tmp_path: Path) -> None:
    shelf = Shelf(Workspace(work), tmp_path)
    shelf.courses.reads = 0
    shelf.warm()
    held = shelf.open("last").engine.ask("select table_name from duckdb_tables()", {}).column("table_name").to_pylist()
    assert {"host_list", "clues"} <= set(held)
    assert set(shelf.counts.read) == {one.folder.name for one in chain.kept_counts(shelf.workspace)}


def test_the_next_count_is_taken_into_memory_too(work: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(work, tmp_path / "work")
    shelf = Shelf(Workspace(folder), tmp_path)
    shelf.warm()
    before = shelf.open("last")
    count(folder, "later-2017-10-20.csv", OTHER.format(1))
    shelf.warm()
    shelf.warm()  # again is no harm
    after = shelf.open("last")
    assert after is not before
    for one in (before, after):
        held = one.engine.ask("select table_name from duckdb_tables()", {}).column("table_name").to_pylist()
        assert {"host_list", "clues"} <= set(held)


def test_a_count_is_read_once_and_a_new_one_is_seen(work: Path, tmp_path: Path) -> None:
    here = Workspace(shutil.copytree(work, tmp_path / "work"))
    courses = Courses(Counts(here), reads=60)
    before = courses.of(BOD.id).points
    for one in here.counts.glob("*/accounts.json"):
        one.write_text("no longer read", "utf-8")
    assert courses.of(BOD.id).points == before
    shutil.copytree(work / "counts", here.counts, dirs_exist_ok=True)
    count(here.folder, "later-2017-10-20.csv", OTHER.format(1))
    assert [str(one.on) for one in courses.of(BOD.id).points][len(before) :] == ["2017-10-20"]


def test_numbers_of_other_counts_lead_to_their_lists(browser: TestClient) -> None:
    links = re.findall(r'class="n" href="([^"]+)" data-n="(\d+)"', section(browser.get(f"/last/{BOD.id}/").text))
    assert len(links) == 3 * len(DAYS)
    assert len({link.split("/")[1] for link, _ in links}) == len(DAYS)
    for link, number in links:
        answer = browser.get(link.replace("&amp;", "&"))
        assert f'data-total="{number}"' in answer.text, link


def test_page_draws_what_is_due_and_says_which_count_it_is_of(browser: TestClient, house: House) -> None:
    page = section(browser.get(f"/last/{BOD.id}/").text)
    assert re.findall(r'<text class="due"[^>]*>(\w+)</text>', page)[:3] == ["identify", "plan", "remove"]
    assert page.count('<circle class="ring" cx=') == 1
    assert "This count is not drawn" not in page
    assert re.search(r"Today, \d{4}-\d\d-\d\d, lies further to the right", page)
    drawn = {one.name for one in house.shelf.courses.of(BOD.id).points}
    superseded = next(one.folder.name for one in chain.kept_counts(house.workspace) if one.folder.name not in drawn)
    older = section(browser.get(f"/{superseded}/{BOD.id}/").text)
    assert "This count is not drawn: a later one of the same day is" in older
    assert '<circle class="ring" cx=' not in older


def test_picture_needs_no_style_of_its_own(browser: TestClient) -> None:
    page = section(browser.get(f"/last/{BOD.id}/").text)
    assert "style=" not in page
    assert "<script" not in page


def test_a_pack_is_loaded_once_until_it_changes(work: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(folder_of(BOD.id), folder)
    text = (folder / "directive.yaml").read_text("utf-8").replace(f"id: {BOD.id}\n", "id: ours\n", 1)
    (folder / "directive.yaml").write_text(text, "utf-8")
    (tmp_path / "fullcount.toml").write_text(f'directives = ["{folder.as_posix()}"]\n', "utf-8")
    packs = Packs(Workspace(tmp_path))
    account = chain.last(Workspace(work)).accounts[0]
    ours = replace(account, directive={**account.directive, "id": "ours"})
    first = packs.of(ours)
    assert packs.of(ours) is first
    (folder / "directive.yaml").write_text(text.replace("Kaspersky-branded", "K-branded"), "utf-8")
    assert packs.of(ours) is not first
    assert packs.of(account).id == BOD.id  # shipped, though the settings do not name it
    other = replace(account, directive={**account.directive, "id": "nobody"})
    assert packs.at_hand(other) is None
    with pytest.raises(UsageError, match="nobody is not known here"):
        packs.of(other)
