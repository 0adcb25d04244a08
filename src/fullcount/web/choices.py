"""Choices: what a filter may be, with what each is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fullcount.report import Account

Choice = tuple[str, str]


def same(words: Iterable[str]) -> list[Choice]:
    """Words that are called what they are."""
    return [(str(word), str(word)) for word in words]


def components(account: Account) -> Sequence[Choice]:
    """The components of an account; one within another stands indented."""
    return [(line.component, f"{'  ' * line.depth}{line.component}") for line in account.components]


def products(account: Account) -> Sequence[Choice]:
    """The products that were found."""
    return [(line.product, line.name) for line in account.products]


def reasons(account: Account) -> Sequence[Choice]:
    """The reasons why systems stand where they do."""
    return same(dict.fromkeys(line.reason for line in account.reasons))


def tools(account: Account) -> Sequence[Choice]:
    """The tools of an account."""
    return [(line.tool, line.title) for line in account.tools]


def yes_no(account: Account) -> list[Choice]:
    """For what is so or is not."""
    del account
    return same(("yes", "no"))
