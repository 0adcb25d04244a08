"""Dates: any text has one or none, and one that could be meant in two ways has none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullcount.when import in_name, iso_day, parse, without_date

MOMENTS = st.datetimes(datetime(1971, 1, 2), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0))  # noqa: DTZ001
NUMBERS = r"[0-9]{1,8}[-/. ]?[0-9]{0,4}[-/.]?[0-9]{0,4}[T ,]{0,2}[0-9:.]{0,12}(?: ?[APap]M|Z|[+-][0-9:]{2,5})?"
ANYTHING = st.one_of(
    st.text(st.characters(), max_size=40),
    st.from_regex(NUMBERS, fullmatch=True),
    st.from_regex(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}(:\d{2})? [AP]M", fullmatch=True),
)


@given(text=st.one_of(st.none(), ANYTHING), order=st.sampled_from(["", "dmy", "mdy"]))
def test_any_text_has_one_date_or_none(text: str | None, order: str) -> None:
    found = parse(text, order)
    assert found is None or (found.tzinfo is None and found.year not in {1, 1601, 1900, 1969, 1970, 9999})
    day = iso_day(text, order)
    assert day == (text if found is None else found.date().isoformat())


@given(name=ANYTHING)
def test_any_name_has_one_date_or_none(name: str) -> None:
    found = in_name(name)
    assert found is None or (found.hour, found.minute, found.second) == (0, 0, 0)
    assert in_name(without_date(name)) is None or without_date(name) != name


@given(moment=MOMENTS, minutes=st.integers(-14 * 60, 14 * 60))
def test_one_moment_however_written(moment: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    abroad = moment.replace(tzinfo=UTC).astimezone(zone)
    spellings = [
        moment.isoformat(),
        moment.isoformat() + "Z",
        moment.isoformat(" "),
        f" {moment.isoformat()}.123456Z ",
        moment.strftime("%Y/%m/%d %H:%M:%S"),
        moment.strftime("%Y%m%d%H%M%S"),
        moment.strftime("%Y%m%dT%H%M%SZ"),
        moment.strftime("%a %b %d %H:%M:%S %Y"),
        moment.strftime("%a %b %d %H:%M:%S %Y UTC"),
        abroad.isoformat(),
        abroad.strftime("%Y-%m-%dT%H:%M:%S%z"),
    ]
    assert {parse(one) for one in spellings} == {moment}


@given(moment=MOMENTS)
def test_a_slashed_date_is_read_only_where_it_can_be_meant_in_one_way(moment: datetime) -> None:
    day_first, month_first = moment.strftime("%d/%m/%Y %H:%M:%S"), moment.strftime("%m/%d/%Y %I:%M:%S %p")
    assert parse(day_first, "dmy") == parse(month_first, "mdy") == moment
    sure = moment.day > 12 or moment.day == moment.month
    assert parse(day_first) == parse(month_first) == (moment if sure else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "never",
        "0",
        "1601-01-01",
        "1970-01-01T00:00:00Z",
        "9999-12-31",
        "2017-13-01",
        "2017-02-30",
        "2017-10-10T25:00:00",
        "20171332",
        "01/02/2020",
        "31/31/2020",
        "12/2020",
        "1507593600",
        "0001-01-01T00:00:00+14:00",
        "2017-10-10T00:00:00+99:99",
        "²017-10-10",
        "Oct 10 2017",
    ],
)
def test_what_is_no_sure_date(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("scan-2017-10-01.nessus", "2017-10-01"),
        ("2017-09-14/20171002_export.csv", "2017-10-02"),
        ("PC-20171002.csv", "2017-10-02"),
        ("20171332.csv", None),
        ("2017-02-30.csv", None),
        ("120171002.csv", None),
        ("19991231.csv", None),
        ("v2.0.1.csv", None),
    ],
)
def test_a_date_in_a_name(name: str, day: str | None) -> None:
    found = in_name(name)
    assert (found.date().isoformat() if found else None) == day
