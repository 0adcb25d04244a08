"""The files of the made-up government: the exports and settings of its components, and what its receiving office knows."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import datetime, time
from typing import TYPE_CHECKING

from fullcount.demo import formats, lists
from fullcount.demo.government import (
    BY_FOLDER,
    DUE,
    GOVERNMENT,
    HARVEST,
    LISTED,
    LOOKED,
    PARTS,
    Government,
    Owned,
    Part,
    days_before,
)
from fullcount.demo.machines import Component
from fullcount.demo.shown import shown_of
from fullcount.demo.truth import DIRECTIVE, Look, after

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fullcount.demo.formats import Shown

_HAND_TITLES = 4  # programs a machine that somebody wrote down by hand
_BY_HAND = """
[[table]]
match = "our-computers.csv"
name = "by-hand"
lists = "all software"
[table.columns]
hostname = "Computer"
serial = "Sticker"
looked_at = "Looked at"
name = "Program"
publisher = "By"
"""
_ON_LIST = f"""
[[table]]
match = "ad-computers*.csv"
name = "active-directory"
lists = "machines"
{lists.DIRECTORY_COLUMNS}"""
# Of how many machines of a component the office's own sensor saw one calling the vendor
SENSED = {"mint": 14, "weather": 2, "parcel": 3, "archive": 1}


def settings(part: Part) -> str:
    """The `fullcount.toml` of a component that counts."""
    tables = {"lighthouse": _BY_HAND, "weather": _ON_LIST}
    return f'organisation = "{part.name}"\ndirectives = ["{DIRECTIVE}"]\n{tables.get(part.folder, "")}'


def office_settings(name: str) -> str:
    """The `fullcount.toml` of an office that only receives."""
    return f'organisation = "{name}"\n'


def tree(folder: str = "") -> str:
    """The `tree.toml` of the government's office, or of the department that adds up its own bureaus."""
    top = BY_FOLDER.get(folder)
    head = [f'name = "{top.name if top else GOVERNMENT}"', f'directive = "{DIRECTIVE}"', f"due = {DUE}", "stale_days = 14"]
    parts = [one for one in PARTS if not top or one.parent == top.acronym]
    return "\n".join(head) + "\n" + "".join(_component(one, parts) for one in parts)


def _component(part: Part, parts: Sequence[Part]) -> str:
    rows = ["", "[[component]]", f'name = "{part.name}"', f'acronym = "{part.acronym}"']
    rows += [f'parent = "{part.parent}"'] if part.parent in {one.acronym for one in parts} else []
    rows += [f"expected = {part.expected}"] if part.expected else []
    return "\n".join(rows) + "\n"


def exports(made: Government, part: Part) -> Iterator[tuple[str, str, list[str]]]:
    """The exports of a component, each as its path, its encoding and its text in pieces."""
    seen = made.of(part.folder)
    looked = [one for one in seen if one.seen == LOOKED]
    listed = [one for one in seen if one.seen == LISTED]
    if listed:
        yield f"ad-computers-{part.as_of}.csv", "utf-8", list(lists.directory(_objects(part, listed, made.seed)))
    if part.tool == "hand":
        yield "our-computers.csv", "utf-8", list(_by_hand(part, looked, made.seed))
    elif part.tool == "glpi":
        for one in looked:
            text = list(formats.glpi(_shown(one, part, made.seed)))
            yield f"inventory-{part.as_of}/{one.machine.name}.xml", "utf-8", text
    else:
        for group in sorted({_group(one, part) for one in looked}):
            some = [_shown(one, part, made.seed) for one in looked if _group(one, part) == group]
            yield f"{group}configuration-manager-{part.as_of}.csv", "utf-8", list(formats.sccm(some))


def _group(one: Owned, part: Part) -> str:
    """The folder of an export, where a component has several; what another one owns is in the first."""
    if one.owner == part.folder:
        return f"{one.group}/" if one.group else ""
    return "offices/" if part.folder == "parcel" else ""


def _shown(one: Owned, part: Part, seed: int) -> Shown:
    """A machine as the tool of a component shows it."""
    at = after(datetime.combine(days_before(part.as_of), time()), 4, one.machine.number, 1)
    machine = one.machine
    if one.is_cut:
        machine = replace(machine, product="")
    tool = "sccm" if part.tool == "hand" else part.tool
    look = Look(tool, Component.POLICE, "", machine.name, at, complete=True, clues=frozenset())
    return shown_of(machine, look, seed)


def _objects(part: Part, listed: Sequence[Owned], seed: int) -> Iterator[tuple[str, datetime, Shown]]:
    for one in listed:
        shown = _shown(one, part, seed)
        yield part.folder.capitalize(), shown.at, shown


def _by_hand(part: Part, looked: Sequence[Owned], seed: int) -> Iterator[str]:
    """What somebody typed who went from desk to desk."""
    yield formats.row("Computer", "Sticker", "Looked at", "Program", "By")
    for one in looked:
        shown = _shown(one, part, seed)
        for title in shown.titles[:_HAND_TITLES]:
            yield formats.row(shown.name, shown.serial, f"{shown.at:%Y-%m-%d}", title.name, title.publisher)


def sensor(made: Government) -> str:
    """The office's own list: machines that called the vendor's servers, by address."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["component", "system", "seen_on", "what"])
    for folder, number in SENSED.items():
        having = [one for one in made.owned if one.owner == folder and one.machine.has_product]
        for one in having[:number]:
            seen = _shown(one, BY_FOLDER["mint"], made.seed)
            table.writerow([BY_FOLDER[folder].name, seen.address, f"{seen.at:%Y-%m-%d}", "ksn.vendor.example"])
    return text.getvalue()


def tampered(body: bytes) -> bytes:
    """A return from which somebody on the way took most of the systems that are with it: one byte of the total is another."""
    before, mark, after_it = body.partition(b'"total":{')
    place = len(before) + len(mark) + after_it.index(b'"with_it":') + len(b'"with_it":')
    assert json.loads(body)["predicate"]["account"]["total"]["with_it"] > 1
    return body[:place] + b"1" + body[place + 1 :]


RECEIVED_BY = {one.folder: HARVEST if one.parent == BY_FOLDER[HARVEST].acronym else "" for one in PARTS}
"""Who receives the return of a component: the folder of a department, or, where that is empty, the office of the government."""
