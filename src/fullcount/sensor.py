"""Sensor: a list of systems held by the receiving office itself, set against what returns say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullcount.report import SensorLine
from fullcount.reporting import speaks
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fullcount.hierarchy import Hierarchy
    from fullcount.report import Line

CONTRADICTS, MORE, WITHIN, NO_RETURN = "contradicts", "more than the return", "within the return", "no return"


@dataclass(slots=True)
class _Seen:
    systems: set[str] = field(default_factory=set)
    days: set[str] = field(default_factory=set)


def sensor_lines(
    rows: Iterable[Mapping[str, Any]], found: Mapping[str, int], lines: Iterable[Line], hierarchy: Hierarchy
) -> tuple[SensorLine, ...]:
    """What the office's own list says of each component that it names, beside its return.

    `rows` have `component`, `system` (as the office calls it: the same text is the same system; without it a row says nothing)
    and `seen_on` (a day, or nothing). `found` is by component with a return that counts how many systems it says are with it
    or exempt; `lines` are those of the roll-up, for components of which only parts report. Systems are compared by number
    alone: the office's names for them are not those of a return.
    """
    seen: dict[str, _Seen] = {}
    for row in rows:
        if not row["system"]:
            continue
        written = str(row["component"] or "")
        node = hierarchy.named(written)
        one = seen.setdefault(node.name if node else written, _Seen())
        one.systems.add(key(str(row["system"])))
        if row.get("seen_on"):
            one.days.add(str(row["seen_on"])[:10])
    by_line = {line.component: line for line in lines}
    turns = {node.name: turn for turn, node in enumerate(hierarchy.below(""))}
    ordered = sorted(seen.items(), key=lambda item: (turns.get(item[0], len(turns)), item[0]))
    return tuple(_line(name, one, found=found, lines=by_line, hierarchy=hierarchy) for name, one in ordered)


def _line(name: str, seen: _Seen, *, found: Mapping[str, int], lines: Mapping[str, Line], hierarchy: Hierarchy) -> SensorLine:
    number, whose = _said(name, found, lines, hierarchy)
    many = len(seen.systems)
    days = f" ({min(seen.days)} to {max(seen.days)})" if len(seen.days) > 1 else "".join(f" ({day})" for day in seen.days)
    saw = f"the office's own list names {many:,} {'system' if many == 1 else 'systems'}{days}"
    if number is None:
        return SensorLine(component=name, seen=many, with_it=None, verdict=NO_RETURN, text=f"{saw}; no return speaks for it")
    says = f"{saw}; {whose} says {f'{number:,}' if number else 'none'}"
    verdict = CONTRADICTS if not number else MORE if many > number else WITHIN
    return SensorLine(component=name, seen=many, with_it=number, verdict=verdict, text=says)


def _said(name: str, found: Mapping[str, int], lines: Mapping[str, Line], hierarchy: Hierarchy) -> tuple[int | None, str]:
    """How many systems of a component have it, as the nearest return says that speaks for it; and whose that is. Of a component
    of which only parts report, the line of the roll-up.
    """
    by = speaks(name, frozenset(found), hierarchy)
    if by == name:
        return found[name], "its return"
    if (line := lines.get(name)) and line.systems:
        return line.with_it + line.exempt, "what its parts say together"
    return (found[by], f"the return of {by}, which speaks for it,") if by else (None, "")
