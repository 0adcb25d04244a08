"""What may be all that is left of a product, and where its pack would know the files if they were there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from fullcount.directive import find
from fullcount.engines.duckdb import DuckDb
from fullcount.model import Grade, Os, State, Trace
from fullcount.remnant import left_forms, left_places

if TYPE_CHECKING:
    from collections.abc import Callable

    from fullcount.directive import Directive, Signature

BOD = find("us-dhs-bod-17-01")
KES = "kes-windows"


def forms(one: Directive) -> dict[tuple[str, str], bool]:
    """By family and trace of the endpoint protection, whether the pack knows its files by their name."""
    rows = left_forms([one]).to_pylist()
    return {(row["os_family"], row["trace"]): row["by_name"] for row in rows if row["product"] == KES}


def with_form(*traces: Trace, os: Os = Os.WINDOWS) -> Directive:
    """The pack, with one more form of the endpoint protection."""
    [product] = (one for one in BOD.products if one.id == KES)
    more = replace(product.forms[0], os=os, how="another way", traces=traces)
    products = tuple(replace(one, forms=(*one.forms, more)) if one.id == KES else one for one in BOD.products)
    return replace(BOD, products=products)


def with_signatures(change: Callable[[Signature], Signature | None]) -> Directive:
    """The pack with other signatures; `None` takes one out."""
    return replace(BOD, signatures=tuple(found for one in BOD.signatures if (found := change(one))))


def test_an_install_key_a_service_or_a_driver_may_be_all_that_is_left() -> None:
    assert forms(BOD) == {("windows", trace): True for trace in ("program", "service", "driver")}


def test_a_form_without_files_leaves_nothing_that_files_could_tell_of() -> None:
    assert forms(with_form(Trace.PROGRAM)) == {("windows", trace): True for trace in ("service", "driver")}
    assert ("windows", "service") not in forms(with_form(Trace.SERVICE, Trace.FILE)), "nor one without a key, of the key"


def test_forms_of_another_system_say_nothing_of_this_one() -> None:
    assert forms(with_form(Trace.PROGRAM, os=Os.LINUX)) == forms(BOD)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: None if one.id == "kes-windows-folder" else one,
        lambda one: replace(one, grade=Grade.HINT) if one.id == "kes-windows-folder" else one,
        lambda one: replace(one, unverified=True) if one.id == "kes-windows-folder" else one,
        lambda one: replace(one, kind=State.RESIDUE) if one.id == "kes-windows-folder" else one,
    ],
    ids=["none", "a hint", "unverified", "residue"],
)
def test_a_product_whose_files_the_pack_does_not_surely_know_is_never_left_behind(
    change: Callable[[Signature], Signature | None],
) -> None:
    assert forms(with_signatures(change)) == {}


def test_folders_of_another_system_do_not_let_files_be_known_here() -> None:
    """The agent has folders on Windows and on Linux: without those on Windows, no key there can be told to be left behind."""
    families = {row["os_family"] for row in left_forms([BOD]).to_pylist() if row["product"] == "network-agent"}
    assert families == {"windows"}
    one = next(one for one in BOD.signatures if one.id == "network-agent-folder")
    there = replace(one, condition=one.condition.parts[1])
    changed = with_signatures(lambda signature: there if signature.id == one.id else signature)
    assert not [row for row in left_forms([changed]).to_pylist() if row["product"] == "network-agent"]


def test_a_product_is_known_by_name_only_where_a_signature_looks_for_names() -> None:
    nameless = with_signatures(lambda one: None if one.product == "other" else one)
    assert set(forms(nameless).values()) == {False}


@pytest.mark.parametrize(
    ("trace", "place", "is_known"),
    [
        ("program", "C:\\Program Files (x86)\\Kaspersky Lab\\Kaspersky Endpoint Security 10 for Windows SP2\\", True),
        ("program", "c:/program files/kaspersky lab", True),
        ("program", "D:\\Protection\\", False),
        ("program", "C:\\ProgramData\\Kaspersky Lab", False),  # only residue is known there
        ("program", "C:\\Tools\\avp.exe", False),  # a name alone is a hint
        ("service", '"C:\\Program Files\\Kaspersky Lab\\KES\\avp.exe" -r', True),
        ("driver", "\\SystemRoot\\System32\\drivers\\klif.kes-10-3.sys", True),
        ("driver", "\\SystemRoot\\System32\\drivers\\mine.sys", False),
    ],
)
def test_a_place_is_known_where_a_file_there_would_be_the_product(trace: str, place: str, is_known: bool) -> None:  # noqa: FBT001
    engine = DuckDb([])
    about = {"directive": [BOD.id], "product": [KES]}
    proven = {**about, "host": [1], "title": [1], "detail": pa.array([1], pa.int64()), "trace": [trace], "counts": [True]}
    engine.put("proven", pa.table(proven))
    engine.put("file_looks", pa.table({"directive": [BOD.id], "host": [1]}))
    engine.put("left_forms", left_forms([BOD]))
    engine.put("titles", pa.table({"title": [1], "path": pa.array([None], pa.string())}))
    engine.put("details", pa.table({"detail": pa.array([1], pa.int64()), "path": [place]}))
    found = left_places(engine, [BOD]).to_pylist()
    assert found == ([{"directive": BOD.id, "product": KES, "trace": trace, "place": place}] if is_known else [])
    engine.close()
