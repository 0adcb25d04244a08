"""The layers of an image: what of package managers lies in each, and what is left of it with all layers on one another.

A layer is a tar. A file `.wh.NAME` in it takes NAME away that a layer below has, `.wh..wh..opq` all that layers below have
in its folder. Facts: the OCI image specification, "Image Layer Filesystem Changeset".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, NamedTuple

from fullcount.container import inside
from fullcount.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_LAYER = 64 << 30  # bytes that a layer may grow to
_MOST_FILE = 256 << 20  # of a database; real ones have up to 200 MB
MOST_HELD = 1 << 30  # of all databases of an archive
_GONE, _OPAQUE = ".wh.", ".wh..wh..opq"

APK, DPKG, DPKG_PARTS, RPM, PACMAN, SYSTEM = "apk", "dpkg", "dpkg parts", "rpm", "pacman", "system"
_KINDS = (
    (APK, re.compile(r"(?:usr/)?lib/apk/db/installed")),
    (DPKG, re.compile(r"(?:var/lib/dpkg/status|(?:usr|var)/lib/opkg/status)")),
    (DPKG_PARTS, re.compile(r"var/lib/dpkg/status\.d/[^/]+(?<!\.md5sums)")),
    (RPM, re.compile(r"(?:var/lib|usr/lib/sysimage|usr/share)/rpm/(?:Packages|Packages\.db|rpmdb\.sqlite)")),
    (PACMAN, re.compile(r"var/lib/pacman/local/[^/]+/desc")),
    (SYSTEM, re.compile(r"(?:etc|usr/lib)/os-release")),
)
_FOLDERS = ("lib/apk/db", "usr/lib/apk/db", "var/lib/dpkg", "usr/lib/opkg", "var/lib/opkg", "var/lib/rpm")
_MORE = ("usr/lib/sysimage/rpm", "usr/share/rpm", "var/lib/pacman", "etc", "usr/lib")


class File(NamedTuple):
    """A file of a package manager."""

    kind: str
    data: bytes


@dataclass(slots=True)
class Layer:
    """What of package managers a layer brings and takes away. `problem`: why it may have brought more."""

    files: dict[str, File] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    cleared: set[str] = field(default_factory=set)
    problem: str = ""
    held: int = 0


def layer_of(file: IO[bytes], label: str, left: int) -> Layer:
    """What is in one layer; `left` is how many bytes may still be held. A damaged layer gives what stands before the damage."""
    layer = Layer()
    try:
        for entry, stream in inside(file, label, most=_MOST_LAYER):
            path = entry.name.removeprefix("./").strip("/")
            folder, _, name = path.rpartition("/")
            if name == _OPAQUE:
                layer.cleared |= {folder} if _concerns(folder) else set()
            elif name.startswith(_GONE):
                gone = f"{folder}/{name[len(_GONE) :]}".lstrip("/")
                layer.gone |= {gone} if _concerns(gone) else set()
            elif stream is not None and (kind := _kind_of(path)):
                _hold(layer, stream, path=path, kind=kind, left=left)
    except UnreadableError as error:
        layer.problem = error.message
    return layer


def _hold(layer: Layer, stream: IO[bytes], *, path: str, kind: str, left: int) -> None:
    data = stream.read(_MOST_FILE + 1)
    if len(data) > _MOST_FILE or layer.held + len(data) > left:
        layer.problem = f"{path} is too large to be held"
        return
    layer.held += len(data)
    layer.files[path] = File(kind, data)


def _kind_of(path: str) -> str:
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(path)), "")


def _concerns(path: str) -> bool:
    """Whether a path, taken away, takes away a file of a package manager: it is one, or a folder above one, or in one."""
    folders = (*_FOLDERS, *_MORE)
    return (
        not path or bool(_kind_of(path)) or any(f"{one}/".startswith(f"{path}/") or path.startswith(f"{one}/") for one in folders)
    )


def merged(layers: Iterable[Layer]) -> dict[str, File]:
    """The files that are left with the layers on one another, the lowest first; by path, in the order of paths."""
    files: dict[str, File] = {}
    for layer in layers:
        files = {path: file for path, file in files.items() if not _taken(path, layer)} | layer.files
    return dict(sorted(files.items()))


def _taken(path: str, layer: Layer) -> bool:
    """Whether a layer takes away a file of the layers below."""
    parts = path.split("/")
    above = ["/".join(parts[:end]) for end in range(len(parts))]
    return path in layer.gone or not layer.gone.isdisjoint(above[1:]) or not layer.cleared.isdisjoint(above)
