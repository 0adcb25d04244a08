"""Dates as tools write them. A date that cannot be read surely is `None`: never a guess."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?(Z)?")
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?)?")
_IN_NAME = re.compile(r"(?<!\d)(20\d{2})-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)")
_C_TIME = "%a %b %d %H:%M:%S %Y"
_LATEST = 2100  # a later time is none
_NEVER = {1, 1601, 1900, 1969, 1970, 9999}  # years that tools write for "never"


def parse(text: str | None, order: str = "") -> datetime | None:
    """A date as UTC without zone. `order` says how `01/02/2020` is meant (`dmy`, `mdy`); without it only what
    can be read one way is read.

    >>> parse("2017-12-28T14:39:50Z"), parse("01/02/2020")
    (datetime.datetime(2017, 12, 28, 14, 39, 50), None)
    >>> parse("31/01/2023") == parse("20230131") == parse("1/31/2023 00:00 AM")
    True
    """
    if not text or not (text := text.strip()):
        return None
    for pattern in (_ISO, _COMPACT):
        if match := pattern.fullmatch(text):
            return _built(match.group(1, 2, 3), match.group(4, 5, 6), zone=match[7] or "")
    if match := _SLASHED.fullmatch(text):
        return _slashed(match, order)
    with suppress(ValueError):
        parts = text.removesuffix("UTC").removesuffix("GMT").split()
        return _sane(datetime.strptime(" ".join(parts), _C_TIME))  # noqa: DTZ007 - the text has no zone
    return None


def of_windows(ticks: int) -> datetime | None:
    """A time as Windows counts it: tenths of microseconds since 1601, UTC. `None` for never, and for what is no time.

    >>> of_windows(131460627025988653), of_windows(0), of_windows(2**64 - 1)
    (datetime.datetime(2017, 8, 1, 12, 5, 2), None, None)
    """
    try:
        found = datetime(1601, 1, 1) + timedelta(microseconds=ticks // 10)  # noqa: DTZ001
    except OverflowError:
        return None
    return _sane(found.replace(microsecond=0)) if found.year < _LATEST else None


def in_name(name: str) -> datetime | None:
    """An ISO date in a file's or folder's name, e.g. `scan-2017-10-01.nessus`; the last one where there are several."""
    found = _IN_NAME.findall(name)
    return _built(found[-1], (None, None, None), zone="") if found else None


def without_date(name: str) -> str:
    """A file's name without the ISO dates in it.

    >>> without_date("PC-7 2017-10-01")
    'PC-7 '
    """
    return _IN_NAME.sub("", name)


def iso_day(text: str | None, order: str = "") -> str | None:
    """A date as ISO day where it can be read surely, else as it was written."""
    moment = parse(text, order)
    return moment.date().isoformat() if moment else text


def _slashed(match: re.Match[str], order: str) -> datetime | None:
    first, second = int(match[1]), int(match[2])
    if not order:
        order = "dmy" if first > 12 else "mdy" if second > 12 or first == second else ""
    if not order:
        return None
    day, month = (match[1], match[2]) if order == "dmy" else (match[2], match[1])
    hour = match[4]
    if hour and match[7]:
        hour = str(int(hour) % 12 + (12 if match[7] in "pP" else 0))
    return _built((match[3], month, day), (hour, match[5], match[6]), zone="")


def _built(day: tuple[str, ...], clock: tuple[str | None, ...], *, zone: str) -> datetime | None:
    numbers = [int(part) for part in (*day, *(piece or 0 for piece in clock))]
    try:
        moment = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001
        if zone not in {"", "Z", "UTC"}:
            offset = datetime.strptime(zone.replace(":", ""), "%z").tzinfo
            moment = moment.replace(tzinfo=offset).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return _sane(moment)


def _sane(moment: datetime) -> datetime | None:
    return None if moment.year in _NEVER else moment
