"""The trust file: whose keys are believed on which day, every mistake with its line, and the same as `allowed_signers`."""

from __future__ import annotations

import itertools
import subprocess
import tomllib
from datetime import date
from shutil import which
from typing import TYPE_CHECKING, Any

import pytest
from tests.signing import EVERY, SSH, Token, key

from fullcount import sshsig
from fullcount.errors import SettingsError
from fullcount.trust import Need, Trust, Trusted, allowed_signers, from_allowed_signers, lines, load

if TYPE_CHECKING:
    from pathlib import Path

ANN, BOB = key("ed25519").public, key("p256").public
FILE = f"""
[[need]]
signatures = 2
roles = ["cio"]

[[need]]
component = "Ports Bureau"

[[key]]
component = "Ports Bureau"
name = "A. Person"
public = "{ANN.text()}"
valid_after = 2017-01-01
valid_before = 2018-01-01

[[key]]
component = "Headquarters"
name = "B. Person"
role = "cio"
public = "{BOB.text()}"
revoked = 2017-06-01
"""


def saved(folder: Path, text: str) -> Path:
    path = folder / "trust.toml"
    path.write_text(text, "utf-8")
    return path


def error(folder: Path, text: str) -> SettingsError:
    with pytest.raises(SettingsError) as raised:
        load(saved(folder, text))
    return raised.value


def trusted(name: str = "ed25519", **said: Any) -> Trusted:
    return Trusted(**{"key": key(name).public, "component": "Ports Bureau", "name": "A. Person", **said})


def test_file_says_whose_keys_are_believed_for_which_component(tmp_path):
    found = load(saved(tmp_path, FILE))
    [ann] = found.of("Ports Bureau")
    [bob] = found.of("Headquarters")
    assert (ann.key, ann.name, ann.role) == (ANN, "A. Person", "")
    assert (bob.key, bob.name, bob.role) == (BOB, "B. Person", "cio")
    assert ann.place == f"{tmp_path / 'trust.toml'}:9"
    assert found.of("ports bureau") == found.of("Ports Bureau ") == ()


def test_need_is_the_components_own_else_that_of_all_else_one(tmp_path):
    found = load(saved(tmp_path, FILE))
    assert (found.needs("Ports Bureau").signatures, found.needs("Ports Bureau").roles) == (1, ())
    assert (found.needs("Headquarters").signatures, found.needs("Headquarters").roles) == (2, ("cio",))
    assert Trust().needs("Headquarters") == Need()


@pytest.mark.parametrize(
    ("on", "days", "why"),
    [
        (date(2016, 12, 31), {"valid_after": date(2017, 1, 1)}, "not valid before 2017-01-01"),
        (date(2017, 1, 1), {"valid_after": date(2017, 1, 1)}, ""),
        (date(2017, 12, 31), {"valid_before": date(2018, 1, 1)}, ""),
        (date(2018, 1, 1), {"valid_before": date(2018, 1, 1)}, "no longer valid since 2018-01-01"),
        (date(2017, 5, 31), {"revoked": date(2017, 6, 1)}, ""),
        (date(2017, 6, 1), {"revoked": date(2017, 6, 1), "valid_before": date(2017, 1, 1)}, "revoked on 2017-06-01"),
        (date(1970, 1, 1), {}, ""),
    ],
)
def test_a_key_is_believed_from_its_first_day_to_the_day_before_its_end(on, days, why):
    said = trusted(**days).why_not(on)
    assert why in said
    assert bool(said) is bool(why)


def test_need_counts_keys_once_and_asks_for_every_role():
    two = Need(signatures=2, roles=("cio", "preparer"))
    cio, preparer = trusted(role="cio"), trusted("p256", role="preparer")
    assert two.lacking([cio, preparer]) == ()
    assert two.lacking([cio, cio]) == ("2 of its keys must have signed, and 1 did", "nobody signed as `preparer`")
    assert two.lacking([cio, trusted(role="preparer")])[0].startswith("2 of its keys")
    assert Need().lacking([]) == ("1 of its keys must have signed, and 0 did",)
    assert Need().lacking([cio]) == ()


KEY = f'[[key]]\ncomponent = "Ports"\nname = "A"\npublic = "{ANN.text()}"\n'
INLINE = f'{{component = "Ports", name = "A", public = "{ANN.text()}"}}'
WRONG = {
    "no TOML": ("[[key", 1, "Expected"),
    "unknown key": (KEY + 'rolle = "cio"\n', 5, "unknown key `rolle`"),
    "unknown table": (KEY + "[[keys]]\n", 5, "unknown key `keys`"),
    "no component": (KEY.replace('component = "Ports"\n', ""), 1, "`component` is missing"),
    "empty component": (KEY.replace('"Ports"', '" "'), 1, "`component` is empty"),
    "empty name": (KEY.replace('"A"', '""'), 1, "`name` is empty"),
    "no key": (KEY.replace(ANN.text(), "ed25519 AAAA"), 4, "`public` is no public key"),
    "no day": (KEY + 'revoked = "soon"\n', 5, "`revoked` should be a date"),
    "valid on no day": (KEY + "valid_after = 2018-01-01\nvalid_before = 2018-01-01\n", 1, "valid on no day"),
    "twice": (KEY + KEY, 5, "this key is there already"),
    "twice, as one list": (f"key = [{INLINE}, {INLINE}]\n", 1, "this key is there already"),
    "a need of nobody": (KEY + '[[need]]\ncomponent = "Port"\n', 5, "no key is of `Port`"),
    "two needs": (KEY + "[[need]]\n[[need]]\nsignatures = 2\n", 6, "two needs of one component"),
    "no signature": (KEY + "[need]\nsignatures = 0\n", 5, "`signatures` is 1 to 16"),
    "too many": (KEY + "[need]\nsignatures = 17\n", 5, "`signatures` is 1 to 16"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistake_is_said_with_its_line(name, tmp_path):
    text, line, said = WRONG[name]
    found = error(tmp_path, text)
    assert found.place == f"{tmp_path / 'trust.toml'}:{line}"
    assert said in found.message
    assert found.hint


def test_the_same_key_twice_is_said_with_both_places(tmp_path):
    assert error(tmp_path, KEY + KEY).hint == f"the first is at {tmp_path / 'trust.toml'}:1"
    in_ssh = tomllib.loads(lines(key("ssh-p256").public, component="Ports", name="A"))["key"][0]["public"]
    plain = f"p256 {ascii_of(key('ssh-p256').public.der)}"
    both = "".join(KEY.replace(ANN.text(), one) for one in (in_ssh, plain))
    assert "this key is there already" in error(tmp_path, both).message
    load(saved(tmp_path, KEY + KEY.replace("Ports", "Headquarters")))  # one person may sign for two


def ascii_of(der: bytes) -> str:
    from base64 import b64encode

    return b64encode(der).decode()


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SettingsError, match="no such trust file"):
        load(tmp_path / "trust.toml")


@pytest.mark.parametrize("name", EVERY)
def test_lines_for_a_key_are_read_again_whatever_the_names(name, tmp_path):
    odd = 'Ports "Bureau" \\ \x7f\t\n\u202e\U0001f600'
    text = lines(key(name).public, component=odd, name=odd, role=odd, revoked=date(2017, 1, 2), valid_after=None)
    [found] = load(saved(tmp_path, text)).keys
    assert (found.component, found.name, found.role, found.key) == (odd, odd, odd, key(name).public)
    assert (found.revoked, found.valid_after) == (date(2017, 1, 2), None)


# -- allowed_signers ----------------------------------------------------------------------------------------------------------

RSA, ED = key("ssh-rsa").public.text(), key("ssh-ed25519").public.text()


def imported(tmp_path: Path, text: str, **components: str) -> tuple[Trusted, ...]:
    return load(saved(tmp_path, from_allowed_signers(text, components, place="allowed"))).keys


def test_allowed_signers_are_taken_over(tmp_path):
    text = (
        "# remark\n\n"
        f'"Ports Bureau" namespaces="git,fullcount-*",valid-after="20170101",valid-before="20180101Z" {RSA} A. Person\n'
        f"ann,bob@rivers.example {ED}\r\n"
    )
    ports, ann, bob = imported(tmp_path, text, ann="Headquarters")
    assert (ports.component, ports.name, ports.key) == ("Ports Bureau", "A. Person", key("ssh-rsa").public)
    assert (ports.valid_after, ports.valid_before) == (date(2017, 1, 1), date(2018, 1, 1))
    assert (ann.component, ann.name, bob.component) == ("Headquarters", "ann", "bob@rivers.example")


@pytest.mark.parametrize(
    ("option", "after", "before"),
    [
        ('valid-after="201701010000Z"', date(2017, 1, 1), None),
        ('valid-after="201701010001"', date(2017, 1, 2), None),
        ('valid-after="20161231235959"', date(2017, 1, 1), None),
        ('valid-before="201701010001"', None, date(2017, 1, 1)),
        ('VALID-BEFORE="20170101"', None, date(2017, 1, 1)),
    ],
)
def test_part_of_a_day_is_never_more_than_was_allowed(option, after, before, tmp_path):
    [found] = imported(tmp_path, f"ann {option} {ED}")
    assert (found.valid_after, found.valid_before) == (after, before)


def test_key_for_another_purpose_is_left_out_and_named(tmp_path):
    text = from_allowed_signers(f'ann namespaces="git" {ED}\nbob {RSA}\n', {}, place="allowed\n[[key]]")
    assert "left out, since it is for git and not for fullcount-return@v1" in text
    assert [one.component for one in load(saved(tmp_path, text)).keys] == ["bob"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ann", "no line of allowed_signers"),
        (f"*@rivers.example {ED}", "`*@rivers.example` is a pattern"),
        (f"ann,!bob {ED}", "`!bob` is a pattern"),
        (f"ann,, {ED}", "`` is a pattern"),
        (f"ann cert-authority {ED}", "a certificate authority is not believed"),
        (f'ann namespaces="*",Cert-Authority {ED}', "a certificate authority is not believed"),
        (f"ann zone {ED}", "`zone` is no option"),
        (f'ann valid-after="20170101",valid-after="20160101" {ED}', "no option"),
        (f"ann namespaces {ED}", "no option"),
        (f'ann valid-after="20171301" {ED}', "`valid-after` is no day"),
        (f'ann valid-after="999912312359" {ED}', "`valid-after` is no day"),
        (f'ann valid-before="soon" {ED}', "`valid-before` is no day"),
        ("ann ecdsa-sha2-nistp384 AAAA", "no type of key"),
        ("ann ssh-ed25519 AAAA", "`public` is no public key of OpenSSH"),
        ('ann namespaces="git"', "no option and no type of key"),
    ],
    ids=itertools.count(),  # a line holds a key that is another one in every run
)
def test_line_that_cannot_be_obeyed_is_an_error(line, said):
    with pytest.raises(SettingsError) as raised:
        from_allowed_signers(f"# remark\n{line}\n", {}, place="allowed")
    assert said in raised.value.message
    assert raised.value.place == "allowed:2"
    assert raised.value.hint


def test_trust_file_goes_out_as_allowed_signers_and_comes_back(tmp_path):
    ends = {"valid_before": date(2018, 1, 1), "revoked": date(2017, 6, 1)}
    keys = (trusted("ssh-rsa", role="cio", **ends), trusted("ssh-ed25519", component="HQ", valid_after=date(2017, 1, 1)))
    text = allowed_signers(Trust(keys=(*keys, trusted())))
    assert "# Ports Bureau: left out, ed25519: A. Person" in text
    first, second = imported(tmp_path, text)
    assert (first.key, first.component, first.name) == (keys[0].key, "Ports Bureau", "A. Person cio")
    assert (first.valid_before, second.valid_after, second.valid_before) == (date(2017, 6, 1), date(2017, 1, 1), None)


@pytest.mark.parametrize("component", ["Ports, Bridges", "Ports*", 'The "Ports"', "Häfen"])
def test_name_that_openssh_would_read_otherwise_is_an_error(component):
    with pytest.raises(SettingsError, match="cannot be a principal"):
        allowed_signers(Trust(keys=(trusted("ssh-rsa", component=component),)))


@pytest.mark.openssh
@pytest.mark.skipif(which("ssh-keygen") is None, reason="no ssh-keygen here")
def test_ssh_keygen_believes_whom_the_trust_file_believes(tmp_path):
    token = Token(sshsig.SK_ED25519)
    keys = [trusted(name) for name in SSH if name != "ssh-ed25519"]
    keys += [trusted(key=token.public(), component="HQ"), trusted("ssh-ed25519", component="Old", valid_before=date(2018, 1, 1))]
    (tmp_path / "allowed").write_text(allowed_signers(Trust(keys=tuple(keys))), "utf-8")
    made = {name: key(name).sign(b"x") for name in SSH} | {"token": token.sign(b"x")}

    def believed(name: str, principal: str) -> bool:
        (tmp_path / "sig").write_text(sshsig.armoured(made[name]), "utf-8")
        how = ["-f", tmp_path / "allowed", "-I", principal, "-n", sshsig.NAMESPACE, "-s", tmp_path / "sig"]
        done = subprocess.run(["ssh-keygen", "-Y", "verify", *map(str, how)], input=b"x", capture_output=True, check=False)
        return done.returncode == 0

    assert believed("ssh-rsa", "Ports Bureau")
    assert believed("ssh-p256", "Ports Bureau")
    assert believed("token", "HQ")
    assert not believed("ssh-rsa", "HQ")
    assert not believed("ssh-ed25519", "Old")
