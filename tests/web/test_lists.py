"""Every number on every page is the size of its list, and every list can be filtered, ordered, paged and taken along."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections import Counter, deque
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook
from tests.dashboards import DIRECTIVE, newest

from fullcount.web.asked import Asked
from fullcount.web.export import FORMS
from fullcount.web.listing import Part
from fullcount.web.lists import LISTINGS
from fullcount.web.screens import SCREENS
from fullcount.web.screens.listed import PAGE

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

    from fullcount.web.house import House
    from fullcount.web.listing import Listing

HERE = f"/last/{DIRECTIVE}/"
NUMBER = re.compile(r'<a class="n" href="([^"]+)" data-n="(\d+)"')
BARE = re.compile(r'<span class="n bare" data-why="([^"]*)">')
SIZE = re.compile(r'id="total" data-total="(\d+)"')
LINK = re.compile(r'href="(/[^"#]*)')
MOST, ALIKE = 3000, 8  # pages that the crawl looks at; of those about one machine, title or file


def text(asking: TestClient, path: str, came_from: str = "") -> str:
    answer = asking.get(path)
    assert answer.status_code == 200, (path, came_from, answer.status_code, answer.text[-800:])
    return answer.text


def crawled(asking: TestClient, start: str) -> dict[str, str]:
    """All pages that links lead to, without orders and pages of lists, which have their own tests, and without files."""
    seen: dict[str, str] = {}
    waiting, came, kinds = deque([start]), {start: ""}, Counter[str]()
    while waiting:
        path = waiting.popleft()
        if path in seen or re.search(r"[?&](sort|page|told)=|/static/|\.(csv|xlsx|parquet|pdf|json|html|ics|zip)\b", path):
            continue
        seen[path] = text(asking, path, came[path])
        assert len(seen) < MOST, came
        # numbers are followed by the test itself, and from lists only hosts and files
        found = LINK.findall(NUMBER.sub("", seen[path]))
        for one in dict.fromkeys(found):
            if (address := urljoin(path, html.unescape(one))) not in came:
                came[address] = path
                kinds[kind := re.sub(r"(/(host|title|source)/).*", r"\1", address)] += 1
                if kinds[kind] <= ALIKE:
                    waiting.append(address)
    return seen


def test_every_number_on_every_page_is_the_size_of_its_list(asking: TestClient) -> None:
    pages = crawled(asking, HERE)
    sizes: dict[str, int] = {}
    numbers = 0
    for path, page in pages.items():
        assert all(BARE.findall(page)), path
        for href, value in NUMBER.findall(page):
            address = urljoin(path, html.unescape(href))
            if address not in sizes:
                found = SIZE.search(text(asking, address))
                assert found, (path, address)
                sizes[address] = int(found[1])
            assert sizes[address] == int(value), (path, address, value)
            numbers += 1
    assert numbers > 300
    reached = {path.partition("?")[0].split("/", 3)[-1] for path in pages}
    assert {screen.path for screen in SCREENS if "{" not in screen.path} - reached <= {"work"}, "what runs is not linked"


def test_the_sentence_is_that_of_the_account(asking: TestClient, house: House) -> None:
    found = re.search(r'id="sentence">(.*?)</p>', text(asking, HERE), re.DOTALL)
    assert found
    said = html.unescape(re.sub("<[^>]+>", "", found[1]))
    assert said == house.shelf.open("last").counted.of(DIRECTIVE).sentence


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda one: one.name)
def test_a_list_has_all_its_rows_in_every_form_under_every_filter(
    asking: TestClient, house: House, listing: Listing, odd: Path
) -> None:
    account = house.shelf.open("last").counted.of(DIRECTIVE)
    asked = [""]
    for one in listing.filters:
        values = [value for value, _ in one.choices(account)] if one.choices else ["dock", "%", "' or 1=1 --"]
        asked += [f"{one.names[0]}={value}" for value in values[:3]]
    for query in dict.fromkeys(asked):
        # a file of a part is made as one of the whole is: a CSV shows that it has the same part
        forms = ("csv",) if query else tuple(FORMS)
        page = text(asking, f"{HERE}{listing.path}?{query}")
        found = SIZE.search(page)
        assert found
        size = int(found[1])
        for form in forms:
            answer = asking.get(f"{HERE}{listing.path}.{form}?{query}")
            assert answer.status_code == 200, answer.text
            assert answer.headers["X-Fullcount-Rows"] == str(size)
            assert answer.headers["X-Fullcount-Count"] == newest(odd)
            assert newest(odd) in answer.headers["Content-Disposition"]
            assert rows_in(form, answer.content, account.directive["digest"]) == size
        if not query:
            shown = len(re.findall("<tr>", page)) - 1
            assert shown == min(size, PAGE) or (size == 0 and shown <= 0)


def rows_in(form: str, data: bytes, digest: str) -> int:
    """How many rows a file has, each of which says which directive it is of."""
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        assert all(row["digest"] == digest for row in rows)
        return len(rows)
    if form == "parquet":
        file = pq.ParquetFile(io.BytesIO(data))
        said = json.loads(file.schema_arrow.metadata[b"fullcount"])
        assert said["digest"] == digest
        assert said["rows"] == file.metadata.num_rows
        return int(file.metadata.num_rows)
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    about = {row[0]: row[1] for row in book.get_sheet_by_name("About").to_python()}
    assert about["digest"] == digest
    return len(book.get_sheet_by_name("List").to_python(skip_empty_area=False)) - 1


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda one: one.name)
def test_pages_of_a_list_hold_each_row_once_in_every_order(house: House, listing: Listing) -> None:
    opened = house.shelf.open("last")
    asked = Asked(house=house, opened=opened, account=opened.counted.of(DIRECTIVE), count="last", path=listing.path)
    engine = asked.behind(listing)
    for sort in ("", *(f"{sign}{one.name}" for one in listing.columns[:3] for sign in ("", "-"))):
        part = Part(listing=listing, directive=DIRECTIVE, values={}, sort=sort)
        whole = [str(row) for row in part.rows(engine, first=0, most=100_000)]
        step = max(7, len(whole) // 12)
        paged = [str(row) for first in range(0, len(whole) + step, step) for row in part.rows(engine, first=first, most=step)]
        assert paged == whole
        assert len(whole) == part.count(engine)


def test_an_order_that_there_is_not_is_said(asking: TestClient) -> None:
    answer = asking.get(f"{HERE}hosts?sort=nothing;drop+table+hosts")
    assert answer.status_code == 404
    assert "there is no column" in answer.text


def test_odd_numbers_in_an_address_do_no_harm(asking: TestClient) -> None:
    for page in ("0", "-1", "99999999999999", "x", "\u0661"):
        assert SIZE.search(text(asking, f"{HERE}hosts?page={page}"))


def test_filters_can_be_taken_away_one_by_one(asking: TestClient) -> None:
    page = text(asking, f"{HERE}hosts?standing=with+it&product=kes-windows&kind=installed")
    assert page.count("Take away the filter") == 2
    assert 'name="kind" value="installed"' in page
