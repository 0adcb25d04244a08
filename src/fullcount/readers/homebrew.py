"""Homebrew: what `brew info --json` says, and the receipt that lies in the folder of each installed formula or cask.

Facts: Homebrew's pages "Querying brew" and "Formula Cookbook", and its source (`tab.rb`). A receipt does not name its
formula where that came from Homebrew's own list: the folders above it do (`Cellar/NAME/VERSION/INSTALL_RECEIPT.json`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import Document, documents, raw_of, rows_of, section, text_of, texts_of
from fullcount.model import Batch, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream, utc

if TYPE_CHECKING:
    from collections.abc import Iterator

_RECEIPT = re.compile(r'"homebrew_version"\s*:')
_RECEIPT_TOO = re.compile(r'"(?:built_as_bottle|poured_from_bottle|installed_on_request|uninstall_artifacts|used_options)"\s*:')
_INFO = re.compile(r'"(?:formulae|casks)"\s*:\s*\[')
_INFO_TOO = re.compile(
    r'"(?:installed_as_dependency|linked_keg|full_token|versioned_formulae|bottle_disabled|ruby_source_path)"\s*:'
)
_IN_CELLAR = re.compile(r".*[\\/](?:Cellar|Caskroom)[\\/]([^\\/]+)[\\/](?:([^\\/]+)[\\/])?.*", re.DOTALL)
_BEFORE = re.compile(r"(.{1,200}?)[ _.-]+INSTALL_RECEIPT(?:\.json)?", re.IGNORECASE | re.DOTALL)
_RECIPE = re.compile(r".*[\\/](?:Formula|Casks|Aliases)[\\/](?:[^\\/]+[\\/])*([^\\/]+)\.(?:rb|json)", re.DOTALL)
_SYSTEMS = {"macintosh": Os.MACOS, "linux": Os.LINUX}


def claims(peek: Peek) -> bool:
    """A receipt, or information on formulae and casks."""
    if not peek.json_start:
        return False
    if _RECEIPT.search(peek.text) and _RECEIPT_TOO.search(peek.text):
        return True
    listed = _INFO.search(peek.text) or peek.json_start == "["
    return bool(listed and _INFO_TOO.search(peek.text) and re.search(r'"tap"\s*:', peek.text))


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal of the formula or cask, those that are not installed counted too."""
    batch, place = Batch(key="machine"), 0
    record = Record(place=1, lists=Lists.SOME_SOFTWARE, traces=frozenset())
    notes = ["only what Homebrew installed is listed"]
    named = ""
    for one in documents(stream):
        if isinstance(one, Reject):
            batch.rejects.append(one)
            continue
        notes += ["the file breaks off in the list"] if one.broken else []
        if isinstance(one.value, dict) and "homebrew_version" in one.value:
            place += 1
            named = _receipt(batch, one.value, place, str(stream.path))
            record.os_family = _SYSTEMS.get((text_of(section(one.value, "built_on"), "os") or "").lower(), Os.UNKNOWN)
            notes.append("one formula or cask is described")
            continue
        for row, cask in _rows(one):
            place += 1
            _cask(batch, row, place) if cask else _formula(batch, row, place)
            if cask and record.os_family is Os.UNKNOWN:
                record.os_family = Os.MACOS  # casks are applications of the Mac
    # the name of a receipt's file names the formula, or nothing; never a machine
    mine = stream.host and not (named or _BEFORE.fullmatch(stream.host) or stream.host.upper().startswith("INSTALL_RECEIPT"))
    record.clues = [("hostname", stream.host)] if mine and stream.host else []
    record.note = "; ".join(dict.fromkeys(notes))
    batch.record = record
    yield batch


def _rows(one: Document) -> Iterator[tuple[Any, bool]]:
    """Formulae and casks: version 2 has a list of each, version 1 a list of formulae."""
    if isinstance(one.value, list):
        yield from ((row, isinstance(row, dict) and "token" in row) for row in one.value)
        return
    yield from ((row, False) for row in rows_of(one.value, "formulae"))
    yield from ((row, True) for row in rows_of(one.value, "casks"))


def _day(seconds: Any) -> Detail | None:
    """The day of installation, from seconds since 1970."""
    number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    moment = utc(seconds) if number else None
    return Detail(installed_on=moment.date().isoformat()) if moment else None


def _formula(batch: Batch, row: Any, place: int) -> None:
    name = text_of(row, "name", "full_name")
    if not name:
        batch.reject(place, raw_of(row), "a formula without a name")
        return
    kept = [one for one in rows_of(row, "installed") if text_of(one, "version")]
    for one in kept:
        batch.saw(_title(name, text_of(one, "version"), row), place, State.INSTALLED, _day(one.get("time")))
    if not kept:
        batch.saw(_title(name, text_of(section(row, "versions"), "stable"), row), place, State.MENTION)


def _title(name: str, version: str | None, row: Any) -> Title:
    tap = text_of(row, "tap")
    full = text_of(row, "full_name", "full_token") or name
    return Title(Trace.PACKAGE, name=name, version=version, package=full if tap and not tap.startswith("homebrew/") else name)


def _cask(batch: Batch, row: Any, place: int) -> None:
    token = text_of(row, "token", "full_token")
    if not token:
        batch.reject(place, raw_of(row), "a cask without a token")
        return
    installed = text_of(row, "installed")
    name = (texts_of(row, "name") or [token])[0]
    title = _title(name, installed or text_of(row, "version"), row)
    title = title._replace(package=token if title.package == name else title.package)
    detail = _day(row.get("installed_time"))
    batch.saw(title, place, State.INSTALLED if installed else State.MENTION, detail if installed else None)


def _receipt(batch: Batch, row: dict[str, Any], place: int, path: str) -> str:
    """See what a receipt says is installed. Returns the name where the file's own name gave it."""
    source = section(row, "source")
    in_cellar = _IN_CELLAR.fullmatch(path)
    recipe = _RECIPE.fullmatch(text_of(source, "path") or "")
    before = _BEFORE.fullmatch(re.split(r"[\\/]", path)[-1])
    name = in_cellar[1] if in_cellar else recipe[1] if recipe else before[1] if before else ""
    if not name:
        reason = "the receipt does not name its formula: keep its folders, Cellar/NAME/VERSION/INSTALL_RECEIPT.json"
        batch.reject(place, raw_of(row), reason)
        return ""
    version = in_cellar[2] if in_cellar and in_cellar[2] and in_cellar[2][0].isdigit() else None
    written = section(source, "versions")
    version = version or text_of(source, "version") or text_of(written, "stable", "head")
    batch.saw(_title(name, version, {}), place, State.INSTALLED, _day(row.get("time")))
    return name if before and name == before[1] else ""


HOMEBREW = Reader(
    name="homebrew",
    title="Homebrew (brew info --json, INSTALL_RECEIPT.json)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "Only what Homebrew installed is listed: no other applications of a Mac, no packages of a Linux distribution.",
        "Homebrew names no publishers, and neither the machine nor the day of the list.",
        "A receipt describes one formula, and often names it only by the folder in which it lies.",
        "`brew info --json=v2 --all` lists what could be installed too: that is a mention.",
    ),
    how=(
        'On each machine: `brew info --json=v2 --installed > "$(hostname).json"`. Give the machine by the file\'s name, or '
        "with `--host`; of receipts keep the folders (`tar cf HOST.tar Cellar/*/*/INSTALL_RECEIPT.json`) and give `--host`."
    ),
    unit="formula or cask",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
