"""Makes the parts of the manual that the code knows better: `docs/reference/`, and what commands print in every page.

In a block of the kind `console` each line `$ fullcount ...` is run, and what it prints is put below it; a block of the
kind `csv NAME`, `toml NAME` or `markdown NAME` is written as a file first. So is `yaml NAME`; where that file is there, the
block takes the place of the keys that it names, and the rest stays. All pages share one folder, in which the demo lies.
Left out is what is of the day and not of the program: `note: as of ...`.
"""
# ruff: noqa: INP001 - a script, no package

from __future__ import annotations

import inspect
import io
import json
import os
import re
import shlex
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount import cli, directive, match, model, report, tables
from fullcount.count import KEPT
from fullcount.errors import FullcountError, SettingsError, UsageError
from fullcount.model import Lists
from fullcount.readers import READERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from fullcount.condition import Condition
    from fullcount.directive import Directive, Entity, Signature
    from fullcount.product import Called, Product
    from fullcount.reader import Reader

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs/reference"
# The tour first: it makes the demo that other pages look into.
_GUIDES = (
    *("bring-your-exports", "read-the-account", "explain-a-machine", "review-titles", "automate", "compare-counts"),
    *("decide-about-machines", "write-a-directive"),
)
SHOWN = ("docs/tour.md", *(f"docs/guides/{name}.md" for name in _GUIDES))
MADE = "<!-- Made by docs/make.py from the code: change it there. -->\n"
BLOCK = re.compile(r"^```(console|csv|toml|yaml|markdown)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r'^\s+"?(\w+)"?: [^#]*?(?:  # (.*))?$')  # a field or a column, and what stands beside it
# Made in Python, so that no statement says what they hold.
WITHOUT_STATEMENT = {
    "live_sources": "the sources that count, with their final dates: one row per source",
    "clue_carried": "which record carries which clue, by number: one row per record and clue",
    "clue_keys": "every distinct clue, numbered by kind and key, with how often it occurs, in how many sources, and how often"
    " inside one of them: one row per kind and key",
    "host_of": "which machine a record belongs to, without the weak links (host) and with them (host_weak): one row per record",
    "links": "why records are one machine: one row per record that was joined to another, and clue; `is_decided`: by a person",
    "refusals": "clues that join nothing, and why: one row per clue; `refused_by` is value, person, popularity, clone or"
    " contradiction",
    "relinks": "links tried out: pairs of records that share a strong clue, and how many are joined again without that kind",
    "required": "which traces a look must see, from the directive: one row per directive, family of systems and trace",
    "exempted": "findings under an exemption of the settings, expired or not: one row per directive, host and product",
    "unplaced": "records that name no machine: one row per record",
    "near_left": "how many titles are near for a reason that too many others share, and are not in near_titles: one row per"
    " directive and reason",
    "verdicts": "what a directive says of a title: one row per directive, title and product",
}
LINES = (
    *(report.Line, report.ProductLine, report.ReasonLine, report.ToolLine, report.OverlapLine, report.PairLine),
    *(report.RelinkLine, report.SourceLine, report.Beside, report.Range),
)
BY_DATA = {"mapping", "scope", "requires", "capabilities"}  # objects whose names are data
# Each command that has --json, as it is run to see what it prints; the folders are those of the demo and a small one.
ASKED = (
    ("demo", "demo small --systems 40 --json"),
    ("inspect", "inspect exports/Ports/2017-10-10/software.csv demo/exports/purchasing-2017-10-02.csv --json"),
    ("read", "read -w small 'demo/exports/Records Office' --json"),
    ("count", "count -w demo --json"),
    ("explain", "explain -w demo PO-W001221 --json"),
    ("coverage", "coverage -w demo --json"),
    ("hosts conflicts", "hosts conflicts -w demo --json"),
    ("hosts link", "hosts link -w small hostname=PC-1 hostname=PC-2 --by Officer --why 'one desk' --json"),
    ("hosts split", "hosts split -w small serial=5CG7100001 --by Officer --why 'two makers' --json"),
    ("decisions", "decisions -w small --json"),
    ("decisions undo", "decisions undo 1 -w small --by Officer --why 'two desks' --json"),
    ("history", "history -w demo PO-W001221 --json"),
    ("diff", "diff -w demo --list removed --json"),
    ("review", "review -w demo --json"),
    ("decide", "decide 'Caspersky Notes' is-not --product other -w demo --what-if --json"),
    ("drop", "drop -w small ad-computers-2017-10-11.csv --why again --json"),
    ("directive list", "directive list --json"),
    ("directive show", "directive show us-dhs-bod-17-01 --json"),
    ("directive check", "directive check us-dhs-bod-17-01 --json"),
    ("readers", "readers --json"),
    ("doctor", "doctor --json"),
)


def main() -> None:
    """Write every page that is made."""
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")


def pages() -> dict[Path, str]:
    """Every page that is made or has a part that is, with its text."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        found = {ROOT / page: with_output((ROOT / page).read_text("utf-8"), folder) for page in SHOWN}
        made = {
            "commands": command_page(),
            "readers": reader_page(),
            **reader_pages(),
            "directives": directive_page(),
            "tables": table_page(folder / "demo"),
            "json": json_page(folder),
        }
    return found | {REFERENCE / f"{page}.md": text for page, text in made.items()}


def run(folder: Path, line: str) -> tuple[str, int]:
    """What `fullcount ...` prints, there, and its exit code; behind `| head -N` the first lines of its stdout."""
    command, _, most = line.partition(" | head -")
    printed, said = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True) for _ in range(2))
    surroundings = dict(os.environ)
    os.environ |= {"COLUMNS": "100", "NO_COLOR": "1"}
    code: Any = 0
    try:
        with chdir(folder), redirect_stdout(printed), redirect_stderr(said if most else printed):
            cli.main(shlex.split(command)[1:])
    except SystemExit as ended:
        code = ended.code
    finally:
        os.environ.clear()
        os.environ.update(surroundings)
    text = printed.buffer.getvalue().decode()
    if code not in {0, 2, 3, 4, 10, 12}:
        raise RuntimeError(f"{line}: {code}: {text}")
    lines = [one.rstrip() for one in text.splitlines() if not one.startswith("note: as of")]
    return "\n".join(lines[: int(most)] if most else lines).strip("\n"), code


def with_output(page: str, folder: Path) -> str:
    """The page, its commands run."""

    def block(match: re.Match[str]) -> str:
        kind, name, body = match.groups()
        if kind != "console":
            if name:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(_edited(folder / name, body) if kind == "yaml" else body, "utf-8")
            return match[0]
        return f"```console\n{''.join(_session(body, folder))}```"

    return BLOCK.sub(block, page)


def _edited(path: Path, body: str) -> str:
    """A YAML file in which these lines take the place of the old ones: a key at the margin, with all that is below it."""
    before, *parts = re.split(r"^(?=[a-z_]+:)", body, flags=re.MULTILINE)
    if before.strip() or not path.exists():
        return body
    said = {part.partition(":")[0]: part.rstrip() for part in parts}
    found = []
    for old in re.split(r"^(?=[a-z_]+:)", path.read_text("utf-8"), flags=re.MULTILINE):
        kept = old.rstrip()
        found.append(said.pop(old.partition(":")[0], kept) + old[len(kept) :])
    return "".join([*found, *(f"\n{part}\n" for part in said.values())])


def _session(body: str, folder: Path) -> Iterator[str]:
    here, code = folder, 0
    for line in body.splitlines():
        if line.startswith("$ "):
            yield f"{line}\n"
        if line.startswith("$ cd "):
            here = folder / line.removeprefix("$ cd ")
        elif line.startswith("$ fullcount"):
            printed, code = run(here, line.removeprefix("$ "))
            yield f"{printed.replace(f'{folder}{os.sep}', '~/').replace(str(folder), '~')}\n" if printed else ""
        elif line == "$ echo $?":
            yield f"{code}\n"


def command_page() -> str:
    """`commands.md`."""
    from fullcount.commands import count, read

    codes = {
        0: "done",
        UsageError.exit_code: "the command line or `fullcount.toml` names something that does not exist",
        FullcountError.exit_code: "nothing usable: no file could be read, there is no workspace, or something is broken",
        read.REJECTS: "done, but a piece or a file was rejected (only with `--strict`)",
        count.FOUND: "done, and a system has it (only with `--fail-on found`)",
        count.COVERAGE: "done, and fewer systems than asked for were looked at (only with `--fail-on coverage=N`)",
        cli.BUG: "a bug: please report it; the message says where the details are",
        130: "interrupted: the workspace is as it was",
    }
    assert SettingsError.exit_code == UsageError.exit_code
    top = click.Context(cli.cli, info_name="fullcount", **cli.cli.context_settings)
    parts = ["# Commands\n", MADE, f"{_told(cli.cli)}\n", "`fullcount` alone says where things stand and what to do next.\n"]
    parts += ["Exit codes:\n", _table(["code", "means"], [[str(code), text] for code, text in codes.items()])]
    for name in cli.COMMANDS:
        command = cli.cli.get_command(top, name)
        assert command is not None
        parts += _command(command, click.Context(command, info_name=name, parent=top), "##")
    return "\n".join(parts)


def _command(command: click.Command, context: click.Context, level: str) -> Iterator[str]:
    yield f"{level} {context.command_path}\n"
    yield f"{_told(command)}\n"
    yield f"```usage\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    records = [one.get_help_record(context) for one in command.get_params(context) if isinstance(one, click.Option)]
    rows = [[f"`{record[0]}`", record[1]] for record in records if record]
    yield _table(["option", "means"], rows)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _command(below, click.Context(below, info_name=name, parent=context), f"{level}#")


def _told(command: click.Command) -> str:
    return " ".join((command.help or "").split())


def reader_page() -> str:
    """`readers.md`."""
    head = ["reader", "title", "lists", "sees", "basis"]
    rows = [[f"[{one.name}](readers/{one.name}.md)", one.title, str(one.lists), _seen(one), str(one.basis)] for one in READERS]
    parts = [
        "# Readers\n",
        MADE,
        "One format each. A file is recognised by what is in it, not by its name.\n",
        _table(head, rows),
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


_SILENCE = {
    Lists.ALL_SOFTWARE: "What it does not list is not installed, as far as it sees: a fresh list can show *without it*.",
    Lists.SOME_SOFTWARE: "What it does not list may be there all the same: it can show *with it*, and never *without it*.",
    Lists.MACHINES: "It says that machines exist, and nothing of their software: such machines are *not covered*.",
    Lists.NETWORK: "It says which names a machine spoke to: that alone is never *with it*, and contradicts *without it*.",
}


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
    yield _table(["", ""], facts.items())
    yield f"{_SILENCE[one.lists]}\n"
    yield "## How to make the export\n"
    yield f"```text\n{one.how}\n```\n"
    yield "## What it does not see\n"
    yield from (*(f"- {text}" for text in one.blind), "")
    if one.table:
        yield "## Columns\n"
        yield "Any of these spellings, in any case and order; other columns are left alone.\n"
        yield _table(["field", "columns"], _spellings(one.table.columns, one.table.required))


def _seen(one: Reader) -> str:
    return ", ".join(sorted(one.traces)) or "no software"


def _spellings(columns: Mapping[str, Sequence[str]], required: Sequence[str]) -> Iterator[list[str]]:
    for name, spellings in columns.items():
        needed = " (required)" if name in required else ""
        yield [f"{name}{needed}", ", ".join(f"`{spelling}`" for spelling in spellings)]


def directive_page() -> str:
    """`directives.md`."""
    head = ["# Directives\n", MADE, "The bans that come with fullcount: what each covers, and how it is recognised.\n"]
    return "\n".join([*head, *(part for name in directive.shipped() for part in _directive(directive.find(name)))])


def _directive(one: Directive) -> Iterator[str]:
    yield f"## {one.id}\n"
    yield f"{one.title}. {one.issuer}, issued {one.issued}. Version {one.version}, {len(one.examples)} examples. <{one.url}>\n"
    yield f"{one.note}\n" if one.note else ""
    yield "Scope. *Silent* is what the text does not say: never taken for *out*, and listed beside the count.\n"
    yield _table(["scope", "ruling"], [[name.replace("_", " "), ruling] for name, ruling in one.scope.items()])
    if one.exclusions:
        yield from ("Left out by the directive itself:\n", *(f"- {exclusion.what}" for exclusion in one.exclusions), "")
    yield "A complete look must see:\n"
    yield _table(["system", "traces"], [[str(family), ", ".join(traces)] for family, traces in one.requires.items()])
    yield "### Entities\n"
    rows = [_entity(entity) for entity in one.entities]
    yield _table(["entity", "role", "also written", ""], rows)
    yield "### Products\n"
    yield _table(["product", "name", "kind", "scope", "also called", "traces", "did for security"], map(_product, one.products))
    yield "### Signatures\n"
    yield "*Kind* is the strongest state that a signature can prove, *grade* how surely the title is that product.\n"
    yield _table(["signature", "product", "grade", "kind", "what a title must have", "source"], map(_signature, one.signatures))
    yield "### Sources\n"
    yield _table(["source", "what it is"], list(map(list, one.sources.items())))
    yield f"Each is explained in [sources.md](../../directives/{one.id}/sources.md).\n"


def _entity(one: Entity) -> list[str]:
    return [one.name, one.role, ", ".join(one.aliases), "not verified: decides nothing" if one.unverified else ""]


def _product(one: Product) -> list[str]:
    called = "; ".join(f"{name.name}{_years(name)}" for name in one.names)
    forms = "; ".join(f"{form.os} ({form.how}): {', '.join(form.traces)}" for form in one.forms)
    scope = one.scope.replace("_", " ")
    return [f"`{one.id}`", one.name, one.kind, scope, called, forms, ", ".join(one.capabilities)]


def _years(name: Called) -> str:
    doubt = ", not verified" if name.unverified else ""
    years = f"{name.since or ''}-{name.until or ''}" if name.since or name.until else ""
    return f" ({years}{doubt})" if years else doubt


def _signature(one: Signature) -> list[str]:
    grade = f"{one.grade}, unverified" if one.unverified else str(one.grade)
    return [f"`{one.id}`", f"`{one.product}`", grade, str(one.kind), _said(one.condition), one.source]


def _said(condition: Condition) -> str:
    if condition.join == "test":
        values = ", ".join(f"`{value}`" for value in condition.written)
        return f"{condition.field} {condition.how} {values if len(condition.written) == 1 else f'one of ({values})'}"
    parts = [_said(part) if part.join == "test" else f"({_said(part)})" for part in condition.parts]
    return f"not {parts[0]}" if condition.join == "not" else {"all": " and ", "any": " or "}[condition.join].join(parts)


def table_page(workspace: Path) -> str:
    """`tables.md`; the columns of a count are those of the demo's."""
    import pyarrow.parquet as pq

    parts = ["# Tables\n", MADE, "Parquet files that any SQL shell reads. Times are UTC; ids mean something in one place only.\n"]
    parts += ["## Of a reading: `readings/<id>/`\n", "What one `read` has read. Never changed again.\n"]
    said = _columns_said()
    for name, columns in tables.READING.items():
        rows = [[f"`{one}`", kind, said.get((name, one), "")] for one, kind in columns.items()]
        parts += [f"### {name}\n", _table(["column", "type", ""], rows)]
    parts += [
        "## Of a count: `counts/<id>/`\n",
        "`accounts.json` holds [the accounts](json.md#account), `inputs.json` the settings and the version of counting that were",
        "used; the tables lie behind them.\n",
    ]
    known = {"verdicts": comments(match, after="VERDICTS: "), "host_list": comments(report, after="HOSTS: ")}
    count = min((workspace / "counts").iterdir())  # all have the same columns
    for name in sorted(KEPT):
        schema, beside = pq.read_schema(count / f"{name}.parquet"), known.get(name, {})
        rows = [[f"`{one.name}`", _typed(str(one.type)), beside.get(one.name, "")] for one in schema]
        parts += [f"### {name}\n", f"{_meaning(name)}\n", _table(["column", "type", ""], rows)]
    return "\n".join(parts)


def comments(of: Any, *, after: str = "") -> dict[str, str]:
    """What stands beside the fields or columns in a source text, by name."""
    text = inspect.getsource(of).partition(after)[2] if after else inspect.getsource(of)
    return {found[1]: found[2] or "" for line in text.splitlines() if (found := LINE.match(line))}


def _columns_said() -> dict[tuple[str, str], str]:
    """What a column of a reading means: said in `tables`, else where its field is defined."""
    fields = {"titles": model.Title, "details": model.Detail, "records": model.Record}
    said = {(table, name): text for table, of in fields.items() for name, text in comments(of).items()}
    said = {where: text for where, text in said.items() if not text.startswith("None")}  # of the code, not of the table
    table = ""
    for line in inspect.getsource(tables).splitlines():
        if opened := re.match(r'    "(\w+)": \{', line):
            table = opened[1]
        elif (found := LINE.match(line)) and found[2]:
            said[table, found[1]] = found[2]
    return said


def _typed(arrow: str) -> str:
    return {"string": "text", "large_string": "text", "timestamp[us]": "time"}.get(arrow, arrow)


def _meaning(table: str) -> str:
    """What its statement says of a table, and last which tables it reads."""
    said = WITHOUT_STATEMENT.get(table, "")
    if not said:
        lines = (files("fullcount") / "sql" / f"{table}.sql").read_text("utf-8").splitlines()
        head = takewhile(lambda line: line.startswith("--"), lines)
        said = " ".join(line.removeprefix("-- ") for line in head).removeprefix(f"{table}: ").rstrip(".")
    meaning, _, read = re.sub(r"[;.,:]? (one row)", r". \1", said).partition("reads ")
    sentences = [one.strip(" ;:") for one in meaning.split(". ")]
    tables_read = f" Reads {', '.join(f'`{name}`' for name in read.split(', '))}." if read else ""
    return " ".join(f"{one[:1].upper()}{one[1:].rstrip('.')}." for one in sentences if one) + tables_read


def json_page(folder: Path) -> str:
    """`json.md`: the account by the comments of `report`, every other document by what the command prints."""
    parts = [
        "# JSON\n",
        MADE,
        "Every document names its schema and version. Times are ISO 8601, UTC. `a[].b` is the `b` of each `a`.\n",
    ]
    parts += [
        "## account\n",
        f"`{report.SCHEMA}`, by `fullcount report json`; also inside other documents, and kept in each count.\n",
    ]
    parts += [f"{_first(report.Account)}\n", _fields(report.Account)]
    for kind in LINES:
        parts += [f"### {kind.__name__}\n", f"{_first(kind)}\n", _fields(kind)]
    for name, line in ASKED:
        printed, _ = run(folder, f"fullcount {line}")
        document = json.loads(printed[printed.index("{") :])  # progress may stand before it
        rows = [[f"`{path}`", " or ".join(sorted(kinds))] for path, kinds in _shape(document).items()]
        parts += [f"## {name}\n", f"`{document['schema']}`, by `fullcount {name} --json`.\n", _table(["field", "type"], rows)]
    return "\n".join(parts)


def _first(kind: type[Any]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


def _fields(kind: type[Any]) -> str:
    said = comments(kind)
    rows = [[f"`{name}`", _plain(str(written)), said.get(name, "")] for name, written in kind.__annotations__.items()]
    return _table(["field", "type", ""], rows)


def _plain(annotation: str) -> str:
    """A type as JSON has it: what is a class of `report` becomes a link."""
    many = re.sub(r"tuple\[(\w+), \.\.\.\]", r"list of \1", annotation).replace("Mapping[str, Any]", "object")
    plain = re.sub(r"Mapping\[str, (\w+)\]", r"object of \1", many).replace("str", "text").replace(" | None", " or null")
    return re.sub(r"\b([A-Z]\w+)", lambda found: f"[{found[1]}](#{found[1].lower()})", plain)


def _shape(value: Any, path: str = "") -> dict[str, set[str]]:
    """Field -> its types, in the order of the document."""
    name = path.rsplit(".", 1)[-1]
    if isinstance(value, dict) and value.get("schema") == report.SCHEMA:
        return {path: {"[account](#account)"}}
    if isinstance(value, dict) and name not in BY_DATA:
        return _merged(_shape(one, f"{path}.{key}".removeprefix(".")) for key, one in value.items())
    if isinstance(value, list):
        return _merged(_shape(one, f"{path}[]") for one in value) if value else {f"{path}[]": set()}
    kinds = {bool: "bool", int: "int", float: "number", str: "text", dict: "object", type(None): "null"}
    return {path: {kinds[type(value)]}}


def _merged(shapes: Iterable[dict[str, set[str]]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for shape in shapes:
        for path, kinds in shape.items():
            found.setdefault(path, set()).update(kinds)
    return found


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(' '.join(cell.replace('|', '&#124;').split()) for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
