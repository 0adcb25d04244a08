"""SPDX: a bill of materials of version 2 as tag-value text, JSON, XML or RDF/XML, or of version 3 as JSON-LD.

Field names: the specifications of 2.2, 2.3 and 3.0. All forms are turned into the fields of the JSON form of version 2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from fullcount.document import documents, raw_of, rows_of, section, text_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Lists, Record, Reject, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.sbom.bill import break_off, elements, image_clues, is_xml, local, objects, record_of, saw, state_in
from fullcount.text import clean
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_AGAIN = "export the bill of materials again"
_TAG = re.compile(r"^SPDXVersion:\s*SPDX-\d", re.MULTILINE)
_JSON = re.compile(
    r'"spdxVersion"\s*:\s*"SPDX-2|"SPDXID"\s*:\s*"SPDXRef-DOCUMENT"|"@context"\s*:\s*\[?\s*"https://spdx\.org/rdf/3'
)
_RDF = re.compile(r"""xmlns(?::[\w.-]+)?\s*=\s*["']http://spdx\.org/rdf/terms#""")
_AGENTS = ("Organization:", "Person:", "Tool:")
_LONGEST_LINE = 1 << 20
_NOTHING = {"NOASSERTION", "NONE"}
_CONTAINER, _MACHINES = "CONTAINER", {"DEVICE", "OPERATING-SYSTEM"}
_ONCE = {  # tag of the text form -> field of the JSON form, for packages
    "PackageName": "name",
    "SPDXID": "SPDXID",
    "PackageVersion": "versionInfo",
    "PackageSupplier": "supplier",
    "PackageOriginator": "originator",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
}
_ENDS = {"FileName", "SnippetSPDXID", "LicenseID"}  # tags after which a package is over
_XML_FIELDS = {*_ONCE.values(), "externalRef", "ExternalRef", "externalRefs", "referenceType", "referenceLocator"}


@dataclass(slots=True)
class _Document:
    """What is used of a document, in the words of the JSON form of version 2."""

    packages: list[Any] = field(default_factory=list)
    namespace: str | None = None
    created: str | None = None
    described: set[str] = field(default_factory=set)
    broken: str | None = None  # why it breaks off; empty where that is already said


def claims(peek: Peek) -> bool:
    """The version's tag, the id of the document or the context in JSON, and in XML the vocabulary or the version."""
    if peek.json_start == "{":
        return bool(_JSON.search(peek.text))
    if peek.xml_root == "RDF":
        return bool(_RDF.search(peek.text)) and peek.has("SPDXRef-")
    if peek.xml_root:
        return peek.xml_root == "Document" and peek.has("<spdxVersion>SPDX-2")
    return bool(_TAG.search(peek.text))


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a document. Place is the ordinal of the package; in RDF, where packages hold packages, in the order of
    their ends.

    Raises `UnreadableError` for XML that breaks before its first package, and for what is too long to be held.
    """
    if is_xml(stream):
        yield _batch(_from_xml(stream), stream)
    elif _begins_like_json(stream):
        for one in documents(stream):
            if isinstance(one, Reject):
                yield Batch(rejects=[one])
            elif not isinstance(one.value, dict):
                yield Batch(rejects=[Reject(one.place, raw_of(one.value), "a bill of materials that is no object")])
            else:
                document = _from_json(one.value)
                document.broken = "" if one.broken else None
                yield _batch(document, stream)
    else:
        yield _batch(_from_text(stream), stream)


def _begins_like_json(stream: Stream) -> bool:
    with stream.text() as file:
        return file.read(4096).lstrip("\ufeff \t\r\n").startswith("{")


def _batch(document: _Document, stream: Stream) -> Batch:
    record = _record(document, stream)
    batch = Batch(record=record)
    for place, package in enumerate(document.packages, start=1):
        _package(batch, place, package)
    if document.broken is not None:
        break_off(record)
    if document.broken:
        batch.reject(len(document.packages) + 1, b"", f"the file stops being XML: {document.broken}; the rest is missing")
    return batch


# -- the forms -----------------------------------------------------------------------------------------------------


def _from_json(found: dict[str, Any]) -> _Document:
    if "@graph" in found:
        return _from_graph(objects(found, "@graph"))
    described = {text for text in rows_of(found, "documentDescribes") if isinstance(text, str)}
    for row in objects(found, "relationships"):
        if text_of(row, "relationshipType") == "DESCRIBES":
            described.add(text_of(row, "relatedSpdxElement") or "")
    return _Document(
        packages=rows_of(found, "packages"),
        namespace=text_of(found, "documentNamespace"),
        created=text_of(section(found, "creationInfo"), "created"),
        described=described,
    )


def _from_graph(graph: list[dict[str, Any]]) -> _Document:
    """Version 3: elements that refer to each other by id."""
    names = {text_of(row, "spdxId", "@id"): text_of(row, "name") for row in graph}
    roots = [row for row in graph if text_of(row, "type") in {"SpdxDocument", "software_Sbom", "Bom"}]
    return _Document(
        packages=[_of_version_3(row, names) for row in graph if text_of(row, "type") == "software_Package"],
        namespace=next((text_of(row, "spdxId") for row in roots), None),
        created=next((text_of(row, "created") for row in graph if text_of(row, "type") == "CreationInfo"), None),
        described={text for row in roots for text in rows_of(row, "rootElement") if isinstance(text, str)},
    )


def _of_version_3(row: dict[str, Any], names: dict[str | None, str | None]) -> dict[str, Any]:
    makers = [text_of(row, "suppliedBy"), *rows_of(row, "originatedBy")]
    identifiers = [
        {"referenceType": text_of(one, "externalIdentifierType"), "referenceLocator": text_of(one, "identifier")}
        for one in objects(row, "externalIdentifier")
    ]
    purl = {"referenceType": "purl", "referenceLocator": text_of(row, "software_packageUrl")}
    purpose = {"operatingSystem": "OPERATING-SYSTEM"}.get(found := text_of(row, "software_primaryPurpose") or "", found.upper())
    return {
        "SPDXID": text_of(row, "spdxId"),
        "name": text_of(row, "name"),
        "versionInfo": text_of(row, "software_packageVersion"),
        "supplier": next((names[maker] for maker in makers if isinstance(maker, str) and names.get(maker)), None),
        "primaryPackagePurpose": purpose,
        "externalRefs": [purl, *identifiers],
    }


def _from_text(stream: Stream) -> _Document:
    """Tag-value: a line a field; `<text>` begins a text of many lines. A package ends where the next thing begins."""
    document = _Document()
    package: dict[str, Any] | None = None
    for tag, value in _fields(stream):
        if tag == "PackageName":
            package = {"name": value, "externalRefs": []}
            document.packages.append(package)
        elif tag in _ENDS:
            package = None
        elif tag == "DocumentNamespace":
            document.namespace = value
        elif tag == "Created":
            document.created = value
        elif tag == "Relationship" and value.split()[1:2] == ["DESCRIBES"]:
            document.described.add(value.split()[-1])
        elif package is not None and tag in _ONCE:
            package.setdefault(_ONCE[tag], value)
        elif package is not None and tag == "ExternalRef" and len(parts := value.split(None, 2)) == 3:
            package["externalRefs"].append({"referenceType": parts[1], "referenceLocator": parts[2]})
    return document


def _fields(stream: Stream) -> Iterator[tuple[str, str]]:
    """Tags and values. What stands inside a long text is passed over, whatever it looks like."""
    inside = False
    with stream.text() as file:
        for line in iter(lambda: file.readline(_LONGEST_LINE), ""):
            if inside:
                inside = "</text>" not in line
                continue
            tag, colon, value = line.lstrip("\ufeff").partition(":")
            value = value.strip()
            inside = value.startswith("<text>") and "</text>" not in value
            if colon and tag.isalnum():
                yield tag, value.removeprefix("<text>").removesuffix("</text>").strip()


def _from_xml(stream: Stream) -> _Document:
    """The XML form (`packages`) and RDF (`Package`): the packages that are complete before the file breaks."""
    document = _Document()
    try:
        for path, element in elements(stream, _AGAIN):
            name = path[-1]
            if name in {"packages", "Package"} and len(element):
                document.packages.append(_of_xml(element))
            elif name == "documentDescribes":
                document.described.add(element.text or "")
            elif name == "documentNamespace":
                document.namespace = clean(element.text)
            elif name == "created":
                document.created = document.created or clean(element.text)
            if name not in _XML_FIELDS:
                element.clear()
    except ParseError as error:
        if not document.packages:
            message = f"no complete package before the file stops being XML: {error}"
            raise UnreadableError(message, place=str(stream.path), hint=_AGAIN) from error
        document.broken = str(error)
    return document


def _of_xml(element: Element) -> dict[str, Any]:
    """RDF names things by attributes (`rdf:resource`) where the XML form has text."""
    found: dict[str, Any] = {"externalRefs": []}
    for child in element:
        name = local(child.tag)
        if name in {"externalRef", "externalRefs"}:
            parts = child.iter()
            said = {local(part.tag): clean(part.text) or _attribute(part, "resource") for part in parts}
            found["externalRefs"].append(said)
        elif name in _XML_FIELDS:
            found[name] = clean(child.text) or _attribute(child, "resource")
    found.setdefault("SPDXID", _attribute(element, "about"))
    return found


def _attribute(element: Element, name: str) -> str | None:
    return next((value for attribute, value in element.attrib.items() if local(attribute) == name), None)


# -- what they say -------------------------------------------------------------------------------------------------


def _record(document: _Document, stream: Stream) -> Record:
    """The thing described: by the purpose of the packages that the document says it describes."""
    namespace, made = document.namespace, parse(document.created)
    described = [row for row in document.packages if text_of(row, "SPDXID") in document.described]
    record = None
    for row in described:
        purpose = (text_of(row, "primaryPackagePurpose") or "").rpartition("purpose_")[2].upper().replace("_", "-")
        name, version = text_of(row, "name"), text_of(row, "versionInfo")
        if purpose == _CONTAINER:
            clues = image_clues(version, _external(row, "purl"))
            record = record_of(Class.IMAGE, clues, made=made, note=f"a container image: {name}")
        elif purpose in _MACHINES:
            record = _machine(row, purpose, stream)
            record.looked_at = made
    if record is None:
        clues = [("agent_id", f"spdx:{namespace}")] if namespace and re.match(r"\w+:(?://)?\w", namespace) else []
        clues += [("hostname", stream.host)] if stream.host else []
        names = ", ".join(filter(None, (text_of(row, "name") for row in described[:3])))
        record = record_of(Class.OTHER, clues, made=made, note=f"parts of {names or 'a thing that is not named'}, not a computer")
    return record


def _machine(row: Any, purpose: str, stream: Stream) -> Record:
    """A device is named after the machine; an operating system by its own name."""
    name, version = text_of(row, "name"), text_of(row, "versionInfo")
    is_os = purpose == "OPERATING-SYSTEM"
    host = stream.host if is_os or not name or " " in name else name
    os = " ".join(filter(None, (name, version))) if is_os else None
    return record_of(Class.UNKNOWN, [("hostname", host)] if host else [], os=os, whole=is_os)


def _package(batch: Batch, place: int, package: Any) -> None:
    name = _said(text_of(package, "name"))
    if not name:
        batch.reject(place, raw_of(package), "a package without a name")
        return
    title = Title(
        type=Trace.PACKAGE,
        name=name,
        version=_said(text_of(package, "versionInfo")),
        publisher=_agent(text_of(package, "supplier")) or _agent(text_of(package, "originator")),
        package=name,
        purl=_external(package, "purl"),
        cpe=_external(package, "cpe23Type", "cpe23") or _external(package, "cpe22Type", "cpe22"),
    )
    assert batch.record
    saw(batch, place, title, state=state_in(batch.record))


def _said(value: str | None) -> str | None:
    return None if value in _NOTHING else value


def _agent(value: str | None) -> str | None:
    """The name of a supplier.

    >>> _agent("Organization: Acme (Europe) (mail@example.com)"), _agent("Person: Jane <jane@example.com>"), _agent("NOASSERTION")
    ('Acme (Europe)', 'Jane', None)
    """
    if not value or not value.startswith(_AGENTS):
        return _said(value)
    name = value.partition(":")[2].strip()
    for opening, closing in ("()", "<>"):
        if name.endswith(closing) and opening in name:
            name = name[: name.rindex(opening)]
    return _said(clean(name))


def _external(package: Any, *kinds: str) -> str | None:
    """The first reference of a type, which may be written as a word or as an address that ends in it."""
    for row in objects(package, "externalRefs"):
        if (text_of(row, "referenceType") or "").rpartition("/")[2] in kinds and (found := text_of(row, "referenceLocator")):
            return found
    return None


SPDX = Reader(
    name="spdx",
    title="SPDX bill of materials (2.x as tag-value, JSON, XML or RDF; 3.0 as JSON-LD)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "A bill of materials lists what its maker's tool recognised: what is missing from it says nothing.",
        "Only a document about a device or an operating system describes a machine; an image is listed as an image.",
        "The parts of a program belong to no computer.",
        "Parts of a program are files of it: that the program is installed anywhere is not said.",
        "Only packages are read: not single files, snippets, licences, or what other documents are referred to for.",
        "Text in tag-value form that is cut off cannot be told from a whole one.",
    ),
    how=(
        "Of an image: `syft IMAGE -o spdx-json=IMAGE.spdx.json` or "
        "`trivy image --format spdx-json --output IMAGE.spdx.json IMAGE`. "
        "Of a machine: `syft dir:/ -o spdx-json=HOST.json`, as root; "
        "better Syft's own form, which says that it was a machine."
    ),
    unit="package",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
