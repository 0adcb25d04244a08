"""DSSE: the form of an envelope, a body with its kind and signatures of both (secure-systems-lab, DSSE 1.0).

Only the form; whether a signature holds is for `envelope` to say.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from fullcount.errors import EnvelopeError
from fullcount.strict import strict_json

MOST_SIGNATURES = 16
MOST_OF_SIGNATURE = 64 << 10  # bytes
_MOST_WORDS = 512  # characters of a kind, or of what a signature calls its key
_STEP = 3 << 20  # bytes of base64 that are compared at a time


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of an envelope."""

    key: str  # what it says of its key; not to be believed
    value: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A body, its kind (a media type), and signatures of both."""

    kind: str
    body: bytes
    signatures: tuple[Signature, ...] = ()


def pae(kind: str, body: bytes) -> bytes:
    """What a signature is of: no other kind and body give the same bytes.

    >>> pae("a/b", b"xyz")
    b'DSSEv1 3 a/b 3 xyz'
    """
    named = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(named), named, len(body), body)


def parsed(data: bytes, *, place: str = "") -> Envelope:
    """The envelope in a file, not yet checked by any key. Raises `EnvelopeError`.

    Stricter than DSSE, which would have unknown keys ignored and base64 in two alphabets: here a file says one thing only.
    """
    document = strict_json(data, place=place, most=1000)
    if not isinstance(document, dict) or document.keys() != {"payload", "payloadType", "signatures"}:
        hint = "an envelope is a JSON object with payload, payloadType and signatures, and nothing else"
        raise EnvelopeError("is no envelope", place=place, hint=hint)
    kind, listed = document["payloadType"], document["signatures"]
    if not isinstance(kind, str) or not 0 < len(kind) <= _MOST_WORDS or not kind.isascii() or not kind.isprintable():
        raise EnvelopeError("does not say what is in it", place=place, hint="`payloadType` is a media type")
    if not isinstance(listed, list) or len(listed) > MOST_SIGNATURES:
        raise EnvelopeError(f"`signatures` is no list of up to {MOST_SIGNATURES}", place=place)
    signatures = tuple(_signature(one, place) for one in listed)
    return Envelope(kind, unbased(document.pop("payload"), "payload", place), signatures)


def _signature(one: Any, place: str) -> Signature:
    if not isinstance(one, dict) or not {"sig"} <= one.keys() <= {"keyid", "sig"}:
        raise EnvelopeError("a signature is no object with keyid and sig", place=place)
    key = one.get("keyid", "")
    if not isinstance(key, str) or len(key) > _MOST_WORDS:
        raise EnvelopeError("a signature's keyid is no short text", place=place)
    value = unbased(one["sig"], "sig", place)
    if not 0 < len(value) <= MOST_OF_SIGNATURE:
        raise EnvelopeError("a signature is empty or too long", place=place)
    return Signature(key, value)


def unbased(text: Any, name: str, place: str) -> bytes:
    """What a text of base64 stands for, if it is written in the one way in which it can be. Raises `EnvelopeError`."""
    try:
        made = b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise EnvelopeError(f"`{name}` is no base64", place=place) from None
    same = len(text) == -(-len(made) // 3) * 4 and all(
        b64encode(made[at : at + _STEP]).decode() == text[at // 3 * 4 : (at + _STEP) // 3 * 4]
        for at in range(0, len(made), _STEP)
    )
    if not same:
        raise EnvelopeError(f"`{name}` is base64 with more in it than bytes", place=place)
    return made


def written(envelope: Envelope) -> bytes:
    """The file of an envelope; `parsed` gives back the same."""
    import orjson

    signatures = [{"keyid": one.key, "sig": b64encode(one.value).decode()} for one in envelope.signatures]
    document = {"payload": b64encode(envelope.body).decode(), "payloadType": envelope.kind, "signatures": signatures}
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def claimed(envelope: Envelope) -> tuple[str, ...]:
    """The keys that the envelope says signed it. Nobody has checked that, nor even that they are keys."""
    return tuple(one.key for one in envelope.signatures)
