"""Lists of packages with one package a line. Forms: the manuals of dpkg, dpkg-query, rpm, pacman, snap, flatpak,
nix-store and equery; of sos, its plug-in for rpm, which pads a name and adds the date.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.model import State
from fullcount.packages.printed.item import Found, Item, Kind, Lines, Lost, Short, installed_on, package, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ENOUGH = 0.8  # of the first lines: tools write errors and headings among them
_LEAST = 3  # lines, where a line alone is no sure sign


def each(said: Callable[[str], Found | str | None]) -> Callable[[Lines], Iterator[Item]]:
    """A reader of lines that do not depend on one another. A text is why a line cannot be used, `None` passes it over."""

    def read(lines: Lines) -> Iterator[Item]:
        for place, line in lines:
            found = said(line)
            if found is not None:
                yield Item(place, line, Lost(found) if isinstance(found, str) else found)

    return read


# -- dpkg ------------------------------------------------------------------------------------------------------------

_DPKG_ARCH = "all|amd64|i386|arm64|armhf|armel|mips\\w*|ppc64el|powerpc|riscv64|s390x|loong64|hppa|ia64|sparc\\w*|alpha|x32"
_DPKG_ROW = r"[uirph]([ncHUFWti])[R ]?\s+([a-z0-9][^\s:]*)(?::\S+)?\s+(\S+)"
_DPKG = re.compile(rf"{_DPKG_ROW}(?:\s.*)?")
_DPKG_SURE = re.compile(rf"{_DPKG_ROW}\s+(?:{_DPKG_ARCH}|<none>)\s.*")
_DPKG_TOP = re.compile(r"(?:Desired=|\| Status=|\|/ |\|\|/ |\+\+\+-).*")
_DPKG_RULER = re.compile(r"\+\+\+-(=+)-(=+)-.*")
# What the second letter says: half-configured and waiting for triggers are unpacked in full.
_DPKG_STATES = {"n": State.REMOVED, "c": State.RESIDUE, "H": State.FILES, "U": State.FILES}


def _dpkg(lines: Lines) -> Iterator[Item]:
    """`dpkg -l`. For a terminal it makes the columns of names and versions equally wide, and cuts what is longer."""
    width = filled = 0
    for place, line in lines:
        if ruler := _DPKG_RULER.fullmatch(line):
            width = len(ruler[1]) if len(ruler[1]) == len(ruler[2]) else 0
        elif match := _DPKG.fullmatch(line):
            letter, name, version = match.groups()
            filled += len(line[4:].split()[0]) == width
            title = package(name, None if version == "<none>" else version)
            yield Item(place, line, Found(title, _DPKG_STATES.get(letter, State.INSTALLED)))
        elif line.strip() and not _DPKG_TOP.fullmatch(line):
            yield Item(place, line, Lost("no line of `dpkg -l`"))
    if filled:
        yield Item(0, "", Short(f"{filled} names fill their column and may be cut: pipe `dpkg -l` into a file"))


def _fits_dpkg(lines: list[str]) -> bool:
    rows = [line for line in lines if not _DPKG_TOP.fullmatch(line)]
    headed = len(rows) < len(lines) and any(line.startswith("||/ ") for line in lines)
    if headed:
        return share(rows, _DPKG) >= _ENOUGH
    return len(rows) >= _LEAST and share(rows, _DPKG_SURE) >= _ENOUGH


_SELECTION = re.compile(r"([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\t+(install|hold|deinstall|purge)\s*")


def _selection(line: str) -> Found | str:
    """What is wanted of a package. What is to be removed has at least its configuration left."""
    match = _SELECTION.fullmatch(line)
    if not match:
        return "no line of `dpkg --get-selections`"
    wanted = State.INSTALLED if match[2] in {"install", "hold"} else State.RESIDUE
    return Found(package(match[1], None), wanted)


_QUERY = re.compile(rf"([a-z0-9][a-z0-9+.-]*)\t({_DPKG_ARCH})\t(\S+)\t\d*\t([\w/-]*)(?:\t\w+ \w+ ([\w-]+))?\s*")
_QUERY_STATES = {
    "config-files": State.RESIDUE,
    "not-installed": State.REMOVED,
    "unpacked": State.FILES,
    "half-installed": State.FILES,
}


def _query(line: str) -> Found | str:
    match = _QUERY.fullmatch(line)
    if not match:
        return "no line of `dpkg-query` with package, architecture, version, size and section"
    return Found(package(match[1], match[3]), _QUERY_STATES.get(match[5] or "", State.INSTALLED))


# -- rpm -------------------------------------------------------------------------------------------------------------

_RPM_ARCH = r"(?:noarch|i[3-6]86|x86_64|amd64|ia64|ppc(?:64(?:le)?)?|s390x?|armv\dh?n?l|aarch64|riscv64)"
_RPM_PARTS = r"([^\s|]{1,255})-([^\s|-]{1,255})-([^\s|-]{1,255}?)"
# sos pads names, and puts a date behind them also where they are too long for that
_RPM = re.compile(rf"{_RPM_PARTS}(?:(?:\.{_RPM_ARCH}|\.\(none\))(?:\s+(\S.*))?|\s{{2,}}(\S.*))?\s*")
_RPM_SURE = re.compile(rf"(?:{_RPM_PARTS}(?:\.{_RPM_ARCH}|\.el\d[\w.]*)(?:\s+\S.*)?|gpg-pubkey-[0-9a-f]{{8}}-[0-9a-f]{{8}}.*)\s*")
PUBLIC_KEY = "gpg-pubkey"  # a key that rpm trusts is listed as if it were a package


def rpm_version(epoch: str | None, version: str, release: str) -> str:
    """A version as rpm orders it: an epoch of 0 is none."""
    full = f"{version}-{release}"
    return f"{epoch}:{full}" if epoch and epoch.isdecimal() and epoch.strip("0") else full


def _rpm(line: str) -> Found | str:
    match = _RPM.fullmatch(line)
    if not match:
        return "no line of `rpm -qa`"
    name, version, release, *dates = match.groups()
    state = State.MENTION if name == PUBLIC_KEY else State.INSTALLED
    return Found(package(name, f"{version}-{release}"), state, installed_on(dates[0] or dates[1]))


# -- others ----------------------------------------------------------------------------------------------------------

_PACMAN = re.compile(r"([a-z0-9@_+][a-z0-9@._+-]*) ((?:\d+:)?[^\s:-]+-\d+(?:\.\d+)?)\s*")


def _pacman(line: str) -> Found | str:
    match = _PACMAN.fullmatch(line)
    return Found(package(match[1], match[2])) if match else "no line of `pacman -Q`"


_SNAP_TOP = re.compile(r"Name\s+Version\s+Rev\s+(?:Tracking\s+)?(?:Publisher|Developer)\s+Notes\s*")


def _snap(lines: Lines) -> Iterator[Item]:
    """`snap list`: its columns hold no spaces. Marks of a verified publisher are no part of its name."""
    columns: list[str] = []
    for place, line in lines:
        cells = line.split()
        if _SNAP_TOP.fullmatch(line):
            columns = cells
        elif cells and len(cells) == len(columns):
            row = dict(zip(columns, cells, strict=True))
            publisher = (row.get("Publisher") or row.get("Developer") or "").rstrip("*✓✪").strip("-")
            state = State.FILES if "disabled" in row["Notes"].split(",") else State.INSTALLED
            yield Item(place, line, Found(package(row["Name"], row["Version"].strip("-"), publisher=publisher), state))
        elif cells:
            yield Item(place, line, Lost("no line of `snap list`"))


_FLATPAK_ID = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_0-9][\w-]*){2,}", re.ASCII)
_FLATPAK = re.compile(rf"(?:[^\t]*\t)?{_FLATPAK_ID.pattern}\t(?:[^\t]*\t){{1,2}}(?:system|user)(?:\t.*)?")


def _flatpak(line: str) -> Found | str:
    """`flatpak list` into a pipe (name, id, version, branch, installation), or with the columns that agents ask for
    (id, branch, installation, name).
    """
    cells = [cell.strip() for cell in line.split("\t")]
    if not _FLATPAK.fullmatch(line):
        return "no line of `flatpak list`"
    if _FLATPAK_ID.fullmatch(cells[0]) and cells[2] in {"system", "user"}:
        return Found(package((cells[3:] or [""])[0] or cells[0], None, package=cells[0]))
    return Found(package(cells[0] or cells[1], cells[2] if len(cells) > 4 else None, package=cells[1]))


_NIX = re.compile(r"/nix/store/[0-9a-z]{32}-([^\s/]+)/?\s*")
_NIX_VERSION = re.compile(r"(.+?)-(?![A-Za-z])(.+)")


def _nix(line: str) -> Found | str:
    """A path of the store. What ends in `.drv` is how something would be built. The version begins, as Nix says, after
    the first dash that no letter follows.
    """
    match = _NIX.fullmatch(line)
    if not match:
        return "no path of the Nix store"
    state = State.MENTION if match[1].endswith(".drv") else State.FILES
    parted = _NIX_VERSION.fullmatch(match[1].removesuffix(".drv"))
    return Found(package(parted[1], parted[2]) if parted else package(match[1].removesuffix(".drv"), None), state)


_EQUERY = re.compile(
    r"(?:\[(I|-)[P-][O-]\] \[..\] )?((?:[a-z0-9]+-[a-z0-9]+|virtual)/[\w+-]{1,200}?)-(\d[\w.+-]{0,99}?(?:-r\d+)?)(?::\S+)?\s*",
    re.ASCII,
)
_EQUERY_TOP = re.compile(r" \* .*")


def _equery(line: str) -> Found | str | None:
    """`equery list`: the first mark says whether it is installed; without marks all are."""
    match = _EQUERY.fullmatch(line)
    if not match:
        return None if _EQUERY_TOP.fullmatch(line) else "no line of `equery list`"
    return Found(
        package(match[2].partition("/")[2], match[3], package=match[2]), State.MENTION if match[1] == "-" else State.INSTALLED
    )


def _sure(pattern: re.Pattern[str], *, least: int = 1, enough: float = _ENOUGH) -> Callable[[list[str]], bool]:
    return lambda lines: len(lines) >= least and share(lines, pattern) >= enough


LISTS = (
    Kind(name="dpkg -l", fits=_fits_dpkg, read=_dpkg),
    Kind(
        name="dpkg --get-selections",
        fits=_sure(_SELECTION, least=_LEAST),
        read=each(_selection),
        note="says what is wanted of a package, which may not have been done yet",
    ),
    Kind(name="dpkg-query", fits=_sure(_QUERY), read=each(_query)),
    Kind(name="rpm -qa", fits=_sure(_RPM_SURE, least=_LEAST), read=each(_rpm)),
    Kind(name="pacman -Q", fits=_sure(_PACMAN, least=_LEAST, enough=1), read=each(_pacman)),
    # of these two the system has another package manager beside: their silence says nothing of its packages
    Kind(
        name="snap list",
        fits=lambda lines: bool(_SNAP_TOP.fullmatch(lines[0])),
        read=_snap,
        whole=False,
        note="only snaps are listed",
    ),
    Kind(name="flatpak list", fits=_sure(_FLATPAK), read=each(_flatpak), whole=False, note="only flatpaks are listed"),
    Kind(
        name="nix-store",
        fits=_sure(_NIX),
        read=each(_nix),
        whole=False,
        note="paths of a store, in which is also what other packages were built with",
    ),
    Kind(name="equery list", fits=_sure(_EQUERY, least=_LEAST), read=each(_equery)),
)
