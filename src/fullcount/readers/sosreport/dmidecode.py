"""What `dmidecode` prints: the serial numbers and the UUID of one machine, and how it is built; no software.

Sections begin with `Handle 0x...`, and are named on the line behind it. Facts: dmidecode(8), and the SMBIOS specification
for the kinds of chassis.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from fullcount.bundle import kind_of
from fullcount.document import clues_of
from fullcount.model import Batch, Class, Lists, Record, Reject
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST = 1 << 16  # characters of a line
_MOST_LINES = 200_000  # real ones have up to a few thousand
_FIELD = re.compile(r"\s+([A-Z][A-Za-z ]{1,30}): ?(.*)")
_SECTIONS = ("System Information", "Chassis Information", "Base Board Information")
# A virtual machine may call itself a desktop, so that only what is carried or mounted says what it is
_CLASSES = {
    **dict.fromkeys(("Notebook", "Laptop", "Portable", "Sub Notebook", "Convertible", "Tablet", "Detachable"), Class.WORKSTATION),
    **dict.fromkeys(("Rack Mount Chassis", "Main Server Chassis", "Blade", "Multi-system"), Class.SERVER),
}


def claims(peek: Peek) -> bool:
    """The first line, or a section with the type of the system's own."""
    if kind_of(peek.head):  # a tar may begin with it
        return False
    first = next((line for line in peek.lines if line.strip()), "")
    return first.startswith("# dmidecode ") or bool(
        re.search(r"^Handle 0x[0-9A-Fa-f]{4}, DMI type 1, \d+ bytes\s*$", peek.text, re.MULTILINE)
    )


def batches(stream: Stream) -> Iterator[Batch]:
    """One record, without software."""
    with stream.text() as text:
        sections = sections_of(_lines(text))
    record = Record(place=1, lists=Lists.MACHINES, traces=frozenset())
    described(record, sections)
    if not record.clues:
        with stream.binary() as file:
            said = file.read(4096)
        yield Batch(rejects=[Reject(1, said, "no serial number or UUID: run dmidecode as root")])
        return
    if stream.host:
        record.clues.append(("hostname", stream.host))
    record.note = "the machine itself: no software is listed"
    yield Batch(record=record)


def _lines(text: IO[str]) -> Iterator[str]:
    for _ in range(_MOST_LINES):
        if not (line := text.readline(_LONGEST)):
            return
        yield line.rstrip("\r\n")


def sections_of(lines: Iterable[str]) -> dict[str, dict[str, str]]:
    """The sections that are read, the first of each kind, with their fields."""
    found: dict[str, dict[str, str]] = {}
    fields: dict[str, str] | None = None
    for line in lines:
        if line.strip() in _SECTIONS and not line.startswith((" ", "\t")):
            fields = found.setdefault(line.strip(), {}) if line.strip() not in found else None
        elif line.startswith("Handle "):
            fields = None
        elif fields is not None and (field := _FIELD.fullmatch(line)):
            fields.setdefault(field[1], field[2].strip())
    return found


def described(record: Record, sections: dict[str, dict[str, str]]) -> None:
    """Put what they say of the machine into its record."""
    system, chassis = sections.get("System Information", {}), sections.get("Chassis Information", {})
    record.clues += clues_of(
        ("serial", system.get("Serial Number")),
        ("manufacturer", system.get("Manufacturer")),
        ("uuid", system.get("UUID")),
        ("asset_tag", chassis.get("Asset Tag")),
    )
    record.machine_class = _CLASSES.get(chassis.get("Type", ""), record.machine_class)


DMIDECODE = Reader(
    name="dmidecode",
    title="hardware of one machine (dmidecode)",
    lists=Lists.MACHINES,
    blind=(
        "No software is listed: the file says only that the machine exists, and which serial number and UUID it has.",
        "The file has no date and no host name.",
    ),
    how=(
        'On each machine: `sudo dmidecode > "$(hostname).dmidecode"`. Give the machine by the file\'s name, or with `--host`: '
        "it is then joined with the lists of that machine's packages."
    ),
    unit="machine",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
