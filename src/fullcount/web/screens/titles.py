"""Titles: what the directive speaks of, what is near it, what people decided, and a search over all titles; and one title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.decision import called_by
from fullcount.errors import UsageError
from fullcount.tables import TITLE_FIELDS
from fullcount.web.asked import BY_NAME
from fullcount.web.listing import Part
from fullcount.web.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fullcount.condition import Condition
    from fullcount.web.asked import Asked

FIRST = 20  # rows of each list that are shown here
_BY_PERSON = "decision"  # the signature of what a person decided

_VERDICTS = """
select
    shown_matched.product,
    shown_matched.signature,
    shown_matched.grade,
    shown_matched.kind,
    shown_matched.scope,
    shown_matched.in_scope,
    shown_matched.counts,
    shown_matched.overruled
from shown_matched
where shown_matched.directive = $directive and shown_matched.title = $title
order by shown_matched.product
"""
_SIGHTINGS = """
select cast(count(*) as bigint) as sightings
from observations
inner join looks on observations.record = looks.record
where observations.title = $title
"""
_PLACES = """
select
    live_sources.name as source,
    live_sources.unit,
    looks.place + observations.place as place,
    observations.state,
    looks.seen_on,
    host_names.host_id as host,
    host_names.name
from observations
inner join looks on observations.record = looks.record
inner join live_sources on looks.source = live_sources.source
left join host_of on observations.record = host_of.record
left join host_names on host_of.host = host_names.host
where observations.title = $title
order by live_sources.name, live_sources.identity, looks.place + observations.place, observations.state
limit $most
"""


def view(asked: Asked) -> dict[str, Any]:
    """The beginning of each list of titles, with its size."""

    def first(name: str, **values: str) -> tuple[int, list[dict[str, Any]]]:
        part = Part(listing=BY_NAME[name], directive=asked.directive, values=values)
        return part.count(asked.engine), part.rows(asked.engine, first=0, most=FIRST)

    return {
        "matched": first("matched titles"),
        "near": first("near titles"),
        "decided": first("decided titles"),
        "said": first("matched titles", by="people"),
        "everything": asked.size("all titles"),
    }


def one(asked: Asked) -> dict[str, Any]:
    """What is known of the title whose number the address says. Raises `UsageError` where there is none."""
    part = asked.values["part"]
    number = int(part) if part.isascii() and part.isdigit() and len(part) < 16 else -1
    fields = ", ".join(f"titles.{name}" for name in TITLE_FIELDS)
    found = asked.engine.ask(f"select {fields} from titles where titles.title = $title", {"title": number}).to_pylist()  # noqa: S608
    if not found:
        raise UsageError(f"no title has the number {part}", hint="the page Titles searches all of them")
    title = found[0]
    systems = Part(listing=BY_NAME["hosts"], directive=asked.directive, values={"title": str(number)})
    hosts = systems.rows(asked.engine, first=0, most=FIRST)
    places = asked.engine.ask(_PLACES, {"title": number, "most": FIRST}).to_pylist()
    return {
        "title": title[called_by(title)] if called_by(title) else "A title without a name",
        "number_of": number,
        "fields": [(name.replace("_", " "), title[name]) for name in TITLE_FIELDS if title[name]],
        "verdicts": _verdicts(asked, number),
        # what fits on the page need not be counted
        "systems": len(hosts) if len(hosts) < FIRST else systems.count(asked.engine),
        "hosts": hosts,
        "sightings": len(places) if len(places) < FIRST else asked.engine.ask(_SIGHTINGS, {"title": number}).column(0)[0].as_py(),
        "places": places,
    }


def _verdicts(asked: Asked, number: int) -> list[dict[str, Any]]:
    """What the directive says of a title, and in `words` by which test, where the pack is at hand."""
    rows: list[dict[str, Any]] = asked.engine.ask(_VERDICTS, {"directive": asked.directive, "title": number}).to_pylist()
    pack = asked.house.shelf.packs.same(asked.account) if rows else None
    signatures = {one.id: one for one in pack.signatures} if pack else {}
    for row in rows:
        signature = signatures.get(row["signature"])
        row |= {
            "by_person": row["signature"] == _BY_PERSON,
            "words": in_words(signature.condition) if signature else "",
            "source": pack.sources.get(signature.source, "") if pack and signature else "",
            "publishers": in_words(pack.publishers)
            if pack and pack.publishers and signature and not signature.own_publisher
            else "",
        }
    return rows


_HOW: Mapping[str, str] = {"equals": "is", "starts": "starts with", "ends": "ends with", "words": "has the words"}


def in_words(condition: Condition) -> str:
    """A condition as a sentence that an auditor can check.

    >>> from fullcount.condition import Condition, comparison
    >>> in_words(Condition(join="not", parts=(comparison("name", "words", ("linux", "mac")),)))
    'not (name has the words “linux” or “mac”)'
    """
    if condition.join == "test":
        values = " or ".join(f"“{value}”" for value in condition.written or condition.values)
        return f"{condition.field.replace('_', ' ')} {_HOW[condition.how]} {values}"
    if condition.join == "not":
        return f"not ({in_words(condition.parts[0])})"
    word = {"all": " and ", "any": " or "}[condition.join]
    parts = [in_words(part) for part in condition.parts]
    return parts[0] if len(parts) == 1 else word.join(f"({part})" for part in parts)


TITLES = Screen(path="titles", title="Titles", template="titles.html.j2", view=view, is_frozen=True)
TITLE = Screen(path="title/{part}", title="Title", template="title.html.j2", view=one, in_menu=False)
