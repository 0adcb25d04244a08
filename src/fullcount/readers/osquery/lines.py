"""Lines of osquery's results log: how a file is cut into them, and what one line says.

A line is a snapshot, an event or a batch of changes, bare or inside what a shipper puts around it. Facts: osquery's
page "Logging" and its flags; the fields that Filebeat's module for osquery exports.
"""

from __future__ import annotations

import re
from datetime import UTC
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount import when
from fullcount.clue import normal, uuid_key
from fullcount.reader import Stream, utc
from fullcount.readers.osquery.tables import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINE_LIMIT = 64 << 20
KEPT = 1 << 20  # bytes of a line that cannot be used
_WRAPPED_DEEP = 3

Stamp = tuple[float, int]  # when a line was written: seconds since 1970, then the counter of its query


class Line(NamedTuple):
    """One line of the log. `full`: what it adds is all that the query found, or a part of a full set in several lines."""

    host: str
    uuid: str  # of the machine, folded; empty where the line does not say
    query: str
    stamp: Stamp
    epoch: str
    full: bool
    added: list[Any]
    removed: list[Any]
    clues: tuple[tuple[str, str], ...]


_UUID = re.compile(r"\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.IGNORECASE)
_HOST = ("hostIdentifier", "host_identifier", "hostname")
_DECORATIONS = (("host_uuid", "uuid"), ("hostname", "hostname"), ("hardware_serial", "serial"))
_WRAPPERS = ("json", "osquery.result", "osquery", "result", "message")


def _document(line: bytes | str) -> Any:
    """A JSON document; `None` where it is none, or is nested deeper than orjson reads."""
    from orjson import JSONDecodeError, loads

    try:
        return loads(line)
    except JSONDecodeError:
        return None


def _result(document: Any, deep: int = _WRAPPED_DEEP) -> dict[str, Any] | None:
    """The osquery result in a document, also inside what Kafka, Filebeat and the like put around it."""
    if not isinstance(document, dict):
        return None
    rows = "snapshot" in document or "diffResults" in document or {"columns", "action"} <= document.keys()
    if rows and isinstance(document.get("name"), str) and any(document.get(name) for name in _HOST):
        return document
    for name in _WRAPPERS if deep else ():
        inner = document.get(name)
        if found := _result(_document(inner) if isinstance(inner, str) else inner, deep - 1):
            return found
    return None


def line_of(text: bytes) -> Line | str:
    """A line of the log; a text says why it cannot be used."""
    document = _document(text)
    if document is None:
        return "no JSON, or nested too deeply"
    if (result := _result(document)) is None:
        return "no result of osquery: it has a host identifier, a name, and columns and action, snapshot or diffResults"
    host = next((said for name in _HOST if (said := text_of(result.get(name)))), None)
    changes = _changes(result)
    if host is None or changes is None:
        return "no host identifier, or the rows are no list, or the action is neither added, removed nor snapshot"
    added, removed = changes
    counter = _number(result.get("counter"))
    clues = tuple(_clues(result))
    return Line(
        host=host,
        uuid=next((uuid_key(value) or "" for kind, value in clues if kind == "uuid"), ""),
        query=result["name"],
        stamp=(_moment(result), int(counter or 0)),
        epoch=str(result.get("epoch")),
        # the first run of a differential query has the counter 0; without counters it cannot be told
        full="snapshot" in result or result.get("action") == "snapshot" or (counter == 0 and not removed),
        added=added,
        removed=removed,
        clues=clues,
    )


def _changes(result: dict[str, Any]) -> tuple[list[Any], list[Any]] | None:
    """Rows added and removed; `None` where they are no lists."""
    added: Any = []
    removed: Any = []
    if "snapshot" in result:
        added = result["snapshot"]
    elif "diffResults" in result:
        changes = result["diffResults"] or {}
        if not isinstance(changes, dict):
            return None
        added, removed = changes.get("added", []), changes.get("removed", [])
    elif result["action"] == "removed":
        removed = [result["columns"]]
    else:  # by a flag, snapshots too are logged row by row
        added = [result["columns"]] if result["action"] in ("added", "snapshot") else None
    added, removed = ([] if rows == "" else rows for rows in (added, removed))  # old versions write "" for no rows
    return (added, removed) if isinstance(added, list) and isinstance(removed, list) else None


def _clues(result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a line says of its host. The identifier is a host name or an id, by a flag of osqueryd."""
    for name in _HOST:
        if value := text_of(result.get(name)):
            if _UUID.fullmatch(value):
                yield "agent_id", f"osquery:{value}"
            else:
                yield ("ip" if normal("ip", value) else "hostname"), value
    told = result.get("decorations")
    for name, kind in _DECORATIONS:  # by another flag they stand beside the name
        value = text_of(told.get(name) if isinstance(told, dict) else result.get(name))
        if value and normal(kind, value):
            yield kind, value


def _number(value: Any) -> float | None:
    try:
        number = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 2**63 else None


def _moment(result: dict[str, Any]) -> float:
    """When a line was written, in seconds since 1970; 0 where it does not say."""
    seconds = _number(result.get("unixTime", result.get("unix_time")))
    if seconds and utc(seconds):
        return seconds
    spelt = result.get("calendarTime", result.get("calendar_time"))
    moment = when.parse(spelt) if isinstance(spelt, str) else None
    return moment.replace(tzinfo=UTC).timestamp() if moment else 0.0


def pieces(stream: Stream) -> Iterator[tuple[int, bytes, bool]]:
    """Lines with their place, without outer space; the last value says that a line was too long and is cut."""
    if stream.encoding.startswith(("utf-16", "utf-32")):
        with stream.text() as text:
            yield from _cut(lambda size: text.readline(size).encode("utf-8", "surrogatepass"))
    else:
        with stream.binary() as file:
            yield from _cut(file.readline)


def _cut(readline: Callable[[int], bytes]) -> Iterator[tuple[int, bytes, bool]]:
    for place in count(1):
        line = rest = readline(LINE_LIMIT)
        if not line:
            return
        long = len(line) >= LINE_LIMIT and not line.endswith(b"\n")
        while long and rest and not rest.endswith(b"\n"):
            rest = readline(LINE_LIMIT)
        line = line.removeprefix(b"\xef\xbb\xbf") if place == 1 else line
        if line.strip():
            yield place, line[:KEPT] if long else line, long
