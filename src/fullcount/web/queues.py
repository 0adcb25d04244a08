"""The work queues: what waits for a person, each a list in the order of its effect on the count."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fullcount.web.listing import Part
from fullcount.web.lists.evidence import LOOKS
from fullcount.web.lists.files import REJECTS
from fullcount.web.lists.hosts import HOSTS
from fullcount.web.lists.titles import NEAR
from fullcount.web.queued import EXCEPTIONS, QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fullcount.engine import Engine
    from fullcount.web.asked import Asked
    from fullcount.web.listing import Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for a person. Its size is that of `listing` under `values`; an item is a row of it, except where `by_reason`
    puts the rows of one reason together.
    """

    path: str
    title: str
    text: str  # what is wrong, and what to do about it
    empty: str  # what is said where nothing waits
    listing: Listing
    order: str  # of its items: the biggest effect first
    values: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()  # columns that an item needs, and the list does not show
    by_reason: bool = False

    def size(self, asked: Asked) -> int:
        """How many rows wait."""
        return self._part(asked).count(asked.engine)

    def number(self, asked: Asked, size: int) -> int:
        """How many items these rows are."""
        if not self.by_reason:
            return size
        query = f"select count(distinct reason) as number from {self.listing.table}"  # noqa: S608 - a statement of the house
        return int(asked.engine.ask(query, {}).column("number")[0].as_py())

    def items(self, asked: Asked, *, first: int, most: int) -> list[dict[str, Any]]:
        """Some of its items, from number `first` (0 is the first)."""
        if self.by_reason:
            return _by_reason(asked.engine, self.listing.table, first=first, most=most)
        rows = self._part(asked).rows(asked.engine, first=first, most=most)
        return [_with_effect(row) for row in rows] if self.listing is QUESTIONS else rows

    def _part(self, asked: Asked) -> Part:
        ordered = replace(self.listing, order=self.order, kept=(*self.listing.kept, *self.kept))
        return Part(listing=ordered, directive=asked.directive, values=self.values)


def _by_reason(engine: Engine, table: str, *, first: int, most: int) -> list[dict[str, Any]]:
    parts = "reason, cast(count(*) as bigint) as pieces, min(source) as source, count(distinct source) > 1 as in_several"
    query = f"select {parts} from {table} group by reason order by pieces desc, reason limit $most offset $first"  # noqa: S608 - of the house
    found: list[dict[str, Any]] = engine.ask(query, {"most": most, "first": first}).to_pylist()
    return found


_CARRYING = """
select
    shown_carriers.kind,
    shown_carriers.value,
    host_list.host,
    host_list.name,
    host_list.standing,
    host_list.reason,
    host_list.tools,
    host_list.last_heard,
    host_list.clues
from shown_carriers
inner join host_list on shown_carriers.host = host_list.host_number and shown_carriers.directive = host_list.directive
where shown_carriers.directive = $directive and shown_carriers.value in (select unnest($values))
order by shown_carriers.kind, shown_carriers.value, shown_carriers.turn
"""


def _with_effect(row: dict[str, Any]) -> dict[str, Any]:
    """A clue in doubt with what would change were the machines that carry it one."""
    less = {"systems_less": row["systems"] - 1, "with_it_less": max(0, row["with_it"] - 1)}
    return {**row, "clue": f"{row['kind']}={row['value']}", **less}


def with_machines(asked: Asked, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Clues in doubt with the first machines that carry them."""
    values = [one["value"] for one in items]
    found = asked.engine.ask(_CARRYING, {"directive": asked.directive, "values": values}).to_pylist()
    by_clue: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in found:
        by_clue.setdefault((one["kind"], one["value"]), []).append(one)
    return [{**one, "machines": by_clue.get((one["kind"], one["value"]), [])} for one in items]


QUEUES = (
    Queue(
        path="conflicts",
        title="Identity conflicts",
        text="Clues that several systems carry and that did not make them one. Say whether they are one machine or not.",
        empty="No clue that several systems carry was left aside.",
        listing=QUESTIONS,
        order=QUESTIONS.order,
    ),
    Queue(
        path="near-titles",
        title="Near titles",
        text="Titles near the vendor that no signature recognises surely. Say whether they are one of the directive's products.",
        empty="No title near the vendor is undecided.",
        listing=NEAR,
        order=f"is_hint desc, {NEAR.order}",
        kept=("near", "product", "first_version", "last_version", "unit"),
    ),
    Queue(
        path="suspicious",
        title="Suspiciously empty inventories",
        text="Looks that list next to nothing (empty), or the same as long ago (stuck). They cover no system: mend the tool on"
        " that machine, and export again.",
        empty="No inventory is suspiciously empty.",
        listing=LOOKS,
        values={"suspicious": "yes"},
        order="is_covered, coalesce(usual, 0) - observations desc, host_number, tool, source, looked_at, heard_at, observations",
    ),
    Queue(
        path="rejects",
        title="Rejects",
        text="Pieces of files that could not be used, by reason. Mend the export, or say in the settings how the table is meant.",
        empty="Every piece of every file was used.",
        listing=REJECTS,
        order=REJECTS.order,
        by_reason=True,
    ),
    Queue(
        path="gone",
        title="Gone, unverified",
        text="Systems that had it, and where a later look does not show it any more, but cannot prove that it is gone. Verify the"
        " removal: a complete look by a tool that sees the same trace answers for it.",
        empty="No removal waits to be verified.",
        listing=HOSTS,
        values={"standing": "with it", "reason": "gone, unverified"},
        order="last_seen desc nulls last, name, host",
    ),
    Queue(
        path="exceptions",
        title="Expiring exceptions",
        text="Exceptions that have expired by the day of the count, or will within 30 days. Renew them in the settings or in the"
        " register of exceptions, or remove the product.",
        empty="No exception has expired or is about to.",
        listing=EXCEPTIONS,
        values={"due": "yes"},
        order=EXCEPTIONS.order,
    ),
)
BY_PATH = {one.path: one for one in QUEUES}
