"""The contract of a screen: one page of the dashboard, what it shows and what can be done on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fullcount.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fullcount.web.asked import Asked
    from fullcount.web.export import Exported


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """Where a browser is sent after something was done, and what it is told there."""

    path: str
    told: str = ""


class FormError(UsageError):
    """A field of a form is not filled in as it must be; `field` is its name, which its message stands beside."""

    def __init__(self, field: str, message: str, *, hint: str = "") -> None:
        """Say which field it is, what is wrong with it, and what to write."""
        super().__init__(message, hint=hint)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file that is made when it is asked for: its path below count and directive (which may have a `{part}` and a `{form}`)
    and the function that makes it, in a thread. It raises `FullcountError`.
    """

    path: str
    made: Callable[[Asked], Exported]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A page: its path below count and directive (which may have a `{part}` at its end), its title, the template that fills it
    and the function that says what is in it. `act` does what a form of the page asks for. Both raise `FullcountError`.
    `downloads`: the files that go with it.

    Where `act` raises, the page is shown again: `asked.values` is then what was typed, and `wrong` is the error. A name that
    a form says several times has its values one a line.
    """

    path: str
    title: str
    template: str
    view: Callable[[Asked], Mapping[str, Any]]
    act: Callable[[Asked, Mapping[str, str]], Went] | None = None
    in_menu: bool = True
    is_frozen: bool = False  # shows what follows from counts and decisions alone: made once, until something is done
    is_slow: bool = False  # may take seconds: others do not wait for it
    downloads: tuple[Download, ...] = ()
