"""Sources: what each tool is, what it sees and what not, what it gave, and what of it could not be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount import chart
from fullcount.kept import kept_inputs
from fullcount.model import LOOK_STATES, Trace
from fullcount.settings import Table
from fullcount.table import mapped
from fullcount.web.listing import Part
from fullcount.web.lists.files import LEFT
from fullcount.web.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fullcount.reader import Reader
    from fullcount.report import Account, PairLine
    from fullcount.web.asked import Asked

PAIRS, REASONS, FILES = 12, 40, 12  # rows that are shown before the rest


def view(asked: Asked) -> dict[str, Any]:
    """A block a tool, then what every two tools know of each other's systems, and what was not counted."""
    account = asked.account
    known = readers(asked.opened.counted.folder)
    pairs = _pairs(account)
    left = Part(listing=LEFT, directive=asked.directive, values={})
    reasons = _reasons(asked)
    return {
        "tools": [(tool, known.get(tool.tool)) for tool in account.tools],
        "of_whole": chart.of_whole,
        "titles": {tool.tool: tool.title for tool in account.tools},
        "states": [str(word) for word in LOOK_STATES],
        "traces": [str(word) for word in Trace],
        "pairs": pairs[:PAIRS],
        "more_pairs": pairs[PAIRS:],
        "reasons": reasons[:REASONS],
        "more_reasons": reasons[REASONS:],
        "rejects": asked.size("rejects"),
        "left": left.count(asked.engine),
        "left_files": left.rows(asked.engine, first=0, most=FILES),
    }


def readers(folder: Path) -> Mapping[str, Reader]:
    """The readers by name, with the tables that the organisation mapped itself as the count in this folder had them."""
    own = [_table(row) for row in kept_inputs(folder).get("settings", {}).get("table", ())]
    from fullcount.readers import READERS  # here: the first page does not wait for all readers

    return {reader.name: reader for reader in (*READERS, *map(mapped, own))}


def _table(row: Mapping[str, Any]) -> Table:
    """A mapped table as a count keeps it: what a page says of it needs no dates."""
    said = {name: value for name, value in row.items() if name in Table.__dataclass_fields__ and name != "date"}
    return Table(**{**said, "traces": tuple(row.get("traces", ()))})


def _pairs(account: Account) -> list[tuple[PairLine, PairLine]]:
    """Every two tools, those first where one knows most systems that the other does not; and the same the other way round."""
    lines = {(line.tool, line.other): line for line in account.pairs}
    both = [(line, lines[other, tool]) for (tool, other), line in lines.items() if tool < other]
    # the tool that knows more of the other's lack stands first
    turned = [(one, two) if one.only >= two.only else (two, one) for one, two in both]
    return sorted(turned, key=lambda pair: (-pair[0].only, -pair[1].only, pair[0].tool, pair[0].other))


def _reasons(asked: Asked) -> Sequence[Mapping[str, Any]]:
    query = "select reader, reason, rejects, files from shown_reasons order by reader, rejects desc, reason"
    found: list[dict[str, Any]] = asked.engine.ask(query, {}).to_pylist()
    return found


SOURCES = Screen(path="sources", title="Sources", template="sources.html.j2", view=view, is_frozen=True)
