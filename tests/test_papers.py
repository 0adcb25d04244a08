"""The papers: what is asked is answered from the count and the registers, or is a gap; nothing is said without its coverage."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.months import CLEAN, FOUND, HEAD, Said, save
from tests.packs import BOD

from fullcount.chain import kept_counts, last
from fullcount.console import engine
from fullcount.errors import UsageError
from fullcount.paper import NOT_APPLICABLE, UNABLE, YES, Facts, Paper
from fullcount.papers import KINDS
from fullcount.papers.asked import asked
from fullcount.papers.identify import ASKS as IDENTIFY_ASKS
from fullcount.papers.plan import ASKS
from fullcount.papers.status import forecast
from fullcount.paperwork import Wanted, gathered
from fullcount.register import Registers
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = {kind.name: kind for kind in KINDS}
MADE = {kind.name: kind.made for kind in KINDS}
TOML = """
organisation = "Department of Examples"
directives = ["us-dhs-bod-17-01"]
[[component]]
name = "Transport"
[[component]]
name = "Ports"
parent = "Transport"
"""
# Machines by component and number; what each of two months shows of them.
MACHINES = {
    ("Ports", 1): (FOUND, FOUND),
    ("Ports", 2): (FOUND, CLEAN),
    ("Ports", 3): (FOUND, CLEAN),
    ("Roads", 4): (FOUND, FOUND),
    ("Roads", 5): (CLEAN, CLEAN),
}
MONTHS = ("2017-09-01", "2017-10-01")
LISTED = """
[[table]]
name = "list"
match = "seen.csv"
lists = "machines"
[table.columns]
hostname = "Host"
serial = "Serial"
"""
REGISTERS = {
    "contacts": """
[[contacts]]
role = "contact"
name = "Ada Example"
telephone = "+1 202 555 0100"
email = "ada@example.gov"
[[contacts]]
role = "preparer"
name = "Bo Example"
[[contacts]]
role = "CIO"
name = "Cy Example"
""",
    "components": """
[[components]]
component = "Ports"
mission = "Runs the ports"
[[components]]
component = "Roads"
mission = "Keeps the roads"
[[components]]
component = "Transport"
mission = "All of transport"
""",
    "agreements": """
[[agreements]]
id = "A-1"
supplier = "Reseller Inc."
kind = "licence"
starts = 2016-10-02
ends = 2018-10-01
cost = 1000
currency = "USD"
""",
    "replacements": """
[[replacements]]
id = "shield"
name = "Example Shield"
capabilities = ["anti-malware", "anti-exploit", "patching", "web-filtering", "whitelisting", "network-access", "anti-spam",
  "encryption", "mobile-devices", "dlp", "sandboxing", "other"]
state = "chosen"
starts = 2017-11-01
ends = 2017-12-31
cost = 500
currency = "USD"
""",
    "controls": "".join(
        f'[[controls]]\ncapability = "{name}"\nimpact = "{impact}"\n'
        for name, impact in (
            *(("anti-malware", "yes"), ("anti-exploit", "yes"), ("patching", "no"), ("web-filtering", "n/a")),
            *(("whitelisting", "unable"), ("network-access", "no"), ("anti-spam", "no"), ("encryption", "no")),
        )
    ),
    "challenges": """
[[challenges]]
text = "Ships are at sea"
""",
    "waves": """
[[waves]]
id = "first"
component = "Transport"
starts = 2017-12-12
ends = 2017-12-31
replacement = "shield"
poam = "P-7"
[[waves]]
id = "rest"
starts = 2018-01-01
ends = 2018-01-31
""",
    "answers": "".join(
        f'[[answers]]\nquestion = "{name}"\nanswer = "{answer}"\n'
        for name, answer in (
            ("all_components", "yes"),
            ("re_entry", "unable"),
            ("third_parties", "n/a"),
            ("constraints", "None."),
        )
    ),
}


def exports(folder: Path) -> Path:
    for turn, month in enumerate(MONTHS):
        for component in ("Ports", "Roads"):
            rows = [
                f"PC-{number},5CG710000{number},{shown[turn]}\n"
                for (place, number), shown in MACHINES.items()
                if place == component
            ]
            save(folder, f"{component}/{month}/programs.csv", HEAD + "".join(rows))
    save(folder, "Roads/2017-10-01/seen.csv", "Host,Serial\nPC-6,5CG7100006\n")
    return folder


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two counted months, and no register. Not to be changed."""
    base = tmp_path_factory.mktemp("papers")
    of = base / "workspace"
    save(of, "fullcount.toml", TOML + LISTED)
    for month in MONTHS:
        assert Said("count", exports(base / "exports"), "-w", of, "-q", "--as-of", month).code == 0
    return of


@pytest.fixture
def registers(tmp_path: Path) -> Registers:
    """Everything that a plan asks for."""
    from fullcount.register import load

    for name, text in REGISTERS.items():
        save(tmp_path, f"registers/{name}.toml", text)
    return load(tmp_path / "registers")


@pytest.fixture
def facts(workspace: Path) -> Iterator[Facts]:
    of = Workspace(workspace)
    with engine(of) as one:
        yield gathered(of, one, Wanted(kind=KIND["status"], counted=last(of), directive=BOD))


def with_registers(facts: Facts, registers: Registers) -> Facts:
    """The same facts, had the registers been there."""
    from fullcount.paperwork import costs
    from fullcount.plan import plan

    planned = plan(facts.account, facts.lists, registers)
    spent = tuple(costs(registers, date.fromisoformat(facts.account.as_of)))
    return replace(facts, registers=registers, waves=planned.waves, scheduled=planned.batches, costs=spent)


def for_paper(facts: Facts, name: str) -> Facts:
    return replace(facts, demand=next((one for one in BOD.reports if one.id == name), None))


def nothing_found(facts: Facts, *, looked_at: int) -> Facts:
    total = replace(facts.account.total, with_it=0, exempt=0, looked_at=looked_at)
    lines = tuple(replace(line, with_it=0, exempt=0) for line in facts.account.components)
    return replace(facts, account=replace(facts.account, total=total, components=lines, products=()), waves=(), lost=())


def answers(paper: Paper) -> dict[str, Any]:
    return {one.id: one for section in paper.sections for one in section.answers}


def tables(paper: Paper) -> dict[str, Any]:
    return {one.id: one for section in paper.sections for one in section.tables}


def figures(paper: Paper) -> dict[str, Any]:
    return {one.id: one for section in paper.sections for one in section.figures}


def rows(listing: Any) -> list[dict[str, Any]]:
    found = [row for batch in listing.batches() for row in batch.to_pylist()]
    assert len(found) == listing.rows, listing.id
    return found


# -- all of them ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MADE)
def test_numbers_are_those_of_the_account_and_lists_have_as_many_rows(facts, name):
    paper = MADE[name](for_paper(facts, name))
    total = facts.account.total
    found = figures(paper)
    for one in ("systems", "with_it", "exempt", "not_covered", "without_it", "looked_at"):
        assert found[one].value == getattr(total, one)
    assert found["with_it"].sure == total.with_it_label
    assert paper.sentence == facts.account.sentence
    for listing in paper.listings:
        rows(listing)
        assert all(batch.schema.names == [one.id for one in listing.columns] for batch in listing.batches())
    for table in tables(paper).values():
        assert all(len(row) == len(table.columns) for row in (*table.rows, *((table.total,) if table.total else ())))


@pytest.mark.parametrize("name", MADE)
def test_what_is_missing_is_a_gap_with_the_place_where_it_is_said(facts, registers, name):
    bare = MADE[name](for_paper(facts, name))
    assert bare.is_draft
    assert {one.where.split(":")[0].split(";")[0].split(" ")[0] for one in bare.gaps} <= {
        "fullcount.toml",
        *(f"registers/{register}.toml" for register in REGISTERS),
    }
    whole = MADE[name](for_paper(with_registers(facts, registers), name))
    assert whole.gaps == ()
    assert not whole.is_draft
    assert [(one.role, one.name) for one in whole.signatories] == [
        ("Prepared by", "Bo Example"),
        ("Chief Information Officer", "Cy Example"),
    ]


@pytest.mark.parametrize("name", MADE)
def test_a_directive_that_asks_for_nothing_is_answered_in_words_of_any_directive(facts, registers, name):
    paper = MADE[name](replace(with_registers(facts, registers), demand=None))
    assert paper.title
    assert paper.gaps == ()


def test_the_marking_and_the_draft_are_in_the_name_of_the_file(facts):
    paper = MADE["identify"](replace(for_paper(facts, "identify"), marking="CUI//SP-X"))
    assert paper.stem == f"CUI-SP-X-us-dhs-bod-17-01-identify-2017-10-01-{facts.account.count}-DRAFT"
    assert replace(paper, gaps=()).stem.endswith(facts.account.count)


def test_due_dates_are_those_of_the_directive(facts):
    due = {name: MADE[name](for_paper(facts, name)).due for name in MADE}
    assert {name: one.on for name, one in due.items() if one} == {
        "identify": date(2017, 10, 13),
        "plan": date(2017, 11, 12),
        "status": date(2018, 1, 11),
    }


# -- what was found ------------------------------------------------------------------------------------------------------


def test_that_none_were_found_is_never_said_without_how_much_was_looked_at(facts):
    paper = MADE["identify"](for_paper(nothing_found(facts, looked_at=5), "identify"))
    said = answers(paper)["none_found"]
    assert said.value == YES
    assert "5 of 6 systems that could be looked at" in said.text
    assert any("5 of 6 systems" in text for text in paper.sections[0].paragraphs)
    assert "1 could not be looked at" in said.text


def test_where_nothing_was_looked_at_nobody_can_say_that_none_were_found(facts):
    paper = MADE["identify"](for_paper(nothing_found(facts, looked_at=0), "identify"))
    assert answers(paper)["none_found"].value == UNABLE
    assert answers(paper)["products"].value == UNABLE
    assert "none_found" in {one.id for one in paper.gaps}


def test_what_was_found_is_said_by_product_and_component(facts):
    paper = MADE["identify"](for_paper(facts, "identify"))
    assert answers(paper)["none_found"].value == NOT_APPLICABLE
    assert answers(paper)["endpoints"].value == "at least 2 of 6 systems"
    assert {row[1:] for row in tables(paper)["products_by_component"].rows} >= {("Ports", 1), ("Roads", 1)}
    listed = {one.id: rows(one) for one in paper.listings}
    assert sorted(row["name"] for row in listed["systems"]) == ["PC-1", "PC-4"]
    assert [row["name"] for row in listed["not_covered"]] == ["PC-6"]
    assert {row["host_name"] for row in listed["evidence"] if row["counts"]} == {"PC-1", "PC-2", "PC-3", "PC-4"}


def test_users_are_left_out_where_they_are_not_wanted(facts):
    import pyarrow as pa

    batch = next(facts.lists("findings"))
    users = pa.array([r"C:\Users\ann\x.exe", r"D:\y.exe", None, r"C:\Users\ann\x.exe"] * batch.num_rows).slice(0, batch.num_rows)
    batch = batch.set_column(batch.schema.get_field_index("path"), "path", users)
    seen = replace(for_paper(facts, "identify"), lists=lambda name: iter([batch]) if name == "findings" else facts.lists(name))
    plain, without = (MADE["identify"](replace(seen, without_users=one)) for one in (False, True))
    found = {paper.without_users: next(one for one in paper.listings if one.id == "evidence") for paper in (plain, without)}
    assert "user" in {one.id for one in found[False].columns}
    assert "user" not in {one.id for one in found[True].columns}
    assert any("ann" in (row["path"] or "") for row in rows(found[False]))
    assert {row["path"] for row in rows(found[True])} <= {r"~\x.exe", r"D:\y.exe", None}


# -- the plan ------------------------------------------------------------------------------------------------------------


def test_elements_are_lettered_in_the_order_of_the_directive(facts, registers):
    paper = MADE["plan"](for_paper(with_registers(facts, registers), "plan"))
    lettered = [section.title for section in paper.sections if section.title[1:2] == "."]
    assert [title[0] for title in lettered] == list("abcdefghijklmn")
    assert lettered[0] == "a. Agency name"
    assert all(one.value for one in answers(paper).values())
    assert answers(paper)["contact"].value == "Ada Example, +1 202 555 0100, ada@example.gov"


def test_the_first_wave_that_fits_takes_a_system_and_each_is_in_one(facts, registers):
    planned = with_registers(facts, registers)
    assert [(one.wave, one.systems) for one in planned.waves] == [("first", 1), ("rest", 1)]  # Ports is a part of Transport
    paper = MADE["plan"](for_paper(planned, "plan"))
    assert tables(paper)["waves"].total[4] == facts.account.total.with_it
    systems = {row["name"]: (row["wave"], row["replacement"]) for row in rows(paper.listings[0])}
    assert systems == {"PC-1": ("first", "Example Shield"), "PC-4": ("rest", "")}


def test_what_no_wave_takes_is_said_and_has_no_day(facts, registers):
    planned = with_registers(facts, replace(registers, waves=registers.waves[:1]))
    assert [(one.wave, one.ends, one.systems) for one in planned.waves] == [("first", date(2017, 12, 31), 1), ("", None, 1)]
    paper = MADE["plan"](for_paper(planned, "plan"))
    assert "1 system is in no wave" in next(one.what for one in paper.gaps if one.id == "timeline")


def testcosts_are_told_with_what_is_sunk_and_never_added_up(facts, registers):
    paper = MADE["plan"](for_paper(with_registers(facts, registers), "plan"))
    costs = tables(paper)["costs"]
    assert costs.total == ()
    assert costs.rows == (
        ("A-1", "licence", "USD", Decimal(1000), Decimal("500.00"), Decimal("500.00")),
        ("Example Shield", "replacement", "USD", Decimal(500), None, None),
    )


def test_what_was_found_and_never_bought_is_listed(facts):
    found = tables(MADE["plan"](for_paper(facts, "plan")))["without_agreement"]
    assert {row[1] for row in found.rows} >= {"Ports", "Roads"}


def test_where_nothing_is_found_what_is_asked_if_applicable_is_no_gap(facts):
    paper = MADE["plan"](for_paper(nothing_found(facts, looked_at=6), "plan"))
    missing = {one.id for one in paper.gaps}
    assert not missing & {"mission", "timeline", "controls", "replacement", "replacement_timeline", "components"}
    assert {"contact", "agreements", "challenges", "costs"} <= missing


def test_a_reply_goes_before_what_is_derived(facts, registers):
    ask = next(one for one in ASKS if one.id == "agreements")
    reply = replace(registers.answers[0], question="agreements", answer="no", text="None was ever signed.")
    told = asked(replace(facts, registers=Registers(answers=(reply,))), "plan", ask)
    assert (told.answer.value, told.answer.text, told.gaps) == ("No", "None was ever signed.", ())
    other = replace(reply, directive="another", paper="plan")
    assert asked(replace(facts, registers=Registers(answers=(other,))), "plan", ask).gaps


def test_a_field_that_nobody_knows_is_asked_of_the_register_of_answers(facts):
    ask = replace(IDENTIFY_ASKS[0], id="model", label="Model number")
    assert [one.where for one in asked(facts, "article", ask).gaps] == ['registers/answers.toml: [[answers]] question = "model"']
    assert asked(facts, "article", replace(ask, required="no")).gaps == ()
    assert asked(facts, "article", replace(ask, required="if known")).gaps == ()


# -- how far it is -------------------------------------------------------------------------------------------------------


def test_what_is_left_is_what_was_found_less_what_was_verified(facts):
    paper = MADE["status"](for_paper(facts, "status"))
    found = figures(paper)
    assert (found["found"].value, found["removed"].value, found["residual"].value) == (4, 2, 2)
    assert tables(paper)["verified"].total[1] == 4
    listed = {one.id: rows(one) for one in paper.listings}
    assert sorted(row["name"] for row in listed["verified"] if row["state"] == "removed") == ["PC-2", "PC-3"]


def test_changes_are_those_since_the_last_count_of_an_earlier_day(facts):
    assert facts.before
    assert facts.before.as_of == MONTHS[0]
    paper = MADE["status"](for_paper(facts, "status"))
    assert ("removed", 2) in tables(paper)["changes"].rows
    assert "4 of 5 systems had it" in next(one for one in paper.sections if one.id == "changes").paragraphs[0]


def test_a_pace_is_an_estimate_with_what_it_rests_on(facts, registers):
    told = list(forecast(with_registers(facts, registers)))
    assert told[0] == "By the plan the last wave ends on 2018-01-31."
    assert told[1].startswith("Estimate: 2 fewer in 30 days; at that pace the 2 that are left would be gone on 2017-10-31.")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda facts: replace(facts, before=None), "that takes an earlier count"),
        (lambda facts: replace(facts, before=replace(facts.before, as_of="")), "that takes an earlier count"),
        (lambda facts: replace(facts, before=replace(facts.before, total=facts.account.total)), "did not fall"),
        (
            lambda facts: replace(facts, before=replace(facts.before, total=replace(facts.before.total, looked_at=99))),
            "may be less sight",
        ),
    ],
)
def test_no_pace_is_said_where_nothing_shows_one(facts, change, why):
    assert why in list(forecast(change(facts)))[-1]


def test_where_nothing_is_left_there_is_nothing_to_forecast(facts):
    assert list(forecast(nothing_found(facts, looked_at=5))) == ["Nothing is left to be removed on what could be looked at."]


# -- the command -----------------------------------------------------------------------------------------------------------


def test_a_paper_is_written_in_the_forms_that_are_asked_for_and_its_gaps_are_said_first(workspace, tmp_path):
    said = Said("report", "identify", "-w", workspace, "-o", tmp_path, "--form", "json", "--form", "csv", "--json")
    told = said.document()
    assert told["is_draft"]
    assert {one["id"] for one in told["gaps"]} == {"all_components", "preparer", "cio"}
    names = {path.name for path in tmp_path.iterdir()}
    assert {Path(path).name for path in told["files"]} == names
    stem = f"us-dhs-bod-17-01-identify-2017-10-01-{told['count']}-DRAFT"
    assert {f"{stem}.json", f"{stem}.csv", f"{stem}-systems.csv", f"{stem}.csv-metadata.json"} <= names
    lines = Said("report", "identify", "-w", workspace, "-o", tmp_path, "--form", "json")
    assert lines.out.strip().endswith(".json")
    assert 'question = "all_components"' in lines.error_text


@pytest.mark.parametrize("name", MADE)
def test_every_form_of_every_paper_is_written_and_written_again_to_the_byte(workspace, tmp_path, name):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        assert Said("report", name, "-w", workspace, "-o", folder).code == 0
    files = sorted(path.name for path in first.iterdir())
    assert {Path(file).suffix for file in files} == {".pdf", ".xlsx", ".csv", ".json", ".html"}
    assert files == sorted(path.name for path in second.iterdir())
    assert all((first / file).read_bytes() == (second / file).read_bytes() for file in files)


def test_one_form_goes_to_stdout(workspace):
    said = Said("report", "plan", "-w", workspace, "--form", "json", "-o", "-")
    assert json.loads(said.out)["id"] == "plan"
    two = Said("report", "plan", "-w", workspace, "--form", "json", "--form", "html", "-o", "-")
    assert isinstance(two.error, UsageError)


def test_the_count_to_compare_with_can_be_named(workspace, tmp_path):
    first = next(one.folder.name for one in kept_counts(Workspace(workspace)) if one.of().as_of == MONTHS[0])
    now = Said("report", "status", "-w", workspace, "--form", "json", "-o", "-", "--since", first)
    changes = next(one for one in json.loads(now.out)["sections"] if one["id"] == "changes")
    assert MONTHS[0] in changes["paragraphs"][0]
    then = Said("report", "status", "-w", workspace, "--form", "json", "-o", "-", "--count", first)
    changes = next(one for one in json.loads(then.out)["sections"] if one["id"] == "changes")
    assert changes["paragraphs"] == ["There is no earlier count to compare with."]


@pytest.mark.parametrize(
    "words",
    [
        ("nothing",),
        ("identify", "--form", "doc"),
        ("identify", "--since", "nosuch"),
        ("hosts", "--form", "json"),
        ("csv", "--without-users"),
        ("plan", "--count", "nosuch"),
    ],
)
def test_what_there_is_not_is_one_clear_error(workspace, words):
    assert isinstance(Said("report", *words, "-w", workspace).error, UsageError)
