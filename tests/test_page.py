"""The page: self-contained, inert, readable by everyone, and in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts import HOSTILE, ODD, small
from tests.browsers import chromium, opened
from tests.pages import (
    ATTRIBUTES,
    ELEMENTS,
    naughty_account,
    page_of,
    written,
)

from fullcount.cell import number
from fullcount.chart import SLIVER, Part, patterns, stacked, standings, swatch, widths
from fullcount.reports.html import HTML, SHOWN
from fullcount.text import visible

TEMPLATE = Path(__file__).resolve().parents[1] / "src/fullcount/reports/page.html.j2"
STYLE = TEMPLATE.parents[1] / "data/page.css"


@pytest.mark.parametrize("account", ODD)
def test_page_is_self_contained_and_inert(account):
    page = page_of(account)
    assert page.elements <= ELEMENTS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    assert all(re.fullmatch(r"--signs: \d+", value) for name, value in page.attributes if name == "style")
    assert (
        "content",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
    ) in page.attributes
    assert all(char.isprintable() or char == "\n" for char in page.whole)


@pytest.mark.parametrize("kind", HOSTILE)
def test_page_shows_hostile_names(kind):
    page = page_of(f"hostile: {kind}")
    shown = visible(HOSTILE[kind])
    assert page.rows["tools"][1][0] == page.rows["products"][2][0] == shown
    assert page.rows["sources"][1][1] == page.rows["sources"][1][2] == shown


def test_page_names_a_part_of_many_sources_and_says_so():
    page = page_of("many sources")
    assert len(page.rows["sources"]) == SHOWN + 1
    assert "200 of 5,000 sources are shown" in page.whole
    assert "of 2 sources are shown" not in page_of("small").whole


def test_page_labels_its_numbers():
    assert "at least\n5\nof 24 systems, 20.8%" in page_of("small").whole
    assert "exact\n12\nof 12 systems, 100%" in page_of("everything exempt").whole
    assert "of 1 system, 100%" in page_of("one").whole
    assert "unknown: no source says when it was made" in page_of("no date").whole


def test_template_quotes_and_trusts_nothing():
    text = TEMPLATE.read_text("utf-8") + STYLE.read_text("utf-8")
    tags = re.findall(r"<[a-z][^<>]*\{\{[^<>]*>", text)
    assert tags
    for tag in tags:
        for before in re.findall(r"(.)\{\{", re.sub(r'="[^"]*"', "", tag)):
            pytest.fail(f"a value stands outside of quotes after {before!r} in {tag}")
    assert not re.search(r"\|\s*safe|autoescape|<script|href=|src=|@import|https?:", text)


@given(st.lists(st.integers(0, 10**13), max_size=6))
def test_widths_fill_the_bar_and_show_every_part(values):
    found = widths(values)
    assert sum(found) == pytest.approx(100 if any(values) else 0)
    assert all((width > 0) == (value > 0) for width, value in zip(found, values, strict=True))
    assert all(width >= SLIVER * 0.9 for width in found if width)


@pytest.mark.parametrize("account", ODD)
def test_pictures_are_well_formed_and_described(account):
    drawn = ElementTree.fromstring(stacked(standings(ODD[account].total), name="a", title=account, height=54))
    assert drawn.get("role") == "img"
    assert [element.get("id") for element in drawn if element.get("id")] == str(drawn.get("aria-labelledby")).split()
    for part in standings(ODD[account].total):
        assert not part.value or f"{part.label}: {number(part.value)} " in str(drawn.findtext("desc"))
    assert len(drawn.findall("rect")) == (sum(part.value > 0 for part in standings(ODD[account].total)) or 1)


def test_pictures_bear_hostile_words():
    for name in HOSTILE.values():
        drawn = ElementTree.fromstring(stacked([Part(name, name, 3)], name="a", title=name, height=54))
        assert drawn.findtext("title") == visible(name, 600)


def test_kinds_differ_without_colour():
    assert {element.get("id") for element in ElementTree.fromstring(patterns()).iter("pattern")} == {"hatch", "dots", "lines"}
    style = STYLE.read_text("utf-8")
    for kind in ("with-it", "exempt", "not-covered", "without-it"):
        assert f'class="{kind}"' in swatch(kind.replace("-", " "))
        assert f"rect.{kind} {{ fill:" in style


def schemes() -> list[dict[str, str]]:
    """The colours of the page, in the light and in the dark."""
    found = re.findall(r":root \{(.*?)\}", STYLE.read_text("utf-8"), re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): #(\w+)", block)) for block in found]


def luminance(colour: str) -> float:
    long = colour if len(colour) == 6 else "".join(char * 2 for char in colour)
    parts = [int(long[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast_is_aa(scheme):
    colours = schemes()[scheme]
    for text, ground in (
        ("ink", "page"),
        ("soft", "page"),
        ("ink", "panel"),
        ("soft", "panel"),
        ("on-with", "with"),
        ("ink", "without"),
    ):
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    edges = ("with", "exempt", "blind", "without-edge", "seen", "accent")
    for edge in edges:
        assert contrast(colours[edge], colours["page"]) >= 3, edge
    for figure, ground in (("exempt", "exempt-ground"), ("blind", "blind-ground"), ("seen", "seen-ground")):
        assert contrast(colours[figure], colours[ground]) >= 3, figure


@pytest.fixture(scope="module")
def browser():
    yield from chromium()


@pytest.mark.browser
@pytest.mark.parametrize("account", [name for name in ODD if name.startswith("hostile")])
def test_browser_asks_for_nothing_and_runs_nothing(browser, tmp_path, account):
    page, heard = opened(browser, tmp_path, written(HTML, ODD[account]))
    assert page.locator("script, img, iframe, object, a").count() == 0
    assert page.inner_text("#with-it") == "5"
    assert page.is_visible("#components")
    assert heard == []
    page.close()


@pytest.mark.browser
@pytest.mark.real
def test_browser_bears_naughty_names(browser, tmp_path):
    page, heard = opened(browser, tmp_path, written(HTML, naughty_account()))
    assert page.locator("script, img, iframe, object, a").count() == 0
    assert page.locator("#components tbody tr").count() == 500
    assert heard == []
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("account", ODD)
def test_page_fits_every_screen(browser, tmp_path, account):
    page, heard = opened(browser, tmp_path, written(HTML, ODD[account]))
    for width in (390, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for figure in page.query_selector_all(".figure, .of"):
            assert figure.evaluate("element => element.scrollWidth <= element.clientWidth + 1"), (width, figure.inner_text())
    assert heard == []
    page.close()


@pytest.mark.browser
def test_page_follows_the_scheme_and_prints_light_and_whole(browser, tmp_path):
    page, heard = opened(browser, tmp_path, written(HTML, small()))
    ground = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == "rgb(19, 23, 28)"
    assert not page.evaluate("document.querySelector('#sources').checkVisibility()")
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert page.evaluate("document.querySelector('#sources').checkVisibility({contentVisibilityAuto: true})")
    assert page.pdf(tagged=True).startswith(b"%PDF-")
    assert heard == []
    page.close()
