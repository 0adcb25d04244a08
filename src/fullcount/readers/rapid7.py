"""Rapid7: reports of Nexpose and InsightVM as XML (versions 1.0 and 2.0), and assets and an asset's software as version 3
of the interface answers them (JSON).

A report does not say whether credentials were accepted, and its services are what answered on a port: neither makes a
whole list. The software of one asset names it only by the address that was asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import MORE, clues_of, documents, pages, raw_of, rows_of, section, text_of, texts_of
from fullcount.model import Batch, Lists, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.scanned import class_of, elements, family_of, moment, named, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from xml.etree.ElementTree import Element

_ASSET = re.compile(r"/api/3/assets/(\d+)(?:/software)?(?:\?|$)")
_MARK = re.compile(r'"(?:assessedForVulnerabilities|rawRiskScore|osFingerprint)"\s*+:|/api/3/assets/\d++/software\b')
_START = re.compile(
    r'\s*+(?:\[\s*+)?\{\s*+"(?:resources|links|page|addresses|assessedFor\w++|history|hostName|id|ip|configurations)"'
)
_SECONDS = 15  # characters of a report's dates, which have milliseconds behind them
_NO_CREDENTIALS = "the report does not say whether the scan was let in: what it lists may not be all"
_NOT_ASKED = "its software is in another call"
_AGAIN = "make the report again, in the format XML Export 2.0, for fewer sites"


# -- the report ------------------------------------------------------------------------------------------------------------


def _claims_report(peek: Peek) -> bool:
    return peek.xml_root == "NexposeReport"


def _report(stream: Stream) -> Iterator[Batch]:
    """One batch a node; place is its ordinal."""
    place = 0
    ended: dict[str, datetime] = {}
    for one in elements(stream, _wanted, dropped=("Paragraph", "config"), again=_AGAIN):
        if isinstance(one, Reject):
            yield Batch(rejects=[one])
        elif one.tag == "scan":
            if last := moment((one.get("endTime") or one.get("startTime") or "")[:_SECONDS]):
                ended[one.get("id", "")] = last
        else:
            place += 1
            yield _node(one, place, ended)
    if not place:
        yield Batch(rejects=[Reject(1, b"", "no node in this report")])


def _wanted(path: tuple[str, ...]) -> bool:
    return path[-2:] in {("scans", "scan"), ("nodes", "node")}


def _node(node: Element, place: int, ended: Mapping[str, datetime]) -> Batch:
    guesses = sorted(node.findall("fingerprints/os"), key=lambda one: -_certainty(one))
    best = [one for one in guesses if _certainty(one) == _certainty(guesses[0])]
    systems = list(dict.fromkeys(filter(None, map(_system, best))))
    kinds = {one.get("device-class") or "" for one in best}
    record = Record(place=place, os=" / ".join(systems) or None, os_family=family_of(systems))
    record.machine_class = class_of(systems, kinds.pop() if len(kinds) == 1 else None)
    # in a report over several scans, a node's tests say which of them saw it
    scans = {test.get("scan-id", "") for test in node.iter("test")} & ended.keys() or (ended.keys() if len(ended) == 1 else set())
    record.heard_at = max((ended[one] for one in scans), default=None)
    names = [value(name.text) for name in node.findall("names/name")]
    record.clues = clues_of(
        ("mac", value(node.get("hardware-address"))),
        ("uuid", value(node.get("unique-id"))),
        *named(*names, node.get("address")),
    )
    batch = Batch(record=record)
    for one in node.findall("software/fingerprint"):
        _see(batch, dict(one.attrib), place, State.INSTALLED)
    for one in node.iter("service"):
        for print_ in one.findall("fingerprints/fingerprint"):
            _see(batch, dict(print_.attrib), place, State.MENTION)
    record.lists = Lists.SOME_SOFTWARE if batch.sightings else Lists.MACHINES
    record.looked_at = record.heard_at if batch.sightings else None
    record.note = _NO_CREDENTIALS
    return batch


def _certainty(one: Element) -> float:
    text = one.get("certainty") or ""
    return float(text) if re.fullmatch(r"\d(?:\.\d{1,9})?", text) else 0.0


def _system(one: Element) -> str | None:
    """An operating system in words. Vendors whose name the product has already are left out."""
    words = [value(one.get(name)) for name in ("vendor", "product", "version")]
    vendor, product, _ = words
    return value(" ".join(word for word in (words[1:] if vendor and product and vendor in product else words) if word))


def _see(batch: Batch, row: Mapping[str, Any], place: int, state: State) -> None:
    """Take a fingerprint. Its family is the product's where no product is given."""
    product = value(text_of(row, "product")) or value(text_of(row, "family"))
    name = value(text_of(row, "description")) or product
    if not name:
        batch.reject(place, raw_of(row), "a fingerprint without a product")
        return
    version, cpe = value(text_of(row, "version")), value(text_of(row, "cpe") or text_of(section(row, "cpe"), "v2.2", "v2.3"))
    publisher = value(text_of(row, "vendor"))
    title = Title(Trace.DETECTION, name=name, version=version, publisher=publisher, cpe=cpe)
    batch.saw(title, place, state)


# -- the interface ---------------------------------------------------------------------------------------------------------


def _claims_answer(peek: Peek) -> bool:
    return bool(_START.match(peek.text) and _MARK.search(peek.text))


def _answer(stream: Stream) -> Iterator[Batch]:
    """One batch an asset, or a page of one asset's software. Place is the ordinal of the row."""
    place = 0
    for document in documents(stream):
        if isinstance(document, Reject):
            yield Batch(rejects=[document])
            continue
        for page in pages(document.value):
            rows = page["resources"] if isinstance(page, dict) and isinstance(page.get("resources"), list) else [page]
            if number := _asked(page):
                yield _software(rows, number, place + 1, broken=document.broken)
            else:
                for turn, row in enumerate(rows, start=1):
                    yield _asset(row, place + turn, broken=document.broken and turn == len(rows))
            place += len(rows)
        if any(map(_more, pages(document.value))):
            yield Batch(rejects=[Reject(place, b"", MORE)])


def _asked(page: Any) -> str | None:
    """The asset that a page of software is about, by the address that the page says of itself."""
    hrefs = [text_of(link, "href") or "" for link in rows_of(page, "links") if text_of(link, "rel") in {"self", "Asset"}]
    found = [match[1] for href in hrefs if "/software" in href and (match := _ASSET.search(href))]
    return found[0] if found else None


def _more(page: Any) -> bool:
    number, total = (section(page, "page").get(name) for name in ("number", "totalPages"))
    return isinstance(number, int) and isinstance(total, int) and number + 1 < total


def _software(rows: list[Any], number: str, place: int, *, broken: bool) -> Batch:
    record = Record(place=place, clues=[("agent_id", f"rapid7:{number}")], lists=Lists.SOME_SOFTWARE)
    record.note = "the file breaks off in its list" if broken else _NO_CREDENTIALS
    batch = Batch(record=record, key=number)
    for turn, row in enumerate(rows):
        _see(batch, row if isinstance(row, dict) else {}, place + turn, State.INSTALLED)
    if not batch.sightings:
        record.lists, record.note = Lists.MACHINES, "its list of software is empty"
    return batch


def _asset(row: Any, place: int, *, broken: bool) -> Batch:
    number = text_of(row, "id")
    if not number or not {"ip", "hostName", "addresses", "osFingerprint", "assessedForVulnerabilities", "mac"} & row.keys():
        reason = "software whose page does not say which asset it is of" if text_of(row, "product") else "no asset with an id"
        return Batch(rejects=[Reject(place, raw_of(row), reason)])
    record = Record(place=place, os=value(text_of(row, "os")))
    systems = [record.os] if record.os else []
    record.os_family = family_of(systems)
    record.machine_class = class_of(systems, text_of(section(row, "osFingerprint"), "type") or text_of(row, "type"))
    visits = [moment(text_of(one, "date")) for one in rows_of(row, "history") if text_of(one, "type") in _VISITS]
    record.heard_at = max(filter(None, visits), default=None)
    addresses = [one for one in rows_of(row, "addresses") if isinstance(one, dict)]
    ids = [(text_of(one, "source"), text_of(one, "id")) for one in rows_of(row, "ids")]
    record.clues = clues_of(
        ("agent_id", f"rapid7:{number}"),
        *(("agent_id", f"rapid7-agent:{one}") for source, one in ids if source == "R7 Agent" and one),
        *(("uuid", one) for source, one in ids if source in {"CSPRODUCT", "WMI UUID", "DMIDECODE"}),
        *(("mac", text) for one in (row, *addresses) for text in texts_of(one, "mac")),
        *named(text_of(row, "hostName"), *(text_of(one, "name") for one in rows_of(row, "hostNames"))),
        *(("ip", text) for one in (row, *addresses) for text in texts_of(one, "ip")),
    )
    batch = Batch(record=record, key=number)
    for one in rows_of(row, "software"):
        _see(batch, one if isinstance(one, dict) else {}, place, State.INSTALLED)
    record.lists = Lists.SOME_SOFTWARE if batch.sightings else Lists.MACHINES
    record.note = "the file breaks off in this machine" if broken else _NO_CREDENTIALS if batch.sightings else _NOT_ASKED
    return batch


_VISITS = {"SCAN", "AGENT-IMPORT"}  # others are imports by hand, and changes of exceptions


NEXPOSE = Reader(
    name="nexpose",
    title="Rapid7 Nexpose / InsightVM report (XML 1.0, 2.0)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        _NO_CREDENTIALS,
        "services that answered on a port are mentions, and no installed software",
        "operating systems are guesses: those of the highest certainty are taken",
        "vulnerability definitions name vendors, and are not read",
    ),
    how=(
        "Reports, Create a report, Export, template XML Export 2.0, with the sites or groups whose hosts are wanted, no filter "
        "by vulnerability; Save and run; then download it. Scan with credentials, so that installed software is in it."
    ),
    unit="node",
    basis=Basis.SAMPLES,
    claims=_claims_report,
    batches=_report,
)

INSIGHTVM = Reader(
    name="insightvm",
    title="Rapid7 InsightVM assets and asset software (JSON)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "an answer does not say whether credentials were accepted, or an agent reported: its list may not be all",
        "software of an asset names it by its number alone: give the assets in another file of the same count",
        "products and vendors have Rapid7's own spelling",
        "a list of software has no date of its own: an asset's history says only when it was scanned",
    ),
    how=(
        "With an account of the console, pages to the end:\n"
        "  GET https://CONSOLE:3780/api/3/assets?page=0&size=500 and for each id\n"
        "  GET https://CONSOLE:3780/api/3/assets/{id}/software\n"
        "One file an answer, or answers one after the other in one file."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims_answer,
    batches=_answer,
)
