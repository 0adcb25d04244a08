"""The contract of an attachment: a file that a PDF carries. The door to pikepdf.

A PDF comes from outside, and what is small in it may unfold to anything: the file, what its own objects unfold to, and
the attachment have a cap each, and the attachment is inflated here, piece by piece.
"""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fullcount.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"%PDF-"
OF_RETURN = "return.json"  # as which a PDF carries a sealed return
INSTALL = 'pip install "fullcount[report]"'
_INNER = 64_000_000  # bytes to which the objects of a PDF may unfold
_PACKED = ("flate", "png", "run_length", "tiff")  # ways in which objects are packed
_LIMITS: dict[str, Any] = {
    **{f"{way}_max_memory": _INNER for way in _PACKED},
    "doc_max_warnings": 100,
    "parser_max_container_size": 200_000,  # items of one array or dictionary
}
_ASK = "ask for the sealed file itself, which ends in .json"


def attachment(path: Path, name: str, *, most: int) -> bytes:
    """The bytes of the attachment `name` of a PDF: at most `most`. Raises `UnreadableError` where there is no such thing, or
    the PDF is broken, encrypted or larger than that, and `UsageError` where pikepdf, an extra, is not installed.
    """
    if needed := readable():
        raise UsageError("to look into a PDF needs pikepdf, which is not installed", hint=needed)
    if path.stat().st_size > most:
        raise UnreadableError(f"the PDF is larger than {most:,} bytes", place=str(path), hint=_ASK)
    import pikepdf

    try:
        with _limited(), pikepdf.open(path) as document:
            return _inflated(_stream(document, name), most)
    except pikepdf.PasswordError:
        raise UnreadableError("the PDF asks for a password", place=str(path), hint=f"save it without one, or {_ASK}") from None
    except UnreadableError as error:
        raise UnreadableError(error.message, place=str(path), hint=_ASK) from None
    # whatever pikepdf finds wrong: it has many errors, and those of Python for objects that are of another kind
    except (pikepdf.PikepdfError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, zlib.error):
        raise UnreadableError("the PDF is broken", place=str(path), hint=_ASK) from None


def readable() -> str:
    """How to install what is missing to look into a PDF; empty where nothing is."""
    return "" if find_spec("pikepdf") else INSTALL


@contextmanager
def _limited() -> Iterator[None]:
    """The limits of the library behind pikepdf hold for the process: set, and set back."""
    from pikepdf import settings

    before = settings.set_qpdf_limits(**_LIMITS)
    try:
        yield
    finally:
        settings.set_qpdf_limits(**before)  # type: ignore[arg-type]


def _stream(document: Any, name: str) -> Any:
    """The stream of the one attachment of this name."""
    found = [spec for known, spec in document.attachments.items() if name in {known, spec.filename}]
    if len(found) != 1:
        how = "no" if not found else "more than one"
        raise UnreadableError(f"the PDF carries {how} attachment `{name}`")
    return found[0].get_file().obj


def _inflated(stream: Any, most: int) -> bytes:
    import pikepdf

    kind = stream.get("/Filter")
    names = [str(one) for one in kind] if isinstance(kind, pikepdf.Array) else [str(kind)] if kind is not None else []
    raw = bytes(stream.read_raw_bytes())
    if not names:
        found, is_whole = raw[: most + 1], True
    elif names == ["/FlateDecode"] and stream.get("/DecodeParms") is None:
        unfolding = zlib.decompressobj()
        found = unfolding.decompress(raw, most + 1)
        is_whole = unfolding.eof
    else:
        raise UnreadableError("the attachment is packed in an unusual way")
    if len(found) > most:
        raise UnreadableError(f"the attachment is larger than {most:,} bytes")
    if not is_whole:
        raise UnreadableError("the attachment is cut off")
    return found
