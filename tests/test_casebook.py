"""The casebook: every heading of `casebook/*.md` is a case, run through the doors that a user has.

A case is prose, inventories as fenced blocks, and what must be said of them. A fence's first line is its kind, its
words and its options: `csv FILENAME` writes a file below the exports (`component=` puts a folder before it,
`encoding=`, `ends=` and `modified=` say how it is saved), `toml fullcount.toml` is the workspace's settings, `register
FILENAME` one of its registers, `decide ...` is what a person decides before the count, for the reason below it (`link
CLUE`, `split CLUE`, `undo NUMBER`, or a title as in `TITLE is --product ID`), and the kinds of `EXPECTED` say what must
come out. Each `account DIRECTIVE` names one that the case is counted under, all at once; what follows it is said of that
one.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.packs import PACKS

from fullcount import chain
from fullcount.cli import cli
from fullcount.console import engine
from fullcount.read import Options
from fullcount.readers import READERS
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.engine import Engine
    from fullcount.report import Account, Line, Range

CASEBOOK = Path(__file__).parent / "casebook"
EXPORTS = {"csv", "json", "text", "xml"}
OPTIONS = {"as-of", "component", "encoding", "ends", "modified", "since"}
ENDS = {"lf": ["\n"], "crlf": ["\r\n"], "cr": ["\r"], "mixed": ["\r\n", "\n", "\r"]}
DECIDED = {"link": ["hosts"], "split": ["hosts"], "undo": ["decisions"]}  # the command of a decision; else it is of a title
Table = list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A fenced block: its kind, the words and options beside it, and its lines."""

    kind: str
    words: tuple[str, ...]
    options: dict[str, str]
    lines: list[str] = field(default_factory=list)

    def table(self) -> Table:
        """Cells between bars, under a first line of names."""
        rows = [[cell.strip() for cell in line.split("|")] for line in self.lines if line.strip()]
        return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]

    def pairs(self) -> dict[str, str]:
        """Lines `name = number`."""
        return {name.strip(): number.strip() for name, _, number in (line.partition("=") for line in self.lines)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One heading of the casebook, with its fences in their order."""

    file: str
    heading: str
    fences: list[Fence] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Fence]:
        """The fences of some kinds."""
        return [one for one in self.fences if one.kind in kinds]


def cases(path: Path) -> Iterator[Case]:
    """The cases of one file."""
    case, fence = None, None
    for line in path.read_text("utf-8").splitlines():
        if fence is not None:
            fence = None if line == "```" else fence
            if fence is not None:
                fence.lines.append(line)
        elif line.startswith("## "):
            if case:
                yield case
            case = Case(file=path.stem, heading=line.removeprefix("## "))
        elif line.startswith("```"):
            assert case, f"{path.name}: a block before the first heading"
            case.fences.append(fence := begun(line.removeprefix("```")))
    assert fence is None, f"{path.name}: the last block is never closed"
    if case:
        yield case


def begun(line: str) -> Fence:
    """A fence by its first line. What is no option is a word: `explain serial=5CG71` asks for a clue."""
    kind, *rest = shlex.split(line)
    said = [part for part in rest if part.partition("=")[0] in OPTIONS]
    words = tuple(part for part in rest if part not in said)
    return Fence(kind=kind, words=words, options=dict(part.split("=", 1) for part in said))


# -- a case becomes a count ---------------------------------------------------------------------------------------------


def save(exports: Path, fence: Fence) -> None:
    """Write one export as its fence says."""
    [name] = fence.words
    path = exports / fence.options.get("component", "") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(line + end for line, end in zip(fence.lines, cycle(ENDS[fence.options.get("ends", "lf")]), strict=False))
    path.write_bytes(text.encode(fence.options.get("encoding", "utf-8")))
    if said := fence.options.get("modified"):
        moment = datetime.fromisoformat(said).replace(tzinfo=UTC).timestamp()
        os.utime(path, (moment, moment))


def counted(case: Case, folder: Path) -> tuple[Workspace, dict[str, Account]]:
    """Read the inventories of a case into a workspace and count them: an account for each of its directives."""
    exports = folder / "exports"
    for fence in case.of(*EXPORTS):
        save(exports, fence)
    workspace = Workspace.create(folder / "workspace", text="\n".join(line for one in case.of("toml") for line in one.lines))
    workspace.read([exports], options=Options(), readers=READERS)
    for fence in case.of("register"):
        save(workspace.folder / "registers", fence)
    names = [fence.words[0] for fence in case.of("account")]
    for fence in case.of("decide"):
        words = [*DECIDED.get(fence.words[0], ["decide", "--directive", names[0]]), *fence.words]
        asked(workspace, [*words, "--why", " ".join(fence.lines)])
    with engine(workspace) as made:
        found = run(case, workspace, made)
    return workspace, {name: found.of(name) for name in names}


def run(case: Case, workspace: Workspace, engine: Engine) -> chain.Counted:
    """Count what a case's workspace holds, under its directives and as of its day."""
    asked = case.of("account")
    day = asked[0].options.get("as-of")
    packs = [PACKS[one.words[0]] for one in asked]
    return chain.run(workspace, engine, directives=packs, readers=READERS, as_of=date.fromisoformat(day) if day else None)


# -- what must come out: each kind of block against the account ---------------------------------------------------------


def lines(account: Account, expected: Fence) -> None:
    rows = expected.table()
    columns = list(rows[0])
    found = {line.component: shown(line, columns) for line in account.components}
    found["total"] = shown(account.total, columns) | {"component": "total"}
    assert found == {row["component"]: row for row in rows}
    if "as-of" in expected.options:
        assert account.as_of == expected.options["as-of"]


def shown(line: Line | Range, columns: list[str]) -> dict[str, str]:
    return {column: str(getattr(line, column)) for column in columns}


def span(account: Account, expected: Fence) -> None:
    found = [
        {"number": "systems"} | shown(account.range_systems, ["low", "high"]),
        {"number": "with_it"} | shown(account.range_with_it, ["low", "high"]),
    ]
    assert found == expected.table()


def reasons(account: Account, expected: Fence) -> None:
    found = {(one.standing, one.reason): str(one.systems) for one in account.reasons}
    assert found == {(row["standing"], row["reason"]): row["systems"] for row in expected.table()}


def beside(account: Account, expected: Fence) -> None:
    found: dict[str, int] = {}
    for one in account.beside:
        found[one.name] = found.get(one.name, 0) + one.value
    assert {name: str(value) for name, value in found.items()} == expected.pairs()


def products(account: Account, expected: Fence) -> None:
    found = {
        one.name: {"systems": str(one.systems), "kind": ", ".join(one.kinds), "grade": ", ".join(one.grades)}
        for one in account.products
    }
    asked = expected.table()
    columns = list(asked[0])[1:]
    assert {name: {column: one[column] for column in columns} for name, one in found.items()} == {
        row["product"]: {column: row[column] for column in columns} for row in asked
    }


def sources(account: Account, expected: Fence) -> None:
    rows = expected.table()
    columns = [column for column in rows[0] if column != "file"]
    found = {one.name: {"file": one.name} | {column: str(getattr(one, column)) for column in columns} for one in account.sources}
    assert found == {row["file"]: row for row in rows}


def sentence(account: Account, expected: Fence) -> None:
    assert account.sentence == " ".join(expected.lines)


def methods(account: Account, expected: Fence) -> None:
    assert not [line for line in expected.lines if line not in account.methods]


CHECKS: dict[str, Any] = {
    "account": lines,
    "range": span,
    "reasons": reasons,
    "beside": beside,
    "products": products,
    "sources": sources,
    "sentence": sentence,
    "methods": methods,
}
EXPECTED = {*CHECKS, "explain", "says", "changes", "verified"}  # the last ones ask a command
CASES = [case for path in sorted(CASEBOOK.glob("*.md")) for case in cases(path)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.heading}")
def test_case(case, tmp_path):
    workspace, accounts = counted(case, tmp_path)
    account = next(iter(accounts.values()))
    for fence in case.fences:
        account = accounts[fence.words[0]] if fence.kind == "account" else account
        if check := CHECKS.get(fence.kind):
            check(account, fence)
    for fence in case.of("explain", "says"):
        said(workspace, fence)
    for fence in case.of("verified"):
        verified(workspace, account, fence)
    for fence in case.of("changes"):
        compared(workspace, account, fence)


def said(workspace: Workspace, expected: Fence) -> None:
    """The lines that a command must say, in their order: `says hosts conflicts`; those of `explain HOST` in any order."""
    words = ["explain", *expected.words] if expected.kind == "explain" else [*expected.words]
    done = asked(workspace, words)
    told = [" ".join(line.split()) for line in done.splitlines()]  # columns are as wide as the screen lets them
    rest = iter(told)
    for line in expected.lines:
        rest = iter(told) if expected.kind == "explain" else rest
        assert any(" ".join(line.split()) in one for one in rest), f"{line!r} is not said, or not there, in:\n{done}"


def asked(workspace: Workspace, words: list[str]) -> str:
    """What a command answers."""
    done = CliRunner().invoke(cli, [*words, "--workspace", str(workspace.folder)])
    assert done.exit_code == 0, done.output
    return done.stdout


def verified(workspace: Workspace, account: Account, expected: Fence) -> None:
    """The numbers of `fullcount verify`: all that are not nought."""
    found = json.loads(asked(workspace, ["verify", "--directive", account.directive["id"], "--json"]))
    every = [*found["states"], *found["marks"], *found["beside"]]
    assert {one["list"]: str(one["systems"]) for one in every if one["systems"]} == expected.pairs()


def compared(workspace: Workspace, account: Account, expected: Fence) -> None:
    """The lists of `fullcount diff`, from the count as of the day `since` to that of the case: all that are not empty."""
    of = ["--workspace", str(workspace.folder)]
    earlier = ["count", *of, "--directive", account.directive["id"], "--as-of", expected.options["since"]]
    assert CliRunner().invoke(cli, earlier).exit_code == 0
    done = CliRunner().invoke(cli, ["diff", *of, "last", account.count, "--json"])
    assert done.exit_code == 0, done.output
    [one] = json.loads(done.stdout)["directives"]
    assert one["before"]["as_of"] == expected.options["since"]
    assert {part["list"]: str(part["systems"]) for part in one["lists"] if part["systems"]} == expected.pairs()


# -- the casebook itself -------------------------------------------------------------------------------------------------


def test_casebook_is_large_and_no_heading_stands_twice():
    headings = [(case.file, case.heading) for case in CASES]
    assert len(headings) >= 26
    assert len(set(headings)) == len(headings)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.heading}")
def test_case_is_told_whole(case):
    assert {fence.kind for fence in case.fences} <= EXPORTS | EXPECTED | {"decide", "register", "toml"}
    names = [fence.words[0] for fence in case.of("account")]
    assert names
    assert len(set(names)) == len(names)
    assert case.of(*EXPORTS)
    tables = [fence.table() for fence in case.of("account")]
    assert all([row["component"] for row in rows].count("total") == 1 for rows in tables)
    for row in (row for rows in tables for row in rows):
        parts = [int(row[name]) for name in ("with_it", "exempt", "without_it", "not_covered") if name in row]
        assert sum(parts) <= int(row["systems"])


@pytest.mark.parametrize("path", sorted(CASEBOOK.glob("*.md")), ids=lambda path: path.stem)
def test_prose_of_the_casebook_gives_reasons(path):
    for piece in re.split(r"^## ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        heading, _, rest = piece.partition("\n")
        prose = re.sub(r"^```.*?^```$", "", rest, flags=re.MULTILINE | re.DOTALL)
        assert len(prose.split()) >= 15, f"{heading}: a case without a story"
