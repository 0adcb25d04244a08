"""Windows executables and drivers (PE): what their version information says, and who signed them.

Facts: Microsoft's pages on the PE format and on version information. pefile reads the file, asn1crypto the signature.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from fullcount.errors import UnreadableError
from fullcount.model import Batch, Lists, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lone import held, machine
from fullcount.readers.windows.signed import INSTALL, needed, signer
from fullcount.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESOURCES, _SECURITY = 2, 4  # directories of a file
_PKCS7 = 2
_AGAIN = "copy the file again"


def claims(peek: Peek) -> bool:
    """The mark of DOS, and that of Windows where the former says."""
    at = int.from_bytes(peek.head[60:64], "little")
    return peek.head.startswith(b"MZ") and peek.head[at : at + 4] == b"PE\0\0"


def batches(stream: Stream) -> Iterator[Batch]:
    """One record with one title. Place is 1. Raises `UnreadableError` for damage, and where a library is missing."""
    place = str(stream.path)
    pefile = needed("pefile", place)
    data = held(stream, what="a file", hint=_AGAIN)
    try:
        with pefile.PE(data=data, fast_load=True) as file:
            file.parse_data_directories(directories=[_RESOURCES])
            said = dict(_said(file))
            signature = _signature(file, data)
    except (pefile.PEFormatError, ValueError, TypeError, LookupError, AttributeError, struct.error, RecursionError) as error:
        raise UnreadableError(f"a damaged executable: {error}", place=place, hint=_AGAIN) from error
    yield _batch(said, signer(signature, place) if signature else None, stream.host, data[:64])


def _said(file: Any) -> Iterator[tuple[str, str]]:
    """The texts of the version information; those of the first language."""
    for group in getattr(file, "FileInfo", ()):
        for one in group:
            for table in getattr(one, "StringTable", ())[:1]:
                for name, value in table.entries.items():
                    yield name.decode("utf-8", "replace"), value.decode("utf-8", "replace").strip("\0")


def _signature(file: Any, data: bytes) -> bytes:
    """The first signature that the file holds; empty for none. Its place counts from the beginning of the file."""
    directories = file.OPTIONAL_HEADER.DATA_DIRECTORY
    place = directories[_SECURITY].VirtualAddress if len(directories) > _SECURITY else 0
    if not place or place + 8 > len(data):
        return b""
    size, _, kind = struct.unpack_from("<IHH", data, place)
    return data[place + 8 : place + size] if kind == _PKCS7 else b""


def _batch(said: dict[str, str], signed_by: str | None, host: str | None, head: bytes) -> Batch:
    batch = Batch()
    texts = {name: text for name, value in said.items() if (text := clean(value))}
    title = Title(
        Trace.FILE,
        name=texts.get("ProductName") or texts.get("FileDescription") or texts.get("OriginalFilename"),
        version=texts.get("ProductVersion") or texts.get("FileVersion"),
        publisher=texts.get("CompanyName"),
        signer=signed_by,
    )
    if title.name or title.publisher or title.signer:
        batch.saw(title, 1, State.FILES)
    else:
        batch.reject(1, head, "an executable that says neither what it is nor whose")
    batch.record = machine(host, "one file of a machine")
    return batch


EXECUTABLE = Reader(
    name="executable",
    title="Windows executable or driver (.exe, .dll, .sys) and its signer",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "A file says that it is there, and no more: neither that it was installed nor that it ran.",
        "The signer is what the file says: its signature is not verified. Files that Windows signs by catalogue have none.",
        "The file names neither its machine nor the path that it had there.",
        "Resources of all kinds but the version information, and what an installer unpacks, are not read.",
    ),
    how=(
        f"Copy the files of each machine into a folder named for it; needs `{INSTALL}`. "
        'In fullcount.toml: [[source]] match = "*.exe", host = "{folder}".'
    ),
    unit="file",
    basis=Basis.DOCUMENTATION,
    claims=claims,
    batches=batches,
    needs_host=True,
    named_by_file=False,
)
