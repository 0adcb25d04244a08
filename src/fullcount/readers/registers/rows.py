"""What registers of assets have in common: the same rows as JSON and as a spreadsheet, and kinds of things in words.

A tool gives its fields once, by the names of its interface; captions of its spreadsheets lead to the same names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fullcount.answer import Piece, pieces, told
from fullcount.model import Class, Reject
from fullcount.reader import Peek
from fullcount.scanned import Row, fitting
from fullcount.scanned import rows as table_rows
from fullcount.text import key, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from fullcount.answer import File
    from fullcount.reader import Stream

_WORDS = (  # of a kind; the first that fits, so that a dock for laptops is none
    (Class.OTHER, "monitor display dock docking keyboard mouse headset projector ups pdu camera webcam rack bag"),
    (Class.PHONE, "phone iphone ipad smartphone android voip"),
    (Class.SERVER, "server hypervisor esx esxi mainframe"),
    (Class.PRINTER, "printer plotter mfp multifunction"),
    (Class.NETWORK, "switch router firewall wap netgear modem gateway wireless balancer network"),
    (Class.WORKSTATION, "laptop desktop notebook workstation macbook imac ultrabook chromebook"),
    (Class.PHONE, "mobile"),
    (Class.OTHER, "cluster storage nas san tv scanner application service database chassis plc"),
)
_KINDS = tuple((kind, frozenset(names.split())) for kind, names in _WORDS)


@dataclass(frozen=True, kw_only=True)
class Form:
    """How a register's rows are told and found, as an answer of its interface and as a spreadsheet."""

    paths: tuple[str, ...] = ("",)  # at which rows stand in an answer
    marks: tuple[frozenset[str], ...] = ()  # fields, of which rows in an answer have all of one set
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # field -> captions in a spreadsheet
    habits: tuple[Collection[str], ...] = ()  # folded captions, of which a spreadsheet has all of one set
    total: tuple[str, ...] = ()  # fields of a page: how many rows there are, and whether a next one is named
    more: tuple[str, ...] = ()

    def claims(self, peek: Peek) -> bool:
        """Whether a file is one of these."""
        return told(peek, self.paths, *self.marks) or bool(self.habits and fitting(peek, self.habits))

    def pieces(self, stream: Stream, file: File) -> Iterator[Piece | Reject]:
        """The rows of a file in either form, and what is none. Raises `UnreadableError`, also half-way."""
        if self.marks and not (self.habits and fitting(Peek.at(stream.path), self.habits)):
            yield from pieces(stream, file, self.paths, total=self.total, more=self.more)
            return
        for row in table_rows(stream, self.columns, self.habits):
            if isinstance(row, Row):
                file.place = row.place
                yield Piece(row.place, row.cells)
            else:
                file.broken = True  # whose row it was, nobody knows
                yield row


def class_of(*texts: str | None) -> Class:
    """What a thing is by the words for its kind, the first text that tells counting; unknown where none does.

    >>> class_of("Laptops"), class_of(None, "Docking station for laptops"), class_of("Windows"), class_of("cmdb_ci_ip_switch")
    (<Class.WORKSTATION: 'workstation'>, <Class.OTHER: 'other'>, <Class.UNKNOWN: 'unknown'>, <Class.NETWORK: 'network'>)
    """
    for text in filter(None, texts):
        said = words(key(text.replace("_", " ")))
        said += [word.removesuffix("es" if word.endswith("ches") else "s") for word in said]
        for kind, names in _KINDS:
            if not names.isdisjoint(said):
                return kind
    return Class.UNKNOWN


def plain_names(names: list[str]) -> list[str]:
    """Those names of things that can be names of hosts: what people write with spaces is a label."""
    return [name for name in names if not any(letter.isspace() for letter in name)]
