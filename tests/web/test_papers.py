"""Deadlines and papers in a browser: dates seen from a day, what a paper lacks, and its files, as the command line makes them."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.dashboards import client, opened
from tests.packs import BOD

from fullcount.cli import cli
from fullcount.forms import FORMS, pdf
from fullcount.papers import KINDS
from fullcount.web.drafts import attachment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from fullcount.paper import Form, Kind
    from fullcount.web.house import House

BELOW = f"/last/{BOD.id}"
ROWS = """\
PSComputerName,DisplayName,DisplayVersion,Publisher
PC-1,Kaspersky Endpoint Security 10,10.3,Kaspersky Lab
PC-2,Notepad,1.0,Somebody
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two counts, as of two days."""
    folder = tmp_path_factory.mktemp("papers")
    (folder / "fullcount.toml").write_text(f'directives = ["{BOD.id}"]\ntime_zone = "Pacific/Auckland"\n', "utf-8")
    for day, rows in (("2017-09-20", ROWS), ("2017-10-12", ROWS.replace("PC-2,Notepad", "PC-2,Kaspersky Internet Security"))):
        file = folder / f"programs-{day}.csv"
        file.write_text(rows, "utf-8")
        done = CliRunner().invoke(cli, ["count", str(file), "-w", str(folder)])
        assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def house(work: Path) -> Iterator[House]:
    with opened(work) as found:
        yield found


@pytest.fixture(scope="module")
def browser(house: House) -> TestClient:
    return client(house)


def test_dates_are_those_of_the_command_seen_from_the_day_that_is_asked_for(browser: TestClient) -> None:
    page = browser.get(f"{BELOW}/papers?on=2017-10-14").text
    rows = re.findall(r"<tr><th class=\"text day\".*?</tr>", page, re.DOTALL)
    identify = next(row for row in rows if "identify" in row)
    assert "2017-10-13 Fri" in identify
    assert "1 day ago" in identify  # seen from the 14th
    assert "in 1 day" in identify  # and from the day of the count, the 12th
    assert "30 calendar days after it was issued on 2017-09-13" in identify
    assert 'class="late">past<' in identify
    plan = next(row for row in rows if "<bdi>plan</bdi>" in row)
    assert "<b>next</b> in 29 days" in plan
    assert "Next due: <bdi>plan</bdi>, in 29 days" in page


def test_without_a_day_today_is_meant_and_said(browser: TestClient) -> None:
    assert ">From today<" in browser.get(f"{BELOW}/papers").text
    assert ">From 2017-10-14<" in browser.get(f"{BELOW}/papers?on=2017-10-14").text
    wrong = browser.get(f"{BELOW}/papers?on=tomorrow")
    assert (wrong.status_code, "is no day" in wrong.text) == (404, True)


def test_calendar_holds_the_dates_that_are_shown(browser: TestClient) -> None:
    page = browser.get(f"{BELOW}/papers?on=2017-10-14").text
    answer = browser.get(re.findall(r'href="([^"]*deadlines\.ics[^"]*)"', page)[0].replace("&amp;", "&"))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "deadlines.ics" in answer.headers["content-disposition"]
    shown = {day.replace("-", "") for day in re.findall(r'scope="row">(\d{4}-\d\d-\d\d)', page)}
    assert shown == set(re.findall(r"DTSTART;VALUE=DATE:(\d{8})", answer.text))
    assert shown


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_paper_lacks_what_the_command_says_it_lacks(work: Path, tmp_path: Path, browser: TestClient, kind: Kind) -> None:
    said = CliRunner().invoke(cli, ["report", kind.name, "--form", "json", "-o", str(tmp_path), "--json", "-w", str(work)])
    gaps = [(one["what"], one["where"]) for one in json.loads(said.stdout)["gaps"]]
    page = browser.get(f"{BELOW}/papers/{kind.name}").text
    rows = re.findall(r'scope="row">(.*?)</th><td class="text"><code>(.*?)</code>', page)
    assert [(html.unescape(what), html.unescape(where)) for what, where in rows[: len(gaps)]] == gaps
    assert f"A draft: {len(gaps)} things are missing" in page


def test_a_gap_goes_when_it_is_filled_in(work: Path, browser: TestClient) -> None:
    before = browser.get(f"{BELOW}/papers/identify").text
    assert "Prepared by: nobody is named" in before
    assert "things are missing" in browser.get(f"{BELOW}/papers").text  # known by now
    file = work / "registers/contacts.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text('[[contacts]]\nrole = "preparer"\nname = "A. Person"\n', "utf-8")
    try:
        assert "Prepared by: nobody is named" not in browser.get(f"{BELOW}/papers/identify").text
    finally:
        file.unlink()
    assert "Prepared by: nobody is named" in browser.get(f"{BELOW}/papers/identify").text


def test_status_says_with_what_it_compares(browser: TestClient) -> None:
    assert "the count as of 2017-09-20" in browser.get(f"{BELOW}/papers/status").text


@pytest.mark.parametrize("form", [one for one in FORMS if not one.lacks()], ids=lambda form: form.name)
def test_files_are_to_the_byte_those_of_the_command(work: Path, tmp_path: Path, browser: TestClient, form: Form) -> None:
    answer = browser.get(f"{BELOW}/papers/status.{form.name}")
    assert answer.status_code == 200
    done = CliRunner().invoke(cli, ["report", "status", "--form", form.name, "-o", str(tmp_path), "-w", str(work)])
    assert done.exit_code == 0, done.output
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    (name,) = re.findall(r'filename="([^"]+)"', answer.headers["content-disposition"])
    if len(made) == 1:
        assert {name: answer.content} == made
    else:
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            assert {one: packed.read(one) for one in packed.namelist()} == made
        assert name.endswith(f"-{form.name}.zip")
        assert browser.get(f"{BELOW}/papers/status.{form.name}").content == answer.content


def test_a_form_whose_extra_is_missing_says_what_to_install(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda _: None)
    answer = browser.get(f"{BELOW}/papers/plan.pdf")
    assert answer.status_code == 404
    assert "pip install &#39;fullcount[report]&#39;" in answer.text
    page = browser.get(f"{BELOW}/papers").text
    assert "papers/plan.pdf" not in page
    assert "papers/plan.xlsx" in page
    assert "pip install &#39;fullcount[report]&#39;" in page


def test_what_there_is_none_of_is_said(browser: TestClient) -> None:
    for path in ("papers/other", "papers/other.pdf", "papers/plan.doc"):
        answer = browser.get(f"{BELOW}/{path}")
        assert (answer.status_code, "one of: " in answer.text) == (404, True), path


def test_names_of_users_are_left_out_when_asked(browser: TestClient) -> None:
    page = browser.get(f"{BELOW}/papers/identify?users=no").text
    where = re.findall(r'href="([^"]*identify\.json[^"]*)"', page)[0]
    assert browser.get(where).json()["without_users"] is True
    assert browser.get(f"{BELOW}/papers/identify.json").json()["without_users"] is False


def test_a_name_of_a_file_fits_into_a_header() -> None:
    header = attachment('geheim-Ünï"\r\n.pdf')["Content-Disposition"]
    assert header == "attachment; filename=\"geheim-_n____.pdf\"; filename*=UTF-8''geheim-%C3%9Cn%C3%AF%22%0D%0A.pdf"
    header.encode("latin-1")
