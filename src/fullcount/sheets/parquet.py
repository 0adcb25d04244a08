"""Parquet: all columns as text; lists and structures as compact JSON."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fullcount.block import SAMPLE, Block, Sheet, cleaned, seekable
from fullcount.errors import UnreadableError
from fullcount.model import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from pyarrow import parquet

    from fullcount.model import File
    from fullcount.reader import Peek

MAGIC = b"PAR1"
_ROWS = 16_384
_ROWS_PER_BYTE = 1000  # a file that says to hold more is a bomb


def heads(peek: Peek) -> Iterator[Sheet]:
    """One table: the schema. Raises `UnreadableError` for a damaged file."""
    if not peek.head.startswith(MAGIC):
        return
    with _opened(peek.path) as file:
        columns, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
    if rows > peek.size * _ROWS_PER_BYTE:
        raise UnreadableError(f"says to hold {rows:,} rows", place=str(peek.path), hint="export it again")
    sheet = Sheet(kind="parquet", columns=columns)
    for block in blocks(peek.path, sheet, columns):
        cells = [column.slice(0, SAMPLE).to_pylist() for column in block.columns.values()]
        sheet.sample = tuple(tuple(cell or "" for cell in row) for row in zip(*cells, strict=True))
        break
    yield sheet


def blocks(path: File, sheet: Sheet, wanted: Sequence[str]) -> Iterator[Block]:
    """The rows; `place` is the ordinal of the row. Sets `pieces`. Raises `UnreadableError` where the file is damaged."""
    import pyarrow as pa

    place = 0
    with _opened(path) as file:
        sheet.pieces = file.metadata.num_rows
        try:
            for batch in file.iter_batches(_ROWS, columns=list(wanted)):
                yield _block(batch, wanted, place)
                place += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, error) from error
    if place != sheet.pieces:
        raise UnreadableError(f"says to hold {sheet.pieces} rows and holds {place}", place=str(path), hint="export it again")


@contextmanager
def _opened(path: File) -> Iterator[parquet.ParquetFile]:
    import pyarrow as pa
    from pyarrow import parquet

    with seekable(path) as file:
        try:
            opened = parquet.ParquetFile(file)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, error) from error
        yield opened


def _damaged(path: File, error: Exception) -> UnreadableError:
    return UnreadableError(f"is a damaged Parquet file: {error}", place=str(path), hint="export it again")


def _block(batch: pa.RecordBatch, wanted: Sequence[str], place: int) -> Block:
    import numpy as np

    names = batch.schema.names
    texts: dict[str, pa.Array[Any]] = {}
    faults: dict[int, Reject] = {}
    for name in wanted:
        texts[name], bad = _as_text(batch.column(names.index(name)))
        for row, raw in bad.items():
            faults.setdefault(row, Reject(place + row + 1, raw, f"the column `{name}` holds bytes that are no text"))
    good = np.setdiff1d(np.arange(batch.num_rows), np.fromiter(faults, np.int64, len(faults)))
    if faults:
        texts = {name: column.take(good) for name, column in texts.items()}
    columns = {name: cleaned(column) for name, column in texts.items()}
    return Block(places=good + place + 1, columns=columns, rejects=[faults[row] for row in sorted(faults)])


def _as_text(column: pa.Array[Any]) -> tuple[pa.Array[Any], dict[int, bytes]]:
    """A column as text, and by row the bytes that are none."""
    import pyarrow as pa

    try:
        if not pa.types.is_nested(column.type):
            return column.cast(pa.string()), {}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        pass  # bytes that are no text, or a type that only Python writes
    texts: list[str | None] = []
    bad: dict[int, bytes] = {}
    values: list[Any] = column.to_pylist()
    for row, value in enumerate(values):
        try:
            texts.append(_text(value))
        except UnicodeDecodeError:
            texts.append(None)
            bad[row] = value
    return pa.array(texts, pa.string()), bad


def _text(value: Any) -> str | None:
    """A value as text. Raises `UnicodeDecodeError` for bytes that are none."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, dict | list):
        import orjson

        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return str(value)
