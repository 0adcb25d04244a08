"""Titles near the vendor: which are found and why, which are not, and that there are never too many."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from tests.packs import BOD

from fullcount.decision import IS, IS_NOT, Decision
from fullcount.directive import Directive, load
from fullcount.engines.duckdb import DuckDb
from fullcount.kin import kin_of
from fullcount.match import match
from fullcount.model import Title
from fullcount.near import FEW, MOST, near
from fullcount.tables import schema
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CORPUS = Path(__file__).resolve().parents[1] / "../shared/titles"
PACK = """
id: x
version: "1"
title: Removal of Harbourmaster
short_title: Harbourmaster
issuer: Somebody
jurisdiction: here
issued: 2020-01-01
effective: 2020-01-01
url: https://example.org
unit: endpoint
sources: {ours: made up}
entities: [{id: h, name: "Harbourmaster Solutions, Inc.", role: principal, source: ours, aliases: [HMS, Havenmeester]}]
scope: {branded: in, white_label: silent}
requires: {windows: [program]}
clocks: [{id: one, kind: [report], anchor: issued, offset: 30}]
publishers: {publisher: {words: [havnefoged]}}
products:
  - {id: guard, name: Harbourmaster Guard, family: Guard, kind: tool, scope: branded}
  - {id: lantern, name: Blue Lantern Viewer, family: Lantern, kind: tool, scope: branded}
  - {id: brand, name: Guard inside, family: Guard, kind: tool, scope: white_label}
signatures:
  - {id: guard-name, product: guard, grade: name, source: ours, name: {words: quay guard}}
  - {id: guard-file, product: guard, grade: hint, source: ours, file: {equals: qguard.exe}}
  - {id: guard-script, product: guard, grade: name, kind: mention, source: ours, name: {words: uninstall quay guard}}
  - {id: brand, product: brand, grade: name, source: ours, name: {words: with quay engine}}
"""
CODE = "{0A1B2C3D-0000-4000-8000-00000000AAAA}"


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Directive:
    folder = tmp_path_factory.mktemp("harbour")
    (folder / "directive.yaml").write_text(PACK, "utf-8")
    return load(folder)


def program(name: str | None, publisher: str | None = None, **more: str) -> Title:
    return Title("program", name=name, publisher=publisher, **more)


def found(pack: Directive, titles: Iterable[Title], decisions: Sequence[Decision] = ()) -> tuple[list[dict[str, Any]], ...]:
    """The titles that are near, and what is too much."""
    rows = [
        {
            "title": number,
            **title._asdict(),
            "name_key": key(title.name) if title.name else None,
            "publisher_key": key(title.publisher) if title.publisher else None,
        }
        for number, title in enumerate(titles)
    ]
    engine = DuckDb([])
    engine.put("titles", pa.Table.from_pylist(rows, schema=schema("titles")))
    match(engine, [pack], decisions)
    near(engine, [pack])
    return tuple(engine.rows(f"select * from {table} order by all") for table in ("near_named", "near_left"))


def why(pack: Directive, *titles: Title, decisions: Sequence[Decision] = ()) -> dict[str, str]:
    """By name why titles are near."""
    return {row["name"]: row["reason"] for row in found(pack, titles, decisions)[0]}


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        (program("Tide Table", "Harbourmaster Solutions, Inc."), "its publisher is harbourmaster solutions, inc."),
        (program("Tide Table", "hms"), "its publisher is hms"),
        (program("Tide Table", "Havnefoged A/S"), "its publisher is havnefoged a/s"),
        (program("Tide Table", "Den gamle HAVNEFOGED-gruppe"), "its publisher is den gamle havnefoged-gruppe"),
        (program("Tide Table", "Havnefogeder"), ""),
        (program("Tools of Harbourmaster™"), "its name has the word harbourmaster"),
        (program("HAVENMEESTER_tools"), "its name has the word havenmeester"),
        (program("Habrourmaster"), "its name has habrourmaster, which is nearly harbourmaster"),
        (program("My bleu latern viewer 2"), ""),
        (program("My blue latern viewer 2"), "its name has blue latern viewer, which is nearly blue lantern viewer"),
        (program("Lantern viewer"), ""),
        (program("Latern"), ""),
        (program("HMS Bounty"), ""),
        (program("Security Solutions", "Solutions, Inc."), ""),
        (program("Harbourmasters' wives"), "its name has harbourmasters, which is nearly harbourmaster"),
        (program("Harbourmastering"), ""),
        (Title("file", name="QGuard.exe", path="C:\\x\\qguard.exe"), "the signature guard-file fits, but not surely"),
        (Title("file", path="C:\\x\\qguard.exe"), "the signature guard-file fits, but not surely"),
        (program("Quay Guard 3"), ""),
        (program("Quay Guard 3", "Somebody Else"), "the signature guard-name fits, but not surely"),
        (program("Uninstall Quay Guard", "Somebody Else"), ""),
        (program("Fort, with quay engine"), ""),
        (program("Widget", "Widgets Ltd"), ""),
        (program(None), ""),
    ],
    ids=lambda value: getattr(value, "name", None) or str(value)[:40],
)
def test_a_title_is_near_for_a_reason(pack: Directive, title: Title, reason: str) -> None:
    assert list(why(pack, title).values()) == ([reason] if reason else [])


@pytest.mark.parametrize("signs", ["{publisher: {words: [hf]}}", "{publisher: {words: [hf, havnefoged]}}"])
def test_what_confirms_a_publisher_may_be_too_short_to_be_looked_for(tmp_path: Path, signs: str) -> None:
    (tmp_path / "directive.yaml").write_text(PACK.replace("{publisher: {words: [havnefoged]}}", signs), "utf-8")
    assert why(load(tmp_path), program("Tide Table", "HF Software")) == {"Tide Table": "its publisher is hf software"}


@pytest.mark.parametrize("field", ["product_code", "upgrade_code", "signer"])
def test_what_a_recognised_title_carries_makes_others_near(pack: Directive, field: str) -> None:
    sure = program("Quay Guard", **{field: f"InstallWIX_{CODE}"})
    other = program("Widget", **{field: f"installwix_{CODE.lower()}"})
    [row] = found(pack, [other, sure])[0]
    assert (row["name"], row["product"], row["is_hint"]) == ("Widget", "guard", False)
    assert row["reason"].startswith(f"it has the {field.replace('_', ' ')} ")
    assert why(pack, other) == {}
    assert why(pack, other, program("Quay Guard", "Somebody Else", **{field: CODE}), program("Fort, with quay engine")) == {
        "Quay Guard": "the signature guard-name fits, but not surely"
    }


def test_a_name_and_publisher_stand_once_whatever_their_version(pack: Directive) -> None:
    titles = [program("Harbourmaster Tools", "A", version=version) for version in ("9.1", "10.0", "2")]
    rows = found(pack, [*titles, program("HARBOURMASTER  tools", "a"), program("Harbourmaster Tools", "B")])[0]
    assert [(row["name"], row["publisher"], row["first_version"], row["last_version"]) for row in rows] == [
        ("HARBOURMASTER  tools", "A", "2", "10.0"),
        ("Harbourmaster Tools", "B", None, None),
    ]


@pytest.mark.parametrize("what", [IS, IS_NOT])
def test_what_a_person_decided_is_no_longer_near(pack: Directive, what: str) -> None:
    said = Decision(what=what, name="Harbourmaster Tools", product="guard", directive="x")
    assert why(pack, program("Harbourmaster Tools"), decisions=[said]) == {}
    assert list(why(pack, program("Harbourmaster Tool"), decisions=[said])) == ["Harbourmaster Tool"]
    elsewhere = Decision(what=what, name="Harbourmaster Tools", product="guard", directive="y")
    assert list(why(pack, program("Harbourmaster Tools"), decisions=[elsewhere])) == ["Harbourmaster Tools"]


def test_too_many_of_one_reason_are_counted_and_not_listed(pack: Directive) -> None:
    titles = [program(f"Harbourmaster {number}") for number in range(MOST + 50)]
    hints = [Title("file", name=f"{number}", path=f"C:\\{number}\\qguard.exe") for number in range(MOST + 50)]
    rows, left = found(pack, [*titles, *hints])
    assert sum(row["is_hint"] for row in rows) == len(hints), "a hint speaks against *without it*: all are listed"
    assert len(rows) == len(hints) + MOST
    assert left == [{"directive": "x", "reason": "its name has the word harbourmaster", "titles": 50}]


def test_who_signs_mostly_others_says_nothing(pack: Directive) -> None:
    sure = program("Quay Guard", signer="Compatibility Publisher")
    others = [program(f"Driver {number}", signer="Compatibility Publisher") for number in range(FEW + 1)]
    assert found(pack, [sure, *others]) == (
        [],
        [
            {
                "directive": "x",
                "reason": "it has the signer compatibility publisher of a title that was recognised",
                "titles": FEW + 1,
            }
        ],
    )
    assert len(why(pack, sure, *others[:FEW])) == FEW
    assert len(why(pack, *others, *(sure._replace(name=f"Quay Guard {number}") for number in range(FEW + 1)))) == FEW + 1


def test_generic_words_of_a_vendor_are_no_sign(pack: Directive) -> None:
    assert list(kin_of(pack).words) == ["harbourmaster", "havenmeester", "havnefoged"]


def test_there_may_be_nothing(pack: Directive) -> None:
    assert found(pack, []) == ([], [])


@pytest.mark.real
def test_hardly_any_other_vendors_title_is_near() -> None:
    path = CORPUS / "other_titles.tsv.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    text = gzip.decompress(path.read_bytes()).decode("utf-8")
    rows = list(csv.DictReader(text.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE))
    near_ones, left = found(BOD, [program(row["name"] or None, row["publisher"] or None) for row in rows])
    assert len(near_ones) < len(rows) / 50_000, near_ones
    assert left == []
    assert len(rows) > 200_000
