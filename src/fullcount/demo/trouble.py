"""What was planted in the returns of the made-up government, and whether the receiving office saw it: each with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fullcount.demo.government import BY_FOLDER, COUNTING, HARVEST, PARTS, RIVERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from fullcount.demo.government import Counted, Government
    from fullcount.report import Account, ReturnLine, SensorLine

_COUNTS, _REFUSED, _SUPERSEDED, _MISSING = "counts", "refused", "superseded", "missing"
SCANT = 0.5  # share of systems that were looked at, below which none found says little


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the receiving office has before it: its roll-up, the pairs of components that share systems, and, by file of the
    mail, what was wrong with it.
    """

    account: Account
    pairs: Sequence[Mapping[str, Any]]
    faults: Mapping[str, Sequence[tuple[str, str]]]  # id and text of each

    def line(self, folder: str, state: str = _COUNTS) -> ReturnLine | None:
        """The line of the return of a component that is in this state."""
        name = BY_FOLDER[folder].name
        return next((one for one in self.account.returns if one.component == name and one.state == state), None)

    def fault(self, folder: str, name: str) -> str:
        """What is said of this fault of a component's file, and of which; empty where nothing is."""
        found = (
            f"{name} of {file}: {text}"
            for file, faults in sorted(self.faults.items())
            for each, text in faults
            if each == name and file.startswith(f"{folder}-")
        )
        return next(found, "")

    def shared(self, folder: str, other: str) -> str:
        """What is said of the systems that two components share."""
        names = {BY_FOLDER[folder].name, BY_FOLDER[other].name}
        found = (one for one in self.pairs if {one["component"], one["other"]} == names)
        return next((f"list of pairs: {one['component']} and {one['other']} share {one['systems']:,}" for one in found), "")

    def sensed(self, folder: str) -> SensorLine | None:
        """What the office's own list says of a component."""
        return next((one for one in self.account.sensors if one.component == BY_FOLDER[folder].name), None)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something planted: what it is, and where the office finds evidence of it; no evidence: it did not see it."""

    id: str
    folder: str
    planted: str
    evidence: Callable[[Seen], str]


def _when(line: ReturnLine | None, *, holds: Callable[[ReturnLine], object], said: Callable[[ReturnLine], str]) -> str:
    return said(line) if line and holds(line) else ""


def _numbers(line: ReturnLine) -> str:
    return f"return {line.sequence}: {line.with_it:,} of {line.systems:,} with it, {line.looked_at:,} looked at"


def _corrected(seen: Seen) -> str:
    old, new = seen.line("parcel", _SUPERSEDED), seen.line("parcel")
    return f"{_numbers(old)}; superseded by {_numbers(new)}" if old and new else ""


def _contradicted(seen: Seen) -> str:
    one = seen.sensed("mint")
    return f"own list, {one.verdict}: {one.text}" if one and one.verdict == "contradicts" else ""


def _unlisted(seen: Seen) -> str:
    line = seen.line("lighthouse")
    warned = next((one for one in seen.account.warnings if BY_FOLDER["lighthouse"].name in one), "")
    return f"return {line.sequence} has no tokens{f'; warning: {warned}' if warned else ''}" if line and not line.tokens else ""


def _rolled(seen: Seen) -> str:
    line = seen.line(HARVEST)
    return f"{_numbers(line)}; it speaks for {', '.join(_spoken(seen, HARVEST))}" if line and _spoken(seen, HARVEST) else ""


def _spoken(seen: Seen, folder: str) -> list[str]:
    said = f"the return of {BY_FOLDER[folder].name} speaks for it"
    return [one.component for one in seen.account.returns if one.text == said]


def _expected(seen: Seen) -> str:
    """A sign that systems are missing from the Exchequer's return: there is none unless somebody knew how many to expect."""
    lines = [one for one in seen.account.components if one.component == BY_FOLDER["exchequer"].name]
    return next(
        (f"{one.systems:,} systems of {one.expected:,} expected" for one in lines if one.systems < (one.expected or 0)), ""
    )


TROUBLES = (
    Trouble(
        id="late",
        folder="lighthouse",
        planted="its return came late",
        evidence=lambda seen: _when(
            seen.line("lighthouse"),
            holds=lambda one: one.is_late,
            said=lambda one: f"return {one.sequence}: {one.days_overdue} days late",
        ),
    ),
    Trouble(
        id="nil",
        folder="lighthouse",
        planted="it found none, and looked at every machine",
        evidence=lambda seen: _when(
            seen.line("lighthouse"),
            holds=lambda one: one.is_nil and one.looked_at == one.systems,
            said=lambda one: f"nil, {_numbers(one)}",
        ),
    ),
    Trouble(
        id="nil_unlooked",
        folder="weather",
        planted="it found none, and had hardly looked; five have it",
        evidence=lambda seen: _when(
            seen.line("weather"),
            holds=lambda one: one.is_nil and (one.looked_at or 0) < SCANT * (one.systems or 0),
            said=lambda one: f"nil, {_numbers(one)}; label {seen.account.total.with_it_label}",
        ),
    ),
    Trouble(
        id="missing",
        folder="archive",
        planted="it sent nothing",
        evidence=lambda seen: _when(
            seen.line("archive", _MISSING),
            holds=lambda one: one.days_overdue,
            said=lambda one: f"missing, {one.days_overdue} days overdue",
        ),
    ),
    Trouble(
        id="stale",
        folder="registry",
        planted="it counted three weeks before the others, and has removed five since",
        evidence=lambda seen: _when(
            seen.line("registry"),
            holds=lambda one: one.is_stale,
            said=lambda one: f"stale: as of {one.as_of}, the newest as of {seen.account.as_of}",
        ),
    ),
    Trouble(
        id="corrected",
        folder="parcel",
        planted="its first return had forgotten the depots",
        evidence=_corrected,
    ),
    Trouble(id="self_report", folder="mint", planted="it says none; fourteen have it", evidence=_contradicted),
    Trouble(
        id="tampered",
        folder="customs",
        planted="on the way a byte was changed: nine became one",
        evidence=lambda seen: seen.fault("customs", "broken-signature"),
    ),
    Trouble(
        id="unknown_key",
        folder="forest",
        planted="it signed with a new key, of which it had told nobody",
        evidence=lambda seen: seen.fault("forest", "nobodys-key"),
    ),
    Trouble(
        id="wrong_token_key",
        folder="statistics",
        planted="it made its tokens with a key of its own; two of its machines are in the Parcel Service's return, too",
        evidence=lambda seen: seen.fault("statistics", "other-token-key"),
    ),
    Trouble(
        id="help_desk",
        folder="mint",
        planted="the Exchequer's help desk looks after three of its machines, and lists them",
        evidence=lambda seen: seen.shared("mint", "exchequer"),
    ),
    Trouble(
        id="detached",
        folder="parcel",
        planted="somebody with a laptop that has it is detached to a bureau of the Department of Harvest",
        evidence=lambda seen: seen.shared("parcel", HARVEST),
    ),
    Trouble(id="without_tokens", folder="lighthouse", planted="it has no token key, and sends no tokens", evidence=_unlisted),
    Trouble(
        id="rollup_of_rollup", folder=HARVEST, planted="it sends no bureau's return, but one roll-up of them", evidence=_rolled
    ),
    Trouble(
        id="nobody_knows",
        folder="exchequer",
        planted="three machines are in no source; one of them has it",
        evidence=_expected,
    ),
)


def troubles(seen: Seen) -> list[dict[str, Any]]:
    """Each trouble, whether the office saw it, and by what."""
    found = []
    for one in TROUBLES:
        evidence = one.evidence(seen)
        about = {"id": one.id, "component": BY_FOLDER[one.folder].name, "planted": one.planted}
        found.append({**about, "is_seen": bool(evidence), "evidence": evidence})
    return found


def compared(made: Government, seen: Seen, plain: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """The roll-up beside the truth, and beside the sum of what was `plain`ly sent: by folder what each file in the mail says,
    whether it holds or not.
    """
    account = seen.account
    counting = [part.folder for part in PARTS if (line := seen.line(part.folder)) and line.sequence]
    apart = [one for one in counting if not (line := seen.line(one)) or not line.tokens]
    bureaus = [part.folder for part in COUNTING if part.parent == BY_FOLDER[HARVEST].acronym]
    meant = [*(one for one in counting if one != HARVEST), *(bureaus if HARVEST in counting else ())]
    right = made.together(meant, apart=apart)
    return {
        "plain_sum": {name: sum(one[name] for one in plain.values()) for name in ("systems", "with_it")},
        "roll_up": {"systems": account.total.systems, "with_it": account.total.with_it},
        "right_roll_up": _said(right),
        "truth": _said(made.whole()),
        "range_systems": [account.range_systems.low, account.range_systems.high],
        "range_with_it": [account.range_with_it.low, account.range_with_it.high],
        "apart": [BY_FOLDER[one].name for one in apart],
        "components": [
            _row(made, seen, part.folder, plain) for part in PARTS if part.systems or part.folder in (RIVERS, HARVEST)
        ],
        "troubles": troubles(seen),
    }


def _said(one: Counted) -> dict[str, int]:
    return {"systems": one.systems, "with_it": one.with_it}


def _row(made: Government, seen: Seen, folder: str, plain: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """A component: what its file says, what the roll-up has of it, and what is true of its own machines."""
    part = BY_FOLDER[folder]
    bureaus = [one.folder for one in PARTS if part.acronym and one.parent == part.acronym and one.systems]
    true = [made.true(one) for one in bureaus or [folder]]
    states = sorted({one.state for one in seen.account.returns if one.component == part.name})
    said = plain.get(folder)
    return {
        "component": part.name,
        "states": states,
        "sent": dict(said) if said else None,
        "true": {"systems": sum(one.systems for one in true), "with_it": sum(one.with_it for one in true)},
    }


def unseen(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The troubles that the office did not see."""
    return [one for one in rows if not one["is_seen"]]
