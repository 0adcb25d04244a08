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

import numpy as np
import pyarrow as pa

from fullcount.clue import KINDS
from fullcount.engine import rows_table, statement
from fullcount.model import COMPUTERS, GRADE_RANK, KIND_RANK, Class, Moment, Os, State
from fullcount.settings import clue_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fullcount.directive import Directive
    from fullcount.engine import Engine
    from fullcount.settings import Component, Settings

VERSION = 1  # of counting: part of a count's id, raised when the same inputs may give another answer
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
    "host_traces",
    "hosts",
    "host_clues",
    "host_names",
    "host_components",
    "evidence",
    "answers",
    "findings",
    "later_looks",
    "coverage",
    "standing",
    "placed_systems",
    "lines",
    "product_systems",
    "reasons",
    "host_tools",
    "tool_systems",
    "beside",
    "weak_range",
    "host_products",
    "host_clue_text",
    "host_component_text",
    "host_tool_text",
    "host_list",
    "finding_list",
    "unplaced_list",
    "conflict_list",
    "reject_list",
    "later_list",
    "apart_list",
    "apart_lines",
)
# What a count keeps: enough to follow any number back with a plain SQL shell.
KEPT = (
    "live_sources",
    "looks",
    "clue_keys",
    "clue_carried",
    "host_of",
    "links",
    "refusals",
    "unplaced",
    "hosts",
    "host_names",
    "host_clues",
    "host_components",
    "complete_looks",
    "verdicts",
    "evidence",
    "answers",
    "findings",
    "coverage",
    "standing",
    "placed_systems",
    "lines",
    "product_systems",
    "reasons",
    "tool_systems",
    "beside",
    "host_list",
    "finding_list",
    "unplaced_list",
    "conflict_list",
    "reject_list",
    "later_list",
    "apart_list",
)


def frame(engine: Engine, settings: Settings, moment: Moment) -> None:
    """Makes `looks` and the parameter tables. Reads `records` and `live_sources`."""
    end = moment.end or _NEVER
    engine.put(
        "moments",
        pa.table(
            {
                "as_of": pa.array([end], pa.timestamp("us")),
                "fresh_since": pa.array([end - timedelta(days=settings.fresh_days + 1)], pa.timestamp("us")),
                "heard_since": pa.array([end - timedelta(days=settings.silent_days + 1)], pa.timestamp("us")),
                "counting_kind": [KIND_RANK[State.FILES]],
                "residue_kind": [KIND_RANK[State.RESIDUE]],
                "licence_kind": [KIND_RANK[State.LICENCE]],
                "callback_kind": [KIND_RANK[State.CALLBACK]],
            },
        ),
    )
    engine.put("states", pa.table({"state": [str(state) for state in KIND_RANK], "kind_rank": list(KIND_RANK.values())}))
    engine.put("kind_names", pa.table({"kind": [str(state) for state in KIND_RANK], "kind_rank": list(KIND_RANK.values())}))
    engine.put("grade_names", pa.table({"grade": [str(grade) for grade in GRADE_RANK], "grade_rank": list(GRADE_RANK.values())}))
    engine.put("kinds", pa.table({"kind": list(KINDS), "step": pa.array([kind.step for kind in KINDS.values()], pa.int64())}))
    engine.put(
        "classes",
        pa.table(
            {
                "class": [str(name) for name in _CLASSES],
                "class_rank": list(range(len(_CLASSES))),
                "is_computer": [name in COMPUTERS for name in _CLASSES],
            },
        ),
    )
    engine.make("looks", statement("looks"))
    said = [row["traces"] for row in engine.rows("select distinct traces from looks")]
    engine.put(
        "trace_words", _table({"traces": "text", "trace": "text"}, [(text, word) for text in said for word in text.split()])
    )


def count(engine: Engine, settings: Settings, directives: Sequence[Directive]) -> None:
    """Makes everything after resolve and match."""
    engine.put("required", _required(directives))
    names = {"directive": "text", "product": "text", "name": "text"}
    engine.put(
        "product_names", _table(names, [(one.id, product.id, product.name) for one in directives for product in one.products])
    )
    engine.put("record_components", record_components(engine, settings))
    engine.put("outside", _outside(engine, settings))
    engine.gather("sightings", by="title", query="select distinct verdicts.title from verdicts")
    for table in _AFTER_MATCH:
        if table == "standing":  # exemptions need the findings that they are about
            engine.put("exempted", _exempted(engine, settings))
        engine.make(table, statement(table))


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


def record_components(engine: Engine, settings: Settings) -> pa.Table:
    """Which components answer for each record: its mapped column, else the first rule of the settings that fits, else
    its source's, else *unassigned*. Columns: record, component.
    """
    rows = engine.arrow(_ABOUT)
    # records that do not differ in what the rules look at are decided once
    looked_at = {"domain": "domain", "prefix": "name", "network": "ip"}
    asked = [column for rule, column in looked_at.items() if any(getattr(one, rule) for one in settings.component)]
    about = rows.group_by(["source", "component", "ou", "site", *asked]).aggregate([("record", "list")])
    by_source: dict[int, list[str]] = {}
    for row in engine.rows("select source, component from source_components order by source, component"):
        by_source.setdefault(row["source"], []).append(row["component"])
    rules = [_Rule.of(one) for one in settings.component]
    found = [
        [row["component"]] if row["component"] else _by_rule(rules, row) or by_source.get(row["source"]) or ["unassigned"]
        for row in about.drop_columns(["record_list"]).to_pylist()
    ]
    return _spread(about["record_list"].combine_chunks(), found)


def _spread(records: Any, components: Sequence[Sequence[str]]) -> pa.Table:
    """Each group of records (a list array) with each of its components."""
    group = np.repeat(np.arange(len(components)), np.array([len(some) for some in components], np.int64))
    offsets = records.offsets.to_numpy()
    starts, sizes = offsets[group], np.diff(offsets)[group]
    # places of a group's records one after the other, group after group
    places = np.arange(sizes.sum()) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    names = pa.array([name for some in components for name in some], pa.string())
    return pa.table(
        {
            "record": records.values.take(places).cast(pa.int64()),
            "component": names.take(np.repeat(np.arange(len(group)), sizes)),
        }
    )


_ABOUT = """
select
    looks.record,
    looks.source,
    records.component,
    records.ou,
    records.site,
    min(case when clues.kind = 'domain' then clues.key when clues.kind = 'fqdn' then clues.key end) as domain,
    min(case when clues.kind = 'hostname' then clues.key end) as name,
    min(case when clues.kind = 'ip' then clues.key end) as ip
from looks
inner join records on looks.record = records.record
left join clues on looks.record = clues.record and clues.kind in ('domain', 'fqdn', 'hostname', 'ip')
group by looks.record, looks.source, records.component, records.ou, records.site
order by looks.record
"""


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
    engine.put("asked_clues", _table({"kind": "text", "key": "text"}, clues))
    found: dict[tuple[str, str], list[int]] = {}
    for row in engine.rows(
        "select distinct asked_clues.kind, asked_clues.key, host_of.host from asked_clues"
        " inner join clue_pairs on asked_clues.kind = clue_pairs.kind and asked_clues.key = clue_pairs.key"
        " inner join host_of on clue_pairs.record = host_of.record order by host_of.host"
    ):
        found.setdefault((row["kind"], row["key"]), []).append(row["host"])
    return found


def _outside(engine: Engine, settings: Settings) -> pa.Table:
    asked = {rule: clue_of(rule.clue, settings.where) for rule in settings.outside}
    hosts = _hosts_of(engine, list(asked.values()))
    rows = {host: rule.reason for rule, clue in asked.items() for host in hosts.get(clue, [])}
    return _table({"host": "int64", "reason": "text"}, sorted(rows.items()))


def _exempted(engine: Engine, settings: Settings) -> pa.Table:
    """Findings under an exemption that has not expired by the as-of moment."""
    end: datetime = engine.rows("select as_of from moments")[0]["as_of"]
    last = (end - timedelta(microseconds=1)).replace(tzinfo=UTC).astimezone(settings.zone).date()
    asked = {rule: clue_of(rule.clue, settings.where) for rule in settings.exemption if rule.expires >= last}
    hosts = _hosts_of(engine, list(asked.values()))
    open_ones = engine.rows("select directive, host, product from findings where counts and is_open") if asked else []
    rows = {
        (row["directive"], row["host"], row["product"])
        for row in open_ones
        for rule, clue in asked.items()
        if row["host"] in hosts.get(clue, [])
        and rule.directive in {"", row["directive"]}
        and rule.product in {"", row["product"]}
    }
    return _table({"directive": "text", "host": "int64", "product": "text"}, sorted(rows))
