"""One self-contained page for the person who answers for the number: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from itertools import count
from typing import IO, TYPE_CHECKING, Any

from fullcount.cell import number, said, share
from fullcount.model import LOOK_STATES, Grade, Standing, State, Trace
from fullcount.report import Account, Lists, Report
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jinja2 import Environment
    from markupsafe import Markup

    from fullcount.reports.chart import Part

SHOWN = 200  # rows of a table of sources or details; the rest is in the CSV and JSON reports
SHOWN_COMPONENTS = 500
NOT_COUNTED = frozenset({"apart", "unplaced", "rejects"})  # lists of what is not a system

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
    stream = _environment().get_template("page.html.j2").stream(_view(account))
    stream.enable_buffering(100)
    stream.dump(file, encoding="utf-8")


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("fullcount", "reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {"name": _name, "prose": _prose, "number": number, "said": said}
    return environment


def _view(account: Account) -> dict[str, Any]:
    from markupsafe import Markup

    from fullcount.reports import chart

    return {
        "account": account,
        "as_of": f"{account.as_of.replace('T', ' ')} UTC" if account.as_of else "unknown",
        "as_of_how": AS_OF.get(account.as_of_how, account.as_of_how),
        "beside": [line for line in account.beside if line.list not in NOT_COUNTED],
        "not_counted": [line for line in account.beside if line.list in NOT_COUNTED],
        "standings": chart.standings,
        "meaning": MEANING,
        "of_whole": chart.of_whole,
        "part": chart.Part,
        "widened": chart.widened,
        "draw": _drawer(),
        "swatch": lambda kind: Markup(chart.swatch(kind)),  # noqa: S704 - our own words
        "patterns": Markup(chart.patterns()),  # noqa: S704 - a constant
        "share": share,
        "kinds": _present([line.kinds for line in account.products], tuple(State)),
        "grades": _present([line.grades for line in account.products], tuple(Grade)),
        "placed": [(line.name, *place) for line in account.products for place in line.components.items()],
        "reasons": _reasons(account),
        "states": _present([line.states for line in account.tools], LOOK_STATES),
        "traces": _present([line.traces for line in account.tools], tuple(Trace)),
        "shown_rows": SHOWN,
        "shown_components": SHOWN_COMPONENTS,
    }


def _drawer() -> Callable[..., Markup]:
    """A function that draws a bar under the next free id of one page."""
    from markupsafe import Markup

    from fullcount.reports import chart

    numbers = count(1)

    def draw(parts: Sequence[Part], title: str, height: int) -> Markup:
        # `stacked` escapes what it is given
        return Markup(chart.stacked(parts, name=f"chart-{next(numbers)}", title=title, height=height))  # noqa: S704

    return draw


def _present(maps: Sequence[Mapping[str, int]], order: tuple[str, ...]) -> list[str]:
    """The words that stand in any of the maps: those of the house in their order, then any others."""
    found = {word for one in maps for word in one}
    return [word for word in order if word in found] + sorted(found.difference(order))


def _reasons(account: Account) -> list[tuple[str, list[Any]]]:
    order = (Standing.NOT_COVERED, Standing.WITH_IT, Standing.EXEMPT, Standing.WITHOUT_IT)
    groups = ((standing, [line for line in account.reasons if line.standing == standing]) for standing in order)
    return [(standing, lines) for standing, lines in groups if lines]


def _shown(value: Any) -> Any:
    """Every text on its way into the page is made visible, also where the template forgot to say so."""
    return value if hasattr(value, "__html__") or not isinstance(value, str) else visible(value)


def _name(text: str) -> Markup:
    """A name from an inventory or a person: visible, escaped, and not able to turn the text around it."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(visible(text))


def _prose(text: str) -> Markup:
    """A sentence of the account, which may hold names."""
    from markupsafe import escape

    return escape(visible(text, 2000))


HTML = Report(name="html", title="One page for people", suffix=".html", write=write)
