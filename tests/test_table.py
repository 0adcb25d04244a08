"""A declared table: what comes of its rows does not depend on the blocks in which they come."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullcount.model import Lists
from fullcount.reader import Basis, Declaration, Reader
from fullcount.reading import Reading, uncollected
from fullcount.table import Tabulator, table_reader

FIELDS = ("hostname", "serial", "name", "version", "publisher", "user")
TABLES = ("records", "clues", "titles", "observations", "details")
cells = st.sampled_from([None, "", "a", "b", " b"])
rows_of_cells = st.lists(st.tuples(*[cells] * len(FIELDS)), min_size=1, max_size=20)


def reader() -> Reader:
    return table_reader(
        declaration=Declaration(columns={name: (name,) for name in FIELDS}, required=("name",)),
        name="made-up",
        title="Made up",
        version=1,
        lists=Lists.ALL_SOFTWARE,
        traces=frozenset(),
        blind=(),
        how="by hand",
        basis=Basis.MAPPED,
    )


def read(rows, cuts, *, encoded):
    """The tables of a reading of rows that come in blocks, and how many rows named no software."""
    with tempfile.TemporaryDirectory() as name:
        with Reading(Path(name)) as reading:
            tabulator = Tabulator(reading, 0, reader(), fields={name: name for name in FIELDS}, host=None)
            for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
                columns = [pa.array([row[at] for row in rows[begin:end]], pa.string()) for at in range(len(FIELDS))]
                block = dict(zip(FIELDS, [one.dictionary_encode() if encoded else one for one in columns], strict=True))
                tabulator.block(np.arange(begin + 1, end + 1), block)
            tabulator.finish()
            reading.finish()
        return {table: pq.read_table(Path(name) / f"{table}.parquet").to_pylist() for table in TABLES}, tabulator.nameless


@given(rows_of_cells, st.data(), st.booleans())
def test_where_the_blocks_are_cut_changes_nothing(rows, data, encoded):
    cuts = sorted(data.draw(st.sets(st.integers(1, len(rows)), max_size=3)))
    assert read(rows, cuts, encoded=encoded) == read(rows, [], encoded=False)


@given(rows_of_cells)
def test_every_row_with_a_name_is_an_observation_and_says_what_was_written(rows):
    tables, nameless = read(rows, [len(rows) // 2], encoded=True)
    title = {row["title"]: (row["name"], row["version"], row["publisher"]) for row in tables["titles"]}
    start = {row["record"]: row["place"] for row in tables["records"]}
    found = {start[row["record"]] + row["place"]: title[row["title"]] for row in tables["observations"]}
    written = [tuple(cell.strip() or None if cell else None for cell in row[2:5]) for row in rows]
    assert found == {place: cells for place, cells in enumerate(written, 1) if cells[0]}
    assert sum(row["observations"] for row in tables["records"]) == len(found)
    assert nameless == sum(not name and any(rest) for name, *rest in written)


def test_cycles_are_looked_for_again_also_after_an_error():
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        1 / gc.isenabled()
    assert gc.isenabled()


def test_what_was_off_stays_off():
    with uncollected():
        with uncollected():
            pass
        assert not gc.isenabled()
