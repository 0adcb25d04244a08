"""Tables, for a terminal and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peers.process import Ran


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    """Text in the first column stands left, everything else right."""
    lines = [head, *rows]
    if markdown:
        rule = ["---", *("---:" for _ in head[1:])]
        return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *rows))
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return "\n".join(
        "  ".join(["", line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    )


def costs(runs: Sequence[Ran]) -> tuple[str, str, str]:
    """Wall and processor seconds, the median of the rounds, and the most megabytes of any."""
    wall, cpu = (sorted(values)[len(values) // 2] for values in ([one.wall for one in runs], [one.cpu for one in runs]))
    return f"{wall:.1f}", f"{cpu:.1f}", f"{max(one.peak for one in runs) / 1e6:,.0f}"
