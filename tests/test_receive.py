"""Receiving: every fault is found and named, order and repetition change nothing, and what is accepted stays as it came."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.offices import (
    BRIDGES,
    ID,
    ON,
    PORTS,
    TUNNELS,
    about,
    believed,
    chain,
    key,
    office,
    place,
    returned,
    save,
    sealed,
    trusted,
)
from tests.tries import tries

from fullcount import attachment as attachments
from fullcount import ledger
from fullcount.attachment import attachment
from fullcount.envelope import Envelope, Signature, parsed, signed, written
from fullcount.errors import EnvelopeError, FullcountError, UnreadableError, UsageError, WorkspaceError
from fullcount.exports import find
from fullcount.fault import FAULTS
from fullcount.receive import _keep, accepted, files, judged, opened, receive, refused, stranger
from fullcount.receive import office as office_of
from fullcount.received import ACCEPTED, KNOWN, REFUSED, Received
from fullcount.scrutiny import checked
from fullcount.sealed import PAYLOAD, Statement, statement
from fullcount.sequence import settled
from fullcount.trust import Need

if TYPE_CHECKING:
    from fullcount.received import Office
    from fullcount.workspace import Workspace

GUIDE = Path(__file__).parents[1] / "docs/guides/receive-returns.md"


def settle(known: Office, *data: bytes, on: date = ON) -> list[Received]:
    return settled([checked(one, known, on, name=f"{turn}.json") for turn, one in enumerate(data)], known)


def ids(one: Received) -> list[str]:
    return [each.id for each in one.faults]


# -- every fault ------------------------------------------------------------------------------------------------------------


def changed(data: bytes) -> bytes:
    """One byte of what was sealed is another, and everything else fits."""
    envelope = parsed(data)
    body = envelope.body.replace(b'"asOf":"2017-10-11"', b'"asOf":"2017-10-10"')
    assert body != envelope.body
    return written(replace(envelope, body=body))


def others(number: int, **more: Any) -> list[bytes]:
    return [sealed(returned(name, **more)) for name in (BRIDGES, TUNNELS)[:number]]


def repeated() -> bytes:
    one = returned(without_it=40)
    assert one.tokens
    systems = one.tokens.systems
    token = systems.token.copy()
    token[1:] = token[0]
    return sealed(replace(one, tokens=replace(one.tokens, systems=replace(systems, token=token))))


def with_period(period: str) -> bytes:
    one = returned()
    assert one.tokens
    return sealed(replace(one, tokens=replace(one.tokens, period=period)))


def with_norm(norm: str) -> bytes:
    one = returned()
    assert one.tokens
    return sealed(replace(one, tokens=replace(one.tokens, norm=norm)))


def two() -> list[bytes]:
    return [data for _, data in chain(PORTS, 2)]


def holding(*data: bytes, **changes: Any) -> Office:
    """An office that has accepted these."""
    from fullcount.received import Kept

    found = settle(office(), *data)
    assert {one.verdict for one in found} <= {ACCEPTED}
    names = ("component", "directive", "sequence", "digest", "previous", "as_of", "file", "signers", "tokens")
    ours = tuple(Kept(received=ON, **{name: getattr(one, name) for name in names}) for one in found)
    return office(kept=ours, **changes)


@cache
def cases() -> dict[str, tuple[Any, ...]]:
    """By fault: what the office knows, the file that has it, and what comes with it."""
    one = sealed(returned())
    two_need = believed(need=(Need(signatures=2, component=PORTS), Need()))
    asks_cio = believed(trusted(PORTS, role="preparer"), need=(Need(roles=("cio",)),))
    second = returned(sequence=2, previous="0" * 64)
    return {
        "not-an-envelope": (office(), b"{}"),
        "no-trust": (office(trust=None), one),
        "nobodys-key": (office(), sealed(returned(), "a stranger")),
        "broken-signature": (office(), changed(one)),
        "foreign-key": (office(), sealed(returned(), BRIDGES)),
        "key-revoked": (office(trust=believed(trusted(PORTS, revoked=ON))), one),
        "key-not-valid": (office(trust=believed(trusted(PORTS, valid_before=ON))), one),
        "too-few-signatures": (office(trust=two_need), one),
        "role-missing": (office(trust=asks_cio), one),
        "not-a-return": (office(), sealed(b"{}", PORTS)),
        "look-alike-component": (office(), sealed(returned("Рorts Bureau"), PORTS)),
        "unknown-component": (office(), sealed(returned("Harbour Office"), PORTS)),
        "other-directive": (office(), sealed(returned(directive=about() | {"id": "au-pspf-002-2025"}))),
        "in-the-future": (office(), sealed(returned(as_of="2017-10-14"))),
        "does-not-add-up": (office(), sealed(returned(overlap=3))),
        "fork": (office(), one, sealed(returned(with_it=4))),
        "gap": (office(), sealed(second)),
        "other-previous": (holding(one), sealed(second)),
        "replay": (holding(one), one),
        "accepted-gap": (office(gaps={PORTS: "lost in the flood"}), sealed(second)),
        "goes-back": (office(), *reversed(going_back())),
        "other-version": (office(), sealed(returned(directive=about() | {"version": "0"}))),
        "before-directive": (office(), sealed(returned(as_of="2017-09-12"))),
        "above-expected": (office(), sealed(returned(without_it=99))),
        "not-said": (office(), sealed(returned(statements=()))),
        "not-all": (office(), sealed(returned(statements=(Statement(id="all_components", answer="no"),)))),
        "other-token-key": (office(), sealed(returned(key=b"of last year")), *others(2)),
        "other-period": (office(), with_period("2016"), *others(2)),
        "other-tokens": (office(), with_norm("another"), *others(2)),
        "repeated-tokens": (office(), repeated()),
    }


def going_back() -> list[bytes]:
    [(first, data)] = chain(PORTS, 1)
    return [data, sealed(returned(sequence=2, previous=first.digest, as_of="2017-10-10"))]


def test_every_fault_has_a_case():
    assert list(cases()) == list(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_found_and_nothing_else_is(name):
    known, *data = cases()[name]
    mine = hashlib.sha256(data[0]).hexdigest()
    [one] = [one for one in settle(known, *data) if one.file == mine]
    assert set(ids(one)) == {name}
    expected = REFUSED if FAULTS[name].refuses else KNOWN if name == "replay" else ACCEPTED
    assert one.verdict == expected
    assert all(each.text and each.refuses == FAULTS[name].refuses for each in one.faults)


def test_what_comes_with_a_fault_is_as_good_as_it_was():
    """A fork is two; whatever else came with a faulty file is accepted."""
    for name, (known, *data) in cases().items():
        rest = {hashlib.sha256(each).hexdigest() for each in data[1:]}
        for one in settle(known, *data):
            assert one.file not in rest or (one.verdict == ACCEPTED) == (name != "fork"), name


def test_a_sound_return_has_no_fault_and_says_who_signed_it():
    [one] = settle(office(), sealed(returned()))
    assert (one.verdict, one.faults, one.component, one.sequence) == (ACCEPTED, (), PORTS, 1)
    assert one.signers == (f"Officer of {PORTS}",)
    assert one.sentence.startswith("At least 2 of 8 systems")


# -- who signed it ------------------------------------------------------------------------------------------------------------


def test_nothing_is_judged_of_what_nobody_known_signed():
    bad = returned("Harbour Office", as_of="2018-01-01", overlap=5)
    [one] = settle(office(), sealed(bad, "a stranger"))
    assert ids(one) == ["nobodys-key"]
    assert (one.component, one.signers) == ("Harbour Office", ())
    [one] = settle(office(), written(Envelope(PAYLOAD, statement(returned()))))
    assert [each.text for each in one.faults] == ["nobody signed it"]


def test_without_a_trust_file_everything_else_is_still_said():
    [one] = settle(office(trust=None), sealed(returned(overlap=3)))
    assert ids(one) == ["no-trust", "does-not-add-up"]
    [one] = settle(office(trust=None), sealed(b"[]", PORTS))
    assert ids(one) == ["no-trust", "not-a-return"]


def test_a_key_is_believed_on_the_day_of_receipt_and_not_on_the_day_of_the_count():
    known = office(trust=believed(trusted(PORTS, valid_after=date(2017, 10, 13), revoked=date(2017, 10, 20))))
    one = sealed(returned())
    assert [ids(settle(known, one, on=date(2017, 10, day))[0]) for day in (12, 13, 19, 20)] == [
        ["key-not-valid"],
        [],
        [],
        ["key-revoked"],
    ]


def test_a_key_that_is_no_longer_good_takes_nothing_from_one_that_is():
    keys = (trusted(PORTS), trusted(PORTS, "second", role="cio", revoked=ON))
    one = sealed(returned(), PORTS, "second")
    assert settle(office(trust=believed(*keys)), one)[0].faults == ()
    needing = believed(*keys, need=(Need(signatures=2, roles=("cio",)),))
    assert ids(settle(office(trust=needing), one)[0]) == ["key-revoked", "role-missing"]


def test_one_key_counts_once_however_often_it_signs():
    envelope = parsed(sealed(returned()))
    doubled = replace(envelope, signatures=(*envelope.signatures, *envelope.signatures))
    known = office(trust=believed(need=(Need(signatures=2),)))
    [one] = settle(known, written(doubled))
    assert [each.text for each in one.faults] == ["1 of the 2 signatures that it needs are there"]


def test_the_need_of_a_component_holds_under_its_acronym_too():
    keys = (trusted("PB"), trusted("PB", "second", role="cio"))
    known = office(trust=believed(*keys, need=(Need(signatures=2, component="PB"), Need())))
    assert ids(settle(known, sealed(returned("PB"), "PB"))[0]) == ["too-few-signatures"]
    assert ids(settle(known, sealed(returned(PORTS), "PB"))[0]) == ["too-few-signatures"]
    [one] = settle(known, sealed(returned("PB"), "PB", "second"))
    assert (one.faults, one.component, one.signers) == ((), PORTS, ("Officer of PB", "second, cio"))


def test_an_envelope_need_not_say_whose_key_it_is():
    envelope = parsed(sealed(returned()))
    nameless = replace(envelope, signatures=tuple(Signature("", one.value) for one in envelope.signatures))
    assert settle(office(), written(nameless))[0].verdict == ACCEPTED
    beside = signed(nameless, key(BRIDGES))
    assert settle(office(), written(beside))[0].verdict == ACCEPTED
    assert ids(settle(office(), written(replace(nameless, body=statement(returned(with_it=3)))))[0]) == ["nobodys-key"]


def test_an_envelope_of_another_kind_is_no_return():
    assert ids(settle(office(), sealed(statement(returned()), PORTS, kind="text/plain"))[0]) == ["not-a-return"]
    assert ids(settle(office(), sealed(b"\xff{", PORTS))[0]) == ["not-a-return"]


# -- what it says -------------------------------------------------------------------------------------------------------------


def test_without_a_tree_nothing_is_said_of_components_and_directives():
    known = office(tree=None, trust=believed(trusted("Harbour Office")))
    assert settle(known, sealed(returned("Harbour Office", as_of="2016-01-01")))[0].faults == ()


def test_the_same_version_with_other_content_is_told():
    [one] = settle(office(), sealed(returned(directive=about() | {"digest": "0" * 64})))
    assert ids(one) == ["other-version"]
    assert "has the digest 000000000000" in one.faults[0].text


def test_a_tree_without_a_directive_takes_any():
    from tests.offices import tree

    known = office(tree=replace(tree(), directive="", pack=None))
    assert settle(known, sealed(returned(directive=about() | {"id": "another"})))[0].faults == ()


def test_more_systems_than_its_own_account_expects_are_a_doubt():
    one = returned()
    total, part = (replace(line, expected=number) for line, number in ((one.account.total, 5), (one.account.components[0], 7)))
    data = sealed(replace(one, account=replace(one.account, total=total, components=(part,))))
    [found] = settle(office(tree=None), data)
    assert [each.text for each in found.faults] == [
        "8 systems, and 5 are expected by its own account",
        f"{PORTS}: 8 systems, and 7 are expected by its own account",
    ]
    assert [each.text for each in settle(office(), data)[0].faults] == ["8 systems, and 5 are expected by its own account"]


# -- numbers ------------------------------------------------------------------------------------------------------------------


@cache
def many() -> tuple[bytes, ...]:
    """A batch with something of everything: three that follow, a fork, what follows it, a gap, two keys, and rubbish."""
    ports = [data for _, data in chain(PORTS, 3)]
    bridges = [data for _, data in chain(BRIDGES, 2)]
    fork = sealed(returned(BRIDGES, with_it=6))
    tunnels = [data for _, data in chain(TUNNELS, 3, key=b"another")]
    twice = signed(parsed(ports[0]), key(BRIDGES))
    return (*ports, *bridges, fork, tunnels[0], tunnels[2], written(twice), changed(ports[0]), b"rubbish")


@given(st.permutations(range(11)), st.lists(st.integers(0, 10), max_size=5))
@tries(200)
def test_order_and_repetition_change_nothing(order, again):
    def told(turns: list[int]) -> list[Received]:
        known = office()
        return settled([checked_once(turn) for turn in turns], known)

    assert told([*order, *again]) == told(list(range(11)))


@cache
def checked_once(turn: int) -> Received:
    return checked(many()[turn], office(), ON, name=f"{turn}.json")


def test_the_batch_is_told_by_component_and_number():
    found = settled(map(checked_once, range(11)), office())
    assert [one.component for one in found] == sorted(one.component for one in found)
    assert sorted((one.component, one.sequence, one.verdict, *ids(one)) for one in found) == [
        ("", 0, "refused", "broken-signature"),  # what was changed fits nothing else in it
        ("", 0, "refused", "not-an-envelope"),
        (BRIDGES, 1, "refused", "fork"),
        (BRIDGES, 1, "refused", "fork"),
        (BRIDGES, 2, "accepted"),
        (PORTS, 1, "accepted"),
        (PORTS, 1, "known", "replay"),
        (PORTS, 2, "accepted"),
        (PORTS, 3, "accepted"),
        (TUNNELS, 1, "accepted", "other-token-key"),
        (TUNNELS, 3, "refused", "gap"),
    ]


def test_a_missing_number_may_come_later_if_it_fits_on_both_sides():
    (one, first), (_, second), (_, third) = chain(PORTS, 3)
    late = replace(holding(first), kept=(*(holding(first).kept or ()), *holding_over_gap(third)))
    assert settle(late, second)[0].verdict == ACCEPTED
    [bad] = settle(late, sealed(returned(sequence=2, previous=one.digest, with_it=9)))
    assert ids(bad) == ["other-previous"]


def holding_over_gap(data: bytes) -> tuple[Any, ...]:
    from fullcount.received import Kept

    [one] = settle(office(gaps={PORTS: "lost"}), data)
    assert one.verdict == ACCEPTED
    names = ("component", "directive", "sequence", "digest", "previous", "as_of")
    return (Kept(received=ON, **{name: getattr(one, name) for name in names}),)


def test_what_was_refused_came_and_is_not_missing():
    """A component mends what was refused under the next number, which names what was refused."""
    bad = returned(overlap=3)
    digest = hashlib.sha256(statement(bad)).hexdigest()
    mended = sealed(returned(sequence=2, previous=digest))
    first, second = settle(office(), mended, sealed(bad))
    assert (ids(first), second.faults) == (["does-not-add-up"], ())
    assert ids(settle(office(), mended)[0]) == ["gap"]
    nobodys = settle(office(), mended, sealed(bad, "a stranger"))
    assert [ids(one) for one in nobodys] == [["nobodys-key"], ["gap"]]


def test_of_a_fork_the_next_number_says_which_holds():
    ones = [returned(with_it=number) for number in (3, 4)]
    digest = hashlib.sha256(statement(ones[1])).hexdigest()
    after = sealed(returned(sequence=2, previous=digest))
    assert [one.verdict for one in settle(office(), after, *map(sealed, ones))] == [REFUSED, REFUSED, ACCEPTED]


def test_nobody_without_a_key_can_make_a_fork():
    found = settle(office(), sealed(returned()), sealed(returned(with_it=5), "a stranger"))
    assert sorted(one.verdict for one in found) == [ACCEPTED, REFUSED]


def test_what_was_accepted_stays_so_when_its_key_is_revoked():
    data = sealed(returned())
    known = replace(holding(data), trust=believed(trusted(PORTS, revoked=ON)))
    assert settle(known, data)[0].verdict == KNOWN
    assert settle(replace(known, trust=None), data)[0].verdict == REFUSED


# -- tokens -------------------------------------------------------------------------------------------------------------------


def test_where_no_key_is_that_of_most_each_is_told():
    found = settle(office(), sealed(returned()), sealed(returned(BRIDGES, key=b"another")))
    assert [ids(one) for one in found] == [["other-token-key"], ["other-token-key"]]
    assert "none is that of most" in found[0].faults[0].text
    assert settle(office(), sealed(returned()), sealed(returned(BRIDGES, tokens=False)))[1].faults == ()


def test_makers_are_many_machines_and_no_doubt():
    machines = [("without it", {"serial": f"5CG71{turn:04}", "manufacturer": "Acme"}) for turn in range(30)]
    assert settle(office(), sealed(returned(machines=machines)))[0].faults == ()


# -- files --------------------------------------------------------------------------------------------------------------------


def pdf(path: Path, *carried: tuple[str, bytes], **more: Any) -> Path:
    document = pikepdf.new()
    document.add_blank_page()
    for name, data in carried:
        document.attachments[name] = data
    document.save(path, **more)
    return path


def test_a_pdf_that_carries_a_return_is_as_good_as_the_return(tmp_path):
    data = sealed(returned())
    packed = pikepdf.ObjectStreamMode.generate
    carrying = pdf(tmp_path / "a.pdf", ("notes.txt", b"x"), ("return.json", data), object_stream_mode=packed)
    plain = pdf(tmp_path / "b.pdf", ("return.json", data), compress_streams=False)
    assert opened(carrying) == opened(plain) == opened(save(tmp_path, sent=data) / "sent.json") == data


@pytest.mark.parametrize(
    ("carried", "more", "message"),
    [
        ((), {}, "carries no attachment `return.json`"),
        ((("account.json", b"{}"),), {}, "carries no attachment `return.json`"),
        (
            (("return.json", b"{}"),),
            {"encryption": pikepdf.Encryption(owner="a", user="b")},
            "asks for a password",
        ),
    ],
)
def test_a_pdf_without_a_return_is_no_envelope(tmp_path, carried, more, message):
    with pytest.raises(EnvelopeError, match=message) as caught:
        opened(pdf(tmp_path / "a.pdf", *carried, **more))
    assert ".json" in caught.value.hint


def test_a_pdf_cannot_unfold_to_more_than_is_allowed(tmp_path, monkeypatch):
    path = pdf(tmp_path / "a.pdf", ("return.json", b" " * 5_000_000))
    assert path.stat().st_size < 20_000
    with pytest.raises(UnreadableError, match="larger than 100,000 bytes"):
        attachment(path, "return.json", most=100_000)
    with pytest.raises(UnreadableError, match="the PDF is larger than 10 bytes"):
        attachment(path, "return.json", most=10)
    before = pikepdf.settings.get_qpdf_limits()
    large = bomb(tmp_path / "b.pdf", 100_000)
    assert attachment(large, "return.json", most=100_000) == b"{}"
    monkeypatch.setattr(attachments, "_LIMITS", {"flate_max_memory": 1000})
    with pytest.raises(UnreadableError):
        attachment(large, "return.json", most=100_000)
    assert pikepdf.settings.get_qpdf_limits() == before


def bomb(path: Path, size: int) -> Path:
    """A PDF of which the objects are packed in a stream that unfolds to this size."""
    document = pikepdf.new()
    document.add_blank_page()
    document.attachments["return.json"] = b"{}"
    document.Root.Junk = document.make_indirect(pikepdf.String("x" * size))
    document.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return path


@pytest.mark.parametrize("way", ["two", "unusual", "cut", "broken", "no stream"])
def test_an_attachment_that_is_no_plain_file_is_refused(tmp_path, way):
    path = pdf(tmp_path / "a.pdf", ("return.json", b"{}" * 1000))
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        stream = document.attachments["return.json"].get_file().obj
        packed = zlib.compress(b"{}" * 1000)
        if way == "two":
            document.attachments["other"] = pikepdf.AttachedFileSpec(document, b"[]", filename="return.json")
        elif way == "unusual":
            stream.write(b"7b7d>", filter=[pikepdf.Name.ASCIIHexDecode])
        elif way == "no stream":
            document.attachments["return.json"].obj.EF = pikepdf.Dictionary(F=7)
        else:
            stream.write(packed[:-9] if way == "cut" else b"junk", filter=pikepdf.Name.FlateDecode)
        document.save(path, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    with pytest.raises(EnvelopeError, match="cannot be used: "):
        opened(path)


def test_what_is_no_file_says_so(tmp_path):
    for path, message in (
        (tmp_path, "is a folder"),
        (tmp_path / "nowhere", "is not there"),
        (tmp_path / "a\0b", "is not there|cannot be read"),
    ):
        with pytest.raises(EnvelopeError, match=message):
            opened(path)
    [one] = judged([("gone.json", tmp_path / "gone.json")], office(), ON)
    assert ids(one) == ["not-an-envelope"]


def test_a_file_over_the_cap_is_not_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("fullcount.receive.MOST_BYTES", 100)
    with pytest.raises(EnvelopeError, match="larger than"):
        opened(save(tmp_path, large=sealed(returned())) / "large.json")


def test_without_the_extra_a_pdf_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(attachments, "find_spec", lambda _: None)
    with pytest.raises(UsageError) as caught:
        opened(pdf(tmp_path / "a.pdf"))
    assert "fullcount[report]" in caught.value.hint


def test_folders_are_looked_through_and_names_tell_files_apart(tmp_path):
    for folder in ("a/deep", "a/.hidden", "b", "left"):
        save(tmp_path / folder, one=b"{}")
    (tmp_path / "a/.DS_Store").write_bytes(b"")
    found = files([tmp_path, tmp_path / "b/one.json"], leave_out=tmp_path / "left")
    assert [name for name, _ in found] == ["a/deep/one.json", "b/one.json", "one.json"]
    twice = files([tmp_path / "a/deep/one.json", tmp_path / "b/one.json", tmp_path / "b/one.json"])
    assert [name for name, _ in twice] == [(tmp_path / name / "one.json").as_posix() for name in ("a/deep", "b")]


# -- damage -------------------------------------------------------------------------------------------------------------------


@cache
def whole() -> bytes:
    return sealed(returned())


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=3), st.none() | st.integers(0, 20_000))
@tries(400)
def test_damage_is_refused_or_does_not_matter(flips, cut):
    data = bytearray(whole())
    for at, byte in flips:
        data[at % len(data)] = byte
    damaged = bytes(data[:cut])
    [one] = settle(office(), damaged)
    assert len(one.faults) <= 20
    if one.verdict == ACCEPTED:
        before, after = parsed(whole()), parsed(damaged)
        assert (before.kind, before.body) == (after.kind, after.body)


@given(st.integers(0, 10_000), st.integers(0, 255))
@tries(200)
def test_damage_to_what_was_sealed_is_told_without_a_trace(at, byte):
    """Somebody who has a key seals rubbish: it is refused by its form, or by its sums, or it is a sound return."""
    body = bytearray(statement(returned()))
    body[at % len(body)] = byte
    [one] = settle(office(), sealed(bytes(body), PORTS))
    assert one.verdict in {ACCEPTED, REFUSED}
    assert all(each.text.isprintable() for each in one.faults)


@given(st.integers(0, 100_000), st.binary(max_size=4), st.booleans())
@tries(200)
def test_damage_to_a_pdf_is_told_without_a_trace(tmp_path_factory, at, junk, is_cut):
    data = carrying()
    at %= len(data)
    path = tmp_path_factory.getbasetemp() / "damaged.pdf"
    path.write_bytes(data[:at] if is_cut else data[:at] + junk + data[at + len(junk) :])
    try:
        opened(path)
    except EnvelopeError as error:
        hint = error.hint
    else:
        hint = "none is needed"
    assert hint


@cache
def carrying() -> bytes:
    from io import BytesIO

    file = BytesIO()
    pdf(file, ("return.json", b'{"payload":1}' * 20))  # type: ignore[arg-type]
    return file.getvalue()


# -- keeping ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def at(tmp_path: Path) -> Workspace:
    return place(tmp_path / "office")


def take(at: Workspace, folder: Path, **more: Any) -> list[Received]:
    known = replace(office_of(at), gaps=more.pop("gaps", {}))
    return receive(at, [folder], known=known, on=more.pop("on", ON))


def lines(at: Workspace) -> list[tuple[str, dict[str, Any]]]:
    return [(one.what, one.facts) for one in ledger.entries(at.ledger)]


def test_what_is_accepted_is_kept_as_it_came_and_entered(at, tmp_path):
    [(one, data)] = chain(PORTS, 1)
    folder = save(tmp_path / "in", sent=data)
    assert [each.verdict for each in take(at, folder)] == [ACCEPTED]
    assert (at.folder / "returns/received" / f"{one.digest}.json").read_bytes() == data
    [(what, facts)] = lines(at)
    assert one.tokens
    assert what == "return accepted"
    assert facts == {
        "component": PORTS,
        "directive": ID,
        "sequence": 1,
        "digest": one.digest,
        "previous": "",
        "as_of": "2017-10-11",
        "file": hashlib.sha256(data).hexdigest(),
        "tokens": ["hmac-sha256-128", "fullcount-norm/1", "2017", one.tokens.check],
        "keys": [key(PORTS).public.id],
        "signers": [f"Officer of {PORTS}"],
        "name": "sent.json",
        "received": "2017-10-13",
        "doubts": [],
    }
    [again] = accepted(at)
    assert statement(again.said) == statement(one)
    assert (again.said.digest, again.received, again.signers) == (one.digest, ON, (f"Officer of {PORTS}",))
    assert (again.doubts, again.tokens_count) == ((), True)


def test_receiving_the_same_again_changes_nothing(at, tmp_path):
    folder = save(tmp_path / "in", good=sealed(returned()), bad=b"{}", doubtful=sealed(returned(BRIDGES, statements=())))
    first = take(at, folder)
    before = at.ledger.read_bytes()
    again = take(at, folder, on=date(2017, 10, 20))
    assert [one.verdict for one in first] == [REFUSED, ACCEPTED, ACCEPTED]
    assert [one.verdict for one in again] == [REFUSED, KNOWN, KNOWN]
    assert at.ledger.read_bytes() == before
    assert [each.doubts for each in accepted(at)] == [("it does not say whether it includes all parts of the component",), ()]


def test_a_file_that_is_refused_for_another_reason_is_entered_again(at, tmp_path):
    folder = save(tmp_path / "in", sent=sealed(returned(), "a stranger"))
    take(at, folder)
    text = (at.folder / "trust.toml").read_text("utf-8")
    from fullcount.trust import lines as written_lines

    (at.folder / "trust.toml").write_text(
        text + written_lines(key("a stranger").public, component="Harbour Office", name="S"), "utf-8"
    )
    take(at, folder)
    assert [[name for name, _ in facts["reasons"]] for _, facts in lines(at)] == [["nobodys-key"], ["foreign-key"]]
    [first, second] = refused(at)
    assert (first.component, first.sequence, first.as_of, first.received) == (PORTS, 1, "2017-10-11", ON)
    assert first.digest == second.digest
    assert second.reasons == (f"it speaks for {PORTS}, and is signed by a key of Harbour Office",)


def test_what_nobody_can_read_is_refused_under_its_own_digest(at, tmp_path):
    take(at, save(tmp_path / "in", sent=b"{}"))
    assert [(one.component, one.digest) for one in refused(at)] == [("", hashlib.sha256(b"{}").hexdigest())]


def test_later_numbers_supersede_and_erase_nothing(at, tmp_path):
    both = chain(PORTS, 2)
    take(at, save(tmp_path / "one", sent=both[0][1]))
    take(at, save(tmp_path / "two", sent=both[1][1]), on=date(2017, 10, 20))
    first, second = accepted(at)
    assert (first.said.sequence, first.said.tokens, first.received) == (1, None, ON)
    assert (first.said.digest, first.said.account) == (both[0][0].digest, both[0][0].account)
    assert (second.said.digest, second.received) == (both[1][0].digest, date(2017, 10, 20))
    assert statement(second.said) == statement(both[1][0])
    assert len(list((at.folder / "returns/received").iterdir())) == 2


def test_refused_ones_of_the_ledger_are_not_missing_either(at, tmp_path):
    bad = returned(overlap=3)
    take(at, save(tmp_path / "one", sent=sealed(bad)))
    digest = hashlib.sha256(statement(bad)).hexdigest()
    assert take(at, save(tmp_path / "two", sent=sealed(returned(sequence=2, previous=digest))))[0].verdict == ACCEPTED


def test_a_gap_is_accepted_by_name_and_with_its_reason_and_the_ledger_keeps_it(at, tmp_path):
    folder = save(tmp_path / "in", sent=chain(PORTS, 2)[1][1])
    assert ids(take(at, folder)[0]) == ["gap"]
    assert ids(take(at, folder, gaps={PORTS: "lost in the flood"})[0]) == ["accepted-gap"]
    assert [(what, facts.get("why")) for what, facts in lines(at)] == [
        ("return refused", None),
        ("gap accepted", "lost in the flood"),
        ("return accepted", None),
    ]
    assert accepted(at)[0].doubts == ("return 1 never came; accepted: lost in the flood",)


def test_tokens_are_compared_anew_whatever_came_first(at, tmp_path):
    """Of three keys two are the same: which return came when makes no difference to whose tokens count."""
    sent = {PORTS: sealed(returned(key=b"another")), BRIDGES: sealed(returned(BRIDGES)), TUNNELS: sealed(returned(TUNNELS))}
    for turn, order in enumerate(permutations(sent)):
        workspace = place(tmp_path / f"office {turn}")
        for name in order:
            take(workspace, save(tmp_path / f"{turn} {name}", sent=sent[name]))
        found = {one.said.component: one for one in accepted(workspace)}
        assert {name: one.tokens_count for name, one in found.items()} == {PORTS: False, BRIDGES: True, TUNNELS: True}
        assert [len(found[name].doubts) for name in (PORTS, BRIDGES, TUNNELS)] == [1, 0, 0]


def test_a_tie_of_keys_is_a_doubt_of_both_and_each_counts_within_itself(at, tmp_path):
    take(at, save(tmp_path / "in", one=sealed(returned(key=b"another")), two=sealed(returned(BRIDGES))))
    assert [(one.tokens_count, len(one.doubts)) for one in accepted(at)] == [(True, 1), (True, 1)]


def test_a_kept_return_that_was_changed_is_an_error(at, tmp_path):
    [(one, data)] = chain(PORTS, 1)
    take(at, save(tmp_path / "in", sent=data))
    path = at.folder / "returns/received" / f"{one.digest}.json"
    path.write_bytes(data + b" ")
    with pytest.raises(WorkspaceError, match="has been changed"):
        accepted(at)
    path.unlink()
    with pytest.raises(WorkspaceError, match="is missing"):
        accepted(at)


def test_a_kept_return_that_can_no_longer_be_read_is_an_error_with_its_place(at):
    (at.folder / "returns/received").mkdir(parents=True)
    (at.folder / "returns/received/0.json").write_bytes(b"{}")
    facts = {"component": PORTS, "directive": ID, "sequence": 1, "previous": "", "as_of": "", "signers": [], "doubts": []}
    ledger.append(
        at.ledger,
        "return accepted",
        **facts,
        digest="0",
        file=hashlib.sha256(b"{}").hexdigest(),
        tokens=None,
        received="2017-10-13",
    )
    with pytest.raises(WorkspaceError, match=r"0\.json: is no envelope"):
        accepted(at)


def test_a_file_that_changes_while_it_is_read_is_an_error(at):
    [one] = settle(office(), sealed(returned()))
    with pytest.raises(WorkspaceError, match="changed while it was read"):
        _keep(at, one, sealed(returned(with_it=7)))
    assert not at.returns.exists()


def test_names_of_files_may_hold_anything(at, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("\x1b[2Jevil.json", "\u202enosj.json", "\udcff.json"):
        try:
            (folder / name).write_bytes(b"{}" + name.encode("utf-8", "surrogateescape"))
        except OSError:
            pytest.skip("this system has no such names")
    found = take(at, folder)
    assert len(found) == 3
    assert all(name.isprintable() for one in found for name in one.names)
    assert len(refused(at)) == 3


def test_an_office_has_its_files_or_those_that_are_given(at, tmp_path):
    mine = office_of(at)
    assert mine.trust
    assert mine.tree
    assert (len(mine.trust.keys), mine.tree.name, mine.kept) == (3, "Department of Transport", ())
    other = office_of(at, trusted=at.folder / "trust.toml", tree=save_tree(tmp_path))
    assert other.tree
    assert [one.name for one in other.tree.nodes] == ["Quay"]
    empty = place(tmp_path / "empty")
    for name in ("trust.toml", "tree.toml"):
        (empty.folder / name).unlink()
    assert office_of(empty) == replace(stranger(None, None), kept=())
    assert stranger(None, None).kept is None
    with pytest.raises(FullcountError):
        stranger(tmp_path / "nowhere.toml", None)


def save_tree(folder: Path) -> Path:
    path = folder / "tree.csv"
    path.write_text("name\nQuay\n", "utf-8")
    return path


def test_without_a_ledger_numbers_are_not_looked_at():
    known = office(kept=None)
    assert settle(known, sealed(returned(sequence=7, previous="0" * 64)))[0].verdict == ACCEPTED


def test_what_an_office_knows_is_no_export(at, tmp_path):
    take(at, save(tmp_path / "in", sent=sealed(returned())))
    (at.folder / "tree.csv").write_text("name\nQuay\n", "utf-8")
    assert list(find([at.folder], leave_out=at.own())) == []


# -- the manual ---------------------------------------------------------------------------------------------------------------


def test_the_guide_says_of_every_fault_what_it_means_and_what_to_do():
    text = GUIDE.read_text("utf-8")
    rows = [f"| `{name}` | {'refused' if one.refuses else 'noted'} | {one.means} | {one.do} |" for name, one in FAULTS.items()]
    assert "\n".join(rows) in text
