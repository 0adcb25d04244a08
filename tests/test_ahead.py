"""Ahead: items come as they are made, one before it is asked for, and a fault is raised where it belongs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from fullcount.ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_the_next_one_is_made_while_the_one_before_is_used():
    made = [threading.Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    taken = []
    for number in ahead(items()):
        if number < 2:
            assert made[number + 1].wait(60), "made before it is asked for"
        taken.append(number)
    assert taken == [0, 1, 2]


def test_what_making_one_raises_comes_after_those_before_it():
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    coming = ahead(items())
    assert next(coming) == 1
    with pytest.raises(ValueError, match="broken"):
        next(coming)


def test_who_stops_early_leaves_nothing_running():
    before = threading.active_count()
    coming = ahead(iter(range(100)))
    assert next(coming) == 0
    coming.close()
    assert threading.active_count() == before
