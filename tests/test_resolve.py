"""Resolve: clues are numbered as a plain count of them would, and every record, link and refusal has its place."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from fullcount.clue import KINDS, unusable
from fullcount.decision import Identity
from fullcount.engines.duckdb import DuckDb
from fullcount.resolve import resolve

DAY = datetime(2017, 10, 1)  # noqa: DTZ001 - UTC
VALUES = {
    "serial": ["5CG71", "5CG72", "5CG73", "DEFAULTSTRING", "Ω-1"],
    "uuid": ["4c4c4544004235108051b7c04f4e3532", "4c4c4544004235108051b7c04f4e3599", "0" * 32],
    "agent_id": ["sccm:1", "sccm:2"],
    "mac": ["3C5282AABB01", "3C5282AABB02", "005056AABB03"],
    "fqdn": ["pc-1.corp.example.gov", "pc-2.corp.example.gov"],
    "hostname": ["pc-1", "pc-2", "localhost"],
    "ip": ["10.0.0.1"],
}
PAIRS = [(kind, key) for kind, keys in VALUES.items() for key in keys]


def record_of(source: int) -> st.SearchStrategy[tuple[int, int, list[tuple[str, str]]]]:
    return st.tuples(st.just(source), st.integers(0, 40), st.lists(st.sampled_from(PAIRS), max_size=5))


RECORDS = st.lists(st.integers(0, 2).flatmap(record_of), max_size=14)
# number of source, days after the first, clues as a reader wrote them: also twice
CLONES = [(0, 0, [("uuid", VALUES["uuid"][0]), ("hostname", name)]) for name in ("pc-1", "pc-2")]
SAID_TWICE = [(0, 0, [("serial", "5CG71")] * 2), (1, 0, [("serial", "5CG71"), ("mac", "3C5282AABB01")])]
POPULAR = [(0, 0, [("fqdn", "pc-1.corp.example.gov")])] * 4
HANDED_ON = [
    (0, 0, [("serial", "5CG71"), ("hostname", "pc-1")]),
    (1, 30, [("serial", "5CG72"), ("hostname", "pc-1")]),
    (2, 1, [("hostname", "pc-1")]),
]
Records = list[tuple[int, int, list[tuple[str, str]]]]


def resolved(records: Records, *, counted: range | None = None) -> dict[str, list[dict[str, Any]]]:
    """What resolve makes of records with numbers from 10 on, of which some count (all, where it is not said)."""
    numbers = [10 + place for place in range(len(records))]
    chosen = [place for place in range(len(records)) if counted is None or place in counted]
    clues = [(number, kind, key) for number, (_, _, said) in zip(numbers, records, strict=True) for kind, key in said]
    looks = {
        "record": pa.array([numbers[place] for place in chosen], pa.int64()),
        "source": pa.array([records[place][0] for place in chosen], pa.int64()),
        "tool": pa.array([f"tool {records[place][0] % 2}" for place in chosen], pa.string()),
        "class": pa.array(["workstation"] * len(chosen), pa.string()),
        "seen_on": pa.array([DAY + timedelta(days=records[place][1]) for place in chosen], pa.timestamp("us")),
        "is_live": pa.array([records[place][1] < 20 for place in chosen], pa.bool_()),
    }
    columns = (
        pa.array([one[column] for one in clues], kind) for column, kind in enumerate((pa.int64(), pa.string(), pa.string()))
    )
    with tempfile.TemporaryDirectory() as folder:
        engine = DuckDb([Path(folder)])
        engine.put("looks", pa.table(looks))
        engine.put("clues", pa.table(dict(zip(("record", "kind", "key"), columns, strict=True))))
        resolve(engine, Identity())
        tables = ("clue_keys", "clue_carried", "host_of", "links", "refusals", "unplaced")
        made = {table: engine.rows(f"from {table}") for table in tables}
        engine.close()
    return made


@given(records=RECORDS, left_out=st.integers(0, 3))
@example(records=[], left_out=0)
@example(records=SAID_TWICE, left_out=0)
def test_clues_are_numbered_by_kind_and_value_and_counted(records: Records, left_out: int) -> None:
    counted = range(left_out, len(records))
    made = resolved(records, counted=counted)
    carried = {(place + 10, records[place][0], pair) for place in counted for pair in records[place][2]}
    keys = sorted({pair for _, _, pair in carried})
    assert [(row["kind"], row["key"]) for row in made["clue_keys"]] == keys
    assert [row["clue"] for row in made["clue_keys"]] == list(range(1, len(keys) + 1))
    found = [(row["record"], row["source"], keys[row["clue"] - 1]) for row in made["clue_carried"]]
    assert Counter(found) == Counter(carried)
    for row, pair in zip(made["clue_keys"], keys, strict=True):
        by_source = Counter(source for _, source, one in carried if one == pair)
        assert (row["records"], row["sources"], row["most"]) == (by_source.total(), len(by_source), max(by_source.values()))


@given(records=RECORDS)
@example(records=CLONES)
@example(records=POPULAR)
@example(records=HANDED_ON)
def test_every_record_is_placed_or_not_and_links_are_of_one_machine(records: Records) -> None:
    made = resolved(records)
    keys = {row["clue"]: (row["kind"], row["key"]) for row in made["clue_keys"]}
    host_of = {row["record"]: row for row in made["host_of"]}
    identified = {
        place + 10
        for place, (_, _, said) in enumerate(records)
        if any(KINDS[kind].step is not None and not unusable(kind, key) for kind, key in said)
    }
    assert set(host_of) == identified
    assert {row["record"] for row in made["unplaced"]} == {place + 10 for place in range(len(records))} - identified
    refused = {keys[row["clue"]]: row["reason"] for row in made["refusals"]}
    assert {
        pair: unusable(*pair) for pair in keys.values() if KINDS[pair[0]].step is not None and unusable(*pair)
    }.items() <= refused.items()
    for row in made["links"]:
        one, other = host_of[row["record"]], host_of[row["joined_to"]]
        assert one["host_weak"] == other["host_weak"]
        weak = KINDS[keys[row["clue"]][0]].strength == "weak"
        assert weak or one["host"] == other["host"]
    # a host is the part of a host with weak links that needs none of them
    assert len({(row["host"], row["host_weak"]) for row in host_of.values()}) == len({row["host"] for row in host_of.values()})


@given(records=RECORDS, random=st.randoms(use_true_random=False))
@example(records=HANDED_ON, random=None)
def test_the_order_of_records_does_not_matter(records: Records, random: Any) -> None:
    places = list(range(len(records)))
    if random is None:
        places.reverse()
    else:
        random.shuffle(places)
    before, after = resolved(records), resolved([records[place] for place in places])
    assert groups(before, list(range(len(records)))) == groups(after, places)
    assert before["clue_keys"] == after["clue_keys"]
    assert before["refusals"] == after["refusals"]


def groups(made: dict[str, list[dict[str, Any]]], places: list[int]) -> set[tuple[str, frozenset[int]]]:
    """Which records are one machine, with the weak links and without, each by its place in the first order."""
    found: dict[tuple[str, int], set[int]] = {}
    for row in made["host_of"]:
        for name in ("host", "host_weak"):
            found.setdefault((name, row[name]), set()).add(places[row["record"] - 10])
    return {(name, frozenset(group)) for (name, _), group in found.items()}


def test_a_uuid_on_two_live_records_of_one_source_is_a_clone_s() -> None:
    made = resolved(CLONES)
    assert len({row["host"] for row in made["host_of"]}) == 2
    assert [row["reason"].split(" carry")[0] for row in made["refusals"]] == ["two live records of one source"]


def test_a_value_on_four_records_of_one_source_joins_nothing() -> None:
    made = resolved(POPULAR)
    assert len({row["host"] for row in made["host_of"]}) == 4
    assert [row["reason"] for row in made["refusals"]] == ["4 records of one source carry this fqdn"]


def test_a_name_alone_goes_to_the_machine_that_had_it_then() -> None:
    made = resolved(HANDED_ON)
    weak = {row["record"]: row["host_weak"] for row in made["host_of"]}
    assert weak[12] == weak[11] != weak[10], "neither life covers the day: the last that had the name"
    assert [row["reason"] for row in made["refusals"]] == ["it would join machines that contradict each other"]
