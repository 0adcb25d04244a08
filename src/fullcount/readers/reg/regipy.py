"""Registry keys as regipy dumps them (JSON): a list of keys, or a key a line, each with its values.

A dump may be of a part of a hive, or of what changed in some days: it is never taken for complete.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import documents, pages, raw_of, rows_of, text_of
from fullcount.model import Batch, Lists, Reject
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.reg.keys import LONGEST, Key, inventory, used_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = re.compile(r'\s*+(?:\[\s*+)?\{\s*+"(?:subkey_name|path|timestamp|values_count|values|actual_path)"\s*+:')
_NEEDED = ('"subkey_name"', '"path"', '"values_count"', '"timestamp"')
_SYSTEM = re.compile(r"(?:controlset\d{3}|select)", re.IGNORECASE)


def claims(peek: Peek) -> bool:
    """The fields of a key."""
    return bool(_HEAD.match(peek.text)) and peek.has(*_NEEDED)


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal of the key."""
    batch = Batch()
    inventory(_keys(stream, batch), batch, host=stream.host)
    assert batch.record
    batch.record.lists, batch.record.traces = Lists.SOME_SOFTWARE, frozenset()
    batch.record.note = "a dump does not say whether all keys are in it"
    yield batch


def _keys(stream: Stream, batch: Batch) -> Iterator[Key]:
    place = 0
    for document in documents(stream):
        if isinstance(document, Reject):
            batch.rejects.append(document)
            continue
        for row in pages(document.value):
            place += 1
            path = text_of(row, "actual_path", "path")
            if path is None:
                batch.reject(place, raw_of(row), "a key without a path")
            else:
                yield _key(row, place, path)


def _key(row: Any, place: int, path: str) -> Key:
    """The path of a key counts from the root of its hive, which its first part tells."""
    parts = path.replace("/", "\\").strip("\\").split("\\")
    top = "PART" if parts[0].lower() == "software" else "PART\\SYSTEM" if _SYSTEM.fullmatch(parts[0]) else "PART\\SOFTWARE"
    key = Key(place, "\\".join((top, *parts)))
    for value in rows_of(row, "values"):
        name = text_of(value, "name")
        if name and (kept := used_name(key.path, name)) and (text := _text(value.get("value"), kept)) is not None:
            key.values.setdefault(kept, text[:LONGEST])
    return key


def _text(value: Any, name: str) -> str | None:
    """A value as the other forms of the registry have it: the type of a service in hexadecimal. A number is no text."""
    if isinstance(value, list):
        return "; ".join(one for one in value if isinstance(one, str))
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:x}" if name == "type" else None
    return value if isinstance(value, str) else None


REGIPY = Reader(
    name="regipy",
    title="Windows registry hive, as regipy dumps it (JSON)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "A dump may be of some keys, or of some days: what is not in it may still be there.",
        "Which control set the machine ran with is not looked at: the first one that names a service counts.",
        "A vendor's key proves no program: programs leave it behind.",
        "A dump of SOFTWARE or of a user's part does not name its machine, and none says when the hive was copied.",
    ),
    how=(
        "`regipy-dump SOFTWARE -o PC.json`, and the same for SYSTEM and each NTUSER.DAT; the hive itself is read, too, and says "
        "more (see `registry-hive`)."
    ),
    unit="key",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
