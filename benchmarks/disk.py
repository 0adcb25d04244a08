"""How much of a disk a folder takes while others write in it."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Disk:
    """Looks at the bytes of a folder while others write in it: the most of all, and of what was spilled since asked last."""

    folder: Path
    most: int = 0
    spilled: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def watch(self, every: float = 0.25) -> None:
        """Look until `done`."""
        while not self.done.wait(every):
            self.most = max(self.most, size(self.folder))
            self.spilled = max(self.spilled, sum(size(one) for one in self.folder.glob("*/spill*")))

    def since(self) -> int:
        """The most that was spilled since this was asked last."""
        spilled, self.spilled = self.spilled, 0
        return spilled


def size(folder: Path) -> int:
    """The bytes below a folder, those of a file with several names once; files may go away meanwhile."""
    found: dict[int, int] = {}
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                stat = (Path(path) / name).stat()
            except FileNotFoundError:
                continue
            found[stat.st_ino] = stat.st_blocks * 512  # what a spilled file has reserved takes no room
    return sum(found.values())


@contextmanager
def watching(folder: Path) -> Iterator[Disk]:
    """An eye on a folder, for as long as it is used."""
    disk = Disk(folder=folder)
    thread = threading.Thread(target=disk.watch)
    thread.start()
    try:
        yield disk
    finally:
        disk.done.set()
        thread.join()
