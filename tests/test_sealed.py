"""A return: what is sealed comes back as it was, what is wrong in it is told, and what does not add up with both numbers."""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts import ODD, SHA
from tests.returns import DIRECTIVE, PRODUCT, Machine, made
from tests.tries import tries

from fullcount.errors import EnvelopeError, ReturnError
from fullcount.outward import outward
from fullcount.report import (
    HOSTS,
    Beside,
    Estimate,
    FamilyLine,
    OverlapLine,
    PairLine,
    ProductLine,
    Range,
    ReasonLine,
    RelinkLine,
    ReturnLine,
    SensorLine,
)
from fullcount.sealed import MOST_FAULTS, Return, Statement, Systems, canonical, returned, statement, unsound
from fullcount.typed import LONGEST, faults

if TYPE_CHECKING:
    from collections.abc import Callable

MACHINES: list[Machine] = [
    ("with it", {"serial": "5CG7100001", "mac": "3C:52:82:11:22:33", "manufacturer": "HP"}),
    ("exempt", {"serial": "5CG7100002"}),
    ("contradicted", {"uuid": "564d4cbc-c6a9-1969-0000-000000000001"}),
    ("without it", {}),
    ("not covered", {"fqdn": "pc5.example.gov"}),
]
ROW: dict[str, Any] = dict.fromkeys(HOSTS) | {"host": "serial:5CG7100001", "standing": "with it", "records": 1}
COLUMNS = list(Systems.__dataclass_fields__)


def several() -> Return:
    """One of everything."""
    one = made(
        machines=MACHINES, sequence=2, previous=SHA, statements=(Statement(id="all_components", answer="no", text="less one"),)
    )
    rows = tuple(ROW | {"standing": standing} for standing in ("with it", "exempt", "not covered", "without it", "not covered"))
    return replace(one, hosts=rows, account=replace(one.account, **worked_out()))


def worked_out() -> dict[str, Any]:
    """What a roll-up says besides."""
    return {
        "estimates": (Estimate(what="with it", verdict="range", low=1.5, centre=2.0, high=9.25, text="By two lists."),),
        "returns": (
            ReturnLine(component="Ports Bureau", state="counts", text="", signers=("Ann",), systems=5, with_it=1, looked_at=4),
        ),
        "sensors": (SensorLine(component="Ports Bureau", seen=3, with_it=None, verdict="no return", text="Nothing to compare."),),
        "relinks": (RelinkLine(kind="serial", pairs=3, able=2, again=1),),
        "beside": (Beside(name="residue", value=1, unit="systems", text="left", list="findings"),),
        "extra": {"a": [1, 2.5, None, True, {"b": "c"}]},
    }


@cache
def document() -> bytes:
    return statement(several())


def same(one: Return, other: Return) -> bool:
    if (one.tokens is None) != (other.tokens is None):
        return False
    bare = replace(one, tokens=None) == replace(other, tokens=None)
    if one.tokens is None or other.tokens is None:
        return bare
    mine, others = one.tokens, other.tokens
    about = [(of.period, of.check, of.scheme, of.norm) for of in (mine, others)]
    return (
        bare
        and about[0] == about[1]
        and all(np.array_equal(getattr(mine.systems, name), getattr(others.systems, name)) for name in COLUMNS)
    )


# -- there and back ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", [made(), made(tokens=False), several(), made(with_it=0, without_it=0, not_covered=0)])
def test_what_is_sealed_comes_back(one):
    sealed = statement(one)
    found = returned(sealed)
    assert same(found, one)
    assert found.digest == hashlib.sha256(sealed).hexdigest()
    assert statement(found) == sealed
    assert list(unsound(found)) == []


def test_statement_is_one_of_in_toto_in_canonical_form():
    whole = json.loads(document())
    assert document() == json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert whole["_type"] == "https://in-toto.io/Statement/v1"
    [account, accounts] = whole["subject"]
    bare = json.dumps(whole["predicate"]["account"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert account == {"name": "account.json", "digest": {"sha256": hashlib.sha256(bare).hexdigest()}}
    assert accounts == {"name": "accounts.json", "digest": {"sha256": SHA}}
    assert "hosts" not in json.loads(statement(made()))["predicate"]


def test_columns_are_little_endian_numbers_of_the_widths_that_are_told():
    of_a_row = 100
    packed = json.loads(statement(made(with_it=of_a_row, without_it=200, not_covered=0)))["predicate"]["tokens"]["systems"]
    raw = {name: base64.b64decode(text) for name, text in packed.items()}
    assert [len(raw[name]) for name in ("standing", "covered", "kind", "token", "of")] == [300, 300, 300, 4800, 1200]
    assert [len(raw[name]) for name in ("foundOn", "product", "foundKind", "foundGrade")] == [400, 200, 100, 100]
    assert [int.from_bytes(raw["of"][at : at + 4], "little") for at in (0, 4, 1196)] == [0, 1, 299]


@pytest.mark.parametrize("name", ODD)
def test_any_account_can_be_sent(name):
    odd = replace(ODD[name], as_of="2017-10-11", directive=dict(ODD[name].directive) | DIRECTIVE)
    one = replace(made(tokens=False), account=outward(odd))
    assert same(returned(statement(one)), one)


# -- what is wrong in it -----------------------------------------------------------------------------------------------------


def altered(change: Callable[[Any], object], *, fitting: bool = True) -> bytes:
    """The document after a change; `fitting`: with the digest that its account then has."""
    whole = json.loads(document())
    change(whole)
    if fitting:
        with suppress(KeyError, TypeError, IndexError):  # the change may have left no place for it
            account = canonical(whole["predicate"]["account"])
            whole["subject"][0]["digest"]["sha256"] = hashlib.sha256(account).hexdigest()
    return canonical(whole)


def put(path: str, value: Any) -> Callable[[Any], object]:
    """Puts a value at a place; `...` takes away what is there."""

    def change(whole: Any) -> None:
        *above, last = [int(part) if part.isdigit() else part for part in path.split("/")]
        for part in above:
            whole = whole[part]
        if value is ...:
            del whole[last]
        else:
            whole[last] = value

    return change


def packed(*numbers: int, width: int = 1) -> str:
    return base64.b64encode(b"".join(one.to_bytes(width, "little") for one in numbers)).decode()


ACCOUNT, TOKENS = "predicate/account", "predicate/tokens/systems"
TWICE = base64.b64encode(bytes(16) * 6).decode()
WRONG = [
    ("_type", "https://in-toto.io/Statement/v0.1", "its type is"),
    ("predicateType", "https://slsa.dev/provenance/v1", "its type is"),
    ("predicate", [], "its type is"),
    ("predicate/account/schema", "fullcount.account/2", "its account has the schema 'fullcount.account/2'"),
    ("more", 1, "there is no `more`"),
    ("predicate/more", 1, "there is no `more`"),
    (f"{ACCOUNT}/more", 1, "there is no `more`"),
    ("predicate/ledger", ..., "`ledger` is missing"),
    ("predicate/ledger/sha256", SHA.upper(), "ledger.sha256: here must be a text that fits"),
    (f"{ACCOUNT}/total", ..., "`total` is missing"),
    (f"{ACCOUNT}/total", [], "total: here must be a mapping"),
    (f"{ACCOUNT}/total/systems", True, "total.systems: here must be a whole number"),
    (f"{ACCOUNT}/total/systems", -1, "total.systems: here must be a whole number"),
    (f"{ACCOUNT}/total/systems", 5.0, "total.systems: here must be a whole number"),
    (f"{ACCOUNT}/total/systems", 1 << 53, "total.systems: here must be a whole number"),
    (f"{ACCOUNT}/total/expected", "5", "total.expected: here must be a whole number"),
    (f"{ACCOUNT}/components", {}, "components: here must be a list"),
    (f"{ACCOUNT}/products/0/kinds", [], "kinds: here must be a mapping"),
    (f"{ACCOUNT}/products/0/kinds/installed", None, "kinds.installed: here must be a whole number"),
    (f"{ACCOUNT}/estimates/0/low", "1", "estimates[0].low: here must be a number"),
    (f"{ACCOUNT}/estimates/0/low", True, "estimates[0].low: here must be a number"),
    (f"{ACCOUNT}/sentence", None, "sentence: here must be a text"),
    (f"{ACCOUNT}/sentence", "a\nb", "has the character U+000A"),
    (f"{ACCOUNT}/sentence", "a\u202eb", "has the character U+202E"),
    (f"{ACCOUNT}/sentence", "a" * (LONGEST + 1), "20,001 characters are more than 20,000"),
    (f"{ACCOUNT}/extra", {"a\x07": 1}, "has the character U+0007"),
    (f"{ACCOUNT}/extra", {"a": 1e300}, "extra.a: this number is too large"),
    (f"{ACCOUNT}/returns/0/is_nil", 1, "is_nil: here must be true or false"),
    ("predicate/hosts/0/records", "1", "hosts[0].records: here must be a whole number"),
    ("predicate/hosts/0/password", "1", "there is no `password`"),
    ("predicate/hosts", [], "its list of hosts has none"),
    ("predicate/previous", SHA, "previous: here must be a mapping"),
    ("predicate/previous", None, "it is number 2, and names no return before it"),
    ("predicate/sequence", 1, "it is number 1, and names a return before it"),
    ("predicate/sequence", 0, "it is number 0, and names a return before it"),
    ("predicate/asOf", "2017-10-12", "it is as of 2017-10-12, and its account as of 2017-10-11"),
    ("predicate/directive/id", "bod-17-02", "the directive of the return is not that of its account"),
    ("predicate/directive/version", "2", "the directive of the return is not that of its account"),
    ("predicate/component", " ", "it names no component"),
    ("predicate/statements", [{"id": "a", "answer": "yes", "text": ""}] * 2, "a statement is made twice"),
    ("predicate/tokens/scheme", "md5", "its tokens are made by md5"),
    ("predicate/tokens/keyCheck", "xyz", "keyCheck: here must be a text that fits"),
    ("predicate/tokens/period", "a|b", "period: here must be a text that fits"),
    ("subject/1/name", "other.json", "its subjects are not account.json and accounts.json"),
    ("subject/1", ..., "its subjects are not account.json and accounts.json"),
    (f"{TOKENS}/of", 1, "systems.of: here must be a text"),
    (f"{TOKENS}/of", "AAA=", "systems.of: is no base64 of numbers of 4 bytes"),
    (f"{TOKENS}/of", "????", "systems.of: is no base64 of numbers of 4 bytes"),
    (f"{TOKENS}/of", "\u0430AAA", "systems.of: is no base64 of numbers of 4 bytes"),
    (f"{TOKENS}/covered", packed(1), "the columns standing, covered of its systems are 5, 1 long"),
    (f"{TOKENS}/of", packed(1, width=4), "the columns kind, token, of of its systems are 6, 6, 1 long"),
    (
        f"{TOKENS}/product",
        packed(0, width=2),
        "the columns found_on, product, found_kind, found_grade of its systems are 2, 1, 2, 2",
    ),
    (f"{TOKENS}/standing", packed(0, 1, 2, 3, 5), "the column standing of its systems says 5, and there are 5"),
    (f"{TOKENS}/covered", packed(1, 1, 1, 1, 2), "the column covered of its systems says 2, and there are 2"),
    (f"{TOKENS}/kind", packed(0, 0, 0, 0, 0, 8), "the column kind of its systems says 8, and there are 8"),
    (f"{TOKENS}/of", packed(0, 0, 0, 1, 2, 5, width=4), "the column of of its systems says 5, and there are 5"),
    (f"{TOKENS}/foundOn", packed(0, 5, width=4), "the column found_on of its systems says 5, and there are 5"),
    (f"{TOKENS}/product", packed(0, 1, width=2), "the column product of its systems says 1, and there are 1"),
    (f"{TOKENS}/foundKind", packed(0, 99), "the column found_kind of its systems says 99, which is no rank"),
    (f"{TOKENS}/foundGrade", packed(0, 99), "the column found_grade of its systems says"),
    (f"{TOKENS}/token", TWICE, "2 tokens stand twice at one system"),
    (f"{TOKENS}/foundOn", packed(0, 0, width=4), "a product is found twice on one system"),
]


@pytest.mark.parametrize(("path", "value", "told"), WRONG, ids=[f"{path}={str(value)[:20]!a}" for path, value, _ in WRONG])
def test_what_is_wrong_is_told(path, value, told):
    with pytest.raises(ReturnError) as caught:
        returned(altered(put(path, value)))
    assert any(told in one for one in caught.value.faults), caught.value.faults


def test_account_must_be_the_one_of_its_digest():
    with pytest.raises(ReturnError, match="the digest of the account is not that of the account in it"):
        returned(altered(put(f"{ACCOUNT}/total/with_it", 0), fitting=False))


@pytest.mark.parametrize("day", ["", "2017-10-32", "20171011", "11.10.2017", "2017-10-11T00:00:00"])
def test_it_has_a_day(day):
    def change(whole: Any) -> None:
        whole["predicate"]["asOf"] = whole["predicate"]["account"]["as_of"] = day

    with pytest.raises(ReturnError, match="is no day"):
        returned(altered(change))


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b'"text"', b"{}", b'{"_type":1}', b'{"_type":[],"predicateType":{}}'])
def test_other_documents_are_no_returns(payload):
    with pytest.raises((ReturnError, EnvelopeError)):
        returned(payload)


def test_all_faults_are_told_up_to_a_number():
    def change(whole: Any) -> None:
        for name in list(whole["predicate"]["account"])[:-1]:
            if name != "schema":
                whole["predicate"]["account"][name] = None

    with pytest.raises(ReturnError) as caught:
        returned(altered(change))
    assert len(caught.value.faults) == MOST_FAULTS
    assert str(caught.value).endswith(f"(and {MOST_FAULTS - 1} more)")


VALUES = st.sampled_from([None, True, -1, 0, 1.5, 1 << 60, "", "x", "\x00", [], {}, [0], {"a": 0}, ...])


@tries(300)
@given(st.data())
def test_whatever_is_changed_is_refused_or_read(data):
    whole = json.loads(document())
    at: Any = whole
    path: list[Any] = []
    while isinstance(at, dict | list) and at and (not path or data.draw(st.booleans())):
        path.append(data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else list(range(len(at))))))
        at = at[path[-1]]
    payload = altered(put("/".join(map(str, path)), data.draw(VALUES)), fitting=data.draw(st.booleans()))
    try:
        found = returned(payload)
    except (ReturnError, EnvelopeError):
        return
    assert statement(found) == payload
    list(unsound(found))


# -- what does not add up ----------------------------------------------------------------------------------------------------


def uneven(**changes: Any) -> list[str]:
    return list(unsound(made(tokens=False, **changes)))


BASE = made(tokens=False).account
LINE = BASE.components[0]
TOOL = BASE.tools[0]
[FOUND] = BASE.products
PART = replace(LINE, component="Docks", parent="Ports Bureau", depth=1)
UNEVEN: list[tuple[dict[str, Any], str]] = [
    ({"total": replace(BASE.total, systems=9)}, "the total: 9 systems, and its standings add up to 8"),
    ({"total": replace(BASE.total, looked_at=9)}, "the total: 9 systems looked at, of 8"),
    ({"components": (replace(LINE, looked_at=4),)}, "Ports Bureau: 5 systems without it, and 4 looked at"),
    ({"components": (replace(LINE, shared=9),)}, "Ports Bureau: 9 systems shared, of 8"),
    ({"components": (LINE, LINE)}, "2 components have 1 names"),
    (
        {"components": (replace(LINE, systems=9, with_it=3),)},
        "the components have 9 systems less an overlap of 0, and the total 8",
    ),
    ({"overlap": 1}, "the components have 8 systems less an overlap of 1, and the total 8"),
    ({"components": (replace(LINE, with_it=1, without_it=6),)}, "the components have 1 systems with it, and the total 2"),
    ({"components": (LINE, replace(PART, parent="Lakes"))}, "Docks: a part, 1 deep, of `Lakes`"),
    ({"components": (LINE, replace(PART, depth=2))}, "Docks: a part, 2 deep, of `Ports Bureau`"),
    ({"components": (LINE, replace(PART, systems=9, with_it=3))}, "Docks: 3 with it, and Ports Bureau 2"),
    ({"range_with_it": Range(low=1, headline=3, high=3)}, "the range of systems with it says 3, and the total 2"),
    ({"range_systems": Range(low=9, headline=8, high=8)}, "the range of systems is from 9 over 8 to 8"),
    ({"products": (replace(FOUND, kinds={"installed": 1}),)}, "2 systems, and its kinds add up to 1"),
    ({"products": (replace(FOUND, grades={}),)}, "2 systems, and its grades add up to 0"),
    ({"products": (replace(FOUND, systems=3, kinds={"installed": 3}),)}, "3 systems, and 2 have anything"),
    ({"products": (replace(FOUND, components={"Lakes": 1}),)}, "1 systems of Lakes, of which 0 have anything"),
    ({"products": ()}, "2 systems have something, and the products are on 0"),
    ({"products": (FOUND, FOUND)}, "a product stands twice"),
    ({"reasons": BASE.reasons[1:]}, "the reasons have 0 systems not covered, and the total 1"),
    ({"reasons": (*BASE.reasons, ReasonLine(standing="odd", reason="x", systems=4))}, "4 systems odd, which is no standing"),
    ({"tools": (replace(TOOL, systems=9),)}, "9 systems, where 8 are the most"),
    ({"tools": (replace(TOOL, with_it=3),)}, "3 with it, where 2 are the most"),
    ({"tools": (replace(TOOL, states={"complete": 9}),)}, "its looks at 9 systems are told, and it knows 8"),
    ({"tools": (replace(TOOL, traces={"program": 9}),)}, "it sees program on 9 systems, and knows 8"),
    (
        {"overlaps": (OverlapLine(tools=("sccm-csv",), systems=7),)},
        "by the tools that know them there are 7 systems, and in total 8",
    ),
    (
        {"families": (FamilyLine(families=("sccm",), systems=9),)},
        "by the families that saw them there are 9 systems, and in total 8",
    ),
    ({"pairs": (PairLine(tool="sccm-csv", other="nmap", both=1, only=1),)}, "sccm-csv and nmap: 1 and 1 systems, of 8"),
    ({"beside": (Beside(name="residue", value=9, unit="systems", text=""),)}, "residue: 9 systems, of 8"),
    (
        {"estimates": (Estimate(what="systems", verdict="range", low=2, high=1),)},
        "an estimate of systems is from 2 over None to 1",
    ),
    ({"relinks": (RelinkLine(kind="serial", pairs=1, able=2, again=0),)}, "linking without serial: 0 of 2 of 1 pairs"),
    (
        {"returns": (ReturnLine(component="A", state="counts", text="", systems=1, with_it=1, exempt=1),)},
        "the return of A: 1 with it, 1 exempt",
    ),
]


@pytest.mark.parametrize(("changes", "told"), UNEVEN, ids=[told[:40] for _, told in UNEVEN])
def test_what_does_not_add_up_is_told_with_both_numbers(changes, told):
    assert any(told in one for one in uneven(**changes)), uneven(**changes)


def test_what_people_attest_and_nobody_counted_may_be_more():
    assert uneven(beside=(Beside(name="attested", value=900, unit="systems", text="Lakes: said by Ann"),)) == []


def test_account_that_is_even_has_no_fault():
    assert list(unsound(made())) == list(unsound(made(with_it=0, exempt=3))) == []
    parts = (LINE, replace(PART, component="Docks"), replace(PART, component="Quays", shared=8))
    assert uneven(components=parts) == []


def tokened(**columns: Any) -> list[str]:
    one = made(machines=MACHINES)
    assert one.tokens
    return list(unsound(replace(one, tokens=replace(one.tokens, systems=replace(one.tokens.systems, **columns)))))


def numbers(*values: int) -> Any:
    return np.array(values, np.uint8)


def test_systems_of_tokens_are_those_of_the_account():
    assert tokened() == []
    assert "the systems with tokens have 2 systems with it, and the total 1" in tokened(standing=numbers(0, 0, 2, 3, 4))
    assert "3 of the systems with tokens are covered, and in total 4 were looked at" in tokened(covered=numbers(1, 1, 0, 1, 0))
    assert "1 systems with tokens have a standing that does not fit whether they are covered" in tokened(
        covered=numbers(1, 1, 1, 1, 1)
    )
    assert "2 systems with tokens have a standing that does not fit whether they are covered" in tokened(
        covered=numbers(1, 1, 1, 0, 1)
    )
    moved = tokened(found_on=np.array([0, 3]))
    assert "1 systems with tokens have a finding, and are neither with it nor exempt" in moved
    assert "1 systems with tokens are with it or exempt, and have no finding" in moved
    told = f"{PRODUCT[1]}: 1 systems with tokens have it as installed, and the account says 2"
    assert told in tokened(found_kind=numbers(7, 6))


def test_list_of_hosts_is_that_of_the_account():
    one = several()
    assert "the list of hosts have 0 systems exempt, and the total 1" in list(unsound(replace(one, hosts=(ROW,))))


# -- forms -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Form:
    name: str
    of: tuple[int, ...]


def test_limits_of_forms(monkeypatch):
    monkeypatch.setattr("fullcount.typed.MOST_ITEMS", 2)
    monkeypatch.setattr("fullcount.typed.MOST_NAMES", 1)
    assert list(faults(Form, {"name": "a", "of": [1, 2]}, "it")) == []
    assert list(faults(Form, {"name": "a", "of": [1, 2, 3]}, "it")) == ["it.of: 3 items are more than 2"]
    deep: Any = 1
    for _ in range(30):
        deep = [deep]
    assert [one.rpartition(": ")[2] for one in faults({"a": Any}, {"a": deep}, "it")] == ["nested deeper than 20"]
    counted = {"product": "p", "name": "n", "systems": 1, "kinds": {"a": 1, "b": 2}, "grades": {}, "components": {}}
    assert list(faults(ProductLine, counted, "it")) == ["it.kinds: 2 names are more than 1"]
