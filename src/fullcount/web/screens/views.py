"""Views: lists that were saved under a name, each with its size in this count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote

from fullcount.errors import FullcountError, UsageError
from fullcount.web import views
from fullcount.web.asked import BY_PATH
from fullcount.web.listing import Part
from fullcount.web.screen import FormError, Screen, Went

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fullcount.web.asked import Asked


def view(asked: Asked) -> dict[str, Any]:
    """All saved views, by name; and a name that was refused, in its form."""
    rows = [_row(asked, name, where) for name, where in sorted(views.saved(asked.house.workspace.folder).items())]
    return {"rows": rows, "typed": {name: asked.values.get(name, "") for name in ("name", "path")}}


def _row(asked: Asked, name: str, where: str) -> dict[str, Any]:
    """A view with its list and filters in words, its size in this count, and where its rows are. No size where this count says
    nothing of it.
    """
    path, _, query = where.partition("?")
    directive, _, place = path.partition("/")
    listing, values = BY_PATH[place], dict(parse_qsl(query))
    said = {one: values[one] for one in listing.parameters if values.get(one)}
    words = [f"{one.label.lower()} is {', '.join(said[each] for each in one.names if each in said)}"
             for one in listing.filters if any(each in said for each in one.names)]  # fmt: skip
    row: dict[str, Any] = {"name": name, "listing": listing, "directive": unquote(directive), "filters": "; ".join(words)}
    row |= {"size": None, "to": f"/{asked.account.count}/{directive}/{listing.link(**said)}", "open": f"/view/{quote(name)}"}
    try:
        account = asked.opened.counted.of(unquote(directive))
        row["size"] = Part(listing=listing, directive=account.directive["id"], values=said).count(asked.engine)
    except FullcountError:
        pass  # this count was not made under that directive
    return row


def act(asked: Asked, form: Mapping[str, str]) -> Went:
    """Save a list under a name, or take a name away. Raises `FormError`."""
    folder = asked.house.workspace.folder
    name, where = " ".join(form.get("name", "").split()), form.get("path", "")
    if form.get("do") == "remove":
        views.save(folder, name, "")
        return Went(path=asked.place("views"), told=f"The view “{name}” was taken away.")
    if not where:
        raise FormError("name", "there is no list to be saved", hint="open a list, filter it, and save it there")
    there = views.saved(folder).get(name)
    if there not in {None, where}:
        raise FormError("name", f"another view is called “{name}”", hint="take that one away first, or choose another name")
    try:
        views.save(folder, name, where)
    except UsageError as error:
        raise FormError("name", error.message, hint=error.hint) from None
    return Went(path=f"/{asked.count}/{where}", told=f"Saved as “{name}”.")


VIEWS = Screen(path="views", title="Views", template="views.html.j2", view=view, act=act)
