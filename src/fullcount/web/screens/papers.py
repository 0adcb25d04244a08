"""Deadlines and papers: what is due and counted from what, and the papers with what each still lacks, to be downloaded."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from fullcount.deadlines import NEXT, PAST, said_in
from fullcount.forms import FORMS
from fullcount.ics import write
from fullcount.papers import KINDS
from fullcount.web.drafts import attachment, form_of, kind_of, without_users
from fullcount.web.due import seen_from
from fullcount.web.export import SPOOLED, Exported, pieces
from fullcount.web.screen import Download, Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fullcount.deadlines import Deadline
    from fullcount.directive import Directive
    from fullcount.paper import Kind
    from fullcount.web.asked import Asked

# What each paper is, in a sentence: the directive's own title of it stands beside where it has one.
ABOUT = {
    "identify": "Which products were found, on how many systems of which component, how they were looked for, and what was not "
    "looked at.",
    "plan": "How it will go: contacts, components and their missions, agreements, waves, controls, replacements, challenges and "
    "costs.",
    "status": "What became of every system that ever had it, what changed since the last count of an earlier day, what is left, "
    "and by when it will be gone.",
}


def view(asked: Asked) -> dict[str, Any]:
    """The due dates, and the papers without their gaps: these take seconds where the fleet is large."""
    shelf = asked.house.shelf
    pack = shelf.packs.of(asked.account)
    on, is_today = seen_from(asked)
    found = shelf.dues.of(asked, pack, on=on)
    coming = [one for one in found if one.when == NEXT]
    return {
        "on": on,
        "is_today": is_today,
        "due": [_told(asked, one, on) for one in found],
        "past": sum(one.when == PAST for one in found),
        "coming": _told(asked, coming[0], on) if coming else None,
        "coming_clocks": ", ".join(dict.fromkeys(one.due.clock for one in coming)),
        "papers": [_paper(asked, pack, found, kind) for kind in KINDS],
        "forms": [(form.name, form.title, form.lacks()) for form in FORMS],
        "is_other": _is_other(asked, pack),
    }


def _is_other(asked: Asked, pack: Directive) -> bool:
    """Whether the pack was changed since it was counted under it."""
    return bool(pack.digest != asked.account.directive.get("digest"))


def _told(asked: Asked, one: Deadline, on: date) -> dict[str, Any]:
    """A due date as it is shown: from the day on which is looked, and from that of the count."""
    counted = None if one.days is None or asked.day is None else one.days + (on - asked.day).days
    return {
        "due": one.due,
        "when": one.when,
        "day": _day(one.due.on),
        "away": "" if one.days is None else said_in(one.days),
        "from_count": "" if counted is None else said_in(counted),
        # which report was sent is told already
        "about": one.due.about if one.due.anchor == "discovery" else "",
    }


def _day(on: date | None) -> str:
    if isinstance(on, datetime):
        return f"{on:%Y-%m-%d %a %H:%M %Z}"
    return f"{on:%Y-%m-%d %a}" if on else "no date given"


def _paper(asked: Asked, pack: Directive, found: Sequence[Deadline], kind: Kind) -> dict[str, Any]:
    """A paper: what it is, when it is due, when it was sent, and how much it lacks where that is known already."""
    own = [one for one in found if one.due.report == kind.name and one.days is not None]
    ahead = next((one for one in own if one.when != PAST), own[-1] if own else None)
    draft = asked.house.shelf.drafts.known(asked, kind)
    return {
        "kind": kind,
        "title": next((one.title for one in pack.reports if one.id == kind.name), ""),
        "about": ABOUT[kind.name],
        "due": f"{_day(ahead.due.on)}, {said_in(ahead.days or 0)}" if ahead else "",
        "gaps": None if draft is None else len(draft.gaps),
    }


def calendar(asked: Asked) -> Exported:
    """The due dates that have a date, as a calendar."""
    pack = asked.house.shelf.packs.of(asked.account)
    on, _ = seen_from(asked)
    dues = [one.due for one in asked.house.shelf.dues.of(asked, pack, on=on)]
    file = tempfile.SpooledTemporaryFile(SPOOLED)  # noqa: SIM115 - closed when its last piece was sent
    write(dues, {pack.id: pack}, file)
    name = attachment(f"{asked.directive}-deadlines.ics")
    return Exported(pieces=pieces(file), media_type="text/calendar; charset=utf-8", headers=name)


def of_one(asked: Asked) -> dict[str, Any]:
    """One paper: what it still lacks, and its files."""
    kind = kind_of(asked)
    draft = asked.house.shelf.drafts.of(asked, kind)
    pack = asked.house.shelf.packs.of(asked.account)
    return {
        "kind": kind,
        "title": draft.title,
        "about": ABOUT[kind.name],
        "draft": draft,
        "forms": [(form.name, form.title, form.lacks()) for form in FORMS],
        "without_users": without_users(asked),
        "turned": asked.place(f"papers/{kind.name}", users="" if without_users(asked) else "no"),
        "users": "no" if without_users(asked) else "",
        "is_other": _is_other(asked, pack),
    }


def download(asked: Asked) -> Exported:
    """A paper in a form."""
    return asked.house.shelf.drafts.file(asked, kind_of(asked), form_of(asked))


PAPERS = Screen(
    path="papers",
    title="Deadlines and papers",
    template="papers.html.j2",
    view=view,
    downloads=(Download(path="deadlines.ics", made=calendar),),
)
PAPER = Screen(
    path="papers/{part}",
    title="Paper",
    template="paper.html.j2",
    view=of_one,
    in_menu=False,
    downloads=(Download(path="papers/{part}.{form}", made=download),),
    is_slow=True,
)
