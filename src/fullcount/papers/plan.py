"""How it will go: the plan of day 60, its elements in the order in which the directive asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.directive import Ask
from fullcount.paper import Kind, Paper, Section
from fullcount.papers import lists, tables
from fullcount.papers.asked import asked, gathered
from fullcount.papers.signed import due, signatories

if TYPE_CHECKING:
    from fullcount.paper import Facts

# Elements a to n of the plan that BOD 17-01 asks for, in words of any directive: for those that ask for none.
ASKS = (
    Ask(id="agency", label="Organisation"),
    Ask(id="contact", label="Point of contact: name, telephone, e-mail"),
    Ask(id="products", label="Products identified"),
    Ask(id="endpoints", label="Systems impacted"),
    Ask(id="methods", label="Methods used to identify them"),
    Ask(id="components", label="Components impacted"),
    Ask(id="mission", label="Mission function of what is impacted"),
    Ask(id="agreements", label="Contracts and other agreements with the vendor"),
    Ask(id="timeline", label="Timeline to remove"),
    Ask(id="controls", label="Security requirements and controls that removal impacts", required="if applicable"),
    Ask(id="replacement", label="Replacement chosen or proposed", required="if applicable"),
    Ask(id="replacement_timeline", label="Timeline of the replacement", required="if applicable"),
    Ask(id="challenges", label="Foreseeable challenges"),
    Ask(id="costs", label="Costs: licences, maintenance, replacement"),
)


def made(facts: Facts) -> Paper:
    """The plan: a section for each element, lettered as in the directive, from the registers and the findings."""
    asks = facts.demand.asks if facts.demand and facts.demand.asks else ASKS
    found = [(ask, asked(facts, "plan", ask)) for ask in asks]
    _, _, gaps = gathered(one for _, one in found)
    people, missing = signatories(facts)
    elements = tuple(
        Section(id=ask.id, title=f"{_letter(turn)}. {ask.label}", answers=(one.answer,), tables=one.tables)
        for turn, (ask, one) in enumerate(found)
    )
    account = facts.account
    methods = Section(
        id="methods",
        title="How it was looked for",
        paragraphs=(*account.methods, *account.blind_spots),
        tables=(tables.tools(account),),
    )
    return Paper(
        id="plan",
        title=facts.demand.title if facts.demand else "Plan of action to remove and discontinue",
        account=account,
        sentence=account.sentence,
        sections=(Section(id="count", title="The count", figures=tables.figures(account)), *elements, methods),
        listings=(lists.scheduled(facts), lists.sources(facts)),
        gaps=(*gaps, *missing),
        signatories=people,
        due=due(facts, "plan"),
        marking=facts.marking,
        without_users=facts.without_users,
    )


def _letter(turn: int) -> str:
    """a, b ... z, aa, ab ..."""
    more, rest = divmod(turn, 26)
    return (_letter(more - 1) if more else "") + "abcdefghijklmnopqrstuvwxyz"[rest]


PLAN = Kind(name="plan", title="How it will go (day 60)", made=made)
