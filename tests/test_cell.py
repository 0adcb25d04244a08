"""What a spreadsheet may take for a formula, and how numbers are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pages import COVERS, FIXTURES, FORMULAS, REQUIRED

from fullcount.cell import cell, safe_cell, share, unescaped


@pytest.mark.parametrize("formula", FORMULAS)
def test_what_a_spreadsheet_may_run_is_escaped(formula):
    for cover in COVERS:
        assert safe_cell(cover + formula) == f"'{cover}{formula}"


def test_numbers_and_times_are_no_text():
    assert [cell(value) for value in (-5, None, "-5", "Kaspersky", "O'Brien", "a=1")] == [
        "-5",
        "",
        "'-5",
        "Kaspersky",
        "O'Brien",
        "a=1",
    ]
    assert cell("K" * 40_000).endswith("(40000 characters)")
    assert len(cell("=" + "K" * 40_000)) < 32_767


@given(st.text(st.sampled_from("=+-@'\" \t\n\0\u200b\ufeffaＡ＝1"), max_size=8) | st.text())
def test_escape_can_be_undone(text):
    assert unescaped(safe_cell(text)) == text
    assert safe_cell(text) in {text, f"'{text}"}


def payloads() -> list[str]:
    """Published cells that run commands, from where they lie."""
    if not (file := FIXTURES / "csv_injection/README.md").exists() and not REQUIRED:
        pytest.skip("no ../shared/fixtures/csv_injection here")
    return [text for text in file.read_text("utf-8").split("```")[1].splitlines() if text]


@pytest.mark.real
def test_public_payloads_are_escaped():
    found = payloads()
    assert len(found) >= 6
    assert all(safe_cell(text) == f"'{text}" for text in found)


def test_share_is_none_or_all_only_where_it_is_so():
    assert [share(*pair) for pair in ((0, 9), (9, 9), (1, 9**9), (9**9 - 1, 9**9), (1, 8))] == [
        "0%", "100%", "under 0.1%", "over 99.9%", "12.5%",
    ]  # fmt: skip
