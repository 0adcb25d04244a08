"""A file of a pack as a tree of pieces, each with its place: the door to YAML, and where the shipped packs lie."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullcount.errors import DirectiveError
from fullcount.node import Events, document

if TYPE_CHECKING:
    from fullcount.node import Node

MAX_BYTES = 4_000_000
_QUOTE = 'put the text in quotes: "..."'
_BRACKET = 'text with a bracket or a comma in it goes in quotes: "..."'
_COLUMN = 'begin the lines of one block in the same column; text with `: ` or a quote in it goes in quotes, "..."'
# What YAML says of a mistake, whether to look where the piece begins, what is wrong in plain words, and the fix.
_MISTAKES = (
    ("unknown escape", False, "`\\` means something else between double quotes", "put a path in single quotes: '...'"),
    ("scanning a quoted scalar", True, "the quote that opens here is not closed", "end the text with the same quote"),
    ("could not find expected ':'", True, "a `key: value` is expected here", "write `: `, with a space, behind the key"),
    ("behind a tab", False, "a tab stands before the text", "indent with spaces"),
    ("cannot start any token", False, "a text begins with a sign that YAML keeps for itself", _QUOTE),
    ("alphabetic or numeric", False, "a text begins with a sign that YAML keeps for itself", _QUOTE),
    ("expected ',' or", False, "the bracket of line {opened} is not closed, or a comma is missing", _BRACKET),
    ("mapping values are not allowed", False, "a second `: `, or another column than the line above", _COLUMN),
    ("did not find expected", False, "this does not go on as the lines above", _COLUMN),
    ("expected <block end>", False, "this does not go on as the lines above", _COLUMN),
)


def shelf() -> Path:
    """The folder of the directives that come with the program; `vendors.yaml` lies beside their folders."""
    installed = Path(__file__).parent / "directives"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "directives"


def tree(path: Path) -> Node:
    """What a YAML file says. Raises `DirectiveError` with the place where it cannot be read."""
    import yaml

    try:
        data = path.read_bytes()
    except OSError as error:
        raise DirectiveError(f"cannot be read: {error.strerror}", place=str(path)) from error
    if len(data) > MAX_BYTES:
        raise DirectiveError(f"longer than {MAX_BYTES:,} bytes", place=str(path))
    resolver = yaml.SafeLoader("")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where it is built
    try:
        events = yaml.parse(data.decode("utf-8-sig"), Loader=loader)
        tag = partial(resolver.resolve, yaml.ScalarNode, implicit=(True, False))
        return document(Events(path, iter(events), lambda value: str(tag(value=value)).rpartition(":")[2]))
    except UnicodeDecodeError as error:
        raise DirectiveError("is not UTF-8 text", place=str(path), hint="save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise _not_yaml(error, path, data.decode("utf-8-sig").splitlines()) from error


def _not_yaml(error: Any, path: Path, lines: list[str]) -> DirectiveError:
    """The error to raise about syntax, at the line where people have to look, in their words and with the fix."""
    problem, mark, begun = (getattr(error, name, None) for name in ("problem", "problem_mark", "context_mark"))
    if mark is None:
        return DirectiveError(f"is not YAML: {problem or error}", place=str(path))
    written = lines[mark.line] if mark.line < len(lines) else ""
    tabbed = "token" in str(problem) and "\t" in written[: len(written) - len(written.lstrip())]
    about = f"{getattr(error, 'context', None)}; {problem}{'; behind a tab' if tabbed else ''}"
    for sign, at_begin, says, hint in _MISTAKES:
        if sign in about:
            line = begun.line + 1 if at_begin and begun else mark.line + 1
            opened = begun.line + 1 if begun else line
            return DirectiveError(f"is not YAML: {says.format(opened=opened)}", place=f"{path}:{line}", hint=hint)
    return DirectiveError(f"is not YAML: {problem}", place=f"{path}:{mark.line + 1}", hint=_QUOTE)
