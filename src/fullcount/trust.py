"""The contract of a trust file: whose keys the office that receives returns believes, for which component, and when.

A trust file is TOML with a table `[[key]]` a key and, where one signature is not enough, `[[need]]`. It is kept by whoever
receives returns, and nothing in a return can change what it says. A day is that of receipt: what a signer's clock says
proves nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from fullcount.dsse import MOST_SIGNATURES
from fullcount.entry import Rules, built, toml
from fullcount.envelope import PublicKey, public
from fullcount.errors import EnvelopeError, SettingsError
from fullcount.node import did_you_mean
from fullcount.sshsig import NAMESPACE, SCHEMES
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

FILE = "trust.toml"
SEE = "see docs/guides/keys-and-trust.md"


@dataclass(frozen=True, kw_only=True)
class Trusted:
    """`[[key]]`: a key, the component for which it signs, and whose it is."""

    key: PublicKey
    component: str
    name: str
    role: str = ""  # preparer, cio, or any other text
    valid_after: date | None = None  # the first day
    valid_before: date | None = None  # the first day on which it no longer signs
    revoked: date | None = None  # from this day on nothing is believed of it
    place: str = ""

    def why_not(self, on: date) -> str:
        """Why what it signed is not believed if it is received on this day; empty where it is."""
        if self.revoked and on >= self.revoked:
            return f"the key was revoked on {self.revoked}"
        if self.valid_after and on < self.valid_after:
            return f"the key is not valid before {self.valid_after}"
        if self.valid_before and on >= self.valid_before:
            return f"the key is no longer valid since {self.valid_before}"
        return ""


@dataclass(frozen=True, kw_only=True)
class Need:
    """`[[need]]`: how many keys must sign a return, and which roles among them."""

    signatures: int = 1
    roles: tuple[str, ...] = ()
    component: str = ""  # empty: every one that has no need of its own
    place: str = ""

    def lacking(self, signers: Iterable[Trusted]) -> tuple[str, ...]:
        """What is not there, in words, if these have signed. One key counts once."""
        by_id = {one.key.id: one for one in signers}
        found = [f"nobody signed as `{visible(role)}`" for role in self.roles if role not in {one.role for one in by_id.values()}]
        if len(by_id) < self.signatures:
            found.insert(0, f"{self.signatures} of its keys must have signed, and {len(by_id)} did")
        return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Everything in a trust file."""

    keys: tuple[Trusted, ...] = ()
    need: tuple[Need, ...] = ()

    def of(self, component: str) -> tuple[Trusted, ...]:
        """The keys of a component, by its exact name, in their order; valid or not."""
        return tuple(one for one in self.keys if one.component == component)

    def needs(self, component: str) -> Need:
        """What a return of this component needs: its own need, else that of all, else one signature."""
        return next((one for name in (component, "") for one in self.need if one.component == name), Need())


@dataclass(frozen=True, kw_only=True)
class _Key:
    """A table `[[key]]` as it is written."""

    component: str
    name: str
    public: str
    role: str = ""
    valid_after: date | None = None
    valid_before: date | None = None
    revoked: date | None = None
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class _File:
    """The whole file as it is written."""

    key: tuple[_Key, ...] = ()
    need: tuple[Need, ...] = ()


def load(path: Path) -> Trust:
    """What a trust file says. Raises `SettingsError` with file and line."""
    if not path.is_file():
        raise SettingsError("there is no such trust file", place=str(path), hint=f"write whose keys are believed; {SEE}")
    document, place = toml(path, SEE)
    made = built(_File, document, place, _RULES)
    keys = tuple(_trusted(one) for one in made.key)
    _once(keys)
    for need in made.need:
        _sound(need, keys)
    if len({one.component for one in made.need}) < len(made.need):
        raise SettingsError("two needs of one component", place=made.need[-1].place, hint="take one of them out")
    return Trust(keys=keys, need=made.need)


def _public(text: str, place: str) -> PublicKey:
    try:
        return public(text, place)
    except EnvelopeError as error:
        raise SettingsError(f"`public` {error.message}", place=place, hint=error.hint or SEE) from None


def _trusted(one: _Key) -> Trusted:
    for name in ("component", "name"):
        if not getattr(one, name).strip():
            raise SettingsError(f"`{name}` is empty", place=one.place, hint="say for whom the key signs, and whose it is")
    if one.valid_after and one.valid_before and one.valid_before <= one.valid_after:
        raise SettingsError("is valid on no day", place=one.place, hint="`valid_before` comes after `valid_after`")
    said: dict[str, Any] = {name: getattr(one, name) for name in _SAME}
    return Trusted(key=_public(one.public, one.place), **said)


def _once(keys: tuple[Trusted, ...]) -> None:
    """One key under two roles would be two signatures of one person."""
    seen: dict[tuple[str, str], str] = {}
    for one in keys:
        which = (one.component, one.key.id)
        if which in seen:
            raise SettingsError("this key is there already", place=one.place, hint=f"the first is at {seen[which]}")
        seen[which] = one.place


def _sound(need: Need, keys: tuple[Trusted, ...]) -> None:
    names = {one.component for one in keys}
    if need.component and need.component not in names:
        hint = f"{did_you_mean(need.component, names)}a need is of a component that has a key"
        raise SettingsError(f"no key is of `{visible(need.component)}`", place=need.place, hint=hint)
    if not 1 <= need.signatures <= MOST_SIGNATURES:
        raise SettingsError(f"`signatures` is 1 to {MOST_SIGNATURES}", place=need.place, hint=SEE)


_SAME = ("component", "name", "role", "valid_after", "valid_before", "revoked", "place")
_RULES = Rules(see=SEE, lists={"key": _Key, "need": Need}, checks={"public": _public})


def lines(key: PublicKey, *, component: str, name: str, role: str = "", **days: date | None) -> str:
    """The lines of a trust file for a key; of `days` those of `Trusted` that are known."""
    said = {"component": component, "name": name, "role": role, "public": key.text()}
    rows = [f"{one} = {_quoted(text)}" for one, text in said.items() if text or one != "role"]
    rows += [f"{one} = {day}" for one, day in days.items() if day]
    return "\n".join(["[[key]]", *rows, ""])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


# -- allowed_signers of OpenSSH -----------------------------------------------------------------------------------------------

_PRINCIPALS = re.compile(r'(?:"([^"]+)"|([^\s"]+))\s+(.*)')
_OPTION = re.compile(r'([a-z-]+)(?:="([^"]*)")?(,|\s+)', re.IGNORECASE)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d{4}(?:\d\d)?)?Z?")
_OPTIONS = ("namespaces", "valid-after", "valid-before")


def from_allowed_signers(text: str, components: Mapping[str, str], *, place: str) -> str:
    """The text of a trust file that believes the keys of an `allowed_signers` file. `components`: principal -> component;
    a principal that is not named there is a component of its own name. Raises `SettingsError` with file and line.

    Days are whole: a key that becomes valid at noon is so from the next day, one that ends at noon until the day before. What
    cannot be said so, a certificate authority or a pattern of principals, is an error; a key for other purposes is left out.
    """
    parts: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            parts += _imported(line.strip(), components, f"{place}:{number}")
    return "\n".join(parts)


def _imported(line: str, components: Mapping[str, str], place: str) -> Iterator[str]:
    found = _PRINCIPALS.fullmatch(line)
    if not found:
        raise SettingsError("is no line of allowed_signers", place=place, hint="principals, options, type and key")
    principals, rest = (found[1] or found[2]).split(","), found[3]
    if odd := [one for one in principals if re.search(r"[*?!]", one) or not one]:
        hint = "write one line for each who may sign: a pattern would believe names that nobody has seen"
        raise SettingsError(f"`{visible(odd[0])}` is a pattern", place=place, hint=hint)
    options, rest = _options(rest, place)
    patterns = options.get("namespaces", NAMESPACE).split(",")
    if not any(fnmatchcase(NAMESPACE, one) for one in patterns):
        yield f"# {visible(place)}: left out, since it is for {visible(','.join(patterns))} and not for {NAMESPACE}\n"
        return
    key = _public(rest, place)
    starts, ends = _day(options, "valid-after", place), _day(options, "valid-before", place)
    comment = " ".join(rest.split()[2:])
    for one in principals:
        yield lines(key, component=components.get(one, one), name=comment or one, valid_after=starts, valid_before=ends)


def _options(rest: str, place: str) -> tuple[dict[str, str], str]:
    """What stands between the principals and the key."""
    found: dict[str, str] = {}
    while rest and rest.split(None, 1)[0] not in SCHEMES:
        one = _OPTION.match(rest)
        if one and one[1].lower() == "cert-authority":
            hint = "name the keys that sign: whatever an authority certifies cannot be looked through here"
            raise SettingsError("a certificate authority is not believed", place=place, hint=hint)
        if not one or one[1].lower() not in _OPTIONS or one[2] is None or one[1].lower() in found:
            hint = f"options are: {', '.join(_OPTIONS)}; types are: {', '.join(SCHEMES)}"
            raise SettingsError(
                f"`{visible(rest.split(maxsplit=1)[0], 60)}` is no option and no type of key", place=place, hint=hint
            )
        found[one[1].lower()] = one[2]
        rest = rest[one.end() :].lstrip()
    return found, rest


def _day(options: Mapping[str, str], name: str, place: str) -> date | None:
    from datetime import date, timedelta

    if name not in options:
        return None
    found = _TIME.fullmatch(options[name])
    try:
        day = date(*map(int, found.groups()[:3])) if found else None
        later = bool(found and (found[4] or "").strip("0")) and name == "valid-after"
        made = day + timedelta(days=later) if day else None
    except (ValueError, OverflowError):
        made = None
    if made is None:
        raise SettingsError(f"`{name}` is no day", place=place, hint="YYYYMMDD, or YYYYMMDDHHMM")
    return made


def allowed_signers(trust: Trust) -> str:
    """The keys of SSH in a trust file, for `ssh-keygen -Y verify`: a component is a principal, and who has the key a remark.
    Keys of other kinds make no signatures of SSH, and are named in a remark. Raises `SettingsError`.
    """
    parts = []
    for one in trust.keys:
        said = visible(" ".join(f"{one.name} {one.role}".split()))
        if one.key.kind != "ssh":
            parts.append(f"# {visible(one.component)}: left out, {one.key.kind}: {said}")
            continue
        if re.search(r'[",*?!]|[^ -~]', one.component):
            hint = "OpenSSH would read the name as a pattern or not at all; give the component another name here"
            raise SettingsError(f"`{visible(one.component)}` cannot be a principal", place=one.place, hint=hint)
        ends = [day for day in (one.valid_before, one.revoked) if day]
        days = {"valid-after": one.valid_after, "valid-before": min(ends, default=None)}
        options = [f'namespaces="{NAMESPACE}"', *(f'{name}="{day:%Y%m%d}Z"' for name, day in days.items() if day)]
        parts.append(f'"{one.component}" {",".join(options)} {one.key.text()} {said}')
    return "\n".join([*parts, ""])
