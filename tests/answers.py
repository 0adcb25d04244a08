"""What the interfaces of tools answer, read through the door that `fullcount read` uses, and put together for a test."""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from fullcount.exports import Found
from fullcount.read import Known, Options, Run
from fullcount.readers.consoles import CONSOLES
from fullcount.readers.crowdstrike import CROWDSTRIKE
from fullcount.readers.defender import DEFENDER, DEFENDER_TABLE
from fullcount.readers.fleet import FLEET, FLEET_LIST, FLEET_REPORT
from fullcount.readers.intune import INTUNE, INTUNE_REPORT
from fullcount.readers.jamf import JAMF
from fullcount.readers.registers import REGISTERS
from fullcount.readers.tanium import TANIUM
from fullcount.readers.wazuh import WAZUH, WAZUH_SYNC
from fullcount.reading import Reading
from fullcount.settings import Settings
from fullcount.tables import TITLE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.reader import Reader

SAMPLES = Path(__file__).resolve().parents[1] / "../shared/samples"
ANSWERING = (
    *(FLEET, FLEET_REPORT, FLEET_LIST, INTUNE, INTUNE_REPORT, DEFENDER, DEFENDER_TABLE, JAMF, TANIUM, CROWDSTRIKE),
    *(WAZUH, WAZUH_SYNC),
    *CONSOLES,
    *REGISTERS,
)


@dataclass
class Seen:
    """One observation with its title and detail."""

    title: dict[str, str]  # without what is missing
    place: int
    state: str
    detail: dict[str, str]


@dataclass
class Machine:
    """One record with all that belongs to it."""

    said: dict[str, Any]
    clues: list[tuple[str, str]]
    seen: list[Seen]

    def __getitem__(self, name: str) -> Any:
        return self.said[name]

    def named(self, kind: str) -> list[str]:
        return [value for one, value in self.clues if one == kind]

    @property
    def names(self) -> list[str]:
        return [one.title.get("name", "") for one in self.seen]


@dataclass
class Answer:
    """What one file gave."""

    became: str
    reason: str
    machines: list[Machine]
    rejects: list[dict[str, Any]]

    @property
    def only(self) -> Machine:
        [machine] = self.machines
        return machine


def read(path: Path, folder: Path, *, readers: tuple[Reader, ...] = ANSWERING, **options: Any) -> Answer:
    """Read a file by the one of these readers that claims it."""
    into = folder / f"reading{len(list(folder.glob('reading*')))}"
    into.mkdir(parents=True)
    with Reading(into) as reading:
        run = Run(reading, readers, Settings(), options=Options(**options), known=Known(sources=set(), appearances=set()))
        outcome = run.file(Found(path=path, name=path.name, folder=""))
        reading.finish()
    tables = {name: pq.read_table(into / f"{name}.parquet").to_pylist() for name in TABLES}
    return Answer(outcome.became, outcome.reason, list(_machines(tables)), tables["rejects"])


TABLES = ("records", "clues", "titles", "details", "observations", "rejects")


def _machines(tables: dict[str, list[dict[str, Any]]]) -> Iterator[Machine]:
    titles = {row["title"]: {name: row[name] for name in TITLE_FIELDS if row[name]} for row in tables["titles"]}
    details = {
        row["detail"]: {name: value for name, value in row.items() if value and name != "detail"} for row in tables["details"]
    }
    sightings, clues = defaultdict[int, list[dict[str, Any]]](list), defaultdict[int, list[tuple[str, str]]](list)
    for row in tables["observations"]:
        sightings[row["record"]].append(row)
    for row in tables["clues"]:
        clues[row["record"]].append((row["kind"], row["value"]))
    for record in sorted(tables["records"], key=lambda row: row["record"]):
        mine = sorted(sightings[record["record"]], key=lambda row: row["place"])
        yield Machine(
            said=record,
            clues=clues[record["record"]],
            seen=[
                Seen(titles[row["title"]], row["place"] + record["place"], row["state"], details.get(row["detail"], {}))
                for row in mine
            ],
        )


def written(folder: Path, data: Any, name: str = "answer.json") -> Path:
    """A file with these bytes, this text, or this document."""
    path = folder / name
    if not isinstance(data, bytes | str):
        data = json.dumps(data, ensure_ascii=False)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def lines(*documents: Any) -> str:
    """One document a line."""
    return "".join(json.dumps(document) + "\n" for document in documents)


def truth(name: str) -> dict[str, str]:
    """The independent count of a sample; empty where there is none."""
    with (SAMPLES / "truth.tsv").open(encoding="utf-8", newline="") as file:
        return next((row for row in csv.DictReader(file, delimiter="\t") if row["file"] == name), {})


def damaged(data: bytes, seed: str) -> Iterator[bytes]:
    """Two cuts and two flipped bits, the same ones on every run."""
    dice = random.Random(seed)
    for turn in range(4):
        at = dice.randrange(1, len(data))
        yield data[:at] if turn < 2 else data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]
