"""The page of JSON documents: the account by its comments, every other one by what its command prints."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullcount import report
from pages.layout import MADE, comments, table
from pages.session import run

if TYPE_CHECKING:
    from collections.abc import Iterable

LINES = (
    *(report.Line, report.ProductLine, report.ReasonLine, report.ToolLine),
    *(report.OverlapLine, report.FamilyLine, report.PairLine),
    *(report.RelinkLine, report.SourceLine, report.Beside, report.Range, report.Estimate, report.ReturnLine, report.SensorLine),
)
BY_DATA = {"mapping", "scope", "requires", "capabilities", "start", "end"}  # objects whose names are data
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
    ("verify", "verify -w demo --list removed --json"),
    ("key new", "key new office.key --no-passphrase --component 'Ports Bureau' --name 'A. Person' --role cio --json"),
    ("seal", "seal -w demo --component 'Ports Bureau' --key office.key -o returns/ports.json --json"),
    ("check-return", "check-return returns/ports.json -w receiving --on 2017-10-12 --json"),
    ("receive", "receive returns/ports.json -w receiving --on 2017-10-12 --json"),
    ("rollup", "rollup -w receiving --on 2017-10-20 --json"),
    ("estimate", "estimate -w demo --json"),
    ("registers", "registers -w office --json"),
    ("registers new", "registers new contacts waves -w small --json"),
    ("registers import", "registers import contacts.csv --as contacts -w small --replace --json"),
    ("key show", "key show office.key --json"),
    ("key trust", "key trust trust.toml --on 2017-10-12 --json"),
    ("review", "review -w demo --json"),
    ("decide", "decide 'Caspersky Notes' is-not --product other -w demo --what-if --json"),
    ("drop", "drop -w small ad-computers-2017-10-11.csv --why again --json"),
    ("report", "report identify -w demo --form html --json"),
    ("audit draw", "audit draw -w demo --tolerable 4% --seed 3162451336 --json"),
    ("audit record", "audit record demo/audits/A2/visits-1.csv -w demo --partial --json"),
    ("audit evaluate", "audit evaluate -w demo --json"),
    ("deadlines", "deadlines --directive au-pspf-002-2025 --on 2025-03-01 --json"),
    ("datacall", "datacall packets -w small --by 2017-10-06 --json"),
    ("directive list", "directive list --json"),
    ("directive show", "directive show us-dhs-bod-17-01 --json"),
    ("directive check", "directive check us-dhs-bod-17-01 --json"),
    ("readers", "readers --json"),
    ("doctor", "doctor --json"),
)
# What takes too long to be run each time was printed once, and is kept beside this file, less its accounts: by the section to
# which it belongs, its command and its file. `tests/test_demo_government.py` compares its shape with what is printed now.
OTHERWISE = {"estimate": ("estimate --table", "estimate --table overlaps.csv --json")}  # the same command, about something else
RECORDED = {"demo": ("demo --government", "government.json")}


def _receiving(folder: Path) -> None:
    """An office that awaits two returns and believes one key."""
    office = folder / "receiving"
    office.mkdir()
    (office / "fullcount.toml").write_text("", "utf-8")
    (office / "tree.csv").write_text("name\nPorts Bureau\nRiver Police\n", "utf-8")
    public = (folder / "office.key.pub").read_text("utf-8").strip()
    (office / "trust.toml").write_text(f'[[key]]\ncomponent = "Ports Bureau"\nname = "A. Person"\npublic = "{public}"\n', "utf-8")


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
        if name == "check-return":
            _receiving(folder)
        printed, _ = run(folder, f"fullcount {line}")
        document = json.loads(printed[printed.index("{") :])  # progress may stand before it
        parts += _section("##", name, document)
        if name in OTHERWISE:
            command, other = OTHERWISE[name]
            parts += _section("###", command, json.loads(run(folder, f"fullcount {other}")[0]))
        if name in RECORDED:
            command, file = RECORDED[name]
            kept = json.loads(Path(__file__).with_name(file).read_text("utf-8"))
            parts += _section("###", command, kept)
    return "\n".join(parts)


def _section(level: str, name: str, document: dict[str, Any]) -> list[str]:
    """The fields of a document that a command prints."""
    rows = [[f"`{path}`", " or ".join(sorted(kinds))] for path, kinds in shape(document).items()]
    return [f"{level} {name}\n", f"`{document['schema']}`, by `fullcount {name} --json`.\n", table(["field", "type"], rows)]


def _first(kind: type[Any]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


def _fields(kind: type[Any]) -> str:
    said = comments(kind)
    rows = [[f"`{name}`", _plain(str(written)), said.get(name, "")] for name, written in kind.__annotations__.items()]
    return table(["field", "type", ""], rows)


def _plain(annotation: str) -> str:
    """A type as JSON has it: what is a class of `report` becomes a link."""
    many = re.sub(r"tuple\[(\w+), \.\.\.\]", r"list of \1", annotation).replace("Mapping[str, Any]", "object")
    plain = re.sub(r"Mapping\[str, (\w+)\]", r"object of \1", many).replace("str", "text").replace(" | None", " or null")
    return re.sub(r"\b([A-Z]\w+)", lambda found: f"[{found[1]}](#{found[1].lower()})", plain)


def shape(value: Any, path: str = "") -> dict[str, set[str]]:
    """Field -> its types, in the order of the document."""
    name = path.rsplit(".", 1)[-1]
    if isinstance(value, dict) and value.get("schema") == report.SCHEMA:
        return {path: {"[account](#account)"}}
    if isinstance(value, dict) and name not in BY_DATA:
        return _merged(shape(one, f"{path}.{key}".removeprefix(".")) for key, one in value.items())
    if isinstance(value, list):
        return _merged(shape(one, f"{path}[]") for one in value) if value else {f"{path}[]": set()}
    kinds = {bool: "bool", int: "int", float: "number", str: "text", dict: "object", type(None): "null"}
    return {path: {kinds[type(value)]}}


def _merged(shapes: Iterable[dict[str, set[str]]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for shape in shapes:
        for path, kinds in shape.items():
            found.setdefault(path, set()).update(kinds)
    return found
