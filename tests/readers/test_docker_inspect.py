"""Containers and images by name: a real answer of `docker inspect`, and small written ones of all forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fullcount.model import Batch, Class, Lists, Os, State
from fullcount.reader import Peek, Stream
from fullcount.readers import READERS
from fullcount.readers.docker_inspect import DOCKER_INSPECT

SAMPLE = Path(__file__).resolve().parents[2] / "../shared/samples/docker_inspect/docker_inspect.json"
ID = "ab" * 32


def read(tmp_path: Path, text: str) -> list[Batch]:
    path = tmp_path / "inspect.json"
    path.write_text(text, encoding="utf-8")
    assert DOCKER_INSPECT.claims(Peek.at(path))
    assert DOCKER_INSPECT.batches
    return list(DOCKER_INSPECT.batches(Stream(path=path, encoding="utf-8")))


def named(batch: Batch) -> list[tuple[str | None, str | None]]:
    assert {one.state for one in batch.sightings} <= {State.MENTION}
    return [(one.title.name, one.title.version) for one in batch.sightings]


@pytest.mark.real
@pytest.mark.skipif(not SAMPLE.exists(), reason="no real exports beside the project")
def test_real_containers(tmp_path: Path) -> None:
    assert [reader.name for reader in READERS if reader.claims(Peek.at(SAMPLE))] == ["docker-inspect"]
    found = read(tmp_path, SAMPLE.read_text("utf-8"))
    assert len(found) == 13
    assert {(batch.record.machine_class, batch.record.lists) for batch in found if batch.record} == {
        (Class.CONTAINER, Lists.MACHINES)
    }
    assert named(found[4]) == [("mariadb", "5.5")]
    assert not named(found[7]), "an image that is named by its id has no name"
    assert found[0].record
    assert found[0].record.note == "a container: suspicious_dubinsky (exited); what is inside is not listed"


def test_images(tmp_path: Path) -> None:
    tags = ["kaspersky/kesl:12", "reg.example:5000/a", f"b@sha256:{ID}"]
    image = {"Id": f"sha256:{ID}", "RepoTags": tags, "RepoDigests": [], "Os": "linux", "GraphDriver": {}}
    [one, other] = read(tmp_path, json.dumps([image, image | {"RepoTags": None, "RepoDigests": [tags[2]], "Os": "windows"}]))
    assert one.record
    assert other.record
    assert (one.record.machine_class, one.record.os_family, other.record.os_family) == (Class.IMAGE, Os.LINUX, Os.WINDOWS)
    assert one.record.clues == [("agent_id", f"image:sha256:{ID}")], "the clue that parts lists of the image have too"
    assert named(one) == [("kaspersky/kesl", "12"), ("reg.example:5000/a", None), ("b", f"sha256:{ID}")]
    assert named(other) == [("b", f"sha256:{ID}")]


def test_lines_of_ps_and_images(tmp_path: Path) -> None:
    ps = {"ID": ID[:12], "Image": "nginx:1", "Names": "web", "State": "running", "Status": "Up 2 hours", "Command": "x"}
    [one] = read(tmp_path, json.dumps(ps) + "\n")
    assert one.record
    assert (one.record.machine_class, one.record.note) == (
        Class.CONTAINER,
        "a container: web (running); what is inside is not listed",
    )
    assert named(one) == [("nginx", "1")]
    row = {"ID": ID[:12], "Repository": "nginx", "Tag": "1", "CreatedSince": "2 days ago", "CreatedAt": "x"}
    lines = [row, row | {"Repository": "<none>", "Tag": "<none>"}]
    [first, second] = read(tmp_path, "".join(json.dumps(line) + "\n" for line in lines))
    assert (named(first), named(second)) == ([("nginx", "1")], [])
    assert first.record
    assert (first.record.machine_class, first.record.clues) == (Class.IMAGE, [])


def test_rows_without_an_id_are_rejects(tmp_path: Path) -> None:
    found = read(tmp_path, json.dumps([{"Id": ID, "HostConfig": {}}, {"Id": "x"}, 7]))
    assert [batch.rejects[0].place for batch in found[1:]] == [2, 3]
    assert found[0].record


def test_other_json_is_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"Id": "7", "Name": "x", "State": {}}]), encoding="utf-8")
    assert not DOCKER_INSPECT.claims(Peek.at(path))
