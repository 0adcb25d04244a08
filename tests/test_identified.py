"""Identified: what is done with numbers, in pieces, holds what a plain statement over the texts would say."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.tries import tries

from fullcount import identified
from fullcount.clue import KINDS
from fullcount.decision import Identity
from fullcount.engines import files
from fullcount.engines.duckdb import DuckDb
from fullcount.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = datetime(2017, 10, 1)  # noqa: DTZ001 - UTC
VALUES = {
    "serial": ["5CG71", "5CG72", "DEFAULTSTRING", "Ω-1"],
    "mac": ["3C5282AABB01", "3C5282AABB02", "005056AABB03"],
    "fqdn": ["pc-1.corp.example.gov", "pc-2.corp.example.gov"],
    "hostname": ["pc-1", "PC-1", "Pc-2", "pc-2", "a name that is longer than others"],
    "manufacturer": ["hp"],
    "lease": ["10.0.0.7 2017-10-10"],
}
CLUES = [(kind, value) for kind, values in VALUES.items() for value in values]
# source, days after the first (none: not known), clues
RECORD = st.tuples(st.integers(0, 2), st.none() | st.integers(0, 2), st.lists(st.sampled_from(CLUES), max_size=6, unique=True))
ALIKE = [
    (source, day, [("serial", "5CG71"), ("hostname", name)])
    for source, day, name in ((0, 1, "PC-1"), (1, 1, "pc-1"), (2, None, "A"))
]
MADE = ("looks", "clue_keys", "clue_carried", "host_of", "links", "refusals", "unplaced", "relinks", "host_about", "host_clues")

NAMED = """
select ordered.host, ordered.name from (
    select host_of.host, clues.value as name, row_number() over (
        partition by host_of.host
        order by case when clues.kind = 'hostname' then 0 else 1 end, looks.seen_on desc nulls last, clues.value
    ) as turn
    from clues
    inner join host_of on clues.record = host_of.record
    inner join looks on clues.record = looks.record
    where clues.kind in ('hostname', 'fqdn')
) as ordered where ordered.turn = 1 order by ordered.host
"""
CARRIED = """
select distinct host_of.host, clue_keys.clue, clue_keys.kind, kinds.step, refusals.reason as refused
from clues
inner join host_of on clues.record = host_of.record
inner join clue_keys on clues.kind = clue_keys.kind and clues.key = clue_keys.key
inner join kinds on clues.kind = kinds.kind and kinds.kind <> 'lease'
left join refusals on clue_keys.clue = refusals.clue
order by clue_keys.clue, host_of.host
"""
WRITTEN = """
select host_about.turn, host_about.host,
    string_agg(concat(host_clues.kind, '=', clue_keys.key), '; ' order by coalesce(host_clues.step, 99), host_clues.clue) as clues
from host_about
inner join host_clues on host_about.host = host_clues.host
inner join clue_keys on host_clues.clue = clue_keys.clue
group by host_about.turn, host_about.host order by host_about.turn
"""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces that end in the middle of a clue, and of a host."""
    monkeypatch.setattr(files, "BATCH", 3)
    monkeypatch.setattr(identified, "_AT_ONCE", 4)


def rows(engine: DuckDb, query: str) -> list[dict[str, Any]]:
    return engine.rows(query)


def resolved(folder: Path, records: list[Any]) -> DuckDb:
    """An engine with records that are resolved, and the order of their hosts: backwards."""
    engine = DuckDb([folder])
    engine.keep(MADE, folder)
    number = pa.array([10 + place for place in range(len(records))], pa.int64())
    looks = {
        "record": number,
        "source": pa.array([source for source, *_ in records], pa.int32()),
        "tool": pa.array(["sccm"] * len(records), pa.string()),
        "class": pa.array(["workstation"] * len(records), pa.string()),
        "seen_on": pa.array([None if day is None else DAY + timedelta(days=day) for _, day, _ in records], pa.timestamp("us")),
        "is_live": pa.array([True] * len(records), pa.bool_()),
    }
    clues = [(10 + place, kind, value) for place, (*_, own) in enumerate(records) for kind, value in own]
    engine.put("looks", pa.table(looks))
    columns = {
        "record": pa.array([one for one, *_ in clues], pa.int64()),
        "kind": pa.array([kind for _, kind, _ in clues], pa.string()),
        "value": pa.array([value for *_, value in clues], pa.string()),
        "key": pa.array([KINDS[kind].key(value) for _, kind, value in clues], pa.string()),
    }
    engine.put("clues", pa.table(columns))
    steps = pa.array([kind.step for kind in KINDS.values()], pa.int64())
    engine.put("kinds", pa.table({"kind": pa.array(list(KINDS), pa.string()), "step": steps}))
    resolve(engine, Identity())
    order = "select distinct host, cast(dense_rank() over (order by host desc) as bigint) as turn from host_of order by turn"
    engine.make("host_about", order)
    return engine


def each(records: list[Any]) -> Iterator[DuckDb]:
    with tempfile.TemporaryDirectory() as name:
        engine = resolved(Path(name), records)
        yield engine
        engine.close()


@given(st.lists(RECORD, max_size=14))
@example([])
@example(ALIKE)
@example(ALIKE * 4)
@tries(200)
def test_clues_of_hosts_are_what_a_statement_says(records: list[Any]) -> None:
    for engine in each(records):
        identified.identify(engine)
        found = rows(engine, "select host, clue, kind, step, refused from host_clues")
        assert found == rows(engine, CARRIED)  # in that order, too
        carriers = rows(engine, "select clue, hosts, count(*) as many from host_clues group by clue, hosts")
        assert all(row["hosts"] == row["many"] for row in carriers)
        identified.describe(engine)
        assert rows(engine, "select * from host_clue_text") == rows(engine, WRITTEN)


@given(st.lists(RECORD, max_size=14))
@example([])
@example(ALIKE)
@tries(200)
def test_the_name_of_a_host_is_that_of_its_last_record_with_one(records: list[Any]) -> None:
    for engine in each(records):
        identified.name_hosts(engine)
        assert rows(engine, "select * from known_as order by host") == rows(engine, NAMED)


def test_numbers_are_stored_by_their_differences(tmp_path: Path) -> None:
    rising = pa.array(range(100_000), pa.int32())
    texts = pa.array(["one", "two"] * 50_000, pa.string())
    table = pa.table({"clue": rising, "key": rising.cast(pa.string()), "kind": texts, "records": rising})
    files.write(tmp_path / "some.parquet", table.schema, table.to_batches())
    assert pq.read_table(tmp_path / "some.parquet").equals(table)
    about = pq.read_metadata(tmp_path / "some.parquet").row_group(0)
    columns = {about.column(place).path_in_schema: about.column(place) for place in range(4)}
    assert columns["clue"].total_compressed_size * 20 < columns["records"].total_compressed_size
    assert [name for name, one in columns.items() if one.has_dictionary_page] == ["kind", "records"]
