"""AppStream metainfo: a real description, and small written ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from fullcount.errors import FullcountError, UnreadableError
from fullcount.model import Batch, Lists, Os, State
from fullcount.reader import Peek, Stream
from fullcount.readers import READERS
from fullcount.readers.metainfo import METAINFO

SAMPLE = Path(__file__).resolve().parents[2] / "../shared/samples/flatpak/flatpak_metainfo.xml"
TEXT = """<?xml version="1.0"?>
<component type="desktop-application">
  <id>com.kaspersky.Scan.desktop</id>
  <metadata_license>CC0-1.0</metadata_license>
  <name xml:lang="de">Prüfer</name>
  <name>Scanner</name>
  <developer id="kl"><name>Kaspersky</name></developer>
  <releases><release version="1.0" date="2023-01-01"/><release version="2.0" date="2024-01-01"/></releases>
</component>
"""


def read(tmp_path: Path, text: str, host: str | None = None) -> Batch:
    path = tmp_path / "x.metainfo.xml"
    path.write_text(text, encoding="utf-8")
    assert METAINFO.claims(Peek.at(path))
    assert METAINFO.batches
    [batch] = METAINFO.batches(Stream(path=path, encoding="utf-8", host=host))
    return batch


@pytest.mark.real
@pytest.mark.skipif(not SAMPLE.exists(), reason="no real exports beside the project")
def test_real_description(tmp_path: Path) -> None:
    assert [reader.name for reader in READERS if reader.claims(Peek.at(SAMPLE))] == ["metainfo"]
    [one] = read(tmp_path, SAMPLE.read_text("utf-8")).sightings
    title = one.title
    assert (title.name, title.version, title.publisher) == ("GNU Image Manipulation Program", "2.10.38", "The GIMP team")
    assert (title.package, one.state) == ("org.gimp.GIMP", State.FILES)


def test_description(tmp_path: Path) -> None:
    batch = read(tmp_path, TEXT, host="pc-1")
    title = batch.sightings[0].title
    assert (title.name, title.version, title.publisher, title.package) == ("Scanner", "2.0", "Kaspersky", "com.kaspersky.Scan")
    assert batch.record
    assert (batch.record.lists, batch.record.os_family) == (Lists.SOME_SOFTWARE, Os.LINUX)
    assert batch.record.clues == [("hostname", "pc-1")]
    named = read(tmp_path, TEXT, host="com.kaspersky.Scan.metainfo").record
    assert named
    assert not named.clues, "the file's name is the application's"


def test_without_a_name_the_id_is_one(tmp_path: Path) -> None:
    bare = "<component><id>org.a.b</id><summary>x</summary></component>"
    title = read(tmp_path, bare).sightings[0].title
    assert (title.name, title.version, title.publisher) == ("org.a.b", None, None)
    batch = read(tmp_path, bare.replace("org.a.b", " "))
    assert (batch.record, len(batch.rejects)) == (None, 1)


@pytest.mark.parametrize(
    "text",
    [
        TEXT[:300],
        TEXT.replace('<?xml version="1.0"?>', '<!DOCTYPE component [<!ENTITY a "b">]>').replace("Scanner", "&a;"),
        TEXT.replace("<releases>", "<p>" * 50 + "</p>" * 50 + "<releases>"),
    ],
)
def test_damaged_and_hostile_descriptions_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        read(tmp_path, text)
    assert isinstance(raised.value, FullcountError)
    assert raised.value.place


def test_catalogues_and_other_xml_are_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    for text in (
        f"<components>{TEXT[22:]}</components>",
        "<component><id>7</id></component>",
        "<application><name/></application>",
    ):
        path.write_text(text, encoding="utf-8")
        assert not METAINFO.claims(Peek.at(path))
