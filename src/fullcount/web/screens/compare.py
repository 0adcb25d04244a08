"""Compare: two counts side by side, and by name the systems that lie between their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount import chart
from fullcount.decision import told
from fullcount.web.compared import BOTH, FILES, HOW, file_page, names
from fullcount.web.listing import Part
from fullcount.web.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fullcount.web.asked import Asked
    from fullcount.web.compared import Pair

SHOWN = 12  # names of files that are shown


def view(asked: Asked) -> dict[str, Any]:
    """What two counts say, what lies between them, and what went into one of them alone."""
    before, after = names(asked)
    kept = asked.house.shelf.counts.kept()
    heads = {one.name: one for one in kept}
    shown = {"kept": kept, "chosen": dict(zip(BOTH, (before, after), strict=True)), "document": None, "changed": None}
    if not before or before == after:
        return shown
    pair = asked.house.shelf.pairs.of(before, after)
    document = pair.documents.get(asked.directive)
    if document is None:
        return shown
    return {
        **shown,
        "document": document,
        "sides": [(name, heads[name], heads[name].heads[asked.directive]) for name in (before, after)],
        "lists": document["lists"],
        "steps": _steps(document),
        "file_page": file_page,
        "standings": chart.standings,
        "changed": _changed(pair),
        "files": [(words, *_files(asked, pair, words)) for words in HOW],
    }


def _steps(document: Mapping[str, Any]) -> dict[str, tuple[chart.Part, ...]]:
    """The bars of the lists that add up, each beginning where the one before it ended; and those of both ends."""
    reached = document["before"]["with_it"]
    whole = reached + document["entered"]  # those that left come after all that entered
    steps = {"before": chart.step("with it", "with it before", reached, start=0, whole=whole)}
    for one in document["lists"]:
        name, systems = one["list"], one["systems"]
        if one["effect"] > 0:
            steps[name] = chart.step("with it", name, systems, start=reached, whole=whole)
        elif one["effect"] < 0:
            steps[name] = chart.step("without it", name, systems, start=reached - systems, whole=whole)
        reached += one["effect"] * systems
    return {**steps, "after": chart.step("with it", "with it after", reached, start=0, whole=whole)}


def _files(asked: Asked, pair: Pair, how: str) -> tuple[int, list[dict[str, Any]]]:
    """How many files one of the counts alone has, and the first of them."""
    part = Part(listing=FILES, directive=asked.directive, values={"how": how})
    return part.count(pair.engine), part.rows(pair.engine, first=0, most=SHOWN)


def _changed(pair: Pair) -> dict[str, Any]:
    """What went into one of the counts alone, in words."""
    changed = pair.changed
    apart = {f"setting {one['setting']}" for name in ("settings_added", "settings_left") for one in changed[name]}
    return {
        "decisions": [
            *(("made", one["said"], told(one)) for one in changed["decisions_added"]),
            *(("holds no longer", one["said"], _undone(one)) for one in changed["decisions_undone"]),
        ],
        "settings": [
            (words, one["setting"], ", ".join(f"{name} {value}" for name, value in one["entry"].items()))
            for words, name in (("added", "settings_added"), ("left out", "settings_left"))
            for one in changed[name]
        ],
        "inputs": [
            (one["what"], _value(one["before"]), _value(one["after"])) for one in changed["inputs"] if one["what"] not in apart
        ],
    }


def _undone(one: Mapping[str, Any]) -> str:
    return f"{told(one)}; undone by {told(one['undone'])}" if one["undone"] else told(one)


def _value(value: Any) -> str:
    return "not known" if value is None else str(value) or "nothing"


COMPARE = Screen(path="compare", title="Compare", template="compare.html.j2", view=view, is_slow=True)
