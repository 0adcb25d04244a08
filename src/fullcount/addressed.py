"""Addressed: records of networks are given to the machine that had their address on that day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from fullcount.engine import statement

if TYPE_CHECKING:
    from fullcount.engine import Engine


def place_by_address(engine: Engine) -> None:
    """Give records that only an address names to the host that had it that day. Adds them to `host_of` and `links`, and takes
    them from `unplaced`. It is done here, and not when records are joined, since a component must be known for it.
    """
    if not engine.rows("select record from unplaced limit 1"):
        return
    engine.make("addressed", statement("addressed"))
    if not engine.rows("select record from addressed limit 1"):
        return
    left = engine.arrow("select record from unplaced where record not in (select record from addressed) order by record")
    for table, columns in (("host_of", "record, host, host_weak"), ("links", "record, joined_to, clue, is_decided")):
        before = engine.arrow(f"select {columns} from {table}")  # noqa: S608 - of the two names above
        chosen = "host, host_weak" if table == "host_of" else "host as joined_to, clue, false as is_decided"
        added = engine.arrow(f"select record, {chosen} from addressed")  # noqa: S608 - the same
        engine.put(table, pa.concat_tables([before, added.cast(before.schema)]))
    engine.put("unplaced", left)
