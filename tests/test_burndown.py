"""The picture of how a count went: right for one count and for hundreds, for none and for five million systems."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st
from tests.browsers import chromium, opened

from fullcount.burndown import LONGEST, REACH, SINGLE, Course, Mark, Point, described, drawn, spot, ticks
from fullcount.chart import patterns

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ROOT = Path(__file__).resolve().parents[1] / "src/fullcount"
FIRST = date(2017, 9, 20)
HEIGHT = 220


def point(day: int, with_it: int, not_covered: int, systems: int = 0) -> Point:
    """A count as of so many days after the first."""
    on = FIRST + timedelta(days=day)
    name = f"count-{day}"
    return Point(
        name=name, on=on, systems=systems or with_it + not_covered, with_it=with_it, not_covered=not_covered, label="exact"
    )


def course(*points: Point, marks: tuple[Mark, ...] = (), today: int = 9999, shown: str = "") -> Course:
    return Course(points=points, marks=marks, today=FIRST + timedelta(days=today), shown=shown)


def tree(of: Course) -> Element:
    return ElementTree.fromstring(drawn(of, name="p"))


def found(of: Course, tag: str, kind: str) -> list[Element]:
    return [one for one in tree(of).iter(tag) if one.get("class") == kind]


def texts(of: Course, kind: str) -> list[str]:
    return [one.text or "" for one in found(of, "text", kind)]


@given(
    st.lists(st.tuples(st.integers(0, 5_000_000), st.integers(0, 5_000_000)), min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(-900, 900), st.text(max_size=40)), max_size=30),
    st.integers(-500, 900),
)
def test_everything_lies_within_the_picture(values, marks, today):
    points = [point(7 * turn, with_it, blind) for turn, (with_it, blind) in enumerate(values)]
    of = course(*points, marks=tuple(Mark(FIRST + timedelta(days=day), what) for day, what in marks), today=today)
    picture = tree(of)
    height = float(picture.get("height") or 0)
    for one in picture.iter():
        for name in ("x", "x1", "x2", "cx"):
            if (value := one.get(name, "")).endswith("%"):
                assert 0 <= float(value[:-1]) <= 100
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(one.get(name, "0")) <= height
        if one.get("class") == "not-covered":
            assert float(one.get("y", "")) + float(one.get("height", "")) <= height
            assert float(one.get("width", "").rstrip("%")) >= 0


def test_the_line_starts_at_zero_and_the_band_stands_on_it():
    of = course(point(0, 100, 300), point(30, 50, 150))
    ground = float(found(of, "line", "ground")[0].get("y1", ""))
    has = [float(one.get("cy", "")) for one in found(of, "circle", "has")]
    assert [ground - y for y in has] == pytest.approx([HEIGHT * 100 / 400, HEIGHT * 50 / 400])
    bands = [(float(one.get("y", "")), float(one.get("height", ""))) for one in found(of, "rect", "not-covered")]
    assert [y + height for y, height in bands] == pytest.approx(has)
    assert [height for _, height in bands] == pytest.approx([HEIGHT * 300 / 400, HEIGHT * 150 / 400])


def test_between_two_counts_the_earlier_one_stands():
    steps = found(course(point(0, 9, 0), point(10, 4, 0), point(90, 2, 0)), "line", "course")
    flat = [one for one in steps if one.get("y1") == one.get("y2")]
    assert len(flat) == 2
    assert len(steps) == 4
    assert flat[0].get("x2") == flat[1].get("x1")


def test_one_count_is_seen_with_what_is_not_known():
    of = course(point(0, 121, 317, 2005))
    assert len(found(of, "rect", "not-covered")) == 1
    assert texts(of, "sum") == ["121"]
    assert texts(of, "sum may") == ["438"]
    assert texts(of, "day") == ["2017-09-20"]


def test_nothing_is_drawn_as_nothing():
    of = course(point(0, 0, 0), point(7, 0, 0))
    assert not found(of, "rect", "not-covered")
    assert texts(of, "number") == ["0", "1"]
    assert texts(of, "sum") == ["0"]


def test_of_hundreds_a_few_have_a_mark():
    many = [point(7 * turn, 200 - turn, turn) for turn in range(200)]
    assert len(found(course(*many), "circle", "has")) == 2
    assert len(found(course(*many, shown="count-700"), "circle", "has")) == 3
    assert len(found(course(*many, shown="count-700"), "circle", "ring")) == 1
    assert len(found(course(*many[:SINGLE]), "circle", "has")) == SINGLE
    assert "200 counts." in described(course(*many))


def test_what_is_due_near_the_counts_is_drawn_and_what_is_far_is_not():
    marks = tuple(Mark(FIRST + timedelta(days=day), f"due-{day}") for day in (-REACH - 1, -REACH, 5, 5, REACH + 10, REACH + 11))
    of = course(point(0, 9, 0), point(10, 4, 0), marks=marks)
    assert [one.what for one in of.drawn] == [f"due-{-REACH}", "due-5", f"due-{REACH + 10}"]
    assert len(found(of, "line", "due")) == len(found(of, "path", "due")) == 3
    assert of.window == (marks[1].on, marks[4].on)


def test_what_is_due_on_one_day_is_one_mark():
    day = FIRST + timedelta(days=9)
    of = course(point(0, 9, 0), marks=(Mark(day, "plan"), Mark(day, "remove"), Mark(day, "plan", 2)))
    assert of.drawn == (Mark(day, "plan, remove"),)


def test_today_is_drawn_where_it_is_near():
    near, far = course(point(0, 9, 0), today=20), course(point(0, 9, 0), today=4000)
    assert texts(near, "today") == ["today"]
    assert near.window[1] == near.today
    assert not texts(far, "today")
    assert far.window == (FIRST, FIRST)


def test_names_do_not_meet_on_a_phone():
    marks = tuple(Mark(FIRST + timedelta(days=day), f"name-{day}") for day in range(0, 100, 2))
    of = course(point(0, 9, 0), point(99, 9, 0), marks=marks, today=50)
    rows: dict[str, list[tuple[float, float]]] = {}
    for one in (*found(of, "text", "due"), *found(of, "text", "today")):
        x, wide = float(one.get("x", "")[:-1]), 100 * 7.4 * len(one.text or "") / 270
        place = (x - wide, x) if one.get("text-anchor") == "end" else (x, x + wide)
        assert all(place[1] < a or b < place[0] for a, b in rows.get(one.get("y", ""), []))
        rows.setdefault(one.get("y", ""), []).append(place)
    assert len(rows) > 1
    assert len(found(of, "path", "due")) == len(marks)  # a mark has its shape, also where its name has no room


def test_what_recurs_often_is_named_once():
    marks = tuple(Mark(FIRST + timedelta(days=7 * turn), "status", turn) for turn in range(1, 15))
    assert texts(course(point(0, 9, 0), marks=marks), "due") == ["status"]


def test_names_are_shown_as_names():
    of = course(point(0, 9, 0), marks=(Mark(FIRST, "<b>&\u202e"), Mark(FIRST + timedelta(days=60), "x" * 90)))
    shown = texts(of, "due")
    assert "<b>&" in shown[0]
    assert "\u202e" not in drawn(of, name="p")
    assert len(shown[1]) == LONGEST


def test_picture_is_told_in_words():
    of = course(point(0, 100, 300, 900), point(30, 50, 150, 800), marks=(Mark(FIRST, "identify"),))
    picture = tree(of)
    assert picture.get("aria-labelledby") == "p-title p-desc"
    told = next(one.text for one in picture if one.get("id") == "p-desc")
    assert told == (
        "2 counts. As of 2017-09-20: with it 100 of 900, not covered 300. As of 2017-10-20: with it 50 of 800, not covered 150. "
        "Due: identify 2017-09-20. All numbers are in the table below."
    )


@pytest.mark.parametrize("kind", ["has", "may", "ring", "due", "today"])
def test_legend_has_the_shapes_of_the_picture(kind):
    assert f'class="{kind}"' in spot(kind)


def test_shapes_differ_without_colour():
    assert len({re.sub(r' class="\w+"', "", spot(kind)) for kind in ("has", "may", "ring", "due", "today")}) == 5


@pytest.fixture(scope="module")
def browser():
    yield from chromium()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1920])
def test_text_is_read_on_a_phone_and_on_a_wall(browser, tmp_path, width):
    marks = (Mark(FIRST + timedelta(days=23), "identify"), Mark(FIRST + timedelta(days=113), "status"))
    of = course(
        *(point(30 * turn, 5_000_000 - 900_000 * turn, 9000) for turn in range(6)), marks=marks, today=20, shown="count-60"
    )
    style = "".join((ROOT / name).read_text("utf-8") for name in ("data/page.css", "web/static/house.css"))
    body = f'<main><figure class="plot">{drawn(of, name="p")}</figure></main>'
    data = f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><style>{style}</style>{patterns()}{body}</html>'.encode()
    page, _ = opened(browser, tmp_path, data, viewport={"width": width, "height": 900})
    texts = page.evaluate(
        "[...document.querySelectorAll('svg.curve text')].filter(one => one.getClientRects().length).map(one => {"
        " const box = one.getBoundingClientRect();"
        " return [one.textContent, parseFloat(getComputedStyle(one).fontSize), box.left, box.right]; })"
    )
    page.close()
    assert {"6,000,000", "identify", "today", str(FIRST), "500,000"} <= {one[0] for one in texts}
    assert min(size for _, size, _, _ in texts) >= 12
    assert all(0 <= left < right <= width for _, _, left, right in texts)


@given(st.integers(0, 10**12))
def test_ticks_are_few_and_reach_the_top(most):
    steps = ticks(most)
    assert steps[0] == 0
    assert steps[-2] <= most <= steps[-1] or most == 0
    assert 2 <= len(steps) <= 6
