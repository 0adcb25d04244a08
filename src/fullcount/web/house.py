"""The house: what all requests share: the workspace, its counts, and who may come in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from fullcount.web.guard import ENTER

if TYPE_CHECKING:
    from fullcount.web.guard import Rules
    from fullcount.web.job import Jobs
    from fullcount.web.shelf import Shelf
    from fullcount.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class House:
    """One server over one workspace. `address`: where browsers find it, such as `http://127.0.0.1:8117`."""

    workspace: Workspace
    shelf: Shelf
    jobs: Jobs
    rules: Rules
    address: str

    def link(self) -> str:
        """The link that lets the next browser in."""
        return f"{self.address}{ENTER}?key={quote(self.rules.keys.key)}" if self.rules.keys else f"{self.address}/"
