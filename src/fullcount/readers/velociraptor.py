"""Velociraptor: rows of artifacts (JSON, one a line or a list), as collections, hunts and the command line give them, and
what it says of its clients.

A row names its machine only where a hunt or notebook put the client's id beside it. Facts: the artifacts' own
definitions (Windows.Sys.Programs, Windows.Detection.Amcache, Windows.System.Pslist, Windows.System.Services,
Linux.Debian.Packages, Linux.RHEL.Packages, Generic.Client.Info), and answers of `clients()`.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fullcount.document import clues_of, day_of, documents, held, names_of, pages, raw_of, rows_of, section, text_of, texts_of
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.table import family_of
from fullcount.text import without_user
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What a row of each artifact has and no other tool's has
_ARTIFACTS = (
    ("KeyName", "KeyLastWriteTimestamp", "DisplayName", "KeyPath"),
    ("EntryKey", "EntryType", "EntryName", "EntryPath", "HivePath"),
    ("Pid", "Ppid", "TokenIsElevated", "Exe"),
    ("AbsoluteExePath", "HashServiceExe", "CertinfoServiceExe"),
    ("Package", "InstalledSize", "_Description", "Architecture"),
    ("BuildTime", "Hostname", "Fqdn", "MACAddresses", "Labels"),
    ("client_id", "os_info", "agent_information"),
)
_START = re.compile(r"\s*+(?:\[\s*+)?\{")
_OF_TEST = re.compile(r"(?:#[^\n]*+\n|\s)*+Query: ")
_OUTPUT = "Output: "
_HIVE = re.compile(r"(?:HKEY_USERS|HKU)[\\/]([^\\/]+)[\\/]", re.IGNORECASE)
_PARTIAL = "what an artifact collected; that it ran to its end is not said"


def claims(peek: Peek) -> bool:
    """The columns of an artifact in its first row."""
    text = peek.text[:16384]
    if _OF_TEST.match(text):
        return "Artifact." in text and _OUTPUT in text
    return bool(_START.match(text)) and any(all(f'"{name}"' in text for name in names) for names in _ARTIFACTS)


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row."""
    known = set[str]()
    for place, row in enumerate(_rows(stream), start=1):
        if isinstance(row, Reject):
            yield Batch(rejects=[row._replace(place=place)])
        elif isinstance(row, dict) and (take := _taking(row)):
            yield take(row, place, stream.host, known)
        else:
            yield Batch(rejects=[Reject(place, raw_of(row), "a row of no artifact that is known")])


def _rows(stream: Stream) -> Iterator[Any]:
    if _OF_TEST.match(Peek.at(stream.path).text):
        yield from _outputs(held(stream).decode("utf-8", "replace"))
        return
    for document in documents(stream):
        if isinstance(document, Reject):
            yield document
        else:
            for page in pages(document.value):
                yield from rows_of(page, "items") if isinstance(page, dict) and "items" in page else [page]


def _outputs(text: str) -> Iterator[Any]:
    """The answers in a file of queries and answers: JSON behind `Output:`, up to the next query."""
    decoder = json.JSONDecoder()
    for part in text.split(f"\n{_OUTPUT}")[1:]:
        try:
            yield from pages(decoder.raw_decode(part.lstrip())[0])
        except (ValueError, RecursionError) as error:
            yield Reject(0, part.encode("utf-8", "surrogatepass")[:4096], f"an answer that is no JSON: {error}")


def _taking(row: dict[str, Any]) -> Callable[[dict[str, Any], int, str | None, set[str]], Batch] | None:
    if "os_info" in row or {"BuildTime", "Hostname"} <= row.keys():
        return _client
    for names, take in _TAKES:
        if set(names) <= row.keys():
            return take
    return None


def _client(row: dict[str, Any], place: int, host: str | None, known: set[str]) -> Batch:
    """A machine: what `clients()` or the artifact Generic.Client.Info says of it."""
    del host, known
    about = section(row, "os_info") or row
    number = text_of(row, "client_id", "ClientId")
    name, fqdn = text_of(about, "hostname", "Hostname"), text_of(about, "fqdn", "Fqdn")
    macs = [mac for field in ("mac_addresses", "MACAddresses") for mac in texts_of(about, field)]
    record = Record(
        place=place,
        clues=clues_of(("agent_id", _agent(number)), *(("mac", mac) for mac in macs), *names_of(fqdn, name)),
        lists=Lists.MACHINES,
        traces=frozenset(),
        heard_at=_seen(row),
        os=text_of(about, "release", "Platform", "system", "OS"),
        note="a client, without its software",
    )
    record.os_family = family_of(text_of(about, "system", "OS") or record.os)
    record.machine_class = Class.SERVER if "server" in (record.os or "").lower() else Class.UNKNOWN
    return Batch(record=record, key=number or fqdn or name)


def _agent(number: str | None) -> str | None:
    return f"velociraptor:{number}" if number else None


def _seen(row: dict[str, Any]) -> datetime | None:
    """When the server heard of it last: microseconds, or a date."""
    value = row.get("last_seen_at")
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**17:
        return datetime.fromtimestamp(value // 10**6, UTC).replace(tzinfo=None) if value < 4 * 10**15 else None
    return parse(text_of(row, "last_seen_at"))


def _of_machine(row: dict[str, Any], place: int, host: str | None, known: set[str], *, family: Os = Os.WINDOWS) -> Batch:
    """The batch of a row: the machine by its client's id, else the one that the file is about."""
    number, name = text_of(row, "ClientId", "client_id"), text_of(row, "Fqdn", "Hostname")
    key = number or name or ""
    batch = Batch(key=key)
    if key not in known:
        known.add(key)
        clues = clues_of(("agent_id", _agent(number)), *names_of(name)) if key else clues_of(*names_of(host))
        batch.record = Record(
            place=place, clues=clues, lists=Lists.SOME_SOFTWARE, traces=frozenset(), os_family=family, note=_PARTIAL
        )
    return batch


def _program(row: dict[str, Any], place: int, host: str | None, known: set[str]) -> Batch:
    batch = _of_machine(row, place, host, known)
    path = text_of(row, "InstallLocation")
    title = Title(
        Trace.PROGRAM,
        name=text_of(row, "DisplayName"),
        version=text_of(row, "DisplayVersion"),
        publisher=text_of(row, "Publisher"),
        product_code=text_of(row, "KeyName"),
        path=without_user(path) if path else None,
    )
    if not title.name and not title.product_code:
        batch.reject(place, raw_of(row), "a program without a name")
        return batch
    user = _HIVE.search(text_of(row, "KeyPath") or "")
    detail = Detail(user=user[1] if user else None, path=path, installed_on=day_of(text_of(row, "InstallDate")))
    batch.saw(title, place, State.INSTALLED if title.name else State.RESIDUE, detail if any(detail) else None)
    return batch


def _remembered(row: dict[str, Any], place: int, host: str | None, known: set[str]) -> Batch:
    """An entry of Amcache: the file was there once."""
    batch = _of_machine(row, place, host, known)
    path, name = text_of(row, "EntryPath"), text_of(row, "EntryName")
    if not path and not name:
        batch.reject(place, raw_of(row), "a file without a path or name")
        return batch
    plain = without_user(path) if path else None
    title = Title(Trace.FILE, name=name, version=text_of(row, "Version"), publisher=text_of(row, "Publisher"), path=plain)
    batch.saw(title, place, State.RESIDUE, Detail(path=path) if path != plain else None)
    return batch


def _process(row: dict[str, Any], place: int, host: str | None, known: set[str]) -> Batch:
    batch = _of_machine(row, place, host, known)
    path, name = text_of(row, "Exe"), text_of(row, "Name")
    if not path and not name:
        batch.reject(place, raw_of(row), "a process without a name or path")
        return batch
    plain = without_user(path) if path else None
    title = Title(Trace.PROCESS, name=name or path, path=plain, signer=_signer(section(row, "Authenticode")))
    detail = Detail(user=text_of(row, "Username"), path=path if path != plain else None)
    batch.saw(title, place, State.RUNNING, detail if any(detail) else None)
    return batch


def _signer(signed: dict[str, Any]) -> str | None:
    """Who signed a file, where Windows trusts the signature. The subject is a distinguished name, or its first part."""
    if (text_of(signed, "Trusted") or "").lower() != "trusted":
        return None
    subject = text_of(signed, "SubjectName") or ""
    match = re.search(r'(?:^|[,/] ?)CN ?= ?("[^"]+"|[^,/]+)', subject)
    return (match[1].strip('" ') if match else subject) or None


def _service(row: dict[str, Any], place: int, host: str | None, known: set[str]) -> Batch:
    batch = _of_machine(row, place, host, known)
    name = text_of(row, "Name")
    if not name:
        batch.reject(place, raw_of(row), "a service without a name")
        return batch
    path = text_of(row, "AbsoluteExePath", "PathName")
    plain = without_user(path) if path else None
    signer = _signer(section(row, "CertinfoServiceExe"))
    title = Title(Trace.SERVICE, name=text_of(row, "DisplayName") or name, service=name, path=plain, signer=signer)
    running = (text_of(row, "State") or "").lower() == "running"
    detail = Detail(path=path) if path != plain else None
    batch.saw(title, place, State.RUNNING if running else State.INSTALLED, detail)
    return batch


def _package(row: dict[str, Any], place: int, host: str | None, known: set[str]) -> Batch:
    batch = _of_machine(row, place, host, known, family=Os.LINUX)
    if name := text_of(row, "Package"):
        batch.saw(Title(Trace.PACKAGE, name=name, version=text_of(row, "Version"), package=name), place)
    else:
        batch.reject(place, raw_of(row), "a package without a name")
    return batch


_TAKES = (
    (("KeyName", "DisplayName"), _program),
    (("EntryKey", "EntryPath"), _remembered),
    (("Pid", "Exe"), _process),
    (("AbsoluteExePath", "Name"), _service),
    (("Package", "InstalledSize"), _package),
)

VELOCIRAPTOR = Reader(
    name="velociraptor",
    title="Velociraptor artifacts and clients (JSON)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "Whether a query ran to its end on a machine, and which filters it had, is not in its rows: they are never complete.",
        "Programs of users who were not logged in are not in Windows.Sys.Programs.",
        "What Amcache remembers is residue, whether or not it is there still.",
        "An offline collection says nowhere which machine it is of, but in its file's name: say host = in [[source]].",
        "Other artifacts than programs, packages, services, processes, Amcache and clients are not read.",
    ),
    how=(
        "In a hunt of Windows.Sys.Programs: Notebook, `SELECT *, ClientId, Fqdn FROM hunt_results(...)`, export as JSONL; and "
        "`SELECT * FROM clients()`. Of an offline collector the zip as it is, with "
        '[[source]] match = "Collection-PC7-*", host = "PC7" in fullcount.toml.'
    ),
    unit="row",
    basis=Basis.DOCUMENTATION,
    claims=claims,
    batches=batches,
    needs_host=True,
    named_by_file=False,
)
