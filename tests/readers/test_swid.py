"""Software identification tags: real ones, and written ones of both schemas and of the concise form."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import cbor2
import pytest
from tests.answers import SAMPLES, Answer, read, written

from fullcount.model import Lists, State
from fullcount.readers import READERS
from fullcount.readers.swid import COSWID, SWID

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "swid"
NEW = 'xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd"'
OLD = """<?xml version="1.0" encoding="utf-8"?>
<swid:software_identification_tag xmlns:swid="http://standards.iso.org/iso/19770/-2/2009/schema.xsd">
  <swid:entitlement_required_indicator>true</swid:entitlement_required_indicator>
  <swid:product_title>Acrobat</swid:product_title>
  <swid:product_version><swid:name>10.0</swid:name><swid:numeric><swid:major>10</swid:major></swid:numeric></swid:product_version>
  <swid:software_creator><swid:name>Adobe</swid:name><swid:regid>regid.1986-12.com.adobe</swid:regid></swid:software_creator>
  <swid:software_id><swid:unique_id>Acrobat-10</swid:unique_id></swid:software_id>
</swid:software_identification_tag>"""
NUMBER = 1398229316
TAG: dict[int, Any] = {0: "acme-reader", 1: "Reader", 12: 0, 13: "1.0", 2: [{31: "Shop", 33: 4}, {31: "Acme", 33: [1, 2]}]}


def got(data: str | bytes, folder: Path, **options: Any) -> Answer:
    return read(written(folder, data, "regid.1986-12.com.acme_Reader.swidtag"), folder, readers=(SWID, COSWID), **options)


def concise(value: Any, *, signed: bool = False) -> bytes:
    tag = cbor2.CBORTag(NUMBER, value)
    return cbor2.dumps(cbor2.CBORTag(18, [b"", {}, cbor2.dumps(tag), b"not checked"]) if signed else tag)


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealTags:
    def test_a_tag(self, tmp_path: Path) -> None:
        pc = read(FOLDER / "authoritative.swidtag", tmp_path, readers=READERS).only
        [one] = pc.seen
        assert (one.title["name"], one.title["version"], one.state) == ("swidval", "0.5.0.1", State.INSTALLED)
        assert one.title["publisher"] == "National Institute of Standards and Technology"
        assert (pc["lists"], pc.clues) == (Lists.SOME_SOFTWARE, [])

    def test_components_are_mentions(self, tmp_path: Path) -> None:
        pc = read(FOLDER / "swid_test.xml", tmp_path, readers=READERS).only
        assert [one.state for one in pc.seen] == [State.INSTALLED] + [State.MENTION] * 10
        assert "Microsoft-SQL 2005 Express-9.00.5000.00,SP4" in pc.names


def test_the_schema_of_2009(tmp_path: Path) -> None:
    [one] = got(OLD, tmp_path).only.seen
    assert (one.title["name"], one.title["version"], one.title["publisher"]) == ("Acrobat", "10.0", "Adobe")
    assert one.state == State.INSTALLED


@pytest.mark.parametrize("kind", ["corpus", "patch", "supplemental"])
def test_what_installs_nothing(kind: str, tmp_path: Path) -> None:
    [one] = got(f'<SoftwareIdentity {NEW} name="Reader" tagId="a" {kind}="true"/>', tmp_path).only.seen
    assert one.state == State.MENTION
    [one] = got(f'<SoftwareIdentity {NEW} name="Reader" tagId="a" {kind}="false"/>', tmp_path).only.seen
    assert one.state == State.INSTALLED
    [one] = got(concise({1: "Reader", {"corpus": 8, "patch": 9, "supplemental": 11}[kind]: True}), tmp_path).only.seen
    assert one.state == State.MENTION


def test_what_a_tool_found_has_its_date(tmp_path: Path) -> None:
    text = (
        f'<SoftwareIdentity {NEW} name="Reader" tagId="a"><Evidence date="2020-01-02T03:04:05Z" deviceId="x"/></SoftwareIdentity>'
    )
    pc = got(text, tmp_path, host="PC-1").only
    assert (str(pc["looked_at"]), pc.clues) == ("2020-01-02 03:04:05", [("hostname", "PC-1")])


def test_a_tag_without_a_name(tmp_path: Path) -> None:
    assert [row["reason"] for row in got(f"<SoftwareIdentity {NEW} tagId='a'/>", tmp_path).rejects] == [
        "a tag without the name of a product"
    ]
    assert got(f"<SoftwareIdentity {NEW} name='a'><Entity", tmp_path).became == "refused"


@pytest.mark.parametrize("signed", ["", "signed"])
def test_concise(signed: str, tmp_path: Path) -> None:
    pc = got(concise(TAG, signed=bool(signed)), tmp_path).only
    [one] = pc.seen
    assert (one.title["name"], one.title["version"], one.title["publisher"]) == ("Reader", "1.0", "Acme")
    assert pc["lists"] == Lists.SOME_SOFTWARE


def test_one_entity_stands_alone(tmp_path: Path) -> None:
    [one] = got(concise({1: "Reader", 2: {31: "Acme", 33: 2}}), tmp_path).only.seen
    assert one.title["publisher"] == "Acme"


@pytest.mark.parametrize(
    "data",
    [
        concise(TAG)[:20],
        concise([1, 2]),
        concise(b"x"),
        b"\xdaSWID" + b"\x81" * 100_000,
        b"\xdaSWID\x5b\0\0\0\xff\0\0\0\0",
        b"\xdaSWID\xd8\x23\x61(",
        cbor2.dumps(cbor2.CBORTag(18, [b"", {}, 7, concise(TAG)])),
    ],
)
def test_damage_is_refused(data: bytes, tmp_path: Path) -> None:
    assert got(data, tmp_path).became == "refused"


def test_a_library_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cbor2", None)
    answer = read(written(tmp_path, concise(TAG), "a.coswid"), tmp_path, readers=(COSWID,))
    assert (answer.became, answer.reason) == ("refused", "the library cbor2 is missing")
