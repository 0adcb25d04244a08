"""Components: every part of the organisation with its numbers, each with its list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount import chart
from fullcount.web.screen import Screen

if TYPE_CHECKING:
    from fullcount.web.asked import Asked


def view(asked: Asked) -> dict[str, Any]:
    """The lines of the account, a component's parts below it."""
    account = asked.account
    return {
        "lines": account.components,
        "standings": chart.standings,
        "any_expected": any(line.expected is not None for line in (*account.components, account.total)),
    }


COMPONENTS = Screen(path="components", title="Components", template="components.html.j2", view=view, is_frozen=True)
