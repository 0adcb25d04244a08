"""Images of containers: a real one, and small written ones in each of the forms in which tools save them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fullcount.bundle import IMAGE, kind_of
from fullcount.container import expanded
from fullcount.errors import FullcountError, UnreadableError
from fullcount.exports import Found
from fullcount.model import Class, Lists, Os, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers import READERS
from fullcount.readers.docker_image import DOCKER_IMAGE

if TYPE_CHECKING:
    from fullcount.model import Batch, Record, Sighting

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples"
SAMPLE = SHARED / "docker_image/alpine-310.tar.gz"
APK = "P:{}\nV:1.0-r0\nA:x86_64\nm:A <a@example.com>\nF:bin\n\n"
DEB = "Package: {}\nStatus: install ok installed\nVersion: 1.0\n\n"
PART = "Package: {}\nVersion: 2.0\n"
DESC = "%NAME%\n{}\n\n%VERSION%\n1-1\n\n%INSTALLDATE%\n1500000000\n\n"
DB, STATUS = "lib/apk/db/installed", "var/lib/dpkg/status"


def tar(files: dict[str, bytes | str | None]) -> bytes:
    """A tar; `None` stands for a link, written as `NAME -> TARGET`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name.partition(" -> ")[0])
            if data is None:
                entry.type, entry.linkname = tarfile.SYMTYPE, name.partition(" -> ")[2]
                archive.addfile(entry)
            else:
                whole = data.encode() if isinstance(data, str) else data
                entry.size = len(whole)
                archive.addfile(entry, io.BytesIO(whole))
    return out.getvalue()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


CONFIG = json.dumps({"os": "linux", "rootfs": {"type": "layers"}}).encode()
ID = digest(CONFIG)


def saved(*layers: bytes, tags: tuple[str, ...] = ("a:1",)) -> dict[str, Any]:
    """As `docker save` wrote it up to version 24."""
    files: dict[str, Any] = {f"{digest(bytes([n]))}/layer.tar": layer for n, layer in enumerate(layers)}
    manifest = [{"Config": f"{ID}.json", "RepoTags": list(tags) or None, "Layers": list(files)}]
    return files | {f"{ID}.json": CONFIG, "manifest.json": json.dumps(manifest)}


def laid_out(*layers: bytes, name: str = "docker.io/library/a:1") -> dict[str, Any]:
    """An OCI layout, with an index in the index, and an attestation beside the image."""
    blobs = {f"blobs/sha256/{digest(data)}": data for data in (*layers, CONFIG)}

    def put(value: Any) -> dict[str, Any]:
        data = json.dumps(value).encode()
        blobs[f"blobs/sha256/{digest(data)}"] = data
        return {"digest": f"sha256:{digest(data)}", "annotations": {"io.containerd.image.name": name}}

    below = [{"digest": f"sha256:{digest(layer)}"} for layer in layers]
    image = put({"config": {"digest": f"sha256:{ID}"}, "layers": below})
    statement = put({"config": put({"os": "unknown"}), "layers": []})
    index = {"manifests": [put({"manifests": [image, statement]})]}
    return {"oci-layout": '{"imageLayoutVersion": "1.0.0"}', **blobs, "index.json": json.dumps(index)}


def read(tmp_path: Path, files: dict[str, Any] | bytes) -> list[Batch]:
    path = tmp_path / "image.tar"
    path.write_bytes(files if isinstance(files, bytes) else tar(files))
    assert DOCKER_IMAGE.batches
    return list(DOCKER_IMAGE.batches(Stream(path=path, encoding="utf-8")))


def records(found: list[Batch]) -> list[Record]:
    return [batch.record for batch in found if batch.record]


def seen(found: list[Batch]) -> list[Sighting]:
    return [one for batch in found for one in batch.sightings]


def names(found: list[Batch]) -> list[str | None]:
    return [one.title.name for one in seen(found)]


@pytest.mark.real
@pytest.mark.skipif(not SAMPLE.exists(), reason="no real exports beside the project")
class TestReal:
    def found(self) -> Found:
        [one] = expanded(Found(path=SAMPLE, name=SAMPLE.name, folder=""))
        assert isinstance(one, Found), "an image is one export, and is not unpacked"
        return one

    def test_is_claimed_whole_and_by_no_other(self) -> None:
        peek = Peek.at(self.found().path)
        assert [reader.name for reader in READERS if reader.claims(peek)] == ["docker-image"]

    def test_packages_tag_and_digest(self) -> None:
        assert DOCKER_IMAGE.batches
        found = list(DOCKER_IMAGE.batches(Stream(path=self.found().path, encoding="utf-8")))
        [record] = records(found)
        assert record.clues == [("agent_id", "image:sha256:af341ccd2df8b0e2d67cf8dd32e087bfda4e5756ebd1c76bbf3efa0dc246590e")]
        assert (record.machine_class, record.lists, record.os) == (Class.IMAGE, Lists.ALL_SOFTWARE, "Alpine Linux v3.10")
        assert record.note == "a container image: alpine:3.10"
        assert len(seen(found)) == 14
        assert (names(found)[0], seen(found)[0].title.version) == ("musl", "1.1.22-r3")

    def test_damage_is_never_a_traceback_and_never_passes_for_whole(self, tmp_path: Path) -> None:
        whole, dice = self.found().path.open("rb").read(), random.Random("image")
        for _ in range(6):
            at = dice.randrange(600, len(whole) - 20_000)
            try:
                found = read(tmp_path, whole[:at])
            except FullcountError as error:
                assert error.place  # noqa: PT017 - that it says where is the test
                continue
            assert records(found)[0].lists is not Lists.ALL_SOFTWARE


@pytest.mark.parametrize("form", [saved, laid_out])
def test_layers_lie_on_one_another(tmp_path: Path, form: Any) -> None:
    below = tar({DB: APK.format("old"), STATUS: DEB.format("gone"), "etc/os-release": 'PRETTY_NAME="Test 1"\n'})
    above = gzip.compress(tar({f"./{DB}": APK.format("new") + APK.format("more"), "var/lib/dpkg/.wh.status": ""}), mtime=0)
    found = read(tmp_path, form(below, above))
    [record] = records(found)
    assert names(found) == ["new", "more"]
    assert [one.place for one in seen(found)] == [1, 2]
    assert {(one.title.type, one.state) for one in seen(found)} == {(Trace.PACKAGE, State.INSTALLED)}
    assert record.clues == [("agent_id", f"image:sha256:{ID}")]
    assert (record.lists, record.os, record.os_family) == (Lists.ALL_SOFTWARE, "Test 1", Os.LINUX)
    assert "a:1" in (record.note or "")


@pytest.mark.parametrize("gone", ["lib/.wh.apk", ".wh.lib", "lib/apk/db/.wh..wh..opq", ".wh..wh..opq", "lib/apk/.wh.db"])
def test_what_a_layer_takes_away_is_gone(tmp_path: Path, gone: str) -> None:
    found = read(tmp_path, saved(tar({DB: APK.format("a")}), tar({gone: "", STATUS: DEB.format("b")})))
    assert names(found) == ["b"]


@pytest.mark.parametrize("other", ["lib/apk/db/.wh.lock", "lib/.wh.apkx", "usr/lib/.wh.apk", "lib/apk/db2/.wh..wh..opq"])
def test_what_takes_away_something_else_takes_nothing(tmp_path: Path, other: str) -> None:
    assert names(read(tmp_path, saved(tar({DB: APK.format("a")}), tar({other: ""})))) == ["a"]


def test_opaque_folder_keeps_what_its_own_layer_brings(tmp_path: Path) -> None:
    above = tar({DB: APK.format("new"), "lib/apk/db/.wh..wh..opq": ""})
    assert names(read(tmp_path, saved(tar({DB: APK.format("old")}), above))) == ["new"]


def test_several_databases_are_counted_through(tmp_path: Path) -> None:
    layer = tar(
        {
            DB: APK.format("a") + APK.format("b"),
            "var/lib/dpkg/status.d/base": PART.format("c"),
            "var/lib/dpkg/status.d/base.md5sums": "x",
            "var/lib/dpkg/status.d/tz": PART.format("d"),
            "var/lib/pacman/local/e-1-1/desc": DESC.format("e"),
            "var/lib/pacman/local/f-1-1/desc": DESC.format("f"),
        }
    )
    found = read(tmp_path, saved(layer))
    assert [(one.title.name, one.place) for one in seen(found)] == list(zip("abcdef", range(1, 7), strict=True))
    assert records(found)[0].lists is Lists.ALL_SOFTWARE


def test_each_image_is_a_record_with_all_its_tags(tmp_path: Path) -> None:
    files = saved(tar({DB: APK.format("a")}), tags=("a:1", "a:latest"))
    manifest = json.loads(files["manifest.json"])
    other = json.dumps({"os": "linux"}).encode()
    files[f"{digest(other)}.json"] = other
    manifest.append({"Config": f"{digest(other)}.json", "RepoTags": None, "Layers": manifest[0]["Layers"]})
    found = read(tmp_path, files | {"manifest.json": json.dumps(manifest)})
    notes = [record.note for record in records(found)]
    assert notes == ["a container image: a:1, a:latest", "a container image without a tag"]
    assert names(found) == ["a", "a"]


def test_a_layer_that_is_a_link_is_the_one_to_which_it_leads(tmp_path: Path) -> None:
    files = saved(tar({DB: APK.format("a")}))
    [layer] = json.loads(files["manifest.json"])[0]["Layers"]
    link = f"{'b' * 64}/layer.tar"
    manifest = json.dumps([{"Config": f"{ID}.json", "RepoTags": ["a:1"], "Layers": [link]}])
    found = read(tmp_path, files | {f"{link} -> ../{layer}": None, "manifest.json": manifest})
    assert names(found) == ["a"]
    assert not [reject for batch in found for reject in batch.rejects]


def test_missing_and_damaged_layers_make_the_list_partial(tmp_path: Path) -> None:
    good, bad = tar({DB: APK.format("a")}), b"no layer at all" * 100
    files = saved(good, bad)
    manifest = json.loads(files["manifest.json"])
    manifest[0]["Layers"].append("c" * 64 + "/layer.tar")
    found = read(tmp_path, files | {"manifest.json": json.dumps(manifest)})
    assert records(found)[0].lists is Lists.SOME_SOFTWARE
    rejects = [(reject.place, reject.reason) for batch in found for reject in batch.rejects]
    assert [place for place, _ in rejects] == [2, 3]
    assert "cut or damaged" in rejects[0][1]
    assert "not in the archive" in rejects[1][1]


def test_damaged_database_is_said(tmp_path: Path) -> None:
    layer = tar({DB: APK.format("a") + "P:x\n\n", "var/lib/rpm/rpmdb.sqlite": b"SQLite format 3\0" + b"x" * 600})
    found = read(tmp_path, saved(layer))
    [record] = records(found)
    assert names(found) == ["a"]
    assert record.lists is Lists.SOME_SOFTWARE
    assert "var/lib/rpm/rpmdb.sqlite" in (record.note or "")
    assert [reject.place for batch in found for reject in batch.rejects] == [2, 3]


def test_image_without_a_package_manager_only_exists(tmp_path: Path) -> None:
    [record] = records(read(tmp_path, saved(tar({"bin/app": "x"}))))
    assert record.lists is Lists.MACHINES
    assert "no database of a package manager" in (record.note or "")


def test_what_names_no_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no manifest names an image"):
        read(tmp_path, {f"{ID}.json": CONFIG, "manifest.json": "{"})


def test_other_tars_are_no_images(tmp_path: Path) -> None:
    for files in (
        {"manifest.json": "[]"},
        {"index.json": "{}", "a.csv": "x"},
        {"etc/hostname": "x"},
        {f"{ID}.json": "{}", "b": ""},
    ):
        assert kind_of(tar(files)) == ""  # type: ignore[arg-type]
    assert kind_of(tar(saved(tar({})))) == kind_of(tar(laid_out(tar({})))) == IMAGE
    path = tmp_path / "x.tar"
    path.write_bytes(tar({"var/lib/dpkg/status": "x"}))
    assert not DOCKER_IMAGE.claims(Peek.at(path))
