"""Clues: a key is the same for every spelling of a value, and there is one or none for any text."""

from __future__ import annotations

from ipaddress import IPv4Address
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fullcount.clue import (
    KINDS,
    MEDIUM,
    STRONG,
    WEAK,
    fqdn_key,
    ip_key,
    mac_key,
    name_key,
    normal,
    serial_key,
    unusable,
    uuid_key,
)

NOTHING = ("None", "To Be Filled By O.E.M.", "0", "n/a", "-", "Default string", "127.0.0.1", "::1", "fe80::1%eth0", "GUID:")
ANYTHING = st.one_of(
    st.text(st.characters(), max_size=60),
    st.from_regex(r"(?:VMware-)?[0-9a-fA-F{}:. -]{0,60}", fullmatch=True),
    st.sampled_from(NOTHING),
)
LABELS = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,13}[A-Za-z0-9])?", fullmatch=True)


@pytest.mark.parametrize("kind", KINDS)
@given(value=ANYTHING)
def test_any_text_has_one_key_or_none(kind: str, value: str) -> None:
    found = normal(kind, value)
    if found is None:
        return
    name, key = found
    assert name in KINDS
    assert key
    assert key == key.strip()
    key.encode("utf-8", "surrogatepass")
    why = unusable(name, key)
    assert why is None or why.split()
    if name in {"uuid", "mac", "fqdn", "ip"}:
        assert normal(name, key) == (name, key)


@pytest.mark.parametrize("kind", KINDS)
@given(value=ANYTHING)
def test_outer_space_and_case_do_not_matter(kind: str, value: str) -> None:
    assume(value.isascii())
    if kind != "agent_id":  # its braces are taken off first; values come without outer space from every reader
        assert normal(kind, f"  {value} ") == normal(kind, value)
    assert normal(kind, value.upper()) == normal(kind, value.lower())


def test_kinds_are_trusted_as_designed() -> None:
    strengths = {name: kind.strength for name, kind in KINDS.items()}
    assert {name for name, strength in strengths.items() if strength == STRONG} == {"serial", "uuid", "cloud_id", "agent_id"}
    assert {name for name, strength in strengths.items() if strength == MEDIUM} == {"mac", "fqdn", "ad_object"}
    steps = [kind.step for kind in KINDS.values() if kind.step is not None]
    assert steps == sorted(set(steps))
    turns = [[STRONG, MEDIUM, WEAK].index(kind.strength) for kind in KINDS.values()]
    assert turns == sorted(turns), "strong links are made first"


@given(value=st.uuids())
def test_a_uuid_is_the_same_in_both_byte_orders(value: UUID) -> None:
    swapped = UUID(bytes=value.bytes_le)
    spellings = [
        str(value),
        str(value).upper(),
        value.hex,
        f"{{{value}}}",
        f"GUID:{value}",
        str(swapped),
        f" {swapped} ",
        "VMware-" + value.bytes.hex(" ", 1)[:23] + "-" + value.bytes.hex(" ", 1)[24:],
    ]
    assert len({uuid_key(one) for one in spellings}) == 1
    assert uuid_key(str(value)) in {value.hex, swapped.hex}


@given(one=st.uuids(), other=st.uuids())
def test_different_uuids_stay_different(one: UUID, other: UUID) -> None:
    assume(other not in {one, UUID(bytes=one.bytes_le)})
    assert uuid_key(str(one)) != uuid_key(str(other))


@given(value=st.uuids())
def test_a_serial_of_a_virtual_machine_is_its_uuid(value: UUID) -> None:
    serial = "VMware-" + value.bytes.hex(" ")
    assert serial_key(serial) is None
    assert normal("serial", serial) == normal("uuid", str(value)) == ("uuid", uuid_key(str(value)))


@given(value=st.binary(min_size=6, max_size=6))
def test_a_hardware_address_is_the_same_however_written(value: bytes) -> None:
    plain = value.hex()
    spellings = [plain, plain.upper(), value.hex(":"), value.hex("-"), value.hex(" "), f"{plain[:4]}.{plain[4:8]}.{plain[8:]}"]
    assert {mac_key(one) for one in spellings} == {plain.upper()}
    # an address that no maker has given, or that many machines share, joins nothing
    assert unusable("mac", plain.upper()) or not value[0] & 3


@pytest.mark.parametrize("value", ["", "n/a", "00:11:22:33:44", "00:11:22:33:44:55:66", "zz:11:22:33:44:55", "00:11:22:33:44:5"])
def test_what_is_no_hardware_address(value: str) -> None:
    assert mac_key(value) is None


@given(address=st.ip_addresses())
def test_an_address_is_an_address_and_no_name(address: object) -> None:
    assert name_key(str(address)) is None
    assert fqdn_key(str(address)) is None
    assert ip_key(f" {address} ") in {str(address), None}
    if isinstance(address, IPv4Address):
        assert (ip_key(str(address)) is None) == (
            address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
        )


@given(name=LABELS, domain=st.sampled_from(["example.gov", "CORP.example"]))
def test_a_name_is_the_same_with_and_without_its_domain(name: str, domain: str) -> None:
    assume(not name.isdigit())
    spellings = [name, name.upper(), f"{name}.{domain}", f"CORP\\{name}", f"{name}$", f" {name} ", f"{name}."]
    assert len({name_key(one) for one in spellings}) == 1
    assert fqdn_key(f"{name}.{domain}") == f"{name}.{domain}".lower()
    assert fqdn_key(name) is None
    assert len(name_key(name + "x" * 30) or "") <= 15


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("serial", "To be filled by O.E.M."),
        ("serial", "Default string"),
        ("serial", "0"),
        ("serial", "XXXXXXX"),
        ("uuid", "00000000-0000-0000-0000-000000000000"),
        ("uuid", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"),
        ("uuid", "03000200-0400-0500-0006-000700080009"),
        ("mac", "00:00:00:00:00:00"),
        ("mac", "02:42:ac:11:00:02"),
        ("mac", "33:33:00:00:00:01"),
        ("hostname", "localhost"),
        ("hostname", "localhost.localdomain"),
        ("asset_tag", "No Asset Tag"),
    ],
)
def test_placeholders_identify_nothing(kind: str, value: str) -> None:
    found = normal(kind, value)
    assert found is None or unusable(*found)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("serial", "5CG7140KLM"),
        ("uuid", "4c4c4544-0042-3510-8051-b4c04f4d3132"),
        ("mac", "3C:52:82:11:22:33"),
        ("hostname", "PC-7"),
    ],
)
def test_real_values_identify(kind: str, value: str) -> None:
    found = normal(kind, value)
    assert found
    assert unusable(*found) is None
