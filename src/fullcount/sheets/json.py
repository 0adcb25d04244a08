"""JSON lines, and one JSON array: an object a row. Nested values are compact JSON text, numbers stand as written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from fullcount.block import SAMPLE, Block, Row, Sheet, gathered
from fullcount.errors import UnreadableError
from fullcount.grammar import line_blocks, original, utf8_chunks
from fullcount.model import Reject
from fullcount.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fullcount.model import File
    from fullcount.reader import Peek

_OBJECTS = 100  # whose keys are the columns
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


def blocks(path: File, sheet: Sheet, wanted: Sequence[str]) -> Iterator[Block]:
    """The rows; `place` is the ordinal of the line, or of the element. Sets `pieces`. Raises `UnreadableError`."""
    with path.open("rb") as file:
        head = file.read(4)
    beginning = next((text.lstrip()[:1] for text in utf8_chunks(path, sheet.encoding) if text.strip()), b"")
    found = _elements(path, sheet.encoding) if beginning == b"[" else _lines(path, sheet.encoding)
    yield from gathered(wanted, _items(found, sheet, wanted, head))


def _lines(path: File, encoding: str) -> Iterator[tuple[int, bytes]]:
    lines = (line for block in line_blocks(utf8_chunks(path, encoding)) for line in block.splitlines())
    return ((place, line) for place, line in enumerate(lines, start=1) if line.strip())


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
    sheet.pieces = 0
    for place, raw in found:
        sheet.pieces += 1
        fault, values = _row(raw, wanted)
        yield Reject(place, original(raw, sheet.encoding, head), fault) if fault else Row(place, values)


def _value(text: bytes) -> Any:
    """A JSON document, or `...` where it is none: `None` is a document. Half characters are no error here."""
    import orjson

    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        if b"\\ud" not in text.lower():
            return ...
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return ...


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
