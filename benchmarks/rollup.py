"""Rolling up a government: sealed returns of 102 agencies of very different size, received and put together.

A system has three tokens, and one in 25 stands in the return of another agency, too, which may say something else of it. The
floor is what nobody can do without: to hash the bytes of the envelopes, and to decode their base64.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from measure import Row, ratio, run, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fullcount.report import Account
    from fullcount.sealed import Systems

AGENCIES = 102
DEPARTMENTS = 12  # the largest: the others are parts of them
TOKENS = 5_000_000
KINDS = (0, 1, 5)  # serial number, SMBIOS UUID and a hardware address, by place in `TOKEN_KINDS`
SHARED = 25  # one in so many stands in another return, too
STANDINGS = (0.03, 0.002, 0.01, 0.858, 0.1)  # shares of `sealed.STANDINGS`
GOAL_WALL, GOAL_PEAK = 60.0, 2e9  # seconds for all of it, bytes
RECEIVED, ON = date(2017, 10, 12), date(2017, 10, 20)
_SEED = 1701
_KNOWN = 0.001  # the smallest agency, as a share of the largest
_DIRECTIVE = {
    "id": "us-dhs-bod-17-01",
    "version": "1",
    "digest": hashlib.sha256(b"directive").hexdigest(),
    "title": "Removal of Kaspersky-Branded Products",
    "short_title": "BOD 17-01",
    "issuer": "Department of Homeland Security",
    "issued": "2017-09-13",
    "url": "https://cyber.dhs.gov/bod/17-01/",
    "unit": "systems",
    "scope": {"branded": "in"},
    "exclusions": [],
}


# -- what is made -------------------------------------------------------------------------------------------------------------


def make(folder: str, tokens: int) -> dict[str, int]:
    """An office with its tree and keys, and a folder of sealed returns. Returns how many systems there are, and bytes."""
    from fullcount.envelope import new_key
    from fullcount.trust import lines
    from fullcount.workspace import Workspace

    top = Path(folder)
    office, sent = Workspace.create(top / "office"), top / "returns"
    sent.mkdir()
    names = [f"Agency {number:03}" for number in range(AGENCIES)]
    keys = [new_key() for _ in names]
    trusted = [lines(key.public, component=name, name=f"CIO of {name}") for name, key in zip(names, keys, strict=True)]
    (office.folder / "trust.toml").write_text("\n".join(trusted), "utf-8")
    (office.folder / "tree.toml").write_text(_tree(names), "utf-8")
    random = np.random.default_rng(_SEED)
    numbers = _sizes(tokens // len(KINDS))
    machines = random.integers(0, 256, (sum(numbers), len(KINDS), 16), np.uint8)  # tokens, by machine and kind
    ends = np.cumsum(numbers)
    written, distinct = 0, 0
    for name, key, end, number in zip(names, keys, ends.tolist(), numbers, strict=True):
        own = np.arange(end - number, end - number // SHARED)  # the last ones are nobody's alone
        others = random.choice(len(machines), number - len(own), replace=False)
        mine = np.unique(np.concatenate([own, others]))
        written += _seal(sent / f"{name}.json", name, key, _systems(machines[mine], random))
        distinct += len(own)
    return {"bytes": written, "machines": len(machines), "least": distinct}


def _sizes(systems: int) -> list[int]:
    """How many systems each agency has: the largest a thousand times as many as the smallest."""
    shares = np.geomspace(1, _KNOWN, AGENCIES)
    return [max(1, round(share)) for share in (shares / shares.sum() * systems).tolist()]


def _tree(names: Sequence[str]) -> str:
    rows = ['name = "Government"\ndue = 2017-10-13\n']
    for number, name in enumerate(names):
        parent = f'parent = "{names[number % DEPARTMENTS]}"\n' if number >= DEPARTMENTS else ""
        rows.append(f'[[component]]\nname = "{name}"\n{parent}')
    return "\n".join(rows)


def _systems(tokens: Any, random: np.random.Generator) -> Systems:
    from fullcount.model import GRADE_RANK, KIND_RANK, Grade, State
    from fullcount.sealed import Systems

    many = len(tokens)
    standing = random.choice(len(STANDINGS), many, p=STANDINGS).astype(np.uint8)
    found = np.flatnonzero(standing < 2)
    return Systems(
        standing=standing,
        covered=(standing != 4).astype(np.uint8),
        kind=np.tile(np.array(KINDS, np.uint8), many),
        token=tokens.reshape(-1, 16),
        of=np.repeat(np.arange(many), len(KINDS)),
        found_on=found,
        product=np.zeros(len(found), np.int64),
        found_kind=np.full(len(found), KIND_RANK[State.INSTALLED], np.uint8),
        found_grade=np.full(len(found), GRADE_RANK[Grade.PROOF], np.uint8),
    )


def _seal(path: Path, name: str, key: Any, systems: Systems) -> int:
    from fullcount.dsse import Envelope, written
    from fullcount.envelope import signed
    from fullcount.sealed import PAYLOAD, Return, Statement, Tokens, statement

    said = Return(
        component=name,
        account=_account(name, np.bincount(systems.standing, minlength=len(STANDINGS)).tolist()),
        sequence=1,
        previous="",
        producer="fullcount 0.1.0",
        ledger="0" * 64,
        kept="0" * 64,
        statements=(Statement(id="all_components", answer="yes"),),
        tokens=Tokens(period="2017", check="0badcafe", systems=systems),
    )
    data = written(signed(Envelope(kind=PAYLOAD, body=statement(said), signatures=()), key))
    path.write_bytes(data)
    return len(data)


def _account(name: str, numbers: Sequence[int]) -> Account:
    from fullcount.report import Account, Line, ProductLine, Range, ReasonLine

    with_it, exempt, contradicted, without_it, blind = numbers
    four: dict[str, Any] = {"with_it": with_it, "exempt": exempt, "without_it": without_it, "not_covered": contradicted + blind}
    systems, found = sum(numbers), with_it + exempt
    total = Line(component="", systems=systems, looked_at=systems - blind, with_it_label="at least", **four)
    product = ProductLine(
        product="kes",
        name="Endpoint Security",
        systems=found,
        kinds={"installed": found},
        grades={"proof": found},
        components={name: found},
    )
    return Account(
        count="c0ffee1d5a7e",
        as_of="2017-10-11",
        as_of_how="option",
        made_by="fullcount 0.1.0",
        organisation=name,
        directive=_DIRECTIVE,
        sentence=f"At least {with_it:,} of {systems:,} systems have it.",
        total=total,
        components=(replace(total, component=name),),
        overlap=0,
        range_systems=Range(low=systems, headline=systems, high=systems),
        range_with_it=Range(low=with_it, headline=with_it, high=with_it),
        products=(product,) if found else (),
        reasons=tuple(
            ReasonLine(standing=one.replace("_", " "), reason="made up", systems=number) for one, number in four.items() if number
        ),
        tools=(),
        sources=(),
        beside=(),
        methods=(),
        blind_spots=(),
    )


# -- what is measured: each runs in a process of its own ----------------------------------------------------------------------


def floor(folder: str) -> int:
    """Hash every envelope, and decode its base64. Returns how many bytes were sealed."""
    sealed = 0
    for path in sorted(Path(folder).glob("*.json")):
        data = path.read_bytes()
        hashlib.sha256(data).digest()
        sealed += len(base64.b64decode(json.loads(data)["payload"]))
    return sealed


def check(returns: str, office: str) -> int:
    """Receive all of them: envelopes, signatures, contents, numbers; and keep them. Returns how many were accepted."""
    from fullcount import receive
    from fullcount.workspace import Workspace

    workspace = Workspace(Path(office))
    found = receive.receive(workspace, [Path(returns)], known=receive.office(workspace), on=RECEIVED)
    for one in found:
        assert one.verdict == "accepted", f"{one.names}: {one.faults}"
    return len(found)


def roll_up(office: str, out: str) -> dict[str, Any]:
    """Roll up what was accepted, and write the lists. Returns what came out."""
    import pyarrow.parquet as pq

    from fullcount import receive, rollup
    from fullcount.workspace import Workspace

    workspace = Workspace(Path(office))
    tree = receive.office(workspace).tree
    assert tree is not None
    asked = rollup.Asked(hierarchy=tree, directive=_DIRECTIVE, on=ON)
    found = rollup.rollup(receive.accepted(workspace), receive.refused(workspace), asked)
    for name, rows in found.tables.items():
        pq.write_table(rows, Path(out) / f"{name}.parquet", compression="zstd")
    account = found.account
    return {
        "systems": account.total.systems,
        "overlap": account.overlap,
        "with_it": account.total.with_it,
        "several": found.tables["overlap_list"].num_rows,
        "conflicts": found.tables["conflict_list"].num_rows,
        "sentence": account.sentence,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure checking and rolling up, and the floor below both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=TOKENS)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fullcount-") as name:
        returns, office = Path(name) / "returns", Path(name) / "office"
        made = run(make, name, asked.tokens).result
        bare = run(floor, returns)
        checked = run(check, returns, office)
        assert checked.result == AGENCIES
        rolled = run(roll_up, office, name)
        assert made["least"] <= rolled.result["systems"] <= made["machines"]
        assert not rolled.result["conflicts"]
        wall = checked.wall + rolled.wall
        peak = max(checked.peak, rolled.peak)
        table(
            f"{AGENCIES} returns with {asked.tokens:,} tokens, {made['bytes'] / 1e6:,.0f} MB",
            [
                Row(what="floor: SHA-256 and base64 of the envelopes", measured=bare),
                Row(what="receive: check and keep them", measured=checked, ratio=f"{ratio(checked.cpu, bare.cpu)} CPU"),
                Row(what="roll up, and write the lists", measured=rolled, ratio=f"{ratio(rolled.cpu, bare.cpu)} CPU"),
            ],
        )
        print(f"  together {wall:.1f} s (goal {GOAL_WALL:.0f}), peak {peak / 1e6:,.0f} MB (goal {GOAL_PEAK / 1e6:,.0f})")
        print(f"  {rolled.result['sentence']}")
        print(f"  {rolled.result['several']:,} systems in several returns; the lines add up to {rolled.result['overlap']:,} more")


if __name__ == "__main__":
    main()
