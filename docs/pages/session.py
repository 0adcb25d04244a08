"""What commands print: pages whose blocks of the kind `console` are run, in one folder for all."""

from __future__ import annotations

import io
import os
import re
import shlex
from contextlib import chdir, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

from fullcount import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = re.compile(r"^```(console|csv|toml|yaml|markdown)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


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
