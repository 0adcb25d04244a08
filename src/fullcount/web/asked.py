"""What is asked for: a count, a directive and what the address says, and how a page links to what lies behind its numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fullcount.web.listing import Part
from fullcount.web.lists import LISTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from fullcount.engine import Engine
    from fullcount.report import Account
    from fullcount.web.house import House
    from fullcount.web.listing import Listing
    from fullcount.web.shelf import Opened

LAST = "last"
BY_PATH = {one.path: one for one in LISTINGS}
BY_NAME = {one.name: one for one in LISTINGS}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request for a page of a count under a directive."""

    house: House
    opened: Opened
    account: Account
    count: str  # as the address names it: `last`, or an id
    path: str  # of the page, below count and directive
    values: Mapping[str, str] = field(default_factory=dict)  # of the query

    @property
    def directive(self) -> str:
        """The id of the directive."""
        return str(self.account.directive["id"])

    @property
    def engine(self) -> Engine:
        """An engine that shows the tables of the count."""
        return self.opened.engine

    def behind(self, listing: Listing) -> Engine:
        """The engine that shows the table of a listing."""
        return listing.engine(self) if listing.engine else self.engine

    @property
    def is_newest(self) -> bool:
        """Whether this is the count that was made or asked for last."""
        return self.account.count == self.house.shelf.last()

    def place(self, path: str, *, frozen: bool = False, **values: object) -> str:
        """The address of another page of the same count and directive; `frozen`: of this count even when a newer one is there."""
        return self._address(self.account.count if frozen else self.count, path, values)

    def to(self, name: str, **values: object) -> str:
        """The address of a list under filters, of this very count: what a number points to."""
        return self.place(BY_NAME[name].path, frozen=True, **values)

    def elsewhere(self, count: str, path: str, **values: object) -> str:
        """The address of a page of another count under the same directive."""
        return self._address(count, path, values)

    def newest(self) -> str:
        """The address of the same page of the newest count."""
        said = {name: value for name, value in self.values.items() if name not in {"part", "told"}}
        return self._address(LAST, quote(self.path), said)

    def _address(self, count: str, path: str, values: Mapping[str, object]) -> str:
        said = {name.rstrip("_"): value for name, value in values.items() if value not in {None, ""}}
        query = f"?{urlencode(said)}" if said else ""
        return f"/{count}/{quote(self.directive)}/{path}{query}"

    def part(self, listing: Listing) -> Part:
        """The part of a listing that the address says."""
        said = {name: self.values[name] for name in listing.parameters if self.values.get(name)}
        return Part(listing=listing, directive=self.directive, values=said, sort=self.values.get("sort", ""))

    def size(self, name: str, **values: str) -> int:
        """How many rows a list has under filters."""
        listing = BY_NAME[name]
        return Part(listing=listing, directive=self.directive, values=values).count(self.behind(listing))

    @property
    def day(self) -> date | None:
        """The day at whose end was counted."""
        from datetime import date

        return date.fromisoformat(self.account.as_of) if self.account.as_of else None

    def number(self, text: str, *, least: int = 0, most: int = 10**9, otherwise: int = 0) -> int:
        """A whole number that the address says under a name; `otherwise` where it says none."""
        said = self.values.get(text, "")
        return min(max(int(said), least), most) if said.isascii() and said.isdigit() and len(said) < 12 else otherwise

    def view(self) -> dict[str, Any]:
        """What every page of it shows and links by."""
        return {
            "asked": self,
            "account": self.account,
            "place": self.place,
            "to": self.to,
            "others": [one.directive for one in self.opened.counted.accounts if one.directive["id"] != self.directive],
            "is_newest": self.is_newest,
        }
