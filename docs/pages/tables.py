"""The page of tables: the columns of a reading and of a count, and what each table is."""

from __future__ import annotations

import inspect
import re
from importlib.resources import files
from itertools import takewhile
from typing import TYPE_CHECKING

from fullcount import match, model, report, tables
from fullcount.kept import KEPT
from pages.layout import LINE, MADE, comments, table

if TYPE_CHECKING:
    from pathlib import Path

# Made in Python, so that no statement says what they hold.
WITHOUT_STATEMENT = {
    "live_sources": "the sources that count, with their final dates: one row per source",
    "left_files": "files of which nothing was counted, since nobody could read them (`refused`) or a person took them out"
    " (`dropped`), and why: one row per file",
    "clue_carried": "which record carries which clue, by number: one row per record and clue",
    "clue_keys": "every distinct clue, numbered by kind and key, with how often it occurs, in how many sources, and how often"
    " inside one of them: one row per kind and key",
    "host_about": "what a list of machines says of each whatever the directive, in the order of that list, and its turn in it;"
    " its clues lie, in the same order, in `host_clue_text`: one row per host",
    "host_clue_text": "the clues of a system in one line, strongest first, in the order of `host_about`: one row per host",
    "host_clues": "the clues of a host that identify something, in the order of their numbers: `clue_keys` has their text."
    " `step`: the turn of its kind in joining records, empty: it joins nothing; `hosts`: how many carry it; `refused`: why it"
    " joins nothing. Which address it had on which day (lease) identifies no machine: one row per host and clue",
    "host_list": "the list of systems, ready to be written out, by component and name: one row per directive and system",
    "look_list": "the matrix of coverage, line by line: every system, every record of it, what that look is worth, and which"
    " traces it sees; in the order of numbers: one row per directive, system and record",
    "host_of": "which machine a record belongs to, without the weak links (host) and with them (host_weak): one row per record",
    "links": "why records are one machine: one row per record that was joined to another, and clue; `is_decided`: by a person",
    "refusals": "clues that join nothing, and why: one row per clue; `refused_by` is value, person, popularity, clone or"
    " contradiction",
    "relinks": "links tried out: pairs of records that share a strong clue, and how many are joined again without that kind",
    "required": "which traces a look must see, from the directive: one row per directive, family of systems and trace",
    "product_names": "the products of a directive, and the ids of the capabilities that each had, with a space between: one row"
    " per directive and product",
    "replacing": "what is registered to stand in for a product: one row per directive, product and replacement; `capabilities`:"
    " those that both have, `component`: the one for which it was chosen, empty: all",
    "replacement_titles": "titles by which an inventory shows a replacement: one row per title and replacement",
    "exempted": "findings under an exemption of the settings or the registers, expired or not: one row per directive, host and"
    " product",
    "unplaced": "records that name no machine: one row per record",
    "near_left": "how many titles are near for a reason that too many others share, and are not in near_titles: one row per"
    " directive and reason",
    "akin": "titles that a publisher or a word of a name makes near, whatever signatures say: one row per directive, title and"
    " reason",
    "verdicts": "what a directive says of a title: one row per directive, title and product",
}


def table_page(workspace: Path) -> str:
    """`tables.md`; the columns of a count are those of the demo's."""
    import pyarrow.parquet as pq

    parts = ["# Tables\n", MADE, "Parquet files that any SQL shell reads. Times are UTC; ids mean something in one place only.\n"]
    parts += ["## Of a reading: `readings/<id>/`\n", "What one `read` has read. Never changed again.\n"]
    said = _columns_said()
    for name, columns in tables.READING.items():
        rows = [[f"`{one}`", kind, said.get((name, one), "")] for one, kind in columns.items()]
        parts += [f"### {name}\n", table(["column", "type", ""], rows)]
    parts += [
        "## Of a count: `counts/<id>/`\n",
        "`accounts.json` holds [the accounts](json.md#account), `inputs.json` the settings and the version of counting that were",
        "used; the tables lie behind them. `made_of.json` says what each table was made of, and has the digest of its file: a",
        "later count takes over, as a link to the same file, each table that would be made of the same.\n",
    ]
    known = {"verdicts": comments(match, after="VERDICTS: "), "host_list": comments(report, after="HOSTS: ")}
    count = min((workspace / "counts").iterdir())  # all have the same columns
    for name in sorted(KEPT):
        schema, beside = pq.read_schema(count / f"{name}.parquet"), known.get(name, {})
        rows = [[f"`{one.name}`", _typed(str(one.type)), beside.get(one.name, "")] for one in schema]
        parts += [f"### {name}\n", f"{_meaning(name)}\n", table(["column", "type", ""], rows)]
    return "\n".join(parts)


def _columns_said() -> dict[tuple[str, str], str]:
    """What a column of a reading means: said in `tables`, else where its field is defined."""
    fields = {"titles": model.Title, "details": model.Detail, "records": model.Record}
    said = {(place, name): text for place, of in fields.items() for name, text in comments(of).items()}
    said = {where: text for where, text in said.items() if not text.startswith("None")}  # of the code, not of the table
    place = ""
    for line in inspect.getsource(tables).splitlines():
        if opened := re.match(r'    "(\w+)": \{', line):
            place = opened[1]
        elif (found := LINE.match(line)) and found[2]:
            said[place, found[1]] = found[2]
    return said


def _typed(arrow: str) -> str:
    return {"string": "text", "large_string": "text", "timestamp[us]": "time"}.get(arrow, arrow)


def _meaning(name: str) -> str:
    """What its statement says of a table, and last which tables it reads."""
    said = WITHOUT_STATEMENT.get(name, "")
    if not said:
        lines = (files("fullcount") / "sql" / f"{name}.sql").read_text("utf-8").splitlines()
        head = takewhile(lambda line: line.startswith("--"), lines)
        said = " ".join(line.removeprefix("-- ") for line in head).removeprefix(f"{name}: ").rstrip(".")
    meaning, _, read = re.sub(r"[;.,:]? (one row)", r". \1", said).partition("reads ")
    sentences = [one.strip(" ;:") for one in meaning.split(". ")]
    tables_read = f" Reads {', '.join(f'`{name}`' for name in read.split(', '))}." if read else ""
    return " ".join(f"{one[:1].upper()}{one[1:].rstrip('.')}." for one in sentences if one) + tables_read
