"""Lists of package managers that are not those of a Linux distribution: pip, Homebrew, and the installer of macOS.

Forms: pip's pages on `pip list` and `pip freeze`, Homebrew's manual on `brew list --versions`, pkgutil(1).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from fullcount.model import Os, State
from fullcount.packages.printed.item import Found, Item, Kind, Lines, Lost, package, share

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENOUGH = 0.8  # of the first lines
_LEAST = 3  # lines, where a line alone is no sure sign

# -- pip -------------------------------------------------------------------------------------------------------------

_FROZEN = re.compile(r"([A-Za-z0-9][\w.-]{0,100})==([\w.!+-]{1,100})\s*")
_FROM = re.compile(r"([A-Za-z0-9][\w.-]{0,100}) @ \S+")
_EDITABLE = re.compile(r"(?:-e \S+|#.*)(?:\s.*)?")
_HEADED = re.compile(r"Package {1,100}Version(?: .*)?")
_RULED = re.compile(r"-{3,200} -{3,200}(?: [- ]*)?")
_ROW = re.compile(r"([A-Za-z0-9][\w.-]{0,100}) {1,100}([\w.!+-]{1,100})(?: {1,100}\S.*)?\s*")


def _frozen(lines: Lines) -> Iterator[Item]:
    """`pip freeze`. What was installed from a folder or an address has no version."""
    for place, line in lines:
        if found := _FROZEN.fullmatch(line):
            yield Item(place, line, Found(package(found[1], found[2])))
        elif found := _FROM.fullmatch(line.strip()):
            yield Item(place, line, Found(package(found[1], None)))
        elif line.strip() and not line.startswith("#"):
            yield Item(place, line, Lost("no line of `pip freeze`"))


def _fits_frozen(lines: list[str]) -> bool:
    rows = [line for line in lines if not _EDITABLE.fullmatch(line.strip())]
    named = sum(bool(_FROZEN.fullmatch(line) or _FROM.fullmatch(line.strip())) for line in rows)
    return len(rows) >= _LEAST and named >= _ENOUGH * len(rows) and any(map(_FROZEN.fullmatch, rows))


def _columns(lines: Lines) -> Iterator[Item]:
    """`pip list`: below a heading and a rule."""
    begun = False
    for place, line in lines:
        if _RULED.fullmatch(line.rstrip()):
            begun = True
        elif begun and (found := _ROW.fullmatch(line)):
            yield Item(place, line, Found(package(found[1], found[2])))
        elif line.strip() and not _HEADED.fullmatch(line.rstrip()):
            yield Item(place, line, Lost("no line of `pip list`"))


def _fits_columns(lines: list[str]) -> bool:
    pairs = pairwise(lines[:6])
    return any(_HEADED.fullmatch(top.rstrip()) and _RULED.fullmatch(rule.rstrip()) for top, rule in pairs)


# -- Homebrew --------------------------------------------------------------------------------------------------------

_KEG = re.compile(r"([a-z0-9][\w.+@-]{0,100})((?: [\w.,+-]{1,60}){1,20})\s*")
_OF_BREW = re.compile(r"[a-z0-9][\w.+-]*@\d[\d.]* .*|\S+(?: \S+)* \d[\w.]*_\d+(?: .*)?")  # a name with a version, or a revision


def _kegs(lines: Lines) -> Iterator[Item]:
    """`brew list --versions`: a version is kept until it is cleaned up, so that there may be several."""
    for place, line in lines:
        if found := _KEG.fullmatch(line):
            for version in found[2].split():
                yield Item(place, line, Found(package(found[1], version)))
        elif line.strip():
            yield Item(place, line, Lost("no line of `brew list --versions`"))


def _fits_kegs(lines: list[str]) -> bool:
    versions = [line.split()[1] for line in lines if len(line.split()) > 1]
    return (
        len(lines) >= _LEAST
        and share(lines, _KEG) == 1
        and any(map(_OF_BREW.fullmatch, lines))
        and sum(version[0].isdigit() for version in versions) >= _ENOUGH * len(lines)
    )


# -- the installer of macOS ------------------------------------------------------------------------------------------

_RECEIPT = re.compile(r"[A-Za-z]{2,20}(?:\.[\w -]{1,100}){2,12}")


def _receipts(lines: Lines) -> Iterator[Item]:
    """`pkgutil --pkgs`. A receipt stays when the software goes."""
    for place, line in lines:
        if _RECEIPT.fullmatch(line.strip()):
            yield Item(place, line, Found(package(line.strip(), None), State.RESIDUE))
        elif line.strip():
            yield Item(place, line, Lost("no line of `pkgutil --pkgs`"))


def _fits_receipts(lines: list[str]) -> bool:
    apple = any(line.startswith("com.apple.pkg.") for line in lines)
    return apple and len(lines) >= _LEAST and share([line.strip() for line in lines], _RECEIPT) == 1


_PYTHON = "only packages of one Python are listed"
OTHERS = (
    Kind(name="pip list", fits=_fits_columns, read=_columns, whole=False, note=_PYTHON, os_family=Os.UNKNOWN),
    Kind(
        name="pip freeze",
        fits=_fits_frozen,
        read=_frozen,
        whole=False,
        note=f"{_PYTHON}; a list of what a program requires looks the same",
        os_family=Os.UNKNOWN,
    ),
    Kind(
        name="brew list --versions",
        fits=_fits_kegs,
        read=_kegs,
        whole=False,
        note="only what Homebrew installed is listed",
        os_family=Os.UNKNOWN,
    ),
    Kind(
        name="pkgutil --pkgs",
        fits=_fits_receipts,
        read=_receipts,
        whole=False,
        note="receipts of what was once installed are listed",
        os_family=Os.MACOS,
    ),
)
