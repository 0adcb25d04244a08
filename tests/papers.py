"""Papers made by hand and by the papers' own makers: as they should be, empty, hostile, and as long as a fleet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from tests.accounts import HOSTILE, empty, large, lists_of, named, small

from fullcount.paper import (
    DAY,
    MONEY,
    NUMBER,
    UNABLE,
    YES,
    Answer,
    Column,
    Facts,
    Figure,
    Gap,
    Listing,
    Paper,
    Section,
    Signatory,
    Table,
)
from fullcount.papers import KINDS
from fullcount.papers.lists import SYSTEMS
from fullcount.papers.tables import components, figures, products, reasons, tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.report import Account

NAMES = ("contacts", "components", "agreements", "replacements", "exceptions", "controls", "challenges", "attestations")
DUE: Any = SimpleNamespace(
    directive="bod-17-01",
    clock="identify",
    kind=("report",),
    report="identify",
    on=date(2017, 12, 13),
    anchor="issued",
    anchored=date(2017, 9, 13),
    how="91 calendar days after it was issued on 2017-09-13",
    turn=1,
    about="",
    note="",
)


def costs() -> Table:
    """Money, days, a number that no workbook keeps, and cells of which nothing is known."""
    return Table(
        id="costs",
        title="Costs",
        columns=(
            Column(id="what", label="What"),
            Column(id="ends", label="Ends", kind=DAY),
            Column(id="cost", label="Cost", kind=MONEY),
            Column(id="licences", label="Licences", kind=NUMBER),
        ),
        rows=(
            ("Licence of 2016", date(2018, 3, 31), Decimal("54000.00"), 1200),
            ("Charter of 1899", date(1899, 12, 31), Decimal("-0.015"), 2**60),
            ("Unknown", None, None, None),
        ),
        total=("All", None, Decimal("53999.985"), None),
        note="Currencies are not added up.",
    )


def listing(rows: int, name: str = "PC", size: int = 10_000, ident: str = "systems") -> Listing:
    """A list of so many systems, made as it is asked for."""
    columns = (
        *(Column(id=one, label=label, kind=DAY if one.startswith("last_") else "text") for one, label in SYSTEMS.items()),
        Column(id="place", label="Place", kind=NUMBER),
        Column(id="counts", label="Counts"),
    )

    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, rows, size):
            turns = range(start, min(rows, start + size))
            columns_of = {one: [f"{name} {one} {turn % 997}" for turn in turns] for one in SYSTEMS}
            columns_of["host"] = [f"serial:5CG{turn:07}" for turn in turns]
            columns_of["name"] = [f"{name}-{turn}" for turn in turns]
            looked: Any = [datetime(2017, 11, 1, 6, 30) + timedelta(minutes=turn) for turn in turns]  # noqa: DTZ001
            whole = columns_of | {"last_seen": [None] * len(turns), "last_looked": looked}
            whole |= {"place": list(turns), "counts": [turn % 2 == 0 for turn in turns]}
            yield pa.RecordBatch.from_pydict(whole)

    return Listing(id=ident, title="Systems", columns=columns, rows=rows, batches=batches)


def whole(account: Account | None = None, **changes: Any) -> Paper:
    """A paper with a part of every kind. It is a draft."""
    account = account or small()
    residual = (("found", "Ever found", 9), ("removed", "Removal verified", 4), ("residual", "Left: found less removed", 5))
    paper = Paper(
        id="identify",
        title="Use or presence of the products",
        account=account,
        sentence=account.sentence,
        sections=(
            Section(
                id="count",
                title="The count",
                paragraphs=("A range & a warning <b>.", "Another."),
                figures=(
                    *figures(account),
                    *(
                        Figure(id=one, label=label, value=value, unit="systems", of=9, of_what="systems found", sure="exact")
                        for one, label, value in residual
                    ),
                    Figure(id="spent", label="Spent", value=Decimal("1234.50"), unit="USD"),
                    Figure(id="unknown", label="Not known", value=None, unit="systems"),
                    Figure(id="vast", label="Vast", value=2**53 + 1, unit="systems"),
                ),
            ),
            Section(
                id="answers",
                title="What is asked",
                answers=(
                    Answer(id="none_found", question="None were found", value="No", text="Some were."),
                    Answer(id="all_components", question="All parts are included", value=""),
                    Answer(id="third", question="Third parties are included", value=UNABLE, required="if applicable"),
                    Answer(id="re_entry", question="Machines that come back are without it", value=YES),
                    Answer(id="agency", question="Organisation", value="Department of Examples"),
                    Answer(id="mission", question="Mission", value="", required="no"),
                ),
                tables=(products(account), costs()),
            ),
            Section(id="components", title="By component", tables=(components(account),)),
            Section(id="unseen", title="What was not looked at", tables=(reasons(account), tools(account))),
        ),
        listings=(listing(24), listing(0, ident="not_covered")),
        gaps=(
            Gap(id="all_components", what="All parts are included: nothing is said", where="registers/answers.toml"),
            Gap(id="cio", what="Chief Information Officer: nobody is named", where="registers/contacts.toml"),
        ),
        signatories=(
            Signatory(role="Prepared by", name="Ann Example", telephone="+1 202 555 0101", email="ann@example.gov"),
            Signatory(role="Chief Information Officer", name="Bo Example", on=date(2017, 12, 1)),
        ),
        due=DUE,
        marking="CUI",
    )
    return replace(paper, **changes)


def final() -> Paper:
    """The same, with nothing missing and no marking."""
    return whole(gaps=(), marking="")


def nothing() -> Paper:
    """A paper that has no part at all."""
    return Paper(id="plan", title="A plan", account=empty(), sentence="No system is known.", sections=())


def made(turn: int) -> Paper:
    """What the makers of papers make of the small account and of registers in which nobody wrote."""
    account = small()
    registers: Any = SimpleNamespace(**dict.fromkeys((*NAMES, "waves", "answers"), ()))
    lists = lists_of(account)

    def known(name: str) -> Iterator[pa.RecordBatch]:
        return iter(()) if name == "findings" else lists(name)

    facts = Facts(account=account, lists=known, registers=registers, demand=None, scheduled=lambda: iter(()))
    paper = KINDS[turn].made(facts)
    return replace(paper, listings=tuple(one for one in paper.listings if turn == 0 or one.id != "systems"))


def hostile(name: str) -> Paper:
    """A paper in which every text is this one."""
    paper = whole(named(name))
    sections = tuple(
        replace(
            section,
            title=name,
            paragraphs=(name,),
            figures=tuple(replace(one, label=name, unit=name, of_what=name, sure=name) for one in section.figures),
            answers=tuple(replace(one, question=name, value=name, text=name, required=name) for one in section.answers),
            tables=tuple(
                replace(
                    table,
                    title=name,
                    note=name,
                    columns=tuple(replace(column, label=name) for column in table.columns),
                    rows=tuple(tuple(name if isinstance(value, str) else value for value in row) for row in table.rows),
                    total=tuple(name if isinstance(value, str) else value for value in table.total),
                )
                for table in section.tables
            ),
        )
        for section in paper.sections
    )
    return replace(
        paper,
        title=name,
        sentence=name,
        marking=name,
        sections=sections,
        listings=(replace(listing(7, name), title=name),),
        gaps=tuple(replace(gap, what=name, where=name) for gap in paper.gaps),
        signatories=(Signatory(role=name, name=name, telephone=name, email=name),),
    )


@cache
def papers() -> dict[str, Paper]:
    """Every paper that each form must bear, by a name for it."""
    return {
        "whole": whole(),
        "final": final(),
        "nothing": nothing(),
        "large": whole(large()),
        **{kind.name: made(turn) for turn, kind in enumerate(KINDS)},
        **{f"hostile: {kind}": hostile(name) for kind, name in HOSTILE.items()},
    }
