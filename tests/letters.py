"""Which characters the fonts of a PDF have. `python -m tests.letters` writes what it finds into the package."""

from __future__ import annotations

import io
import struct
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import typst
from fontTools.ttLib import TTFont

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FONTS = Path(__file__).resolve().parents[1] / "src/fullcount/data/fonts"
CARRIED = ("DejaVu Sans Mono", "DejaVu Sans Mono Bold")  # upright only: names are never set in italics
BEGIN = b"\0\1\0\0\0"  # of a TrueType font with less than 256 tables
HEAD = "# Code points that the fonts of a PDF have in every weight, in hex: made by tests/letters.py.\n"


def shipped() -> list[TTFont]:
    return [TTFont(path) for path in sorted(FONTS.glob("*.ttf"))]


def carried() -> dict[str, TTFont]:
    """The fonts within typst, by name: they lie in its library as they are."""
    [library] = [path for path in Path(typst.__file__).parent.iterdir() if path.suffix in {".so", ".pyd"}]
    data = library.read_bytes()
    return {str(font["name"].getDebugName(4)): font for font in fonts_in(data)}


def fonts_in(data: bytes) -> Iterator[TTFont]:
    at = data.find(BEGIN)
    while at >= 0:
        [tables] = struct.unpack(">H", data[at + 4 : at + 6])
        rows = [data[row : row + 16] for row in range(at + 12, at + 12 + 16 * tables, 16)]
        tags = [row[:4] for row in rows]
        if b"cmap" in tags and b"head" in tags and tags == sorted(tags):
            end = max(sum(struct.unpack(">II", row[8:])) for row in rows)
            yield TTFont(io.BytesIO(data[at : at + end]))
        at = data.find(BEGIN, at + 1)


def covered() -> set[int]:
    """What all weights of the first family have, and what all weights of the second have."""
    inner = carried()
    return shared_by(shipped()) | shared_by(inner[name] for name in CARRIED)


def shared_by(fonts: Iterable[TTFont]) -> set[int]:
    """Code points that all of them have, less controls, which some fonts have and nobody can see."""
    found = set.intersection(*(set(font.getBestCmap()) for font in fonts))
    return {point for point in found if unicodedata.category(chr(point)) != "Cc"}


def runs(points: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each unbroken run."""
    left = sorted(points)
    first = before = left[0]
    for point in left[1:]:
        if point != before + 1:
            yield first, before
            first = point
        before = point
    yield first, before


if __name__ == "__main__":
    lines = (f"{first:x} {last:x}\n" for first, last in runs(covered()))
    (FONTS / "letters.txt").write_text(HEAD + "".join(lines), "ascii")
