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

from fullcount.block import folded
from fullcount.model import Lists, State, Title, Trace
from fullcount.reader import Basis, Declaration, Reader
from fullcount.reading import Reading, uncollected
from fullcount.settings import Table
from fullcount.table import Tabulator, mapped, table_reader
from fullcount.text import key

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


AGENTS = ("agent_id", "serial", "hostname", "name")


def machines(*rows):
    """By machine of one block of rows (agent, serial number, host name): serial numbers and names, and observations."""
    said = [*map(list, zip(*rows, strict=True)), [f"program {turn}" for turn in range(len(rows))]]
    with tempfile.TemporaryDirectory() as name, Reading(Path(name)) as reading:
        tabulator = Tabulator(reading, 0, reader(), fields={field: field for field in AGENTS}, host=None)
        columns = {field: pa.array(column, pa.string()) for field, column in zip(AGENTS, said, strict=True)}
        tabulator.block(np.arange(1, len(rows) + 1), columns)
        tabulator.finish()
        return [({value for kind, value in one.clues if kind != "agent_id"}, one.observations) for one in tabulator.machines]


@pytest.mark.parametrize("nothing", [None, "To be filled by O.E.M.", "-1", "0000000"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_placeholder_in_one_row_of_an_agent_makes_no_second_machine(nothing, turned):
    rows = [("77", "5CG71", "PC-A"), ("77", nothing, "pc-a")]
    ((values, observations),) = machines(*(reversed(rows) if turned else rows))
    assert values == {"5CG71", "PC-A", "pc-a"} | ({nothing} if nothing else set())
    assert observations == 2


@pytest.mark.parametrize(
    "rows",
    [
        [("77", "5CG71", "PC-A"), ("77", "5CG72", "PC-A")],  # two serial numbers are two machines
        [("77", "5CG71", "PC-A"), ("77", None, "PC-B")],  # and so are two names, where one has no number
        [("77", "5CG71", "PC-A"), ("78", None, "PC-A")],  # another agent
        [("77", "5CG71", None), ("77", "5CG72", None), ("77", None, None)],  # nobody can say whose the last one is
        [("N/A", "5CG71", "PC-A"), ("N/A", None, "PC-A")],  # no agent's id
        [(None, "5CG71", "PC-A"), (None, None, "PC-A")],
        [*(("77", f"5CG7{turn}", f"PC-{turn}") for turn in range(4)), ("77", None, "PC-0")],  # an id on many machines
    ],
)
def test_rows_that_may_be_about_other_machines_stay_apart(rows):
    assert len(machines(*rows)) == len(rows)


def test_what_an_agent_s_row_adds_can_contradict_the_next_one():
    rows = [("77", None, "PC-A"), ("77", "5CG71", None), ("77", "5CG72", "PC-A"), ("77", "5cg 71", "PC-A")]
    assert machines(*rows) == [({"PC-A", "5CG71", "5cg 71"}, 3), ({"5CG72", "PC-A"}, 1)]


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


@pytest.mark.parametrize(
    ("traces", "complete", "trace", "state"),
    [
        (("file",), {Trace.FILE}, Trace.FILE, State.FILES),
        (("process",), {Trace.PROCESS}, Trace.PROCESS, State.RUNNING),
        (("driver",), {Trace.DRIVER}, Trace.DRIVER, State.INSTALLED),
        (("program", "package", "app"), {Trace.PROGRAM, Trace.PACKAGE, Trace.APP}, Trace.PROGRAM, State.INSTALLED),
        (("program", "file"), {Trace.PROGRAM}, Trace.PROGRAM, State.INSTALLED),  # its rows are programs: it can show no file
        ((), set(), Trace.PROGRAM, State.INSTALLED),
    ],
)
def test_a_table_of_one_trace_has_rows_of_that_trace(traces, complete, trace, state):
    whole, some = (
        mapped(Table(match="x.csv", columns={"path": "p"}, lists=lists, traces=traces))
        for lists in (Lists.ALL_SOFTWARE, Lists.SOME_SOFTWARE)
    )
    assert (whole.traces, some.traces) == (complete, frozenset())
    for one in (whole, some):
        assert one.table is not None
        assert (one.table.trace, one.table.constants["state"]) == (trace, state)


def test_a_title_of_a_table_is_the_one_that_came_by_itself(tmp_path):
    """A reading may hold tables and inventories: one title has one number, whatever way it comes."""
    titles = [
        Title(Trace.PROGRAM, name=name, publisher=publisher)
        for name in ("A", "B (c)  c", "ÄB")
        for publisher in (None, "P\u2122")
    ]
    columns = {"name": pa.array([one.name for one in titles]), "publisher": pa.array([one.publisher for one in titles])}
    with Reading(tmp_path) as reading:
        assert [reading.title(one) for one in titles[1:4]] == [0, 1, 2]
        assert reading.titles(Trace.PROGRAM, columns).tolist() == [3, 0, 1, 2, 4, 5]
        assert reading.title(Title(Trace.FILE, name="A")) == 6
        assert [reading.title(one) for one in titles] == [3, 0, 1, 2, 4, 5]
        assert reading.titles(Trace.FILE, {"name": columns["name"]}).tolist()[0] == 6
        reading.finish()
    rows = pq.read_table(tmp_path / "titles.parquet").to_pylist()
    assert [row["title"] for row in rows] == list(range(9))
    assert [(row["name"], row["publisher"]) for row in rows[:6]] == [titles[at][1:4:2] for at in (1, 2, 3, 0, 4, 5)]
    assert all(row["name_key"] == key(row["name"]) for row in rows)
    assert {row["publisher_key"] for row in rows} == {None, "p"}


@given(st.lists(st.one_of(st.none(), st.text(st.sampled_from("aB (c)\u2122\t\u3000Ä-"), min_size=1), st.text(min_size=1))))
def test_a_folded_column_is_what_its_cells_are_folded(texts):
    assert folded(pa.array(texts, pa.string())).to_pylist() == [None if text is None else key(text) for text in texts]
