"""What of a roll-up may be published: no small number about a component can be read or worked out, and the rest stays true."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.accounts import small
from tests.tries import tries

from fullcount.errors import UsageError
from fullcount.model import Grade, Standing, State
from fullcount.public import (
    ALL_COMPONENTS,
    ALL_PRODUCTS,
    LEAST,
    OTHER_PRODUCTS,
    OTHER_REASONS,
    UNTOLD,
    public,
)
from fullcount.report import (
    AT_LEAST,
    Account,
    Beside,
    Estimate,
    Line,
    ProductLine,
    Range,
    ReasonLine,
    ReturnLine,
    SensorLine,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GONE = "gone"
PLACES = {Standing.WITH_IT: "with_it", Standing.EXEMPT: "exempt", Standing.WITHOUT_IT: "without_it"}
PLACES |= {Standing.NOT_COVERED: "not_covered"}
ADDED = (*PLACES.values(), "systems", "looked_at", "gone")


class Block(NamedTuple):
    """Some machines that are alike: in which components, where they stand and why."""

    of: frozenset[str]
    standing: str
    looked: bool
    products: frozenset[int]
    systems: int
    reason: int = 0
    kind: int = 0


def at(components: str, systems: int, standing: str = Standing.WITHOUT_IT, **more: Any) -> Block:
    """Machines of components, which are letters; a letter behind a point is a part of what stands before it: `A.b`."""
    looked = more.pop("looked", standing == Standing.WITHOUT_IT)
    products = frozenset(more.pop("products", {0} if standing in {Standing.WITH_IT, Standing.EXEMPT} else ()))
    return Block(frozenset(components.split()), standing, looked, products, systems, **more)


def line(name: str, blocks: Sequence[Block]) -> Line:
    """The line of a component; of all where the name is empty."""
    own = [one for one in blocks if not name or any(is_in(place, name) for place in one.of)]
    sums: Counter[str] = Counter()
    for one in own:
        if one.standing == GONE:
            sums["gone"] += one.systems
            continue
        sums[PLACES[Standing(one.standing)]] += one.systems
        sums["systems"] += one.systems
        sums["looked_at"] += one.systems * one.looked
        unrelated = any(not is_in(place, name) and not is_in(name, place) for place in one.of)
        sums["shared"] += one.systems * (bool(name) and unrelated)
    return Line(
        component=name,
        **{column: sums[column] for column in (*ADDED, "shared")},
        with_it_label=AT_LEAST if sums["not_covered"] else "exact",
        parent=name.rpartition(".")[0],
        depth=name.count("."),
    )


def is_in(place: str, name: str) -> bool:
    return place == name or place.startswith(f"{name}.")


def rolled(blocks: Sequence[Block], **changes: Any) -> Account:
    """The account of a roll-up over these machines: all of its arithmetic is sound."""
    places = {place for one in blocks for place in one.of}
    names = sorted(places | {place[:end] for place in places for end in range(1, len(place), 2)})
    total = line("", blocks)
    lines = tuple(line(name, blocks) for name in names)
    reasons: Counter[tuple[str, str]] = Counter()
    for one in blocks:
        if one.standing != GONE and one.systems:
            reasons[one.standing, f"reason {one.reason}"] += one.systems
    account = replace(
        small(),
        total=total,
        components=lines,
        overlap=sum(one.systems for one in lines if not one.depth) - total.systems,
        range_systems=Range(low=total.systems, headline=total.systems, high=total.systems),
        range_with_it=Range(low=total.with_it, headline=total.with_it, high=total.with_it),
        products=tuple(products(blocks)),
        reasons=tuple(ReasonLine(standing=key[0], reason=key[1], systems=value) for key, value in sorted(reasons.items())),
        returns=tuple(returned(one) for one in lines),
        beside=(),
        warnings=(),
        extra={"more": 1},
    )
    return replace(account, **changes)


def products(blocks: Sequence[Block]) -> Iterable[ProductLine]:
    for number in sorted({number for one in blocks for number in one.products}):
        own = [one for one in blocks if number in one.products]
        kinds: Counter[str] = Counter()
        grades: Counter[str] = Counter()
        for one in own:
            kinds[list(State)[one.kind]] += one.systems
            grades[list(Grade)[(one.kind + number) % 3]] += one.systems
        systems = sum(kinds.values())
        yield ProductLine(
            product=f"p{number}", name=f"P {number}", systems=systems, kinds=kinds, grades=grades, components={"A": systems}
        )


def returned(one: Line) -> ReturnLine:
    return ReturnLine(
        component=one.component,
        state="counts",
        text=f"it has {one.with_it} systems",
        sequence=1,
        signers=("A. Person",),
        is_nil=not one.with_it + one.exempt,
        systems=one.systems,
        with_it=one.with_it,
        exempt=one.exempt,
        looked_at=one.looked_at,
        tokens=one.systems,
    )


SIZES = st.sampled_from([0, 1, 2, 3, 4, 5, 6, 8, 30, 200])
NAMES = ("A", "B", "C", "D", "E", "F", "A.a", "A.b", "B.a", "B.b", "B.a.a", "B.a.b")


@st.composite
def a_block(draw: Any, few: bool = False) -> Block:  # noqa: FBT001, FBT002 - a strategy
    standing = draw(st.sampled_from([*PLACES, Standing.WITHOUT_IT, Standing.WITH_IT, GONE]))
    is_found = standing in {Standing.WITH_IT, Standing.EXEMPT}
    return Block(
        of=frozenset(draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=2 if few else 1))),
        standing=standing,
        looked=standing == Standing.WITHOUT_IT or (standing != GONE and draw(st.integers(0, 3)) == 0),
        products=frozenset(draw(st.sets(st.integers(0, 3), min_size=1, max_size=2)) if is_found else ()),
        systems=draw(SIZES),
        reason=draw(st.integers(0, 2)),
        kind=draw(st.integers(0, 2)),
    )


PLAIN = st.lists(a_block(), min_size=4, max_size=24)
MIXED = st.tuples(PLAIN, st.lists(a_block(few=True), max_size=3)).map(lambda two: [*two[0], *two[1]])


def published(account: Account) -> Account:
    """What may be published; another example where nothing may."""
    try:
        return public(account)
    except UsageError:
        assume(False)
        raise


def is_small(number: int) -> bool:
    return 0 < abs(number) < LEAST


def worked_out(one: Line) -> dict[str, int]:
    """Everything that a line tells, and that follows from it alone."""
    found = {column: getattr(one, column) for column in (*ADDED, "shared")}
    found["not looked at"] = one.systems - one.looked_at
    found["looked at and not without it"] = one.looked_at - one.without_it
    return found


def tops(account: Account) -> list[Line]:
    return [one for one in account.components if not one.depth]


# -- no small number can be read or worked out ------------------------------------------------------------------------------


@given(MIXED)
@tries(800)
def test_no_small_number_is_told_and_the_rest_adds_up(blocks):
    account = rolled(blocks)
    made = published(account)
    nothing_small(made)
    nothing_small_between(made)
    sound(made, account)
    assert public(made) == made
    assert Account.of(made.document()) == made


def nothing_small(made: Account) -> None:
    for one in made.components:
        if one.component != ALL_COMPONENTS:  # it is the total
            assert not {name: number for name, number in worked_out(one).items() if is_small(number)}, one
    found = made.total.with_it + made.total.exempt
    for product in made.products:
        numbers = [product.systems, found - product.systems, *product.kinds.values(), *product.grades.values()]
        assert not any(map(is_small, numbers)), product
        assert not product.components
    assert not any(is_small(one.systems) for one in made.reasons)
    assert not is_small(made.overlap)


def nothing_small_between(made: Account) -> None:
    """Nothing is found by subtraction."""
    some = [one for one in tops(made) if one.systems or one.gone]
    if made.overlap == 0 or len(some) == 2:
        for column in ADDED:
            assert not is_small(sum(getattr(one, column) for one in some) - getattr(made.total, column)), column
    for one in made.components:
        if parts := [part for part in made.components if part.parent == one.component]:
            for name, number in worked_out(one).items():
                if name != "shared":
                    assert not is_small(sum(worked_out(part)[name] for part in parts) - number), name
    for standing, place in PLACES.items():
        told = sum(one.systems for one in made.reasons if one.standing == standing)
        assert told == getattr(made.total, place)


def sound(made: Account, account: Account) -> None:
    assert made.total == account.total
    added = tops(made)
    assert sum(one.systems for one in added) - made.overlap == made.total.systems
    for one in made.components:
        assert one.with_it + one.exempt + one.without_it + one.not_covered == one.systems
        assert one.without_it <= one.looked_at <= one.systems <= made.total.systems
        assert all(0 <= getattr(one, column) <= getattr(made.total, column) for column in ADDED)
    for column in ADDED:
        assert sum(getattr(one, column) for one in added) >= getattr(made.total, column) or not account.components
    before = {one.component: one for one in account.components}
    for one in made.components:
        if one.component in before:
            assert replace(before[one.component], shared=0) == one
    for product in made.products:
        assert sum(product.kinds.values()) == sum(product.grades.values()) == product.systems
    assert sum(one.systems for one in made.products) >= made.total.with_it + made.total.exempt


@given(MIXED, st.randoms(use_true_random=False))
@tries(800)
def test_nobody_can_tell_which_of_the_merged_has_what(blocks, random):
    account = rolled(blocks)
    made = published(account)
    told = {one.component for one in made.components}
    merged = [one for one in account.components if not one.depth and one.component not in told]
    assume(len(merged) > 1)
    dealt = dict(zip((one.component for one in merged), random.sample(merged, len(merged)), strict=True))
    lines = tuple(
        replace(dealt[one.component], component=one.component) if one.component in dealt else one for one in account.components
    )
    nil = {one.component: not one.with_it + one.exempt for one in lines}
    returns = tuple(replace(one, is_nil=nil[one.component]) for one in account.returns)
    assert public(replace(account, components=lines, returns=returns)) == made


# -- by hand --------------------------------------------------------------------------------------------------------------


def lines_of(account: Account) -> dict[str, tuple[int, int]]:
    return {one.component: (one.systems, one.with_it) for one in account.components}


def clean(*sizes: int) -> list[Block]:
    return [at(name, size) for name, size in zip("ABCDEF", sizes, strict=False)]


def test_what_is_large_enough_stands_as_it_is():
    blocks = [*clean(100, 50, 20), at("A", 7, Standing.WITH_IT)]
    account = rolled(blocks)
    made = public(account)
    assert made.components == account.components
    assert [one.name for one in made.products] == ["P 0"]
    assert made.methods[: len(account.methods)] == account.methods
    assert "no number from 1 to 4" in made.methods[len(account.methods)]


def test_small_ones_are_told_together_with_the_next_smallest():
    made = public(rolled([*clean(100, 50, 20, 10), at("A", 3, Standing.WITH_IT), at("D", 7, Standing.WITH_IT)]))
    assert lines_of(made) == {"B": (50, 0), "C": (20, 0), "2 components, together": (120, 10)}
    assert "2 components, together: what they have is added up" in " ".join(made.methods)


def test_components_of_one_size_go_together():
    found = [at("A", 2, Standing.WITH_IT), at("C", 6, Standing.WITH_IT), at("D", 6, Standing.WITH_IT)]
    assert lines_of(public(rolled([*clean(100, 50, 10, 10), *found]))) == {"B": (50, 0), "3 components, together": (134, 14)}


def test_what_has_nothing_hides_nothing():
    blocks = [*clean(100, 50, 0, 0), at("A", 2, Standing.WITH_IT), at("B", 8, Standing.WITH_IT)]
    made = public(rolled(blocks))
    assert lines_of(made) == {"C": (0, 0), "D": (0, 0), "2 components, together": (160, 10)}
    blocks += [at("E", 30), at("F", 60, Standing.WITH_IT)]
    assert lines_of(public(rolled(blocks)))["C"] == (0, 0)


def test_as_many_systems_as_components_that_have_one_are_not_told():
    few = [at(name, 1, Standing.WITH_IT) for name in "ABCDEF"]
    with pytest.raises(UsageError, match="gives away what components have"):
        public(rolled([*clean(50, 50, 50, 50, 50, 50), *few]))
    more = [*clean(50, 50, 50, 50, 50, 50), *few, at("G", 100), at("G", 40, Standing.WITH_IT)]
    assert lines_of(public(rolled(more))) == {"7 components, together": (446, 46)}
    assert lines_of(public(rolled([*more, at("H", 500)]))) == {"H": (500, 0), "7 components, together": (446, 46)}


@pytest.mark.parametrize("standing", [*PLACES, GONE])
def test_a_total_that_is_small_cannot_be_published(standing):
    blocks = [*clean(100, 50), at("A", 30), *(at(name, 1, standing) for name in "AB")]
    if standing == Standing.WITHOUT_IT:
        blocks = [at("A", 2), at("B", 80, Standing.WITH_IT)]
    with pytest.raises(UsageError, match="the total itself is too small to be published: 2 ") as raised:
        public(rolled(blocks))
    assert "numbers from 1 to 4 are not told" in raised.value.hint


def test_a_count_is_no_roll_up():
    with pytest.raises(UsageError, match="only a roll-up"):
        public(replace(rolled(clean(100, 50)), returns=()))


def test_few_shared_systems_are_told_once_and_leave_no_overlap():
    blocks = [*clean(100, 50, 20, 30), at("A", 20, Standing.WITH_IT), at("A B", 3, Standing.WITH_IT)]
    made = public(rolled(blocks))
    assert made.overlap == 0
    assert lines_of(made) == {"C": (20, 0), "D": (30, 0), "2 components, together": (173, 23)}
    assert "each system of theirs is told once" in " ".join(made.methods)


def test_many_shared_systems_stay_an_overlap_and_two_lines_do_not_tell_which():
    blocks = [*clean(100, 50, 20, 30), at("A B", 30, Standing.WITHOUT_IT), at("B C", 9, Standing.NOT_COVERED)]
    account = rolled(blocks)
    made = public(account)
    assert made.overlap == account.overlap == 39
    assert {one.shared for one in account.components} == {0, 9, 30, 39}
    assert {one.shared for one in made.components} == {0}
    both = [at("A B", 30), at("A B", 2, Standing.WITH_IT), at("A", 20, Standing.WITH_IT), at("B", 20, Standing.WITH_IT)]
    assert lines_of(public(rolled([*clean(100, 50), *both]))) == {ALL_COMPONENTS: (222, 42)}
    assert list(lines_of(public(rolled([*clean(100, 50, 70), *both])))) == ["A", "B", "C"]


def test_few_machines_that_are_gone_from_two_lists_are_told_once():
    blocks = [*clean(100, 50), at("A", 10, GONE), at("B", 10, GONE), at("A B", 3, GONE)]
    assert [(one.component, one.gone) for one in public(rolled(blocks)).components] == [("2 components, together", 23)]


def test_parts_stand_where_all_of_them_may():
    blocks = [at("A.a", 40), at("A.b", 50), at("A.b", 10, Standing.WITH_IT), at("B.a", 60), at("B.b", 4), at("C", 170)]
    assert list(lines_of(public(rolled(blocks)))) == ["A", "A.a", "A.b", "B", "C"]
    own = [*blocks, at("A", 3)]  # of the office itself, found by subtraction
    assert list(lines_of(public(rolled(own)))) == ["A", "B", "C"]
    merged = [*blocks, at("A.a", 2, Standing.NOT_COVERED), at("B.a", 20, Standing.NOT_COVERED)]
    assert list(lines_of(public(rolled(merged)))) == ["C", "2 components, together"]


def test_expected_numbers_stay():
    account = rolled([*clean(100, 50, 20, 10), at("A", 3, Standing.WITH_IT), at("D", 7, Standing.WITH_IT)])
    all_known = tuple(replace(one, expected=3) for one in account.components)
    assert [one.expected for one in public(replace(account, components=all_known)).components] == [3, 3, 6]
    one_unknown = (replace(all_known[0], expected=None), *all_known[1:])
    assert [one.expected for one in public(replace(account, components=one_unknown)).components] == [3, 3, None]


def test_products_are_added_up_and_kinds_are_told_whole_or_not_at_all():
    found = [at("A", 40, Standing.WITH_IT, products={0}, kind=0), at("B", 3, Standing.WITH_IT, products={0, 1, 2}, kind=1)]
    found += [at("B", 20, Standing.WITH_IT, products={0, 1}, kind=0), at("B", 17, Standing.WITH_IT, products={3}, kind=2)]
    made = public(rolled([*clean(100, 100, 100), *found]))
    assert [(one.name, one.systems) for one in made.products] == [("P 0", 63), ("P 1", 23), (OTHER_PRODUCTS, 20)]
    assert [dict(one.kinds) for one in made.products] == [{UNTOLD: 63}, {UNTOLD: 23}, {UNTOLD: 20}]


def test_products_that_tell_who_has_both_are_one():
    found = [at("A", 40, Standing.WITH_IT, products={0}), at("A", 2, Standing.WITH_IT, products={0, 1})]
    found += [at("A", 30, Standing.WITH_IT, products={1})]
    made = public(rolled([*clean(100, 100, 100), *found]))
    assert [(one.name, one.systems, one.kinds) for one in made.products] == [(ALL_PRODUCTS, 72, {UNTOLD: 72})]


def test_reasons_add_up_to_what_they_did():
    blocks = [*clean(100, 50), *(at("A", size, reason=turn) for turn, size in ((1, 3), (2, 1), (3, 60), (4, 1), (5, 200)))]
    made = public(rolled(blocks))
    assert [(one.reason, one.systems) for one in made.reasons] == [
        ("reason 0", 150),
        ("reason 3", 60),
        ("reason 5", 200),
        (OTHER_REASONS, 5),
    ]
    odd = rolled(clean(100, 50), reasons=(ReasonLine(standing=Standing.WITHOUT_IT, reason="x", systems=2),))
    assert public(odd).reasons == ()  # two of 150


def test_what_stands_beside_is_told_or_named():
    account = rolled(
        clean(100, 50, 20),
        beside=(
            Beside(name="residue", value=2, unit="systems", text="Left behind.", list="findings"),
            Beside(name="in several returns", value=12, unit="systems", text="Known to several.", list="overlap_list"),
            Beside(name="attested", value=30, unit="systems", text="A: said by A. Person: walked round"),
        ),
        warnings=("From 1 component no return counts: B.", "The 2 systems of B came without tokens.", "Old."),
        methods=("B has 2 systems in its cellar.", "Names were compared."),
        estimates=(
            Estimate(what="systems", verdict="estimate", low=170.0, centre=180.0, high=190.0, text="The 3 that several know."),
            Estimate(what="systems", verdict="estimate", low=170.0, centre=180.0, high=190.0, text="Of 170 to 190."),
            Estimate(what="systems", verdict="estimate", low=1.0, component="A"),
        ),
    )
    made = public(account)
    assert [(one.name, one.list) for one in made.beside] == [("in several returns", "")]
    assert made.warnings == ("From 1 component no return counts: B.", "Old.")
    said = " ".join(made.methods)
    assert made.methods[0] == "Names were compared."
    assert "Withheld beside the count: attested, residue." in said
    assert "warnings that tell numbers of a component" in said
    assert "2 sources went in." in said
    assert [one.text for one in made.estimates] == ["", "Of 170 to 190."]
    assert (made.tools, made.sources, made.pairs, made.overlaps, made.relinks, made.extra) == ((), (), (), (), (), {})
    assert public(made) == made


def test_returns_keep_their_state_and_lose_their_numbers():
    made = public(rolled([*clean(100, 50, 20, 10), at("A", 3, Standing.WITH_IT), at("D", 7, Standing.WITH_IT)]))
    for one in made.returns:
        assert (one.systems, one.with_it, one.exempt, one.looked_at, one.tokens) == (None,) * 5
        assert (one.state, one.sequence, one.text, one.signers) == ("counts", 1, "", ())
    assert {one.component: one.is_nil for one in made.returns} == {"A": None, "B": True, "C": True, "D": None}


def test_the_offices_own_list_is_told_of_what_stands_by_itself():
    def sensor(component: str, seen: int, with_it: int | None) -> SensorLine:
        return SensorLine(component=component, seen=seen, with_it=with_it, verdict="within the return", text="")

    blocks = [*clean(100, 50, 20, 10, 90), at("A", 3, Standing.WITH_IT), at("D", 7, Standing.WITH_IT)]
    blocks += [at("E", 9, Standing.WITH_IT)]
    some = (sensor("A", 9, 3), sensor("B", 4, 0), sensor("C", 14, 0), sensor("D", 9, 7), sensor("E", 8, 9), sensor("E", 8, 7))
    made = public(rolled(blocks, sensors=(*some, sensor("Z", 9, None))))
    assert [(one.component, one.seen) for one in made.sensors] == [("C", 14), ("E", 8)]
    assert "Withheld of the receiving office's own list" in " ".join(made.methods)


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(0, 0, (10, 20)), (3, 0, (5, 20)), (0, 1, (10, 15)), (9, 30, (0, 40)), (7, 4, (0, 15)), (5, 5, (5, 15))],
)
def test_a_range_is_widened_to_what_may_be_told(low, high, shown):
    span = Range(low=10 - low, headline=10, high=10 + high)
    made = public(rolled([*clean(100, 50), at("A", 10, Standing.WITH_IT)], range_with_it=span)).range_with_it
    expected = (shown[0] if low else 10, shown[1] if high else 10)
    assert (made.low, made.high) == expected
    assert not any(map(is_small, (made.low, made.headline - made.low, made.high - made.headline)))


def test_another_least_may_be_asked_for():
    account = rolled([*clean(100, 50, 20), at("A", 7, Standing.WITH_IT), at("B", 30, Standing.WITH_IT)])
    assert public(account).components == account.components
    assert "A" not in lines_of(public(account, least=10))
    assert public(account, least=1).components == account.components


def test_without_components_there_is_the_total():
    account = rolled(clean(100, 50))
    made = public(replace(account, components=()))
    assert (made.components, made.total) == ((), account.total)


def test_every_way_of_dealing_out_is_the_same_publication():
    numbers = [(60, 2), (40, 3), (30, 1), (50, 4)]
    made = {
        tuple(lines_of(public(rolled([*clean(*(size for size, _ in deal), 900, 800), *having(deal)]))).items())
        for deal in permutations(numbers)
    }
    assert len(made) == 1


def having(deal: Sequence[tuple[int, int]]) -> list[Block]:
    return [at(name, found, Standing.WITH_IT) for name, (_, found) in zip("ABCD", deal, strict=True)]
