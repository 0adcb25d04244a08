"""Match: every distinct title against every directive. Makes `verdicts`.

A signature of grade *name* says what a product is called; the publisher can confirm or contradict it. Where the title
gives no publisher the grade stays *name*; where the publisher is one of the directive's `publishers` it is *name and
publisher*; where it is somebody else the title is only near: a *hint*, for review. A signature that speaks of the
publisher itself is not asked again.

A file or process is called by its file's name, and that alone is never more than a hint: it takes a path or a signer.

A title that is recognised as less than an installation (a licence, a removal script that names the product) proves no
more whatever else its name says: the weakest kind holds. Only a proof stands against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fullcount.condition import FIELDS, TAKEN_FROM, anchors, folded_fields, holds, spaced
from fullcount.engine import rows_table
from fullcount.errors import UsageError
from fullcount.model import GRADE_RANK, KIND_RANK, Grade, State, Trace
from fullcount.tables import TITLE_FIELDS
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from fullcount.directive import Directive, Example, Product, Signature
    from fullcount.engine import Engine

VERDICTS: dict[str, str] = {
    "directive": "text",
    "title": "int64",
    "product": "text",
    "signature": "text",  # its id; `decision` where a person decided
    "grade": "text",
    "grade_rank": "int32",
    "kind": "text",  # the strongest state that the title can prove; an observation's own state caps it further
    "kind_rank": "int32",
    "scope": "text",
    "in_scope": "text",  # in | out | conditional | silent
    "counts": "bool",  # in scope, and surely enough; whether it is there is the observation's to say
}
TITLES = " ".join(("select", ", ".join(("title", *TITLE_FIELDS, "name_key", "publisher_key")), "from titles"))
_KEYS = {"name": "name_key", "publisher": "publisher_key"}  # columns that come folded
_BARE = frozenset({Trace.FILE, Trace.PROCESS})  # anybody can call a file so
_NOBODY = frozenset({"-", "?", "n/a", "na", "none", "null", "unknown", "unknown publisher", "not available"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A person said whether titles of this name (and publisher, where one is given) are the product."""

    directive: str
    product: str
    name: str
    publisher: str | None = None
    is_it: bool = True


@dataclass(frozen=True, slots=True)
class _Verdict:
    product: Product
    signature: str
    grade: Grade
    kind: State
    is_it: bool = True


def match(engine: Engine, directives: Sequence[Directive], decisions: Sequence[Decision] = ()) -> None:
    """Makes `verdicts`, one row per directive, title and product, from `titles`; observations are never touched."""
    rows = [row for batch in engine.batches(TITLES) for row in verdicts(directives, batch, decisions)]
    engine.put("verdicts", rows_table(rows, VERDICTS))


def verdicts(
    directives: Sequence[Directive], titles: pa.Table | pa.RecordBatch, decisions: Sequence[Decision] = ()
) -> list[dict[str, Any]]:
    """The verdicts on titles with the columns of `TITLES`, in their order, then directives' order, then by product."""
    import pyarrow as pa

    table = pa.Table.from_batches([titles]) if isinstance(titles, pa.RecordBatch) else titles
    near = table.take(pa.array(_survivors(directives, table, decisions), pa.int64()))
    rows = []
    for title in near.to_pylist():
        known = folded_fields(title)
        words = {field: spaced(value) for field, value in known.items()}
        for directive in directives:
            found = _judged(directive, known, words)
            rows += [_row(directive, title["title"], verdict) for verdict in _decided(directive, decisions, known, found)]
    return rows


def failures(directive: Directive) -> list[str]:
    """What is wrong with the examples of a pack, one line each with its place; none is as it should be."""
    wrong = []
    for example in directive.examples:
        row = {"title": 0, **example.title._asdict()}
        row |= {column: key(row[name]) if row[name] else None for name, column in _KEYS.items()}
        columns = {"title": "int64", **dict.fromkeys(TITLE_FIELDS, "text"), **dict.fromkeys(_KEYS.values(), "text")}
        found = verdicts([directive], rows_table([row], columns))
        products = sorted(one["product"] for one in found) or ["nothing"]
        counts = any(one["counts"] and _shown(one, example) >= KIND_RANK[State.FILES] for one in found)
        if (example.product or "nothing") not in products or counts != example.counts:
            said = f"{', '.join(products)}, {'counts' if counts else 'does not count'}"
            wrong.append(f"{example.place}: {example.title.name or example.title.path}: {said}")
    return wrong


def _shown(verdict: Mapping[str, Any], example: Example) -> int:
    """The kind that an example proves: the weaker of its state and what the signature can prove."""
    return min(int(verdict["kind_rank"]), KIND_RANK[example.state])


def _survivors(directives: Iterable[Directive], table: pa.Table, decisions: Iterable[Decision]) -> list[int]:
    """The rows that hold a literal of some signature. Nearly all titles are somebody else's, so that this sieve is
    vectorised; the literals are joined to one expression per column, which RE2 runs in linear time.
    """
    literals: dict[str, set[str]] = {}
    wanted = [anchor for directive in directives for one in directive.signatures for anchor in anchors(one.condition)]
    for field, literal in [*wanted, *(("name", key(decision.name)) for decision in decisions)]:
        for column in TAKEN_FROM.get(field, (field,)):
            literals.setdefault(column, set()).add(literal)
    rows: set[int] = set()
    for field, texts in sorted(literals.items()):
        rows.update(_rows_with(table, field, texts))
    return sorted(rows)


def _rows_with(table: pa.Table, field: str, literals: Iterable[str]) -> list[int]:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table[_KEYS.get(field, field)].combine_chunks()
    places = pc.indices_nonzero(column.is_valid())
    values = column.drop_null()
    if field not in _KEYS:
        fold = FIELDS[field]
        values = pa.array([fold(str(value)) for value in values.to_pylist()], pa.string())
    pattern = "|".join(re.escape(text) for text in sorted(literals))
    found = places.filter(pc.match_substring_regex(values, pattern))
    return [int(str(place)) for place in found]


def _judged(directive: Directive, known: Mapping[str, str], words: Mapping[str, str]) -> list[_Verdict]:
    """The strongest signature of each product that the title is. A catch-all gives way to any product that the title
    names surely, so that nothing is listed twice, and to hints where it is a hint itself.
    """
    found = [(one, _grade(directive, one, known, words)) for one in directive.signatures if holds(one.condition, known, words)]
    products = {product.id: product for product in directive.products}
    best: dict[str, _Verdict] = {}
    for one, grade in sorted(found, key=lambda pair: (-GRADE_RANK[pair[1]], pair[0].id)):
        floor = grade if grade is Grade.PROOF else min(grade, Grade.NAME, key=GRADE_RANK.__getitem__)
        kinds = [other.kind for other, sure in found if GRADE_RANK[sure] >= GRADE_RANK[floor]]
        kind = min(kinds, key=KIND_RANK.__getitem__)
        best.setdefault(one.product, _Verdict(products[one.product], one.id, grade, kind))
    surest = max((GRADE_RANK[one.grade] for one in best.values() if not one.product.catch_all), default=0)
    enough = GRADE_RANK[Grade.NAME]
    return [one for one in best.values() if not one.product.catch_all or surest < min(GRADE_RANK[one.grade], enough)]


def _grade(directive: Directive, one: Signature, known: Mapping[str, str], words: Mapping[str, str]) -> Grade:
    if one.unverified or (one.called and known.get("type") in _BARE):
        return Grade.HINT
    publisher = known.get("publisher")
    alone = publisher is None or publisher in _NOBODY
    if one.grade is not Grade.NAME or one.own_publisher or directive.publishers is None or alone:
        return one.grade
    return Grade.NAME_AND_PUBLISHER if holds(directive.publishers, known, words) else Grade.HINT


def _decided(
    directive: Directive, decisions: Iterable[Decision], known: Mapping[str, str], found: Iterable[_Verdict]
) -> list[_Verdict]:
    """Verdicts with what people decided in place of what signatures say; the last word holds. By product."""
    last = {one.product.id: one for one in found}
    for said in decisions:
        if (
            said.directive == directive.id
            and key(said.name) == known.get("name")
            and (said.publisher is None or key(said.publisher) == known.get("publisher"))
        ):
            last[said.product] = _Verdict(_product(directive, said.product), "decision", Grade.DECIDED, State.RUNNING, said.is_it)
    return [last[product] for product in sorted(last)]


def _product(directive: Directive, name: str) -> Product:
    for product in directive.products:
        if product.id == name:
            return product
    hint = f"products of {directive.id}: {', '.join(sorted(product.id for product in directive.products))}"
    raise UsageError(f"a decision names the product `{name}`, which {directive.id} does not have", hint=hint)


def _row(directive: Directive, title: int, verdict: _Verdict) -> dict[str, Any]:
    scope = verdict.product.scope
    sure = GRADE_RANK[verdict.grade] >= GRADE_RANK[Grade.NAME]
    return {
        "directive": directive.id,
        "title": title,
        "product": verdict.product.id,
        "signature": verdict.signature,
        "grade": verdict.grade.value,
        "grade_rank": GRADE_RANK[verdict.grade],
        "kind": verdict.kind.value,
        "kind_rank": KIND_RANK[verdict.kind],
        "scope": scope,
        "in_scope": directive.scope[scope],
        "counts": verdict.is_it and sure and directive.scope[scope] == "in",
    }
