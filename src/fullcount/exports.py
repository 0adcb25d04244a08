"""Exports: which files were given, and what their names say."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import IO, TYPE_CHECKING

from fullcount import when
from fullcount.clue import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fullcount.model import File

# What people append to a machine's name when they save its export, and names that are no machine's.
_SUFFIXES = (
    "installedsoftware",
    "installed-software",
    "installed_software",
    "installedprograms",
    "installed-programs",
    "installed_programs",
    "softwareinventory",
    "software-inventory",
    "software_inventory",
    "swinventory",
    "uninstall",
    "inventory",
    "software",
    "programs",
    "packages",
    "apps",
)
_CHUNK = 1 << 20
_SIDE = 512  # bytes of a side file, at most
_NO_NAMES = {
    *_SUFFIXES,
    "export",
    "list",
    "report",
    "output",
    "data",
    "results",
    "result",
    "computers",
    "hosts",
    "machines",
    "assets",
    "all",
    "bom",
    "sbom",
    "syft",
    "trivy",
    "spdx",
    "cyclonedx",
    "status",
    "installed",
    "dpkg",
    "rpm",
    "snaps",
    "info",
    "installhistory",
    "install_receipt",
    "dmidecode",
    "popularity-contest",
    "ntuser",
    "usrclass",
    "amcache",
    "system",
    "security",
    "sam",
}

_NO_FILE, _NOT_READ = "no regular file", "pipes, devices and dead links are not read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that was given: where it is, how it is called in the account, and the folder below the given path."""

    path: File
    name: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Something that was given and is no file that can be read."""

    name: str
    reason: str
    hint: str


def find(paths: Sequence[Path], *, leave_out: Sequence[Path] = ()) -> Iterator[Found | Lost]:
    """The files at or below the paths, in the order of their names. Hidden files and folders are passed over, and
    so is the workspace itself; a folder that leads back to itself is said to do so.
    """
    left_out = {path.resolve() for path in leave_out}
    for path in paths:
        if path.is_dir():
            yield from _walk(path, path, left_out, frozenset({path.resolve()}))
        elif path.is_file():
            yield Found(path=path, name=_written(path.name), folder="")
        elif path.exists():
            yield Lost(name=_written(str(path)), reason=_NO_FILE, hint=_NOT_READ)
        else:
            yield Lost(name=_written(str(path)), reason="there is no such file", hint="check the path")


def _walk(top: Path, folder: Path, left_out: set[Path], above: frozenset[Path]) -> Iterator[Found | Lost]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Lost(name=_written(str(folder)), reason=f"cannot be opened: {error.strerror}", hint="check its permissions")
        return
    for entry in entries:
        if entry.name.startswith(".") or is_side_file(entry.name):
            continue
        path = Path(entry.path)
        name = _written(path.relative_to(top).as_posix())
        try:
            real, is_folder, is_file = path.resolve(), entry.is_dir(), entry.is_file()
        except (OSError, RuntimeError):  # links that lead to one another; older Pythons call it a RuntimeError
            yield Lost(name=name, reason=_NO_FILE, hint=_NOT_READ)
            continue
        if real in left_out:
            continue
        if is_folder:
            if real in above:
                yield Lost(name=name, reason="a folder that leads back to itself", hint="it was not followed")
            else:
                yield from _walk(top, path, left_out, above | {real})
        elif is_file:
            yield Found(path=path, name=name, folder=_written(path.parent.relative_to(top).as_posix()).removeprefix("."))
        else:
            yield Lost(name=name, reason=_NO_FILE, hint=_NOT_READ)


def _written(name: str) -> str:
    """A name as it can be stored: bytes in it that are no text are written out."""
    return name.encode("utf-8", "backslashreplace").decode()


def is_side_file(name: str) -> bool:
    """Whether a file says which machine its neighbours are about, and nothing else: `FILE.host`, or `hostname`."""
    return name == "hostname" or name.endswith(".host")


def host_beside(path: File) -> str:
    """The machine's name in a side file: `FILE.host` for that file, `hostname` for all files of its folder. Only names."""
    if not isinstance(path, Path):
        return ""
    for side in (path.with_name(f"{path.name}.host"), path.with_name("hostname")):
        if side.is_file() and side.stat().st_size <= _SIDE:
            text = side.read_text("utf-8", "replace").strip()
            return text if name_key(text) and "\n" not in text else ""
    return ""


def digest_of(stream: IO[bytes]) -> str:
    """The SHA-256 of the bytes that are left. Raises `OSError`."""
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def matches(name: str, pattern: str) -> bool:
    """Whether a file, by its name or by its path as given, is meant by a pattern of the settings."""
    return fnmatch(name, pattern) or fnmatch(name.rsplit("/", 1)[-1], pattern)


def host_in_name(stem: str) -> str:
    """The machine's name in a file's name, less the format's suffix; empty where what is left is no name.

    >>> host_in_name("PC-0042_InstalledSoftware"), host_in_name("installed_software"), host_in_name("PC-7 2017-10-01")
    ('PC-0042', '', 'PC-7')
    """
    rest = when.without_date(stem).strip(" _-.")
    folded = rest.lower()
    if folded in _NO_NAMES or folded.isdigit():
        return ""
    for suffix in _SUFFIXES:
        if folded.endswith(suffix) and folded != suffix and not folded[: -len(suffix)][-1].isalnum():
            rest = rest[: -len(suffix)].rstrip(" _-.")
            break
    good = rest and len(rest) <= 63 and all(char.isalnum() or char in "-_." for char in rest)
    return rest if good and rest.lower() not in _NO_NAMES else ""
