"""Deadlines: the due dates of directives, seen from a day; and what a count found, as days from which clocks run.

Reads the lists of a count; makes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from fullcount.clock import Discovery, Due, Known, day_of, dues, moment
from fullcount.errors import UsageError
from fullcount.workday import Workdays, workdays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from fullcount.directive import Directive
    from fullcount.register import Reply
    from fullcount.report import Lists

PAST, NEXT, LATER, NO_DATE = "past", "next", "later", "no date"
SUBMITTED = "submitted"  # the question to which the register of answers says when a report was sent
_NAMED = 5  # components that a discovery names
_Found = dict[tuple[str, str], "date | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A due date, seen from a day: `when` is past, next (all of the nearest day to come), later or no date."""

    due: Due
    when: str
    days: int | None  # from that day to it; negative where it is past

    def document(self) -> dict[str, Any]:
        """The deadline as JSON has it."""
        return {"when": self.when, "days": self.days, **asdict(self.due)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A directive whose deadlines are wanted. `discoveries`: what was found under it, None where nobody has counted;
    `workdays` None: those of its jurisdiction.
    """

    directive: Directive
    discoveries: Sequence[Discovery] | None = None
    submitted: Mapping[str, Sequence[date]] | None = None
    workdays: Workdays | None = None


def deadlines(asked: Iterable[Asked], *, zone: tzinfo, on: date, until: date | None = None) -> tuple[Deadline, ...]:
    """The deadlines of several directives as one list in order of date, those without a date last; see `clock.dues`."""
    found: list[Due] = []
    for one in asked:
        known = Known(
            discoveries=one.discoveries,
            submitted=one.submitted or {},
            workdays=one.workdays or workdays(one.directive.jurisdiction),
            zone=zone,
        )
        found += dues(one.directive, known, on=on, until=until)
    found.sort(key=lambda due: moment(due, zone))  # what is due at the same time stays in the order of its directive
    days = [day_of(due, zone) for due in found]
    nearest = min((day for day in days if day and day >= on), default=None)
    return tuple(
        Deadline(due=due, when=_when(day, on, nearest), days=(day - on).days if day else None)
        for due, day in zip(found, days, strict=True)
    )


def _when(day: date | None, on: date, nearest: date | None) -> str:
    if day is None:
        return NO_DATE
    return PAST if day < on else NEXT if day == nearest else LATER


def said_in(days: int) -> str:
    """How far a day is away, in words.

    >>> said_in(12), said_in(0), said_in(-1)
    ('in 12 days', 'today', '1 day ago')
    """
    if days == 0:
        return "today"
    number = f"{abs(days):,} day{'' if abs(days) == 1 else 's'}"
    return f"in {number}" if days > 0 else f"{number} ago"


def submitted(given: Iterable[str], directives: Iterable[Directive], replies: Iterable[Reply] = ()) -> dict[str, list[date]]:
    """The days on which reports were sent, oldest first: from `REPORT=DATE`, and from the register of answers (`question`
    submitted, `paper` the report, `answer` the day). Raises `UsageError`.
    """
    reports = sorted({demand.id for one in directives for demand in one.reports})
    found: dict[str, set[date]] = defaultdict(set)
    told = [(one.paper, one.answer) for one in replies if one.question == SUBMITTED and one.paper in reports]
    for name, written in (*(text.partition("=")[::2] for text in given), *told):
        if name not in reports:
            raise UsageError(f"no report is called {name}", hint=f"one of: {', '.join(reports) or 'none is asked for'}")
        try:
            found[name].add(date.fromisoformat(written))
        except ValueError:
            raise UsageError(f"`{written}` is no date", hint=f"write {name}=2025-09-15") from None
    return {name: sorted(days) for name, days in found.items()}


def discoveries(lists: Lists, zone: tzinfo) -> tuple[Discovery, ...]:
    """What was found, one for each day: the first day on which evidence shows a product in a component, whether it is
    still there or not. A further system with the same product in the same component is no further discovery.
    """
    by_day: dict[date | None, list[tuple[str, str]]] = defaultdict(list)
    for pair, day in _first_seen(lists, zone).items():
        by_day[day].append(pair)
    return tuple(
        Discovery(on=day, about=_about(sorted(pairs)))
        for day, pairs in sorted(by_day.items(), key=lambda one: (one[0] is None, one[0] or date.max))
    )


def _first_seen(lists: Lists, zone: tzinfo) -> _Found:
    """(product, component) -> the first day; None where no evidence of it has a date."""
    sightings = list(_sightings(lists))
    components = _components(lists, {host for host, _, _ in sightings})
    found: _Found = {}
    for host, product, seen in sightings:
        day = seen.replace(tzinfo=UTC).astimezone(zone).date() if seen else None
        for component in components.get(host, [""]):
            before = found.setdefault((product, component), day)
            if day and (before is None or day < before):
                found[product, component] = day
    return found


def _components(lists: Lists, hosts: set[str]) -> dict[str, list[str]]:
    """The components of some machines: of a fleet, those on which something was found are few."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(sorted(hosts), pa.string())
    return {
        row["host"]: (row["component"] or "").split("; ")
        for batch in lists("hosts")
        for row in batch.filter(pc.is_in(batch["host"], value_set=wanted)).select(["host", "component"]).to_pylist()
    }


def _sightings(lists: Lists) -> Iterator[tuple[str, str, datetime | None]]:
    """Host, product and first sighting, of the evidence that counts; a batch at a time, since there may be millions."""
    import pyarrow as pa

    for batch in lists("findings"):
        table = pa.Table.from_batches([batch.filter(batch["counts"])]).select(["host", "product", "seen_on"])
        for row in table.group_by(["host", "product"]).aggregate([("seen_on", "min")]).to_pylist():
            yield row["host"], row["product"], row["seen_on_min"]


def _about(pairs: Sequence[tuple[str, str]]) -> str:
    """What was found, in words: each product with the components in which it was.

    >>> _about([("Anti-Virus", "Bridges"), ("Anti-Virus", "Ports"), ("Password Manager", "")])
    'Anti-Virus (Bridges, Ports); Password Manager'
    """
    where: dict[str, list[str]] = defaultdict(list)
    for product, component in pairs:
        where[product] += [component] if component else []
    return "; ".join(f"{product} ({_some(names)})" if names else product for product, names in where.items())


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
