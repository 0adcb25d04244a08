"""Queues, decisions in place, work beside the server: from what waits for a person to the count that knows the answer."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections import Counter
from contextlib import contextmanager
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from starlette.testclient import TestClient
from tests.browsers import chromium
from tests.dashboards import opened, running

from fullcount import ledger
from fullcount.chain import last
from fullcount.commands.count import packs_of, run_count
from fullcount.conflicts import conflicts
from fullcount.decision import Decision
from fullcount.errors import UsageError
from fullcount.read import Options
from fullcount.readers import READERS
from fullcount.web import deciding, views
from fullcount.web import job as job_module
from fullcount.web.app import app
from fullcount.web.guard import Rules
from fullcount.web.house import House
from fullcount.web.job import Jobs
from fullcount.web.queues import BY_PATH, QUEUES
from fullcount.web.screen import FormError
from fullcount.web.server import _Noted
from fullcount.web.shelf import Shelf
from fullcount.workspace import Workspace, folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BAN = "us-dhs-bod-17-01"
AT = f"/last/{BAN}"
ORIGIN = {"Origin": "http://testserver"}
ODD = "Kapsersky\u202e \u2018odd\u2019; $(rm -rf) -x"
NEAR = "--Kasperksy <b>tool</b>"  # begins as an option does
HEAD = "PSComputerName,SerialNumber,DisplayName,DisplayVersion,Publisher\n"
HELPDESK = """directives = ["us-dhs-bod-17-01"]

[[table]]
name = "helpdesk"
match = "helpdesk*.csv"
lists = "some software"
[table.columns]
hostname = "Host"
serial = "Serial"
name = "Program"

[[exemption]]
clue = "serial=SN00005"
approver = "C. Officer"
reason = "laboratory bench"
expires = 2017-10-01

[[exemption]]
clue = "serial=SN00006"
approver = "C. Officer"
reason = "being replaced"
expires = 2017-10-30

[[exemption]]
clue = "hostname=PC-7"
approver = "C. Officer"
reason = "runs long"
expires = 2018-10-30
"""
FORM = {"name": NEAR, "publisher": "", "what": "is", "product": "password-manager", "why": "seen by hand", "by": "A. Berg"}


def exports(folder: Path) -> Path:
    """Machines with programs, of which one lists next to nothing, two share a name, and three have titles near the vendor."""
    folder.mkdir()
    lines = [f"PC-{pc},SN{pc:05},Program {turn},1.{turn},Maker {turn}" for pc in range(1, 15) for turn in range(40)]
    lines += [f"PC-{pc},SN{pc:05},{NEAR},1.{pc},Typo Ltd" for pc in (1, 2, 3)] + [f"PC-4,SN00004,{ODD},2,"]
    lines += [f"LAPTOP,LP0000{pc},Program {turn},1.{turn},Maker" for pc in (1, 2) for turn in range(40)]
    lines += ["PC-20,SN00020,Program 1,1.1,Maker 1", "PC-1,SN00001,one,too,many,fields"]
    (folder / "programs-2017-10-10.csv").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    for day, program in (("2017-09-20", "Kaspersky Password Manager"), ("2017-10-09", "Program 1")):
        (folder / f"helpdesk-{day}.csv").write_text(f"Host,Serial,Program\nPC-30,SN00030,{program}\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A counted workspace, to be copied."""
    folder = tmp_path_factory.mktemp("deciding")
    of = Workspace.create(folder / "work", text=HELPDESK)
    of.read([exports(folder / "exports")], options=Options(), readers=READERS)
    run_count(of, packs_of(of))
    return of.folder


@pytest.fixture
def house(made: Path, tmp_path: Path) -> Iterator[House]:
    """A house over a workspace of its own."""
    with opened(shutil.copytree(made, tmp_path / "work")) as found:
        yield found
        found.jobs.stop()


def browser(house: House) -> TestClient:
    return TestClient(app(house), headers=ORIGIN, follow_redirects=False)


def shown(text: str) -> str:
    """What a page says, without its marks."""
    main = re.search(r"<main.*?</main>", text, re.DOTALL)
    assert main, text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main[0])).split())


def typed(text: str) -> dict[str, str]:
    """What stands in the fields of the first form with a reason."""
    form = re.search(r"<form[^>]*>(?:(?!</form>).)*name=.why.*?</form>", text, re.DOTALL)
    assert form, text
    fields = {
        name: unescape(value)
        for name, value in re.findall(r"<textarea name=\"(\w+)\"[^>]*>\n(.*?)</textarea>", form[0], re.DOTALL)
    }
    for mark in re.findall(r"<input[^>]*>", form[0]):
        said = dict(re.findall(r"(\w+)=\"([^\"]*)\"", mark))
        if said.get("type") != "radio" or " checked" in mark:
            fields[said["name"]] = unescape(said.get("value", ""))
    if chosen := re.search(r"<option value=\"([^\"]*)\" selected>", form[0]):
        fields["product"] = unescape(chosen[1])
    return fields


def finished(client: TestClient, where: str) -> Any:
    """The page of a piece of work when it is done."""
    for _ in range(2400):
        page = client.get(where)
        assert page.status_code == 200
        if "data-running" not in page.text:
            return page
        assert 'http-equiv="refresh"' in page.text, "without JavaScript it asks again, too"
        time.sleep(0.05)
    pytest.fail("it never ended")


def whole(of: Workspace) -> None:
    """Nothing half-written, every decision in the ledger, and its chain unbroken."""
    assert not [path for path in of.counts.iterdir() if path.name.startswith("aside-")]
    told = [one.facts["decision"] for one in ledger.entries(of.ledger) if "decision" in one.facts]
    assert told == [one.number for one in of.decided()]


# -- queues ----------------------------------------------------------------------------------------------------------------


def test_every_number_of_every_queue_is_the_size_of_its_list(house: House) -> None:
    client = browser(house)
    seen: Counter[str] = Counter()
    for page in ("queues", *(f"queues/{one.path}" for one in QUEUES), "decisions", "exceptions", "clues-in-doubt"):
        text = client.get(f"{AT}/{page}").text
        for where, number in re.findall(r'<a class="n" href="([^"]+)" data-n="(\d+)"', text):
            found = client.get(unescape(where))
            assert found.status_code == 200, where
            assert f'data-total="{number}"' in found.text, f"{page}: {where}"
            seen[page] += 1
    assert seen["queues"] >= 6 + 2
    assert all(seen[f"queues/{one.path}"] for one in QUEUES), seen


def test_each_queue_shows_what_waits(house: House) -> None:
    said = shown(browser(house).get(f"{AT}/queues").text)
    for text in (
        "hostname=laptop",
        "--Kasperksy <b>tool</b>",
        "Kapsersky\\u{202e}",
        "PC-20",
        "has 6 cells under a header of 5",
        "PC-30",
        "serial=SN00005",
        "expires within 30 days",
    ):
        assert text in said
    assert "hostname=PC-7" not in said, "an exception that runs long waits for nobody"
    assert "no queue nothing" in shown(browser(house).get(f"{AT}/queues/nothing").text)


def test_a_queue_that_is_empty_says_so(house: House, tmp_path: Path) -> None:
    of = Workspace.create(tmp_path / "clean", text=HELPDESK.partition("[[exemption]]")[0])
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "programs-2017-10-10.csv").write_text(f"{HEAD}PC-1,SN00001,Program 1,1.1,Maker 1\n", "utf-8")
    of.read([tmp_path / "exports"], options=Options(), readers=READERS)
    run_count(of, packs_of(of))
    clean = House(workspace=of, shelf=Shelf(of, house.shelf.spill), jobs=Jobs(of), rules=house.rules, address=house.address)
    said = shown(browser(clean).get(f"{AT}/queues").text)
    assert all(one.empty in said for one in QUEUES)
    assert all(one.empty in shown(browser(clean).get(f"{AT}/queues/{one.path}").text) for one in QUEUES)


def test_conflicts_stand_in_the_order_of_the_command_line(made: Path, tmp_path: Path) -> None:
    """Names that many systems share, of which some have it: first what the numbers hang on most."""
    of = Workspace(shutil.copytree(made, tmp_path / "work"))
    has = "Kaspersky Password Manager,1,AO Kaspersky Lab"
    many = [(turn, pc) for turn in range(4) for pc in range(2 + turn % 3)]
    lines = [f"TWIN{turn},T{turn}{pc:05},{has if pc < turn else 'x,1,y'}" for turn, pc in many]
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "programs-2017-10-11.csv").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    of.read([tmp_path / "more"], options=Options(), readers=READERS)
    counted = run_count(of, packs_of(of))
    expected = [one["clue"] for one in conflicts(counted.folder, BAN)[0]]
    assert len(expected) == 5
    with of.spilling() as spill:
        rules = Rules(hosts=frozenset({"testserver"}), cookie="", keys=None)
        house = House(workspace=of, shelf=Shelf(of, spill), jobs=Jobs(of), rules=rules, address="")
        text = browser(house).get(f"{AT}/queues/conflicts").text
    assert re.findall(r"<h3><code><bdi>(.*?)</bdi>", text) == expected


# -- a decision in place ---------------------------------------------------------------------------------------------------


def test_from_a_near_title_to_the_count_that_knows_the_answer(house: House) -> None:
    client = browser(house)
    queue = client.get(f"{AT}/queues/near-titles").text
    form = typed(queue) | {"what": "is", "product": FORM["product"], "why": FORM["why"], "by": FORM["by"]}
    assert (form["name"], form["publisher"]) == (NEAR, "Typo Ltd")

    started = client.post(f"{AT}/decide", data=form | {"do": "preview"})
    assert started.status_code == 303
    preview = finished(client, started.headers["location"])
    assert house.workspace.decided() == [], "a preview keeps nothing"
    said = shown(preview.text)
    assert "with it 1 4 +3" in said, said
    assert "all 18 18 as it is" in said
    assert typed(preview.text).items() >= {"why": FORM["why"], "by": FORM["by"], "name": NEAR, "product": FORM["product"]}.items()

    kept = client.post(f"{AT}/decide", data=typed(preview.text) | {"do": "decide"})
    assert kept.status_code == 303
    (made,) = house.workspace.decided()
    assert (made.name, made.publisher, made.product, made.why, made.by) == (
        NEAR,
        "Typo Ltd",
        *(FORM[one] for one in ("product", "why", "by")),
    )
    after = client.get(kept.headers["location"]).text
    assert "Kept as decision 1" in shown(after)
    assert "Not in the newest count yet" in shown(after)
    assert "Decided:" in shown(client.get(f"{AT}/queues/near-titles").text)

    before = house.shelf.last()
    counting = client.post(f"{AT}/work", data={"do": "count"})
    done = finished(client, counting.headers["location"])
    assert house.shelf.last() != before
    assert f"compare?before={before}&amp;after={house.shelf.last()}" in done.text
    assert f'href="/last/{BAN}/"' in done.text
    assert last(house.workspace).of(BAN).total.with_it == 4
    assert "Not in the newest count" not in shown(client.get(f"{AT}/decisions").text)
    whole(house.workspace)


def test_a_title_whose_name_cannot_be_shown_is_decided_all_the_same(house: House) -> None:
    client = browser(house)
    queue = client.get(f"{AT}/queues/near-titles").text
    about = next(one for one in re.findall(r"<form.*?</form>", queue, re.DOTALL) if "odd" in one)
    form = typed(about) | FORM | {"name": typed(about)["name"], "do": "decide"}
    assert client.post(f"{AT}/decide", data=form).status_code == 303
    run_count(house.workspace, packs_of(house.workspace))
    assert last(house.workspace).of(BAN).total.with_it == 2
    assert "\u202e" not in client.get(f"{AT}/decisions").text


def test_machines_are_linked_by_a_clue_and_the_link_is_undone(house: House) -> None:
    client = browser(house)
    form = typed(client.get(f"{AT}/queues/conflicts").text) | {"what": "link", "why": "one laptop", "by": "B. Cole"}
    assert form["clues"] == "hostname=laptop"
    said = shown(finished(client, client.post(f"{AT}/decide", data=form | {"do": "preview"}).headers["location"]).text)
    assert "all 18 17 -1" in said
    client.post(f"{AT}/decide", data=form | {"do": "decide"})
    run_count(house.workspace, packs_of(house.workspace))
    assert last(house.workspace).of(BAN).total.systems == 17

    undo = client.get(f"{AT}/decide?what=undo&undoes=1").text
    refused = client.post(f"{AT}/decide", data=typed(undo) | {"by": "C. Dorn", "do": "decide"})
    assert refused.status_code == 422
    assert "a decision needs its reason" in shown(refused.text)
    said = shown(finished(client, client.post(f"{AT}/decide", data=typed(undo) | {"do": "preview"}).headers["location"]).text)
    assert "all 17 18 +1" in said
    assert (
        client.post(f"{AT}/decide", data=typed(undo) | {"why": "two after all", "by": "C. Dorn", "do": "decide"}).status_code
        == 303
    )
    told = shown(client.get(f"{AT}/decisions").text)
    assert "no: undone by decision 2 , C. Dorn" in told
    assert "it undoes decision 1" in told
    assert client.post(f"{AT}/decide", data=typed(undo) | {"why": "again", "by": "C. Dorn", "do": "decide"}).status_code == 409
    whole(house.workspace)


def test_several_clues_stand_one_a_line(house: House) -> None:
    form = {"what": "split", "clues": "serial=LP00001\r\nserial=LP00002", "why": "two", "by": "B", "do": "decide"}
    assert browser(house).post(f"{AT}/decide", data=form).status_code == 303
    assert house.workspace.decided()[0].clues == ("serial=LP00001", "serial=LP00002")


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"why": "  "}, "why", "a decision needs its reason"),
        ({"by": ""}, "by", "say who decides"),
        ({"product": ""}, "product", "say which product"),
        ({"product": "guard"}, "product", f"{BAN} has no product guard"),
        ({"what": ""}, "what", "say what is to be decided"),
        ({"why": "x" * 2001}, "why", "the reason is too long"),
        ({"what": "link", "clues": ""}, "clues", "name at least one clue"),
        ({"what": "link", "clues": "colour=blue"}, "clues", "`colour=blue` is no clue"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(
    house: House, changes: dict[str, str], field: str, text: str
) -> None:
    form = FORM | changes
    refused = browser(house).post(f"{AT}/decide", data=form | {"do": "decide"})
    assert refused.status_code == 422
    assert re.search(rf'id="wrong-{field}"><b>{re.escape(text)}', refused.text)
    assert re.search(rf'aria-invalid="true" aria-describedby="wrong-{field}"', refused.text)
    again = typed(refused.text)
    expected = {name: form[name].strip() if name == "why" else form[name] for name in ("why", "by")}
    assert {name: again[name].strip() for name in expected} == expected
    assert house.workspace.decided() == []
    assert house.jobs.last is None


def test_what_somebody_decided_already_is_said_with_who_and_why(house: House) -> None:
    client = browser(house)
    client.post(f"{AT}/decide", data=FORM | {"do": "decide"})
    for changes, text in (({}, "decision 1 says so already"), ({"what": "is-not"}, "decision 1 says the opposite")):
        for do in ("decide", "preview"):
            refused = client.post(f"{AT}/decide", data=FORM | {"why": "mine", "by": "Z. Late"} | changes | {"do": do})
            assert refused.status_code == 409
            assert text in shown(refused.text)
            assert "decision 1 by A. Berg on" in shown(refused.text)
            assert ": seen by hand" in shown(refused.text)
            assert typed(refused.text)["why"] == "mine"
    assert len(house.workspace.decided()) == 1


# -- at the same time ------------------------------------------------------------------------------------------------------


def test_many_people_decide_at_once_and_nothing_is_lost(house: House) -> None:
    people = 12
    codes: list[int] = []
    together = threading.Barrier(people)

    def person(turn: int) -> None:
        client = browser(house)
        together.wait()
        about = (
            {"what": "link", "clues": f"serial=SN{turn:05}\nserial=LP{turn:05}"} if turn % 2 else FORM | {"name": f"tool {turn}"}
        )
        codes.append(
            client.post(
                f"{AT}/decide", data=about | {"why": f"because {turn}", "by": f"person {turn}", "do": "decide"}
            ).status_code
        )

    threads = [threading.Thread(target=person, args=(turn,)) for turn in range(people)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert codes == [303] * people
    assert sorted(one.by for one in house.workspace.decided()) == sorted(f"person {turn}" for turn in range(people))
    whole(house.workspace)


def test_of_two_who_say_the_same_at_once_one_is_told_that_it_was_said(house: House) -> None:
    codes: list[int] = []
    together = threading.Barrier(2)

    def person(name: str) -> None:
        client = browser(house)
        together.wait()
        codes.append(client.post(f"{AT}/decide", data=FORM | {"by": name, "do": "decide"}).status_code)

    threads = [threading.Thread(target=person, args=(name,)) for name in ("A", "B")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(codes) == [303, 409]
    assert len(house.workspace.decided()) == 1


@contextmanager
def writing(of: Workspace) -> Iterator[threading.Event]:
    """Somebody else, who writes until told to end."""
    begun, end = threading.Event(), threading.Event()

    def write() -> None:
        with of.writing():
            begun.set()
            end.wait()

    other = threading.Thread(target=write)
    other.start()
    begun.wait()
    try:
        yield end
    finally:
        end.set()
        other.join()


def test_a_decision_waits_for_another_writer(house: House) -> None:
    with writing(house.workspace) as end:
        threading.Timer(0.3, end.set).start()
        assert browser(house).post(f"{AT}/decide", data=FORM | {"do": "decide"}).status_code == 303
    whole(house.workspace)


def test_while_a_count_runs_long_a_decision_is_kept_in_its_form(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "PATIENCE", 0.2)
    client = browser(house)
    with writing(house.workspace):
        refused = client.post(f"{AT}/decide", data=FORM | {"do": "decide"})
    assert refused.status_code == 409
    assert "the decision is not kept yet: a count, or another writer, is at work" in shown(refused.text)
    assert typed(refused.text).items() >= FORM.items()
    assert house.workspace.decided() == []
    assert client.post(f"{AT}/decide", data=typed(refused.text) | {"do": "decide"}).status_code == 303
    whole(house.workspace)


# -- work beside the server ------------------------------------------------------------------------------------------------


def started(house: House) -> Any:
    """A preview that has written some tables."""
    names = ("--what-if", "--product=password-manager", "--why=x", f"--directive={BAN}")
    house.workspace.decide(Decision(what="link", clues=("serial=SN00001", "serial=SN00002"), why="so that it counts", by="A"))
    job = house.jobs.start("a preview", ("decide", *names), (NEAR, "is"))
    while not house.jobs.share():
        assert job.is_running, job.failed
        time.sleep(0.01)
    return job


def state(of: Workspace) -> dict[str, bytes]:
    """All that the workspace holds, but what is used while something runs."""
    passing = ("lock", "spill-")
    files = (path for path in of.folder.rglob("*") if path.is_file())
    return {name: path.read_bytes() for path in files if not (name := str(path.relative_to(of.folder))).startswith(passing)}


def test_work_that_is_stopped_leaves_the_workspace_as_it_was(house: House) -> None:
    client = browser(house)
    job = started(house)
    before = {name: data for name, data in state(house.workspace).items() if "aside-" not in name}
    stopped = client.post(f"{AT}/work", data={"do": "stop", "job": str(job.number)})
    assert stopped.status_code == 303
    assert state(house.workspace) == before
    said = shown(client.get(stopped.headers["location"]).text)
    assert "it was stopped; nothing was changed" in said
    whole(house.workspace)


def test_work_that_is_killed_leaves_the_workspace_as_it_was(house: House) -> None:
    job = started(house)
    before = {name: data for name, data in state(house.workspace).items() if "aside-" not in name}
    job.process.kill()
    job.done.wait()
    assert "it ended with" in job.failed
    assert browser(house).post(f"{AT}/decide", data=FORM | {"do": "decide"}).status_code == 303, "a dead writer holds no lock"
    after = state(house.workspace)
    assert {name for name in before if before[name] != after.get(name)} == {"decisions.jsonl", "ledger.jsonl"}
    assert set(after) == set(before)
    whole(house.workspace)


def test_one_piece_of_work_at_a_time_and_the_second_loses_nothing(house: House) -> None:
    client = browser(house)
    first = client.post(f"{AT}/decide", data=FORM | {"do": "preview"})
    second = client.post(f"{AT}/decide", data=FORM | {"name": ODD, "why": "mine", "do": "preview"})
    assert second.status_code == 409
    assert "something else is going on" in shown(second.text)
    assert typed(second.text)["why"] == "mine"
    assert client.post(f"{AT}/work", data={"do": "count"}).status_code == 409
    house.jobs.stop()
    third = client.post(f"{AT}/decide", data=typed(second.text) | {"do": "preview"})
    assert third.status_code == 303
    house.jobs.stop()
    assert NEAR.lower() in shown(client.get(first.headers["location"]).text).lower(), "what was asked before is still to be seen"


def test_work_that_fails_says_why_as_text_and_keeps_the_form(house: House) -> None:
    client = browser(house)
    (house.workspace.folder / "decisions.jsonl").write_text("<b>no decision</b>\n", "utf-8")
    job = house.jobs.start("counting", ("count",), what="count", before=house.shelf.last())
    job.done.wait()
    (house.workspace.folder / "decisions.jsonl").unlink()
    text = client.get(f"{AT}/work").text
    assert "this line is no decision" in shown(text)
    house.jobs.start("a preview", ("decide", "--what-if", "--product=none"), ("<b>x</b>", "is"), **FORM).done.wait()
    text = client.get(f"{AT}/work").text
    assert "there is no product `none`" in shown(text)
    assert typed(text)["why"] == FORM["why"]
    assert house.jobs.running is None


def test_a_word_that_no_process_takes_is_an_error_and_nothing_is_going_on(house: House) -> None:
    with pytest.raises(UsageError, match="cannot be started"):
        house.jobs.start("x", ("count",), ("nul\0",))
    assert house.jobs.running is None


def test_a_count_of_the_same_is_the_same_count(house: House) -> None:
    client = browser(house)
    done = finished(client, client.post(f"{AT}/work", data={"do": "count"}).headers["location"])
    assert "it is the same count" in shown(done.text)
    assert "compare?before=" not in done.text
    assert len(folders(house.workspace.counts)) == 1


def test_nothing_else_is_done(house: House) -> None:
    client = browser(house)
    assert client.post(f"{AT}/work", data={"do": "drop"}).status_code == 422
    assert client.get(f"{AT}/decide").status_code == 404
    assert "Nothing is at work" in shown(client.get(f"{AT}/work").text)
    assert client.post(f"{AT}/decide", data=FORM, headers={"Origin": "http://elsewhere"}).status_code == 403
    assert house.workspace.decided() == []


def test_work_that_ignores_being_told_to_stop_is_ended_by_force(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_module, "PATIENCE", 0.2)
    deaf = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    monkeypatch.setattr(job_module, "_START", deaf)
    job = house.jobs.start("for ever", ("count",))
    assert job.process.stdout
    time.sleep(1)  # until it is deaf; one that is not yet is ended all the sooner
    house.jobs.stop()
    assert not job.is_running
    assert job.failed == "it was stopped; nothing was changed"
    assert house.jobs.running is None


def test_a_server_with_work_is_not_idle(house: House) -> None:
    noted = _Noted(app(house), house)
    noted.last -= 100
    assert noted.is_idle(50)
    house.jobs.start("a count", ("count",), what="count", before="")
    assert not noted.is_idle(50)
    house.jobs.stop()
    assert not noted.is_idle(50), "whoever started it is given the time to look"


# -- in a browser ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """A browser."""
    yield from chromium()


@pytest.mark.browser
@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without"])
def test_from_queue_to_changed_count_by_keyboard_alone(with_script: bool, made: Path, tmp_path: Path, engine: Any) -> None:  # noqa: FBT001
    folder = shutil.copytree(made, tmp_path / "work")
    with running(folder) as house:
        context = engine.new_context(java_script_enabled=with_script, viewport={"width": 390, "height": 800})
        page = context.new_page()
        heard: list[str] = []
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.goto(house.link())
        page.wait_for_url("**/last/**")
        page.goto(f"{house.address}{AT}/queues/near-titles")
        page.locator("summary").first.focus()
        page.keyboard.press("Enter")
        for keys in (("Tab", "Space"), ("Tab", "Kaspersky Password"), ("Tab",), ("Tab", "seen by hand")):
            for key in keys:
                page.keyboard.press(key) if key in {"Tab", "Space"} else page.keyboard.type(key)
        page.locator("form:visible input[name=by]").fill("A. Berg")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # see what it would change
        page.wait_for_selector("table.before-after", timeout=60_000)
        assert "+3" in page.inner_text("table.before-after")
        assert page.input_value("textarea[name=why]") == "seen by hand"
        page.locator("button", has_text="Decide").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/decisions"))
        assert "Kept as decision 1" in page.inner_text(".told")
        page.locator("button", has_text="Count again").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Counted again')", timeout=60_000)
        page.locator("a", has_text="To the new count").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".sentence")
        assert last(Workspace(folder)).of(BAN).total.with_it == 4
        assert re.search(r"\b4\b", page.inner_text(".legend"))
        assert not heard
        context.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_nothing(scheme: Any, made: Path, tmp_path: Path, engine: Any) -> None:
    folder = shutil.copytree(made, tmp_path / "work")
    Workspace(folder).decide(Decision(what="link", clues=("hostname=laptop",), why="one", by="A"))
    views.save(folder, "With it", f"{BAN}/hosts?standing=with+it")
    with running(folder) as house:
        context = engine.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.goto(house.link())
        page.wait_for_url("**/last/**")
        pages = ["queues", *(f"queues/{one}" for one in BY_PATH), "decisions", "work", "views", "decide?name=x&publisher=y",
                 "decide?clues=hostname%3Dlaptop", "decide?what=undo&undoes=1", "hosts", "exceptions"]  # fmt: skip
        for path in pages:
            page.goto(f"{house.address}{AT}/{path}")
            for one in page.locator("summary").all():
                one.click()
            found = Axe().run(page).response["violations"]
            assert not found, (path, [(one["id"], [node["html"] for node in one["nodes"]]) for one in found])
        page.locator("form.decide, form.save").first.wait_for()
        context.close()


# -- the form as a decision ------------------------------------------------------------------------------------------------


def test_a_form_is_the_decision_of_the_command_line() -> None:
    assert deciding.decision_of(FORM, BAN) == Decision(
        what="is", name=NEAR, product="password-manager", directive=BAN, why="seen by hand", by="A. Berg"
    )
    assert deciding.decision_of({"what": "undo", "undoes": "3"}, BAN).undoes == 3
    with pytest.raises(FormError):
        deciding.decision_of({"what": "undo", "undoes": "three"}, BAN)
    with pytest.raises(FormError):
        deciding.decision_of(FORM | {"name": "\u200b"}, BAN)


def test_what_is_asked_of_the_command_line_cannot_be_an_option() -> None:
    asks = deciding.what_if(Decision(what="is", name="--json", product="p", publisher="-x", why="--by=me"), ("d",))
    assert asks.named == ("--json", "is")
    assert {"--why=--by=me", "--publisher=-x", "--directive=d"} <= set(asks.command)
