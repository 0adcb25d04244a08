"""What of an account leaves the house: everything but what names a machine, a file or a user. No input, no output."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from fullcount.report import Account, Beside
from fullcount.text import visible
from fullcount.typed import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable

# Sentences that name what an inventory or a folder has, as `account` begins them.
DECIDED = "A person decided that "
REFUSED = "files could not be used"
_REFUSED = re.compile(rf"([\d,]+ {REFUSED}) \(.*\)\.", re.DOTALL)
# Numbers beside the count whose text is one of the house; what is not listed here goes without its text.
_HOUSE = frozenset(
    {
        *("residue", "ghost", "leftover", "licence", "call-back", "mention", "review", "decided not"),
        *("not a computer", "expected, probably gone", "retired", "called back", "console alone", "not on console"),
        *("near titles", "decided titles", "unplaced", "conflicts", "later", "rejects", "refused files", "dropped sources"),
        "attested",  # a person's own words, which are there to be sent
    }
)
_SCOPE = "scope "  # of a directive: named by its pack


def outward(account: Account) -> Account:
    """A new account without names of machines, files and users; numbers stay as they are.

    One of a roll-up is made of such accounts alone and keeps its texts. Every text is one that a return may have: control
    characters are written out.
    """
    document: dict[str, Any] = _plain(asdict(account if account.returns else _bare(account)))
    return Account.of(document)


def _bare(account: Account) -> Account:
    return replace(
        account,
        sources=tuple(replace(one, name="", notes=(), collected_how="") for one in account.sources),
        beside=tuple(_beside(account.beside)),
        methods=tuple(_undecided(account.methods)),
        warnings=tuple(_REFUSED.sub(r"\1.", one) for one in account.warnings),
        extra={},
    )


def _beside(lines: Iterable[Beside]) -> Iterable[Beside]:
    """Lines that are the same without their texts become one."""
    found: dict[tuple[str, str, str], int] = {}
    for one in lines:
        text = one.text if one.name in _HOUSE or one.name.startswith(_SCOPE) else ""
        place = (one.name, one.unit, text)
        found[place] = found.get(place, 0) + one.value
    return [Beside(name=name, unit=unit, text=text, value=value) for (name, unit, text), value in found.items()]


def _undecided(methods: Iterable[str]) -> Iterable[str]:
    """The methods; a title about which a person decided is named in the component's own account alone."""
    return [one for one in methods if not one.startswith(DECIDED)]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value, LONGEST // 10)  # what is written out has up to ten characters for one
    if isinstance(value, dict):
        return {str(_plain(name)): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
