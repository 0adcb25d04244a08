"""Business days: no weekends, and no public holidays where the calendar of a place is known.

Which place is meant is read from the `jurisdiction` of a directive, and from nothing else: where it names no place that
stands here, only weekends are left out, and that is said beside every date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from fullcount.errors import UsageError
from fullcount.text import words

if TYPE_CHECKING:
    from collections.abc import Container

_DAY = timedelta(days=1)
_SATURDAY = 5
WEEKENDS_ONLY = "weekends only left out: no calendar of holidays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place with a calendar of holidays. `words`: how a jurisdiction names it, each a run of words."""

    code: str  # as ISO 3166 has it: US, US-TX
    label: str
    words: tuple[str, ...]
    categories: tuple[str, ...] = ("public",)  # of the library: public, government ...


# A part stands before its whole: "state agencies of Texas" are not meant by the federal calendar alone.
PLACES = (
    Place(code="US-TX", label="US federal and Texan holidays", words=("Texas", "Texan")),
    Place(code="US", label="US federal holidays", words=("US", "United States")),
    Place(code="AU", label="national holidays of Australia", words=("Australia", "Australian")),
    Place(
        code="CA",
        label="holidays of the federal government of Canada",
        words=("Canada", "Canadian"),
        categories=("public", "government"),
    ),
    Place(code="LT", label="public holidays of Lithuania", words=("Lithuania", "Lithuanian")),
    Place(code="DE", label="nationwide holidays of Germany", words=("Germany", "German")),
    Place(code="GB", label="bank holidays of the whole United Kingdom", words=("United Kingdom", "UK", "British")),
    Place(code="IT", label="public holidays of Italy", words=("Italy", "Italian")),
    Place(code="NL", label="public holidays of the Netherlands", words=("Netherlands", "Dutch")),
    Place(code="NZ", label="national holidays of New Zealand", words=("New Zealand",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workdays:
    """Which days are business days. `label` says it in words, beside every date that rests on it."""

    label: str = WEEKENDS_ONLY
    closed: Container[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        """Whether a day is a business day."""
        return day.weekday() < _SATURDAY and day not in self.closed

    def after(self, day: date, count: int) -> date:
        """The `count`-th business day after a day, which is not counted itself.

        >>> Workdays().after(date(2025, 9, 19), 3)
        datetime.date(2025, 9, 24)
        """
        while count:
            day += _DAY
            count -= day in self
        return day

    def rolled(self, day: date) -> date:
        """The day, if it is a business day; else the next that is."""
        return day if day in self else self.after(day, 1)


def place_of(jurisdiction: str) -> Place | None:
    """The place that a jurisdiction names, in its own capitals: `US` is a place, and `us` is not.

    >>> place_of("US federal executive branch").code, place_of("Everybody who uses it")
    ('US', None)
    """
    folded = f" {' '.join(words(jurisdiction))} "
    return next((place for place in PLACES if any(f" {word} " in folded for word in place.words)), None)


def workdays(jurisdiction: str) -> Workdays:
    """The business days of a jurisdiction; weekends only where it names no place that is known."""
    place = place_of(jurisdiction)
    return Workdays() if place is None else _of(place)


def workdays_in(code: str) -> Workdays:
    """The business days of a place by its code; `none` leaves out weekends only. Raises `UsageError`."""
    if code.casefold() == "none":
        return Workdays()
    place = next((place for place in PLACES if place.code == code.upper()), None)
    if place is None:
        raise UsageError(
            f"no calendar of holidays is called {code}", hint=f"one of: none, {', '.join(one.code for one in PLACES)}"
        )
    return _of(place)


def _of(place: Place) -> Workdays:
    return Workdays(label=f"weekends and {place.label} left out", closed=_Holidays(place))


class _Holidays:
    """The holidays of a place. The library, which knows all countries and takes a moment, is asked when a day is: most clocks
    count calendar days and never ask.
    """

    def __init__(self, place: Place) -> None:
        self.place = place

    @cached_property
    def days(self) -> Container[date]:
        from holidays import country_holidays

        country, _, part = self.place.code.partition("-")
        found: Container[date] = country_holidays(country, part or None, categories=self.place.categories)
        return found

    def __contains__(self, day: object) -> bool:
        return day in self.days
