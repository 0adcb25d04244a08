"""Returns made by hand, cheaply: an account that adds up, and as many systems with tokens as it says."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.accounts import SHA, line, source, tool

from fullcount.clue import normal
from fullcount.model import GRADE_RANK, KIND_RANK, Grade, Standing, State
from fullcount.pseudonym import TokenKey, tokens
from fullcount.report import Account, OverlapLine, ProductLine, Range, ReasonLine
from fullcount.sealed import CONTRADICTED, STANDINGS, TOKEN, TOKEN_KINDS, Return, Statement, Systems, Tokens, statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.report import Line

PERIOD = "2017"
DIRECTIVE = {
    "id": "bod-17-01",
    "version": "1",
    "digest": SHA,
    "title": "Removal of Kaspersky-Branded Products",
    "short_title": "BOD 17-01",
    "issuer": "Department of Homeland Security",
    "issued": "2017-09-13",
    "url": "https://cyber.dhs.gov/bod/17-01/",
    "unit": "systems",
    "scope": {"branded": "in"},
    "exclusions": [],
}
PRODUCT = ("kes-windows", "Kaspersky Endpoint Security")
# The standings in the order in which `made` numbers them, and how an account calls them.
_FOUR = (Standing.WITH_IT, Standing.EXEMPT, Standing.WITHOUT_IT, Standing.NOT_COVERED)
_FOUND = (str(Standing.WITH_IT), str(Standing.EXEMPT))
Machine = tuple[str, dict[str, str]]  # a standing of `STANDINGS`, and clues by kind, as written


def made(  # noqa: PLR0913 - whatever a test needs to say of a return
    component: str = "Ports Bureau",
    *,
    sequence: int = 1,
    previous: str = "",
    with_it: int = 2,
    exempt: int = 0,
    without_it: int = 5,
    not_covered: int = 1,
    tokens: bool = True,
    as_of: str = "2017-10-11",
    directive: Mapping[str, Any] | None = None,
    machines: Sequence[Machine] | None = None,
    key: bytes = b"for tests alone",
    statements: tuple[Statement, ...] = (Statement(id="all_components", answer="yes"),),
    **changes: Any,
) -> Return:
    """A return that holds together. `machines` says which systems it has, instead of the four numbers; every found one has
    `PRODUCT`, installed, by name and publisher. `changes` are made to the account last: with them it need not hold together.
    """
    about = dict(directive or DIRECTIVE)
    if machines is None:
        four = dict(zip(_FOUR, (with_it, exempt, without_it, not_covered), strict=True))
        machines = _numbered(component, tuple(str(one) for one, number in four.items() for _ in range(number)))
    one = Return(
        component=component,
        account=replace(account(component, machines, as_of=as_of, directive=about), **changes),
        sequence=sequence,
        previous=previous,
        producer="fullcount 0.1.0",
        ledger=SHA,
        kept=SHA,
        statements=statements,
        tokens=_tokens(machines, TokenKey(directive=about["id"], period=PERIOD, key=key)) if tokens else None,
    )
    return replace(one, digest=hashlib.sha256(statement(one)).hexdigest())


@cache
def _numbered(component: str, standings: tuple[str, ...]) -> list[Machine]:
    """Machines that no other component has."""
    short = "".join(char for char in component.upper() if char.isalnum())
    return [(standing, {"serial": f"{short}{turn:07}"}) for turn, standing in enumerate(standings)]


def account(component: str, machines: Sequence[Machine], *, as_of: str, directive: Mapping[str, Any]) -> Account:
    """The account of these machines, of one component, by one tool."""
    counted = Counter(standing for standing, _ in machines)
    total = _line("", counted)
    found = total.with_it + total.exempt
    shown = tool("sccm-csv", "Configuration Manager report (CSV)", seen=total.systems, looked_at=total.looked_at, with_it=found)
    product = ProductLine(
        product=PRODUCT[0],
        name=PRODUCT[1],
        systems=found,
        kinds={State.INSTALLED: found},
        grades={Grade.NAME_AND_PUBLISHER: found},
        components={component: found},
    )
    label = "At least " if total.with_it_label == "at least" else ""
    said = f"{label}{total.with_it:,} of {total.systems:,} systems have it; {total.looked_at:,} could be looked at"
    return Account(
        count="c0ffee1d5a7e",
        as_of=as_of,
        as_of_how="option",
        made_by="fullcount 0.1.0",
        organisation=component,
        directive=directive,
        sentence=f"{said}, {total.systems - total.looked_at:,} could not; as of {as_of} ({directive['short_title']}).",
        total=total,
        components=(_line(component, counted),),
        overlap=0,
        range_systems=Range(low=total.systems, headline=total.systems, high=total.systems),
        range_with_it=Range(low=total.with_it, headline=total.with_it, high=total.with_it),
        products=(product,) if found else (),
        reasons=tuple(
            ReasonLine(standing="not covered" if standing == CONTRADICTED else standing, reason=_why(standing), systems=number)
            for standing, number in sorted(counted.items())
        ),
        tools=(replace(shown, only=found, newest=as_of, oldest=as_of, states={"complete": total.looked_at}),),
        sources=(replace(source("", component, collected_at=f"{as_of}T06:00:00"), digest=SHA),),
        beside=(),
        methods=("Programs, packages and applications were compared with 41 signatures.",),
        blind_spots=("Portable copies that were never installed are not looked for.",),
        overlaps=(OverlapLine(tools=("sccm-csv",), systems=total.systems),),
    )


def _line(component: str, counted: Counter[str]) -> Line:
    four = (counted["with it"], counted["exempt"], counted["not covered"] + counted[CONTRADICTED], counted["without it"])
    return replace(line(component, *four), looked_at=sum(four) - counted["not covered"])


def _why(standing: str) -> str:
    return "contradicted: other evidence" if standing == CONTRADICTED else "for a test"


def _tokens(machines: Sequence[Machine], key: TokenKey) -> Tokens:
    return Tokens(period=key.period, check=key.check, systems=systems(machines, key))


def systems(machines: Sequence[Machine], key: TokenKey) -> Systems:
    """The machines as columns; numbered in the order in which they are given."""
    standing = np.array([STANDINGS.index(one) for one, _ in machines], np.uint8)
    found = np.array([turn for turn, (one, _) in enumerate(machines) if one in _FOUND], np.int64)
    by_kind: dict[str, list[tuple[int, str]]] = {}
    for turn, (_, clues) in enumerate(machines):
        for written, value in clues.items():
            clue = normal(written, value)
            assert clue is not None, f"{written}={value} is no clue"
            by_kind.setdefault(clue[0], []).append((turn, clue[1]))
    sizes = [len(pairs) for pairs in by_kind.values()]
    made_tokens = [tokens(key, kind, [value for _, value in pairs]) for kind, pairs in by_kind.items()]
    return Systems(
        standing=standing,
        covered=np.array([one != "not covered" for one, _ in machines], np.uint8),
        kind=np.repeat(np.array([TOKEN_KINDS.index(kind) for kind in by_kind], np.uint8), sizes),
        token=np.concatenate(made_tokens) if made_tokens else np.zeros((0, TOKEN), np.uint8),
        of=np.array([turn for pairs in by_kind.values() for turn, _ in pairs], np.int64),
        found_on=found,
        product=np.zeros(len(found), np.int64),
        found_kind=np.full(len(found), KIND_RANK[State.INSTALLED], np.uint8),
        found_grade=np.full(len(found), GRADE_RANK[Grade.NAME_AND_PUBLISHER], np.uint8),
    )
