"""`fullcount explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


_STRENGTH = {"strong": "strong", "medium": "medium", "weak": "weak: joins nothing in the headline, opens the range"}


@click.command("explain")
@click.argument("host")
@options.workspace
@options.as_json
def command(host: str, workspace: Path | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Show everything behind the standing of HOST: its records, why they are one machine, the evidence with file and
    place, and what would change it. HOST is a name, a stable id or a clue such as serial=5CG71.
    """
    from fullcount.chain import last, mount
    from fullcount.explain import explain

    of = console.workspace(workspace)
    counted = last(of)
    with console.engine(of) as engine:
        mount(of, engine)
        found = explain(engine, counted.folder, host)
    if as_json:
        console.emit({"schema": "fullcount.explain/1", "count": counted.folder.name, **found})
        return
    for line in _lines(found):
        console.out(line)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{visible(found['name'])}  ({visible(found['host'])})"
    parts = [found["class"], found["os_family"] or "unknown system", f"component: {'; '.join(found['components'])}"]
    yield "  " + ", ".join(visible(part) for part in parts)
    if found["population"] != "system":
        yield f"  not counted as a system: {visible(found['population_reason'])}"
    for one in found["standings"]:
        yield ""
        yield f"{visible(one['directive'])}: {one['standing']}: {visible(one['reason'])}"
        if one["since"]:
            yield f"  since {_when(one['since'])}"
        if one["products"]:
            yield f"  products: {visible(one['products'])} (kind: {one['best_kind']}, grade: {one['best_grade']})"
        yield from (f"  would change it: {text}" for text in one["would_change"])
    yield from _records(found)
    yield from _identity(found)
    yield from _evidence(found)


def _records(found: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"records ({len(found['records'])})"
    for row in found["records"]:
        dates = [
            f"{word} {_when(row[name])}" for name, word in (("looked_at", "looked at"), ("heard_at", "heard of")) if row[name]
        ]
        yield f"  #{row['record']} {visible(row['source'])}, {row['place']} ({visible(row['tool'])})"
        yield f"     lists {row['lists']}{', sees ' + row['traces'] if row['traces'] else ''}; {', '.join(dates) or 'no date'};"
        yield f"     {row['observations']:,} observations{'; ' + visible(row['note']) if row['note'] else ''}"
        yield f"     {', '.join(visible(clue, 100) for clue in row['clues']) or 'no clue'}"


def _identity(found: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "why they are one machine"
    if not found["links"]:
        yield "  one record" if len(found["records"]) == 1 else "  no link is needed"
    for link in found["links"]:
        yield f"  #{link['record']} = #{link['joined_to']}: {visible(link['clue'])} ({_STRENGTH[link['strength']]})"
    yield from (f"  refused: {visible(one['clue'])}: {visible(one['reason'])}" for one in found["refused"])


def _evidence(found: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"evidence ({len(found['evidence'])} observations)"
    for row in found["evidence"]:
        named = " ".join(visible(part) for part in (row["title"] or row["path"] or "(no name)", row["version"]) if part)
        counts = "counts" if row["counts"] else "does not count"
        yield f"  {visible(row['product'])}: {counts}{', answered by ' + visible(row['answered']) if row['answered'] else ''}"
        yield f"     {named}{', ' + visible(row['publisher']) if row['publisher'] else ''} [{row['trace']}, {row['state']}]"
        dated = _when(row["seen_on"]) if row["seen_on"] else "no date"
        yield f"     {visible(row['source'])}, {row['unit']} {row['place']}, {dated}"
        scope = f"scope {row['scope']} ({row['in_scope']})"
        yield f"     rule {visible(row['signature'])}: kind {row['kind']}, grade {row['grade']}, {scope}"
        if row["path"]:
            yield f"     {visible(row['path'])}"


def _when(moment: Any) -> str:
    return str(moment).removesuffix(" 00:00:00")
