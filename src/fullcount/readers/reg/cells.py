"""A registry hive as bytes (`regf`): its keys, their values and what is damaged, within bounds.

Keys are visited once each, and no more list entries and bytes of values are followed than the file has room for: a
hive whose lists lead in circles, or all to one value, ends. Facts: the format as Joachim Metz and Maxim Suhanov
describe it; versions 1.3 to 1.6.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from fullcount.errors import UnreadableError
from fullcount.readers.reg.keys import LONGEST
from fullcount.when import of_windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fullcount.reader import Stream

MAGIC = b"regf"
_HELD = 512 << 20  # bytes; SOFTWARE of a real machine has up to 200 MB
_BASE = 4096  # offsets count from the end of the header
_LOGS = {1, 2, 6}  # kinds of file that have the head of a hive and are none
_NAME_IS_ASCII = 0x20  # a flag of a key
_INLINE = 0x8000_0000  # of a value's size: its data stands where its place would
_SEGMENT = 16_344  # bytes of each piece of a long value
_SLACK = 100_000  # entries that may be followed beside those that a file has room for
_SHOWN = 64  # bytes of what cannot be read
_IN_USE = "the hive was in use when it was copied: what stood in its transaction log alone is missing"
_AGAIN = "copy the hive again, with `reg save` or from a snapshot"
_TEXT, _EXPANDED, _NUMBER, _TEXTS, _LONG = 1, 2, 4, 7, 11

Path = tuple[str, ...]


class Damage(NamedTuple):
    """Bytes of a hive that are not what they should be."""

    raw: bytes
    reason: str


class _DamagedError(Exception):
    """A cell that cannot be read: its offset, and why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A key. `path`: the names of the keys from below the root to it; the root's own is empty."""

    path: Path
    offset: int
    subkeys: tuple[int, int]  # how many, and where their list is
    values: tuple[int, int]


def _shown(one: Node) -> str:
    return "\\".join(one.path) or "the root"


class Hive:
    """The bytes of a hive."""

    def __init__(self, stream: Stream) -> None:
        """Read it whole. Raises `UnreadableError` for one that is too large, for its log, or where its first key is cut."""
        with stream.binary() as file:
            self.data = file.read(_HELD + 1)
        place = str(stream.path)
        if len(self.data) > _HELD:
            raise UnreadableError(f"a hive of more than {_HELD:,} bytes", place=place, hint=_AGAIN)
        if int.from_bytes(self.data[28:32], "little") in _LOGS:
            raise UnreadableError("a transaction log of a hive, no hive", place=place, hint="give the hive beside it")
        self.entries, self.bytes = len(self.data) // 4 + _SLACK, 2 * len(self.data) + _SLACK
        try:
            first, second, written, root = struct.unpack_from("<4xIIQ16xI", self.data)
            self.root = self._node(root, ())
        except (struct.error, _DamagedError) as error:
            raise UnreadableError(f"a damaged hive: {error}", place=place, hint=_AGAIN) from error
        self.name = self.data[48:112].decode("utf-16-le", "replace").partition("\0")[0]  # its end, where it is long
        self.note = _IN_USE if first != second else None  # what is less than complete
        self.written = of_windows(written)

    def walk(self, deeper: Callable[[Path], bool]) -> Iterator[Node | Damage]:
        """Keys, those above first; below those whose path, in lower case, is to be followed. The root comes first."""
        seen = {self.root.offset}
        stack: list[Iterator[Node | Damage]] = [iter([self.root])]
        while stack:
            one = next(stack[-1], None)
            if one is None:
                stack.pop()
                continue
            yield one
            if isinstance(one, Node) and one.subkeys[0] and deeper(tuple(name.lower() for name in one.path)):
                stack.append(self._below(one, seen))

    def child(self, *names: str) -> Node | None:
        """The key of this path, in any case."""
        wanted = tuple(name.lower() for name in names)
        for one in self.walk(lambda path: wanted[: len(path)] == path and len(path) < len(wanted)):
            if isinstance(one, Node) and tuple(name.lower() for name in one.path) == wanted:
                return one
        return None

    def _below(self, one: Node, seen: set[int]) -> Iterator[Node | Damage]:
        found = 0
        for offset in self._listed(one):
            if isinstance(offset, Damage):
                yield offset
                return
            found += 1
            if offset in seen:
                yield Damage(self._raw(offset), "a key that is listed twice")
                continue
            seen.add(offset)
            try:
                yield self._node(offset, one.path)
            except _DamagedError as error:
                yield Damage(self._raw(offset), f"a key that cannot be read: {error}")
        if found != one.subkeys[0]:
            yield Damage(
                self._raw(one.subkeys[1]), f"{_shown(one)} says to have {one.subkeys[0]:,} keys below it; {found:,} are there"
            )

    def _listed(self, one: Node) -> Iterator[int | Damage]:
        """The places of the keys below a key. Its list is a leaf, or a root of leaves and never of roots."""
        try:
            kind, listed = self._list(one.subkeys[1])
            for place in listed:
                if kind == b"ri":
                    inner, places = self._list(place)
                    if inner == b"ri":
                        yield Damage(self._raw(place), "a list of lists inside another")
                        return
                    yield from places
                else:
                    yield place
        except _DamagedError as error:
            yield Damage(self._raw(one.subkeys[1]), f"the list of keys below {_shown(one)} cannot be read: {error}")

    def _list(self, offset: int) -> tuple[bytes, list[int]]:
        cell = self._cell(offset)
        kind, width = bytes(cell[:2]), {b"lf": 2, b"lh": 2, b"li": 1, b"ri": 1}.get(bytes(cell[:2]), 0)
        if not width:
            raise _DamagedError("no list of keys is there")
        count = self._take(int.from_bytes(cell[2:4], "little"))
        try:
            return kind, list(struct.unpack_from(f"<{count * width}I", cell, 4)[::width])
        except struct.error as error:
            raise _DamagedError("a list that is longer than its cell") from error

    def _node(self, offset: int, above: Path) -> Node:
        cell = self._cell(offset)
        if bytes(cell[:2]) != b"nk" or len(cell) < 76:
            raise _DamagedError("no key is there")
        flags, length = int.from_bytes(cell[2:4], "little"), int.from_bytes(cell[72:74], "little")
        count, places = struct.unpack_from("<I4xI", cell, 20)
        values = struct.unpack_from("<II", cell, 36)
        name = bytes(cell[76 : 76 + length]).decode("cp1252" if flags & _NAME_IS_ASCII else "utf-16-le", "replace")
        path = above if offset == self._root_offset else (*above, name.rstrip("\0"))
        return Node(path, offset, (count, places), (values[0], values[1]))

    @property
    def _root_offset(self) -> int:
        return int.from_bytes(self.data[36:40], "little")

    def values(self, one: Node, wanted: Callable[[str], str | None]) -> Iterator[tuple[str, str] | Damage]:
        """The values of a key that are wanted, by the name that `wanted` gives them, as text; numbers in hexadecimal."""
        count, offset = one.values
        if not count:
            return
        try:
            places = struct.unpack_from(f"<{self._take(min(count, 2**24))}I", self._cell(offset))
        except (struct.error, _DamagedError) as error:
            yield Damage(self._raw(offset), f"the values of {_shown(one)} cannot be read: {error}")
            return
        for place in places:
            try:
                cell, name = self._value(place)
                if found := wanted(name):
                    yield found, self._text(cell)
            except _DamagedError as error:
                yield Damage(self._raw(place), f"a value of {_shown(one)} that cannot be read: {error}")
                if min(self.bytes, self.entries) < 0:
                    return

    def _value(self, offset: int) -> tuple[memoryview, str]:
        cell = self._cell(offset)
        if bytes(cell[:2]) != b"vk" or len(cell) < 20:
            raise _DamagedError("no value is there")
        length, flags = int.from_bytes(cell[2:4], "little"), int.from_bytes(cell[16:18], "little")
        return cell, bytes(cell[20 : 20 + length]).decode("cp1252" if flags & 1 else "utf-16-le", "replace")

    def _text(self, cell: memoryview) -> str:
        size, offset, kind = struct.unpack_from("<III", cell, 4)
        data = bytes(cell[8:12])[: size & 7] if size & _INLINE else self._data(offset, size, kind)
        if kind in {_TEXT, _EXPANDED, _TEXTS}:
            return data.decode("utf-16-le", "replace").rstrip("\0").replace("\0", "; ")
        return f"{int.from_bytes(data, 'little'):x}" if kind in {_NUMBER, _LONG} and len(data) <= 8 else ""

    def _data(self, offset: int, size: int, kind: int) -> bytes:
        """The beginning of a value that stands on its own. What is no text and no number is not read."""
        if not size or kind not in {_TEXT, _EXPANDED, _TEXTS, _NUMBER, _LONG}:
            return b""
        cell = self._cell(offset)
        most = min(size, LONGEST * 2)
        self.bytes -= most
        if self.bytes < 0:
            raise _DamagedError("its values are larger than the file")
        if bytes(cell[:2]) != b"db" or size <= _SEGMENT:
            if len(cell) < size:
                raise _DamagedError("its data is cut")
            return bytes(cell[:most])
        count, places = struct.unpack_from("<HI", cell, 2)
        try:
            segments = struct.unpack_from(f"<{self._take(min(count, most // _SEGMENT + 1))}I", self._cell(places))
        except struct.error as error:
            raise _DamagedError("its pieces are not all there") from error
        return b"".join(bytes(self._cell(one)[:_SEGMENT]) for one in segments)[:most]

    def _cell(self, offset: int) -> memoryview:
        start = _BASE + offset
        size = abs(int.from_bytes(self.data[start : start + 4], "little", signed=True))
        if size < 8 or start + size > len(self.data):
            raise _DamagedError("it lies outside of the file")
        return memoryview(self.data)[start + 4 : start + size]

    def _take(self, count: int) -> int:
        self.entries -= count
        if self.entries < 0:
            raise _DamagedError("its lists are longer than the file")
        return count

    def _raw(self, offset: int) -> bytes:
        return self.data[_BASE + offset : _BASE + offset + _SHOWN]
