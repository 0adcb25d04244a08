"""`fullcount read`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from fullcount import options
from fullcount.console import Progress, emit, out, say, workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fullcount.workspace import Read, Workspace

REJECTS = 4
SHOWN = 10


@click.command("read")
@options.exports
@options.workspace
@options.reader
@options.host
@options.collected_at
@options.rehash
@options.strict
@options.quiet
@options.as_json
@click.pass_context
def command(context: click.Context, /, exports: Sequence[Path], **chosen: Any) -> None:
    """Read EXPORTS (files or folders) into the workspace. The files are not changed, and nothing is counted yet."""
    if not exports:
        raise click.UsageError("give the files or folders to read")
    done = read_into(workspace(chosen["workspace"]), exports, chosen)
    if chosen["as_json"]:
        emit(document(done))
    else:
        for line in lines(done):
            out(line)
    if chosen["strict"] and rejected(done):
        context.exit(REJECTS)


def read_into(into: Workspace, exports: Sequence[Path], chosen: dict[str, Any]) -> Read:
    """Read exports with the options that a person chose, showing how far it has come."""
    from fullcount.errors import UsageError
    from fullcount.read import Options
    from fullcount.readers import READERS
    from fullcount.text import visible

    names = [reader.name for reader in READERS]
    if chosen["reader"] and chosen["reader"] not in names:
        raise UsageError(f"no reader is called {chosen['reader']}", hint=f"one of: {', '.join(names)}")
    progress = Progress(quiet=chosen["quiet"])
    given = Options(progress=progress, **{name: chosen[name] for name in ("reader", "host", "collected_at", "rehash")})
    try:
        done = into.read(exports, options=given, readers=READERS)
    finally:
        progress.end()
    refused = [one for one in done.outcomes if one.became == "refused"]
    for one in refused[:SHOWN]:
        say(f"not read: {visible(one.name)}: {visible(one.reason)} ({visible(one.hint)})")
    if len(refused) > SHOWN:
        say(f"not read: {len(refused) - SHOWN:,} more files")
    return done


def rejected(done: Read) -> int:
    """Pieces and files that could not be used."""
    return sum(one.counts.rejects for one in done.outcomes) + sum(one.became == "refused" for one in done.outcomes)


def lines(done: Read) -> list[str]:
    """What was read, for a person."""
    from fullcount.text import visible

    became = Counter(one.became for one in done.outcomes)
    by_reader: dict[str, list[Any]] = {}
    for one in done.outcomes:
        if one.became == "read":
            by_reader.setdefault(one.reader, []).append(one.counts)
    found = [
        f"{visible(reader)}: {_some(len(counts), 'file')}, {sum(one.records for one in counts):,} records, "
        f"{sum(one.observations for one in counts):,} observations, {sum(one.rejects for one in counts):,} rejects"
        for reader, counts in sorted(by_reader.items())
    ]
    return [*found, f"{became['read']:,} files read, {became['known']:,} already known, {became['refused']:,} not usable"]


def _some(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def document(done: Read) -> dict[str, Any]:
    """What was read, for a program."""
    return {
        "schema": "fullcount.read/1",
        "reading": done.reading,
        "files": [
            {
                "name": one.name,
                "became": one.became,
                "reader": one.reader,
                "records": one.counts.records,
                "observations": one.counts.observations,
                "rejects": one.counts.rejects,
                "reason": one.reason,
            }
            for one in done.outcomes
        ],
    }
