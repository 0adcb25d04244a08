"""The contract of a register: what an organisation knows beside its inventories, as plain files of the workspace.

A register is `registers/NAME.toml` (tables `[[NAME]]`), `registers/NAME.csv` or `registers/NAME.xlsx`; where there are
several, all of them are read. One row is one frozen entry that knows its place. A file that is wrong is one
`SettingsError` with file and line, and nothing of it is used.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fullcount.entry import RowPlace, Rules, checked, complete, named, required, tables, toml
from fullcount.errors import SettingsError
from fullcount.node import did_you_mean
from fullcount.row import rows_of, value_of
from fullcount.settings import Exemption, clue_of
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

FOLDER = "registers"
SUFFIXES = (".toml", ".csv", ".xlsx")
SEE = "see docs/guides/registers.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody who can be asked, or who stands for a paper."""

    role: str  # preparer, cio, cfo, contact, or any other text
    name: str
    telephone: str = ""
    email: str = ""
    component: str = ""  # empty: of the whole organisation
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A component, and what it is there for."""

    component: str
    mission: str  # its mission function, in words
    owner: str = ""
    note: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Something that was bought or agreed, and for how long."""

    id: str
    supplier: str
    product: str = ""  # the id of a product of a directive, or a text; empty: any of its supplier's
    kind: str = "other"  # licence, maintenance, sla, service, other
    reseller: str = ""
    contract: str = ""
    order: str = ""
    sla: str = ""
    component: str = ""  # empty: the whole organisation
    starts: date | None = None  # the first day
    ends: date | None = None  # the last day
    licences: int | None = None
    cost: Decimal | None = None  # for the whole term
    currency: str = ""  # USD, EUR ...: said wherever there is a cost
    note: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """What does the work of a product once that is gone."""

    id: str
    name: str
    publisher: str = ""
    words: tuple[str, ...] = ()  # names by which an inventory shows it; none: its name
    replaces: tuple[str, ...] = ()  # ids of products; none: any
    capabilities: tuple[str, ...] = ()  # ids of the directive's
    state: str = "proposed"  # chosen, proposed
    component: str = ""  # empty: the whole organisation
    starts: date | None = None
    ends: date | None = None
    cost: Decimal | None = None
    currency: str = ""
    note: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Whether removal takes something away from a capability, as a plan must say."""

    capability: str  # an id of the directive's
    impact: str  # yes, no, n/a, unable
    text: str = ""
    component: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What may stand in the way of removal, and what is done about it."""

    text: str
    component: str = ""
    measure: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A number that somebody gives for a component without exports: a line of its own, never added to a count."""

    component: str
    value: int
    unit: str
    name: str  # who says so
    on: date
    basis: str  # how they know
    product: str = ""
    directive: str = ""  # empty: any
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Systems whose products are removed together."""

    id: str
    starts: date
    ends: date
    component: str = ""
    product: str = ""
    machine_class: str = ""
    replacement: str = ""  # the id of a replacement
    poam: str = ""  # of the plan of action and milestones
    note: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to something that a directive, or a form of its office, asks."""

    question: str  # the id of what is asked
    answer: str  # yes, no, n/a, unable, or a text
    text: str = ""
    directive: str = ""
    paper: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """Everything in the registers, in the order of their files."""

    contacts: tuple[Contact, ...] = ()
    components: tuple[Part, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    exceptions: tuple[Exemption, ...] = ()
    controls: tuple[Control, ...] = ()
    challenges: tuple[Challenge, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    waves: tuple[Wave, ...] = ()
    answers: tuple[Reply, ...] = ()

    @property
    def digest(self) -> str:
        """That of everything they say, wherever it stands."""
        return hashlib.sha256(repr([self.said(name) for name in KINDS]).encode()).hexdigest()

    def said(self, name: str) -> list[dict[str, Any]]:
        """The entries of one register as plain documents, less their places."""
        return [{item: getattr(one, item) for item in named(KINDS[name])} for one in getattr(self, name)]

    def counted(self) -> dict[str, list[dict[str, Any]]]:
        """What has a say in a count, and so in its id. Exceptions have theirs in the settings."""
        words = ("id", "name", "publisher", "words", "replaces", "capabilities", "component")
        replacements = [{word: row[word] for word in words} for row in self.said("replacements")]
        return {"attestations": self.said("attestations"), "replacements": replacements}


# Every register by name, and what a row of it is.
KINDS: dict[str, type[Any]] = {
    "contacts": Contact,
    "components": Part,
    "agreements": Agreement,
    "replacements": Replacement,
    "exceptions": Exemption,
    "controls": Control,
    "challenges": Challenge,
    "attestations": Attestation,
    "waves": Wave,
    "answers": Reply,
}
# Other headings of a column, beside the name of its field; see `docs/guides/registers.md`.
LABELS = {
    "telephone": "Phone",
    "email": "E-mail",
    "mission": "Mission function",
    "sla": "Service level agreement",
    "contract": "Contract number",
    "order": "Order number",
    "starts": "Start date",
    "ends": "End date",
    "licences": "Licenses",
    "words": "Shown as",
    "machine_class": "Class",
    "poam": "POA&M",
    "on": "Date",
    "name": "Name",
    "expires": "Expiry date",
    "clue": "System",
}
_ALLOWED: dict[str, dict[str, tuple[str, ...]]] = {
    "agreements": {"kind": ("licence", "maintenance", "sla", "service", "other")},
    "replacements": {"state": ("chosen", "proposed")},
    "controls": {"impact": ("yes", "no", "n/a", "unable")},
}
_CURRENCY = re.compile(r"[A-Z]{3}")


def _currency(text: str, place: str) -> None:
    if text and not _CURRENCY.fullmatch(text):
        raise SettingsError(f"`{text}` is no currency", place=place, hint='three letters, as "USD"')


def rules(name: str) -> Rules:
    """What a register may say."""
    checks = {"currency": _currency, "clue": clue_of}
    return Rules(see=SEE, lists={name: KINDS[name]}, allowed=_ALLOWED.get(name, {}), checks=checks)


def load(folder: Path) -> Registers:
    """The registers in a folder; none where there is no such folder. Raises `SettingsError` with file and line."""
    found: dict[str, tuple[Any, ...]] = {}
    for path in files(folder):
        name = path.stem.lower()
        if name not in KINDS:
            hint = f"{did_you_mean(name, KINDS)}registers are: {', '.join(KINDS)}"
            raise SettingsError(f"there is no register called `{path.stem}`", place=str(path), hint=hint)
        found[name] = (*found.get(name, ()), *entries(path, name))
    for rows in found.values():
        once(rows)
    return Registers(**found)


def files(folder: Path) -> list[Path]:
    """The files of registers in a folder, in the order in which they are read. A spreadsheet that is open leaves files of
    its own there, and they are none.
    """
    paths = folder.iterdir() if folder.is_dir() else ()
    kept = (path for path in paths if path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$")))
    return sorted(kept, key=lambda path: (path.stem.lower(), SUFFIXES.index(path.suffix.lower()), path.name))


def entries(path: Path, name: str) -> tuple[Any, ...]:
    """The entries of one file, as the register `name`. Raises `SettingsError`."""
    found = _of_toml(path, name) if path.suffix.lower() == ".toml" else tuple(_of_table(path, name))
    for one in found:
        _sound(one)
    once(found)
    return found


def _of_toml(path: Path, name: str) -> tuple[Any, ...]:
    document, place = toml(path, SEE)
    if unknown := sorted(set(document) - {name}):
        hint = f"{did_you_mean(unknown[0], [name])}write [[{name}]] above each of its entries"
        raise SettingsError(f"unknown key `{unknown[0]}`", place=place.of(unknown[0]), hint=hint)
    return tables(name, document.get(name, []), place, rules(name))


def _of_table(path: Path, name: str) -> Iterator[Any]:
    kind = KINDS[name]
    known = named(kind)
    for row, cells in rows_of(path, headings(kind), required(kind), see=SEE):
        place = RowPlace(path, name, row)
        ready = {}
        for one, text in cells.items():
            made = value_of(str(known[one].type), one, text, place)
            ready[one] = checked(one, made, place, rules(name))
        yield complete(kind, ready, place)


def headings(kind: type[Any]) -> dict[str, str]:
    """How a column may be headed, folded, and the field that it then holds: its name, or its label."""
    return {key(written.replace("_", " ")): one for one in named(kind) for written in (one, LABELS.get(one, one))}


def _sound(one: Any) -> None:
    """What no single field can show. Raises `SettingsError`."""
    for name in required(type(one)):
        if getattr(one, name) == "":
            raise SettingsError(f"`{name}` is empty", place=one.place, hint="every entry needs it")
    starts, ends = getattr(one, "starts", None), getattr(one, "ends", None)
    if starts and ends and ends < starts:
        raise SettingsError(f"ends before it starts: {ends} is before {starts}", place=one.place, hint="mend one of the dates")
    if getattr(one, "cost", None) is not None and not one.currency:
        raise SettingsError("a cost without its currency", place=one.place, hint='say which, as "USD", in `currency`')


def once(rows: Iterable[Any]) -> None:
    """Raises `SettingsError` where two entries have one id."""
    seen: dict[str, str] = {}
    for one in rows:
        if any(item.name == "id" for item in fields(one)):
            if one.id in seen:
                raise SettingsError(f"`{one.id}` is there already", place=one.place, hint=f"the first is at {seen[one.id]}")
            seen[one.id] = one.place


def money(amounts: Iterable[tuple[str, Decimal | None]]) -> dict[str, Decimal]:
    """Amounts by currency, in its order: sums over several currencies would mean nothing.

    >>> money([("USD", Decimal(2)), ("EUR", Decimal(3)), ("USD", Decimal("1.50")), ("USD", None)])
    {'EUR': Decimal('3'), 'USD': Decimal('3.50')}
    """
    found: dict[str, Decimal] = {}
    for currency, amount in amounts:
        if amount is not None:
            found[currency] = found.get(currency, Decimal(0)) + amount
    return dict(sorted(found.items()))


def written(names: Sequence[str]) -> list[str]:
    """Names of registers, each known. Raises `SettingsError`."""
    for name in names:
        if name not in KINDS:
            hint = f"{did_you_mean(name, KINDS)}registers are: {', '.join(KINDS)}"
            raise SettingsError(f"there is no register called `{name}`", hint=hint)
    return list(names) or list(KINDS)
