"""Docker and Podman: containers and images by name, as `inspect` or `ps` and `images` with `--format json` say them.

Neither says what software is inside. A container or image is no computer; its image's name is a mention of what may be
in it. Facts: Docker's pages on `docker inspect`, `docker container ls` and `docker image ls`, and its Engine API.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import clues_of, documents, pages, raw_of, section, text_of, texts_of
from fullcount.model import Batch, Class, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_ID = re.compile(r"(?:sha256:)?([0-9a-f]{12,64})")
_LABELS = re.compile(r'"(?:HostConfig|RepoTags|GraphDriver|HostnamePath|RepoDigests)"\s*:')
_LINE = ({"Image", "Names", "Status"}, {"Repository", "Tag", "CreatedSince"}, {"Repository", "Tag", "CreatedAt"})
_FAMILIES = {"linux": Os.LINUX, "windows": Os.WINDOWS}


def claims(peek: Peek) -> bool:
    """The fields of a container or an image, with its id."""
    if not peek.json_start:
        return False
    line = peek.json_line
    if isinstance(line, dict) and "ID" in line and any(names <= line.keys() for names in _LINE):
        return True
    return bool(re.search(r'"(?:Id|ID)"\s*:\s*"(?:sha256:)?[0-9a-f]{12,64}"', peek.text) and _LABELS.search(peek.text))


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a container or image. Place is its ordinal in the file."""
    place = 0
    for one in documents(stream):
        if isinstance(one, Reject):
            yield Batch(rejects=[one])
            continue
        for row in pages(one.value):
            place += 1
            yield _batch(row, place)


def _batch(row: Any, place: int) -> Batch:
    found = _ID.fullmatch(text_of(row, "Id", "ID") or "")
    if not found:
        return Batch(rejects=[Reject(place, raw_of(row), "neither a container nor an image: no id that can be one")])
    if "RepoTags" in row or "Repository" in row:
        return _image(row, found[1], place)
    return _container(row, found[1], place)


def _image(row: dict[str, Any], number: str, place: int) -> Batch:
    repository, tag = text_of(row, "Repository"), text_of(row, "Tag")
    tagged = repository if tag in {None, "<none>"} else f"{repository}:{tag}"
    names = texts_of(row, "RepoTags") or ([tagged] if tagged and repository != "<none>" else [])
    names = names or texts_of(row, "RepoDigests")
    record = Record(place=place, machine_class=Class.IMAGE, lists=Lists.MACHINES, traces=frozenset())
    # a short id is none that other tools have
    record.clues = clues_of(("agent_id", f"image:sha256:{number}" if len(number) == 64 else None))
    record.os_family = _FAMILIES.get((text_of(row, "Os") or "").lower(), Os.UNKNOWN)
    record.note = _note("an image", names, "")
    return _named(Batch(record=record), names)


def _container(row: dict[str, Any], number: str, place: int) -> Batch:
    config, state = section(row, "Config"), row.get("State")
    image = text_of(config, "Image") or text_of(row, "ImageName", "Image")
    name = text_of(row, "Name", "Names") or ", ".join(texts_of(row, "Names"))
    status = text_of(state, "Status") or text_of(row, "State", "Status")
    record = Record(place=place, machine_class=Class.CONTAINER, lists=Lists.MACHINES, traces=frozenset())
    record.clues = clues_of(("agent_id", f"container:{number}"))
    record.os_family = _FAMILIES.get((text_of(row, "Platform") or "").lower(), Os.UNKNOWN)
    record.note = _note("a container", [name.lstrip("/")], status or "")
    return _named(Batch(record=record), [image] if image and not _ID.fullmatch(image) else [])


def _note(what: str, names: list[str], status: str) -> str:
    said = f"{what}: {', '.join(filter(None, names))}" if any(names) else what
    return f"{said} ({status}); what is inside is not listed" if status else f"{said}; what is inside is not listed"


def _named(batch: Batch, names: list[str]) -> Batch:
    """The names of an image, as mentions: `registry/name:tag`, or with a digest."""
    for turn, name in enumerate(dict.fromkeys(names), start=1):
        bare, _, digest = name.partition("@")
        path, colon, tag = bare.rpartition(":")
        plain = bare if not colon or "/" in tag else path  # a colon before a slash is that of a port
        version = digest or (tag if plain != bare else None)
        batch.saw(Title(Trace.PACKAGE, name=plain, version=version or None), turn, State.MENTION)
    return batch


DOCKER_INSPECT = Reader(
    name="docker-inspect",
    title="containers and images by name (docker inspect, ps, images)",
    lists=Lists.MACHINES,
    blind=(
        "What is inside a container or image is not listed: give the image itself (`docker save`) or its parts list.",
        "The machine on which the containers lie is not named, and containers are counted apart from systems.",
        "The name of an image is a mention: anybody may give any name.",
    ),
    how=(
        "On each machine: `docker inspect $(docker ps -aq) > containers.json` and `docker image inspect $(docker image ls -q) "
        "> images.json`; `docker ps -a --format json` and `docker image ls --format json` are read too, and so is Podman."
    ),
    unit="container or image",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
)
