"""Matching many titles, whatever a pack contains: made-up titles against generated packs of a thousand signatures and more.

A signature of *equals* has a whole name, one of *words* two words of which the title has them alone, one of *mixed* such
words, a start or an end, and one of *common* the same two words after others that most titles have. Those of *all alike*
share what they are sought by, words that all titles have, and differ in a version, so that every title is judged by
itself: few titles, therefore. The floor is what it takes to look the names up as whole texts.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from measure import Row, run, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fullcount.condition import Condition
    from fullcount.directive import Directive

COMMON = ("security", "for", "windows", "update", "tools")  # of which nearly every name has three, one after the other
SIZES = (1_000, 10_000)  # signatures
GOALS = {1_000: 5.0, 10_000: 10.0}  # seconds of wall time for ten million titles
KINDS = ("equals", "words", "mixed", "common")
_SYLLABLES = ("ba", "co", "du", "fe", "gri", "ho", "ja", "ku", "lo", "mi", "ne", "po", "qua", "ru", "so", "ti")
_WORDS = len(_SYLLABLES) ** 3
_BLOCK = 100_000  # titles that are made at once
_DIRECTIVE = "us-dhs-bod-17-01"  # whose scope and whatever else it needs a generated pack takes over
_FIELDS: dict[str, pa.DataType] = {
    "title": pa.int64(),
    **dict.fromkeys(("type", "name_key", "publisher_key", "version"), pa.string()),
}
_SHAPE = pa.schema(_FIELDS)


@cache
def word(number: int) -> str:
    """A word of three syllables, another one for each number below 4,096."""
    size = len(_SYLLABLES)
    return "".join(_SYLLABLES[number // size**turn % size] for turn in range(3))


def name(number: int) -> str:
    """A name, another one for each number: a maker's word, common ones and two more, with a version."""
    first, second = number * 7 % _WORDS, number // 3 % _WORDS
    phrase = " ".join(COMMON[(number + turn) % len(COMMON)] for turn in range(3))
    return f"{word(second)} {phrase} {word(first)} {number}"


def version(number: int) -> str:
    """A version, one of two thousand."""
    return f"{number % 2000}.0"


# -- what is measured: each runs in a process of its own -------------------------------------------------------------


def make(file: str, titles: int) -> int:
    """Titles as judging reads them, in a file. Returns their number."""
    import pyarrow.parquet as pq

    with pq.ParquetWriter(file, _SHAPE, compression="zstd") as writer:
        for start in range(0, titles, _BLOCK):
            numbers = range(start, min(start + _BLOCK, titles))
            names = [name(number) for number in numbers]
            makers = [f"{one.split(maxsplit=1)[0]} ltd" for one in names]
            columns = [list(numbers), ["program"] * len(names), names, makers, [version(number) for number in numbers]]
            writer.write_table(pa.table(columns, schema=_SHAPE))
    return titles


def floor(file: str, signatures: int, titles: int) -> int:
    """Read the names and look them up among others. Returns how many are there."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    wanted = pa.array([name(number) for number in _spread(signatures, titles)])
    names = pq.read_table(file, columns=["name_key"])["name_key"]
    return len(pc.indices_nonzero(pc.is_in(names, value_set=wanted)))


def judge(file: str, kind: str, signatures: int, titles: int) -> tuple[int, float, float]:
    """Match the first `titles` of a file. Returns the number of verdicts, and wall and CPU seconds of matching alone."""
    import pyarrow.parquet as pq

    from fullcount.match import verdicts

    directive, there = pack(kind, signatures, titles), pq.read_table(file).slice(0, titles)
    wall, cpu = time.monotonic(), time.process_time()
    found = len(verdicts([directive], there))
    return found, time.monotonic() - wall, time.process_time() - cpu


def pack(kind: str, signatures: int, titles: int) -> Directive:
    """A directive of so many signatures, each a product of its own."""
    from fullcount.directive import Signature, find
    from fullcount.model import Grade
    from fullcount.product import Product

    base = find(_DIRECTIVE)
    scope = next(iter(base.scope))
    products, made = [], []
    for turn, number in enumerate(_spread(signatures, titles)):
        products.append(Product(id=f"{turn}", name="x", family="x", kind="x", scope=scope))
        condition = _condition(kind, turn, number)
        made.append(Signature(id=f"{turn}", product=f"{turn}", grade=Grade.PROOF, source="x", condition=condition))
    return replace(base, products=tuple(products), signatures=tuple(made), publishers=None)


def _spread(signatures: int, titles: int) -> range:
    step = max(1, titles // signatures)
    return range(0, signatures * step, step)


def _condition(kind: str, turn: int, number: int) -> Condition:
    """What one signature asks: all but *all alike* of one title."""
    from fullcount.condition import Condition, comparison

    whole = name(number)
    words = whole.split()
    common = ("words", " ".join(words[2:]))
    if kind == "all alike":
        shared = comparison("name", "words", tuple(COMMON))
        return Condition(join="all", parts=(shared, comparison("version", "equals", (f"{turn}.0",))))
    asked = {
        "equals": ("equals", whole),
        "words": ("words", " ".join(words[-2:])),
        "common": common,
        "mixed": (("words", " ".join(words[-2:])), ("starts", whole), ("ends", " ".join(words[-3:])))[turn % 3],
    }
    how, text = asked[kind]
    return comparison("name", how, (text,))


# -- tables ----------------------------------------------------------------------------------------------------------


def measured(file: Path, kind: str, signatures: int, titles: int) -> Row:
    """One pack against the titles."""
    whole = run(judge, file, kind, signatures, titles)
    many, wall, cpu = whole.result
    found = replace(whole, wall=wall, cpu=cpu)
    goal = f"{GOALS[signatures] * titles / 1e7:.2f} s of wall time" if kind != "all alike" else ""
    said = f"{signatures:,} {kind}: {many:,} verdicts on {titles:,}"
    return Row(what=said, measured=found, ratio=f"{cpu / titles * 1e6:.1f} s CPU/M", goal=goal)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every pack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=int, default=1_000_000)
    parser.add_argument("--alike", type=int, default=20_000, help="titles that all get through")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fullcount-") as folder:
        file = Path(folder) / "titles.parquet"
        table("made", [Row(what=f"{asked.titles:,} titles", measured=run(make, file, asked.titles))])
        for signatures in SIZES:
            least = run(floor, file, signatures, asked.titles)
            rows = [
                Row(what="floor: the names are looked up", measured=least, ratio=f"{least.cpu / asked.titles * 1e6:.1f} s CPU/M")
            ]
            rows += [measured(file, kind, signatures, asked.titles) for kind in KINDS]
            rows.append(measured(file, "all alike", signatures, min(asked.alike, asked.titles)))
            table(f"{signatures:,} signatures", rows)


if __name__ == "__main__":
    main()
