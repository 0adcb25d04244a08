"""Tanium: the answer to a question about installed applications, as the console exports it (CSV).

Without the computer's name an answer is counts. Where a sensor failed, its error stands in place of a name. Facts: answers that
users of its interface have published.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.answer import Fields, File, Piece, family, first, machine, refused, see
from fullcount.model import Batch, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Reader, Stream
from fullcount.readers.registers.rows import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORM = Form(
    columns={
        "computer": ("Computer Name",),
        "number": ("Computer ID",),
        "serial": ("Computer Serial Number", "Serial Number"),
        "ip": ("Tanium Client IP Address", "IP Address"),
        "mac": ("MAC Address",),
        "os": ("Operating System",),
        "user": ("Last Logged In User",),
        "name": ("Name", "Installed Applications - Name", "Installed Applications Name", "Application Name"),
        "version": ("Version", "Installed Applications - Version", "Installed Applications Version"),
        "uninstall": ("Silent Uninstall String", "Installed Applications - Silent Uninstall String"),
        "count": ("Count",),
    },
    habits=(
        {"name", "version", "silent uninstall string"},
        {"name", "version", "uninstallable", "count"},
        {"computer name", "installed applications - name"},
        {"computer name", "installed applications name"},
    ),
)
_MACHINE: Fields = {
    "id": ("number",),
    "serial": ("serial",),
    "ip": ("ip",),
    "mac": ("mac",),
    "name": ("computer",),
    "os": ("os",),
    "owner": ("user",),
}
_SOFTWARE: Fields = {"name": ("name",), "version": ("version",), "product_code": ("code",)}
_FAILED = re.compile(r"TSE-Error|\[[a-z ]{1,40}\]|N/A on ", re.IGNORECASE)
_CODE = re.compile(r"msiexec[^{]{0,200}(\{[0-9a-f-]{36}\})", re.IGNORECASE)


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is that of the row."""
    file = File()
    for piece in _FORM.pieces(stream, file):
        if isinstance(piece, Reject):
            yield Batch(rejects=[piece])
        else:
            yield from _taken(piece, file)
    yield from file.conclude(never="a question lists what it asked for, of those machines that answered")


def _taken(piece: Piece, file: File) -> Iterator[Batch]:
    row, place = piece.row, piece.place
    record = machine(row, place, _MACHINE, tool="tanium") if isinstance(row, dict) else Record(place=place)
    computer = first(row, "number", "computer")
    if not computer or not record.clues or _FAILED.match(computer):
        yield refused(piece, "a count of machines that have an application names none of them")
        return
    name = first(row, "name")
    if not name or _FAILED.match(name):
        record.lists, record.note = Lists.MACHINES, f"Tanium's sensor failed: {name}" if name else "it answered without a name"
        yield Batch(record=record, key=computer, rejects=[Reject(place, _shown(row), "an error of the sensor, no application")])
        return
    record.lists = Lists.SOME_SOFTWARE
    batch = file.software(computer, lambda: record)
    for one in _each(row):
        trace = Trace.APP if one["name"].endswith(".app") else _trace(record)
        see(batch, one, place, _SOFTWARE, trace=trace)
    yield batch


def _trace(record: Record) -> Trace:
    return {"linux": Trace.PACKAGE, "macos": Trace.APP}.get(family(record.os), Trace.PROGRAM)


def _each(row: dict[str, str]) -> Iterator[dict[str, str]]:
    """The applications in a row: one, or one a line of its cells where these have as many lines."""
    cells = {name: re.split(r"\r\n|\n", row[name]) for name in ("name", "version", "uninstall") if name in row}
    for turn, name in enumerate(cells["name"]):
        own = {one: parts[turn] for one, parts in cells.items() if len(parts) == len(cells["name"])}
        code = _CODE.match(own.get("uninstall", ""))
        if name.strip():
            yield {"name": name, "version": own.get("version", ""), "code": code[1] if code else ""}


def _shown(row: dict[str, str]) -> bytes:
    return "\t".join(row.values()).encode("utf-8", "surrogatepass")[:4096]


TANIUM_QUESTION = Reader(
    name="tanium-question",
    title="Tanium answers about installed applications (CSV, XLSX)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP}),
    blind=(
        "machines that were off while the question ran are not in the answer: it proves presence, never absence",
        "an answer without the computer's name is counts, which are listed as rejects",
        "publishers are not listed: products are found by name, or by the product code in the uninstall string",
        "an answer has no date: put it into a folder named by its date (2017-10-10)",
    ),
    how=(
        "In Tanium Console, Interact, ask: Get Computer Name and Computer ID and Computer Serial Number and Installed "
        "Applications from all machines. When the answer is complete, select all rows and export them as CSV."
    ),
    unit="row",
    basis=Basis.DOCUMENTATION,
    claims=_FORM.claims,
    batches=_batches,
)
