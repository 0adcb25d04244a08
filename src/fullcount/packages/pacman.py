"""Arch Linux and its kin: the `desc` files of pacman's local database, one or all of them in one file.

Each is a row of blocks: a line `%NAME%`, values one a line, a blank line. A repository's `desc` files begin with
`%FILENAME%` and have no `%INSTALLDATE%`. Facts: the source of libalpm (be_local.c, be_sync.c).
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from fullcount.model import Batch, Detail, State, Title, Trace
from fullcount.packages.database import LONGEST, SHOWN, Paragraph, machine
from fullcount.reader import Peek, Stream, utc

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = re.compile(r"%([A-Z0-9]+)%")
_NAME = re.compile(r"[\w@.+-]{1,255}", re.ASCII)
_VERSION = re.compile(r"[\w.+~:-]{1,255}", re.ASCII)
_NOBODY = "Unknown Packager"  # what makepkg writes where nobody has said who packages


def claims(peek: Peek) -> bool:
    """The first block is a name, and there is a date of installation."""
    first = next((line for line in peek.lines if line.strip()), "")
    return first.strip() == "%NAME%" and peek.has("%VERSION%", "%INSTALLDATE%")


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal of the package; a damaged package is a reject and makes the list partial."""
    return machine(stream, _packages, _read, what="packages", also=_alone)


def _alone(packages: int) -> str:
    return "one package of the machine's list" if packages == 1 else ""


def _packages(text: IO[str]) -> Iterator[Paragraph]:
    """The packages: each begins with its name, or, in a repository's file, with its file's."""
    package, name, whole = Paragraph(), "", True
    while line := text.readline(LONGEST):
        begins, whole = whole, line.endswith(("\n", "\r"))
        if not begins:
            continue  # the rest of a line that is too long
        line = line.strip()
        if found := _KEY.fullmatch(line):
            name = found[1]
            if name in {"FILENAME", "NAME"} and package.fields.keys() - ({"FILENAME"} if name == "NAME" else set()):
                yield package
                package = Paragraph()
        elif line:
            package.fields.setdefault(name, line)
        package.shown += f"{line}\n"[: max(0, SHOWN - len(package.shown))]
    if package.shown.strip():
        package.ended = whole
        yield package


def _read(fields: dict[str, str], place: int, batch: Batch) -> str | None:
    """See one package; else why it cannot be used. What only a repository says is a mention."""
    name, version, packager = fields.get("NAME", ""), fields.get("VERSION", ""), fields.get("PACKAGER")
    if not _NAME.fullmatch(name):
        return "a package without a name that can be one"
    if not _VERSION.fullmatch(version):
        return "a package without a version that can be one"
    publisher = None if packager == _NOBODY else packager
    title = Title(Trace.PACKAGE, name=name, version=version, publisher=publisher, package=name)
    state = State.MENTION if "FILENAME" in fields else State.INSTALLED
    batch.saw(title, place, state, _detail(fields.get("INSTALLDATE", "")))
    return None


def _detail(written: str) -> Detail | None:
    """The day of installation, from seconds since 1970."""
    moment = utc(int(written)) if written.isdecimal() and len(written) <= 11 else None
    return Detail(installed_on=moment.date().isoformat()) if moment else None
