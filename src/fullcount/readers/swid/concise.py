"""Concise SWID tags (CoSWID, RFC 9393): CBOR whose names are numbers; also signed (COSE), whose signature is not checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fullcount.errors import UnreadableError
from fullcount.model import Batch, Lists
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.swid.identity import BLIND, Tag, record, see

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = b"\xdaSWID"  # the number of the tag, in which the letters stand
_SIGNED = b"\xd2\x84"
_MOST = 16 << 20
_NAME, _ENTITY, _CORPUS, _PATCH, _SUPPLEMENTAL, _VERSION = 1, 2, 8, 9, 11, 13
_ENTITY_NAME, _ROLE = 31, 33
_CREATOR, _LICENSOR = 2, 5
_AGAIN = "copy the tag again"


def claims(peek: Peek) -> bool:
    """The tag's number at the beginning, or inside a signature."""
    return peek.head.startswith(_MARK) or (peek.head.startswith(_SIGNED) and _MARK in peek.head[:4096])


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is 1. Raises `UnreadableError` for what is no tag, and where the library is missing."""
    with stream.binary() as file:
        data = file.read(_MOST + 1)
    said = _tag(data, stream)
    batch = Batch(record=record(stream.host))
    tag = Tag(
        name=_text(said.get(_NAME)),
        version=_text(said.get(_VERSION)),
        publisher=_entity(said, _CREATOR) or _entity(said, _LICENSOR),
        less=any(said.get(number) is True for number in (_CORPUS, _PATCH, _SUPPLEMENTAL)),
    )
    see(batch, tag, 1, data[:4096])
    yield batch


def _tag(data: bytes, stream: Stream) -> Mapping[Any, Any]:
    place = str(stream.path)
    if len(data) > _MOST:
        raise UnreadableError(f"a tag of more than {_MOST:,} bytes", place=place, hint=_AGAIN)
    start = data.find(_MARK)
    try:
        import cbor2
    except ImportError as error:
        hint = "pip install 'fullcount[forensics]'"
        raise UnreadableError("the library cbor2 is missing", place=place, hint=hint) from error
    try:
        found = cbor2.loads(data[start:] if start == 0 else _payload(cbor2.loads(data)))
    except (cbor2.CBORError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError, MemoryError) as error:
        raise UnreadableError(f"a damaged tag: {error}", place=place, hint=_AGAIN) from error
    value = getattr(found, "value", None)
    if not isinstance(value, Mapping):
        raise UnreadableError("what is tagged as a software identity is none", place=place, hint=_AGAIN)
    return value


def _payload(signed: Any) -> bytes:
    """The tag in a signature: the third of four. Raises `ValueError`."""
    value = getattr(signed, "value", None)
    if not isinstance(value, list | tuple) or len(value) != 4 or not isinstance(value[2], bytes):
        raise ValueError("a signature without what it signs")
    return value[2]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _entity(said: Mapping[Any, Any], role: int) -> str | None:
    """Who has a role; one entity stands alone, and so does one role."""
    entities = said.get(_ENTITY)
    for one in entities if isinstance(entities, list | tuple) else [entities]:
        if not isinstance(one, Mapping):
            continue
        roles = one.get(_ROLE)
        if role in (roles if isinstance(roles, list | tuple) else [roles]) and (name := _text(one.get(_ENTITY_NAME))):
            return name
    return None


COSWID = Reader(
    name="coswid",
    title="concise software identification tag (CoSWID, RFC 9393)",
    lists=Lists.SOME_SOFTWARE,
    blind=(*BLIND, "The signature of a signed tag is not checked."),
    how=(
        "Copy the tags (*.coswid, application/swid+cbor) from each machine into a folder named for it; needs "
        "`pip install 'fullcount[forensics]'`. In fullcount.toml: "
        '[[source]] match = "*.coswid", host = "{folder}".'
    ),
    unit="tag",
    basis=Basis.DOCUMENTATION,
    claims=claims,
    batches=batches,
    needs_host=True,
    named_by_file=False,
)
