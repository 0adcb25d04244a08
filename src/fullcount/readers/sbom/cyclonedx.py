"""CycloneDX: a bill of materials as JSON (from 1.2 on) or XML (from 1.0 on).

Field names: the specification's schemas, and the taxonomies of properties of CycloneDX (`cdx:device`), Trivy and
Syft. What the document describes stands in `metadata.component`; components may hold components.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from fullcount.clue import fqdn_key
from fullcount.document import documents, raw_of, rows_of, section, text_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.sbom.bill import (
    break_off,
    elements,
    family,
    image_clues,
    is_xml,
    local,
    objects,
    record_of,
    saw,
    state_in,
)
from fullcount.text import clean
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_AGAIN = "export the bill of materials again"
_NAMESPACE = re.compile(r"""xmlns(?::[\w.-]+)?\s*=\s*["']http://cyclonedx\.org/schema/bom/1\.""")
_BOM_FORMAT = re.compile(r'"bomFormat"\s*:\s*"CycloneDX"')
_TRACES = {"device": Trace.DETECTION, "device-driver": Trace.DRIVER, "file": Trace.FILE}
_NO_SOFTWARE = {"data", "cryptographic-asset"}
_MACHINES = {"device", "operating-system"}
_NO_TITLES = {*_MACHINES, "container"}  # a document's subject that is a thing with software, not software
_PATHS = ("aquasecurity:trivy:FilePath", "syft:location:0:path")
_IMAGE_IDS = ("aquasecurity:trivy:ImageID", "aquasecurity:trivy:RepoDigest", "syft:image:id", "syft:image:manifestDigest")


def claims(peek: Peek) -> bool:
    """The key `bomFormat`, or the namespace of the root element."""
    if peek.json_start == "{":
        return bool(_BOM_FORMAT.search(peek.text))
    return peek.xml_root == "bom" and bool(_NAMESPACE.search(peek.text))


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a document. Place is the ordinal of the component, nested ones counted, the document's subject the first.

    Raises `UnreadableError` for XML that breaks before its first component, and for what is too long to be held.
    """
    if is_xml(stream):
        yield from _from_xml(stream)
        return
    for one in documents(stream):
        if isinstance(one, Reject):
            yield Batch(rejects=[one])
        elif not isinstance(one.value, dict):
            yield Batch(rejects=[Reject(one.place, raw_of(one.value), "a bill of materials that is no object")])
        else:
            serial = text_of(one.value, "serialNumber")
            batch = _batch(section(one.value, "metadata"), rows_of(one.value, "components"), serial, stream)
            if one.broken and batch.record:
                break_off(batch.record)
            yield batch


def _from_xml(stream: Stream) -> Iterator[Batch]:
    """The components that are complete before the file ends or stops being XML."""
    metadata: dict[str, Any] = {}
    components: list[Any] = []
    serial, broken = None, None
    try:
        for path, element in elements(stream, _AGAIN):
            if path == ["bom", "metadata"]:
                metadata = _object(element)
            elif path == ["bom", "components", "component"]:
                components.append(_object(element))
            elif path == ["bom"]:
                serial = clean(element.get("serialNumber"))
            if len(path) <= 3 and path[1:2] != ["metadata"]:
                element.clear()
    except ParseError as error:
        broken = f"the file stops being XML: {error}; the rest is missing"
        if not metadata and not components:
            message = f"no complete component before the file stops being XML: {error}"
            raise UnreadableError(message, place=str(stream.path), hint=_AGAIN) from error
    batch = _batch(metadata, components, serial, stream)
    if broken and batch.record:
        break_off(batch.record)
        batch.reject(len(batch.sightings) + len(batch.rejects) + 1, b"", broken)
    yield batch


_LISTS = {"components", "authors", "occurrences"}
_OBJECTS = {"component", "supplier", "manufacturer", "evidence"}


def _object(element: Element) -> dict[str, Any]:
    """An element as the JSON form would say it: attributes, leaves as text, and the lists and objects that are used."""
    found: dict[str, Any] = dict(element.attrib)
    for child in element:
        name = local(child.tag)
        if name == "properties":
            found[name] = [{"name": row.get("name"), "value": row.text} for row in child]
        elif name in _LISTS:
            found[name] = [_object(row) for row in child]
        elif name in _OBJECTS:
            found[name] = _object(child)
        elif not len(child):
            found[name] = child.text
    return found


def _batch(metadata: dict[str, Any], components: list[Any], serial: str | None, stream: Stream) -> Batch:
    """The components of a document, after its subject; a subject that is a thing with software is no title."""
    subject = section(metadata, "component")
    batch = Batch(record=_record(subject, metadata, serial, stream))
    said = [subject, *components] if subject else components
    for place, component in enumerate(_flat(said), start=1):
        if component is not subject or text_of(subject, "type") not in _NO_TITLES:
            _component(batch, place, component)
    return batch


def _flat(components: list[Any]) -> Iterator[Any]:
    """Components and those in them, each before what it holds; not by calls, since a hostile file nests deeper."""
    open_lists = [iter(components)]
    while open_lists:
        component = next(open_lists[-1], None)
        if component is None:
            open_lists.pop()
            continue
        yield component
        open_lists.append(iter(rows_of(component, "components")))


def _component(batch: Batch, place: int, component: Any) -> None:
    name = text_of(component, "name")
    if not name:
        batch.reject(place, raw_of(component), "a component without a name")
        return
    kind, group = text_of(component, "type") or "", text_of(component, "group")
    title = Title(
        type=_TRACES.get(kind, Trace.PACKAGE),
        name=name,
        version=text_of(component, "version"),
        publisher=_publisher(component),
        package=f"{group}/{name}" if group else name,
        purl=text_of(component, "purl"),
        cpe=text_of(component, "cpe"),
    )
    assert batch.record
    outside = kind in _NO_SOFTWARE or text_of(component, "scope") == "excluded"
    saw(batch, place, title, state=State.MENTION if outside else state_in(batch.record), path=_path(component))


def _publisher(component: Any) -> str | None:
    authors = next(iter(objects(component, "authors")), {})
    return (
        text_of(component, "publisher")
        or text_of(section(component, "supplier"), "name")
        or text_of(section(component, "manufacturer"), "name")
        or text_of(component, "author")
        or text_of(authors, "name")
    )


def _property(component: Any, *names: str) -> str | None:
    found = {text_of(row, "name"): text_of(row, "value") for row in objects(component, "properties")}
    return next((found[name] for name in names if found.get(name)), None)


def _path(component: Any) -> str | None:
    occurrences = objects(section(component, "evidence"), "occurrences")
    return _property(component, *_PATHS) or next((text_of(row, "location") for row in occurrences), None)


def _record(subject: dict[str, Any], metadata: dict[str, Any], serial: str | None, stream: Stream) -> Record:
    """The thing described: a device or an operating system is a machine, a container an image, else no computer."""
    kind, made = text_of(subject, "type"), parse(text_of(metadata, "timestamp"))
    name, version = text_of(subject, "name"), text_of(subject, "version")
    if kind == "container":
        ids = [_property(subject, name) or _property(metadata, name) for name in _IMAGE_IDS]
        note = f"a container image: {name}" if name else "a container image"
        return record_of(Class.IMAGE, image_clues(*ids, version, text_of(subject, "purl")), made=made, note=note)
    if kind not in _MACHINES:
        clues = [("agent_id", f"cyclonedx:{serial}")] if serial else []
        clues += [("hostname", stream.host)] if stream.host else []
        note = f"parts of {name}, not a computer" if name else "parts of a thing that is not named, not a computer"
        return record_of(Class.OTHER, clues, made=made, note=note)
    # the component of an operating system may be called after the system or after the machine
    is_os = family(name) is not Os.UNKNOWN
    os = " ".join(filter(None, (name, version))) if is_os else None
    return record_of(
        Class.UNKNOWN,
        _machine_clues(subject, None if is_os else name, stream),
        os=os,
        made=made,
        whole=kind == "operating-system",
    )


def _machine_clues(subject: dict[str, Any], name: str | None, stream: Stream) -> list[tuple[str, str]]:
    pairs = (
        ("serial", _property(subject, "cdx:device:serialNumber")),
        ("manufacturer", _publisher(subject)),
        ("mac", _property(subject, "cdx:device:macAddress")),
        ("hostname", name if name and " " not in name else stream.host),  # with a space it is a model's name
        ("fqdn", name if name and fqdn_key(name) else None),
    )
    return [(kind, value) for kind, value in pairs if value]


CYCLONEDX = Reader(
    name="cyclonedx",
    title="CycloneDX bill of materials (JSON or XML, 1.0 to 1.7)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "A bill of materials lists what its maker's tool recognised: what is missing from it says nothing.",
        "Only a document about a device or an operating system describes a machine; an image is listed as an image.",
        "The parts of a program belong to no computer.",
        "Parts of a program are files of it: that the program is installed anywhere is not said.",
        "Services, vulnerabilities, earlier variants of a component and the tools that wrote the document are not read.",
        "The protobuf form is not read.",
    ),
    how=(
        "Of a machine: `cdxgen -t os -o HOST.json`. "
        "Of an image: `trivy image --format cyclonedx --output IMAGE.cdx.json IMAGE` "
        "or `syft IMAGE -o cyclonedx-json=IMAGE.cdx.json`. "
        "One file for each; name it after the machine where it describes one."
    ),
    unit="component",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
