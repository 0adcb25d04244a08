"""rpm's database: real ones in all three stores against independent counts, and small written ones."""

from __future__ import annotations

import csv
import random
import sqlite3
import struct
import zlib
from pathlib import Path

import pytest

from fullcount.container import expanded
from fullcount.errors import FullcountError, UnreadableError
from fullcount.exports import Found
from fullcount.model import Batch, File, Lists, Os, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.rpmdb import RPMDB

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples"
ALL = sorted((SHARED / "rpmdb").glob("*"))
SAMPLES = [path for path in ALL if path.suffix != ".xz"]
TREES = [path for path in ALL if path.suffix == ".xz"]
UNCOUNTED = {"osquery_rpm-bdb_Packages": 3, "osquery_rpm-ndb_Packages.db": 3}  # regions of headers, counted as bytes
real = [pytest.mark.real, pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")]
REGION = b"\0\0\0\x3f\0\0\0\x07"


def read(path: File, host: str | None = None) -> list[Batch]:
    assert RPMDB.batches
    return list(RPMDB.batches(Stream(path=path, encoding=Peek.at(path).encoding, host=host)))


def written(tmp_path: Path, data: bytes | str) -> Path:
    path = tmp_path / "Packages"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def seen(batch: Batch) -> list[tuple[str | None, str | None, str, int]]:
    return [(s.title.package, s.title.version, s.state, s.place) for s in batch.sightings]


def refused(path: Path) -> UnreadableError:
    with pytest.raises(UnreadableError) as caught:
        read(path)
    return caught.value


# -- real databases --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
class TestRealDatabases:
    pytestmark = real

    def test_counts_are_those_of_an_independent_count(self, path: Path) -> None:
        with (SHARED / "truth.tsv").open(encoding="utf-8", newline="") as file:
            rows = {row["file"]: row["rows"] for row in csv.DictReader(file, delimiter="\t")}
        [batch] = read(path)
        assert len(batch.sightings) == int(rows.get(f"rpmdb/{path.name}") or UNCOUNTED[path.name])
        assert not batch.rejects
        assert {s.state for s in batch.sightings} == {State.INSTALLED}
        assert all(s.title.publisher and s.detail and s.detail.installed_on for s in batch.sightings)
        assert batch.record
        assert (batch.record.lists, batch.record.os_family) == (Lists.ALL_SOFTWARE, Os.LINUX)

    def test_is_claimed_and_needs_its_host_named(self, path: Path) -> None:
        assert RPMDB.claims(Peek.at(path))
        assert RPMDB.needs_host
        records = [batch.record for host in (None, "db-1") for batch in read(path, host)]
        assert [record.clues for record in records if record] == [[], [("hostname", "db-1")]]

    def test_damage_is_never_a_traceback_and_never_passes_for_whole(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        intact = len(read(path)[0].sightings)
        for damage in ("cut", "cut", "flip", "flip", "flip", "flip"):
            at = dice.randrange(1, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            try:
                [batch] = read(written(tmp_path, whole[:at] if damage == "cut" else flipped))
            except FullcountError as error:
                assert error.place  # noqa: PT017 - that it says where is the test
                continue
            assert batch.record
            lost = len(batch.sightings) < intact or damage == "cut"
            assert not lost or (batch.record.lists is Lists.SOME_SOFTWARE and batch.rejects)


@pytest.mark.real
@pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")
class TestRealOthers:
    def test_claims_nothing_else(self) -> None:
        others = [path for path in SHARED.rglob("*") if path.is_file() and path not in SAMPLES]
        assert others
        assert not [path.name for path in others if RPMDB.claims(Peek.at(path))]

    def test_names_versions_vendors_and_dates(self) -> None:
        for name, first in (
            ("osquery_rpm-bdb_Packages", ("rpm", "4.8.0-59.el6", "CentOS", "2021-01-24")),
            ("osquery_rpm-ndb_Packages.db", ("ncurses-devel", "6.1-5.6.2", "SUSE LLC <https://www.suse.com/>", "2021-08-31")),
            ("scancode_rpmdb.sqlite", ("libgcc", "13.1.1-2.fc38", "Fedora Project", "2023-08-04")),
            ("openmandriva-rpms.xmlish", ("chkconfig", "1.11-5", "OpenMandriva", "2020-04-17")),
        ):
            sighting = read(SHARED / "rpmdb" / name)[0].sightings[0]
            assert (*sighting.title[1:4], sighting.detail and sighting.detail.installed_on) == first

    @pytest.mark.parametrize("tree", TREES, ids=lambda path: path.name)
    def test_only_the_packages_of_a_whole_tree_are_claimed(self, tree: Path) -> None:
        inside = [one for one in expanded(Found(path=tree, name=tree.name, folder="")) if isinstance(one, Found)]
        [only] = [one for one in inside if RPMDB.claims(Peek.at(one.path))]
        assert only.name.endswith("/var/lib/rpm/Packages")
        [batch] = read(only.path)
        with only.path.open("rb") as file:
            assert len(batch.sightings) == file.read().count(REGION + b"\0") > 100
        assert not batch.rejects
        assert {"glibc", "rpm-libs"} <= {s.title.name for s in batch.sightings}


# -- written databases -----------------------------------------------------------------------------------------------

NAME, VERSION, RELEASE, EPOCH, INSTALLED, VENDOR = 1000, 1001, 1002, 1003, 1008, 1011


def header(**said: str | int) -> bytes:
    """A binary header: `name`, `version`, `release`, `epoch`, `installed`, `vendor`."""
    tags = {"name": NAME, "version": VERSION, "release": RELEASE, "epoch": EPOCH, "installed": INSTALLED, "vendor": VENDOR}
    data, entries = bytearray(), [REGION + struct.pack(">2I", 0, 16)]
    for name, value in {"version": "1.0", "release": "1", **said}.items():
        kind = 6 if isinstance(value, str) else 4
        entries.append(struct.pack(">4I", tags[name], kind, len(data), 1))
        data += value.encode() + b"\0" if isinstance(value, str) else struct.pack(">I", value)
    data += b"\0" * 4
    return struct.pack(">2I", len(entries), len(data)) + b"".join(entries) + bytes(data)


KESL = header(name="kesl", version="10.1", release="5960", epoch=2, installed=1_507_000_000, vendor="Kaspersky Lab")
KEY = header(name="gpg-pubkey", version="f4a80eb5", release="53a7ff4b")
BAD = header(name="b d")
NAMED = [("kesl", "2:10.1-5960", State.INSTALLED), ("gpg-pubkey", "f4a80eb5-53a7ff4b", State.MENTION)]


def ndb(*blobs: bytes) -> bytes:
    slots, body = b"", b""
    for number, blob in enumerate(blobs, start=1):
        size = -(-(16 + len(blob) + 12) // 16)
        whole = b"BlbS" + struct.pack("<3I", number, 1, len(blob)) + blob
        whole = whole.ljust(size * 16 - 12, b"\0")
        slots += b"Slot" + struct.pack("<3I", number, 256 + len(body) // 16, size)
        body += whole + struct.pack("<2I", zlib.adler32(whole), len(blob)) + b"BlbE"
    head = b"RpmP" + struct.pack("<7I", 0, 1, 1, len(blobs) + 1, 0, 0, 0) + slots
    return head + b"Slot".ljust(16, b"\0") * ((4096 - len(head)) // 16) + body


def berkeley(*blobs: bytes, order: str = "<", size: int = 512) -> bytes:
    """A hash of one page with pairs of items; what is longer than 200 bytes lies on pages of its own."""
    page_head = struct.Struct(order + "8x3I2H2B")
    items, index = bytearray(), list[int]()
    long: list[bytes] = []
    for number, blob in enumerate((b"\1\0\0\0", *blobs)):
        first = 2 + len(long)
        if len(blob) > 200:
            parts = [blob[at : at + size - 26] for at in range(0, len(blob), size - 26)]
            for turn, part in enumerate(parts):
                follows = first + turn + 1 if turn + 1 < len(parts) else 0
                long.append((page_head.pack(first + turn, 0, follows, 1, len(part), 0, 7) + part).ljust(size, b"\0"))
            value = struct.pack(order + "B3x2I", 3, first, len(blob))
        else:
            value = b"\1" + blob
        for item in (b"\1" + struct.pack("<I", number), value):
            items[:0] = item
            index.append(size - len(items))
    hashed = page_head.pack(1, 0, 0, len(index), 0, 0, 13) + struct.pack(f"{order}{len(index)}H", *index)
    hashed = hashed.ljust(size - len(items), b"\0") + bytes(items)
    magic = struct.pack(order + "I", 0x061561)
    meta = (
        b"\0" * 12
        + magic
        + struct.pack(order + "2I", 9, size)
        + bytes([0, 8, 0, 0])
        + struct.pack(order + "2I", 0, 1 + len(long))
    )
    return meta.ljust(size, b"\0") + hashed + b"".join(long)


def database(tmp_path: Path, *blobs: object, schema: str = "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY, blob)") -> bytes:
    path = tmp_path / "made.sqlite"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode = wal")
    connection.execute(schema)
    connection.executemany("insert into Packages (blob) values (?)", [(blob,) for blob in blobs])
    connection.commit()
    connection.close()
    return path.read_bytes()


def stores(tmp_path: Path, *blobs: bytes) -> dict[str, bytes]:
    return {
        "ndb": ndb(*blobs),
        "berkeley": berkeley(*blobs),
        "berkeley, big-endian": berkeley(*blobs, order=">"),
        "sqlite": database(tmp_path, *blobs),
    }


def test_three_stores_say_the_same(tmp_path: Path) -> None:
    long = header(name="long", vendor="x" * 2000)
    for name, data in stores(tmp_path, KESL, KEY, BAD, long).items():
        path = written(tmp_path, data)
        assert RPMDB.claims(Peek.at(path)), name
        [batch] = read(path)
        named = seen(batch)
        assert [row[:3] for row in named] == [*NAMED, ("long", "1.0-1", State.INSTALLED)], name
        first = batch.sightings[0]
        assert first.title[:4] == (Trace.PACKAGE, "kesl", "2:10.1-5960", "Kaspersky Lab")
        assert first.detail
        assert first.detail.installed_on == "2017-10-03"
        assert named[2][3] == 4
        [reject] = batch.rejects
        assert (reject.place, "name that can be one" in reject.reason) == (3, True)
        assert batch.record
        assert (batch.record.lists, batch.record.note) == (Lists.SOME_SOFTWARE, "1 headers could not be read")


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (b"\0\0\0", "cut off"),
        (struct.pack(">2I", 2, 4000) + b"\0" * 300, "longer than it is"),
        (struct.pack(">2I", 1 << 20, 0) + b"\0" * 300, "longer than it is"),
        (header(name="x", version=""), "version that can be one"),
        (header(version="1"), "name that can be one"),
    ],
)
def test_bad_header_is_a_reject(tmp_path: Path, blob: bytes, reason: str) -> None:
    [batch] = read(written(tmp_path, ndb(blob, KESL)))
    [reject] = batch.rejects
    assert (reject.place, reason in reject.reason) == (1, True)
    assert len(batch.sightings) == 1


@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (32, b"X", "slot that is damaged"),
        (36, b"\x09", "not the one that its slot names"),
        (40, b"\xff\xff\xff", "damaged or cut off"),
        (4096 + 30, b"X", "wrong checksum"),
        (4096, b"X", "damaged or cut off"),
        (48 + 8, struct.pack("<I", 256), "names the header of another"),
    ],
)
def test_damaged_ndb_keeps_the_rest(tmp_path: Path, at: int, value: bytes, reason: str) -> None:
    data = ndb(KESL, KEY)
    [batch] = read(written(tmp_path, data[:at] + value + data[at + len(value) :]))
    assert [reject for reject in batch.rejects if reason in reject.reason]
    assert len(batch.sightings) == 1


def test_cut_ndb_is_refused_or_partial(tmp_path: Path) -> None:
    assert "no package" in refused(written(tmp_path, ndb(KESL)[:2000])).message
    [batch] = read(written(tmp_path, ndb(KESL, KEY)[:-16]))
    assert (len(batch.sightings), len(batch.rejects)) == (1, 1)


@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (512 + 20, b"\xff\xff", "more items than it can hold"),
        (512 + 26 + 6, b"\xff\xff", "outside its page"),
        (1024 + 25, b"\x0d", "cut off, or are used twice"),
        (1024 + 22, b"\x01", "not as long"),
        (32, b"\x07", "shorter than it says"),
    ],
)
def test_damaged_berkeley_keeps_the_rest(tmp_path: Path, at: int, value: bytes, reason: str) -> None:
    data = berkeley(KEY, header(name="long", vendor="x" * 900))
    path = written(tmp_path, data[:at] + value + data[at + len(value) :])
    if at == 512 + 20:
        assert "no package" in refused(path).message
        return
    [batch] = read(path)
    assert reason in batch.rejects[0].reason
    assert batch.sightings
    assert batch.record
    assert batch.record.lists is Lists.SOME_SOFTWARE


def test_pages_in_a_circle_end(tmp_path: Path) -> None:
    data = bytearray(berkeley(KEY, header(name="long", vendor="x" * 900)))
    data[1024 + 16 : 1024 + 20] = struct.pack("<I", 2)
    [batch] = read(written(tmp_path, bytes(data)))
    assert "used twice" in batch.rejects[0].reason


def test_item_of_a_strange_kind_is_a_reject(tmp_path: Path) -> None:
    data = bytearray(berkeley(KEY))
    at = data.index(b"\1" + KEY[:8])
    data[at] = 4
    assert "no package" in refused(written(tmp_path, bytes(data))).message


@pytest.mark.parametrize(("at", "value"), [(24, 1), (25, 9), (20, 1)])
def test_berkeley_file_that_is_no_plain_hash_is_refused(tmp_path: Path, at: int, value: int) -> None:
    data = bytearray(berkeley(KESL))
    data[at] = value
    if at == 20:
        data[21] = 0
    assert "Berkeley DB" in refused(written(tmp_path, bytes(data))).message


def test_odd_databases_of_sqlite(tmp_path: Path) -> None:
    [batch] = read(written(tmp_path, database(tmp_path, "text", None, KESL)))
    assert [reject.reason for reject in batch.rejects] == ["a row without a header"] * 2
    virtual = database(tmp_path, KESL, schema="CREATE VIRTUAL TABLE Packages USING fts3(blob)")
    assert "no plain table" in refused(written(tmp_path, virtual)).message
    assert "damaged database" in refused(written(tmp_path, b"SQLite format 3\0" + b"\xff" * 4096)).message


def test_pages_that_are_part_of_many_rows_end(tmp_path: Path) -> None:
    """A table whose root names its last page, with a large row, two hundred times."""
    data = bytearray(database(tmp_path, *[header(name="a", vendor="x" * 3000)] * 200, header(name="b", vendor="x" * 500_000)))
    size, root = int.from_bytes(data[16:18], "big"), 4096
    assert (size, data[root]) == (4096, 5)  # the inner page of a table
    last = data[root + 8 : root + 12]
    for cell in range(int.from_bytes(data[root + 3 : root + 5], "big")):
        at = root + int.from_bytes(data[root + 12 + 2 * cell : root + 14 + 2 * cell], "big")
        data[at : at + 4] = last
    [batch] = read(written(tmp_path, bytes(data)))
    assert len(batch.sightings) < 10
    assert "more in its rows than it has bytes" in batch.rejects[0].reason


def test_xml_of_headers(tmp_path: Path) -> None:
    tag = '  <rpmTag name="{}">\n\t<{}>{}</{}>\n  </rpmTag>\n'
    said = [("Name", "string", "kesl"), ("Version", "string", "10"), ("Release", "string", "1"), ("Epoch", "integer", "3")]
    said += [("Vendor", "string", "Smith &amp; Co"), ("Basenames", "string", "nothing")]
    one = "<rpmHeader>\n" + "".join(tag.format(name, kind, value, kind) for name, kind, value in said) + "</rpmHeader>\n"
    path = written(tmp_path, one + one.replace("kesl", "a b") + one[:150])
    assert RPMDB.claims(Peek.at(path))
    [batch] = read(path)
    assert seen(batch) == [("kesl", "3:10-1", State.INSTALLED, 1)]
    assert batch.sightings[0].title.publisher == "Smith & Co"
    assert [(reject.place, reject.reason.rsplit(" ", 1)[-1]) for reject in batch.rejects] == [(2, "one"), (3, "off")]


def test_other_databases_are_not_claimed(tmp_path: Path) -> None:
    other = database(tmp_path, schema="CREATE TABLE Packages (name, blob)")
    for data in (other, b"SQLite format 3\0" + b"\xff" * 4096, berkeley(b"x" * 50), b"RpmP"):
        assert not RPMDB.claims(Peek.at(written(tmp_path, data)))


def test_too_large_and_empty_databases_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ndb())
    assert "no package" in refused(path).message
    with path.open("r+b") as file:
        file.truncate((256 << 20) + 100)  # a sparse file
    error = refused(path)
    assert "bytes in one database" in error.message
    assert "--xml" in error.hint


def test_large_database_is_handed_on_in_pieces(tmp_path: Path) -> None:
    found = read(written(tmp_path, database(tmp_path, *[KESL] * 10_001)))
    assert [len(batch.sightings) for batch in found] == [10_000, 1]
    assert {batch.key for batch in found} == {"machine"}
