"""Receive: take in the returns that components sent. Each is checked, kept for good, and entered in the ledger; or it is
refused, and that is entered, too. Nothing is ever erased: a later number supersedes.

An accepted return is `returns/received/DIGEST.json`, the very bytes that came; DIGEST is that of what was sealed.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from fullcount import hierarchy, ledger, trust
from fullcount.arrival import Accepted, Refused
from fullcount.attachment import MAGIC, OF_RETURN, attachment
from fullcount.envelope import parsed, strict_json
from fullcount.errors import EnvelopeError, FullcountError, UnreadableError, WorkspaceError
from fullcount.fault import fault
from fullcount.received import ACCEPTED, REFUSED, Kept, Office, Received
from fullcount.scrutiny import checked
from fullcount.sealed import canonical, returned
from fullcount.sequence import OF_TOKENS, common, newest, settled, unlike
from fullcount.strict import MOST_BYTES
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from fullcount.received import Group, Passed
    from fullcount.sealed import Return

ATTACHED = OF_RETURN  # as which a PDF carries the sealed return
RECEIVED = "received"  # below the returns of the workspace
TAKEN, TURNED_AWAY, OVER_GAP = "return accepted", "return refused", "gap accepted"  # lines of the ledger
_HINT = "give the file that `fullcount seal` wrote, or a PDF that carries it"


class Works(Protocol):
    """A workspace, as far as it is used here."""

    @property
    def folder(self) -> Path:
        """Where it lies."""

    @property
    def ledger(self) -> Path:
        """Its ledger."""

    @property
    def returns(self) -> Path:
        """The folder of its returns."""

    def put(self, target: Path, data: bytes) -> None:
        """Write a file, aside first."""

    def writing(self) -> AbstractContextManager[None]:
        """Be the one writer."""


# -- files --------------------------------------------------------------------------------------------------------------------


def opened(path: Path) -> bytes:
    """The bytes of an envelope: of the file itself, or of the attachment `ATTACHED` where it is a PDF; at most `MOST_BYTES`.

    Raises `EnvelopeError` where there is no such thing to be had, and `UsageError` where a PDF needs an extra.
    """
    place = str(path)
    try:
        if not path.is_file():
            how = "is a folder" if path.is_dir() else "is not there, or is no file"
            raise EnvelopeError(how, place=place, hint=_HINT)
        with path.open("rb") as file:
            data = file.read(len(MAGIC))
            if data == MAGIC:
                return attachment(path, ATTACHED, most=MOST_BYTES)
            data += file.read(MOST_BYTES)
    except UnreadableError as error:
        raise EnvelopeError(f"cannot be used: {error.message}", place=place, hint=error.hint) from None
    except (OSError, ValueError) as error:
        raise EnvelopeError(f"cannot be read: {getattr(error, 'strerror', None) or error}", place=place, hint=_HINT) from None
    if len(data) > MOST_BYTES:
        raise EnvelopeError(f"is larger than {MOST_BYTES >> 20} MB", place=place, hint="a return is never that large")
    return data


def files(paths: Iterable[Path], *, leave_out: Path | None = None) -> list[tuple[str, Path]]:
    """Files by the name under which they are told: those that are given, and all in the folders that are; hidden ones are none.

    `leave_out` is a folder whose files are not meant.
    """
    found: list[tuple[str, Path]] = []
    for path in paths:
        found += _below(path, leave_out) if path.is_dir() else [(path.name, path)]
    often = Counter(name for name, _ in found)
    # a name may hold anything, bytes that are no text too, and it goes into the ledger
    return sorted((visible(name if often[name] == 1 else path.as_posix()), path) for name, path in dict.fromkeys(found))


def _below(top: Path, leave_out: Path | None) -> Iterator[tuple[str, Path]]:
    for folder, below, names in os.walk(top):
        at = Path(folder)
        below[:] = [one for one in below if not one.startswith(".") and (leave_out is None or (at / one).resolve() != leave_out)]
        yield from (((at / one).relative_to(top).as_posix(), at / one) for one in names if not one.startswith("."))


def judged(named: Iterable[tuple[str, Path]], office: Office, on: date) -> list[Received]:
    """What is known of files that came in on a day, by component and number. Of each file only that is held, one at a time.

    Raises `UsageError` where there is a PDF and no extra for it.
    """
    return settled([_one(path, name, office, on) for name, path in named], office)


def _one(path: Path, name: str, office: Office, on: date) -> Received:
    try:
        data = opened(path)
    except EnvelopeError as error:
        text = f"the file {error.message}; {error.hint}" if error.hint else f"the file {error.message}"
        return Received(names=(name,), file=_digest_of(path), faults=(fault("not-an-envelope", text),))
    return checked(data, office, on, name=name)


def _digest_of(path: Path) -> str:
    """SHA-256 of a file of which nothing else can be told; of its name where it cannot be read at all."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return hashlib.sha256(path.name.encode("utf-8", "surrogateescape")).hexdigest()


# -- the office ---------------------------------------------------------------------------------------------------------------


def office(workspace: Works, *, trusted: Path | None = None, tree: Path | None = None) -> Office:
    """What the office of a workspace knows: by its own trust file and tree, where they are there and no others are given.

    Raises `SettingsError` with file and line, and `WorkspaceError` where the ledger is broken.
    """
    folder = workspace.folder
    trusted = trusted or next((one for one in [folder / trust.FILE] if one.exists()), None)
    tree = tree or next((one for name in hierarchy.FILES if (one := folder / name).exists()), None)
    return replace(stranger(trusted, tree), kept=kept(workspace), passed=_passed(workspace))


def stranger(trusted: Path | None, tree: Path | None) -> Office:
    """What somebody without a workspace knows. Raises `SettingsError`."""
    return Office(trust=trust.load(trusted) if trusted else None, tree=hierarchy.load(tree) if tree else None, kept=None)


def kept(workspace: Works) -> tuple[Kept, ...]:
    """The returns that were accepted, in the order in which they were. Raises `WorkspaceError`."""
    return tuple(_kept(one) for one in ledger.entries(workspace.ledger) if one.what == TAKEN)


def _passed(workspace: Works) -> frozenset[Passed]:
    lines = (one.facts for one in ledger.entries(workspace.ledger) if one.what == TURNED_AWAY)
    return frozenset((one["component"], one["directive"], one["sequence"], one["digest"]) for one in lines if one["signers"])


def _kept(line: ledger.Entry) -> Kept:
    said = dict(line.facts)
    said["received"] = date.fromisoformat(said["received"])
    said["signers"] = tuple(said["signers"])
    said["doubts"] = tuple((name, text) for name, text in said["doubts"])
    said["tokens"] = tuple(said["tokens"]) if said["tokens"] else None
    return Kept(**{name: value for name, value in said.items() if name not in {"name", "keys"}})


# -- taking in ----------------------------------------------------------------------------------------------------------------


def receive(workspace: Works, paths: Sequence[Path], *, known: Office, on: date) -> list[Received]:
    """Take in files, and those in folders, that came on a day: what became of each, by component and number.

    `known` is what the `office` knows; the ledger is read anew, under the lock. Raises `BusyError`, `WorkspaceError` and
    `UsageError`; a file that is wrong is refused, and no error.
    """
    with workspace.writing():
        named = files(paths, leave_out=workspace.returns / RECEIVED)
        found = judged(named, replace(known, kept=kept(workspace), passed=_passed(workspace)), on)
        by_name = dict(named)
        _enter_refused(workspace, (one for one in found if one.verdict == REFUSED), on)
        for one in found:
            if one.verdict == ACCEPTED:
                _keep(workspace, one, opened(by_name[one.names[0]]))
                _enter(workspace, one, known.gaps, on)
    return found


def _keep(workspace: Works, one: Received, data: bytes) -> None:
    """Put the bytes that were checked in their place."""
    if hashlib.sha256(data).hexdigest() != one.file:
        raise WorkspaceError("the file was changed while it was read", place=one.names[0], hint="try again")
    workspace.put(_place(workspace, one), data)


def _place(workspace: Works, one: Received | Kept) -> Path:
    return workspace.returns / RECEIVED / f"{one.digest}.json"


def _enter(workspace: Works, one: Received, gaps: Mapping[str, str], on: date) -> None:
    about = {"component": one.component, "directive": one.directive, "sequence": one.sequence}
    if any(each.id == "accepted-gap" for each in one.faults):
        ledger.append(workspace.ledger, OVER_GAP, **about, why=gaps[one.component])
    facts: dict[str, Any] = {name: getattr(one, name) for name in ("digest", "previous", "as_of", "file")}
    facts |= {"tokens": list(one.tokens) if one.tokens else None, "keys": list(one.keys), "signers": list(one.signers)}
    doubts = [[each.id, each.text] for each in one.faults]
    ledger.append(workspace.ledger, TAKEN, **about, **facts, name=one.names[0], received=on.isoformat(), doubts=doubts)


def _enter_refused(workspace: Works, found: Iterable[Received], on: date) -> None:
    """A file that is refused again for the same reasons is not entered again."""
    entered = {_reasons(one.facts) for one in ledger.entries(workspace.ledger) if one.what == TURNED_AWAY}
    for one in found:
        facts: dict[str, Any] = {name: getattr(one, name) for name in ("component", "directive", "sequence", "as_of", "digest")}
        facts |= {
            "file": one.file,
            "signers": list(one.signers),
            "name": one.names[0],
            "reasons": [[each.id, each.text] for each in one.faults if each.refuses],
        }
        if _reasons(facts) not in entered:
            ledger.append(workspace.ledger, TURNED_AWAY, **facts, received=on.isoformat())


def _reasons(facts: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    return facts["file"], tuple(sorted({name for name, _ in facts["reasons"]}))


# -- what is here -------------------------------------------------------------------------------------------------------------


def accepted(workspace: Works) -> list[Accepted]:
    """The returns that were accepted, by directive, component and number, read again and compared with the ledger.

    Of a return that is superseded the systems are left away. Raises `WorkspaceError` where a file is missing or was changed.
    """
    every = sorted(kept(workspace), key=lambda one: (one.component, one.directive, one.sequence))
    found = []
    for directive, ones in groupby(sorted(every, key=lambda one: one.directive), key=lambda one: one.directive):
        counting = newest(every, directive)
        groups = [one.tokens for one in counting.values() if one.tokens]
        found += [_accepted(workspace, one, groups, counts=counting[one.component] is one) for one in ones]
    return found


def _accepted(workspace: Works, one: Kept, groups: Sequence[Group], *, counts: bool) -> Accepted:
    wrong = unlike(one.tokens, groups) if counts else None
    return Accepted(
        said=_again(_place(workspace, one), one, whole=counts),
        received=one.received,
        signers=one.signers,
        doubts=(*(text for name, text in one.doubts if name not in OF_TOKENS), *([wrong.text] if wrong else ())),
        # where no group is that of most, each can still be compared within itself
        tokens_count=wrong is None or common(groups)[0] is None,
    )


def _again(path: Path, one: Kept, *, whole: bool) -> Return:
    """The return in a file that is kept; `whole`: with its systems. Raises `WorkspaceError`."""
    hint = "restore the file from a copy, or receive the return anew in another workspace"
    try:
        data = path.read_bytes()
    except OSError:
        raise WorkspaceError("a return that was accepted is missing", place=str(path), hint=hint) from None
    if hashlib.sha256(data).hexdigest() != one.file:
        raise WorkspaceError("a return that was accepted has been changed", place=str(path), hint=hint)
    try:
        body = parsed(data).body
        return returned(body) if whole else _without_systems(body, one.digest)
    except FullcountError as error:
        hint = "this fullcount cannot read what an earlier one accepted"
        raise WorkspaceError(error.message, place=str(path), hint=hint) from None


def _without_systems(body: bytes, digest: str) -> Return:
    """A return less what takes most of the time and memory."""
    document = strict_json(body, place="the return")
    document["predicate"]["tokens"] = None
    return replace(returned(canonical(document)), digest=digest)


def refused(workspace: Works) -> list[Refused]:
    """The files that were refused, in the order in which they were; what they say of themselves may be untrue."""
    return list(_refused(ledger.entries(workspace.ledger)))


def _refused(lines: Iterable[ledger.Entry]) -> Iterator[Refused]:
    for line in lines:
        if line.what == TURNED_AWAY:
            said = line.facts
            yield Refused(
                component=said["component"],
                reasons=tuple(text for _, text in said["reasons"]),
                received=date.fromisoformat(said["received"]),
                digest=said["digest"] or said["file"],
                sequence=said["sequence"],
                as_of=said["as_of"],
                directive=said["directive"],
            )
