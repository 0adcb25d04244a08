"""Statuses of antivirus programs: real ones of Defender, and written ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fullcount.model import Batch, Lists, Os, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers import READERS
from fullcount.readers.linux_av import LINUX_AV

SAMPLES = sorted((Path(__file__).resolve().parents[2] / "../shared/samples/linux_av").glob("*.json"))
HEALTH = {
    "appVersion": "101.1",
    "engineVersion": "1.1",
    "healthy": True,
    "realTimeProtectionEnabled": {"displayValue": True, "value": False},
    "realTimeProtectionSubsystem": "fanotify",
    "edrMachineId": "0123456789abcdef0123456789abcdef01234567",
    "conflictingApplications": ["Kaspersky Endpoint Security"],
}
TEXT = """healthy                                     : true
health_issues                               : []
app_version                                 : "101.2"
real_time_protection_enabled                : true [managed]
real_time_protection_subsystem              : "endpoint_security_extension"
conflicting_applications                    : ["kesl", "other"]
edr_machine_id                              : "0123456789abcdef0123456789abcdef01234567"
"""
MAC = """Agent
   Version:                 25.3.4.8365
   ID:                      d7f94b33-7f99-4c43-9c6b-1c6e0d01aabb
   Install Date:            6/1/26, 10:09:51 AM
   ES Framework:            started
   Agent Operational State: enabled
   Agent Network Monitoring: started
Management
   Server:                  https://example.sentinelone.net
"""
WINDOWS = """Disable State: Not disabled by the user
SentinelMonitor is loaded
Self-Protection status: On
Monitor Build id: 25.1.4.434+8d4abf01154f6752-Release.x64
SentinelAgent is loaded
SentinelAgent is running as PPL
Mitigation policy: none
"""
LINUX = "Agent state                Enabled\nProcess Name | PID\n-----------------\nagent | 1237\n"


def read(tmp_path: Path, text: str, host: str | None = None) -> list[Batch]:
    path = tmp_path / "status"
    path.write_text(text, encoding="utf-8")
    assert LINUX_AV.claims(Peek.at(path))
    assert LINUX_AV.batches
    return list(LINUX_AV.batches(Stream(path=path, encoding="utf-8", host=host)))


@pytest.mark.real
@pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")
def test_real_health(tmp_path: Path) -> None:
    versions = {}
    for path in SAMPLES:
        assert [reader.name for reader in READERS if reader.claims(Peek.at(path))] == ["linux-av"]
        [batch] = read(tmp_path, path.read_text("utf-8"), host="pc-1")
        [one] = batch.sightings
        assert (one.title.type, one.title.name, one.state) == (Trace.ANTIVIRUS, "Microsoft Defender", State.RUNNING)
        assert batch.record
        assert batch.record.lists is Lists.SOME_SOFTWARE
        assert batch.record.clues == [("hostname", "pc-1")], "the ids in it were blotted out"
        versions[one.title.version] = batch.record.os_family
    assert versions == {"101.23062.0010": Os.LINUX, "101.98.30": Os.MACOS}


def test_health_names_what_runs_beside_it(tmp_path: Path) -> None:
    [batch] = read(tmp_path, json.dumps(HEALTH))
    assert batch.record
    assert batch.record.clues == [("agent_id", "defender:0123456789abcdef0123456789abcdef01234567")]
    assert [(one.title.name, one.state) for one in batch.sightings] == [
        ("Microsoft Defender", State.INSTALLED),
        ("Kaspersky Endpoint Security", State.INSTALLED),
    ]


def test_several_healths_and_what_is_none(tmp_path: Path) -> None:
    found = read(tmp_path, json.dumps([HEALTH, {"x": 1}, HEALTH | {"passiveModeEnabled": True}]))
    assert [batch.record.place if batch.record else None for batch in found] == [1, None, 3]
    assert found[1].rejects[0].place == 2
    assert found[2].sightings[0].state is State.RUNNING
    lines = read(tmp_path, f"{json.dumps(HEALTH)}\n{json.dumps(HEALTH)}\n")
    assert len(lines) == 2


def test_health_in_text(tmp_path: Path) -> None:
    [batch] = read(tmp_path, TEXT)
    assert [(one.title.name, one.title.version, one.state) for one in batch.sightings] == [
        ("Microsoft Defender", "101.2", State.RUNNING),
        ("kesl", None, State.INSTALLED),
        ("other", None, State.INSTALLED),
    ]
    assert batch.record
    assert batch.record.os_family is Os.MACOS
    assert batch.record.clues == [("agent_id", "defender:0123456789abcdef0123456789abcdef01234567")]


@pytest.mark.parametrize(
    ("text", "state", "system"),
    [
        (MAC, State.RUNNING, Os.MACOS),
        (MAC.replace("State: enabled", "State: disabled"), State.INSTALLED, Os.MACOS),
        (WINDOWS, State.RUNNING, Os.WINDOWS),
        (WINDOWS.replace("SentinelAgent is loaded", "SentinelAgent is not loaded"), State.INSTALLED, Os.WINDOWS),
        (LINUX, State.RUNNING, Os.LINUX),
        (LINUX.replace("Enabled", "Disabled"), State.INSTALLED, Os.LINUX),
    ],
)
def test_sentinelone(tmp_path: Path, text: str, state: State, system: Os) -> None:
    [batch] = read(tmp_path, text, host="pc-1")
    [one] = batch.sightings
    version = {Os.MACOS: "25.3.4.8365", Os.WINDOWS: "25.1.4.434"}.get(system)
    assert (one.title.name, one.title.version, one.state) == ("SentinelOne", version, state)
    assert batch.record
    assert batch.record.os_family is system
    assert ("hostname", "pc-1") in batch.record.clues
    number = ("agent_id", "sentinelone:d7f94b33-7f99-4c43-9c6b-1c6e0d01aabb")
    assert (number in batch.record.clues) == (system is Os.MACOS)


def test_other_texts_are_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for text in ("SentinelAgent is loaded\n", "healthy : true\n", '{"appVersion": "1"}', "Version: 1\nID: 2\n"):
        path.write_text(text, encoding="utf-8")
        assert not LINUX_AV.claims(Peek.at(path))
