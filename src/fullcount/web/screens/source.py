"""One file: what it is, when it was made and how that is known, what came of it, and what could not be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.errors import UsageError
from fullcount.model import LOOK_STATES
from fullcount.web.listing import Part
from fullcount.web.lists.files import REJECTS
from fullcount.web.screen import Screen
from fullcount.web.screens.sources import readers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fullcount.web.asked import Asked

REJECTED = 10  # pieces that are shown word for word
HOW = {
    "content": "the file says so itself",
    "name": "from the date in the name of the file or its folder",
    "option": "said by a person when the file was read (--collected-at)",
    "settings": "said in fullcount.toml",
    "": "nothing says when it was made",
}
HOST_HOW = {
    "option": "said by a person when the file was read",
    "settings": "said in fullcount.toml",
    "side file": "from the file beside it",
    "file name": "from the name of the file",
}
# of one digest, which may be that of several files
_FILES = """
select live_sources.source, live_sources.name, live_sources.digest, live_sources.tool, live_sources.reader,
    live_sources.unit, live_sources.collected_at, live_sources.collected_how, live_sources.modified_at,
    sources.bytes, sources.encoding, sources.host, sources.host_how, sources.pieces, sources.used, sources.reader_version,
    sources.records, sources.observations, sources.rejects, sources.notes
from live_sources
inner join sources on live_sources.source = sources.source
where live_sources.digest = $digest
order by live_sources.name, live_sources.identity
"""
_COMPONENTS = "select component from account_sources where digest = $digest and name = $name limit 1"
_STATES = """
select source_states.state, source_states.systems from source_states
where source_states.directive = $directive and source_states.source = $source
"""


def view(asked: Asked) -> dict[str, Any]:
    """All sources of a digest: two machines may give the same bytes. Raises `UsageError` where there is none."""
    digest = asked.values["part"]
    found = asked.engine.ask(_FILES, {"digest": digest}).to_pylist()
    if not found:
        hint = "the page of all sources has those that were counted, and those that were left"
        raise UsageError(f"no file of this count has the digest {digest[:64]}", hint=hint)
    known = readers(asked.opened.counted.folder)
    return {
        "title": found[0]["name"] if len(found) == 1 else f"{len(found)} files with the same content",
        "files": [_file(asked, row) for row in found],
        "known": known,
        "how": HOW,
        "host_how": HOST_HOW,
    }


def _file(asked: Asked, row: Mapping[str, Any]) -> dict[str, Any]:
    """A source with its component, what its looks are worth, and its first rejects. Numbers are those of lists of its own."""
    of = {"source": row["name"], "digest": row["digest"]}
    rejects = Part(listing=REJECTS, directive=asked.directive, values=of)
    named = {"digest": row["digest"], "name": row["name"]}
    states = asked.engine.ask(_STATES, {"directive": asked.directive, "source": row["source"]}).to_pylist()
    worth = [str(word) for word in LOOK_STATES]
    component = asked.engine.ask(_COMPONENTS, named).to_pylist()
    return {
        **row,
        "of": of,
        "notes": (row["notes"] or "").splitlines(),
        "component": component[0]["component"] if component else "",
        "states": sorted(states, key=lambda one: worth.index(one["state"])),
        "raw": rejects.rows(asked.engine, first=0, most=REJECTED) if row["rejects"] else [],
    }


SOURCE = Screen(path="source/{part}", title="File", template="source.html.j2", view=view, in_menu=False, is_frozen=True)
