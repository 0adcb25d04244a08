"""A dashboard over a small counted workspace in which every list has something, and a browser-less client of it."""

from __future__ import annotations

import csv
import json
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner
from starlette.testclient import TestClient

from fullcount.cli import cli
from fullcount.demo import organisation, write
from fullcount.web.app import app
from fullcount.web.guard import Rules
from fullcount.web.house import House
from fullcount.web.job import Jobs
from fullcount.web.server import Served, serve
from fullcount.web.shelf import Shelf
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from click.testing import Result

DIRECTIVE = "us-dhs-bod-17-01"
NAUGHTY = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202eevil\x1b[2J \"' onmouseover=alert(3)"
SETTINGS = """

[[component]]
name = "Docks"
parent = "Ports Bureau"
domain = ["docks.example.gov"]
expected = 12

[[exemption]]
clue = "hostname=DOCK-1"
directive = "us-dhs-bod-17-01"
product = "kes-windows"
approver = "R. Vale"
reason = "crane control"
mitigation = "no network"
expires = 2017-11-01
"""
OWN = (("kes-windows", "Kaspersky Endpoint Security for Windows", "Kaspersky Lab"),)


def run(folder: Path, *words: str) -> Result:
    """A command of fullcount in a workspace, which must succeed."""
    done = CliRunner().invoke(cli, [*words, "-w", str(folder)])
    assert done.exit_code == 0, done.output
    return done


def odd_workspace(folder: Path) -> Path:
    """A workspace counted twice: a small made-up department, with names that an attacker chose, exports that are cut or
    nobody can read, titles near the vendor, an exemption, nested components and decisions. Returns its folder.
    """
    exports = write(organisation(60, setting="harder"), folder)
    with (folder / "fullcount.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    _programs(exports / "Docks" / "programs-2017-10-11.csv")
    (exports / "Docks" / "mystery.bin").write_bytes(bytes(range(256)) * 8)
    (exports / "Docks" / "dropped-2017-10-11.csv").write_text("PSComputerName,DisplayName\nDROP-1,Some tool\n", "utf-8")
    run(folder, "count", str(exports), "-q", "--json")
    run(folder, "drop", "Docks/dropped-2017-10-11.csv", "--why", "made twice")
    run(folder, "decide", "Kasperksy fix tool 1", "is-not", "--product", "kes-windows", "--why", "a game")
    run(folder, "count", "-q", "--json")
    return folder


def _programs(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["PSComputerName", "DisplayName", "DisplayVersion", "Publisher"])
        for machine in range(1, 9):
            name = f"DOCK-{machine}.docks.example.gov"
            table.writerow([name, "Some editor", "1.0", "Somebody"])
            table.writerow([name, NAUGHTY, "1.0", NAUGHTY])
            table.writerow([name, f"Kasperksy fix tool {machine % 3}", "1", ""])
            if machine < 3:
                table.writerow([name, "Kaspersky Endpoint Security 10 for Windows", "10.2.5", "Kaspersky Lab"])
            table.writerow([name, "", "9", "a version without a name"])
        table.writerow([NAUGHTY, "Some editor", "1.0", "Somebody"])


@contextmanager
def opened(folder: Path, *, rules: Rules | None = None) -> Iterator[House]:
    """A house over a workspace, without a server."""
    of = Workspace(folder)
    with ExitStack() as stack:
        shelf = Shelf(of, stack.enter_context(of.spilling()))
        rules = rules or Rules(hosts=frozenset({"testserver"}), cookie="", keys=None)
        yield House(workspace=of, shelf=shelf, jobs=Jobs(of), rules=rules, address="http://testserver")
        shelf.close()


@contextmanager
def running(folder: Path, *, idle: int = 0) -> Iterator[House]:
    """A server over a workspace, on loopback, in a thread of this process; with `idle` it stops by itself."""
    began, box = threading.Event(), list[Any]()

    def started(*what: Any) -> None:
        box.extend(what)
        began.set()

    how: dict[str, Any] = {"say": lambda _: None, "started": started}
    thread = threading.Thread(target=serve, args=(Workspace(folder), Served(idle=idle)), kwargs=how, daemon=True)
    thread.start()
    assert began.wait(60)
    try:
        yield box[0]
    finally:
        if not idle:
            box[1]()
        thread.join(60)
        assert not thread.is_alive(), "it did not stop"


def client(house: House) -> TestClient:
    """What asks for pages, as a browser of this server does."""
    return TestClient(app(house), headers={"Origin": "http://testserver"}, raise_server_exceptions=True)


def newest(folder: Path) -> str:
    """The id of the last count."""
    lines = (folder / "ledger.jsonl").read_text("utf-8").splitlines()
    counts: Sequence[str] = [row["facts"]["count"] for row in map(json.loads, lines) if row["what"] == "count"]
    return counts[-1]
