"""A picture as SVG of how a count went: systems with it from day to day, what is not known above them, and when what is due.

Right for one count and for hundreds, for 0 and for 5,000,000 systems. Places across are percentages and heights are pixels, so
that the picture fills whatever holds it and its text keeps its size. Between two counts the earlier one stands: no number is
made up. What marks are is told by their shape; the style sheet gives them a colour, too. The data stand in `desc`, and beside
the picture in a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from fullcount.cell import number
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REACH = 120  # days around the counts within which marks are drawn; a third of their span where that is longer
SINGLE = 40  # counts that have a mark each; of more, the first, the last and the one that is shown
NAMED = 12  # marks of which the later turns of what recurs are named, too
LONGEST = 28  # characters of a mark's name
_HEIGHT, _ROW, _FOOT = 220, 20, 30  # pixels: of the plot, of a row of names above it, of the days below it
_ROWS = 4
_NARROWEST, _LETTER = 270, 7.6  # pixels: of the picture on a phone, of a letter
_LEFT, _WIDE = 2.0, 94.0  # percent: where the first day lies, and how far it is to the last

_DISC = '<circle class="has" r="5"/>'
_PATHS = {"may": "M0 -6 6 0 0 6 -6 0z", "due": "M-6 -5h12l-6 10z", "today": "M-5 -5h10v10h-10z"}


class Point(NamedTuple):
    """One count: its id, the day as of which was counted, and its systems; `label` says how sure `with_it` is."""

    name: str
    on: date
    systems: int
    with_it: int
    not_covered: int
    label: str

    @property
    def at_most(self) -> int:
        """With it, if all that is not covered were."""
        return self.with_it + self.not_covered


class Mark(NamedTuple):
    """A day on which something is due; `turn` of what recurs."""

    on: date
    what: str
    turn: int = 1


@dataclass(frozen=True, kw_only=True)
class Course:
    """What is drawn: at least one count, a day once and in order; what is due; today; and the count whose page it is."""

    points: Sequence[Point]
    marks: Sequence[Mark] = ()
    today: date
    shown: str = ""

    @property
    def window(self) -> tuple[date, date]:
        """The first and the last day that are drawn: those of the counts, and of what is due, or today, not far from them."""
        first, last = self.reach
        near = [day for day in (*(one.on for one in self.marks), self.today) if first <= day <= last]
        days = [*near, *(one.on for one in self.points)]
        return min(days), max(days)

    @property
    def reach(self) -> tuple[date, date]:
        """The days between which marks are drawn."""
        first, last = self.points[0].on, self.points[-1].on
        far = timedelta(days=max(REACH, (last - first).days // 3))
        return max(first, date.min + far) - far, min(last, date.max - far) + far

    @property
    def drawn(self) -> tuple[Mark, ...]:
        """What is due within reach; what is due on one day is one mark."""
        first, last = self.reach
        found: dict[date, list[Mark]] = {}
        for one in self.marks:
            if first <= one.on <= last:
                found.setdefault(one.on, []).append(one)
        return tuple(
            Mark(day, ", ".join(dict.fromkeys(one.what for one in ones)), min(one.turn for one in ones))
            for day, ones in sorted(found.items())
        )


class _Scale(NamedTuple):
    """Where a day and a number lie."""

    first: date
    days: int
    most: int
    top: int

    def x(self, on: date) -> float:
        """Percent from the left."""
        return _LEFT + _WIDE * ((on - self.first).days / self.days if self.days else 0)

    def y(self, value: int) -> float:
        """Pixels from the top."""
        return self.top + _HEIGHT * (1 - value / self.most)


class _Name(NamedTuple):
    """A mark's name, where it begins or ends."""

    mark: Mark
    row: int
    ends: bool


def drawn(course: Course, *, name: str) -> str:
    """The picture. `name` is its id in the page."""
    first, last = course.window
    steps = ticks(max(one.at_most for one in course.points))
    scale = _Scale(first, (last - first).days, steps[-1], 0)
    names = _named(course, scale)
    scale = scale._replace(top=_ROW * (1 + max((one.row for one in names), default=-1)) + 14)
    height = scale.top + _HEIGHT + _FOOT
    parts = (
        *_grid(scale, steps),
        *_days(course, scale),
        *_band(course, scale),
        *_marks(course, scale, names),
        *_line(course, scale),
    )
    return (
        f'<svg class="curve" role="img" aria-labelledby="{name}-title {name}-desc" width="100%" height="{height}">'
        f'<title id="{name}-title">Systems with it, by the day as of which was counted</title>'
        f'<desc id="{name}-desc">{_text(described(course))}</desc>{"".join(parts)}</svg>'
    )


def described(course: Course) -> str:
    """The picture in words: its first and its last count, and what is due."""
    first, last = course.points[0], course.points[-1]
    said = [_said(first)] if first is last else [_said(first), _said(last)]
    due = "; ".join(f"{one.what} {one.on}" for one in course.drawn)
    return (
        f"{number(len(course.points))} {'count' if first is last else 'counts'}. {' '.join(said)}"
        f"{f' Due: {due}.' if due else ''} All numbers are in the table below."
    )


def spot(kind: str) -> str:
    """A mark of the picture for its legend: `has`, `may`, `ring`, `due` or `today`; the word stands beside it."""
    ring = f'<circle class="ring" r="8"/>{_DISC}'
    shapes = {"has": _DISC, "ring": ring, **{one: f'<path class="{one}" d="{path}"/>' for one, path in _PATHS.items()}}
    return f'<svg class="spot" aria-hidden="true" width="18" height="18" viewBox="-9 -9 18 18">{shapes[kind]}</svg>'


def _said(point: Point) -> str:
    return (
        f"As of {point.on}: with it {number(point.with_it)} of {number(point.systems)}, not covered {number(point.not_covered)}."
    )


def ticks(most: int) -> tuple[int, ...]:
    """Round numbers from 0 to the first that is not less than `most`.

    >>> ticks(0), ticks(3), ticks(456), ticks(5_000_000)
    ((0, 1), (0, 1, 2, 3), (0, 100, 200, 300, 400, 500), (0, 1000000, 2000000, 3000000, 4000000, 5000000))
    """
    step, factors = 1, (2, 5, 10)
    while most > 5 * step:
        step = next(step * one for one in factors if most <= 5 * step * one or one == factors[-1])
    return tuple(range(0, max(-(-most // step), 1) * step + 1, step))


def _grid(scale: _Scale, steps: Sequence[int]) -> Iterator[str]:
    for step in steps:
        y = f"{scale.y(step):.1f}"
        yield f'<line class="{"grid" if step else "ground"}" x1="0" x2="100%" y1="{y}" y2="{y}"/>'
        yield f'<text class="number" x="-8" y="{y}" dominant-baseline="central" text-anchor="end">{number(step)}</text>'


def _days(course: Course, scale: _Scale) -> Iterator[str]:
    """The days below the plot: the first, the last, and where there is room some between them."""
    first, last = course.window
    parts = (0, 1, 2, 3, 4) if scale.days >= 8 else (0, 4) if scale.days else (0,)
    bottom = scale.top + _HEIGHT
    for part in parts:
        day = last if part == 4 else first + timedelta(days=scale.days * part // 4)
        anchor = {0: "start", 4: "end"}.get(part, "middle")
        x, between = f"{scale.x(day):.3f}%", "" if part in {0, 4} else " more"
        yield f'<line class="ground{between}" x1="{x}" x2="{x}" y1="{bottom}" y2="{bottom + 6}"/>'
        yield f'<text class="day{between}" x="{x}" y="{bottom + 22}" text-anchor="{anchor}">{day}</text>'


def _band(course: Course, scale: _Scale) -> Iterator[str]:
    """What is not covered, above what is with it: until the next count, and a short piece after the last."""
    for point, until in zip(course.points, [*(one.on for one in course.points[1:]), None], strict=True):
        if point.not_covered:
            y, x = scale.y(point.at_most), scale.x(point.on)
            place = f'y="{y:.1f}" height="{max(scale.y(point.with_it) - y, 2):.1f}"'
            if until is None:
                yield f'<svg class="at" x="{x:.3f}%"><rect class="not-covered" x="0" width="12" {place}/></svg>'
            else:
                yield f'<rect class="not-covered" x="{x:.3f}%" width="{scale.x(until) - x:.3f}%" {place}/>'
                yield f'<line class="may" x1="{x:.3f}%" x2="{scale.x(until):.3f}%" y1="{y:.1f}" y2="{y:.1f}"/>'


def _line(course: Course, scale: _Scale) -> Iterator[str]:
    """Systems with it: steps, and a mark for a count; the numbers of the last one."""
    points = course.points
    for before, after in pairwise(points):
        x, then, y = scale.x(before.on), scale.x(after.on), scale.y(before.with_it)
        yield f'<line class="course" x1="{x:.3f}%" x2="{then:.3f}%" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<line class="course" x1="{then:.3f}%" x2="{then:.3f}%" y1="{y:.1f}" y2="{scale.y(after.with_it):.1f}"/>'
    for point in points:
        if len(points) <= SINGLE or point in {points[0], points[-1]} or point.name == course.shown:
            yield from _spots(point, scale, is_shown=point.name == course.shown)
    yield from _numbers(points[-1], scale)


def _spots(point: Point, scale: _Scale, *, is_shown: bool) -> Iterator[str]:
    """A disc where it stands, in a ring where the page is of this count; a diamond where it may stand."""
    x = f"{scale.x(point.on):.3f}%"
    if point.not_covered:
        y = f"{scale.y(point.at_most):.1f}"
        yield f'<svg class="at" x="{x}" y="{y}"><path class="may" d="{_PATHS["may"]}"/></svg>'
    if is_shown:
        yield f'<circle class="ring" cx="{x}" cy="{scale.y(point.with_it):.1f}" r="9"/>'
    yield f'<circle class="has" cx="{x}" cy="{scale.y(point.with_it):.1f}" r="5"/>'


def _numbers(point: Point, scale: _Scale) -> Iterator[str]:
    x, left = scale.x(point.on), scale.x(point.on) > 70
    place = f'dx="{-14 if left else 18}" text-anchor="{"end" if left else "start"}" dominant-baseline="central"'
    low, high = scale.y(point.with_it), scale.y(point.at_most)
    yield f'<text class="sum" x="{x:.3f}%" y="{min(low, scale.y(0) - 10):.1f}" {place}>{number(point.with_it)}</text>'
    if point.not_covered:
        above = min(high, min(low, scale.y(0) - 10) - 17)
        yield f'<text class="sum may" x="{x:.3f}%" y="{above:.1f}" {place}>{number(point.at_most)}</text>'


def _marks(course: Course, scale: _Scale, names: Sequence[_Name]) -> Iterator[str]:
    """What is due as a broken line below a triangle, today as a whole line below a square; names in rows above them, over the
    lines. What has no name there, for want of room, is a triangle alone.
    """
    rows = {one.mark: one for one in names}
    lines, shapes, texts = [], [], []
    for mark in (*course.drawn, *_today(course)):
        kind, x = "today" if mark in _today(course) else "due", f"{scale.x(mark.on):.3f}%"
        named = rows.get(mark)
        top = _ROW * named.row + 14 if named else scale.top - 5
        shapes.append(f'<svg class="at" x="{x}" y="{top}"><path class="{kind}" d="{_PATHS[kind]}"/></svg>')
        if named:
            lines.append(f'<line class="{kind}" x1="{x}" x2="{x}" y1="{top}" y2="{scale.top + _HEIGHT}"/>')
            place = f'dx="{-10 if named.ends else 10}" text-anchor="{"end" if named.ends else "start"}"'
            text = _text(_short(mark.what))
            texts.append(f'<text class="{kind}" x="{x}" y="{top}" {place} dominant-baseline="central">{text}</text>')
    yield from (*lines, *shapes, *texts)


def _today(course: Course) -> tuple[Mark, ...]:
    first, last = course.reach
    return (Mark(course.today, "today"),) if first <= course.today <= last else ()


def _named(course: Course, scale: _Scale) -> list[_Name]:
    """The names that have room, also on a phone: today's, then what is due for the first time, then its turns."""
    turns = len(course.drawn) <= NAMED
    taken: list[list[tuple[float, float]]] = [[] for _ in range(_ROWS)]
    found = []
    for mark in (*_today(course), *sorted(course.drawn, key=lambda one: (one.turn > 1, one.on))):
        if mark.turn > 1 and not turns:
            continue
        wide = 100 * (_LETTER * len(_short(mark.what)) + 20) / _NARROWEST
        x = scale.x(mark.on)
        ends = x + wide > 104 and x - wide > -30
        place = (x - wide, x + 3) if ends else (x - 3, x + wide)
        row = next((turn for turn, row in enumerate(taken) if all(place[1] < a or b < place[0] for a, b in row)), None)
        if row is not None:
            taken[row].append(place)
            found.append(_Name(mark, row, ends))
    return found


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(text: str) -> str:
    return escape(visible(text, 2000))
