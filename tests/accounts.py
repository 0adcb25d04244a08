"""Accounts made by hand: one as it should be, one for show, and odd ones that every report must bear."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from fullcount import report
from fullcount.model import Grade, Standing, State
from fullcount.report import (
    AT_LEAST,
    EXACT,
    UNLISTED,
    Account,
    Beside,
    Estimate,
    FamilyLine,
    Line,
    Lists,
    ProductLine,
    Range,
    ReasonLine,
    SourceLine,
    ToolLine,
)
from fullcount.tables import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ONE_PER_BATCH = 500


def line(component: str, *four: int, **more: Any) -> Line:
    """A line whose parts add up: with it, exempt, not covered, without it."""
    with_it, exempt, not_covered, without_it = four
    systems = sum(four)
    return Line(
        component=component,
        systems=systems,
        with_it=with_it,
        exempt=exempt,
        without_it=without_it,
        not_covered=not_covered,
        looked_at=systems - not_covered,
        with_it_label=AT_LEAST if not_covered else EXACT,
        **more,
    )


def small() -> Account:
    """24 systems in three components, one of them shared: what the golden files show."""
    components = (
        line("Border Office", 3, 1, 2, 6, expected=14),
        line("Field Services", 2, 0, 3, 3, shared=1),
        line("unassigned", 0, 0, 1, 4, shared=1),
    )
    return Account(
        count="c0ffee1d5a7e",
        as_of="2017-11-30T23:59:59",
        as_of_how="option",
        made_by="fullcount 0.1.0",
        organisation="Department of Examples",
        directive={
            "id": "bod-17-01",
            "title": "Removal of Kaspersky-Branded Products",
            "short_title": "BOD 17-01",
            "version": "1",
            "digest": SHA,
            "issuer": "Department of Homeland Security",
            "issued": "2017-09-13",
            "unit": "systems",
            "url": "https://cyber.dhs.gov/bod/17-01/",
        },
        sentence="As of 2017-11-30, at least 5 of 24 systems have it; 1 is exempt, 5 are not covered, 13 are without it.",
        total=line("", 5, 1, 5, 13, expected=26, gone=2),
        components=components,
        overlap=1,
        range_systems=Range(low=23, headline=24, high=25),
        range_with_it=Range(low=5, headline=5, high=6),
        products=(
            ProductLine(
                product="endpoint-security",
                name="Kaspersky Endpoint Security",
                systems=4,
                kinds={State.RUNNING: 1, State.INSTALLED: 3},
                grades={Grade.PROOF: 3, Grade.NAME: 1},
                components={"Border Office": 3, "Field Services": 1},
            ),
            ProductLine(
                product="vpn",
                name="Kaspersky Secure Connection",
                systems=2,
                kinds={State.FILES: 2},
                grades={Grade.NAME_AND_PUBLISHER: 2},
                components={"Border Office": 1, "Field Services": 1},
            ),
        ),
        reasons=(
            ReasonLine(standing=Standing.NOT_COVERED, reason="no inventory of its software", systems=3),
            ReasonLine(standing=Standing.NOT_COVERED, reason="last complete look is older than 14 days", systems=2),
            ReasonLine(standing=Standing.WITH_IT, reason="found and not answered", systems=5),
            ReasonLine(standing=Standing.EXEMPT, reason="exemption until 2018-01-31", systems=1),
            ReasonLine(standing=Standing.WITHOUT_IT, reason="never seen", systems=12),
            ReasonLine(standing=Standing.WITHOUT_IT, reason="removed, verified on 2017-11-20 by osquery", systems=1),
        ),
        tools=(
            tool("sccm-csv", "Configuration Manager report (CSV)", seen=20, looked_at=17, with_it=4),
            tool("nmap", "Nmap scan (XML)", seen=9, looked_at=0, with_it=0, lists="some software"),
        ),
        sources=(
            source("exports/border/sccm-2017-11-28.csv", "Border Office", rejects=2),
            source("exports/field/scan.xml", "", collected_at="", notes=("no date in it",)),
        ),
        beside=(
            Beside(name="residue", value=2, unit="systems", text="A driver or key was left behind.", list="findings"),
            Beside(name="review", value=3, unit="titles", text="Titles near the vendor that nobody decided.", list="review"),
            Beside(name="unplaced", value=4, unit="records", text="They name no machine.", list="unplaced"),
            Beside(name="not a computer", value=7, unit="hosts", text="Phones, printers, network gear.", list="apart"),
        ),
        methods=("Programs, packages and applications were compared with 41 signatures.",),
        blind_spots=("Portable copies that were never installed are not looked for.",),
        warnings=("The newest source is 17 days older than the end of the month.",),
    )


def tool(name: str, title: str, *, seen: int, looked_at: int, with_it: int, lists: str = "all software") -> ToolLine:
    return ToolLine(
        tool=name,
        title=title,
        lists=lists,
        sources=1,
        systems=seen,
        looked_at=looked_at,
        with_it=with_it,
        only=seen // 4,
        newest="2017-11-28T06:00:00",
        oldest="2017-11-02T06:00:00",
        records=seen + 3,
        rejects=2,
    )


def source(name: str, component: str, *, collected_at: str = "2017-11-28T06:00:00", rejects: int = 0, notes=()) -> SourceLine:
    how = "name" if collected_at else ""
    return SourceLine(
        name=name,
        component=component,
        reader="sccm-csv",
        collected_at=collected_at,
        collected_how=how,
        digest=SHA,
        records=23,
        observations=4711,
        rejects=rejects,
        notes=tuple(notes),
    )


def large() -> Account:
    """A department of 41,907 systems: what a CIO sees."""
    parts = {
        "Headquarters": (41, 0, 218, 3320),
        "Border Office": (612, 12, 1490, 14208),
        "Field Services": (398, 0, 1207, 9450),
        "Training Centre": (7, 0, 0, 1893),
        "Laboratories": (163, 31, 802, 2610),
        "Records and Archives": (63, 0, 34, 5388),
        "unassigned": (0, 0, 44, 16),
    }
    components = tuple(line(name, *four) for name, four in parts.items())
    total = line("", *(sum(four) for four in zip(*parts.values(), strict=True)), expected=43000, gone=611)
    said = f"at least {total.with_it:,} of {total.systems:,} systems have it; {total.exempt} are exempt"
    rest = f"{total.not_covered:,} are not covered, {total.without_it:,} are without it"
    names = ("Endpoint Security for Windows", "Anti-Virus", "Security Center", "Secure Connection", "Password Manager")
    return replace(
        small(),
        sentence=f"As of 2017-11-30, {said}, {rest}.",
        total=total,
        components=components,
        overlap=0,
        range_systems=Range(low=41310, headline=total.systems, high=42388),
        range_with_it=Range(low=1279, headline=total.with_it, high=1302),
        products=tuple(product(f"Kaspersky {name}", 900 // n) for n, name in enumerate(names, start=1)),
        reasons=(
            ReasonLine(standing=Standing.NOT_COVERED, reason="no inventory of its software", systems=2011),
            ReasonLine(standing=Standing.NOT_COVERED, reason="last complete look is older than 14 days", systems=1602),
            ReasonLine(standing=Standing.NOT_COVERED, reason="contradicted: the network called the vendor", systems=182),
            ReasonLine(standing=Standing.WITH_IT, reason="found and not answered", systems=1201),
            ReasonLine(standing=Standing.WITH_IT, reason="gone, unverified", systems=83),
            ReasonLine(standing=Standing.EXEMPT, reason="exemption until 2018-01-31", systems=43),
            ReasonLine(standing=Standing.WITHOUT_IT, reason="never seen", systems=36014),
            ReasonLine(standing=Standing.WITHOUT_IT, reason="removed, verified", systems=871),
        ),
        tools=(
            tool("sccm-csv", "Configuration Manager report (CSV)", seen=33480, looked_at=31107, with_it=1188),
            tool("nessus", "Nessus scan, with credentials", seen=24116, looked_at=19210, with_it=873),
            tool("fleet", "Fleet host software (JSON)", seen=6021, looked_at=5980, with_it=66),
            tool("dns", "Resolver log", seen=1204, looked_at=0, with_it=0, lists="network"),
        ),
        sources=tuple(source(f"exports/{name}/sccm-2017-11-28.csv", name) for name in parts),
    )


def product(name: str, systems: int) -> ProductLine:
    first = systems // 3
    return ProductLine(
        product=name.lower().replace(" ", "-"),
        name=name,
        systems=systems,
        kinds={State.RUNNING: first, State.INSTALLED: systems - first, State.FILES: 0},
        grades={Grade.PROOF: systems - first, Grade.NAME_AND_PUBLISHER: first},
        components={"Border Office": systems},
    )


def empty() -> Account:
    none = Range(low=0, headline=0, high=0)
    lists = ("components", "products", "reasons", "tools", "sources", "beside", "methods", "blind_spots", "warnings")
    nothing: dict[str, Any] = dict.fromkeys(lists, ())
    return replace(
        small(),
        sentence="No system is known.",
        organisation="",
        directive={"id": "bod-17-01"},
        total=line("", 0, 0, 0, 0),
        overlap=0,
        range_systems=none,
        range_with_it=none,
        **nothing,
    )


def of_total(*four: int, **changes) -> Account:
    """The small account with one component of these four numbers."""
    total = line("", *four)
    spans = Range(low=total.systems, headline=total.systems, high=total.systems)
    with_it = Range(low=total.with_it, headline=total.with_it, high=total.with_it)
    component = replace(total, component="Headquarters")
    reasons = tuple(
        ReasonLine(standing=standing, reason="for a test", systems=value)
        for standing, value in zip(
            (Standing.WITH_IT, Standing.EXEMPT, Standing.NOT_COVERED, Standing.WITHOUT_IT), four, strict=True
        )
        if value
    )
    made = replace(empty(), total=total, components=(component,), range_systems=spans, range_with_it=with_it, reasons=reasons)
    return replace(made, sentence="A count for a test.", **changes)


def hundred() -> Account:
    """100 components, with names as long as organisations make them."""
    components = tuple(line(f"Bureau of Administrative Matter No. {n:03}", n, n % 3, n * 7, n * n) for n in range(100))
    four = (sum(getattr(one, part) for one in components) for part in ("with_it", "exempt", "not_covered", "without_it"))
    return replace(of_total(*four), components=components)


def estimated(unlisted: Estimate) -> Account:
    """The small account with what was estimated of the systems that no source lists, and what that rests on."""
    seen = {("sccm",): 3, ("nessus", "sccm"): 12, ("ad", "nessus", "sccm"): 5, ("ad",): 2}
    families = tuple(FamilyLine(families=names, systems=number) for names, number in seen.items())
    whole = Estimate(what="systems", verdict="estimate", low=22, centre=25, high=31, text="About 25.")
    return replace(small(), estimates=(whole, unlisted), families=families)


def named(name: str) -> Account:
    """The small account with this name at every place where a name can stand."""
    whole = small()
    return replace(
        whole,
        organisation=name,
        sentence=f"As of never, 5 of 24 systems of {name} have it.",
        as_of_how=name,
        directive={"id": name, "title": name, "short_title": name, "version": name, "digest": name, "url": name, "notes": [name]},
        components=tuple(replace(one, component=f"{name}{n}") for n, one in enumerate(whole.components)),
        products=tuple(
            replace(one, name=name, product=name, components={name: one.systems}, kinds={name: 1}, grades={name: 1})
            for one in whole.products
        ),
        reasons=tuple(replace(one, reason=name) for one in whole.reasons),
        tools=tuple(replace(one, title=name, tool=name, lists=name, newest=name) for one in whole.tools),
        sources=tuple(
            replace(
                one, name=name, component=name, reader=name, digest=name, collected_at=name, collected_how=name, notes=(name,)
            )
            for one in whole.sources
        ),
        beside=tuple(replace(one, name=name, text=name, unit=name) for one in whole.beside),
        estimates=(Estimate(what=name, verdict=name, text=name), Estimate(what=name, verdict=name, component=name, text=name)),
        families=(FamilyLine(families=(name, "sccm"), systems=1),),
        methods=(name,),
        blind_spots=(name,),
        warnings=(name,),
    )


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": "\"><img src=x onerror=alert(1)><svg/onload=alert(1)>'",
    "style": "</style><style>body{display:none}</style>",
    "title": "</title></svg><script>alert(1)</script>",
    "template": "{{ 7 * 7 }}{% for x in y %}",
    "markup": "[bold red]not red[/bold red][link=https://example.com]x[/link]",
    "formula": "=cmd|'/C calc'!A0",
    "right to left": "invoice\u202excod.exe\u2066",
    "escape": "\x1b]0;title\x07\x1b[2J\x9b31m\x00\r\n",
    "long": "K" * 40_000,
    "signs": "卡巴斯基 Касперский ＝1+1 🦠 \ue000",
}
ODD = {
    "small": small(),
    "large": large(),
    "empty": empty(),
    "one": of_total(1, 0, 0, 0),
    "everything exempt": of_total(0, 12, 0, 0),
    "nothing covered": of_total(0, 0, 5120, 0),
    "one in five million": of_total(1, 1, 1, 4_999_997),
    "huge": of_total(9_000_000_000_000, 0, 123_456_789, 8_765_432_109_876),
    "hundred components": hundred(),
    "estimated": estimated(Estimate(what=UNLISTED, verdict="estimate", low=0.2, centre=3.1, high=9.4, text="About 3 (0 to 9).")),
    "not certified": estimated(Estimate(what=UNLISTED, verdict="refused", text="Cannot be said.")),
    "no date": replace(small(), as_of="", as_of_how="unknown"),
    "many sources": replace(small(), sources=tuple(source(f"exports/{n}.csv", "Border Office") for n in range(5000))),
    **{f"hostile: {kind}": named(name) for kind, name in HOSTILE.items()},
}


def lists_of(account: Account, name: str = "PC-1") -> Lists:
    """Lists whose `hosts` has a row for every system (at most some thousands), all of them called `name`; `looks` one each."""

    def lists(which: str) -> Iterator[pa.RecordBatch]:
        columns, made = {"hosts": (report.HOSTS, _host), "looks": (report.LOOKS, _look)}[which]
        total = account.total
        standings = (
            [Standing.WITH_IT] * min(total.with_it, 2000)
            + [Standing.EXEMPT] * min(total.exempt, 2000)
            + [Standing.NOT_COVERED] * min(total.not_covered, 2000)
            + [Standing.WITHOUT_IT] * min(total.without_it, 2000)
        )
        rows = [made(n, standing, name) for n, standing in enumerate(standings)]
        for start in range(0, len(rows), ONE_PER_BATCH):
            yield pa.RecordBatch.from_pylist(rows[start : start + ONE_PER_BATCH], schema=arrow_schema(columns))

    return lists


def _host(ordinal: int, standing: Standing, name: str) -> dict[str, object]:
    found = standing in {Standing.WITH_IT, Standing.EXEMPT}
    looked = datetime(2017, 11, 1, 6, 30) + timedelta(hours=ordinal)  # noqa: DTZ001 - the house keeps UTC without zone
    return {
        "host": f"serial:5CG{ordinal:05}",
        "name": name,
        "standing": standing,
        "reason": "for a test",
        "since": looked,
        "component": "Border Office",
        "class": "workstation",
        "os": "Windows 10",
        "products": name if found else None,
        "best_kind": State.INSTALLED if found else None,
        "best_grade": Grade.PROOF if found else None,
        "last_seen": looked if found else None,
        "last_looked": looked,
        "last_heard": None,
        "tools": "sccm-csv",
        "clues": f"hostname={name}; serial=5CG{ordinal:05}",
        "records": 2,
    }


def _look(ordinal: int, standing: Standing, name: str) -> dict[str, object]:
    looked = datetime(2017, 11, 1, 6, 30) + timedelta(hours=ordinal)  # noqa: DTZ001 - the house keeps UTC without zone
    stale = standing == Standing.NOT_COVERED
    return {
        "host": f"serial:5CG{ordinal:05}",
        "name": name,
        "is_covered": not stale,
        "source": f"{name}.csv",
        "tool": "sccm-csv",
        "lists": "all software",
        "state": "stale" if stale else "complete",
        "traces": "program",
        "looked_at": looked,
        "heard_at": None if stale else looked,
        "observations": 60 + ordinal,
        "usual": 64.0,
    }
