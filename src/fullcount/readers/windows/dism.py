"""Windows: the packages of the system itself, as `dism /online /get-packages` prints them, in any language.

Facts: Microsoft's page on DISM's options for packages. A package's identity is its name, the token of its publisher's
key, architecture, language and version, parted by `~`; labels and states are translated, identities are not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from fullcount.errors import UnreadableError
from fullcount.model import Batch, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lines import BLOCK, SHOWN, date_order, day, first_lines, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator

_IDENTITY = re.compile(r"([^\s~|:]{1,200})~([0-9a-f]{16})~([^\s~|]{0,20})~([^\s~|]{0,20})~(\d+(?:\.\d+)*)")
_PAIR = re.compile(r"([^:|]{1,60}?)\s{0,40}: (.*)")
_CLOCK = re.compile(r"\d{1,4}[/.-]\s?\d{1,2}[/.-]\s?\d{1,4}\.?(?:\s.*)?")
_MICROSOFT = {"31bf3856ad364e35": "Microsoft"}  # whose key has this token
# States in lower case, in the languages whose Windows is known to us. What is staged waits on the disk to be installed.
_STATES = {
    **dict.fromkeys(
        ("installed", "installiert", "installé", "instalado", "installato", "установлен", "установлено", "geïnstalleerd"),
        State.INSTALLED,
    ),
    **dict.fromkeys(
        (
            "zainstalowano",
            "zainstalowany",
            "installerad",
            "installeret",
            "yüklü",
            "インストール済み",
            "已安装",
            "已安裝",
            "설치됨",
        ),
        State.INSTALLED,
    ),
    **dict.fromkeys(("install pending", "uninstall pending", "staged", "partially installed"), State.FILES),
    **dict.fromkeys(("superseded", "ersetzt", "remplacé", "sustituido", "sostituito", "заменен", "заменено"), State.RESIDUE),
    **dict.fromkeys(("not present", "removed", "uninstalled", "resolved"), State.REMOVED),
}


class _Package(NamedTuple):
    place: int
    raw: str
    values: list[str]  # identity, state, type of release, time


def claims(peek: Peek) -> bool:
    """Lines with the identity of a package behind a label, or in the first column of a table."""
    if peek.json_start or peek.text.lstrip().startswith("<"):
        return False
    return any(_begins(line) for line in first_lines(peek))


def _begins(line: str) -> str | None:
    """The identity that a line gives; a line of a table has it in front."""
    if "|" in line:
        first = line.split("|", 1)[0].strip()
        return first if _IDENTITY.fullmatch(first) else None
    match = _PAIR.fullmatch(line.strip())
    return match[2].strip() if match and _IDENTITY.fullmatch(match[2].strip()) else None


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the line of the identity."""
    order = date_order(values[-1] for _, _, values in _packages(stream, Batch()) if len(values) > 1)
    batch, unknown, lost, begun = Batch(key="machine"), set[str](), Batch(key="machine"), False
    for one in _packages(stream, lost):
        _take(batch, one, order, unknown)
        if len(batch.sightings) >= BLOCK:
            yield batch
            batch = Batch(key="machine")
        begun = True
    if not begun:
        raise UnreadableError("no package's identity", place=str(stream.path), hint="make it again: dism /online /get-packages")
    batch.rejects += lost.rejects
    notes = ["only packages of Windows itself are listed"]
    notes += [f"states that are not known: {', '.join(sorted(unknown)[:5])}"] if unknown else []
    batch.record = Record(
        place=1,
        clues=[("hostname", stream.host)] if stream.host else [],
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        os_family=Os.WINDOWS,
        note="; ".join(notes),
    )
    yield batch


def _packages(stream: Stream, lost: Batch) -> Iterator[_Package]:
    """The values of each package, in the order in which DISM prints them. What stands before the first is no package."""
    current: _Package | None = None
    for place, line in numbered(stream):
        identity = _begins(line)
        if identity and "|" in line:
            yield _Package(place, line, [cell.strip() for cell in line.split("|")])
        elif identity:
            if current:
                yield current
            current = _Package(place, line[:SHOWN], [identity])
        elif current and (match := _PAIR.fullmatch(line.strip())) and len(current.values) < 4:
            current.values.append(match[2].strip())
        elif current and not line.strip():
            yield current
            current = None
        elif "~" in line and line.strip():
            lost.reject(place, line[:SHOWN], "no package's identity")
    if current:
        yield current


def _take(batch: Batch, one: _Package, order: str, unknown: set[str]) -> None:
    match = _IDENTITY.fullmatch(one.values[0])
    assert match
    written = one.values[1].lower() if len(one.values) > 1 else ""
    state = _STATES.get(written)
    if state is None:
        unknown.add(written or "none")
        state = State.MENTION
    time = one.values[3] if len(one.values) > 3 and _CLOCK.fullmatch(one.values[3]) else None
    title = Title(Trace.PACKAGE, name=match[1], version=match[5], publisher=_MICROSOFT.get(match[2]), package=one.values[0])
    batch.saw(title, one.place, state, Detail(installed_on=day(time, order)) if time else None)


DISM = Reader(
    name="dism",
    title="Windows packages and updates (dism /get-packages)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "Only packages of Windows itself are listed: features, languages and updates, no programs.",
        "A state in a language that is not known to us makes the package a mention.",
        "The list names neither its machine nor its date.",
    ),
    how="As administrator, on each machine: `dism /english /online /get-packages /format:table > %COMPUTERNAME%.txt`",
    unit="line",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
