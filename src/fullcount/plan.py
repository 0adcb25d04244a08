"""Plan: which systems lose the product when, and what replaces it. Reads the list of systems and the register of waves.

A wave of the register takes the systems of a component, product or class; of several the first in the register takes a
system. What no wave takes is said, and stands in a line without a day: no day is ever made up.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fullcount.model import Standing
from fullcount.paper import WaveLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from fullcount.register import Registers, Wave
    from fullcount.report import Account, Lists

_KEYS = ("component", "products", "class", "standing")
_JOIN = "; "  # as the list of systems joins names


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The waves with how many systems each takes, and the list of these systems: the columns of `hosts`, `wave` and
    `replacement`; exempt systems are in the list, in no wave.
    """

    waves: tuple[WaveLine, ...]
    batches: Callable[[], Iterator[pa.RecordBatch]]


def plan(account: Account, lists: Lists, registers: Registers) -> Plan:
    """The waves of one count under one directive. Work is per distinct component, products and class, not per system."""
    chosen = _Chosen(account, registers)
    systems: Counter[str] = Counter()
    for batch in _having(lists):
        for row in _distinct(batch):
            if row["standing"] == Standing.WITH_IT:
                systems[chosen.wave(row)] += row["count_all"]
    return Plan(waves=tuple(_lines(chosen, systems)), batches=partial(_scheduled, lists, chosen))


class _Chosen:
    """Which wave takes which systems."""

    def __init__(self, account: Account, registers: Registers) -> None:
        self.waves = registers.waves
        self.replacements = {one.id: one.name for one in registers.replacements}
        self._above = {line.component: line.parent for line in account.components}
        self._names = {line.product: line.name for line in account.products}

    def wave(self, row: dict[str, str | None]) -> str:
        """The id of the first wave that takes systems of these components, products and class; empty where none does."""
        components = {one for name in (row["component"] or "").split(_JOIN) for one in self._within(name)}
        products = set((row["products"] or "").split(_JOIN))
        if row["standing"] != Standing.WITH_IT:
            return ""
        for one in self.waves:
            fits = (
                one.component in {"", *components}
                and (not one.product or one.product in products or self._names.get(one.product) in products)
                and one.machine_class in {"", row["class"]}
            )
            if fits:
                return one.id
        return ""

    def replacement(self, wave: str) -> str:
        """What replaces the product in a wave, by name."""
        named = next((one.replacement for one in self.waves if one.id == wave), "")
        return self.replacements.get(named, named)

    def _within(self, component: str) -> Iterator[str]:
        """A component, and those that it is a part of."""
        seen: set[str] = set()
        while component and component not in seen:
            seen.add(component)
            yield component
            component = self._above.get(component, "")


def _lines(chosen: _Chosen, systems: Counter[str]) -> Iterator[WaveLine]:
    for one in chosen.waves:
        yield WaveLine(
            wave=one.id,
            starts=one.starts,
            ends=one.ends,
            what=_what(one),
            systems=systems[one.id],
            replacement=chosen.replacement(one.id),
            poam=one.poam,
        )
    if systems[""]:
        yield WaveLine(wave="", starts=None, ends=None, what="all others", systems=systems[""])


def _what(one: Wave) -> str:
    return ", ".join(filter(None, (one.component, one.product, one.machine_class))) or "all others"


def _having(lists: Lists) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array([str(Standing.WITH_IT), str(Standing.EXEMPT)])
    for batch in lists("hosts"):
        kept = batch.filter(pc.is_in(batch.column("standing"), value_set=wanted))
        if kept.num_rows:
            yield kept


def _distinct(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    import pyarrow as pa

    grouped = pa.Table.from_batches([batch.select(list(_KEYS))]).group_by(list(_KEYS))
    rows: list[dict[str, Any]] = grouped.aggregate([([], "count_all")]).to_pylist()
    return rows


def _scheduled(lists: Lists, chosen: _Chosen) -> Iterator[pa.RecordBatch]:
    """The systems with it or exempt, with their wave and what replaces the product."""
    import pyarrow as pa

    for batch in _having(lists):
        waves = _column(batch, chosen)
        replaced = {wave: chosen.replacement(wave) for wave in set(waves)}
        with_wave = batch.append_column("wave", pa.array(waves, pa.string()))
        yield with_wave.append_column("replacement", pa.array([replaced[wave] for wave in waves], pa.string()))


def _column(batch: pa.RecordBatch, chosen: _Chosen) -> list[str]:
    """The wave of each row: asked once for each distinct set of components, products and class."""
    known = {tuple(row[name] for name in _KEYS): chosen.wave(row) for row in _distinct(batch)}
    columns = (batch.column(name).to_pylist() for name in _KEYS)
    return [known[row] for row in zip(*columns, strict=True)]
