"""The count: the sentence with every number a link, and below it what it is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fullcount import chart
from fullcount.burndown import Course, Mark
from fullcount.cell import share
from fullcount.clock import day_of
from fullcount.kept import with_estimates
from fullcount.model import LOOK_STATES, Trace
from fullcount.web.due import today
from fullcount.web.screen import Screen

if TYPE_CHECKING:
    from fullcount.burndown import Point
    from fullcount.report import Account, Beside
    from fullcount.web.asked import Asked

COMPONENTS, OVERLAPS = 12, 12  # rows that are shown here


def view(asked: Asked) -> dict[str, Any]:
    """The whole account on one page, the longest parts cut: their own pages have all of them."""
    account = asked.account
    total = account.total
    return {
        "standings": chart.standings,
        "share": share,
        "blind": total.systems - total.looked_at,
        "components": [line for line in account.components if not line.depth][:COMPONENTS],
        "more_components": len(account.components) > COMPONENTS,
        "states": _present(account, "states", LOOK_STATES),
        "traces": _present(account, "traces", tuple(Trace)),
        "overlaps": account.overlaps[:OVERLAPS],
        "widest": max((one.systems for one in account.overlaps), default=0),
        "of_whole": chart.of_whole,
        "beside": [(one, _list(asked, one)) for one in account.beside],
        "widened": chart.widened,
        **_estimates(asked),
        **_over_time(asked),
    }


def _estimates(asked: Asked) -> dict[str, Any]:
    """What was estimated of all systems, also since the count was opened, and the combinations of families it rests on."""
    [account] = with_estimates(asked.opened.counted.folder, [asked.account])
    return {
        "estimates": [one for one in account.estimates if not one.component and not one.machine_class],
        "families": account.families[:OVERLAPS],
        "more_families": len(account.families) - OVERLAPS,
        "of_families": chart.families(account),
        "between": chart.between,
        "step": chart.step,
    }


def _over_time(asked: Asked) -> dict[str, Any]:
    """The counts of all days, with what was and is due around them; that needs the pack."""
    shelf = asked.house.shelf
    points, unread = shelf.courses.of(asked.directive)
    if not points:
        return {"course": None}
    course = Course(points=points, today=today(asked), shown=asked.account.count)
    pack = shelf.packs.at_hand(asked.account)
    if pack is not None:
        due = shelf.dues.of(asked, pack, on=points[-1].on, until=course.reach[1])
        zone = shelf.workspace.settings().zone
        days = [(day_of(one.due, zone), one.due) for one in due]
        course = replace(course, marks=tuple(Mark(day, one.clock, one.turn) for day, one in days if day))
    return {
        "course": course,
        "unread": unread,
        "has_pack": pack is not None,
        "is_drawn": any(one.name == asked.account.count for one in points),
        "undrawn": len({one.on for one in course.marks}) - len(course.drawn),
        "with_them": lambda point, **values: _of(asked, point, **values),
    }


def _of(asked: Asked, point: Point, **values: str) -> str:
    """The list behind a number of another count."""
    query = f"?{urlencode(values)}" if values else ""
    return f"/{point.name}/{quote(asked.directive)}/hosts{query}"


def _present(account: Account, name: str, order: tuple[str, ...]) -> list[str]:
    found = {word for tool in account.tools for word in getattr(tool, name)}
    return [str(word) for word in order if word in found]


_WHOLE = {"near titles", "decided titles", "called back", "unplaced", "later", "rejects"}
_LEFT = {"refused files": "refused", "dropped sources": "dropped"}
_WHY = {"attested": "said by a person: there is no list"}


def _list(asked: Asked, one: Beside) -> tuple[str, str]:
    """Where the list behind a number beside the headline is; else why there is none."""
    if one.list == "findings":
        return asked.to("hosts", beside=one.name), ""
    if one.list == "console":
        return asked.to("hosts", console=one.name), ""
    if one.list == "apart":
        from fullcount.beside import APART

        population = next(word for word, text in APART.items() if text == one.name)
        return asked.to("apart", population=population, reason=one.text), ""
    if one.list == "conflicts":
        return asked.to("refused clues"), ""
    if one.name in _LEFT:
        return asked.to("left files", left=_LEFT[one.name]), ""
    return (asked.to(one.list), "") if one.list in _WHOLE else ("", _WHY.get(one.name, "there is no list"))


COUNT = Screen(path="", title="Count", template="count.html.j2", view=view)
