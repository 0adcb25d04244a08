"""A host: where it stands and why, what it rests on, why its records are one machine, and its life."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fullcount import page, strip
from fullcount.absent import why_not
from fullcount.decision import told
from fullcount.explain import explain
from fullcount.history import history
from fullcount.kept import Remembered
from fullcount.web.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from fullcount.web.asked import Asked

STRENGTH = {
    "decided": "decided by a person",
    "strong": "strong",
    "medium": "medium",
    "that day": "no other machine of the component had it on that day",
    "weak": "weak: joins nothing in the headline, opens the range",
}


def view(asked: Asked) -> dict[str, Any]:
    """Everything that `explain` and `history` say of the machine that the address names."""
    opened = asked.opened
    folder, part = opened.counted.folder, asked.values["part"]
    engine = Remembered(opened.engine)
    found = explain(engine, folder, part)
    kept = asked.house.shelf.lay_beside(opened)
    counts = [(folder.with_name(one.name), {name: head.as_of for name, head in one.heads.items()}) for one in kept]
    tools = {one.tool: one.title for one in asked.account.tools}
    life = history(engine, folder, part, counts=counts)
    return {
        "title": found["name"] or found["host"],
        "found": found,
        "life": life,
        "names": {one["id"]: one.get("short_title") or one["id"] for one in (acc.directive for acc in opened.counted.accounts)},
        "tools": tools,
        "standings": [_standing(asked, found, one) for one in found["standings"]],
        "evidence": [row | {"why": why_not(row), "rests_on": _by(row)} for row in found["evidence"]],
        "links": [row | {"rests_on": _by(row), "how": STRENGTH[row["strength"]]} for row in found["links"]],
        "worth": worth,
        "drawn": page.drawn_strip(
            _lanes(life["looks"], tools), name="life", title="Looks and sightings over time", until=_until(asked)
        ),
        "kinds": strip.KINDS,
        "looked": asked.to("looks", host=found["host"]) if found["standings"] else "",
    }


def worth(look: Mapping[str, Any]) -> str:
    """What a look is, in one word: complete, partial, or the machine is only listed."""
    if look["complete"]:
        return "complete"
    return "listed" if look["lists"] == "machines" else "partial"


def _by(row: Mapping[str, Any]) -> str:
    """Which decision a link or a sighting rests on; nothing where it rests on none."""
    return told(row["decision"]) if row["decision"] else ""


def _standing(asked: Asked, found: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    """A standing, with what belongs to its directive; `to`: the list of the evidence under it."""
    of = replace(asked, account=asked.opened.counted.of(one["directive"]))
    return {
        **one,
        "exemptions": [row for row in found["exemptions"] if row["directive"] == one["directive"]],
        "sightings": sum(row["directive"] == one["directive"] for row in found["evidence"]),
        "to": of.to("evidence", host=found["host"]),
    }


def _until(asked: Asked) -> datetime | None:
    """The end of the day of the count."""
    from datetime import datetime, time

    return datetime.combine(asked.day, time.max) if asked.day else None


def _lanes(looks: Iterable[Mapping[str, Any]], called: Mapping[str, str]) -> Sequence[strip.Lane]:
    """A lane a tool with its looks, then one a product with its sightings."""
    tools: dict[str, list[strip.Mark]] = {}
    products: dict[str, list[strip.Mark]] = {}
    for look in looks:
        tools.setdefault(called.get(look["tool"], look["tool"]), []).append(strip.Mark(worth(look), look["on"]))
        seen = {(one["product"], one["counts"] and not one["answered_by"]) for one in look["saw"]}
        for product, counts in sorted(seen):
            products.setdefault(product, []).append(strip.Mark("counts" if counts else "does not count", look["on"]))
    return [*(strip.Lane(*one) for one in sorted(tools.items())), *(strip.Lane(*one) for one in sorted(products.items()))]


HOST = Screen(path="host/{part}", title="Host", template="host.html.j2", view=view, in_menu=False, is_frozen=True)
