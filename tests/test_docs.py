"""The manual is true: what is made from the code is as the code makes it, and nothing is missing or made up."""

from __future__ import annotations

import importlib.util
import re
import shlex
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from tests.packs import PACKS

from fullcount import beside, hierarchy, settings, trust
from fullcount.cli import COMMANDS, cli
from fullcount.clue import KINDS
from fullcount.entry import NOT_WRITTEN
from fullcount.kept import KEPT
from fullcount.model import Standing
from fullcount.reader import RECORD_COLUMNS
from fullcount.readers import READERS
from fullcount.tables import DETAIL_FIELDS, READING, TITLE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
FENCED = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOML = re.compile(r"^```toml(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
READERS_BY_NAME = {reader.name: reader for reader in READERS}


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def sections(page: str, level: str = "##") -> dict[str, str]:
    """Heading -> what stands below it."""
    parts = re.split(rf"^{level} (.+)$", FENCED.sub("", text_of(page)), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(text: str) -> list[list[str]]:
    """The rows of a section's first table, without its head."""
    found = []
    for line in text.strip().splitlines():
        if line.startswith("|"):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
        elif found:
            break
    return found[2:]


@pytest.fixture(scope="module")
def maker() -> Iterator[Any]:
    """`docs/make.py`, which finds its modules beside it, as when it is run."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(DOCS))
        spec = importlib.util.spec_from_file_location("make_docs", DOCS / "make.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


WRITTEN = {
    DOCS / "reference" / name for name in ("robustness.md", "performance.md", "returns.md")
}  # by tests and benchmarks, not by docs/make.py


def test_made_pages_are_as_the_code_makes_them(maker):
    made: dict[Path, str] = maker.pages()
    assert {path for path in made if path.parent.name == "reference"} == set((DOCS / "reference").glob("*.md")) - WRITTEN
    assert {ROOT / page for page in maker.SHOWN} <= set(made)
    stale = [named(path) for path, text in made.items() if path.read_bytes() != text.encode()]
    assert not stale, "`make docs` writes them anew"


def test_pages_that_show_what_commands_print_are_made(maker):
    showing = {path for path in PAGES if any(kind == "console" for kind, _ in FENCED.findall(path.read_text("utf-8")))}
    assert showing <= {ROOT / page for page in maker.SHOWN}


# -- against the code ----------------------------------------------------------------------------------------------------


def test_every_command_is_documented_and_nothing_else_is():
    assert re.findall(r"^## fullcount ([a-z-]+)$", text_of("reference/commands.md"), re.MULTILINE) == list(COMMANDS)


def test_every_option_is_documented():
    described = sections("reference/commands.md")
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command
        spelled = {option for one in command.params if isinstance(one, click.Option) for option in one.opts}
        assert all(re.search(rf"[`\s]{option}\b", described[f"fullcount {name}"]) for option in spelled)


def test_every_reader_is_described():
    listed = re.findall(r"^\| \[([\w-]+)\]\(readers/\1\.md\) \|", text_of("reference/readers.md"), re.MULTILINE)
    assert listed == list(READERS_BY_NAME)
    assert {path.stem for path in (DOCS / "reference/readers").iterdir()} == set(READERS_BY_NAME)
    for name, reader in READERS_BY_NAME.items():
        page = text_of(f"reference/readers/{name}.md")
        assert all(f"- {text}\n" in page for text in reader.blind)
        assert f"| basis | {reader.basis} |" in page
        assert reader.how in page


def test_changelog_names_every_reader():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert not [name for name in READERS_BY_NAME if not re.search(rf"(?<![\w-]){name}(?![\w-])", text)]


@pytest.mark.parametrize("name", PACKS)
def test_every_signature_is_described_with_its_source(name):
    one = PACKS[name]
    described = sections("reference/directives.md")[name]
    for signature in one.signatures:
        assert re.search(rf"^\| `{re.escape(signature.id)}` .*\| {signature.source} \|$", described, re.MULTILINE)
    assert all(f"| `{product.id}` |" in described for product in one.products)
    assert all(f"| {source} |" in described for source in one.sources)


def test_every_table_is_described_and_nothing_else_is():
    assert sorted(sections("reference/tables.md", "###")) == sorted([*READING, *KEPT])


def test_every_json_output_is_described():
    with_json = []
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command
        below = {"": command, **(command.commands if isinstance(command, click.Group) else {})}
        with_json += [
            f"{name} {part}".strip()
            for part, one in below.items()
            if any("--json" in option.opts for option in one.params if isinstance(option, click.Option))
        ]
    assert sorted(sections("reference/json.md")) == sorted(["account", *with_json])


# -- settings ------------------------------------------------------------------------------------------------------------

TABLES: dict[str, Any] = {
    "Top": settings.Settings,
    **{f"[[{name}]]": kind for name, kind in settings.RULES.lists.items()},
}


def test_every_table_of_the_settings_is_described():
    assert list(sections("guides/settings.md")) == list(TABLES)


@pytest.mark.parametrize("head", TABLES)
def test_every_key_of_the_settings_is_described_with_its_default_and_nothing_else_is(head):
    described = {row[0].strip("`"): row[1] for row in rows(sections("guides/settings.md")[head])}
    keys = {one.name: one for one in fields(TABLES[head]) if one.name not in NOT_WRITTEN}
    assert sorted(described) == sorted(keys)
    for name, key in keys.items():
        assert (described[name] == "required") == (key.default is MISSING and key.default_factory is MISSING)
        if isinstance(key.default, int | str) and key.default:
            assert described[name].strip('`"') == str(key.default)


def test_every_field_of_a_table_is_described():
    described = sections("guides/settings.md")["[[table]]"].partition("Fields of `columns`")[2]
    fields_of_columns = {*KINDS, *RECORD_COLUMNS, *TITLE_FIELDS, *DETAIL_FIELDS} - {"type"}
    assert set(re.findall(r"`(\w+)`", described)) == {*fields_of_columns}


SAID = [
    (named(path), number, name or settings.FILE, body)
    for path in PAGES
    for number, (name, body) in enumerate(TOML.findall(path.read_text("utf-8")))
]
EXAMPLES = [(page, number, body) for page, number, name, body in SAID if name == settings.FILE]
OTHERS = {trust.FILE: trust.load, **dict.fromkeys(hierarchy.FILES, hierarchy.load)}  # files that are no settings


@pytest.mark.parametrize(("page", "number", "body"), EXAMPLES)
def test_every_example_of_settings_is_understood(page, number, body, tmp_path):
    path = tmp_path / settings.FILE
    path.write_text(body, "utf-8")
    assert settings.load(path) != settings.Settings()


@pytest.mark.parametrize("example", [one for one in SAID if one[2] != settings.FILE], ids=lambda one: f"{one[0]}-{one[1]}")
def test_every_example_of_another_file_is_understood(example, tmp_path):
    _, _, name, body = example
    path = tmp_path / name
    path.write_text(body, "utf-8")
    assert OTHERS[name](path)


def test_the_examples_use_every_key():
    whole = "\n".join(body for _, _, body in EXAMPLES)
    keys = {one.name for kind in TABLES.values() for one in fields(kind)} - {
        *NOT_WRITTEN,
        "howto",
        "traces",
        "machine_class",
        "sheet",
    }
    assert not [name for name in sorted(keys) if not re.search(rf"^\[*(?:table\.)?{name}\b", whole, re.MULTILINE)]


# -- prose ---------------------------------------------------------------------------------------------------------------


def test_every_kind_of_clue_is_explained_with_its_strength():
    told = {name: row[1] for row in rows(sections("why/identity.md")["Clues"]) for name in re.findall(r"`(\w+)`", row[0])}
    assert told == {name: "never join" if kind.step is None else kind.strength for name, kind in KINDS.items()}


@pytest.mark.parametrize("page", ["../README.md", "guides/read-the-account.md", "why/what-is-counted.md"])
def test_every_standing_is_explained(page):
    assert all(re.search(rf"\b{standing}\b", text_of(page).lower()) for standing in Standing)


def test_every_reason_of_a_standing_is_explained():
    said = text_of("why/what-is-counted.md")
    for statement in ("standing", "coverage"):
        text = (ROOT / f"src/fullcount/sql/{statement}.sql").read_text("utf-8")
        for reason in re.findall(r"(?:then|else) (?:concat\()?'([^']{4,})'", text):
            if reason not in {*Standing, "exempted by decision"}:
                short = re.split(r"[:(]", reason)[0].strip().removeprefix("the looks at it are ").removesuffix(" at its software")
                assert short.removeprefix("the look at it ") in said, reason


def test_every_name_beside_the_count_is_explained():
    told = "; ".join(row[0] for row in rows(sections("guides/read-the-account.md")["Beside the count"]))
    counted = {name for name, _, _ in beside.COUNTED}
    assert not [name for name in (*beside.SYSTEMS, *beside.APART.values(), *beside.TITLES, *counted) if name not in told]


def test_readme_names_the_two_commands():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    for command in ("demo", "test"):
        assert f"\nmake {command} " in readme
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(page):
    for target in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in a link."""
    heads = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


CALL = re.compile(r"(?:\$ |.* && )?(fullcount(?: .*)?)$")
SHELL = re.compile(r" (?:\||2?>|#) ?|\s{4,}")  # what ends a call: a pipe, a file, a remark


def lines() -> list[tuple[str, str]]:
    """Every line of a fenced block that calls fullcount, less what belongs to the shell."""
    return [
        (named(page), SHELL.split(call[1])[0])
        for page in PAGES
        for kind, body in FENCED.findall(page.read_text("utf-8"))
        if kind != "usage"  # with placeholders
        for line in body.splitlines()
        if (call := CALL.match(line))
    ]


@pytest.mark.parametrize(("page", "line"), sorted(set(lines())))
def test_every_line_that_calls_fullcount_can_be_said(page, line):
    command: click.Command = cli
    words = shlex.split(line)[1:]
    # as `main` makes it: click keeps the help option of the first context that it meets
    context = click.Context(cli, info_name="fullcount", **cli.context_settings)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        below = command.get_command(context, name)
        assert below, f"{page}: no command {name}"
        command = below
    if command is not cli:
        command.make_context(command.name, words, parent=context)


def test_lines_are_found():
    assert {page for page, _ in lines()} >= {"README.md", "docs/tour.md", "docs/guides/automate.md"}
    assert len(lines()) >= 20


def test_picture_is_a_picture():
    assert (DOCS / "pictures/report.png").read_bytes().startswith(b"\x89PNG")
