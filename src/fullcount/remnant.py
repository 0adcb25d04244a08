"""A remnant: what may be left of a product that is gone, and where its pack would know the files if they were there.

An install key says that a product was put there; only the files are the product. That they are gone can be seen only by
a look at files, and only of products whose pack says that they leave some and how they are recognised: see
`sql/left_behind.sql`, which reads the two tables made here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.condition import folded_fields, holds, proven_by, spaced
from fullcount.engine import rows_table
from fullcount.model import GRADE_RANK, KIND_RANK, Grade, Os, State, Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from fullcount.condition import Condition
    from fullcount.directive import Directive, Signature
    from fullcount.engine import Engine
    from fullcount.product import Product

LEFT = (Trace.PROGRAM, Trace.SERVICE, Trace.DRIVER)  # traces that may outlive the files
_FORMS = {"directive": "text", "product": "text", "os_family": "text", "trace": "text", "by_name": "bool"}
_PLACES = {"directive": "text", "product": "text", "trace": "text", "place": "text"}
_ASKED = """
select distinct
    proven.directive,
    proven.product,
    proven.trace,
    coalesce(details.path, titles.path) as place
from proven
inner join (
    select distinct
        file_looks.directive,
        file_looks.host
    from file_looks
) as looked on proven.directive = looked.directive and proven.host = looked.host
inner join left_forms
    on proven.directive = left_forms.directive and proven.product = left_forms.product and proven.trace = left_forms.trace
inner join titles on proven.title = titles.title
left join details on proven.detail = details.detail
where proven.counts and coalesce(details.path, titles.path) is not null
order by proven.directive, proven.product, proven.trace, place
"""


def left_forms(directives: Iterable[Directive]) -> pa.Table:
    """The traces that may be all that is left of a product on a family of systems: every form that leaves such a one leaves
    files, too, and a key, and the pack has a signature that surely knows files of it. `by_name`: it knows some by their name,
    wherever they lie. One row per directive, product, family and trace.
    """
    rows = [
        {"directive": one.id, "product": product.id, "os_family": family, "trace": trace, "by_name": _knows_names(one, product)}
        for one in directives
        for product in one.products
        for family, trace in _leaving_files(product)
        if any(_knows_files(signature, family) for signature in one.signatures if signature.product == product.id)
    ]
    return rows_table(rows, _FORMS)


def _leaving_files(product: Product) -> Iterator[tuple[str, str]]:
    for family in dict.fromkeys(form.os for form in product.forms):
        for trace in LEFT:
            leaving = [set(form.traces) for form in product.forms if form.os is family and trace in form.traces]
            if leaving and all({Trace.PROGRAM, Trace.FILE} <= traces for traces in leaving):
                yield str(family), str(trace)


def _is_sure(one: Signature) -> bool:
    """Whether what the signature fits is more than a hint, and more than a residue."""
    sure = not one.unverified and not one.called and GRADE_RANK[one.grade] >= GRADE_RANK[Grade.NAME]
    return sure and KIND_RANK[one.kind] >= KIND_RANK[State.FILES]


def _knows_files(one: Signature, family: str) -> bool:
    """Whether a signature surely knows files, by where they lie on this family of systems."""
    paths = list(_paths(one.condition))
    there = any(not path.startswith("/") for path in paths) if family == Os.WINDOWS else bool(paths)
    return _is_sure(one) and there and _of_files(one.condition)


def _paths(condition: Condition) -> Iterator[str]:
    """What the condition asks of a path, but for what it must not be."""
    if condition.field == "path":
        yield from condition.values
    if condition.join != "not":
        for part in condition.parts:
            yield from _paths(part)


def _knows_names(directive: Directive, product: Product) -> bool:
    named = (one for one in _speaking_of(directive, product) if proven_by(one.condition) <= {"file", "type"})
    return any("file" in proven_by(one.condition) for one in named)


def _speaking_of(directive: Directive, product: Product) -> Iterator[Signature]:
    """The signatures of the product, and of what is not further identified."""
    ids = {product.id, *(one.id for one in directive.products if one.catch_all)}
    return (one for one in directive.signatures if one.product in ids)


def _of_files(condition: Condition) -> bool:
    """Whether a title that is a file can fulfil what the condition says of types."""
    match condition.join:
        case "test":
            return condition.field != "type" or Trace.FILE in condition.values
        case "all":
            return all(map(_of_files, condition.parts))
        case "any":
            return any(map(_of_files, condition.parts))
        case _:  # what must not be is judged with the file itself
            return True


def left_places(engine: Engine, directives: Sequence[Directive]) -> pa.Table:
    """The places named by evidence that may be all that is left, at which the pack would surely know a file of the product.

    An install key names a folder, a service or driver its own file. Reads `proven`, `file_looks` and `left_forms`. One row
    per directive, product, trace and place.
    """
    by_id = {one.id: one for one in directives}
    return rows_table([row for row in engine.rows(_ASKED) if _is_known(by_id[row["directive"]], row)], _PLACES)


def _is_known(directive: Directive, row: Mapping[str, Any]) -> bool:
    place = row["place"]
    path = place.rstrip("/\\") + "/x" if row["trace"] == Trace.PROGRAM else place
    known = folded_fields({"type": Trace.FILE, "path": path})
    words = {field: spaced(value) for field, value in known.items()}
    [product] = (one for one in directive.products if one.id == row["product"])
    return any(holds(one.condition, known, words) for one in _speaking_of(directive, product) if _is_sure(one))
