"""Papers made for a browser: what each still lacks, and its files. Each in an engine of its own, which may be written into.

A paper takes seconds where the fleet is large. So few are made at a time, and what one lacks is remembered for as
long as the registers, the settings, the counts and the pack are what they were.
"""

from __future__ import annotations

import tempfile
import threading
import zipfile
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, TypeVar
from urllib.parse import quote

from fullcount import chain, console
from fullcount.errors import UsageError, WorkspaceError
from fullcount.forms import FORMS
from fullcount.papers import KINDS
from fullcount.paperwork import Wanted, gathered
from fullcount.web.export import SPOOLED, Exported, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fullcount.clock import Due
    from fullcount.paper import File, Form, Gap, Kind, Paper
    from fullcount.web.asked import Asked

_T = TypeVar("_T", "Kind", "Form")
KEPT = 30  # papers of which is remembered what they lack
AT_ONCE = 2  # papers that are made at a time
WAIT = 120  # seconds for which one paper waits for others
_MEDIA = {
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".zip": "application/zip",
}
_FIRST = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: the same paper gives the same bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is told of a paper: its title, its due date, its lists with their rows, and what it lacks."""

    title: str
    due: Due | None
    lists: tuple[tuple[str, int], ...]
    gaps: tuple[Gap, ...]
    before: str  # the day as of which the earlier count was, with which it compares; empty where it does not


class Drafts:
    """The papers of a server. Any number of threads may ask."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.told: OrderedDict[tuple[object, ...], Draft] = OrderedDict()
        self.turns = threading.BoundedSemaphore(AT_ONCE)

    def of(self, asked: Asked, kind: Kind) -> Draft:
        """What is told of a paper. Raises `UsageError` where the pack is not at hand, and `SettingsError`."""
        name = _state(asked, kind)
        if known := self.told.get(name):
            return known
        with self.paper(asked, kind) as (paper, before):
            lists = tuple((one.title, one.rows) for one in paper.listings)
            draft = Draft(title=paper.title, due=paper.due, lists=lists, gaps=paper.gaps, before=before)
            self.told[name] = draft
            while len(self.told) > KEPT:
                self.told.popitem(last=False)
        return draft

    def known(self, asked: Asked, kind: Kind) -> Draft | None:
        """What is told of a paper, where it was made before and nothing has changed since."""
        return self.told.get(_state(asked, kind))

    @contextmanager
    def paper(self, asked: Asked, kind: Kind) -> Iterator[tuple[Paper, str]]:
        """A paper, for as long as its lists can be read, and the day of the count with which it compares."""
        pack = asked.house.shelf.packs.of(asked.account)
        if not self.turns.acquire(timeout=WAIT):
            raise WorkspaceError("other papers are being made", hint="ask again in a minute")
        try:
            with console.engine(asked.house.workspace) as engine:
                wanted = Wanted(kind=kind, counted=asked.opened.counted, directive=pack, without_users=without_users(asked))
                facts = gathered(asked.house.workspace, engine, wanted)
                yield kind.made(facts), facts.before.as_of if facts.before else ""
        finally:
            self.turns.release()

    def file(self, asked: Asked, kind: Kind, form: Form) -> Exported:
        """A paper in a form: its file, or all of them in a zip. Raises `UsageError` where the form lacks something."""
        if lacks := form.lacks():
            raise UsageError(f"{form.title} cannot be made here", hint=lacks)
        file = tempfile.SpooledTemporaryFile(SPOOLED)  # noqa: SIM115 - closed when its last piece was sent
        try:
            with self.paper(asked, kind) as (paper, _):
                files = tuple(form.files(paper))
                suffix = files[0].suffix if len(files) == 1 else f"-{form.name}.zip"
                if len(files) == 1:
                    files[0].write(file)
                else:
                    _zipped(paper, files, file)
        except BaseException:
            file.close()
            raise
        return Exported(pieces=pieces(file), media_type=_media(suffix), headers=attachment(f"{paper.stem}{suffix}"))


def kind_of(asked: Asked) -> Kind:
    """The paper that the address names. Raises `UsageError`."""
    return _named(KINDS, asked.values["part"], "paper")


def form_of(asked: Asked) -> Form:
    """The form that the address names. Raises `UsageError`."""
    return _named(FORMS, asked.values["form"], "form")


def _named(known: Sequence[_T], name: str, what: str) -> _T:
    found = next((one for one in known if one.name == name), None)
    if found is None:
        raise UsageError(f"no {what} is called {name}", hint=f"one of: {', '.join(one.name for one in known)}")
    return found


def without_users(asked: Asked) -> bool:
    """Whether the names of users are left out, as the address says."""
    return asked.values.get("users") == "no"


def attachment(name: str) -> dict[str, str]:
    """What says how a file is called; a marking or an id may have letters that a header must not hold (RFC 6266)."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "_" for char in name)
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"}


def _media(suffix: str) -> str:
    ending = suffix[suffix.rindex(".") :]
    return _MEDIA.get(ending, "text/csv; charset=utf-8")


def _zipped(paper: Paper, files: tuple[File, ...], file: IO[bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for one in files:
            about = zipfile.ZipInfo(f"{paper.stem}{one.suffix}", _FIRST)
            about.compress_type = zipfile.ZIP_DEFLATED
            with packed.open(about, "w", force_zip64=True) as into:
                one.write(into)


def _state(asked: Asked, kind: Kind) -> tuple[object, ...]:
    """What a paper is made from: as long as nothing of it is another, the paper is the same."""
    of = asked.house.workspace
    settings, pack = of.settings(), asked.house.shelf.packs.of(asked.account)
    counts = tuple(chain.asked_for(of)) if kind.looks_back else ()
    return (
        kind.name,
        asked.account.count,
        asked.directive,
        pack.digest,
        repr(settings),
        repr(of.registers()),
        counts,
        without_users(asked),
    )
