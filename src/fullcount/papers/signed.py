"""Who stands for a paper, and when it is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.paper import Gap, Signatory

if TYPE_CHECKING:
    from fullcount.clock import Due
    from fullcount.paper import Facts

_ROLES = {"preparer": "Prepared by", "cio": "Chief Information Officer"}
_WHERE = 'registers/contacts.toml: [[contacts]] role = "{}", name'


def signatories(facts: Facts) -> tuple[tuple[Signatory, ...], tuple[Gap, ...]]:
    """The preparer and the chief information officer, as typed names; a gap for each who is not named."""
    people, gaps = [], []
    for role, title in _ROLES.items():
        chosen = [one for one in facts.registers.contacts if one.role.casefold() == role and not one.component]
        people += [Signatory(role=title, name=one.name, telephone=one.telephone, email=one.email) for one in chosen]
        gaps += [] if chosen else [Gap(id=role, what=f"{title}: nobody is named", where=_WHERE.format(role))]
    return tuple(people), tuple(gaps)


def due(facts: Facts, report: str) -> Due | None:
    """The first due date of this report that is not before the day of the count; else its last one."""
    dated = sorted((one for one in facts.due if one.report == report and one.on), key=lambda one: str(one.on))
    ahead = [one for one in dated if str(one.on)[:10] >= facts.account.as_of]
    chosen = ahead or dated[-1:]
    return chosen[0] if chosen else None
