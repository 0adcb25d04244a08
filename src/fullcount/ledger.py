"""The ledger: what was done in a workspace, one line each, every line holding the digest of the one before.

A line that was changed, removed or put in between breaks the chain at that line. The chain shows tampering
by somebody who does not rewrite the rest; who can rewrite the whole file can make a new chain, which is why
a sealed return carries the digest of its ledger's last line out of the house.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fullcount.errors import WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path

START = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: what was done, when (UTC), with what, and the digests of the line before and of itself."""

    at: str
    what: str
    facts: dict[str, Any]
    before: str
    digest: str


def append(path: Path, what: str, **facts: Any) -> Entry:
    """Write one more line and make sure that it is on the disk. A torn last line, left by a crash, is cut off."""
    entries, torn_at = _read(path)
    before = entries[-1].digest if entries else START
    body = {"at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "what": what, "facts": facts, "before": before}
    entry = Entry(**body, digest=_digest(body))  # type: ignore[arg-type]
    line = json.dumps({**body, "digest": entry.digest}, ensure_ascii=False, sort_keys=True) + "\n"
    with path.open("r+b" if path.exists() else "xb") as file:
        if torn_at is not None:
            file.truncate(torn_at)
        file.seek(0, os.SEEK_END)
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())
    return entry


def entries(path: Path) -> list[Entry]:
    """All lines, the chain checked. Raises `WorkspaceError` at the first line that does not fit."""
    return _read(path)[0]


def _read(path: Path) -> tuple[list[Entry], int | None]:
    if not path.exists():
        return [], None
    found: list[Entry] = []
    before, offset = START, 0
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), start=1):
        if not line.endswith(b"\n"):
            return found, offset  # torn by a crash: it was never finished
        entry = _entry(line, f"{path}:{number}")
        if entry.before != before:
            raise _broken(f"{path}:{number}", "does not follow the line before it")
        found.append(entry)
        before, offset = entry.digest, offset + len(line)
    return found, None


def _entry(line: bytes, place: str) -> Entry:
    try:
        body = json.loads(line)
        digest = body.pop("digest")
        entry = Entry(**body, digest=digest)
    except (ValueError, TypeError, AttributeError, KeyError):
        raise _broken(place, "is no entry") from None
    if _digest(body) != digest:
        raise _broken(place, "was changed")
    return entry


def _broken(place: str, how: str) -> WorkspaceError:
    hint = "restore the workspace from a copy: its history can no longer be trusted"
    return WorkspaceError(f"the ledger is broken: this line {how}", place=place, hint=hint)


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
