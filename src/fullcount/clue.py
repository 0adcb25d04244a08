"""Clues: what identifies a machine, what a value of each kind has in common with its other spellings,
and which values identify nothing.

Kinds, and how far each is trusted (strong, medium, weak), are those of the design; placeholder values are
facts collected from published inventory code, listed with their sources in `data/placeholders.tsv`, and
MAC prefixes of adapters that travel between machines in `data/mac_prefixes.tsv`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, reduce
from importlib.resources import files
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from fullcount.text import key as fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

STRONG, MEDIUM, WEAK = "strong", "medium", "weak"
_NETBIOS = 15
_SHORT = 3  # no maker's serial number has fewer characters
_REPEATING = frozenset({"serial", "uuid", "mac"})  # kinds of which one character repeated is no value
_STRAIGHT = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
_AROUND = " ._'\"=,;{}"  # what spreadsheets, sentences and programs put around a value
_HEX = re.compile(r"[0-9a-f]+")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_NO_DOMAINS = frozenset({"invalid", "localdomain", "workgroup"})
_OWN_NAMES = frozenset({"home", "lan", "local"})  # given by a machine or a router to itself, or the end of a directory's name
_DIGIT = "{digit}"
_VMWARE = re.compile(r"vmware-((?:[0-9a-f]{2}[ -]?){16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of clue. `step` is its turn in joining records; `None`: it is kept and shown, but joins nothing."""

    name: str
    strength: str
    step: int | None
    key: Callable[[str], str | None]


def _bare(value: str) -> str:
    """A value folded, with straight quotes and plain dashes, and without what stands around it.

    >>> _bare('="5CG 71"'), _bare("\\u2018PC\\u20117\\u2019."), _bare("{3F2504E0}")
    ('5cg 71', 'pc-7', '3f2504e0')
    """
    folded = fold(value)
    return (folded if folded.isascii() else folded.translate(_STRAIGHT)).strip(_AROUND)


def serial_key(value: str) -> str | None:
    """A serial number: case, inner space and outer marks folded. A VMware serial is a UUID, not a serial.

    >>> serial_key(" 5cg 71"), serial_key("VMware-56 4d 8c 1e 00 00 00 00-00 00 00 00 00 00 00 01")
    ('5CG71', None)
    """
    bare = _bare(value)
    return None if bare.startswith("vmware-") else bare.replace(" ", "").upper() or None


def normal(kind: str, value: str) -> tuple[str, str] | None:
    """A clue as it is joined on: (kind, key). `None` where the value is no value of its kind.

    >>> normal("serial", "VMware-56 4d 4c bc c6 a9 19 69-00 00 00 00 00 00 00 01")
    ('uuid', '564d4cbcc6a919690000000000000001')
    """
    if kind == "serial" and _bare(value).startswith("vmware-"):
        kind = "uuid"
    key = KINDS[kind].key(value)
    return (kind, key) if key else None


def uuid_key(value: str) -> str | None:
    """An SMBIOS UUID, folded over both byte orders (tools disagree about the first three groups).

    >>> uuid_key("564d4cbc-c6a9-1969-0000-000000000001") == uuid_key("BC4C4D56-A9C6-6919-0000-000000000001")
    True
    """
    folded = _bare(value)
    if match := _VMWARE.fullmatch(folded):
        folded = match[1]
    digits = "".join(_HEX.findall(folded.removeprefix("guid:")))
    if len(digits) != 32:
        return None
    swapped = "".join(bytes.fromhex(part)[::-1].hex() for part in (digits[:8], digits[8:12], digits[12:16])) + digits[16:]
    return min(digits, swapped)


def mac_key(value: str) -> str | None:
    """A hardware address: twelve hexadecimal digits, upper case.

    >>> mac_key("00-50-56-a6-60-bc"), mac_key("0050.56a6.60bc"), mac_key("n/a")
    ('005056A660BC', '005056A660BC', None)
    """
    digits = re.sub(r"[\s:.\-]", "", value).upper()
    return digits if re.fullmatch(r"[0-9A-F]{12}", digits) else None


def name_key(value: str) -> str | None:
    r"""A host name: first label, case folded, cut at 15 as NetBIOS does; an address is no name.

    >>> name_key("CORP\\PC-ACCOUNTS-0012"), name_key("pc1.example.gov"), name_key("'PC-7$'"), name_key("10.0.0.1")
    ('pc-accounts-001', 'pc1', 'pc-7', None)
    """
    folded = _last_part(value)
    if not folded or _is_address(folded):
        return None
    return folded.split(".", 1)[0][:_NETBIOS].strip() or None


def fqdn_key(value: str) -> str | None:
    """A full name: at least two labels, and one that its network gave. `mac.local` is what a machine calls itself;
    below a directory called `corp.local` a name is given once.

    >>> fqdn_key("PC1.Example.GOV."), fqdn_key("PC1$.corp.local"), fqdn_key("mac.local"), fqdn_key("10.0.0.1")
    ('pc1.example.gov', 'pc1.corp.local', None, None)
    """
    name, dot, domain = _last_part(value).partition(".")
    labels = [name.rstrip("$"), *domain.split(".")]
    full = ".".join(labels)
    if not dot or _is_address(full) or not all(map(_LABEL.fullmatch, labels)):
        return None
    return None if labels[-1] in _NO_DOMAINS or domain in _OWN_NAMES else full


def _last_part(value: str) -> str:
    """A name without the domain that Windows writes before it and the mark that the directory writes behind it."""
    return _bare(value).rsplit("\\", 1)[-1].strip(_AROUND + "$")


def ip_key(value: str) -> str | None:
    """An address that can belong to one machine: neither loopback, link-local nor unspecified."""
    try:
        address = ip_address(value.strip().split("%", 1)[0])
    except ValueError:
        return None
    odd = address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
    return None if odd else str(address)


def lease_key(value: str) -> str | None:
    """An address that a machine had on a day, which only network records ask for.

    >>> lease_key("10.0.0.7 2017-10-10"), lease_key("10.0.0.7")
    ('10.0.0.7 2017-10-10', None)
    """
    address, _, day = value.partition(" ")
    key = ip_key(address)
    return f"{key} {day}" if key and re.fullmatch(r"\d{4}-\d\d-\d\d", day) else None


def _is_address(text: str) -> bool:
    if ":" not in text and text.count(".") != 3:
        return False  # most names: the error below costs more than all else that is done with one
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _plain(value: str) -> str | None:
    return _bare(value).replace(" ", "") or None


def agent_key(value: str) -> str | None:
    """An agent's id, `tool:id`: ids mean something only within their tool."""
    tool, _, number = value.partition(":")
    return f"{fold(tool)}:{folded}" if number and (folded := _plain(number)) else None


@cache
def _makers() -> dict[str, str]:
    lines = (files("fullcount") / "data" / "makers.tsv").read_text("utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {written: maker for maker, written in pairs}


def makers() -> frozenset[str]:
    """The keys of the makers that are known apart from one another."""
    return frozenset(_makers().values())


def maker_key(value: str) -> str | None:
    """Who made a machine: one key for the ways of writing a known maker; any other as it is written, folded.

    >>> maker_key("Hewlett-Packard"), maker_key("HP Inc."), maker_key("Harbour Computers")
    ('hp', 'hp', 'harbour computers')
    """
    folded = fold(value)
    return _makers().get(folded, folded) or None


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(name="serial", strength=STRONG, step=0, key=serial_key),
        Kind(name="uuid", strength=STRONG, step=1, key=uuid_key),
        Kind(name="cloud_id", strength=STRONG, step=2, key=_plain),
        Kind(name="agent_id", strength=STRONG, step=3, key=agent_key),
        Kind(name="ad_object", strength=MEDIUM, step=4, key=_plain),
        Kind(name="mac", strength=MEDIUM, step=5, key=mac_key),
        Kind(name="fqdn", strength=MEDIUM, step=6, key=fqdn_key),
        Kind(name="hostname", strength=WEAK, step=7, key=name_key),
        Kind(name="asset_tag", strength=WEAK, step=8, key=_plain),
        Kind(name="manufacturer", strength=WEAK, step=None, key=maker_key),
        Kind(name="domain", strength=WEAK, step=None, key=lambda value: fold(value).strip(" .") or None),
        Kind(name="ip", strength=WEAK, step=None, key=ip_key),
        Kind(name="lease", strength=WEAK, step=None, key=lease_key),
    )
}


def named(text: str) -> tuple[str, str] | None:
    """A clue written `kind=value`, as (kind, key); `None` where that is none."""
    kind, _, value = text.partition("=")
    return normal(kind.strip(), value) if kind.strip() in KINDS else None


def meant(text: str) -> set[tuple[str, str]]:
    """The clues that somebody may mean: the one written `kind=value`, else the text as a value of any kind."""
    kind, _, value = text.partition("=")
    found = [named(text)] if kind.strip() in KINDS and value else [normal(one, text) for one in KINDS]
    return {clue for clue in found if clue}


@cache
def _placeholders() -> dict[str, dict[str, str]]:
    """Kind -> key -> why: values that many machines carry and that identify none."""
    found: dict[str, dict[str, str]] = {}
    for line in (files("fullcount") / "data" / "placeholders.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, value, why = line.split("\t")[:3]
            for name in ("serial", "asset_tag", "hostname") if kind == "any" else (kind,):
                for key in filter(None, map(KINDS[name].key, _spelled_out(value))):
                    found.setdefault(name, {})[key.upper().replace(" ", "")] = why
    return found


def _spelled_out(value: str) -> list[str]:
    """A listed value, once for every digit that may stand where it says `{digit}`."""
    if _DIGIT not in value:
        return [value]
    return [one for digit in "0123456789" for one in _spelled_out(value.replace(_DIGIT, digit, 1))]


@cache
def _mac_prefixes() -> tuple[tuple[str, str], ...]:
    lines = (files("fullcount") / "data" / "mac_prefixes.tsv").read_text("utf-8").splitlines()
    pairs = [line.split("\t")[:2] for line in lines if line and not line.startswith("#")]
    return tuple((prefix.replace(":", "").upper(), why) for prefix, why in pairs)


def unusable(kind: str, key: str) -> str | None:
    """Why a key identifies nothing, in words; `None` for a good one."""
    if why := _placeholders().get(kind, {}).get(key.upper().replace(" ", "")):
        return f"placeholder: {why}"
    if kind in _REPEATING and len(set(key)) == 1:
        return "placeholder: one character repeated"
    if kind == "serial" and len(key) < _SHORT:
        return "placeholder: too short to be a serial number"
    if kind == "mac":
        return _travelling(key)
    return None


def unusable_among(kind: str, keys: pa.Array[Any]) -> Iterator[tuple[int, str]]:
    """What `unusable` says of each of many keys: places and reasons of those that identify nothing, in order.

    Only suspects are asked one by one: of millions of keys nearly all are beyond suspicion.
    """
    import pyarrow.compute as pc

    if kind not in _placeholders() and kind not in _REPEATING:
        return
    places: Any = pc.indices_nonzero(_suspect(kind, keys))
    for place, key in zip(places.to_pylist(), keys.take(places).to_pylist(), strict=True):
        if why := unusable(kind, str(key)):
            yield place, why


def _suspect(kind: str, keys: Any) -> Any:
    """By key: false only where `unusable` has nothing to say."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    part = pc.utf8_slice_codeunits
    # a letter that is not ASCII may become one that is, in upper case
    plain = pc.ascii_upper(keys)
    if pc.any(pc.match_substring(plain, " ")).as_py():  # seldom, and replacing takes as long as all the rest
        plain = pc.replace_substring(plain, " ", "")
    signs: list[Any] = [pc.invert(pc.string_is_ascii(keys)), pc.is_in(plain, pa.array(_placeholders().get(kind, {}), keys.type))]
    if kind in _REPEATING:
        signs.append(pc.equal(part(keys, 0, 2), part(keys, -2)))
    if kind == "serial":
        signs.append(pc.less(pc.utf8_length(keys), _SHORT))
    if kind == "mac":
        prefixes = sorted({prefix[:6] for prefix, _ in _mac_prefixes()})
        signs.append(pc.is_in(part(keys, 0, 6), pa.array(prefixes, keys.type)))
        signs.append(pc.invert(pc.is_in(part(keys, 1, 2), pa.array(["0", "4", "8", "C"], keys.type))))
    return reduce(pc.or_, signs)


def _travelling(mac: str) -> str | None:
    for prefix, why in _mac_prefixes():
        if mac.startswith(prefix):
            return why
    if int(mac[1], 16) & 2:
        return "locally administered: random or virtual"
    return "multicast address" if int(mac[1], 16) & 1 else None
