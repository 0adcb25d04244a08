"""Windows: a report of System Information (`msinfo32 /nfo`): the machine, drivers, tasks, modules, services, start commands.

Names of categories and elements are translated, so rows are known by their shape: how many cells they have, and what
stands where. There is no list of programs in it. Shapes: reports in English; Microsoft's page on msinfo32.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount import when
from fullcount.document import clues_of, names_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lines import BLOCK
from fullcount.text import clean, without_user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_DEEPEST = 40
_SUMMARY = 200  # rows that are kept of the first category
_WINDOWS = re.compile(r"Microsoft\W{0,3}(?:\(R\))?\s*Windows.*", re.IGNORECASE)
_VERSION = re.compile(r"\d+(?:\.\d+)+\b.*")
_TYPE = re.compile(r".{0,40}\b(?:x64|x86|arm64|arm|ia64|itanium)\b.{0,40}", re.IGNORECASE)
_FROM = re.compile(r"(?:HKLM|HKU|HKCU|HKEY_\w+)\\.*|(?:Common )?Startup", re.IGNORECASE)
_CREATED = re.compile(r"(\d{2})/(\d{2})/(\d{2}) (\d{2}:\d{2}:\d{2})")
_RUNNING = {
    *("running", "wird ausgeführt", "gestartet", "en cours d'exécution", "en cours d’exécution", "en ejecución", "in esecuzione"),
    *(
        "ejecutándose",
        "выполняется",
        "работает",
        "em execução",
        "wordt uitgevoerd",
        "uruchomiono",
        "実行中",
        "正在运行",
        "실행 중",
    ),
}
_NOTHING = {
    *("not available", "nicht verfügbar", "non disponible", "no disponible", "non disponibile", "недоступно", "нет данных"),
    *("não disponível", "niet beschikbaar", "niedostępne", "利用できません", "不可用", "사용할 수 없음", "n/a"),
}
_AGAIN = "make it again: msinfo32 /nfo %COMPUTERNAME%.nfo"
_NOTE = "there is no list of programs in it"


class _Seen(NamedTuple):
    title: Title
    state: State
    user: str | None = None


@dataclass(slots=True)
class _Report:
    """What was read of a report so far."""

    batch: Batch = field(default_factory=lambda: Batch(key="machine"))
    summary: list[str] = field(default_factory=list)  # values of the first category
    created: str | None = None
    place: int = 0


def claims(peek: Peek) -> bool:
    """The root element of such a report."""
    return peek.xml_root == "MsInfo"


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the row, counted through all categories. Raises `UnreadableError` where the report breaks
    off; what stands before is used.
    """
    report = _Report()
    try:
        for _ in _data(stream, report):
            if len(report.batch.sightings) >= BLOCK:
                yield report.batch
                report.batch = Batch(key="machine")
    except UnreadableError:
        if report.place:
            yield _finished(report, stream.host)
        raise
    yield _finished(report, stream.host)


def _data(stream: Stream, report: _Report) -> Iterator[None]:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    categories = 0
    above: list[Any] = []
    try:
        with stream.binary() as file:
            for event, element in iterparse(file, events=("start", "end")):
                if event == "start":
                    if not above and element.tag != "MsInfo":
                        raise UnreadableError("no report of msinfo32", place=str(stream.path), hint=_AGAIN)
                    above.append(element)
                else:
                    above.pop()
                if len(above) > _DEEPEST:
                    raise UnreadableError("nested too deeply for a report", place=str(stream.path), hint=_AGAIN)
                if event == "start":
                    categories += element.tag == "Category"
                elif element.tag == "CreationUTC":
                    report.created = element.text
                elif element.tag == "Data" and above:
                    report.place += 1
                    _take(report, [_value(child.text) for child in element], first=categories == 1)
                    above[-1].clear()
                    yield
                elif element.tag == "Category" and above:
                    above[-1].clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableError(f"stops being XML: {error}", place=str(stream.path), hint=_AGAIN) from error


def _value(text: str | None) -> str | None:
    text = clean(text)
    return None if text and text.lower() in _NOTHING else text


def _take(report: _Report, cells: list[str | None], *, first: bool) -> None:
    if first and len(cells) == 2 and len(report.summary) < _SUMMARY:
        report.summary.append(cells[1] or "")
    seen = _seen(cells)
    if seen:
        path = seen.title.path
        title = seen.title._replace(path=without_user(path)) if path else seen.title
        detail = Detail(user=seen.user, path=path if path != title.path else None)
        report.batch.saw(title, report.place, seen.state, detail if any(detail) else None)


def _seen(cells: list[str | None]) -> _Seen | None:
    """What a row says, by its shape; nothing where it is no software or names nothing."""
    match cells:
        case [display, str(name), state, _, _, path, _, _, tag] if (tag or "0").isdecimal():
            title = Title(Trace.SERVICE, name=display or name, service=name, path=_path(path))
            return _Seen(title, _state(state))
        case [str(name), described, path, _, _, _, state, _, _, _, _] if _path(path):
            return _Seen(Title(Trace.DRIVER, name=described or name, driver=name, path=_path(path)), _state(state))
        case [str(name), path, number, priority, *rest] if len(rest) == 6 and f"{number}{priority}".isdecimal():
            return _Seen(Title(Trace.PROCESS, name=name, path=_path(path), version=_version(rest[3])), State.RUNNING)
        case [str(name), version, _, _, maker, path] if _path(path):
            title = Title(Trace.FILE, name=name, version=_version(version), publisher=maker, path=_path(path))
            return _Seen(title, State.RUNNING)
        case [str(name), command, user, str(source)] if _FROM.fullmatch(source):
            return _Seen(Title(Trace.FILE, name=name, path=command), State.RESIDUE, user)
    return None


def _path(text: str | None) -> str | None:
    return text if text and ("\\" in text or text.lower().endswith((".sys", ".exe", ".dll"))) else None


def _version(text: str | None) -> str | None:
    return text if text and _VERSION.fullmatch(text) else None


def _state(text: str | None) -> State:
    """A service or driver that does not run is installed all the same."""
    return State.RUNNING if text and text.lower() in _RUNNING else State.INSTALLED


def _finished(report: _Report, host: str | None) -> Batch:
    """The record. The type of the computer stands below its name, maker and model, whatever else is listed above."""
    rows = report.summary
    at = next((n for n, row in enumerate(rows) if n >= 4 and _TYPE.fullmatch(row) and not _WINDOWS.fullmatch(row)), None)
    named, maker = (rows[at - 3], rows[at - 2]) if at else (None, None)
    system = next((row for row in rows[:3] if _WINDOWS.fullmatch(row)), None)
    looked, unsure = _created(report.created)
    server = "server" in (system or "").lower()
    report.batch.record = Record(
        place=1,
        clues=clues_of(*names_of(named or host), ("manufacturer", maker)),
        machine_class=Class.SERVER if server else Class.WORKSTATION if system else Class.UNKNOWN,
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        looked_at=looked,
        os=system,
        os_family=Os.WINDOWS,
        note=f"{_NOTE}; its date {report.created} can be read two ways" if unsure else _NOTE,
    )
    return report.batch


def _created(text: str | None) -> tuple[datetime | None, bool]:
    """When the report was made, and whether that could be read two ways.

    >>> _created("12/28/15 04:28:32"), _created("02/03/15 04:28:32")
    ((datetime.datetime(2015, 12, 28, 4, 28, 32), False), (None, True))
    """
    match = _CREATED.fullmatch((text or "").strip())
    if not match:
        return None, False
    moment = when.parse(f"{match[1]}/{match[2]}/20{match[3]} {match[4]}")
    return moment, moment is None


MSINFO = Reader(
    name="msinfo32",
    title="System Information of Windows (msinfo32, .nfo)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "There is no list of programs in it: only services, drivers, running tasks, loaded modules and start commands.",
        "A start command proves the command: the file behind it was not looked at.",
        "States in a language that is not known to us make a service installed, not running.",
        "Serial numbers are not in it; of hardware only names are.",
    ),
    how="On each machine: `msinfo32 /nfo %COMPUTERNAME%.nfo`, which takes some minutes.",
    unit="row",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
