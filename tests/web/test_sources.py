"""The pages of sources, of one file, of two counts compared and of all counts: what they say, and that every number is a list."""

from __future__ import annotations

import csv
import html
import io
import re
import shutil
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient
from tests.months import CLEAN, EVIL, FOUND, HEAD, Said, save

from fullcount import chain, ledger
from fullcount.diff import LISTS
from fullcount.web import compared
from fullcount.web.app import app
from fullcount.web.counts import Counts
from fullcount.web.guard import Rules
from fullcount.web.house import House
from fullcount.web.job import Jobs
from fullcount.web.shelf import Shelf
from fullcount.web.views import is_list
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOD = "us-dhs-bod-17-01"
TOML = f"""
directives = ["{BOD}"]

[[table]]
name = "register"
match = "register.csv"
lists = "machines"
howto = "ask {{the}} depot"
[table.columns]
hostname = "Host"
serial = "Serial"
"""
IMAGE = "Package: curl\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n"
FIGURE = re.compile(r'<a class="n" href="([^"]*)" data-n="(-?\d+)"')
TOTAL = re.compile(r'data-total="(\d+)"')


def inventory(machines: dict[str, str]) -> str:
    return HEAD + "".join(f"PC-{name},5CG710{name},{software}\n" for name, software in machines.items())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two counts: in the second, one machine has it no longer, one has it now, and one file was saved anew under its name."""
    base = tmp_path_factory.mktemp("sources")
    first, second, into = base / "first", base / "second", base / "work"
    programs = inventory({"GONE": FOUND, "NEW": CLEAN, "STAYS": FOUND})
    save(first, "programs.csv", f"{programs}PC-X,one cell too few\n")
    save(first, "register.csv", "Host,Serial\nPC-GONE,5CG710GONE\nPC-LISTED,5CG710LISTED\n")
    save(first, "LX-1.status", IMAGE)
    save(first, "LX-2.status", IMAGE)
    save(first, "junk.bin", "\0\1nothing")
    programs = inventory({"GONE": CLEAN, "NEW": FOUND, "STAYS": FOUND})
    save(second, "programs.csv", f"{programs}PC-Y,{EVIL}\nPC-Z,again\n")
    save(into, "fullcount.toml", TOML)
    for folder, day in ((first, "2017-10-01"), (second, "2017-10-08")):
        assert Said("count", folder, "-w", into, "-q", "--collected-at", day).code == 0
    workspace = Workspace(into)
    with ExitStack() as stack:
        shelf = Shelf(workspace, stack.enter_context(workspace.spilling()))
        rules = Rules(hosts=frozenset({"testserver"}), cookie="", keys=None)
        yield House(workspace=workspace, shelf=shelf, jobs=Jobs(workspace), rules=rules, address="http://testserver")


@pytest.fixture(scope="module")
def client(house: House) -> TestClient:
    return TestClient(app(house))


@pytest.fixture(scope="module")
def names(house: House) -> tuple[str, str]:
    """The two counts, the one made first first."""
    one, other = (counted.folder.name for counted in chain.kept_counts(house.workspace))
    return one, other


def shown(client: TestClient, path: str) -> Any:
    answer = client.get(path if path.startswith("/") else f"/last/{BOD}/{path}")
    assert answer.status_code == 200, answer.text
    return answer


def digests(house: House, name: str) -> list[str]:
    return sorted(row.digest for row in chain.last(house.workspace).accounts[0].sources if row.name == name)


def figures(client: TestClient, path: str) -> dict[str, int]:
    """The numbers of a page by the address of their list, each of which has as many rows."""
    found = {html.unescape(where): int(value) for where, value in FIGURE.findall(shown(client, path).text)}
    for where, value in found.items():
        total = TOTAL.search(shown(client, where).text)
        assert total
        assert (where, int(total[1])) == (where, value)
    return found


def ending(found: dict[str, int], end: str) -> int:
    (value,) = (value for where, value in found.items() if where.endswith(end))
    return value


# -- sources ---------------------------------------------------------------------------------------------------------------


def test_every_number_of_the_sources_is_as_long_as_its_list(client: TestClient) -> None:
    found = figures(client, "sources")
    assert ending(found, f"{BOD}/files") == 5
    assert ending(found, "/records?tool=uninstall") == 6
    assert ending(found, "/hosts?tool=register&not_tool=uninstall") == 1
    assert ending(found, "/hosts?tool=uninstall&not_tool=register") == 2
    assert ending(found, "/hosts?tool=uninstall&and_tool=register") == 1
    assert ending(found, "/hosts?seen_by=uninstall&alone=yes") == 2
    assert ending(found, "/rejects") == 3
    assert ending(found, "/left-files") == 1


def test_each_tool_says_what_it_sees_and_how_its_export_is_made(client: TestClient) -> None:
    text = shown(client, "sources").text
    for tool in ("uninstall", "register", "dpkg-status"):
        assert text.count(f'id="{tool}"') == 1
        assert f'href="#{tool}"' in text
    assert "a script that reads one registry view misses the programs of the other" in text
    assert "ask {the} depot" in text  # as the organisation says it in the settings that the count kept
    assert "mapped by the organisation itself" in text
    assert "no reader claims this file" in text


def test_links_of_the_matrix_lead_to_the_blocks_of_the_tools(client: TestClient) -> None:
    anchors = re.findall(r'href="[^"]*/sources#([^"]*)"', shown(client, "").text)
    assert sorted(anchors) == ["dpkg-status", "register", "uninstall"]
    assert set(anchors) <= set(re.findall(r' id="([^"]*)"', shown(client, "sources").text))


# -- one file --------------------------------------------------------------------------------------------------------------


def test_a_file_that_was_saved_anew_under_its_name_has_its_own_lists(client: TestClient, house: House) -> None:
    numbers = []
    for digest in digests(house, "programs.csv"):
        found = figures(client, f"source/{digest}")
        numbers.append((ending(found, f"/rejects?source=programs.csv&digest={digest}"), sum(found.values())))
    # three records each, and three systems by what its looks at them are worth
    assert sorted(numbers) == [(1, 1 + 3 + 3), (2, 2 + 3 + 3)]
    assert TOTAL.search(shown(client, "rejects?source=programs.csv").text)[1] == "3"  # type: ignore[index]


def test_files_with_the_same_bytes_are_shown_together(client: TestClient, house: House) -> None:
    (digest,) = digests(house, "LX-1.status")
    text = shown(client, f"source/{digest}").text
    assert "<h1>2 files with the same content</h1>" in text
    assert [text.count(f"<bdi>{name}</bdi>") for name in ("LX-1.status", "LX-2.status")] == [1, 1]
    found = figures(client, f"source/{digest}")
    assert ending(found, f"/records?source=LX-1.status&digest={digest}") == 1


def test_what_could_not_be_used_is_shown_word_for_word_and_harmless(client: TestClient, house: House) -> None:
    texts = [shown(client, f"source/{digest}").text for digest in digests(house, "programs.csv")]
    assert sum("PC-Y,\\u{1b}]0;owned\\u{7}\\u{1b}[2Jevil" in text for text in texts) == 1
    assert not any("\x1b" in text for text in texts)
    assert all("said by a person when the file was read" in text for text in texts)


def test_a_digest_that_no_file_has_is_told(client: TestClient) -> None:
    answer = client.get(f"/last/{BOD}/source/{'0' * 64}")
    assert (answer.status_code, "no file of this count has the digest" in answer.text) == (404, True)


def test_the_list_of_files_leads_to_their_pages_and_their_rejects(client: TestClient, house: House) -> None:
    found = figures(client, "files")
    for digest in digests(house, "programs.csv"):
        assert f"/source/{digest}" in shown(client, "files").text
        assert ending(found, f"/records?source=programs.csv&digest={digest}") == 3


# -- compared --------------------------------------------------------------------------------------------------------------


def test_every_number_of_the_comparison_is_as_long_as_its_list(client: TestClient, house: House, names: tuple[str, str]) -> None:
    found = figures(client, "compare")
    both = f"before={names[0]}&after={names[1]}"
    said = Said("diff", "-w", house.workspace.folder, "--json").document()["directives"][0]
    for one in said["lists"]:
        assert ending(found, f"/compare/list?{both}&list={one['list']}") == one["systems"]
    assert [one["systems"] for one in said["lists"] if one["list"] in {"new", "removed"}] == [1, 1]
    assert ending(found, f"/compare/list?{both}&side=entered") == said["entered"] == 1
    assert ending(found, f"/compare/list?{both}&side=left") == said["left"] == 1
    assert ending(found, f"/{names[0]}/{BOD}/hosts?standing=with+it") == 2
    assert ending(found, f"/compare/files?{both}&how=added") == 1
    assert ending(found, f"/compare/list?{both}&list=new&detail=known+before+and+looked+at") == 1


def test_bars_say_how_one_number_becomes_the_other(client: TestClient) -> None:
    text = shown(client, "compare").text
    table = text[text.index('<table id="sum">') :]
    bars = re.findall(r'<desc[^>]*>([^<]*)</desc><rect class="([a-z-]+)" x="([0-9.]+)%" y="1" width="([0-9.]+)%"', table)
    assert bars == [
        ("with it before: 2.", "with-it", "0.000", "66.667"),
        ("new: 1.", "with-it", "66.667", "33.333"),
        ("removed: 1.", "without-it", "66.667", "33.333"),
        ("with it after: 2.", "with-it", "0.000", "66.667"),
    ]


def test_the_other_way_round_is_another_comparison(client: TestClient, names: tuple[str, str]) -> None:
    both = f"before={names[1]}&after={names[0]}"
    found = figures(client, f"compare?{both}")
    assert ending(found, f"/compare/files?{both}&how=left+out") == 1
    assert "PC-GONE" in shown(client, f"compare/list?{both}&side=entered").text


def test_a_list_of_a_comparison_keeps_its_counts_while_it_is_filtered(client: TestClient, names: tuple[str, str]) -> None:
    both = f"before={names[0]}&after={names[1]}"
    text = shown(client, f"compare/list?{both}&list=new").text
    assert re.findall(r'<input type="hidden" name="(before|after)" value="([^"]*)">', text) == [
        ("before", names[0]),
        ("after", names[1]),
    ]
    assert f'href="/last/{BOD}/compare/list?before={names[0]}&amp;after={names[1]}">All</a>' in text
    assert f"/{names[1]}/{BOD}/compare?before={names[0]}&amp;after={names[1]}" in text
    assert f'class="host" href="/{names[1]}/{BOD}/host/serial%3A5CG710NEW"' in text


def test_a_list_of_a_comparison_is_a_file_too(client: TestClient, names: tuple[str, str]) -> None:
    answer = shown(client, f"compare/list.csv?before={names[0]}&after={names[1]}&list=removed")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["name"], row["before_standing"], row["after_standing"]) for row in rows] == [
        ("PC-GONE", "with it", "without it")
    ]
    assert answer.headers["X-Fullcount-Rows"] == "1"
    assert f"{BOD}-2017-10-08-{names[1]}-compare-list-filtered.csv" in answer.headers["Content-Disposition"]
    for form in ("xlsx", "parquet"):
        assert shown(client, f"compare/files.{form}").content


def test_a_list_of_a_comparison_can_be_a_saved_view() -> None:
    assert is_list(f"{BOD}/compare/list?list=new")
    assert not is_list(f"{BOD}/compare")
    assert not is_list("../compare/list")
    assert not is_list("compare/list")


def test_pages_without_two_counts_say_so(client: TestClient, names: tuple[str, str]) -> None:
    assert "No count was made before this one" in shown(client, f"/{names[0]}/{BOD}/compare").text
    assert "That is one count twice" in shown(client, f"compare?before={names[0]}&after={names[0]}").text
    assert client.get(f"/{names[0]}/{BOD}/compare/list").status_code == 404
    answer = client.get(f"/last/{BOD}/compare?before=nothing")
    assert (answer.status_code, "no count is called nothing" in answer.text) == (404, True)


def test_two_who_ask_at_once_get_one_comparison_and_few_are_kept(
    house: House, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = compared.Pairs(house.workspace, house.shelf.spill)
    found: list[compared.Pair] = []
    asking = [threading.Thread(target=lambda: found.append(pairs.of(*names))) for _ in range(3)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert len(found) == 3
    assert len({id(one) for one in found}) == 1
    monkeypatch.setattr(compared, "PAIRS", 1)
    pairs.of(names[1], names[0])
    assert list(pairs.made) == [(names[1], names[0])]
    assert found[0].engine.ask("select count(*) as rows from diff_list", {}).num_rows == 1  # a page may still ask it


# -- counts ----------------------------------------------------------------------------------------------------------------


def test_all_counts_stand_with_their_numbers_and_lead_to_their_pages(client: TestClient, names: tuple[str, str]) -> None:
    found = figures(client, "counts")
    for name in names:
        assert ending(found, f"/{name}/{BOD}/hosts?standing=with+it") == 2
    text = shown(client, "counts").text
    assert [one for one in re.findall(r"<code>(\w+)</code>", text) if one in names][:2] == [names[1], names[0]]
    assert f'<a href="/{names[0]}/{BOD}/">2017-10-01</a>' in text
    assert f"compare?before={names[0]}&amp;after={names[1]}" in text
    assert f'href="/last/{BOD}/counts"' in shown(client, "compare").text


def test_a_count_that_was_asked_for_again_comes_after_the_one_before_it(
    house: House, names: tuple[str, str], tmp_path: Path
) -> None:
    workspace = Workspace(shutil.copytree(house.workspace.folder, tmp_path / "copy"))
    counts = Counts(workspace)
    assert [counts.before(name) for name in names] == ["", names[0]]
    ledger.append(workspace.ledger, "count", count=names[0])
    assert [counts.before(name) for name in names] == [names[1], names[0]]
    assert counts.before(names[0]) == chain.named(workspace, "previous").folder.name
    assert [one.name for one in counts.kept()] == [names[1], names[0]]
    assert counts.before("0" * 16) == ""


def test_a_reader_that_is_gone_is_no_error(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fullcount.readers.READERS", ())
    text = shown(client, "sources?anew=1").text
    assert text.count("This reader is no longer part of fullcount") == 2
    assert "ask {the} depot" in text


def test_the_lists_of_a_comparison_are_those_that_diff_knows() -> None:
    assert {name for side in compared.SIDES.values() for name in side} == set(LISTS)
