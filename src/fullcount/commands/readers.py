"""`fullcount readers`."""

from __future__ import annotations

import click

from fullcount import console, options


@click.command("readers")
@click.argument("name", required=False, default="")
@options.as_json
def command(name: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """List the formats that can be read; with NAME, what that reader sees, what it cannot, and how to make the export."""
    from fullcount.errors import UsageError
    from fullcount.readers import READERS

    chosen = [reader for reader in READERS if name in {"", reader.name}]
    if not chosen:
        raise UsageError(f"no reader is called {name}", hint=f"one of: {', '.join(reader.name for reader in READERS)}")
    if as_json:
        rows = [
            {
                "name": reader.name,
                "title": reader.title,
                "lists": str(reader.lists),
                "traces": sorted(map(str, reader.traces)),
                "blind": list(reader.blind),
                "how": reader.how,
                "basis": str(reader.basis),
                "version": reader.version,
            }
            for reader in chosen
        ]
        console.emit({"schema": "fullcount.readers/1", "readers": rows})
    elif name:
        reader = chosen[0]
        console.out(f"{reader.title} ({reader.name}): lists {reader.lists}; {reader.basis}")
        console.out(f"sees: {', '.join(sorted(reader.traces)) or 'no software'}")
        for text in reader.blind:
            console.out(f"does not see: {text}")
        console.out("")
        console.out(reader.how)
    else:
        width = max(len(reader.name) for reader in chosen)
        for reader in chosen:
            console.out(f"{reader.name:<{width}}  {reader.title}: {reader.lists}; {reader.basis}")
        console.out("Any other table (CSV, TSV, JSON lines, XLSX, Parquet, SQLite): `fullcount inspect FILE` proposes a mapping.")
