"""Sealing: nothing that names a machine leaves the house, returns follow one another, and what was sealed stays."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from tests.accounts import small
from tests.months import Said, save
from tests.returns import made

from fullcount import ledger
from fullcount.clue import normal
from fullcount.envelope import Envelope, new_key, pae, parsed, signers, written, written_secret
from fullcount.errors import ReturnError, UsageError, WorkspaceError
from fullcount.outward import outward
from fullcount.pseudonym import derived, tokens
from fullcount.pseudonym import written as written_key
from fullcount.register import Reply
from fullcount.report import Beside, ReturnLine
from fullcount.seal import Asked, seal, stated
from fullcount.sealed import STANDINGS, TOKEN_KINDS, Statement, returned, unsound
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MARK = "zqxmark"  # in every name that must not leave the house
PACK = "us-dhs-bod-17-01"
COMPONENT = "Ports Bureau"
TOML = f"""
organisation = "{COMPONENT}"
directives = ["{PACK}"]
[[table]]
match = "*inventory*.csv"
name = "inventory"
lists = "all software"
[table.columns]
hostname = "Host"
serial = "Serial"
uuid = "Uuid"
mac = "Mac"
fqdn = "Fqdn"
manufacturer = "Maker"
asset_tag = "Tag"
os = "Os"
ou = "Ou"
owner = "Owner"
site = "Site"
looked_at = "Looked"
name = "Program"
publisher = "Publisher"
path = "Path"
user = "User"
[[component]]
name = "{COMPONENT}"
prefix = ["{MARK}"]
[[exemption]]
clue = "serial=5CG7100002"
approver = "{MARK}"
reason = "{MARK}"
expires = 2018-01-31
[[outside]]
clue = "serial=5CG7100009"
reason = "the desk of {MARK}"
"""
HEAD = "Host,Serial,Uuid,Mac,Fqdn,Maker,Tag,Os,Ou,Owner,Site,Looked,Program,Publisher,Path,User\n"
KES = "Kaspersky Endpoint Security 10 for Windows", "AO Kaspersky Lab"
CLEAN = "7-Zip 16.04", "Igor Pavlov"
NEAR = f"Kaspersky Endpoint Security 10 {MARK}", "Acme Packaging Ltd"
OTHER = f"Kaspersky Rescue {MARK}", "Acme Packaging Ltd"
UUID = "564d4cbc-c6a9-1969-0000-000000000001"
OEM = "To be filled by O.E.M."
# Of each machine: serial, UUID, MAC, maker, what was seen.
MACHINES = [
    ("5CG7100001", UUID, "3C:52:82:11:22:33", "HP", KES),
    ("5CG7100002", "", "02:00:00:11:22:34", "HP", KES),
    ("5CG7100003", "", "", "Hewlett-Packard", NEAR),
    ("5CG7100004", "", "3C:52:82:11:22:35", "", CLEAN),
    (OEM, "", "3C:52:82:11:22:36", "Dell Inc.", OTHER),
    (OEM, "", "", "", CLEAN),
    ("5CG7100009", "", "", "", KES),
]
KEY = derived(bytes(32), PACK, "2017")
SECRET, SECOND = new_key(), new_key()
ON = date(2017, 10, 12)


def rows(machines: Sequence[tuple[str, str, str, str, tuple[str, str]]]) -> str:
    lines = []
    for turn, (serial, uuid, mac, maker, seen) in enumerate(machines):
        name = f"{MARK}-{MACHINES.index(machines[turn])}"
        about = (
            f"{MARK}-tag{name}",
            "Windows 10",
            f"OU={MARK}",
            MARK,
            MARK,
            "2017-10-10",
            *seen,
            f"C:\\Users\\{MARK}\\x.exe",
            MARK,
        )
        lines.append(",".join((name, serial, uuid, mac, f"{name}.example.gov", maker, *about)))
    return HEAD + "\n".join(lines) + "\n"


def workspace(folder: Path, machines: Sequence[tuple[str, str, str, str, tuple[str, str]]]) -> Path:
    of = folder / "workspace"
    save(of, "fullcount.toml", TOML)
    save(folder, f"exports/{MARK}-inventory-2017-10-10.csv", rows(machines))
    save(folder, f"exports/{MARK}.zzz", f"{MARK}\x00")
    assert Said("read", folder / "exports", "-w", of, "-q").code == 0
    assert Said("decide", OTHER[0], "is-not", "--product", "kes-windows", "-w", of, "--why", MARK).code == 0
    assert Said("count", "-w", of, "-q").code == 0
    return of


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace in which everything that may be called something is called MARK, and keys. Not to be changed."""
    base = tmp_path_factory.mktemp("seal")
    workspace(base, MACHINES)
    for name, key in (("key", SECRET), ("second", SECOND)):
        (base / name).write_bytes(written_secret(key, None))
        (base / f"{name}.pub").write_text(key.public.text(), "utf-8")
    (base / "locked").write_bytes(written_secret(SECOND, b"secret word"))
    (base / "tokens").write_text(written_key(KEY), "utf-8")
    return base


@pytest.fixture
def office(counted: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    shutil.copytree(counted, tmp_path / "office")
    return tmp_path / "office"


def sealing(office: Path, *more: str | Path) -> Said:
    return Said("seal", "-w", office / "workspace", "--key", office / "key", *more)


def entries(office: Path) -> list[ledger.Entry]:
    return ledger.entries(office / "workspace/ledger.jsonl")


def accounts(office: Path) -> Path:
    """The file of accounts of the only count."""
    [found] = (office / "workspace/counts").glob("*/accounts.json")
    return found


# -- what leaves the house ---------------------------------------------------------------------------------------------------


def test_no_name_leaves_the_house(office):
    out = office / "return.json"
    said = sealing(office, "--tokens", office / "tokens", "-o", out)
    assert said.code == 0, said.error
    body = parsed(out.read_bytes()).body
    packed = json.loads(body)["predicate"]["tokens"]["systems"]
    assert MARK in accounts(office).read_text("utf-8")  # there was something to be left out
    for data in (out.read_bytes(), body, *map(base64.b64decode, packed.values())):
        assert MARK.encode() not in data.lower()
        assert b"5cg71" not in data.lower()
    assert "goes out: 18 tokens of 6 systems" in said.error_text
    assert "stays here: names, addresses and serial numbers" in said.error_text


def test_return_is_the_count(office):
    out = office / "return.json"
    sealing(office, "--tokens", office / "tokens", "-o", out)
    one = returned(parsed(out.read_bytes()).body)
    [account] = json.loads(accounts(office).read_text("utf-8"))
    assert list(unsound(one)) == []
    total = one.account.total
    assert (total.systems, total.with_it, total.exempt, total.without_it, total.not_covered) == (6, 1, 1, 2, 2)
    assert asdict(total) == account["total"]
    assert one.account.sentence == account["sentence"]
    assert one.kept == hashlib.sha256(accounts(office).read_bytes()).hexdigest()
    [source] = one.account.sources
    assert (source.name, source.notes, source.digest) == ("", (), account["sources"][0]["digest"])
    assert "1 files could not be used." in one.account.warnings
    assert [line.text for line in one.account.beside if line.name == "out of population"] == [""]
    assert [text for text in account["methods"] if f"person decided that {OTHER[0]}" in text]
    assert not [text for text in one.account.methods if "person decided that" in text]
    assert one.producer.startswith("fullcount ")


def test_tokens_are_those_of_clues_that_identify(office):
    out = office / "return.json"
    sealing(office, "--tokens", office / "tokens", "-o", out)
    found = returned(parsed(out.read_bytes()).body).tokens
    assert found
    wanted = set()
    for serial, uuid, mac, maker, _ in MACHINES[:-1]:  # the last is out of the population
        clues = [("uuid", uuid), ("manufacturer", maker)]
        clues += [("serial", serial)] if serial != OEM else []
        clues += [("mac", mac)] if not mac.startswith("02") else []  # random
        wanted |= {normal(kind, value) for kind, value in clues if value}
    wanted |= {("fqdn", f"{MARK}-{turn}.example.gov") for turn in range(6)}
    made_by_hand = {(kind, tokens(KEY, kind, [key])[0].tobytes()) for kind, key in filter(None, wanted)}
    systems = found.systems
    assert {(TOKEN_KINDS[kind], token.tobytes()) for kind, token in zip(systems.kind, systems.token, strict=True)} == made_by_hand
    assert found.check == KEY.check


def systems_of(folder: Path) -> Any:
    out = folder / "return.json"
    assert Said("seal", "-w", folder / "workspace", "--tokens", folder / "tokens", "-o", out).code == 0
    one = returned(parsed(out.read_bytes()).body).tokens
    assert one
    return one.systems


def test_order_of_systems_says_nothing(office, tmp_path):
    turned = tmp_path / "turned"
    workspace(turned, MACHINES[::-1])
    shutil.copy(office / "tokens", turned)
    one, other = systems_of(office), systems_of(turned)
    for name in type(one).__dataclass_fields__:
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    joining = [bytes(token) for kind, token in zip(one.kind, one.token, strict=True) if TOKEN_KINDS[kind] != "manufacturer"]
    owners = [of for kind, of in zip(one.kind, one.of, strict=True) if TOKEN_KINDS[kind] != "manufacturer"]
    smallest = [min(token for token, of in zip(joining, owners, strict=True) if of == system) for system in range(6)]
    assert smallest == sorted(smallest)


def test_contradicted_is_told_apart(office):
    systems = systems_of(office)
    by_token = {token.tobytes(): int(of) for token, of in zip(systems.token, systems.of, strict=True)}
    stands = {}
    for serial in ("5CG7100001", "5CG7100002", "5CG7100003", "5CG7100004"):
        at = by_token[tokens(KEY, "serial", [serial])[0].tobytes()]
        stands[serial] = (STANDINGS[systems.standing[at]], int(systems.covered[at]))
    assert stands == {
        "5CG7100001": ("with it", 1),
        "5CG7100002": ("exempt", 1),
        "5CG7100003": ("contradicted", 1),
        "5CG7100004": ("without it", 1),
    }


def test_hosts_go_only_where_it_was_asked_for(office):
    out = office / "return.json"
    said = sealing(office, "--with-hosts", "-o", out)
    one = returned(parsed(out.read_bytes()).body)
    assert one.hosts
    assert {row["name"] for row in one.hosts} == {f"{MARK}-{turn}" for turn in range(6)}
    assert list(unsound(one)) == []
    assert "GOES OUT: the names and clues of 6 systems" in said.error_text
    assert "stays here: every machine; without --tokens" in said.error_text
    assert "has the names of 6 systems in it" in Said("cosign", out, "--key", office / "second").out


def test_what_names_something_goes_out_of_any_account():
    told = (
        f"12 files could not be used ({MARK}.xls, a).\n{MARK} (b).",
        "Ports: the inventories of 3 of its 5 systems stand still.",
    )
    named = replace(
        small(),
        sources=tuple(replace(one, name=MARK, notes=(MARK,), collected_how=MARK) for one in small().sources),
        beside=(
            Beside(name="out of population", value=2, unit="machines", text=f"desk of {MARK}", list="apart"),
            Beside(name="out of population", value=3, unit="machines", text=f"lent to {MARK}", list="apart"),
            Beside(
                name="scope silent: tools", value=1, unit="systems", text="something that the directive does not decide about"
            ),
            Beside(name="attested", value=7, unit="systems", text="Lakes: said by Ann on 2017-10-01: asked"),
        ),
        methods=("It was looked for.", f"A person decided that {MARK} is not it (3 systems)."),
        warnings=told,
        extra={"note": MARK},
    )
    found = outward(named)
    assert MARK not in json.dumps(found.document())
    assert [(one.name, one.value, one.text) for one in found.beside] == [
        ("out of population", 5, ""),
        ("scope silent: tools", 1, "something that the directive does not decide about"),
        ("attested", 7, "Lakes: said by Ann on 2017-10-01: asked"),
    ]
    assert found.warnings == ("12 files could not be used.", told[1])
    assert found.methods == ("It was looked for.",)
    assert (found.total, found.components, found.tools) == (named.total, named.components, named.tools)


def test_a_roll_up_keeps_its_texts():
    line = ReturnLine(component="Ports", state="counts", text="", signers=("Ann",))
    whole = replace(small(), returns=(line,), extra={"a": 1})
    assert outward(whole).sources == whole.sources
    assert outward(whole).beside == whole.beside
    assert outward(whole).returns == (line,)


# -- one after the other -----------------------------------------------------------------------------------------------------


def test_returns_follow_one_another(office):
    first = sealing(office).code
    before = entries(office)
    again = Said("seal", "-w", office / "workspace", "--json").document()
    assert (first, again["is_new"], again["sequence"]) == (0, False, 1)
    assert len(entries(office)) == len(before)
    last = before[-1]
    assert last.what == "seal"
    assert last.facts["ledger"] == before[-2].digest
    second = Said("seal", "-w", office / "workspace", "--statement", "all_components=yes", "--json").document()
    assert (second["sequence"], second["previous"], second["is_new"]) == (2, last.facts["digest"], True)
    other = Said("seal", "-w", office / "workspace", "--component", "Lakes Bureau", "--json").document()
    assert (other["sequence"], other["previous"]) == (1, "")
    sent = sorted((office / "workspace/returns/sent").iterdir())
    assert [path.name for path in sent] == sorted(
        f"{PACK}-{one['sequence']}-{one['digest'][:12]}.json" for one in (again, second, other)
    )
    for path in sent:
        assert returned(parsed(path.read_bytes()).body).digest[:12] in path.name


def test_same_return_takes_one_more_signature(office):
    sealing(office)
    said = Said("seal", "-w", office / "workspace", "--key", office / "second", "--json").document()
    assert said["signers"] == [SECRET.public.id, SECOND.public.id]
    [file] = (office / "workspace/returns/sent").iterdir()
    assert len(signers(parsed(file.read_bytes()), [SECRET.public, SECOND.public])) == 2
    assert entries(office)[-1].what == "cosign"
    file.unlink()  # lost: the same bytes are made again
    assert sealing(office, "--json").document()["digest"] == said["digest"]
    assert returned(parsed(file.read_bytes()).body).digest == said["digest"]


def test_exports_beside_returns_are_still_all_that_is_read(office):
    sealing(office)
    said = Said("read", office / "workspace", "-w", office / "workspace", "-q")
    assert "there is no file in what was given" in str(said.error)


def kept(tmp_path: Path) -> Workspace:
    of: Workspace = Workspace.create(tmp_path / "kept")
    return of


def asked(**changes: Any) -> Asked:
    one = made(**changes)
    return Asked(component=one.component, account=one.account, kept=one.kept, tokens=one.tokens, statements=one.statements)


def test_what_is_kept_can_be_sealed_by_whoever_made_it(tmp_path):
    done = seal(kept(tmp_path), asked(), keys=[SECRET], on=ON)
    assert done.of.ledger == ledger.START
    assert signers(done.envelope, [SECRET.public]) == (SECRET.public,)
    assert done.of.tokens


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"as_of": ""}, "this count has none"), ({"as_of": "2017-10-13"}, "which is after today")],
)
def test_a_return_has_a_day_that_is_over(tmp_path, changes, told):
    with pytest.raises(UsageError, match=told):
        seal(kept(tmp_path), asked(**changes), keys=[], on=ON)


def test_an_older_count_does_not_follow_a_newer_one(tmp_path):
    of = kept(tmp_path)
    seal(of, asked(), keys=[], on=ON)
    with pytest.raises(UsageError, match="a return as of 2017-10-11 was sealed already"):
        seal(of, asked(as_of="2017-10-10"), keys=[], on=ON)
    assert seal(of, asked(with_it=3), keys=[], on=ON).of.sequence == 2  # a corrected one, of the same day


def test_what_does_not_add_up_is_not_sealed(tmp_path):
    of = kept(tmp_path)
    with pytest.raises(WorkspaceError, match="the count does not add up: the components have 8 systems less an overlap of 1"):
        seal(of, asked(overlap=1), keys=[], on=ON)
    with pytest.raises(ReturnError, match="it names no component"):
        seal(of, replace(asked(), component=""), keys=[], on=ON)
    assert not of.returns.exists()
    assert not of.ledger.exists()


# -- what is said ------------------------------------------------------------------------------------------------------------


def test_statements_are_answers_of_the_registers_and_of_the_command():
    answers = [
        Reply(question="all_components", answer="no", directive="", text="less\none"),
        Reply(question="all_components", answer="yes", directive=PACK),
        Reply(question="methods", answer="yes", directive="other"),
        Reply(question="challenges", answer="none", directive=PACK, paper="plan"),
    ]
    assert stated(answers, PACK, {}) == (
        Statement(id="all_components", answer="no", text="less\\u{a}one"),
        Statement(id="challenges", answer="none"),
    )
    assert stated(answers, PACK, {"all_components": "yes"})[0] == Statement(id="all_components", answer="yes")


def test_answers_of_the_registers_are_sealed(office):
    save(office / "workspace", "registers/answers.csv", "question,answer\nall_components,yes\n")
    said = sealing(office)
    assert "says: all_components = yes" in said.out
    assert "it does not say whether it includes all components" not in said.error_text


@pytest.mark.parametrize("text", ["", "x", "x=", "=yes"])
def test_statement_is_a_name_and_an_answer(office, text):
    assert sealing(office, "--statement", text).code == 2


def test_statement_is_made_once(office):
    assert sealing(office, "--statement", "a=1", "--statement", "a=2").code == 2


# -- the commands ------------------------------------------------------------------------------------------------------------


def test_seal_says_whose_return_it_is(office):
    toml = office / "workspace/fullcount.toml"
    toml.write_text(toml.read_text("utf-8").replace(f'organisation = "{COMPONENT}"', ""), "utf-8")
    said = sealing(office)
    assert "whose return is it?" in str(said.error)
    assert "--component" in said.error.hint


def test_token_key_is_for_the_directive(office):
    (office / "tokens").write_text(written_key(derived(bytes(32), "other", "2017")), "utf-8")
    assert "this token key is for other" in str(sealing(office, "--tokens", office / "tokens").error)


def test_keys_are_unlocked(office):
    save(office, "word", "secret word\n")
    save(office, "empty", "")
    locked = ("--key", office / "locked", "--passphrase-file")
    assert SECOND.public.id in sealing(office, *locked, office / "word").out
    assert "passphrase" in str(sealing(office, *locked, office / "empty").error)
    assert "passphrase" in str(sealing(office, *locked[:2]).error)
    said = sealing(
        office, "--key", office / "locked", "--key", office / "second", *locked[2:], office / "word", *locked[2:], office / "word"
    )
    assert "which passphrase is for which key?" in str(said.error)
    assert "cannot be read" in str(sealing(office, "--key", office / "nothing").error)


def test_second_person_reads_and_signs(office):
    out, into = office / "return.json", office / "both.json"
    assert "signed by nobody yet" in Said("seal", "-w", office / "workspace", "-o", out).out
    assert Said("cosign", out, "--key", office / "key").code == 0
    said = Said("cosign", out, "--key", office / "second", "-o", into)
    assert f"return 1 of {COMPONENT} under {PACK}" in said.out
    assert "systems have it" in said.out
    found = [signers(parsed(path.read_bytes()), [SECRET.public, SECOND.public]) for path in (out, into)]
    assert found == [(SECRET.public,), (SECRET.public, SECOND.public)]
    before = into.read_bytes()
    assert Said("cosign", into, "--key", office / "second").code == 0
    assert into.read_bytes() == before


def test_signature_made_outside_is_added(office):
    out, bytes_, value = office / "return.json", office / "pae", office / "sig"
    Said("seal", "-w", office / "workspace", "-o", out)
    assert Said("cosign", out, "--pae", bytes_).code == 0
    envelope = parsed(out.read_bytes())
    assert bytes_.read_bytes() == pae(envelope.kind, envelope.body)
    value.write_bytes(SECRET.sign(bytes_.read_bytes()))
    assert "whose signature is it?" in str(Said("cosign", out, "--signature", value).error)
    other = Said("cosign", out, "--signature", value, "--public", office / "second.pub")
    assert "does not hold" in str(other.error)
    assert Said("cosign", out, "--signature", value, "--public", office / "key.pub").code == 0
    assert signers(parsed(out.read_bytes()), [SECRET.public]) == (SECRET.public,)


def test_nobody_signs_what_is_no_return(office, monkeypatch):
    out = office / "other.json"
    assert "who signs?" in str(Said("cosign", out).error)
    out.write_bytes(written(Envelope("text/plain", b"pay me")))
    assert "this envelope holds `text/plain`" in str(Said("cosign", out, "--key", office / "key").error)
    out.write_bytes(written(Envelope("application/vnd.in-toto+json", b"{}")))
    assert "this is no return" in str(Said("cosign", out, "--key", office / "key").error)
    monkeypatch.setattr("fullcount.commands.seal.MOST", 9)
    assert "is larger than" in str(Said("cosign", out, "--key", office / "key").error)
