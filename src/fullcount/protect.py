"""Protect: which titles are a replacement of the registers, and which product each of them may stand in for.

Makes `product_names`, `replacing` and `replacement_titles`, and gathers `replacement_sightings`; `count` makes `protections`
of them. Distinct titles are judged, never sightings: a title is a replacement where its name, package, bundle, service or
file has one of the replacement's words, and no other publisher is given than the replacement's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.condition import TAKEN_FROM, Condition, comparison, could_tell, folded_fields, holds, sought, spaced
from fullcount.engine import rows_table
from fullcount.sieve import KEYS, sieve, survivors
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from fullcount.directive import Directive
    from fullcount.engine import Engine
    from fullcount.register import Replacement

_NAMED = ("name", "package", "bundle_id", "service", "file")  # fields in which a replacement may be called by its words
_PRODUCTS = {"directive": "text", "product": "text", "name": "text", "is_catch_all": "bool", "capabilities": "text"}
_REPLACING = {
    "directive": "text",
    "product": "text",
    "replacement": "text",
    "name": "text",
    "component": "text",
    "capabilities": "text",
}
_SIGHTINGS = {"record": "int64", "title": "int64", "place": "int64", "state": "text", "detail": "int64"}
_TITLES = {"title": "int64", "replacement": "text"}
_COLUMNS = ("type", "name", "publisher", *_NAMED[1:-1], *TAKEN_FROM["file"][:1])


def protect(engine: Engine, directives: Sequence[Directive], replacements: Sequence[Replacement]) -> None:
    """Makes the tables that the module names, from `titles`; without replacements nothing is looked at."""
    products = [
        {
            "directive": one.id,
            "product": product.id,
            "name": product.name,
            "is_catch_all": product.catch_all,
            "capabilities": _words(product.capabilities),
        }
        for one in directives
        for product in one.products
    ]
    engine.put("product_names", rows_table(products, _PRODUCTS))
    engine.put("replacing", rows_table(list(_replacing(directives, replacements)), _REPLACING))
    titles = _titles(engine, replacements)
    engine.put("replacement_titles", titles)
    if titles.num_rows:
        engine.gather("replacement_sightings", by="title", query="select distinct title from replacement_titles")
    else:  # looking for nothing would still cost a look at every observation
        engine.put("replacement_sightings", rows_table([], _SIGHTINGS))


def _words(capabilities: Sequence[str]) -> str:
    return " ".join(sorted(capabilities))


def _replacing(directives: Sequence[Directive], replacements: Sequence[Replacement]) -> Iterator[dict[str, str]]:
    """For each product what is registered to stand in for it: what says so, or names no product, and has a capability of it."""
    for directive in directives:
        for product in directive.products:
            for one in sorted(replacements, key=lambda one: one.id):
                shared = set(one.capabilities) & set(product.capabilities)
                if shared and (product.id in one.replaces or not one.replaces):
                    yield {
                        "directive": directive.id,
                        "product": product.id,
                        "replacement": one.id,
                        "name": one.name,
                        "component": one.component,
                        "capabilities": _words(sorted(shared)),
                    }


def condition_of(one: Replacement) -> Condition:
    """What a title must be called to be this replacement."""
    words = one.words or (one.name,)
    return Condition(join="any", parts=tuple(comparison(field, "words", words) for field in _NAMED))


def _titles(engine: Engine, replacements: Sequence[Replacement]) -> pa.Table:
    import pyarrow as pa

    made = [rows_table([], _TITLES)]
    asked = {one.id: condition_of(one) for one in replacements}
    publishers = {one.id: comparison("publisher", "words", (one.publisher,)) for one in replacements if key(one.publisher)}
    if asked:
        anchors = frozenset().union(*(sought(one, {}) or could_tell(one) for one in asked.values()))
        which = sieve(anchors)
        query = " ".join(("select title,", ", ".join(KEYS.get(name, name) for name in _COLUMNS), "from titles"))
        for batch in engine.batches(query):
            near = batch.take(pa.array(survivors(which, batch), pa.int64()))
            made.append(rows_table(list(_judged(near, asked, publishers)), _TITLES))
    return pa.concat_tables(made)


def _judged(titles: pa.RecordBatch, asked: dict[str, Condition], publishers: dict[str, Condition]) -> Iterator[dict[str, Any]]:
    for title in titles.to_pylist():
        known = folded_fields({**title, **{field: title[column] for field, column in KEYS.items()}})
        words = {field: spaced(value) for field, value in known.items()}
        for name, condition in asked.items():
            theirs = publishers.get(name)
            # where a title names no publisher, nothing speaks against it
            agrees = theirs is None or "publisher" not in known or holds(theirs, known, words)
            if agrees and holds(condition, known, words):
                yield {"title": title["title"], "replacement": name}
