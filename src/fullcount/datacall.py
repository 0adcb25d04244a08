"""Data call: the packet that goes to each component, so that whoever gets it knows what to export, how, and by when.

Reads the settings, the directives and, where there is one, the account of the last count; writes files, and counts nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date
from textwrap import fill, indent
from typing import TYPE_CHECKING, Any

from fullcount.clock import Known, dues
from fullcount.errors import UsageError
from fullcount.model import Lists
from fullcount.readers.datacall import DATACALL
from fullcount.report import UNASSIGNED
from fullcount.template import as_csv, as_xlsx
from fullcount.text import visible
from fullcount.workday import workdays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from fullcount.clock import Due
    from fullcount.directive import Directive
    from fullcount.reader import Reader
    from fullcount.register import Contact
    from fullcount.report import Account
    from fullcount.settings import Settings

README, SHEET, TWIN = "README.txt", "datacall.xlsx", "datacall.csv"
ALL = "all"  # instead of the name of a tool: every one
EVERYBODY = "everybody"  # the folder of the one packet, where no component is known
COMMON = ("sccm", "intune", "uninstall")  # the tools that are told of where nothing was counted yet
_MOST = 3  # of the tools that know most systems
_WIDTH = 78
_RESERVED = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')  # in names of Windows
_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10))}
_SILENCE = {
    Lists.ALL_SOFTWARE: "lists all software: such an export can show that a machine is without it",
    Lists.SOME_SOFTWARE: "lists some software: it can show what is there, never that something is not",
    Lists.MACHINES: "lists machines: the ones that nobody has looked at are found by it",
    Lists.NETWORK: "lists network traffic: it contradicts a clean list, and counts as no finding",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is the same for every component. `contacts`: the rows of a register of contacts; `asked`: lines written as they
    shall be read.
    """

    organisation: str
    directives: tuple[Directive, ...]
    by: date | None = None
    contacts: Sequence[Contact] = ()
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What one component gets: `component` empty where none is known, `folder` its name as a folder can be called."""

    component: str
    folder: str
    tools: tuple[Reader, ...]
    text: str


def packets(
    call: Call,
    settings: Settings,
    account: Account | None,
    *,
    readers: Sequence[Reader],
    components: Sequence[str] = (),
    tools: Sequence[str] = (),
) -> tuple[Packet, ...]:
    """The packets of the components named, else of all that are known. Raises `UsageError` for an unknown tool.

    `tools`: names of readers, or `all`; empty: those whose exports a component sent before, and those that know most systems.
    """
    known = {one.name: one for one in readers if one.name != DATACALL.name}
    names = list(dict.fromkeys(components)) or components_of(settings, account)
    found: list[Packet] = []
    for name in names or [""]:
        chosen = tuple(known[one] for one in _tools(name, account, known, tools))
        folder = _folder(name, {one.folder.casefold() for one in found})
        text = "\r\n".join(line.rstrip() for line in _text(call, name, folder, chosen).splitlines()) + "\r\n"
        found.append(Packet(component=name, folder=folder, tools=chosen, text=text))
    return tuple(found)


def write(into: Path, found: Iterable[Packet]) -> tuple[list[Path], list[Path]]:
    """Write packets; returns the files written, and those left alone: a form that is there may have been filled in."""
    written: list[Path] = []
    left: list[Path] = []
    forms: dict[str, Callable[[], bytes]] = {SHEET: as_xlsx, TWIN: as_csv}
    for packet in found:
        folder = into / packet.folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / README).write_bytes(packet.text.encode("utf-8-sig"))
        written.append(folder / README)
        for name, made in forms.items():
            path, empty = folder / name, made()
            if path.exists() and path.read_bytes() != empty:
                left.append(path)
            else:
                path.write_bytes(empty)
                written.append(path)
    return written, left


def components_of(settings: Settings, account: Account | None) -> list[str]:
    """The components that are known: those of the settings, then those of the last count."""
    counted = [line.component for line in account.components] if account else []
    return [name for name in dict.fromkeys((*(one.name for one in settings.component), *counted)) if name not in {"", UNASSIGNED}]


def _tools(component: str, account: Account | None, known: dict[str, Any], named: Sequence[str]) -> list[str]:
    if named:
        if unknown := [name for name in named if name != ALL and name not in known]:
            raise UsageError(f"no reader is called {unknown[0]}", hint=f"{ALL}, or one of: {', '.join(known)}")
        return list(known) if ALL in named else list(dict.fromkeys(named))
    if account is None:
        return [name for name in COMMON if name in known]
    sent = Counter(one.reader for one in account.sources if component in one.component.split("; "))
    most = sorted(account.tools, key=lambda one: (-one.systems, one.tool))
    chosen = (*sorted(sent, key=lambda name: (-sent[name], name)), *[one.tool for one in most if one.tool in known][:_MOST])
    return [name for name in dict.fromkeys(chosen) if name in known]


def _folder(component: str, taken: set[str]) -> str:
    """A name as every file system can have it, and as no other packet has it.

    >>> _folder("Sea/Air: North", set()), _folder("", set()), _folder("con", {"con_"})
    ('Sea-Air- North', 'everybody', 'con_ 2')
    """
    safe = _RESERVED.sub("-", visible(component, 80)).strip(" .") or EVERYBODY
    safe = f"{safe}_" if safe.casefold().partition(".")[0] in _DEVICES else safe
    turn = 1
    while (name := safe if turn == 1 else f"{safe} {turn}").casefold() in taken:
        turn += 1
    return name


# -- what a person reads ---------------------------------------------------------------------------------------------------


def _text(call: Call, component: str, folder: str, tools: Sequence[Reader]) -> str:
    shown = visible(component)
    parts = [
        _head(f"Data call{f' to {shown}' if shown else ''}"),
        *_asked(call),
        *_wanted(call.by, component),
        *_dates(call.directives),
        _head("How to make the exports"),
        _filled("Any one that covers a machine will do; more are better, since each sees what another does not. No tool is to be"
                " bought or installed for this. If yours is not here, send its list of machines and software as it is."),
        *(_tool(one) for one in tools),
        *_form(),
        *_naming(shown, folder),
        *_not_wanted(),
        *_contacts(call, component),
    ]  # fmt: skip
    return "\n\n".join(parts)


def _head(text: str) -> str:
    return f"{text}\n{'=' * min(len(text), _WIDTH)}"


def _filled(text: str, first: str = "") -> str:
    return fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=" " * len(first), break_long_words=False, break_on_hyphens=False
    )


def _listed(texts: Iterable[str]) -> str:
    return "\n".join(_filled(text, "- ") for text in texts)


def _asked(call: Call) -> Iterator[str]:
    who = visible(call.organisation) or "The office that sends you this"
    yield _filled(f"{who} asks for this, to account for the software that is forbidden by:")
    told = (
        (one, "; ".join(filter(None, (one.issuer, f"issued {one.issued}", ", ".join(one.citations))))) for one in call.directives
    )
    yield _listed(f"{one.title} ({said}). {one.url}" for one, said in told)


def _wanted(by: date | None, component: str) -> Iterator[str]:
    yield _head("What is wanted")
    whose = f"every computer and server of {visible(component)}" if component else "every computer and server that you answer for"
    yield _filled(
        f"The inventories that you already have of {whose}: which machines there are, and all software on each of them, as your"
        " tools export them. Also those that a contractor runs for you, that are in store or at home. Nothing found is an answer"
        " too, and the whole inventory is what shows it: do not search for the software yourself, and send no extract."
    )
    if by:
        yield _filled(f"Send it by {by:%A}, {by.day} {by:%B %Y} ({by}).")


def _dates(directives: Sequence[Directive]) -> Iterator[str]:
    """When the organisation itself must answer: from the day of issue on, so that no day of today is needed."""
    for one in directives:
        known = Known(workdays=workdays(one.jurisdiction), zone=UTC)
        lines = [_date(due) for due in dues(one, known, on=one.issued)]
        if lines:
            yield "\n".join((_filled(f"The organisation itself must answer ({one.short_title}):"), *lines))


def _date(due: Due) -> str:
    on = f"{due.on:%Y-%m-%d %a}" if due.on else "no date given"
    return _filled(f"{due.clock}: {due.how}" if due.on or due.anchor != "none" else due.clock, f"  {on:<14}  ")


def _tool(one: Reader) -> str:
    # what is indented is a command or a query, to be copied as it stands
    steps = "\n".join(line if line.startswith(" ") else _filled(line) for line in one.how.splitlines())
    return f"{_filled(f'{visible(one.title)} [{one.name}]')}\n{_filled(f'It {_SILENCE[one.lists]}.')}\n\n{indent(steps, '    ')}"


def _form() -> Iterator[str]:
    yield _head("If you have no such tool")
    yield _filled(
        f"Fill in {SHEET} (or {TWIN}; one of the two is enough): one line for each product on each machine. A line that is not"
        " needed stays empty. What you write is taken as what was seen; it cannot show that a machine is without something."
    )


def _naming(shown: str, folder: str) -> Iterator[str]:
    yield _head("How to name what you send")
    place = f'"{folder}"' if shown else "named after your part of the organisation"
    yield _filled(
        f"Put everything into a folder {place}, and in it into a folder named by the day on which the exports were made, year"
        " first: 2017-10-10. Without that day an export counts as undated, and proves nothing. Leave the files as the tool wrote"
        " them: neither open and save them in a spreadsheet nor rename their columns. A list of one machine bears its name:"
        " PC-0042_InstalledSoftware.csv. A zip of that folder is fine; a password on it is not. This page need not come back."
    )
    top = folder if shown else "Your Bureau"
    yield f"    {top}/\n      2017-10-10/\n        software.csv\n        PC-0042_InstalledSoftware.csv"


def _not_wanted() -> Iterator[str]:
    yield _head("What not to send")
    yield _listed(
        (
            "passwords, keys, and exports that hold them (a whole registry, a backup of a tool's database)",
            "documents, mail, browser histories, or lists of people's files",
            "pictures of screens, printed pages and PDF: they cannot be read",
            "a sum or a summary instead of the list: a number without its machines cannot be checked",
            "anything classified: ask first",
        )
    )


def _contacts(call: Call, component: str) -> Iterator[str]:
    yield _head("Whom to ask")
    mine = [one for one in call.contacts if one.component in {"", component}]
    lines = [", ".join(filter(None, (one.name, one.role, one.telephone, one.email))) for one in mine]
    yield _listed(visible(line) for line in (*call.asked, *lines) or ("Whoever sent you this.",))
