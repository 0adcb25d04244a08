"""SSHSIG: the signature of a file as `ssh-keygen -Y sign` writes it (OpenSSH, PROTOCOL.sshsig and PROTOCOL.u2f).

Only the form: bytes are taken apart and put together, and whatever does not fit to the last byte is a `ValueError`.
Whether a signature holds is for `envelope` to say.
"""

from __future__ import annotations

import binascii
import hashlib
from dataclasses import dataclass

NAMESPACE = "fullcount-return@v1"  # what is signed: a signature of a file for another purpose is none of a return
HASHES = ("sha512", "sha256")  # of the message; OpenSSH knows no others
ED25519, P256, RSA = "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"
SK_ED25519, SK_P256 = "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"
SECURITY_KEYS = (SK_ED25519, SK_P256)  # FIDO tokens
# Types of key, and the schemes by which each may sign; `ssh-rsa` as a scheme is SHA-1.
SCHEMES = {
    ED25519: (ED25519,),
    P256: (P256,),
    RSA: ("rsa-sha2-512", "rsa-sha2-256"),
    SK_ED25519: (SK_ED25519,),
    SK_P256: (SK_P256,),
}
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
SECRET = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_SECRET_END, _SECRET_MAGIC = b"-----END OPENSSH PRIVATE KEY-----", b"openssh-key-v1\0"
_MAGIC, _VERSION = b"SSHSIG", 1
_USER_PRESENT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature taken apart: which key says that it made it, for what, how, and its value."""

    public: bytes  # the key, as SSH writes keys
    namespace: str
    hashed: str  # one of `HASHES`
    scheme: str
    value: bytes  # raw Ed25519; two numbers for ECDSA; PKCS#1 v1.5 for RSA
    token: bytes = b""  # what a FIDO token adds: one byte of flags, four of a counter


class Bytes:
    """The pieces of a message of SSH, from the first to the last. Each method raises `ValueError` where there are too few."""

    def __init__(self, data: bytes) -> None:
        """Begin at the beginning."""
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        """So many bytes."""
        if size > len(self.data) - self.at:
            raise ValueError("is cut off")
        self.at += size
        return self.data[self.at - size : self.at]

    def string(self) -> bytes:
        """A string: its length in four bytes, and itself."""
        return self.take(int.from_bytes(self.take(4), "big"))

    def text(self) -> str:
        """A string of ASCII."""
        return self.string().decode("ascii")

    def number(self) -> int:
        """A number above 0, written in the one shortest way."""
        written = self.string()
        made = int.from_bytes(written, "big", signed=True)
        if made <= 0 or number(made) != string(written):
            raise ValueError("has a number that is not written as numbers are")
        return made

    def end(self) -> None:
        """Nothing may be left."""
        if self.at != len(self.data):
            raise ValueError("has more bytes than it should")


def string(data: bytes) -> bytes:
    """A string as SSH writes it."""
    return len(data).to_bytes(4, "big") + data


def number(value: int) -> bytes:
    """A positive number as SSH writes it: no more bytes than needed, the highest bit 0."""
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def numbers(data: bytes) -> tuple[int, int]:
    """The two numbers that an ECDSA signature is."""
    pieces = Bytes(data)
    first, second = pieces.number(), pieces.number()
    pieces.end()
    return first, second


def pair(first: int, second: int) -> bytes:
    """The two numbers of an ECDSA signature as SSH writes them."""
    return number(first) + number(second)


def bare(wire: bytes) -> tuple[bytes, bytes]:
    """A key as SSH writes it, as if it were in a file; and of one on a FIDO token the application that it is for."""
    pieces = Bytes(wire)
    kind = pieces.text()
    if kind not in SECURITY_KEYS:
        return wire, b""
    inner, count = (ED25519, 1) if kind == SK_ED25519 else (P256, 2)
    parts = [pieces.string() for _ in range(count)]
    application = pieces.string()
    pieces.end()
    return b"".join(map(string, (inner.encode(), *parts))), application


def read(data: bytes) -> Signed:
    """The signature that these bytes are, if they are one to the last byte. What it says need not be true."""
    pieces = Bytes(data)
    if pieces.take(len(_MAGIC)) != _MAGIC or int.from_bytes(pieces.take(4), "big") != _VERSION:
        raise ValueError("is no SSHSIG of version 1")
    public, namespace, reserved, hashed, inner = (pieces.string() for _ in range(5))
    pieces.end()
    if reserved:
        raise ValueError("uses a field that is reserved")
    below = Bytes(inner)
    scheme, value = below.text(), below.string()
    token = below.take(5) if scheme in SECURITY_KEYS else b""
    below.end()
    signed = Signed(
        public=public, namespace=namespace.decode(), hashed=hashed.decode("ascii"), scheme=scheme, value=value, token=token
    )
    if signed.hashed not in HASHES:
        raise ValueError("hashes the message in a way that is not known")
    return signed


def written(signed: Signed) -> bytes:
    """The bytes of a signature."""
    inner = string(signed.scheme.encode()) + string(signed.value) + signed.token
    parts = (signed.public, signed.namespace.encode(), b"", signed.hashed.encode(), inner)
    return _MAGIC + _VERSION.to_bytes(4, "big") + b"".join(map(string, parts))


def covered(message: bytes, hashed: str, namespace: str = NAMESPACE) -> bytes:
    """What a key really signs: the digest of the message, and for what it is."""
    digest = hashlib.new(hashed, message).digest()
    return _MAGIC + b"".join(map(string, (namespace.encode(), b"", hashed.encode(), digest)))


def by_token(data: bytes, application: bytes, token: bytes) -> bytes:
    """What a FIDO token signs in the place of `data`. Raises `ValueError` where it says that nobody touched it."""
    if not token[0] & _USER_PRESENT:
        raise ValueError("was made by a token that nobody touched")
    return hashlib.sha256(application).digest() + token + hashlib.sha256(data).digest()


def unarmoured(data: bytes) -> bytes:
    """The bytes of a signature, with or without the lines of text around them."""
    if data.startswith(_MAGIC):
        return data
    return _between(data, BEGIN.encode(), END.encode())


def armoured(data: bytes) -> str:
    """A signature as a text file, as `ssh-keygen` reads it."""
    text = binascii.b2a_base64(data, newline=False).decode()
    lines = (text[at : at + 70] for at in range(0, len(text), 70))
    return "\n".join([BEGIN, *lines, END, ""])


def held(secret: bytes) -> tuple[bool, str]:
    """Of a file with a secret key of OpenSSH: whether a passphrase locks it, and of which type the key is."""
    pieces = Bytes(_between(secret, SECRET, _SECRET_END))
    if pieces.take(len(_SECRET_MAGIC)) != _SECRET_MAGIC:
        raise ValueError("is no secret key of OpenSSH")
    cipher, _, _ = pieces.string(), pieces.string(), pieces.string()
    pieces.take(4)  # how many keys
    return cipher != b"none", Bytes(pieces.string()).text()


def _between(data: bytes, begin: bytes, end: bytes) -> bytes:
    stripped = data.strip()
    if not (stripped.startswith(begin) and stripped.endswith(end)):
        raise ValueError("is neither the bytes nor the text of one")
    return binascii.a2b_base64(b"".join(stripped[len(begin) : -len(end)].split()), strict_mode=True)
