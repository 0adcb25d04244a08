"""popularity-contest: a real log, and small written ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from fullcount.model import Batch, Lists, Os, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers import READERS
from fullcount.readers.popcontest import POPCONTEST

SAMPLE = Path(__file__).resolve().parents[2] / "../shared/samples/popcontest/popcontest1.log"
ID = "0123456789abcdef0123456789abcdef"
TOP = f"POPULARITY-CONTEST-0 TIME:1277185301 ID:{ID} ARCH:amd64 POPCONVER:1.70 VENDOR:Debian\n"
ROWS = (
    "1277192082 1270556742 kesl /opt/kaspersky/kesl\n0 0 fonts <NOFILES>\n1277192082 1270556742 g++ /usr/bin/g++ <RECENT-CTIME>\n"
)
END = "END-POPULARITY-CONTEST-0 TIME:1277185302\n"


def read(tmp_path: Path, text: str, host: str | None = None) -> list[Batch]:
    path = tmp_path / "popcon"
    path.write_text(text, encoding="utf-8")
    assert POPCONTEST.claims(Peek.at(path))
    assert POPCONTEST.batches
    return list(POPCONTEST.batches(Stream(path=path, encoding="utf-8", host=host)))


@pytest.mark.real
@pytest.mark.skipif(not SAMPLE.exists(), reason="no real exports beside the project")
def test_real_log(tmp_path: Path) -> None:
    assert [reader.name for reader in READERS if reader.claims(Peek.at(SAMPLE))] == ["popcontest"]
    found = read(tmp_path, SAMPLE.read_text("utf-8"))
    assert [len(batch.sightings) for batch in found] == [6, 5]
    assert not [reject for batch in found for reject in batch.rejects]
    for batch in found:
        assert batch.record
        assert batch.record.clues == [("agent_id", "popcon:12345678901234567890123456789012")]
        assert str(batch.record.looked_at) == "2010-06-22 05:41:41"
        assert batch.record.lists is Lists.ALL_SOFTWARE


def test_session(tmp_path: Path) -> None:
    [batch] = read(tmp_path, "From: root\n\n" + TOP + ROWS + END + "after\n", host="pc-1")
    assert [(one.title.package, one.place) for one in batch.sightings] == [("kesl", 4), ("fonts", 5), ("g++", 6)]
    assert {(one.title.type, one.state) for one in batch.sightings} == {(Trace.PACKAGE, State.INSTALLED)}
    assert batch.sightings[0].detail
    assert (batch.sightings[0].detail.last_used, batch.sightings[0].detail.path) == ("2010-06-22", "/opt/kaspersky/kesl")
    assert batch.sightings[1].detail is None
    assert batch.record
    assert batch.record.clues == [("agent_id", f"popcon:{ID}"), ("hostname", "pc-1")]
    assert (batch.record.os, batch.record.os_family) == ("Debian", Os.LINUX)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (TOP + ROWS, "the session does not end"),
        (TOP + ROWS + "what is this\n" + END, "1 lines could not be read"),
        (TOP + END, "no package is listed"),
    ],
)
def test_partial_sessions_say_so(tmp_path: Path, text: str, note: str) -> None:
    [batch] = read(tmp_path, text)
    assert batch.record
    assert (batch.record.lists, batch.record.note) == (Lists.SOME_SOFTWARE, note)
    assert len(batch.rejects) == text.count("what is")


def test_session_that_begins_before_another_has_ended(tmp_path: Path) -> None:
    found = read(tmp_path, TOP + ROWS + TOP.replace("-0 ", "-1 ").replace(ID, "x") + ROWS + END)
    assert [batch.record.lists for batch in found if batch.record] == [Lists.SOME_SOFTWARE, Lists.ALL_SOFTWARE]
    assert [len(batch.record.clues) for batch in found if batch.record] == [1, 0]


def test_large_session_is_handed_on_in_pieces(tmp_path: Path) -> None:
    found = read(tmp_path, TOP + "".join(f"0 0 p{n} <NOFILES>\n" for n in range(10_001)) + END)
    assert [len(batch.sightings) for batch in found] == [10_000, 1]
    assert len({batch.key for batch in found}) == 1


def test_other_texts_are_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("POPULARITY-CONTEST-0 is a program\n0 0 x <NOFILES>\n", encoding="utf-8")
    assert not POPCONTEST.claims(Peek.at(path))
