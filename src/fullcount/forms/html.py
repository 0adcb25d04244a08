"""The paper as one self-contained page: no script, nothing loaded from elsewhere, for the screen and for the printer."""

from __future__ import annotations

from functools import partial
from typing import IO, TYPE_CHECKING, Any

from fullcount import page
from fullcount.chart import standings
from fullcount.forms.layout import Words, laid_out
from fullcount.paper import File, Form
from fullcount.text import visible

if TYPE_CHECKING:
    from markupsafe import Markup

    from fullcount.paper import Paper

EDGE = 60  # characters of a name at the edge of a printed page


def write(paper: Paper, file: IO[bytes]) -> None:
    """The page, written piece by piece."""
    page.write_page("forms/paper.html.j2", _view(paper), file)


def _view(paper: Paper) -> dict[str, Any]:
    account = paper.account
    edges = {"whose": account.organisation, "mark": paper.marking, "count": f"Count {account.count}"}
    view = laid_out(paper, Words(name=_name, prose=page.prose))
    return view | {
        "heading": visible(" - ".join(filter(None, (paper.marking, paper.title, account.organisation)))),
        "standings": standings(account.total),
        "edge_text": {name: quoted(visible(text, EDGE)) for name, text in edges.items()},
    }


def _name(text: object) -> str:
    return page.name(text) if text else ""


def quoted(text: str) -> Markup:
    r"""Text as a string of a style sheet: whatever could end it, or the sheet, is written by its number.

    >>> print(quoted("CUI</style>"))
    "CUI\00003c\00002fstyle\00003e"
    """
    from markupsafe import Markup

    safe = (char if char.isascii() and (char.isalnum() or char == " ") else f"\\{ord(char):06x}" for char in text)
    return Markup(f'"{"".join(safe)}"')  # noqa: S704 - nothing but letters, digits, spaces and backslashes


def _files(paper: Paper) -> tuple[File, ...]:
    return (File(suffix=".html", write=partial(write, paper)),)


HTML = Form(name="html", title="One page for people", files=_files)
