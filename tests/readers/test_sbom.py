"""CycloneDX, SPDX, Syft and Trivy: real documents against their independent counts, and small written ones."""

from __future__ import annotations

import csv
import json
import random
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fullcount.errors import FullcountError, UnreadableError
from fullcount.model import Batch, Class, Lists, Os, Record, State, Trace
from fullcount.reader import Peek, Reader, Stream
from fullcount.readers.sbom import CYCLONEDX, SPDX, SYFT, TRIVY

SHARED = Path(__file__).resolve().parents[2] / "../shared"
SAMPLES = SHARED / "samples"
READERS = {"cyclonedx": CYCLONEDX, "spdx": SPDX, "syft_json": SYFT, "trivy": TRIVY}
FILES = sorted(path for folder in READERS for path in (SAMPLES / folder).glob("*") if path.suffix != ".textproto")
absent = pytest.mark.skipif(not FILES, reason="no real documents beside the project")
NAMES = [f"{path.parent.name}/{path.name}" for path in FILES]
BOMBS = sorted((SHARED / "fixtures/xml_bombs").glob("*.xml"))

# Where the independent count counted something else: the subject of a JSON document is a component too, and ancestors
# of a component are not parts; of Trivy's reports only packages were counted, not vulnerable ones.
DIFFERENT = {
    "cyclonedx/dt_valid-bom-1.6.xml": -1,
    "cyclonedx/valid-bom-1.1.xml": -1,
    **dict.fromkeys([f"cyclonedx/laravel_bom.1.{minor}.json" for minor in (3, 4)], 1),
    "cyclonedx/cyclonedx_bad_cpe23.json": 1,
    "cyclonedx/obom.json": 1,
    "cyclonedx/proton-bridge-v1.8.0.bom.json": 1,
    "trivy/centos-7.json.golden": 2,
    "trivy/fanal_debian-buster.packages.json": 91,
    "trivy/fanal_ubi-7.packages.json": 162,
    "trivy/kubernetes.json": 6,
}


def read(path: Path, host: str | None = None) -> list[Batch]:
    peek = Peek.at(path)
    [reader] = [reader for reader in READERS.values() if reader.claims(peek)]
    assert reader.batches
    return list(reader.batches(Stream(path=path, encoding=peek.encoding, host=host)))


def written(tmp_path: Path, what: object) -> Path:
    path = tmp_path / "document"
    data = what if isinstance(what, bytes) else what.encode() if isinstance(what, str) else json.dumps(what).encode()
    path.write_bytes(data)
    return path


def the(batches: list[Batch]) -> tuple[Batch, Record]:
    [batch] = batches
    assert batch.record
    return batch, batch.record


def titles(batches: list[Batch], name: str = "name") -> list[str | None]:
    return [getattr(s.title, name) for batch in batches for s in batch.sightings]


@pytest.mark.real
@absent
@pytest.mark.parametrize("path", FILES, ids=NAMES)
class TestRealDocuments:
    def test_counts_are_those_of_an_independent_count(self, path: Path) -> None:
        name = f"{path.parent.name}/{path.name}"
        with (SAMPLES / "truth.tsv").open(encoding="utf-8", newline="") as file:
            truth = {row["file"]: int(row["rows"]) for row in csv.DictReader(file, delimiter="\t") if row["rows"].isdecimal()}
        found = read(path)
        text = Peek(path=path, head=path.read_bytes(), size=path.stat().st_size).text
        if path.parent.name == "spdx" and name not in truth:
            marks = r"^PackageName:|<packages>|<spdx:Package rdf:about=[^>]*[^/]>|\"downloadLocation\""
            truth[name] = len(re.findall(marks, text, re.MULTILINE))
        elif name not in truth:  # findings of Trivy
            truth[name] = len(set(re.findall(r'"PkgName": "[^"]+"|"text": "Package: [^\\]+', text)))
        assert len(titles(found)) == truth[name] + DIFFERENT.get(name, 0)
        assert len(found) == 1 or path.parent.name == "trivy"
        assert not any(batch.rejects for batch in found)

    def test_only_its_own_reader_claims_it(self, path: Path) -> None:
        claiming = [reader.name for reader in READERS.values() if reader.claims(Peek.at(path))]
        assert claiming == [READERS[path.parent.name].name]

    def test_none_is_a_computer(self, path: Path) -> None:
        classes = {batch.record.machine_class for batch in read(path) if batch.record}
        assert classes <= {Class.OTHER, Class.IMAGE, Class.CONTAINER}
        assert classes

    def test_damage_is_never_a_traceback(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        reader = READERS[path.parent.name]
        assert reader.batches
        for damage in ("cut", "cut", "flip", "flip"):
            at = dice.randrange(1, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            broken = written(tmp_path, whole[:at] if damage == "cut" else flipped)
            refused = None
            try:
                found = list(reader.batches(Stream(path=broken, encoding=Peek.at(broken).encoding)))
            except FullcountError as error:
                refused, found = error, []
            assert found or (refused and refused.hint and refused.place.startswith(str(broken)))


@pytest.mark.real
@absent
def test_claims_nothing_else() -> None:
    others = [path for path in SAMPLES.rglob("*") if path.is_file() and path not in FILES]
    assert len(others) > 200
    assert [path.name for path in others if any(reader.claims(Peek.at(path)) for reader in READERS.values())] == []


@pytest.mark.real
@absent
class TestRealFacts:
    def test_an_image_is_known_by_its_digests_whatever_tool_looked(self) -> None:
        batch, record = the(read(SAMPLES / "cyclonedx/issue_9277.json"))
        assert record.machine_class is Class.IMAGE
        image = "sha256:174c8c134b2a94b5bb0b37d9a2b6ba0663d82d23ebf62bd51f74a2fd457333da"
        assert ("agent_id", f"image:{image}") in record.clues
        assert record.looked_at == datetime(2024, 1, 4, 15, 25, 30)  # noqa: DTZ001 - times of the house are UTC
        adduser = batch.sightings[1]
        assert (adduser.title.name, adduser.title.version, adduser.place) == ("adduser", "3.118ubuntu5", 3)
        assert adduser.title.purl == "pkg:deb/ubuntu/adduser@3.118ubuntu5?arch=all&distro=ubuntu-22.04"
        assert {s.state for s in batch.sightings} == {State.INSTALLED}

    def test_syft_says_which_image(self) -> None:
        batch, record = the(read(SAMPLES / "syft_json/sbom.syft.json"))
        assert (record.machine_class, record.os_family, record.lists) == (Class.IMAGE, Os.LINUX, Lists.SOME_SOFTWARE)
        assert [kind for kind, _ in record.clues] == ["agent_id", "agent_id"]
        assert batch.sightings[0].title.cpe == "cpe:2.3:a:alpine-baselayout:alpine-baselayout:3.2.0-r23:*:*:*:*:*:*:*"

    def test_xml_and_json_of_one_document_say_the_same(self) -> None:
        ends = (read(SAMPLES / "cyclonedx/laravel_bom.1.4.xml"), read(SAMPLES / "cyclonedx/laravel_bom.1.4.json"))
        for field in ("name", "version", "publisher", "package", "purl"):
            assert titles(ends[0], field) == titles(ends[1], field)

    def test_all_forms_of_an_spdx_document_say_the_same(self) -> None:
        names = ["SPDXJSONExample-v2.3.spdx.json", "SPDXTagExample-v2.3.spdx", "SPDXXMLExample-UTF-16.spdx.xml"]
        names += ["SPDXRdfExample-v2.2.spdx.rdf.xml", "SPDXRdfExample-UTF-16.spdx.rdf.xml"]
        found = [{s.title for batch in read(SAMPLES / "spdx" / name) for s in batch.sightings} for name in names]
        assert found[0] == found[1] == found[2] == found[3] == found[4]
        assert {title.version for title in found[0]} == {"2.11.1", None, "3.12.0", "8.8"}

    def test_spdx_3_is_read_as_spdx_2(self) -> None:
        old, new = (read(SAMPLES / f"spdx/appbomination.spdx{suffix}.json") for suffix in ("", "3"))
        assert {(s.title.name, s.title.version, s.title.publisher) for s in old[0].sightings} == {
            (s.title.name, s.title.version, s.title.publisher) for s in new[0].sightings
        }
        assert "ACT Project" in titles(new, "publisher")

    def test_workloads_of_a_cluster_are_no_computers(self) -> None:
        found = read(SAMPLES / "trivy/kubernetes.json")
        assert {batch.record.machine_class for batch in found if batch.record} == {Class.CONTAINER}
        assert {batch.key.rpartition("/")[2] for batch in found if batch.key} == {"redis-follower", "redis-leader"}
        _, record = the(read(SAMPLES / "trivy/issue_9170.json"))
        assert (record.lists, record.os) == (Lists.MACHINES, "alpine 3.15.9")

    def test_vulnerable_packages_are_seen_once(self) -> None:
        batch, record = the(read(SAMPLES / "trivy/centos-7.json.golden"))
        assert titles([batch]) == ["bash", "openssl-libs"]
        assert titles([batch], "version") == ["4.2.46-31.el7", "1:1.0.2k-16.el7"]
        assert "only packages with known vulnerabilities" in (record.note or "")


# -- CycloneDX -----------------------------------------------------------------------------------------------------


def bom(subject: dict[str, Any] | None = None, *components: object, **more: object) -> dict[str, Any]:
    metadata = {"timestamp": "2017-10-01T08:00:00Z", "component": subject} if subject else {}
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": metadata, "components": list(components), **more}


def test_a_device_is_a_machine(tmp_path: Path) -> None:
    properties = [
        {"name": "cdx:device:serialNumber", "value": "5CG71"},
        {"name": "cdx:device:macAddress", "value": "00:11:22:33:44:55"},
    ]
    subject = {"type": "device", "name": "pc1.example.gov", "properties": properties, "manufacturer": {"name": "Acme"}}
    batch, record = the(read(written(tmp_path, bom(subject, {"type": "library", "name": "zlib"}))))
    assert record.clues == [
        ("serial", "5CG71"),
        ("manufacturer", "Acme"),
        ("mac", "00:11:22:33:44:55"),
        ("hostname", "pc1.example.gov"),
        ("fqdn", "pc1.example.gov"),
    ]
    assert (record.machine_class, record.lists) == (Class.UNKNOWN, Lists.SOME_SOFTWARE)
    assert [(s.place, s.title.name, s.state) for s in batch.sightings] == [(2, "zlib", State.INSTALLED)]


@pytest.mark.parametrize(
    ("name", "version", "host", "expected"),
    [
        ("Ubuntu", "22.04", "pc1", ([("hostname", "pc1")], "Ubuntu 22.04")),
        ("Ubuntu", "22.04", None, ([], "Ubuntu 22.04")),
        ("web-7", None, None, ([("hostname", "web-7")], None)),
        ("A model of a thing", None, None, ([], None)),
    ],
)
def test_an_operating_system_is_a_machine_and_listed_in_full(
    name: str, version: str | None, host: str | None, expected: object, *, tmp_path: Path
) -> None:
    subject = {"type": "operating-system", "name": name, "version": version}
    _, record = the(read(written(tmp_path, bom(subject, {"type": "library", "name": "zlib"})), host))
    assert (record.clues, record.os) == expected
    assert (record.lists, record.traces) == (Lists.ALL_SOFTWARE, frozenset({Trace.PACKAGE}))


def test_parts_of_a_program_are_its_files(tmp_path: Path) -> None:
    serial = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"
    parts = [
        {
            "type": "library",
            "group": "com.acme",
            "name": "core",
            "supplier": {"name": "Acme"},
            "components": [
                {"type": "file", "name": "a.dll", "properties": [{"name": "syft:location:0:path", "value": "/home/eve/a.dll"}]}
            ],
        },
        {"type": "data", "name": "tables"},
        {"type": "library", "name": "test", "scope": "excluded"},
        {"type": "library"},
        "nonsense",
    ]
    batch, record = the(read(written(tmp_path, bom({"type": "application", "name": "Tool"}, *parts, serialNumber=serial))))
    assert (record.machine_class, record.clues) == (Class.OTHER, [("agent_id", f"cyclonedx:{serial}")])
    assert [(s.place, s.title.type, s.title.name, s.state) for s in batch.sightings] == [
        (1, Trace.PACKAGE, "Tool", State.FILES),
        (2, Trace.PACKAGE, "core", State.FILES),
        (3, Trace.FILE, "a.dll", State.FILES),
        (4, Trace.PACKAGE, "tables", State.MENTION),
        (5, Trace.PACKAGE, "test", State.MENTION),
    ]
    assert (batch.sightings[1].title.package, batch.sightings[1].title.publisher) == ("com.acme/core", "Acme")
    file = batch.sightings[2]
    assert (file.title.path, file.detail and file.detail.path) == ("~/a.dll", "/home/eve/a.dll")
    assert [(reject.place, reject.reason) for reject in batch.rejects] == [
        (place, "a component without a name") for place in (6, 7)
    ]


def test_components_may_hold_components_deeper_than_calls_go(tmp_path: Path) -> None:
    inner: dict[str, Any] = {"name": "0"}
    for level in range(1, 400):
        inner = {"name": str(level), "components": [inner]}
    [batch] = read(written(tmp_path, bom(None, inner)))
    assert len(batch.sightings) == 400
    assert [s.place for s in batch.sightings] == list(range(1, 401))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ('<bom xmlns="http://cyclonedx.org/schema/bom/1.1"><components><component>', "no complete component"),
        ('<bom xmlns="http://cyclonedx.org/schema/bom/1.1"><components>' + "<a>" * 100, "nested deeper"),
        ('<!DOCTYPE bom [<!ENTITY a "b">]><bom xmlns="http://cyclonedx.org/schema/bom/1.1"><name>&a;</name></bom>', "safely"),
    ],
)
def test_unreadable(tmp_path: Path, data: str, why: str) -> None:
    with pytest.raises(UnreadableError, match=why) as error:
        read(written(tmp_path, data))
    assert error.value.hint


def test_xml_is_read_up_to_its_break(tmp_path: Path) -> None:
    parts = "".join(f"<b:component type='library'><b:name>{name}</b:name></b:component>" for name in "abc")
    start = f'<b:bom xmlns:b="http://cyclonedx.org/schema/bom/1.4" serialNumber="urn:uuid:1"><b:components>{parts}'
    batch, record = the(read(written(tmp_path, f"{start}<b:component><b:name>d</b:")))
    assert titles([batch]) == ["a", "b", "c"]
    assert [reject.place for reject in batch.rejects] == [4]
    assert "broken" in (record.note or "")


def test_control_characters_and_half_pairs_are_let_through(tmp_path: Path) -> None:
    data = json.dumps(bom(None, {"name": "a\ud800b"})).replace('"specVersion"', '"x": "a\x07b\tc", "specVersion"')
    assert titles(read(written(tmp_path, data))) == ["a\\ud800b"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (json.dumps(bom({"type": "operating-system", "name": "pc1"}, {"name": "a"}, {"name": "b"}))[:-12], ["a"]),
        (json.dumps({"SPDXID": "SPDXRef-DOCUMENT", "packages": [{"name": "a"}, {"name": "b"}]})[:-9], ["a"]),
        ('{"source": {"type": "directory", "target": "/"}, "artifacts": [{"name": "a", "foundBy": ""}, {"na', ["a"]),
        (
            '{"ArtifactName": "pc1", "ArtifactType": "filesystem", "Metadata": {}, "Results": [{"Packages": [{"Name": "a"}, {"N',
            ["a"],
        ),
    ],
    ids=list(READERS),
)
def test_json_is_read_up_to_its_break(tmp_path: Path, text: str, seen: list[str]) -> None:
    first, rest = read(written(tmp_path, text))
    assert titles([first]) == seen
    assert first.record
    assert (first.record.lists, first.record.traces) == (Lists.SOME_SOFTWARE, frozenset())
    assert "broken" in (first.record.note or "")
    assert [reject.reason.partition(":")[0] for reject in rest.rejects] == ["stops being JSON"]


@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
@pytest.mark.parametrize("data", ["[1]", '{"a": ' + "[" * 100_000, "7 "])
def test_json_that_is_no_bill_is_a_reject(tmp_path: Path, reader: Reader, data: str) -> None:
    assert reader.batches
    found = list(reader.batches(Stream(path=written(tmp_path, data), encoding="utf-8")))
    assert not titles(found)
    assert found


# -- SPDX ----------------------------------------------------------------------------------------------------------

TAGS = """\
SPDXVersion: SPDX-2.3
DocumentNamespace: https://example.gov/1
Created: 2017-10-01T08:00:00Z
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-1
PackageName: Tool
SPDXID: SPDXRef-1
PrimaryPackagePurpose: {purpose}
PackageVersion: {version}
PackageSupplier: Organization: Acme (Europe) (mail@example.com)
PackageComment: <text>
PackageName: not a package
</text>
ExternalRef: SECURITY http://spdx.org/rdf/references/cpe23Type cpe:2.3:a:acme:tool:1:*:*:*:*:*:*:*
PackageName: NOASSERTION
FileName: ./a
SPDXID: SPDXRef-9
"""


def test_tag_value(tmp_path: Path) -> None:
    batch, record = the(read(written(tmp_path, TAGS.format(purpose="APPLICATION", version="1"))))
    assert (record.machine_class, record.clues) == (Class.OTHER, [("agent_id", "spdx:https://example.gov/1")])
    [tool] = batch.sightings
    assert (tool.title.version, tool.title.publisher, tool.state) == ("1", "Acme (Europe)", State.FILES)
    assert tool.title.cpe == "cpe:2.3:a:acme:tool:1:*:*:*:*:*:*:*"
    assert [reject.place for reject in batch.rejects] == [2]


@pytest.mark.parametrize(
    ("purpose", "kind", "clues", "lists"),
    [
        ("CONTAINER", Class.IMAGE, [("agent_id", f"image:sha256:{'a' * 64}")], Lists.SOME_SOFTWARE),
        ("DEVICE", Class.UNKNOWN, [("hostname", "Tool")], Lists.SOME_SOFTWARE),
        ("OPERATING-SYSTEM", Class.UNKNOWN, [("hostname", "pc1")], Lists.ALL_SOFTWARE),
    ],
)
def test_what_an_spdx_document_describes(
    purpose: str, kind: Class, clues: list[tuple[str, str]], lists: Lists, *, tmp_path: Path
) -> None:
    text = TAGS.format(purpose=purpose, version=f"sha256:{'a' * 64}")
    batch, record = the(read(written(tmp_path, text.encode("utf-16")), host="pc1"))
    assert (record.machine_class, record.clues, record.lists) == (kind, clues, lists)
    assert record.looked_at == datetime(2017, 10, 1, 8)  # noqa: DTZ001 - times of the house are UTC
    assert {s.state for s in batch.sightings} == {State.INSTALLED}


# -- Syft and Trivy ------------------------------------------------------------------------------------------------


def syft(source: dict[str, Any], distro: dict[str, Any] | None = None, *artifacts: object) -> dict[str, Any]:
    return {"artifacts": list(artifacts), "artifactRelationships": [], "source": source, "distro": distro or {}}


@pytest.mark.parametrize(
    ("source", "distro", "clues", "lists"),
    [
        ({"name": "pc1", "type": "directory", "metadata": {"path": "/"}}, "debian", [("hostname", "pc1")], Lists.ALL_SOFTWARE),
        ({"name": "/", "type": "directory", "metadata": {"path": "/"}}, "debian", [("hostname", "told")], Lists.ALL_SOFTWARE),
        ({"type": "directory", "target": "/"}, "debian", [("hostname", "told")], Lists.ALL_SOFTWARE),
        (
            {"name": "pc1", "type": "directory", "metadata": {"path": "C:\\"}},
            "windows",
            [("hostname", "pc1")],
            Lists.SOME_SOFTWARE,
        ),
    ],
)
def test_the_root_folder_is_a_machine(
    source: dict[str, Any], distro: str, clues: list[tuple[str, str]], lists: Lists, *, tmp_path: Path
) -> None:
    artifact = {"name": "curl", "version": "UNKNOWN", "type": "deb", "cpes": [{"cpe": "cpe:2.3:a:curl"}], "foundBy": "x"}
    batch, record = the(read(written(tmp_path, syft(source, {"id": distro}, artifact, {"name": ""})), host="told"))
    assert (record.machine_class, record.clues, record.lists) == (Class.UNKNOWN, clues, lists)
    assert [(s.title.name, s.title.version, s.title.cpe) for s in batch.sightings] == [("curl", None, "cpe:2.3:a:curl")]
    assert [reject.place for reject in batch.rejects] == [2]


def test_another_folder_is_no_machine(tmp_path: Path) -> None:
    source = {"id": "7", "name": "./build", "type": "directory", "metadata": {"path": "./build"}}
    _, record = the(read(written(tmp_path, syft(source))))
    assert (record.machine_class, record.clues) == (Class.OTHER, [("agent_id", "syft:7")])


def trivy(kind: str, name: str, *results: object) -> dict[str, Any]:
    metadata = {"OS": {"Family": "alpine", "Name": "3.19"}, "RepoDigests": [f"a@sha256:{'b' * 64}"]}
    head = {"SchemaVersion": 2, "CreatedAt": "2024-01-01T00:00:00Z", "ArtifactName": name, "ArtifactType": kind}
    return {**head, "Metadata": metadata, "Results": list(results)}


PACKAGES = {
    "Target": "x",
    "Class": "os-pkgs",
    "Packages": [
        {"Name": "a", "Version": "1", "Release": "2", "Epoch": 3, "Identifier": {"PURL": "pkg:apk/a@1"}},
        {"Name": None},
    ],
    "Vulnerabilities": [{"PkgName": "a", "InstalledVersion": "1"}],
}
VULNERABLE = {"Target": "x", "Class": "os-pkgs", "Vulnerabilities": [{"PkgName": "b", "InstalledVersion": "1"}] * 2 + [{}]}


@pytest.mark.parametrize(
    ("kind", "name", "found", "clues"),
    [
        ("filesystem", "pc1.example.gov", Class.UNKNOWN, [("fqdn", "pc1.example.gov"), ("hostname", "pc1.example.gov")]),
        ("filesystem", "/mnt", Class.UNKNOWN, [("hostname", "told")]),
        ("container_image", "a:1", Class.IMAGE, [("agent_id", f"image:sha256:{'b' * 64}")]),
        ("repository", "https://example.gov/r", Class.OTHER, [("hostname", "told")]),
    ],
)
def test_what_trivy_scanned(kind: str, name: str, found: Class, clues: list[tuple[str, str]], *, tmp_path: Path) -> None:
    batch, record = the(read(written(tmp_path, trivy(kind, name, PACKAGES, VULNERABLE)), host="told"))
    assert (record.machine_class, record.clues) == (found, clues)
    assert [(s.place, s.title.name, s.title.version) for s in batch.sightings] == [(1, "a", "3:1-2"), (3, "b", "1")]
    assert [(reject.place, reject.reason.rpartition(" ")[2]) for reject in batch.rejects] == [(2, "name"), (5, "package")]


@pytest.mark.parametrize(("packages", "lists"), [(True, Lists.ALL_SOFTWARE), (False, Lists.SOME_SOFTWARE)])
def test_only_all_packages_are_a_complete_list(tmp_path: Path, packages: bool, lists: Lists) -> None:  # noqa: FBT001
    result = {**PACKAGES, "Packages": [{"Name": "a"}]} if packages else {**VULNERABLE, "Vulnerabilities": [{"PkgName": "b"}]}
    _, record = the(read(written(tmp_path, trivy("filesystem", "pc1", result))))
    assert record.lists is lists
    assert (record.note is None) == packages


@pytest.mark.parametrize(
    "shape",
    [
        [{"Target": "alpine:3.10 (alpine 3.10.2)", "Vulnerabilities": [{"PkgName": "a", "InstalledVersion": "1"}]}],
        [{"ID": "a@1", "Name": "a", "Version": "1", "SrcName": "a"}],
        {"ClusterName": "c", "Findings": [{"Kind": "Pod", "Name": "p", "Results": [PACKAGES | {"Packages": [{"Name": "a"}]}]}]},
        {
            "ClusterName": "c",
            "Resources": [{"Kind": "Node", "Name": "n", "Results": [{**PACKAGES, "Packages": [{"Name": "a"}]}]}],
        },
    ],
    ids=["old", "analyser", "workload", "node"],
)
def test_other_shapes_of_trivy(tmp_path: Path, shape: object) -> None:
    batch, record = the(read(written(tmp_path, shape)))
    assert titles([batch]) == ["a"]
    assert (record.machine_class is Class.UNKNOWN) == ("Node" in json.dumps(shape))


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"ClusterName": "c", "Resources": [{"Kind": "Role", "Name": "r"}]}, "no workload"),
        ({"Findings": [{"GeneratorId": "Trivy/x", "Resources": "x"}]}, "without a package"),
        ({"runs": [{"tool": {"driver": {"name": "Trivy"}}, "results": [{"message": {"text": "?"}}]}]}, "without a package"),
    ],
)
def test_what_names_no_package_is_a_reject(tmp_path: Path, shape: object, reason: str) -> None:
    [batch] = read(written(tmp_path, shape))
    assert batch.record is None
    [reject] = batch.rejects
    assert reason in reject.reason


@pytest.mark.real
@pytest.mark.skipif(not BOMBS, reason="no hostile files beside the project")
@pytest.mark.parametrize("reader", [CYCLONEDX, SPDX], ids=lambda reader: reader.name)
@pytest.mark.parametrize("path", BOMBS, ids=lambda path: path.name)
def test_hostile_xml_is_neither_claimed_nor_followed(reader: Reader, path: Path) -> None:
    assert not reader.claims(Peek.at(path))
    assert reader.batches
    with suppress(UnreadableError):
        assert not titles(list(reader.batches(Stream(path=path, encoding="utf-8"))))
