"""Count: from looks, hosts and verdicts to findings, standings and the lines of the account.

`frame` makes `looks` and the small tables that say what an organisation, a directive and a moment mean; `count`
makes everything after resolve and match. Each table is one statement in `sql/`; this module only puts the
parameters in, since statements are never templated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from fullcount.addressed import place_by_address
from fullcount.clue import KINDS, WEAK
from fullcount.engine import rows_table, statement
from fullcount.enlisted import enlist, order_hosts
from fullcount.identified import describe, identify, name_hosts
from fullcount.looked import list_looks
from fullcount.model import COMPUTERS, FORM_OF, GRADE_RANK, KIND_RANK, LOOK_STATES, Class, Form, Moment, Os, State, Trace
from fullcount.remnant import left_forms, left_places
from fullcount.settings import clue_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fullcount.directive import Directive
    from fullcount.engine import Engine
    from fullcount.settings import Component, Settings

VERSION = 4  # of counting: part of a count's id, raised when the same inputs may give another answer
CONSOLES = ["ksc"]  # readers of a banned vendor's own console
WORD = 60  # bits of a number that stand for something: it has 64, with the sign
_NEVER = datetime(9999, 1, 1)  # noqa: DTZ001 - later than any evidence
# The class of a host is the first of these that one of its records says.
_CLASSES = (
    Class.SERVER,
    Class.WORKSTATION,
    Class.CONTAINER,
    Class.IMAGE,
    Class.PHONE,
    Class.NETWORK,
    Class.PRINTER,
    Class.OTHER,
    Class.UNKNOWN,
)
LIVE_SOURCES: dict[str, str] = {
    "source": "int64",
    "identity": "text",
    "digest": "text",
    "name": "text",
    "tool": "text",
    "reader": "text",
    "unit": "text",
    "collected_at": "time",
    "collected_how": "text",
    "modified_at": "time",
}
_AFTER_MATCH = (
    "peers",
    "complete_looks",
    "look_states",
    "hosts",
    "host_best",
    "host_twins",
    "host_names",
    "host_components",
    "host_lines",
    "host_families",
    "proven",
    "answers",
    "file_looks",
    "left_behind",
    "evidence",
    "open_evidence",
    "findings",
    "later_looks",
    "coverage",
    "standing",
    "host_products",
    "host_component_text",
    "host_tools",
    "host_tool_text",
    "near_systems",
    "near_titles",
    "decided_titles",
    "open_clues",
    "open_carriers",
    "questions",
    "placed_systems",
    "line_sizes",
    "moves",
    "protections",
    "lines",
    "product_systems",
    "reasons",
    "tool_states",
    "tool_systems",
    "tool_traces",
    "source_states",
    "beside_systems",
    "beside",
    "weak_joins",
    "weak_sizes",
    "weak_range",
    "tool_overlaps",
    "look_kinds",
    "finding_list",
    "unplaced_list",
    "called",
    "called_list",
    "console_list",
    "conflict_list",
    "reject_list",
    "later_list",
    "apart_list",
    "apart_lines",
    "family_dates",
    "family_text",
    "capture_sizes",
    "captures",
    "found_forms",
    "host_forms",
    "looked_families",
    "detection_sizes",
    "detections",
)


def frame(engine: Engine, settings: Settings, moment: Moment, directives: Sequence[Directive]) -> None:
    """Makes `looks` and the parameter tables. Reads `records` and `live_sources`."""
    end = moment.end or _NEVER
    engine.put(
        "moments",
        pa.table(
            {
                "as_of": pa.array([end], pa.timestamp("us")),
                "window_since": pa.array([end - timedelta(days=settings.window_days)], pa.timestamp("us")),
                "heard_since": pa.array([end - timedelta(days=settings.silent_days + 1)], pa.timestamp("us")),
                "counting_kind": [KIND_RANK[State.FILES]],
                "residue_kind": [KIND_RANK[State.RESIDUE]],
                "licence_kind": [KIND_RANK[State.LICENCE]],
                "callback_kind": [KIND_RANK[State.CALLBACK]],
            }
        ),
    )
    since = {one.id: end - timedelta(days=settings.freshness(one.fresh_days) + 1) for one in directives}
    # what is asked of every directive groups and joins by its turn: a number is compared sooner than a text
    columns = {"directive": "text", "fresh_since": "time", "turn": "int32"}
    engine.put("freshness", _table(columns, [(name, since[name], turn) for turn, name in enumerate(sorted(since))]))
    _words(engine)
    for table in ("source_ends", "looks"):
        engine.make(table, statement(table))
    said = [row["traces"] for row in engine.rows("select distinct traces from looks")]
    engine.put(
        "trace_words", _table({"traces": "text", "trace": "text"}, [(text, word) for text in said for word in text.split()])
    )


def _words(engine: Engine) -> None:
    """Makes the tables that say what the house's words mean, and which is the stronger."""
    engine.put("state_ranks", pa.table({"state": list(LOOK_STATES), "state_rank": list(range(len(LOOK_STATES)))}))
    engine.put("states", pa.table({"state": [str(state) for state in KIND_RANK], "kind_rank": list(KIND_RANK.values())}))
    engine.put("kind_names", pa.table({"kind": [str(state) for state in KIND_RANK], "kind_rank": list(KIND_RANK.values())}))
    engine.put("grade_names", pa.table({"grade": [str(grade) for grade in GRADE_RANK], "grade_rank": list(GRADE_RANK.values())}))
    kinds = [(kind.name, kind.step, kind.strength == WEAK) for kind in KINDS.values()]
    engine.put("kinds", _table({"kind": "text", "step": "int64", "is_weak": "bool"}, kinds))
    ranks = list(Form)
    forms = [(trace, False, FORM_OF.get(trace, Form.OTHER)) for trace in Trace]
    forms += [(trace, True, Form.PER_USER if form is Form.MACHINE_WIDE else form) for trace, _, form in forms]
    engine.put(
        "forms",
        _table(
            {"trace": "text", "of_user": "bool", "form": "text", "form_rank": "int64", "is_shown": "bool"},
            # no reader says that it sees the installs of users: those do that have shown one
            [(str(trace), of_user, str(form), ranks.index(form), form is Form.PER_USER) for trace, of_user, form in forms],
        ),
    )
    bits = [(str(trace), 1 << turn) for turn, trace in enumerate(Trace)]
    engine.put("trace_bits", _table({"trace": "text", "bit": "int64"}, bits))
    classes = [(str(name), rank, name in COMPUTERS) for rank, name in enumerate(_CLASSES)]
    engine.put("classes", _table({"class": "text", "class_rank": "int64", "is_computer": "bool"}, classes))


def count(engine: Engine, settings: Settings, directives: Sequence[Directive]) -> None:
    """Makes everything after resolve, match, near and protect."""
    engine.put("required", _required(directives))
    engine.put("left_forms", left_forms(directives))
    engine.put("consoles", pa.table({"tool": CONSOLES}))
    tools = sorted({row["tool"] for row in engine.rows("select distinct tool from live_sources")})
    families = [(tool, settings.family_of(tool)) for tool in tools]
    engine.put("source_families", _table({"tool": "text", "family": "text"}, families))
    _numbers(engine, families)
    _record_components(engine, settings)
    place_by_address(engine)
    identify(engine)
    name_hosts(engine)
    engine.derive(
        ("component_tree",),
        reads=("record_components",),
        said=f"the tree of {settings.component}",
        work=lambda: engine.put("component_tree", _component_tree(engine, settings)),
    )
    engine.put("outside", _outside(engine, settings))
    engine.gather("sightings", by="title", query="select distinct verdicts.title from verdicts")
    engine.gather("near_sightings", by="title", query="select distinct near.title from near")
    try:
        _after_match(engine, settings, directives)
    finally:
        engine.settle()


def _after_match(engine: Engine, settings: Settings, directives: Sequence[Directive]) -> None:
    names = [one.id for one in directives]
    for table in _AFTER_MATCH:
        if table == "near_systems":  # what the list of systems says is there, and little of the rest takes as long
            order_hosts(engine)
            describe(engine)
            enlist(engine, names)
        if table == "finding_list":  # the first of the other lists
            list_looks(engine, names)
        if table == "left_behind":
            engine.put("left_places", left_places(engine, directives))
        if table == "standing":  # exemptions need the findings that they are about
            engine.put("exempted", _exempted(engine, settings))
        engine.make(table, statement(table))


def _numbers(engine: Engine, families: Sequence[tuple[str, str]]) -> None:
    """Makes the tables that say which bit of which number stands for a tool, and for a family of sources: in order, so that
    what a number holds is put into words in order, too.
    """
    at = {"word": "int64", "bit": "int64"}
    tools = [(tool, *bit) for tool, bit in _bits(tool for tool, _ in families).items()]
    engine.put("tool_bits", _table({"tool": "text", **at}, tools))
    bits = _bits(family for _, family in families)
    columns = {"tool": "text", "family": "text", **at}
    engine.put("family_bits", _table(columns, [(tool, family, *bits[family]) for tool, family in families]))


def _bits(names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """By name, in order, the turn of a number and the bit of it that stand for the name."""
    return {name: (turn // WORD, 1 << turn % WORD) for turn, name in enumerate(sorted(set(names)))}


def _table(columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> pa.Table:
    return rows_table([dict(zip(columns, row, strict=True)) for row in rows], columns)


def _required(directives: Sequence[Directive]) -> pa.Table:
    """Which traces a look must see, by family; a system of unknown or other family must be seen in all of them."""
    rows = []
    for one in directives:
        every = sorted({trace for traces in one.requires.values() for trace in traces})
        for family in Os:
            rows += [(one.id, str(family), str(trace)) for trace in one.requires.get(family, every)]
    return _table({"directive": "text", "os_family": "text", "trace": "text"}, rows)


_LOOKED_AT = {"domain": (("domain", "domain"), ("fqdn", "domain")), "prefix": (("hostname", "name"),), "network": (("ip", "ip"),)}


def _record_components(engine: Engine, settings: Settings) -> None:
    """Makes `record_components`: which components answer for each record: its mapped column, else the first rule of the
    settings that fits, else its source's, else *unassigned*.
    """
    asked = [
        pair for rule, pairs in _LOOKED_AT.items() if any(getattr(one, rule) for one in settings.component) for pair in pairs
    ]
    engine.put("asked_kinds", _table({"kind": "text", "about": "text"}, asked))
    for table in ("record_about", "record_groups"):
        engine.make(table, statement(table))
    engine.derive(
        ("group_components",),
        reads=("record_groups", "source_components"),
        said=f"by the rules of {settings.component}",
        work=lambda: engine.put("group_components", _group_components(engine, settings)),
    )
    engine.make("record_components", statement("record_components"))


def _group_components(engine: Engine, settings: Settings) -> pa.Table:
    """The components of each group of records: its first record, component. A rule that looks at names makes nearly as
    many groups as there are records.
    """
    by_source: dict[int, list[str]] = {}
    for row in engine.rows("select source, component from source_components order by source, component"):
        by_source.setdefault(row["source"], []).append(row["component"])
    rules = [_Rule.of(one) for one in settings.component]
    columns = {"record": "int64", "component": "text"}
    tables = [_table(columns, ())]
    for batch in engine.batches("select record, source, component, ou, site, domain, name, ip from record_groups"):
        found = [
            (row["record"], [row["component"]] if row["component"] else _by_rule(rules, row) or by_source.get(row["source"]))
            for row in batch.to_pylist()
        ]
        tables.append(_table(columns, [(record, one) for record, some in found for one in some or ["unassigned"]]))
    return pa.concat_tables(tables)


def _component_tree(engine: Engine, settings: Settings) -> pa.Table:
    """Which components are related: `is_part` where the component is the line's own or lies in it, else the line lies in
    the component.
    """
    names = {row["component"] for row in engine.rows("select distinct component from record_components")}
    above = {name: settings.above(name) for name in {*names, "unassigned", *(one.name for one in settings.component)}}
    rows = {(name, line, True) for name, lines in above.items() for line in (name, *lines)}
    rows |= {(line, name, False) for name, line, _ in rows if name != line}
    return _table({"component": "text", "line": "text", "is_part": "bool"}, sorted(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A component's rule, ready to be compared."""

    name: str
    texts: Mapping[str, tuple[str, ...]]
    networks: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def of(cls, rule: Component) -> _Rule:
        """Fold it once: it is compared with every group of records."""
        texts = {name: tuple(part.casefold() for part in getattr(rule, name)) for name in ("ou", "site", "domain", "prefix")}
        return cls(name=rule.name, texts=texts, networks=tuple(ip_network(net, strict=False) for net in rule.network))


def _by_rule(rules: Iterable[_Rule], row: Mapping[str, Any]) -> list[str]:
    ou, site, domain, name = ((row.get(column) or "").casefold() for column in ("ou", "site", "domain", "name"))
    for rule in rules:
        texts = rule.texts
        fits = (
            (bool(ou) and any(part in ou for part in texts["ou"]))
            or site in texts["site"]
            or any(domain == part or domain.endswith("." + part) for part in texts["domain"])
            or any(name.startswith(part) for part in texts["prefix"])
            or (bool(rule.networks) and bool(row.get("ip")) and any(ip_address(row["ip"]) in net for net in rule.networks))
        )
        if fits:
            return [rule.name]
    return []


def _hosts_of(engine: Engine, clues: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[int]]:
    """The hosts that carry each of some clues."""
    if not clues:  # looking for nothing would still cost a look at every clue
        return {}
    engine.put("asked_clues", _table({"kind": "text", "key": "text"}, clues))
    found: dict[tuple[str, str], list[int]] = {}
    for row in engine.rows(
        "select distinct asked_clues.kind, asked_clues.key, host_of.host from asked_clues"
        " inner join clue_keys on asked_clues.kind = clue_keys.kind and asked_clues.key = clue_keys.key"
        " inner join clue_carried on clue_keys.clue = clue_carried.clue"
        " inner join host_of on clue_carried.record = host_of.record order by host_of.host"
    ):
        found.setdefault((row["kind"], row["key"]), []).append(row["host"])
    return found


def _outside(engine: Engine, settings: Settings) -> pa.Table:
    asked = {rule: clue_of(rule.clue, settings.where) for rule in settings.outside}
    hosts = _hosts_of(engine, list(asked.values()))
    rows = {host: rule.reason for rule, clue in asked.items() for host in hosts.get(clue, [])}
    return _table({"host": "int64", "reason": "text"}, sorted(rows.items()))


def _exempted(engine: Engine, settings: Settings) -> pa.Table:
    """Findings that a person exempted; of several exemptions of one finding the one that ends last. Expired ones are kept
    apart: they change no standing, but are said.
    """
    end: datetime = engine.rows("select as_of from moments")[0]["as_of"]
    last = (end - timedelta(microseconds=1)).replace(tzinfo=UTC).astimezone(settings.zone).date()
    asked = {rule: clue_of(rule.clue, settings.where) for rule in sorted(settings.exemption, key=lambda rule: rule.expires)}
    hosts = _hosts_of(engine, list(asked.values()))
    open_ones = engine.rows("select directive, host, product from findings where counts and is_open") if asked else []
    rows = {
        (row["directive"], row["host"], row["product"]): rule
        for row in open_ones
        for rule, clue in asked.items()
        if row["host"] in hosts.get(clue, [])
        and rule.directive in {"", row["directive"]}
        and rule.product in {"", row["product"]}
    }
    texts = dict.fromkeys(("approver", "reason", "mitigation", "expires"), "text")
    columns = {"directive": "text", "host": "int64", "product": "text", **texts, "is_expired": "bool"}
    found = [
        (*finding, rule.approver, rule.reason, rule.mitigation, rule.expires.isoformat(), rule.expires < last)
        for finding, rule in sorted(rows.items(), key=lambda pair: pair[0])
    ]
    return _table(columns, found)
