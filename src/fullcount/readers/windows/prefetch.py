"""Windows: a prefetch file (`.pf`), compressed as Windows 10 and later write it, or plain: a program ran here.

It says that the program ran, and when; whether it is there still it does not say. Facts: the format as Joachim Metz
describes it; versions 17 (Windows XP), 23 (Vista, 7), 26 (8.1), 30 and 31 (10, 11).
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from fullcount.document import clues_of, names_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.xpress import unpacked
from fullcount.when import of_windows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_PLAIN, _PACKED, _PACKED_CHECKED = b"SCCA", b"MAM\x04", b"MAM\x84"
_MOST = 8 << 20  # bytes; real ones have up to one million
_AGAIN = "copy the file again"
_LAST_RUN = {17: (120, 1), 23: (128, 1), 26: (128, 8), 30: (128, 8), 31: (128, 8)}  # where, and how many
_VOLUME = re.compile(r"\\(?:VOLUME\{[0-9a-f-]+\}|DEVICE\\HARDDISKVOLUME\d+)", re.IGNORECASE)
_HOME = re.compile(r"\\(USERS|DOCUMENTS AND SETTINGS)\\(?!PUBLIC\\|ALL USERS\\)[^\\]+", re.IGNORECASE)


def claims(peek: Peek) -> bool:
    """The first bytes."""
    return peek.head.startswith((_PACKED, _PACKED_CHECKED)) or (peek.head[4:8] == _PLAIN and len(peek.head) > 84)


def batches(stream: Stream) -> Iterator[Batch]:
    """One record with one title. Raises `UnreadableError` where it is cut or damaged."""
    try:
        name, ran, path = _said(_bytes(stream))
    except (struct.error, ValueError) as error:
        raise UnreadableError(f"a damaged prefetch file: {error}", place=str(stream.path), hint=_AGAIN) from error
    whole = _VOLUME.sub("", path, count=1)
    plain = _HOME.sub("~", whole, count=1) if whole else None
    batch = Batch()
    detail = Detail(path=whole if whole != plain else None, last_used=ran.date().isoformat() if ran else None)
    batch.saw(Title(Trace.FILE, name=name, path=plain or None), 1, State.RESIDUE, detail if any(detail) else None)
    batch.record = Record(
        place=1,
        clues=clues_of(*names_of(stream.host)),
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        heard_at=ran,
        os_family=Os.WINDOWS,
        note="says of one program that it ran",
    )
    yield batch


def _bytes(stream: Stream) -> bytes:
    """The file, unpacked. Raises `ValueError`."""
    with stream.binary() as file:
        data = file.read(_MOST + 1)
    if len(data) > _MOST:
        raise ValueError(f"it has more than {_MOST:,} bytes")
    if data[4:8] == _PLAIN:
        return data
    size = int.from_bytes(data[4:8], "little")
    if size > _MOST:
        raise ValueError(f"it says to have {size:,} bytes")
    whole = unpacked(data[12 if data.startswith(_PACKED_CHECKED) else 8 :], size)
    if whole[4:8] != _PLAIN:
        raise ValueError("what is packed is no prefetch file")
    return whole


def _said(data: bytes) -> tuple[str, datetime | None, str]:
    """The program's name, when it ran last, and its path as far as the file has it. Raises `ValueError`."""
    version = int.from_bytes(data[:4], "little")
    if version not in _LAST_RUN:
        raise ValueError(f"version {version} is not known")
    name = data[16:76].decode("utf-16-le", "replace").partition("\0")[0].strip()
    if not name:
        raise ValueError("it names no program")
    place, count = _LAST_RUN[version]
    runs = [moment for ticks in struct.unpack_from(f"<{count}Q", data, place) if (moment := of_windows(ticks))]
    offset, size = struct.unpack_from("<II", data, 100)
    paths = data[offset : offset + size].decode("utf-16-le", "replace").split("\0")
    # a long name is cut, so that a path may go on behind it
    path = next((one for one in paths if one.rpartition("\\")[2].upper()[: len(name)] == name.upper()), "")
    return name, max(runs, default=None), path


PREFETCH = Reader(
    name="prefetch",
    title="Windows prefetch file (.pf): a program that ran",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "It says that a program ran once: it is residue, whether or not the program is there still.",
        "Windows keeps some hundred or thousand of them, and servers none: that one is missing says nothing.",
        "The file names neither its machine nor a publisher, and no drive.",
        "Libraries and other files that the program loaded are not read.",
    ),
    how=(
        "On each machine, as administrator, into a folder named for it: copy C:\\Windows\\Prefetch\\*.pf. "
        'In fullcount.toml: [[source]] match = "*.pf", host = "{folder}".'
    ),
    unit="program",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
    named_by_file=False,
)
