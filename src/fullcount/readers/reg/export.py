"""Windows: an export of registry keys (`.reg`), version 5 (UTF-16) or `REGEDIT4` (8 bit).

A key in brackets, then its values: text in quotes, which may go on over lines, numbers, and bytes in hexadecimal
(type 1, 2 and 7 are text), which go on after a backslash.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from fullcount.model import Batch, Lists, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.reg.keys import LONGEST, SHOWN, Key, inventory, used_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADS = ("Windows Registry Editor Version 5", "REGEDIT4")
_NAME = re.compile(r'(?:@|"((?:[^"\\]|\\.)*+)")=')
_END = re.compile(r'(?:[^"\\]|\\.)*+"\s*+(?:;.*)?')  # of a text, after its first quote
_HEX = re.compile(r"hex(?:\(([0-9a-fA-F]{1,8})\))?:(.*)", re.DOTALL)
_LAST_HEX = re.compile(r".*[^\\\s]\s*|")  # without the backslash that goes on
_TEXTS = {"1", "2", "7"}  # REG_SZ, REG_EXPAND_SZ, REG_MULTI_SZ


def claims(peek: Peek) -> bool:
    """The first line."""
    return peek.text.lstrip().startswith(_HEADS)


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch. Place is the line of the key, of a reject that of the value."""
    batch = Batch()
    with stream.text() as file:
        inventory(_keys(file, stream.encoding, batch), batch, host=stream.host)
    yield batch


def _lines(file: IO[str], batch: Batch) -> Iterator[tuple[int, str]]:
    """Lines without their ends, with their numbers; one that is longer than a value may be comes in pieces. The
    last one has an end too, unless the file is cut off.
    """
    number, ended = 0, True
    while line := file.readline(LONGEST):
        number += ended
        ended = line.endswith(("\n", "\r"))
        yield number, line.rstrip("\r\n")
    if not ended:
        batch.reject(number, b"", "the last line has no end: the file may be cut off")


def _entries(file: IO[str], batch: Batch) -> Iterator[tuple[int, str]]:
    """Lines with what goes on over the next ones put together, up to the length of a value. A text that is never
    closed ends where the next key or value begins.
    """
    entry, start = "", 0
    goes_on: re.Pattern[str] | None = None
    for number, line in _lines(file, batch):
        if goes_on and not line.startswith("[") and not _NAME.match(line):
            entry += f"\n{line}" if len(entry) < LONGEST else ""
            goes_on = None if goes_on.fullmatch(line) else goes_on
        else:
            if entry:
                yield start, entry
            entry, start, goes_on = line.lstrip("\ufeff"), number, _going_on(line)
        if not goes_on and entry:
            yield start, entry
            entry = ""
    if entry:
        yield start, entry


def _going_on(line: str) -> re.Pattern[str] | None:
    """What the last line of an entry looks like, where this one does not end it."""
    match = _NAME.match(line)
    value = line[match.end() :] if match else ""
    if value.startswith('"'):
        return None if _END.fullmatch(value, 1) else _END
    return _LAST_HEX if value.startswith("hex") and value.rstrip().endswith("\\") else None


def _keys(file: IO[str], encoding: str, batch: Batch) -> Iterator[Key]:
    current: Key | None = None
    for number, entry in _entries(file, batch):
        if number == 1:
            encoding = encoding if entry.startswith("REGEDIT4") else "utf-16-le"
        elif entry.startswith("["):
            if current:
                yield current
            path = entry[1:].rstrip().removesuffix("]")
            current = None if path.startswith("-") else Key(number, path)  # a minus: a key to be deleted
        elif match := _NAME.match(entry):
            name = used_name(current.path, _plain(match[1] or "")) if current else None
            if current is None or name is None:
                continue
            if (text := _text(entry[match.end() :], encoding)) is None:
                batch.reject(number, entry[:SHOWN], f"a value of {current.path} that cannot be read")
            else:
                current.values.setdefault(name, text)
        elif not entry.lstrip().startswith(";"):
            batch.reject(number, entry[:SHOWN], "neither a key nor a value")
    if current:
        yield current


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) if "\\" in text else text


def _text(value: str, encoding: str) -> str | None:
    """A value as text; numbers in hexadecimal. `None` for one that is cut or garbled, an empty text for a deletion."""
    if value.startswith('"'):
        end = value.rstrip().rfind('"')
        return _plain(value[1:end]) if end > 0 and _END.fullmatch(value.replace("\n", " "), 1) else None
    if value.strip() == "-":
        return ""
    if value.startswith("dword:"):
        number = value[6:].strip()
        return number if re.fullmatch(r"[0-9a-fA-F]{1,8}", number) else None
    match = _HEX.fullmatch(value)
    if not match:
        return None
    try:
        data = bytes.fromhex(re.sub(r"[\s\\,]", "", match[2]))
    except ValueError:
        return None
    return data.decode(encoding, "replace").rstrip("\0").replace("\0", "; ") if match[1] in _TEXTS else ""


REG_EXPORT = Reader(
    name="reg-export",
    title="Windows registry export (.reg)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.SERVICE, Trace.DRIVER}),
    blind=(
        "The list of programs is taken for complete only where a file holds both of its views (32 and 64 bit) as a whole.",
        "Programs of one user are listed only where that user's part of the registry was exported.",
        "Programs without an install key, and portable copies, are not listed.",
        "An install key may be left over from a program that is gone.",
        "A vendor's key, and a service without a type, are taken for residue; suggested applications are not installed.",
        "An export does not say when it was made: put the files into a folder named by its date.",
        "Files of version 4 do not say in which code page they are written: it is guessed.",
    ),
    how=(
        "On each machine, as administrator: `reg export HKLM\\SOFTWARE %COMPUTERNAME%.reg /reg:64` (both views; large), and "
        "`reg export HKLM\\SYSTEM\\CurrentControlSet\\Services %COMPUTERNAME%-inventory.reg` for services and drivers. "
        "Name the files after the machine."
    ),
    unit="line",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
