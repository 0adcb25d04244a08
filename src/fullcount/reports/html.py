"""One self-contained page for the person who answers for the number: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from fullcount.cell import share
from fullcount.model import LOOK_STATES, Grade, Standing, State, Trace
from fullcount.page import write_page
from fullcount.report import Account, Lists, Report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN = 200  # rows of a table of sources or details; the rest is in the CSV and JSON reports
SHOWN_COMPONENTS = 500
NOT_COUNTED = frozenset({"apart", "called back", "unplaced", "rejects"})  # lists of what is not a system

MEANING = {
    Standing.WITH_IT: "The product is there, or nobody has shown that it is gone.",
    Standing.EXEMPT: "The product is there, under an exemption in force.",
    Standing.NOT_COVERED: "Nobody can say: no complete, fresh look that could see the product.",
    Standing.WITHOUT_IT: "Looked at completely and recently, and it is not there.",
}
AS_OF = {
    "option": "given by the person who counted",
    "newest source": "the newest date of a counted source",
    "unknown": "unknown: no source says when it was made",
}


def write(account: Account, _lists: Lists, file: IO[bytes]) -> None:
    """The page, written piece by piece."""
    write_page("reports/page.html.j2", _view(account), file)


def _view(account: Account) -> dict[str, Any]:
    from fullcount import chart

    return {
        "account": account,
        "as_of": f"{account.as_of.replace('T', ' ')} UTC" if account.as_of else "unknown",
        "as_of_how": AS_OF.get(account.as_of_how, account.as_of_how),
        "beside": [line for line in account.beside if line.list not in NOT_COUNTED],
        "not_counted": [line for line in account.beside if line.list in NOT_COUNTED],
        "standings": chart.standings,
        "meaning": MEANING,
        "of_whole": chart.of_whole,
        "between": chart.between,
        "step": chart.step,
        **chart.families(account),
        "part": chart.Part,
        "widened": chart.widened,
        "share": share,
        "kinds": _present([line.kinds for line in account.products], tuple(State)),
        "grades": _present([line.grades for line in account.products], tuple(Grade)),
        "placed": [(line.name, *place) for line in account.products for place in line.components.items()],
        "reasons": _reasons(account),
        "whole_estimates": [one for one in account.estimates if not (one.component or one.machine_class)],
        "other_estimates": [one for one in account.estimates if one.component or one.machine_class],
        "states": _present([line.states for line in account.tools], LOOK_STATES),
        "traces": _present([line.traces for line in account.tools], tuple(Trace)),
        "shown_rows": SHOWN,
        "shown_components": SHOWN_COMPONENTS,
    }


def _present(maps: Sequence[Mapping[str, int]], order: tuple[str, ...]) -> list[str]:
    """The words that stand in any of the maps: those of the house in their order, then any others."""
    found = {word for one in maps for word in one}
    return [word for word in order if word in found] + sorted(found.difference(order))


def _reasons(account: Account) -> list[tuple[str, list[Any]]]:
    order = (Standing.NOT_COVERED, Standing.WITH_IT, Standing.EXEMPT, Standing.WITHOUT_IT)
    groups = ((standing, [line for line in account.reasons if line.standing == standing]) for standing in order)
    return [(standing, lines) for standing, lines in groups if lines]


HTML = Report(name="html", title="One page for people", suffix=".html", write=write)
