"""Windows Installer files (.msi): the table of properties, and who signed the file.

An installer at hand is no program on a machine: it is a mention. Facts: Microsoft's pages on the Property table; how
names of tables and texts are stored, as msitools and Wine document it. olefile reads the compound file.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fullcount.errors import UnreadableError
from fullcount.model import Batch, Lists
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lines import SHOWN
from fullcount.readers.windows.lone import held, machine
from fullcount.readers.windows.msi import mention, of_properties
from fullcount.readers.windows.signed import INSTALL, needed, signer

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KIND = UUID("000c1084-0000-0000-c000-000000000046").bytes_le  # of an installation; patches and transforms have others
_MOST = 64 << 20  # bytes of texts
_AGAIN = "copy the installer again"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_PAIRS, _SINGLES, _TABLE = 0x3800, 0x4800, 0x4840  # of the characters that names are written in
_SIGNATURE = "\x05DigitalSignature"


def claims(peek: Peek) -> bool:
    """A compound file whose root has the class of an installation."""
    if not peek.head.startswith(_MAGIC) or len(peek.head) < 512:
        return False
    shift, first = int.from_bytes(peek.head[30:32], "little"), int.from_bytes(peek.head[48:52], "little")
    start = (first + 1 << shift) + 80 if shift in {9, 12} else peek.size
    if start + 16 > peek.size:
        return False
    with peek.path.open("rb") as file:
        file.seek(start)
        return file.read(16) == _KIND


def batches(stream: Stream) -> Iterator[Batch]:
    """One record with one title. Place is 1. Raises `UnreadableError` for damage, and where the library is missing."""
    place = str(stream.path)
    olefile = needed("olefile", place)
    data = held(stream, what="an installer", hint=_AGAIN)
    try:
        with olefile.OleFileIO(data) as compound:
            streams = {_name(one[0]): one[0] for one in compound.listdir() if len(one) == 1}
            said = _properties(compound, streams)
            signature = compound.openstream(_SIGNATURE).read() if _SIGNATURE in streams else b""
    except (OSError, ValueError, TypeError, LookupError, AttributeError, struct.error, RecursionError) as error:
        raise UnreadableError(f"a damaged installer: {error}", place=place, hint=_AGAIN) from error
    yield _batch(said, signer(signature, place) if signature else None, stream.host)


def _batch(said: dict[str, str], signed_by: str | None, host: str | None) -> Batch:
    batch = Batch()
    mention(batch, of_properties(said)._replace(signer=signed_by), "; ".join(sorted(said))[:SHOWN])
    batch.record = machine(host, "an installer: that it was run is not said")
    return batch


def _name(stored: str) -> str:
    """The name of a stream: two letters stand in one character.

    >>> _name("\\u4840\\u3f3f\\u4577\\u446c\\u3e6a\\u44b2\\u482f")
    '!_StringPool'
    """
    found = ""
    for char in stored:
        code = ord(char)
        if _PAIRS <= code < _SINGLES:
            found += _LETTERS[code - _PAIRS & 63] + _LETTERS[code - _PAIRS >> 6]
        elif _SINGLES <= code < _TABLE:
            found += _LETTERS[code - _SINGLES]
        else:
            found += "!" if code == _TABLE else char
    return found


def _properties(compound: Any, streams: dict[str, str]) -> dict[str, str]:
    """The table `Property`: two columns of numbers of texts, one after the other. Raises `KeyError` without one."""
    pool, data, table = (
        compound.openstream(streams[f"!{name}"]).read(_MOST) for name in ("_StringPool", "_StringData", "Property")
    )
    texts, width = _texts(pool, data)
    count = len(table) // (2 * width)
    numbers = [int.from_bytes(table[at : at + width], "little") for at in range(0, 2 * count * width, width)]
    return {texts.get(name, ""): texts.get(value, "") for name, value in zip(numbers[:count], numbers[count:], strict=True)}


def _texts(pool: bytes, data: bytes) -> tuple[dict[int, str], int]:
    """The texts by their numbers, and the bytes of a number. A length of more than 16 bits stands in the next entry."""
    head, *entries = struct.iter_unpack("<HH", pool[: len(pool) // 4 * 4])
    page = {0: "cp1252", 65001: "utf-8"}.get(head[0], f"cp{head[0]}")
    texts, at, high, number = dict[int, str](), 0, 0, 0
    for size, uses in entries:
        if not size and uses and not high:
            high = 1
            number += 1
            continue
        whole = size | uses << 16 if high else size
        number += not high
        texts[number] = data[at : at + whole].decode(page, "replace")
        at, high = at + whole, 0
    return texts, 3 if head[1] & 0x8000 else 2


INSTALLER = Reader(
    name="msi-file",
    title="Windows Installer file (.msi)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "An installer that lies somewhere proves no program: it is a mention, whoever has it.",
        "The signer is what the file says: its signature is not verified.",
        "The file names neither its machine nor who has run it.",
        "Patches (.msp), transforms (.mst) and bundles (.exe) are not read.",
    ),
    how=(
        f"Copy the installers of each machine or share into a folder named for it; needs `{INSTALL}`. "
        'In fullcount.toml: [[source]] match = "*.msi", host = "{folder}".'
    ),
    unit="installer",
    basis=Basis.DOCUMENTATION,
    claims=claims,
    batches=batches,
    needs_host=True,
    named_by_file=False,
)
