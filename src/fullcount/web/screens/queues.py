"""Queues: everything that waits for a person, and one page a queue on which it is decided."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from fullcount.decision import described, told
from fullcount.errors import UsageError
from fullcount.web import deciding
from fullcount.web.queued import QUESTIONS
from fullcount.web.queues import BY_PATH, QUEUES, with_machines
from fullcount.web.screen import Screen
from fullcount.web.screens.decide import choices, login

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fullcount.decision import Decision
    from fullcount.web.asked import Asked
    from fullcount.web.queues import Queue

FIRST, PAGE = 3, 15  # items of a queue on the page of all, and on its own


def view(asked: Asked) -> dict[str, Any]:
    """Every queue with its size and its first items."""
    decided = asked.house.workspace.decided()
    found = []
    for queue in QUEUES:
        size, number, rows = asked.opened.once((queue.path, asked.directive), partial(_first, asked, queue))
        items = _said(asked, [dict(row) for row in rows], decided)
        found.append({"queue": queue, "size": size, "number": number, "items": items})
    return {"queues": found, "pending": deciding.pending(asked)}


def _first(asked: Asked, queue: Queue) -> tuple[int, int, list[dict[str, Any]]]:
    """The size of a queue, how many items that are, and the first of them: all of a count that does not change."""
    size = queue.size(asked)
    return size, queue.number(asked, size), queue.items(asked, first=0, most=FIRST) if size else []


def one(asked: Asked) -> dict[str, Any]:
    """One queue, page by page. Raises `UsageError` where there is none of that name."""
    queue: Queue | None = BY_PATH.get(asked.values["part"])
    if queue is None:
        raise UsageError(f"there is no queue {asked.values['part']}", hint=f"one of: {', '.join(BY_PATH)}")
    size = queue.size(asked)
    number = queue.number(asked, size)
    pages = max(1, -(-number // PAGE))
    turn = asked.number("page", least=1, most=pages, otherwise=1)
    items = queue.items(asked, first=(turn - 1) * PAGE, most=PAGE) if size else []
    if queue.listing is QUESTIONS:
        items = with_machines(asked, items)
    return {
        "title": queue.title,
        "queue": queue,
        "size": size,
        "number": number,
        "items": _said(asked, items, asked.house.workspace.decided()),
        "turn": turn,
        "pages": pages,
        "first": (turn - 1) * PAGE + 1,
        "products": choices(asked),
        "login": login(asked),
        "pending": deciding.pending(asked),
    }


def _said(asked: Asked, items: list[dict[str, Any]], decided: Sequence[Decision]) -> list[dict[str, Any]]:
    """Items with what has been decided about them since the count."""
    for item in items:
        about: list[Decision] = []
        if "is_hint" in item:
            about = deciding.about_title(decided, asked.directive, item["name"], item["publisher"] or "")
        elif "refused_by" in item:
            about = deciding.about_clues(decided, [item["clue"]])
        item["said"] = [(one.said(), told(described(one))) for one in about]
    return items


ALL = Screen(path="queues", title="Queues", template="queues.html.j2", view=view)
ONE = Screen(path="queues/{part}", title="Queue", template="queue.html.j2", view=one, in_menu=False)
