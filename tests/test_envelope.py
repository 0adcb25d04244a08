"""Envelopes and keys: what was signed holds, nothing else does, and what others made and check is the same."""

from __future__ import annotations

import json
import subprocess
from base64 import b64encode
from dataclasses import replace
from functools import lru_cache, partial
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import securesystemslib.dsse
import sshsig as other_sshsig
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]
from tests.signing import EVERY, SSH, Token, as_base64, key, ssh_file
from tests.tries import tries

from fullcount import dsse, envelope, sshsig, strict
from fullcount.envelope import (
    Envelope,
    PublicKey,
    Signature,
    attached,
    claimed,
    locked,
    new_key,
    pae,
    parsed,
    public,
    secret,
    signed,
    signers,
    strict_json,
    written,
    written_secret,
)
from fullcount.errors import EnvelopeError

KIND = "application/vnd.in-toto+json"
BODY = b'{"systems":144}'
BARE = Envelope(KIND, BODY)
SUITE = Path(__file__).resolve().parents[1] / "../shared/fixtures/json_test_suite"
openssh = [pytest.mark.openssh, pytest.mark.skipif(which("ssh-keygen") is None, reason="no ssh-keygen here")]


def believed(data: bytes, *keys: PublicKey) -> tuple[PublicKey, ...]:
    """Whose signatures hold of a file; nobody's where it is none."""
    try:
        return signers(parsed(data), keys)
    except EnvelopeError:
        return ()


def as_file(**changed: Any) -> bytes:
    """The file of `BARE` as signed by the Ed25519 key, with changes."""
    document = json.loads(written(signed(BARE, key("ed25519"))))
    return json.dumps(document | changed).encode()


# -- what was signed holds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_what_a_key_signed_holds_for_it_and_for_no_other(name):
    one = key(name)
    made = signed(BARE, one)
    assert parsed(written(made)) == made
    assert (made.kind, made.body, claimed(made)) == (KIND, BODY, (one.public.id,))
    others = [key(other).public for other in EVERY if other != name]
    assert signers(made, [*others, one.public, one.public]) == (one.public,)
    assert signers(BARE, [one.public]) == ()


@pytest.mark.parametrize("name", EVERY)
def test_signing_twice_changes_nothing_and_every_kind_signs_beside_every_other(name):
    both = signed(signed(signed(BARE, key("p256")), key(name)), key(name))
    assert signed(both, key("p256")) == both
    assert len(both.signatures) == len({"p256", name})
    assert signers(both, [key(name).public]) == (key(name).public,)
    assert len(attached(both, key(name).public, key(name).sign(pae(KIND, BODY))).signatures) == len(both.signatures)


@pytest.mark.parametrize("name", EVERY)
def test_public_key_is_one_line_that_is_read_again(name):
    one = key(name).public
    assert public(f"  {one.text()} a remark of somebody\n") == one
    assert "\n" not in one.text()
    pem = key(name).held.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert public(pem).id == one.id


def test_a_key_in_two_forms_is_one_key():
    ours = key("ssh-ed25519").held
    plain = secret(ours.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    in_ssh = key("ssh-ed25519")
    assert (plain.public.kind, in_ssh.public.kind) == ("ed25519", "ssh")
    assert plain.public.id == in_ssh.public.id
    both = signed(signed(BARE, plain), in_ssh)
    assert len(both.signatures) == 2
    assert signers(both, [plain.public, in_ssh.public]) == (plain.public,)
    # the scheme is that of the key that is trusted, whatever else is there
    assert signers(signed(BARE, plain), [in_ssh.public]) == ()


def test_the_id_is_that_of_the_bytes_that_openssl_knows():
    import hashlib

    der = key("ed25519").held.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key("ed25519").public.id == hashlib.sha256(der).hexdigest()


def test_a_secret_key_is_never_shown():
    assert "held" not in repr(key("ed25519"))
    raw = key("ed25519").held.private_bytes_raw()
    assert raw.hex() not in repr(key("ed25519"))


# -- nothing else does --------------------------------------------------------------------------------------------------------


def without_pae() -> bytes:
    return written(replace(BARE, signatures=(Signature("", key("ed25519").held.sign(BODY)),)))


ATTACKS: dict[str, Any] = {
    "another body": lambda: as_file(payload=as_base64(BODY.replace(b"144", b"044"))),
    "another kind": lambda: as_file(payloadType="application/json"),
    "no signatures": lambda: as_file(signatures=[]),
    "too many signatures": lambda: as_file(signatures=json.loads(as_file())["signatures"] * 17),
    "no list of signatures": lambda: as_file(signatures={}),
    "a signature that is none": lambda: as_file(signatures=["sig"]),
    "a signature without one": lambda: as_file(signatures=[{"keyid": "x"}]),
    "a signature with more": lambda: as_file(signatures=[json.loads(as_file())["signatures"][0] | {"scheme": "none"}]),
    "an empty signature": lambda: as_file(signatures=[{"keyid": "", "sig": ""}]),
    "a long signature": lambda: as_file(signatures=[{"sig": as_base64(bytes(dsse.MOST_OF_SIGNATURE + 1))}]),
    "a keyid that is no text": lambda: as_file(signatures=[json.loads(as_file())["signatures"][0] | {"keyid": 1}]),
    "a key twice": lambda: as_file().replace(b"{", b'{"payload": "e30=", ', 1),
    "a key twice, written otherwise": lambda: as_file().replace(b"{", b'{"p\\u0061yload": "e30=", ', 1),
    "nested deep": lambda: b"[" * 200_000,
    "nested deeper than needed": lambda: b"[" * 40 + b"]" * 40,
    "junk in base64": lambda: as_file(payload="\n" + as_base64(BODY)),
    "bits beyond the end of base64": lambda: as_file(payload=as_base64(BODY + b"x")[:-2].replace("=", "") + "B="),
    "no padding": lambda: as_file(payload=as_base64(BODY + b"xx").rstrip("=")),
    "the other alphabet": lambda: as_file(payload="--__"),
    "no text of base64": lambda: as_file(payload=["e30="]),
    "letters of another script in base64": lambda: as_file(payload="еее="),
    "Latin-1": lambda: as_file(payloadType="é").replace(b"\\u00e9", b"\xe9"),
    "UTF-16": lambda: as_file().decode().encode("utf-16"),
    "UTF-16 without a mark": lambda: as_file().decode().encode("utf-16-le"),
    "a mark": lambda: b"\xef\xbb\xbf" + as_file(),
    "a kind that cannot be seen": lambda: as_file(payloadType="a\u200bb"),
    "no kind": lambda: as_file(payloadType=""),
    "another key beside": lambda: as_file(context="x"),
    "a list": lambda: b"[" + as_file() + b"]",
    "more behind": lambda: as_file() + b"{}",
    "nothing": lambda: b"",
    "too many values": lambda: b'{"payload":[' + b"1," * 1000 + b"1]}",
    "signed without its kind": without_pae,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_refused(name):
    assert believed(as_file(), key("ed25519").public)
    assert not believed(ATTACKS[name](), *(key(one).public for one in EVERY))


def test_one_key_is_one_signer_however_often_it_signed():
    [one] = signed(BARE, key("ed25519")).signatures
    thrice = replace(BARE, signatures=(one, replace(one, key="somebody else"), replace(one, key="")))
    assert signers(thrice, [key("ed25519").public, key("ed25519").public]) == (key("ed25519").public,)


def test_what_a_signature_says_of_its_key_is_not_believed():
    [mine] = signed(BARE, key("ed25519")).signatures
    said = replace(BARE, signatures=(replace(mine, key=key("p256").public.id),))
    assert signers(said, [key("p256").public, key("ed25519").public]) == (key("ed25519").public,)


def test_signatures_of_others_do_no_harm_and_there_is_an_end_to_them():
    strange = tuple(Signature("strange", bytes([turn]) * 64) for turn in range(dsse.MOST_SIGNATURES - 1))
    full = signed(replace(BARE, signatures=strange), key("ed25519"))
    assert believed(written(full), key("ed25519").public) == (key("ed25519").public,)
    with pytest.raises(EnvelopeError, match="16 signatures already"):
        signed(full, key("p256"))


@lru_cache
def signed_once(name: str) -> Envelope:
    return signed(BARE, key(name))


@given(at=st.integers(0, 10**6), bit=st.integers(0, 7), name=st.sampled_from(EVERY))
@tries(2000)
def test_a_file_in_which_a_bit_is_turned_is_refused_or_says_the_same(at, bit, name):
    made = signed_once(name)
    whole = bytearray(written(made))
    whole[at % len(whole)] ^= 1 << bit
    if believed(bytes(whole), key(name).public):
        found = parsed(bytes(whole))
        assert (found.kind, found.body, found.signatures[0].value) == (KIND, BODY, made.signatures[0].value)


@pytest.mark.parametrize("name", EVERY)
def test_a_signature_in_which_any_byte_is_turned_does_not_hold(name):
    [one] = signed(BARE, key(name)).signatures
    for at in range(0, len(one.value), 1 if len(one.value) < 1000 else 97):
        turned = one.value[:at] + bytes([one.value[at] ^ 1 << at % 8]) + one.value[at + 1 :]
        assert not signers(replace(BARE, signatures=(Signature("", turned),)), [key(name).public]), at
    for cut in (one.value[:-1], one.value + b"\0", one.value[1:]):
        assert not signers(replace(BARE, signatures=(Signature("", cut),)), [key(name).public])


def test_a_cut_file_is_refused():
    whole = as_file()
    assert not any(believed(whole[:size], key("ed25519").public) for size in range(len(whole)))


def test_no_two_envelopes_sign_the_same_bytes():
    assert pae("a", b"b 1 c") != pae("a b", b"1 c")
    assert pae("ä", b"") == "DSSEv1 2 ä 0 ".encode()


# -- SSHSIG -------------------------------------------------------------------------------------------------------------------

GOOD = pae(KIND, BODY)


def blob(**changed: Any) -> bytes:
    """The signature of the SSH Ed25519 key, with changes; correctly signed for what it says."""
    one = sshsig.read(key("ssh-ed25519").sign(GOOD))
    one = replace(one, **changed)
    value = key("ssh-ed25519").held.sign(sshsig.covered(GOOD, one.hashed, one.namespace))
    return sshsig.written(one if "value" in changed else replace(one, value=value))


BLOBS: dict[str, Any] = {
    "another purpose": lambda: blob(namespace="git"),
    "a purpose that is no text": lambda: blob().replace(b"fullcount-return@v1", b"fullcount-return@v\xff"),
    "another digest": lambda: blob(hashed="sha384"),
    "another scheme": lambda: blob(scheme="rsa-sha2-512"),
    "a key within that is not the one trusted": lambda: blob(public=key("ssh-p256").public.wire),
    "more behind it": lambda: blob() + b"\0",
    "more in its value": lambda: blob(value=sshsig.read(blob()).value + b"\0"),
    "what only a token adds": lambda: blob(token=b"\1\0\0\0\7"),
    "a field that is reserved": lambda: blob().replace(b"\0\0\0\0\0\0\0\6sha512", b"\0\0\0\1x\0\0\0\6sha512"),
    "another version": lambda: b"SSHSIG\0\0\0\2" + blob()[10:],
    "no SSHSIG": lambda: b"SSHSIX" + blob()[6:],
    "a length beyond the end": lambda: blob()[:10] + b"\xff" * 4 + blob()[14:],
    "letters that are no ASCII": lambda: blob(scheme="ssh-ed25519é"),
}


@pytest.mark.parametrize("name", BLOBS)
def test_ssh_signature_that_is_not_quite_one_is_refused(name):
    assert attached(BARE, key("ssh-ed25519").public, blob()) == signed(BARE, key("ssh-ed25519"))
    with pytest.raises(EnvelopeError, match="signature"):
        attached(BARE, key("ssh-ed25519").public, BLOBS[name]())


def test_ssh_numbers_are_written_in_one_way():
    made = sshsig.read(key("ssh-p256").sign(GOOD))
    first, second = sshsig.numbers(made.value)
    longer = sshsig.string(b"\0\0" + first.to_bytes(32, "big")) + sshsig.number(second)
    negative = sshsig.string(b"\xff") + sshsig.number(second)
    for value in (longer, negative, sshsig.string(b"") * 2, made.value + b"\0"):
        with pytest.raises(EnvelopeError, match="does not hold"):
            attached(BARE, key("ssh-p256").public, sshsig.written(replace(made, value=value)))


def test_rsa_never_signs_by_sha1_and_sha256_will_do():
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    made, held = sshsig.read(key("ssh-rsa").sign(GOOD)), key("ssh-rsa").held
    for scheme, digest, holds in (("ssh-rsa", hashes.SHA1(), False), ("rsa-sha2-256", hashes.SHA256(), True)):
        value = held.sign(sshsig.covered(GOOD, "sha256"), padding.PKCS1v15(), digest)
        one = sshsig.written(replace(made, scheme=scheme, hashed="sha256", value=value))
        assert bool(signers(replace(BARE, signatures=(Signature("", one),)), [key("ssh-rsa").public])) is holds


@pytest.mark.parametrize("kind", sshsig.SECURITY_KEYS)
def test_a_token_signs_only_when_it_was_touched(kind):
    token = Token(kind)
    assert public(token.public().text()) == token.public()
    assert token.public().id == token.inner.public.id
    made = attached(BARE, token.public(), token.sign(GOOD))
    assert signers(made, [token.public()]) == (token.public(),)
    assert not signers(made, [token.inner.public])
    with pytest.raises(EnvelopeError, match="does not hold"):
        attached(BARE, token.public(), token.sign(GOOD, flags=4))
    other = public(token.public().text().split()[0] + " " + as_base64(token.public().wire.replace(b"ssh:", b"web:")))
    assert not signers(made, [other])


def test_a_signature_in_a_text_is_taken_as_well():
    text = sshsig.armoured(blob())
    assert attached(BARE, key("ssh-ed25519").public, text.replace("\n", "\r\n").encode()) == signed(BARE, key("ssh-ed25519"))
    for broken in (text[:-30], text.replace("U1NI", "U1N*", 1), "", text.replace("-----BEGIN SSH", "-----BEGIN PGP")):
        with pytest.raises(EnvelopeError, match="the signature"):
            attached(BARE, key("ssh-ed25519").public, broken.encode())


def test_another_kind_of_signature_made_outside_is_taken_raw():
    value = key("p256").held.sign(GOOD, ec.ECDSA(envelope_hash()))
    assert signers(attached(BARE, key("p256").public, value), [key("p256").public])
    with pytest.raises(EnvelopeError, match="does not hold") as raised:
        attached(BARE, key("ed25519").public, value)
    assert "the very bytes" in raised.value.hint


def envelope_hash() -> Any:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256()


# -- keys ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", envelope.MADE)
def test_secret_key_is_kept_and_opened(kind):
    bare = written_secret(key(kind), None)
    assert not locked(bare)
    assert secret(bare).public == secret(bare, b"not needed").public == key(kind).public


def test_passphrase_locks_a_key_and_another_does_not_open_it():
    kept = written_secret(key("ml-dsa-65"), "pässword".encode())
    assert locked(kept)
    assert secret(kept, "pässword".encode()).public == key("ml-dsa-65").public
    for one, said in ((None, "locked by a passphrase"), (b"password", "another passphrase")):
        with pytest.raises(EnvelopeError, match=said) as raised:
            secret(kept, one, "a.key")
        assert raised.value.place == "a.key"


def pem(held: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    made: bytes = held.private_bytes(Encoding.PEM, form, NoEncryption())
    return made


def old_form_locked() -> bytes:
    form = PrivateFormat.TraditionalOpenSSL
    made: bytes = key("p256").held.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"x"))
    return made


def test_older_forms_of_keys_are_opened():
    assert secret(pem(key("p256").held, PrivateFormat.TraditionalOpenSSL)).public == key("p256").public
    assert locked(old_form_locked())
    assert secret(old_form_locked(), b"x").public == key("p256").public
    old = secret(pem(key("ssh-rsa").held, PrivateFormat.TraditionalOpenSSL))  # as ssh-keygen -m PEM
    assert old.public == key("ssh-rsa").public
    assert signers(signed(BARE, old), [key("ssh-rsa").public])


def of_token() -> bytes:
    """A file that says that its key is on a token."""
    inside = b"openssh-key-v1\0" + b"".join(map(sshsig.string, (b"none", b"none", b""))) + (1).to_bytes(4, "big")
    return openssh_file(inside + sshsig.string(Token(sshsig.SK_ED25519).public().wire))


def openssh_file(data: bytes) -> bytes:
    return sshsig.SECRET + b"\n" + b64encode(data) + b"\n-----END OPENSSH PRIVATE KEY-----\n"


SECRETS: dict[str, Any] = {
    "nothing": lambda: b"",
    "a public key": lambda: key("ed25519").public.text().encode(),
    "too long": lambda: ssh_file("ssh-ed25519") + b" " * envelope.MOST_OF_KEY,
    "a key on a token": of_token,
    "another curve": lambda: pem(ec.generate_private_key(ec.SECP384R1())),
    "another curve, of OpenSSH": lambda: pem(ec.generate_private_key(ec.SECP384R1()), PrivateFormat.OpenSSH),
    "Ed448": lambda: pem(ed448.Ed448PrivateKey.generate()),
    "short RSA": lambda: pem(rsa.generate_private_key(65537, 1024)),
    "cut": lambda: written_secret(key("ed25519"), None)[:60],
    "cut, of OpenSSH": lambda: ssh_file("ssh-ed25519")[:200],
    "no key of OpenSSH": lambda: openssh_file(b"x" * 100),
    "no base64": lambda: sshsig.SECRET + b"\n***\n-----END OPENSSH PRIVATE KEY-----\n",
    "a broken key": lambda: openssh_file(b"openssh-key-v1\0" + sshsig.string(b"none") * 3),
}


@pytest.mark.parametrize("name", SECRETS)
def test_what_is_no_secret_key_is_said(name):
    data = SECRETS[name]()
    assert not locked(data)
    with pytest.raises(EnvelopeError) as raised:
        secret(data, None, "a.key")
    assert raised.value.place == "a.key"
    assert raised.value.message


PUBLICS: dict[str, Any] = {
    "nothing": lambda: "",
    "no key": lambda: "ed25519",
    "another kind": lambda: "dsa AAAA",
    "a kind that is not what it says": lambda: key("p256").public.text().replace("p256", "ed25519"),
    "a type that is not what it says": lambda: key("ssh-p256").public.text().replace("ecdsa-sha2-nistp256", "ssh-rsa", 1),
    "cut": lambda: key("ed25519").public.text()[:-8],
    "cut, of OpenSSH": lambda: key("ssh-rsa").public.text()[:-8],
    "no base64": lambda: "ed25519 ****",
    "two lines": lambda: key("ed25519").public.text() + "\n" + key("p256").public.text(),
    "two lines of OpenSSH": lambda: key("ssh-p256").public.text() + "\n" + key("ssh-rsa").public.text(),
    "a secret key": lambda: written_secret(key("ed25519"), None).decode(),
    "a secret key of OpenSSH": lambda: ssh_file("ssh-rsa").decode(),
    "short RSA": lambda: ssh_line(rsa.generate_private_key(65537, 1024)),
    "another curve": lambda: ssh_line(ec.generate_private_key(ec.SECP384R1())),
    "a point that is written shorter": lambda: f"p256 {as_base64(compressed())}",
    "PEM of another curve": lambda: spki(ec.generate_private_key(ec.SECP384R1())),
    "broken PEM": lambda: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    "a certificate": lambda: "ssh-ed25519-cert-v01@openssh.com AAAA",
    "half a character": lambda: "ed25519 \ud800",
}


def ssh_line(held: Any) -> str:
    line: bytes = held.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return line.decode()


def spki(held: Any) -> str:
    text: bytes = held.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


def compressed() -> bytes:
    der, point = key("p256").public.der, key("p256").held.public_key()
    short: bytes = point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return bytes([0x30, 0x39]) + der[2:23] + bytes([0x03, 0x22, 0x00]) + short


@pytest.mark.parametrize("name", PUBLICS)
def test_what_is_no_public_key_is_said(name):
    with pytest.raises(EnvelopeError) as raised:
        public(PUBLICS[name](), "trust.toml:3")
    assert raised.value.place == "trust.toml:3"
    assert "ABEGIN" not in str(raised.value)


def test_compressed_point_is_a_key_all_the_same():
    """Else the case above would be refused for another reason."""
    text = f"-----BEGIN PUBLIC KEY-----\n{as_base64(compressed())}\n-----END PUBLIC KEY-----\n"
    assert public(text) == key("p256").public


def test_no_key_of_another_kind_is_made():
    for kind, hint in (("ssh", "ssh-keygen"), ("rsa", "one of: ed25519")):
        with pytest.raises(EnvelopeError, match="is made here") as raised:
            new_key(kind)
        assert hint in raised.value.hint


# -- JSON that means one thing ------------------------------------------------------------------------------------------------

load = partial(strict_json, place="x.json")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"a": 1, "a": 1}', "`a` stands there twice"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "`b` stands there twice"),
        (b"[NaN]", "NaN is no number"),
        (b"[-Infinity]", "no number"),
        (b"[1e999]", "no number"),
        (b'["\\ud800"]', "half a character"),
        (b'{"\\udc00\\ud800": 1}', "half a character"),
        (b'\xef\xbb\xbf{"a": 1}', "no JSON"),
        (b'["\xff"]', "no UTF-8"),
        (b"[" + b"1" * 5000 + b"]", "no JSON"),
        (b"[" * 33 + b"]" * 33, "too deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too deep"),
        (b"[" * 100_000, "too deep"),
        (b"[1] x", "no JSON"),
        (b'["a\nb"]', "no JSON"),
    ],
)
def test_json_that_means_two_things_is_refused(data, said):
    with pytest.raises(EnvelopeError, match=said) as raised:
        load(data)
    assert raised.value.place == "x.json"


def test_json_that_means_one_thing_is_read():
    assert load(b'{"a": ["\\ud83d\\ude00 \xc3\xa4", 1.5, -2, 12345678901234567890, null, true]}') == {
        "a": ["\U0001f600 ä", 1.5, -2, 12345678901234567890, None, True]
    }
    assert load(b"[" * 31 + b"1" + b"]" * 31)


def test_what_is_too_large_is_refused_before_anything_is_made_of_it():
    with pytest.raises(EnvelopeError, match="larger than 512 MB"):
        load(bytes(strict.MOST_BYTES + 1))  # pages that nobody touches cost nothing
    with pytest.raises(EnvelopeError, match="more than 9 values"):
        strict_json(b"[0,0,0,0,0,0,0,0,0,0]", place="", most=9)


@pytest.mark.real
@pytest.mark.skipif(not SUITE.is_dir(), reason="no ../shared here")
def test_the_json_test_suite_is_accepted_and_refused_as_it_should_be():
    """https://github.com/nst/JSONTestSuite: y is JSON, n is not, of i each reader decides for itself."""
    twice = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
    fine = {"i_number_double_huge_neg_exp.json", "i_number_real_underflow.json"} | {
        f"i_number_{name}.json" for name in ("too_big_neg_int", "too_big_pos_int", "very_big_negative_int")
    }
    accepted = set()
    for path in sorted(SUITE.glob("*.json")):
        try:
            load(path.read_bytes())
            accepted.add(path.name)
        except EnvelopeError:
            pass
    every = {path.name for path in SUITE.glob("*.json")}
    assert len(every) > 300
    assert {name for name in every if name.startswith("y")} - accepted == twice & every
    assert {name for name in accepted if not name.startswith("y")} == fine & every


# -- what others make and check -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ed25519", "p256"])  # its ML-DSA signs a digest of its own, not the bytes of DSSE
def test_securesystemslib_checks_what_we_sign_and_we_what_it_signs(kind):
    of_them = SSlibKey.from_crypto(key(kind).held.public_key())
    theirs = securesystemslib.dsse.Envelope(BODY, KIND, {})
    theirs.sign(CryptoSigner(key(kind).held, of_them))
    assert believed(json.dumps(theirs.to_dict()).encode(), key(kind).public) == (key(kind).public,)
    # it looks for a signature by what it says of its key
    of_ours = SSlibKey.from_crypto(key(kind).held.public_key(), keyid=key(kind).public.id)
    ours = securesystemslib.dsse.Envelope.from_dict(json.loads(written(signed(BARE, key(kind)))))
    assert list(ours.verify([of_ours], 1)) == [key(kind).public.id]
    assert (ours.payload, ours.payload_type, ours.pae()) == (BODY, KIND, GOOD)


def test_ml_dsa_signs_the_bytes_themselves():
    """FIPS 204, "pure", with an empty context: whatever checks that can check us."""
    key("ml-dsa-65").held.public_key().verify(key("ml-dsa-65").sign(GOOD), GOOD, b"")


@pytest.mark.parametrize("name", ["ssh-ed25519", "ssh-rsa"])
def test_sshsig_in_python_checks_what_we_sign(name):
    text = sshsig.armoured(key(name).sign(GOOD))
    found = other_sshsig.check_signature(BytesIO(GOOD), text, sshsig.NAMESPACE)
    assert found.openssh_str().split()[:2] == key(name).public.text().split()


def keygen(*arguments: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["ssh-keygen", *map(str, arguments)], input=given, capture_output=True, check=False)


def ssh_believes(folder: Path, one: PublicKey, signature: bytes, message: bytes = GOOD) -> bool:
    (folder / "allowed").write_text(f"ann {one.text()}\n", "utf-8")
    (folder / "made.sig").write_text(sshsig.armoured(signature), "utf-8")
    signed_by = ("-f", folder / "allowed", "-I", "ann", "-n", sshsig.NAMESPACE, "-s", folder / "made.sig")
    return keygen("-Y", "verify", *signed_by, given=message).returncode == 0


@pytest.mark.parametrize("name", [pytest.param(name, marks=openssh) for name in SSH])
def test_ssh_keygen_checks_what_we_sign_and_we_what_it_signs(name, tmp_path):
    assert ssh_believes(tmp_path, key(name).public, key(name).sign(GOOD))
    assert not ssh_believes(tmp_path, key(name).public, key(name).sign(GOOD), GOOD + b"x")
    file, message = tmp_path / "key", tmp_path / "return.pae"
    file.write_bytes(ssh_file(name))
    file.chmod(0o600)
    message.write_bytes(GOOD)
    for purpose, holds in ((sshsig.NAMESPACE, True), ("git", False)):
        assert keygen("-Y", "sign", "-n", purpose, "-f", file, message).returncode == 0
        made = (tmp_path / "return.pae.sig").read_bytes()
        (tmp_path / "return.pae.sig").unlink()
        if holds:
            assert signers(attached(BARE, key(name).public, made), [key(name).public])
        else:
            with pytest.raises(EnvelopeError, match="does not hold") as raised:
                attached(BARE, key(name).public, made)
            assert f"-n {sshsig.NAMESPACE}" in raised.value.hint


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=openssh) for kind in sshsig.SECURITY_KEYS])
def test_ssh_keygen_believes_our_token_as_we_do(kind, tmp_path):
    token = Token(kind)
    assert ssh_believes(tmp_path, token.public(), token.sign(GOOD))
    assert not ssh_believes(tmp_path, token.public(), token.sign(GOOD), GOOD + b"x")


@pytest.mark.openssh
@pytest.mark.skipif(which("ssh-keygen") is None, reason="no ssh-keygen here")
def test_a_key_of_openssh_with_a_passphrase_is_locked(tmp_path):
    file = tmp_path / "key"
    assert keygen("-q", "-t", "ed25519", "-N", "five words", "-f", file).returncode == 0
    data = file.read_bytes()
    assert locked(data)
    with pytest.raises(EnvelopeError, match="locked by a passphrase"):
        secret(data)
    if find_spec("bcrypt"):
        assert secret(data, b"five words").public == public((tmp_path / "key.pub").read_text())
    else:
        with pytest.raises(EnvelopeError, match="bcrypt") as raised:
            secret(data, b"five words")
        assert "pip install bcrypt" in raised.value.hint


def test_ed25519_is_that_of_the_library():
    """So that a key can be made by `openssl genpkey` as well."""
    held = ed25519.Ed25519PrivateKey.generate()
    assert public(secret(pem(held)).public.text()).der == secret(pem(held)).public.der
