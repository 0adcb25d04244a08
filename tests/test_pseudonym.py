"""Token keys: what two components make of one machine is alike, what anybody else can make of it is not, and no key is lost."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.months import EVIL, Said
from tests.tries import tries

from fullcount.clue import KINDS, normal
from fullcount.errors import SettingsError
from fullcount.pseudonym import SIZE, TokenKey, derived, load, load_master, new_master, tokens, written
from fullcount.sealed import NORM, TOKEN_KINDS

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/returns.md"
ROW = re.compile(r"^\| `(\w+)` \| `(.+?)` \| `(.+?)` \| `([0-9a-f]{32})` \|$", re.MULTILINE)
MASTER = bytes(range(SIZE))
KEY = derived(MASTER, "us-dhs-bod-17-01", "2017")


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 as RFC 2104 says it, without the library's."""
    inner, outer = (bytes(one ^ with_ for one in key.ljust(64, b"\0")) for with_ in (0x36, 0x5C))
    return hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest()


def test_tokens_are_what_the_page_says():
    assert KEY.key == mac(MASTER, b"us-dhs-bod-17-01|2017")
    assert KEY.check == mac(KEY.key, b"key check").hex()[:8]
    found = tokens(KEY, "serial", ["5CG71", "É"])
    assert [one.tobytes() for one in found] == [mac(KEY.key, f"{NORM}|serial|{value}".encode())[:16] for value in ("5CG71", "É")]
    assert tokens(KEY, "serial", []).shape == (0, 16)


def test_vectors_of_the_page_hold():
    text = PAGE.read_text("utf-8")
    assert MASTER.hex() in text
    assert KEY.key.hex() in text
    assert f"`{KEY.check}`" in text
    rows = ROW.findall(text)
    assert {kind for kind, *_ in rows} >= {"serial", "uuid", "mac", "fqdn", "manufacturer"}
    assert len(rows) > len({token for *_, token in rows}) >= len(TOKEN_KINDS)
    for kind, value, joined, token in rows:
        found = normal(kind, value.replace("\\u00a0", "\u00a0"))
        assert found is not None
        assert found[1] == joined
        assert tokens(KEY, found[0], [joined])[0].tobytes().hex() == token


def test_page_names_every_kind_in_its_order():
    listed = re.findall(r"^\| (\d) \| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert listed == [(str(number), kind) for number, kind in enumerate(TOKEN_KINDS)]
    assert set(TOKEN_KINDS) < set(KINDS)


@tries(100)
@given(st.sampled_from(TOKEN_KINDS), st.sampled_from(TOKEN_KINDS), st.text(max_size=9), st.text(max_size=9))
def test_two_clues_have_two_tokens(kind, other, value, another):
    alike = tokens(KEY, kind, [value]).tobytes() == tokens(KEY, other, [another]).tobytes()
    assert alike == ((kind, value) == (other, another))


def test_keys_of_two_periods_or_directives_have_nothing_in_common():
    keys = [
        KEY,
        derived(MASTER, "us-dhs-bod-17-01", "2018"),
        derived(MASTER, "other", "2017"),
        derived(new_master(), "other", "2017"),
    ]
    assert len({one.check for one in keys}) == len({tokens(one, "serial", ["5CG71"]).tobytes() for one in keys}) == len(keys)
    assert KEY.key.hex() not in repr(KEY)


@pytest.mark.parametrize("word", ["", "a|b", "a b", "-a", "ü", "a" * 81, 'a"b', "a\n"])
def test_directive_and_period_are_plain_words(word):
    with pytest.raises(SettingsError, match="no plain word"):
        derived(MASTER, word, "2017")
    with pytest.raises(SettingsError, match="no plain word"):
        derived(MASTER, "x", word)


# -- files -------------------------------------------------------------------------------------------------------------------


def save(folder: Path, text: str | bytes) -> Path:
    path = folder / "key.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_files_come_back(tmp_path):
    assert load(save(tmp_path, written(KEY))) == KEY
    assert load(save(tmp_path, "\ufeff" + written(KEY).replace("\n", "\r\n"))) == KEY
    assert load_master(save(tmp_path, written(MASTER))) == MASTER


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (written(MASTER), "this is a token master, and a token key is needed"),
        (written(KEY).replace(KEY.key.hex(), KEY.key.hex()[1:]), "`key` is damaged"),
        (written(KEY).replace(KEY.key.hex(), KEY.key.hex().upper()), "`key` is damaged"),
        (written(KEY).replace("us-dhs", "us|dhs"), "plain words"),
        (written(KEY) + "more = 1\n", "this is no token key"),
        (written(KEY).replace('"2017"', "2017"), "this is no token key"),
        (written(KEY).replace("token key", "token keys"), "this is no token key"),
        ("kind = [", "this is no token key"),
        ("kind = []", "this is no token key"),
        (b"\xff\xfe\x00", "this is no token key"),
        ("", "this is no token key"),
    ],
)
def test_other_files_are_no_keys(tmp_path, text, told):
    with pytest.raises(SettingsError, match=re.escape(told)) as caught:
        load(save(tmp_path, text))
    assert caught.value.place.endswith("key.toml")
    assert caught.value.hint


def test_a_key_is_no_master(tmp_path):
    with pytest.raises(SettingsError, match="this is a token key, and a token master is needed"):
        load_master(save(tmp_path, written(KEY)))
    with pytest.raises(SettingsError, match="no such file"):
        load_master(tmp_path / "nothing")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)


# -- the command -------------------------------------------------------------------------------------------------------------


def test_master_is_made_and_keys_are_derived(tmp_path):
    master, key = tmp_path / "master", tmp_path / "2017.key"
    assert Said("tokens", "new", master).code == 0
    derive = ("tokens", "derive", master, "--directive", "us-dhs-bod-17-01", "--period", "2017", "-o")
    said = Said(*derive, key)
    made = derived(load_master(master), "us-dhs-bod-17-01", "2017")
    assert load(key) == made
    assert f"check {made.check}" in said.out
    shown = Said("tokens", "show", key)
    assert shown.out == f"token key of us-dhs-bod-17-01, 2017; check {made.check}\n"
    assert not [one for one in (made.key.hex(), load_master(master).hex()) if one in said.output + shown.output]
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in (master, key)} == {0o600}


def test_no_key_is_overwritten(tmp_path):
    path = save(tmp_path, written(MASTER))
    for arguments in (("new", path), ("derive", path, "--directive", "x", "--period", "1", "-o", path)):
        said = Said("tokens", *arguments)
        assert "is there already, and is never overwritten" in str(said.error)
    assert load_master(path) == MASTER


def test_what_a_file_says_is_harmless_on_a_terminal(tmp_path):
    said = Said("tokens", "show", save(tmp_path, written(TokenKey(directive="x", period="1", key=b"")).replace("x", EVIL)))
    assert "\x1b" not in str(said.error)
