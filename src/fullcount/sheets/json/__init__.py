"""JSON lines, and one JSON array: an object a row. Nested values are compact JSON text, numbers stand as written."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount.block import BYTES, ROWS, SAMPLE, Block, Row, Sheet, cleaned, gathered
from fullcount.errors import UnreadableError
from fullcount.grammar import line_blocks, original, utf8_chunks
from fullcount.model import Reject
from fullcount.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from fullcount.model import File
    from fullcount.reader import Peek

_OBJECTS = 100  # whose keys are the columns
_TOGETHER = 3 << 19  # bytes of lines looked at together: they stay in the processor's cache, and are less than `ROWS`
_HUGE = re.compile(rb"[eE]\+?0*+[1-9][0-9]{2}|[0-9]{200}")  # what may be a number that `float` has not
_DIGITS = 19  # of an integer that has 64 bits
_SPACE = re.compile(r"[ \t\r\n]*+")
_NEXT = re.compile(r"[ \t\r\n]*+(?:,[ \t\r\n]*+)?")
_ARRAY = 256 << 20  # bytes of an array, which is held in memory


def heads(peek: Peek) -> Iterator[Sheet]:
    """One table, of the keys of the first objects in the order in which they come. Nothing where there are none."""
    found = list(_first_of_array(peek.text) if peek.json_start == "[" else _first_of_lines(peek))[:_OBJECTS]
    columns = tuple(dict.fromkeys(name for item in found for name in item))
    sample = tuple(
        tuple(value if isinstance(value := item.get(name), str) else "" for name in columns) for item in found[:SAMPLE]
    )
    if columns:
        yield Sheet(kind="jsonl", columns=columns, encoding=peek.encoding, sample=sample)


def _first_of_lines(peek: Peek) -> Iterator[dict[str, Any]]:
    """Objects of the first lines; the first of all must be one, for else the file is something else."""
    if not isinstance(peek.json_line, dict):
        return
    for line in filter(str.strip, peek.lines):
        value = _value(line.encode("utf-8", "replace"))
        if isinstance(value, dict):
            yield value


def _first_of_array(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    at = text.index("[") + 1
    while True:
        at = _NEXT.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing too
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        if isinstance(value, dict):
            yield value


def blocks(path: File, sheet: Sheet, wanted: Sequence[str], *, size: int = _TOGETHER) -> Iterator[Block]:
    """The rows; `place` is the ordinal of the line, or of the element. Sets `pieces`. Raises `UnreadableError`.

    Lines are looked at together, about `size` bytes of them at once.
    """
    with path.open("rb") as file:
        head = file.read(4)
    beginning = next((text.lstrip()[:1] for text in utf8_chunks(path, sheet.encoding) if text.strip()), b"")
    sheet.pieces = 0
    if beginning == b"[":
        yield from gathered(wanted, _items(_elements(path, sheet.encoding), sheet, wanted, head))
        return
    held: list[_Part] = []
    place = 0
    for text in line_blocks(utf8_chunks(path, sheet.encoding, size=size)):
        part = _alike(text, place, wanted) or _parsed(text, place, wanted)
        if part is None:
            yield from _together(held, wanted)
            held = []
            yield from gathered(wanted, _items(_lines(text, place), sheet, wanted, head))
            place += len(text.splitlines())
            continue
        if sum(one.size for one in held) >= BYTES or sum(len(one.places) for one in (*held, part)) > ROWS:
            yield from _together(held, wanted)
            held = []
        held.append(part)
        sheet.pieces += len(part.places)
        place += part.lines
    yield from _together(held, wanted)


class _Part(NamedTuple):
    """Lines that are rows, all of them."""

    places: NDArray[np.int64]
    columns: list[pa.Array[Any]]
    lines: int  # with the blank ones
    size: int  # bytes of text


def _alike(text: bytes, place: int, wanted: Sequence[str]) -> _Part | None:
    """The rows of lines that are written alike."""
    import numpy as np

    from fullcount.sheets.json.alike import columns

    found = columns(text, wanted, _written)
    if found is None or (lines := len(found[0])) > ROWS:
        return None
    return _Part(np.arange(place + 1, place + 1 + lines, dtype=np.int64), found, lines, len(text))


def _written(raw: bytes) -> str | None:
    """The text of a value as a line writes it. Raises `ValueError` where it is no JSON."""
    fault, values = _row(b'{"value":' + raw + b"}", ("value",))
    if fault:
        raise ValueError(fault)
    return values[0]


def _parsed(text: bytes, place: int, wanted: Sequence[str]) -> _Part | None:
    """The rows of any lines that are objects, all of them, parsed one by one; `None` where one is something else."""
    import numpy as np
    import orjson

    lines = text.splitlines()
    turns = [turn for turn, line in enumerate(lines) if line.strip()]
    try:
        found = [orjson.loads(lines[turn]) for turn in turns]
        if len(lines) > ROWS or set(map(type, found)) != {dict}:
            return None
        columns = [_texts([item.get(name) for item in found], [lines[turn] for turn in turns], name) for name in wanted]
    except ValueError:
        return None
    return _Part(np.array(turns, np.int64) + (place + 1), columns, len(lines), len(text))


def _texts(values: list[Any], lines: Sequence[bytes], name: str) -> pa.Array[Any]:
    """The values of a key as text. Raises `ValueError` where one cannot be written."""
    import pyarrow as pa

    try:
        return pa.array(values, pa.string())
    except pa.ArrowException:  # numbers, or nested values
        exact = (
            _as_written([value], line, [name])[0] if isinstance(value, float) else value
            for value, line in zip(values, lines, strict=True)
        )
        return pa.array(map(_text, exact), pa.string())


def _together(parts: Sequence[_Part], wanted: Sequence[str]) -> Iterator[Block]:
    """Some parts as one block, if there are any. The distinct cells are numbered here, on the core that parses."""
    import numpy as np
    import pyarrow as pa

    if parts:
        columns = [pa.concat_arrays(column).dictionary_encode() for column in zip(*(one.columns for one in parts), strict=True)]
        yield Block(
            places=np.concatenate([one.places for one in parts]),
            columns={name: cleaned(column) for name, column in zip(wanted, columns, strict=True)},
        )


def _lines(text: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    return ((number, line) for number, line in enumerate(text.splitlines(), start=place + 1) if line.strip())


def _elements(path: File, encoding: str) -> Iterator[tuple[int, bytes]]:
    """The elements of an array as they are written; where it stops being JSON, all that is left."""
    if path.stat().st_size > _ARRAY:
        hint = "export it as JSON lines"
        raise UnreadableError(f"one JSON array of more than {_ARRAY:,} bytes", place=str(path), hint=hint)
    text = b"".join(utf8_chunks(path, encoding)).decode("utf-8", "surrogateescape")
    decoder = json.JSONDecoder()
    at = _SPACE.match(text, text.index("[") + 1).end()  # type: ignore[union-attr]  # it matches nothing too
    place = 0
    while at < len(text) and not text.startswith("]", at):
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        place += 1
        yield place, text[at:end].encode("utf-8", "surrogateescape")
        at = _NEXT.match(text, end).end()  # type: ignore[union-attr]
    closed = text.startswith("]", at)
    rest = text[at + closed :].strip()
    if rest or not closed:
        yield place + 1, rest.encode("utf-8", "surrogateescape")


def _items(found: Iterable[tuple[int, bytes]], sheet: Sheet, wanted: Sequence[str], head: bytes) -> Iterator[Row | Reject]:
    for place, raw in found:
        sheet.pieces += 1
        fault, values = _row(raw, wanted)
        yield Reject(place, original(raw, sheet.encoding, head), fault) if fault else Row(place, values)


def _value(text: bytes) -> Any:
    """A JSON document, or `...` where it is none: `None` is a document. Half characters and huge numbers are no error here."""
    import orjson

    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        if b"\\ud" not in text.lower() and not _HUGE.search(text):
            return ...
    try:
        return json.loads(text, parse_constant=_refused, parse_float=_float, parse_int=_int)
    except (ValueError, RecursionError):
        return ...


def _float(text: str) -> float | str:
    """A number, or its text where it is larger than any number here."""
    number = float(text)
    return number if math.isfinite(number) else text


def _int(text: str) -> int | str:
    return int(text) if len(text) < _DIGITS else text


def _refused(name: str) -> None:
    raise ValueError(name)


def _row(raw: bytes, wanted: Sequence[str]) -> tuple[str, tuple[str | None, ...]]:
    """Why it is no row, or its values."""
    value = _value(raw)
    if value is ...:
        return "is no JSON", ()
    if not isinstance(value, dict):
        return "is no JSON object", ()
    values = [value.get(name) for name in wanted]
    if any(isinstance(item, float) for item in values):
        values = _as_written(values, raw, wanted)
    try:
        return "", tuple(map(_text, values))
    except ValueError as error:
        return str(error), ()


def _as_written(values: Sequence[Any], raw: bytes, wanted: Sequence[str]) -> list[Any]:
    """The values with numbers as the file writes them: 1.10 is a version, and not 1.1."""
    try:
        exact = json.loads(raw, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return list(values)
    return [exact.get(name) if isinstance(item, float) else item for name, item in zip(wanted, values, strict=True)]


def _text(value: Any) -> str | None:
    """A value as text. Raises `ValueError` for a nested one that cannot be written."""
    if value is None or isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    import orjson

    try:
        return orjson.dumps(value).decode()
    except TypeError as error:
        raise ValueError("is nested too deeply, or holds half a character in a nested value") from error
