"""Live: the sources that count, with what the settings say of them made final, and the moment of the count."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from fullcount import decision, when
from fullcount.errors import UsageError
from fullcount.exports import matches
from fullcount.model import Moment
from fullcount.read import REFUSED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.decision import Decision
    from fullcount.settings import Settings
    from fullcount.workspace import Workspace

_FIRST_YEAR, _LAST_YEAR = 1970, 9000  # far enough from the ends of what a date can be


def live(
    workspace: Workspace, settings: Settings, decided: Sequence[Decision], as_of: date | None = None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """The sources that count, with their final dates and components; the refused files; and those that were dropped.

    Of several readings of the same bytes the newest counts: by a newer reader, or by a mapping that was corrected.
    """
    gone = {one.identity for one in decided if one.what == decision.DROP}
    newest = {(row["digest"], row["host"] or "", row["reader"] == REFUSED): row for row in workspace.sources()}
    rows = sorted(newest.values(), key=lambda row: (row["names"], row["identity"]))
    used = {row["digest"]: row for row in rows if row["reader"] != REFUSED}
    names = {name for row in used.values() for name in row["names"]}
    refused = [
        _named(row)
        for row in rows
        if row["reader"] == REFUSED
        and row["identity"] not in gone
        and row["digest"] not in used
        and not (row["digest"] == "" and names.issuperset(row["names"]))  # could not be opened, and later could
    ]
    found = [_dated(_named(row), settings, as_of) for row in rows if row["reader"] != REFUSED and row["identity"] not in gone]
    dropped = {row["identity"]: _named(row) for row in rows if row["identity"] in gone}
    return found, refused, list(dropped.values())


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {"name": row["names"][0] if row["names"] else row["digest"][:12], "tool": row["reader"]}


def _dated(row: dict[str, Any], settings: Settings, as_of: date | None) -> dict[str, Any]:
    """Apply what the settings say of a source: its date, unless an option gave one, and its component. One that lay in
    several dated places was made anew each time, with nothing else in it: its date is the last that is not after `as_of`.
    """
    days = sorted(filter(None, map(when.in_name, row["names"])))
    named = max((day for day in days if as_of is None or day.date() <= as_of), default=days[0] if days else None)
    if named and row["collected_how"] != "option" and (row["collected_at"] is None or named > row["collected_at"]):
        row |= {"collected_at": named, "collected_how": "name"}
    rules = [rule for rule in settings.source if any(matches(name, rule.match) for name in row["names"])]
    tables = [table for table in settings.table if table.name == row["reader"] and table.date]
    dates = [rule.collected_at for rule in rules if rule.collected_at] + [table.date for table in tables]
    if dates and row["collected_how"] != "option":
        row |= {"collected_at": dates[0], "collected_how": "settings"}
    said = sorted({rule.component for rule in rules if rule.component})
    by_rule = sorted(
        {
            rule.name
            for rule in settings.component
            for folder in row["folders"]
            if any(matches(folder, one) for one in rule.folder)
        }
    )
    by_folder = sorted({part for folder in row["folders"] if (part := component_in(folder))})
    return row | {"components": said or by_rule or by_folder}


def component_in(folder: str) -> str:
    """The component that a folder stands for: its first part that is no date.

    >>> component_in("Ports/2017-10-01"), component_in("2017-10-01/Ports"), component_in("2017-10-01")
    ('Ports', 'Ports', '')
    """
    return next((part for part in folder.split("/") if when.without_date(part).strip(" _-.")), "")


def moment_of(sources: Sequence[Mapping[str, Any]], settings: Settings, as_of: date | None) -> Moment:
    """The end of the day as of which is counted, in the settings' time zone; by default that of the newest source."""
    how = "option"
    if as_of is None:
        dates = [row["collected_at"] for row in sources if row["collected_at"]]
        if not dates:
            return Moment(end=None, how="unknown")
        as_of, how = max(dates).replace(tzinfo=UTC).astimezone(settings.zone).date(), "newest source"
    if not _FIRST_YEAR <= as_of.year <= _LAST_YEAR:
        raise UsageError(f"no count can be as of {as_of}", hint=f"a day from {_FIRST_YEAR} to {_LAST_YEAR}")
    end = datetime.combine(as_of + timedelta(days=1), time(), tzinfo=settings.zone)
    return Moment(end=end.astimezone(UTC).replace(tzinfo=None), how=how)
