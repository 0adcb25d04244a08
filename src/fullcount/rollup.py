"""Roll-up: the accepted returns of many components become one account, every system once.

Takes what `receive` accepted; makes an account, the lists behind it, and the distinct systems with their tokens, so that the
roll-up can itself be sealed and sent further up.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from fullcount import __version__
from fullcount.carried import NO_CLUE, UNKNOWN
from fullcount.combined import Own, combined_estimates, combined_range
from fullcount.distinct import NO_POOL, Part, distinct, passed_on, stand_ins
from fullcount.errors import FullcountError
from fullcount.lined import Work, component_lines, product_lines, reason_lines, total_line
from fullcount.overlaps import tables
from fullcount.report import Account, Range, SourceLine
from fullcount.reporting import Days, chosen, return_lines
from fullcount.rolled import Boughs, told_apart, whole
from fullcount.sealed import STANDINGS, Tokens
from fullcount.sensor import sensor_lines
from fullcount.worded import Told, against, beside, blind_spots, days_of, methods, sentence, warnings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import pyarrow as pa

    from fullcount.arrival import Accepted, Refused
    from fullcount.distinct import Distinct
    from fullcount.hierarchy import Hierarchy
    from fullcount.report import Line, ReturnLine, SensorLine
    from fullcount.reporting import Chosen, Entered

VERSION = 1  # of rolling up: raised when the same returns may give another answer
MOST = 100_000_000  # systems of a return without a list that a list can be made for
_SAID_BY = "newest return"
_WITH_IT = STANDINGS[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What returns are rolled up for. `directive` is what an account says of one; `due` holds where the tree sets no day."""

    hierarchy: Hierarchy
    directive: Mapping[str, Any]
    on: date  # the day of the roll-up
    organisation: str = ""  # empty: whose tree it is
    due: date | None = None
    sensor: Iterable[Mapping[str, Any]] = ()  # rows of the office's own list: component, system, seen_on


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledUp:
    """A roll-up. `tokens`: its distinct systems with their tokens, where those of all returns were made alike, else `None`."""

    account: Account
    tables: Mapping[str, pa.Table]  # host_list, overlap_list, pair_list, conflict_list
    tokens: Tokens | None


def rollup(accepted: Iterable[Accepted], refused: Iterable[Refused], asked: Asked) -> RolledUp:
    """Roll up returns; see the module. Neither the order of returns nor how often one comes changes anything (law 3). Those
    about another directive are left out: they have a roll-up of their own.

    Raises `FullcountError` where two different returns of a component have one number, or where one counts more systems
    without tokens than can be listed.
    """
    directive = asked.directive["id"]
    about = (one for one in accepted if one.said.account.directive["id"] == directive)
    work = _worked(chosen(about, asked.hierarchy), asked.hierarchy)
    account = _account(work, tuple(one for one in refused if one.directive in {"", directive}), asked)
    names = [one.component for one in work.picked.counting]
    lists = tables(work.found, names, [name for _, name in work.products], directive)
    return RolledUp(account=account, tables=lists, tokens=_tokens(work, account))


def _worked(picked: Chosen, hierarchy: Hierarchy) -> Work:
    nodes = hierarchy.below("")
    turns = {node.name: turn for turn, node in enumerate(nodes)}
    accounts = [one.accepted.said.account for one in reversed(picked.counting)]
    products = {line.product: line.name for account in accounts for line in account.products}
    numbers = {one: number for number, one in enumerate(sorted(products))}
    pools = {pool: number for number, pool in enumerate(sorted(_pools(picked)))}
    parts = tuple(_part(one, pools, numbers) for one in picked.counting)
    found = distinct(parts)
    return Work(
        picked=picked,
        hierarchy=hierarchy,
        nodes=nodes,
        place=np.array([turns[one.component] for one in picked.counting], np.int64),
        boughs=Boughs.of([turns[node.parent] if node.parent else -1 for node in nodes]),
        parts=parts,
        products=tuple(sorted(products.items())),
        found=found,
        ranges=_ranges(picked, parts, found),
    )


def _pool(one: Entered) -> tuple[str, str, str, str] | None:
    """What two returns have in common whose tokens can be compared; `None` where tokens are not used."""
    tokens = one.accepted.said.tokens
    return (tokens.scheme, tokens.norm, tokens.period, tokens.check) if tokens and one.accepted.tokens_count else None


def _pools(picked: Chosen) -> set[tuple[str, str, str, str]]:
    return {pool for pool in map(_pool, picked.counting) if pool}


def _part(one: Entered, pools: Mapping[Any, int], numbers: Mapping[str, int]) -> Part:
    said = one.accepted.said
    pool = _pool(one)
    if said.tokens is None and said.account.total.systems > MOST:
        message = f"the return of {one.component} counts {said.account.total.systems:,} systems and lists none"
        raise FullcountError(message, hint="more than can be listed here: ask it for a return with tokens")
    return Part(
        systems=said.tokens.systems if said.tokens else stand_ins(said.account.total),
        pool=pools[pool] if pool else NO_POOL,
        heard=_moment(said.account.as_of),
        products=np.array([numbers[line.product] for line in said.account.products], np.int64),
    )


def _moment(as_of: str) -> int:
    if not as_of:
        return UNKNOWN
    return int(datetime.fromisoformat(as_of[:10]).replace(tzinfo=UTC).timestamp()) * 1_000_000


def _ranges(picked: Chosen, parts: Sequence[Part], found: Distinct) -> tuple[Range, Range]:
    accounts = [one.accepted.said.account for one in picked.counting]
    systems = [Own(pool=part.pool, range=one.range_systems) for one, part in zip(accounts, parts, strict=True)]
    with_it = [Own(pool=part.pool, range=one.range_with_it) for one, part in zip(accounts, parts, strict=True)]
    total = whole(found)
    return (
        combined_range(total.systems, told_apart(found), systems),
        combined_range(total.of(_WITH_IT), told_apart(found, _WITH_IT), with_it),
    )


# -- the account -----------------------------------------------------------------------------------------------------------


def _account(work: Work, refused: tuple[Refused, ...], asked: Asked) -> Account:
    picked = work.picked
    total = whole(work.found)
    line = total_line(work, total)
    days = Days(on=asked.on, due=asked.due)
    returns = return_lines(picked, refused, asked.hierarchy, days)
    told = _told(work, line, returns, asked.directive)
    lines = component_lines(work)
    found = {one.component: one.accepted.said.account.total for one in picked.counting}
    systems, with_it = work.ranges
    sensors = sensor_lines(asked.sensor, {name: one.with_it + one.exempt for name, one in found.items()}, lines, asked.hierarchy)
    counted = {"systems": sum(one.systems for one in found.values()), "with it": sum(one.with_it for one in found.values())}
    return Account(
        count=_id(work, refused, asked, sensors),
        as_of=days_of(told)[1],
        as_of_how=_SAID_BY if days_of(told)[1] else "unknown",
        made_by=f"fullcount {__version__}",
        organisation=asked.organisation or asked.hierarchy.name,
        directive=asked.directive,
        sentence=sentence(told),
        total=line,
        components=lines,
        overlap=sum(one.systems for one in lines if not one.depth) - line.systems,
        range_systems=systems,
        range_with_it=with_it,
        products=product_lines(work),
        reasons=reason_lines(work, total),
        tools=(),
        sources=tuple(_source(one) for one in picked.counting),
        beside=tuple(beside(told)),
        methods=tuple(methods(told)),
        blind_spots=blind_spots(),
        warnings=(*warnings(told), *against(sensors)),
        estimates=combined_estimates(
            {one.component: one.accepted.said.account for one in picked.counting},
            overlap={"systems": counted["systems"] - line.systems, "with it": counted["with it"] - line.with_it},
        ),
        returns=returns,
        sensors=sensors,
    )


def _told(work: Work, total: Line, returns: tuple[ReturnLine, ...], directive: Mapping[str, Any]) -> Told:
    found = work.found
    untold = {
        one.component: one.accepted.said.account.total.systems
        for one, part in zip(work.picked.counting, work.parts, strict=True)
        if part.pool == NO_POOL
    }
    return Told(
        picked=work.picked,
        unheard=work.silent,
        total=total,
        lines=returns,
        short_title=str(directive.get("short_title") or directive["id"]),
        stale_days=work.hierarchy.stale_days,
        untold=untold,
        bare=int(((found.clue == NO_CLUE) & (found.pool != NO_POOL)).sum()),
        pools=len({part.pool for part in work.parts} - {NO_POOL}),
        several=int((found.returns_of > 1).sum()),
        disagree=int(found.disagree.sum()),
    )


def _source(one: Entered) -> SourceLine:
    said = one.accepted.said
    return SourceLine(
        name=f"{one.component}, return {said.sequence}",
        component=one.component,
        reader="return",
        collected_at=said.account.as_of,
        collected_how="return",
        digest=said.digest,
        records=said.account.total.systems,
        observations=0,
        rejects=0,
    )


def _id(work: Work, refused: tuple[Refused, ...], asked: Asked, sensors: tuple[SensorLine, ...]) -> str:
    """The digest of all that goes in: the same returns under the same tree on the same day give the same id."""
    parts = [
        VERSION,
        __version__,
        sorted((one.component, one.accepted.said.digest, one.accepted.tokens_count) for one in work.picked.counting),
        sorted((one.component, one.accepted.said.digest, state) for one, state, _ in work.picked.others),
        sorted({(one.component, one.digest, one.reasons) for one in refused}),
        [repr(node) for node in work.nodes],
        (asked.hierarchy.name, str(asked.hierarchy.due), asked.hierarchy.stale_days),
        [str(asked.directive.get(name, "")) for name in ("id", "version", "digest")],
        (str(asked.on), str(asked.due), asked.organisation),
        [repr(one) for one in sensors],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _tokens(work: Work, account: Account) -> Tokens | None:
    """The distinct systems as the return of the roll-up sends them on. Not where a return lists no systems, or where tokens of
    several pools would stand side by side as if they could be compared.
    """
    pools = _pools(work.picked)
    if len(pools) != 1 or any(one.accepted.said.tokens is None for one in work.picked.counting):
        return None
    systems = passed_on(work.found)
    turns = {line.product: turn for turn, line in enumerate(account.products)}
    place = np.array([turns.get(product, 0) for product, _ in work.products], np.int64)
    [(scheme, norm, period, check)] = pools
    return Tokens(
        period=period,
        check=check,
        scheme=scheme,
        norm=norm,
        systems=replace(systems, product=place[systems.product] if len(place) else systems.product),
    )
