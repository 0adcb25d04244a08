"""Kaspersky Security Center: reports and lists of devices as its manual and scripts that read them describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import Answer, read, written

from fullcount.model import Lists, Os, State
from fullcount.reader import Peek
from fullcount.readers import READERS

if TYPE_CHECKING:
    from pathlib import Path

KES, AGENT = "Kaspersky Endpoint Security for Windows", "Kaspersky Security Center Network Agent"
REPORT = (
    ("Group", "Device", "Application", "Version number", "IP address", "NetBIOS name", "DNS name", "Last visible"),
    ("Managed devices", "PC-1", KES, "11.6.0.394", "10.0.0.5", "PC-1", "pc-1.corp.example.gov", "2026-03-01 10:00:00"),
    ("Managed devices", "PC-1", AGENT, "14.2", "10.0.0.5", "PC-1", "pc-1.corp.example.gov", "2026-03-02 10:00:00"),
    ("Managed devices", "PC-2", KES, "11.6.0.394", "10.0.0.6", "", "", ""),
)


def told(tmp_path: Path, data: Any, name: str = "report.csv") -> Answer:
    path = written(tmp_path, data, name)
    peek = Peek.at(path)
    assert [reader.name for reader in READERS if reader.claims(peek)] == ["ksc"]
    return read(path, tmp_path)


def table(*rows: tuple[str, ...], between: str = ",") -> str:
    return "".join(between.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)


def page(*rows: tuple[str, ...]) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    summary = "<table><tr><td>Application</td><td>Devices</td></tr><tr><td>KES</td><td>2</td></tr></table>"
    return f"<!DOCTYPE html><html><body><h1>Report</h1>{summary}<table>{cells}</table></body></html>"


def workbook(*rows: tuple[str, ...]) -> str:
    def cell(place: int, text: str) -> str:
        return f'<Cell ss:Index="{place}"><Data ss:Type="String">{text}</Data></Cell>' if text else ""

    cells = "".join("<Row>" + "".join(cell(n, text) for n, text in enumerate(row, start=1)) + "</Row>" for row in rows)
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    sheet = '<Worksheet ss:Name="Summary"><Table><Row><Cell><Data ss:Type="String">KES</Data></Cell></Row></Table></Worksheet>'
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">{sheet}'
        f'<Worksheet ss:Name="Details"><Table>{cells}</Table></Worksheet></Workbook>'
    )


FORMS = {
    "report.csv": table(*REPORT),
    "semicolons.csv": table(*REPORT, between=";"),
    "report.tsv": table(*REPORT, between="\t"),
    "utf16.csv": table(*REPORT).encode("utf-16"),
    "report.html": page(*REPORT),
    "report.xml": workbook(*REPORT),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_report_of_versions_in_every_form(name: str, tmp_path: Path) -> None:
    answer = told(tmp_path, FORMS[name], name)
    first, second = answer.machines
    assert first.names == [KES, AGENT]
    assert (first.seen[0].title["version"], first.seen[0].state) == ("11.6.0.394", State.INSTALLED)
    assert first.clues[:3] == [("ip", "10.0.0.5"), ("fqdn", "pc-1.corp.example.gov"), ("hostname", "pc-1.corp.example.gov")]
    assert (str(first["heard_at"]), first["looked_at"], first["ou"]) == ("2026-03-02 10:00:00", None, "Managed devices")
    assert (second.names, second["lists"], second["traces"]) == ([KES], Lists.SOME_SOFTWARE, "")
    assert answer.rejects == []


def test_a_report_as_a_workbook(tmp_path: Path) -> None:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    path = tmp_path / "report.xlsx"
    with Workbook(path) as book:
        book.add_worksheet("Summary").write_row(0, 0, ("Application", "Devices"))
        sheet = book.add_worksheet("Details")
        for place, row in enumerate(REPORT):
            sheet.write_row(place, 0, row)
    assert [one.names for one in told(tmp_path, path.read_bytes(), "report.xlsx").machines] == [[KES, AGENT], [KES]]


def test_an_application_and_the_agent_of_one_row(tmp_path: Path) -> None:
    rows = (
        ("Group", "Device", "Application", "Version number", "Network Agent version"),
        ("x", "PC-1", KES, "11.6", "14.2"),
        ("x", "PC-2", "", "", "14.2"),
        ("x", "PC-3", "", "", ""),
    )
    seen = [
        [(one.title["name"], one.title["version"]) for one in machine.seen] for machine in told(tmp_path, table(*rows)).machines
    ]
    assert seen == [[(KES, "11.6"), (AGENT, "14.2")], [(AGENT, "14.2")], []]


def test_headings_in_russian_and_in_another_order(tmp_path: Path) -> None:
    rows = (
        ("Номер версии", "Последнее появление в сети", "Устройство", "Группа", "Программа"),
        ("11.6", "4 марта 2026 г. 10:00:00", "PC-1", "Офис", "Kaspersky Endpoint Security для Windows"),
        ("11.6", "5 мая 2026 г. 10:00:00", "PC-2", "Офис", "Kaspersky Endpoint Security для Windows"),
        ("11.6", "03.02.2026 10:00:00", "PC-3", "Офис", "Kaspersky Endpoint Security для Windows"),
        ("11.6", "3/2/2026 10:00 AM", "PC-4", "Офис", "Kaspersky Endpoint Security для Windows"),
        ("11.6", "31 февраля 2026 г.", "PC-5", "Офис", "Kaspersky Endpoint Security для Windows"),
    )
    days = [one["heard_at"] and one["heard_at"].date().isoformat() for one in told(tmp_path, table(*rows)).machines]
    assert days == ["2026-03-04", "2026-05-05", "2026-02-03", None, None], "day or month first is not guessed"
    answer = told(tmp_path, table(*rows).encode("cp1251"))
    assert answer.machines[0].names == ["Kaspersky Endpoint Security для Windows"]


def test_a_list_of_devices_names_the_agent_alone(tmp_path: Path) -> None:
    rows = (
        (
            *("Name", "Operating system type", "Windows domain", "Network Agent is installed", "Network Agent is running"),
            *("DNS domain", "Network Agent version", "Last connected to Administration Server"),
        ),
        ("PC-1", "Microsoft Windows 10", "CORP", "Yes", "Yes", "corp.example.gov", "14.2", "2026-03-01 10:00:00"),
        ("PC-2", "Microsoft Windows 10", "CORP", "Yes", "No", "", "", ""),
        ("PC-3", "Microsoft Windows 10", "CORP", "No", "No", "", "", ""),
        ("PC-4", "Microsoft Windows 10", "CORP", "Perhaps", "", "", "14.2", ""),
        ("", "Microsoft Windows 10", "CORP", "Yes", "", "", "", ""),
    )
    answer = told(tmp_path, table(*rows, between="\t"), "all_hosts.csv")
    assert [[(one.title["name"], one.state) for one in machine.seen] for machine in answer.machines] == [
        [(AGENT, State.RUNNING)],
        [(AGENT, State.INSTALLED)],
        [],
        [],
    ]
    first, fourth = answer.machines[0], answer.machines[3]
    assert (first.named("fqdn"), first["os_family"]) == (["PC-1.corp.example.gov"], Os.WINDOWS)
    assert (first.seen[0].title["version"], fourth["note"]) == (
        "14.2",
        "whether the Network Agent is installed is not clear: Perhaps",
    )
    assert [one["reason"] for one in answer.rejects] == ["a row without a device"]


def test_what_is_cut_is_told(tmp_path: Path) -> None:
    for name, whole in (("cut.xml", workbook(*REPORT)), ("cut.html", page(*REPORT))):
        answer = told(tmp_path, whole[: whole.rindex("PC-2")], name)
        assert answer.machines[0].names == [KES, AGENT]
        assert [one["reason"] for one in answer.rejects if "stops being XML" in one["reason"] or "ends inside" in one["reason"]]


def test_a_page_or_workbook_without_devices_is_not_claimed(tmp_path: Path) -> None:
    rows = (("Group", "Device", "Application"), ("x", "PC-1", "Reader"))
    others = (page(*rows), workbook(*rows), table(*rows), table(("Name", "Version", "Publisher", "Group"), ("a", "1", "b", "c")))
    for turn, data in enumerate(others):
        peek = Peek.at(written(tmp_path, data, f"{turn}.txt"))
        assert not any(reader.claims(peek) for reader in READERS if reader.name == "ksc")


@pytest.mark.parametrize("piece", ["<a ", "<!--", "</s", "<td", "<![CDATA["])
def test_a_page_of_nothing_but_openings_is_refused_at_once(piece: str, tmp_path: Path) -> None:
    answer = read(written(tmp_path, "<html>" + piece * 100_000, "page.html"), tmp_path, reader="ksc")
    assert (answer.became, answer.machines) == ("refused", [])


BOMB = '<!DOCTYPE Workbook [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


def test_entities_are_refused(tmp_path: Path) -> None:
    data = workbook(*REPORT).replace('<?xml version="1.0"?>', BOMB).replace("11.6.0.394", "&b;")
    answer = told(tmp_path, data, "bomb.xml")
    assert (answer.became, answer.machines) == ("refused", [])
    assert "cannot be read safely" in answer.reason
