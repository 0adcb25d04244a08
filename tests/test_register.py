"""The registers: every form of a file says the same, every mistake is said with its line, and what they change is the count's."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from tests.months import Said

from fullcount.check import spent
from fullcount.entry import SHOULD_BE, named
from fullcount.errors import SettingsError
from fullcount.register import KINDS, LABELS, Agreement, Registers, files, headings, load, money

HEAD = "PSComputerName,SerialNumber,DisplayName,DisplayVersion,Publisher\n"
FOUND = "Kaspersky Endpoint Security 10 for Windows,10.3,AO Kaspersky Lab"
CLEAN = "7-Zip 16.04,16.04,Igor Pavlov"
AGREEMENTS = """
[[agreements]]
id = "A-1"
supplier = "Händler GmbH"
product = "kes-windows"
kind = "licence"
starts = 2016-01-01
ends = 2018-12-31
licences = 1200
cost = 1200.50
currency = "USD"

[[agreements]]
id = "A-2"
supplier = "=Formula; Ltd"
"""
ROWS = [
    ["ID", "Supplier", "Product", "Kind", "Start date", "ENDS", "Licenses", "Cost", "currency"],
    ["A-1", "Händler GmbH", "kes-windows", "licence", "2016-01-01", "31.12.2018", "1,200", "1,200.50", "USD"],
    ["A-2", "=Formula; Ltd", "", "", "", "", "", "", ""],
]
REMARK = ["# the first", "", "", "", "", "", "", "", ""]


def save(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def delimited(rows: list[list[str]], delimiter: str, end: str = "\r\n") -> str:
    return "".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) + end for row in rows)


def workbook(path: Path, rows: list[list[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        notes = book.add_worksheet("Notes")
        notes.write_row(0, 0, ["Who", "What"])
        notes.write_row(1, 0, ["Ann", "asked the shop"])
        sheet = book.add_worksheet("Agreements")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                else:
                    sheet.write(number, column, cell)


# -- the same by every form ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> Registers:
    folder = tmp_path_factory.mktemp("toml")
    save(folder, "agreements.toml", AGREEMENTS)
    return load(folder)


def test_toml_is_understood(agreed):
    first, second = agreed.agreements
    assert first == Agreement(
        id="A-1",
        supplier="Händler GmbH",
        product="kes-windows",
        kind="licence",
        starts=date(2016, 1, 1),
        ends=date(2018, 12, 31),
        licences=1200,
        cost=Decimal("1200.50"),
        currency="USD",
    )
    assert (second.kind, second.starts, second.cost) == ("other", None, None)
    assert (first.place[-17:], second.place[-18:]) == ("agreements.toml:2", "agreements.toml:13")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimited_text_says_the_same(agreed, tmp_path, encoding, delimiter):
    text = delimited([ROWS[0], REMARK, *ROWS[1:]], delimiter)
    save(tmp_path, "Agreements.CSV", text.encode(encoding))
    found = load(tmp_path)
    assert found == agreed
    assert found.digest == agreed.digest
    assert [one.place.rpartition(":")[2] for one in found.agreements] == ["3", "4"]


def test_a_workbook_says_the_same(agreed, tmp_path):
    typed: list[Any] = [
        "A-1",
        "Händler GmbH",
        "kes-windows",
        "licence",
        date(2016, 1, 1),
        date(2018, 12, 31),
        1200,
        1200.5,
        "USD",
    ]
    workbook(tmp_path / "agreements.xlsx", [ROWS[0], REMARK, typed, ROWS[2]])
    save(tmp_path, "~$agreements.xlsx", b"open elsewhere")
    save(tmp_path, "notes.txt", "no register")
    assert load(tmp_path) == agreed
    assert [path.name for path in files(tmp_path)] == ["agreements.xlsx"]


def test_several_texts_in_a_cell_and_files_of_one_register(tmp_path):
    save(tmp_path, "replacements.csv", "id,name,words,replaces\nx,Falcon,Falcon Sensor; CSFalcon ;,\n")
    save(tmp_path, "replacements.toml", '[[replacements]]\nid = "y"\nname = "Other"\nwords = "Another"\n')
    found = load(tmp_path).replacements
    assert [(one.id, one.words, one.replaces) for one in found] == [
        ("y", ("Another",), ()),
        ("x", ("Falcon Sensor", "CSFalcon"), ()),
    ]


def test_no_registers_are_none(tmp_path):
    assert load(tmp_path / "nowhere") == load(tmp_path) == Registers()


@pytest.mark.parametrize("name", KINDS)
def test_no_heading_can_mean_two_fields(name):
    spelled = [written.replace("_", " ").lower() for one in named(KINDS[name]) for written in {one, LABELS.get(one, one).lower()}]
    assert len(headings(KINDS[name])) == len(spelled)
    assert {str(item.type) for item in named(KINDS[name]).values()} <= set(SHOULD_BE)
    assert [one.name for one in fields(KINDS[name]) if one.name == "place"] == ["place"]


# -- mistakes ----------------------------------------------------------------------------------------------------------------

WRONG = {
    "another register": ("agreement.csv", "id,supplier\n", "", "no register called `agreement`"),
    "TOML": ("contacts.toml", "[[contacts]]\nrole = \n", "2", "Invalid value"),
    "another table": ("contacts.toml", '\n[[contact]]\nrole = "cio"\n', "2", "unknown key `contact`"),
    "key": ("contacts.toml", '[[contacts]]\nrole = "cio"\nname = "A"\nmail = "a@b"\n', "4", "unknown key `mail`"),
    "missing": ("contacts.toml", '# one\n[[contacts]]\nrole = "cio"\n', "2", "`name` is missing"),
    "empty": ("contacts.toml", '[[contacts]]\nrole = "cio"\nname = ""\n', "1", "`name` is empty"),
    "money": ("agreements.toml", '[[agreements]]\nid = "1"\nsupplier = "s"\ncost = -1\n', "4", "`cost` should be an amount"),
    "endless": ("agreements.toml", '[[agreements]]\nid = "1"\nsupplier = "s"\ncost = inf\n', "4", "`cost` should be an amount"),
    "column": ("contacts.csv", "role,name,e-male\ncio,A,x\n", "1", "unknown column `e-male`"),
    "twice": ("contacts.csv", "role,name,telephone,phone\ncio,A,1,2\n", "1", "two columns hold `telephone`"),
    "no column": ("contacts.csv", "a,b\n1,2\n", "1", "no column of it is known"),
    "column missing": ("contacts.csv", "role,email\ncio,x\n", "1", "the column `name` is missing"),
    "cell missing": ("contacts.csv", "role,name\ncio,A\ncfo,\n", "3", "`name` is missing"),
    "width": ("contacts.csv", "role,name\ncio,A\ncio,B\ncfo,C,D,E\n", "4", "not understood"),
    "date": ("waves.csv", "id,starts,ends\n1,2017-13-01,2017-12-31\n", "2", "`starts` should be a date"),
    "day or month": ("waves.csv", "id,starts,ends\n1,01/02/2017,2017-12-31\n", "2", "`starts` should be a date"),
    "backwards": ("waves.csv", "id,starts,ends\n1,2017-12-31,2017-12-01\n", "2", "ends before it starts"),
    "negative": ("agreements.csv", "id,supplier,licences\n1,s,-3\n", "2", "`licences` should be a whole number"),
    "part": ("agreements.csv", "id,supplier,licences\n1,s,1.5\n", "2", "`licences` should be a whole number"),
    "amount": ("agreements.csv", 'id,supplier,cost,currency\n1,s,"1,200",USD\n', "2", "`cost` should be an amount"),
    "kind": ("agreements.csv", "id,supplier,kind\n1,s,rent\n", "2", "`rent` is no value of `kind`"),
    "currency": ("agreements.csv", "id,supplier,cost,currency\n1,s,5,dollar\n", "2", "`dollar` is no currency"),
    "no currency": ("agreements.csv", "id,supplier,cost\n1,s,5\n", "2", "a cost without its currency"),
    "id twice": ("agreements.csv", "id,supplier\n1,s\n2,s\n1,t\n", "4", "`1` is there already"),
    "clue": ("exceptions.csv", "clue,approver,reason,expires\nPC-1,A,b,2017-12-31\n", "2", "names no machine"),
    "impact": ("controls.csv", "capability,impact\ndlp,maybe\n", "2", "`maybe` is no value of `impact`"),
    "workbook": ("contacts.xlsx", "no workbook", "1", "no column of it is known"),
}


@pytest.mark.parametrize("case", WRONG)
def test_every_mistake_is_said_with_its_line(case, tmp_path):
    name, text, line, message = WRONG[case]
    path = save(tmp_path, name, text)
    with pytest.raises(SettingsError) as raised:
        load(tmp_path)
    assert message in raised.value.message
    assert raised.value.place == (f"{path}:{line}" if line else str(path))
    assert raised.value.hint


def test_what_is_nearly_right_is_asked_back(tmp_path):
    for name, text in (("contact.csv", ""), ("contacts.csv", "role,nmae\ncio,A\n"), ("waves.toml", "[[wave]]\n")):
        save(tmp_path / name, name, text)
        with pytest.raises(SettingsError) as raised:
            load(tmp_path / name)
        assert "did you mean" in raised.value.hint


def test_one_id_in_two_files_is_said(tmp_path):
    save(tmp_path, "waves.csv", "id,starts,ends\n1,2017-11-01,2017-12-01\n")
    save(tmp_path, "waves.toml", '[[waves]]\nid = "1"\nstarts = 2017-11-01\nends = 2017-12-01\n')
    with pytest.raises(SettingsError, match="`1` is there already") as raised:
        load(tmp_path)
    assert raised.value.place.endswith("waves.csv:2")


# -- money and terms -----------------------------------------------------------------------------------------------------------


def test_a_licence_for_three_years_of_which_half_has_passed_is_half_sunk(agreed):
    half = spent(agreed.agreements[0], date(2017, 7, 1))
    assert (half.days, half.days_left, half.sunk, half.left) == (1096, 548, Decimal("600.25"), Decimal("600.25"))
    unknown = spent(agreed.agreements[1], date(2017, 7, 1))
    assert (unknown.days, unknown.sunk, unknown.left) == (None, None, None)
    assert spent(agreed.agreements[0], None).sunk is None


@given(st.decimals(0, 10**9, places=2), st.dates(), st.dates(), st.dates())
def test_sunk_and_left_add_up_to_the_cost_and_neither_is_negative(cost, one, other, on):
    starts, ends = sorted([one, other])
    found = spent(Agreement(id="1", supplier="s", starts=starts, ends=ends, cost=cost, currency="EUR"), on)
    assert found.sunk is not None
    assert found.left is not None
    assert found.sunk + found.left == cost
    assert 0 <= found.sunk <= cost
    assert found.days is not None
    assert found.days_left is not None
    assert (found.sunk == cost) or found.days_left
    assert on >= starts or found.sunk == 0


def test_currencies_are_never_added():
    assert money([("USD", Decimal(1)), ("EUR", Decimal(2)), ("USD", None)]) == {"EUR": Decimal(2), "USD": Decimal(1)}


# -- the count -------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which two components were counted. Not to be changed."""
    base = tmp_path_factory.mktemp("counted")
    of = base / "workspace"
    for component, titles in (("Ports", [FOUND, FOUND, CLEAN]), ("Bridges", [FOUND])):
        lines = [f"PC-{component}{turn},5CG71{component[:2]}{turn:03},{title}\n" for turn, title in enumerate(titles)]
        save(base, f"exports/{component}/2017-10-01/programs.csv", HEAD + "".join(lines))
    save(of, "fullcount.toml", 'directives = ["us-dhs-bod-17-01"]\n')
    assert Said("count", base / "exports", "-w", of, "-q").code == 0
    return of


@pytest.fixture
def own(counted: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    import shutil

    return Path(shutil.copytree(counted, tmp_path / "own"))


def account(of: Path) -> dict[str, Any]:
    [one] = Said("count", "-w", of, "--json").document()["accounts"]
    return dict(one)


def test_what_changes_the_count_changes_its_id_and_nothing_else_does(own):
    seen = [account(own)["count"]]
    for name, text, changes in (
        ("contacts.csv", "role,name\ncio,A\n", False),
        ("agreements.toml", AGREEMENTS, False),
        ("attestations.csv", "component,value,unit,name,on,basis\nTunnels,3,systems,B,2017-09-30,walked\n", True),
        ("replacements.csv", "id,name,capabilities,note\nx,Falcon,anti-malware,\n", True),
        ("replacements.csv", "id,name,capabilities,note\nx,Falcon,anti-malware,dear\n", False),
        ("replacements.csv", "id,name,words,capabilities\nx,Falcon,Falcon Sensor,anti-malware\n", True),
        ("exceptions.csv", "clue,approver,reason,expires\nserial=5CG71Po000,CISO,crane,2017-12-31\n", True),
    ):
        save(own, f"registers/{name}", text)
        now = account(own)["count"]
        assert (now not in seen) == changes, name
        seen.append(now)
    inputs = json.loads((own / "counts" / seen[-1] / "inputs.json").read_text("utf-8"))
    assert [one["clue"] for one in inputs["settings"]["exemption"]] == ["serial=5CG71Po000"]
    assert inputs["registers"]["attestations"][0]["component"] == "Tunnels"
    assert account(own)["total"]["exempt"] == 1


def test_an_attestation_is_a_line_of_its_own_and_never_added(own):
    before = account(own)
    save(
        own,
        "registers/attestations.csv",
        "component,value,unit,name,on,basis,directive,product\n"
        "Tunnels,30,systems,A. Person,2017-09-30,walked round,,kes-windows\n"
        "Tunnels,40,systems,A. Person,2017-10-02,after the day of the count,,\n"
        "Tunnels,50,systems,A. Person,2017-09-30,of another directive,au-pspf-002-2025,\n",
    )
    after = account(own)
    [one] = [one for one in after["beside"] if one["name"] == "attested"]
    assert (one["value"], one["unit"], one["list"]) == (30, "systems", "")
    assert one["text"] == ("Tunnels, Kaspersky Endpoint Security for Windows: said by A. Person on 2017-09-30: walked round")
    assert (after["total"], after["components"]) == (before["total"], before["components"])


def test_registers_are_no_exports(own):
    save(own, "registers/contacts.csv", "role,name\ncio,A\n")
    assert account(own)["total"]["systems"] == 4
    assert Said("count", own, "-w", own, "--json").code != 0  # nothing but the workspace's own files is there to be read


# -- commands ------------------------------------------------------------------------------------------------------------------


def test_what_dangles_and_what_is_missing_is_said(own):
    save(
        own,
        "registers/agreements.csv",
        "id,supplier,product,component,starts,ends,cost,currency\n"
        "A-1,Shop,kes-windows,Ports,2017-01-01,2017-12-31,365,USD\n"
        "A-2,Shop,kes-windos,Harbour,,,,\n"
        "A-3,Shop,Office suite,,2017-10-01,2017-10-02,2,EUR\n",
    )
    save(own, "registers/replacements.csv", "id,name,replaces,capabilities\nx,Falcon,kes-windows; nothing,anti-malwear\n")
    save(own, "registers/waves.csv", "id,starts,ends,replacement\n1,2017-11-01,2017-12-01,y\n")
    save(own, "registers/exceptions.csv", "clue,approver,reason,expires\nserial=5CG71Po000,CISO,crane,2017-09-30\n")
    save(own, "registers/components.csv", "component,mission\nPorts,ships\n")
    found = Said("registers", "-w", own, "--json").document()
    assert [(one["what"], one["name"], one["place"]) for one in found["dangling"]] == [
        ("component", "Harbour", "registers/agreements.csv:3"),
        ("product", "kes-windos", "registers/agreements.csv:3"),
        ("product", "nothing", "registers/replacements.csv:2"),
        ("capability", "anti-malwear", "registers/replacements.csv:2"),
        ("replacement", "y", "registers/waves.csv:2"),
    ]
    assert "did you mean `kes-windows`? " in found["dangling"][1]["hint"]
    assert {"register": "components", "what": "no mission function is said of Bridges"} in found["missing"]
    assert {"register": "contacts", "what": "nothing is said"} in found["missing"]
    assert [one["place"] for one in found["expired"]] == ["registers/exceptions.csv:2"]
    assert [(one["component"], one["systems"]) for one in found["without_agreement"]] == [("Bridges", 1)]
    assert found["without_finding"] == ["A-2", "A-3"]
    assert found["as_of"] == "2017-10-01"
    assert (found["sunk"], found["left"]) == ({"EUR": "1.00", "USD": "274.00"}, {"EUR": "1.00", "USD": "91.00"})
    shown = Said("registers", "-w", own, "--all").out
    for text in (
        "registers/agreements.csv:3: no product is called `kes-windos`",
        "A-1 (Shop, other): 91 of 365 days are left; 274.00 USD is sunk, 91.00 USD is left",
        "A-2 (Shop, other): its term is not known",
        "in all EUR: 1.00 is sunk, 1.00 is left",
        "Kaspersky Endpoint Security for Windows, Bridges: 1 systems",
    ):
        assert text in shown
    assert "... " in Said("registers", "-w", own).out


def test_without_a_count_the_files_are_still_checked(tmp_path):
    save(tmp_path, "fullcount.toml", 'directives = ["us-dhs-bod-17-01"]\n')
    save(tmp_path, "registers/agreements.toml", AGREEMENTS)
    found = Said("registers", "-w", tmp_path, "--json").document()
    assert (found["as_of"], found["sunk"], found["without_finding"], found["dangling"]) == (None, {}, [], [])
    assert "nobody can say what is spent" in Said("registers", "-w", tmp_path).out


def test_a_wrong_file_stops_the_count_with_one_error(own):
    save(own, "registers/contacts.csv", "role,nmae\ncio,A\n")
    for command in (["count"], ["registers"]):
        done = Said(*command, "-w", own)
        assert done.error.exit_code == 2
        assert str(done.error).endswith("registers/contacts.csv:1: unknown column `nmae`")


@pytest.mark.parametrize("more", [[], ["--xlsx"]])
def test_new_ones_are_empty_and_nothing_is_overwritten(own, more):
    kept = save(own, "registers/waves.toml", '[[waves]]\nid = "1"\nstarts = 2017-11-01\nends = 2017-12-01\n')
    before = kept.read_bytes()
    found = Said("registers", "new", "-w", own, *more, "--json").document()
    assert (len(found["made"]), found["kept"]) == (len(KINDS) - 1, ["waves"])
    loaded = load(own / "registers")
    assert [name for name in KINDS if getattr(loaded, name)] == ["waves"]
    assert kept.read_bytes() == before
    assert Said("registers", "new", "contacts", "-w", own).out == "contacts is there already, and stays as it is\n"
    assert Said("registers", "new", "contact", "-w", own).error.exit_code == 2


def test_an_import_is_checked_and_replaces_only_when_asked(own, tmp_path):
    good = save(tmp_path, "from the shop.csv", "id;supplier;component\nA-1;Shop;Ports\n")
    done = Said("registers", "import", good, "--as", "agreements", "-w", own)
    assert (done.code, done.out) == (0, "registers/agreements.csv: 1 entries\n")
    assert (own / "registers/agreements.csv").read_bytes() == good.read_bytes()
    assert "is there already" in str(Said("registers", "import", good, "--as", "agreements", "-w", own).error)
    again = save(tmp_path, "again.csv", "id,supplier\nA-1,Shop\nA-2,Shop\n")
    assert Said("registers", "import", again, "--as", "agreements", "--replace", "-w", own, "--json").document()["entries"] == 2
    for name, text, message in (
        ("bad.csv", "id,supplier,component\nA-3,Shop,Prots\n", "no component is called `Prots`"),
        ("bad.csv", "id,supplier,product\nA-3,Shop,kes-windos\n", "no product is called `kes-windos`"),
        ("bad.txt", "id,supplier\n", "a register is no .txt"),
        ("twice.toml", '[[agreements]]\nid = "A-2"\nsupplier = "Shop"\n', "`A-2` is there already"),
    ):
        done = Said("registers", "import", save(tmp_path, name, text), "--as", "agreements", "-w", own)
        assert message in str(done.error)
        assert done.error.exit_code == 2
    assert [one.id for one in load(own / "registers").agreements] == ["A-1", "A-2"]
    written = [json.loads(line) for line in (own / "ledger.jsonl").read_text("utf-8").splitlines()]
    assert sum("register" in json.dumps(line) for line in written) >= 2


# -- the manual -----------------------------------------------------------------------------------------------------------------


def test_the_guide_describes_every_register_and_column():
    text = (Path(__file__).parents[1] / "docs/guides/registers.md").read_text("utf-8")
    described = {row[0].strip(" `"): row[2] for line in text.splitlines() if len(row := line.strip("|").split(" | ")) == 3}
    for name, kind in KINDS.items():
        columns = dict.fromkeys(re.findall(r"`(\w+)`", described[name]))
        assert list(columns) == list(named(kind)), name
        labels = {LABELS[one].lower() for one in columns if one in LABELS and f"`{one}` (" in described[name]}
        assert all(f"({label}" in described[name].lower() for label in labels)
