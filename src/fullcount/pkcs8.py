"""A secret key under a passphrase: PKCS#8 with PBES2 (RFC 8018), as `openssl pkey` reads it.

The library that makes our keys would stretch a passphrase by 2,048 rounds, which holds nobody up any longer.
Only the form: the bytes around what somebody else encrypts.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from os import urandom
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 600_000  # of PBKDF2 with HMAC-SHA-256: OWASP Password Storage Cheat Sheet, 2023; about 0.2 s each time
BLOCK = 16  # bytes of AES
_SEQUENCE, _INTEGER, _OCTETS, _NULL = 0x30, 0x02, 0x04, b"\x05\x00"
_PBES2 = bytes.fromhex("06092a864886f70d01050d")  # 1.2.840.113549.1.5.13
_PBKDF2 = bytes.fromhex("06092a864886f70d01050c")  # 1.2.840.113549.1.5.12
_HMAC_SHA256 = bytes.fromhex("06082a864886f70d0209")  # 1.2.840.113549.2.9
_AES_256_CBC = bytes.fromhex("060960864801650304012a")  # 2.16.840.1.101.3.4.1.42


def locked(plain: bytes, passphrase: bytes, encrypt: Callable[[bytes, bytes, bytes], bytes]) -> bytes:
    """The PEM of a PKCS#8 key under a passphrase. `encrypt` takes a key, a start value and whole blocks: AES-256-CBC."""
    salt, start = urandom(BLOCK), urandom(BLOCK)
    key = hashlib.pbkdf2_hmac("sha256", passphrase, salt, ROUNDS, 32)
    missing = BLOCK - len(plain) % BLOCK
    kept = encrypt(key, start, plain + bytes([missing]) * missing)
    rounds = _der(_INTEGER, ROUNDS.to_bytes(3, "big"))
    stretched = _der(_SEQUENCE, _der(_OCTETS, salt), rounds, _der(_SEQUENCE, _HMAC_SHA256, _NULL))
    by = _der(_SEQUENCE, _der(_SEQUENCE, _PBKDF2, stretched), _der(_SEQUENCE, _AES_256_CBC, _der(_OCTETS, start)))
    text = b64encode(_der(_SEQUENCE, _der(_SEQUENCE, _PBES2, by), _der(_OCTETS, kept))).decode()
    lines = (text[at : at + 64] for at in range(0, len(text), 64))
    return "\n".join(["-----BEGIN ENCRYPTED PRIVATE KEY-----", *lines, "-----END ENCRYPTED PRIVATE KEY-----", ""]).encode()


def _der(tag: int, *parts: bytes) -> bytes:
    """One piece of DER. None of ours reaches 256 bytes of length in more than two bytes."""
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + (size if len(body) < 128 or len(body) > 255 else bytes([0x81, len(body)])) + body
