"""Audit: freeze what may be drawn, draw it by lot, take the answers back, and say what they show.

`audits/<id>/` holds `frame.csv` (every system that may be drawn), `plan.json`, for each draw `draw-<n>.json` with its sheets,
and `answers.jsonl` and `places.jsonl`, to which lines are only added. The ledger has the digests of frame and plan before the
seed, then the seed, then of every sheet that came back its digest. So whoever changes a frame, a plan or an answer afterwards
is found out by `evaluate`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import secrets
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fullcount import ledger
from fullcount.audited import evaluate
from fullcount.clue import meant
from fullcount.errors import SettingsError, UsageError, WorkspaceError
from fullcount.kept import kept_carriers, kept_digest, kept_rows
from fullcount.lot import Plan, Wanted, drawn, framed, ordered, planned, table
from fullcount.text import key, visible
from fullcount.visit import BLANK_PLACES, PLACES, VISITS, Answer, Met, answers_of, as_csv, as_xlsx, met_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from fullcount.audited import Outcome
    from fullcount.chain import Counted
    from fullcount.visit import Column
    from fullcount.workspace import Workspace

AFTER, TOGETHER, SYSTEM = "after the frame was frozen", "together with the frame", "by this computer"
PROVES: dict[str, str] = {
    AFTER: "The seed was given after the frame was frozen: whoever saw it thrown knows that nobody chose the draw.",
    TOGETHER: "The seed was given together with the frame, so that it may have been chosen for its draw: this proves less.",
    SYSTEM: "The seed is from this computer: nobody else knows that it was not chosen for its draw. This proves less than dice.",
}
_FROZEN, _DRAWN, _RECORDED = "audit frame", "audit draw", "audit record"  # lines of the ledger
_FRAME, _PLAN, _ANSWERS, _PLACES = "frame.csv", "plan.json", "answers.jsonl", "places.jsonl"
_SHORT = 12  # characters of a seed that can be tried out


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One draw of an audit: the systems of each stratum from the `start`-th to the `end`-th, in the order that the seed gives."""

    number: int
    seed: str
    how: str
    start: dict[str, int]
    end: dict[str, int]

    @property
    def systems(self) -> int:
        """How many systems it drew."""
        return sum(self.end.values()) - sum(self.start.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """An audit of the workspace: its folder, its plan, its frame and its draws."""

    folder: Path
    plan: Plan
    frame: tuple[dict[str, str], ...]
    draws: tuple[Draw, ...]

    def drawn(self) -> dict[str, list[Mapping[str, str]]]:
        """By stratum, the systems drawn so far, in the order of the draw."""
        if not self.draws:
            return {}
        lines = ordered(self.frame, self.draws[0].seed)
        return {name: lines[name][:end] for name, end in self.draws[-1].end.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a sheet that came back said. Unit: systems; `machines`: met in places."""

    audit: str
    answers: int = 0
    corrected: int = 0
    machines: int = 0
    left: int = 0  # drawn, and still without an answer


# -- what is kept ----------------------------------------------------------------------------------------------------------


def audits(of: Workspace) -> list[str]:
    """The audits of a workspace, oldest first."""
    return [entry.facts["audit"] for entry in ledger.entries(of.ledger) if entry.what == _FROZEN]


def load(of: Workspace, asked: str = "") -> Audit:
    """An audit, the last where none is named. Raises `UsageError` where there is none, and `WorkspaceError` where what is kept
    of it is not what the ledger says.
    """
    names = audits(of)
    if not names or (asked and asked not in names):
        hint = f"the audits are: {', '.join(names)}" if names else "`fullcount audit draw` begins one"
        raise UsageError(f"there is no audit {asked}".rstrip(), hint=hint)
    folder = of.audits / (asked or names[-1])
    digests = {name: digest for facts in _entered(of, folder.name) for name, digest in facts.get("files", {}).items()}
    drawn_in = sorted((name for name in digests if name.startswith("draw-")), key=lambda name: int(name[5:-5]))
    for name in (_FRAME, _PLAN, *drawn_in):
        _unchanged(folder / name, digests[name])
    plan = Plan.of(_read(folder / _PLAN))
    draws = tuple(Draw(**_read(folder / name)) for name in drawn_in)
    return Audit(folder=folder, plan=plan, frame=tuple(_frame_of(folder / _FRAME)), draws=draws)


def _entered(of: Workspace, name: str, what: str = "") -> list[dict[str, Any]]:
    """What the ledger has of an audit: a file that a crash left before its line was written is not there."""
    return [one.facts for one in ledger.entries(of.ledger) if one.facts.get("audit") == name and what in {"", one.what}]


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _unchanged(path: Path, digest: str, size: int | None = None) -> bytes:
    """The file, or as much of it as the ledger knows. Raises `WorkspaceError` where that is not what was kept."""
    data = path.read_bytes()[:size] if path.is_file() else b""
    if hashlib.sha256(data).hexdigest() != digest:
        hint = "restore it from a copy, or draw a new audit: this one proves nothing any longer"
        raise WorkspaceError("this is not what the ledger says was kept", place=str(path), hint=hint)
    return data


def _frame_of(path: Path) -> Iterable[dict[str, str]]:
    from fullcount.cell import unescaped

    for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))):
        yield {name: unescaped(text) for name, text in row.items()}


# -- draw ------------------------------------------------------------------------------------------------------------------


def freeze(of: Workspace, counted: Counted, directive: str, wanted: Wanted) -> Audit:
    """Freeze the frame and the plan, and enter their digests in the ledger. The same plan that waits for its seed already is not
    made again. Raises `UsageError` where there is nothing to audit.
    """
    account = counted.of(directive)
    rows = framed(counted.folder, account, at_least=wanted.at_least)
    data = table(rows)
    with of.writing():
        names = audits(of)
        with suppress(UsageError, WorkspaceError):  # there is none, or it proves nothing any longer
            waiting = load(of)
            again = planned(counted.folder, account, rows, wanted, audit=waiting.plan.audit)
            if not waiting.draws and again == waiting.plan:
                return waiting
        name = f"A{1 + max([0, *(int(one[1:]) for one in names)])}"
        plan = planned(counted.folder, account, rows, wanted, audit=name)
        files = {_FRAME: data, _PLAN: plan.written()}
        _put(of, name, files)
        ledger.append(of.ledger, _FROZEN, audit=name, count=plan.count, files=_digests(files))
    return load(of, name)


def draw(of: Workspace, one: Audit, *, seed: str, how: str) -> Audit:
    """Draw as many of each stratum as the plan says. Without a seed this computer makes one. Raises `UsageError` where it was
    drawn already.
    """
    if one.draws:
        hint = "`fullcount audit draw --more` draws more of it; `fullcount audit draw --risk 5% --tolerable 1%` begins another"
        raise UsageError(f"audit {one.plan.audit} was drawn already", hint=hint)
    first = Draw(
        number=1,
        seed=seed or secrets.token_hex(16),
        how=how if seed else SYSTEM,
        start={stratum.name: 0 for stratum in one.plan.strata},
        end={stratum.name: stratum.planned for stratum in one.plan.strata},
    )
    return _land(of, one, first)


def draw_more(of: Workspace, one: Audit) -> Audit:
    """Draw as many more as are needed to certify, if nothing more is found. Raises `UsageError` where none are, or where those
    drawn are not all answered.
    """
    if not one.draws:
        raise UsageError(f"audit {one.plan.audit} was not drawn yet", hint="`fullcount audit draw --seed TEXT` first")
    shown = outcome(of, one)
    if left := shown.drawn - shown.answered:
        hint = "`fullcount audit record SHEET` first"
        raise UsageError(f"{left:,} systems that were drawn have no answer yet", hint=hint)
    if not shown.draw_more:
        raise UsageError(f"no more are to be drawn: {shown.verdict}", hint="`fullcount audit evaluate` says what the audit shows")
    last = one.draws[-1]
    more = {line.name: line.draw_more for line in shown.lines}
    end = {name: number + more[name] for name, number in last.end.items()}
    return _land(of, one, Draw(number=last.number + 1, seed=last.seed, how=last.how, start=last.end, end=end))


def _land(of: Workspace, one: Audit, new: Draw) -> Audit:
    rows = list(drawn(one.plan.strata, one.frame, new.seed, start=new.start, end=new.end))
    files = {f"draw-{new.number}.json": _json(asdict(new)), **_sheets(one.plan, rows, new.number)}
    with of.writing():
        if [two.number for two in load(of, one.plan.audit).draws] != [two.number for two in one.draws]:
            raise UsageError("somebody else has drawn meanwhile", hint="`fullcount audit evaluate` says where it stands")
        _put(of, one.plan.audit, files)
        facts = {"seed": new.seed, "how": new.how, "systems": new.systems, "files": _digests(files)}
        ledger.append(of.ledger, _DRAWN, audit=one.plan.audit, **facts)
    return load(of, one.plan.audit)


def _put(of: Workspace, name: str, files: Mapping[str, bytes]) -> None:
    for file, data in files.items():
        of.put(of.audits / name / file, data)


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def _json(document: Any) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _sheets(plan: Plan, rows: Sequence[Mapping[str, str]], number: int) -> dict[str, bytes]:
    """The sheets of a draw, each as a workbook and as CSV."""
    look_for = f"{plan.title} ({plan.short_title}): any of its products, on any account of the machine"
    visits = [{**row, "audit": plan.audit, "order": turn, "look_for": look_for} for turn, row in enumerate(rows, start=1)]
    made = _both(f"visits-{number}", VISITS, visits, f"Audit {plan.audit}: {plan.short_title}")
    if number == 1:
        made |= _both("places", PLACES, [{"audit": plan.audit}] * BLANK_PLACES, f"Audit {plan.audit}: places")
    return made


def _both(name: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], title: str) -> dict[str, bytes]:
    text, book = io.BytesIO(), io.BytesIO()
    as_csv(columns, rows, text)
    as_xlsx(columns, rows, book, title=title)
    return {f"{name}.csv": text.getvalue(), f"{name}.xlsx": book.getvalue()}


def is_short(seed: str) -> bool:
    """Whether so few seeds are as long as this one that somebody could have tried them all."""
    return len(seed) < _SHORT


# -- record ----------------------------------------------------------------------------------------------------------------


def record(of: Workspace, one: Audit, file: Path, *, partial: bool = False) -> Recorded:
    """Take in a sheet of visits. Raises `SettingsError` for a row that is not understood, was not drawn, or is dated before the
    day of the count; and, unless it is `partial`, where systems that were drawn are still without an answer.
    """
    systems = {row["system"] for rows in one.drawn().values() for row in rows}
    if not systems:
        raise UsageError(f"audit {one.plan.audit} was not drawn yet", hint="`fullcount audit draw --seed TEXT` first")
    given = answers_of(file, audit=one.plan.audit, drawn=systems)
    _dated(one.plan, given, file)
    with of.writing():
        before = answers(of, one)
        new = [answer for answer in given if before.get(answer.system) != answer]
        left = len(systems - set(before) - {answer.system for answer in given})
        if left and not partial:
            hint = "fill in every row; --partial takes what is there and leaves the rest for later"
            raise SettingsError(f"{left:,} systems that were drawn have no answer", place=str(file), hint=hint)
        corrected = sum(answer.system in before for answer in new)
        _add(of, one, _ANSWERS, new, sheet=file, facts={"answers": len(new), "corrected": corrected})
    return Recorded(audit=one.plan.audit, answers=len(new), corrected=corrected, left=left)


def record_places(of: Workspace, one: Audit, file: Path) -> Recorded:
    """Take in a sheet of places: it stands instead of what an earlier one said of the same places."""
    given = met_of(file, audit=one.plan.audit)
    _dated(one.plan, given, file)
    with of.writing():
        _add(of, one, _PLACES, given, sheet=file, facts={"machines": len(given)})
    return Recorded(audit=one.plan.audit, machines=len(given))


def _dated(plan: Plan, given: Sequence[Answer | Met], file: Path) -> None:
    for one in given:
        if plan.as_of and one.on < plan.as_of:
            who = visible(one.system if isinstance(one, Answer) else one.machine, 80)
            hint = "nothing was drawn on that day: check the date"
            raise SettingsError(
                f"{who}: visited on {one.on}, before the day of the count ({plan.as_of})", place=str(file), hint=hint
            )


def _add(of: Workspace, one: Audit, name: str, given: Sequence[Answer | Met], *, sheet: Path, facts: Mapping[str, int]) -> None:
    """Add lines, and enter the digest of all that are there now. Nothing where nothing is new."""
    if not given:
        return
    turn = 1 + len(_entered(of, one.plan.audit, _RECORDED))
    digest = hashlib.sha256(sheet.read_bytes()).hexdigest()
    lines = [json.dumps({**asdict(row), "turn": turn, "sheet": digest}, ensure_ascii=False, sort_keys=True) for row in given]
    data = _held(of, one, name) + "".join(f"{line}\n" for line in lines).encode()
    of.put(one.folder / name, data)
    held = {"file": name, "size": len(data), "digest": hashlib.sha256(data).hexdigest()}
    ledger.append(of.ledger, _RECORDED, audit=one.plan.audit, sheet=digest, held=held, **facts)


def _held(of: Workspace, one: Audit, name: str) -> bytes:
    """The lines that the ledger knows. Raises `WorkspaceError` where one of them was changed."""
    held = [facts["held"] for facts in _entered(of, one.plan.audit, _RECORDED) if facts["held"]["file"] == name]
    return _unchanged(one.folder / name, held[-1]["digest"], held[-1]["size"]) if held else b""


def answers(of: Workspace, one: Audit) -> dict[str, Answer]:
    """What holds: by system, the answer that was recorded last."""
    return {row["system"]: Answer(**row) for _, row in _lines(of, one, _ANSWERS)}


def places(of: Workspace, one: Audit) -> dict[str, list[Met]]:
    """The machines met in each place, by the last sheet that names it."""
    found: dict[str, tuple[int, list[Met]]] = {}
    for turn, row in _lines(of, one, _PLACES):
        met = Met(**row)
        if found.get(key(met.place), (0, []))[0] != turn:
            found[key(met.place)] = (turn, [])
        found[key(met.place)][1].append(met)
    return {place: met for place, (_, met) in sorted(found.items())}


def _lines(of: Workspace, one: Audit, name: str) -> Iterable[tuple[int, dict[str, str]]]:
    for line in _held(of, one, name).splitlines():
        row = json.loads(line)
        yield row.pop("turn"), {field: value for field, value in row.items() if field != "sheet"}


# -- evaluate --------------------------------------------------------------------------------------------------------------


def outcome(of: Workspace, one: Audit) -> Outcome:
    """What an audit shows so far. Raises `WorkspaceError` where an answer was changed after it was recorded, or the count is not
    there any longer.
    """
    if not one.draws:
        raise UsageError(f"audit {one.plan.audit} was not drawn yet", hint="`fullcount audit draw --seed TEXT` first")
    return evaluate(one.plan, one.drawn(), answers(of, one), _matched(of, one))


def _matched(of: Workspace, one: Audit) -> list[tuple[int, int]]:
    """Of the machines met in each place, how many the count knows as a system: by name, serial number or another clue."""
    met = places(of, one)
    if not met:
        return []
    folder = of.counts / one.plan.count
    if not folder.exists() or kept_digest(folder) != one.plan.accounts:
        raise WorkspaceError("the count of this audit is not there any longer", place=str(folder), hint="restore it from a copy")
    listed = kept_rows(folder, "host_list", "directive", [one.plan.directive])
    systems = {row["host_number"] for row in listed}
    wanted = {clue for machines in met.values() for machine in machines for clue in meant(machine.machine)}
    carried: dict[tuple[str, str], set[int]] = {}
    for row in kept_carriers(folder, wanted):
        carried.setdefault((row["kind"], row["key"]), set()).add(row["host"])
    return [_known(machines, carried, systems) for machines in met.values()]


def _known(machines: Sequence[Met], carried: Mapping[tuple[str, str], set[int]], systems: set[int]) -> tuple[int, int]:
    """Machines met, and those that are one system of the count each: a system that two fit was met once."""
    fits = Counter[int]()
    matched = 0
    for machine in machines:
        hosts = {host for clue in meant(machine.machine) for host in carried.get(clue, ())} & systems
        if any(not fits[host] for host in hosts):
            matched += 1
            fits.update(hosts)
    return len(machines), matched
