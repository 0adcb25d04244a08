"""Cells as numbers: rows by the combination of cells that stands in them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fullcount.block import joined
from fullcount.numbering import Cells, distinct, distinct_in_runs, ordered, rows_of

texts = st.one_of(st.none(), st.sampled_from(["a", "b", "ab", "ß", "\0", "a\0b"]))
tables = st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[texts] * width), min_size=1, max_size=30))


def cells_of(rows: list[tuple[str | None, ...]], *, encoded: bool) -> list[Cells]:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return [Cells.of(column.dictionary_encode() if encoded else column) for column in columns]


@given(tables, st.booleans())
def test_rows_are_numbered_by_their_cells_in_the_order_of_the_first(rows, encoded):
    columns = cells_of(rows, encoded=encoded)
    order = list(dict.fromkeys(rows))
    for number in (distinct, distinct_in_runs):
        code, first = number(columns, len(rows))
        assert code.tolist() == [order.index(row) for row in rows]
        assert first.tolist() == [rows.index(row) for row in order]


@given(tables, st.booleans())
def test_joined_cells_are_equal_where_all_cells_are(rows, encoded):
    whole = joined([cells.taken(np.arange(len(rows))) for cells in cells_of(rows, encoded=encoded)])
    assert [whole.index(one) for one in whole] == [rows.index(row) for row in rows]


def test_no_rows_and_no_columns():
    nothing = np.empty(0, np.int64)
    for number in (distinct, distinct_in_runs):
        assert [part.tolist() for part in number([Cells.of(pa.array([], pa.string()))], 0)] == [[], []]
        assert [part.tolist() for part in number([], 3)] == [[0, 0, 0], [0]]
        assert [part.tolist() for part in number([], 0)] == [[], []]
    assert list(rows_of([], np.arange(2))) == [(), ()]
    assert joined([Cells.of(pa.array(["a"])).taken(nothing)]) == []


def test_text_comes_without_outer_space_and_empty_cells_as_nothing():
    columns = [Cells.of(pa.array([" a\t", "", " ", None])), Cells.of(pa.array(["b", "b", None, "c"]))]
    assert list(rows_of(columns, np.arange(4))) == [("a", "b"), (None, "b"), (None, None), (None, "c")]


LETTERS = st.text(st.sampled_from("ab\0é漢😀"), max_size=3)
# beginnings that many have in common, longer and shorter than the words in which texts are compared
LONG = st.builds("".join, st.lists(st.sampled_from(["", "a", "abcdefgh", "abcdefg", "\0", "é漢😀"]), max_size=5))


@given(st.lists(LETTERS | LONG, max_size=30), st.sampled_from([pa.string(), pa.large_string()]), st.integers(0, 3))
def test_texts_are_ordered_as_their_bytes_are(texts, kind, left_out):
    rank, place = ordered(pa.array(["zz"] * left_out + texts, kind).slice(left_out))
    distinct = sorted({text.encode() for text in texts})
    assert [distinct[one].decode() for one in rank] == texts
    assert [texts[one].encode() for one in place] == distinct
