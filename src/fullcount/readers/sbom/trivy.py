"""Trivy: its JSON report of an image, a file system or a cluster, its lists of packages, and its findings as ASFF or SARIF.

Field names: Trivy's report types, and reports of versions 0.1 to 0.6x. Of a file system the name of the artifact is
what its `/etc/hostname` says, else the path that was given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import Document, documents, names_of, raw_of, rows_of, section, text_of
from fullcount.model import Batch, Class, Lists, Os, Record, Reject, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.sbom.bill import break_off, image_clues, objects, record_of, saw, state_in
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_REPORT = re.compile(r'"(?:ArtifactName|ClusterName)"\s*:')
_FIRST = re.compile(r'\[\s*\{\s*"(?:Target"\s*:|ID"\s*:\s*"[^"]*",\s*"Name"\s*:)')
_PARTS = re.compile(
    r'"(?:Results|Vulnerabilities|Misconfigurations|Resources|Findings|Packages|Metadata|SrcName|AnalyzedBy)"\s*:'
)
_ASFF = re.compile(r'"GeneratorId"\s*:\s*"Trivy/')
_SARIF = re.compile(r'"driver"\s*:\s*\{[^{}]{0,400}?"name"\s*:\s*"Trivy"')
_WORKLOADS = {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob"}
_SOME = "only packages with known vulnerabilities are listed"
_MESSAGE = re.compile(r"Package: ([^\n]+)\nInstalled Version: ?([^\n]*)")
_TARGET = re.compile(r"(.+) \(([\w.-]+ [^()]+)\)")  # `alpine:3.10 (alpine 3.10.2)`


def claims(peek: Peek) -> bool:
    """A report by its artifact or cluster; a list by its first keys; ASFF and SARIF by the tool's name."""
    if peek.json_start == "[":
        return bool(_FIRST.match(peek.text.lstrip()) and _PARTS.search(peek.text))
    if peek.json_start != "{":
        return False
    return bool((_REPORT.search(peek.text) and _PARTS.search(peek.text)) or _ASFF.search(peek.text) or _SARIF.search(peek.text))


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a thing scanned. Place is the ordinal of the package, vulnerability or finding in its document.

    Raises `UnreadableError` for what is too long to be held.
    """
    for one in documents(stream):
        if isinstance(one, Reject):
            yield Batch(rejects=[one])
            continue
        for batch in _from(one, stream):
            if one.broken and batch.record:
                break_off(batch.record)
            yield batch


def _from(one: Document, stream: Stream) -> Iterator[Batch]:
    document = one.value
    if isinstance(document, list):
        yield from _from_list(document, stream)
    elif "ArtifactName" in section(document):
        yield _report(document, stream)
    elif "ClusterName" in section(document):
        yield from _from_cluster(document)
    elif "Findings" in section(document):
        yield from _from_findings(rows_of(document, "Findings"))
    elif "runs" in section(document):
        for run in objects(document, "runs"):
            yield from _from_run(run)
    else:
        yield Batch(rejects=[Reject(one.place, raw_of(document), "a report of no known shape")])


def _from_list(document: list[Any], stream: Stream) -> Iterator[Batch]:
    """Old reports are a list of results; the analyser of images alone writes a list of packages."""
    batch = Batch(record=_anonymous(stream))
    if any(isinstance(row, dict) and "Target" in row for row in document):
        _results(batch, document, 0)
    else:
        for place, package in enumerate(document, start=1):
            _package(batch, place, package)
    yield batch


def _anonymous(stream: Stream) -> Record:
    clues = [("hostname", stream.host)] if stream.host else []
    return record_of(Class.OTHER, clues, note="what was scanned is not said, so that it is taken for no computer")


def _report(document: dict[str, Any], stream: Stream) -> Batch:
    """A file system with an operating system is a machine, an image is an image, anything else no computer."""
    metadata, name = section(document, "Metadata"), text_of(document, "ArtifactName")
    os = _os(metadata)
    made, kind = parse(text_of(document, "CreatedAt")), text_of(document, "ArtifactType") or ""
    if kind == "filesystem" and os:
        host = stream.host if not name or re.search(r"[/\\]", name) or name == "." else name
        record = record_of(Class.UNKNOWN, list(names_of(host)), os=os, made=made)
    elif kind in {"container_image", "vm"}:
        record = record_of(Class.IMAGE, _image(metadata), os=os, made=made, note=f"an image: {name}")
    else:
        clues = [("hostname", stream.host)] if stream.host else []
        record = record_of(Class.OTHER, clues, os=os, made=made, note=f"packages in {name}, not a computer")
    batch = Batch(record=record)
    _results(batch, rows_of(document, "Results"), 0)
    return batch


def _os(metadata: dict[str, Any]) -> str | None:
    system = section(metadata, "OS")
    return " ".join(filter(None, (text_of(system, "Family"), text_of(system, "Name")))) or None


def _image(metadata: dict[str, Any]) -> list[tuple[str, str]]:
    return image_clues(
        text_of(metadata, "ImageID"), *(text for text in rows_of(metadata, "RepoDigests") if isinstance(text, str))
    )


def _results(batch: Batch, results: list[Any], place: int) -> int:
    """All packages where the report lists them, else those with vulnerabilities. Returns the last place used."""
    record = batch.record
    assert record
    complete = False
    for result in results:
        packages = rows_of(result, "Packages")
        seen: set[Title] = set()
        for package in packages or rows_of(result, "Vulnerabilities"):
            place += 1
            if packages:
                _package(batch, place, package)
            else:
                _vulnerability(batch, place, package, seen)
        complete = complete or (bool(packages) and text_of(result, "Class") == "os-pkgs")
    if complete and record.machine_class is Class.UNKNOWN and record.os_family is Os.LINUX and not batch.rejects:
        record.lists, record.traces = Lists.ALL_SOFTWARE, frozenset({Trace.PACKAGE})
    elif not complete:
        record.note = "; ".join(filter(None, (record.note, _SOME)))
    return place


def _package(batch: Batch, place: int, package: Any) -> None:
    name = text_of(package, "Name")
    if not name:
        batch.reject(place, raw_of(package), "a package without a name")
        return
    version, epoch = "-".join(filter(None, (text_of(package, "Version"), text_of(package, "Release")))), text_of(package, "Epoch")
    title = Title(
        type=Trace.PACKAGE,
        name=name,
        version=f"{epoch}:{version}" if epoch and epoch != "0" else version or None,
        publisher=text_of(package, "Maintainer"),
        package=name,
        purl=text_of(section(package, "Identifier"), "PURL"),
    )
    assert batch.record
    saw(batch, place, title, state=state_in(batch.record), path=text_of(package, "FilePath"))


def _vulnerability(batch: Batch, place: int, row: Any, seen: set[Title]) -> None:
    """The package that has it, once, however many it has."""
    name = text_of(row, "PkgName")
    if not name:
        batch.reject(place, raw_of(row), "a vulnerability without a package")
        return
    purl = text_of(section(row, "PkgIdentifier"), "PURL")
    title = Title(Trace.PACKAGE, name=name, version=text_of(row, "InstalledVersion"), package=name, purl=purl)
    if title not in seen:
        seen.add(title)
        assert batch.record
        saw(batch, place, title, state=state_in(batch.record), path=text_of(row, "PkgPath"))


def _from_cluster(document: dict[str, Any]) -> Iterator[Batch]:
    """The workloads and nodes of a cluster. A workload that is listed twice is one record."""
    place, found = 0, False
    cluster = text_of(document, "ClusterName")
    for part in ("Resources", "Findings", "Vulnerabilities", "Misconfigurations"):
        for row in objects(document, part):
            kind, name = text_of(row, "Kind"), text_of(row, "Name")
            path = "/".join(filter(None, (cluster, text_of(row, "Namespace"), kind, name)))
            if kind == "Node" and name:
                record = record_of(Class.UNKNOWN, [("hostname", name)], note=f"a node of the cluster {cluster}")
            elif kind in _WORKLOADS and name:
                os = _os(section(row, "Metadata"))
                record = record_of(Class.CONTAINER, [("agent_id", f"kubernetes:{path}")], os=os, note=f"a workload: {path}")
            else:
                continue
            found = True
            batch = Batch(record=record, key=path)
            place = _results(batch, rows_of(row, "Results"), place)
            if not batch.sightings:
                record.lists, record.note = Lists.MACHINES, f"{path}: no list of packages"
            yield batch
    if not found:
        yield Batch(rejects=[Reject(1, raw_of(document), "no workload and no node in this report")])


def _from_findings(findings: list[Any]) -> Iterator[Batch]:
    """ASFF: one finding a vulnerability, with the image that has it."""
    seen: dict[str, set[Title]] = {}
    for place, finding in enumerate(findings, start=1):
        resource = next(iter(objects(finding, "Resources")), {})
        target, other = text_of(resource, "Id") or "", section(resource, "Details", "Other")
        row = {"PkgName": text_of(other, "PkgName"), "InstalledVersion": text_of(other, "Installed Package")}
        kind = Class.IMAGE if text_of(resource, "Type") == "Container" else Class.OTHER
        yield _found(kind, target, (place, row), raw=finding, seen=seen.setdefault(target, set()))


def _from_run(run: dict[str, Any]) -> Iterator[Batch]:
    """SARIF: the package stands in the text of the message."""
    seen: set[Title] = set()
    said = section(run, "properties")
    target = text_of(said, "imageName") or ""
    for place, result in enumerate(rows_of(run, "results"), start=1):
        match = _MESSAGE.match(text_of(section(result, "message"), "text") or "")
        row = {"PkgName": match[1], "InstalledVersion": match[2]} if match else {}
        batch = _found(Class.IMAGE if target else Class.OTHER, target, (place, row), raw=result, seen=seen)
        if batch.record:
            batch.record.clues = image_clues(text_of(said, "imageID"))
        yield batch


def _found(kind: Class, target: str, row: tuple[int, dict[str, Any]], *, raw: Any, seen: set[Title]) -> Batch:
    """One finding. Findings of one target are put together; the target names its system in brackets."""
    if not row[1].get("PkgName"):
        return Batch(rejects=[Reject(row[0], raw_of(raw), "a finding without a package")])
    system = _TARGET.fullmatch(target)
    note = f"what was scanned: {target or 'not said'}; {_SOME}"
    batch = Batch(record=record_of(kind, [], os=system[2] if system else None, note=note), key=target)
    _vulnerability(batch, *row, seen)
    return batch


TRIVY = Reader(
    name="trivy",
    title="Trivy (JSON, ASFF or SARIF)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "Without `--list-all-pkgs` only packages with known vulnerabilities are listed, and ASFF and SARIF never list more.",
        "Only a scan of a file system with an operating system describes a machine; what is found elsewhere belongs to none.",
        "Images and workloads of a cluster are listed as such.",
        "A workload is listed once, however many containers it runs; what runs no image (services, roles) is passed over.",
        "On Windows and macOS Trivy finds libraries: no install keys, no application bundles.",
    ),
    how=(
        "Of a machine, as root: `trivy rootfs --format json --list-all-pkgs --output HOST.json /`. "
        "Of an image: `trivy image --format json --list-all-pkgs --output IMAGE.json IMAGE`. "
        "Of a cluster: `trivy k8s --report all --format json --output CLUSTER.json`."
    ),
    unit="package or finding",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
