"""A strip of time as SVG: lanes one below another, with marks at moments. The life of a machine is drawn so.

Moments are placed by percent and lanes by pixels, so that a strip fills whatever holds it and its text keeps its size. Marks
differ in shape as well as in colour; their data stand in `desc`, and beside each strip in a table.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

LANE = 46  # pixels: the lane's name, and its line below
_FIRST, _LAST = 3.0, 97.0  # percent: where the first and the last moment stand
_UNDATED = 97.0
_SHAPES = {
    "complete": '<circle r="7"/>',
    "partial": '<path d="M0-8 8 0 0 8-8 0Z"/>',
    "listed": '<path d="M-6-6 6 6M6-6-6 6"/>',
    "counts": '<path d="M0-8 8 7H-8Z"/>',
    "does not count": '<path d="M0 8 8-7H-8Z"/>',
}


class Mark(NamedTuple):
    """What happened: its kind, a word of `KINDS`, and when; `None` where nobody says when."""

    kind: str
    on: datetime | None


class Lane(NamedTuple):
    """A name and the marks on its line."""

    label: str
    marks: Sequence[Mark]


KINDS = tuple(_SHAPES)


def strip(lanes: Sequence[Lane], *, name: str, title: str, until: datetime | None = None) -> str:
    """The strip of these lanes. `name` is its id in the page; `until`: a moment that is marked over all lanes."""
    moments = [mark.on for lane in lanes for mark in lane.marks if mark.on] + ([until] if until else [])
    first, last = min(moments, default=None), max(moments, default=None)
    any_undated = any(mark.on is None for lane in lanes for mark in lane.marks)
    end = _LAST - 9 if any_undated else _LAST

    def at(moment: datetime | None) -> float:
        if moment is None or first is None or last is None:
            return _UNDATED
        return _FIRST + (end - _FIRST) * ((moment - first) / (last - first) if last > first else 0.5)

    foot = LANE * len(lanes)
    parts = [_lane(lane, row, at) for row, lane in enumerate(lanes)]
    if until:
        parts.insert(0, f'<line class="until" x1="{at(until):.2f}%" x2="{at(until):.2f}%" y1="0" y2="{foot}"/>')
    parts.append(_axis(first, last, (at(first), at(last)), foot))
    if any_undated:
        parts.append(f'<text x="{_UNDATED}%" y="{foot + 18}" text-anchor="middle">no date</text>')
    return (
        f'<svg class="strip" role="img" aria-labelledby="{name}-title {name}-desc" width="100%" height="{foot + 26}">'
        f'<title id="{name}-title">{_text(title)}</title><desc id="{name}-desc">{_text(described(lanes))}</desc>'
        f"{''.join(parts)}</svg>"
    )


def described(lanes: Sequence[Lane]) -> str:
    """The data of a strip as sentences.

    >>> described([Lane("SCCM", [Mark("complete", None)])])
    'SCCM: complete (no date).'
    """
    said = [f"{lane.label}: {', '.join(f'{mark.kind} ({_day(mark.on)})' for mark in lane.marks)}." for lane in lanes]
    return " ".join(said) or "Nothing is known of any moment."


def symbol(kind: str) -> str:
    """A mark for legends; the word stands beside it."""
    return f'<svg class="strip mark" aria-hidden="true" width="20" height="20">{_mark(kind, "50%", 10)}</svg>'


def _lane(lane: Lane, row: int, at: Callable[[datetime | None], float]) -> str:
    top = LANE * row
    marks = "".join(_mark(mark.kind, f"{at(mark.on):.2f}%", top + 31) for mark in lane.marks)
    line = f'<line class="lane" x1="0" x2="100%" y1="{top + 31}" y2="{top + 31}"/>'
    return f'<text x="0" y="{top + 15}">{_text(lane.label)}</text>{line}{marks}'


def _mark(kind: str, x: str, y: int) -> str:
    # an inner picture can stand at a percentage, a path cannot
    return f'<svg class="{kind.replace(" ", "-")}" x="{x}" y="{y}" overflow="visible">{_SHAPES[kind]}</svg>'


def _axis(first: datetime | None, last: datetime | None, ends: tuple[float, float], foot: int) -> str:
    if first is None or last is None:
        return ""
    y = foot + 18
    if first.date() == last.date():
        return f'<text x="{ends[0]:.2f}%" y="{y}" text-anchor="middle">{_day(first)}</text>'
    # the last day is written towards the middle, where there is room
    return f'<text x="0" y="{y}">{_day(first)}</text><text x="{ends[1]:.2f}%" y="{y}" text-anchor="end">{_day(last)}</text>'


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else "no date"


def _text(text: str) -> str:
    return escape(visible(text, 2000))
