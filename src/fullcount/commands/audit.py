"""`fullcount audit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.audit import Audit, Recorded
    from fullcount.audited import Outcome
    from fullcount.lot import Wanted
    from fullcount.workspace import Workspace

RISK, TOLERABLE = "5%", "1%"

_audit = click.option("--audit", "name", default="", metavar="ID", help="Which audit, by default the last one.")


@click.group("audit")
def command() -> None:
    """Draw systems by lot, record what somebody found at them, and say what that proves."""


@command.command("draw")
@options.workspace
@options.one_directive
@click.option("--count", "asked", default=None, metavar="COUNT", help="Which count, by default the last one.")
@click.option("--risk", metavar="PERCENT", help=f"The chance to certify although more have it; by default {RISK}.")
@click.option(
    "--tolerable", metavar="PERCENT", help=f"At most this share of the systems declared without it may; by default {TOLERABLE}."
)
@click.option("--least", type=click.IntRange(1), metavar="N", help="Meet so many of each stratum, or all; by default 30.")
@click.option("--seed", default="", metavar="TEXT", help="What was thrown with dice, or read from a public beacon.")
@click.option("--system-seed", is_flag=True, help="Let this computer make the seed: it proves less.")
@click.option("--more", is_flag=True, help="Draw as many more as are still needed, of the last audit or that of --audit.")
@_audit
@options.as_json
def draw(**chosen: Any) -> None:
    """Freeze what may be drawn, and then, with a seed, draw from it and write the sheets. First without a seed: the digest of
    what was frozen is then in the ledger, and whoever throws the dice afterwards knows that nobody chose the draw.
    """
    from fullcount import audit

    of = console.workspace(chosen["workspace"])
    if chosen["seed"] and chosen["system_seed"]:
        raise click.UsageError("--seed and --system-seed are two seeds: give one")
    if chosen["more"]:
        one = audit.draw_more(of, audit.load(of, chosen["name"]))
    else:
        one, how = _frozen(of, chosen)
        if chosen["seed"].strip() or chosen["system_seed"]:
            one = audit.draw(of, one, seed=chosen["seed"].strip(), how=how)
    if chosen["as_json"]:
        console.emit({"schema": "fullcount.audit.draw/1", **_document(one)})
        return
    for line in _drawn(one) if one.draws else _waiting(one):
        console.out(line)


def _frozen(of: Workspace, chosen: dict[str, Any]) -> tuple[Audit, str]:
    """The audit that is meant, and how its seed then comes: one that waits for it, else a new one."""
    from fullcount import audit
    from fullcount.chain import named

    asks = [chosen[name] for name in ("risk", "tolerable", "least", "asked")]
    has_seed = bool(chosen["seed"].strip() or chosen["system_seed"])
    if chosen["name"] or (has_seed and not any(asks)):
        return audit.load(of, chosen["name"]), audit.AFTER
    before = audit.audits(of)
    one = audit.freeze(of, named(of, chosen["asked"] or "last"), chosen["directive"], _wanted(chosen))
    return one, audit.AFTER if one.plan.audit in before else audit.TOGETHER


def _wanted(chosen: dict[str, Any]) -> Wanted:
    from fullcount.auditing import FLOOR
    from fullcount.lot import Wanted, percent

    return Wanted(
        risk=percent(chosen["risk"] or RISK, "--risk", most=50),
        tolerable=percent(chosen["tolerable"] or TOLERABLE, "--tolerable", most=50),
        at_least=chosen["least"] or FLOOR,
    )


def _document(one: Audit) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "audit": one.plan.audit,
        "plan": {name: value for name, value in asdict(one.plan).items() if name != "schema"},
        "draws": [asdict(draw) for draw in one.draws],
        "files": [str(path) for path in _files(one)],
    }


def _files(one: Audit) -> list[Path]:
    """The sheets of the last draw."""
    number = one.draws[-1].number if one.draws else 0
    names = [f"visits-{number}.xlsx", f"visits-{number}.csv", *(["places.xlsx", "places.csv"] if number == 1 else [])]
    return [one.folder / name for name in names] if number else [one.folder / "frame.csv"]


def _plan(one: Audit) -> Iterator[str]:
    plan = one.plan
    yield (
        f"audit {plan.audit}: {plan.systems:,} systems that nobody says have it ({visible(plan.short_title)}, count {plan.count},"
        f" as of {plan.as_of or 'no day'}), {plan.declared:,} of them declared without it"
    )
    yield (
        f"to show with {100 * (1 - plan.risk):g} % confidence that at most {plan.most:,} of these {plan.declared:,}"
        f" ({100 * plan.tolerable:g} %) have it, meet:"
    )
    for stratum in plan.strata:
        yield f"{stratum.planned:>8,} of {stratum.systems:<8,} {visible(stratum.name)}"
    yield f"{sum(stratum.planned for stratum in plan.strata):>8,} of {plan.systems:<8,} in all"
    for note in plan.notes:
        yield f"note: {visible(note)}"


def _waiting(one: Audit) -> Iterator[str]:
    yield from _plan(one)
    yield ""
    yield f"frozen: SHA-256 {one.plan.frame}"
    yield f"        of {one.folder / 'frame.csv'}; it is in the ledger"
    yield "Now throw dice before witnesses (20 throws or more), or take the next value of a public beacon, and write it down:"
    yield "    fullcount audit draw --seed TEXT"
    yield "Or `fullcount audit draw --system-seed`: this computer makes the seed, and that proves less."


def _drawn(one: Audit) -> Iterator[str]:
    from fullcount.audit import AFTER, PROVES, is_short

    last = one.draws[-1]
    if last.number == 1 and last.how != AFTER:  # else it was said before
        yield from _plan(one)
        yield ""
    yield f"drawn: {last.systems:,} systems, by the seed {visible(last.seed)}"
    yield PROVES[last.how]
    if is_short(last.seed):
        yield "It is short: somebody could have tried out all seeds like it."
    yield "Whoever has frame.csv and the seed draws the same: in each stratum by HMAC-SHA-256(seed, system), the least first."
    for path in _files(one):
        yield str(path)


@command.command("record")
@click.argument("file", type=click.Path(path_type=Path))
@options.workspace
@_audit
@click.option("--places", is_flag=True, help="FILE is a sheet of places: machines met there, and not visits.")
@click.option("--partial", is_flag=True, help="Take what is answered; the rest comes later.")
@options.as_json
def record(file: Path, **chosen: Any) -> None:
    """Take in FILE, a sheet that was filled in (XLSX or CSV). A later answer about the same system corrects the one before."""
    from dataclasses import asdict

    from fullcount import audit
    from fullcount.errors import UsageError

    if not file.is_file():
        raise UsageError(f"there is no file {file}", hint="check the path")
    of = console.workspace(chosen["workspace"])
    one = audit.load(of, chosen["name"])
    is_part = chosen["partial"]
    done = audit.record_places(of, one, file) if chosen["places"] else audit.record(of, one, file, partial=is_part)
    if chosen["as_json"]:
        console.emit({"schema": "fullcount.audit.record/1", **asdict(done)})
    else:
        console.out(_recorded(done, chosen))


def _recorded(done: Recorded, chosen: dict[str, Any]) -> str:
    if chosen["places"]:
        return f"audit {done.audit}: {done.machines:,} machines met in places"
    new = f"{done.answers:,} new answers, {done.corrected:,} of them corrections"
    return f"audit {done.audit}: {new}; {done.left:,} still without one"


@command.command("evaluate")
@options.workspace
@_audit
@options.as_json
def evaluate(**chosen: Any) -> None:
    """Say what the answers prove: how many can have it at most, whether that is certified, and how many more to meet if not."""
    from fullcount import audit

    of = console.workspace(chosen["workspace"])
    one = audit.load(of, chosen["name"])
    shown = audit.outcome(of, one)
    if chosen["as_json"]:
        console.emit(
            {"schema": "fullcount.audit/1", "count": one.plan.count, "directive": one.plan.directive, **shown.document()}
        )
        return
    for line in _evaluated(one, shown):
        console.out(line)


def _evaluated(one: Audit, shown: Outcome) -> Iterator[str]:
    from fullcount.audit import PROVES

    answered = f"{shown.answered:,} of {shown.drawn:,} drawn are answered"
    yield f"audit {shown.audit} of count {one.plan.count}: {shown.verdict} ({answered})"
    yield ""
    for sentence in shown.sentences:
        yield visible(sentence, 1000)
    yield PROVES[one.draws[0].how]
    once = shown.declared.most_once
    if once is not None:
        yield f"Had it been settled to look once and never again: at most {once:,} of the {shown.declared.systems:,}."
    yield ""
    yield "   of all     met   found  not there  no look  waiting  draw more"
    for line in shown.lines:
        numbers = f"{line.systems:>9,} {line.visited:>7,} {line.found:>7,} {line.not_there:>10,} {line.no_look:>8,}"
        yield f"{numbers} {line.waiting:>8,} {line.draw_more:>10,}  {visible(line.name)}"
    yield from _tools(shown)


def _tools(shown: Outcome) -> Iterator[str]:
    yield ""
    yield "how often each source sees it where it is (estimate):"
    for one in shown.tools:
        said = "not known: " + ("none that it saw or missed was met" if one.looked_at else "no system that it looked at was met")
        if one.low is not None and one.centre is not None and one.high is not None:
            said = f"{100 * one.centre:.0f} % ({100 * one.low:.0f} to {100 * one.high:.0f} %)"
        yield f"  {visible(one.tool):<20} {said}; of {one.looked_at:,} visited where it had looked, it missed {one.missed:,}"
