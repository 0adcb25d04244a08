"""Matching on real titles, where they are present: what `benchmarks/matching.py` measures must reach its goals."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.packs import BOD, PACKS

from fullcount.match import verdicts
from fullcount.model import State, Title

FILE = Path(__file__).resolve().parents[1] / "benchmarks/matching.py"


def _matching() -> Any:
    spec = importlib.util.spec_from_file_location("matching", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for their module
    spec.loader.exec_module(module)
    return module


MATCHING = _matching()


@pytest.fixture(autouse=True)
def _titles(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("real") and not MATCHING.TITLES.is_dir():
        pytest.skip("the titles are not here")


def share(outcomes: list[Any]) -> tuple[float, list[str]]:
    """The share of the titles that did as they must, and those that did not."""
    wrong = [shown for one in outcomes for shown in one.wrong]
    return 1 - len(wrong) / sum(one.titles for one in outcomes), wrong


@pytest.mark.real
@pytest.mark.parametrize("evidence", ["A", "B", "C", "D"])
def test_the_vendors_titles_count(evidence: str) -> None:
    cases = [case for case in MATCHING.known_titles() if case.group == f"titles {evidence}"]
    recall, missed = share(MATCHING.judged(BOD, cases))
    assert recall >= MATCHING.RECALL, missed
    assert len(cases) > 10


@pytest.mark.real
def test_what_its_products_leave_is_told_apart() -> None:
    recall, missed = share(MATCHING.judged(BOD, MATCHING.artifacts()))
    assert recall >= MATCHING.RECALL, missed


@pytest.mark.real
def test_no_trap_counts_as_whatever_type_of_title() -> None:
    found = MATCHING.judged(BOD, MATCHING.traps())
    assert share(found) == (1, [])
    assert sum(one.titles for one in found) > 1000


# the others have the same signatures, or one more
_ALIKE = [pack for pack in PACKS.values() if pack.vendors == ("kaspersky",)]
_FIRST = {"us-ndaa-fy2018-1634"}
_PACKS = [pytest.param(pack, id=pack.id, marks=[] if pack.id in _FIRST else [pytest.mark.slow]) for pack in _ALIKE]


@pytest.mark.real
@pytest.mark.parametrize("pack", _PACKS)
def test_others_titles_do_not_count(pack: Any) -> None:
    right, wrong = share(MATCHING.judged(pack, MATCHING.others(MATCHING.brands_of(pack))))
    assert (1 - right) * 100_000 <= MATCHING.MISTAKES, wrong


@pytest.mark.real
def test_a_name_and_a_code_each_suffice() -> None:
    both = [case for case in MATCHING.known_titles() if case.group in {"titles A", "titles B"} and case.title.product_code]
    named = [case.title._replace(product_code=None) for case in both]
    coded = [Title("program", product_code=f"InstallWIX_{case.title.product_code.lower()}") for case in both]
    for titles in (named, coded):
        cases = [MATCHING.Case(title=title, state=State.INSTALLED, group="x", must="counts") for title in titles]
        assert share(MATCHING.judged(BOD, cases)) == (1, [])
    assert len(both) > 5


@pytest.mark.real
def test_a_bare_file_name_never_counts() -> None:
    files = [case for case in MATCHING.artifacts() if case.group in {"process", "module"}]
    cases = [MATCHING.Case(title=case.title, state=case.state, group="x", must="not count") for case in files]
    assert share(MATCHING.judged(BOD, cases)) == (1, [])
    assert len(files) > 30


def test_the_measure_can_fail() -> None:
    ours, theirs = Title("program", name="Kaspersky PURE"), Title("program", name="Widget")
    cases = [
        MATCHING.Case(title=title, state=State.INSTALLED, group=must, must=must)
        for must in ("counts", "seen", "not count")
        for title in (ours, theirs)
    ]
    found = MATCHING.judged(BOD, cases)
    assert [(one.group, one.titles, one.wrong) for one in found] == [
        ("counts", 2, ("program: Widget",)),
        ("seen", 2, ("program: Widget",)),
        ("not count", 2, ("program: Kaspersky PURE",)),
    ]
    # a state that proves less than an installation does not count, whatever the title
    left = MATCHING.Case(title=ours, state=State.RESIDUE, group="x", must="counts")
    assert MATCHING.judged(BOD, [left])[0].right == 0


def test_brands_are_those_of_the_vendors_that_a_directive_names() -> None:
    assert {"kaspersky", "ao kaspersky lab", "aprotech llc"} <= set(MATCHING.brands_of(BOD))


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        (Title("process", name="avp.exe"), "running"),  # hardly anybody else's: a clean list is contradicted
        (Title("process", name="proton.exe"), "mention"),  # anybody's
        (Title("process", name="soyuz.exe"), "mention"),
        (Title("package", name="kics"), "mention"),
        (Title("file", path="D:\\backup\\Kaspersky\\letter.txt"), "mention"),
        (Title("program", name="UltraAV"), "residue"),
    ],
)
def test_what_anybody_may_call_so_is_no_reason_to_doubt_a_clean_machine(title: Title, kind: str) -> None:
    made = verdicts([BOD], MATCHING.table([title]))
    assert [(row["kind"], row["counts"]) for row in made] == [(kind, False)]
