"""The contract of an envelope: bytes, what kind of bytes they are, and who signed them (DSSE 1.0, secure-systems-lab).

What is signed are the bytes of the body and their kind (`pae`), never a reading of them: whoever opens an envelope reads
exactly the bytes that were checked. How a signature is checked is told by the key that somebody trusts, never by the
envelope; what the envelope says of a key (`Signature.key`) only tells where to look first. This is the one door to the
library that computes.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fullcount import pkcs8, sshsig
from fullcount.dsse import MOST_OF_SIGNATURE, MOST_SIGNATURES, Envelope, Signature, claimed, pae, parsed, unbased, written
from fullcount.errors import EnvelopeError
from fullcount.strict import strict_json
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# What is asked of this contract; `dsse` and `strict` are the forms below it.
__all__ = [
    "Envelope",
    "PublicKey",
    "SecretKey",
    "Signature",
    "attached",
    "claimed",
    "locked",
    "new_key",
    "pae",
    "parsed",
    "public",
    "secret",
    "signed",
    "signers",
    "strict_json",
    "written",
    "written_secret",
]

KINDS = ("ed25519", "p256", "ml-dsa-65", "ssh")  # schemes that a trusted key may have
MADE = KINDS[:3]  # those of which `new_key` makes one
MOST_OF_KEY = 64 << 10  # bytes of a file that holds one
LEAST_OF_RSA = 2048  # bits
_TEXT_OF_SECRET = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key by which a signature is checked."""

    kind: str  # one of `KINDS`
    der: bytes  # SubjectPublicKeyInfo
    wire: bytes = b""  # as SSH writes it; only of kind `ssh`

    @property
    def id(self) -> str:
        """SHA-256 of `der`, in hex: the same for one key in every form."""
        return hashlib.sha256(self.der).hexdigest()

    def text(self) -> str:
        """One line that `public` reads."""
        if self.kind == "ssh":
            return f"{sshsig.Bytes(self.wire).text()} {b64encode(self.wire).decode()}"
        return f"{self.kind} {b64encode(self.der).decode()}"


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A key that signs. It is shown nowhere."""

    kind: str
    public: PublicKey
    held: Any = field(repr=False, compare=False)  # of the library

    def sign(self, message: bytes) -> bytes:
        """A signature of the message, in the form of the key's kind."""
        return _SIGN[self.kind](self, message)


# -- envelopes --------------------------------------------------------------------------------------------------------------


def signed(envelope: Envelope, key: SecretKey) -> Envelope:
    """The envelope with one more signature; the same one where the key has signed it already. Raises `EnvelopeError`."""
    if signers(envelope, [key.public]):
        return envelope
    return _with(envelope, key.public, key.sign(pae(envelope.kind, envelope.body)))


def attached(envelope: Envelope, key: PublicKey, value: bytes) -> Envelope:
    """The envelope with a signature that was made outside, as by `ssh-keygen -Y sign` over `pae`, armoured or not.

    Raises `EnvelopeError` where it does not hold.
    """
    if key.kind == "ssh":
        try:
            value = sshsig.unarmoured(value)
        except ValueError as error:
            raise EnvelopeError(f"the signature {error}", hint=_by_ssh()) from None
    if not _holds(key, value, pae(envelope.kind, envelope.body)):
        hint = _by_ssh() if key.kind == "ssh" else "sign the very bytes of the file written for it, with the key named"
        raise EnvelopeError("the signature does not hold", hint=hint)
    return envelope if signers(envelope, [key]) else _with(envelope, key, value)


def _by_ssh() -> str:
    return f"make it with: ssh-keygen -Y sign -n {sshsig.NAMESPACE} -f KEY FILE"


def _with(envelope: Envelope, key: PublicKey, value: bytes) -> Envelope:
    if len(envelope.signatures) >= MOST_SIGNATURES:
        raise EnvelopeError(f"has {MOST_SIGNATURES} signatures already", hint="no more can be added")
    return replace(envelope, signatures=(*envelope.signatures, Signature(key.id, value)))


def signers(envelope: Envelope, keys: Iterable[PublicKey]) -> tuple[PublicKey, ...]:
    """Of these keys, in their order, each one whose signature of kind and body is there and holds: once, whatever the number
    of its signatures and of the forms in which it is given. Signatures of other keys are as if they were not there.
    """
    message = pae(envelope.kind, envelope.body)
    found: dict[str, PublicKey] = {}
    for key in keys:
        likely = sorted(envelope.signatures, key=lambda one: one.key != key.id)
        if key.id not in found and any(_holds(key, one.value, message) for one in likely):
            found[key.id] = key
    return tuple(found.values())


# -- keys -------------------------------------------------------------------------------------------------------------------


def new_key(kind: str = "ed25519") -> SecretKey:
    """A new key of one of the kinds `MADE`. Raises `EnvelopeError`."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa

    make: dict[str, Callable[[], Any]] = {
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ml-dsa-65": mldsa.MLDSA65PrivateKey.generate,
    }
    if kind not in make:
        hint = "make it with: ssh-keygen -t ed25519 -f FILE" if kind == "ssh" else f"one of: {', '.join(MADE)}"
        raise EnvelopeError(f"no key of the kind `{visible(kind)}` is made here", hint=hint)
    return _secret(_tried(make[kind], "no such key can be made here", ""), ssh=False)


def public(text: str, place: str = "") -> PublicKey:
    """The public key in a text: a line of ours or of OpenSSH, or PEM. Raises `EnvelopeError`."""
    from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

    text = text.strip()
    kind, of_key, *_ = *text.split(None, 2), "", ""
    if _TEXT_OF_SECRET.search(text.encode("utf-8", "replace")):
        hint = "give the public one, which stands in the file .pub beside it; send this one to nobody"
        raise EnvelopeError("is a secret key", place=place, hint=hint)
    if text.startswith("-----BEGIN PUBLIC KEY-----"):
        return _public(_tried(lambda: load_pem_public_key(text.encode()), "is no public key", place), place)
    if kind in sshsig.SCHEMES and "\n" not in text:
        found: PublicKey = _tried(lambda: _of_ssh(kind, unbased(of_key, "key", place)), "is no public key of OpenSSH", place)
        return found
    if kind not in MADE or "\n" in text:
        hint = f"a line begins with one of: {', '.join((*MADE, *sshsig.SCHEMES))}"
        raise EnvelopeError("is no public key that is known here", place=place, hint=hint)
    der = unbased(of_key, "key", place)
    key = _public(_tried(lambda: load_der_public_key(der), "is no public key", place), place)
    if (key.kind, key.der) != (kind, der):
        raise EnvelopeError(f"is another key than `{kind}` says, or written in another way", place=place)
    return key


def locked(data: bytes) -> bool:
    """Whether a passphrase locks the secret key in a file."""
    if data.lstrip().startswith(sshsig.SECRET):
        try:
            return sshsig.held(data)[0]
        except ValueError:
            return False
    return b"ENCRYPTED" in data[:MOST_OF_KEY]


def secret(data: bytes, passphrase: bytes | None = None, place: str = "") -> SecretKey:
    """The secret key in a file: PKCS#8 as PEM, or as OpenSSH keeps it, which then signs as SSH does. A passphrase that no key
    needs is not looked at. Raises `EnvelopeError`.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    of_ssh = data.lstrip().startswith(sshsig.SECRET)
    if len(data) > MOST_OF_KEY or not (of_ssh or _TEXT_OF_SECRET.search(data)):
        raise EnvelopeError("is no secret key", place=place, hint="`fullcount key new FILE` makes one")
    if of_ssh:
        _, kind = _tried(lambda: sshsig.held(data), "is no secret key of OpenSSH", place)
        if kind in sshsig.SECURITY_KEYS:
            raise EnvelopeError("the secret key is on a token, not in this file", place=place, hint=_by_ssh())
    given = passphrase if locked(data) else None
    if given is None and locked(data):
        hint = "give it in a file, or where it is asked for at a terminal"
        raise EnvelopeError("is locked by a passphrase", place=place, hint=hint)
    load = load_ssh_private_key if of_ssh else load_pem_private_key
    return _secret(
        _tried(lambda: load(data, given), "does not open: another passphrase, or damaged", place), ssh=of_ssh, place=place
    )


def written_secret(key: SecretKey, passphrase: bytes | None) -> bytes:
    """The file of a key of the kinds `MADE`: PKCS#8 as PEM, under a passphrase or, where that is `None`, bare."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    form = Encoding.PEM if passphrase is None else Encoding.DER
    plain: bytes = key.held.private_bytes(form, PrivateFormat.PKCS8, NoEncryption())
    return plain if passphrase is None else pkcs8.locked(plain, passphrase, _encrypted)


def _encrypted(key: bytes, start: bytes, blocks: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    cipher = Cipher(algorithms.AES256(key), modes.CBC(start)).encryptor()
    return cipher.update(blocks) + cipher.finalize()


def _tried(make: Callable[[], Any], message: str, place: str) -> Any:
    """What the library makes of hostile bytes, or `EnvelopeError`."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return make()
    except UnsupportedAlgorithm as error:
        hint = "a key of OpenSSH with a passphrase needs: pip install bcrypt" if "bcrypt" in str(error) else ""
        raise EnvelopeError(f"is not known to the library: {visible(error)}", place=place, hint=hint) from None
    except (ValueError, TypeError) as error:
        raise EnvelopeError(message, place=place, hint=visible(error, 100)) from None


def _secret(held: Any, *, ssh: bool, place: str = "") -> SecretKey:
    key = _public(held.public_key(), place)
    if ssh and key.kind != "ssh":
        key = _in_ssh(held.public_key())
    return SecretKey(key.kind, key, held)


def _public(loaded: Any, place: str) -> PublicKey:
    """A key of the library as ours. An RSA key signs as SSH does, or not at all."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    kind = ""
    match loaded:
        case ed25519.Ed25519PublicKey():
            kind = "ed25519"
        case ec.EllipticCurvePublicKey() if isinstance(loaded.curve, ec.SECP256R1):
            kind = "p256"
        case mldsa.MLDSA65PublicKey():
            kind = "ml-dsa-65"
        case rsa.RSAPublicKey() if loaded.key_size >= LEAST_OF_RSA:
            return _in_ssh(loaded)
    if not kind:
        hint = f"one of: Ed25519, ECDSA P-256, ML-DSA-65, RSA of {LEAST_OF_RSA} bits or more"
        raise EnvelopeError("is a key of a kind that is not known here", place=place, hint=hint)
    return PublicKey(kind, loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _in_ssh(loaded: Any) -> PublicKey:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if isinstance(loaded, rsa.RSAPublicKey) and loaded.key_size < LEAST_OF_RSA:
        raise ValueError(f"RSA of fewer than {LEAST_OF_RSA} bits")
    line: bytes = loaded.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    der = loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey("ssh", der, b64decode(line.split()[1]))


def _of_ssh(kind: str, wire: bytes) -> PublicKey:
    """A key as SSH writes it. Raises `ValueError`, or what the library raises."""
    bare, _ = sshsig.bare(wire)
    key = _in_ssh(_of_line(bare))
    if key.wire != bare or sshsig.Bytes(wire).text() != kind:
        raise ValueError("it is written in another way than keys are")
    return replace(key, wire=wire)


def _of_line(bare: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    return load_ssh_public_key(f"{sshsig.Bytes(bare).text()} {b64encode(bare).decode()}".encode())


# -- schemes ----------------------------------------------------------------------------------------------------------------


def _holds(key: PublicKey, value: bytes, message: bytes) -> bool:
    """Whether this is a signature of the message by this key, in the scheme of the key."""
    from cryptography.exceptions import InvalidSignature

    least, most = _SIZES[key.kind]
    if not least <= len(value) <= most:  # before a long message is hashed for nothing
        return False
    try:
        _CHECK[key.kind](key, value, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _check_p256(key: PublicKey, value: bytes, message: bytes) -> None:
    _loaded(key).verify(value, message, _ecdsa())


def _ecdsa() -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.ECDSA(hashes.SHA256(), deterministic_signing=True)  # the same for the same (RFC 6979)


def _loaded(key: PublicKey) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    return load_der_public_key(key.der)


def _sign_ssh(key: SecretKey, message: bytes) -> bytes:
    kind = sshsig.Bytes(key.public.wire).text()
    scheme, hashed = sshsig.SCHEMES[kind][0], sshsig.HASHES[0]
    data = sshsig.covered(message, hashed)
    value = sshsig.pair(*_decoded(key.held.sign(data, _ecdsa()))) if kind == sshsig.P256 else key.held.sign(data, *_rsa(scheme))
    made = sshsig.Signed(public=key.public.wire, namespace=sshsig.NAMESPACE, hashed=hashed, scheme=scheme, value=value)
    return sshsig.written(made)


def _check_ssh(key: PublicKey, value: bytes, message: bytes) -> None:
    made = sshsig.read(value)
    kind = sshsig.Bytes(key.wire).text()
    if made.public != key.wire or made.namespace != sshsig.NAMESPACE or made.scheme not in sshsig.SCHEMES[kind]:
        raise ValueError("is of another key, for another purpose or by another scheme")
    data = sshsig.covered(message, made.hashed)
    if made.token:
        data = sshsig.by_token(data, sshsig.bare(key.wire)[1], made.token)
    if kind in {sshsig.P256, sshsig.SK_P256}:
        _check_p256(key, _encoded(*sshsig.numbers(made.value)), data)
    else:
        _loaded(key).verify(made.value, data, *_rsa(made.scheme))


def _rsa(scheme: str) -> tuple[Any, ...]:
    """What the library needs to know more for a scheme of RSA; for Ed25519 nothing."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    by: dict[str, Any] = {"rsa-sha2-512": hashes.SHA512(), "rsa-sha2-256": hashes.SHA256()}
    return (padding.PKCS1v15(), by[scheme]) if scheme in by else ()


def _decoded(value: bytes) -> tuple[int, int]:
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    return decode_dss_signature(value)


def _encoded(first: int, second: int) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    return encode_dss_signature(first, second)


_SIGN: dict[str, Callable[[SecretKey, bytes], bytes]] = {
    "ed25519": lambda key, message: key.held.sign(message),
    "p256": lambda key, message: key.held.sign(message, _ecdsa()),
    "ml-dsa-65": lambda key, message: key.held.sign(message),
    "ssh": _sign_ssh,
}
_CHECK: dict[str, Callable[[PublicKey, bytes, bytes], None]] = {
    "ed25519": lambda key, value, message: _loaded(key).verify(value, message),
    "p256": _check_p256,
    "ml-dsa-65": lambda key, value, message: _loaded(key).verify(value, message),
    "ssh": _check_ssh,
}
# How long a signature can be, in bytes: RFC 8032; DER of two numbers of 32; FIPS 204, table 2; whatever is in an SSHSIG.
_SIZES = {"ed25519": (64, 64), "p256": (8, 72), "ml-dsa-65": (3309, 3309), "ssh": (64, MOST_OF_SIGNATURE)}
