"""Wazuh: agents and their inventory, as its server (API), its indexer, and version 5's agents (sync messages) give them.

The server numbers its agents from 001, so that the ids of two servers collide; 000 is the server itself. Packages are
in another call than names, and are joined by the agent's id. Facts: Wazuh's pages on its API and on the fields of its
inventory, and captured answers and messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullcount.document import (
    Gathered,
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
from fullcount.model import Batch, Lists, Record, Reject, Sighting, State, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.wazuh.rows import fact_of, with_system
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_WHOLE = frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP})
_ANSWER = re.compile(r'\s*+[\[{]\s*+(?:\{\s*+)?"(?:data|error|message)"\s*+:')
_ITEMS = re.compile(r'"affected_items"\s*+:\s*+\[')
_FIELDS = ('"agent_id"', '"lastKeepAlive"', '"registerIP"', '"cve"', '"node_name"')
_INDEX = re.compile(r'"_?index"\s*+:\s*+"wazuh-states-')
_OURS = re.compile(r"wazuh-states-(?:inventory-)?([a-z]+(?:-extensions)?)")
# Fields of the answers of `/syscollector` that are about neither software nor the machine's names.
_OTHER_CALLS = ("hotfix", "local", "address", "dhcp")


@dataclass(slots=True)
class _File:
    """What a file has said so far."""

    machines: Gathered = field(default_factory=Gathered)
    kinds: dict[str, set[str]] = field(default_factory=dict)  # machine -> packages, vulnerabilities, other
    rows: dict[str, int] = field(default_factory=dict)  # machine, or "" for all -> rows of packages here
    total: dict[str, int] = field(default_factory=dict)  # the same -> rows that there are
    broken: bool = False

    def whole(self, machine: str) -> bool:
        """Whether all packages of a machine are here, by what the answers say of their number."""
        asked = [name for name in (machine, "") if name in self.total]
        return not self.broken and bool(asked) and all(self.rows[name] >= self.total[name] for name in asked)


def _claims(peek: Peek) -> bool:
    if peek.json_start and _ITEMS.search(peek.text):
        return bool(_ANSWER.match(peek.text)) and any(name in peek.text for name in _FIELDS)
    return bool(peek.json_start) and bool(_INDEX.search(peek.text)) and '"_source"' in peek.text


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file, place = _File(), 0
    for document in documents(stream):
        file.broken = file.broken or isinstance(document, Reject) or document.broken
        if isinstance(document, Reject):
            yield Batch(rejects=[document])
            continue
        for row in (row for page in pages(document.value) for row in _rows(page, file)):
            place += 1
            yield _row(row, place, file)
    for machine, kinds in file.kinds.items():
        yield _end(machine, kinds, file)


def _rows(page: Any, file: _File) -> list[Any]:
    """The rows of an answer; what it says of the number of packages is kept."""
    if hits := section(page, "hits"):
        rows, total = rows_of(hits, "hits"), section(hits, "total").get("value", hits.get("total"))
    elif data := section(page, "data"):
        rows, total = rows_of(data, "affected_items"), data.get("total_affected_items")
    else:
        return [page]
    packages = [row for row in rows if _kind(row) == "packages"]
    machines = {_agent(row)[0] or "" for row in packages}
    about = machines.pop() if len(machines) == 1 and not hits else ""
    if packages:
        file.rows[about] = file.rows.get(about, 0) + len(packages)
        file.total[about] = max(file.total.get(about, 0), total if isinstance(total, int) else 2**62)
    return rows


def _kind(row: Any) -> str:
    """What a row is about: the name of its index, or of the call that answers so."""
    if not isinstance(row, dict):
        return ""
    if found := _OURS.match(text_of(row, "_index") or ""):
        return found[1]
    if "cve" in row:
        return "vulnerabilities"
    if "agent_id" not in row:
        return "agents" if "id" in row and {"lastKeepAlive", "registerIP", "status", "os"} & row.keys() else ""
    fields = {
        "board_serial": "hardware",
        "mac": "interfaces",
        "hostname": "system",
        "pid": "processes",
        **dict.fromkeys(_OTHER_CALLS, "ports"),
        "name": "packages",
    }
    return next((kind for name, kind in fields.items() if name in row), "")


def _agent(row: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """The id, name and address of the agent that a row is about."""
    source = section(row, "_source")
    agent = section(source, "agent") or section(source, "wazuh", "agent")
    if agent:
        return text_of(agent, "id"), text_of(agent, "name"), text_of(section(agent, "host"), "ip")
    return text_of(row, "agent_id"), text_of(row, "agent_name"), text_of(row, "agent_ip")


def _row(row: Any, place: int, file: _File) -> Batch:
    kind = _kind(row)
    if not kind:
        return Batch(rejects=[Reject(place, raw_of(row), "neither an agent nor a piece of one's inventory")])
    if kind == "agents":
        return Batch(record=_machine(row, place), key=text_of(row, "id"))
    number, name, _ = _agent(row)
    machine = number or name or ""
    data = section(row, "_source") or row
    file.kinds.setdefault(machine, set()).add(kind if kind in {"packages", "vulnerabilities"} else "other")
    batch = file.machines.batch(
        machine,
        lambda: _named(row, place),
        _scanned(data) if kind == "packages" else None,
    )
    fact = fact_of(kind, data, place)
    if isinstance(fact, str):
        batch.reject(place, raw_of(row), fact)
    elif isinstance(fact, Sighting):
        batch.sightings.append(fact)
    elif fact is not None:
        fact.place = file.machines.records[machine].place
        batch.record = _joined(batch.record, fact)
    return batch


def _joined(first: Record | None, more: Record) -> Record:
    """What a row says of a machine's names, put into its record where this row is the first of it."""
    if first is None:
        return more
    first.clues += more.clues
    first.os, first.os_family, first.machine_class = more.os, more.os_family, more.machine_class
    return first


def _scanned(data: dict[str, Any]) -> datetime | None:
    return parse(text_of(section(data, "scan"), "time")) or parse(text_of(section(data, "state"), "modified_at"))


def _end(machine: str, kinds: set[str], file: _File) -> Batch:
    if kinds == {"other"}:
        return file.machines.last(machine, Lists.MACHINES, note=None)
    if "packages" not in kinds:
        note = "only packages with known vulnerabilities are listed"
        return file.machines.last(machine, Lists.SOME_SOFTWARE, note=note)
    if not file.whole(machine):
        note = "not all rows are here: pages are missing, the file is damaged, or the answer does not say how many there are"
        return file.machines.last(machine, Lists.SOME_SOFTWARE, note=note)
    return file.machines.last(machine, Lists.ALL_SOFTWARE, traces=_WHOLE)


# -- machines ------------------------------------------------------------------------------------------------------


def _machine(row: dict[str, Any], place: int) -> Record:
    """An agent of the call `/agents`."""
    record = with_system(Record(place=place, lists=Lists.MACHINES, traces=frozenset()), section(row, "os"))
    record.heard_at = parse(text_of(row, "lastKeepAlive", "disconnection_time"))
    record.ou = "/".join(texts_of(row, "group")) or None
    record.clues = clues_of(
        ("agent_id", f"wazuh:{text_of(row, 'id')}"),
        ("ip", text_of(row, "ip")),
        ("ip", text_of(row, "registerIP")),
        *names_of(text_of(row, "name")),
    )
    return record


def _named(row: dict[str, Any], place: int) -> Record:
    """The machine of a row of inventory."""
    number, name, address = _agent(row)
    record = with_system(Record(place=place), section(row, "_source", "host", "os"))
    if number and not name:
        record.note = "its names are in another call"
    elif not number and not name:
        record.note = "the answer does not name its machine"
    record.clues = clues_of(("agent_id", f"wazuh:{number}" if number else None), ("ip", address), *names_of(name))
    return record


_BLIND = (
    "servers number their agents alike: exports of two servers must not be counted together, unless they name their machines",
    "host names in the inventory are cut at 15 characters",
    "programs are listed by install key, package or application bundle: not what was copied or unpacked",
    "the index and the call of vulnerabilities list only vulnerable packages; hotfixes, ports and accounts are not read",
    "the list is taken for whole only where the answers say how many rows there are, and all are in one file",
)

WAZUH = Reader(
    name="wazuh",
    title="Wazuh agents and inventory (server API or indexer, JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=_WHOLE,
    blind=_BLIND,
    how=(
        "From the server, with a token: GET https://SERVER:55000/agents?limit=500&offset=0 and so on into one file, and for "
        "each agent GET https://SERVER:55000/syscollector/001/packages?limit=500&offset=0 and so on, all pages in another, one "
        "a line. From the indexer (4.13 or newer): "
        "GET https://INDEXER:9200/wazuh-states-inventory-packages-*/_search?size=10000&scroll=5m, then the scroll's pages into "
        "the same file, and likewise wazuh-states-inventory-system-*, -hardware-* and -interfaces-*."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)


# -- messages of version 5 -----------------------------------------------------------------------------------------


def _claims_sync(peek: Peek) -> bool:
    return bool(peek.json_start) and peek.has('"metadata"', "syscollector", "wazuh-states-inventory-")


def _sync_batches(stream: Stream) -> Iterator[Batch]:
    """One batch a message, and so a machine. Place is the ordinal of the item in its message."""
    for document in documents(stream):
        if isinstance(document, Reject):
            yield Batch(rejects=[document])
            continue
        for page in pages(document.value):
            yield _message(page, stream.host, whole=not document.broken)


def _message(page: Any, host: str | None, *, whole: bool) -> Batch:
    record = Record(place=1, clues=clues_of(*names_of(host)))
    batch = Batch(record=record)
    packages: list[datetime | None] = []
    for place, item in _replayed(rows_of(page, "items")):
        found, data = _OURS.match(text_of(item, "index") or ""), section(item, "data")
        fact = fact_of(found[1], data, place) if found else "an item without an index"
        changed = parse(text_of(section(data, "state"), "modified_at"))
        record.heard_at = max(filter(None, (record.heard_at, changed)), default=None)
        if isinstance(fact, str):
            batch.reject(place, raw_of(item), fact)
        elif isinstance(fact, Sighting):
            gone = text_of(item, "operation") == "Delete"
            batch.sightings.append(fact._replace(state=State.REMOVED) if gone else fact)
            packages += [changed] if found and found[1] == "packages" else []
        elif fact is not None:
            record.clues += fact.clues
            if fact.os:
                record.os, record.os_family, record.machine_class = fact.os, fact.os_family, fact.machine_class
    metadata = section(page, "metadata")
    record.looked_at = max(filter(None, packages), default=None)
    record.lists, record.traces = Lists.SOME_SOFTWARE if batch.sightings else Lists.MACHINES, frozenset()
    record.note = "the message holds changes only, or no packages" if whole else "the file breaks off in this message"
    if whole and packages and (text_of(metadata, "option") == "VDFirst" or text_of(metadata, "mode") == "ModuleFull"):
        record.lists, record.traces, record.note = Lists.ALL_SOFTWARE, _WHOLE, None
    return batch


def _replayed(items: list[Any]) -> list[tuple[int, Any]]:
    """The last word on each item, in the order of their numbers."""
    last: dict[object, tuple[int, Any]] = {}
    for place, item in enumerate(items, start=1):
        about = (text_of(item, "index"), text_of(item, "id"))
        last[about if all(about) else place] = (place, item)
    return sorted(last.values(), key=lambda one: one[0])


WAZUH_SYNC = Reader(
    name="wazuh-sync",
    title="Wazuh 5 agent's inventory message (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=_WHOLE,
    blind=(*_BLIND[1:4], "a message of changes is no list; it does not name its agent, unless it holds the system's own index"),
    how="Captured between agent and manager; name the file after the machine. The indexer's answers are the better export.",
    unit="item",
    basis=Basis.SAMPLES,
    claims=_claims_sync,
    batches=_sync_batches,
    needs_host=True,
)
