"""Beside: the numbers that stand beside the headline, each with its list; those that are nought are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.report import Beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from fullcount.engine import Engine

SYSTEMS = {
    "residue": "something of a product was left behind: to be cleaned up, not counted as having it",
    "ghost": "a key was left behind, and the files of the product are gone: to be cleaned up, not counted as having it",
    "leftover": "a service or driver was left behind, key and files are gone: to be cleaned up, not counted as having it",
    "licence": "a licence is assigned, with no sign of an installation",
    "call-back": "the system spoke to a name of the vendor's, with no sign of an installation",
    "mention": "something only mentions the vendor: a removal tool's list, a text",
    "review": "a title that may be a product and that nobody has decided",
    "decided not": "a title that a person decided is not the product",
}
APART = {
    "apart": "not a computer",
    "gone": "expected, probably gone",
    "retired": "retired",
    "out of population": "out of population",
}
COUNTED = (
    ("unplaced", "select count(*) as n from unplaced", "records that name no machine: they are no systems"),
    (
        "conflicts",
        "select count(distinct concat(kind, ':', value)) as n from conflict_list",
        "clues that several records carry and that were refused as proof that they are one machine",
    ),
    ("later", "select count(*) as n from later_list", "records dated after the day of the count: they were left out"),
    ("rejects", "select count(*) as n from reject_list", "pieces of sources that could not be used, kept word for word"),
)
CALLED = "records of a network that spoke to a name of the vendor's, found in no inventory: it says where to look"
CONSOLE = {
    "console alone": "the vendor's own console lists a product on them, and no inventory does",
    "not on console": "an inventory shows a product on them, and the vendor's own console does not list them",
}
TITLES = ("near titles", "decided titles")
_LISTED = {"unplaced", "conflicts", "later", "rejects"}
_UNITS = {"unplaced": "records", "conflicts": "clues", "later": "records", "rejects": "pieces"}


def beside(engine: Engine, directive: str, *, refused: int, dropped: int) -> Iterator[Beside]:
    """The numbers beside the headline under a directive; `refused` files and `dropped` sources are known already."""

    def rows(table: str, columns: str) -> list[dict[str, Any]]:
        # the id of a directive was checked to be a plain word when its pack was loaded
        return engine.rows(f"select {columns} from {table} where {table}.directive = '{directive}'")  # noqa: S608

    yield from _systems(rows("beside", "name, systems"))
    if called := len(rows("called_list", "place")):
        yield Beside(name="called back", value=called, unit="records", text=CALLED, list="called back")
    named = [row["name"] for row in rows("console_list", "name")]
    for name, text in CONSOLE.items():
        if name in named:
            yield Beside(name=name, value=named.count(name), unit="systems", text=text, list="console")
    yield from _titles(
        rows("near_titles", "is_hint"), rows("near_left", "titles"), rows("decided_titles", "is_it, overruled_counts")
    )
    for row in engine.rows(
        "select population, population_reason as reason, count(*) as machines from hosts where population <> 'system'"
        " group by population, population_reason order by population, population_reason"
    ):
        yield Beside(name=APART[row["population"]], value=row["machines"], unit="machines", text=row["reason"], list="apart")
    for name, query, text in COUNTED:
        value = engine.rows(query)[0]["n"]
        if value:
            yield Beside(name=name, value=value, unit=_UNITS.get(name, name), text=text, list=name if name in _LISTED else "")
    if refused:
        text = "files that could not be used at all: nothing in them was counted"
        yield Beside(name="refused files", value=refused, unit="files", text=text)
    if dropped:
        yield Beside(name="dropped sources", value=dropped, unit="sources", text="sources that a person took out of the count")


def _systems(rows: Iterable[Mapping[str, Any]]) -> Iterator[Beside]:
    for row in sorted(rows, key=lambda row: row["name"]):
        name = row["name"]
        scope = name.partition(": ")[2].replace("_", " ")
        decided = "leaves out" if name.startswith("scope out") else "does not decide about"
        text = SYSTEMS.get(name, f"something that the directive {decided}: {scope}")
        yield Beside(name=name.replace("_", " "), value=row["systems"], unit="systems", text=text, list="findings")


def _titles(
    near: Sequence[Mapping[str, Any]], left: Sequence[Mapping[str, Any]], decided: Sequence[Mapping[str, Any]]
) -> Iterator[Beside]:
    """Titles that a person should look at, and those about which one decided."""
    if near:
        hints = sum(row["is_hint"] for row in near)
        more = f"; {sum(row['titles'] for row in left):,} more are too many to be listed" if left else ""
        text = f"titles near the vendor that nobody has decided, of which {hints:,} may be a product and speak against without it"
        yield Beside(name="near titles", value=len(near), unit="titles", text=f"{text}{more}", list="near titles")
    if decided:
        are = sum(row["is_it"] for row in decided)
        against = sum(row["overruled_counts"] and not row["is_it"] for row in decided)
        less = f"; by a signature {against:,} of these would have counted" if against else ""
        text = f"titles were decided by people: {are:,} to be a product, {len(decided) - are:,} not to be one{less}"
        yield Beside(name="decided titles", value=len(decided), unit="titles", text=text, list="decided titles")
