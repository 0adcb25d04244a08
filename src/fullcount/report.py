"""The contract of a report, and the account that it formats. Reports never count.

An account is frozen: it is kept as `account.json` beside the tables of its count, and every number in it is
the size of a list that can be written out again from those tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA = "fullcount.account/1"
EXACT, AT_LEAST, ESTIMATE = "exact", "at least", "estimate"
TOTAL = ""  # the component of a line that stands for all of them
UNASSIGNED = "unassigned"
UNLISTED = "systems that no source lists"  # what an estimate is of; it stands beside the combinations of families


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The systems of one component, or of all (`component` empty). Unit: systems.

    `systems` = `with_it` + `exempt` + `without_it` + `not_covered`, always.
    """

    component: str
    systems: int
    with_it: int
    exempt: int
    without_it: int
    not_covered: int
    looked_at: int  # a complete fresh look, not blind to the products
    with_it_label: str = EXACT  # "at least" where any system is not covered or the range is open
    expected: int | None = None  # a bare expectation from the settings: a number without a list
    gone: int = 0  # on a list only and silent for long: expected, probably gone; not in `systems`
    shared: int = 0  # systems that also stand in the line of a component that is neither a part of this one nor around it
    parent: str = ""  # the component that this one is a part of; its line holds these systems too
    depth: int = 0  # how many components it lies in


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductLine:
    """A product: systems with an unanswered counting finding of it, by best kind and best grade."""

    product: str
    name: str
    systems: int
    kinds: Mapping[str, int]
    grades: Mapping[str, int]
    components: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonLine:
    """Why systems stand where they stand: a standing, a reason in words, and how many systems."""

    standing: str
    reason: str
    systems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolLine:
    """What one tool (the sources of one reader or table) contributed. Units: systems, but for the last two."""

    tool: str
    title: str
    lists: str  # strongest of its records
    sources: int
    systems: int  # systems with a record of it
    looked_at: int  # of these, with a complete fresh look by it
    with_it: int  # systems with an unanswered counting finding that it saw
    only: int  # of these, seen by no other tool
    newest: str  # newest collected_at of its sources, ISO; empty where none is known
    oldest: str
    records: int
    rejects: int
    # systems by the best that a look of it is worth: complete, empty, stuck, stale, undated, partial, network, listed
    states: Mapping[str, int] = field(default_factory=dict)
    traces: Mapping[str, int] = field(default_factory=dict)  # systems with a complete fresh look by it, by the traces it sees


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapLine:
    """Systems that exactly these tools know."""

    tools: tuple[str, ...]
    systems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyLine:
    """Systems that exactly these families of sources saw within the window: what an estimate of those that none saw rests on."""

    families: tuple[str, ...]
    systems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairLine:
    """Of the systems that `tool` knows, how many `other` knows too, and how many it does not. Unit: systems."""

    tool: str
    other: str
    both: int
    only: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RelinkLine:
    """How well records are linked without one kind of strong clue: of `pairs` of records that share one, `able` have
    another strong or medium clue each, and `again` come together by everything else. Measured without truth, see `relink`.
    """

    kind: str
    pairs: int
    able: int
    again: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One source as counted, with its digest."""

    name: str
    component: str
    reader: str
    collected_at: str
    collected_how: str
    digest: str
    records: int
    observations: int
    rejects: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A number that stands beside the headline and is not part of it, with its list."""

    name: str  # residue, licence, call-back, mention, review, silent scope, unplaced, not a computer ...
    value: int
    unit: str
    text: str  # one sentence a person understands
    list: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A number without the weak links, and with them: the smaller first."""

    low: int
    headline: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What was worked out beside a count, never added to it: always with its interval and what the method dares to say.

    `verdict` is *estimate* (centre and interval), *range* (an interval, its centre is no figure), *floor only* (`low` alone)
    or *refused* (nothing). Unit: systems.
    """

    what: str  # "systems", "with it", or a part of what is with it
    verdict: str
    low: float | None = None
    centre: float | None = None
    high: float | None = None
    level: float = 0.95
    component: str = TOTAL
    machine_class: str = ""  # empty: all classes
    text: str = ""  # one sentence a person understands


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """What became of the return of one component in a roll-up. Numbers as the return says them; nought where there is none."""

    component: str
    state: str  # one of `RETURN_STATES`
    text: str  # why, in words; empty where the return simply counts
    sequence: int = 0
    digest: str = ""  # SHA-256 of what was sealed
    as_of: str = ""
    received: str = ""  # the day on which it was received, ISO
    due: str = ""
    days_overdue: int = 0  # of a late one: how late it came; of a missing or refused one: until the day of the roll-up
    directive: str = ""  # version of the directive under which it was counted
    signers: tuple[str, ...] = ()
    is_nil: bool | None = False  # it says that none was found; None where that is withheld, as are the numbers below
    is_late: bool = False
    is_stale: bool = False
    systems: int | None = 0  # None: withheld, in what is published; see `public`
    with_it: int | None = 0
    exempt: int | None = 0
    looked_at: int | None = 0
    tokens: int | None = 0  # none: its systems cannot be told from those of others


# A return counts, was replaced by a later one, was refused; or a component has none: overdue, or not yet due.
RETURN_STATES = ("counts", "superseded", "refused", "missing", "awaited")


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorLine:
    """What a list held by the receiving office says of a component, beside what its return says. Unit: systems."""

    component: str
    seen: int  # systems that the office's own list names
    with_it: int | None  # with it or exempt, as the return says; None: there is no return
    verdict: str  # "contradicts", "more than the return", "within the return", "no return"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The count under one directive, complete and frozen: all that a report may say. A roll-up of returns has one, too: its
    components are those that report, and its sources the returns.
    """

    count: str  # id: the digest of everything that went in
    as_of: str  # ISO, UTC; empty where no source says when it was made
    as_of_how: str  # option | newest source | unknown
    made_by: str
    organisation: str
    directive: Mapping[str, Any]  # id, title, short_title, version, digest, issuer, issued, url, unit, scope, exclusions
    sentence: str
    total: Line
    components: tuple[Line, ...]  # a component's parts follow it
    overlap: int  # by how much the lines of depth 0 add up to more than the total: systems of several components
    range_systems: Range
    range_with_it: Range
    products: tuple[ProductLine, ...]
    reasons: tuple[ReasonLine, ...]
    tools: tuple[ToolLine, ...]
    sources: tuple[SourceLine, ...]
    beside: tuple[Beside, ...]
    methods: tuple[str, ...]  # sentences: how it was looked for
    blind_spots: tuple[str, ...]  # sentences: what this way of looking cannot see
    warnings: tuple[str, ...] = ()
    relinks: tuple[RelinkLine, ...] = ()
    overlaps: tuple[OverlapLine, ...] = ()  # they add up to the systems
    pairs: tuple[PairLine, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    families: tuple[FamilyLine, ...] = ()  # where anything was estimated; combinations that saw no system are left out
    returns: tuple[ReturnLine, ...] = ()  # of a roll-up, every return and every component without one
    sensors: tuple[SensorLine, ...] = ()  # of a roll-up, where the office holds a list of its own
    schema: str = SCHEMA
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unlisted(self) -> Estimate | None:
        """What was estimated of the systems that no family of sources saw."""
        return next((one for one in self.estimates if one.what == UNLISTED and not one.component), None)

    def document(self) -> dict[str, Any]:
        """The account as a JSON document."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Account:
        """The account in a document that `document` made. Raises `KeyError` or `TypeError` on any other."""
        lines: dict[str, Callable[..., Any]] = {
            "components": Line,
            "products": ProductLine,
            "reasons": ReasonLine,
            "tools": ToolLine,
            "sources": SourceLine,
            "beside": Beside,
            "pairs": PairLine,
            "relinks": RelinkLine,
            "estimates": Estimate,
            "sensors": SensorLine,
        }
        values = dict(document)
        for name, kind in lines.items():
            values[name] = tuple(kind(**row) for row in document.get(name, ()))
        values["returns"] = tuple(ReturnLine(**{**row, "signers": tuple(row["signers"])}) for row in document.get("returns", ()))
        overlaps = document.get("overlaps", ())
        values["overlaps"] = tuple(OverlapLine(tools=tuple(row["tools"]), systems=row["systems"]) for row in overlaps)
        families = document.get("families", ())
        values["families"] = tuple(FamilyLine(families=tuple(row["families"]), systems=row["systems"]) for row in families)
        for row, source in zip(values["sources"], document["sources"], strict=True):
            object.__setattr__(row, "notes", tuple(source["notes"]))
        values["total"] = Line(**document["total"])
        values["range_systems"] = Range(**document["range_systems"])
        values["range_with_it"] = Range(**document["range_with_it"])
        for name in ("methods", "blind_spots", "warnings"):
            values[name] = tuple(document[name])
        return cls(**values)


Lists = Callable[[str], "Iterator[pa.RecordBatch]"]
"""The list behind a number: `hosts`, `findings`, `looks`, `unplaced`, `called back`, `console`, `conflicts`, `rejects`,
`apart`, `later`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One form of a report: what it is called, how its file ends, and the function that writes it."""

    name: str
    title: str
    suffix: str
    write: Callable[[Account, Lists, IO[bytes]], None]


# Columns of the list `hosts`: one row per system.
HOSTS: dict[str, str] = {
    "host": "text",  # stable name: from the strongest smallest clue
    "name": "text",  # host name as written
    "standing": "text",
    "reason": "text",
    "since": "time",
    "component": "text",  # joined by "; "
    "class": "text",
    "os": "text",
    "products": "text",  # names, joined by "; "
    "best_kind": "text",
    "best_grade": "text",
    "last_seen": "time",
    "last_looked": "time",  # newest complete look
    "last_heard": "time",
    "tools": "text",
    "clues": "text",  # kind=value, joined by "; "
    "records": "int64",
}

# Columns of the list `looks`: one row per system and record of it.
LOOKS: dict[str, str] = {
    "host": "text",
    "name": "text",
    "is_covered": "bool",  # whether all fresh complete looks at the system together see what the directive requires
    "source": "text",
    "tool": "text",
    "lists": "text",
    "state": "text",  # complete, empty, stuck, stale, undated, partial, network, listed
    "traces": "text",  # that this look is complete for, joined by spaces
    "looked_at": "time",
    "heard_at": "time",
    "observations": "int64",
    "usual": "double",  # observations that a whole look of this tool has on this family of systems, in the middle
}
