"""`fullcount explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from fullcount.engine import Engine


_STRENGTH = {
    "decided": "decided: a person said that they are one machine",
    "strong": "strong",
    "medium": "medium",
    "that day": "no other machine of the component had it on that day",
    "weak": "weak: joins nothing in the headline, opens the range",
}


@click.command("explain")
@click.argument("host")
@options.workspace
@click.option("--not", "why_not", is_flag=True, help="Show why it is *not* counted as having it, or not counted at all.")
@options.as_json
def command(host: str, workspace: Path | None, why_not: bool, as_json: bool) -> None:  # noqa: FBT001 - flags
    """Show everything behind the standing of HOST: its records, why they are one machine, the evidence with file and
    place, and what would change it. HOST is a name, a stable id or a clue such as serial=5CG71.
    """
    from fullcount.chain import last, mount
    from fullcount.explain import explain
    from fullcount.kept import lay_open

    of = console.workspace(workspace)
    counted = last(of)
    with console.engine(of) as engine:
        mount(of, engine)
        lay_open(engine, counted.folder)
        found = _absent(engine, counted.folder, host) if why_not else explain(engine, counted.folder, host)
    if as_json:
        console.emit({"schema": "fullcount.explain/1", "count": counted.folder.name, **found})
        return
    for line in (_not_lines if why_not else _lines)(found):
        console.out(line)


def _absent(engine: Engine, folder: Path, host: str) -> dict[str, Any]:
    """Why a machine does not stand *with it*, or where it is where no machine of the count is meant."""
    from fullcount.absent import elsewhere, looked_for, not_counting
    from fullcount.errors import UsageError
    from fullcount.explain import explain
    from fullcount.kept import machine

    try:
        number = machine(engine, host)["host"]
    except UsageError:
        if places := elsewhere(engine, folder, host):
            return {"asked": host, "host": "", "elsewhere": places}
        raise
    found = explain(engine, folder, host)
    kept = ("host", "name", "class", "os_family", "population", "population_reason", "standings", "exemptions", "refused")
    return {
        "asked": host,
        **{name: found[name] for name in kept},
        "looked_for": looked_for(folder, number, found["os_family"]),
        "not_counting": not_counting(found["evidence"]),
    }


def _not_lines(found: Mapping[str, Any]) -> Iterator[str]:
    if not found["host"]:
        yield f"No machine of the count is called {visible(found['asked'])}, but it occurs in what was read:"
        for row in found["elsewhere"]:
            yield f"  {visible(row['source'])}, {row['place']} ({visible(row['clue'])}): {visible(row['why'])}"
        return
    yield f"{visible(found['name'] or '')}  ({visible(found['host'])})"
    if found["population"] != "system":
        yield f"  It is not counted as a system: {visible(found['population_reason'])}."
    for one in found["standings"]:
        yield ""
        yield f"{visible(one['directive'])}: {one['standing']}: {visible(one['reason'])}"
        yield from _exemptions(found, one["directive"])
        yield from _looked_for([row for row in found["looked_for"] if row["directive"] == one["directive"]])
        rows = [row for row in found["not_counting"] if row["directive"] == one["directive"]]
        yield "  what was found and does not count"
        yield from _not_counting(rows, is_there=one["standing"] in {"with it", "exempt"})
        yield from (f"  would change it: {text}" for text in one["would_change"])


def _looked_for(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "  where it was looked for"
    for row in rows:
        unseen = "no look counts" if row["looks"] else "nobody looked"
        yield f"    {row['trace']}: {'seen' if row['is_seen'] else unseen}"
        for look in row["looks"]:
            dated = f", {_when(look['looked_at'])}" if look["looked_at"] else ""
            yield f"      {visible(look['source'])}{dated}: {look['worth']}"


def _not_counting(rows: Sequence[Mapping[str, Any]], *, is_there: bool) -> Iterator[str]:
    for row in rows:
        named = " ".join(visible(part) for part in (row["title"] or row["path"] or "(no name)", row["version"]) if part)
        yield f"    {named}: {visible(row['why'])}"
        yield f"      {visible(row['source'])}, {row['unit']} {row['place']}"
    if not rows:
        nothing = "no source has a title of the directive's on this machine"
        yield f"    nothing: {'what was found counts; see `fullcount explain`' if is_there else nothing}"


def _exemptions(found: Mapping[str, Any], directive: str) -> Iterator[str]:
    for one in found["exemptions"]:
        if one["directive"] == directive:
            how = f"expired on {one['expires']}: it no longer holds" if one["is_expired"] else f"until {one['expires']}"
            yield f"  exemption of {visible(one['product'])} by {visible(one['approver'])}, {how}"
            mitigated = f"; mitigation: {visible(one['mitigation'])}" if one["mitigation"] else ""
            yield f"    reason: {visible(one['reason'])}{mitigated}"


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{visible(found['name'])}  ({visible(found['host'])})"
    parts = [found["class"], found["os_family"] or "unknown system", f"component: {'; '.join(found['components'])}"]
    yield "  " + ", ".join(visible(part) for part in parts)
    if found["population"] != "system":
        yield f"  not counted as a system: {visible(found['population_reason'])}"
    for one in found["standings"]:
        yield ""
        yield f"{visible(one['directive'])}: {one['standing']}: {visible(one['reason'])}"
        yield from _exemptions(found, one["directive"])
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
        yield from _decided(link)
    yield from (f"  refused: {visible(one['clue'])}: {visible(one['reason'])}" for one in found["refused"])


def _evidence(found: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"evidence ({len(found['evidence'])} observations)"
    for row in found["evidence"]:
        named = " ".join(visible(part) for part in (row["title"] or row["path"] or "(no name)", row["version"]) if part)
        counts = "counts" if row["counts"] else "does not count"
        why = f": {visible(row['remains_why'])}" if row["remains_why"] else ""
        answered = f", answered by {visible(row['answered'])}" if row["answered"] else ""
        yield f"  {visible(row['product'])}: {counts}{why}{answered}"
        yield f"     {named}{', ' + visible(row['publisher']) if row['publisher'] else ''} [{row['trace']}, {row['state']}]"
        dated = _when(row["seen_on"]) if row["seen_on"] else "no date"
        yield f"     {visible(row['source'])}, {row['unit']} {row['place']}, {dated}"
        scope = f"scope {row['scope']} ({row['in_scope']})"
        yield f"     rule {visible(row['signature'])}: kind {row['kind']}, grade {row['grade']}, {scope}"
        yield from _decided(row)
        if row["path"]:
            yield f"     {visible(row['path'])}"


def _decided(row: Mapping[str, Any]) -> Iterator[str]:
    """By whom, when and why a person decided it, where one did."""
    from fullcount.decision import told

    if row["decision"]:
        yield f"     {visible(told(row['decision']), 1000)}"


def _when(moment: Any) -> str:
    return str(moment).removesuffix(" 00:00:00")
