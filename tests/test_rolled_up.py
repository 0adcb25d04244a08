"""The roll-up as an office has it: taken in, put together, kept, shown, written, published and sealed again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.offices import BRIDGES, ID, PORTS, TUNNELS, about, chain, key, place, returned, save, sealed

from fullcount import ledger, office
from fullcount.cli import cli
from fullcount.directive import find
from fullcount.envelope import parsed, written_secret
from fullcount.errors import FullcountError
from fullcount.forms import FORMS
from fullcount.papers.rollup import made as paper_of
from fullcount.public import public
from fullcount.report import Account
from fullcount.sealed import returned as read
from fullcount.workspace import folders

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from fullcount.office import Kept
    from fullcount.paper import Paper
    from fullcount.workspace import Workspace

ON = "2017-10-20"
SHARED = {"serial": "5CG7SHARED1"}
MACHINES = {
    PORTS: [("with it", {"serial": f"5CG7P{turn:05}"}) for turn in range(8)] + [("without it", SHARED)],
    BRIDGES: [("without it", {"serial": f"5CG7B{turn:05}"}) for turn in range(9)] + [("with it", SHARED)],
}


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, list(map(str, words)))


def wrong(*words: str | Path) -> FullcountError:
    """What a command says of what a person must change."""
    error = run(*words).exception
    assert isinstance(error, FullcountError)
    return error


def returns(folder: Path) -> Path:
    """Ports found it and shares a machine with Bridges; Tunnels sent nothing, and somebody nobody knows did."""
    files = {name.split()[0].lower(): sealed(returned(name, machines=some)) for name, some in MACHINES.items()}
    return save(folder, **files, broken=files["ports"][:-40] + b"}")


def rolled(of: Workspace) -> Kept:
    [folder] = folders(of.rollups)
    return office.load(folder)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Result]:
    """An office with a roll-up, and what the command said."""
    top = tmp_path_factory.mktemp("office")
    of = place(top / "office")
    said = run("rollup", returns(top / "in"), "-w", of.folder, "--on", ON)
    assert said.exit_code == 0, said.output
    return of, said


def test_a_folder_of_returns_becomes_one_count(there: tuple[Workspace, Result]) -> None:
    of, said = there
    account = rolled(of).account
    assert (account.total.systems, account.total.with_it, account.overlap) == (18, 9, 1)
    assert [(one.component, one.systems, one.with_it) for one in account.components] == [
        (PORTS, 9, 9),  # the shared machine has it, whoever says so
        (BRIDGES, 10, 1),
    ], "Tunnels, for which Bridges speaks, has no line of noughts"
    assert said.stdout.startswith("9 of 18 systems have it")
    assert "not-an-envelope" in said.stderr
    assert "2 accepted" in said.stderr
    # Tunnels is a part of Bridges, whose return speaks for it
    assert {one.component: one.state for one in account.returns if one.component} == dict.fromkeys(
        (PORTS, BRIDGES, TUNNELS), "counts"
    )


def test_asking_again_keeps_one_roll_up_and_one_line(there: tuple[Workspace, Result]) -> None:
    of, said = there
    again = run("rollup", "-w", of.folder, "--on", ON)
    assert again.stdout == said.stdout
    assert len(folders(of.rollups)) == 1
    assert [one.what for one in ledger.entries(of.ledger)].count("rollup") == 1


def test_json_is_the_account_that_is_kept(there: tuple[Workspace, Result]) -> None:
    of, _ = there
    document = json.loads(run("rollup", "-w", of.folder, "--on", ON, "--json").stdout)
    assert document["schema"] == "fullcount.rollup/1"
    assert Account.of(document["account"]) == rolled(of).account


def test_every_form_is_written(there: tuple[Workspace, Result], tmp_path: Path) -> None:
    of, _ = there
    said = run("rollup", "-w", of.folder, "--on", ON, "--form", "html", "--form", "csv", "--form", "json", "-o", tmp_path)
    assert said.exit_code == 0, said.output
    names = {path.name for path in tmp_path.iterdir()}
    stem = f"{ID}-rollup-2017-10-11-{rolled(of).account.count}"
    assert {f"{stem}.html", f"{stem}.csv", f"{stem}-returns.csv", f"{stem}-host_list.csv", f"{stem}.json"} <= names
    rows = (tmp_path / f"{stem}-host_list.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == 18 + 1
    assert "5CG7" not in "".join(rows)


def test_a_second_list_is_set_against_the_returns(tmp_path: Path) -> None:
    of = place(tmp_path / "office")
    before = run("rollup", returns(tmp_path / "in"), "-w", of.folder, "--on", ON)
    sensor = tmp_path / "dns.csv"
    sensor.write_text("component,system,seen_on\n" + "".join(f"PB,10.0.0.{turn},2017-10-09\n" for turn in range(14)), "utf-8")
    said = run("rollup", "-w", of.folder, "--on", ON, "--sensor", sensor)
    assert "the office's own list names 14 systems (2017-10-09); its return says 8 (more than the return)" in " ".join(
        said.stdout.split()
    )
    assert said.stdout != before.stdout
    assert len(folders(of.rollups)) == 2, "another list makes another roll-up"
    sensor.write_text("component,system\nPorts Buro,1\n", "utf-8")
    error = wrong("rollup", "-w", of.folder, "--on", ON, "--sensor", sensor)
    assert error.place.endswith("dns.csv:2")
    assert "Ports Bureau" in error.hint


def test_what_is_missing_before_anything_can_be_put_together(tmp_path: Path) -> None:
    some = save(tmp_path / "in", ports=sealed(returned(PORTS)))
    assert "no workspace" in wrong("rollup", "-w", tmp_path / "nowhere").message
    command = ("rollup", some, "-w", tmp_path / "office")
    assert wrong(*command).message == "which components report?"
    (tmp_path / "office/tree.csv").write_text(f"name\n{PORTS}\n", "utf-8")
    assert "whose signatures count?" in wrong(*command).message
    assert wrong("rollup", "-w", tmp_path / "office").message == "no return was accepted"


def test_a_correction_supersedes_and_a_gap_needs_a_reason(tmp_path: Path) -> None:
    of = place(tmp_path / "office")
    (_, first), (_, second), (_, third) = chain(PORTS, 3)
    command = partial(run, "rollup", "-w", of.folder, "--on", ON)
    command(save(tmp_path / "a", one=first, two=second))
    states = [(one.sequence, one.state) for one in office.named(of).account.returns if one.component == PORTS]
    assert sorted(states) == [(1, "superseded"), (2, "counts")]
    other = place(tmp_path / "other")
    gapped = run("rollup", save(tmp_path / "b", three=third), "-w", other.folder, "--on", ON)
    assert "gap" in gapped.stderr
    why = run("rollup", tmp_path / "b", "-w", other.folder, "--on", ON, "--accept-gap", PORTS, "--why", "the mail was lost")
    assert why.exit_code == 0
    assert office.named(other).account.total.with_it == 3
    assert office.named(other, rolled_name(other)).account == office.named(other).account
    with pytest.raises(Exception, match="no roll-up, or more than one"):
        office.named(other, "f00")


def rolled_name(of: Workspace) -> str:
    return office.named(of).folder.name


def test_a_roll_up_is_sealed_and_rolled_up_again(there: tuple[Workspace, Result], tmp_path: Path) -> None:
    of, _ = there
    secret = tmp_path / "key"
    secret.write_bytes(written_secret(key(PORTS), None))
    said = run("seal", "-w", of.folder, "--rollup", "last", "--component", PORTS, "--key", secret, "-o", tmp_path / "up/all.json")
    assert said.exit_code == 0, said.output
    up = read(parsed((tmp_path / "up/all.json").read_bytes()).body)
    assert up.tokens is not None
    assert len(up.tokens.systems.standing) == 18
    top = place(tmp_path / "top")
    again = run("rollup", tmp_path / "up", "-w", top.folder, "--on", ON)
    assert again.exit_code == 0, again.output
    numbers = ("systems", "with_it", "exempt", "not_covered", "without_it", "looked_at")
    assert [getattr(rolled(top).account.total, one) for one in numbers] == [
        getattr(rolled(of).account.total, one) for one in numbers
    ]
    error = wrong("seal", "-w", of.folder, "--rollup", "last", "--component", PORTS, "--with-hosts")
    assert "knows no machine by name" in error.message


def test_returns_without_tokens_are_added_and_that_is_sealed_without_any(tmp_path: Path) -> None:
    of = place(tmp_path / "office")
    run("rollup", save(tmp_path / "in", a=sealed(returned(PORTS, tokens=False))), "-w", of.folder, "--on", ON)
    kept = office.named(of)
    assert office.to_seal(kept, PORTS).tokens is None
    assert [one.name for one in kept.account.beside] == ["found it", "in several returns", "not to be told apart"]


def test_small_numbers_are_not_published(there: tuple[Workspace, Result], tmp_path: Path) -> None:
    of, _ = there
    said = run("rollup", "-w", of.folder, "--on", ON, "--public", "--form", "json", "-o", tmp_path)
    assert said.exit_code == 0, said.output
    [written] = tmp_path.iterdir()
    document = json.loads(written.read_text("utf-8"))
    assert "-rollup-public-" in written.name
    assert [one["id"] for one in document["listings"]] == ["returns"]
    told = [one["component"] for one in document["account"]["components"] if one["systems"]]
    assert told == ["2 components, together"], "what Bridges alone has is a small number"
    assert document["account"]["sources"] == []
    figures = {one["id"] for section in document["sections"] for one in section["figures"]}
    assert "with_it" in figures
    assert not {"found_it", "nil"} & figures, "who found none would tell who found some"


def test_fullcount_alone_says_what_an_office_does_next(
    there: tuple[Workspace, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of, _ = there
    monkeypatch.chdir(of.folder)
    said = run().stdout
    assert "9 of 18 systems have it" in said
    assert "fullcount seal --rollup last" in said
    monkeypatch.chdir(place(tmp_path / "new").folder)
    first = run().stdout
    assert "fullcount rollup RETURNS" in first
    assert "seal" not in first


def test_the_directive_says_when_returns_are_due() -> None:
    assert office.due_by(find(ID)) == date(2017, 10, 13)
    assert office.due_by(replace(find(ID), clocks=())) is None


def test_which_directive_is_meant(tmp_path: Path) -> None:
    of = place(tmp_path / "office")
    tree = replace(office_tree(), directive="")
    with pytest.raises(Exception, match="no return was accepted"):
        office.directive_of(of, tree, "")
    for name in (ID, "au-pspf-002-2025"):
        with of.writing():
            ledger.append(of.ledger, "return accepted", directive=name)
        if name == ID:
            assert office.directive_of(of, tree, "") == ID
    with pytest.raises(Exception, match="under which directive"):
        office.directive_of(of, tree, "")
    assert office.directive_of(of, tree, "us-x") == "us-x"


def office_tree() -> Any:
    from tests.offices import tree

    return tree()


# -- the paper -------------------------------------------------------------------------------------------------------------


@cache
def paper(*, is_public: bool = False) -> Paper:
    account = odd()
    return paper_of(public(account) if is_public else account, {}, rows={}, is_public=is_public)


@cache
def odd() -> Account:
    """A roll-up in which everything happened that a paper must tell."""
    from fullcount.arrival import Accepted, Refused
    from fullcount.report import Estimate
    from fullcount.rollup import Asked, rollup

    own = Estimate(what="systems", verdict="estimate", low=18, centre=20, high=23.4, text="about 20")
    ports = returned(
        PORTS,
        with_it=40,
        without_it=60,
        not_covered=9,
        range_with_it=replace(returned(PORTS, with_it=40).account.range_with_it, low=31),
    )
    ports = replace(ports, account=replace(ports.account, estimates=(own,)))
    accepted = [Accepted(said=ports, received=date(2017, 10, 30), signers=("A", "B"))]
    refused = [Refused(component=BRIDGES, reasons=("a <b>byte</b> was changed",), received=date(2017, 10, 12), sequence=1)]
    sensor = [{"component": BRIDGES, "system": "10.0.0.1", "seen_on": "2017-10-01"}]
    asked = Asked(hierarchy=office_tree(), directive=about(), on=date(2017, 11, 13), due=date(2017, 10, 13), sensor=sensor)
    return rollup(accepted, refused, asked).account


def test_the_paper_says_who_reported() -> None:
    tables = {table.id: table for section in paper().sections for table in section.tables}
    shown = {str(row[0]): row for row in tables["returns"].rows}
    assert shown[PORTS][1] == "counts, return 1, late"
    assert shown[BRIDGES][1] == "refused, return 1"
    assert shown[TUNNELS][1:3] == ("missing", None), "nothing was said, which is no nought"
    assert tables["own_list"].rows[0][3] == "no return"
    assert tables["estimates"].rows
    figures = {one.id: (one.value, one.of) for section in paper().sections for one in section.figures}
    assert (figures["found_it"], figures["reported"], figures["refused"]) == ((1, 1), (1, 3), (1, None))
    states = [figures[name][0] for name in ("reported", "spoken_for", "turned_away", "missing", "awaited")]
    assert states == [1, 0, 1, 1, 0], "each component is in one state"


@pytest.mark.parametrize("form", FORMS, ids=lambda one: one.name)
@pytest.mark.parametrize("is_public", [False, True])
def test_every_form_bears_it(form: Any, is_public: bool, tmp_path: Path) -> None:  # noqa: FBT001
    for one in form.files(paper(is_public=is_public)):
        with (tmp_path / f"x{one.suffix}").open("wb") as file:
            one.write(file)
        data = (tmp_path / f"x{one.suffix}").read_bytes()
        assert data
        assert b"<b>byte" not in data or form.name != "html"
