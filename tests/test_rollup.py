"""The roll-up: law 5 on made-up departments, known answers by hand, and real counts of components against one of all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.packs import BOD
from tests.returns import DIRECTIVE, made
from tests.tries import tries

from fullcount import chain, rollup
from fullcount.arrival import Accepted, Refused
from fullcount.console import engine
from fullcount.errors import FullcountError
from fullcount.hierarchy import Hierarchy, Node
from fullcount.model import GRADE_RANK, KIND_RANK, Grade, State
from fullcount.pseudonym import TokenKey
from fullcount.read import Options
from fullcount.readers import READERS
from fullcount.report import AT_LEAST, EXACT, Beside, Estimate, Range, ReasonLine
from fullcount.rollup import Asked, RolledUp
from fullcount.seal import of_count
from fullcount.sealed import STANDINGS, Return, Systems, returned, statement, unsound
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.returns import Machine

    from fullcount.report import Account, Line

DAY = date(2017, 10, 12)
FOUND = {"with it", "exempt"}
MAC = "3C:52:82:AA:{:02X}:{:02X}"
UUID = "4C4C4544-0042-3510-8051-B7C04F4E{:04X}"
FIRST: dict[str, Any] = {"sequence": 1, "previous": "", "producer": "fullcount 0.1.0", "ledger": "0" * 64}
PARTS = ("with_it", "exempt", "without_it", "not_covered")


def arrived(said: Return, *, received: date = DAY, **more: Any) -> Accepted:
    """A return as the office has it: read from the bytes that were sealed."""
    read = returned(statement(said))
    assert list(unsound(read)) == []
    return Accepted(said=read, received=received, **more)


def tree(*nodes: str, **more: Any) -> Hierarchy:
    """Nodes written `name` or `name<parent`."""
    parted = [one.partition("<") for one in nodes]
    return Hierarchy(nodes=tuple(Node(name=name, parent=parent) for name, _, parent in parted), **more)


def rolled(accepted: Sequence[Accepted], hierarchy: Hierarchy, *, refused: Sequence[Refused] = (), **more: Any) -> RolledUp:
    found = rollup.rollup(accepted, refused, Asked(**{"hierarchy": hierarchy, "directive": DIRECTIVE, "on": DAY, **more}))
    assert list(unsound(sent_up(found))) == []
    return found


def sent_up(found: RolledUp, component: str = "Department") -> Return:
    """The roll-up as a return of its own."""
    return Return(component=component, account=found.account, tokens=found.tokens, kept="0" * 64, **FIRST)


def systems_of(found: RolledUp) -> Systems:
    """The distinct systems that are sent on."""
    assert found.tokens
    return found.tokens.systems


def four(line: Line) -> tuple[int, ...]:
    return tuple(getattr(line, part) for part in PARTS)


def rows(found: RolledUp, name: str) -> list[dict[str, Any]]:
    return found.tables[name].to_pylist()


def line_of(account: Account, component: str) -> Line:
    return next(one for one in account.components if one.component == component)


# -- law 5 on made-up departments --------------------------------------------------------------------------------------------

COMPONENTS = tuple("ABCDEF")


@dataclass(frozen=True)
class Known:
    """A true machine as one component knows it."""

    machine: int
    component: str
    standing: str
    clues: tuple[str, ...]


@dataclass(frozen=True)
class Department:
    """A tree and who knows which machine. Everybody knows the serial number."""

    parents: tuple[int, ...]  # by component: the number of an earlier one, or -1
    known: tuple[Known, ...]

    @property
    def hierarchy(self) -> Hierarchy:
        return tree(*(f"{name}<{COMPONENTS[up] if up >= 0 else ''}" for name, up in zip(COMPONENTS, self.parents, strict=True)))

    def returns(self) -> list[Accepted]:
        return [arrived(made(name, machines=[shown(one) for one in self.of(name)])) for name in COMPONENTS if self.of(name)]

    def of(self, *names: str) -> list[Known]:
        return [one for one in self.known if one.component in names]

    def inside(self, name: str) -> list[str]:
        """A component and all below it."""
        return [name, *(one.name for one in self.hierarchy.below(name))]

    def standing(self, machine: int) -> str:
        return min((one.standing for one in self.known if one.machine == machine), key=STANDINGS.index)


def shown(one: Known) -> Machine:
    values = {"serial": f"5CG{one.machine:05}", "uuid": UUID.format(one.machine), "mac": MAC.format(1, one.machine)}
    return one.standing, {kind: values[kind] for kind in ("serial", *one.clues)}


CLUES = st.sampled_from([(), ("uuid",), ("mac",), ("mac", "uuid")])
KNOWN = st.builds(
    Known, st.integers(0, 7), st.sampled_from(COMPONENTS[:5]), st.sampled_from(STANDINGS), CLUES
)  # the last one never has a return
DEPARTMENTS = st.builds(
    Department,
    st.tuples(*(st.integers(-1, turn - 1) for turn in range(len(COMPONENTS)))),
    st.lists(KNOWN, min_size=1, max_size=14, unique_by=lambda one: (one.machine, one.component)).map(tuple),
)


def expected(department: Department, known: Sequence[Known]) -> tuple[int, ...]:
    """With it, exempt, without it, not covered: of the distinct machines among these."""
    told = Counter(department.standing(one) for one in {one.machine for one in known})
    return told["with it"], told["exempt"], told["without it"], told["not covered"] + told["contradicted"]


@tries(600)
@given(DEPARTMENTS)
def test_the_whole_is_the_sum_of_its_parts(department):
    found = rolled(department.returns(), department.hierarchy)
    account = found.account
    assert four(account.total) == expected(department, department.known)
    for line in account.components:
        inside = department.inside(line.component)
        mine = department.of(*inside)
        assert four(line) == expected(department, mine)
        above = [one.name for one in department.hierarchy.above(line.component)]
        elsewhere = {one.machine for one in department.known if one.component not in {*inside, *above}}
        assert line.shared == len({one.machine for one in mine} & elsewhere)
        assert (line.parent, line.depth) == (above[0] if above else "", len(above))
    tops = sum(line.systems for line in account.components if not line.depth)
    assert tops - account.overlap == account.total.systems
    seen = {one.machine for one in department.known if one.standing != "not covered"}
    assert account.total.looked_at == len(seen)


@tries(300)
@given(DEPARTMENTS)
def test_every_number_is_the_size_of_its_list(department):
    found = rolled(department.returns(), department.hierarchy)
    account = found.account
    hosts = rows(found, "host_list")
    told = Counter(row["standing"] for row in hosts)
    assert tuple(told[name] for name in ("with it", "exempt", "without it", "not covered")) == four(account.total)
    assert len({row["host"] for row in hosts}) == len(hosts)
    for product in account.products:
        assert sum(row["products"] == product.name for row in hosts) == product.systems
        for name, number in product.components.items():
            knows = {one.machine for one in department.of(*department.inside(name))}
            assert number == sum(department.standing(one) in FOUND for one in knows)
    numbers = {one.name: one.value for one in account.beside}
    overlap = rows(found, "overlap_list")
    assert len(overlap) == numbers["in several returns"]
    assert sum(row["disagrees"] for row in overlap) == numbers.get("returns disagree", 0)
    for row in rows(found, "pair_list"):
        both = [{one.machine for one in department.of(row[name])} for name in ("component", "other")]
        assert row["systems"] == len(both[0] & both[1])
    assert rows(found, "conflict_list") == []
    assert {row["records"] for row in hosts} <= {1, 2, 3, 4, 5}


@tries(200)
@given(DEPARTMENTS, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(department, random):
    returns = department.returns()
    again = [*returns, replace(random.choice(returns), received=date(2017, 11, 1))]
    random.shuffle(again)
    one, other = rolled(returns, department.hierarchy), rolled(again, department.hierarchy)
    assert other.account == one.account
    assert {name: table.to_pylist() for name, table in other.tables.items()} == {
        name: table.to_pylist() for name, table in one.tables.items()
    }


@tries(200)
@given(DEPARTMENTS, st.integers(0, 13))
def test_a_return_in_two_pieces_says_the_same(department, at):
    whole = rolled(department.returns(), department.hierarchy).account
    first = department.known[0].component
    moved = {id(one) for one in department.of(first)[at:]}
    parted = replace(
        department, known=tuple(replace(one, component="F") if id(one) in moved else one for one in department.known)
    )
    told = rolled(parted.returns(), parted.hierarchy).account
    assert (four(told.total), told.products and told.products[0].kinds) == (
        four(whole.total),
        whole.products and whole.products[0].kinds,
    )


@tries(200)
@given(DEPARTMENTS, st.sets(st.sampled_from(COMPONENTS)))
def test_a_roll_up_of_roll_ups_says_what_one_of_all_says(department, some):
    returns = department.returns()
    whole = rolled(returns, department.hierarchy)
    offices = []
    for name, chosen in (("East", some), ("West", set(COMPONENTS) - some)):
        mine = [one for one in returns if one.said.component in chosen]
        if mine:
            offices.append(arrived(sent_up(rolled(mine, department.hierarchy), name)))
    above = rolled(offices, tree("East", "West"))
    assert four(above.account.total) == four(whole.account.total)
    assert above.account.total.looked_at == whole.account.total.looked_at
    assert [(one.product, one.systems, one.kinds, one.grades) for one in above.account.products] == [
        (one.product, one.systems, one.kinds, one.grades) for one in whole.account.products
    ]
    assert sorted(map(tuple, systems_of(above).token.tolist())) == sorted(map(tuple, systems_of(whole).token.tolist()))


def unlike(machines: Sequence[Machine], component: str, how: str) -> Accepted:
    """A return of which tokens cannot be compared with those of others, or can."""
    said = made(component, machines=machines, tokens=how != "none", key=b"another" if how == "other key" else b"the key")
    return arrived(said, tokens_count=how != "not used")


HOW = st.sampled_from(["all", "all", "none", "other key", "not used"])


@tries(300)
@given(DEPARTMENTS, st.tuples(*[HOW] * len(COMPONENTS)))
def test_the_truth_is_in_the_range_whatever_cannot_be_compared(department, how):
    parts = [
        unlike([shown(one) for one in department.of(name)], name, kind)
        for name, kind in zip(COMPONENTS, how, strict=True)
        if department.of(name)
    ]
    account = rolled(parts, department.hierarchy).account
    truth = expected(department, department.known)
    for span, true in ((account.range_systems, sum(truth)), (account.range_with_it, truth[0])):
        assert span.low <= true <= span.headline == span.high
    assert sum(line.systems for line in account.components if not line.depth) - account.overlap == account.total.systems


VALUES = {
    "serial": ["5CG1", "5CG2", "5CG3"],
    "uuid": [UUID.format(n) for n in range(3)],
    "mac": [MAC.format(1, n) for n in range(3)],
    "fqdn": ["pc1.example.gov", "pc2.example.gov"],
    "manufacturer": ["Dell", "HP"],
}
COLLIDING = st.tuples(
    st.sampled_from(STANDINGS), st.fixed_dictionaries({}, optional={kind: st.sampled_from(some) for kind, some in VALUES.items()})
)


@tries(300)
@given(
    st.lists(st.tuples(st.lists(COLLIDING, min_size=1, max_size=6), HOW), min_size=1, max_size=4),
    st.tuples(st.just(-1), *(st.integers(-1, turn - 1) for turn in range(1, 4))),
    st.randoms(use_true_random=False),
)
def test_numbers_hold_together_however_badly_tokens_collide(returns, parents, random):
    """`rolled` asks whether they do; here it is what lists and order have to do with it."""
    names = COMPONENTS[:4]
    hierarchy = tree(*(f"{name}<{names[up] if up >= 0 else ''}" for name, up in zip(names, parents, strict=True)))
    parts = [unlike(machines, name, how) for name, (machines, how) in zip(names, returns, strict=False)]
    found = rolled(parts, hierarchy)
    hosts = rows(found, "host_list")
    assert (len(hosts), len({row["host"] for row in hosts})) == (found.account.total.systems,) * 2
    told = Counter(row["standing"] for row in hosts)
    assert tuple(told[name] for name in ("with it", "exempt", "without it", "not covered")) == four(found.account.total)
    assert sum(row["records"] for row in hosts) == sum(len(machines) for machines, _ in returns)
    random.shuffle(parts)
    assert rolled(parts, hierarchy).account == found.account


def test_what_is_sent_up_is_told_by_its_tokens_alone():
    found = rolled([arrived(made("A", machines=[("with it", {"serial": "B-1"}), ("without it", {})]))], tree("A"))
    systems = systems_of(found)
    assert systems.standing.tolist() == [0, 3]
    assert (systems.of.tolist(), systems.found_on.tolist(), systems.product.tolist()) == ([0], [0], [0])
    assert (systems.found_kind.tolist(), systems.found_grade.tolist()) == (
        [KIND_RANK[State.INSTALLED]],
        [GRADE_RANK[Grade.NAME_AND_PUBLISHER]],
    )


# -- systems that are one, and systems that are not ------------------------------------------------------------------------


def test_more_evidence_never_hides_a_finding_and_a_standing_is_one_in_all_lines():
    ours = [("without it", {"serial": "5CG1"}), ("not covered", {"serial": "5CG2"}), ("contradicted", {"serial": "5CG3"})]
    theirs = [("with it", {"serial": "5CG1"}), ("without it", {"serial": "5CG2"}), ("without it", {"serial": "5CG3"})]
    found = rolled([arrived(made("A", machines=ours)), arrived(made("B", machines=theirs))], tree("A", "B"))
    account = found.account
    assert four(account.total) == four(line_of(account, "A")) == four(line_of(account, "B")) == (1, 0, 1, 1)
    assert (account.overlap, line_of(account, "A").shared) == (3, 3)
    assert {(one.standing, one.reason): one.systems for one in account.reasons} == {
        ("with it", "as the returns of its components say"): 1,
        ("without it", "as the returns of its components say"): 1,
        ("not covered", 'contradicted: other evidence speaks against "without it"'): 1,
    }
    assert [(row["standings"], row["disagrees"]) for row in rows(found, "overlap_list")] == [
        ("A: without it; B: with it", True),
        ("A: not covered; B: without it", False),
        ("A: contradicted; B: without it", False),
    ]
    assert {row["reason"] for row in rows(found, "host_list") if row["standing"] == "not covered"} == {
        'contradicted: other evidence speaks against "without it"'
    }


def test_reasons_of_standings_without_overlap_are_those_of_the_returns():
    ours = [("with it", {"serial": "5CG1"}), ("not covered", {"serial": "5CG2"})]
    theirs = [("with it", {"serial": "5CG1"}), ("not covered", {"serial": "5CG4"})]
    other = made("B", machines=theirs)
    kept = tuple(one for one in other.account.reasons if one.standing != "not covered")
    other = replace(
        other, account=replace(other.account, reasons=(*kept, ReasonLine(standing="not covered", reason="no look", systems=1)))
    )
    account = rolled([arrived(made("A", machines=ours)), arrived(other)], tree("A", "B")).account
    assert [(one.standing, one.reason, one.systems) for one in account.reasons] == [
        ("not covered", "for a test", 1),
        ("not covered", "no look", 1),
        ("with it", "as the returns of its components say", 1),
    ]


def test_a_token_that_contradicts_others_joins_nothing_and_is_listed():
    ours = [("with it", {"serial": "5CG1", "mac": MAC.format(1, 1)})]
    theirs = [("without it", {"serial": "5CG2", "mac": MAC.format(1, 1)})]
    found = rolled([arrived(made("A", machines=ours)), arrived(made("B", machines=theirs))], tree("A", "B"))
    assert found.account.total.systems == 2
    [conflict] = rows(found, "conflict_list")
    assert (conflict["kind"], conflict["returns"], len(conflict["token"])) == ("mac", "A; B", 32)
    assert "contradict" in conflict["reason"]
    assert sorted(systems_of(found).kind.tolist()) == [0, 0]  # what proves nothing is not sent on


def test_one_serial_number_of_two_makers_is_two_machines():
    ours = [("with it", {"serial": "1234567", "manufacturer": "Dell Inc."})]
    theirs = [("without it", {"serial": "1234567", "manufacturer": "LENOVO"})]
    same = [("without it", {"serial": "1234567", "manufacturer": "Dell"})]
    first = arrived(made("A", machines=ours))
    assert rolled([first, arrived(made("B", machines=theirs))], tree("A", "B")).account.total.systems == 2
    assert rolled([first, arrived(made("B", machines=same))], tree("A", "B")).account.total.systems == 1


def test_names_join_machines_whose_domains_nobody_knows():
    """A bare full name goes to the machine that has it, and none is needed to say so."""
    ours = [("with it", {"serial": "5CG1", "fqdn": "pc1.example.gov"}), ("without it", {"fqdn": "pc2.example.gov"})]
    theirs = [("without it", {"serial": "5CG2", "fqdn": "pc1.example.gov"}), ("without it", {"fqdn": "pc2.example.gov"})]
    third = [("without it", {"fqdn": "pc1.example.gov"})]
    parts = [arrived(made(name, machines=some)) for name, some in zip("ABC", (ours, theirs, third), strict=True)]
    assert rolled(parts, tree(*"ABC")).account.total.systems == 3


def test_tokens_of_different_keys_have_nothing_in_common_and_it_is_said():
    machines = [("with it", {"serial": "5CG1"}), ("without it", {"serial": "5CG2"})]
    parts = [arrived(made("A", machines=machines)), arrived(made("B", machines=machines, key=b"another"))]
    found = rolled(parts, tree("A", "B"))
    account = found.account
    assert (account.total.systems, account.range_systems) == (4, Range(low=2, headline=4, high=4))
    assert account.range_with_it == Range(low=1, headline=2, high=2)
    assert account.total.with_it_label == AT_LEAST
    assert any("2 ways that have nothing in common" in one for one in account.warnings)
    assert found.tokens is None


def test_a_token_means_something_in_its_own_pool_alone():
    parts = [made(name, machines=[("with it", {"serial": "5CG1"})]) for name in "ABC"]
    assert parts[1].tokens
    parts[1] = replace(parts[1], tokens=replace(parts[1].tokens, period="2018"))
    found = rolled([arrived(one) for one in parts], tree(*"ABC"))
    assert [row["component"] for row in rows(found, "host_list")] == ["A; C", "B"]


def test_without_tokens_systems_are_added_and_the_range_opens_downward():
    parts = [
        arrived(made("A", with_it=2, without_it=5, not_covered=0)),
        arrived(made("B", with_it=1, without_it=3, tokens=False)),
    ]
    found = rolled(parts, tree("A", "B"))
    account = found.account
    assert (four(account.total), account.total.looked_at) == ((3, 0, 8, 1), 11)
    assert (account.range_systems.low, account.range_with_it.low) == (7, 2)
    assert [one.systems for one in account.products] == [3]
    assert account.products[0].components == {"A": 2, "B": 1}
    assert any("5 systems of B came without usable tokens" in one for one in account.warnings)
    assert {one.name: one.value for one in account.beside}["not to be told apart"] == 5
    assert [row["host"] for row in rows(found, "host_list") if row["component"] == "B"] == [f"B#{n}" for n in range(1, 6)]
    assert found.tokens is None
    assert line_of(account, "A").with_it_label == EXACT


def test_tokens_that_may_not_be_used_are_as_none_but_the_systems_stay():
    machines = [("with it", {"serial": "5CG1"}), ("without it", {})]
    parts = [arrived(made("A", machines=machines)), arrived(made("B", machines=machines), tokens_count=False, doubts=("key",))]
    found = rolled(parts, tree("A", "B"))
    assert four(found.account.total) == (2, 0, 2, 0)
    assert [one.systems for one in found.account.products] == [2]
    assert [one.tokens for one in found.account.returns] == [1, 0]
    assert systems_of(found).kind.tolist() == [0]
    assert any(one == "Accepted with doubts: B." for one in found.account.warnings)
    assert {one.name: one.value for one in found.account.beside}["not to be told apart"] == 3


def test_a_return_that_lists_nothing_has_no_more_systems_than_can_be_listed():
    huge = made("A", tokens=False)
    account = replace(huge.account, total=replace(huge.account.total, systems=rollup.MOST + 1))
    with pytest.raises(FullcountError, match="the return of A counts 100,000,001 systems and lists none"):
        rollup.rollup(
            [Accepted(said=replace(huge, account=account), received=DAY)],
            [],
            Asked(hierarchy=tree("A"), directive=DIRECTIVE, on=DAY),
        )


# -- which return counts -----------------------------------------------------------------------------------------------------


def states(account: Account) -> list[tuple[str, int, str]]:
    return [(one.component, one.sequence, one.state) for one in account.returns]


def test_the_highest_number_counts_and_the_others_stay_to_be_seen():
    parts = [arrived(made("A", sequence=n, previous="0" * 64 if n > 1 else "", with_it=n)) for n in (2, 3, 1)]
    account = rolled(parts, tree("A")).account
    assert states(account) == [("A", 1, "superseded"), ("A", 2, "superseded"), ("A", 3, "counts")]
    assert account.total.with_it == 3
    assert [one.tokens for one in account.returns] == [7, 8, 9]
    assert account.returns[0].text == "return 3 has replaced it"


def test_two_returns_of_one_number_are_no_matter_of_choice():
    parts = [arrived(made("A", with_it=1)), arrived(made("A", with_it=2))]
    with pytest.raises(FullcountError, match="two different returns number 1 of A"):
        rolled(parts, tree("A"))


def test_a_component_that_the_tree_does_not_name_is_not_counted_and_not_forgotten():
    account = rolled([arrived(made("A")), arrived(made("Z"))], tree("A")).account
    assert states(account) == [("A", 1, "counts"), ("Z", 1, "refused")]
    assert account.total.systems == 8
    assert "1 return refused: Z." in account.warnings


def test_returns_about_another_directive_have_a_roll_up_of_their_own():
    other = arrived(made("B", directive={**DIRECTIVE, "id": "far-52-204-23"}))
    refused = [
        Refused(component=name, reasons=("x",), received=DAY, directive=of) for name, of in (("A", "bod-17-01"), ("B", "y"))
    ]
    account = rolled([arrived(made("A")), other], tree("A", "B"), refused=refused).account
    assert states(account) == [("A", 0, "refused"), ("A", 1, "counts"), ("B", 0, "awaited")]


def test_who_is_late_missing_awaited_refused_nil_or_stale():
    hierarchy = Hierarchy(
        nodes=(
            Node(name="Ports", acronym="PB", due=date(2017, 10, 10)),
            Node(name="Docks", parent="Ports"),
            Node(name="Rivers"),
            Node(name="Lakes", parent="Rivers"),
            Node(name="Wells", parent="Rivers", due=date(2017, 11, 1)),
            Node(name="Seas"),
            Node(name="Hills"),
        ),
        stale_days=7,
    )
    parts = [
        arrived(made("PB"), received=date(2017, 10, 12)),
        arrived(made("Seas", with_it=0, as_of="2017-10-02"), received=date(2017, 10, 2)),
        arrived(made("Seas", with_it=0, sequence=2, previous="0" * 64, as_of="2017-10-03"), received=date(2017, 10, 9)),
    ]
    refused = [Refused(component="Hills", reasons=("a changed byte", "other"), received=date(2017, 10, 6))] * 2
    more = {"on": date(2017, 10, 15), "due": date(2017, 10, 5)}
    account = rolled(
        parts, hierarchy, refused=[*refused, Refused(component="Ports", reasons=("x",), received=DAY)], **more
    ).account
    said = {(one.component, one.sequence): one for one in account.returns}
    assert {at: (one.state, one.days_overdue, one.due) for at, one in said.items() if at != ("Ports", 0)} == {
        ("Ports", 1): ("counts", 2, "2017-10-10"),
        ("Docks", 0): ("counts", 0, "2017-10-10"),
        ("Lakes", 0): ("missing", 10, "2017-10-05"),
        ("Wells", 0): ("awaited", 0, "2017-11-01"),
        ("Seas", 1): ("superseded", 0, "2017-10-05"),
        ("Seas", 2): ("counts", 0, "2017-10-05"),  # a correction: the first was in time
        ("Hills", 0): ("refused", 10, "2017-10-05"),
    }
    assert (said["Ports", 0].state, said["Ports", 0].days_overdue) == ("refused", 0)  # it has one that counts
    assert said["Docks", 0].text == "the return of Ports speaks for it"
    assert [one.component for one in account.returns if one.is_late] == ["Ports"]
    assert [at for at, one in said.items() if one.is_nil and one.sequence] == [("Seas", 1), ("Seas", 2)]
    assert [at for at, one in said.items() if one.is_stale] == [("Seas", 2)]
    assert [one.component for one in account.returns][:2] == ["Ports", "Ports"]
    assert account.warnings == (
        (
            "The returns are as of different days, from 2017-10-03 to 2017-10-11: systems may have changed, or moved between "
            "components, in between."
        ),
        "From 3 components no return counts: Lakes, Wells, Hills.",
        "2 returns refused: Ports, Hills.",
        "Older than the newest return by more than 7 days: Seas.",
    )
    assert account.sentence == (
        "At least 2 of 14 systems have it; 12 could be looked at, 2 could not. It was found by 1 of 2 components whose "
        "returns count; from 3 components no return counts; as of days from 2017-10-03 to 2017-10-11 (BOD 17-01)."
    )
    assert account.as_of == "2017-10-11"
    assert account.beside[0] == Beside(
        name="found it",
        value=1,
        unit="components",
        text="1 of 2 components whose returns count (50.0%) found it: a share of components that reported, which says nothing "
        "of the share of systems.",
    )
    assert "Docks" not in {one.component for one in account.components}, "nothing is known of it, which is no nought"
    assert {one.component for one in account.components if one.with_it_label == EXACT} == set()


def test_no_return_is_no_statement():
    account = rolled([], tree("A", "B"), directive={"id": "bod-17-01"}).account
    assert account.sentence == "No return counts, so that nothing can be said of any system (bod-17-01)."
    assert account.warnings[0] == "No return counts: the noughts of this roll-up are no statement that there is nothing."
    assert (account.as_of, account.as_of_how, states(account)) == ("", "unknown", [("A", 0, "awaited"), ("B", 0, "awaited")])
    assert account.total.with_it_label == AT_LEAST


def test_mixed_versions_and_unknown_days_are_said():
    newer = {**DIRECTIVE, "version": "2"}
    other = made("B", directive=newer)
    undated = replace(made("C"), account=replace(made("C").account, as_of=""))
    parts = [arrived(made("A")), arrived(other), Accepted(said=replace(undated, digest="c"), received=DAY)]
    account = rolled(parts, tree("A", "B", "C")).account
    assert (
        "The returns were counted under different versions of the directive: version 1 in 2 returns, version 2 in 1 return."
        in (account.warnings)
    )
    assert account.warnings[0].startswith("The returns are as of different days, up to 2017-10-11, and some have none:")
    assert "as of unknown days and of days up to 2017-10-11" in account.sentence
    assert account.sentence.count("every component reported") == 1
    alone = rolled([Accepted(said=replace(undated, digest="c"), received=DAY)], tree("C")).account
    assert "as of an unknown day" in alone.sentence


def test_expected_is_the_trees_and_attested_numbers_stay_beside():
    said = Beside(name="attested", value=40, unit="systems", text="said by the shop")
    account = rolled(
        [arrived(made("A", exempt=1, not_covered=0, without_it=1, beside=(said,)))],
        Hierarchy(nodes=(Node(name="A", expected=10), Node(name="B", parent="A", expected=3))),
        organisation="Department",
    ).account
    assert (account.total.expected, account.organisation) == (10, "Department")
    assert account.beside[-1] == Beside(name="attested", value=40, unit="systems", text="A: said by the shop")
    assert account.sentence.startswith("2 of 4 systems have it (1 more by exemption);")
    assert [one.component for one in account.components] == ["A"], "noughts of B would be none"
    [source] = account.sources
    assert (source.name, source.reader, source.records) == ("A, return 1", "return", 4)


def test_the_id_is_that_of_all_that_went_in():
    part, hierarchy = arrived(made("A")), tree("A", "B")
    one = rolled([part], hierarchy).account.count
    others = [
        rolled([part], hierarchy, on=date(2017, 10, 13)),
        rolled([part], tree("A", "C")),
        rolled([arrived(made("A", with_it=1))], hierarchy),
        rolled([part], hierarchy, refused=[Refused(component="B", reasons=("x",), received=DAY)]),
        rolled([replace(part, tokens_count=False)], hierarchy),
    ]
    assert len({one, *(other.account.count for other in others)}) == 6
    assert rolled([part], hierarchy).account.count == one


# -- ranges, estimates and the office's own list ---------------------------------------------------------------------------


def ranged(component: str, machines: Sequence[Machine], low: int, high: int) -> Accepted:
    many = len(machines)
    with_it = sum(one == "with it" for one, _ in machines)
    spans: dict[str, Any] = {
        "range_systems": Range(low=low, headline=many, high=high),
        "range_with_it": Range(low=min(low, with_it), headline=with_it, high=with_it),
    }
    return arrived(made(component, machines=machines, **spans))


def test_ranges_of_returns_are_taken_off_the_distinct_systems():
    ours = [("without it", {"serial": f"5CG{n}"}) for n in range(10, 20)]
    theirs = [("without it", {"serial": f"5CG{n}"}) for n in range(15, 30)]
    account = rolled([ranged("A", ours, 8, 11), ranged("B", theirs, 12, 15)], tree("A", "B")).account
    # 20 distinct; the weak links of A would join 2 of them, those of B 3
    assert account.range_systems == Range(low=15, headline=20, high=21)
    assert line_of(account, "A").with_it_label == AT_LEAST


def test_a_range_never_ends_below_the_largest_return():
    ours = [("without it", {"serial": f"5CG{n}"}) for n in range(10, 20)]
    theirs: list[Machine] = [("without it", {}) for _ in range(12)]
    account = rolled([ranged("A", ours, 10, 10), ranged("B", theirs, 11, 12)], tree("A", "B")).account
    assert account.range_systems == Range(low=11, headline=22, high=22)


def test_a_range_never_ends_above_what_is_counted():
    """The machine that B knows by both numbers is, for all that tokens say, both machines of A."""
    ours = [("without it", {"serial": "5CG1"}), ("without it", {"mac": MAC.format(1, 1)})]
    theirs = [("with it", {"serial": "5CG1", "mac": MAC.format(1, 1)})]
    account = rolled([arrived(made("A", machines=ours)), arrived(made("B", machines=theirs))], tree("A", "B")).account
    assert account.range_systems == Range(low=1, headline=1, high=1)
    assert account.reasons == (ReasonLine(standing="with it", reason="as the returns of its components say", systems=1),)


def estimate(verdict: str, *three: float | None, what: str = "systems", level: float = 0.95) -> Estimate:
    low, centre, high = three
    return Estimate(what=what, verdict=verdict, low=low, centre=centre, high=high, level=level)


def estimated(*some: Estimate | None) -> tuple[Estimate, ...]:
    parts = [arrived(made(name, estimates=(one,) if one else ())) for name, one in zip("ABC", some, strict=False)]
    return rolled(parts, tree(*"ABC")).account.estimates


def test_independent_estimates_add_in_quadrature():
    whole, *own = estimated(estimate("estimate", 97.0, 100.0, 112.0), estimate("estimate", 46.0, 50.0, 55.0))
    assert (whole.verdict, whole.low, whole.centre, whole.high, whole.level) == ("estimate", 145.0, 150.0, 163.0, 0.95)
    assert "MOVER" in whole.text
    assert [(one.component, one.centre) for one in own] == [("A", 100.0), ("B", 50.0)]


def test_ranges_are_added_limit_by_limit():
    both = [estimate("estimate", 97.0, 100.0, 112.0), estimate("estimate", 46.0, 50.0, 55.0), estimate("range", 10.0, None, 30.0)]
    whole = estimated(*both)[0]
    assert (whole.verdict, whole.low, whole.centre, whole.high) == ("range", 155.0, None, 193.0)
    alone = estimated(estimate("range", 10.0, None, 30.0), estimate("range", 1.0, 2.0, 3.0))[0]
    assert (alone.verdict, alone.low, alone.high) == ("range", 11.0, 33.0)


def test_levels_of_confidence_that_differ_add_limits():
    whole = estimated(estimate("estimate", 9.0, 10.0, 11.0), estimate("estimate", 9.0, 10.0, 11.0, level=0.8))[0]
    assert (whole.verdict, whole.low, whole.high, whole.level) == ("range", 18.0, 22.0, 0.8)


@pytest.mark.parametrize(
    ("other", "low"),
    [
        (None, 105.0),  # what it counted: 8
        (estimate("floor only", 9.0, None, None), 106.0),
        (estimate("refused", None, None, None), 105.0),
        (estimate("estimate", 9.0, None, 12.0), 106.0),  # no centre
        (estimate("estimate", None, 12.0, None), 105.0),
    ],
)
def test_where_one_cannot_be_estimated_there_is_a_floor_and_no_more(other, low):
    whole = estimated(estimate("estimate", 97.0, 100.0, 112.0), other)[0]
    assert (whole.verdict, whole.low, whole.centre, whole.high) == ("floor only", low, None, None)
    assert "B could not be estimated" in whole.text


def test_overlap_is_said_beside_an_estimate_and_taken_off_a_floor():
    machines = [("with it", {"serial": "5CG1"}), ("without it", {"serial": "5CG2"})]
    full = estimate("estimate", 1.0, 1.0, 2.0, what="with it")
    parts = [arrived(made(name, machines=machines, estimates=(full,))) for name in "AB"]
    whole = rolled(parts, tree("A", "B")).account.estimates[0]
    assert (whole.what, whole.centre) == ("with it", 2.0)
    assert "1 of these with it are in it more than once, and nothing was taken off" in whole.text
    parts[1] = arrived(made("B", machines=machines))
    whole = rolled(parts, tree("A", "B")).account.estimates[0]
    assert (whole.verdict, whole.low) == ("floor only", 1.0)
    assert "The 1 that stand in several returns are taken off." in whole.text


def test_the_offices_own_list_is_set_against_returns():
    hierarchy = tree("Ports", "Docks<Ports", "Rivers", "Lakes<Rivers", "Seas", "Hills", "Wells<Hills")
    parts = [arrived(made("Ports", with_it=0)), arrived(made("Lakes", with_it=2, exempt=1)), arrived(made("Seas", with_it=1))]

    def saw(component: str, *systems: str, on: str = "2017-10-01") -> list[dict[str, Any]]:
        return [{"component": component, "system": one, "seen_on": on} for one in systems]

    sensor = [
        *saw("Ports", "10.0.0.1", "10.0.0.2"),
        *saw("Ports", "10.0.0.2", on="2017-10-05"),
        *saw("Docks", "10.0.0.1", on=""),
        *saw("Rivers", "a", "b", "c"),
        *saw("Seas", "x", "y"),
        *saw("Wells", "w"),
        *saw("Moon", "m", ""),
    ]
    account = rolled(parts, hierarchy, sensor=sensor).account
    assert [(one.component, one.seen, one.with_it, one.verdict) for one in account.sensors] == [
        ("Ports", 2, 0, "contradicts"),
        ("Docks", 1, 0, "contradicts"),
        ("Rivers", 3, 3, "within the return"),
        ("Seas", 2, 1, "more than the return"),
        ("Wells", 1, None, "no return"),
        ("Moon", 1, None, "no return"),
    ]
    assert [one.text for one in account.sensors][:3] == [
        "the office's own list names 2 systems (2017-10-01 to 2017-10-05); its return says none",
        "the office's own list names 1 system; the return of Ports, which speaks for it, says none",
        "the office's own list names 3 systems (2017-10-01); what its parts say together says 3",
    ]


# -- counted apart and together ----------------------------------------------------------------------------------------------

HEADER = "Netbios_Name0,SerialNumber0,SMBIOS_GUID0,Operating_System_Name_and0,LastHWScan,DisplayName0,Publisher0\r\n"
WINDOWS = "Microsoft Windows NT Workstation 10.0"
PRODUCT, ZIP = "Kaspersky Endpoint Security 10 for Windows,AO Kaspersky Lab", "7-Zip 16.04,Igor Pavlov"
PORTS = {"PC-1": PRODUCT, "PC-2": ZIP, "PC-3": ZIP, "PC-4": ","}
RIVERS = {"PC-3": PRODUCT, "PC-4": ZIP, "PC-5": PRODUCT, "PC-6": ZIP}
KEY = TokenKey(directive=BOD.id, period="2017", key=b"of the inspector general")


def counted(folder: Path, *parts: Mapping[str, str]) -> chain.Counted:
    into = Workspace.create(folder / "workspace")
    for number, machines in enumerate(parts):
        lines = [
            f"{name},5CG710000{name[-1]},{UUID.format(int(name[-1]))},{WINDOWS},2017-10-10,{title}\r\n"
            for name, title in machines.items()
        ]
        (folder / f"{number}-sccm-2017-10-11.csv").write_text(HEADER + "".join(lines), "utf-8", newline="")
    into.read(sorted(folder.glob("*.csv")), options=Options(), readers=READERS)
    with engine(into) as made_of:
        return chain.run(into, made_of, directives=[BOD], readers=READERS, as_of=None)


def test_counts_of_components_rolled_up_are_the_count_of_all_less_the_overlap(tmp_path):
    parts = []
    for name, machines in {"Ports": PORTS, "Rivers": RIVERS}.items():
        (tmp_path / name).mkdir()
        asked = of_count(counted(tmp_path / name, machines), BOD.id, name, tokens=KEY, hosts=False)
        said = Return(component=name, account=asked.account, kept=asked.kept, tokens=asked.tokens, **FIRST)
        parts.append(arrived(said))
    (tmp_path / "all").mkdir()
    [together] = counted(tmp_path / "all", PORTS, RIVERS).accounts
    account = rolled(parts, tree("Ports", "Rivers"), directive=together.directive).account
    assert account.total.systems == together.total.systems == 6
    assert four(account.total) == four(together.total)
    assert account.total.looked_at == together.total.looked_at
    assert account.overlap == len(PORTS.keys() & RIVERS.keys()) == 2
    assert sum(one.said.account.total.systems for one in parts) - account.overlap == together.total.systems
    assert [(one.product, one.systems, one.kinds, one.grades) for one in account.products] == [
        (one.product, one.systems, one.kinds, one.grades) for one in together.products
    ]


def test_a_thousand_systems_are_told_apart_by_arrays_as_by_hand():
    """Many tokens of several returns, of which some are popular: the numbering of tokens against Python's own."""
    random = np.random.default_rng(17)
    numbers = random.integers(0, 400, 1000)
    parts, distinct = [], set()
    for name, some in zip("ABCDE", np.split(numbers, 5), strict=True):
        mine = sorted(set(some.tolist()))
        distinct |= set(mine)
        parts.append(arrived(made(name, machines=[("without it", {"serial": f"5CG{one:05}"}) for one in mine])))
    assert rolled(parts, tree(*"ABCDE")).account.total.systems == len(distinct)
