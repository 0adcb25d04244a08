"""Listings behind the work queues that no page of the count has: clues in doubt, and exceptions."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from fullcount.kept import kept_inputs
from fullcount.settings import clue_of
from fullcount.web.choices import yes_no
from fullcount.web.listing import Column, Filter, Listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from fullcount.chain import Counted

SOON = 30  # days before the end of an exception from which somebody must look at it
EXPIRED, DUE, RUNS, UNDATED = "expired", f"expires within {SOON} days", "runs", "its end cannot be judged: the count has no day"
_STATES = (EXPIRED, DUE, RUNS, UNDATED)


def _hosts(row: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    return "hosts", {"clue_kind": row["kind"], "clue": row["value"]}


QUESTIONS = Listing(
    name="clues in doubt",
    title="Clues in doubt",
    unit="clues",
    table="questions",
    columns=(
        Column(name="kind", label="Clue"),
        Column(name="value", label="Value", kind="name"),
        Column(name="reason", label="Why it joined nothing"),
        Column(name="systems", label="Systems", kind="number", link=_hosts),
        Column(
            name="with_it",
            label="With it",
            kind="number",
            link=lambda row: ("hosts", {**_hosts(row)[1], "standing": "with it"}),
        ),
        Column(
            name="without_it",
            label="Without it",
            kind="number",
            link=lambda row: ("hosts", {**_hosts(row)[1], "standing": "without it"}),
            narrow=True,
        ),
        Column(
            name="not_covered",
            label="Not covered",
            kind="number",
            link=lambda row: ("hosts", {**_hosts(row)[1], "standing": "not covered"}),
            narrow=True,
        ),
    ),
    kept=("refused_by",),
    # as `conflicts.conflicts` orders them: what most systems with it hang on first; what is most likely no clue at all last
    order="case when refused_by = 'popularity' then 1 else 0 end, greatest(with_it - 1, 0) desc, systems desc, kind, value",
    filters=(
        Filter(names=("q",), label="Value", sql="contains(lower(value), lower($q))"),
        Filter(
            names=("refused_by",),
            label="Why",
            sql="refused_by = $refused_by",
            choices=lambda _: [
                ("contradiction", "it contradicts other clues"),
                ("clone", "two live records have it"),
                ("weakness", "it is weak"),
                ("popularity", "too many records have it"),
            ],
        ),
    ),
)

EXCEPTIONS = Listing(
    name="exceptions",
    title="Exceptions",
    unit="exceptions",
    table="shown_exceptions",
    columns=(
        Column(name="clue", label="Machine", kind="name"),
        Column(name="product", label="Product"),
        Column(name="approver", label="Approved by", kind="name"),
        Column(name="reason", label="Reason", kind="name"),
        Column(name="expires", label="Last day", kind="time"),
        Column(name="days", label="Days left", kind="number"),
        Column(name="state", label="State"),
        Column(name="systems", label="Systems", kind="number", link=_hosts),
    ),
    kept=("kind", "value"),
    order="expires nulls first, clue, product, number",
    filters=(
        Filter(names=("q",), label="Machine or reason", sql="contains(lower(concat_ws(' ', clue, reason, approver)), lower($q))"),
        Filter(names=("state",), label="State", sql="state = $state", choices=lambda _: [(one, one) for one in _STATES]),
        Filter(
            names=("due",),
            label="To be looked at",
            sql=f"(state <> '{RUNS}') = ($due = 'yes')",
            choices=yes_no,
        ),
    ),
)


def exceptions(counted: Counted) -> pa.Table:
    """The exceptions that a count knew, of settings and registers, once for each directive that they hold for."""
    import pyarrow as pa

    kinds: dict[str, pa.DataType] = {"number": pa.int64(), "days": pa.int64(), "expires": pa.date32()}
    names = ("directive", "number", "clue", "kind", "value", "product", "approver", "reason", "expires", "days", "state")
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in names])
    return pa.Table.from_pylist(list(_rows(counted)), schema=schema)


def _rows(counted: Counted) -> Iterator[dict[str, Any]]:
    said = kept_inputs(counted.folder).get("settings", {}).get("exemption", ())
    for account in counted.accounts:
        day = date.fromisoformat(account.as_of) if account.as_of else None
        for turn, one in enumerate(said):
            if one["directive"] in {"", account.directive["id"]}:
                kind, value = clue_of(one["clue"], "")
                expires = date.fromisoformat(one["expires"])
                days = (expires - day).days if day else None
                about = {name: one[name] for name in ("clue", "product", "approver", "reason")}
                place = {"directive": account.directive["id"], "number": turn, "kind": kind, "value": value}
                yield {**about, **place, "expires": expires, "days": days, "state": _state(days)}


def _state(days: int | None) -> str:
    """An exception holds through its last day."""
    if days is None:
        return UNDATED
    return EXPIRED if days < 0 else DUE if days <= SOON else RUNS
