"""Keys for tests, one of every kind, made once: a key costs more than everything that is asked of it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fullcount import sshsig
from fullcount.envelope import MADE, PublicKey, SecretKey, new_key, public, secret

SSH: dict[str, Any] = {
    "ssh-ed25519": ed25519.Ed25519PrivateKey.generate,
    "ssh-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ssh-rsa": lambda: rsa.generate_private_key(65537, 2048),
}
EVERY = (*MADE, *SSH)


@lru_cache
def ssh_file(name: str) -> bytes:
    """A secret key as OpenSSH keeps it."""
    made: bytes = SSH[name]().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return made


@lru_cache
def key(name: str) -> SecretKey:
    """A key of one of `EVERY`."""
    return secret(ssh_file(name)) if name in SSH else new_key(name)


class Token:
    """A FIDO token as OpenSSH uses one (PROTOCOL.u2f), without the hardware."""

    application = b"ssh:"

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.inner = key("ssh-ed25519" if kind == sshsig.SK_ED25519 else "ssh-p256")

    def public(self) -> PublicKey:
        pieces = sshsig.Bytes(self.inner.public.wire)
        parts = [pieces.string(), *([pieces.string()] if self.kind == sshsig.SK_P256 else []), pieces.string()]
        wire = b"".join(map(sshsig.string, (self.kind.encode(), *parts[1:], self.application)))
        return public(f"{self.kind} {as_base64(wire)} token")

    def sign(self, message: bytes, flags: int = 1) -> bytes:
        token = bytes([flags]) + (7).to_bytes(4, "big")
        covered = sshsig.covered(message, "sha512")
        data = hashlib.sha256(self.application).digest() + token + hashlib.sha256(covered).digest()
        if self.kind == sshsig.SK_ED25519:
            value = self.inner.held.sign(data)
        else:
            from cryptography.hazmat.primitives import hashes
            from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

            value = sshsig.pair(*decode_dss_signature(self.inner.held.sign(data, ec.ECDSA(hashes.SHA256()))))
        return sshsig.written(
            sshsig.Signed(
                public=self.public().wire,
                namespace=sshsig.NAMESPACE,
                hashed="sha512",
                scheme=self.kind,
                value=value,
                token=token,
            )
        )


def as_base64(data: bytes) -> str:
    from base64 import b64encode

    return b64encode(data).decode()
