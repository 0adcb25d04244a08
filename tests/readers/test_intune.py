"""Intune: real answers, and small written ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, Machine, lines, read, written

from fullcount.model import Class, Lists, Os, Trace

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "intune"
CONTEXT = "https://graph.microsoft.com/beta/$metadata#deviceManagement/managedDevices"
APP = {"id": "a1", "displayName": "Reader", "version": "1", "publisher": "Acme"}


def device(tmp_path: Path, **said: object) -> Machine:
    document = {
        "@odata.context": f"{CONTEXT}/$entity",
        "id": "d1",
        "deviceName": "PC-1",
        "operatingSystem": "Windows",
        "managedDeviceOwnerType": "company",
        "lastSyncDateTime": "2023-08-23T09:05:10.1997623Z",
        **said,
    }
    return read(written(tmp_path, document), tmp_path).only


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealAnswers:
    def test_a_phone_and_its_apps(self, tmp_path: Path) -> None:
        phone = read(FOLDER / "graph_managedDevice_detectedApps_1.json", tmp_path).only
        assert (phone["class"], phone["os_family"], phone["lists"]) == (Class.PHONE, Os.IOS, Lists.SOME_SOFTWARE)
        assert "personal" in phone["note"]
        assert phone["heard_at"] == phone["looked_at"]
        assert str(phone["looked_at"]) == "2021-03-03 12:57:54"
        assert phone.named("serial") == ["C39ZQB9SN6XQ"]
        assert phone.named("agent_id") == ["intune:683dbff1-c8ff-4996-91ae-85484de46cfc"]
        assert phone.named("mac") == ["84ad8db5b351"]
        assert (phone.names[0], phone.seen[0].title["version"]) == ("Comp Portal", "4.13.0(52.2102042.000)")
        assert {one.title["type"] for one in phone.seen} == {Trace.APP}

    def test_words_in_brackets_are_no_names(self, tmp_path: Path) -> None:
        phone, mac = read(FOLDER / "graph_managedDevice_detectedApps_0.json", tmp_path).machines
        assert phone.named("hostname") == mac.named("hostname") == []
        assert phone.named("serial") == ["C39ZQB9SN6XQ"]  # as its hardware section says
        assert mac["note"] == "Intune is removing this device (retireIssued)"
        assert mac.clues[0][0] == "agent_id"

    def test_devices_alone_are_machines(self, tmp_path: Path) -> None:
        machines = read(FOLDER / "insightconnect_get_devices.json", tmp_path).machines
        assert [machine.named("hostname") for machine in machines] == [["INTUNE-W10"], ["EXAMPLE-W10"]]
        assert {machine["lists"] for machine in machines} == {Lists.MACHINES}
        assert machines[0].named("ad_object") == ["a8dc01bc-1c11-337b-8d63-82f03f5cb111"]


@pytest.mark.parametrize(
    ("said", "lists", "note"),
    [
        ({"detectedApps": [APP]}, Lists.ALL_SOFTWARE, None),
        ({"detectedApps": []}, Lists.ALL_SOFTWARE, "the list of apps is empty"),
        ({"detectedApps": [{}]}, Lists.SOME_SOFTWARE, "no usable row among its apps"),
        ({"detectedApps": [APP], "managedDeviceOwnerType": "personal"}, Lists.SOME_SOFTWARE, "personal or unknown owner"),
        ({"detectedApps": [APP], "managedDeviceOwnerType": None}, Lists.SOME_SOFTWARE, "personal or unknown owner"),
        ({"detectedApps": [APP], "detectedApps@odata.nextLink": "https://x"}, Lists.SOME_SOFTWARE, "not all pages of its apps"),
        ({"detectedApps": [APP], "managementState": "wipeIssued"}, Lists.ALL_SOFTWARE, "Intune is removing this device"),
        ({}, Lists.MACHINES, None),
    ],
)
def test_what_silence_means(said: dict[str, Any], lists: Lists, note: str | None, tmp_path: Path) -> None:
    machine = device(tmp_path, **said)
    assert machine["lists"] == lists
    assert (machine["note"] or "").startswith(note or "")
    assert bool(machine["note"]) == bool(note)
    assert machine["traces"] == ("app program" if lists is Lists.ALL_SOFTWARE else "")


def test_an_app_of_windows_is_a_program(tmp_path: Path) -> None:
    [one] = device(tmp_path, detectedApps=[APP]).seen
    assert one.title == {"type": Trace.PROGRAM, "name": "Reader", "version": "1", "publisher": "Acme"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"chassisType": "tablet"}, Class.WORKSTATION),
        ({"chassisType": "enterpriseServer"}, Class.SERVER),
        ({"operatingSystem": "Android", "chassisType": "tablet"}, Class.PHONE),
        ({}, Class.UNKNOWN),
    ],
)
def test_class(said: dict[str, Any], expected: Class, tmp_path: Path) -> None:
    assert device(tmp_path, **said)["class"] == expected


def page(*rows: object, more: str = "", context: str = CONTEXT) -> dict[str, Any]:
    return {"@odata.context": context, "value": list(rows)} | ({"@odata.nextLink": more} if more else {})


def pages(tmp_path: Path, *documents: object) -> Answer:
    return read(written(tmp_path, lines(*documents)), tmp_path)


def test_only_the_last_page_may_name_another(tmp_path: Path) -> None:
    rows = [{"id": f"d{n}", "deviceName": f"PC-{n}", "lastSyncDateTime": None} for n in range(3)]
    whole = pages(tmp_path, page(rows[0], rows[1], more="https://x?2"), page(rows[2]))
    assert (len(whole.machines), whole.rejects) == (3, [])
    cut = pages(tmp_path, page(rows[0], more="https://x?2"))
    assert [(reject["raw"], "not all pages" in reject["reason"]) for reject in cut.rejects] == [(b"https://x?2", True)]


def test_apps_of_one_device_have_its_id_alone(tmp_path: Path) -> None:
    machine = pages(tmp_path, page(APP, {"id": 1}, context=f"{CONTEXT}('d7')/detectedApps")).only
    assert machine.clues == [("agent_id", "intune:d7")]
    assert (machine["lists"], machine.names) == (Lists.SOME_SOFTWARE, ["Reader"])
    assert machine["note"].startswith("its names are in another call")


def test_apps_with_the_devices_that_have_them(tmp_path: Path) -> None:
    devices = [{"id": "d1", "deviceName": "PC-1"}, {"id": "d2", "deviceName": "PC-2"}, {"deviceName": "PC-3"}]
    other = {**APP, "displayName": "Writer", "managedDevices": devices[:1]}
    context = CONTEXT.replace("managedDevices", "detectedApps")
    answer = pages(tmp_path, page({**APP, "managedDevices": devices}, other, context=context))
    assert [(machine.named("agent_id"), machine.names) for machine in answer.machines] == [
        (["intune:d1"], ["Reader", "Writer"]),
        (["intune:d2"], ["Reader"]),
    ]
    assert {machine["lists"] for machine in answer.machines} == {Lists.SOME_SOFTWARE}
    assert len(answer.rejects) == 1


def test_the_report_of_all_apps(tmp_path: Path) -> None:
    header = "ApplicationKey,ApplicationName,ApplicationPublisher,ApplicationShortVersion,ApplicationVersion,DeviceId,DeviceName,"
    header += "OSDescription,OSVersion,Platform,UserId,EmailAddress,UserName\n"
    row = "k,Reader,Acme,1,1.0,d1,PC-1,Windows 10,10.0,Windows,u,a@example.gov,Ann\n"
    machine = read(written(tmp_path, header + row, "AppInvRawData.csv"), tmp_path).only
    assert machine.clues == [("agent_id", "intune:d1"), ("hostname", "PC-1")]
    assert (machine["lists"], machine["owner"], machine.names) == (Lists.SOME_SOFTWARE, "a@example.gov", ["Reader"])
