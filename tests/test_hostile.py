"""Hostile and damaged input: rows, rejects or one clear error; never a traceback, never a hang, never much memory.

Each class of input is read by a child process, through the door that `fullcount read` uses. What came of it stands in
docs/reference/robustness.md; `UPDATE_GOLDEN=1` writes it anew.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
import traceback
import zipfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from tests.pages import ELEMENTS, Page, naughty

from fullcount.cli import cli
from fullcount.clue import KINDS
from fullcount.container import expanded
from fullcount.errors import UsageError
from fullcount.exports import Found, find
from fullcount.read import PASSED, Known, Options, Run
from fullcount.reader import RECORD_COLUMNS, Peek
from fullcount.readers import READERS
from fullcount.reading import Counts, Reading
from fullcount.settings import Settings, quoted, template
from fullcount.tables import DETAIL_FIELDS, TITLE_FIELDS
from fullcount.text import clean
from fullcount.workspace import Workspace, folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fullcount.read import Outcome

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT / "../shared"
PAGE = ROOT / "docs/reference/robustness.md"
CHILD = "import sys; from pathlib import Path; from tests.test_hostile import child; child(Path(sys.argv[1]))"
SAMPLES = sorted(path for path in (SHARED / "samples").rglob("*") if path.is_file())
GAP = 300  # MB of memory that hostile input may take beyond harmless input
SECONDS = 120  # for one file
BOD = "us-dhs-bod-17-01"
Files = dict[str, bytes]
HEAD = b"ComputerName,DisplayName,DisplayVersion,Publisher,InstallDate\n"
ROW = b"PC-1,Reader,1.0,Acme,20170901\n"


# -- the child -------------------------------------------------------------------------------------------------------------


def peak() -> int:
    """The most memory taken since it was last asked, in MB. Not `ru_maxrss`: that of a child begins with its parent's."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    assert found
    Path("/proc/self/clear_refs").write_text("5", "utf-8")
    return int(found[1]) >> 10


def read_all(folder: Path, into: Path, reader: str) -> dict[str, Any]:
    """What comes of every file of a folder, read into one reading."""
    line: dict[str, Any] = {"files": 0, "rows": 0, "rejects": 0, "refused": 0, "tracebacks": [], "unsaid": [], "nothing": []}
    into.mkdir()
    start = time.process_time()
    with Reading(into) as reading:
        run = Run(reading, READERS, Settings(), options=Options(reader=reader), known=Known(sources=set(), appearances=set()))
        for found in find([folder]):
            sys.stderr.write(f"{found.name}\n")
            signal.alarm(SECONDS)
            line["files"] += 1
            try:
                outcomes = [] if not isinstance(found, Found) else list(_outcomes(run, found))
            except Exception:  # noqa: BLE001 - this is what is counted
                line["tracebacks"].append(f"{found.name}\n{traceback.format_exc()}")
                continue
            line["rows"] += sum(one.counts.observations for one in outcomes)
            line["rejects"] += sum(one.counts.rejects for one in outcomes)
            refused = [one for one in outcomes if one.became == "refused"]
            line["refused"] += bool(refused)
            if not outcomes or not all(one.reason and one.hint for one in refused):
                line["unsaid"].append(found.name)
            line["nothing"] += [found.name for one in outcomes if one.became == "read" and one.counts == Counts()]
        signal.alarm(0)
        reading.finish()
    line["seconds"] = time.process_time() - start
    kept = pq.read_table(into / "rejects.parquet").num_rows
    assert kept == sum(row["rejects"] for row in pq.read_table(into / "sources.parquet").to_pylist())
    return line


def _outcomes(run: Run, found: Found) -> Iterator[Outcome]:
    for one in expanded(found):
        outcome = run.file(one) if isinstance(one, Found) else run.lost(found, one)
        yield outcome if outcome.became != PASSED else run.passed(found, [outcome.name])


def child(work: Path) -> None:
    """Read the classes of a job, each in a process that has read harmless files before. Prints a line of JSON for each."""
    for number, (name, reader) in enumerate(json.loads((work / "job.json").read_text("utf-8"))):
        if process := os.fork():
            _, status = os.waitpid(process, 0)
            if status:
                sys.exit(f"{name}: ended by signal {os.WTERMSIG(status)}, code {os.WEXITSTATUS(status)}")
        else:
            read_all(work / "harmless", work / f"{number} harmless", "")
            before = peak()
            line = read_all(work / str(number), work / f"{number} reading", reader)
            sys.stdout.write(json.dumps([name, {**line, "peak": peak(), "harmless": before}]) + "\n")
            sys.stdout.flush()
            os._exit(0)


def lines_of(work: Path, classes: Iterable[tuple[str, str, Callable[[Path], object]]]) -> dict[str, dict[str, Any]]:
    """What a child says of classes of input: (name, reader that is named, what writes the files)."""
    job = []
    (work / "harmless").mkdir()
    harmless(work / "harmless")
    for number, (name, reader, fill) in enumerate(classes):
        (work / str(number)).mkdir()
        fill(work / str(number))
        job.append((name, reader))
    (work / "job.json").write_text(json.dumps(job), "utf-8")
    start = [sys.executable, "-W", "error", "-c", CHILD, str(work)]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # measuring takes memory
    done = subprocess.run(start, cwd=ROOT, env=plain, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, f"a hang is signal {signal.SIGALRM}: {done.stderr[-2000:]}"
    assert "Exception ignored" not in done.stderr, done.stderr[-2000:]
    return dict(map(json.loads, done.stdout.splitlines()))


# -- the page --------------------------------------------------------------------------------------------------------------

INTRODUCTION = """\
# Robustness

What comes of hostile and damaged files. Every class of input is read as `fullcount read` reads it, by a process of its own;
a file ends as rows, as rejects, as both, or as one clear error, never as a traceback. None takes longer than {seconds} s, or more
than {gap} MB beyond what harmless files take. Numbers of rows and rejects are rounded to two figures. This page is written by
`tests/test_hostile.py`, which fails where it finds something else; peaks are of the machine on which it was written.

*Rows* are observations, *rejects* pieces that could not be used and are kept verbatim, *refused* files of which nothing
could be used or in whose archive something could not.

| input | files | rows | rejects | refused | tracebacks | peak MB |
|---|---|---|---|---|---|---|
"""


def rounded(number: int) -> str:
    """Two figures: what the next version of a library may change is not told."""
    step = 10 ** max(0, len(str(number)) - 2)
    return f"{(number + step // 2) // step * step:,}"


def row_of(name: str, line: dict[str, Any]) -> str:
    """A row of the page, without the peak."""
    numbers = (rounded(line["rows"]), rounded(line["rejects"]), f"{line['refused']:,}", len(line["tracebacks"]))
    return " | ".join(("|", name, f"{line['files']:,}", *map(str, numbers), ""))[2:]


def told() -> dict[str, str]:
    """The rows of the page by their first cell."""
    lines = PAGE.read_text("utf-8").splitlines() if PAGE.exists() else []
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines if line.startswith("| ") and "|---" not in line}


def check(lines: dict[str, dict[str, Any]]) -> None:
    """What must be true of every class, and that the page says what was found."""
    for name, line in lines.items():
        assert not line["tracebacks"], f"{name}: {len(line['tracebacks'])}, the first: {line['tracebacks'][0]}"
        assert not line["unsaid"], f"{name}: nothing is said of {line['unsaid']}"
        assert line["peak"] <= line["harmless"] + GAP, f"{name} takes {line['peak']} MB, harmless files {line['harmless']}"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        rows = told() | {name: f"{row_of(name, line)}{line['peak']} |" for name, line in lines.items()}
        rows = {name: rows[name] for name in class_names() if name in rows}
        text = INTRODUCTION.format(seconds=SECONDS, gap=GAP) + "\n".join(rows.values()) + "\n"
        PAGE.write_text(text, "utf-8", newline="\n")
    said = told()
    stale = [name for name, line in lines.items() if not said.get(name, "").startswith(row_of(name, line))]
    assert not stale, "UPDATE_GOLDEN=1 writes the page anew: " + "; ".join(row_of(name, lines[name]) for name in stale)


def class_names() -> list[str]:
    """Every class, in the order of the page."""
    return [*MADE, *FIXTURES, *(f"damaged samples: {name}" for name in sorted({*owners().values()}))]


# -- what is made ----------------------------------------------------------------------------------------------------------


def harmless(folder: Path) -> None:
    data = HEAD + ROW * 20_000
    rows = [dict(zip(HEAD.decode().strip().split(","), ROW.decode().strip().split(","), strict=True))] * 1000
    put(
        folder,
        {
            "list.csv": data,
            "list.csv.gz": gzip.compress(data[:1000]),
            "list.jsonl": b"".join(json.dumps(row).encode() + b"\n" for row in rows),
        },
    )
    pq.write_table(pa.Table.from_pylist(rows), folder / "list.parquet")
    (folder / "list.xlsx").write_bytes(
        workbook(lambda sheet: [sheet.write_row(n, 0, list(row.values())) for n, row in enumerate(rows)])
    )
    put(folder, {"a.xml": XML_ROOTS["glpi-xml"] % b"<x/>", "b.nessus": XML_ROOTS["nessus"] % b"<x/>"})


def put(folder: Path, files: Files) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


XML_ROOTS = {
    "glpi-xml": b"<REQUEST><DEVICEID>a</DEVICEID><QUERY>INVENTORY</QUERY><CONTENT>"
    b"<SOFTWARES><NAME>a</NAME></SOFTWARES>%s</CONTENT></REQUEST>",
    "nessus": b"<NessusClientData_v2><Report name='r'><ReportHost name='a'><HostProperties>"
    b"<tag name='host-fqdn'>a.b.c</tag></HostProperties>%s</ReportHost></Report></NessusClientData_v2>",
    "jamf": b"<computer><general><name>a</name><serial_number>5CG7</serial_number></general>%s</computer>",
    "cyclonedx": b"<bom xmlns='http://cyclonedx.org/schema/bom/1.5'><components>%s</components></bom>",
    "system-profiler": b"<plist version='1.0'><array><dict><key>_dataType</key><string>SPApplicationsDataType</string>"
    b"<key>_items</key><array>%s</array></dict></array></plist>",
}
ENTITIES = b"".join(b'<!ENTITY a%d "%s">' % (n, (b"&a%d;" % (n - 1)) * 10 if n else b"lol") for n in range(10))
XML_PARTS = {
    "entities": (b"<!DOCTYPE x [%s]>" % ENTITIES, b"<A>&a9;</A>"),
    "one long entity": (b'<!DOCTYPE x [<!ENTITY a "%s">]>' % (b"a" * 100_000), b"<A>%s</A>" % (b"&a;" * 10_000)),
    "itself": (b'<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', b"<A>&a;</A>"),
    "outside": (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', b"<A>&a;</A>"),
    "outside type": (b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">', b"<A/>"),
    "included": (b"", b"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='/etc/passwd' parse='text'/>"),
    "deep": (b"", b"<A>" * 200_000),
    "deep and closed": (b"", b"<A>" * 50_000 + b"</A>" * 50_000),
    "attributes": (b"", b"<A %s/>" % b" ".join(b"a%d='b'" % n for n in range(100_000))),
    "long text": (b"", b"<A>%s</A>" % (b"text " * 1_000_000)),
    "long name": (b"", b"<%s/>" % (b"A" * 1_000_000)),
    "many": (b"", b"<A/>" * 300_000),
    "NUL": (b"", b"<A>\0</A>"),
    "no text": (b"", b"<A>\xff\xfe\xed\xa0\x80</A>"),
    "cut in a section": (b"", b"<A><![CDATA[never closed"),
    "other encoding": (b"<?xml version='1.0' encoding='UTF-7'?>", b"<A>+ADw-</A>"),
    "unknown encoding": (b"<?xml version='1.0' encoding='x-nobody'?>", b"<A/>"),
}


def xml_shapes(folder: Path) -> None:
    for reader, root in XML_ROOTS.items():
        put(folder, {f"{name} {reader}.xml": top + root % inner for name, (top, inner) in XML_PARTS.items()})
        plain = (b"<?xml version='1.0' encoding='UTF-16'?>" + root % b"<A>a</A>").decode()
        put(folder, {f"utf-16 {reader}.xml": plain.encode("utf-16"), f"odd {reader}.xml": plain.encode("utf-16")[:-1]})


JSON_SHELLS = {
    "glpi-json": b'{"action": "inventory", "deviceid": "a", "content": {"hardware": {"name": "a"},'
    b' "softwares": [{"name": "a", "version": %s}]}}',
    "osquery": b'{"name": "pack_software", "hostIdentifier": "a", "unixTime": 1507000000, "action": "added",'
    b' "columns": {"name": "a", "version": %s}}',
    "uninstall": b'{"ComputerName": "a", "DisplayName": "a", "DisplayVersion": "1", "Publisher": %s}',
    "uninstall list": b'[{"ComputerName": "a", "DisplayName": "a", "DisplayVersion": "1", "Publisher": %s}]',
    "fleet": b'{"host": {"id": 1, "hostname": "a", "osquery_version": "5", "software": [{"name": "a", "version": %s}]}}',
    "intune": b'{"value": [{"id": "1", "deviceName": "a", "detectedApps": [{"displayName": "a", "version": %s}]}]}',
    "defender": b'{"value": [{"softwareName": "a", "deviceId": "b", "deviceName": "c", "softwareVersion": %s}]}',
    "jamf": b'{"computer": {"general": {"name": "a", "udid": "b", "serial_number": "5CG7"},'
    b' "software": {"applications": [{"name": "a", "version": %s}]}}}',
    "tanium": b'{"data": {"endpoints": {"edges": [{"node": {"name": "a", "computerID": "1",'
    b' "installedApplications": [{"name": "a", "version": %s}]}}]}}}',
    "crowdstrike": b'{"resources": [{"id": "1", "name_vendor_version": "a", "name": "a", "version": %s}]}',
    "wazuh": b'{"data": {"affected_items": [{"name": "a", "agent_id": "001", "format": "deb", "version": %s}]}}',
    "winget": b'{"$schema": "https://aka.ms/winget-packages.schema.2.0.json",'
    b' "Sources": [{"Packages": [{"PackageIdentifier": "a", "Version": %s}]}]}',
    "system-profiler": b'{"SPApplicationsDataType": [{"_name": "a", "version": %s}]}',
    "cyclonedx": b'{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"name": "a", "purl": %s}]}',
    "syft": b'{"artifacts": [{"name": "a", "version": %s, "type": "deb", "foundBy": "b", "metadataType": "c"}]}',
    "trivy": b'{"ArtifactName": "a", "Results": [{"Target": "b", "Packages": [{"Name": "a", "Version": %s}]}]}',
}
JSON_VALUES = {
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep and open": b"[" * 100_000,
    "not so deep": b"[" * 900 + b"]" * 900,
    "half a character": rb'"\ud800"',
    "half a character in a list": rb'["\ud800", {"\udfff": 1}]',
    "NUL": rb'"a\u0000b"',
    "raw NUL": b'"a\0b"',
    "no text": b'"\xff\xfe"',
    "long number": b"1" * 5000,
    "large number": b"1e999",
    "NaN": b"NaN",
    "long text": b'"%s"' % (b"a" * 1_000_000),
    "open text": b'"%s' % (b"a" * 1_000_000),
    "backslashes": b'"%s' % (b"\\" * 1_000_001),
    "keys": b"{%s}" % b", ".join(b'"a%d": 1' % number for number in range(100_000)),
    "same keys": b"{%s}" % b", ".join([b'"name": "b"'] * 1000),
    "long key": b'{"%s": 1}' % (b"a" * 1_000_000),
    "commas": b"[%s]" % (b"," * 1_000_000),
    "comments": b"// %s\n1" % (b"/" * 1_000_000),
    "kinds": b'[null, true, [], {}, 1.0, ""]',
}


def json_shapes(folder: Path) -> None:
    for reader, shell in JSON_SHELLS.items():
        put(folder, {f"{name} {reader}.json": shell % value + b"\n" for name, value in JSON_VALUES.items()})
        plain = (shell % b'"a"').decode()
        put(folder, {f"{code} {reader}.json": plain.encode(code) for code in ("utf-16", "utf-16-be", "utf-32", "utf-8-sig")})


CSV_SHAPES: Files = {
    "header alone": HEAD,
    "header without end": HEAD[:-1],
    "mark alone": b"\xef\xbb\xbf",
    "open quote": HEAD + ROW + b'PC-2,"never closed\n' + ROW * 1000,
    "open quote at the end": HEAD + ROW + b'PC-2,"',
    "quotes": HEAD + b'"' * 3_000_000,
    "quotes and lines": HEAD + b'"\n' * 200_000,
    "stray quotes": HEAD + b'PC-1,a"b"c,"d"e,f,\n' * 20_000,
    "delimiters": HEAD + b"," * 2_000_000,
    "lines of delimiters": HEAD + b",,,,\n" * 100_000,
    "blank lines": HEAD + b"\n" * 1_000_000 + ROW,
    "one long line": HEAD + b"a" * 20_000_000,
    "one long header": b"ComputerName,DisplayName,DisplayVersion,Publisher," + b"a" * 1_000_000 + b"\n" + ROW,
    "columns": b"ComputerName,DisplayName,DisplayVersion,Publisher," + b",".join(b"c%d" % n for n in range(100_000)) + b"\n"
    + b",".join([b"a"] * 100_004) + b"\n" + ROW,
    "same columns": b"ComputerName,DisplayName,DisplayVersion,Publisher" * 2 + b",Publisher" * 50_000 + b"\n" + ROW,
    "long names": HEAD + b"".join(b"%s,%s,1,b,\n" % (b"P" * 1_000_000, b"a" * 1_000_000) for _ in range(3)),
    "ragged": HEAD + b"".join(b",".join([b"a"] * (n % 9)) + b"\n" for n in range(20_000)),
    "ends": HEAD.strip() + b"\r" + ROW.strip() + b"\r\n" + ROW + ROW.strip() + b"\r\r\n" + ROW,
    "NUL": HEAD + ROW * 10 + b"PC\0-2,a\0,1,b,\n" + b"\0" * 100_000 + b"\n" + ROW,
    "no text": HEAD + ROW * 50 + b"PC-3,\xff\xfe\xfd,1,b,\n" + b"PC-4,\xed\xa0\x80,1,b,\n",
    "half a character": (HEAD.decode() + "PC-5,\ud83d,1,b,\n").encode("utf-16-le", "surrogatepass"),
    "odd number of bytes": b"\xff\xfe" + (HEAD + ROW * 3).decode().encode("utf-16-le") + b"\0",
    "utf-32": (HEAD + ROW).decode().encode("utf-32"),
    "utf-7": HEAD + b"PC-6,+AGEAYg-,1,b,\n",
    "controls": HEAD + b"PC-7,a\x1b[2J\x07\x08\x7f\xc2\x9b31m,1,b,\n",
    "names of nobody": HEAD + b"".join(b"%s,a,1,b,\n" % name for name in (b"", b" ", b".", b"..", b"-", b"NULL", b"\xc2\xa0")),
    "numbers": HEAD + b"".join(b"%s,%s,%s,b,%s\n" % ((b"9" * 400,) * 4) for _ in range(5)),
    "dates": HEAD + b"".join(b"PC-8,a,1,b,%s\n" % day for day in (b"00000000", b"99991231", b"20170230", b"\xd9\xa2" * 8)),
    "separator": b"sep=|\n" + HEAD.replace(b",", b"|") + ROW.replace(b",", b"|"),
    "separators": b"sep=,\n" * 100_000 + HEAD + ROW,
    "statements": HEAD + b"\"PC-9'; drop table hosts; --\",\"a\"\"; select 1\",$1,?,{0}\n",
}  # fmt: skip


def workbook(fill: Callable[[Any], object]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        fill(book.add_worksheet())
    return buffer.getvalue()


def repacked(data: bytes, **parts: bytes) -> bytes:
    """A workbook with other parts: `sheet1`, `sharedStrings`, `workbook`, `styles`."""
    places = {"sheet1": "xl/worksheets/sheet1.xml"} | {name: f"xl/{name}.xml" for name in ("sharedStrings", "workbook", "styles")}
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            given = next((part for key, part in parts.items() if places[key] == name), None)
            new.writestr(name, old.read(name) if given is None else given)
    return buffer.getvalue()


def xlsx_shapes(folder: Path) -> None:
    header = HEAD.decode().strip().split(",")

    def filled(*cells: tuple[int, int, str]) -> bytes:
        def fill(sheet: Any) -> None:
            sheet.write_row(0, 0, header)
            sheet.write_row(1, 0, ["PC-1", "Reader", "1.0", "Acme", "20170901"])
            for row, column, text in cells:
                sheet.write_string(row, column, text)

        return workbook(fill)

    plain = filled((2, 0, "PC-2"), (2, 1, "_x0000_\x01"))
    strings = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</sst>'
    put(
        folder,
        {
            "far down.xlsx": filled((1_048_575, 0, "PC-2")),
            "far right.xlsx": filled((2, 16_383, "a")),
            "far corner.xlsx": filled((1_048_575, 16_383, "a")),
            "one long text.xlsx": repacked(plain, sharedStrings=strings % (b"<si><t>" + b"a" * 100_000_000 + b"</t></si>")),
            "many texts.xlsx": repacked(plain, sharedStrings=strings % (b"<si><t>a</t></si>" * 1_000_000)),
            "entities.xlsx": repacked(plain, sharedStrings=b"<!DOCTYPE x [%s]>" % ENTITIES + strings % b"<si><t>&a9;</t></si>"),
            "outside.xlsx": repacked(plain, workbook=b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><workbook>&a;</workbook>'),
            "deep.xlsx": repacked(plain, sheet1=b"<a>" * 1_000_000),
            "no strings.xlsx": repacked(plain, sharedStrings=strings % b""),
            "no sheet.xlsx": repacked(plain, sheet1=b""),
            "no text.xlsx": repacked(plain, sharedStrings=strings % b"<si><t>\xff\0</t></si>" * 3),
            "cut.xlsx": plain[: len(plain) // 2],
        },
    )  # fmt: skip


def database_shapes(folder: Path) -> None:
    connection = sqlite3.connect(folder / "list.db")
    columns = HEAD.decode().strip().split(",")
    connection.execute(f"create table programs ({', '.join(columns)}, {', '.join(f'c{n}' for n in range(1500))})")
    texts = ["a\0b", "\ud7ff", "a" * 300_000, "'; drop table programs; --", "-1", ""]
    connection.executemany(
        "insert into programs (ComputerName, DisplayName, Publisher) values (?, ?, ?)", [(t, t, t) for t in texts]
    )
    connection.execute("insert into programs (ComputerName, DisplayName) values (cast(x'ff00' as text), x'00ff')")
    connection.execute('create table "a""; drop" (ComputerName, DisplayName, DisplayVersion, Publisher)')
    connection.execute("create view seen as select randomblob(1000000000) as ComputerName, 1 as DisplayName")
    connection.execute("create table grows (ComputerName, DisplayName as (zeroblob(1000000000)), DisplayVersion, Publisher)")
    connection.execute("insert into grows (ComputerName) values ('a')")
    connection.commit()
    connection.close()
    data = (folder / "list.db").read_bytes()
    dice = random.Random(7)
    for number in range(30):
        at = dice.randrange(100, 60_000)
        put(folder, {f"changed {number}.db": data[:at] + dice.randbytes(8) + data[at + 8 :]})
    put(folder, {"cut.db": data[:5000], "head.db": data[:16], "pages.db": data[:16] + b"\0\1" + data[18:]})
    names = HEAD.decode().strip().split(",")
    table = pa.table({name: [b"\xff\0", b"a" * 300_000, None, b"b"] * 10 for name in names})
    pq.write_table(table, folder / "bytes.parquet")
    pq.write_table(pa.table({name: [[{"a": [1.5]}], None] for name in names}), folder / "nested.parquet")
    pq.write_table(pa.table({name: pa.nulls(1_000_000, pa.string()) for name in names}), folder / "nothing.parquet")
    pq.write_table(pa.table({name: ["a" * 400] * 200_000 for name in names[:4]}), folder / "same.parquet")
    whole = (folder / "bytes.parquet").read_bytes()
    put(folder, {f"changed {n}.parquet": whole[: -n * 7] + dice.randbytes(n * 7) for n in range(1, 20)})
    put(folder, {"cut.parquet": whole[:100], "magic.parquet": b"PAR1" * 10})


SPARSE = {
    "nothing": b"",
    "csv": HEAD + ROW,
    "json lines": b'{"ComputerName": "PC-1", "DisplayName": "a", "DisplayVersion": "1", "Publisher": "b"}\n',
    "glpi": XML_ROOTS["glpi-xml"].partition(b"%s")[0],
    "zip": b"PK\3\4",
}


def sparse_shapes(folder: Path) -> None:
    for name, beginning in SPARSE.items():
        with (folder / name).open("wb") as file:
            file.write(beginning)
            file.truncate(1 << 30)


MADE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "JSON: shapes": ("", json_shapes),
    "XML: shapes": ("", xml_shapes),
    "CSV: shapes": ("", lambda folder: put(folder, {f"{name}.csv": data for name, data in CSV_SHAPES.items()})),
    "XLSX: shapes": ("", xlsx_shapes),
    "SQLite and Parquet: shapes": ("", database_shapes),
    "files of 1 GB of nothing": ("", sparse_shapes),
}


# -- what others made ------------------------------------------------------------------------------------------------------


def linked(name: str) -> Callable[[Path], object]:
    """The files of a folder of fixtures, where they lie."""

    def fill(folder: Path) -> None:
        for path in sorted((SHARED / "fixtures" / name).iterdir()):
            (folder / path.name).symlink_to(path.resolve())

    return fill


def in_shells(folder: Path) -> None:
    """Each document of the suite as a value in each kind of JSON that somebody reads."""
    for path in sorted((SHARED / "fixtures/json_test_suite").glob("*.json")):
        if path.stat().st_size < 10_000:
            put(folder, {f"{path.stem} {reader}.json": shell % path.read_bytes() for reader, shell in JSON_SHELLS.items()})


def in_roots(folder: Path) -> None:
    """Each bomb under each root that somebody reads."""
    for path in sorted((SHARED / "fixtures/xml_bombs").glob("*.xml")):
        data = re.sub(rb"^<\?xml[^>]*>", b"", path.read_bytes())
        match = re.match(rb"\s*(<!DOCTYPE.*?\]?>\s*)?(<\w.*)", data, re.DOTALL)
        top, inner = (match[1] or b"", match[2]) if match else (b"", data)
        put(folder, {f"{path.stem} {reader}.xml": top + root % inner for reader, root in XML_ROOTS.items()})


def injections(folder: Path) -> None:
    """The payloads of a collection, in every cell of a list."""
    text = (SHARED / "fixtures/csv_injection/README.md").read_text("utf-8").split("```")[1]
    rows = [",".join(['"{}"'.format(one.replace('"', '""'))] * 5) for one in text.strip().splitlines()]
    put(folder, {"list.csv": HEAD + "\n".join(rows).encode()})


FIXTURES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "JSON: JSONTestSuite, as it is": ("", linked("json_test_suite")),
    "JSON: JSONTestSuite, inside inventories": ("", in_shells),
    "XML: bombs, as they are": ("", linked("xml_bombs")),
    "XML: bombs, inside inventories": ("", in_roots),
    "CSV: csv-spectrum": ("", linked("csv_spectrum")),
    "CSV: formulas": ("", injections),
}


@cache
def owners() -> dict[Path, str]:
    """Which reader claims a sample."""
    found = {}
    for path in SAMPLES:
        peek = Peek.at(path)
        found[path] = next((reader.name for reader in READERS if reader.claims(peek)), "no reader")
    return found


def damaged(paths: Iterable[Path], turns: int) -> Callable[[Path], object]:
    """Each file cut so often and with a flipped bit so often: the same ones on every run."""

    def fill(folder: Path) -> None:
        for path in paths:
            data, dice = path.read_bytes(), random.Random(path.name)
            for turn in range(2 * turns):
                at = dice.randrange(1, max(2, len(data)))
                bad = data[:at] if turn % 2 else data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]
                put(folder, {f"{path.parent.name} {path.stem[:100]} {turn}{path.suffix}": bad})

    return fill


# -- tests -----------------------------------------------------------------------------------------------------------------

real = [pytest.mark.real, pytest.mark.skipif(not SHARED.is_dir(), reason="no real exports beside the project")]
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


@pytest.mark.parametrize(
    ("reader", "data"),
    [
        *((reader, root % b"<a/>") for reader, root in XML_ROOTS.items()),
        *((reader, shell % b'"1"') for reader, shell in JSON_SHELLS.items()),
    ],
)
def test_what_damage_is_put_into_is_an_inventory(reader: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    peek = Peek.at(tmp_path / "file")
    assert [one.name for one in READERS if one.claims(peek)] == [reader.removesuffix(" list")]


@linux
def test_made_files(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, [(name, *one) for name, one in MADE.items()])
    nothing = {Path(file).stem for line in lines.values() for file in line["nothing"]}
    assert nothing == {"header alone", "header without end", "delimiters", "lines of delimiters", "nothing"}
    check(lines)


@linux
class TestCollections:
    pytestmark = real

    def test_files_of_others(self, tmp_path: Path) -> None:
        lines = lines_of(tmp_path, [(name, *one) for name, one in FIXTURES.items()])
        assert not [file for line in lines.values() for file in line["nothing"]]
        check(lines)

    def test_damaged_samples(self, tmp_path: Path) -> None:
        names = sorted({*owners().values()})
        whose = {name: [path for path in SAMPLES if owners()[path] == name] for name in names}
        check(lines_of(tmp_path, [(f"damaged samples: {name}", "", damaged(whose[name], 2)) for name in names]))

    def test_the_page_has_every_class_and_no_other(self) -> None:
        assert list(told())[1:] == class_names()

    @pytest.mark.slow
    @pytest.mark.parametrize("reader", [*(reader.name for reader in READERS), "no reader"])
    def test_samples_damaged_in_a_hundred_ways(self, reader: str, tmp_path: Path) -> None:
        paths = [path for path in SAMPLES if owners()[path] == reader]
        lines = lines_of(tmp_path, [("damaged", "", damaged(paths, 50))])
        assert not lines["damaged"]["tracebacks"]
        assert not lines["damaged"]["unsaid"]
        assert lines["damaged"]["peak"] <= lines["damaged"]["harmless"] + GAP


# -- naughty strings, from a file to a page --------------------------------------------------------------------------------

FIELDS = tuple(dict.fromkeys((*KINDS, *RECORD_COLUMNS, *(name for name in TITLE_FIELDS if name != "type"), *DETAIL_FIELDS)))
COLUMNS = [f"{name} of it" for name in FIELDS]


def as_csv(strings: list[str], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, quoting=csv.QUOTE_ALL)
        table.writerow(COLUMNS)
        table.writerows([[text] * len(COLUMNS) for text in strings])


def as_json(strings: list[str], path: Path) -> None:
    path.write_text("".join(json.dumps(dict.fromkeys(COLUMNS, text)) + "\n" for text in strings), "utf-8")


def as_xlsx(strings: list[str], path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row, texts in enumerate((COLUMNS, *([text] * len(COLUMNS) for text in strings))):
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text)


def as_parquet(strings: list[str], path: Path) -> None:
    pq.write_table(pa.table({name: pa.array(strings, pa.string()) for name in COLUMNS}), path)


def as_sqlite(strings: list[str], path: Path) -> None:
    connection = sqlite3.connect(path)
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    connection.execute(f"create table list ({names})")
    connection.executemany(
        f"insert into list values ({', '.join('?' * len(COLUMNS))})", [[text] * len(COLUMNS) for text in strings]
    )
    connection.commit()
    connection.close()


FORMS: dict[str, Callable[[list[str], Path], None]] = {
    "list.csv": as_csv,
    "list.jsonl": as_json,
    "list.xlsx": as_xlsx,
    "list.parquet": as_parquet,
    "list.db": as_sqlite,
}


def mapping(file: str, name: str) -> str:
    lines = [f"[[table]]\nmatch = {quoted(file)}\nname = {quoted(name)}", 'lists = "all software"', "[table.columns]"]
    return "\n".join([*lines, *(f"{field} = {quoted(column)}" for field, column in zip(FIELDS, COLUMNS, strict=True))]) + "\n"


@pytest.fixture(scope="module")
def strings() -> list[str]:
    """Each naughty string once, and what JSON and databases can hold beside them."""
    return list(dict.fromkeys((*naughty(), "a\0b", "\ufeffname", "x" * 30_000, "\U0010ffff", "name\x1f", "\x85", "a\r\nb\rc")))


@pytest.fixture(scope="module")
def told_of(strings: list[str], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace that holds the strings in every field of every kind of table, counted."""
    folder = tmp_path_factory.mktemp("naughty")
    tables = "".join(mapping(file, f"own-{file.partition('.')[2]}") for file in FORMS)
    work = Workspace.create(folder / "work", text=template("Department of Rivers") + tables)
    for file, write in FORMS.items():
        write(strings, folder / file)
    cli.main(
        ["count", *(str(folder / file) for file in FORMS), "-w", str(work.folder), "--directive", BOD, "-q"],
        standalone_mode=False,
    )
    return work


@pytest.mark.real
class TestNaughty:
    def test_every_kind_of_table_says_the_same_of_each_string(self, strings: list[str], told_of: Workspace) -> None:
        (folder,) = folders(told_of.readings)
        rows = {
            name: pq.read_table(folder / f"{name}.parquet").to_pylist()
            for name in ("sources", "titles", "observations", "records")
        }
        titles = {row["title"]: row for row in rows["titles"]}
        whose = {row["record"]: row["source"] for row in rows["records"]}
        named = [text for text in map(clean, strings) if text]
        assert len(rows["sources"]) == len(FORMS)
        for source in rows["sources"]:
            assert (source["pieces"], source["rejects"]) == (source["used"], 0) or source["pieces"] < 0
            seen = [titles[row["title"]] for row in rows["observations"] if whose[row["record"]] == source["source"]]
            assert len(seen) == len(named)
            fields = [name for name in TITLE_FIELDS if name not in {"type", "path"}]
            assert all(len({row[name] for name in fields}) == 1 for row in seen)
            names = [row["name"].replace("_xFFFE_", "\ufffe") for row in seen]  # as a workbook writes what XML cannot hold
            assert sorted(names) == sorted(named)

    def test_every_string_can_be_asked_for(
        self, strings: list[str], told_of: Workspace, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answered = 0
        for text in strings[::8]:
            with suppress(UsageError):  # no machine is called so, or several are
                cli.main(["explain", "-w", str(told_of.folder), "--", text], standalone_mode=False)
                answered += 1
            shown = capsys.readouterr().out
            assert all(line.isprintable() for line in shown.split("\n"))
        assert answered > 5

    def test_every_host_can_be_explained(self, told_of: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
        hosts = pq.read_table(next(iter(folders(told_of.counts))) / "host_list.parquet").to_pylist()
        for host in hosts[:: max(1, len(hosts) // 30)]:
            cli.main(["explain", "-w", str(told_of.folder), host["host"], "--json"], standalone_mode=False)
            assert json.loads(capsys.readouterr().out)["records"]

    @pytest.mark.parametrize("report", ["html", "csv", "hosts", "json"])
    def test_every_report_bears_them(self, report: str, told_of: Workspace, tmp_path: Path) -> None:
        cli.main(["report", report, "-w", str(told_of.folder), "-o", str(tmp_path / "report")], standalone_mode=False)
        data = (tmp_path / "report").read_bytes()
        assert len(data) > 1000
        if report == "html":
            assert Page(data).elements <= ELEMENTS
        elif report == "json":
            json.loads(data)
        else:
            assert all(row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
