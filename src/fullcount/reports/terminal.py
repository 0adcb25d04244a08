"""The account on a terminal: the sentence first, then what a person asks next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.cell import number
from fullcount.chart import families
from fullcount.model import LOOK_STATES, Standing
from fullcount.report import ESTIMATE, UNASSIGNED, Account, Line
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Group, RenderableType
    from rich.table import Table
    from rich.text import Text

    from fullcount.report import Beside

SHOWN = 20  # rows of a table; the reports have them all
FAMILIES = 8  # combinations of families of sources
NARROW = 72  # columns of a terminal below which components are lines, not a table
COLUMNS = (Standing.WITH_IT, Standing.EXEMPT, Standing.NOT_COVERED, Standing.WITHOUT_IT)
WIDE = 100  # columns from which there is room for what is asked less often


def sentence(account: Account) -> str:
    """The count in one sentence; one line, harmless for any terminal."""
    return visible(account.sentence, 2000)


def summary(account: Account, width: int, commands: Sequence[str] = ()) -> Group:
    """The sentence, warnings, tables and the next steps, for `rich.console.Console.print`.

    `commands` are what the caller offers to type next. Markup in names is never interpreted.
    """
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [Text(sentence(account), style="bold")]
    parts += [Text(f"warning: {visible(warning, 500)}", style="yellow") for warning in account.warnings]
    parts += _range(account)
    parts += _estimates(account)
    parts += _components(account, width)
    parts += _products(account, width)
    parts += _not_covered(account)
    parts += _next(account, commands)
    return Group(*parts)


def coverage(account: Account, width: int, traces: Sequence[str]) -> Group:
    """What the looks of each tool are worth, what they see, and who is on one list and not on another."""
    from rich.console import Group

    total = account.total
    said = f"{number(total.looked_at)} of {number(total.systems)} systems have a complete fresh look at all that is required"
    parts: list[RenderableType] = [_text(f"{said} ({account.directive['short_title']})", "bold", width * 3)]
    states = [state for state in LOOK_STATES if any(line.states.get(state) for line in account.tools)]
    seen = [trace for trace in traces if any(line.traces.get(trace) for line in account.tools)]
    for title, words, which in (("best look of", states, "states"), ("complete fresh looks that see", seen, "traces")):
        table = _table([title], ["systems", *words] if which == "states" else words)
        for line in account.tools[:SHOWN]:
            numbers: Mapping[str, int] = getattr(line, which)
            first = [_text(number(line.systems))] if which == "states" else []
            table.add_row(_text(line.tool), *first, *(_text(number(numbers.get(word, 0))) for word in words))
        parts += [table, *_more(len(account.tools), "tools")] if words else []
    if account.pairs:
        table = _table(["known to", "and to"], ["both", "the first only"])
        for pair in account.pairs[:SHOWN]:
            table.add_row(_text(pair.tool), _text(pair.other), _text(number(pair.both)), _text(number(pair.only)))
        parts += [table, *_more(len(account.pairs), "pairs")]
        parts.append(_text("the list: fullcount coverage --in TOOL --not-in TOOL; one look a row: fullcount report coverage"))
    return Group(*parts)


def _range(account: Account) -> list[RenderableType]:
    """The range, where there is one: *at least* may rest on it."""
    spans = {"systems": account.range_systems, "with it": account.range_with_it}
    open_ones = [f"{name} {number(one.low)} to {number(one.high)}" for name, one in spans.items() if one.low != one.high]
    # in a roll-up it is more than host names: the ranges of the returns, and systems that cannot be told apart
    why = "as far as systems could be told apart" if account.returns else "if records with the same host name are one machine"
    return [_text(f"{why}: {', '.join(open_ones)}")] if open_ones else []


def _estimates(account: Account) -> list[RenderableType]:
    """What was estimated of all, in sentences; the reports have it by component and class."""
    whole = [one for one in account.estimates if not one.component and not one.machine_class]
    lines = [_text(f"  {one.what}: {one.text}", limit=1000) for one in whole]
    return [_text("estimates, never added to a count:", "bold"), *lines, *_families(account)] if lines else []


def _families(account: Account) -> list[RenderableType]:
    """Which families of sources saw which systems, and apart from these exact counts what is estimated of those that none saw."""
    if not account.families:
        return []
    table = _table(["seen by exactly"], ["systems"], ["label"])
    for line in account.families[:FAMILIES]:
        table.add_row(_text(" + ".join(line.families)), _text(number(line.systems)), _text("exact"))
    table.add_section()
    ends = families(account)["unlisted"]
    said = ("", "cannot be said") if ends is None else (f"{number(ends[0])} to {number(ends[1])}", ESTIMATE)
    table.add_row(_text("none of them"), *map(_text, said))
    more = len(account.families) - FAMILIES
    return [table, _text(f"{number(more)} more combinations are in the reports.", "dim")] if more > 0 else [table]


def _components(account: Account, width: int) -> list[RenderableType]:
    columns = ["systems", *COLUMNS, "expected"]
    if width < WIDE or all(line.expected is None for line in (account.total, *account.components)):
        columns.remove("expected")
    # one component is the total
    lines = account.components if len(account.components) > 1 else ()
    table = _lines(account, lines, width) if width < NARROW else _component_table(account, lines, columns)
    label = _text(f"label of with it, and of products: {account.total.with_it_label}", "dim")
    return [table, label, *_more(len(lines), "components")]


def _component_table(account: Account, lines: Sequence[Line], columns: Sequence[str]) -> Table:
    table = _table(["component"], columns)
    for line in lines[:SHOWN]:
        table.add_row(
            _text("  " * line.depth + (line.component or UNASSIGNED)), *(_text(value) for value in _numbers(line, columns))
        )
    if account.overlap:
        table.add_row(_text("minus overlap"), _text(number(-account.overlap)))
    table.add_row(_text("total", "bold"), *(_text(value, "bold") for value in _numbers(account.total, columns)))
    return table


def _lines(account: Account, lines: Sequence[Line], width: int) -> Text:
    rows = [f"{'  ' * line.depth}{visible(line.component or UNASSIGNED, width)}: {_said(line)}" for line in lines[:SHOWN]]
    overlap = [f"minus overlap: {number(account.overlap)}"] if account.overlap else []
    from rich.text import Text

    return Text("\n".join(["", *rows, *overlap, f"total: {_said(account.total)}"]))


def _said(line: Line) -> str:
    values = zip(COLUMNS, _numbers(line, COLUMNS), strict=True)
    return f"{number(line.systems)} systems, {', '.join(f'{value} {column}' for column, value in values)}"


def _numbers(line: Line, columns: Sequence[str]) -> list[str]:
    values = [getattr(line, column.replace(" ", "_")) for column in columns]
    return ["" if value is None else number(value) for value in values]


def _products(account: Account, width: int) -> list[RenderableType]:
    if not account.products:
        return []
    table = _table(["product"], ["systems"], [] if width < WIDE else ["best kind", "surest grade"])
    for line in account.products[:SHOWN]:
        details = () if width < WIDE else (_split(line.kinds), _split(line.grades))
        table.add_row(_text(line.name), _text(number(line.systems)), *details)
    return [table, *_more(len(account.products), "products")]


def _split(values: Mapping[str, int]) -> Text:
    return _text(", ".join(f"{number(value)} {word}" for word, value in values.items() if value))


def _not_covered(account: Account) -> list[RenderableType]:
    lines = [line for line in account.reasons if line.standing == Standing.NOT_COVERED]
    if not lines:
        return []
    table = _table(["why not covered"], ["systems"])
    for line in lines[:SHOWN]:
        table.add_row(_text(line.reason), _text(number(line.systems)))
    return [table, *_more(len(lines), "reasons")]


def _next(account: Account, commands: Sequence[str]) -> list[RenderableType]:
    beside = [line for line in account.beside if line.value]
    lines = [f"{number(line.value)} {_unit(line)}: {line.name}: {line.text}" for line in beside[:SHOWN]]
    rows = [_text("beside the count:", "bold"), *(_text(f"  {line}", limit=500) for line in lines)] if lines else []
    if commands:
        rows += [_text("what next:", "bold"), *(_text(f"  {command}") for command in commands)]
    return [*rows, *_more(len(beside), "numbers")]


def _unit(line: Beside) -> str:
    return line.unit.removesuffix("s") if line.value == 1 else line.unit


def _more(rows: int, what: str) -> list[RenderableType]:
    if rows <= SHOWN:
        return []
    return [_text(f"{number(SHOWN)} of {number(rows)} {what} are shown; the reports have them all.", "dim")]


def _table(names: Sequence[str], numbers: Sequence[str], texts: Sequence[str] = ()) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    for name in numbers:
        # folded where there is no room: a digit is never cut off
        table.add_column(name, justify="right", overflow="fold")
    for name in texts:
        table.add_column(name, overflow="fold")
    return table


def _text(text: str, style: str = "", limit: int = 120) -> Text:
    """Text that is shown as it is: no markup, no control characters, at a length a terminal can bear."""
    from rich.text import Text

    return Text(visible(text, limit), style=style)


def rolled_up(account: Account, width: int, commands: Sequence[str] = ()) -> Group:
    """A roll-up: the sentence, what is wrong with the returns, and the components; as `summary` shows a count."""
    from rich.console import Group

    parts: list[RenderableType] = [_text(sentence(account), "bold", 2000)]
    parts += [_text(f"warning: {warning}", "yellow", 500) for warning in account.warnings]
    parts += [
        *_range(account),
        *_reported(account),
        *_own_list(account),
        *_components(account, width),
        *_products(account, width),
    ]
    return Group(*parts, *_next(account, commands))


def _reported(account: Account) -> list[RenderableType]:
    """The returns about which somebody must do something: overdue, refused, stale; those that came late last."""
    asked = [one for one in account.returns if one.state in {"missing", "refused"} or one.is_stale or one.is_late]
    asked.sort(key=lambda one: (one.is_late, one.state, -one.days_overdue, one.component))
    if not asked:
        return []
    table = _table(["return of", "state"], ["days overdue"], ["why"])
    for one in asked[:SHOWN]:
        said = ", ".join(word for word, holds in (("late", one.is_late), ("stale", one.is_stale)) if holds)
        state = f"{one.state}{f', {said}' if said else ''}"
        overdue = number(one.days_overdue) if one.days_overdue else ""
        table.add_row(_text(one.component or "nobody known"), _text(state), _text(overdue), _text(one.text, limit=300))
    return [table, *_more(len(asked), "returns")]


def _own_list(account: Account) -> list[RenderableType]:
    lines = [_text(f"{one.component}: {one.text} ({one.verdict})", "yellow", 500) for one in account.sensors[:SHOWN]]
    return [_text("beside the office's own list:", "bold"), *lines, *_more(len(account.sensors), "components")] if lines else []
