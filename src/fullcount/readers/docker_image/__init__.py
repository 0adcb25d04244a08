"""Images of containers: what `docker save`, `podman save` and their kin write, and OCI layouts as a tar.

`manifest.json` names each image's configuration, tags and layers, the lowest layer first; in an OCI layout `index.json`
leads to manifests, which name them by digest. The packages are those of the databases that are left with all layers on
one another. Facts: the OCI image specification, and Docker's "Image Specification v1.2".
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount.bundle import IMAGE, kind_of
from fullcount.container import Member, inside
from fullcount.document import raw_of, rows_of, section, text_of, texts_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Lists, Os, Record, Trace
from fullcount.packages import apk, dpkg, pacman, rpm
from fullcount.packages.part import parts
from fullcount.reader import Basis, Peek, Reader, Stream, encoding_of
from fullcount.readers.docker_image.layers import (
    APK,
    DPKG,
    DPKG_PARTS,
    MOST_HELD,
    PACMAN,
    RPM,
    SYSTEM,
    File,
    Layer,
    layer_of,
    merged,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOST_ARCHIVE = 64 << 30
_MOST_TEXT = 4 << 20  # bytes of a manifest or configuration
_MOST_TEXTS = 2000  # of an archive
_MOST_DEEP = 4  # indexes in one another
_AGAIN = "save the image again: docker save IMAGE -o IMAGE.tar"
_HEX = re.compile(r"[0-9a-f]{64}")
_PART = "a part of the package list of an image"  # what is said of one file of `status.d`; here all are together
_READ: dict[str, Callable[[Stream], Iterator[Batch]]] = {
    APK: apk.batches,
    DPKG: dpkg.batches,
    DPKG_PARTS: dpkg.batches,
    RPM: rpm.batches,
    PACMAN: pacman.batches,
}


@dataclass(slots=True)
class _Archive:
    """What lies in the tar: JSON texts and layers by name, and links to them."""

    texts: dict[str, Any] = field(default_factory=dict)
    layers: dict[str, Layer] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    problem: str = ""


class _Image(NamedTuple):
    """An image as its manifest has it. `digest` is that of its configuration."""

    digest: str
    tags: list[str]
    layers: list[str]
    config: dict[str, Any]


def claims(peek: Peek) -> bool:
    """A tar of what `docker save` writes."""
    return kind_of(peek.head) == IMAGE


def batches(stream: Stream) -> Iterator[Batch]:
    """One record an image. Place is the ordinal of the package, databases counted through; of a layer that cannot be
    read, its ordinal. Raises `UnreadableError` where no image is named.
    """
    archive = _archive(stream)
    images = list(_saved(archive)) or list(_laid_out(archive))
    if not images:
        reason = archive.problem or "no manifest names an image"
        raise UnreadableError(reason, place=str(stream.path), hint=_AGAIN)
    for place, image in enumerate(images, start=1):
        yield from _batches(image, archive, place)


def _archive(stream: Stream) -> _Archive:
    archive, left = _Archive(), MOST_HELD
    with stream.binary() as raw, io.BufferedReader(raw) as file:  # type: ignore[type-var]
        try:
            for entry, member in inside(file, str(stream.path), most=_MOST_ARCHIVE):
                name = entry.name.removeprefix("./").rstrip("/")
                if member is None:
                    if (entry.issym() or entry.islnk()) and len(archive.links) < _MOST_TEXTS:
                        archive.links[name] = _target(name, entry.linkname, symbolic=entry.issym())
                    continue
                start = member.peek(512)[:512].lstrip()  # type: ignore[attr-defined]
                if start[:1] in {b"{", b"["}:
                    if entry.size <= _MOST_TEXT and len(archive.texts) < _MOST_TEXTS:
                        archive.texts[name] = _json(member.read())
                elif _HEX.search(name):
                    archive.layers[name] = layer_of(member, f"{stream.path}/{name}", left)
                    left -= archive.layers[name].held
        except UnreadableError as error:
            archive.problem = error.message
    return archive


def _target(name: str, link: str, *, symbolic: bool) -> str:
    """Where a link leads, inside the archive."""
    parts = name.split("/")[:-1] if symbolic else []
    for part in link.split("/"):
        parts = parts[:-1] if part == ".." else parts if part in {"", "."} else [*parts, part]
    return "/".join(parts)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _saved(archive: _Archive) -> Iterator[_Image]:
    """The images of `manifest.json`."""
    manifest = archive.texts.get("manifest.json")
    for row in manifest if isinstance(manifest, list) else []:
        config = text_of(row, "Config")
        digest = _HEX.search(config or "")
        if config and digest:
            about = archive.texts.get(config)
            yield _Image(digest[0], texts_of(row, "RepoTags"), texts_of(row, "Layers"), about if isinstance(about, dict) else {})


def _laid_out(archive: _Archive) -> Iterator[_Image]:
    """The images to which `index.json` leads; indexes may lie in one another."""
    waiting = [(row, _MOST_DEEP) for row in rows_of(archive.texts.get("index.json"), "manifests")]
    seen = set[str]()
    while waiting:
        row, depth = waiting.pop(0)
        name = _blob(text_of(row, "digest"))
        found = archive.texts.get(name)
        if not isinstance(found, dict) or name in seen:
            continue
        seen.add(name)
        if depth:
            waiting += [(one, depth - 1) for one in rows_of(found, "manifests")]
        config = text_of(section(found, "config"), "digest")
        about = archive.texts.get(_blob(config))
        digest = _HEX.search(config or "")
        if digest and isinstance(about, dict) and "rootfs" in about:  # else an attestation, or a chart
            notes = section(row, "annotations")
            tag = text_of(notes, "io.containerd.image.name", "org.opencontainers.image.ref.name")
            layers = [_blob(text_of(layer, "digest")) for layer in rows_of(found, "layers")]
            yield _Image(digest[0], [tag] if tag else [], layers, about)


def _blob(digest: str | None) -> str:
    return f"blobs/{digest.replace(':', '/', 1)}" if digest else ""


# -- one image -------------------------------------------------------------------------------------------------------


def _batches(image: _Image, archive: _Archive, place: int) -> Iterator[Batch]:
    key, notes = f"image {place}", list[str]()
    layers, rejects = _layers(image, archive)
    files = merged(layers)
    seen, lost, start, found = False, bool(rejects.rejects), 0, False
    if rejects.rejects:
        rejects.key = key
        yield rejects
    for kind, path, data in _databases(files):
        found, last = True, start
        try:
            for batch, said, last in parts(_READ[kind](_stream(path, data)), key=key, start=start):  # noqa: B007
                seen = seen or bool(batch.sightings)
                yield batch
                if said and (note := (said.note or "").replace(_PART, "").strip("; ")):
                    notes.append(f"{path}: {note}")
        except UnreadableError as error:
            last += 1
            notes.append(f"{path}: {error.message}")
            yield _lost(key, last, error.message)
        start = last
    notes += ["a layer could not be read"] if lost else []
    notes += [] if found else ["no database of a package manager was found in it"]
    yield Batch(key=key, record=_record(image, files, place, notes, seen=seen))


def _lost(key: str, place: int, reason: str) -> Batch:
    batch = Batch(key=key)
    batch.reject(place, b"", reason)
    return batch


def _layers(image: _Image, archive: _Archive) -> tuple[list[Layer], Batch]:
    """The layers of an image that are there, and rejects for what is missing or damaged."""
    layers, rejects = list[Layer](), Batch()
    for turn, name in enumerate(image.layers, start=1):
        layer = archive.layers.get(name) or archive.layers.get(archive.links.get(name, ""))
        reason = "the layer is not in the archive" if layer is None else layer.problem
        if layer is not None:
            layers.append(layer)
        if reason:
            rejects.reject(turn, name, f"{reason}{f'; {archive.problem}' if archive.problem else ''}")
    if not image.layers:
        rejects.reject(1, raw_of(image.config), "the manifest names no layers")
    return layers, rejects


def _databases(files: dict[str, File]) -> Iterator[tuple[str, str, bytes]]:
    """The databases, each as one: that of pacman lies in a file a package, and so may that of dpkg."""
    for path, (kind, data) in files.items():
        if kind in {APK, DPKG, RPM}:
            yield kind, path, data
    for kind, path in ((DPKG_PARTS, "var/lib/dpkg/status.d/all"), (PACMAN, "var/lib/pacman/local/all")):
        parts = [file.data.rstrip(b"\n") + b"\n" for file in files.values() if file.kind == kind]
        if parts:
            yield kind, path, b"\n".join(parts)


def _stream(path: str, data: bytes) -> Stream:
    member = Member(path, lambda: io.BytesIO(data), size=len(data), modified=0)
    return Stream(path=member, encoding=encoding_of(data[:65_536], whole=len(data) <= 65_536))


def _record(image: _Image, files: dict[str, File], place: int, notes: list[str], *, seen: bool) -> Record:
    """What is known of an image. Its list is complete only where every database and layer could be read."""
    whole = seen and not notes
    system = text_of(image.config, "os") or ""
    named = f"a container image: {', '.join(image.tags)}" if image.tags else "a container image without a tag"
    return Record(
        place=place,
        clues=[("agent_id", f"image:sha256:{image.digest}")],
        machine_class=Class.IMAGE,
        lists=Lists.ALL_SOFTWARE if whole else Lists.SOME_SOFTWARE if seen else Lists.MACHINES,
        traces=frozenset({Trace.PACKAGE}) if whole else frozenset(),
        os=_system(files),
        os_family=Os.WINDOWS if system == "windows" else Os.LINUX if system == "linux" or seen else Os.UNKNOWN,
        note="; ".join([named, *notes]),
    )


def _system(files: dict[str, File]) -> str | None:
    """The name of the distribution, from `os-release`."""
    for kind, data in files.values():
        if kind == SYSTEM:
            for line in data[:65_536].decode("utf-8", "replace").splitlines():
                if line.startswith("PRETTY_NAME=") and (name := line.partition("=")[2].strip().strip("\"'")):
                    return name
    return None


DOCKER_IMAGE = Reader(
    name="docker-image",
    title="container image (docker save, OCI layout)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "Only packages of apk, dpkg, rpm and pacman are listed: no software that was unpacked, built or copied into the image.",
        "An image is counted apart from systems; on which machines it runs is not in it.",
        "What a container writes while it runs is not in its image.",
        "Where an image has no package manager at all, only that it exists is known.",
    ),
    how=(
        "`docker save NAME:TAG -o IMAGE.tar`, or `podman save NAME:TAG -o IMAGE.tar`, or `skopeo copy docker://NAME:TAG "
        "oci-archive:IMAGE.tar`. It may be compressed, and hold several images."
    ),
    unit="package",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
)
