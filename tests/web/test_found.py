"""What was found: the pages of a host, of the products and of the titles, and that every number on them is the size of a list."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from tests.dashboards import client, opened
from tests.months import Said, save
from tests.packs import HEAD as PACK_HEAD

from fullcount.kept import kept_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

PACK = f"""\
id: acme
{PACK_HEAD}
sources: {{ours: "An export, seen by hand"}}
entities:
  - {{id: acme, name: Acme Inc, role: principal, source: ours, aliases: [Acme]}}
scope: {{branded: in, white_label: out}}
requires: {{windows: [program]}}
clocks: [{{id: one, kind: [report], anchor: issued, offset: 30}}]
products:
  - {{id: guard, name: Acme Guard, family: Guard, kind: tool, scope: branded}}
  - {{id: vault, name: Acme Vault, family: Vault, kind: tool, scope: branded}}
  - {{id: other, name: Guard by another, family: Guard, kind: tool, scope: white_label}}
  - {{id: never, name: Acme Never, family: Never, kind: tool, scope: branded}}
signatures:
  - {{id: guard-name, product: guard, grade: name, source: ours, name: {{words: acme guard}}}}
  - {{id: guard-agent, product: guard, grade: name, source: ours, name: {{words: gd agent}}}}
  - {{id: vault-name, product: vault, grade: name, source: ours, name: {{words: acme vault}}}}
  - {{id: vault-file, product: vault, grade: proof, source: ours, package: {{equals: acme-vault}}}}
  - {{id: other-name, product: other, grade: name, source: ours, name: {{words: white guard}}}}
  - {{id: never-name, product: never, grade: name, source: ours, name: {{words: acme never}}}}
"""
HEAD = "PSComputerName,SerialNumber,DisplayName,DisplayVersion,Publisher\n"
GUARD = "Acme Guard 5,5.0,Acme Inc"
EVIL = "<script>alert(1)</script> Acme Guard \u202e"
AUGUST = f"{HEAD}PC-2,S000002,{GUARD}\nPC-1,S000001,{GUARD}\nPC-1,S000001,7-Zip 16.04,16.04,Igor Pavlov\n"
OCTOBER = (
    f"{HEAD}"
    f"PC-1,S000001,{GUARD}\nPC-1,S000001,GD Agent,1.0,Acme Inc\nPC-1,S000001,Odd thing,1.0,Nobody\n"
    "PC-1,S000001,Acme Vault,2.0,Acme Inc\n"
    "PC-2,S000002,7-Zip 16.04,16.04,Igor Pavlov\n"
    "PC-3,S000003,White Guard,1.0,Somebody\n"
    f"PC-4,AB/12/34,Odd thing,1.1,Nobody\nPC-4,AB/12/34,{GUARD}\nPC-4,AB/12/34,Acme Guardd,1.1,Acme Inc\n"
    f'PC-5,S000005,"{EVIL}",5.1,Acme Inc\nPC-5,S000005,\u30a2\u30af\u30e1 \uff27\uff35\uff21\uff32\uff24,1,Acme Inc\n'
)
DIRECTORY = "Computer,Serial,Seen\nPC-1,S000001,2017-10-09\nPC-9,S000009,2017-10-09\n"
TOML = """
directives = ["{pack}"]
[[table]]
name = "directory"
match = "directory.csv"
lists = "machines"
[table.columns]
hostname = "Computer"
serial = "Serial"
heard_at = "Seen"
[[component]]
name = "Ports"
prefix = ["PC-1", "PC-4"]
"""


def ran(*arguments: str | Path) -> str:
    done = Said(*arguments)
    assert done.code == 0, done.output
    return done.out


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that was counted twice, with a decision between."""
    base = tmp_path_factory.mktemp("found")
    save(base / "pack", "directive.yaml", PACK)
    save(base / "exports", "2017-08-01/programs.csv", AUGUST)
    save(base / "exports", "2017-10-10/programs.csv", OCTOBER)
    save(base / "exports", "2017-10-10/directory.csv", DIRECTORY)
    save(base / "work", "fullcount.toml", TOML.format(pack=(base / "pack").as_posix()))
    work = base / "work"
    ran("read", base / "exports", "-w", work, "-q")
    ran("count", "-w", work)
    ran("decide", "Odd thing", "is", "--product", "guard", "--why", "seen by hand", "--by", "A. Berg", "-w", work)
    ran("count", "-w", work)
    return work


@pytest.fixture(scope="module")
def browser(work: Path) -> Iterator[TestClient]:
    with opened(work) as house:
        yield client(house)


def shown(browser: TestClient, path: str, code: int = 200) -> str:
    answer = browser.get(f"/last/acme/{path}" if not path.startswith("/") else path)
    assert answer.status_code == code, answer.text
    return answer.text


def numbers(page: str) -> list[tuple[int, str]]:
    """Every number with a list behind it, and where that is."""
    found = re.findall(r'<a class="n" href="([^"]+)" data-n="(\d+)"', page)
    return [(int(value), unescape(where)) for where, value in found]


def total(page: str) -> int:
    said = re.search(r'id="total" data-total="(\d+)"', page)
    assert said, page
    return int(said[1])


def number_of(browser: TestClient, name: str) -> int:
    file = browser.get(f"/last/acme/all-titles.parquet?name={quote(name)}")
    (row,) = pq.read_table(io.BytesIO(file.content)).to_pylist()
    return int(row["title"])


HOSTS = ("serial:S000001", "serial:S000002", "serial:AB/12/34", "serial:S000005", "PC-9")


@pytest.mark.parametrize("path", ["products", "titles", *(f"host/{host}" for host in HOSTS)])
def test_every_number_is_the_size_of_its_list(browser: TestClient, path: str) -> None:
    found = numbers(shown(browser, path))
    assert found
    assert {where: total(shown(browser, where)) for _, where in found} == {where: value for value, where in found}


class TestHost:
    def test_it_stands_there_for_a_reason_and_something_would_change_it(self, browser: TestClient) -> None:
        page = shown(browser, "host/serial:S000001")
        assert "<h1><bdi>PC-1</bdi></h1>" in page
        assert "seen, since" in page
        assert "an exemption in fullcount.toml" in page
        assert "removed, verified" in shown(browser, "host/serial:S000002")

    def test_evidence_names_file_and_place_and_the_decision_that_it_rests_on(self, browser: TestClient) -> None:
        page = shown(browser, "host/serial:S000001")
        assert "2017-10-10/programs.csv</bdi>, <bdi>row</bdi> 4" in page
        assert re.search(r"decision 1 by A\. Berg on [0-9-]+: seen by hand", page)
        assert "answered by a later complete look" in shown(browser, "host/serial:S000002")

    def test_records_are_one_machine_by_clues(self, browser: TestClient) -> None:
        page = shown(browser, "host/serial:S000001")
        assert page.count(">serial <b><bdi>") >= 3
        assert re.search(r"#\d+ = #\d+", page)
        assert "Link or split records" in page

    def test_each_look_and_each_sighting_is_a_mark(self, browser: TestClient) -> None:
        strip = re.search(r'<svg class="strip" .*?</desc>(.*?)</figure>', shown(browser, "host/serial:S000002"), re.DOTALL)
        assert strip
        marks = re.findall(r'<svg class="([a-z-]+)" x="[0-9.]+%"', strip[1].partition("<figcaption>")[0])
        assert sorted(marks) == ["complete", "complete", "does-not-count"]

    def test_it_stood_somewhere_in_each_count(self, browser: TestClient, work: Path) -> None:
        page = shown(browser, "host/serial:AB/12/34")
        links = re.findall(r'<a href="(/[0-9a-f]{16}/acme/host/[^"]+)">', page)
        assert len(links) == len(list(work.glob("counts/*"))) == 2
        for link in links:
            assert "<bdi>PC-4</bdi>" in shown(browser, link)

    def test_its_ids_are_on_no_list_so_that_a_list_can_show_it(self, browser: TestClient) -> None:
        def ids(page: str) -> set[str]:
            return set(re.findall(r'\bid="([^"]+)"', page.partition('<main id="main"')[2]))

        assert ids(shown(browser, "host/serial:S000001"))
        assert not ids(shown(browser, "host/serial:S000001")) & (ids(shown(browser, "hosts")) | {"main"})

    def test_what_an_inventory_says_is_text(self, browser: TestClient) -> None:
        page = shown(browser, "host/serial:S000005")
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page
        assert "\u202e" not in page

    def test_there_is_no_such_host(self, browser: TestClient) -> None:
        assert "no machine in this count is called nobody" in shown(browser, "host/nobody", 404)


class TestProducts:
    def test_a_system_is_counted_once_whatever_found_the_product(self, browser: TestClient, work: Path) -> None:
        # PC-1 has the guard by two signatures and a decision
        page = shown(browser, "products")
        assert {(value, where.partition("?")[2]) for value, where in numbers(page)} >= {
            (3, "product=guard"),
            (1, "product=vault"),
            (3, "product=guard&kind=installed"),
            (2, "product=guard&component=Ports"),
        }
        for count in work.glob("counts/*"):
            rows = [(row["directive"], row["host"], row["product"]) for row in kept_rows(count, "findings") if _is_counted(row)]
            assert len(rows) == len(set(rows))

    def test_products_stand_under_what_became_of_them(self, browser: TestClient) -> None:
        page = shown(browser, "products")
        counted, _, rest = page.partition("Seen, but nothing that counts now")
        seen, _, never = rest.partition("that no source has on a system")
        assert [name for name in ("Acme Guard", "Acme Vault") if name in counted] == ["Acme Guard", "Acme Vault"]
        assert "Guard by another" in seen
        assert "Acme Never" in never
        assert '<span class="note"><bdi>Vault</bdi></span>' in counted


def _is_counted(row: dict[str, Any]) -> bool:
    return bool(row["counts"] and row["is_open"])


class TestTitles:
    def test_titles_that_the_directive_speaks_of_stand_with_their_systems(self, browser: TestClient) -> None:
        page = shown(browser, "titles")
        number = number_of(browser, "Acme Guard 5")
        assert (3, f"title={number}") in {(value, where.partition("?")[2]) for value, where in numbers(page)}
        assert "Nobody has decided" not in page

    def test_near_ones_lead_to_their_systems(self, browser: TestClient) -> None:
        page = shown(browser, "titles")
        near = [(value, where) for value, where in numbers(page) if "near=" in where]
        assert near
        assert "PC-4" in "".join(shown(browser, where) for _, where in near)

    @pytest.mark.parametrize(
        ("asked", "names"),
        [
            ("q=\uff41\uff43\uff4d\uff45+VAULT", {"Acme Vault"}),
            ("q=guard&publisher=SOMEBODY", {"White Guard"}),
            ("name=gd", {"GD Agent"}),
            ("q=\u30a2\u30af\u30e1", {"\u30a2\u30af\u30e1 \uff27\uff35\uff21\uff32\uff24"}),
            ("q=16.04", {"7-Zip 16.04"}),
            ("q=%25", set()),
        ],
    )
    def test_any_field_is_searched_folded(self, browser: TestClient, asked: str, names: set[str]) -> None:
        page = shown(browser, f"all-titles?{asked}")
        file = browser.get(f"/last/acme/all-titles.parquet?{asked}")
        rows = pq.read_table(io.BytesIO(file.content)).to_pylist()
        assert {row["name"] for row in rows} == names
        assert total(page) == len(rows)

    def test_a_title_shows_its_fields_and_the_words_of_the_signature(self, browser: TestClient) -> None:
        page = shown(browser, f"title/{number_of(browser, 'Acme Guard 5')}")
        assert "By the signature <b><bdi>guard-name</bdi></b>: name has the words “acme guard”" in page
        assert "An export, seen by hand" in page
        assert "2017-08-01/programs.csv" in page
        ((value, where),) = numbers(page)
        assert (value, total(shown(browser, where))) == (3, 3)

    def test_the_words_of_another_version_of_the_pack_are_not_shown(self, browser: TestClient, work: Path) -> None:
        pack = work.parent / "pack" / "directive.yaml"
        pack.write_text(PACK.replace("words: acme guard", "words: acme"), "utf-8")
        page = shown(browser, f"title/{number_of(browser, 'Acme Guard 5')}")
        assert "The pack of this count is not at hand" in page
        pack.unlink()
        assert "Acme Guard" in shown(browser, "products")
        pack.write_text(PACK, "utf-8")
        assert "name has the words" in shown(browser, f"title/{number_of(browser, 'Acme Guard 5')}")

    def test_a_decided_title_says_so(self, browser: TestClient) -> None:
        file = browser.get("/last/acme/matched-titles.parquet?by=people")
        rows = pq.read_table(io.BytesIO(file.content)).to_pylist()
        assert [(row["called"], row["version"]) for row in rows] == [("Odd thing", "1.0"), ("Odd thing", "1.1")]
        assert "A person decided it" in shown(browser, f"title/{rows[0]['title']}")

    def test_a_title_that_nothing_speaks_of(self, browser: TestClient) -> None:
        page = shown(browser, f"title/{number_of(browser, '7-Zip')}")
        assert "no signature matches it" in page
        assert "removed, verified" in page

    @pytest.mark.parametrize("part", ["99999", "x", "-1", "9" * 30, "1/2"])
    def test_there_is_no_such_title(self, browser: TestClient, part: str) -> None:
        assert f"no title has the number {part}" in shown(browser, f"title/{part}", 404)
