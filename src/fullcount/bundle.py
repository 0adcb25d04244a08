"""Bundle: a tar that is one export, so that it is read as a whole and not file by file."""

from __future__ import annotations

import re

IMAGE, SOS = "image", "sos report"
_BLOCK = 512
_MOST = 64  # entries that are looked at
# `docker save`, `podman save`, buildx, crane and kaniko: configurations and layers are named by digests
_OF_IMAGE = re.compile(
    r"(?:\./)?(?:(?:sha256:)?[0-9a-f]{64}(?:\.json|(?:\.tar)?(?:\.gz|\.zst)?|/|/(?:VERSION|json|layer\.tar))?|blobs(?:/.*)?|"
    r"oci-layout|index\.json|manifest\.json|repositories)"
)
_SURE = re.compile(r"(?:\./)?(?:(?:sha256:)?[0-9a-f]{64}.*|blobs/.*|oci-layout)")
_OF_SOS = re.compile(r"(?:\./)?sosreport-[^/]+(?:/.*)?")


def kind_of(head: bytes) -> str:
    """What a tar that begins so is; empty where it is none of these.

    >>> kind_of(b"no tar")
    ''
    """
    if head[257:262] != b"ustar":
        return ""
    names = _names(head)
    if names and all(map(_OF_IMAGE.fullmatch, names)) and any(map(_SURE.fullmatch, names)):
        return IMAGE
    return SOS if names and all(map(_OF_SOS.fullmatch, names)) else ""


def _names(head: bytes) -> list[str]:
    """The names of the first entries, as far as they lie in these bytes."""
    names, at = list[str](), 0
    while at + _BLOCK <= len(head) and len(names) < _MOST and head[at + 257 : at + 262] == b"ustar":
        block = head[at : at + _BLOCK]
        digits = block[124:136].strip(b" \0")
        if not re.fullmatch(rb"[0-7]{1,12}", digits):
            break
        if block[156:157] not in {b"x", b"g", b"L", b"K"}:  # these say more of the entry behind them
            name, prefix = block[:100].split(b"\0", 1)[0], block[345:500].split(b"\0", 1)[0]
            whole = prefix + b"/" + name if prefix and block[263:265] == b"00" else name
            if whole not in {b".", b"./"}:
                names.append(whole.decode("utf-8", "replace"))
        at += _BLOCK * (1 + -(-int(digits, 8) // _BLOCK))
    return names
