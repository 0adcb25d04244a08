"""Watches an engine at work: what each statement of a count takes, by itself.

Wall and CPU time, the most memory that the process held meanwhile, and the rows of the table that it made. A batch that
is fetched counts until it is there; what Python does with it does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from measure import held, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_MAKING = frozenset({"make", "gather", "put"})  # they name the table that they make
_WATCHED = (*sorted(_MAKING), "arrow", "batches")
_SHOWN = 60  # characters of a query


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one call of the engine took. Seconds, bytes; `more` is how far the peak rose above what was held before. `rows` is
    -1 where it made no table.
    """

    what: str
    wall: float
    cpu: float
    peak: int
    more: int
    rows: int


@dataclass(slots=True)
class Log:
    """The statements of an engine in their order. One that another runs is a part of that."""

    statements: list[Statement] = field(default_factory=list)
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A method of an engine, by its name, and the log into which its calls go."""

    engine: Any
    log: Log
    name: str
    call: Callable[..., Any]


def watch(engine: Any) -> Log:
    """Have every call of an engine, from now on, in the log."""
    log = Log()
    for name in _WATCHED:
        kind = _fetched if name == "batches" else _called
        setattr(engine, name, partial(kind, Watched(engine=engine, log=log, name=name, call=getattr(engine, name))))
    return log


def _called(of: Watched, what: str, *rest: Any, **named: Any) -> Any:
    log = of.log
    if log.depth:
        return of.call(what, *rest, **named)
    log.depth += 1
    before = held()
    try:
        done = taken(partial(of.call, what, *rest, **named))
        rows = -1
        if of.name in _MAKING:
            rows = of.engine.connection.execute(f'select count(*) from "{what}"').fetchall()[0][0]
    finally:
        log.depth -= 1
    more = done.peak - before
    said = Statement(what=_title(of.name, what), wall=done.wall, cpu=done.cpu, peak=done.peak, more=more, rows=rows)
    log.statements.append(said)
    return done.result


def _fetched(of: Watched, query: str, *rest: Any) -> Iterator[Any]:
    """Only the fetching is timed; the memory is also what Python held between two batches."""
    batches, wall, cpu, most, rows = of.call(query, *rest), 0.0, 0.0, 0, 0
    before = held()
    while True:
        done = taken(partial(next, batches, None))
        wall, cpu, most = wall + done.wall, cpu + done.cpu, max(most, done.peak)
        if done.result is None:
            break
        rows += done.result.num_rows
        yield done.result
    said = Statement(what=_title(of.name, query), wall=wall, cpu=cpu, peak=most, more=most - before, rows=rows)
    of.log.statements.append(said)


def _title(name: str, what: str) -> str:
    """The table that is made, or the beginning of the query."""
    if name in _MAKING:
        return f"{name} {what}"
    line = " ".join(what.split())
    return f"{name}: {line[:_SHOWN]}{'...' if len(line) > _SHOWN else ''}"


def show(statements: Sequence[Statement], *, wall: float, most: int = 30) -> None:
    """Print the statements that took most time, then those that held most memory."""
    alone = wall - sum(one.wall for one in statements)
    spent = sum(one.cpu for one in statements)
    print(f"\n{len(statements)} statements, {spent:.1f} s of CPU; outside of them {alone:.1f} s of {wall:.1f} s of wall time")
    for title, key in (("most wall time", _by_wall), ("most memory more than before", _by_more)):
        print(f"  {title:<74} {'wall s':>8} {'CPU s':>8} {'peak MB':>8} {'more MB':>8} {'rows':>12} {'share':>6}")
        for one in sorted(statements, key=key, reverse=True)[: most if key is _by_wall else most // 3]:
            rows = f"{one.rows:,}" if one.rows >= 0 else ""
            share = f"{one.wall / wall:.1%}"
            print(
                f"  {one.what:<74} {one.wall:>8.2f} {one.cpu:>8.2f} {_mega(one.peak)} {_mega(one.more)} {rows:>12} {share:>6}",
                flush=True,
            )


def _by_wall(one: Statement) -> float:
    return one.wall


def _by_more(one: Statement) -> float:
    return one.more


def _mega(size: int) -> str:
    return f"{size / 1e6:>8.0f}"
