"""What a directive asks, field by field: an answer from the count and the registers, or a gap that says where to fill it in.

The fields are those of `reports` in a directive's pack. One that is not known here is answered by the register of answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fullcount.cell import number
from fullcount.paper import NOT_APPLICABLE, UNABLE, YES, Answer, Gap, Table
from fullcount.papers import tables
from fullcount.papers.columns import columns
from fullcount.report import UNASSIGNED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fullcount.directive import Ask
    from fullcount.paper import Facts

_WORDS = {"yes": YES, "no": "No", "n/a": NOT_APPLICABLE, "unable": UNABLE}
_REQUIRED, _OPTIONAL = "yes", "no"


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What is known of a field. `lacks`: what is not, sentence by sentence. `applies`: False where the field need not be told."""

    value: str = ""
    text: str = ""
    tables: tuple[Table, ...] = ()
    where: str = ""
    lacks: tuple[str, ...] = ()
    applies: bool = True


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One field of a paper: the answer, the tables below it, and what is missing."""

    answer: Answer
    tables: tuple[Table, ...]
    gaps: tuple[Gap, ...]


def asked(facts: Facts, paper: str, ask: Ask) -> Asked:
    """The answer to one thing that is asked. What a person replied in the register of answers goes before what is derived."""
    filled = _FIELDS[ask.id](facts) if ask.id in _FIELDS else Filled(where=_answers(ask.id))
    said = _reply(facts, paper, ask.id)
    value, text = said or (filled.value, filled.text)
    answer = Answer(id=ask.id, question=ask.label, value=value, text=text, required=ask.required)
    lacks = () if said else filled.lacks or (() if value or filled.tables else ("nothing is said",))
    wanted = ask.required == _REQUIRED or (ask.required != _OPTIONAL and ask.id in _FIELDS and filled.applies)
    gaps = tuple(Gap(id=ask.id, what=f"{ask.label}: {what}", where=filled.where or _answers(ask.id)) for what in lacks)
    return Asked(answer=answer, tables=filled.tables, gaps=gaps if wanted else ())


def question(facts: Facts, paper: str, name: str, text: str) -> Asked:
    """A question that the forms of such returns have and the count cannot answer: only a person can."""
    said = _reply(facts, paper, name)
    value, more = said or ("", "")
    gaps = () if said else (Gap(id=name, what=text, where=_answers(name)),)
    return Asked(answer=Answer(id=name, question=text, value=value, text=more), tables=(), gaps=gaps)


def _answers(name: str) -> str:
    return f'registers/answers.toml: [[answers]] question = "{name}"'


def _reply(facts: Facts, paper: str, name: str) -> tuple[str, str] | None:
    directive = facts.account.directive["id"]
    for one in facts.registers.answers:
        if one.question == name and one.directive in {"", directive} and one.paper in {"", paper}:
            return _WORDS.get(one.answer.casefold(), one.answer), one.text
    return None


def impacted(facts: Facts) -> list[str]:
    """The components that have a system with it, exempt ones included, in the order of the account."""
    return [line.component for line in facts.account.components if line.with_it or line.exempt]


def is_nil(facts: Facts) -> bool:
    """Whether nothing was found: no system is with it or exempt."""
    return not (facts.account.total.with_it or facts.account.total.exempt)


def nil(facts: Facts) -> str:
    """The statement that none was found, never without how much was looked at."""
    total = facts.account.total
    return (
        f"None was found on the {number(total.looked_at)} of {number(total.systems)} systems that could be looked at; "
        f"{number(total.systems - total.looked_at)} could not be looked at, and of these nothing is said."
    )


def _agency(facts: Facts) -> Filled:
    return Filled(value=facts.account.organisation, where="fullcount.toml: organisation")


def _contact(facts: Facts) -> Filled:
    whole = [one for one in facts.registers.contacts if not one.component]
    chosen = next((one for one in whole if one.role == "contact"), whole[0] if whole else None)
    where = 'registers/contacts.toml: [[contacts]] role = "contact"'
    if chosen is None:
        return Filled(where=where, lacks=("nobody is named",))
    told = {"telephone": chosen.telephone, "e-mail": chosen.email}
    lacks = tuple(f"no {what} of {chosen.name}" for what, value in told.items() if not value)
    return Filled(value=", ".join(filter(None, (chosen.name, chosen.telephone, chosen.email))), where=where, lacks=lacks)


def _products(facts: Facts) -> Filled:
    if is_nil(facts):
        return Filled(value=nil(facts) if facts.account.total.looked_at else UNABLE)
    return Filled(value="; ".join(line.name for line in facts.account.products), tables=(tables.products(facts.account),))


def _none_found(facts: Facts) -> Filled:
    if not is_nil(facts):
        return Filled(value=NOT_APPLICABLE, text="Some were found.", applies=False)
    if not facts.account.total.looked_at:
        text = "No system could be looked at: that none was found says nothing."
        return Filled(value=UNABLE, text=text, lacks=("no system was looked at",), where="an inventory that lists all software")
    return Filled(value=YES, text=nil(facts))


def _endpoints(facts: Facts) -> Filled:
    total = facts.account.total
    label = "at least " if total.with_it_label == "at least" else ""
    exempt = f", and {number(total.exempt)} under an exemption" if total.exempt else ""
    text = f"{label}{number(total.with_it)} of {number(total.systems)} systems{exempt}"
    return Filled(value=text, tables=(tables.products_by_component(facts.account),) if facts.account.products else ())


def _methods(facts: Facts) -> Filled:
    account = facts.account
    tools = ", ".join(one.title for one in account.tools)
    exports = sum(one.sources for one in account.tools)
    if not exports:
        return Filled(where="fullcount read EXPORTS")
    return Filled(
        value=f"{number(exports)} exports of {number(len(account.tools))} tools were read ({tools}).",
        text="How they were compared, and what they cannot see, is told in full under “How it was looked for”.",
    )


def _components(facts: Facts) -> Filled:
    found = [name or UNASSIGNED for name in impacted(facts)]
    if found:
        return Filled(value="; ".join(found))
    return Filled(value="None" if facts.account.total.looked_at else UNABLE, applies=False)


def _mission(facts: Facts) -> Filled:
    told = {one.component: one for one in facts.registers.components}
    systems = {line.component: line.with_it + line.exempt for line in facts.account.components}
    rows = tuple((name or UNASSIGNED, told[name].mission if name in told else None, systems[name]) for name in impacted(facts))
    table = Table(
        id="mission",
        title="Mission function of what is impacted",
        columns=columns(component="Component", mission="Mission function", systems="Systems"),
        rows=rows,
    )
    lacks = tuple(f"nothing is said of {row[0]}" for row in rows if not row[1])
    where = "registers/components.toml: [[components]] component, mission"
    value = "; ".join(f"{row[0]}: {row[1]}" for row in rows if row[1])
    if not rows:
        return Filled(value=NOT_APPLICABLE, text="No component is impacted.", where=where, applies=False)
    return Filled(value=value, tables=(table,), lacks=lacks, where=where)


def _agreements(facts: Facts) -> Filled:
    rows = tuple(
        (one.id, one.kind, one.supplier, one.reseller, one.product, one.component, one.sla, one.starts, one.ends, one.licences)
        for one in facts.registers.agreements
    )
    heads = columns(
        agreement="Agreement",
        kind="Kind",
        supplier="Supplier",
        reseller="Reseller",
        product="Product",
        component="Component",
        sla="SLA",
        starts="Starts",
        ends="Ends",
        licences="Licences",
    )
    table = Table(id="agreements", title="Contracts and other agreements", columns=heads, rows=rows)
    where = "registers/agreements.toml; where there is none, " + _answers("agreements") + ' with answer = "no"'
    shown = tuple(one for one in (table, *facts.unmatched) if one.rows)
    value = "; ".join(f"{one.id} ({one.kind}, {one.supplier})" for one in facts.registers.agreements)
    return Filled(value=value, tables=shown, where=where, lacks=() if rows else ("none is registered",))


def _timeline(facts: Facts) -> Filled:
    where = "registers/waves.toml: [[waves]] id, starts, ends, component"
    if not facts.waves:
        return Filled(value=NOT_APPLICABLE, text="There is nothing to remove.", where=where, applies=False)
    lacks = [f"no day on which {line.wave} ends" for line in facts.waves if line.wave and not line.ends]
    left = sum(line.systems for line in facts.waves if not line.wave)
    lacks += [f"{number(left)} {'system is' if left == 1 else 'systems are'} in no wave"] if left else []
    named = (line for line in facts.waves if line.wave)
    value = "; ".join(f"{one.wave}: {one.starts or '?'} to {one.ends or '?'}, {number(one.systems)} systems" for one in named)
    return Filled(value=value, tables=(waves(facts),), where=where, lacks=tuple(lacks))


def waves(facts: Facts) -> Table:
    """Which systems, when, and what replaces it."""
    return Table(
        id="waves",
        title="Waves",
        columns=columns(
            wave="Wave",
            what="Systems of",
            starts="Starts",
            ends="Ends",
            systems="Systems",
            replacement="Replaced by",
            poam="POA&M",
        ),
        rows=tuple(
            (one.wave or "in no wave", one.what, one.starts, one.ends, one.systems, one.replacement, one.poam)
            for one in facts.waves
        ),
        total=("All", "", None, None, sum(one.systems for one in facts.waves), "", ""),
        note="Each system stands in one wave: the first that takes it.",
    )


def lost(facts: Facts) -> dict[str, str]:
    """The capabilities that go with the products that were found: id -> the directive's word."""
    return {name: facts.capabilities.get(name, name) for name in facts.lost}


def _controls(facts: Facts) -> Filled:
    where = "registers/controls.toml: [[controls]] capability, impact, text"
    told = {one.capability: one for one in facts.registers.controls}
    gone = lost(facts)
    names = dict.fromkeys([*gone, *told])
    rows = tuple(
        (
            facts.capabilities.get(name, name),
            "yes" if name in gone else "no",
            _WORDS.get(told[name].impact, told[name].impact) if name in told else None,
            told[name].text if name in told else "",
        )
        for name in names
    )
    heads = columns(
        control="Requirement or control", by_product="A product found has it", impact="Removal impacts it", text="How"
    )
    if not rows:
        return Filled(value=NOT_APPLICABLE, text="No product that was found is known to serve a control.", applies=False)
    table = Table(id="controls", title="Controls that removal impacts", columns=heads, rows=rows)
    value = "; ".join(f"{row[0]}: {row[2]}" for row in rows if row[2])
    lacks = tuple(f"nothing is said of {row[0]}" for row in rows if not row[2])
    return Filled(value=value, tables=(table,), where=where, lacks=lacks)


def _replacements(facts: Facts) -> tuple[Table, ...]:
    heads = columns(
        replacement="Replacement",
        state="State",
        replaces="Replaces",
        capabilities="For",
        component="Component",
        starts="Starts",
        ends="Ends",
    )
    rows = tuple(
        (
            one.name,
            one.state,
            "; ".join(one.replaces),
            "; ".join(facts.capabilities.get(name, name) for name in one.capabilities),
            one.component,
            one.starts,
            one.ends,
        )
        for one in facts.registers.replacements
    )
    return (Table(id="replacements", title="Replacements", columns=heads, rows=rows),) if rows else ()


_REPLACING = "registers/replacements.toml: [[replacements]] name, capabilities, starts, ends"


def _replacement(facts: Facts) -> Filled:
    covered = {name for one in facts.registers.replacements for name in one.capabilities}
    lacks = tuple(f"none for {word}" for name, word in lost(facts).items() if name not in covered)
    names = "; ".join(f"{one.name} ({one.state})" for one in facts.registers.replacements)
    return Filled(value=names, tables=_replacements(facts), where=_REPLACING, lacks=lacks, applies=bool(lost(facts)))


def _replacement_timeline(facts: Facts) -> Filled:
    found = [(one.name, one.starts, one.ends) for one in facts.registers.replacements]
    lacks = tuple(f"no day on which {name} is in place" for name, _, ends in found if not ends)
    if not found and lost(facts):
        lacks = ("no replacement is registered",)
    value = "; ".join(f"{name}: {starts or '?'} to {ends or '?'}" for name, starts, ends in found)
    return Filled(value=value, where=_REPLACING, lacks=lacks, applies=bool(found or lost(facts)))


def _challenges(facts: Facts) -> Filled:
    where = "registers/challenges.toml; where there is none, " + _answers("challenges") + ' with answer = "no"'
    rows = tuple((one.text, one.component, one.measure) for one in facts.registers.challenges)
    table = Table(
        id="challenges",
        title="Foreseeable challenges",
        columns=columns(challenge="Challenge", component="Component", measure="Measure"),
        rows=rows,
    )
    value = "; ".join(row[0] for row in rows)
    return Filled(value=value, tables=(table,) if rows else (), where=where, lacks=() if rows else ("none is registered",))


def _costs(facts: Facts) -> Filled:
    rows = tuple((one.what, one.kind, one.currency, one.cost, one.sunk, one.left) for one in facts.costs)
    heads = columns(
        what="Agreement or replacement", kind="Kind", currency="Currency", cost="Cost", sunk="Of it sunk", left="Of it left"
    )
    note = "Sunk: the part of the term that has passed on the day of the count. Currencies are not added up."
    table = Table(id="costs", title="Costs", columns=heads, rows=rows, note=note)
    lacks = tuple(f"no cost of {row[0]}" for row in rows if row[3] is None) if rows else ("no cost is registered",)
    where = "registers/agreements.toml and registers/replacements.toml: cost, currency"
    value = "; ".join(f"{one.what}: {one.cost} {one.currency}" for one in facts.costs if one.cost is not None)
    return Filled(value=value, tables=(table,) if rows else (), where=where, lacks=lacks)


_FIELDS: dict[str, Callable[[Facts], Filled]] = {
    "agency": _agency,
    "contact": _contact,
    "products": _products,
    "none_found": _none_found,
    "endpoints": _endpoints,
    "methods": _methods,
    "components": _components,
    "mission": _mission,
    "agreements": _agreements,
    "timeline": _timeline,
    "controls": _controls,
    "replacement": _replacement,
    "replacement_timeline": _replacement_timeline,
    "challenges": _challenges,
    "costs": _costs,
}


def gathered(found: Iterable[Asked]) -> tuple[tuple[Answer, ...], tuple[Table, ...], tuple[Gap, ...]]:
    """The answers, the tables and the gaps of some fields, each in order; a table that two fields have stands once."""
    every = tuple(found)
    shown = {table.id: table for one in every for table in one.tables}
    return tuple(one.answer for one in every), tuple(shown.values()), tuple(gap for one in every for gap in one.gaps)
