"""`fullcount` alone: what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.console import out, workspace
from fullcount.errors import WorkspaceError

if TYPE_CHECKING:
    from fullcount.workspace import Workspace


def suggest() -> None:
    """Say where things stand and which command comes next."""
    try:
        found = workspace(None)
    except WorkspaceError:
        out("fullcount: how many of our systems have a banned vendor's software?")
        out("")
        out("No workspace here yet. Next:")
        out("  fullcount demo             see it on a made-up department")
        out("  fullcount count EXPORTS    count a folder of exports, here")
        out("  fullcount --help           all commands")
        return
    from fullcount.commands.serve import first
    from fullcount.workspace import folders

    readings, counts = folders(found.readings), folders(found.counts)
    if not readings and _is_office(found):
        _office(found)
        return
    out(f"workspace {found.folder}: readings {len(readings)}, counts {len(counts)}")
    if not readings:
        out("Next:  fullcount count EXPORTS    read a folder of exports and count")
    elif not counts:
        out("Next:  fullcount count            count what was read")
    else:
        from fullcount.chain import last
        from fullcount.reports.terminal import sentence

        for account in last(found).accounts:
            out(sentence(account))
        out(f"Next:  fullcount serve             look at it in a browser{first()}")
        out("       fullcount report html       a page to show")
        out("       fullcount explain HOST      everything behind one machine")
        out("       fullcount deadlines         what is due, and when")
        out("       fullcount estimate          what nobody saw, or why it cannot be said")
        out("       fullcount report identify   the paper to send, and what it still lacks")
        out("       fullcount seal --key FILE   the count as a return, to send up")
        out("       fullcount count EXPORTS     add newer exports and count again")


def _is_office(of: Workspace) -> bool:
    """Whether a workspace receives returns: it knows whose signatures count, or which components report."""
    from fullcount import hierarchy, trust

    return any((of.folder / name).exists() for name in (trust.FILE, *hierarchy.FILES))


def _office(of: Workspace) -> None:
    from fullcount.office import named
    from fullcount.reports.terminal import sentence
    from fullcount.workspace import folders

    rollups = folders(of.rollups)
    out(f"office {of.folder}: roll-ups {len(rollups)}")
    if rollups:
        out(sentence(named(of).account))
    out("Next:  fullcount check-return FILES   what is wrong with returns, before they are taken in")
    out("       fullcount rollup RETURNS       take returns in, and put all of them together")
    if rollups:
        out("       fullcount rollup --form pdf    the same as a paper; xlsx, csv, json and html, too")
        out("       fullcount seal --rollup last --key FILE   send it on up")
