"""Readers of others: an installed package adds its own through the entry point `fullcount.readers`."""

from __future__ import annotations

from importlib.metadata import entry_points

from fullcount.errors import FullcountError
from fullcount.reader import Reader


def installed(group: str) -> tuple[Reader, ...]:
    """The readers that installed packages add, by name. Raises `FullcountError` where one is no reader."""
    found = []
    for point in sorted(entry_points(group=group), key=lambda point: point.name):
        made = point.load()
        if not isinstance(made, Reader):
            hint = "uninstall the package, or ask its author"
            raise FullcountError(f"the plug-in {point.name} is no reader", place=point.value, hint=hint)
        found.append(made)
    return tuple(found)
