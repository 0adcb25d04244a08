"""Debian and its kin: dpkg's database (`/var/lib/dpkg/status`), opkg's, and the `status.d` of images without dpkg.

Paragraphs of `Field: value` lines, parted by blank lines. `Status` says what is wanted, whether something is wrong,
and what is there; only the last word decides here. Facts: deb-control(5), dpkg(1) under "Package states", opkg's
source, and the README of Google's distroless images for `status.d`, whose files have no `Status`.
"""

from __future__ import annotations

import re
from functools import partial
from typing import IO, TYPE_CHECKING

from fullcount.bundle import kind_of
from fullcount.model import Batch, Class, State, Title, Trace
from fullcount.packages.database import LONGEST, SHOWN, Paragraph, machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.reader import Peek, Stream

_PEEKED = 50  # lines before the first paragraph, at most
_READ = frozenset({"Package", "Status", "Version", "Maintainer"})
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)")
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,254}", re.ASCII)
_VERSION = re.compile(r"[\w.+~:-]{1,255}", re.ASCII)
_STATUS = re.compile(r"(?:install|hold|deinstall|purge|unknown) [\w,-]+ ([a-z-]+)")
_STATES = {
    **dict.fromkeys(("installed", "half-configured", "triggers-awaited", "triggers-pending"), State.INSTALLED),
    **dict.fromkeys(("unpacked", "half-installed", "post-inst-failed", "removal-failed"), State.FILES),
    "config-files": State.RESIDUE,
    "not-installed": State.REMOVED,
}
# An index of what may be installed says where its file lies; `dpkg --print-avail` and a source's `control` have no status.
_OFFERED = re.compile(r"^(?:Filename|SHA256|MD5sum|Source-Version): ", re.MULTILINE)


def claims(peek: Peek) -> bool:
    """The first paragraph with a package has a status; or the file lies in `status.d`, and has none."""
    first = next((n for n, line in enumerate(peek.lines[:_PEEKED]) if line.startswith("Package: ")), None)
    if first is None or kind_of(peek.head):  # a tar may begin with a database
        return False
    rest = peek.lines[first:]
    end = next((n for n, line in enumerate(rest) if not line.strip()), len(rest))
    paragraph = "\n".join(rest[:end])
    if re.search(rf"^Status: {_STATUS.pattern}$", paragraph, re.MULTILINE):
        return True
    return _is_of_image(peek) and bool(re.search(r"^Version: ", paragraph, re.MULTILINE)) and not _OFFERED.search(paragraph)


def _is_of_image(about: Peek | Stream) -> bool:
    return "status.d" in re.split(r"[\\/]", str(about.path))


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal of the paragraph; a damaged paragraph is a reject and makes the list partial."""
    image = _is_of_image(stream)
    also = "a part of the package list of an image" if image else ""
    for batch in machine(stream, _paragraphs, partial(_read, image=image), also=lambda _: also):
        if batch.record and image:
            batch.record.machine_class = Class.IMAGE
        yield batch


def _paragraphs(text: IO[str]) -> Iterator[Paragraph]:
    """The paragraphs. One that has lost its blank line ends where the next package begins."""
    fields: dict[str, str] = {}
    shown, line, whole = "", "", True
    while line := text.readline(LONGEST):
        begins, whole = whole, line.endswith(("\n", "\r"))
        if not begins:
            continue  # the rest of a line that is too long
        found = _FIELD.match(line)
        if shown and (not line.strip() or (found and found[1] == "Package" and "Package" in fields)):
            yield Paragraph(fields, shown, ended=True)
            fields, shown = {}, ""
        if line.strip():
            shown += line[: max(0, SHOWN - len(shown))]
            if found and found[1] in _READ:
                fields.setdefault(found[1], found[2].strip())
    if shown:
        yield Paragraph(fields, shown, ended=whole)


def _read(fields: dict[str, str], place: int, batch: Batch, *, image: bool) -> str | None:
    """See one package; else why the paragraph cannot be used."""
    name, version = fields.get("Package", ""), fields.get("Version")
    if not _NAME.fullmatch(name):
        return "a paragraph without a package's name" if not name else "the name is none that a package can have"
    if version and not _VERSION.fullmatch(version):
        return "the version is none that a package can have"
    status = _STATUS.fullmatch(fields.get("Status", ""))
    state = State.INSTALLED if image and "Status" not in fields else _STATES.get(status[1]) if status else None
    if state is None:
        return "a package without a status that is known"
    title = Title(Trace.PACKAGE, name=name, version=version or None, publisher=fields.get("Maintainer") or None, package=name)
    batch.saw(title, place, state)
    return None
