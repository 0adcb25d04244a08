"""What is said of looks: sets put into words, and the longest list in its order."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from fullcount.count import WORD, _numbers
from fullcount.engine import rows_table, statement
from fullcount.engines.duckdb import DuckDb
from fullcount.looked import list_looks
from fullcount.model import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTS = 300
LOOKS = 300_000  # more than come at once
DIRECTIVES = ("one", "two")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDb]:
    found = DuckDb([tmp_path])
    yield found
    found.close()


def put(engine: DuckDb, table: str, columns: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    engine.put(table, rows_table([dict(zip(columns, row, strict=True)) for row in rows], columns))


def test_a_trace_has_a_bit_of_one_number():
    assert len(Trace) <= WORD


@pytest.mark.parametrize("tools", [1, WORD, 2 * WORD + 5])
def test_any_number_of_tools_and_families_is_put_into_words(engine, tools):
    chance = random.Random(tools)
    families = {f"tool {tool}": f"family {tool // 2}" for tool in range(tools)}
    _numbers(engine, list(families.items()))
    # some have one, some have all
    known = {host: chance.sample(sorted(families), max(1, tools * host // HOSTS)) for host in range(HOSTS)}
    rows = [(directive, host, tool, chance.randrange(2)) for directive in DIRECTIVES for host in known for tool in known[host]]
    put(engine, "host_tools", {"directive": "text", "host": "int64", "tool": "text", "state_rank": "int64"}, rows)
    for table in ("host_tool_text", "looked_families"):
        engine.make(table, statement(table))
    said = {row["host"]: row["tools"] for row in engine.rows("select host, tools from host_tool_text")}
    assert said == {host: "; ".join(sorted(names)) for host, names in known.items()}
    looked: dict[tuple[str, int], set[str]] = {}
    for directive, host, tool, rank in rows:
        if not rank:
            looked.setdefault((directive, host), set()).add(families[tool])
    found = engine.rows("select directive, host, families from looked_families")
    assert len(found) == len(looked)
    assert {(row["directive"], row["host"]): row["families"] for row in found} == {
        key: "; ".join(sorted(names)) for key, names in looked.items()
    }


def test_looks_are_listed_by_directive_system_and_record_though_they_come_in_pieces(engine, tmp_path):
    looks = f"""
        select directive, record, record % 97 * 1009 + record % 11 as host, record % 7 as source,
            case when record % 3 = 0 then 'all software' else 'machines' end as lists,
            case when record % 3 = 0 then 'complete' else 'listed' end as state,
            case when record % 3 = 0 then 'program' else '' end as traces,
            case when record % 5 = 0 then 'windows' else '' end as os_family,
            cast(null as timestamp) as looked_at, timestamp '2017-10-01' as heard_at, record % 13 as observations
        from range({LOOKS}) as numbers (record) cross join (values ('two'), ('one')) as named (directive)
    """
    engine.make("look_states", looks)
    engine.make("host_names", "select distinct host, 'id ' || host as host_id, 'name ' || host as name from look_states")
    # not every host is a system, and under each directive others are
    systems = "select distinct directive, host, host % 2 = 0 as is_covered from look_states where host % 10 <> length(directive)"
    engine.make("coverage", f"{systems} and not (directive = 'two' and host % 4 = 1)")
    put(
        engine,
        "live_sources",
        {"source": "int64", "name": "text", "tool": "text"},
        [(n, f"file {n}", f"tool {n % 2}") for n in range(7)],
    )
    put(engine, "peers", {"tool": "text", "os_family": "text", "usual": "double"}, [("tool 0", "windows", 6.5)])
    engine.make("look_kinds", statement("look_kinds"))
    engine.keep(["look_list"], tmp_path)
    list_looks(engine, DIRECTIVES[::-1])
    batches = list(engine.written("look_list", ["directive", "host", "source", "tool", "is_covered", "usual", "host_number"]))
    told = """
        select look_states.directive, 'id ' || look_states.host as host, 'file ' || source as source,
            'tool ' || source % 2 as tool, coverage.is_covered,
            case when source % 2 = 0 and os_family = 'windows' and lists = 'all software' then 6.5::double end as usual,
            look_states.host as host_number
        from look_states inner join coverage on look_states.directive = coverage.directive and look_states.host = coverage.host
        order by look_states.directive, look_states.host, look_states.record
    """
    assert pa.Table.from_batches(batches).equals(engine.arrow(told))
