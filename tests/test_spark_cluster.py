"""A real cluster: one master and two workers on this machine, from PySpark's own jars, and a count by its command line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from click.testing import CliRunner
from tests.alike import assert_alike

from fullcount.cli import cli
from fullcount.commands.demo import straight
from fullcount.demo import organisation
from fullcount.demo.compare import head

if TYPE_CHECKING:
    from collections.abc import Iterator

pyspark = pytest.importorskip("pyspark", reason="no PySpark here: `make test-all` installs it")
if not shutil.which("java"):
    pytest.skip("no Java here", allow_module_level=True)
pytestmark = [pytest.mark.slow, pytest.mark.spark]

WORKERS = 2
MAIN = "from fullcount.cli import main; main()"
SYSTEMS = int(os.environ.get("FULLCOUNT_SPARK_SYSTEMS", "100000"))
PATIENCE = 120  # seconds until a cluster stands


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def process(folder: Path, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A part of the cluster, and what it starts itself: stopped whatever happens."""
    spark = Path(pyspark.__file__).parent
    environment = os.environ | {"SPARK_HOME": str(spark), "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [str(spark / "bin" / "spark-class"), f"org.apache.spark.deploy.{name.lower()}.{name}", "--host", "127.0.0.1"]
    with (folder / f"{name}-{time.monotonic_ns()}.log").open("wb") as log:
        started = subprocess.Popen(
            [*command, *arguments], env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield started
        finally:
            for end in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(started.pid, end)
                    started.wait(timeout=10)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    continue


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, int, Path]]:
    """The master's address, the port on which it tells of itself, and the folder in which the workers work."""
    port, told = free_port(), free_port()
    master, work = f"spark://127.0.0.1:{port}", tmp_path / "work"
    small = ["--cores", "1", "--memory", "2g", "--webui-port", "0"]
    with process(tmp_path, "Master", "--port", str(port), "--webui-port", str(told)):
        until(lambda: status(told) is not None)
        with (
            process(tmp_path, "Worker", *small, "--work-dir", str(work / "one"), master),
            process(tmp_path, "Worker", *small, "--work-dir", str(work / "two"), master),
        ):
            until(lambda: (status(told) or {}).get("aliveworkers") == WORKERS)
            yield master, told, work


def status(port: int) -> dict[str, Any] | None:
    """What the master says of itself; nothing before it stands."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/json/", timeout=10) as answer:
            return dict(json.load(answer))
    except OSError:
        return None


def until(holds: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "the cluster does not stand"
        time.sleep(0.2)


def test_a_cluster_counts_alike(tmp_path: Path, cluster: tuple[str, int, Path]) -> None:
    master, told, work = cluster
    folder = tmp_path / "made"
    straight(folder, organisation(SYSTEMS))
    words = ["count", "-w", str(folder), "--as-of", head(folder / "truth.json")["as_of"], "-q"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    [made] = (folder / "counts").iterdir()
    first = made.rename(tmp_path / "by duckdb")
    command = [sys.executable, "-c", MAIN, *words, "--engine", "spark", "--master", master]
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert again.stdout == done.stdout
    [second] = (folder / "counts").iterdir()
    assert second.name == made.name
    assert_alike(first, second)
    [application] = (status(told) or {})["completedapps"]
    assert application["name"] == "fullcount"
    assert sorted(path.parents[1].name for path in work.glob("*/app-*/*")) == ["one", "two"], "each worker had its part"
