"""Decisions: what people decided, who, when and why; whether it holds, and undoing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.decision import UNDO, in_effect
from fullcount.web import deciding
from fullcount.web.screen import Screen

if TYPE_CHECKING:
    from fullcount.web.asked import Asked

PAGE = 50


def view(asked: Asked) -> dict[str, Any]:
    """All decisions, the newest first, page by page."""
    every = asked.house.workspace.decided()
    holding = {one.number for one in in_effect(every)}
    undone = {one.undoes: one for one in every if one.what == UNDO}
    pages = max(1, -(-len(every) // PAGE))
    turn = asked.number("page", least=1, most=pages, otherwise=1)
    shown = every[::-1][(turn - 1) * PAGE : turn * PAGE]
    return {
        "rows": [
            {"one": one, "said": one.said(), "holds": one.number in holding, "undone": undone.get(one.number)} for one in shown
        ],
        "number": len(every),
        "holding": len(holding),
        "turn": turn,
        "pages": pages,
        "pending": deciding.pending(asked),
    }


DECISIONS = Screen(path="decisions", title="Decisions", template="decisions.html.j2", view=view)
