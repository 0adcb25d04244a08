"""A table of a file, and the blocks in which its rows are handed on: the contract of the modules in `sheets/`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from fullcount.errors import UnreadableError
from fullcount.model import File, Reject
from fullcount.text import key as fold
from fullcount.text import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

ROWS = 250_000  # of a block, at most
BYTES = 16 << 20  # of a block's cells and rejects, about
HELD = 64 << 20  # of a file in an archive that must be held whole
PREAMBLE = 20  # a header stands among the first so many records
SAMPLE = 50  # rows looked at below it
BETWEEN = b"\xff"  # two joined cells: no part of UTF-8, so that two combinations are never joined to the same bytes
_VERSION = re.compile(r"\d+(?:\.\d+)+")
_FOLDED_BY_ONE = r"[^ -~]|[(]|  |^ | $"  # text for which `text.key` has more to do than to write it small
_VENDOR_WORDS = frozenset({"vendor", "publisher", "manufacturer", "company"})


@dataclass(slots=True, kw_only=True)
class Sheet:
    """One table of a file, as its beginning shows it. `encoding`, `notes` and `pieces` are final once `blocks` has ended."""

    kind: str  # csv | jsonl | xlsx | parquet | sqlite
    name: str = ""  # of the worksheet, or of the table in a database
    columns: tuple[str, ...]  # the names in the header, as written; of equal names the first one counts
    header_place: int = 0  # ordinal of the header among the records, from 1; 0: the format keeps names apart
    encoding: str = ""
    delimiter: str = ""
    sample: tuple[tuple[str, ...], ...] = ()
    notes: list[str] = field(default_factory=list)
    pieces: int = -1  # data rows by a count that does not rest on reading them; -1: the format has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some rows. A cell is text without outer space; what is missing, empty or only space is null."""

    places: NDArray[np.int64]  # ordinal of each row, the header's and blank ones counted: a line, where cells have no line ends
    columns: Mapping[str, pa.Array[Any]]
    rejects: Sequence[Reject] = ()


class Row(NamedTuple):
    """One row on its way into a block: the values of the wanted columns."""

    place: int
    values: tuple[str | bytes | None, ...]  # bytes are UTF-8


def gathered(wanted: Sequence[str], items: Iterable[Row | Reject]) -> Iterator[Block]:
    """Rows and rejects put into blocks of bounded size."""
    rows: list[Row] = []
    rejects: list[Reject] = []
    size = 0
    for item in items:
        if isinstance(item, Reject):
            rejects.append(item)
            size += len(item.raw) + 64
        else:
            rows.append(item)
            size += sum(map(len, filter(None, item.values))) + 64
        if size >= BYTES or len(rows) >= ROWS:
            yield _block(wanted, rows, rejects)
            rows, rejects, size = [], [], 0
    if rows or rejects:
        yield _block(wanted, rows, rejects)


def _block(wanted: Sequence[str], rows: Sequence[Row], rejects: Sequence[Reject]) -> Block:
    import numpy as np
    import pyarrow as pa

    return Block(
        places=np.fromiter((row.place for row in rows), np.int64, len(rows)),
        columns={
            name: cleaned(pa.array([row.values[number] for row in rows], pa.string())) for number, name in enumerate(wanted)
        },
        rejects=rejects,
    )


def seekable(file: File) -> IO[bytes]:
    """The bytes of a file for a library that goes back and forth in them; what lies in an archive is held in memory.
    Raises `UnreadableError` where it is too large for that.
    """
    import io

    stream = file.open("rb")
    if stream.seekable():
        return stream
    with stream:
        data = stream.read(HELD + 1)
    if len(data) > HELD:
        hint = "unpack the archive, and give what is inside"
        raise UnreadableError(f"lies in an archive and has more than {HELD:,} bytes", place=str(file), hint=hint)
    return io.BytesIO(data)


def cleaned(column: pa.Array[Any]) -> pa.Array[Any]:
    """A column of text as the house keeps it: what `text.clean` does, for all cells at once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.DictionaryArray):
        return pa.DictionaryArray.from_arrays(column.indices, cleaned(column.dictionary))
    trimmed: pa.StringArray = pc.utf8_trim_whitespace(column)  # type: ignore[assignment]  # the stubs lose the type
    filled: pa.BooleanArray = pc.not_equal(pc.binary_length(trimmed), pa.scalar(0)).fill_null(False)  # type: ignore[assignment]
    if pc.all(filled).as_py():
        return trimmed
    # the text itself stays where it is: choosing cell by cell took longer than parsing them
    _, offsets, data = trimmed.buffers()
    assert offsets is not None
    return pa.StringArray.from_buffers(len(trimmed), offsets, data or pa.py_buffer(b""), filled.buffers()[1], -1, 0)


def folded(column: pa.Array[Any]) -> pa.Array[Any]:
    """A column of text folded: what `text.key` does, for all cells at once.

    >>> import pyarrow as pa
    >>> folded(pa.array(["Acme Pad", None, "KASPERSKY\u2122  Lab"])).to_pylist()
    ['acme pad', None, 'kaspersky lab']
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    lower: pa.StringArray = pc.ascii_lower(column)  # type: ignore[assignment]  # the stubs lose the type
    odd: Any = pc.match_substring_regex(column, _FOLDED_BY_ONE).fill_null(False)
    if not pc.any(odd).as_py():
        return lower
    texts: list[Any] = column.filter(odd).to_pylist()
    keys = pa.array(map(fold, texts), pa.string())
    return pc.replace_with_mask(lower, odd, keys)  # type: ignore[no-any-return]  # the same


def joined(columns: Sequence[pa.Array[Any] | pa.Scalar[Any]]) -> list[bytes]:
    """Rows of text, each as one value: equal only where all cells are, null and empty ones being the same. To look one
    value up costs a third of looking up a tuple. A scalar is the same in all rows.

    >>> import pyarrow as pa
    >>> joined([pa.array(["a", "ab", None]), pa.array(["bc", "c", "d"])])
    [b'a\\xffbc', b'ab\\xffc', b'\\xffd']
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    cells: list[Any] = [one.cast(pa.binary()) for one in columns]
    whole: pa.Array[Any] = pc.binary_join_element_wise(*cells, BETWEEN, null_handling="replace", null_replacement="")
    found: list[bytes] = whole.to_numpy(zero_copy_only=False).tolist()
    return found


def header_in(rows: Sequence[Sequence[str]]) -> int | None:
    """Which row is the header: the first among `PREAMBLE` that names at least two columns, all differently, and
    that most of the rows below fit under. Titles and notes that reports put above it are passed over.

    >>> header_in([["Report", "", ""], ["Name", "Version", "Vendor"], ["a", "1", "b"], ["c", "2", "d"]])
    1
    """
    for number, row in enumerate(rows[:PREAMBLE]):
        below = rows[number + 1 : number + 1 + SAMPLE]
        if names_columns(row, first=number == 0) and sum(fits_under(row, other) for other in below) * 2 >= len(below):
            return number
    return None


def names_columns(row: Sequence[str], *, first: bool = False) -> bool:
    """Whether a row can be a header. The first row of a file may name a column twice."""
    names = [name.strip() for name in row if name.strip()]
    return len(names) >= 2 and (first or len(set(names)) == len(names))


def fits_under(header: Sequence[str], row: Sequence[str]) -> bool:
    """Whether a row has the header's width; more cells are no harm while they are empty."""
    return len(row) >= len(header) and not any(cell.strip() for cell in row[len(header) :])


def suspicious_columns(sheet: Sheet) -> list[str]:
    """Notes on columns that do not hold what the header says: versions under a vendor's heading. Nothing is swapped."""
    like = {name: _versions(sheet, number) for number, name in enumerate(sheet.columns)}
    vendors = [name for name, share in like.items() if _VENDOR_WORDS & set(words(fold(name))) and share >= 0.8]
    others = [name for name, share in like.items() if "version" in words(fold(name)) and 0 <= share <= 0.2]
    return [
        f"the column `{vendor}` holds what looks like versions" + (f", and `{others[0]}` does not" if others else "")
        for vendor in vendors
    ]


def _versions(sheet: Sheet, number: int) -> float:
    """The share of a column's values that look like versions; -1 where there are too few to say."""
    values = [row[number].strip() for row in sheet.sample if number < len(row) and row[number].strip()]
    return sum(bool(_VERSION.fullmatch(value)) for value in values) / len(values) if len(values) >= 3 else -1.0
