"""Lines on logarithmic axes as SVG, a panel each: nothing but text, so that a page can hold them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 480, 330  # of a panel, in pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 112, 34, 42
# Colours that the colour-blind tell apart, and a mark each for those who see none.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#aa3377", "#6b6b6b")
_MARKS = ("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", "M-4 -4h8v8h-8z", "M0 -5l5 9h-10z", "M0 -5l5 5l-5 5l-5 -5z", "M-4 -1h8v2h-8z")
_APART = 13  # pixels between two names beside the lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A line by name: points of (how much, seconds), all greater than 0."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A picture: what its horizontal axis counts, and its lines. The vertical axis is CPU seconds in all of them."""

    title: str
    across: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    low: int  # exponents of ten
    high: int
    start: float  # pixels
    end: float

    def at(self, value: float) -> float:
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self.start + part * (self.end - self.start), 1)

    @property
    def decades(self) -> range:
        return range(self.low, self.high + 1)


def svg(panels: Sequence[Panel], *, title: str, columns: int = 2) -> str:
    """The panels side by side, `columns` in a row."""
    rows = -(-len(panels) // columns)
    places = [(turn % columns * WIDTH, turn // columns * HEIGHT) for turn in range(len(panels))]
    drawn = [f'<g transform="translate({x} {y})">{"".join(_panel(one))}</g>' for (x, y), one in zip(places, panels, strict=True)]
    wide, high = columns * WIDTH, rows * HEIGHT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img" font-family="sans-serif" font-size="11">'
    )
    body = (head, f"<title>{escape(title)}</title>", f'<rect width="{wide}" height="{high}" fill="#fff"/>', *drawn, "</svg>")
    return "\n".join(body) + "\n"


def _panel(panel: Panel) -> Iterable[str]:
    across, up = _scales(panel)
    yield f'<text x="{_LEFT}" y="18" font-size="13" font-weight="bold">{escape(panel.title)}</text>'
    yield from _axes(across, up)
    yield f'<text x="{(across.start + across.end) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(panel.across)}</text>'
    yield _linear(across, up)
    ends = _spread([up.at(one.points[-1][1]) for one in panel.curves])
    for turn, (one, end) in enumerate(zip(panel.curves, ends, strict=True)):
        yield from _curve(one, turn, (across, up), end)


def _scales(panel: Panel) -> tuple[_Scale, _Scale]:
    xs, ys = ([point[axis] for one in panel.curves for point in one.points] for axis in (0, 1))
    (left, right), (low, high) = _decades(xs), _decades(ys)
    return _Scale(left, right, _LEFT, WIDTH - _RIGHT), _Scale(low, high, HEIGHT - _BOTTOM, _TOP)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = (math.log10(one) for one in (min(values), max(values)))
    return math.floor(low), max(math.ceil(high), math.floor(low) + 1)


def _axes(across: _Scale, up: _Scale) -> Iterable[str]:
    for decade in across.decades:
        x = across.at(10.0**decade)
        yield f'<path d="M{x} {up.start}V{up.end}" stroke="#ddd"/>'
        yield f'<text x="{x}" y="{up.start + 15}" text-anchor="middle">{10**decade:,}</text>'
    for decade in up.decades:
        y = up.at(10.0**decade)
        yield f'<path d="M{across.start} {y}H{across.end}" stroke="#ddd"/>'
        yield f'<text x="{across.start - 5}" y="{y + 4}" text-anchor="end">{10.0**decade:g} s</text>'


def _linear(across: _Scale, up: _Scale) -> str:
    """How a line would rise that is linear, through the corner at the right and top or as far as there is room."""
    most = min(across.high - across.low, up.high - up.low)
    from_, to = (across.at(10.0 ** (across.high - most)), up.at(10.0 ** (up.high - most))), (across.end, up.end)
    return f'<path d="M{from_[0]} {from_[1]}L{to[0]} {to[1]}" stroke="#999" stroke-dasharray="4 4"/>'


def _curve(one: Curve, turn: int, scales: tuple[_Scale, _Scale], end: float) -> Iterable[str]:
    colour, mark = _COLOURS[turn % len(_COLOURS)], _MARKS[turn % len(_MARKS)]
    places = [(scales[0].at(x), scales[1].at(y)) for x, y in one.points]
    line = "L".join(f"{x} {y}" for x, y in places)
    yield f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="1.8"/>'
    yield from (f'<path transform="translate({x} {y})" d="{mark}" fill="{colour}"/>' for x, y in places)
    yield f'<text x="{scales[0].end + 8}" y="{end + 4}" fill="{colour}">{escape(one.name)}</text>'


def _spread(places: Sequence[float]) -> list[float]:
    """The same places, moved down where two names would lie on each other."""
    moved, last = dict[int, float](), -math.inf
    for turn in sorted(range(len(places)), key=lambda one: places[one]):
        moved[turn] = last = max(places[turn], last + _APART)
    return [moved[turn] for turn in range(len(places))]
