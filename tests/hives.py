"""Made-up registry hives: a tree of keys and values, written as Windows would."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

SZ, EXPAND, BINARY, DWORD, MULTI = 1, 2, 3, 4, 7
BASE = 4096


@dataclass
class Made:
    """Cells as they are written; `lists` is the kind of the lists of keys: lf, lh, li or ri."""

    lists: str = "lh"
    data: bytearray = field(default_factory=lambda: bytearray(32))  # the head of the first bin

    def cell(self, content: bytes) -> int:
        """Its offset."""
        offset, size = len(self.data), -(-(len(content) + 4) // 8) * 8
        self.data += struct.pack("<i", -size) + content.ljust(size - 4, b"\0")
        return offset

    def value(self, name: str, value: Any) -> int:
        kind, data = _written(value)
        if len(data) <= 4:
            size, place = len(data) | 0x8000_0000, int.from_bytes(data, "little")
        elif len(data) > 16_344:
            pieces = [self.cell(data[at : at + 16_344]) for at in range(0, len(data), 16_344)]
            places = self.cell(struct.pack(f"<{len(pieces)}I", *pieces))
            size, place = len(data), self.cell(struct.pack("<2sHI", b"db", len(pieces), places))
        else:
            size, place = len(data), self.cell(data)
        ascii_name = name.isascii()
        raw = name.encode("ascii" if ascii_name else "utf-16-le")
        return self.cell(struct.pack("<2sHIIIHH", b"vk", len(raw), size, place, kind, ascii_name, 0) + raw)

    def key(self, name: str, tree: dict[str, Any]) -> int:
        below = [self.key(one, inner) for one, inner in tree.items() if isinstance(inner, dict)]
        values = [self.value(one, inner) for one, inner in tree.items() if not isinstance(inner, dict)]
        listed = self.listed(below) if below else 0xFFFF_FFFF
        at = self.cell(struct.pack(f"<{len(values)}I", *values)) if values else 0xFFFF_FFFF
        raw, ascii_name = (name.encode("ascii"), True) if name.isascii() else (name.encode("utf-16-le"), False)
        head = struct.pack("<2sHQIIIIIIII", b"nk", 0x20 * ascii_name, 0, 0, 0, len(below), 0, listed, 0, len(values), at)
        return self.cell(head.ljust(72, b"\0") + struct.pack("<HH", len(raw), 0) + raw)

    def listed(self, offsets: list[int]) -> int:
        count = struct.pack("<H", len(offsets))
        if self.lists == "li":
            return self.cell(b"li" + count + struct.pack(f"<{len(offsets)}I", *offsets))
        if self.lists == "ri":
            leaves = [self.cell(b"li\1\0" + struct.pack("<I", one)) for one in offsets]
            return self.cell(b"ri" + count + struct.pack(f"<{len(leaves)}I", *leaves))
        return self.cell(self.lists.encode() + count + b"".join(struct.pack("<II", one, 0) for one in offsets))


def _written(value: Any) -> tuple[int, bytes]:
    if isinstance(value, int):
        return DWORD, struct.pack("<I", value)
    if isinstance(value, bytes):
        return BINARY, value
    if isinstance(value, list):
        return MULTI, "".join(f"{one}\0" for one in value).encode("utf-16-le") + b"\0\0"
    return SZ, f"{value}\0".encode("utf-16-le")


def hive(tree: dict[str, Any], *, name: str = "", lists: str = "lh", dirty: bool = False, written: int = 0) -> bytes:
    """A hive of these keys (dictionaries) and values (text, number, bytes, list of texts)."""
    made = Made(lists)
    root = made.key("ROOT", tree)
    head = struct.pack("<4sIIQIIIIII", b"regf", 7, 7 - dirty, written, 1, 5, 0, 1, root, len(made.data))
    head = head.ljust(48, b"\0") + name.encode("utf-16-le")[:64]
    return head.ljust(BASE, b"\0") + bytes(made.data)


def nested(path: str, tree: dict[str, Any]) -> dict[str, Any]:
    """A tree below a path."""
    for part in reversed(path.split("\\")):
        tree = {part: tree}
    return tree
