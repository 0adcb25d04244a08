"""Columns of papers: what each holds is known by its id, so that it is the same in every table and list."""

from __future__ import annotations

from fullcount.paper import DAY, MONEY, NUMBER, TEXT, Column

_KINDS = {
    **dict.fromkeys(("systems", "exempt", "not_covered", "without_it", "with_it", "looked_at", "expected", "only"), NUMBER),
    **dict.fromkeys(("value", "sources", "records", "observations", "rejects", "place", "licences"), NUMBER),
    **dict.fromkeys(("on", "starts", "ends", "expires", "last_seen", "last_looked", "seen_on"), DAY),
    **dict.fromkeys(("cost", "sunk", "left"), MONEY),
}


def columns(**labels: str) -> tuple[Column, ...]:
    """Columns by id and label, in that order.

    >>> [(one.label, one.kind) for one in columns(product="Product", systems="Systems")]
    [('Product', 'text'), ('Systems', 'number')]
    """
    return tuple(Column(id=name, label=label, kind=_KINDS.get(name, TEXT)) for name, label in labels.items())
