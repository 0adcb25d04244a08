"""Text: folding is stable and total, and nothing that is shown can move a cursor."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from fullcount.text import clean, key, visible, without_user, words

# What vendors and installers sprinkle into names, beside any text at all
MARKS = ["\u2122", "\u00ae", "(R)", "(tm)", "(c)", "\u00a0", "\u200b", "\ufeff", "\u202e", "\t", "\0", "\u0130", "ß", "ﬁ", "Ａ"]
ODD = st.sampled_from(MARKS)
NAMES = st.lists(st.one_of(st.text(max_size=8), ODD, st.sampled_from("aZ 9.-_()"))).map("".join)
ANYTHING = st.one_of(st.text(st.characters(), max_size=60), NAMES)  # lone surrogates too


@given(text=ANYTHING)
@example(text="((c)c)")
@example(text="\u0130")
def test_folding_again_changes_nothing(text: str) -> None:
    # a mark in brackets taken out from between a letter and its accent lets them join at the next folding
    assume("(" not in text or not any(map(unicodedata.combining, text)))
    assert key(key(text)) == key(text)


@given(text=ANYTHING)
def test_a_key_has_no_outer_or_double_space_and_no_control_character(text: str) -> None:
    found = key(text)
    assert found == found.strip()
    assert "  " not in found
    assert not any(unicodedata.category(char) == "Cc" for char in found)
    assert not set(found) & set("\u2122\u00ae\u200b\ufeff\u202e\u00ad")


@given(text=NAMES)
def test_case_width_and_marks_do_not_matter(text: str) -> None:
    assert key(f" {text}\u2122 ") == key(text)
    assert key(f"{text} \u00ae") == key(text)
    assert key("\u200b".join(text)) == key(text) or "(" in text
    assert key(unicodedata.normalize("NFD", text)) == key(unicodedata.normalize("NFC", text)) or "(" in text


@given(text=st.text(st.characters(max_codepoint=127)))
def test_the_fast_path_for_ascii_is_no_other_path(text: str) -> None:
    # one letter outside ASCII sends all of it the other way
    assert key(f"{text} é") == f"{key(text)} é".strip()
    assert key(text.upper()) == key(text.lower()) == key(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("KASPERSKY\u2122  Lab", "Kaspersky Lab"),
        ("Kaspersky\u00a0Endpoint\u3000Security", "kaspersky endpoint security"),
        ("Ｋａｓｐｅｒｓｋｙ", "kaspersky"),
        ("STRASSE", "straße"),
        ("ЛАБОРАТОРИЯ", "лаборатория"),
        ("Microsoft(R) Office (TM)", "microsoft office"),
        ("e\u0301clair", "\u00e9clair"),
        ("soft\u00adware", "software"),
        ("a\tb\nc\0d", "a b c d"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), [("Reader 1", "Reader 11"), ("C", "C++"), ("kaspersky", "каspersky"), ("a-b", "a b")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert key(one) != key(other)


@given(text=ANYTHING)
def test_words_are_pieces_of_the_text_in_order(text: str) -> None:
    folded, at = key(text), 0
    for word in words(folded):
        at = folded.index(word, at) + len(word)
        assert word
        assert " " not in word


@given(text=st.one_of(st.none(), ANYTHING))
def test_a_cleaned_field_can_be_stored(text: str | None) -> None:
    found = clean(text)
    assert found is None or found.encode()
    assert clean(found) == found
    assert (found is None) == (text is None or not text.strip())


@given(value=st.one_of(ANYTHING, st.none(), st.integers(), st.binary()), limit=st.integers(0, 80))
def test_what_is_shown_is_harmless(value: object, limit: int) -> None:
    shown = visible(value, limit)
    assert shown.isprintable()
    shown.encode()
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} for char in shown)
    whole = str(value)
    assert shown.endswith(f"… ({len(whole)} characters)") == (len(whole) > limit) or whole.endswith("characters)")


@given(text=st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=300))
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(path=ANYTHING)
def test_a_path_without_its_user_has_none_left(path: str) -> None:
    found = without_user(path)
    assert without_user(found) == found
    assert len(found) <= len(path)


USERS = st.text(st.characters(exclude_characters="/\\"), min_size=1, max_size=20)
SHARED = ("public", "all users", "shared")  # no user's own folder


@given(user=USERS.filter(lambda user: not user.lower().startswith(SHARED)))
def test_one_program_is_one_title_for_every_user(user: str) -> None:
    for folder, slash in (("C:\\Users\\", "\\"), ("/home/", "/"), ("/Users/", "/"), ("D:\\Documents and Settings\\", "\\")):
        assert without_user(f"{folder}{user}{slash}x.exe") == f"~{slash}x.exe"


def test_users_are_left_out_of_paths() -> None:
    assert without_user("/home/ann/bin/x") == "~/bin/x"
    assert without_user(r"c:\users\Public\x") == r"c:\users\Public\x"
