"""Pages that were made: what follows from frozen counts, and from what is in the ledger, is the same until something is done."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

MOST = 16 << 20  # bytes of pages that are kept


class Made:
    """The pages that were asked for last. Any number of threads may ask; two may make the same page, and both are right."""

    def __init__(self, most: int = MOST) -> None:
        """`most`: bytes of all pages together."""
        self.most = most
        self.pages: OrderedDict[Hashable, bytes] = OrderedDict()
        self.size = 0
        self.lock = threading.Lock()

    def page(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The page under a key, which says everything that it follows from."""
        with self.lock:
            if key in self.pages:
                self.pages.move_to_end(key)
                return self.pages[key]
        page = make()
        with self.lock:
            if key not in self.pages:
                self.size += len(page)
                self.pages[key] = page
            while self.size > self.most:
                self.size -= len(self.pages.popitem(last=False)[1])
        return page
