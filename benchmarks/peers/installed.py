"""What is installed: the version of a library for an interpreter, or of a program on the path."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBER = re.compile(r"\d+(?:\.\d+)+")


def library(*names: str) -> Callable[[str], str]:
    """Asks an interpreter for the versions of libraries; empty where one is missing. Nothing is imported."""

    def version(python: str) -> str:
        asked = f"from importlib.metadata import version; print(*(f'{{one}} {{version(one)}}' for one in {names!r}), sep=', ')"
        return _said(python, "-c", asked)

    return version


def program(*names: str, says: str = "--version") -> str:
    """The first of these programs that is there, with its version; empty where none is."""
    for name in names:
        if path := shutil.which(name):
            found = _NUMBER.search(_said(path, says))
            return f"{name} {found[0]}" if found else name
    return ""


def _said(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
