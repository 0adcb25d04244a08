"""Nmap: a scan as XML. What answered on a port is a mention: a service is no install, and the maker of a network card, which
stands beside its address, is nobody's software.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.document import clues_of
from fullcount.model import Batch, Lists, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream, utc
from fullcount.scanned import class_of, elements, family_of, named, said, value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from xml.etree.ElementTree import Element

_AGAIN = "scan again, with -oX FILE, and let it run to its end"
_NETBIOS = re.compile(r"NetBIOS name: ([^,\s]+)")


def _claims(peek: Peek) -> bool:
    return peek.xml_root == "nmaprun"


def _wanted(path: tuple[str, ...]) -> bool:
    return path in {("nmaprun", "host"), ("nmaprun", "runstats")}  # the latter, so that an empty scan is no break


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a host that answered; place is the ordinal of its element."""
    place = silent = 0
    for one in elements(stream, _wanted, again=_AGAIN):
        if isinstance(one, Reject):
            yield Batch(rejects=[one])
        elif one.tag == "host":
            place += 1
            status = one.find("status")
            if status is not None and status.get("state") == "down":
                silent += 1
            else:
                yield _host(one, place)
    if silent or not place:
        reason = f"{silent:,} addresses did not answer: they are no machines" if silent else "no host in this scan"
        yield Batch(rejects=[Reject(max(place, 1), b"", reason)])


def _host(host: Element, place: int) -> Batch:
    guess = max(host.findall("os/osmatch"), key=_accuracy, default=None)
    os = value(guess.get("name")) if guess is not None else None
    kind = next((one.get("type") for one in guess.iter("osclass")), None) if guess is not None else None
    systems = [os] if os else []
    record = Record(place=place, os=os, os_family=family_of(systems), machine_class=class_of(systems, kind))
    record.heard_at = _epoch(host.get("endtime")) or _epoch(host.get("starttime"))
    record.clues = clues_of(*_clues(host))
    batch = Batch(record=record)
    for port in host.findall("ports/port"):
        if (state := port.find("state")) is not None and state.get("state") == "open":
            _see(batch, port, place)
    record.lists = Lists.SOME_SOFTWARE if batch.sightings else Lists.MACHINES
    record.looked_at = record.heard_at if batch.sightings else None
    record.note = "seen over the network: nobody looked into it"
    return batch


def _accuracy(guess: Element) -> int:
    text = guess.get("accuracy") or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0


def _epoch(text: str | None) -> datetime | None:
    return utc(int(text)) if text and text.isascii() and text.isdecimal() and len(text) <= 11 else None


def _clues(host: Element) -> Iterator[tuple[str, str | None]]:
    for address in host.findall("address"):
        if address.get("addrtype") == "mac":
            yield "mac", address.get("addr")  # its attribute `vendor` made the network card
        else:
            yield "ip", address.get("addr")
    for name in host.findall("hostnames/hostname"):
        yield from named(name.get("name"))
    for script in host.findall("hostscript/script"):
        if script.get("id") == "smb-os-discovery":
            found = {elem.get("key"): (elem.text or "").replace("\\x00", "") for elem in script.findall("elem")}
            yield from named(found.get("fqdn"), found.get("server"))
            yield "domain", value(found.get("domain_dns")) or value(found.get("workgroup"))
        elif script.get("id") == "nbstat" and (match := _NETBIOS.search(script.get("output") or "")):
            yield from named(match[1])


def _see(batch: Batch, port: Element, place: int) -> None:
    """What was recognised behind an open port; a name taken from the port's number alone is no product."""
    service = port.find("service")
    if service is None or service.get("method") != "probed":
        return
    product, cpe = value(service.get("product")), said(service, "cpe")
    if product or cpe:
        title = Title(Trace.DETECTION, name=product, version=value(service.get("version")), cpe=cpe)
        batch.saw(title, place, State.MENTION)


NMAP = Reader(
    name="nmap",
    title="Nmap scan (XML)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "a scan looks at machines from outside: what is installed on them it cannot see",
        "a service that answered on a port is a mention, and no installed software",
        "the maker of a network card is not read, nor what scripts wrote beyond names",
        "an address that did not answer is no machine; behind a filter there may be one",
    ),
    how="As root, with leave of whoever owns the network: nmap -sV -O --script smb-os-discovery,nbstat -oX scan.xml NETWORK",
    unit="host element",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
