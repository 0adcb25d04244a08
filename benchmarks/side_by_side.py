"""fullcount beside what people do instead, on the same CSV exports, in the same run: what each takes, which number it gives,
and how wrong that number is.

Whole processes are measured, from their start to the names of the systems. The peers take turns, round after round.
What a peer needs and what is not there is named, and left out.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fullcount import __version__
from fullcount.demo.machines import SETTINGS, STANDARD
from peers import PEERS, exports, ours, printed
from peers.judged import Judged, hosts, judge, off
from peers.names import ONE
from peers.process import Ran, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from peers.exports import Truth
    from peers.peer import Peer

TITLE = "TeamViewer"  # a program of some machines, for a look-up
_ROWS = 20  # of a tiny input
_HEAD = ("", "wall s", "CPU s", "peak MB", "says", "off", "wrong", "twice", "missed")
_SHORT = ("", "wall s", "CPU s", "peak MB", "lines")


class Asked(NamedTuple):
    """How a run was asked for."""

    rounds: int
    limit: float  # seconds of wall time
    python: str  # the interpreter with the peers' libraries
    markdown: bool
    setting: str = STANDARD


class Line(NamedTuple):
    """A line of a table: what was measured in each round, and what the number was worth in the last."""

    what: str
    runs: list[Ran]
    judged: Judged | None = None


# -- one process -----------------------------------------------------------------------------------------------------


def environment() -> Mapping[str, str]:
    """Where the peers' modules are, and fullcount."""
    paths = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def start(command: Sequence[str], folder: Path, asked: Asked) -> Ran:
    """Run one process in a folder of its own, which is removed afterwards."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="run-") as aside:
        return run(command, limit=asked.limit, environment=environment(), folder=Path(aside))


def answer(peer: Peer, asked: Asked, where: Path, text: str, *, verb: str = "hosts") -> tuple[Ran, list[frozenset[str]]]:
    """Let a peer answer about `where/exports`. Returns what it took, and the lines that it wrote."""
    with tempfile.TemporaryDirectory(dir=where, prefix="answer-") as name:
        into = Path(name) / "names"
        command = (asked.python, "-m", "peers.answer", peer.key, verb, str(where / "exports"), str(into), text)
        ran = start(command, where, asked)
        return ran, hosts(into) if into.exists() and not ran.fault else []


# -- the question ----------------------------------------------------------------------------------------------------


def counted(peers: Iterable[Peer], asked: Asked, where: Path, truth: Truth) -> list[Line]:
    """Every peer and fullcount, in turns. The workspace of the last turn is left."""
    lines = {peer.key: Line(f"{peer.name} ({peer.version(asked.python)})", []) for peer in peers}
    for _ in range(asked.rounds):
        for peer in peers:
            if any(one.fault for one in lines[peer.key].runs):
                continue  # once is enough
            ran, named = answer(peer, asked, where, ONE)
            judged = None if ran.fault else judge(named, truth)
            lines[peer.key] = lines[peer.key]._replace(runs=[*lines[peer.key].runs, ran], judged=judged)
        into = ours.workspace(where / "workspace", where)
        for what, command in _steps(into, where / "exports"):
            line = lines.setdefault(what, Line(what, []))
            ran = start(command, where, asked)
            judged = judge(ours.systems(into), truth) if not ran.fault and ours.OTHER not in command else None
            lines[what] = Line(what, [*line.runs, ran], judged)
    return list(lines.values())


def _steps(into: Path, made: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        (f"{ours.NAME} {__version__}, first run: CSV to the account", ours.count(into, str(made))),
        (f"{ours.NAME}, the same files again: nothing changed", ours.count(into, str(made))),
        (f"{ours.NAME}, stored state: under another directive", ours.count(into, "--directive", ours.OTHER)),
    )


def looked_up(peers: Iterable[Peer], asked: Asked, where: Path, host: str) -> list[Line]:
    """One host and one title: what a search is made for."""
    lines = []
    for peer in (one for one in peers if one.look_up):
        for verb, text in (("host", host), ("hosts", TITLE)):
            ran, named = answer(peer, asked, where, text, verb=verb)
            lines.append(Line(f"{peer.name}: one {'host' if verb == 'host' else 'title'}", [ran], _lines(len(named))))
    into = where / "workspace"
    explained = start(ours.explain(into, host), where, asked)
    lines.append(Line(f"{ours.NAME} explain: one host", [explained], _lines(len(explained.out.splitlines()))))
    pack = ours.pack(where / "one-title", TITLE.lower())
    ran = start(ours.count(into, "--directive", str(pack)), where, asked)
    found = 0 if ran.fault else ours.account(ran.out)["total"]["with_it"]
    return sorted([*lines, Line(f"{ours.NAME}, a count of its own: one title", [ran], _lines(found))], key=_by_kind)


def _by_kind(line: Line) -> bool:
    return line.what.endswith("title")


def _lines(number: int) -> Judged:
    return Judged(says=number, right=number, twice=0, wrong=0, missed=0)


def tiny(peers: Iterable[Peer], asked: Asked, where: Path, source: Path) -> list[Line]:
    """A CSV of twenty rows."""
    exports.write_tiny(where, source, ONE, _ROWS)
    done = []
    for peer in peers:
        ran, named = answer(peer, asked, where, ONE)
        done.append(Line(peer.name, [ran], _lines(len(named))))
    ran = start(ours.count(ours.workspace(where / "workspace", where), str(where / "exports")), where, asked)
    return [*done, Line(f"{ours.NAME}, first run", [ran], _lines(0 if ran.fault else ours.account(ran.out)["total"]["with_it"]))]


# -- what is printed -------------------------------------------------------------------------------------------------


def rows(lines: Iterable[Line], true: int) -> list[tuple[str, ...]]:
    """A line for each, with what it is worth."""
    found = []
    for line in lines:
        if fault := next((one.fault for one in line.runs if one.fault), ""):
            found.append((f"{line.what}: {fault}", *[""] * (len(_HEAD) - 1)))
            continue
        one = line.judged
        errors = (f"{number:,}" for number in (one.wrong, one.twice, one.missed)) if one else ("", "", "")
        worth = (f"{one.says:,}", off(one.says, true)) if one else ("", "")
        found.append((line.what, *printed.costs(line.runs), *worth, *errors))
    return found


def short(lines: Iterable[Line]) -> list[tuple[str, ...]]:
    """A line for each, without what it is worth."""
    return [
        (f"{line.what}: {line.runs[0].fault}", "", "", "", "")
        if line.runs[0].fault
        else (line.what, *printed.costs(line.runs), f"{line.judged.says:,}" if line.judged else "")
        for line in lines
    ]


def about(truth: Truth, where: Path, setting: str) -> str:
    """What stands above the table."""
    files = list((where / "exports").rglob("*.csv"))
    size = sum(path.stat().st_size for path in files)
    more, fewer = len(truth.has - truth.shown), len(truth.shown - truth.has)
    made = f"{len(truth.systems):,} systems (setting {setting}), {len(files)} CSV files, {size / 1e6:,.0f} MB."
    shown = f"The exports show it on {len(truth.shown):,}, and in fact {len(truth.has):,} have it:"
    fact = f"{more:,} more that no export shows, {fewer:,} fewer where it went and nobody has looked since."
    return f"{made} {shown} {fact}"


def side_by_side(systems: int, peers: Sequence[Peer], asked: Asked, where: Path) -> None:
    """One size: make, measure, print."""
    truth = exports.write(where, systems, setting=asked.setting)
    exports.save(truth, where / "truth.json")
    lines = counted(peers, asked, where, truth)
    print(f"\n{about(truth, where, asked.setting)}\n")
    print(printed.table(_HEAD, rows(lines, len(truth.shown)), markdown=asked.markdown), flush=True)
    said = start(ours.count(where / "workspace"), where, asked)
    if not said.fault:
        print(f"\nfullcount's sentence: {ours.account(said.out)['sentence']}")
    host = {number: name for name, number in truth.named.items()}[min(truth.shown)].upper()
    found = short(looked_up(peers, asked, where, host))
    print(f"\n{printed.table((f'a look-up: {host}, {TITLE}', *_SHORT[1:]), found, markdown=asked.markdown)}", flush=True)
    found = short(tiny(peers, asked, where / "tiny", where / "exports"))
    print(f"\n{printed.table((f'a CSV of {_ROWS} rows', *_SHORT[1:-1], 'says'), found, markdown=asked.markdown)}", flush=True)


def chosen(python: str) -> list[Peer]:
    """The peers that are there; one line says what is not."""
    there = [peer for peer in PEERS if peer.version(python)]
    for peer in PEERS:
        if peer not in there:
            print(f"left out: {peer.name}: not installed for {python} ({peer.install})")
    return there


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, nargs="+", default=[10_000])
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured; the median is shown")
    parser.add_argument("--limit", type=float, default=900, help="seconds that one process may take")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has pandas, pyspark and duckdb")
    parser.add_argument(
        "--setting", choices=list(SETTINGS), default=STANDARD, help="which difficulties the department has more of"
    )
    parser.add_argument("--markdown", action="store_true", help="tables as Markdown")
    said = parser.parse_args(arguments)
    asked = Asked(said.rounds, said.limit, said.python, said.markdown, said.setting)
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    peers = chosen(asked.python)
    for systems in said.systems:
        with tempfile.TemporaryDirectory(prefix="fullcount-") as name:
            side_by_side(systems, peers, asked, Path(name))
    print("\nwhat a number does not say:")
    for peer in peers:
        print(f"- {peer.name}: {peer.silent}")
    print(f"- {ours.NAME}: {ours.SILENT}")


if __name__ == "__main__":
    main()
