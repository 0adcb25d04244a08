"""`fullcount estimate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fullcount.capture import Capture
    from fullcount.chain import Counted
    from fullcount.estimator import Estimator
    from fullcount.report import Account, Estimate
    from fullcount.workspace import Workspace

SCHEMA = "fullcount.estimate-table/1"
WARNING = "Estimates, never to be added to a count. Each holds if what it assumes holds, which the table cannot show."
_MOST = 1_000_000  # systems that anybody checks by hand
_COMBINATIONS = 8  # of families that are shown
_WORTH = 0.005  # weight of a model that is shown


@click.command("estimate")
@options.workspace
@options.directive
@click.option("--count", "count_id", default="last", metavar="COUNT", help="Of which count, by default the last one.")
@click.option(
    "--checked", default="", metavar="FOUND/OF", help="Of so many systems on which it was known to be, looks found it on so many."
)
@click.option(
    "--table",
    type=click.Path(dir_okay=False, path_type=Path),
    help="An overlap table (CSV) instead of a count: a column of 0 and 1 for each family of sources, then how many hosts.",
)
@click.option(
    "--missed-links",
    type=click.FloatRange(0, 0.5),
    metavar="SHARE",
    help="With --table: the share of records that were not joined to the others of their host; else it counts as not measured.",
)
@click.option("--stale", default="", metavar="FAMILY", help="With --table: this family may hold hosts that are gone.")
@click.option(
    "--level", default=0.95, show_default=True, type=click.FloatRange(0.5, 0.999), help="With --table: how sure an interval is."
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="What random draws begin with.")
@options.as_json
def command(**chosen: Any) -> None:
    """Estimate, beside a count, what was missed, and how many systems no source lists; what may not be said is refused with its
    reason. With --table, what every estimator says of an overlap table: lines that begin with `#` are comments, and patterns
    that are not in it are nought.
    """
    if chosen["table"]:
        _of_table(chosen["table"], chosen)
        return
    from fullcount.chain import named

    of = console.workspace(chosen["workspace"])
    counted = named(of, chosen["count_id"])
    made = {}
    for account in counted.accounts:
        if chosen["directives"] and account.directive["id"] not in chosen["directives"]:
            continue
        made[account.directive["id"]] = _estimated(of, counted, account, chosen)
    _keep(of, counted, made)
    if chosen["as_json"]:
        console.emit({"schema": "fullcount.estimates/1", "estimates": list(made.values())})
        return
    for document in made.values():
        for line in _lines(document):
            console.out(visible(line, 2000))


def _estimated(of: Workspace, counted: Counted, account: Account, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
    from fullcount.estimate import Asked, estimate

    audited = _audited(of, account)
    asked = Asked(settings=of.settings(), checked=_checked(chosen["checked"]), audited=audited, seed=chosen["seed"])
    return estimate(counted.folder, account, asked).document


def _checked(text: str) -> tuple[int, int] | None:
    """`48/50` as numbers."""
    if not text:
        return None
    found, slash, of = text.partition("/")
    if not (slash and found.isdecimal() and of.isdecimal() and 0 < int(of) < _MOST and int(found) <= int(of)):
        raise click.BadParameter("write 48/50: found on 48 of 50 systems on which it was known to be", param_hint="--checked")
    return int(found), int(of)


def _audited(of: Workspace, account: Account) -> tuple[Estimate, ...]:
    """What the last audit of this count says of all systems; nothing where there is none, or nothing was answered yet."""
    from fullcount.audit import audits, load, outcome
    from fullcount.audited import of_audit

    for name in reversed(audits(of)):
        one = load(of, name)
        if one.draws and (one.plan.count, one.plan.directive) == (account.count, account.directive["id"]):
            return of_audit(outcome(of, one))
    return ()


def _keep(of: Workspace, counted: Counted, made: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep what was estimated beside its count, in the place of what was before, and enter it in the ledger."""
    import hashlib
    import json

    from fullcount import ledger
    from fullcount.kept import ESTIMATES, kept_estimates

    known = kept_estimates(counted.folder)
    data = json.dumps({**known, **made}, ensure_ascii=False, indent=1).encode()
    if json.loads(data) == known:  # the same again changes nothing
        return
    with of.writing():
        of.put(counted.folder / ESTIMATES, data)
        facts = {"count": counted.folder.name, "directives": sorted(made), "digest": hashlib.sha256(data).hexdigest()}
        ledger.append(of.ledger, "estimate", **facts)


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    """What is said of all systems, then what none found is worth; by component and class it is in the reports and in --json."""
    yield f"{document['directive']}: estimates, never added to the count ({document['count']})"
    for one in document["estimates"]:
        if not one["component"] and not one["machine_class"]:
            yield f"  {one['what']}: {one['verdict']}: {one['text']}"
    yield from _families(document)
    for title, name in (("what it assumes", "assumed"), ("what would narrow it", "helps")):
        yield from (f"  {title}: {text}" for text in document.get(name, ()))
    if worth := document.get("nil"):
        yield "none was found; what that is worth:"
        yield from (f"  {text}" for text in worth["sentences"])
        yield from (f"  what would help: {text}" for text in worth["helps"])


def _families(document: Mapping[str, Any]) -> Iterator[str]:
    """The exact counts that the estimate rests on, most first."""
    lines = document.get("families", ())
    if lines:
        yield "  systems by exactly which families of sources saw them (exact counts):"
    yield from (f"    {one['systems']:,} {' + '.join(one['families'])}" for one in lines[:_COMBINATIONS])
    if len(lines) > _COMBINATIONS:
        yield f"    {len(lines) - _COMBINATIONS:,} more combinations: --json"


def _of_table(table: Path, chosen: Mapping[str, Any]) -> None:
    from fullcount.capture import load

    capture = load(table)
    found = _document(capture, table, chosen)
    if chosen["as_json"]:
        console.emit(found)
    else:
        for line in _told(found):
            console.out(visible(line, 2000))


def _document(capture: Capture, table: Path, chosen: Mapping[str, Any]) -> dict[str, Any]:
    from fullcount.estimators.lincoln_petersen import by_odds

    rows = [_row(one, capture, chosen) for one in _estimators(capture, chosen["stale"])]
    odds = by_odds(capture) if capture.k == 2 else ()
    return {
        "schema": SCHEMA,
        "table": table.name,
        "seen": capture.seen,
        "twice": capture.twice,
        "ladder": _ladder(capture, chosen),
        "level": chosen["level"],
        "seed": chosen["seed"],
        "families": [{"family": name, "seen": capture.of(j), "only": capture.only(j)} for j, name in enumerate(capture.families)],
        "estimates": [row for row in rows if "reason" not in row],
        "not_applied": [row for row in rows if "reason" in row],
        "odds": [{"odds_ratio": ratio, "n": n} for ratio, n in odds],
    }


def _ladder(capture: Capture, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What may be said, by all that is known: the verdict, in words and whole."""
    from fullcount.ladder import ladder
    from fullcount.linkage import LinkError, NotMeasured
    from fullcount.rung import Facts, Family
    from fullcount.unseen import sentence

    share = chosen["missed_links"]
    links = NotMeasured() if share is None else LinkError(split=share, low=share, high=share, text="as it was given")
    stale = (Family(name=chosen["stale"], is_live=False),) if chosen["stale"] else ()
    rung = ladder(capture, Facts(links=links, families=stale, level=chosen["level"], seed=chosen["seed"]))
    return {"text": sentence(rung), **rung.document()}


def _estimators(capture: Capture, stale: str) -> tuple[Estimator, ...]:
    from fullcount.errors import UsageError
    from fullcount.estimators import ESTIMATORS
    from fullcount.estimators.bounded import bounded

    if not stale:
        return ESTIMATORS
    if stale not in capture.families:
        raise UsageError(f"no family is called {stale}", hint=f"one of: {', '.join(capture.families)}")
    return (*ESTIMATORS, *bounded(capture, capture.families.index(stale)))


def _row(estimator: Estimator, capture: Capture, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What an estimator says, or the reason why it says nothing."""
    from fullcount.estimator import NotIdentifiedError, applied

    row: dict[str, Any] = {"estimator": estimator.name, "title": estimator.title, "reference": estimator.reference}
    try:
        made = applied(estimator, capture, level=chosen["level"], seed=chosen["seed"])
    except NotIdentifiedError as error:
        return {**row, "reason": error.message}
    plain = {name: getattr(made, name) for name in ("n", "low", "high", "se", "model", "aic", "bic", "note")}
    return {**row, **plain, "weights": [{"model": model, "weight": weight} for model, weight in made.weights]}


def _told(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['table']}: {found['seen']:,.0f} hosts were seen, {found['twice']:,.0f} of them by two families or more."
    for j, one in enumerate(found["families"], start=1):
        yield f"  {j} {one['family']}: {one['seen']:,.0f}, of these by no other {one['only']:,.0f}"
    yield ""
    yield f"{found['ladder']['verdict']}: {found['ladder']['text']}"
    yield ""
    yield WARNING
    for row in found["estimates"]:
        yield from _estimate(row, found["level"])
    if found["odds"]:
        yield ""
        yield "If hosts of one family are likelier to be in the other, too, which two families cannot show:"
        yield from (f"  odds ratio {one['odds_ratio']:g}: {one['n']:,.0f}" for one in found["odds"])
    yield ""
    yield "Not applied:"
    yield from (f"  {row['estimator']}: {row['reason']}" for row in found["not_applied"])


def _estimate(row: Mapping[str, Any], level: float) -> Iterator[str]:
    """A title, the number with its interval and error, the model, and what must be known of it."""
    yield ""
    yield f"{row['estimator']}: {row['title']} ({row['reference']})"
    between = f"at least {row['low']:,.0f}" if row["high"] is None else f"{row['low']:,.0f} to {row['high']:,.0f}"
    criteria = "" if row["aic"] is None else f"; AIC {row['aic']:.1f}, BIC {row['bic']:.1f}"
    yield f"  {row['n']:,.0f} ({between}, {100 * level:g} %), s.e. {row['se']:,.1f}{criteria}"
    weights = ", ".join(f"{one['model']} {one['weight']:.0%}" for one in row["weights"] if one["weight"] >= _WORTH)
    yield f"  {row['model']}{': ' if weights else ''}{weights}"
    if row["note"]:
        yield f"  {row['note']}"
