"""Windows: what `msiinfo` of msitools says of an installer: its summary, and its table of properties.

An installer at hand is no program on a machine: it is a mention. Names of properties: Microsoft's pages on the
summary information stream and the Property table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.model import Batch, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lines import SHOWN, first_lines, numbered
from fullcount.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAIR = re.compile(r"([A-Z][\w ()]{1,40}): ?(.*)")
_SUMMARY = {"Title", "Subject", "Author", "Keywords", "Comments", "Template", "Last author", "Revision number (UUID)", "Created"}
_SUMMARY |= {"Last saved", "Version", "Source", "Application", "Security", "Last printed", "Codepage", "Pages", "Words"}
_NEEDED = {"Template", "Revision number (UUID)"}
_TABLE = ["Property\tValue", "s72\tl0", "Property\tProperty"]
_PROPERTIES = 10_000
_MARK = re.compile(r"[\x00-\x08\x11-\x1f]")  # what an export writes for line ends and tabs inside values


def claims(peek: Peek) -> bool:
    """The summary's own names, or the first three lines of the exported table."""
    lines = [line for line in first_lines(peek) if line.strip()]
    names = {match[1] for line in lines if (match := _PAIR.fullmatch(line))}
    return _is_table(lines) or (names >= _NEEDED and names <= _SUMMARY)


def _is_table(lines: list[str]) -> bool:
    return [line.strip().lower() for line in lines[:3]] == [line.lower() for line in _TABLE]


def batches(stream: Stream) -> Iterator[Batch]:
    """One record with one title. Place is 1: the file describes one installer."""
    said: dict[str, str] = {}
    batch = Batch()
    separator = ""
    for place, line in numbered(stream):
        if not line.strip():
            continue
        separator = separator or ("\t" if "\t" in line else ":")
        name, found, value = line.partition(separator)
        if not found or len(said) >= _PROPERTIES:
            batch.reject(place, line[:SHOWN], "no property and value")
        else:
            said.setdefault(name.strip(), _MARK.sub(" ", value).strip())
    mention(batch, of_properties(said) if separator == "\t" else _from_summary(said), "; ".join(said)[:SHOWN])
    batch.record = Record(
        place=1,
        clues=[("hostname", stream.host)] if stream.host else [],
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        os_family=Os.WINDOWS,
        note="an installer is described: that it was run is not said",
    )
    yield batch


def mention(batch: Batch, title: Title, raw: str) -> None:
    """See an installer's product, of which there is one."""
    if title.name or title.product_code:
        batch.saw(title, 1, State.MENTION)
    else:
        batch.reject(1, raw, "an installer without the name of a product")


def _from_summary(said: dict[str, str]) -> Title:
    """The revision number is the code of this very file, not that of the product."""
    return Title(Trace.PROGRAM, name=clean(said.get("Subject")), publisher=clean(said.get("Author")))


def of_properties(said: dict[str, str]) -> Title:
    """The product that an installer's table of properties describes."""
    return Title(
        Trace.PROGRAM,
        name=clean(said.get("ProductName")),
        version=clean(said.get("ProductVersion")),
        publisher=clean(said.get("Manufacturer")),
        product_code=clean(said.get("ProductCode")),
        upgrade_code=clean(said.get("UpgradeCode")),
    )


MSI = Reader(
    name="msi",
    title="Windows Installer file, as msiinfo describes it",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "An installer that lies somewhere proves no program: it is a mention, whoever has it.",
        "The summary has no version and no product code: export the table of properties.",
        "The text names neither its machine nor its date.",
    ),
    how="For each installer: `msiinfo export FILE.msi Property > FILE.txt`, or `msiinfo suminfo FILE.msi > FILE.txt` (msitools).",
    unit="installer",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
