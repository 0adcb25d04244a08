"""Files: the Parquet files in which every engine keeps tables, so that it cannot be told which one wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from fullcount.ahead import ahead
from fullcount.errors import FullcountError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

SHIFTED = frozenset({"source", "record", "title", "detail"})  # id columns of a reading: each is shifted to become the count's own
GATHERED = {"record": "int64", "title": "int64", "place": "int64", "state": "text", "detail": "int64"}  # see `Engine.gather`
BATCH = 131_072  # rows
ROOM = "make room on the disk of the workspace, or in memory, and run it again: the workspace is as it was"
_ROW_GROUP = 122_880  # rows, as DuckDB writes them


def write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write batches with this schema, each made while the one before it is written: where some columns are dictionaries, these
    alone are written as such, else all for which it pays. Raises `FullcountError` where the disk is full.
    """
    once: Any = [field.name for field in schema if pa.types.is_dictionary(field.type)] or True
    try:
        # types are told by the file's own words alone: dictionaries and large texts are only ways of storing
        with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False, use_dictionary=once) as writer:
            for batch in ahead(batches):
                writer.write_batch(batch, _ROW_GROUP)
    except OSError as error:
        raise FullcountError(f"the count cannot go on: {error}", hint=ROOM) from error


def batches(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """These columns of a file, or all, in the order in which they were written."""
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(BATCH, columns=list(columns) if columns else None)
