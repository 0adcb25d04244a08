"""Windows: what `reg query` printed. A key a line, its values indented: name, type and data, parted by four spaces or,
on Windows XP, by tabs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.model import Batch, Lists
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.reg.keys import LONGEST, SHOWN, Key, inventory, used_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_HIVES = ("HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER", "HKEY_USERS", "HKEY_CLASSES_ROOT", "HKEY_CURRENT_CONFIG")
_KEY = re.compile(rf"(?:{'|'.join(_HIVES)})(?:\\[^\r\n]*)?")
_TYPE = re.compile(r"(?:\t|    )(REG_[A-Z_]+)(?:\t|    |$)")
_BANNERS = ("! REG.EXE VERSION", "End of search:", "The operation completed")


def claims(peek: Peek) -> bool:
    """Its first line is a key, or the banner of Windows XP's; what follows is indented values or keys."""
    lines = [line for line in peek.lines[:20] if line.strip()]
    if len(lines) > 1 and lines[0].startswith(_BANNERS[0]):
        lines = lines[1:]
    if not lines or not _KEY.fullmatch(lines[0].rstrip()):
        return False
    whole = lines[:-1] if len(lines) > 1 else lines  # the last one may be cut
    return all(_KEY.fullmatch(line.rstrip()) or _TYPE.search(line) for line in whole[:3])


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch. Place is the line of the key, of a reject its own."""
    batch = Batch()
    inventory(_keys(stream, batch), batch, host=stream.host)
    yield batch


def _keys(stream: Stream, batch: Batch) -> Iterator[Key]:
    current: Key | None = None
    number, ended = 0, True
    with stream.text() as file:
        while line := file.readline(LONGEST):
            number += ended
            ended = line.endswith(("\n", "\r"))
            if not (line := line.rstrip().lstrip("\ufeff")):
                continue
            if _KEY.fullmatch(line):
                if current:
                    yield current
                current = Key(number, line)
            elif current and line[0].isspace() and (match := _TYPE.search(line)):
                if name := used_name(current.path, line[: match.start()].strip()):
                    current.values.setdefault(name, line[match.end() :].strip().replace("\\0", "; "))
            elif not line.startswith(_BANNERS):
                batch.reject(number, line[:SHOWN], "neither a key nor a value")
    if current:
        yield current


REG_QUERY = Reader(
    name="reg-query",
    title="Windows registry, as `reg query` prints it",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "The output does not say which part of the registry was asked for, nor whether it was filtered: it is never complete.",
        "A vendor's key proves no program: programs leave it behind.",
        "The output does not say when it was made: put the files into a folder named by its date.",
        "A value that has line ends in it is read up to the first; the rest is a reject.",
    ),
    how=(
        "`reg query HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall /s > %COMPUTERNAME%.txt`, and the same with "
        "`/reg:32 >> %COMPUTERNAME%.txt`; `reg export` says more."
    ),
    unit="line",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
