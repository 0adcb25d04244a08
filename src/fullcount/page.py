"""A page for people, as reports and forms make it: templates that escape what they are given, and the pictures in them.

Templates lie beside the modules that fill them in, and share `data/page.css`. This is the one door to Jinja.
"""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

from fullcount.cell import number, said
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import IO

    from jinja2 import Environment
    from markupsafe import Markup

    from fullcount.chart import Part
    from fullcount.strip import Lane

LONGEST_NAME, LONGEST_PROSE = 300, 2000  # characters that are shown


def write_page(template: str, view: Mapping[str, Any], file: IO[bytes]) -> None:
    """A page made of a template and what it shows, written piece by piece. Templates are named from the package's folder."""
    stream = _environment().get_template(template).stream({"draw": _drawer(), **view})
    stream.enable_buffering(100)
    stream.dump(file, encoding="utf-8")


def rendered(template: str, view: Mapping[str, Any]) -> bytes:
    """A page as `write_page` writes it, whole."""
    return _environment().get_template(template).render({"draw": _drawer(), **view}).encode("utf-8", "backslashreplace")


def name(text: object, limit: int = LONGEST_NAME) -> Markup:
    """A name from an inventory or a person: visible, escaped, and not able to turn the text around it."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(visible(text, limit))


def prose(text: object, limit: int = LONGEST_PROSE) -> Markup:
    """A sentence, which may hold names."""
    from markupsafe import escape

    return escape(visible(text, limit))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    from fullcount import burndown, chart, strip

    environment = Environment(
        loader=PackageLoader("fullcount", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {"name": name, "prose": prose, "number": number, "said": said}
    environment.globals |= {
        "swatch": lambda kind: Markup(chart.swatch(kind)),  # noqa: S704 - our own words
        "burndown": lambda course, name: Markup(burndown.drawn(course, name=name)),  # noqa: S704 - it escapes what it is given
        "spot": lambda kind: Markup(burndown.spot(kind)),  # noqa: S704 - our own words
        "symbol": lambda kind: Markup(strip.symbol(kind)),  # noqa: S704 - the same
        "patterns": Markup(chart.patterns()),  # noqa: S704 - a constant
    }
    return environment


def _drawer() -> Callable[..., Markup]:
    """A function that draws a bar under the next free id of one page."""
    from markupsafe import Markup

    from fullcount import chart

    numbers = count(1)

    def draw(parts: Sequence[Part], title: str, height: int) -> Markup:
        # `stacked` escapes what it is given
        return Markup(chart.stacked(parts, name=f"chart-{next(numbers)}", title=title, height=height))  # noqa: S704

    return draw


def drawn_strip(lanes: Sequence[Lane], *, name: str, title: str, until: datetime | None = None) -> Markup:
    """The strip of `strip.strip`, ready for a page."""
    from markupsafe import Markup

    from fullcount import strip

    return Markup(strip.strip(lanes, name=name, title=title, until=until))  # noqa: S704 - it escapes what it is given


def _shown(value: Any) -> Any:
    """Every text on its way into the page is made visible, also where the template forgot to say so."""
    return value if hasattr(value, "__html__") or not isinstance(value, str) else visible(value)
