"""Laid: what belongs to numbers, laid beside them: found among numbers that ascend, all at hand or as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.carried import Ints


def places(among: Ints, asked: Ints) -> Ints:
    """Where each number is among others, which ascend; -1 where it is not.

    >>> places(np.array([2, 3, 7]), np.array([7, 5, 2])).tolist()
    [2, -1, 0]
    """
    if not len(among):
        return np.full(len(asked), -1, np.int64)
    near = np.minimum(np.searchsorted(among, asked), len(among) - 1)
    return np.where(among[near] == asked, near, -1)


class InOrder:
    """Rows that come in the order of their numbers, of which only those are held that may be asked for yet."""

    def __init__(self, batches: Iterator[pa.RecordBatch], number: str) -> None:
        """Of `batches`, of which `number` is a column."""
        self.batches, self.number = batches, number
        self.rows: pa.Table | None = None  # in one piece; none before the first batch
        self.numbers: Ints = np.zeros(0, np.int64)

    def places(self, asked: Ints) -> Ints:
        """Where these numbers are in `rows`, -1 where they have none. There is one at least; they ascend, and none is lower than
        any asked for before.
        """
        while not len(self.numbers) or self.numbers[-1] < asked[-1]:
            batch = next(self.batches, None)
            if batch is None:
                break
            used = int(np.searchsorted(self.numbers, asked[0]))
            more = pa.Table.from_batches([batch])
            self.rows = more if self.rows is None else pa.concat_tables([self.rows.slice(used), more]).combine_chunks()
            self.numbers = self.rows[self.number].to_numpy()
        return places(self.numbers, asked)
