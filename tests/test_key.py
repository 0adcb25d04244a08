"""`fullcount key`: what it writes is read by everybody who should, and shows nobody what is secret."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from tests.months import EVIL, Said, save
from tests.signing import SSH, key, ssh_file

from fullcount.commands import key as of_command
from fullcount.envelope import MADE, locked, secret, written_secret
from fullcount.text import visible
from fullcount.trust import load

if TYPE_CHECKING:
    from pathlib import Path

WHO = ("--component", "Ports Bureau", "--name", "A. Person", "--role", "cio")


@pytest.mark.parametrize("kind", MADE)
def test_new_key_signs_and_its_lines_are_a_trust_file(kind, tmp_path):
    file = tmp_path / "office.key"
    made = Said("key", "new", file, "--kind", kind, "--no-passphrase", *WHO, "--json").document()
    opened = secret(file.read_bytes())
    assert (made["kind"], made["id"], made["public"]) == (kind, opened.public.id, opened.public.text())
    assert (tmp_path / "office.key.pub").read_text("utf-8") == f"{opened.public.text()}\n"
    save(tmp_path, "trust.toml", made["entry"])
    [one] = load(tmp_path / "trust.toml").of("Ports Bureau")
    assert (one.key, one.name, one.role) == (opened.public, "A. Person", "cio")
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_person_is_told_what_to_send_and_how(tmp_path):
    done = Said("key", "new", tmp_path / "office.key", "--no-passphrase")
    assert "it stays with you" in done.out
    assert "by another way than the returns" in done.out
    [entry] = tomllib.loads(done.out[done.out.index("[[key]]") :])["key"]
    assert entry == {"component": "", "name": "", "public": (tmp_path / "office.key.pub").read_text("utf-8").strip()}


@pytest.mark.parametrize("there", ["office.key", "office.key.pub"])
def test_no_key_is_written_over(there, tmp_path):
    save(tmp_path, there, "mine")
    done = Said("key", "new", tmp_path / "office.key", "--no-passphrase")
    assert "there already" in str(done.error)
    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [(there, "mine")]


def test_passphrase_comes_from_a_file_and_opens_it_again(tmp_path):
    for name, text in (("right", "\ufefffive wörds\r\n"), ("wrong", "four words"), ("empty", "\n"), ("two", "a\nb\n")):
        save(tmp_path, name, text)
    file = tmp_path / "office.key"
    for name in ("empty", "two"):
        assert "is no passphrase" in str(Said("key", "new", file, "--passphrase-file", tmp_path / name).error)
    both = Said("key", "new", file, "--passphrase-file", tmp_path / "right", "--no-passphrase")
    assert "not both" in str(both.error)
    assert not file.exists()
    assert Said("key", "new", file, "--passphrase-file", tmp_path / "right").code == 0
    assert locked(file.read_bytes())
    shown = Said("key", "show", file, "--passphrase-file", tmp_path / "right", "--json").document()
    assert shown == {**Said("key", "show", tmp_path / "office.key.pub", "--json").document(), "secret": True}
    assert "another passphrase" in str(Said("key", "show", file, "--passphrase-file", tmp_path / "wrong").error)
    assert "locked by a passphrase" in str(Said("key", "show", file).error)


def test_without_a_terminal_nobody_can_be_asked(tmp_path):
    done = Said("key", "new", tmp_path / "office.key")
    assert done.error.exit_code == 2
    assert "--no-passphrase" in done.error.hint
    assert not list(tmp_path.iterdir())


def asked(*arguments: str | Path) -> str:
    """What a command prints for somebody who answers every prompt of a terminal."""
    import pty

    above, below = pty.openpty()
    command = [sys.executable, "-c", "from fullcount.cli import main; main()", *map(str, arguments)]
    with subprocess.Popen(command, stdin=below, stdout=below, stderr=below, start_new_session=True) as started:
        os.close(below)
        shown = b""
        with suppress(OSError):  # the terminal is gone with the command
            while more := os.read(above, 1000):
                shown += more
                if more.endswith(b": "):  # not before: what is typed ahead is thrown away
                    os.write(above, b"five words\n")
    os.close(above)
    assert started.returncode == 0, shown
    return shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_at_a_terminal_the_passphrase_is_asked_for_and_not_shown(tmp_path):
    new, show = asked("key", "new", tmp_path / "office.key"), asked("key", "show", tmp_path / "office.key")
    made = secret((tmp_path / "office.key").read_bytes(), b"five words").public.id
    assert made in new
    assert made in show
    assert ("Repeat" in new, "Repeat" in show) == (True, False)
    assert "five" not in new + show


@pytest.mark.parametrize("name", SSH)
def test_keys_of_openssh_are_shown(name, tmp_path):
    (tmp_path / "id").write_bytes(ssh_file(name))
    save(tmp_path, "id.pub", f"{key(name).public.text()} ann@rivers.example\n")
    hidden, shown = Said("key", "show", tmp_path / "id").out, Said("key", "show", tmp_path / "id.pub").out
    assert "send it to nobody" in hidden
    assert "the public key" in shown
    assert key(name).public.id in hidden
    assert key(name).public.id in shown
    assert "kind    ssh" in shown
    assert [line for line in hidden.splitlines() if line not in shown] == ["here    the secret key: send it to nobody"]


def test_what_is_no_key_is_said(tmp_path):
    (tmp_path / "x").write_bytes(b"\xff\xfe" + EVIL.encode())
    assert "no public key that is known" in str(Said("key", "show", tmp_path / "x").error)
    (tmp_path / "x").write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    assert "does not open" in str(Said("key", "show", tmp_path / "x").error)


TRUST = f"""
[[need]]
signatures = 2
roles = ["cio"]
[[need]]
component = "Headquarters"
[[key]]
component = "Ports {visible(EVIL)}"
name = "A. Person"
role = "preparer"
public = "{key("ed25519").public.text()}"
[[key]]
component = "Headquarters"
name = "B. Person"
public = "{key("ssh-rsa").public.text()}"
valid_before = 2018-01-01
"""


def test_trust_file_is_checked_and_shown(tmp_path):
    save(tmp_path, "trust.toml", TRUST.replace(visible(EVIL), "\\u001b[2J"))
    shown = Said("key", "trust", tmp_path / "trust.toml", "--on", "2017-10-12").out
    assert "\x1b" not in shown
    assert "Headquarters: needs 1 of its keys\n" in shown
    assert ": needs 2 of its keys, among them cio\n" in shown
    assert "no return of it can be believed on 2017-10-12: nobody signed as `cio`" in shown
    assert "A. Person, preparer\n" in shown
    later = Said("key", "trust", tmp_path / "trust.toml", "--on", "2018-01-01", "--json").document()
    assert [one["component"] for one in later["components"]] == ["Ports \x1b[2J", "Headquarters"]
    [bob] = later["components"][1]["keys"]
    assert (bob["why_not"], bob["kind"]) == ("the key is no longer valid since 2018-01-01", "ssh")
    assert later["components"][1]["lacking"]
    assert len(Said("key", "trust", tmp_path / "trust.toml").out.splitlines()) >= 4


def test_allowed_signers_come_in_and_go_out(tmp_path):
    line = f"ann {key('ssh-rsa').public.text()} A. Person\n"
    save(tmp_path, "allowed", "\ufeff" + line)
    target = tmp_path / "trust.toml"
    assert Said("key", "import", tmp_path / "allowed", "--as", "ann=Ports=Bureau", "-o", target).out == f"{target}\n"
    [one] = load(target).keys
    assert (one.component, one.name, one.key) == ("Ports=Bureau", "A. Person", key("ssh-rsa").public)
    assert "there already" in str(Said("key", "import", tmp_path / "allowed", "-o", target).error)
    out = Said("key", "export", target).raw.decode()
    assert out.startswith('"Ports=Bureau" namespaces="fullcount-return@v1" ssh-rsa ')
    assert Said("key", "import", tmp_path / "allowed").raw.decode().startswith('[[key]]\ncomponent = "ann"')


def test_what_cannot_be_imported_is_said(tmp_path):
    (tmp_path / "allowed").write_bytes(b"\xff")
    assert "no UTF-8" in str(Said("key", "import", tmp_path / "allowed").error)
    for odd in ("ann", "ann=", "=Ports"):
        assert "names no component" in str(Said("key", "import", tmp_path / "allowed", "--as", odd).error)


def test_a_file_that_is_not_there_is_said(tmp_path):
    none = tmp_path / "none"
    (tmp_path / "x").write_bytes(written_secret(key("p256"), None))
    for arguments in (("show", none), ("trust", none), ("import", none), ("export", none), ("show", tmp_path)):
        assert Said("key", *arguments).error.exit_code == 2
    assert Said("key", "show", tmp_path / "x", "--passphrase-file", none).error.exit_code == 2


def test_a_key_is_opened_for_other_commands(tmp_path):
    (tmp_path / "office.key").write_bytes(written_secret(key("p256"), None))
    assert of_command.opened(tmp_path / "office.key", None).public == key("p256").public
