"""Paperwork: everything that a paper is made from, gathered from a workspace and one of its counts. Nothing is counted here."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from fullcount import chain, check, deadlines, diff, verify
from fullcount.errors import UsageError
from fullcount.paper import DAY, TEXT, Column, Cost, Facts, Listing
from fullcount.papers.tables import lone, unfound
from fullcount.plan import plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import pyarrow as pa

    from fullcount.chain import Counted
    from fullcount.clock import Due
    from fullcount.directive import Directive
    from fullcount.engine import Engine
    from fullcount.paper import Kind, Table
    from fullcount.register import Registers
    from fullcount.report import Account
    from fullcount.workspace import Workspace

_DAYS = {"first_seen", "last_seen", "answered_on", "last_looked", "seen_on", "replacement_seen"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which paper: of which count and directive, since which earlier count, and what it must not say."""

    kind: Kind
    counted: Counted
    directive: Directive
    since: str = ""
    without_users: bool = False


def gathered(of: Workspace, engine: Engine, wanted: Wanted) -> Facts:
    """The facts of a paper. Raises `UsageError` where `since` names no count, and `SettingsError` where a register is
    wrong.
    """
    account = wanted.counted.of(wanted.directive.id)
    registers, settings = of.registers(), of.settings()
    lists = partial(wanted.counted.lists, account.directive["id"])
    planned = plan(account, lists, registers)
    facts = Facts(
        account=account,
        lists=lists,
        registers=registers,
        demand=next((one for one in wanted.directive.reports if one.id == wanted.kind.name), None),
        capabilities=wanted.directive.capabilities or {},
        lost=_lost(wanted.directive, account),
        due=_due(of, wanted, account),
        exceptions=(*settings.exemption, *registers.exceptions),
        costs=tuple(costs(registers, _day(account))),
        waves=planned.waves,
        scheduled=planned.batches,
        unmatched=_unmatched(of, registers, account),
        marking=settings.marking,
        without_users=wanted.without_users,
    )
    before = _before(of, wanted, account) if wanted.since or wanted.kind.looks_back else None
    if not wanted.kind.looks_back:
        return facts
    facts = _verified(engine, wanted, facts)
    return _changed(engine, wanted, facts, before) if before else facts


def _day(account: Account) -> date | None:
    from datetime import date

    return date.fromisoformat(account.as_of) if account.as_of else None


def _due(of: Workspace, wanted: Wanted, account: Account) -> tuple[Due, ...]:
    """The due dates of the directive, seen from the day of the count; none where it has no day."""
    on = _day(account)
    if on is None:
        return ()
    found = deadlines.discoveries(partial(wanted.counted.lists, wanted.directive.id), of.settings().zone)
    sent = deadlines.submitted((), [wanted.directive], of.registers().answers)
    asked = deadlines.Asked(directive=wanted.directive, discoveries=found, submitted=sent)
    return tuple(one.due for one in deadlines.deadlines([asked], zone=of.settings().zone, on=on))


def _lost(directive: Directive, account: Account) -> tuple[str, ...]:
    """The capabilities of the products that were found, in the order of the directive."""
    found = {line.product for line in account.products}
    had = {name for product in directive.products if product.id in found for name in product.capabilities}
    return tuple(name for name in directive.capabilities or {} if name in had)


def costs(registers: Registers, on: date | None) -> Iterator[Cost]:
    """What agreements and replacements cost; of a term that runs, what is sunk and what is left at the end of a day."""
    for one in registers.agreements:
        term = check.spent(one, on)
        yield Cost(what=one.id, kind=one.kind, currency=one.currency, cost=one.cost, sunk=term.sunk, left=term.left)
    for other in registers.replacements:
        yield Cost(what=other.name, kind="replacement", currency=other.currency, cost=other.cost)


def _unmatched(of: Workspace, registers: Registers, account: Account) -> tuple[Table, ...]:
    """Findings without an agreement, and agreements without a finding."""
    settings = of.settings()
    alone = check.without_agreement(registers, settings, [account])
    return (
        lone((one.name, one.component, one.systems) for one in alone),
        unfound(check.without_finding(registers, settings, [account])),
    )


def _verified(engine: Engine, wanted: Wanted, facts: Facts) -> Facts:
    """With what became of every system that ever had it."""
    name = wanted.directive.id
    verify.verify(engine, wanted.counted.folder)
    sizes = verify.sizes(engine, name)
    return replace(
        facts,
        verified={state: sizes[state] for state in verify.STATES},
        marks={mark: sizes[mark] for mark in (*verify.MARKS, *verify.RESIDUE, *verify.BESIDE)},
        meanings=verify.LISTS,
        verified_list=Listing(
            id="verified",
            title="Verified",
            columns=_columns(verify.COLUMNS),
            rows=sum(sizes[state] for state in verify.STATES),
            batches=partial(_states, engine, name),
        ),
        clean_up=Listing(
            id="clean_up",
            title="To clean up",
            columns=_columns(verify.PIECES),
            rows=sum(batch.num_rows for batch in verify.batches(engine, name, verify.CLEAN_UP)),
            batches=partial(verify.batches, engine, name, verify.CLEAN_UP),
        ),
    )


def _states(engine: Engine, name: str) -> Iterator[pa.RecordBatch]:
    for state in verify.STATES:
        yield from verify.batches(engine, name, state)


def _columns(names: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(id=name, label=name.replace("_", " ").capitalize(), kind=DAY if name in _DAYS else TEXT) for name in names
    )


def _before(of: Workspace, wanted: Wanted, account: Account) -> Counted | None:
    """The count to compare with: the one that is named, else the last one of an earlier day under the same directive."""
    if wanted.since:
        found = chain.named(of, wanted.since)
        found.of(wanted.directive.id)
        return found
    earlier = None
    for one in chain.kept_counts(of):
        with suppress(UsageError):
            if "" < one.of(wanted.directive.id).as_of < account.as_of:
                earlier = one if earlier is None or _as_of(earlier, wanted) <= _as_of(one, wanted) else earlier
    return earlier


def _as_of(counted: Counted, wanted: Wanted) -> str:
    return counted.of(wanted.directive.id).as_of


def _changed(engine: Engine, wanted: Wanted, facts: Facts, before: Counted) -> Facts:
    """With what changed since an earlier count."""
    diff.diff(engine, before.folder, wanted.counted.folder)
    earlier = before.of(wanted.directive.id)
    found = diff.compared(engine, earlier, facts.account)
    return replace(facts, before=earlier, changes={one["list"]: one["systems"] for one in found["lists"]})
