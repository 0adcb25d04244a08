"""The lists as long as the fleet that go with a paper: sheets of the workbook, files beside the CSV."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from fullcount.model import Standing
from fullcount.paper import Listing
from fullcount.papers.columns import columns
from fullcount.text import without_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from fullcount.paper import Facts

SYSTEMS: dict[str, str] = {
    "host": "System",
    "name": "Host name",
    "component": "Component",
    "class": "Class",
    "os": "OS",
    "standing": "Standing",
    "reason": "Reason",
    "products": "Products",
    "best_kind": "Known to be",
    "best_grade": "Known by",
    "last_seen": "Last seen",
    "last_looked": "Last looked at",
    "tools": "Seen by",
    "clues": "Identified by",
}
EVIDENCE: dict[str, str] = {
    "host": "System",
    "host_name": "Host name",
    "product": "Product",
    "title": "Software as written",
    "version": "Version",
    "publisher": "Publisher",
    "kind": "Kind",
    "grade": "Grade",
    "counts": "Counts",
    "answered": "Answered",
    "seen_on": "Seen on",
    "source": "Source",
    "unit": "Unit",
    "place": "Place",
    "path": "Path",
    "user": "User",
}
_USERS = {"user"}  # left out where users are not to be told; of a path, the user's part is
_HAVING = (Standing.WITH_IT, Standing.EXEMPT)


def having(facts: Facts) -> Listing:
    """The systems that are *with it* or *exempt*, one row each."""
    total = facts.account.total
    keep = partial(_of, facts, [str(one) for one in _HAVING])
    return Listing(id="systems", title="Systems", columns=columns(**SYSTEMS), rows=total.with_it + total.exempt, batches=keep)


def not_covered(facts: Facts) -> Listing:
    """The systems of which nobody can say, with the reason."""
    rows = facts.account.total.not_covered
    keep = partial(_of, facts, [str(Standing.NOT_COVERED)])
    return Listing(id="not_covered", title="Not covered", columns=columns(**SYSTEMS), rows=rows, batches=keep)


def evidence(facts: Facts) -> Listing:
    """Every sighting that speaks of a product on a system, with its file and place."""
    chosen = {name: label for name, label in EVIDENCE.items() if not (facts.without_users and name in _USERS)}
    batches = partial(_evidence, facts, tuple(chosen))
    rows = sum(batch.num_rows for batch in facts.lists("findings"))
    return Listing(id="evidence", title="Evidence", columns=columns(**chosen), rows=rows, batches=batches)


def sources(facts: Facts) -> Listing:
    """Every export that was counted, with its digest."""
    import pyarrow as pa

    labels = {
        "name": "Export",
        "component": "Component",
        "reader": "Format",
        "collected_at": "Made on",
        "collected_how": "How that is known",
        "records": "Records",
        "observations": "Observations",
        "rejects": "Rejects",
        "digest": "SHA-256",
    }
    rows = [{name: getattr(one, name) for name in labels} for one in facts.account.sources]

    def batches() -> Iterator[pa.RecordBatch]:
        if rows:
            yield from pa.Table.from_pylist(rows).to_batches()

    return Listing(id="sources", title="Sources", columns=columns(**labels), rows=len(rows), batches=batches)


def mapped(batches: Iterator[pa.RecordBatch], column: str, change: Callable[[Any], Any]) -> Iterator[pa.RecordBatch]:
    """The batches with the texts of a column changed, each distinct one once."""
    import pyarrow as pa

    for batch in batches:
        coded = batch.column(column).dictionary_encode()
        changed = pa.array([change(text) for text in coded.dictionary.to_pylist()], pa.string())
        values = changed.take(coded.indices) if len(changed) else pa.nulls(batch.num_rows, pa.string())
        at = batch.schema.get_field_index(column)
        yield batch.set_column(at, column, values)


def _of(facts: Facts, standings: list[str]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(standings)
    for batch in facts.lists("hosts"):
        kept = batch.filter(pc.is_in(batch.column("standing"), value_set=wanted))
        if kept.num_rows:
            yield kept.select(list(SYSTEMS))


def _evidence(facts: Facts, chosen: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    batches = (batch.select(list(chosen)) for batch in facts.lists("findings"))
    return mapped(batches, "path", lambda path: path and without_user(path)) if facts.without_users else batches


def scheduled(facts: Facts) -> Listing:
    """The systems that are *with it* or *exempt*, with the wave in which the product goes."""
    labels = SYSTEMS | {"wave": "Wave", "replacement": "Replaced by"}
    total = facts.account.total
    batches = partial(_chosen, facts.scheduled or partial(iter, ()), tuple(labels))
    return Listing(id="systems", title="Systems", columns=columns(**labels), rows=total.with_it + total.exempt, batches=batches)


def verified(facts: Facts) -> tuple[Listing, ...]:
    """What became of each system on which a product was found, and every piece that is to be cleaned up."""
    clean_up = facts.clean_up
    if clean_up and facts.without_users:
        clean_up = replace(clean_up, batches=partial(_unnamed, clean_up.batches))
    return tuple(one for one in (facts.verified_list, clean_up) if one)


def _unnamed(batches: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
    return mapped(batches(), "path", lambda path: path and without_user(path))


def _chosen(batches: Callable[[], Iterator[pa.RecordBatch]], names: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    for batch in batches():
        yield batch.select(list(names))
