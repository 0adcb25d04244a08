"""The office: a workspace that receives returns and keeps what they come to. Joins `receive`, `rollup` and the ledger.

A roll-up is a folder `rollups/<id>/` with its account and its lists, as a count is one; the id is the digest of everything that
goes in. What it sends on about systems is kept in `systems.npz`, so that a roll-up can be sealed as it was shown.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from fullcount import ledger
from fullcount.account import stated
from fullcount.clock import Known, dues
from fullcount.errors import NothingUsableError, UsageError
from fullcount.kept import ACCOUNTS, kept_digest
from fullcount.receive import accepted, refused
from fullcount.report import Account
from fullcount.rollup import Asked, rollup
from fullcount.seal import Asked as ToSeal
from fullcount.sealed import Systems, Tokens
from fullcount.workspace import folders, land

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    import pyarrow as pa

    from fullcount.directive import Directive
    from fullcount.hierarchy import Hierarchy
    from fullcount.rollup import RolledUp
    from fullcount.workspace import Workspace

_SYSTEMS = "systems.npz"
_POOL = "tokens.json"
_ENTERED = "rollup"  # a line of the ledger
REPORT = "identify"  # the report whose due date a return has where nobody says another


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A roll-up that is kept."""

    folder: Path
    account: Account

    def lists(self) -> dict[str, Callable[[], Iterator[pa.RecordBatch]]]:
        """The batches of its lists, by name."""
        return {path.stem: _batches(path) for path in sorted(self.folder.glob("*_list.parquet"))}

    def rows(self) -> dict[str, int]:
        """How long its lists are."""
        import pyarrow.parquet as pq

        return {path.stem: pq.read_metadata(path).num_rows for path in sorted(self.folder.glob("*_list.parquet"))}


def _batches(path: Path) -> Callable[[], Iterator[pa.RecordBatch]]:
    def batches() -> Iterator[pa.RecordBatch]:
        import pyarrow.parquet as pq

        yield from pq.ParquetFile(path).iter_batches()

    return batches


def directive_of(workspace: Workspace, tree: Hierarchy, named: str) -> str:
    """The id of the directive whose returns are rolled up: the one named, else the tree's, else the only one there is.

    Raises `UsageError` where there are several, and `NothingUsableError` where nothing was accepted.
    """
    found = sorted({one.facts["directive"] for one in ledger.entries(workspace.ledger) if one.what == "return accepted"})
    if named or tree.directive:
        return named or tree.directive
    if len(found) > 1:
        raise UsageError("under which directive?", hint=f"--directive one of: {', '.join(found)}")
    if not found:
        hint = "`fullcount check-return FILES` says what is wrong with each; --directive ID rolls up nothing all the same"
        raise NothingUsableError("no return was accepted", place=str(workspace.folder), hint=hint)
    return str(found[0])


def due_by(pack: Directive) -> date | None:
    """When its first report is due, where that is counted from the directive itself."""
    found = [one.on for one in dues(pack, Known(), on=pack.issued) if one.report == REPORT and one.on]
    return min((one.date() if hasattr(one, "date") else one for one in found), default=None)


def rolled_up(
    workspace: Workspace,
    tree: Hierarchy,
    pack: Directive,
    *,
    on: date,
    due: date | None = None,
    sensor: Iterable[Mapping[str, Any]] = (),
) -> Kept:
    """Roll up what the office has accepted under a directive, and keep it. Raises as `accepted` and `rollup` do."""
    asked = Asked(
        hierarchy=tree,
        directive=stated(pack),
        on=on,
        organisation=workspace.settings().organisation,
        due=due or due_by(pack),
        sensor=sensor,
    )
    with workspace.writing():
        made = rollup(accepted(workspace), refused(workspace), asked)
        final = workspace.rollups / made.account.count
        if not final.exists():
            _land(workspace, made, final)
        if made.account.count not in _entered(workspace)[-1:]:  # asking again changes nothing
            ledger.append(workspace.ledger, _ENTERED, rollup=made.account.count, directive=pack.id, on=on.isoformat())
    return load(final)


def _land(workspace: Workspace, made: RolledUp, final: Path) -> None:
    import numpy as np
    import pyarrow.parquet as pq

    aside = workspace.rollups / f"aside-{os.getpid()}"
    aside.mkdir(parents=True)
    try:
        (aside / ACCOUNTS).write_text(json.dumps([made.account.document()], ensure_ascii=False, indent=1), "utf-8")
        for name, table in made.tables.items():
            pq.write_table(table, aside / f"{name}.parquet", compression="zstd")
        if tokens := made.tokens:
            said = {"period": tokens.period, "check": tokens.check, "scheme": tokens.scheme, "norm": tokens.norm}
            (aside / _POOL).write_text(json.dumps(said), "utf-8")
            np.savez(aside / _SYSTEMS, **{one.name: getattr(tokens.systems, one.name) for one in fields(Systems)})
        land(aside, final)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _entered(workspace: Workspace) -> list[str]:
    return [one.facts["rollup"] for one in ledger.entries(workspace.ledger) if one.what == _ENTERED]


def load(folder: Path) -> Kept:
    """A roll-up that was made."""
    [document] = json.loads((folder / ACCOUNTS).read_text("utf-8"))
    return Kept(folder=folder, account=Account.of(document))


def named(workspace: Workspace, asked: str = "last") -> Kept:
    """The roll-up that is meant: its id, or the beginning of it, or `last`. Raises `UsageError`."""
    present = [folder.name for folder in folders(workspace.rollups)]
    order = [name for name in dict.fromkeys(reversed(_entered(workspace))) if name in present]
    found = order[:1] if asked == "last" else [name for name in present if asked and name.startswith(asked)]
    if len(found) != 1:
        how = "no return was rolled up yet" if asked == "last" else f"no roll-up, or more than one, is called {asked}"
        raise UsageError(how, hint=f"the roll-ups are, newest first: {', '.join(order)}" if order else "`fullcount rollup` first")
    return load(workspace.rollups / found[0])


def to_seal(kept: Kept, component: str) -> ToSeal:
    """What there is to seal of a roll-up, which goes up as the return of the component that made it."""
    return ToSeal(component=component, account=kept.account, kept=kept_digest(kept.folder), tokens=_tokens(kept.folder))


def _tokens(folder: Path) -> Tokens | None:
    import numpy as np

    path = folder / _SYSTEMS
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as held:
        systems = Systems(**{one.name: held[one.name] for one in fields(Systems)})
    return Tokens(systems=systems, **json.loads((folder / _POOL).read_text("utf-8")))
