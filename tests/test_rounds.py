"""Rounds: statements alone find what is connected, as the arrays do. Spark joins by them; here they run on DuckDB."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullcount import connected
from fullcount.engines import rounds
from fullcount.engines.duckdb import DuckDb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAIRS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=14)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDb]:
    made = DuckDb([])
    yield made
    made.close()


def edges(pairs: Sequence[tuple[int, int]]) -> pa.Table:
    one, other = ([pair[turn] for pair in pairs] for turn in (0, 1))
    return pa.table({"one": np.array(one, np.int32), "other": np.array(other, np.int32)})


@given(pairs=PAIRS)
def test_rounds_find_what_the_arrays_find(engine, pairs):
    assert rounds.smallest(engine, edges(pairs)).to_pylist() == connected.smallest(edges(pairs)).to_pylist()


@pytest.mark.parametrize("is_shuffled", [False, True])
def test_a_long_path_is_one_group_named_by_its_smallest_node(engine, is_shuffled):
    nodes = list(range(3, 5003))
    if is_shuffled:
        random.Random(7).shuffle(nodes)
    found = rounds.smallest(engine, edges(list(pairwise(nodes))))
    assert found["node"].to_pylist() == list(range(3, 5003))
    assert set(found["smallest"].to_pylist()) == {3}


def test_groups_stay_apart_and_each_bears_its_own_smallest_number(engine):
    found = rounds.smallest(engine, edges([(9, 4), (4, 7), (5, 6), (8, 8)]))
    assert found.to_pylist() == [
        {"node": 4, "smallest": 4},
        {"node": 5, "smallest": 5},
        {"node": 6, "smallest": 5},
        {"node": 7, "smallest": 4},
        {"node": 8, "smallest": 8},
        {"node": 9, "smallest": 4},
    ]
