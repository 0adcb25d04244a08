"""Looked: the list of looks, line by line, ready to be written out.

It is the longest list, and most of a line are texts: the name of a machine, which all its looks share, and what a look is,
which nearly all looks share with many others (`look_kinds`). So the engine sorts numbers, and texts are laid beside them,
batch by batch: to sort whole lines took twice the time, and did not fit into memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from fullcount.laid import InOrder
from fullcount.report import LOOKS
from fullcount.tables import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fullcount.engine import Engine

_COLUMNS = {"directive": "text", **LOOKS, "host_number": "int64"}
_ONCE = ("directive", "source", "tool", "lists", "state", "traces")  # columns of few texts: each is held and written once
_KINDS = "select kind, source_name as source, tool, lists, state, traces, usual from look_kinds order by kind"
_SYSTEMS = (
    "select coverage.host as host_number, host_names.host_id as host, host_names.name, coverage.is_covered from coverage"
    " inner join host_names on coverage.host = host_names.host where coverage.directive = $directive order by coverage.host"
)
_LOOKS = (
    "select look_states.host as host_number, look_kinds.kind, look_states.looked_at, look_states.heard_at,"
    " look_states.observations from look_states"
    " inner join look_kinds on look_states.source = look_kinds.source and look_states.lists = look_kinds.lists"
    " and look_states.state = look_kinds.state and look_states.traces = look_kinds.traces"
    " and look_states.os_family = look_kinds.os_family"
    " where look_states.directive = $directive order by look_states.host, look_states.record"
)


def list_looks(engine: Engine, directives: Sequence[str]) -> None:
    """Makes `look_list`: one row per directive, system and record, in the order of their numbers."""
    plain = arrow_schema(_COLUMNS)
    once = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([field.with_type(once) if field.name in _ONCE else field for field in plain])

    def work() -> None:
        engine.put("look_list", pa.RecordBatchReader.from_batches(schema, _lines(engine, sorted(directives), schema)))

    reads = ("coverage", "host_names", "look_kinds", "look_states")
    engine.derive(("look_list",), reads=reads, said=f"the list of looks under {sorted(directives)}", work=work)


def _lines(engine: Engine, directives: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    kinds = _kinds(engine)
    for directive in directives:
        asked = {"directive": directive}
        systems = InOrder(engine.batches(_SYSTEMS, asked), "host_number")
        for batch in engine.batches(_LOOKS, asked):
            if not batch.num_rows:
                continue
            places = systems.places(batch["host_number"].to_numpy())
            stands: Any = pa.array(places >= 0)
            looks = batch.filter(stands)
            if systems.rows is None or not looks.num_rows:
                continue
            found: Any = pa.array(places[places >= 0])
            system = systems.rows.take(found).combine_chunks()
            columns: dict[str, Any] = {name: looks[name] for name in ("looked_at", "heard_at", "observations")}
            columns |= {name: system[name].combine_chunks() for name in system.column_names}
            columns |= {name: column.take(looks["kind"]) for name, column in kinds.items()}
            columns["directive"] = pa.repeat(directive, looks.num_rows).dictionary_encode()
            yield pa.RecordBatch.from_arrays([columns[field.name].cast(field.type) for field in schema], schema=schema)


def _kinds(engine: Engine) -> dict[str, Any]:
    """What is said of a kind of look, in the order of their numbers, which begin at 0."""
    found = engine.arrow(_KINDS).drop_columns(["kind"])
    columns: dict[str, Any] = {name: found[name].combine_chunks() for name in found.column_names}
    return {name: column.dictionary_encode() if name in _ONCE else column for name, column in columns.items()}
