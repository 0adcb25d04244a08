"""Snaps as snapd's interface answers them: `/v2/snaps`, `/v2/snaps/NAME`, or the list in it alone.

Facts: snapd's documentation, "REST API". `status` is `active` for the revision that is in use, `installed` for one that
is kept or disabled; what a store offers is `available` or `priced`, and has no day of installation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import MORE, Document, day_of, documents, raw_of, section, text_of
from fullcount.model import Batch, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = tuple(re.compile(rf'"{name}"\s*:') for name in ("confinement", "revision", "name"))
_OWN = re.compile(r'"(?:installed-size|install-date|mounted-from|tracking-channel|ignore-validation|jailmode)"\s*:')
_STATES = {"active": State.INSTALLED, "installed": State.FILES, "available": State.MENTION, "priced": State.MENTION}


def claims(peek: Peek) -> bool:
    """JSON with the fields of a snap as only snapd writes them."""
    return bool(peek.json_start) and all(mark.search(peek.text) for mark in _MARKS) and bool(_OWN.search(peek.text))


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal of the snap, answers counted through."""
    batch, place, notes = Batch(key="machine"), 0, ["only snaps are listed"]
    for one in documents(stream):
        if isinstance(one, Reject):
            batch.rejects.append(one)
            continue
        notes += ["the file breaks off in the list"] if one.broken else []
        found = _snaps(one, batch)
        if isinstance(one.value, dict) and one.value.get("next"):
            notes.append(MORE)
        for snap in found:
            place += 1
            _see(batch, snap, place)
    batch.record = Record(
        place=1,
        clues=[("hostname", stream.host)] if stream.host else [],
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        os_family=Os.LINUX,
        note="; ".join(dict.fromkeys(notes)),
    )
    yield batch


def _snaps(one: Document, batch: Batch) -> list[Any]:
    """The snaps of an answer: a list, one alone, or the list without the answer around it."""
    found = one.value
    if isinstance(found, dict) and "result" in found:
        found = found["result"]
    if isinstance(found, dict):
        found = found["snaps"] if isinstance(found.get("snaps"), list) else [found]
    if isinstance(found, list):
        return found
    batch.reject(one.place, raw_of(one.value), "no answer about snaps")
    return []


def _see(batch: Batch, snap: Any, place: int) -> None:
    name = text_of(snap, "name")
    if not name:
        batch.reject(place, raw_of(snap), "a snap without a name")
        return
    publisher = section(snap, "publisher")
    title = Title(
        Trace.PACKAGE,
        name=text_of(snap, "title") or name,
        version=text_of(snap, "version"),
        publisher=text_of(publisher, "display-name", "username") or text_of(snap, "publisher", "developer"),
        package=name,
    )
    day = day_of(text_of(snap, "install-date"))
    assumed = State.INSTALLED if day else State.MENTION
    batch.saw(title, place, _STATES.get(text_of(snap, "status") or "", assumed), Detail(installed_on=day) if day else None)


SNAPD = Reader(
    name="snapd",
    title="snaps as snapd lists them (JSON)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "Only snaps are listed: no packages of the distribution, and no software that was unpacked or built.",
        "The answer names neither its machine nor its date.",
        "A revision that is kept but not in use counts as files that are present.",
    ),
    how=(
        'On each machine: `curl -s --unix-socket /run/snapd.socket http://localhost/v2/snaps > "$(hostname).json"`. Give '
        "the machine by the file's name, or with `--host`."
    ),
    unit="snap",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
