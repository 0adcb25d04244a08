"""SWID tags as XML: the schema of 2015, whose fields are attributes, and that of 2009, whose fields are elements.

What a tag links to as its component is a mention. Facts: NISTIR 8060, and tags that programs install.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from fullcount.model import Batch, Lists, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.swid.identity import BLIND, Tag, record, see
from fullcount.scanned import elements, said
from fullcount.text import clean
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_ROOTS = {"SoftwareIdentity", "software_identification_tag"}
_TRUE = {"true", "1"}
_FILES = ("Payload", "Directory", "File", "Resource", "Process", "Signature")
_AGAIN = "copy the tag again"


def claims(peek: Peek) -> bool:
    """The root element."""
    return peek.xml_root in _ROOTS


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal of the element: 1 is the tag, then what it links to."""
    for one in elements(stream, lambda path: len(path) == 1, dropped=_FILES, again=_AGAIN):
        batch = Batch()
        if isinstance(one, Reject):
            batch.rejects.append(one)
        else:
            tag = _of_2015(one) if one.tag == "SoftwareIdentity" else _of_2009(one)
            see(batch, tag, 1, repr(one.attrib).encode()[:4096])
            batch.record = record(stream.host, tag)
            for place, link in enumerate(one.findall("Link"), start=2):
                _component(link, batch, place)
        yield batch


def _of_2015(tag: Element) -> Tag:
    creator = _entity(tag, "softwarecreator") or _entity(tag, "licensor") or _entity(tag, "softwarelicensor")
    evidence = tag.find("Evidence")
    return Tag(
        name=tag.get("name"),
        version=tag.get("version"),
        publisher=creator,
        less=any((tag.get(name) or "").strip().lower() in _TRUE for name in ("corpus", "patch", "supplemental")),
        gathered=parse(evidence.get("date")) if evidence is not None else None,
    )


def _entity(tag: Element, role: str) -> str | None:
    """Who has a role; roles stand in one attribute, parted by spaces."""
    return next((one.get("name") for one in tag.findall("Entity") if role in (one.get("role") or "").lower().split()), None)


def _of_2009(tag: Element) -> Tag:
    return Tag(
        name=said(tag, "product_title"),
        version=said(tag, "product_version/name"),
        publisher=said(tag, "software_creator/name") or said(tag, "software_licensor/name"),
    )


def _component(link: Element, batch: Batch, place: int) -> None:
    """A part of a product, by the id of its own tag."""
    if link.get("rel") == "component" and (name := clean(unquote(link.get("href") or "").removeprefix("swid:"))):
        batch.saw(Title(Trace.PROGRAM, name=name), place, State.MENTION)


SWID = Reader(
    name="swid",
    title="software identification tag (SWID, ISO/IEC 19770-2 of 2015 and 2009)",
    lists=Lists.SOME_SOFTWARE,
    blind=(*BLIND, "A product that a tag links to as its component is a mention, by the id of its tag."),
    how=(
        "From each machine, into a folder named for it: *.swidtag below C:\\Program Files, "
        "C:\\ProgramData\\regid.* and /usr/lib/swidtag. "
        'In fullcount.toml: [[source]] match = "*.swidtag", host = "{folder}".'
    ),
    unit="element",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
    named_by_file=False,
)
