"""Windows: what a script found in the Start menu and the folders of programs: names, files, shortcuts.

A row with a shortcut proves the shortcut: what it leads to may be gone. A row without one was found as a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.model import Batch, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lines import BLOCK
from fullcount.readers.windows.rows import rows_of, sheet_with, shown
from fullcount.text import without_user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.readers.windows.rows import Cells

_COLUMNS = frozenset({"appname", "executablepath", "shortcutpath"})


def claims(peek: Peek) -> bool:
    """A table with a column of names, of files and of shortcuts."""
    return sheet_with(peek, _COLUMNS) is not None


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the row. Raises `UnreadableError` for a table of another kind."""
    _, rows = rows_of(stream, _COLUMNS)
    batch = Batch(key="machine")
    batch.record = Record(
        place=1,
        clues=[("hostname", stream.host)] if stream.host else [],
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        os_family=Os.WINDOWS,
        note="shortcuts and files are listed, not installs",
    )
    for row in rows:
        if isinstance(row, Reject):
            batch.rejects.append(row)
        else:
            _take(batch, *row)
        if len(batch.sightings) + len(batch.rejects) >= BLOCK:
            yield batch
            batch = Batch(key="machine")
    yield batch


def _take(batch: Batch, place: int, cells: Cells) -> None:
    """A store app is known by its model id, family name and application parted by `!`, and was found as one."""
    name, path, shortcut = (cells.get(column) for column in ("appname", "executablepath", "shortcutpath"))
    family, bang, _ = cells.get("appusermodelid", "").partition("!")
    package = family if bang and "_" in family else None
    if not name and not path and not package:
        if cells:
            batch.reject(place, shown(cells), "neither a name nor a file")
        return
    title = Title(
        Trace.APP if package and not path else Trace.FILE,
        name=name,
        path=without_user(path) if path else None,
        package=package,
    )
    state = State.RESIDUE if shortcut else State.FILES if path else State.INSTALLED if package else State.RESIDUE
    batch.saw(title, place, state, Detail(path=path) if path and path != title.path else None)


SHORTCUTS = Reader(
    name="shortcuts",
    title="Windows Start menu and files of programs, as a table of a script",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "A shortcut outlives its program: what has one is residue, unless other evidence says more.",
        "Help files, uninstallers and parts of programs are rows as programs are; there are no publishers and no versions.",
        "What the script did not look at is not listed, and the table does not say what that is.",
        "The table names neither its machine nor its date.",
    ),
    how=(
        "It comes from a script. Where you can choose, list the Uninstall keys instead (see `uninstall`); else save a table with "
        "the columns AppName, ExecutablePath, ShortcutPath, AppUserModelID as HOST.csv."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
