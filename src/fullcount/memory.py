"""Memory: how much a command may take, and that what it lets go of goes back to the machine."""

from __future__ import annotations

import ctypes
import re
import sys
from contextlib import suppress
from functools import cache

from fullcount.errors import UsageError

LEAST = 500_000_000  # bytes: what Python, its libraries and a small engine take
_BESIDE = 620_000_000  # bytes that Python holds beside the engine, when both hold most: lists are written meanwhile
_SHARE = 0.62  # of little memory that is Python's
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt])(i?)b?", re.IGNORECASE)
_TRIM = -1  # glibc's M_TRIM_THRESHOLD
_KEPT = 1 << 20  # bytes that may stay at hand


def size_of(text: str) -> int:
    """The bytes that a person means. Raises `UsageError`.

    >>> size_of("4GB"), size_of("512 MiB"), size_of("1.5g")
    (4000000000, 536870912, 1500000000)
    """
    said = _SIZE.fullmatch(text.strip())
    if said is None:
        raise UsageError(f"{text!r} is no size", hint="write 4GB or 800MB")
    number, unit, binary = said.groups()
    return int(float(number) * (1024 if binary else 1000) ** ("kmgt".index(unit.lower()) + 1))


def of_engine(text: str) -> str:
    """The engine's part of what a command may take, as the engine writes it. Raises `UsageError`.

    >>> of_engine("1GB")
    '380MB'
    """
    size = size_of(text)
    if size < LEAST:
        raise UsageError(f"a count cannot be made in {text}", hint=f"it needs {LEAST // 10**6} MB, and more for many machines")
    return f"{int(size - min(_BESIDE, _SHARE * size)) // 10**6}MB"


@cache
def lean() -> None:
    """Let large pieces of memory go back as soon as they are free. GNU's allocator learns from each that is freed to keep the
    next ones: a count of a million machines then held 300 MB that nobody used. Arrow's own choice gives back every piece at once
    and asks for the next one: a third of what writing a long list cost went to that.
    """
    import pyarrow as pa

    with suppress(NotImplementedError):  # it is not built everywhere
        pa.set_memory_pool(pa.jemalloc_memory_pool())
    if sys.platform == "linux":
        setting = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have no such thing
        if setting is not None:
            setting(_TRIM, _KEPT)
