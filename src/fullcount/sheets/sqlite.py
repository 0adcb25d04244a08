"""SQLite: each plain table. The file is opened so that nothing in it runs: no view, trigger, or virtual or computed column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fullcount.block import SAMPLE, Block, Row, Sheet, gathered, seekable
from fullcount.errors import UnreadableError
from fullcount.model import File, Reject

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from fullcount.reader import Peek

MAGIC = b"SQLite format 3\0"
_LONGEST = 64 << 20  # of one value


def heads(peek: Peek) -> Iterator[Sheet]:
    """One table for each plain table of the database. Raises `UnreadableError` where its schema cannot be read."""
    if not peek.head.startswith(MAGIC):
        return
    import sqlite3

    try:
        connection = _opened(peek.path)
    except sqlite3.Error as error:
        raise _damaged(peek.path, error) from error
    try:
        tables = _tables(connection)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _damaged(peek.path, error) from error
    finally:
        connection.close()
    notes = [f"`{peek.path.name}-wal` lies beside it: what only that log holds is not read"] if _has_log(peek.path) else []
    for name, columns in tables.items():
        sheet = Sheet(kind="sqlite", name=name, columns=columns, notes=list(notes))
        sheet.sample = _sample(peek.path, sheet)
        yield sheet


def _has_log(path: File) -> bool:
    return isinstance(path, Path) and Path(f"{path}-wal").exists()


def _tables(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """The plain tables and their stored columns. A name with a NUL cannot be asked for."""
    query = "select name from sqlite_master where type = 'table' and sql like 'create table%' order by rowid"
    names = [name.decode("utf-8") for (name,) in connection.execute(query)]
    found = {
        name: tuple(row[1].decode("utf-8") for row in connection.execute(f"pragma table_xinfo({_quoted(name)})") if row[6] == 0)
        for name in names
        if "\0" not in name and not name.startswith("sqlite_")
    }
    return {name: columns for name, columns in found.items() if columns}


def _sample(path: File, sheet: Sheet) -> tuple[tuple[str, ...], ...]:
    found: list[tuple[str, ...]] = []
    for item in _items(path, sheet, sheet.columns):
        if len(found) == SAMPLE:
            break
        if isinstance(item, Row):
            found.append(tuple(value.decode("utf-8") if isinstance(value, bytes) else value or "" for value in item.values))
    return tuple(found)


def blocks(path: File, sheet: Sheet, wanted: Sequence[str]) -> Iterator[Block]:
    """The rows in the order of their rowid; `place` is the ordinal. Where the file is damaged, the rows before that
    and a reject. Sets `pieces`, where the database finds itself sound.
    """
    import sqlite3

    try:
        sheet.pieces = _counted(path, sheet.name)
    except sqlite3.Error as error:
        sheet.pieces = -1
        sheet.notes.append(f"the table `{sheet.name}` is damaged: {error}")
    yield from gathered(wanted, _items(path, sheet, wanted))


def _counted(path: File, table: str) -> int:
    """The number of rows. Raises `sqlite3.Error` where a page is damaged, or is part of a table more than once."""
    import sqlite3

    connection = _opened(path)
    try:
        said = connection.execute(f"pragma quick_check({_quoted(table)})").fetchone()[0]
        if said != b"ok":
            raise sqlite3.DatabaseError(said.decode("utf-8", "replace").strip())
        return int(connection.execute(f"select count(*) from {_quoted(table)}").fetchone()[0])  # noqa: S608 - quoted
    finally:
        connection.close()


def _items(path: File, sheet: Sheet, wanted: Sequence[str]) -> Iterator[Row | Reject]:
    import sqlite3

    most = path.stat().st_size  # a row takes a byte at least: more can only come from pages that point in circles
    place = 0
    connection = _opened(path)
    try:
        for values in connection.execute(_query(connection, sheet, wanted)):
            place += 1
            if place > most:
                raise sqlite3.DatabaseError("more rows than bytes")
            yield _item(place, values, wanted)
    except sqlite3.Error as error:
        yield Reject(place + 1, b"", f"the table `{sheet.name}` cannot be read from here on: {error}")
    finally:
        connection.close()


def _query(connection: sqlite3.Connection, sheet: Sheet, wanted: Sequence[str]) -> str:
    import sqlite3

    query = f"select {', '.join(map(_quoted, wanted))} from {_quoted(sheet.name)}"  # noqa: S608 - quoted
    folded = {name.lower() for name in sheet.columns}
    rowid = next((name for name in ("rowid", "_rowid_", "oid") if name not in folded), "")
    try:
        connection.execute(f"{query} order by {rowid} limit 0")
    except sqlite3.OperationalError:
        return query  # a table without rowid is kept in the order of its key
    return f"{query} order by {rowid}"


def _item(place: int, values: Sequence[bytes | float | None], wanted: Sequence[str]) -> Row | Reject:
    texts: list[str | bytes | None] = []
    for name, value in zip(wanted, values, strict=True):
        if not isinstance(value, bytes):
            texts.append(None if value is None else str(value))
            continue
        try:
            value.decode("utf-8")
        except UnicodeDecodeError:
            return Reject(place, value, f"the column `{name}` holds bytes that are no text")
        texts.append(value)
    return Row(place, tuple(texts))


def _opened(path: File) -> sqlite3.Connection:
    import sqlite3

    if isinstance(path, Path):
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    else:
        with seekable(path) as file:
            data = file.read()
        connection = sqlite3.connect(":memory:")
        connection.deserialize(data[:18] + b"\1\1" + data[20:])  # no write-ahead log: in memory there can be none
    connection.text_factory = bytes
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    for setting in ("trusted_schema = off", "cell_size_check = on", "query_only = on", "mmap_size = 0"):
        connection.execute(f"pragma {setting}")
    return connection


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _damaged(path: File, error: Exception) -> UnreadableError:
    return UnreadableError(f"is a damaged database: {error}", place=str(path), hint="export it again")
