"""The dashboard under load: ten people who look at everything at once, over 20 million observations.

A server of its own process, on loopback, stopped at the end. Each of the users asks for page after page, without a pause,
so that ten requests are always under way; what is printed is how long each kind of page took to arrive, whole.
"""

from __future__ import annotations

import argparse
import http.client
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import counting
from measure import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

USERS = 10
FIRST, PAGE, MEMORY = 2.0, 0.3, 1_000  # goals: seconds to the first page, seconds of a page at the 95th percentile, MB
_LINK = re.compile(rb"http://127\.0\.0\.1:(\d+)(/enter\?key=[\w%-]+)")
_SERVE = "import sys; from fullcount.cli import main; main(sys.argv[1:])"
KINDS = {
    "count": ("",),
    "components": ("components",),
    "hosts": (
        "hosts",
        "hosts?standing=with+it",
        "hosts?standing=not+covered&sort=-last_seen",
        "hosts?sort=name&page=700",
        "hosts?q=77",
    ),
    "evidence": ("evidence", "evidence?kind=installed&sort=-seen_on"),
    "looks": ("looks", "looks?state=stale", "looks?page=900"),
    "products": ("products",),
    "titles": ("titles", "titles?q=kaspersky"),
    "sources": ("sources",),
    "queues": ("queues",),
    "compare": ("compare",),
    "papers": ("papers",),
}


class Visitor:
    """One person with a browser that keeps its connection and its cookie."""

    def __init__(self, port: int, cookie: str = "") -> None:
        """At the server on this port."""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookie = cookie

    def get(self, path: str) -> tuple[int, bytes]:
        """A page, whole; the status and the bytes. Follows where it is sent."""
        for _ in range(5):
            self.connection.request("GET", path, headers={"Cookie": self.cookie} if self.cookie else {})
            answer = self.connection.getresponse()
            body = answer.read()
            if said := answer.getheader("Set-Cookie"):
                self.cookie = said.partition(";")[0]
            if answer.status != 303:
                return answer.status, body
            path = answer.getheader("Location") or "/"
        raise SystemExit(f"sent in circles at {path}")


def served(folder: Path) -> tuple[subprocess.Popen[bytes], int, str, float]:
    """A server over a workspace: its process, port, cookie, and the seconds from its start to the first page."""
    started = time.monotonic()
    command = [sys.executable, "-c", _SERVE, "serve", "--no-open", "--port", "0", "--idle", "10", "-w", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert process.stderr
    for line in process.stderr:
        if found := _LINK.search(line):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            visitor = Visitor(int(found[1]))
            visitor.get(found[2].decode())
            status, _ = visitor.get("/")
            assert status == 200
            return process, int(found[1]), visitor.cookie, time.monotonic() - started
    raise SystemExit("the server did not start")


def looked(port: int, cookie: str, seconds: float) -> dict[str, list[float]]:
    """How long pages took, by kind, for all users together."""
    first = Visitor(port, cookie)
    here = f"/last/{counting.DIRECTIVE}/"
    # so many that hardly one is asked for twice
    lists = [first.get(f"{here}hosts?most=200&page={page}")[1] for page in range(1, 300, 30)]
    hosts = [one for page in lists for one in re.findall(rb'class="host" href="([^"]+)"', page)]
    kinds: dict[str, Sequence[str]] = {
        name: [here + path for path in paths] for name, paths in KINDS.items() if first.get(here + paths[0])[0] == 200
    }
    if hosts and first.get(urlsplit(hosts[0].decode()).path)[0] == 200:
        kinds["host"] = [one.decode() for one in hosts]
    took: dict[str, list[float]] = defaultdict(list)
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=_look, args=(Visitor(port, cookie), kinds, took, until)) for _ in range(USERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return took


def _look(visitor: Visitor, kinds: dict[str, Sequence[str]], took: dict[str, list[float]], until: float) -> None:
    rng = random.Random(threading.get_ident())
    while time.monotonic() < until:
        kind = rng.choice(list(kinds))
        path = rng.choice(kinds[kind])
        started = time.monotonic()
        status, body = visitor.get(path)
        took[kind].append(time.monotonic() - started)
        if status != 200 or b"</html>" not in body:
            raise SystemExit(f"{quote(path)} answered {status}")


def at(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def lines(took: dict[str, list[float]]) -> Iterator[str]:
    """A line a kind of page, and one for all."""
    whole = [one for values in took.values() for one in values]
    for name, values in [*sorted(took.items()), ("all pages", whole)]:
        numbers = (at(values, 0.5), at(values, 0.95), max(values))
        yield f"  {name:<14} {len(values):>7,} " + " ".join(f"{one * 1000:>8.0f}" for one in numbers)


def peak(process: subprocess.Popen[bytes]) -> float:
    """The most memory that a process held, in MB; Linux alone tells."""
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def main(arguments: Sequence[str] | None = None) -> None:
    """Make a workspace, count it, and look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=66_667, help="each has 2.5 records and 300 observations")
    parser.add_argument("--seconds", type=float, default=30, help="how long the ten users look")
    parser.add_argument("--folder", type=Path, help="keep the workspace here, and use it again")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fullcount-") as name:
        folder = asked.folder or Path(name)
        if not (folder / "pack").exists():
            run(counting.make, folder, asked.systems)
        if not (folder / "counts").exists():
            run(counting.count, folder, counting.DIRECTIVE)
        process, port, cookie, first = served(folder)
        try:
            took = looked(port, cookie, asked.seconds)
            print(f"\n{USERS} users, {asked.systems:,} systems; first page {first:.2f} s after the start (goal {FIRST})")
            print(f"  {'page':<14} {'asked':>7} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8}   goal: p95 {PAGE * 1000:.0f} ms")
            print("\n".join(lines(took)))
            print(f"  peak of the server: {peak(process):,.0f} MB (goal {MEMORY:,})")
        finally:
            process.terminate()
            process.wait(20)


if __name__ == "__main__":
    main()
