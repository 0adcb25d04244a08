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

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount.condition import FIELDS, TAKEN_FROM, Anchor, could_tell, fields_of, folded_fields, holds, sought, spaced, told_by
from fullcount.decision import CALLED, IS, called_by
from fullcount.engine import rows_table
from fullcount.errors import UsageError
from fullcount.model import GRADE_RANK, KIND_RANK, Grade, State, Trace
from fullcount.sieve import KEYS, Sieve, sieve, survivors
from fullcount.tables import TITLE_FIELDS
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from fullcount.decision import Decision
    from fullcount.directive import Directive, Example, Signature
    from fullcount.engine import Engine
    from fullcount.product import Product

VERDICTS: dict[str, str] = {
    "directive": "text",
    "title": "int64",
    "product": "text",
    "signature": "text",  # its id; `decision` where a person decided
    "grade": "text",
    "grade_rank": "int32",
    "kind": "text",  # the strongest state that the title can prove; an observation's own state caps it further
    "kind_rank": "int32",
    "scope": "text",  # `decided not` where a person decided that the title is not the product
    "in_scope": "text",  # in | out | conditional | silent
    "counts": "bool",  # in scope, and surely enough; whether it is there is the observation's to say
    "overruled": "text",  # the signature in whose place a person decided
    "overruled_counts": "bool",  # whether it would have counted by that signature
}
DECIDED_NOT = "decided not"  # the scope of what a person said is not the product
_BARE = frozenset({Trace.FILE, Trace.PROCESS})  # anybody can call a file so
_PIECES = (8, 4, 3, 2, 1)  # characters of a text that may be anywhere, by which it is looked up
_NOBODY = frozenset({"-", "?", "n/a", "na", "none", "null", "unknown", "unknown publisher", "not available"})


@dataclass(frozen=True, slots=True)
class _Verdict:
    product: Product
    signature: str
    grade: Grade
    kind: State
    is_it: bool = True
    overruled: _Verdict | None = None  # what the signatures say, where a person decided


class _Kind(NamedTuple):
    field: str
    how: str
    size: int


@dataclass(frozen=True, slots=True)
class _Pack:
    """A directive, ready to judge one title after the other.

    `tried` has the ordinals of the signatures by what a title must have for them to be worth trying: by field, how, and
    how long a piece (in words, else in characters), by the piece. `always` are those that cannot be looked up so.
    `decisions` are those of its own, by the field that calls a title and its folded text.
    """

    directive: Directive
    products: Mapping[str, Product]
    tried: Mapping[_Kind, Mapping[str, Sequence[int]]]
    always: Sequence[int]
    decisions: Mapping[tuple[str, str], Sequence[Decision]]


def match(engine: Engine, directives: Sequence[Directive], decisions: Sequence[Decision] = ()) -> None:
    """Makes `verdicts`, one row per directive, title and product, from `titles`; observations are never touched."""
    import pyarrow as pa

    which, packs = _ready(directives, decisions)
    engine.put("sifted", _sifted(engine, which))
    columns = ", ".join(f"titles.{column}" for column in _columns(directives, decided=bool(decisions)))
    query = f"select {columns} from sifted inner join titles on sifted.title = titles.title order by sifted.place"  # noqa: S608
    made = [rows_table(_judgements(packs, batch), VERDICTS) for batch in engine.batches(query)]
    engine.put("verdicts", pa.concat_tables([rows_table([], VERDICTS), *made]))


def _sifted(engine: Engine, which: Sieve) -> pa.Table:
    """The titles that the sieve keeps, in their order. Reads the columns that it looks at, and of these no empty one: most
    inventories fill few, and what an empty column costs is making it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = {one: f"select 1 as one from titles where {one} is not null limit 1" for one in which.columns}  # noqa: S608
    filled = [one for one, query in asked.items() if engine.rows(query)]
    narrow = which.narrowed(filled)
    found: list[pa.Array[Any]] = [pa.array([], pa.int64())]
    for batch in engine.batches(" ".join(("select", ", ".join(("title", *filled)), "from titles"))):
        rows = pa.array(survivors(narrow, batch), pa.int64())
        found.append(pc.cast(batch["title"].take(rows), pa.int64()))
    titles = pa.concat_arrays(found)
    return pa.table({"place": pa.array(range(len(titles)), pa.int64()), "title": titles})


def verdicts(
    directives: Sequence[Directive], titles: pa.Table | pa.RecordBatch, decisions: Sequence[Decision] = ()
) -> list[dict[str, Any]]:
    """The verdicts on titles with the columns of `titles`, in their order, then directives' order, then by product."""
    return _verdicts(*_ready(directives, decisions), titles)


def _columns(directives: Iterable[Directive], *, decided: bool) -> list[str]:
    """The columns of `titles` that judging reads: the fields that some signature speaks of, and what is always asked; where
    people `decided`, all by which a title may be called.
    """
    conditions = [one.condition for directive in directives for one in directive.signatures]
    conditions += [directive.publishers for directive in directives if directive.publishers]
    spoken = frozenset({"type", "name", "publisher", *(CALLED if decided else ())}).union(*map(fields_of, conditions))
    read = {column for field in spoken for column in TAKEN_FROM.get(field, (field,))}
    return ["title", *(KEYS.get(field, field) for field in TITLE_FIELDS if field in read)]


def _ready(directives: Iterable[Directive], decisions: Sequence[Decision]) -> tuple[Sieve, list[_Pack]]:
    packs: list[_Pack] = []
    wanted: set[Anchor] = set()
    for directive in directives:
        conditions = [one.condition for one in directive.signatures]
        asked = Counter(anchor for one in conditions for anchor in could_tell(one))
        wanted.update(*(sought(one, asked) for one in conditions))
        packs.append(_pack(directive, [told_by(one, asked) for one in conditions], decisions))
    called = {Anchor(field, FIELDS[field](decision.name), "equals") for decision in decisions for field in CALLED}
    return sieve(wanted | called), packs


def _pack(directive: Directive, anchors: Sequence[frozenset[Anchor]], decisions: Iterable[Decision]) -> _Pack:
    tried: dict[_Kind, dict[str, list[int]]] = {}
    for number, found in enumerate(anchors):
        for anchor in found:
            kind, piece = _piece(anchor)
            tried.setdefault(kind, {}).setdefault(piece, []).append(number)
    always = [number for number, found in enumerate(anchors) if not found]
    said: dict[tuple[str, str], list[Decision]] = {}
    for decision in decisions:
        if decision.directive == directive.id:
            for field in CALLED:
                said.setdefault((field, FIELDS[field](decision.name)), []).append(decision)
    return _Pack(directive, {product.id: product for product in directive.products}, tried, always, said)


def _piece(anchor: Anchor) -> tuple[_Kind, str]:
    """What of an anchor is looked up: all of it, but of what may be anywhere the first characters."""
    field, text, how = anchor
    match how:
        case "equals":
            return _Kind(field, how, 0), text
        case "words":
            return _Kind(field, how, text.count(" ") + 1), text
        case "part":
            size = next(size for size in _PIECES if size <= len(text))
            return _Kind(field, how, size), text[:size]
        case _:
            return _Kind(field, how, len(text)), text


def _pieces(kind: _Kind, text: str, words: Sequence[str]) -> Iterable[str]:
    """The pieces of that kind that a text has."""
    size = kind.size
    match kind.how:
        case "equals":
            return (text,)
        case "starts":
            return (text[:size],)
        case "ends":
            return (text[-size:],)
        case "words":
            return (" ".join(words[at : at + size]) for at in range(len(words) - size + 1))
        case _:
            return (text[at : at + size] for at in range(len(text) - size + 1))


def _verdicts(which: Sieve, packs: Iterable[_Pack], titles: pa.Table | pa.RecordBatch) -> list[dict[str, Any]]:
    import pyarrow as pa

    return _judgements(packs, titles.take(pa.array(survivors(which, titles), pa.int64())))


def _judgements(packs: Iterable[_Pack], titles: pa.Table | pa.RecordBatch) -> list[dict[str, Any]]:
    """What is said of titles, one after the other."""
    rows = []
    for title in titles.to_pylist():
        known = folded_fields({**title, **{field: title[column] for field, column in KEYS.items()}})
        words = {field: spaced(value) for field, value in known.items()}
        for pack in packs:
            found = _judged(pack, known, words)
            rows += [_row(pack.directive, title["title"], verdict) for verdict in _decided(pack, known, found)]
    return rows


def failures(directive: Directive) -> list[str]:
    """What is wrong with the examples of a pack, one line each with its place; none is as it should be."""
    rows = [{"title": number, **example.title._asdict()} for number, example in enumerate(directive.examples)]
    for row in rows:
        row |= {column: key(row[name]) if row[name] else None for name, column in KEYS.items()}
    columns = {"title": "int64", **dict.fromkeys(TITLE_FIELDS, "text"), **dict.fromkeys(KEYS.values(), "text")}
    # all at once: what is made of the signatures takes longer than the examples
    judged: dict[int, list[dict[str, Any]]] = {}
    for one in verdicts([directive], rows_table(rows, columns)):
        judged.setdefault(one["title"], []).append(one)
    wrong = []
    for number, example in enumerate(directive.examples):
        found = judged.get(number, [])
        products = sorted(one["product"] for one in found) or ["nothing"]
        counts = any(one["counts"] and _shown(one, example) >= KIND_RANK[State.FILES] for one in found)
        wanted = example.product or "nothing"
        if wanted not in products or counts != example.counts:
            said = f"is {_put(', '.join(products), counts)}; should be {_put(wanted, example.counts)}"
            wrong.append(f"{example.place}: {example.title.name or example.title.path}: {said}")
    return wrong


def _put(product: str, counts: bool) -> str:  # noqa: FBT001 - what is put into words
    return f"{product}, {'counts' if counts else 'does not count'}"


def _shown(verdict: Mapping[str, Any], example: Example) -> int:
    """The kind that an example proves: the weaker of its state and what the signature can prove."""
    return min(int(verdict["kind_rank"]), KIND_RANK[example.state])


def _candidates(pack: _Pack, known: Mapping[str, str], words: Mapping[str, str]) -> list[Signature]:
    """The signatures that may hold for a title, in their order: with many signatures, trying each is what takes long."""
    numbers = set(pack.always)
    split = {field: text.split() for field, text in words.items()}
    for kind, tried in pack.tried.items():
        if (text := known.get(kind.field)) is not None:
            for piece in _pieces(kind, text, split[kind.field]):
                numbers.update(tried.get(piece, ()))
    return [pack.directive.signatures[number] for number in sorted(numbers)]


def _judged(pack: _Pack, known: Mapping[str, str], words: Mapping[str, str]) -> list[_Verdict]:
    """The strongest signature of each product that the title is. A catch-all gives way to any product that the title
    names surely, so that nothing is listed twice, and to hints where it is a hint itself.
    """
    holding = [one for one in _candidates(pack, known, words) if holds(one.condition, known, words)]
    found = [(one, _grade(pack.directive, one, known, words)) for one in holding]
    best: dict[str, _Verdict] = {}
    for one, grade in sorted(found, key=lambda pair: (-GRADE_RANK[pair[1]], pair[0].id)):
        floor = grade if grade is Grade.PROOF else min(grade, Grade.NAME, key=GRADE_RANK.__getitem__)
        kinds = [other.kind for other, sure in found if GRADE_RANK[sure] >= GRADE_RANK[floor]]
        kind = min(kinds, key=KIND_RANK.__getitem__)
        best.setdefault(one.product, _Verdict(pack.products[one.product], one.id, grade, kind))
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


def _decided(pack: _Pack, known: Mapping[str, str], found: Iterable[_Verdict]) -> list[_Verdict]:
    """Verdicts with what people decided in place of what signatures say; the last word holds. By product."""
    by_signature = {one.product.id: one for one in found}
    last = dict(by_signature)
    field = called_by(known)
    for said in pack.decisions.get((field, known.get(field, "")), ()):
        if said.speaks_of(known):
            # what is not the product proves nothing, so that it neither blocks *without it* nor answers for anything
            kind = State.RUNNING if said.what == IS else State.MENTION
            overruled = by_signature.get(said.product)
            last[said.product] = _Verdict(
                _product(pack, said.product), "decision", Grade.DECIDED, kind, said.what == IS, overruled
            )
    return [last[product] for product in sorted(last)]


def _product(pack: _Pack, name: str) -> Product:
    if product := pack.products.get(name):
        return product
    hint = f"products of {pack.directive.id}: {', '.join(sorted(pack.products))}"
    raise UsageError(f"a decision names the product `{name}`, which {pack.directive.id} does not have", hint=hint)


def _row(directive: Directive, title: int, verdict: _Verdict) -> dict[str, Any]:
    scope, overruled = verdict.product.scope, verdict.overruled
    return {
        "directive": directive.id,
        "title": title,
        "product": verdict.product.id,
        "signature": verdict.signature,
        "grade": verdict.grade.value,
        "grade_rank": GRADE_RANK[verdict.grade],
        "kind": verdict.kind.value,
        "kind_rank": KIND_RANK[verdict.kind],
        "scope": scope if verdict.is_it else DECIDED_NOT,
        "in_scope": directive.scope[scope] if verdict.is_it else "out",
        "counts": verdict.is_it and _counts(directive, verdict),
        "overruled": overruled.signature if overruled else None,
        "overruled_counts": overruled is not None and _counts(directive, overruled),
    }


def _counts(directive: Directive, verdict: _Verdict) -> bool:
    return GRADE_RANK[verdict.grade] >= GRADE_RANK[Grade.NAME] and directive.scope[verdict.product.scope] == "in"
