"""The tables of the house: their columns, as Arrow schemas. No input, no output.

Ids are small integers inside a reading; a count maps them to its own. Times are UTC without a zone.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from fullcount.model import Detail, Title

if TYPE_CHECKING:
    import pyarrow as pa

TITLE_FIELDS: tuple[str, ...] = Title._fields
DETAIL_FIELDS: tuple[str, ...] = Detail._fields

# Tables of one reading. `text` is UTF-8, `time` microseconds UTC; every column may be empty unless said.
READING: dict[str, dict[str, str]] = {
    "sources": {
        "source": "int32",
        "identity": "text",  # digest of bytes, side files, reader and a host name given from outside
        "digest": "text",  # SHA-256 of the bytes
        "reader": "text",
        "reader_version": "int32",
        "chosen_among": "text",  # digest of the readers of which the content chose this one; empty where it was named
        "bytes": "int64",
        "encoding": "text",
        "collected_at": "time",
        "collected_how": "text",  # content | name | option
        "collected_option": "bool",
        "host": "text",  # a host name given from outside the bytes
        "host_how": "text",  # option | settings | side file | file name
        "unit": "text",  # what a place counts
        "pieces": "int64",  # pieces that the file holds, by an independent count; -1: the format has none
        "used": "int64",  # of these, read into the tables
        "records": "int64",
        "observations": "int64",
        "rejects": "int64",
        "notes": "text",  # lines
    },
    # Where a source was found: one row per file given, also for a file that an earlier reading holds.
    "appearances": {"identity": "text", "name": "text", "folder": "text", "modified_at": "time"},
    "records": {
        "record": "int32",
        "source": "int32",
        "place": "int64",
        "class": "text",
        "lists": "text",
        "traces": "text",  # of which traces this look is complete: sorted, joined by spaces
        "looked_at": "time",
        "heard_at": "time",
        "os": "text",
        "os_family": "text",
        "ou": "text",
        "site": "text",
        "owner": "text",
        "component": "text",
        "retired": "bool",
        "note": "text",
        "observations": "int64",
    },
    "clues": {"record": "int32", "kind": "text", "value": "text", "key": "text"},
    "titles": {
        "title": "int32",
        **dict.fromkeys(TITLE_FIELDS, "text"),
        "name_key": "text",
        "publisher_key": "text",
    },
    # Sorted by title, then record. `place` counts from the place of its record.
    "observations": {"record": "int32", "title": "int32", "place": "int64", "state": "text", "detail": "int32"},
    "details": {"detail": "int32", **dict.fromkeys(DETAIL_FIELDS, "text")},
    "rejects": {"source": "int32", "place": "int64", "raw": "binary", "reason": "text"},
}


@cache
def schema(table: str) -> pa.Schema:
    """The Arrow schema of a table of a reading. `KeyError` where there is no such table."""
    return arrow_schema(READING[table])


def arrow_schema(columns: dict[str, str]) -> pa.Schema:
    """Columns as said in this module, as an Arrow schema."""
    import pyarrow as pa

    types: dict[str, pa.DataType] = {
        "int8": pa.int8(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "double": pa.float64(),
        "bool": pa.bool_(),
        "text": pa.string(),
        "time": pa.timestamp("us"),
        "binary": pa.binary(),
    }
    return pa.schema([(name, types[kind]) for name, kind in columns.items()])
