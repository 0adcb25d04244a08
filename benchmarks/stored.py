"""A made-up fleet, written straight into readings, in any size: what a count starts from when reading is long done.

Each system has 2.5 records and 300 observations: Configuration Manager lists 200 of its programs, every second system
is scanned too (200 more), and all are in the directory. There are 1.86 million titles with a long tail: half of what is
on a machine is among 400 common ones. One system in 33 has a product. Some share a UUID or have a placeholder for a
serial number.

A large fleet has several readings, written one after the other (`shares`), so that no more than one is ever held: each
has systems, components and rare titles of its own, and the common titles and the products of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fullcount.reading import Reading, state_number
from fullcount.tables import schema
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

TITLES = 1_860_000
COMMON = 400
PER_RECORD = 200
PARTS = 5
TAIL = 4.0  # the power by which a tail thins out
_CHUNK = 20_000  # records whose observations are made at once
_DAY = datetime(2017, 10, 12)  # noqa: DTZ001 - UTC
_SEED = 17
_PRODUCTS = (
    ("Kaspersky Endpoint Security 10 for Windows", "AO Kaspersky Lab"),
    ("Kaspersky Security Center Network Agent", "Kaspersky Lab"),
    ("Kaspersky Internet Security", "Kaspersky Lab"),
    ("Kaspersky Anti-Virus", "Kaspersky Lab"),
)
_FIRST = ("Acro", "Blue", "Core", "Data", "Edge", "Flex", "Graph", "Hyper", "Inter", "Just")
_LAST = ("soft", "ware", "tools", "pad", "works", "view", "sync")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What of a fleet one reading holds. The same share with the same seed is the same reading."""

    systems: int
    first: int = 0  # number of its first system
    titles: int = TITLES  # rows of its titles
    after: int = 0  # titles of the shares before it: its rare ones are numbered from here on
    part: int = 0  # number of its first component
    day: datetime = _DAY  # on which it was collected
    seed: int = _SEED


@dataclass(frozen=True, slots=True)
class Look:
    """All records of one tool: the systems that it knows, in order, and the number of the first record and source."""

    tool: str
    system: Ints
    record: int
    source: int
    sources: int

    @property
    def part(self) -> Ints:
        """By record, which of the tool's sources it is in."""
        first = int(self.system.min())
        return (self.system - first) * self.sources // (int(self.system.max()) + 1 - first)


def shares(systems: int, *, each: int, titles: int = TITLES, seed: int = _SEED) -> tuple[Share, ...]:
    """A fleet as readings of at most `each` systems; `titles` are those of all readings together, as near as may be."""
    many = -(-systems // each)
    own = titles // many // 2 * 2
    return tuple(
        Share(
            systems=min(each, systems - turn * each),
            first=turn * each,
            titles=own,
            after=turn * own,
            part=turn * PARTS,
            seed=seed + turn * titles,
        )
        for turn in range(many)
    )


def write(folder: Path, share: Share) -> None:
    """Write the reading into an empty folder."""
    looks, half = _looks(share), share.titles // 2
    with Reading(folder) as reading:  # the files of the other tables are written anew below
        for turn, look in enumerate(looks[:2]):
            _observe(reading, look, first=turn * half, titles=half, seed=share.seed)
        reading.finish()
    _titles(folder, share)
    _describe(folder, looks, share)


def write_records(folder: Path, share: Share) -> None:
    """Write the same reading without titles and observations: what identity starts from."""
    with Reading(folder) as reading:
        reading.finish()
    _describe(folder, _looks(share), share)


def _looks(share: Share) -> tuple[Look, ...]:
    every = np.arange(share.first, share.first + share.systems, dtype=np.int64)
    scanned = every[::2]
    return (
        Look("sccm", every, 0, 0, PARTS),
        Look("nessus", scanned, len(every), PARTS, PARTS),
        Look("active-directory", every, len(every) + len(scanned), 2 * PARTS, 1),
    )


def _describe(folder: Path, looks: tuple[Look, ...], share: Share) -> None:
    _write(folder, "records", (_records(look, share) for look in looks))
    _write(folder, "clues", (table for look in looks for table in _clues(look)))
    _sources(folder, looks, share)


def _write(folder: Path, table: str, pieces: Iterator[pa.Table]) -> None:
    with pq.ParquetWriter(str(folder / f"{table}.parquet"), schema(table), compression="zstd") as writer:
        for piece in pieces:
            writer.write_table(piece)


# -- observations ----------------------------------------------------------------------------------------------------


def _observe(reading: Reading, look: Look, *, first: int, titles: int, seed: int) -> None:
    """The observations of a tool, whose titles are the `titles` from `first` on; the products are the last four."""
    random = np.random.default_rng(first + seed)
    half = PER_RECORD // 2
    state = state_number("installed")
    for start in range(0, len(look.system), _CHUNK):
        system = look.system[start : start + _CHUNK]
        many = len(system)
        common = (random.integers(0, COMMON, (many, 1)) + 3 * np.arange(half)) % COMMON  # no title twice on a record
        tail = COMMON + ((titles - COMMON - len(_PRODUCTS)) * random.random((many, half)) ** TAIL).astype(np.int64)
        title = first + np.concatenate([common, tail], axis=1)
        having = np.flatnonzero(system % 33 == 0)
        title[having, 0] = first + titles - 1 - (system[having] // 33) % len(_PRODUCTS)
        reading.observe(
            record=np.repeat(look.record + start + np.arange(many), PER_RECORD),
            title=title.ravel(),
            place=np.tile(np.arange(PER_RECORD), many),
            state=np.full(many * PER_RECORD, state),
            detail=np.full(many * PER_RECORD, -1),
        )


def rare_names(share: Share, many: int) -> list[str]:
    """The names of so many titles, evenly spread over the rare ones of Configuration Manager; fewer where these are fewer."""
    there = share.titles // 2 - COMMON - len(_PRODUCTS)
    many = min(many, there)
    step = there // many
    return [name_of(COMMON + step // 2 + step * turn, share)[0] for turn in range(many)]


def name_of(number: int, share: Share) -> tuple[str, str]:
    """Name and publisher of a title; of each half the first are the common ones, the last four are the products."""
    half = share.titles // 2
    if (left := half - 1 - number % half) < len(_PRODUCTS):
        return _PRODUCTS[left]
    if number % half >= COMMON:
        number += share.after
    one, two = _FIRST[number % 10] + _LAST[number % 7], _FIRST[number % 9] + _LAST[number // 7 % 7]
    return f"{one} {two} {number}", f"{two} Corporation {number % 9973}"


def _titles(folder: Path, share: Share) -> None:
    """The second half of the titles is the scanner's, which gives no publishers."""
    titles = share.titles

    def piece(numbers: range) -> pa.Table:
        names, publishers = zip(*(name_of(number, share) for number in numbers), strict=True)
        scanned = [number >= titles // 2 for number in numbers]
        known = [None if bare else publisher for publisher, bare in zip(publishers, scanned, strict=True)]
        said: dict[str, Any] = {
            "title": list(numbers),
            "type": ["program"] * len(numbers),
            "name": names,
            "version": [f"{number % 23}.{number % 7}.{number % 1013}" for number in numbers],
            "publisher": known,
            "name_key": [key(name) for name in names],
            "publisher_key": [key(publisher) if publisher else None for publisher in known],
        }
        return _table("titles", said, len(numbers))

    step = 50_000
    _write(folder, "titles", (piece(range(start, min(start + step, titles))) for start in range(0, titles, step)))


# -- records and clues -----------------------------------------------------------------------------------------------


def _table(table: str, said: dict[str, Any], rows: int) -> pa.Table:
    """A table of a reading; columns about which nothing is said are empty."""
    columns = [
        pa.array(said[field.name], field.type) if field.name in said else pa.nulls(rows, field.type) for field in schema(table)
    ]
    return pa.table(columns, schema=schema(table))


def _records(look: Look, share: Share) -> pa.Table:
    many = len(look.system)
    listed = look.tool == "active-directory"
    first = share.day - timedelta(days=4) + timedelta(hours=3)
    day = np.datetime64(first, "us") + (look.system * 37 % 5000).astype("timedelta64[m]")
    part = look.part
    place = np.arange(many) - np.searchsorted(part, part)  # of the record in its source
    said = {
        "record": look.record + np.arange(many),
        "source": look.source + part,
        "place": 2 + place * (PER_RECORD if look.tool == "sccm" else 1),
        "class": pa.repeat("unknown", many),
        "lists": pa.repeat("machines" if listed else "all software", many),
        "traces": pa.repeat("" if listed else "program", many),
        ("heard_at" if listed else "looked_at"): day,
        "os": pa.repeat("Microsoft Windows NT Workstation 10.0", many),
        "os_family": pa.repeat("windows", many),
        "ou": [f"OU=Part {share.part + number * PARTS // many},DC=bench" for number in range(many)]
        if listed
        else pa.nulls(many, pa.string()),
        "retired": pa.repeat(pa.scalar(value=False), many),
        "observations": pa.repeat(pa.scalar(0 if listed else PER_RECORD, pa.int64()), many),
    }
    return _table("records", said, many)


def _clues(look: Look) -> Iterator[pa.Table]:
    """Value and key of every clue, as a reader writes them, for some systems at a time."""
    step = 100_000
    for start in range(0, len(look.system), step):
        systems = look.system[start : start + step].tolist()
        record = look.record + start + np.arange(len(systems))
        for kind, pairs in _identity(look.tool, systems).items():
            values, keys = zip(*pairs, strict=True)
            said = {"record": record, "kind": pa.repeat(kind, len(systems)), "value": values, "key": keys}
            yield _table("clues", said, len(systems))


def _identity(tool: str, systems: list[int]) -> dict[str, list[tuple[str, str]]]:
    names = [(f"PC-{one:07d}", f"pc-{one:07d}") for one in systems]
    full = [(f"{key}.bench.example.gov",) * 2 for _, key in names]
    # a UUID of the template in twos, one machine in fifty; a placeholder for a serial number, one in twenty
    uuids = [(_uuid(one // 100 * 100 if one % 100 < 2 else one),) * 2 for one in systems]
    serials = ["TOBEFILLEDBYO.E.M." if one % 20 == 7 else f"5CG{one:07d}" for one in systems]
    match tool:
        case "sccm":
            return {
                "serial": list(zip(serials, serials, strict=True)),
                "uuid": uuids,
                "agent_id": [(f"sccm:GUID:{one:032X}", f"sccm:guid:{one:032x}") for one in systems],
                "hostname": names,
                "domain": [("bench.example.gov",) * 2] * len(systems),
                "fqdn": full,
            }
        case "nessus":
            return {
                "uuid": uuids,
                "mac": [
                    (f"F8:B1:56:{one >> 16 & 255:02X}:{one >> 8 & 255:02X}:{one & 255:02X}", f"F8B156{one:06X}")
                    for one in systems
                ],
                "ip": [(f"10.{one >> 16 & 255}.{one >> 8 & 255}.{one & 255}",) * 2 for one in systems],
                "hostname": names,
                "fqdn": full,
            }
    return {"ad_object": [(f"{one:032x}",) * 2 for one in systems], "hostname": names, "fqdn": full}


def _uuid(number: int) -> str:
    """As many different digits as real ones have."""
    return f"{number * 0x9E3779B97F4A7C15 & (1 << 64) - 1:016x}{number * 0xC2B2AE3D27D4EB4F + 0x123456789 & (1 << 64) - 1:016x}"


def _sources(folder: Path, looks: tuple[Look, ...], share: Share) -> None:
    """One source a part and tool."""
    names = [f"Part {share.part + part}/{look.tool}-{share.day:%Y-%m-%d}" for look in looks for part in range(look.sources)]
    tools = [look.tool for look in looks for _ in range(look.sources)]
    counts = np.concatenate([np.bincount(look.part, minlength=look.sources) for look in looks])
    said: dict[str, Any] = {
        "source": range(len(names)),
        "identity": names,
        "digest": names,
        "reader": tools,
        "reader_version": [1] * len(names),
        "bytes": [0] * len(names),
        "collected_at": [share.day] * len(names),
        "collected_how": ["name"] * len(names),
        "unit": ["row"] * len(names),
        "pieces": [-1] * len(names),
        "used": counts,
        "records": counts,
        "observations": counts * [0 if tool == "active-directory" else PER_RECORD for tool in tools],
        "rejects": [0] * len(names),
    }
    _write(folder, "sources", iter([_table("sources", said, len(names))]))
    found = {"identity": names, "name": names, "folder": [name.split("/")[0] for name in names]}
    _write(folder, "appearances", iter([_table("appearances", found, len(names))]))
