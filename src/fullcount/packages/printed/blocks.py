"""Lists of packages with a block of `Field : value` lines a package: `rpm -qai`, `pacman -Qi` and `-Si`, `snap info`,
`flatpak info`. Labels are English: `how` says how to ask for that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.model import State
from fullcount.packages.printed.item import Found, Item, Kind, Lines, Lost, Short, installed_on, package
from fullcount.packages.printed.lists import PUBLIC_KEY, rpm_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHOWN = 4096  # characters of a block that are kept in its reject
_WORD = re.compile(r"[^\s\ufffd]{1,255}")
_NOBODY = {"", "(none)", "None", "Unknown Packager"}

Block = dict[str, str]


def _blocks(
    starts: Callable[[str, Block], bool], take: Callable[[str, Block], None], said: Callable[[Block], Found | str]
) -> Callable[[Lines], Iterator[Item]]:
    """A reader of blocks: `starts` says whether a line begins one, `take` puts a line in, `said` is what a block says."""

    def read(lines: Lines) -> Iterator[Item]:
        block: Block | None = None
        begun, shown, number = 0, "", 0
        for place, line in lines:
            if starts(line, block or {}):
                if block is not None:
                    yield _item(begun, shown, said(block))
                block, begun, shown, number = {}, place, "", number + 1
            if block is not None:
                shown += f"{line}\n"[: max(0, _SHOWN - len(shown))]
                take(line, block)
            elif line.strip():
                yield Item(place, line, Lost("stands before the first package"))
        if block is not None:
            yield _item(begun, shown, said(block))
        if number == 1:
            yield Item(0, "", Short("one package is described"))

    return read


def _item(place: int, shown: str, said: Found | str) -> Item:
    return Item(place, shown, Lost(said) if isinstance(said, str) else said)


def _publisher(block: Block, field: str) -> str | None:
    written = block.get(field, "").strip()
    return None if written in _NOBODY else written


def _named(block: Block, *fields: str) -> str | None:
    """Why a block is none of a package: a field is missing or is no word."""
    bad = next((field for field in fields if not _WORD.fullmatch(block.get(field, "").strip())), None)
    return f"a package without a {bad.lower()} that can be one" if bad else None


# -- rpm -------------------------------------------------------------------------------------------------------------

_RPM_START = re.compile(r"Name {8}: .*")
_RPM_FIELD = re.compile(r"(Name|Epoch|Version|Release|Install Date|Vendor|Description) *: ?(.*)")
_RPM_COLUMNS = re.compile(r"(.*?) {3,}(Relocations|Vendor|Build Date|Build Host|Source RPM): (.*)")  # as written up to rpm 4.8


def _starts_rpm(line: str, _: Block) -> bool:
    return bool(_RPM_START.fullmatch(line))


def _take_rpm(line: str, block: Block) -> None:
    found = _RPM_FIELD.fullmatch(line)
    if not found or "Description" in block:  # free text
        return
    name, value = found.groups()
    if columns := _RPM_COLUMNS.fullmatch(value):
        value = columns[1]
        block.setdefault(columns[2], columns[3])
    block.setdefault(name, value.strip())


def _rpm(block: Block) -> Found | str:
    if wrong := _named(block, "Name", "Version", "Release"):
        return wrong
    version = rpm_version(block.get("Epoch"), block["Version"], block["Release"])
    title = package(block["Name"], version, publisher=_publisher(block, "Vendor"))
    written = block.get("Install Date", "")
    if block["Name"] == PUBLIC_KEY or written == "(not installed)":
        return Found(title, State.MENTION)
    return Found(title, State.INSTALLED, installed_on(written))


# -- pacman ----------------------------------------------------------------------------------------------------------

_PACMAN_START = re.compile(r"(?:Repository {6}|Name {12}): .*")
_PACMAN_FIELD = re.compile(r"(Repository|Name|Version|Packager|Install Date) *: ?(.*)")


def _starts_pacman(line: str, block: Block) -> bool:
    """A package begins with its name, or with the repository that offers it, which its name follows."""
    return bool(_PACMAN_START.fullmatch(line)) and not (line.startswith("Name") and block.keys() == {"Repository"})


def _take_pacman(line: str, block: Block) -> None:
    if found := _PACMAN_FIELD.fullmatch(line):
        block.setdefault(found[1], found[2].strip())


def _pacman(block: Block) -> Found | str:
    if wrong := _named(block, "Name", "Version"):
        return wrong
    title = package(block["Name"], block["Version"], publisher=_publisher(block, "Packager"))
    if "Repository" in block or "Install Date" not in block:
        return Found(title, State.MENTION)
    return Found(title, State.INSTALLED, installed_on(block["Install Date"]))


# In another language the labels are others, but their order is the same: these are the places of what is read
_QI_FIELDS = 21
_QI_PLACES = {"Name": 0, "Version": 1, "Packager": 15, "Install Date": 17}
_QI_FIELD = re.compile(r"\S[^:]{0,60}?\s*:(?: (.*))?")
_QI_VERSION = re.compile(r"[^\s-]{1,100}-[\d.]{1,20}")
_ARCHITECTURES = {"x86_64", "any", "i686", "aarch64", "armv7h", "armv6h"}


def _qi(lines: Lines) -> Iterator[Item]:
    """`pacman -Qi` in any language. A package ends with a blank line."""
    values, begun, shown, number = list[str](), 0, "", 0
    for place, line in (*lines, (0, "")):  # a blank line ends the last one
        if line.strip():
            begun = begun or place
            shown += f"{line}\n"[: max(0, _SHOWN - len(shown))]
            values += [found[1] or ""] if (found := _QI_FIELD.fullmatch(line)) else []
        elif begun:
            number += 1
            yield _item(begun, shown, _qi_block(values))
            values, begun, shown = [], 0, ""
    if number == 1:
        yield Item(0, "", Short("one package is described"))


def _qi_block(values: list[str]) -> Found | str:
    block = {label: values[place].strip() for label, place in _QI_PLACES.items() if place < len(values)}
    if wrong := _named(block, "Name", "Version"):
        return wrong
    if len(values) != _QI_FIELDS:
        block.pop("Packager", None)
        block.pop("Install Date", None)
    title = package(block["Name"], block["Version"], publisher=_publisher(block, "Packager"))
    return Found(title, State.INSTALLED, installed_on(block.get("Install Date")))


def _fits_qi(lines: list[str]) -> bool:
    values = [found[1] or "" for line in lines if (found := _QI_FIELD.fullmatch(line))][:5]
    if len(values) < 5 or not all(map(_QI_FIELD.fullmatch, lines[:2])):
        return False
    named = _WORD.fullmatch(values[0].strip()) and _QI_VERSION.fullmatch(values[1].strip())
    return bool(named) and values[3].strip() in _ARCHITECTURES and values[4].strip().startswith(("http", "None", "ftp"))


# -- snap and flatpak, one package -----------------------------------------------------------------------------------

_SNAP_FIELD = re.compile(r"(name|publisher|snap-id|installed):\s*(.*)")
_FLATPAK_NAME = re.compile(r"(\S.*?) - .*")
_FLATPAK_FIELD = re.compile(r" *(ID|Ref|Version|Installation): (.*)")


def _snap(lines: Lines) -> Iterator[Item]:
    block: Block = {}
    for _, line in lines:
        if found := _SNAP_FIELD.fullmatch(line):
            block.setdefault(found[1], found[2].strip())
    wrong = _named(block, "name", "snap-id")
    version = block.get("installed", "").split(" ", 1)[0]
    title = package(block.get("name", ""), version, publisher=block.get("publisher", "").rstrip("*✓✪"))
    state = State.INSTALLED if version else State.MENTION
    yield _item(1, "\n".join(f"{name}: {value}" for name, value in block.items()), wrong or Found(title, state))


def _flatpak(lines: Lines) -> Iterator[Item]:
    block: Block = {}
    for _, line in lines:
        if found := _FLATPAK_FIELD.fullmatch(line):
            block.setdefault(found[1], found[2].strip())
        elif not block and (named := _FLATPAK_NAME.fullmatch(line)):
            block["Name"] = named[1]
    wrong = _named(block, "ID")
    title = package(block.get("Name") or block.get("ID", ""), block.get("Version"), package=block.get("ID"))
    state = State.INSTALLED if "Installation" in block else State.MENTION  # `flatpak remote-info` has none
    yield _item(1, "\n".join(f"{name}: {value}" for name, value in block.items()), wrong or Found(title, state))


def _begins(pattern: re.Pattern[str], *needed: str) -> Callable[[list[str]], bool]:
    """Whether the pattern fits an early line, and these labels stand at the beginning of others."""
    return lambda lines: (
        any(map(pattern.fullmatch, lines[:5])) and all(any(line.startswith(label) for line in lines) for label in needed)
    )


_ONE = "one package is described"
BLOCKS = (
    Kind(
        name="rpm -qai",
        fits=_begins(_RPM_START, "Version     :", "Release     :"),
        read=_blocks(_starts_rpm, _take_rpm, _rpm),
    ),
    Kind(
        name="pacman -Qi", fits=_begins(_PACMAN_START, "Version         :"), read=_blocks(_starts_pacman, _take_pacman, _pacman)
    ),
    Kind(name="pacman -Qi in another language", fits=_fits_qi, read=_qi),
    Kind(name="snap info", fits=_begins(re.compile(r"name: .*"), "snap-id:", "publisher:"), read=_snap, whole=False, note=_ONE),
    Kind(
        name="flatpak info",
        fits=lambda lines: (
            any(re.match(r" *Ref: (?:app|runtime)/", line) for line in lines) and any(re.match(r" *ID: ", line) for line in lines)
        ),
        read=_flatpak,
        whole=False,
        note=_ONE,
    ),
)
