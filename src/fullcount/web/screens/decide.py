"""Decide: one question, what has been said about it, and the form that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount import options
from fullcount.decision import LINK, OF_TITLES, SPLIT, UNDO, described, told
from fullcount.errors import UsageError
from fullcount.text import visible
from fullcount.web import deciding
from fullcount.web.deciding import FIELDS
from fullcount.web.screen import FormError, Screen, Went

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fullcount.decision import Decision
    from fullcount.web.asked import Asked


def view(asked: Asked) -> dict[str, Any]:
    """The form with what was typed, or with what the link says; and the decisions that hold about the same. Raises `UsageError`
    where the address asks nothing.
    """
    typed = {name: asked.values.get(name, "") for name in FIELDS}
    every = asked.house.workspace.decided()
    form = typed | {"by": typed["by"] or login(asked)}
    if typed["undoes"]:
        return {"form": form, "kind": UNDO, "said": [], "undone": _undone(every, typed["undoes"]), **_shared(asked)}
    if typed["clues"] or typed["what"] in {LINK, SPLIT}:
        said = deciding.about_clues(every, typed["clues"].split("\n"))
        return {"form": form, "kind": "clues", "said": _told(said), **_shared(asked)}
    if typed["name"] or typed["what"] in OF_TITLES:
        said = deciding.about_title(every, asked.directive, typed["name"], typed["publisher"])
        return {"form": form, "kind": "title", "said": _told(said), **_shared(asked)}
    raise UsageError("there is nothing to decide here", hint="the queues list what waits for a person")


def _shared(asked: Asked) -> dict[str, Any]:
    return {"products": choices(asked), "running": asked.house.jobs.running}


def _told(said: list[Decision]) -> list[tuple[int, str, str]]:
    return [(one.number, one.said(), told(described(one))) for one in said]


def _undone(every: list[Decision], number: str) -> Decision | None:
    return next((one for one in every if str(one.number) == number and one.what != UNDO), None)


def choices(asked: Asked) -> list[tuple[str, str]]:
    """The products of the directive: id and name."""
    query = "select product, name from product_names where directive = $directive order by name, product"
    rows = asked.engine.ask(query, {"directive": asked.directive}).to_pylist()
    return [(row["product"], row["name"]) for row in rows]


def login(asked: Asked) -> str:
    """Who decides, as far as the machine knows: nobody where others come in through a proxy."""
    return options.user() if asked.house.rules.keys else ""


def act(asked: Asked, form: Mapping[str, str]) -> Went:
    """Keep a decision, or start the preview of it. Raises `FormError`, and as `Workspace.decide`."""
    new = deciding.decision_of(form, asked.directive)
    _check_product(asked, new)
    if form.get("do") == "preview":
        return _preview(asked, new, form)
    kept = deciding.keep(asked.house.workspace, deciding.reasoned(new))
    said = f"decision {kept.undoes} no longer holds" if kept.undoes else visible(kept.said(), 600)
    return Went(path=asked.place("decisions"), told=f"Kept as decision {kept.number}: {said}.")


def _check_product(asked: Asked, new: Decision) -> None:
    if new.what in OF_TITLES and new.product not in dict(choices(asked)):
        raise FormError("product", f"{asked.directive} has no product {new.product}", hint="choose one of the list")


def _preview(asked: Asked, new: Decision, form: Mapping[str, str]) -> Went:
    """The same checks as when it is kept, before anything is counted."""
    asked.house.workspace.checked(new)
    jobs = asked.house.jobs
    names = deciding.directive_named(asked) if new.what in OF_TITLES else deciding.directives(asked)
    asks = deciding.what_if(new, names)
    typed = {name: form.get(name, "") for name in FIELDS}
    job = jobs.start(f"what would change if {visible(new.said(), 300)}", asks.command, asks.named, **typed)
    return Went(path=asked.place("work", job=job.number))


DECIDE = Screen(path="decide", title="Decide", template="decide.html.j2", view=view, act=act, in_menu=False)
