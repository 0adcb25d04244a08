"""The paper to sign: pages that screen readers can read (PDF/UA-1) and archives keep (PDF/A-3a), with its numbers attached."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from functools import partial
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from fullcount.attachment import OF_RETURN
from fullcount.errors import UsageError
from fullcount.forms.layout import Words, laid_out
from fullcount.forms.letters import FAMILIES, shown
from fullcount.paper import File, Form

if TYPE_CHECKING:
    from fullcount.paper import Carried, Paper
    from fullcount.report import Account

INSTALL = "pip install 'fullcount[report]'"
ATTACHED = "paper.json"
EDGE = 60  # characters of a name at the edge of a page
UNDATED = date(1970, 1, 1)  # PDF/A demands a date of the file; the page says that the day is not known
_DIGEST = re.compile("[0-9a-f]{64}")
WORDS = Words(name=shown, prose=shown)


def write(paper: Paper, file: IO[bytes]) -> None:
    """The PDF. Raises `UsageError` where typst, an extra, is not installed."""
    if needed := lacks():
        raise UsageError("a PDF needs typst, which is not installed", hint=needed)
    import typst

    folder = files("fullcount")
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[Path(str(folder / "data/fonts"))])
    template = (folder / "forms/paper.typ").read_bytes()
    values = {"view": json.dumps(_view(paper)), "document": paper.written().decode()}
    if paper.carried:
        values["envelope"] = paper.carried.envelope.decode()
    day = _day(paper.account)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    compiler = typst.Compiler(template, font_paths=fonts, ignore_system_fonts=True, sys_inputs=values)
    made = compiler.compile(format="pdf", pdf_standards=["ua-1", "a-3a"], timestamp=int(midnight.timestamp()))
    assert isinstance(made, bytes)
    file.write(made)


def lacks() -> str:
    """How to install what is missing; empty where nothing is."""
    return "" if find_spec("typst") else INSTALL


def _view(paper: Paper) -> dict[str, Any]:
    view = laid_out(paper, WORDS)
    day = _day(paper.account)
    return view | {
        "author": [view["organisation"]] if view["organisation"] else [],
        "day": [day.year, day.month, day.day],
        "families": FAMILIES,
        "page": "us-letter" if paper.is_letter else "a4",
        "missing": f"{len(paper.gaps):,}",
        "attached": ATTACHED,
        "whose": shown(paper.account.organisation, EDGE),
        "mark": shown(paper.marking, EDGE),
        "carried": _carried(paper.carried) if paper.carried else None,
    }


def _carried(one: Carried) -> dict[str, Any]:
    """What the page says of the sealed return: enough to see that it is the one that is meant, and whom to ask."""
    return {
        "attached": OF_RETURN,
        "component": shown(one.component),
        "sequence": f"{one.sequence:,}",
        "digest": one.digest,
        # a digest is copied: nothing stands between its signs
        "keys": [key if _DIGEST.fullmatch(key) else shown(key) for key in one.keys],
    }


def _day(account: Account) -> date:
    try:
        return date.fromisoformat(account.as_of[:10])
    except ValueError:
        return UNDATED


def _files(paper: Paper) -> tuple[File, ...]:
    return (File(suffix=".pdf", write=partial(write, paper)),)


PDF = Form(name="pdf", title="PDF to read and to sign", files=_files, lacks=lacks)
