"""Enlisted: the list of systems, ready to be written out.

Most of what it says of a system is the same under every directive, and wide: names, clues, tools. The order is found once
(`host_about`); clues come in the same order (`host_clue_text`), and what a directive says of each is laid beside it, batch
by batch. To sort whole lines anew for every count took a third of the time of a count after a directive was
corrected, and more memory than all the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fullcount.engine import statement, tables_in
from fullcount.laid import InOrder, places
from fullcount.tables import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fullcount.carried import Ints
    from fullcount.engine import Engine

_COLUMNS = {
    "directive": "text",
    "host": "text",
    "name": "text",
    "standing": "text",
    "reason": "text",
    "since": "time",
    "component": "text",
    "class": "text",
    "os": "text",
    "products": "text",
    "best_kind": "text",
    "best_grade": "text",
    "last_seen": "time",
    "last_looked": "time",
    "last_heard": "time",
    "tools": "text",
    "clues": "text",
    "records": "int64",
    "host_number": "int64",
}
_HOSTS = {
    "host": "int64",
    "host_id": "text",
    "name": "text",
    "components": "text",
    "class": "text",
    "os_family": "text",
    "last_looked": "time",
    "last_heard": "time",
    "records": "int64",
    "tools": "text",
    "turn": "int64",
}
_ONCE = pa.dictionary(pa.int32(), pa.string())  # of columns of few texts: each is written once
_FEW = ("components", "class", "os_family", "tools")
_OFTEN = ("directive", "standing", "reason", "component", "class", "os", "products", "best_kind", "best_grade", "tools")
_IN_ORDER = (
    "select hosts.host, host_names.host_id, host_names.name, host_component_text.components, hosts.class, hosts.os_family,"
    " hosts.last_looked, hosts.last_heard, hosts.records from hosts"
    " inner join host_names on hosts.host = host_names.host"
    " left join host_component_text on hosts.host = host_component_text.host"
    " order by host_component_text.components, host_names.name, host_names.host_id"
)
_NAMED = {"host": "host_number", "host_id": "host", "components": "component", "os_family": "os"}
_AT_ONCE = 16_384  # lines: they are long


@dataclass(frozen=True, slots=True)
class _Beside:
    """Columns by the number of their system, in any order."""

    columns: Mapping[str, Any]
    hosts: Ints  # in order
    rows: Ints  # parallel: where they are in the columns; and -1 behind the last, for a place that is none

    @classmethod
    def of(cls, engine: Engine, query: str) -> _Beside:
        """The columns of a query, of which `host` is one; texts are few, and each is held once."""
        batches = [_each_once(batch) for batch in engine.batches(query)]
        if not batches:
            return cls({}, np.zeros(0, np.int64), np.array([-1]))
        # taking rows of pieces would put them together each time
        table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
        hosts = table["host"].to_numpy()
        order = np.argsort(hosts, kind="stable")
        return cls({name: table[name] for name in table.column_names if name != "host"}, hosts[order], np.append(order, -1))

    def places(self, asked: Ints) -> Ints:
        """Where the lines of these systems are, -1 where they have none."""
        return self.rows[places(self.hosts, asked)]

    def taken(self, places: Ints) -> dict[str, Any]:
        """The columns in the order of `places`, empty at -1."""
        rows: Any = pa.array(places, mask=places < 0)
        return {name: column.take(rows).combine_chunks() for name, column in self.columns.items()}


def _each_once(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns: list[Any] = [one.dictionary_encode() if pa.types.is_string(one.type) else one for one in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def order_hosts(engine: Engine) -> None:
    """Makes `host_about`: one row per host, in the order of the list."""
    hosts = pa.schema([field.with_type(_ONCE) if field.name in _FEW else field for field in arrow_schema(_HOSTS)])
    engine.derive(
        ("host_about",),
        reads=("hosts", "host_names", "host_component_text", "host_tool_text"),
        said="in order",
        work=lambda: engine.put("host_about", pa.RecordBatchReader.from_batches(hosts, _in_turn(engine, hosts))),
    )


def enlist(engine: Engine, directives: Sequence[str]) -> None:
    """Makes `host_list`: one row per directive and system, by component, name and host; others can be made meanwhile."""
    schema = pa.schema([field.with_type(_ONCE) if field.name in _OFTEN else field for field in arrow_schema(_COLUMNS)])

    def work() -> None:
        engine.put_aside("host_list", pa.RecordBatchReader.from_batches(schema, _lines(engine, sorted(directives), schema)))

    said = statement("host_said")
    reads = ("host_about", "host_clue_text", *tables_in(said))
    engine.derive(("host_list",), reads=reads, said=f"the list of systems under {sorted(directives)}: {said}", work=work)


def _in_turn(engine: Engine, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The hosts in their order, each with its turn, from 1: an engine that numbers them sorts them twice."""
    turn = 1
    tools = _Beside.of(engine, "select host, tools from host_tool_text")
    for batch in engine.batches(_IN_ORDER):
        columns = {name: batch[name] for name in batch.schema.names} | tools.taken(tools.places(batch["host"].to_numpy()))
        columns["turn"] = pa.array(np.arange(turn, turn + batch.num_rows))
        turn += batch.num_rows
        yield pa.RecordBatch.from_arrays([columns[field.name].cast(field.type) for field in schema], schema=schema)


def _texts(clues: InOrder, turns: Ints) -> Any:
    """The clues of the hosts with these turns, in one line each; empty where there are none."""
    at = clues.places(turns)
    if clues.rows is None:
        return pa.nulls(len(turns), pa.string())
    texts = clues.rows["clues"].combine_chunks()
    if (at >= 0).all() and at[-1] - at[0] == len(at) - 1:
        return texts.slice(at[0], len(at))  # nearly always: they are not written out twice
    found: Any = pa.array(at, mask=at < 0)
    return texts.take(found)


def _lines(engine: Engine, directives: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for directive in directives:
        # the id of a directive was checked to be a plain word when its pack was loaded
        own = f"where standing.directive = '{directive}'"
        said = _Beside.of(engine, f"{statement('host_said')}{own}")
        clues = InOrder(engine.written("host_clue_text", ("turn", "clues")), "turn")
        batches = engine.written("host_about", tuple(_HOSTS))
        for batch in (whole.slice(start, _AT_ONCE) for whole in batches for start in range(0, whole.num_rows, _AT_ONCE)):
            places = said.places(batch["host"].to_numpy())
            stands = places >= 0
            lines = batch if stands.all() else batch.filter(pa.array(stands))
            if lines.num_rows:
                columns = {_NAMED.get(name, name): lines[name] for name in lines.schema.names}
                columns |= said.taken(places[stands])
                columns["clues"] = _texts(clues, lines["turn"].to_numpy())
                columns["directive"] = pa.repeat(directive, lines.num_rows)
                yield pa.RecordBatch.from_arrays([columns[field.name].cast(field.type) for field in schema], schema=schema)
