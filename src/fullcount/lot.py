"""The lot: which systems an audit is drawn from, in which strata, how many of each, and in which order. From one kept count.

The frame is every system that nobody says has it: declared *without it*, *not covered*, or expected and silent for long. It is
frozen as a table, and its digest is entered in the ledger before the seed is known. The order is that of HMAC-SHA-256 over the
system's name, with the seed as its key: whoever has the frame and the seed draws the same systems again.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fullcount.auditing import FLOOR, neyman, sample
from fullcount.cell import cell, table_writer
from fullcount.errors import UsageError
from fullcount.kept import kept_digest, kept_rows
from fullcount.model import Standing
from fullcount.report import UNASSIGNED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from fullcount.report import Account

PLAN_SCHEMA = "fullcount.audit.plan/1"
EXPECTED = "expected"  # on lists only, and silent for long
DECLARED = str(Standing.WITHOUT_IT)
_ASKED = (DECLARED, str(Standing.NOT_COVERED))
_HAVING = (str(Standing.WITH_IT), str(Standing.EXEMPT))
_OTHER = "other"  # what is too small for a stratum of its own
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) ?%", re.ASCII)
_MARKS = ("serial", "asset_tag")
_MOST_MARKS = 200  # characters
_WORTH = 4  # as many times the least number of visits as a stratum of its own has systems
FRAME = ("system", "name", "component", "standing", "class", "stratum", "tools", "marks", "heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A part of the frame. Unit: systems. `planned`: how many are met at first."""

    name: str
    standing: str
    systems: int
    planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Of the systems that have it and that a tool had looked at whole, how many it saw it on and how many it missed."""

    tool: str
    saw: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is decided before anything is drawn. `tolerable`: share of the systems declared without it that may have it;
    `most` is that share in systems; `risk`: the chance to certify although more do. `listed`: all systems of the count.
    """

    audit: str
    count: str
    accounts: str  # SHA-256 of the accounts of the count, as they are kept
    directive: str
    title: str
    short_title: str
    as_of: str
    risk: float
    tolerable: float
    at_least: int  # systems met in each stratum
    frame: str  # SHA-256 of the table
    systems: int
    declared: int
    most: int
    listed: int
    having: int  # with it or exempt
    strata: tuple[Stratum, ...]
    tools: tuple[Tool, ...]
    notes: tuple[str, ...] = ()
    schema: str = PLAN_SCHEMA

    def written(self) -> bytes:
        """As it is kept: the same plan gives the same bytes."""
        return (json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Plan:
        """The plan in a document that `written` made."""
        strata = tuple(Stratum(**row) for row in document["strata"])
        tools = tuple(Tool(**row) for row in document["tools"])
        return cls(**{**document, "strata": strata, "tools": tools, "notes": tuple(document["notes"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks of an audit."""

    risk: float = 0.05
    tolerable: float = 0.01
    at_least: int = FLOOR


def percent(text: str, what: str, *, most: float = 100.0) -> float:
    """A share written as a percentage. Raises `UsageError` for anything else, and for none or more than `most` percent.

    >>> percent("0.5%", "--tolerable")
    0.005
    """
    found = _PERCENT.fullmatch(text.strip())
    if not found:
        raise UsageError(f"{what} should be a percentage", hint=f"for example {what} 5%")
    number = float(found[1])
    if not 0 < number <= most:
        raise UsageError(f"{what} should be over 0% and at most {most:g}%", hint=f"for example {what} {min(5, most / 2):g}%")
    return float(found[1]) / 100


# -- the frame -------------------------------------------------------------------------------------------------------------


def framed(folder: Path, account: Account, *, at_least: int = FLOOR) -> list[dict[str, str]]:
    """The frame of a kept count, by system; see `FRAME`. Raises `UsageError` where nobody is in it."""
    directive = account.directive["id"]
    rows = [
        _row(row, str(row["standing"]), row["last_heard"])
        for row in kept_rows(folder, "host_list", "directive", [directive])
        if row["standing"] in _ASKED
    ]
    rows += [_row(row, EXPECTED, row["last_heard"]) for row in kept_rows(folder, "apart_list", "population", ["gone"])]
    if not rows:
        raise UsageError("there is nothing to audit: every system of this count has it", hint="`fullcount report` lists them")
    looks = _complete(folder, directive)
    names = {row["host_id"]: row["host"] for row in kept_rows(folder, "host_names")}
    for row in rows:
        row["tools"] = "; ".join(sorted(looks.get(names[row["system"]], ())))
    named = _strata(rows, at_least)
    for row, stratum in zip(rows, named, strict=True):
        row["stratum"] = stratum
    return sorted(rows, key=lambda row: row["system"])


def _row(row: Mapping[str, Any], standing: str, heard: Any) -> dict[str, str]:
    clues = [one for one in (row["clues"] or "").split("; ") if one.partition("=")[0] in _MARKS]
    return {
        "system": row["host"],
        "name": row["name"] or "",
        "component": row["component"] or UNASSIGNED,
        "standing": standing,
        "class": row["class"] or "unknown",
        "marks": "; ".join(clues)[:_MOST_MARKS],
        "heard": f"{heard:%Y-%m-%d}" if heard else "",
    }


def _complete(folder: Path, directive: str) -> dict[int, set[str]]:
    """The tools that had a whole and fresh look, by number of host."""
    found: dict[int, set[str]] = {}
    for row in kept_rows(folder, "look_states", "state", ["complete"]):
        if row["directive"] == directive:
            found.setdefault(row["host"], set()).add(row["tool"])
    return found


def _strata(rows: Sequence[Mapping[str, str]], at_least: int) -> list[str]:
    """The stratum of each system: its standing, component and class. Those of which `at_least` would be too large a part are put
    together within their component, and what is still too small, within its standing.
    """
    keys = [(row["standing"], row["component"], row["class"]) for row in rows]
    for coarse in (lambda one: (one[0], one[1], _OTHER), lambda one: (one[0], _OTHER, _OTHER)):
        sizes = Counter(keys)
        keys = [one if sizes[one] >= _WORTH * at_least else coarse(one) for one in keys]
    return [" / ".join(one) for one in keys]


def table(rows: Iterable[Mapping[str, str]]) -> bytes:
    """The frame as it is kept and as its digest is taken: CSV."""
    file = io.BytesIO()
    writer = table_writer(file)
    writer.writerow(FRAME)
    writer.writerows([cell(row[name]) for name in FRAME] for row in rows)
    return file.getvalue()


def planned(folder: Path, account: Account, rows: Sequence[Mapping[str, str]], wanted: Wanted, *, audit: str) -> Plan:
    """How many are met in each stratum, and what that is to show."""
    sizes = Counter((row["stratum"], row["standing"]) for row in rows)
    parts = sorted(sizes, key=lambda one: ((*_ASKED, EXPECTED).index(one[1]), one[0]))
    declared = sum(number for (_, standing), number in sizes.items() if standing == DECLARED)
    most = int(declared * wanted.tolerable + 1e-9)
    numbers = _numbers([(sizes[one], one[1] == DECLARED) for one in parts], most, account, wanted)
    having = account.total.with_it + account.total.exempt
    return Plan(
        audit=audit,
        count=account.count,
        accounts=kept_digest(folder),
        directive=account.directive["id"],
        title=account.directive["title"],
        short_title=account.directive["short_title"],
        as_of=account.as_of,
        risk=wanted.risk,
        tolerable=wanted.tolerable,
        at_least=wanted.at_least,
        frame=hashlib.sha256(table(rows)).hexdigest(),
        systems=len(rows),
        declared=declared,
        most=most,
        listed=account.total.systems,
        having=having,
        strata=tuple(
            Stratum(name=name, standing=standing, systems=sizes[name, standing], planned=number)
            for (name, standing), number in zip(parts, numbers, strict=True)
        ),
        tools=tuple(_tools(folder, account.directive["id"])),
        notes=tuple(_notes(account)),
    )


def _numbers(parts: Sequence[tuple[int, bool]], most: int, account: Account, wanted: Wanted) -> list[int]:
    """How many to meet of each stratum (`parts`: its systems, and whether they are declared without it). In proportion among
    those declared without it, so that none found shows what is to be shown; in all strata at least as many as Neyman's shares of
    as many visits, and the floor.
    """
    needed = iter(numbers := sample([systems for systems, declared in parts if declared], most, risk=wanted.risk))
    having = account.total.with_it + account.total.exempt
    likely = max(wanted.tolerable, min(0.5, having / max(1, account.total.looked_at)))
    shares = [wanted.tolerable if declared else likely for _, declared in parts]
    weights = [systems * (share * (1 - share)) ** 0.5 for (systems, _), share in zip(parts, shares, strict=True)]
    own = sum(weight for weight, (_, declared) in zip(weights, parts, strict=True) if declared)
    visits = sum(numbers) * sum(weights) / own if own else 0.0
    spread = neyman([systems for systems, _ in parts], shares, visits, at_least=wanted.at_least)
    return [max(one, next(needed)) if declared else one for one, (_, declared) in zip(spread, parts, strict=True)]


def _tools(folder: Path, directive: str) -> list[Tool]:
    """What each tool saw of the systems that are known to have it."""
    looks = _complete(folder, directive)
    having = {
        row["host_number"] for row in kept_rows(folder, "host_list", "directive", [directive]) if row["standing"] in _HAVING
    }
    saw: dict[str, set[int]] = {}
    for row in kept_rows(folder, "finding_list", "directive", [directive]):
        if row["counts"] and row["answered"] is None and row["host_number"] in having:
            saw.setdefault(row["tool"], set()).add(row["host_number"])
    tools = sorted({tool for one in looks.values() for tool in one})
    found = []
    for tool in tools:
        looked = {host for host in having if tool in looks.get(host, ())}
        seen = saw.get(tool, set()) & looked
        found.append(Tool(tool=tool, saw=len(seen), missed=len(looked - seen)))
    return found


def _notes(account: Account) -> Iterable[str]:
    expected = [line for line in account.components if line.expected is not None and line.expected > line.systems]
    if expected:
        number = sum((line.expected or 0) - line.systems for line in expected)
        yield f"{number:,} systems are expected and on no list: nobody can draw them; a survey of places is what finds them."
    yield "Systems that no source lists are not in the frame: a survey of places is what finds them."


# -- the draw --------------------------------------------------------------------------------------------------------------


def order(system: str, seed: str) -> str:
    """Where a system stands in the order of the draw: the least first."""
    return hmac.new(seed.encode(), system.encode(), hashlib.sha256).hexdigest()


def ordered(rows: Iterable[Mapping[str, str]], seed: str) -> dict[str, list[Mapping[str, str]]]:
    """The systems of each stratum in the order in which they are drawn."""
    found: dict[str, list[Mapping[str, str]]] = {}
    for row in sorted(rows, key=lambda one: (order(one["system"], seed), one["system"])):
        found.setdefault(row["stratum"], []).append(row)
    return found


def drawn(
    strata: Collection[Stratum], rows: Iterable[Mapping[str, str]], seed: str, *, start: Mapping[str, int], end: Mapping[str, int]
) -> list[Mapping[str, str]]:
    """The systems from the `start`-th to the `end`-th of each stratum: stratum by stratum, in the order of the draw."""
    lines = ordered(rows, seed)
    return [row for one in strata for row in lines[one.name][start.get(one.name, 0) : end[one.name]]]
