"""The paper as one JSON document: what it says, and the account that it rests on."""

from __future__ import annotations

from functools import partial
from typing import IO, TYPE_CHECKING

from fullcount.paper import File, Form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fullcount.paper import Paper


def files(paper: Paper) -> Iterable[File]:
    """One file: `Paper.document`, its fields in their own order."""
    return (File(suffix=".json", write=partial(_write, paper)),)


def _write(paper: Paper, file: IO[bytes]) -> None:
    file.write(paper.written())


JSON = Form(name="json", title="The paper and its account, for machines", files=files)
