"""Tanium: endpoints, and what is installed on them, as Tanium Gateway (GraphQL) answers them.

`assetProductEndpoints` names the machines, `endpoints` lists `installedApplications`; both have the computer's id. What
else a query asked of `endpoints` is used where it is there. Where the sensor failed, its error stands as an application.
Facts: answers of a real Gateway, and the names of its schema.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import (
    MORE,
    clues_of,
    documents,
    names_of,
    pages,
    raw_of,
    rows_of,
    section,
    text_of,
    texts_of,
)
from fullcount.model import Batch, Class, Lists, Os, Record, Reject, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.table import family_of
from fullcount.text import key
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_START = re.compile(r'\s*+[\[{]\s*+(?:\{\s*+)?"data"\s*+:\s*+\{\s*+"(?:endpoints|assetProductEndpoints|assetProducts)"\s*+:')
_MARKS = ('"computerID"', '"computerId"', '"installedApplications"', '"assetProducts"')
_CONNECTIONS = ("endpoints", "assetProductEndpoints")
_FAILED = re.compile(
    r"TSE-Error|\[current result unavailable\]|\[results? currently unavailable\]|\[no results?\]|N/A on ", re.IGNORECASE
)
_CODE = re.compile(r"msiexec[^{]*(\{[0-9a-f-]{36}\})", re.IGNORECASE)
_WHOLE = frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP})  # the sensor asks each system for what it has
_TRACES = {Os.LINUX: Trace.PACKAGE, Os.MACOS: Trace.APP}


def _claims(peek: Peek) -> bool:
    return bool(_START.match(peek.text)) and any(mark in peek.text for mark in _MARKS)


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a machine. Place of a machine is its ordinal; of software, that in its list."""
    place, more = 0, False
    for document in documents(stream):
        if isinstance(document, Reject):
            yield Batch(rejects=[document])
            continue
        nodes: list[Any] = []
        for page in pages(document.value):
            for name in _CONNECTIONS:
                connection = section(page, "data", name)
                nodes += rows_of(connection, "edges")
                more = section(connection, "pageInfo").get("hasNextPage") is True if connection else more
        if not nodes:
            reason = "counts of products name no machine" if section(document.value, "data", "assetProducts") else "no endpoints"
            yield Batch(rejects=[Reject(document.place, raw_of(document.value), reason)])
        for number, edge in enumerate(nodes, start=1):
            place += 1
            yield _batch(section(edge, "node"), edge, place, whole=not (document.broken and number == len(nodes)))
    if more:
        yield Batch(rejects=[Reject(place, b"", MORE)])


def _batch(node: dict[str, Any], edge: Any, place: int, *, whole: bool) -> Batch:
    number = text_of(node, "computerID", "computerId")
    if not number:
        return Batch(rejects=[Reject(place, raw_of(edge), "an endpoint without a computer's id")])
    record = _record(node, number, place)
    batch = Batch(record=record, key=number)
    rows = node.get("installedApplications")
    if not isinstance(rows, list):
        record.lists, record.traces = Lists.MACHINES, frozenset()
        return batch
    failed = ""
    for turn, row in enumerate(rows, start=1):
        failed = _see(batch, row, turn, record.os_family) or failed
    record.lists, record.traces = Lists.ALL_SOFTWARE, _WHOLE
    # answers may come from the cache, and are no newer than the last contact
    record.looked_at = parse(text_of(node, "eidLastSeen"))
    notes = [
        record.note,
        f"Tanium's sensor failed: {failed}" if failed else "",
        "" if whole else "the file breaks off in this machine",
    ]
    if failed or not whole or (rows and not batch.sightings):
        record.lists = Lists.SOME_SOFTWARE if batch.sightings else Lists.MACHINES
    elif not rows:
        notes.append("the list of applications is empty")
    record.note = "; ".join(filter(None, notes)) or None
    return batch


def _see(batch: Batch, row: Any, place: int, family: Os) -> str:
    """Take one row; returns the error of the sensor where it is one."""
    name = text_of(row, "name")
    if not name or _FAILED.match(name):
        batch.reject(place, raw_of(row), "an error of the sensor, no application" if name else "software without a name")
        return name or ""
    code = _CODE.match(text_of(row, "silentUninstallString") or "")
    trace = Trace.APP if name.endswith(".app") else _TRACES.get(family, Trace.PROGRAM)
    batch.saw(
        Title(
            type=trace,
            name=name,
            version=text_of(row, "version"),
            product_code=code[1] if code else None,
            package=name if trace is Trace.PACKAGE else None,
        ),
        place,
    )
    return ""


def _record(node: dict[str, Any], number: str, place: int) -> Record:
    system = section(node, "os")
    written = text_of(node, "operatingSystem") or text_of(system, "name", "generation")
    platform = text_of(node, "osPlatform") or text_of(system, "platform")
    record = Record(place=place, os=written or platform)
    record.os_family = Os.MACOS if (platform or "").lower() == "mac" else family_of(platform) or family_of(written)
    if written and "server" in key(written):
        record.machine_class = Class.SERVER
    record.heard_at = parse(text_of(node, "eidLastSeen", "updatedAt"))
    named = text_of(node, "computerName", "name")
    record.note = None if named else "its names are in another call"
    record.clues = clues_of(
        ("agent_id", f"tanium:{number}"),
        ("serial", text_of(node, "serialNumber")),
        ("manufacturer", text_of(node, "manufacturer")),
        ("uuid", text_of(node, "systemUUID")),
        *(("mac", mac) for mac in texts_of(node, "macAddresses")),
        *(("ip", address) for address in (*texts_of(node, "ipAddress"), *texts_of(node, "ipAddresses"))),
        *names_of(named),
        ("domain", text_of(node, "domainName")),
    )
    return record


TANIUM = Reader(
    name="tanium",
    title="Tanium Gateway endpoints and installed applications (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=_WHOLE,
    blind=(
        "publishers are not listed: products are found by name, or by the product code in the uninstall string",
        "software of one user is listed only where the sensor reads that user's registry",
        "a machine whose sensor failed has an error in place of its list, and counts as not looked at",
        "a question's answer has no date unless eidLastSeen was asked for",
        "the answer does not say of which kind its rows are, unless the operating system was asked for",
    ),
    how=(
        "In Tanium Console, Modules, Gateway, or with an API token at https://TANIUM/plugin/products/gateway/graphql:\n"
        "  query { endpoints(first: 1000) { edges { node { computerID name serialNumber systemUUID macAddresses ipAddress\n"
        "    domainName manufacturer os { name platform } eidLastSeen\n"
        "    installedApplications { name version silentUninstallString } } } pageInfo { hasNextPage endCursor } } }\n"
        "and again with after: the endCursor, until hasNextPage is false. One file a page, or all pages in one file."
    ),
    unit="machine",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
