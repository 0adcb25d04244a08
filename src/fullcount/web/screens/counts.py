"""Counts: all that are kept, each with what it says under this directive."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fullcount.web.screen import Screen

if TYPE_CHECKING:
    from fullcount.web.asked import Asked


def view(asked: Asked) -> dict[str, Any]:
    """The counts, the one that was made last first, each beside the one before it."""
    kept = asked.house.shelf.counts.kept()
    return {"kept": kept, "earlier": {one.name: before.name for one, before in pairwise(kept)}}


COUNTS = Screen(path="counts", title="Counts", template="counts.html.j2", view=view, in_menu=False, is_slow=True)
