"""Strips of time: where marks stand, and that their kinds can be told apart without colour."""

from __future__ import annotations

import re
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest

from fullcount.strip import KINDS, Lane, Mark, described, strip, symbol

FIRST, MIDDLE, LAST = (datetime(2017, 10, day) for day in (1, 11, 21))  # noqa: DTZ001 - UTC without zone, as everywhere


def places(picture: str) -> list[float]:
    return [float(place) for place in re.findall(r'<svg class="[a-z-]+" x="([0-9.]+)%"', picture)]


def test_moments_stand_in_proportion() -> None:
    marks = [Mark("complete", day) for day in (FIRST, MIDDLE, LAST)]
    first, middle, last = places(strip([Lane("a", marks)], name="x", title="t"))
    assert middle - first == pytest.approx(last - middle, abs=0.02)
    assert 0 < first < last < 100


def test_one_moment_stands_in_the_middle_and_an_undated_one_at_the_end() -> None:
    picture = strip([Lane("a", [Mark("listed", FIRST), Mark("listed", None)])], name="x", title="t")
    dated, undated = places(picture)
    assert 40 < dated < 60
    assert undated > 90
    assert "no date" in picture


def test_the_end_of_the_count_is_a_line_over_all_lanes() -> None:
    lanes = [Lane("a", [Mark("listed", FIRST)]), Lane("b", [])]
    assert 'class="until"' in strip(lanes, name="x", title="t", until=LAST)
    assert 'class="until"' not in strip(lanes, name="x", title="t")


def test_kinds_differ_in_shape() -> None:
    shapes = {re.sub(r'.*overflow="visible">', "", symbol(kind)) for kind in KINDS}
    assert len(shapes) == len(KINDS)


def test_its_data_are_said_and_text_is_text() -> None:
    lanes = [Lane("<b>\u202e", [Mark("does not count", FIRST)])]
    picture = strip(lanes, name="x", title="t & u")
    root = ET.fromstring(picture)
    assert root.attrib["aria-labelledby"] == "x-title x-desc"
    assert "does not count (2017-10-01)" in described(lanes)
    assert "\u202e" not in picture
    assert "<b>" not in picture


def test_nothing_is_drawn_of_nothing() -> None:
    assert places(strip([], name="x", title="t")) == []
    assert described([]) == "Nothing is known of any moment."
