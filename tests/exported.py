"""One export of one machine, read by the one reader that claims it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.reader import Peek, Stream, reader_for
from fullcount.readers import READERS

if TYPE_CHECKING:
    from pathlib import Path

    from fullcount.model import Batch, Record
    from fullcount.reader import Reader


def read(path: Path, reader: Reader, host: str | None = None) -> list[Batch]:
    """What the one reader that claims a file makes of it."""
    assert reader_for(Peek.at(path), READERS) is reader
    assert reader.batches
    return list(reader.batches(Stream(path=path, encoding=Peek.at(path).encoding, host=host)))


def one(path: Path, reader: Reader, host: str | None = None) -> tuple[Batch, Record]:
    [batch] = read(path, reader, host)
    assert batch.record
    return batch, batch.record


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "export"
    path.write_bytes(text.encode(encoding))
    return path
