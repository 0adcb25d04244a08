"""Pictures as SVG, drawn by the server: stacked bars that are right for 0, 1 and 5,000,000 systems.

Widths are percentages and heights pixels, so a bar fills whatever holds it and its text keeps its size. A
segment's look is the page's style sheet: its class is its kind, and patterns (see `patterns`) tell kinds
apart without colour. The data stand in `desc`, and beside each picture in a table.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from fullcount.cell import number, share
from fullcount.model import Standing
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fullcount.report import Account, Line

GAP = "gap"  # a kind of which nothing is drawn or said
SLIVER = 0.8  # percent: what is not nothing is drawn at least this wide


class Part(NamedTuple):
    """A segment: its kind (a word; its class is the same word with hyphens), what it is called, how many."""

    kind: str
    label: str
    value: int


def standings(line: Line) -> tuple[Part, ...]:
    """The four standings of a line, in the order in which they are always drawn."""
    values = {
        Standing.WITH_IT: line.with_it,
        Standing.EXEMPT: line.exempt,
        Standing.NOT_COVERED: line.not_covered,
        Standing.WITHOUT_IT: line.without_it,
    }
    return tuple(Part(standing, standing, value) for standing, value in values.items())


def of_whole(kind: str, label: str, value: int, whole: int) -> tuple[Part, ...]:
    """A part and, as empty space, what is left of its whole."""
    return (Part(kind, label, value), Part("rest", "others", max(whole - value, 0)))


def between(kind: str, label: str, low: int, high: int, *, whole: int) -> tuple[Part, ...]:
    """What is estimated, as far as it is sure, and as empty space how much more it may be."""
    return (
        Part(kind, f"{label}, at least", low),
        Part("rest", f"{label}, up to as many more", high - low),
        Part(GAP, "", whole - high),
    )


def step(kind: str, label: str, value: int, *, start: int, whole: int) -> tuple[Part, ...]:
    """A part that begins at `start` of a whole: several under one another, each where the one before it ended, show how one
    number becomes another.
    """
    return (Part(GAP, "", start), Part(kind, label, value), Part(GAP, "", max(whole - start - value, 0)))


def families(account: Account) -> dict[str, Any]:
    """What the combinations of families of sources are drawn with: the longest bar, the ends of what is estimated of the systems
    that none saw (nothing where that cannot be said), combinations without a system, and systems that none saw lately.
    """
    one, lines = account.unlisted, account.families
    ends = None if one is None or one.low is None or one.high is None else (round(one.low), round(one.high))
    names = {name for line in lines for name in line.families}
    return {
        "unlisted": ends,
        "widest": max([line.systems for line in lines] + ([ends[1]] if ends else []), default=0),
        "empty_combinations": 2 ** len(names) - 1 - len(lines),
        "out_of_window": account.total.systems - sum(line.systems for line in lines),
    }


def stacked(parts: Sequence[Part], *, name: str, title: str, height: int) -> str:
    """A stacked bar over the whole width. `name` is its id in the page."""
    values = [part.value for part in parts]
    bars, start = [], 0.0
    for part, width in zip(parts, widths(values), strict=True):
        if width and part.kind != GAP:
            bars.append(_segment(part, start, width, height))
        start += width
    if not bars:
        bars.append(f'<rect class="none" x="0" y="1" width="100%" height="{height - 2}"/>')
    return (
        f'<svg class="chart" role="img" aria-labelledby="{name}-title {name}-desc" width="100%" height="{height}">'
        f'<title id="{name}-title">{_text(title)}</title><desc id="{name}-desc">{_text(described(parts))}</desc>'
        f"{''.join(bars)}</svg>"
    )


def described(parts: Sequence[Part]) -> str:
    """The data of a bar as a sentence.

    >>> described([Part("with it", "with it", 1), Part("rest", "others", 3)])
    'with it: 1 (25.0%); others: 3 (75.0%).'
    >>> described(step("with it", "new", 2, start=5, whole=10))
    'new: 2.'
    """
    said = [part for part in parts if part.kind != GAP]
    if len(said) < len(parts):  # of a step, which is no share of anything
        return f"{'; '.join(f'{part.label}: {number(part.value)}' for part in said)}."
    whole = sum(part.value for part in parts)
    if not whole:
        return "Nothing to draw: all numbers are 0."
    text = "; ".join(f"{part.label}: {number(part.value)} ({share(part.value, whole)})" for part in parts)
    return f"{text}."


def widened(parts: Sequence[Part]) -> bool:
    """Whether a segment is drawn wider than its share."""
    whole = sum(part.value for part in parts)
    return any(0 < 100 * part.value < SLIVER * whole for part in parts)


def widths(values: Sequence[int]) -> list[float]:
    """Percentages that sum to 100 (or are all 0): shares, but slivers are widened so that they can be seen.

    >>> widths([1, 0, 3]), widths([0, 0])
    ([25.0, 0.0, 75.0], [0.0, 0.0])
    """
    whole = sum(values)
    if not whole:
        return [0.0 for _ in values]
    shares = [100 * value / whole for value in values]
    thin = [0 < percent < SLIVER for percent in shares]
    wide = sum(percent for percent, narrow in zip(shares, thin, strict=True) if not narrow)
    scale = (100 - SLIVER * sum(thin)) / wide if wide else 1.0
    return [SLIVER if narrow else percent * scale for percent, narrow in zip(shares, thin, strict=True)]


def swatch(kind: str) -> str:
    """A small square in the look of a kind, for legends; the word stands beside it."""
    return f'<svg class="swatch" aria-hidden="true" width="18" height="18">{_rect(kind, "1", "16", 18)}</svg>'


def patterns() -> str:
    """The patterns that the style sheet refers to; once in a page, before the first picture."""
    return (
        '<svg class="patterns" aria-hidden="true" width="0" height="0"><defs>'
        '<pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="ground" width="8" height="8"/><rect class="stripe" width="4" height="8"/></pattern>'
        '<pattern id="dots" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect class="ground" width="8" height="8"/><circle class="dot" cx="4" cy="4" r="2"/></pattern>'
        '<pattern id="lines" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect class="ground" width="6" height="6"/><rect class="line" width="6" height="2" y="2"/></pattern>'
        "</defs></svg>"
    )


def _segment(part: Part, start: float, width: float, height: int) -> str:
    bar = _rect(part.kind, f"{start:.3f}%", f"{width:.3f}%", height)
    label = number(part.value)
    # a digit needs some 9 pixels, and the narrowest page is some 330 pixels wide
    if height < 30 or part.kind == "rest" or width < 3 * len(label) + 2:
        return bar
    middle = f'x="{start + width / 2:.3f}%" y="{height / 2:.0f}"'
    return f'{bar}<text class="{_class(part.kind)}" {middle} dominant-baseline="central" text-anchor="middle">{label}</text>'


def _rect(kind: str, x: str, width: str, height: int) -> str:
    return f'<rect class="{_class(kind)}" x="{x}" y="1" width="{width}" height="{height - 2}"/>'


def _class(kind: str) -> str:
    return _text(kind.replace(" ", "-"))


def _text(text: str) -> str:
    return escape(visible(text, 600))
