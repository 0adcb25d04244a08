"""Clocks: the dates that the texts come to, the arithmetic of each unit, and where there is no date."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullcount.clock import AHEAD, Discovery, Due, Known, day_of, dues
from fullcount.directive import Clock, Directive, Repeat, find, shipped
from fullcount.errors import UsageError
from fullcount.workday import PLACES, WEEKENDS_ONLY, Workdays, place_of, workdays, workdays_in

US = workdays_in("US")
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
BOD = find("us-dhs-bod-17-01")


def of(clock: Clock, known: Known | None = None, *, on: date = date(2017, 1, 1), until: date | None = None) -> tuple[Due, ...]:
    """The due dates of one clock, under a directive that was issued on 2017-09-13."""
    return dues(replace(BOD, clocks=(clock,)), known or Known(), on=on, until=until)


def clock(**said) -> Clock:
    return Clock(id="one", kind=("report",), **{"anchor": "issued", **said})


def days(found: tuple[Due, ...]) -> list[str]:
    return [str(due.on) for due in found]


# -- what the texts come to --------------------------------------------------------------------------------------------------


def test_bod_17_01_comes_to_the_dates_of_the_record():
    found = dues(BOD, Known(), on=date(2017, 9, 13), until=date(2018, 5, 31))
    assert [(due.clock, str(due.on)) for due in found] == [
        ("identify", "2017-10-13"),
        ("plan", "2017-11-12"),
        ("remove", "2017-12-12"),
        *(("status", day) for day in ("2018-01-11", "2018-02-10", "2018-03-12", "2018-04-11", "2018-05-11")),
    ]
    assert [due.turn for due in found[3:]] == [1, 2, 3, 4, 5]
    assert found[0].how == "30 calendar days after it was issued on 2017-09-13"
    assert (found[0].anchor, found[0].anchored, found[0].report) == ("issued", date(2017, 9, 13), "identify")
    assert found[4].how == (
        "120 calendar days after it was issued on 2017-09-13, then every 30 calendar days"
        " until full removal and discontinuance of use: turn 2"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("us-omb-m-23-13", {"remove": "2023-03-29", "contracts-cease": "2023-05-28", "solicitations": "2023-06-27"}),
        ("us-dss-nisp-kaspersky-2017", {"identify": "2017-10-28", "plan": "2017-11-27", "remove": "2017-12-27"}),
        ("us-commerce-icts-2021-002", {"no_agreements": "2024-07-20", "no_updates": "2024-09-29"}),
        ("au-pspf-002-2025", {"remove": "2025-04-01", "prevent": "2025-04-01", "report": "None"}),
    ],
)
def test_other_directives_come_to_their_dates(name, expected):
    found = dues(find(name), Known(), on=date(2017, 1, 1))
    assert expected.items() <= {due.clock: str(due.on) for due in found}.items()


@pytest.mark.parametrize("name", shipped())
def test_every_clock_of_every_directive_is_listed_and_says_what_it_is_counted_from(name):
    one = find(name)
    found = dues(one, Known(workdays=workdays(one.jurisdiction)), on=date(2026, 1, 1))
    assert {due.clock for due in found} == {clock.id for clock in one.clocks}
    for due in found:
        assert due.how
        assert due.on is None or str(due.anchored) in due.how
        assert (due.on is None) == (due.anchored is None)


# -- business days -----------------------------------------------------------------------------------------------------------


def test_far_counts_business_days_over_thanksgiving():
    far = find("us-ndaa-fy2018-1634")
    known = Known(
        discoveries=[Discovery(on=date(2025, 11, 25), about="Anti-Virus (Ports)")],  # a Tuesday
        submitted={"article": [date(2025, 11, 26)]},
        workdays=workdays(far.jurisdiction),
    )
    found = {due.clock: due for due in dues(far, known, on=date(2025, 11, 25))}
    assert found["article"].on == date(2025, 12, 1)  # Wednesday, not Thanksgiving, Friday, Monday
    assert found["article"].about == "Anti-Virus (Ports)"
    assert found["article_further"].on == date(2025, 12, 11)
    assert found["article"].how == (
        "3 business days (weekends and US federal holidays left out) after it was found on 2025-11-25"
    )
    alone = {due.clock: due for due in dues(far, replace(known, workdays=Workdays()), on=date(2025, 11, 25))}
    assert alone["article"].on == date(2025, 11, 28)
    assert WEEKENDS_ONLY in alone["article"].how


def test_a_day_found_on_a_weekend_counts_from_the_next_business_day():
    assert US.after(date(2025, 11, 29), 1) == date(2025, 12, 1)
    assert US.after(date(2025, 7, 3), 1) == date(2025, 7, 7)  # Independence Day is a Friday
    assert US.after(date(2026, 7, 2), 1) == date(2026, 7, 6)  # and in 2026, a Saturday, is kept on Friday the 3rd


@given(DAYS, st.integers(0, 60))
def test_business_days_are_counted_one_by_one(day, count):
    end = US.after(day, count)
    between = [day + timedelta(days=number) for number in range(1, (end - day).days + 1)]
    assert sum(one in US for one in between) == count
    assert count == 0 or end in US


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_directive_has_a_calendar(name):
    assert place_of(find(name).jurisdiction) is not None


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)
def test_every_calendar_is_known_to_the_library_and_has_new_year(place):
    calendar = workdays_in(place.code.lower())
    assert date(2025, 1, 1) not in calendar
    assert place.label in calendar.label
    assert all(place_of(f"Offices of {word} and others") == place for word in place.words)


def test_texas_keeps_its_own_holidays_too():
    day = date(2026, 3, 2)  # a Monday: Texas Independence Day
    assert day in US
    assert day not in workdays(find("us-tx-prohibited").jurisdiction)


def test_where_no_place_is_named_only_weekends_are_left_out():
    for jurisdiction in ("Whoever of us uses it", "The group and its affiliates"):
        assert workdays(jurisdiction) == Workdays()
    assert workdays_in("none") == Workdays()
    with pytest.raises(UsageError, match="no calendar of holidays is called XX"):
        workdays_in("XX")


# -- units and anchors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"offset": 0}, "2017-09-13"),
        ({"offset": 1, "unit": "calendar_month"}, "2017-10-13"),
        ({"offset": 30, "unit": "business_day"}, "2017-10-26"),  # six weeks, and Columbus Day
        ({"anchor": "fixed", "date": date(2018, 10, 1)}, "2018-10-01"),
        ({"anchor": "effective", "offset": 5}, "2017-09-18"),
        ({"offset": 60, "roll": "next_business_day"}, "2017-11-13"),  # a Sunday becomes a Monday
        ({"offset": 58, "roll": "next_business_day"}, "2017-11-13"),  # Veterans Day is kept on Friday, with the days after it
        ({"offset": 57, "roll": "next_business_day"}, "2017-11-09"),
    ],
)
def test_units_and_rolls(said, expected):
    assert days(of(clock(**said), Known(workdays=US))) == [expected]


def test_a_date_that_was_moved_says_from_where():
    [due] = of(clock(offset=60, roll="next_business_day"), Known(workdays=US))
    assert "moved from 2017-11-12 to the next business day (weekends and US federal holidays left out)" in due.how


def test_hours_are_counted_from_the_beginning_of_the_day_in_its_zone():
    zone = ZoneInfo("America/New_York")
    [due] = of(clock(offset=72, unit="hour"), Known(zone=zone))
    assert due.on == datetime(2017, 9, 16, 4, tzinfo=UTC)
    assert day_of(due, zone) == date(2017, 9, 16)
    assert due.how == "72 hours after the day began on which it was issued on 2017-09-13"


def test_months_end_where_they_end_and_do_not_drift():
    repeat = Repeat(every=1, unit="calendar_month")
    found = of(clock(anchor="fixed", date=date(2024, 1, 31), repeat=repeat), until=date(2024, 5, 31))
    assert days(found) == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]


def test_a_moved_turn_does_not_move_the_next():
    repeat = Repeat(every=7, unit="calendar_day")
    found = of(clock(offset=4, roll="next_business_day", repeat=repeat), Known(workdays=US), until=date(2017, 10, 2))
    assert days(found) == ["2017-09-18", "2017-09-25", "2017-10-02"]  # each a Sunday moved by one day


def test_turns_of_another_unit_are_counted_from_the_first():
    repeat = Repeat(every=3, unit="calendar_month", until="the end")
    found = of(clock(offset=30, repeat=repeat), until=date(2018, 4, 30))
    assert days(found) == ["2017-10-13", "2018-01-13", "2018-04-13"]


def test_of_what_goes_on_the_last_turn_and_the_next_are_listed():
    found = of(clock(offset=120, repeat=Repeat(every=30, unit="calendar_day")), on=date(2018, 2, 11))
    assert days(found) == ["2018-02-10", "2018-03-12", "2018-04-11", "2018-05-11"]
    assert len(found) == AHEAD + 1
    on_the_day = of(clock(offset=120, repeat=Repeat(every=30, unit="calendar_day")), on=date(2018, 2, 10))
    assert days(on_the_day) == ["2018-01-11", "2018-02-10", "2018-03-12", "2018-04-11"]


def test_the_first_turn_is_listed_even_after_the_end():
    found = of(clock(offset=120, repeat=Repeat(every=30, unit="calendar_day")), until=date(2017, 10, 1))
    assert days(found) == ["2018-01-11"]


def test_what_repeats_never_has_one_turn():
    assert len(of(clock(offset=1, repeat=Repeat(every=0, unit="calendar_day")))) == 1


def test_dates_beyond_the_calendar_end_the_list():
    found = of(clock(offset=1, repeat=Repeat(every=2_000_000, unit="calendar_day")), until=date(9000, 1, 1))
    assert days(found) == ["2017-09-14", str(date(2017, 9, 14) + timedelta(days=2_000_000))]


UNITS = st.sampled_from(["calendar_day", "business_day", "calendar_month", "hour"])


@given(st.integers(1, 400), st.integers(1, 60), UNITS, st.dates(date(2017, 1, 1), date(2018, 3, 31)))
def test_turns_are_later_and_later(offset, every, unit, on):
    found = of(clock(offset=offset, unit=unit, repeat=Repeat(every=every, unit=unit)), on=on)
    assert [due.turn for due in found] == list(range(found[0].turn, found[0].turn + len(found)))
    assert all(earlier.on and later.on and earlier.on < later.on for earlier, later in pairwise(found))
    told = [day for due in found if (day := day_of(due, UTC))]
    assert sum(day < on for day in told) <= 1
    assert sum(day >= on for day in told) == AHEAD


# -- what is found and sent --------------------------------------------------------------------------------------------------


def far(known: Known) -> dict[str, list[Due]]:
    one: Directive = find("us-ndaa-fy2018-1634")
    found: dict[str, list[Due]] = {}
    for due in dues(one, known, on=date(2019, 1, 1)):
        found.setdefault(due.clock, []).append(due)
    return found


def test_without_a_finding_or_a_report_there_is_no_date():
    found = far(Known())
    assert [due.on for due in (*found["article"], *found["article_further"])] == [None, None]
    assert found["article"][0].how == "3 business days after something is found"
    assert found["article_further"][0].how == "10 business days after the report article is sent"


def test_that_nothing_was_found_is_said_only_where_somebody_has_counted():
    [due] = far(Known(discoveries=()))["article"]
    assert (due.on, due.how) == (None, "3 business days after something is found: nothing was so far")


def test_each_day_of_discovery_has_a_due_date_and_an_undated_one_says_so():
    known = Known(
        discoveries=[
            Discovery(on=date(2019, 3, 4), about="Anti-Virus"),
            Discovery(on=date(2019, 3, 5), about="Password Manager"),
            Discovery(on=None, about="Safe Kids"),
        ]
    )
    found = far(known)["article"]
    assert [(str(due.on), due.about) for due in found] == [
        ("2019-03-07", "Anti-Virus"),
        ("2019-03-08", "Password Manager"),
        ("None", "Safe Kids"),
    ]
    assert found[2].how == "3 business days after it was found; no source says when"


def test_what_was_there_before_the_directive_took_effect_is_found_on_that_day():
    known = Known(
        discoveries=[
            Discovery(on=date(2017, 9, 9), about="Anti-Virus"),
            Discovery(on=date(2018, 9, 30), about="Password Manager"),
            Discovery(on=date(2018, 10, 1), about="Safe Kids"),
        ]
    )
    found = far(known)["article"]
    assert [(str(due.anchored), due.about) for due in found] == [
        ("2018-10-01", "Anti-Virus; Password Manager"),
        ("2018-10-01", "Safe Kids"),
    ]
    assert found[0].how.endswith("after it took effect on 2018-10-01; seen since 2017-09-09")


def test_every_report_that_was_sent_has_a_followup():
    found = far(Known(submitted={"article": [date(2019, 3, 7), date(2019, 3, 8)]}))["article_further"]
    assert days(tuple(found)) == ["2019-03-21", "2019-03-22"]
    assert found[0].how.endswith("after the report article was sent on 2019-03-07")
