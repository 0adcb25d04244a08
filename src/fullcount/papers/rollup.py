"""The roll-up: what the returns of many components come to, who reported and who did not. No directive asks for it by name: it
is what the receiving office makes of the reports that it asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.paper import DAY, NUMBER, TEXT, YES, Column, Figure, Listing, Paper, Section, Table
from fullcount.papers import tables
from fullcount.report import EXACT, RETURN_STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from fullcount.report import Account, ReturnLine

ID = "rollup"
_COUNTS = RETURN_STATES[0]
_LISTS: dict[str, str] = {
    "host_list": "Systems",
    "overlap_list": "Systems of several returns",
    "pair_list": "Components that share systems",
    "conflict_list": "Tokens refused as proof",
}
_LABELS = {"host": "System", "best_kind": "Known to be", "best_grade": "Known by", "disagrees": "Returns disagree"}
_LEFT_OUT = frozenset({"directive", "name", "since", "class", "os", "last_seen", "last_looked", "last_heard", "tools", "clues"})
_SHOWN = (
    *(
        ("component", "Component", TEXT),
        ("state", "State", TEXT),
        ("as_of", "As of", DAY),
        ("days_overdue", "Days overdue", NUMBER),
    ),
    *(("with_it", "With it", NUMBER), ("systems", "Systems", NUMBER), ("looked_at", "Looked at", NUMBER), ("text", "Why", TEXT)),
)
_LISTED = (
    *(("sequence", "Return", NUMBER), ("exempt", "Exempt", NUMBER), ("received", "Received", DAY), ("due", "Due", DAY)),
    ("directive", "Version of the directive", TEXT),
    *(("tokens", "Tokens", NUMBER), ("signers", "Signed by", TEXT), ("digest", "SHA-256 of what was sealed", TEXT)),
)


def made(
    account: Account,
    lists: Mapping[str, Callable[[], Iterator[pa.RecordBatch]]],
    *,
    rows: Mapping[str, int],
    marking: str = "",
    is_public: bool = False,
) -> Paper:
    """The paper of a roll-up. `lists` give the batches of its lists, of which `rows` says how long they are; there is none in
    what is published.
    """
    sections = (
        Section(id="count", title="The count", paragraphs=_headline(account), figures=_figures(account)),
        Section(id="returns", title="Who reported", figures=_reporting(account), tables=(returns(account),)),
        Section(id="components", title="By component", tables=(tables.components(account),)),
        Section(id="products", title="What was found", tables=tuple(_filled(tables.products(account)))),
        Section(id="unseen", title="Why systems stand where they stand", tables=(tables.reasons(account),)),
        Section(id="own_list", title="Returns beside the office's own list", tables=tuple(_filled(sensors(account)))),
        Section(id="estimates", title="Estimates, never added to a count", tables=tuple(_filled(tables.estimates(account)))),
        Section(id="methods", title="How returns were put together", paragraphs=(*account.methods, *account.blind_spots)),
        Section(id="beside", title="Beside the count", tables=tuple(_filled(tables.beside(account)))),
    )
    return Paper(
        id=f"{ID}-public" if is_public else ID,
        title=f"Roll-up of returns: {account.directive['short_title']}",
        marking=marking,
        account=account,
        sentence=account.sentence,
        sections=tuple(one for one in sections if one.paragraphs or one.figures or one.tables),
        listings=(
            _all_returns(account),
            *(
                _listing(name, title, lists[name], rows[name])
                for name, title in _LISTS.items()
                if rows.get(name) and name in lists
            ),
        ),
    )


def _filled(table: Table) -> Iterator[Table]:
    if table.rows:
        yield table


def _headline(account: Account) -> tuple[str, ...]:
    """The warnings, and the range where it is one."""
    spread = account.range_with_it
    said = []
    if spread.low != spread.high:
        said.append(
            f"Whether some records are one system is in doubt: with it are {spread.low:,} to {spread.high:,} systems, of "
            f"{account.range_systems.low:,} to {account.range_systems.high:,}."
        )
    return (*said, *account.warnings)


def _figures(account: Account) -> tuple[Figure, ...]:
    if _is_withheld(account):  # the sentence says how many, and no more
        return tables.figures(account)
    counting = [one for one in account.returns if one.state == _COUNTS and one.sequence]
    found = sum(not one.is_nil for one in counting)
    label = "Components that found it (no share of systems)"
    of = "components whose returns count"
    share = Figure(id="found_it", label=label, value=found, unit="components", of=len(counting), of_what=of, sure=EXACT)
    return (*tables.figures(account), share)


def _is_withheld(account: Account) -> bool:
    """Whether it is not told of every return whether it found none: then nobody may count those that did."""
    return any(one.is_nil is None for one in account.returns)


def _reporting(account: Account) -> tuple[Figure, ...]:
    """How many components are in which state, and how many returns are late, nil or stale."""
    lines = account.returns
    now = [one for one in lines if one.state != "superseded"]
    counting = [one for one in now if one.state == _COUNTS and one.sequence]  # not those for which another speaks
    every = len({one.component for one in now if one.component})
    told = {one.component for one in now if one.state != "refused"}
    turned_away = [one for one in now if one.component and one.component not in told]
    states = (
        ("reported", "Components whose return counts", counting),
        ("spoken_for", "Components for which another's return speaks", [one for one in now if _is_spoken_for(one)]),
        ("turned_away", "Components whose return was refused", turned_away),
        ("missing", "Components whose return is missing", [one for one in now if one.state == "missing"]),
        ("awaited", "Components whose return is not yet due", [one for one in now if one.state == "awaited"]),
    )
    marks = (
        ("refused", "Files that were refused", [one for one in lines if one.state == "refused"]),
        ("superseded", "Returns that a later one replaced", [one for one in lines if one.state == "superseded"]),
        ("late", "Returns that count and came late", [one for one in counting if one.is_late]),
        *(
            []
            if _is_withheld(account)
            else [("nil", "Returns that count and found none", [one for one in counting if one.is_nil])]
        ),
        ("stale", "Returns that count and are much older than the newest", [one for one in now if one.is_stale]),
    )
    of = "components that report or are awaited"
    return (
        *(
            Figure(
                id=name,
                label=label,
                value=len({one.component for one in some}),
                unit="components",
                of=every,
                of_what=of,
                sure=EXACT,
            )
            for name, label, some in states
        ),
        *(Figure(id=name, label=label, value=len(some), unit="returns", sure=EXACT) for name, label, some in marks),
    )


def returns(account: Account) -> Table:
    """A row a return, and a row a component without one. The numbers are those of the return itself, before any overlap."""
    return Table(
        id="returns",
        title="Returns",
        columns=tuple(Column(id=name, label=label, kind=kind) for name, label, kind in _SHOWN),
        rows=tuple(tuple(_cell(line, name) for name, _, _ in _SHOWN) for line in account.returns),
        note="The numbers are as each return says them: the total counts a system that several returns know once.",
    )


def _cell(line: ReturnLine, name: str) -> str | int | None:
    if name == "state":
        number = (f"return {line.sequence}",) if line.sequence else ()
        return "spoken for" if _is_spoken_for(line) else ", ".join((line.state, *number, *marks(line)))
    if name == "signers":
        return "; ".join(line.signers)
    value: str | int | None = getattr(line, name)
    # nothing was said by a component without a return: that is no nought
    is_said = bool(line.sequence) or name in {"component", "text", "days_overdue", "due"}
    is_nothing = value == "" or (name == "days_overdue" and not value)
    return value if is_said and not is_nothing else None


def _is_spoken_for(line: ReturnLine) -> bool:
    """Whether a component has no return of its own, and the one of something above it counts."""
    return line.state == _COUNTS and not line.sequence


def marks(line: ReturnLine) -> tuple[str, ...]:
    """What else is to be known of a return, in words."""
    named = {"late": line.is_late, "found none": bool(line.is_nil and line.sequence), "stale": line.is_stale}
    return tuple(name for name, holds in named.items() if holds)


def _all_returns(account: Account) -> Listing:
    """The returns with everything that is known of them."""
    fields = (*_SHOWN, *_LISTED)
    made = tuple(Column(id=name, label=label, kind=kind) for name, label, kind in fields)

    def batches() -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        columns = [[_cell(line, name) for line in account.returns] for name, _, _ in fields]
        kinds = [pa.int64() if kind == NUMBER else pa.string() for _, _, kind in fields]
        arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, names=[name for name, _, _ in fields])

    return Listing(id="returns", title="Returns", columns=made, rows=len(account.returns), batches=batches)


def sensors(account: Account) -> Table:
    """A row a component that the office's own list names."""
    return Table(
        id="own_list",
        title="Systems that the receiving office saw itself",
        columns=(
            Column(id="component", label="Component"),
            Column(id="seen", label="Seen by the office", kind=NUMBER),
            Column(id="with_it", label="The return says", kind=NUMBER),
            Column(id="verdict", label="Together"),
            Column(id="text", label="In words"),
        ),
        rows=tuple((one.component, one.seen, one.with_it, one.verdict, one.text) for one in account.sensors),
        note="Compared by number alone: the office's names for machines are not those of a return.",
    )


def _listing(name: str, title: str, batches: Callable[[], Iterator[pa.RecordBatch]], rows: int) -> Listing:
    """A list that has rows, less the columns that hold nothing in a roll-up."""
    shown = [one for one in next(batches()).schema.names if one not in _LEFT_OUT]
    made = tuple(
        Column(
            id=one,
            label=_LABELS.get(one, one.replace("_", " ").capitalize()),
            kind=NUMBER if one in {"systems", "records"} else TEXT,
        )
        for one in shown
    )

    def chosen() -> Iterator[pa.RecordBatch]:
        for batch in batches():
            yield _plain(batch.select(shown))

    return Listing(id=name, title=title, columns=made, rows=rows, batches=chosen)


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Yes and no in words."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    arrays = [pc.if_else(one, YES, "") if pa.types.is_boolean(one.type) else one for one in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
