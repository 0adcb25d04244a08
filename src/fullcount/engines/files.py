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
# Columns in which few values come twice: a dictionary of them would be tried, and given up.
_VARIED = frozenset({"clue", "clues", "host", "host_id", "host_number", "joined_to", "key", "name", "record", "turn"})


def write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write batches with this schema, each made while the one before it is written. Raises `FullcountError` where the disk is
    full.
    """
    try:
        # types are told by the file's own words alone: dictionaries and large texts are only ways of storing
        with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False, **_stored(schema)) as writer:
            for batch in ahead(batches):
                writer.write_batch(batch, _ROW_GROUP)
    except OSError as error:
        raise FullcountError(f"the count cannot go on: {error}", hint=ROOM) from error


def _stored(schema: pa.Schema) -> dict[str, Any]:
    """How columns are stored: numbers in order, or nearly so, take little of the room as their differences."""
    varied = [field for field in schema if field.name in _VARIED]
    packed = {field.name: "DELTA_BINARY_PACKED" for field in varied if pa.types.is_integer(field.type)}
    return {"use_dictionary": [name for name in schema.names if name not in _VARIED], "column_encoding": packed}


def batches(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """These columns of a file, or all, in the order in which they were written."""
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(BATCH, columns=list(columns) if columns else None)
