"""The listings of titles: all of the readings, those that a directive speaks of, those near the vendor, and decided ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.model import Grade, Trace
from fullcount.web.choices import yes_no
from fullcount.web.listing import Column, Filter, Listing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# Every field of a title but the two that are kept folded.
_OTHERS = (
    *("version", "product_code", "upgrade_code", "bundle_id", "package", "purl", "cpe", "path", "signer", "service", "driver"),
    *("extension_id", "dns_name"),
)
_ANY = f"contains(concat_ws(' ', name_key, publisher_key, lower(concat_ws(' ', {', '.join(_OTHERS)}))), $q)"
_NAME_OR_PUBLISHER = "contains(concat_ws(' ', name_key, publisher_key), $q)"


def _of_title(row: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    return "hosts", {"title": str(row["title"])}


TITLES = Listing(
    name="all titles",
    title="Titles of all readings",
    unit="titles",
    table="titles",
    columns=(
        Column(name="name", label="Title", kind="title"),
        Column(name="version", label="Version", kind="name"),
        Column(name="publisher", label="Publisher", kind="name"),
        Column(name="type", label="Seen as"),
        Column(name="package", label="Package", kind="name", narrow=True),
        Column(name="bundle_id", label="Bundle", kind="name", narrow=True),
        Column(name="product_code", label="Product code", kind="name", narrow=True),
        Column(name="path", label="Path", kind="name"),
    ),
    kept=("title",),
    order="name_key nulls last, version, title",
    of_directive=False,
    filters=(
        Filter(names=("q",), label="In any field", sql=_ANY, is_folded=True),
        Filter(names=("name",), label="In the name", sql="contains(name_key, $name)", is_folded=True),
        Filter(names=("publisher",), label="In the publisher", sql="contains(publisher_key, $publisher)", is_folded=True),
        Filter(names=("type",), label="Seen as", sql="type = $type", choices=lambda _: [(str(one), str(one)) for one in Trace]),
    ),
)

MATCHED = Listing(
    name="matched titles",
    title="Titles that the directive speaks of",
    unit="titles, once for each product",
    table="shown_matched",
    columns=(
        Column(name="called", label="Title", kind="title"),
        Column(name="version", label="Version", kind="name"),
        Column(name="publisher", label="Publisher", kind="name"),
        Column(name="trace", label="Seen as", narrow=True),
        Column(name="product", label="Product"),
        Column(name="counts", label="Counts", kind="yes"),
        Column(name="grade", label="Grade"),
        Column(name="kind", label="At most", narrow=True),
        Column(name="scope", label="Scope", narrow=True),
        Column(name="signature", label="Signature", narrow=True),
        Column(name="systems", label="Systems", kind="number", link=_of_title),
    ),
    kept=("title", "in_scope", "overruled"),
    order="systems desc, called, version, publisher, title, product",
    filters=(
        Filter(names=("q",), label="Title or publisher", sql=_NAME_OR_PUBLISHER, is_folded=True),
        Filter(
            names=("product_name",),
            label="Product",
            sql="product = $product_name",
            choices=lambda account: [(one.name, one.name) for one in account.products],
        ),
        Filter(names=("grade",), label="Grade", sql="grade = $grade", choices=lambda _: [(str(one), str(one)) for one in Grade]),
        Filter(names=("counts",), label="Counts", sql="counts = ($counts = 'yes')", choices=yes_no),
        Filter(
            names=("by",),
            label="Said by",
            sql="(signature = 'decision') = ($by = 'people')",
            choices=lambda _: [("people", "people"), ("signatures", "signatures")],
        ),
    ),
)

NEAR = Listing(
    name="near titles",
    title="Titles near the vendor",
    unit="titles",
    table="near_titles",
    columns=(
        Column(name="name", label="Title", kind="name"),
        Column(name="publisher", label="Publisher", kind="name"),
        Column(name="trace", label="Seen as"),
        Column(name="systems", label="Systems", kind="number", link=lambda row: ("hosts", {"near": str(row["near"])})),
        Column(name="reason", label="Why it is near"),
        Column(name="is_hint", label="Speaks against “without it”", kind="yes"),
        Column(name="source", label="First in", kind="name"),
        Column(name="place", label="Place", kind="number"),
    ),
    kept=("near", "unit"),
    order="systems desc, name, publisher",
    filters=(
        Filter(names=("q",), label="Title or publisher", sql="contains(lower(concat_ws(' ', name, publisher)), lower($q))"),
        Filter(
            names=("hint",),
            label="Speaks against",
            sql="is_hint = ($hint = 'yes')",
            choices=yes_no,
        ),
    ),
)

DECIDED = Listing(
    name="decided titles",
    title="Titles that people decided",
    unit="titles",
    table="decided_titles",
    columns=(
        Column(name="name", label="Title", kind="name"),
        Column(name="publisher", label="Publisher", kind="name"),
        Column(name="product", label="Product"),
        Column(name="is_it", label="Is it", kind="yes"),
        Column(name="overruled", label="Against the signature"),
        Column(name="systems", label="Systems", kind="number"),
    ),
    order="product, name, publisher, is_it",
    filters=(
        Filter(names=("q",), label="Title or publisher", sql="contains(lower(concat_ws(' ', name, publisher)), lower($q))"),
        Filter(names=("is_it",), label="Is it", sql="is_it = ($is_it = 'yes')", choices=yes_no),
    ),
)
