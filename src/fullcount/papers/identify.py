"""What was found: the report of day 30. Which products, on how many systems each, and how they were looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.directive import Ask
from fullcount.paper import Kind, Paper, Section
from fullcount.papers import lists, tables
from fullcount.papers.asked import asked, gathered, is_nil, nil, question
from fullcount.papers.signed import due, signatories

if TYPE_CHECKING:
    from fullcount.paper import Facts, Table

# What is told where a directive asks for no such report: what the return of BOD 17-01 had, in words of any directive.
ASKS = (
    Ask(id="products", label="Products found"),
    Ask(id="none_found", label="Statement that none were found", required="where none were found"),
    Ask(id="endpoints", label="Systems impacted by each product"),
    Ask(id="methods", label="Methods used to identify them"),
)
ALL_PARTS = ("all_components", "This report is made for the whole organisation and includes all of its components")


def made(facts: Facts) -> Paper:
    """The report on what was found. That none was is said only together with how much was looked at."""
    asks = facts.demand.asks if facts.demand and facts.demand.asks else ASKS
    answers, below, gaps = gathered([*(asked(facts, "identify", ask) for ask in asks), question(facts, "identify", *ALL_PARTS)])
    account = facts.account
    shown = {table.id for table in below}
    found = tuple(table for table in (tables.products(account),) if table.id not in shown and table.rows)
    sections = (
        Section(id="count", title="The count", paragraphs=headline(facts), figures=tables.figures(account)),
        Section(id="answers", title="What is asked", answers=answers, tables=(*below, *found)),
        Section(id="components", title="By component", tables=(tables.components(account),)),
        Section(
            id="unseen",
            title="What was not looked at, and why",
            tables=(tables.reasons(account),),
        ),
        *(
            [Section(id="estimates", title="Estimates, never added to a count", tables=(tables.estimates(account),))]
            if account.estimates
            else []
        ),
        Section(
            id="methods",
            title="How it was looked for",
            paragraphs=(*account.methods, *account.blind_spots),
            tables=(tables.tools(account),),
        ),
        Section(id="beside", title="Beside the count", tables=beside(facts)),
    )
    people, missing = signatories(facts)
    listings = (lists.having(facts), lists.not_covered(facts), lists.evidence(facts), lists.sources(facts))
    return Paper(
        id="identify",
        title=facts.demand.title if facts.demand else "Use or presence of the products",
        account=account,
        sentence=account.sentence,
        sections=sections,
        listings=listings,
        gaps=(*gaps, *missing),
        signatories=people,
        due=due(facts, "identify"),
        marking=facts.marking,
        without_users=facts.without_users,
    )


def headline(facts: Facts) -> tuple[str, ...]:
    """The sentences below the first: the range, the statement that none was found, the warnings."""
    account = facts.account
    spread = account.range_with_it
    said = []
    if is_nil(facts):
        said.append(nil(facts))
    if spread.low != spread.high:
        said.append(
            f"Whether some records are one system is in doubt: with it are {spread.low:,} to {spread.high:,} systems, of "
            f"{account.range_systems.low:,} to {account.range_systems.high:,}."
        )
    return (*said, *account.warnings)


def beside(facts: Facts) -> tuple[Table, ...]:
    """The tables of what is no part of the count; those with a row."""
    found = (tables.beside(facts.account), tables.attestations(facts), tables.exceptions(facts))
    return tuple(table for table in found if table.rows)


IDENTIFY = Kind(name="identify", title="What was found (day 30)", made=made)
