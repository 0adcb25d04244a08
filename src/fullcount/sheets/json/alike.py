"""JSON lines that are written alike: the same keys in the same order with the same spaces, and values that are not nested.

Nearly every export is written so. Of such lines the keys need not be parsed: their bytes are compared at the place where
they must stand, all lines at once, and what lies between them is the values. Text that is anything else is not taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    _Codes = NDArray[np.uint8]
    _Places = NDArray[np.int64]

_LF, _CR, _QUOTE, _BACKSLASH = 10, 13, 34, 92
_LEAD = re.compile(rb' *+(?:\{|,) *+"([^"\\]*+)" *+: *+')
_VALUE = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[^ ",{}\[\]]++')
_TAIL = re.compile(rb" *+\} *+")
_AS_IT_STANDS = re.compile(  # values whose text is as it is written: numbers, but for the integer -0, which is 0
    rb"(?!-0\Z)-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false"
)


class _Form(NamedTuple):
    """What lines that are alike have in common."""

    names: list[str]
    leads: list[bytes]  # what stands before each value
    tail: bytes  # what stands behind the last one


class _Span(NamedTuple):
    """Where the values of one key stand, by line: from `start` to before `stop`, without their quotes."""

    start: _Places
    stop: _Places
    quoted: NDArray[np.bool_]


def columns(text: bytes, wanted: Sequence[str], written: Callable[[bytes], str | None]) -> list[pa.Array[Any]] | None:
    """The wanted values of each line as text, or `None` where the lines are not alike or one of them may be no JSON.

    `text`: whole lines. `written`: the text of a value, as it stands in a line; raises `ValueError` where it is no JSON.
    """
    import pyarrow as pa

    if not text.endswith(b"\n"):
        text += b"\n"
    form = _form(text)
    lines = _lines(text)
    if form is None or lines is None or not _is_utf8(text):
        return None
    escapes = _found(text, _BACKSLASH)
    spans = _spans(text, form, lines, _quotes(text, escapes))
    if spans is None:
        return None
    nothing: pa.Array[Any] = pa.nulls(len(lines[0]), pa.string())
    found = dict.fromkeys(wanted, nothing)
    try:
        for name, span in zip(form.names, spans, strict=True):
            odd = _odd(text, span, escapes, written)  # of a column that nobody wants too: a line is JSON as a whole
            if name in found:
                found[name] = _column(text, span, odd)
    except ValueError:
        return None
    return list(found.values())


def _form(text: bytes) -> _Form | None:
    """How the first line is written; `None` for one that no other can be compared with."""
    names: list[bytes] = []
    leads: list[bytes] = []
    at = 0
    while lead := _LEAD.match(text, at):
        value = _VALUE.match(text, lead.end())
        if value is None or lead[0].lstrip().startswith(b"{") != (not leads):
            return None
        names.append(lead[1])
        leads.append(lead[0])
        at = value.end()
    tail = _TAIL.match(text, at)
    if not names or len(set(names)) < len(names) or tail is None:
        return None
    return _Form([name.decode("utf-8", "replace") for name in names], leads, tail[0])


def _lines(text: bytes) -> tuple[_Places, _Places] | None:
    """Where each line begins and ends; `None` where lines end in different ways or other control characters stand."""
    codes = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(codes < 32)
    kinds = codes[ends]
    if (kinds == _LF).all():
        return np.concatenate(([0], ends[:-1] + 1)), ends
    returns, feeds = ends[::2], ends[1::2]
    both = len(returns) == len(feeds) and (kinds[::2] == _CR).all() and (kinds[1::2] == _LF).all()
    return (np.concatenate(([0], feeds[:-1] + 1)), returns) if both and (returns + 1 == feeds).all() else None


def _is_utf8(text: bytes) -> bool:
    try:
        return text.isascii() or bool(text.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _found(text: bytes, code: int) -> _Places:
    return np.flatnonzero(np.frombuffer(text, np.uint8) == code) if code in text else np.empty(0, np.int64)


def _quotes(text: bytes, escapes: _Places) -> _Places:
    """Where quotes stand that are not escaped. `escapes`: where backslashes do."""
    quotes = _found(text, _QUOTE)
    if not len(escapes):
        return quotes
    turn = np.arange(len(escapes))
    begins = np.diff(escapes, prepend=-2) != 1
    within = turn - np.maximum.accumulate(np.where(begins, turn, 0))  # a run of backslashes: every other one escapes
    return np.setdiff1d(quotes, escapes[within % 2 == 0] + 1, assume_unique=True)


def _spans(text: bytes, form: _Form, lines: tuple[_Places, _Places], quotes: _Places) -> list[_Span] | None:
    """The values by key, where every line has all that the form says; they stand in the order of the keys.

    A place in a line only ever grows, and in the end must be the line's end: so no value goes beyond its line.
    """
    starts, ends = lines
    codes = np.frombuffer(text, np.uint8)
    turn = np.searchsorted(quotes, starts)  # by line, the next quote in `quotes`
    quotes = np.concatenate((quotes, [len(text)] * 4))  # where there is none any more
    spans = []
    at = starts
    for number, lead in enumerate(form.leads):
        if not _stands(text, lead, at):
            return None
        at = at + len(lead)
        quoted = codes[at] == _QUOTE
        stop = quotes[turn + 3]
        if quoted.all():
            spans.append(_Span(at + 1, stop, quoted))
            turn, at = turn + 4, stop + 1
            continue
        bare = _bare(form, number, ends, quotes[turn + 2])
        stop = np.where(quoted, stop, bare)
        if (stop < at).any() or (~quoted & (stop > quotes[turn + 2])).any():  # something else stands there
            return None
        spans.append(_Span(at + quoted, stop, quoted))
        turn, at = turn + np.where(quoted, 4, 2), stop + quoted
    return spans if _stands(text, form.tail, at) and (at + len(form.tail) == ends).all() else None


def _bare(form: _Form, number: int, ends: _Places, quotes: _Places) -> _Places:
    """Where values without quotes end, by what must follow them. `quotes`: the next ones."""
    if number + 1 == len(form.leads):
        return ends - len(form.tail)
    return quotes - form.leads[number + 1].index(b'"')


def _stands(text: bytes, part: bytes, at: _Places) -> bool:
    """Whether a part of the text stands at each of these places."""
    size = len(part)
    if int(at.min()) < 0 or int(at.max()) + size >= len(text):  # behind all of them a line ends
        return False
    return _windows(text, size)[at].tobytes() == part * len(at)


def _odd(
    text: bytes, span: _Span, escapes: _Places, written: Callable[[bytes], str | None]
) -> tuple[NDArray[np.bool_], pa.Array[Any]] | None:
    """Which values do not stand as they are meant, and their texts: what has no quotes, or a backslash within."""
    import pyarrow as pa

    odd = ~span.quoted
    if len(escapes):
        odd |= np.searchsorted(escapes, span.start) != np.searchsorted(escapes, span.stop)
    if not odd.any():
        return None
    quoted = span.quoted[odd]
    distinct = _slices(text, span.start[odd] - quoted, span.stop[odd] + quoted).dictionary_encode()
    raws: list[Any] = distinct.dictionary.to_pylist()
    texts = [_text(raw.encode(), written) for raw in raws]
    return odd, pa.array(texts, pa.string()).take(distinct.indices)


def _text(raw: bytes, written: Callable[[bytes], str | None]) -> str | None:
    import orjson

    if raw == b"null":
        return None
    if raw.startswith(b'"'):
        return str(orjson.loads(raw))  # what is no text is a `ValueError`
    return raw.decode() if _AS_IT_STANDS.fullmatch(raw) else written(raw)


def _column(text: bytes, span: _Span, odd: tuple[NDArray[np.bool_], pa.Array[Any]] | None) -> pa.Array[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    values = _slices(text, span.start, span.stop)
    return values if odd is None else pc.replace_with_mask(values, pa.array(odd[0]), odd[1])


def _slices(text: bytes, start: _Places, stop: _Places) -> pa.Array[Any]:
    """What stands from each start to before its stop, which is not behind the next start."""
    import pyarrow as pa
    import pyarrow.compute as pc

    size = int(stop[0] - start[0])
    if size and (stop - start == size).all():  # dates, serial numbers: these take a third of the time
        offsets = np.arange(0, size * (len(start) + 1), size, dtype=np.int32)
        return _strings(offsets, _windows(text, size)[start].view(np.uint8))
    offsets = np.empty(2 * len(start), np.int32)
    offsets[0::2], offsets[1::2] = start, stop
    # every other one of these is a value; the ones between are what stands between them
    chosen = pa.array(np.arange(0, len(offsets), 2, dtype=np.int32), pa.int32())
    return pc.take(_strings(offsets, text), chosen, boundscheck=False)


def _strings(offsets: Any, data: Any) -> pa.Array[Any]:
    """Text cut at offsets, of which there is one more. Both are anything that shares its memory."""
    import pyarrow as pa

    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))


def _windows(text: bytes, size: int) -> NDArray[np.void]:
    """By place, the bytes that begin there, so many of them. No copy."""
    return np.ndarray((len(text) - size + 1,), f"V{size}", text, 0, (1,))
