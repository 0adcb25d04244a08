"""The packs at hand: the directives under which was counted, as the settings say where they lie, else as they are shipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.directive import find, shipped
from fullcount.errors import FullcountError, UsageError

if TYPE_CHECKING:
    from fullcount.directive import Directive
    from fullcount.report import Account
    from fullcount.workspace import Workspace


class Packs:
    """The packs of a workspace. Any number of threads may ask."""

    def __init__(self, workspace: Workspace) -> None:
        """Those of this workspace."""
        self.workspace = workspace

    def of(self, account: Account) -> Directive:
        """The pack of an account's directive. Raises `UsageError` where it is not at hand, `DirectiveError` where it is wrong."""
        wanted = account.directive["id"]
        names = self.workspace.settings().directives
        for name in (*(one for one in names if one not in shipped()), *([wanted] if wanted in shipped() else [])):
            found = find(name)
            if found.id == wanted:
                return found
        hint = "`directives = [...]` in fullcount.toml says where it is"
        raise UsageError(f"the pack of {wanted} is not known here", hint=hint)

    def at_hand(self, account: Account) -> Directive | None:
        """The same; `None` where there is none that can be used."""
        try:
            return self.of(account)
        except (FullcountError, OSError):
            return None

    def same(self, account: Account) -> Directive | None:
        """The very pack that an account was made under; `None` where only another version is left, or none."""
        found = self.at_hand(account)
        return found if found and found.digest == account.directive["digest"] else None
