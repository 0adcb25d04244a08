"""JSON that means the same to everybody who reads it: what is not so is an `EnvelopeError`, and never a guess."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from fullcount.errors import EnvelopeError
from fullcount.text import visible

MOST_BYTES = 512 << 20  # of a document: more is no return
DEEPEST = 32  # how far it may be nested
MOST_PIECES = 10_000_000  # values of it; each takes about 100 bytes of memory


def strict_json(data: bytes, *, place: str, most: int = MOST_PIECES) -> Any:
    """What a document says, if everybody who reads it must understand the same. Raises `EnvelopeError`.

    UTF-8 without a mark, no key twice, no NaN or Infinity and no number beyond, no half character, not over `MOST_BYTES`, nor
    over `most` values, nor nested deeper than `DEEPEST`. Python's own reader guesses UTF-16 and takes the last of two keys.
    """
    if len(data) > MOST_BYTES:
        raise EnvelopeError(f"is larger than {MOST_BYTES >> 20} MB", place=place, hint="a return is never that large")
    if sum(map(data.count, (b",", b"[", b"{"))) > most:  # before anything is made of it
        raise EnvelopeError(f"has more than {most:,} values", place=place, hint="a return never has so many")
    try:
        found = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_refused, parse_float=_finite)
    except UnicodeDecodeError:
        raise EnvelopeError("is no UTF-8", place=place, hint="it must be sent as it was written") from None
    except RecursionError:
        raise EnvelopeError("is nested too deep", place=place) from None
    except ValueError as error:
        raise EnvelopeError(f"is no JSON: {visible(error)}", place=place, hint="it must be sent as it was written") from None
    _shallow(found, place)
    if rb"\u" in data and _half(found):
        raise EnvelopeError("has half a character in it", place=place)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key `{next(name for name in names if names.count(name) > 1)}` stands there twice")
    return made


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _refused(text)
    return value


def _shallow(found: Any, place: str) -> None:
    level = [found]
    for _ in range(DEEPEST):
        inside = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [below for one in inside for below in one if isinstance(below, dict | list)]
        if not level:
            return
    raise EnvelopeError("is nested too deep", place=place)


def _half(found: Any) -> bool:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
