"""Deciding in a browser: what a form says as a decision, how its effect is asked for, and how it is kept.

A decision goes through `Workspace.decide`, like one of the command line, so that rules, ledger and undoing are the same.
Nothing that a person typed is lost: whatever is refused comes back in its form.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from fullcount import decision
from fullcount.clue import named
from fullcount.decision import LINK, OF_TITLES, SPLIT, UNDO, Decision
from fullcount.errors import BusyError, UsageError
from fullcount.kept import kept_inputs
from fullcount.text import key, visible
from fullcount.web.screen import FormError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.web.asked import Asked
    from fullcount.workspace import Workspace

FIELDS = ("what", "name", "publisher", "product", "clues", "undoes", "why", "by")  # of the form
PATIENCE = 4.0  # seconds that a decision waits for another writer
_PAUSE = 0.05
_LONGEST = {"why": 2000, "by": 200, "name": 4000, "publisher": 1000, "clues": 4000}  # characters
_COMMANDS = {LINK: ("hosts", "link"), SPLIT: ("hosts", "split"), UNDO: ("decisions", "undo")}
_CALLED = {"why": "reason", "by": "name of who decides", "name": "title", "clues": "clues", "publisher": "publisher"}


def decision_of(form: Mapping[str, str], directive: str) -> Decision:
    """The decision that a form asks for. Raises `FormError` where a field is not filled in as it must be."""
    said = {name: form.get(name, "").strip() for name in FIELDS}
    for name, most in _LONGEST.items():
        if len(said[name]) > most:
            raise FormError(name, f"the {_CALLED[name]} is too long", hint=f"at most {most:,} characters")
    new = Decision(what=said["what"], why=said["why"].replace("\0", ""), by=" ".join(said["by"].replace("\0", "").split()))
    if new.what in OF_TITLES:
        return _of_title(new, said, directive)
    if new.what in {LINK, SPLIT}:
        return _of_machines(new, said["clues"])
    if new.what == UNDO and said["undoes"].isdigit() and said["undoes"].isascii():
        return replace(new, undoes=int(said["undoes"][:9]))
    raise FormError("what", "say what is to be decided", hint="choose one of the answers")


def _of_title(new: Decision, said: Mapping[str, str], directive: str) -> Decision:
    if not key(said["name"]):
        raise FormError("name", "a decision needs a title", hint="the queue of near titles names those that nobody has decided")
    if not said["product"]:
        raise FormError("product", "say which product", hint="also where it is not that product: it may be another")
    return replace(
        new, name=exact(said["name"]), publisher=exact(said["publisher"]), product=said["product"], directive=directive
    )


def _of_machines(new: Decision, text: str) -> Decision:
    clues = tuple(dict.fromkeys(filter(None, (line.strip().replace("\0", "") for line in text.splitlines()))))
    if not clues:
        raise FormError("clues", "name at least one clue", hint="kind=value, one a line, such as serial=5CG71")
    made = replace(new, clues=clues)
    try:
        made.keys()
    except UsageError as error:
        raise FormError("clues", error.message, hint=error.hint) from None
    return made


def exact(text: str) -> str:
    """A name as it is kept: as it is written, or as it is compared where it has characters that cannot be shown."""
    return text if visible(text, len(text)) == text else key(text)


def reasoned(new: Decision) -> Decision:
    """The same decision. Raises `FormError` where it does not say why, or who decides."""
    if not new.why:
        raise FormError("why", "a decision needs its reason", hint="it is kept with the decision, for whoever asks later")
    if not new.by:
        raise FormError("by", "say who decides", hint="a name; it is kept with the decision")
    return new


class Command(NamedTuple):
    """What the command line is asked: a command with its options, and what it is about."""

    command: tuple[str, ...]
    named: tuple[str, ...]


def what_if(new: Decision, directives: Sequence[str]) -> Command:
    """The command that shows what a decision would change."""
    options = ["--what-if", f"--why={new.why}", f"--by={new.by}", *(f"--directive={one}" for one in directives)]
    if new.what in OF_TITLES:
        options += [f"--product={new.product}", *([f"--publisher={new.publisher}"] if new.publisher else [])]
        return Command(("decide", *options), (new.name, new.what))
    about = (str(new.undoes),) if new.what == UNDO else new.clues
    return Command((*_COMMANDS[new.what], *options), about)


def keep(of: Workspace, new: Decision) -> Decision:
    """Keep a decision; another writer is waited for. Raises `BusyError` where that takes too long, and as `Workspace.decide`."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return of.decide(new)
        except BusyError as error:
            if time.monotonic() >= until:
                text = "the decision is not kept yet: a count, or another writer, is at work in this workspace"
                hint = "nothing that you typed is lost: press the button again when that has ended"
                raise BusyError(text, hint=hint) from error
        time.sleep(_PAUSE)


def pending(asked: Asked) -> list[Decision]:
    """Decisions that the newest count does not know: made since, or undone since."""
    house = asked.house
    newest = house.shelf.open("last").counted.folder
    counted = {one["number"] for one in kept_inputs(newest).get("decisions", ())}
    every = house.workspace.decided()
    holding = {one.number for one in decision.in_effect(every)}
    return [one for one in every if one.number in holding ^ counted]


def about_title(every: Sequence[Decision], directive: str, name: str, publisher: str) -> list[Decision]:
    """The decisions that hold and speak of titles of a name: of all publishers, or of this one."""
    return [
        one
        for one in decision.of_titles(every)
        if one.directive == directive and key(one.name) == key(name) and key(one.publisher) in {"", key(publisher)}
    ]


def about_clues(every: Sequence[Decision], clues: Sequence[str]) -> list[Decision]:
    """The decisions that hold and speak of any of these clues, written kind=value."""
    keys = {found for clue in clues if (found := named(clue))}
    return [one for one in decision.in_effect(every) if one.what in {LINK, SPLIT} and keys & set(one.keys())]


def directives(asked: Asked) -> tuple[str, ...]:
    """The directives to count under, as the command line is told them: none where the settings say those of the page, too."""
    from fullcount.directive import find

    said = asked.house.workspace.settings().directives
    if asked.directive in {find(one).id for one in said}:
        return ()
    return tuple(str(one.directive["id"]) for one in asked.opened.counted.accounts)


def directive_named(asked: Asked) -> tuple[str, ...]:
    """The directive of the page alone, as the command line is told it."""
    from fullcount.directive import find

    said = asked.house.workspace.settings().directives
    return (next((one for one in said if find(one).id == asked.directive), asked.directive),)
