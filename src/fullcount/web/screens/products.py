"""Products: which products of the directive were found, on how many systems, how surely, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.chart import Part
from fullcount.model import GRADE_RANK, KIND_RANK
from fullcount.web.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fullcount.report import ProductLine
    from fullcount.web.asked import Asked

_NOT_FOUND = """
select
    product_names.product,
    product_names.name,
    cast(count(finding_list.product) as bigint) as sightings
from product_names
left join finding_list on product_names.directive = finding_list.directive and product_names.name = finding_list.product
where product_names.directive = $directive
group by product_names.product, product_names.name
order by lower(product_names.name), product_names.product
"""


def view(asked: Asked) -> dict[str, Any]:
    """The products of the account, those of the directive that nothing counts of, and those that nobody ever saw."""
    lines = asked.account.products
    found = {one.product for one in lines}
    others = [
        row for row in asked.engine.ask(_NOT_FOUND, {"directive": asked.directive}).to_pylist() if row["product"] not in found
    ]
    pack = asked.house.shelf.packs.same(asked.account)
    families = {one.id: one.family for one in pack.products} if pack else {}
    having = asked.account.total.with_it + asked.account.total.exempt
    return {
        "products": lines,
        "families": families,
        "kinds": [
            str(kind) for kind in sorted(KIND_RANK, key=lambda kind: -KIND_RANK[kind]) if any(kind in one.kinds for one in lines)
        ],
        "grades": [
            str(grade)
            for grade in sorted(GRADE_RANK, key=lambda grade: -GRADE_RANK[grade])
            if any(grade in one.grades for one in lines)
        ],
        "components": sorted({name for one in lines for name in one.components}),
        "having": having,
        "bar": lambda line: bar(line, having),
        "seen": [row for row in others if row["sightings"]],
        "never": [row["name"] for row in others if not row["sightings"]],
    }


def bar(line: ProductLine, having: int) -> Sequence[Part]:
    """The systems with a product by its best kind, as a share of all systems that have any."""
    return (
        *(Part(kind, kind, value) for kind, value in line.kinds.items()),
        Part("rest", "without this product", having - line.systems),
    )


PRODUCTS = Screen(path="products", title="Products", template="products.html.j2", view=view)
