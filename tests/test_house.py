"""The house rules: what every file obeys, and the tools that say so."""

from __future__ import annotations

import ast
import doctest
import os
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlglot
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sqlglot import ErrorLevel, exp

from fullcount.cli import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
MODULES = sorted(SOURCE.rglob("*.py"))
STATEMENTS = sorted((SOURCE / "fullcount/sql").glob("*.sql"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
JUDGES = {
    "ruff": ["-m", "ruff", "check", "--quiet", "."],
    "format": ["-m", "ruff", "format", "--quiet", "--check", "."],
    "mypy": ["-m", "mypy"],
    "imports": ["-c", "from importlinter.cli import lint_imports_command as judge; judge()"],
}
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "core", "manager", "context", "misc"}
LOCKS = ("requirements.lock", "requirements-spark.lock")
HEAVY = {
    "cryptography",
    "defusedxml",
    "duckdb",
    "holidays",
    "jinja2",
    "numpy",
    "orjson",
    "pikepdf",
    "pyarrow",
    "pyspark",
    "python_calamine",
    "rich",
    "scipy",
    "sqlglot",
    "sqlite3",
    "typst",
    "xlsxwriter",
    "yaml",
}
HELP = """
import sys
before = set(sys.modules)
from fullcount.cli import cli
cli.main(["--help"], standalone_mode=False)
print(*sorted(set(sys.modules) - before))
"""
# Folders in which somebody works, as against those of an inventory; `\w` ends what this very line would match.
WORKPLACE = re.compile(r"(?<![\w.~*-])/(?:work|root|tmp)/\w[\w.-]*")
HOME = re.compile(r"(?<![\w.~*-])/home/\w[\w.-]*")
TOLD = {"/tmp/inventory"}  # where GLPI's own manual has an agent put its file; told to users
LEFT = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|raise NotImpl" + "ementedError")
QUOTED = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def modules() -> list[str]:
    return [".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__") for path in MODULES]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        # what judges run is not ours, and need not be watched
        env={**{name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def tracked() -> list[Path]:
    """Files that are, or would be, in the repository."""
    # a clone may belong to another user than the one who tests it
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip("no git repository here")
    paths = [ROOT / name for name in found.stdout.split("\0") if name]
    assert len(paths) > 100
    return [path for path in paths if path.is_file()]


# -- tools ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("judge", JUDGES)
def test_judges_have_no_complaint(judge):
    done = run(*JUDGES[judge])
    if done.returncode:
        pytest.fail(f"{judge}:\n{done.stdout}{done.stderr}", pytrace=False)


def test_coverage_is_asked_for_and_measured_in_what_we_start():
    assert PROJECT["tool"]["coverage"]["report"]["fail_under"] >= 95
    assert PROJECT["tool"]["coverage"]["run"]["branch"]
    assert "subprocess" in PROJECT["tool"]["coverage"]["run"]["patch"]


def pins(*locks: str) -> Iterator[Requirement]:
    for line in "\n".join((ROOT / lock).read_text("utf-8") for lock in locks).splitlines():
        if line[:1].strip() and not line.startswith("#"):
            yield Requirement(line.removesuffix("\\").strip())


def test_lock_pins_what_the_project_asks_for():
    asked = [
        *PROJECT["project"]["dependencies"],
        *(one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra),
        *(one for group in PROJECT["dependency-groups"].values() for one in group),
        *PROJECT["build-system"]["requires"],
    ]
    pinned: dict[str, list[Requirement]] = {}
    for pin in pins(*LOCKS):
        pinned.setdefault(canonicalize_name(pin.name), []).append(pin)
    for requirement in map(Requirement, asked):
        found = pinned.get(canonicalize_name(requirement.name), [])
        assert found, f"{requirement} is not in the lock: `make lock`"
        for pin in found:
            [version] = pin.specifier
            assert version.operator == "=="
            assert requirement.specifier.contains(version.version), f"{pin} is not {requirement}: `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_a_digest_for_everything_and_names_no_place(lock):
    text = (ROOT / lock).read_text("utf-8")
    pieces = re.split(r"\n(?=[\w-])", text)
    assert len(pieces) == len(list(pins(lock)))
    assert all("--hash=sha256:" in piece for piece in pieces)
    assert not re.search(r"://|file:|--(?:extra-)?index|--find-links|\s/", text)


# -- files ---------------------------------------------------------------------------------------------------------------


def test_no_file_has_a_name_that_says_nothing():
    assert not [named(path) for path in tracked() if EMPTY_NAMES & {path.stem, path.parent.name}]


def test_nothing_is_left_to_do():
    written = [path for path in tracked() if path.suffix not in {".png", ".ttf"}]  # what is drawn may have any letters in it
    found = [(named(path), match[0]) for path in written for match in LEFT.finditer(path.read_text("utf-8", "replace"))]
    assert not found


def test_no_file_names_a_place_on_a_machine():
    found = []
    for path in tracked():
        text = path.read_text("utf-8", "replace")
        # made-up inventories in tests have people with homes
        patterns = [WORKPLACE] if path.is_relative_to(ROOT / "tests") else [WORKPLACE, HOME]
        matches = [match[0] for pattern in patterns for match in pattern.finditer(text) if match[0] not in TOLD]
        found += [(named(path), text) for text in matches]
    assert not found


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_module_is_short_and_says_what_it_is(path):
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    assert len(text.splitlines()) <= 400
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    assert not [node.name for node in functions if (node.end_lineno or 0) - node.lineno + 1 > 50]


@pytest.mark.parametrize("module", modules())
def test_examples_in_docstrings_are_true(module):
    assert not doctest.testmod(import_module(module)).failed


def test_some_docstrings_have_examples():
    examples = [test for name in modules() for test in doctest.DocTestFinder().find(import_module(name)) if test.examples]
    assert len(examples) >= 10


# -- statements ----------------------------------------------------------------------------------------------------------


def test_there_are_statements():
    assert len(STATEMENTS) >= 30


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_statement_makes_one_table_for_both_engines(path):
    text = path.read_text("utf-8")
    assert text.startswith(f"-- {path.stem}: ")
    bare = QUOTED.sub("", text)
    assert bare == bare.lower()
    translated = sqlglot.transpile(text, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
    assert len(translated) == 1
    parsed = sqlglot.parse_one(text, read="duckdb")
    assert isinstance(parsed, exp.Query)
    assert not [select.sql() for select in parsed.find_all(exp.Select) if any(column.is_star for column in select.expressions)]
    # a function that sqlglot does not know goes to Spark as it stands
    assert not [function.name for function in parsed.find_all(exp.Anonymous)]


# -- what runs when ------------------------------------------------------------------------------------------------------


def test_help_names_every_command_and_imports_no_heavy_library():
    # what measures the coverage has libraries of its own
    done = run("-c", HELP)
    assert done.returncode == 0, done.stderr
    *shown, last = done.stdout.splitlines()
    assert all(any(line.split()[:1] == [name] for line in shown) for name in COMMANDS)
    loaded = set(last.split())
    assert "fullcount.cli" in loaded
    assert not HEAVY & loaded
    assert not [name for name in loaded if name.startswith("fullcount.commands.")]


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
@pytest.mark.parametrize("mark", ["real", "browser", "poppler", "openssh"])
def test_what_ci_requires_is_not_skipped_there(tmp_path, mark, ci, code):
    test = "import pytest\n\n@pytest.mark.{0}\n@pytest.mark.skipif(True, reason='not here')\ndef test_{0}():\n    pass\n"
    (tmp_path / "test_one.py").write_text(test.format(mark), "utf-8")
    quiet = ("-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "-c", "pyproject.toml", "--rootdir", str(ROOT))
    done = run("-m", "pytest", *quiet, str(tmp_path / "test_one.py"), CI=ci)
    assert done.returncode == code, done.stdout
    assert ("must run under CI" in done.stdout) == bool(ci)
