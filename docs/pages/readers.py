"""The pages of readers: all of them in a table, and one page for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.model import Lists
from fullcount.readers import READERS
from pages.layout import MADE, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fullcount.reader import Reader

_SILENCE = {
    Lists.ALL_SOFTWARE: "What it does not list is not installed, as far as it sees: a fresh list can show *without it*.",
    Lists.SOME_SOFTWARE: "What it does not list may be there all the same: it can show *with it*, and never *without it*.",
    Lists.MACHINES: "It says that machines exist, and nothing of their software: such machines are *not covered*.",
    Lists.NETWORK: "It says which names a machine spoke to: that alone is never *with it*, and contradicts *without it*.",
}


def reader_page() -> str:
    """`readers.md`."""
    head = ["reader", "title", "lists", "sees", "basis"]
    rows = [[f"[{one.name}](readers/{one.name}.md)", one.title, str(one.lists), _seen(one), str(one.basis)] for one in READERS]
    parts = [
        "# Readers\n",
        MADE,
        "One format each. A file is recognised by what is in it, not by its name.\n",
        table(head, rows),
    ]
    parts += ["*All software* means: what is not listed is not installed. Any other list says nothing by silence.\n"]
    parts += [
        "Any other table (CSV, TSV, JSON lines, XLSX, Parquet, SQLite)",
        "can be [mapped](../guides/bring-your-exports.md).\n",
    ]
    return "\n".join(parts)


def reader_pages() -> dict[str, str]:
    """`readers/NAME.md`, one for each reader."""
    return {f"readers/{one.name}": "\n".join(_reader(one)) for one in READERS}


def _reader(one: Reader) -> Iterator[str]:
    yield f"# {one.name}\n"
    yield MADE
    yield f"{one.title}. Back to [all readers](../readers.md).\n"
    host = (
        "the file does not say it: from the file's name, a side file, the settings or `--host`" if one.needs_host else "the file"
    )
    facts = {
        "lists": str(one.lists),
        "sees": _seen(one),
        "which machine": host,
        "a place counts": one.unit,
        "basis": str(one.basis),
        "version": str(one.version),
    }
    yield table(["", ""], facts.items())
    yield f"{_SILENCE[one.lists]}\n"
    yield "## How to make the export\n"
    yield f"```text\n{one.how}\n```\n"
    yield "## What it does not see\n"
    yield from (*(f"- {text}" for text in one.blind), "")
    if one.table:
        yield "## Columns\n"
        yield "Any of these spellings, in any case and order; other columns are left alone.\n"
        yield table(["field", "columns"], _spellings(one.table.columns, one.table.required))


def _seen(one: Reader) -> str:
    return ", ".join(sorted(one.traces)) or "no software"


def _spellings(columns: Mapping[str, Sequence[str]], required: Sequence[str]) -> Iterator[list[str]]:
    for name, spellings in columns.items():
        needed = " (required)" if name in required else ""
        yield [f"{name}{needed}", ", ".join(f"`{spelling}`" for spelling in spellings)]
