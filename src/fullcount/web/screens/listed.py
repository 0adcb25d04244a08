"""A list: the rows behind a number, filtered, ordered and paged. One screen for all listings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fullcount.web.asked import BY_PATH
from fullcount.web.export import FORMS
from fullcount.web.screen import Screen

if TYPE_CHECKING:
    from fullcount.web.asked import Asked
    from fullcount.web.listing import Part

PAGE = 50  # rows of a page
MOST = 200


def view(asked: Asked) -> dict[str, Any]:
    """The rows of a page, how many there are in all, and where the form, the columns and the files lead."""
    part = asked.part(BY_PATH[asked.path])
    most = asked.number("most", least=10, most=MOST, otherwise=PAGE)
    engine = asked.behind(part.listing)
    total = part.count(engine)
    pages = max(1, -(-total // most))
    turn = asked.number("page", least=1, most=pages, otherwise=1)
    rows = part.rows(engine, first=(turn - 1) * most, most=most) if total else []
    chosen: dict[str, Any] = {name: part.values[name] for name in part.listing.chosen if name in part.values}
    said = {**part.values, "sort": part.sort, "most": str(most) if most != PAGE else ""}

    def where(**changes: Any) -> str:
        return asked.place(part.listing.path, **{**said, **changes})

    return {
        "part": part,
        "listing": part.listing,
        "title": part.listing.title,
        "total": total,
        "about": part.listing.about(asked) if part.listing.about else None,
        "rows": rows,
        "turn": turn,
        "pages": pages,
        "first": (turn - 1) * most + 1 if total else 0,
        "where": where,
        "pills": _pills(asked, part, where),
        "offered": [(one, one.choices(asked.account) if one.choices else ()) for one in part.listing.filters if one.is_offered],
        "hidden": [
            *chosen.items(),
            *(
                (name, part.values[name])
                for one in part.active
                if not one.is_offered
                for name in one.names
                if name in part.values
            ),
        ],
        "unfiltered": asked.place(part.listing.path, **chosen),
        "files": [
            (form.upper(), f"{asked.place(part.listing.path + '.' + form, frozen=True, **{**part.values, 'sort': part.sort})}")
            for form in FORMS
        ],
        "saveable": f"{asked.directive}/{part.listing.path}"
        + (f"?{urlencode(kept)}" if (kept := {n: v for n, v in said.items() if v}) else ""),
    }


def _pills(asked: Asked, part: Part, where: Any) -> list[tuple[str, str, str]]:
    """What is filtered by: in words, and the address without it."""
    found = []
    for one in part.active:
        called = dict(one.choices(asked.account)) if one.choices else {}
        values = [part.values[name] for name in one.names if part.values.get(name)]
        words = ", ".join((called.get(value) or value).strip() for value in values)
        found.append((one.label, words, where(**dict.fromkeys(one.names))))
    return found


LIST = Screen(path="", title="", template="list.html.j2", view=view, in_menu=False, is_frozen=True)
HOSTS = replace(LIST, path="hosts", title="Hosts", in_menu=True)
