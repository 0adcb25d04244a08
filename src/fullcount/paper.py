"""The contract of a paper: what an organisation sends by a due date, as one document that every form writes alike.

A paper is made from one frozen account, the registers and what `verify` found. It counts nothing: each number in it is one
of theirs, with its unit, its denominator and its label. A form (PDF, XLSX, CSV, JSON, HTML) only lays it out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO

    import pyarrow as pa

    from fullcount.clock import Due
    from fullcount.directive import Demand
    from fullcount.register import Registers
    from fullcount.report import Account, Lists
    from fullcount.settings import Exemption

SCHEMA = "fullcount.paper/1"
TEXT, NUMBER, DAY, MONEY = "text", "number", "day", "money"  # what a column holds
YES, NO, NOT_APPLICABLE, UNABLE = "Yes", "No", "N/A", "Unable to answer"
Cell = str | int | Decimal | date | None  # None: not known, shown as empty, never as 0
_EXACT = 2**53  # beyond, not every reader of JSON keeps a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: `id` for machines, `label` for people."""

    id: str
    label: str
    kind: str = TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table short enough for a page: by component, product, agreement or wave, never by system.

    `total`: the last row, computed by whoever made the table; empty where its columns must not be added up.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()
    note: str = ""  # a sentence below it: why the total is not the sum, what is left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as long as the fleet: in XLSX a sheet, in CSV a file of its own, elsewhere only its title and `rows`."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: int  # how many `batches` give
    batches: Callable[[], Iterator[pa.RecordBatch]]  # with exactly these columns, by id, in a stated order


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, as everybody must say it: with its unit, what it is out of, and how sure it is."""

    id: str
    label: str
    value: int | Decimal | None
    unit: str
    of: int | None = None  # the denominator
    of_what: str = ""
    sure: str = ""  # exact, at least, estimate; empty for what is no count


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the directive (or its office's forms) asks, in its words, and what is said: one of Yes, No, N/A, Unable to answer,
    or a text; empty where nobody said anything.
    """

    id: str
    question: str
    value: str
    text: str = ""  # more about it
    required: str = "yes"  # yes, no, or the condition in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that the paper must say and does not: it is a draft until then."""

    id: str  # of the question or field
    what: str
    where: str  # the file and the key in which it is said, so that a person can do it at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the paper: sentences, then figures, answers and tables."""

    id: str
    title: str
    paragraphs: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    answers: tuple[Answer, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who stands for the paper: a typed name, as the returns of CISA have it."""

    role: str
    name: str
    telephone: str = ""
    email: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A sealed return of the paper's own account, which its PDF carries: whoever receives the one has the other."""

    envelope: bytes  # the file as it was sealed, to the byte
    component: str
    sequence: int
    digest: str  # SHA-256 of what was sealed
    keys: tuple[str, ...]  # ids of the keys that are said to have signed it


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper, whole: `sentence` is the number, its denominator and what was not seen, and stands first in every form."""

    id: str  # identify, plan, status
    title: str
    account: Account
    sentence: str
    sections: tuple[Section, ...]
    listings: tuple[Listing, ...] = ()
    gaps: tuple[Gap, ...] = ()
    signatories: tuple[Signatory, ...] = ()
    due: Due | None = None
    marking: str = ""  # CUI ...: on every page, sheet and file
    without_users: bool = False
    carried: Carried | None = None  # in the PDF alone

    @property
    def is_draft(self) -> bool:
        """Whether something is missing: then it says DRAFT on every page and sheet."""
        return bool(self.gaps)

    @property
    def stem(self) -> str:
        """The name of its files, less the suffix: directive, paper, as-of and count; `DRAFT` and the marking are said too."""
        account = self.account
        marking = re.sub(r"\W+", "-", self.marking).strip("-")  # it may have slashes
        parts = (marking, account.directive["id"], self.id, account.as_of[:10] or "undated", account.count)
        return "-".join(filter(None, (*parts, "DRAFT" if self.is_draft else "")))

    @property
    def is_letter(self) -> bool:
        """Whether it is printed on US Letter: where the directive is one of the United States; else on A4."""
        about = self.account.directive
        return str(about.get("jurisdiction") or about["id"]).upper().startswith("US")

    def responses(self) -> dict[str, Cell]:
        """The paper in one row, field by field: answers, then figures; for whoever puts many papers together."""
        row: dict[str, Cell] = {"paper": self.id, "directive": self.account.directive["id"], "count": self.account.count}
        row |= {"as_of": self.account.as_of, "organisation": self.account.organisation}
        for section in self.sections:
            row |= {one.id: one.value for one in section.answers}
            row |= {one.id: one.value for one in section.figures}
        return row

    def document(self) -> dict[str, Any]:
        """The paper as a JSON document, the account included. Of a listing only what it is: its rows are in other forms. A
        return that is carried is no part of it: it says the same, and is signed.

        Days are ISO; a decimal, and a whole number beyond what every reader keeps exactly, is a text.
        """
        parts = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in {"account", "listings", "carried"}}
        listings = [{"id": one.id, "title": one.title, "columns": one.columns, "rows": one.rows} for one in self.listings]
        whole = {"schema": SCHEMA, "draft": self.is_draft, **parts, "listings": listings}
        document: dict[str, Any] = _plain({**whole, "responses": self.responses(), "account": self.account.document()})
        return document

    def written(self) -> bytes:
        """The document as a file: what the JSON form is, and what the PDF carries, to the byte."""
        import orjson

        return orjson.dumps(self.document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _plain(value: Any) -> Any:
    """A value as JSON has it. What cannot be encoded is written out."""
    if isinstance(value, Mapping):
        return {_plain(str(name)): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and -_EXACT < value < _EXACT):
        return value
    text = f"{value:f}" if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else str(value)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveLine:
    """Systems from which the product goes together. `wave` empty: no wave of the register takes them."""

    wave: str
    starts: date | None
    ends: date | None
    what: str  # which systems, in words
    systems: int
    replacement: str = ""
    poam: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an agreement or a replacement costs; of a term that runs, what is sunk and what is left on the day of the count."""

    what: str
    kind: str
    currency: str
    cost: Decimal | None
    sunk: Decimal | None = None
    left: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that a paper may be made from."""

    account: Account
    lists: Lists
    registers: Registers
    demand: Demand | None  # what the directive asks of this paper; None: it asks for no such paper
    due: tuple[Due, ...] = ()  # every due date of the directive
    capabilities: Mapping[str, str] = field(default_factory=dict)  # of the directive: id -> its word
    before: Account | None = None  # for `status`: of the count that the last paper rested on
    changes: Mapping[str, int] = field(default_factory=dict)  # between these two counts: list of `diff` -> systems
    verified: Mapping[str, int] = field(default_factory=dict)  # state of `verify` -> systems; they add up
    marks: Mapping[str, int] = field(default_factory=dict)  # what else `verify` says of some of them
    meanings: Mapping[str, str] = field(default_factory=dict)  # what a state, a mark or a change means
    verified_list: Listing | None = None
    clean_up: Listing | None = None  # every piece that was left behind
    exceptions: tuple[Exemption, ...] = ()  # of the settings and of the register
    costs: tuple[Cost, ...] = ()
    unmatched: tuple[Table, ...] = ()  # findings without an agreement, agreements without a finding
    lost: tuple[str, ...] = ()  # capabilities that the products found have, by id
    scheduled: Callable[[], Iterator[pa.RecordBatch]] | None = None  # the systems with it or exempt, with their wave
    waves: tuple[WaveLine, ...] = ()  # they add up to the systems that are with it
    marking: str = ""
    without_users: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of paper: how it is called, and the function that makes it from the facts."""

    name: str
    title: str
    made: Callable[[Facts], Paper]
    looks_back: bool = False  # whether it tells what became of what was found, and what changed


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a form: how its name goes on behind the paper's stem, and the function that writes it."""

    suffix: str  # ".xlsx", "-systems.csv"
    write: Callable[[IO[bytes]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of a paper: its files, written in this order. The same paper gives the same bytes."""

    name: str
    title: str
    files: Callable[[Paper], Iterable[File]]
    lacks: Callable[[], str] = str  # what must be installed first; empty where nothing is
