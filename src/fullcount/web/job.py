"""Work that runs beside the server: a count, or the preview of a decision, as the command line does it, one at a time.

A process of its own, so that pages stay quick and a count that fails takes nothing with it. How far it has come is told by
the tables that it has written. One that is stopped, or killed, leaves the workspace as it was: tables are written aside.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullcount.errors import UsageError, WorkspaceError
from fullcount.kept import KEPT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.workspace import Workspace

MOST = 30  # pieces of work that are remembered
PATIENCE = 10.0  # seconds that one which is told to stop has for it
_SAID = 4000  # characters of what went wrong that are kept
_START = "import sys; from fullcount.cli import main; main(sys.argv[1:])"


@dataclass(kw_only=True)
class Job:
    """One piece of work. `result` is what it printed as JSON; `failed` says why there is none."""

    number: int
    what: str  # in words
    about: Mapping[str, str]  # what it was started with: the form of a decision, or the count that was the last
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.time)
    ended: float | None = None
    result: Any = None
    failed: str = ""
    is_stopped: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def is_running(self) -> bool:
        """Whether it is not done."""
        return self.ended is None

    @property
    def seconds(self) -> int:
        """How long it has taken so far, or took."""
        return round((self.ended or time.time()) - self.started)


class Jobs:
    """The work of one server: what runs, and what ran."""

    def __init__(self, workspace: Workspace) -> None:
        """Of this workspace."""
        self.workspace = workspace
        self.lock = threading.Lock()
        self.made: OrderedDict[int, Job] = OrderedDict()

    @property
    def last(self) -> Job | None:
        """What was started last."""
        return next(reversed(self.made.values()), None)

    @property
    def running(self) -> Job | None:
        """What is going on."""
        return last if (last := self.last) and last.is_running else None

    def of(self, number: str) -> Job | None:
        """A piece of work by its number, or the last; `None` where it is not remembered."""
        return self.made.get(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else self.last

    def start(self, words: str, /, command: Sequence[str], named: Sequence[str] = (), **about: str) -> Job:
        """Start a command of fullcount, with its options, which prints JSON. `words` say what is done, and `named` is what
        it is about, which may begin with a hyphen. Raises `WorkspaceError` where another one runs, and `UsageError` where it
        cannot be started.
        """
        # -P: a file of the folder in which the server was started is no module
        begin = [sys.executable, "-P", "-c", _START, *command, "--workspace", str(self.workspace.folder), "--json"]
        with self.lock:
            if self.running:
                hint = "wait until it is done, and do this again"
                raise WorkspaceError(f"something else is going on: {self.running.what}", hint=hint)
            try:
                process = subprocess.Popen(  # noqa: S603 - our own command line; every word is one argument
                    [*begin, *(["--", *named] if named else [])],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            except (OSError, ValueError) as error:
                raise UsageError(f"it cannot be started: {error}", hint="do the same on the command line") from None
            job = Job(number=(self.last.number if self.last else 0) + 1, what=words, about=about, process=process)
            self.made[job.number] = job
            while len(self.made) > MOST:
                self.made.popitem(last=False)
        threading.Thread(target=_wait, args=(job,), daemon=True).start()
        return job

    def share(self) -> float:
        """How much of the tables of the count that runs is written, from 0 to 1."""
        asides = [one for one in self.workspace.counts.glob("aside-*") if one.is_dir()]
        written = max((sum(1 for _ in one.glob("*.parquet")) for one in asides), default=0)
        return min(written / len(KEPT), 1.0)

    def stop(self) -> None:
        """End what runs, if need be by force, and clear away what it wrote aside: the workspace is as it was."""
        job = self.running
        if not job:
            return
        job.is_stopped = True
        job.process.terminate()
        try:
            job.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            job.process.kill()
        job.done.wait()
        with suppress(WorkspaceError), self.workspace.writing():  # somebody who writes already has cleared it away
            pass


def _wait(job: Job) -> None:
    out, err = job.process.communicate()
    code = job.process.returncode
    if job.is_stopped and code:
        job.failed = "it was stopped; nothing was changed"
    elif code:
        job.failed = err.decode("utf-8", "replace")[-_SAID:].strip() or f"it ended with {code}, and said nothing"
    else:
        try:
            job.result = json.loads(out)
        except ValueError:
            job.failed = "it printed something else than what was asked for"
    job.ended = time.time()
    job.done.set()
