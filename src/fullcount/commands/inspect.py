"""`fullcount inspect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.errors import NothingUsableError, WorkspaceError
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@click.command("inspect")
@options.exports
@options.workspace
@options.as_json
def command(exports: Sequence[Path], workspace: Path | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Say what EXPORTS (files or folders) are, who reads them, and propose a mapping for tables that nobody reads."""
    from fullcount.exports import find
    from fullcount.inspect import inspected
    from fullcount.readers import READERS
    from fullcount.settings import Settings

    try:
        of = console.workspace(workspace)
        known, left_out = of.settings(), of.own()
    except WorkspaceError:
        known, left_out = Settings(), []
    documents = [document for found in find(exports, leave_out=left_out) for document in inspected(found, READERS, known)]
    if not documents:
        raise NothingUsableError("there is no file in what was given", hint="give the files or folders to look at")
    if as_json:
        console.emit({"schema": "fullcount.inspect/1", "files": documents})
        return
    for document in documents:
        for line in _lines(document):
            console.out(line)


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    name = visible(document["file"])
    if document["claimed_by"]:
        yield f"{name}: {visible(document.get('title', document['claimed_by']))} (reader {visible(document['claimed_by'])})"
        if document.get("lists"):
            yield f"  lists {document['lists']}; {document['basis']}"
    else:
        yield f"{name}: {visible(document['problem'])}"
        yield f"  hint: {visible(document['hint'])}"
    if document.get("encoding"):
        yield f"  {document['bytes']:,} bytes, {document['encoding']}"
    if document.get("host"):
        yield f"  machine: {visible(document['host'])}"
    if document.get("clues"):
        yield f"  clues: {', '.join(document['clues'])}"
    if document.get("dated"):
        yield f"  made on {document['dated']}, by its name"
    yield from (f"  missing: {text}" for text in document["missing"])
    for table in document["tables"]:
        part = f" {visible(table['name'])}" if table["name"] else ""
        yield f"  table{part}: {', '.join(visible(column, 40) for column in table['columns'])}"
        yield from (f"  note: {visible(note)}" for note in table["notes"])
        if table["paste"]:
            yield ""
            yield from (f"    {visible(line, 10_000)}" for line in table["paste"].splitlines())
    yield ""
