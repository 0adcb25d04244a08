"""Alpine: the database of installed packages (`/lib/apk/db/installed`).

Paragraphs of lines `L:value`, parted by blank lines: P is the name, V the version, m the maintainer; F and R name
folders and files that were installed. An index of what may be installed (APKINDEX) has the same lines without files.
Facts: apk-v2 file format, "installed", in Alpine's wiki, and the source of apk-tools.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from fullcount.model import Title, Trace
from fullcount.packages.database import LONGEST, SHOWN, Paragraph, machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.model import Batch
    from fullcount.reader import Peek, Stream

_PEEKED = 40  # lines within which the first package has its name, at most
_LINE = re.compile(r"[A-Za-z]:")
_NAME = re.compile(r"[\w.][\w.+-]{0,254}", re.ASCII)  # a dot begins what `apk add --virtual` made
_VERSION = re.compile(r"\d[\w.~+-]{0,254}", re.ASCII)


def claims(peek: Peek) -> bool:
    """Paragraphs of one-letter fields with name, version and, unlike an index, folders of files."""
    lines = [line for line in peek.lines[:_PEEKED] if line.strip()]
    letters = {line[:2] for line in lines}
    return {"P:", "V:", "A:"} <= letters and all(map(_LINE.match, lines[:-1])) and "\nF:" in peek.text.replace("\r", "\n")


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal of the paragraph; a damaged paragraph is a reject and makes the list partial."""
    return machine(stream, _paragraphs, _read)


def _paragraphs(text: IO[str]) -> Iterator[Paragraph]:
    """The paragraphs. One that has lost its blank line ends where the next package begins."""
    fields: dict[str, str] = {}
    shown, whole = "", True
    while line := text.readline(LONGEST):
        begins, whole = whole, line.endswith(("\n", "\r"))
        if not begins:
            continue  # the rest of a line that is too long
        if shown and (not line.strip() or (line.startswith("P:") and "P" in fields)):
            yield Paragraph(fields, shown, ended=True)
            fields, shown = {}, ""
        if line.strip():
            shown += line[: max(0, SHOWN - len(shown))]
            if line[:2] in {"P:", "V:", "m:"}:
                fields.setdefault(line[0], line[2:].strip())
    if shown:
        yield Paragraph(fields, shown, ended=whole)


def _read(fields: dict[str, str], place: int, batch: Batch) -> str | None:
    """See one package; else why the paragraph cannot be used."""
    name, version = fields.get("P", ""), fields.get("V", "")
    if not _NAME.fullmatch(name):
        return "a paragraph without a package's name" if not name else "the name is none that a package can have"
    if not _VERSION.fullmatch(version):
        return "a package without a version that can be one"
    batch.saw(Title(Trace.PACKAGE, name=name, version=version, publisher=fields.get("m") or None, package=name), place)
    return None
