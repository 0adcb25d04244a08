"""A made-up department with a known truth: what `fullcount demo`, tests and benchmarks count.

The Department of Rivers and Roads has seven components, one of which sent nothing. `organisation` makes its machines
with the difficulties of real inventories planted among them; `write` writes the exports in the formats of the
tools, the settings that read the two lists, and `truth.json`: what is there, and what a correct count must say.
Everything follows from the seed: the same seed makes the same bytes. No component, person or machine is real.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fullcount.demo import formats, lists
from fullcount.demo.machines import (
    AFFECTED,
    DOCK,
    MISSING,
    OLD,
    PLACEHOLDER,
    PRODUCTS,
    REMOVED,
    SETTINGS,
    STANDARD,
    UNLISTED_DOCK,
    VANISHED,
    Component,
    Kind,
    Machine,
    Organisation,
    State,
    components_of,
    gone_of,
    is_scannable,
    machine_of,
)
from fullcount.demo.shown import shown_of
from fullcount.demo.truth import Look, looks, truth
from fullcount.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from fullcount.demo.formats import Shown

_LISTS = f"""\
organisation = "Department of Rivers and Roads"
directives = ["us-dhs-bod-17-01"]

[[table]]
match = "*computers*.csv"
name = "active-directory"
lists = "machines"
date = "2017-10-11"
{lists.DIRECTORY_COLUMNS}
[[table]]
match = "purchasing*.csv"
name = "purchasing"
lists = "machines"
date = "2017-10-02"
dates = "dmy"
{lists.PURCHASING_COLUMNS}"""


def organisation(systems: int = 2000, seed: int = 17, *, setting: str = STANDARD) -> Organisation:
    """The department with this many systems, as hard to count as one of `SETTINGS` says. Raises `UsageError` for what is
    no setting or no number of systems.
    """
    if setting not in SETTINGS:
        raise UsageError(f"there is no setting {setting}", hint=f"one of: {', '.join(SETTINGS)}")
    if systems < 1:
        raise UsageError("a department needs at least one system", hint="give a larger number")
    shares = SETTINGS[setting]
    rng = random.Random(seed)  # noqa: S311 - a made-up department keeps no secret
    machines = [machine_of(number, component, rng) for number, component in enumerate(components_of(systems))]
    _plant_states(machines, rng)
    _plant_products(machines, rng)
    _plant_clones(machines, round(shares.cloned * systems), rng, tool=shares.clones_in)
    _plant_twins(machines, round(shares.twins * systems), rng, tool=shares.clones_in)
    _plant_scans(machines, round(shares.overlap * systems), rng)
    _plant_names(machines, round(shares.renamed * systems), rng)
    # rounded down: a seed keeps making the standard department that it always made
    _plant_reimaged(machines, int(shares.reimaged * systems), rng)
    _plant_docks(machines, rng)
    _plant_rest(machines, rng)
    gone = gone_of(systems, round(shares.stale * systems), rng)
    return Organisation(seed=seed, setting=setting, systems=tuple(machines), gone=tuple(gone))


def _plant(
    machines: list[Machine],
    number: int,
    rng: random.Random,
    *,
    on: Callable[[Machine], bool],
    change: Callable[[Machine, int], Machine],
) -> None:
    """Change so many of the machines that the change can fall on, chosen by chance."""
    able = [place for place, machine in enumerate(machines) if on(machine)]
    for turn, place in enumerate(rng.sample(able, min(number, len(able)))):
        machines[place] = change(machines[place], turn)


def _with(**values: Any) -> Callable[[Machine, int], Machine]:
    return lambda machine, _: replace(machine, **values)


def _plant_states(machines: list[Machine], rng: random.Random) -> None:
    """Every tool misses some machines, and lists some that it has not visited for weeks. The office without a tool has
    an export of a machine or none.
    """
    for state, share in ((State.MISSING, MISSING), (State.OLD, OLD), (State.VANISHED, VANISHED)):

        def able(machine: Machine, state: State = state) -> bool:
            return machine.state is State.FRESH and (machine.tool != "uninstall" or state is State.MISSING)

        _plant(machines, round(share * len(machines)), rng, on=able, change=_with(state=state))


def _plant_products(machines: list[Machine], rng: random.Random) -> None:
    """Half of the machines that vanished from a list still have it; the others had it, which nobody can tell."""
    turns = dict.fromkeys(Kind, 0)

    def give(machine: Machine, _: int) -> Machine:
        choices = PRODUCTS[machine.kind]
        product = choices[turns[machine.kind] % len(choices)]
        turns[machine.kind] += 1
        return replace(machine, product=product)

    def hidden(machine: Machine) -> bool:
        """In an agent's file the antivirus section can be all that shows it."""
        return machine.tool == "glpi" and machine.system.family == "windows" and machine.is_listed

    systems, vanished = len(machines), [machine.state for machine in machines].count(State.VANISHED)
    _plant(machines, vanished, rng, on=lambda machine: machine.state is State.VANISHED, change=give)
    _plant(machines, vanished // 2, rng, on=lambda machine: bool(machine.product), change=_with(removed=True))
    wanted = max(0, round(AFFECTED * systems) - (vanished - vanished // 2))
    _plant(machines, wanted, rng, on=lambda machine: not machine.product, change=give)
    _plant(
        machines,
        round(REMOVED * systems),
        rng,
        on=lambda machine: not machine.product and machine.state is State.FRESH and machine.tool != "uninstall",
        change=lambda machine, turn: replace(give(machine, turn), removed=True, older=True),
    )
    _plant(
        machines,
        systems // 200,
        rng,
        on=lambda machine: hidden(machine) and machine.has_product,
        change=_with(product="endpoint", registered_only=True),
    )
    _plant(
        machines,
        systems // 250,
        rng,
        on=lambda machine: hidden(machine) and machine.state is State.FRESH and not machine.product,
        change=_with(product="endpoint", residue=True),
    )


def _able_to_clone(
    machines: list[Machine], rng: random.Random, on: Callable[[Machine], bool]
) -> dict[tuple[Component, str], list[int]]:
    """By component and maker the places of the fresh machines that can be a clone or twin, in an order of chance."""
    able: dict[tuple[Component, str], list[int]] = {}
    for place, machine in enumerate(machines):
        if machine.state is State.FRESH and on(machine):
            able.setdefault((machine.component, machine.maker), []).append(place)
    for places in able.values():
        rng.shuffle(places)
    return able


def _plant_clones(machines: list[Machine], number: int, rng: random.Random, *, tool: str) -> None:
    """Virtual machines made from one template: the same UUID and no serial number, two, three or six by one tool."""
    able = _able_to_clone(machines, rng, lambda machine: machine.virtual and machine.tool == tool)
    sizes = (2, 3, 6)
    for turn in range(number):
        size = min(sizes[turn % 3], number)
        like = max(able, key=lambda one: len(able[one]), default=None)
        if number < 2 or like is None or len(able[like]) < 2:
            return
        size += number - size == 1  # no clone is alone
        group = [able[like].pop() for _ in range(min(size, len(able[like])))]
        first = machines[group[0]]
        for place in group:
            machines[place] = replace(machines[place], uuid=first.uuid, serial="", cloned="uuid", template=first.number)
        number -= len(group)


def _plant_twins(machines: list[Machine], number: int, rng: random.Random, *, tool: str) -> None:
    """Pairs of physical machines of a maker: it used a serial number twice, or an installed agent was copied with its id.
    Only Configuration Manager's agents have an id that can be copied.
    """
    if not number:
        return

    def has_serial(machine: Machine) -> bool:
        return machine.tool == tool and machine.serial != PLACEHOLDER and not (machine.virtual or machine.cloned)

    able = _able_to_clone(machines, rng, has_serial)
    kinds = ("serial", "agent") if tool == "sccm" else ("serial",)
    for turn in range(number // 2):
        like = max(able, key=lambda one: len(able[one]), default=None)
        if like is None or len(able[like]) < 2:
            return
        pair = able[like].pop(), able[like].pop()
        kind, first = kinds[turn % len(kinds)], machines[pair[0]]
        for place in pair:
            serial = first.serial if kind == "serial" else machines[place].serial
            machines[place] = replace(machines[place], serial=serial, cloned=kind, template=first.number)


def _plant_scans(machines: list[Machine], number: int, rng: random.Random) -> None:
    """A second export for so many machines; and a scan found some that the tools miss."""

    def scan(machine: Machine, turn: int) -> Machine:
        knows = machine.kind is not Kind.MAC and (machine.kind is Kind.LINUX or turn % 5 < 3)
        visits = machine.component is Component.BRIDGES and turn % 16 == 0  # works in the head office's building
        return replace(machine, scanned_by=Component.HEADQUARTERS if visits else machine.component, credentialed=knows)

    _plant(machines, number, rng, on=lambda machine: machine.is_listed and is_scannable(machine), change=scan)
    # no list names these: only a scan can know that they are there
    unlisted = [place for place, machine in enumerate(machines) if not machine.is_listed and machine.system.family != "windows"]
    for place in unlisted:
        machines[place] = replace(machines[place], scanned_by=machines[place].component)
    _plant(
        machines,
        len(machines) // 50,
        rng,
        on=lambda machine: machine.state is State.MISSING and is_scannable(machine) and not machine.scanned_by,
        change=lambda machine, _: replace(machine, scanned_by=machine.component),
    )


def _plant_names(machines: list[Machine], number: int, rng: random.Random) -> None:
    """Renamed: the scan of the week before has the old name."""
    _plant(
        machines,
        number,
        rng,
        on=lambda machine: (
            # where no export has the new name, nothing says that the directory's object is this machine
            machine.state in {State.FRESH, State.OLD} and machine.credentialed and machine.cloned != "uuid"
        ),
        change=lambda machine, _: replace(machine, old_name=f"{machine.component.code}-OLD{machine.number:06d}"),
    )


def _plant_reimaged(machines: list[Machine], number: int, rng: random.Random) -> None:
    """Set up anew: the tool has the machine twice."""

    def able(machine: Machine) -> bool:
        other = machine.virtual or machine.old_name or machine.older
        return machine.tool == "sccm" and machine.state is State.FRESH and not other

    _plant(
        machines,
        number,
        rng,
        on=able,
        change=lambda machine, _: replace(machine, old_name=f"{machine.component.code}-PRE{machine.number:06d}", reimaged=True),
    )


def _plant_docks(machines: list[Machine], rng: random.Random) -> None:
    """Five laptops a dock; one dock, of a maker that no list names, was on eight laptops when they were scanned."""
    for component in Component:

        def shown(machine: Machine, component: Component = component) -> bool:
            seen = (machine.tool == "glpi" and machine.is_listed) or machine.scanned_by is component
            return machine.kind is Kind.LAPTOP and machine.component is component and seen

        docked = sum(map(shown, machines)) // 8
        # on three machines or fewer its address would look like one of their own
        unlisted = 8 if component is Component.HEADQUARTERS and docked else 0

        def dock(machine: Machine, turn: int, unlisted: int = unlisted) -> Machine:
            number = list(Component).index(machine.component) << 8 | (turn - unlisted) // 5
            address = f"{DOCK}:68:{number >> 8:02X}:{number & 255:02X}" if turn >= unlisted else f"{UNLISTED_DOCK}:01:02:03"
            return replace(machine, dock=address)

        _plant(machines, docked + unlisted, rng, on=shown, change=dock)


def _plant_rest(machines: list[Machine], rng: random.Random) -> None:
    """Innocent titles, machines that the month before also lists, and who is on the purchasing list."""
    systems = len(machines)
    innocent, white = 3 * systems // 20, systems // 250
    _plant(machines, innocent, rng, on=lambda machine: not machine.product, change=_with(extra="confusable"))
    _plant(
        machines,
        white,
        rng,
        on=lambda machine: not machine.product and not machine.extra and machine.system.family == "windows",
        change=_with(extra="white label"),
    )
    _plant(
        machines,
        systems // 50,
        rng,
        on=lambda machine: (
            machine.state in {State.FRESH, State.OLD}
            and machine.tool != "uninstall"
            and not (machine.reimaged or machine.cloned == "uuid")
        ),
        change=_with(older=True),
    )
    _plant(
        machines,
        2 * systems // 5,
        rng,
        # a list keyed by serial number has room for one of two twins
        on=lambda machine: (
            not machine.virtual
            and machine.serial != PLACEHOLDER
            and (machine.cloned != "serial" or machine.template == machine.number)
        ),
        change=_with(bought=True),
    )


def write(organisation: Organisation, folder: Path) -> Path:
    """Write `exports/`, the settings `fullcount.toml` and `truth.json` into the folder; returns the folder of the
    exports. Raises `OSError` where that cannot be.
    """
    exports = folder / "exports"
    files: dict[str, list[tuple[Machine, Look]]] = {}
    for machine in (*organisation.systems, *organisation.gone):
        for look in looks(machine):
            files.setdefault(look.file, []).append((machine, look))
    first = len(organisation.systems) + len(organisation.gone)
    apart = {
        file: formats.apart(first + 5 * turn)
        for turn, file in enumerate(sorted(file for file in files if file.endswith(".nessus")))
    }
    for file, seen in files.items():
        shown = (shown_of(machine, look, organisation.seed) for machine, look in seen)
        encoding = "cp1252" if seen[0][1].tool == "purchasing" else "utf-8"
        _put(exports / file, _export(seen, shown, apart.get(file, [])), encoding)
    write_about(organisation, folder)
    return exports


def write_about(organisation: Organisation, folder: Path) -> None:
    """Write what is no export: the settings and the truth. Raises `OSError` where that cannot be."""
    scans = {machine.scanned_by for machine in organisation.systems} - {None}
    _put(folder / "fullcount.toml", _settings(), "utf-8")
    _put(folder / "truth.json", truth(organisation, len(scans) * len(formats.apart(0))), "utf-8")


def _put(path: Path, text: Iterable[str], encoding: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        file.writelines(text)


def _export(seen: Sequence[tuple[Machine, Look]], shown: Iterator[Shown], apart: list[Shown]) -> Iterator[str]:
    found: Iterator[str]
    match seen[0][1].tool:
        case "sccm":
            found = formats.sccm(shown)
        case "osquery":
            found = formats.osquery(shown)
        case "nessus":
            found = formats.nessus(shown, apart, f"Inventory scan, {seen[0][1].component}")
        case "glpi":
            found = formats.glpi(next(shown))
        case "uninstall":
            found = formats.uninstall(next(shown))
        case "directory":
            found = lists.directory(
                (machine.component.unit, look.at, one) for (machine, look), one in zip(seen, shown, strict=True)
            )
        case _:
            found = lists.purchasing((machine.component, one) for (machine, _), one in zip(seen, shown, strict=True))
    return found


def _settings() -> Iterator[str]:
    yield _LISTS
    for component in Component:
        yield f'\n[[component]]\nname = "{component}"\nou = "OU={component.unit}"\n'
