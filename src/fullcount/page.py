"""A page for people, as reports and forms make it: templates that escape what they are given, and the pictures in them.

Templates lie beside the modules that fill them in, and share `data/page.css`. This is the one door to Jinja.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from fullcount.cell import number, said
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import IO

    from jinja2 import Environment
    from markupsafe import Markup

    from fullcount.chart import Part

LONGEST_NAME, LONGEST_PROSE = 300, 2000  # characters that are shown


def write_page(template: str, view: Mapping[str, Any], file: IO[bytes]) -> None:
    """A page made of a template and what it shows, written piece by piece. Templates are named from the package's folder."""
    stream = _environment().get_template(template).stream(view)
    stream.enable_buffering(100)
    stream.dump(file, encoding="utf-8")


def name(text: object, limit: int = LONGEST_NAME) -> Markup:
    """A name from an inventory or a person: visible, escaped, and not able to turn the text around it."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(visible(text, limit))


def prose(text: object, limit: int = LONGEST_PROSE) -> Markup:
    """A sentence, which may hold names."""
    from markupsafe import escape

    return escape(visible(text, limit))


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    from fullcount import chart

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
        "draw": _drawer(),
        "swatch": lambda kind: Markup(chart.swatch(kind)),  # noqa: S704 - our own words
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


def _shown(value: Any) -> Any:
    """Every text on its way into the page is made visible, also where the template forgot to say so."""
    return value if hasattr(value, "__html__") or not isinstance(value, str) else visible(value)
