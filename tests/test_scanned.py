"""What scanners write alike: elements one by one from any XML, rows of spreadsheets, dates, names and guesses."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from tests.answers import written

from fullcount.errors import UnreadableError
from fullcount.model import Class, Os, Reject
from fullcount.reader import Peek, Stream
from fullcount.scanned import class_of, elements, family_of, moment, named, rows, value

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

HABITS = ({"ip", "name"},)
COLUMNS = {"ip": ("IP",), "name": ("Name", "Host"), "os": ("OS",)}


def stream(tmp_path: Path, data: str | bytes) -> Stream:
    path = written(tmp_path, data, "file")
    return Stream(path=path, encoding=Peek.at(path).encoding)


def hosts(tmp_path: Path, data: str | bytes) -> list[Element | Reject]:
    found = elements(stream(tmp_path, data), lambda path: path[-1] == "host", dropped=("long",), again="scan again")
    return list(found)


def test_elements_without_prefixes_and_without_what_is_dropped(tmp_path: Path) -> None:
    text = '<r xmlns="urn:a" xmlns:b="urn:b"><x>no</x><b:host a="1"><long><y>z</y></long><b:host>2</b:host></b:host><host/></r>'
    first, second = hosts(tmp_path, text)
    assert not isinstance(first, Reject)
    assert not isinstance(second, Reject)
    assert (first.get("a"), first.findtext("host"), len(first.find("long") or ())) == ("1", "2", 0)
    assert first.find("long/y") is None
    assert second.tag == "host"


@pytest.mark.parametrize(
    "rest", ["<host>", "</q>", "<a>" * 100_000, "<host>" + "<a>" * 100, "<host>\0</host>", "<host>&a;</host>"]
)
def test_a_break_keeps_what_was_complete(rest: str, tmp_path: Path) -> None:
    first, reject = hosts(tmp_path, f"<r>\n<host/>\n{rest}")
    assert not isinstance(first, Reject)
    assert isinstance(reject, Reject)
    assert "the file breaks here" in reject.reason
    assert len(reject.raw) <= 4096


@pytest.mark.parametrize(
    "text",
    [
        "<r><host>",
        '<!DOCTYPE r [<!ENTITY a "b">]><r><host>&a;</host></r>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r><host>&a;</host></r>',
        "<?xml version='1.0' encoding='x-nobody'?><r><host/></r>",
    ],
)
def test_a_file_that_breaks_before_anything_is_complete_is_unreadable(text: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as caught:
        hosts(tmp_path, text)
    assert caught.value.hint == "scan again"


def test_memory_holds_one_element(tmp_path: Path) -> None:
    source = stream(tmp_path, f"<r>{'<host><a>text</a></host><other><b/></other>' * 40_000}</r>")
    tracemalloc.start()
    count = sum(1 for _ in elements(source, lambda path: path[-1] == "host", again=""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, peak < 8_000_000) == (40_000, True)


def test_rows_by_field_under_notes_and_in_any_order(tmp_path: Path) -> None:
    text = "A report of today\n\nOS;Host;Name;IP\nLinux;a;srv-1;10.0.0.1\n--;b;N/A;10.0.0.2\n;;;\nshort\n"
    first, second, reject = rows(stream(tmp_path, text), COLUMNS, HABITS)
    assert first == (4, {"os": "Linux", "name": "srv-1", "ip": "10.0.0.1"})
    assert second == (5, {"ip": "10.0.0.2"})
    assert isinstance(reject, Reject)
    assert reject.raw == b"short"


def test_a_table_without_the_columns_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no table"):
        list(rows(stream(tmp_path, "a,b\n1,2\n"), COLUMNS, HABITS))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Oct 17, 2024 17:24:54 UTC", "2024-10-17 17:24:54"),
        ("Feb 03, 2026 07:00 AM", "2026-02-03 07:00:00"),
        ("Feb 03, 2026 12:30 AM", "2026-02-03 00:30:00"),
        ("04 Feb 2026 10:00AM GMT-0500", "2026-02-04 15:00:00"),
        ("September 5 2017", "2017-09-05 00:00:00"),
        ("2017-10-09T10:00:00Z", "2017-10-09 10:00:00"),
        ("Okt 17, 2024", "None"),
        ("Feb 30, 2024", "None"),
        ("01/02/2020", "None"),
        ("N/A", "None"),
        (None, "None"),
    ],
)
def test_dates(text: str | None, read: str) -> None:
    assert str(moment(text)) == read


def test_an_order_that_is_known() -> None:
    assert str(moment("01/02/2020 10:00", "mdy")) == "2020-01-02 10:00:00"


def test_names() -> None:
    assert named("fe80::1", "PC$", "a b") == [("hostname", "PC$"), ("hostname", "a b")]
    assert named(None, "none", "10.0.0.1") == [("ip", "10.0.0.1")]
    assert value("undefined") is None


@pytest.mark.parametrize(
    ("systems", "kind", "found"),
    [
        (["Windows Server 2016"], None, Class.SERVER),
        (["Windows 10 Pro"], "general-purpose", Class.WORKSTATION),
        (["Windows 10", "Windows Server 2016"], None, Class.UNKNOWN),
        (["Linux 2.4"], "WAP", Class.NETWORK),
        ([], "Print Server", Class.PRINTER),
        ([], None, Class.UNKNOWN),
    ],
)
def test_classes(systems: list[str], kind: str | None, found: Class) -> None:
    assert class_of(systems, kind) is found


def test_families() -> None:
    assert family_of(["Ubuntu 22.04", "Linux 5"]) is Os.LINUX
    assert family_of(["Cisco IOS 15.2"]) is Os.OTHER
    assert family_of(["Linux", "Windows"]) is Os.UNKNOWN
