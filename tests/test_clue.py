"""Clues: a key is the same for every spelling of a value, and there is one or none for any text."""

from __future__ import annotations

import re
from importlib.resources import files
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import assume, example, given
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
    unusable_among,
    uuid_key,
)

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

PUBLISHED = Path(__file__).resolve().parents[1] / "../shared/identity/placeholders.tsv"
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
    if kind != "agent_id":  # the tool is said before it
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
        ("asset_tag", "No Asset Information"),
        ("serial", "1.0"),
        ("serial", "2.0.1"),
        ("serial", "01234567"),
        ("serial", "'Not Specified'"),
        ("serial", "0x00000000"),
        ("mac", "00:1A:7D:DA:71:0A"),
    ],
)
def test_placeholders_identify_nothing(kind: str, value: str) -> None:
    found = normal(kind, value)
    assert found is None or unusable(*found)


GOOD = {
    "serial": (
        *("5CG7140KLM", "MXL7100005", "CZC9027XYZ", "2UA1234567", "SGH8060001"),  # HP
        *("7K2Q1", "BQX51C2", "1BJ3R52", "4507132", "HKZNN02"),  # Dell: short, and some are only digits
        *("PF0ABC04", "R90K1234", "MJ04T7L2", "1S20BES0A100PC0ABCDE", "L3A1234", "10234567"),  # Lenovo
        *("C02XG2JHJGH5", "F2LX1000JCLF", "FVFXC2ABHV29", "H4XK9Q2LPN"),  # Apple
        *("012345012345", "1234567122", "123456789012", "100110", "NB71.0442", "1.0.0.0", "2.10"),  # a pattern would eat them
        *("FILLED7Q2", "NOTE-7441", "NONESUCH-5", "SERNUM88-1", "STANDARD-12", "EVAL-0071", "N123456"),  # a word inside would
        *("1800-1102-4471-9973-3391-0127-55", "8124-9970-2215-1207-4466-8801-32"),  # Hyper-V
        *("Parallels-56 4D 1A 2B 3C 4D 5E 6F 70 81 92 A3 B4 C5 D6 E7", "VirtualBox-7f1c5a20-52c4-4f4d-9d0e-6c5d1b1a7e42"),
        *("GoogleCloud-4A1D2C3B0F9E8D7C6B5A493827160504", "ec2e1916-9099-7caf-fd21-012345abcdef"),
        *("0000-0012-3456-7890-1234-5678-90", "FOC1842Y0AB", "VNB3R01234", "CN-0X8DXD-70163-52R-00KQ-A01", "00000000000000A1"),
    ),
    "uuid": (
        *("4c4c4544-0042-3510-8051-b4c04f4d3132", "44454C4C-4200-1035-8051-B4C04F4D3132"),
        *("00000000-0000-0000-0000-0CC47A123456", "ec2e1916-9099-7caf-fd21-012345abcdef"),
        "VMware-56 4d 4c bc c6 a9 19 69-00 00 00 00 00 00 00 01",
    ),
    "cloud_id": ("i-0abcd1234ef567890", "i-1a2b3c4d", "4520031799277581759", "13f56399-bd52-4150-9748-7190aae1ff21"),
    "mac": ("3C:52:82:11:22:33", "f8b1.56aa.0b01", "AC-1F-6B-12-34-56"),
    "hostname": ("PC-7", "NONESUCH", "standard-12", "localhost-7", "NOTEBOOK", "unknown-pc"),
    "fqdn": ("pc7.corp.local", "pc7.example.gov", "a_b.office.lan"),
    "asset_tag": ("ASSET-00123", "NOTEBOOK-12", "NOTTINGHAM-3", "0004711", "Available Room 7"),
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in GOOD.items() for value in values])
def test_real_values_identify(kind: str, value: str) -> None:
    found = normal(kind, value)
    assert found
    assert unusable(*found) is None


def test_no_two_good_values_are_one() -> None:
    for kind, values in GOOD.items():
        assert len({normal(kind, value) for value in values}) == len(values) - (kind == "uuid"), "two orders of one Dell's bytes"


@pytest.mark.parametrize("value", ["5CG7140KLM", "4507132", "MXL-7100005", "1S20BES0A100PC0ABCDE"])
def test_what_a_spreadsheet_puts_around_a_serial_is_no_part_of_it(value: str) -> None:
    around = ["'{}", '="{}"', '"{}"', "\u201c{}\u201d", "\u2018{}\u2019", "{}.", "{},", " {} ", "\u200b{}"]
    assert {serial_key(one.format(value)) for one in around} == {value}
    assert serial_key(value.replace("-", "\u2013")) == value
    assert normal("asset_tag", f"'{value}'") == normal("asset_tag", value)
    assert normal("ad_object", f"{{{value}}}") == normal("ad_object", value)
    assert normal("agent_id", f"sccm:{{{value}}}") == normal("agent_id", f"SCCM:{value}")


@pytest.mark.parametrize(
    "name", ["CORP\\desk-7", "desk-7$", "'desk-7'", "\u201cdesk\u20117\u201d", "DESK-7.", "desk-7.corp.local"]
)
def test_trailing_marks_and_quotes_are_no_part_of_a_name(name: str) -> None:
    assert name_key(name) == "desk-7"


def test_a_curly_apostrophe_is_an_apostrophe() -> None:
    assert name_key("Anna\u2019s MacBook Pro") == name_key("ANNA'S MACBOOK PRO")
    assert name_key("Anna\u2019s MacBook") != name_key("Annas MacBook")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("PC1$.corp.example.gov", "pc1.corp.example.gov"),
        ("CORP\\pc1.corp.example.gov", "pc1.corp.example.gov"),
        ('"pc1.example.gov."', "pc1.example.gov"),
        ("pc1.corp.local", "pc1.corp.local"),
        ("pc1.local", None),
        ("pc1.lan", None),
        ("localhost.localdomain", None),
        ("pc1.site.localdomain", None),
        ("pc1.corp.invalid", None),
        ("pc1..gov", None),
        ("pc 1.example.gov", None),
    ],
)
def test_a_full_name_is_one_that_its_network_gave(name: str, key: str | None) -> None:
    assert fqdn_key(name) == key


@pytest.mark.parametrize("value", ["To Be Filled By O.E.M.", "System Serial Number", "Chassis Manufacturer", "Default string"])
def test_a_placeholder_as_a_name_is_known_though_names_are_cut(value: str) -> None:
    found = normal("hostname", value)
    assert found
    assert unusable(*found)


class Row(NamedTuple):
    """A line of the published collection."""

    kind: str
    value: str
    match: str


def published() -> list[Row]:
    if not PUBLISHED.exists():
        return []
    lines = PUBLISHED.read_text("utf-8").splitlines()
    return [Row(*line.split("\t")[:3]) for line in lines if line and not line.startswith("#")]


KINDS_OF = {
    "any-bios-string": ("serial", "uuid", "asset_tag", "hostname"),
    "asset-tag": ("asset_tag",),
    "board-serial": ("serial",),
    "model": (),  # joins nothing here
    "manufacturer": (),
}
# one Dell's own UUID, which a bug of an agent once gave to others: an example, says the collection, and no placeholder
OWN = {"44454C4C-5600-1048-8057-B3C04F584831"}
real = [pytest.mark.real, pytest.mark.skipif(not PUBLISHED.exists(), reason="no published placeholders beside the project")]


class TestPublished:
    """The collection of placeholders found in the code of inventory tools: values are followed, patterns are not."""

    pytestmark = real

    @pytest.mark.parametrize("row", [row for row in published() if row.match.startswith("exact")], ids=str)
    def test_value_identifies_nothing(self, row: Row) -> None:
        value = "" if row.value == "<empty>" else row.value
        for kind in KINDS_OF.get(row.kind, (row.kind,)):
            found = normal(kind, value)
            assert (found is None or bool(unusable(*found))) != (row.value in OWN)

    def test_collection_is_there(self) -> None:
        assert len([row for row in published() if row.match.startswith("exact")]) > 150

    @pytest.mark.parametrize(
        ("pattern", "kind", "eaten"),
        [
            (r"\d\.\d(\.\d)?", "serial", "NB71.0442"),
            ("^(0|1)+$", "serial", "100110"),
            ("^0?1234567[8]?[9]?[0]?", "serial", "1234567122"),
            ("sernum|part[_-]?number|specified|filled|applicable", "serial", "FILLED7Q2"),
            ("^Parallels-|^0$|^ec2|^GoogleCloud-", "serial", "ec2e1916-9099-7caf-fd21-012345abcdef"),
            (r"^\d{4}-\d{4}-\d{4}-\d{4}-\d{4}-\d{4}-\d{2}$", "serial", "1800-1102-4471-9973-3391-0127-55"),
            ("manufacturer|to be filled|available|asset|^no(ne|t)", "asset_tag", "NOTTINGHAM-3"),
            ("^00000000-0000-0000-0000-", "uuid", "00000000-0000-0000-0000-0CC47A123456"),
        ],
    )
    def test_pattern_would_eat_a_good_value(self, pattern: str, kind: str, eaten: str) -> None:
        assert pattern in {row.value for row in published()}
        assert re.search(pattern, eaten, re.IGNORECASE)
        assert eaten in GOOD[kind]


SHARED = Path(__file__).resolve().parents[1] / "../shared/identity"
DATA = files("fullcount") / "data"


def written_in(*tables: Traversable) -> list[str]:
    """The values in lists of placeholders and prefixes: the first two columns of each line."""
    lines = [line for table in tables for line in table.read_text("utf-8").splitlines()]
    return [cell for line in lines if line and not line.startswith("#") for cell in line.split("\t")[:2]]


# values that are listed, as they are listed and as they are nearly; the last become listed ones in upper case
LISTED = written_in(DATA / "placeholders.tsv", DATA / "mac_prefixes.tsv")
ODD = (*LISTED, "00", "AA", "7", "\u0130", "\u00df\u00df\u00df", "Default \u017ftring", "\ufb01ll", "N\u0131ne")
KEYS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.sampled_from(ODD),
    st.sampled_from("0fFxX-").flatmap(lambda one: st.integers(1, 40).map(lambda many: one * many)),
    st.from_regex(r"[0-9A-F]{12}|[0-9a-f]{32}|[A-Z0-9 ]{1,4}", fullmatch=True),
    st.sampled_from([one.replace(":", "") for one in LISTED if ":" in one]).map(lambda one: one.ljust(12, "1")),
)


def alone(kind: str, keys: list[str]) -> list[tuple[int, str]]:
    return [(place, why) for place, key in enumerate(keys) if (why := unusable(kind, key))]


@pytest.mark.parametrize("kind", KINDS)
@given(keys=st.lists(KEYS, max_size=30))
@example(keys=list(ODD))
def test_many_keys_are_judged_as_each_is_alone(kind: str, keys: list[str]) -> None:
    good = [key for key in keys if kind != "mac" or mac_key(key) == key]
    assert list(unusable_among(kind, pa.array(good, pa.large_string()))) == alone(kind, good)


@pytest.mark.real
@pytest.mark.parametrize("kind", KINDS)
def test_placeholders_of_others_are_judged_as_each_is_alone(kind: str) -> None:
    listed = SHARED / "placeholders.tsv"
    if not listed.exists():
        pytest.skip("no ../shared/identity/placeholders.tsv")
    found = [normal(kind, value) for value in written_in(listed) if value]
    keys = [key for one in found if one and one[0] == kind for key in [one[1]]]
    assert list(unusable_among(kind, pa.array(keys, pa.large_string()))) == alone(kind, keys)
