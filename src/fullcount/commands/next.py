"""`fullcount` alone: what to do next."""

from __future__ import annotations

from fullcount.console import out, workspace
from fullcount.errors import WorkspaceError


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
        out("       fullcount report identify   the paper to send, and what it still lacks")
        out("       fullcount count EXPORTS     add newer exports and count again")
