"""The account: the tables of a count put together into what a report may say, with its first sentence.

Reads the tables that `count` makes; every number in the account is in one of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fullcount.beside import beside
from fullcount.model import GRADE_RANK, KIND_RANK, Lists, Moment
from fullcount.outward import DECIDED, REFUSED
from fullcount.report import (
    AT_LEAST,
    EXACT,
    TOTAL,
    Account,
    Beside,
    Line,
    OverlapLine,
    PairLine,
    ProductLine,
    Range,
    ReasonLine,
    RelinkLine,
    SourceLine,
    ToolLine,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fullcount.directive import Directive
    from fullcount.engine import Engine
    from fullcount.reader import Reader
    from fullcount.register import Attestation
    from fullcount.settings import Settings

_KINDS = {rank: str(kind) for kind, rank in KIND_RANK.items()}
_GRADES = {rank: str(grade) for grade, rank in GRADE_RANK.items()}
_CLUES = {"serial": "serial number", "uuid": "SMBIOS UUID", "cloud_id": "cloud id", "agent_id": "agent id"}


@dataclass(frozen=True, kw_only=True)
class Context:
    """What an account says about the count as a whole."""

    count: str
    moment: Moment
    made_by: str
    settings: Settings
    readers: Mapping[str, Reader]  # by name, mapped tables included
    sources: Sequence[Mapping[str, Any]]  # live sources, with their counts and notes
    refused: Sequence[Mapping[str, Any]]  # files that could not be used
    dropped: int
    attestations: Sequence[Attestation] = ()


def accounts(engine: Engine, directives: Sequence[Directive], context: Context) -> list[Account]:
    """One account a directive."""
    return [_account(engine, one, context) for one in directives]


def _account(engine: Engine, directive: Directive, context: Context) -> Account:
    def rows(table: str, columns: str) -> list[dict[str, Any]]:
        # the id of a directive was checked to be a plain word when its pack was loaded
        return engine.rows(f"select {columns} from {table} where {table}.directive = '{directive.id}'")  # noqa: S608

    weak = (rows("weak_range", "systems, with_it") or [{"systems": 0, "with_it": 0}])[0]
    lines = _lines(engine, context, rows("lines", _LINE), weak)
    total = lines.pop(TOTAL)
    tools = _tools(context, engine, rows("tool_systems", "tool, systems, looked_at, with_it, only_by_it"))
    tools = _worth(
        tools, rows("tool_states", "tool, state as word, systems"), rows("tool_traces", "tool, trace as word, systems")
    )
    relinks = tuple(RelinkLine(**row) for row in engine.rows("select kind, pairs, able, again from relinks"))
    overlaps = _overlaps(rows("tool_overlaps", "tools, systems"))
    return Account(
        count=context.count,
        as_of=_day(context),
        as_of_how=context.moment.how,
        made_by=context.made_by,
        organisation=context.settings.organisation,
        directive=stated(directive),
        sentence=_sentence(directive, total, context),
        total=total,
        components=tuple(lines.values()),
        overlap=sum(line.systems for line in lines.values() if not line.depth) - total.systems,
        range_systems=Range(low=weak["systems"], headline=total.systems, high=total.systems),
        range_with_it=Range(low=weak["with_it"], headline=total.with_it, high=total.with_it),
        products=_products(directive, rows("product_systems", "component, product, kind_rank, grade_rank, systems")),
        reasons=_reasons(rows("reasons", "standing, reason, systems")),
        tools=tools,
        overlaps=overlaps,
        pairs=tuple(_pairs(overlaps)),
        relinks=relinks,
        sources=tuple(_source(row) for row in context.sources),
        beside=(
            *beside(engine, directive.id, refused=len(context.refused), dropped=context.dropped),
            *_attested(directive, context),
        ),
        methods=(
            *_methods(context, directive, tools, relinks),
            *_decided(directive, rows("decided_titles", "product, name, is_it, overruled, overruled_counts, systems")),
        ),
        blind_spots=tuple(_blind_spots(context, directive, tools)),
        warnings=tuple(_warnings(context, total, tools)),
    )


def _attested(directive: Directive, context: Context) -> Iterable[Beside]:
    """What people say of components without exports, up to the day of the count: a line each, never added to anything."""
    names = {product.id: product.name for product in directive.products}
    day = _day(context)
    for one in context.attestations:
        if one.directive in {"", directive.id} and (not day or one.on.isoformat() <= day):
            product = f", {names.get(one.product, one.product)}" if one.product else ""
            text = f"{one.component}{product}: said by {one.name} on {one.on}: {one.basis}"
            yield Beside(name="attested", value=one.value, unit=one.unit, text=text)


_LINE = "component, systems, with_it, exempt, without_it, not_covered, looked_at, shared"


def _lines(engine: Engine, context: Context, rows: Iterable[Mapping[str, Any]], weak: Mapping[str, int]) -> dict[str, Line]:
    """The line of each component by name, and of all; a component of the settings without a system has one too."""
    gone: dict[str, int] = defaultdict(int)
    for row in engine.rows("select component, machines from apart_lines where population = 'gone'"):
        gone[row["component"]] += row["machines"]
    gone[TOTAL] = engine.rows("select count(*) as machines from hosts where population = 'gone'")[0]["machines"]
    expected = {rule.name: rule.expected for rule in context.settings.component}
    found = {row["component"]: row for row in rows}
    total = found.get(TOTAL, {})
    is_open = bool(weak["systems"] != total.get("systems", 0) or weak["with_it"] != total.get("with_it", 0))
    above = context.settings.above
    named = {*found, *expected, *gone} - {TOTAL}
    # a component stands below what it is a part of
    names = sorted({*named, *(one for name in named for one in above(name))}, key=lambda name: (*above(name)[::-1], name))
    nothing = dict.fromkeys(_LINE.split(", ")[1:], 0)
    lines = {}
    for name in (*names, TOTAL):
        numbers = {**nothing, **found.get(name, {}), "component": name}
        label = AT_LEAST if numbers["not_covered"] or is_open else EXACT
        lines[name] = Line(
            **numbers,
            with_it_label=label,
            expected=expected.get(name),
            gone=gone.get(name, 0),
            parent=next(iter(above(name)), ""),
            depth=len(above(name)),
        )
    return lines


def _sentence(directive: Directive, total: Line, context: Context) -> str:
    """How many have it, of how many systems, how many could be looked at and how many not, as of when."""
    label = "At least " if total.with_it_label == AT_LEAST else ""
    exempt = f" ({total.exempt:,} more by exemption)" if total.exempt else ""
    day = _day(context)
    dated = f"as of {day}" if day else "as of an unknown day: no export says when it was made"
    blind = total.systems - total.looked_at
    return (
        f"{label}{total.with_it:,} of {total.systems:,} systems have it{exempt}; "
        f"{total.looked_at:,} could be looked at, {blind:,} could not; {dated} ({directive.short_title})."
    )


def _day(context: Context) -> str:
    """The day at whose end is counted, where the organisation is; empty where no source has a date."""
    from datetime import UTC, timedelta

    if not context.moment.end:
        return ""
    last = (context.moment.end - timedelta(microseconds=1)).replace(tzinfo=UTC)
    return last.astimezone(context.settings.zone).date().isoformat()


def stated(directive: Directive) -> dict[str, Any]:
    """What an account says of its directive."""
    return {
        "id": directive.id,
        "version": directive.version,
        "digest": directive.digest,
        "title": directive.title,
        "short_title": directive.short_title,
        "issuer": directive.issuer,
        "issued": directive.issued.isoformat(),
        "url": directive.url,
        "unit": directive.unit,
        "scope": dict(directive.scope),
        "exclusions": [one.what for one in directive.exclusions],
    }


def _products(directive: Directive, rows: Iterable[Mapping[str, Any]]) -> tuple[ProductLine, ...]:
    kinds: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    grades: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    components: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        if row["component"] == TOTAL:
            kinds[row["product"]][_KINDS[row["kind_rank"]]] += row["systems"]
            grades[row["product"]][_GRADES[row["grade_rank"]]] += row["systems"]
        else:
            components[row["product"]][row["component"]] += row["systems"]
    found = [
        ProductLine(
            product=one.id,
            name=one.name,
            systems=sum(kinds[one.id].values()),
            kinds=_ordered(kinds[one.id], _KINDS),
            grades=_ordered(grades[one.id], _GRADES),
            components=dict(sorted(components[one.id].items())),
        )
        for one in directive.products
        if one.id in kinds
    ]
    return tuple(sorted(found, key=lambda line: (-line.systems, line.product)))


def _ordered(numbers: Mapping[str, int], names: Mapping[int, str]) -> dict[str, int]:
    return {names[rank]: numbers[names[rank]] for rank in sorted(names, reverse=True) if names[rank] in numbers}


def _reasons(rows: Iterable[Mapping[str, Any]]) -> tuple[ReasonLine, ...]:
    ordered = sorted(rows, key=lambda row: (row["standing"], -row["systems"], row["reason"]))
    return tuple(ReasonLine(standing=row["standing"], reason=row["reason"], systems=row["systems"]) for row in ordered)


def _tools(context: Context, engine: Engine, rows: Iterable[Mapping[str, Any]]) -> tuple[ToolLine, ...]:
    numbers = {row["tool"]: row for row in rows}
    ranks = [str(one) for one in Lists]
    lists: dict[str, str] = {}
    for row in engine.rows("select distinct tool, lists from looks"):
        best = lists.get(row["tool"])
        lists[row["tool"]] = row["lists"] if best is None or ranks.index(row["lists"]) < ranks.index(best) else best
    by_tool: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for source in context.sources:
        by_tool[source["tool"]].append(source)
    found = []
    for tool, sources in sorted(by_tool.items()):
        dates = sorted(source["collected_at"].date().isoformat() for source in sources if source["collected_at"])
        own: Mapping[str, Any] = numbers.get(tool, {})
        found.append(
            ToolLine(
                tool=tool,
                title=context.readers[tool].title if tool in context.readers else tool,
                lists=lists.get(tool, ""),
                sources=len(sources),
                systems=own.get("systems", 0),
                looked_at=own.get("looked_at", 0),
                with_it=own.get("with_it", 0),
                only=own.get("only_by_it", 0),
                newest=dates[-1] if dates else "",
                oldest=dates[0] if dates else "",
                records=sum(source["records"] for source in sources),
                rejects=sum(source["rejects"] for source in sources),
            ),
        )
    return tuple(found)


def _worth(
    tools: Iterable[ToolLine], states: Iterable[Mapping[str, Any]], traces: Iterable[Mapping[str, Any]]
) -> tuple[ToolLine, ...]:
    """The tools, with what their looks are worth and which traces these see."""

    def of(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for row in sorted(rows, key=lambda row: row["word"]):
            found[row["tool"]][row["word"]] = row["systems"]
        return found

    by_state, by_trace = of(states), of(traces)
    return tuple(replace(one, states=by_state.get(one.tool, {}), traces=by_trace.get(one.tool, {})) for one in tools)


def _overlaps(rows: Iterable[Mapping[str, Any]]) -> tuple[OverlapLine, ...]:
    found = [OverlapLine(tools=tuple(row["tools"].split("; ")), systems=row["systems"]) for row in rows]
    return tuple(sorted(found, key=lambda line: (-line.systems, line.tools)))


def _pairs(overlaps: Sequence[OverlapLine]) -> Iterable[PairLine]:
    """For every two tools how many systems both know, and how many the first alone of the two."""
    names = sorted({tool for line in overlaps for tool in line.tools})
    for tool in names:
        mine = [line for line in overlaps if tool in line.tools]
        for other in names:
            if other != tool:
                both = sum(line.systems for line in mine if other in line.tools)
                yield PairLine(tool=tool, other=other, both=both, only=sum(line.systems for line in mine) - both)


def _source(row: Mapping[str, Any]) -> SourceLine:
    return SourceLine(
        name=row["name"],
        component="; ".join(row["components"]),
        reader=row["reader"],
        collected_at=row["collected_at"].isoformat() if row["collected_at"] else "",
        collected_how=row["collected_how"] or "",
        digest=row["digest"],
        records=row["records"],
        observations=row["observations"],
        rejects=row["rejects"],
        notes=tuple((row["notes"] or "").splitlines()),
    )


def _methods(context: Context, directive: Directive, tools: Sequence[ToolLine], relinks: Sequence[RelinkLine]) -> Iterable[str]:
    """How it was looked for, in sentences that an auditor can check."""
    for tool in tools:
        reader = context.readers.get(tool.tool)
        sees = f"; sees {', '.join(sorted(reader.traces))}" if reader and reader.traces else ""
        basis = f" ({reader.basis})" if reader else ""
        yield f"{tool.title}: {tool.sources:,} sources, {tool.records:,} records, lists {tool.lists or 'nothing'}{sees}{basis}."
    wanted = "; ".join(f"{family or 'any'}: {', '.join(traces)}" for family, traces in sorted(directive.requires.items()))
    days = context.settings.freshness(directive.fresh_days)
    yield f"A system counts as looked at when complete looks of the last {days} days together see: {wanted}."
    yield (
        f"Titles were matched by {len(directive.signatures):,} signatures of {directive.id}, version {directive.version}. "
        "A finding counts when it is in scope, running, installed or with its files present, and known by name or better."
    )
    yield (
        "Records were joined by serial number, SMBIOS UUID, cloud and agent ids, then directory objects, hardware addresses and "
        "full names; a host name alone joins nothing in the headline and opens the range. A record of a network that has "
        "an address alone went to the only machine of its component that had it on that day."
    )
    for one in relinks:
        share = f" ({one.again / one.able:.1%})" if one.able else ""
        yield (
            f"Tried out: of {one.pairs:,} pairs of records that share a usable {_CLUES[one.kind]}, {one.able:,} have other clues "
            f"to go by; with that kind of clue hidden, {one.again:,} of these{share} are joined all the same."
        )
    yield "A finding is answered only by a later complete look that sees the same trace and does not list the product."


_QUOTED = 10  # decisions about titles that the methods name


def _decided(directive: Directive, rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """What people decided about titles, in sentences; what took something out of the count first."""
    if not rows:
        return
    names = {product.id: product.name for product in directive.products}
    yield f"{len(rows):,} titles were decided by people; `fullcount decisions` says by whom, when and why."
    ordered = sorted(rows, key=lambda row: (row["is_it"] or not row["overruled_counts"], row["name"], row["product"]))
    for row in ordered[:_QUOTED]:
        verb = "is" if row["is_it"] else "is not"
        against = f", although the signature {row['overruled']} says so" if row["overruled_counts"] and not row["is_it"] else ""
        yield f"{DECIDED}{row['name']} {verb} {names[row['product']]}{against} ({row['systems']:,} systems)."
    if len(rows) > _QUOTED:
        yield f"The other {len(rows) - _QUOTED:,} decided titles are in the list decided_titles."


def _blind_spots(context: Context, directive: Directive, tools: Sequence[ToolLine]) -> Iterable[str]:
    for tool in tools:
        if tool.tool in context.readers and (texts := context.readers[tool.tool].blind):
            yield f"{tool.title}: {'; '.join(text.rstrip('.') for text in texts)}."
    forms = ", ".join(sorted({trace for traces in directive.requires.values() for trace in traces}))
    yield f"Forms other than {forms}, such as per-user and portable copies, were not looked for where no source could see them."


_ALARMING = (
    ("stuck", "stand still, although it still hears of the machines"),
    ("empty", "have far fewer rows than their peers: its collector may fail there"),
)


def _warnings(context: Context, total: Line, tools: Sequence[ToolLine]) -> Iterable[str]:
    if not context.moment.end:
        yield "No source says when it was made, so no look is fresh: give --collected-at DATE, or a date in the folder's name."
    if not total.systems:
        yield "No systems were found in these exports: this is no statement that there are none."
    elif total.not_covered == total.systems - total.with_it - total.exempt and not total.without_it:
        yield "No system could be shown to be without it."
    for tool in tools:
        for state, text in _ALARMING:
            if (number := tool.states.get(state, 0)) * 20 >= tool.systems > 0 and number > 1:
                yield f"{tool.title}: the inventories of {number:,} of its {tool.systems:,} systems {text}."
    if context.refused:
        names = ", ".join(row["name"] for row in context.refused[:3])
        yield f"{len(context.refused):,} {REFUSED} ({names}{', ...' if len(context.refused) > 3 else ''})."
