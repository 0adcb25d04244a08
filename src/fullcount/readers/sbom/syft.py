"""Syft: its own JSON of an image, a folder, a file or a whole machine.

Field names: the published schemas of Syft's JSON (4 to 16), which renamed the parts of `source` in version 7.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import documents, names_of, raw_of, rows_of, section, text_of
from fullcount.model import Batch, Class, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.sbom.bill import break_off, image_clues, objects, record_of, saw, state_in

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLAIM = re.compile(r'"(?:artifacts"\s*:\s*\[|foundBy"\s*:)')
_MARKS = re.compile(r'"(?:foundBy|artifactRelationships|metadataType)"\s*:')
_ROOT = re.compile(r"/|[A-Za-z]:[\\/]?")
_PATCHES = {"msrc-kb"}
_NOWHERE = {"UNKNOWN"}  # as Syft writes a version that it could not find


def claims(peek: Peek) -> bool:
    """A list of artifacts, with what Syft alone says of them."""
    return peek.json_start == "{" and bool(_CLAIM.search(peek.text) and _MARKS.search(peek.text))


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a document. Place is the ordinal of the artifact. Raises `UnreadableError` for what is too long."""
    for one in documents(stream):
        if isinstance(one, Reject):
            yield Batch(rejects=[one])
            continue
        if not isinstance(one.value, dict):
            yield Batch(rejects=[Reject(one.place, raw_of(one.value), "no list of artifacts")])
            continue
        record = _record(one.value, stream)
        batch = Batch(record=record)
        for place, artifact in enumerate(rows_of(one.value, "artifacts"), start=1):
            _artifact(batch, place, artifact)
        if one.broken:
            break_off(record)
        yield batch


def _artifact(batch: Batch, place: int, artifact: Any) -> None:
    name = text_of(artifact, "name")
    if not name:
        batch.reject(place, raw_of(artifact), "an artifact without a name")
        return
    version, more = text_of(artifact, "version"), section(artifact, "metadata")
    title = Title(
        type=Trace.PACKAGE,
        name=name,
        version=None if version in _NOWHERE else version,
        publisher=text_of(more, "vendor", "maintainer", "publisher", "author"),
        package=name,
        purl=text_of(artifact, "purl"),
        cpe=_cpe(artifact),
    )
    assert batch.record
    state = State.MENTION if text_of(artifact, "type") in _PATCHES else state_in(batch.record)
    saw(batch, place, title, state=state, path=next((text_of(row, "path") for row in objects(artifact, "locations")), None))


def _cpe(artifact: Any) -> str | None:
    """The first CPE: text, and from version 14 of the schema on an object."""
    first = next(iter(rows_of(artifact, "cpes")), None)
    return first if isinstance(first, str) else text_of(first, "cpe")


def _record(document: dict[str, Any], stream: Stream) -> Record:
    """The root of a file system with a distribution is a machine, an image is an image, anything else no computer."""
    source, distro = section(document, "source"), section(document, "distro")
    about = section(source, "metadata") or section(source, "target")
    kind = (text_of(source, "type") or "").lower().removesuffix("scheme")
    path = text_of(about, "path") or text_of(source, "target")
    name = text_of(source, "name")
    os = text_of(distro, "prettyName", "name", "id")
    if kind == "image":
        clues = image_clues(text_of(about, "imageID"), text_of(about, "manifestDigest"))
        return record_of(Class.IMAGE, clues, os=os, note=f"a container image: {text_of(about, 'userInput') or name}")
    if kind == "directory" and path and _ROOT.fullmatch(path):
        host = name if name and name != path else stream.host
        record = record_of(Class.UNKNOWN, list(names_of(host)), os=os)
        if record.os_family is Os.LINUX:
            record.lists, record.traces = Lists.ALL_SOFTWARE, frozenset({Trace.PACKAGE})
        return record
    clues = [("agent_id", f"syft:{number}")] if (number := text_of(source, "id")) else []
    clues += [("hostname", stream.host)] if stream.host else []
    return record_of(Class.OTHER, clues, os=os, note=f"parts of {name or path or 'a thing that is not named'}, not a computer")


SYFT = Reader(
    name="syft",
    title="Syft (its own JSON)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "Only a scan of the root folder of a machine describes a machine; on Linux its packages are listed in full.",
        "An image is listed as an image; what is found in another folder or file belongs to no computer.",
        "On Windows and macOS Syft finds libraries and known binaries: no install keys, no application bundles.",
        "Syft does not say when it looked: put the files into a folder named by its date.",
    ),
    how=(
        'Of a machine, as root: `syft dir:/ --source-name "$(hostname)" -o syft-json="$(hostname).json"`. '
        "Of an image: `syft IMAGE -o syft-json=IMAGE.syft.json`."
    ),
    unit="artifact",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
