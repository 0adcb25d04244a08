"""Made-up exports for benchmarks, in any size, from a seed: one wide table of Configuration Manager's columns as CSV or
as JSON lines, and GLPI's inventories, one file a machine, as XML or as JSON.

A long tail of titles, as fleets have one: half of a machine's rows are among 400 common titles, the rest among 200,000.
One machine in 33 has a product.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMON, RARE = 400, 200_000
MACHINE = ("Netbios_Name0", "Full_Domain_Name0", "SMBIOS_GUID0", "SerialNumber0", "Operating_System_Name_and0", "LastHWScan")
TITLE = ("DisplayName0", "Publisher0", "Version0")
PRODUCT = ("Kaspersky Endpoint Security for Windows", "AO Kaspersky Lab", "11.6.0.394")
_FIRST = ("Acro", "Blue", "Core", "Data", "Edge", "Flex", "Graph")
_LAST = ("soft", "ware", "tools", "pad")


class Machine(NamedTuple):
    """A machine: the cells of `MACHINE`, and the cells of `TITLE` of each of its programs."""

    cells: tuple[str, ...]
    titles: list[tuple[str, ...]]


def titles(random_: random.Random) -> list[tuple[str, ...]]:
    """Names, publishers and versions; the common ones first."""
    words = [f"{first}{last}" for first in _FIRST for last in _LAST]
    return [
        (
            f"{random_.choice(words)} {random_.choice(words)} {number}",
            f"{random_.choice(words)} Corporation {number % 997}",
            f"{number % 23}.{number % 7}.{number % 1013}",
        )
        for number in range(COMMON + RARE)
    ]


def machines(systems: int, *, rows: int = 300, seed: int = 7) -> Iterator[Machine]:
    """So many machines with so many programs each."""
    random_ = random.Random(seed)
    known = titles(random_)
    common, rare = known[:COMMON], known[COMMON:]
    for number in range(systems):
        cells = (
            f"PC-{number:07d}",
            "bench.example.gov",
            f"{random_.getrandbits(128):032x}",
            f"SN{number:08d}",
            "Microsoft Windows NT Workstation 10.0",
            f"2017-10-{number % 12 + 1:02d}T03:12:00Z",
        )
        chosen = random_.sample(common, rows // 2) + random_.choices(rare, k=rows - rows // 2)
        if number % 33 == 0:
            chosen[0] = PRODUCT
        yield Machine(cells, chosen)


def write_csv(path: Path, systems: int, *, rows: int = 300) -> int:
    """Returns the number of rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join((*MACHINE, *TITLE)) + "\n")
        for machine in machines(systems, rows=rows):
            about = ",".join(machine.cells)
            file.writelines(f"{about},{','.join(title)}\n" for title in machine.titles)
    return systems * rows


def write_jsonl(path: Path, systems: int, *, rows: int = 300) -> int:
    """Returns the number of rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for machine in machines(systems, rows=rows):
            about = dict(zip(MACHINE, machine.cells, strict=True))
            file.writelines(json.dumps(about | dict(zip(TITLE, title, strict=True))) + "\n" for title in machine.titles)
    return systems * rows


def write_glpi(folder: Path, systems: int, *, rows: int = 300, kind: str = "xml") -> int:
    """One file a machine, `kind` xml or json, a thousand files a folder. Returns the number of files."""
    for number, machine in enumerate(machines(systems, rows=rows)):
        below = folder / f"{number // 1000:04d}"
        if number % 1000 == 0:
            below.mkdir(parents=True)
        text = _xml(machine) if kind == "xml" else _json(machine)
        (below / f"{machine.cells[0]}.{kind}").write_text(text, "utf-8")
    return systems


def _content(machine: Machine) -> dict[str, dict[str, str]]:
    name, domain, uuid, serial, system, looked = machine.cells
    return {
        "accesslog": {"logdate": looked[:19].replace("T", " ")},
        "bios": {"smanufacturer": "Dell Inc.", "ssn": serial},
        "hardware": {"chassis_type": "Desktop", "name": name, "osname": system, "uuid": uuid, "workgroup": domain},
    }


def _software(title: tuple[str, ...]) -> dict[str, str]:
    return {"from": "registry", "name": title[0], "publisher": title[1], "version": title[2]}


def _xml(machine: Machine) -> str:
    sections = [_section(name, fields) for name, fields in _content(machine).items()]
    sections += [_section("softwares", _software(title)) for title in machine.titles]
    deviceid = f"  <DEVICEID>{machine.cells[0]}-2017-01-09-09-26-44</DEVICEID>\n"
    head = '<?xml version="1.0" encoding="UTF-8" ?>\n<REQUEST>\n  <CONTENT>\n'
    return f"{head}{''.join(sections)}  </CONTENT>\n{deviceid}</REQUEST>\n"


def _section(name: str, fields: dict[str, str]) -> str:
    inner = "".join(f"      <{field.upper()}>{value}</{field.upper()}>\n" for field, value in fields.items())
    return f"    <{name.upper()}>\n{inner}    </{name.upper()}>\n"


def _json(machine: Machine) -> str:
    content = {**_content(machine), "softwares": [_software(title) for title in machine.titles]}
    return json.dumps({"action": "inventory", "deviceid": f"{machine.cells[0]}-2017-01-09-09-26-44", "content": content})
