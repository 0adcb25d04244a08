"""What one look at a machine of the made-up department shows: its names and numbers, and the software that it lists."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from fullcount.demo import formats
from fullcount.demo.formats import Shown, Title
from fullcount.demo.machines import AS_OF, Kind
from fullcount.demo.truth import shows

if TYPE_CHECKING:
    from fullcount.demo.machines import Machine
    from fullcount.demo.truth import Look


def shown_of(machine: Machine, look: Look, seed: int) -> Shown:
    """The machine as this look shows it, in the department of this seed."""
    before = machine.reimaged and look.name == machine.old_name
    agent_of = machine.template if machine.cloned == "agent" else machine.number
    return Shown(
        number=machine.number,
        name=look.name,
        serial=machine.serial,
        uuid=machine.uuid,
        macs=(machine.mac, machine.dock) if machine.dock else (machine.mac,),
        asset_tag=f"RR{machine.number + 100_000}" if machine.bought else "",
        maker=machine.maker,
        agent=str(uuid5(NAMESPACE_OID, f"{seed} {agent_of} {before}")),
        system=machine.system,
        at=look.at or AS_OF,
        chassis={Kind.DESKTOP: "Desktop", Kind.LAPTOP: "Laptop"}.get(machine.kind, "Rack Mount Chassis"),
        titles=_titles(machine, look, seed) if look.complete else (),
        antivirus=_antivirus(machine, look),
        credentialed=machine.credentialed,
    )


def _titles(machine: Machine, look: Look, seed: int) -> tuple[Title, ...]:
    """What this look lists: all that every machine of its kind has, some of the rest, and what is planted."""
    family = {"windows": "program", "linux": "package", "macos": "app"}[machine.system.family]
    known = formats.catalogue()
    rng = random.Random(seed * 1_000_003 + machine.number)  # noqa: S311 - as above
    some = known[family, "some"]
    chosen = [*known[family, "all"], *rng.sample(some, min(len(some), int(rng.triangular(12, 90, 30))))]
    if machine.extra:
        role = known[family, machine.extra]
        chosen.append(role[machine.number % len(role)])
    if shows(machine, look) and not machine.registered_only:
        chosen += known[family, machine.product]
    manager = machine.system.manager if family == "package" else ""
    return tuple(formats.title_of(entry, machine.number, manager) for entry in chosen)


def _antivirus(machine: Machine, look: Look) -> tuple[tuple[str, bool], ...]:
    """The antivirus section. A product that was removed is not in it: only its own tool could tell it from a residue."""
    if look.tool != "glpi" or machine.system.family != "windows":
        return ()
    name = formats.catalogue()["program", machine.product][0].name if machine.product else ""
    registers = machine.residue or (machine.has_product and not machine.product.startswith("agent"))
    found = [("Windows Defender", not registers or machine.residue)]
    return (*found, (name, not machine.residue)) if registers else tuple(found)
