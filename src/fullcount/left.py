"""Left files: of which nothing was counted, since nobody could read them or a person took them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.decision import DROP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.decision import Decision

REFUSED, DROPPED = "refused", "dropped"
LEFT_FILES: dict[str, str] = {"name": "text", "digest": "text", "left": "text", "reason": "text"}


def left_rows(
    refused: Sequence[Mapping[str, Any]], dropped: Sequence[Mapping[str, Any]], decided: Sequence[Decision]
) -> list[dict[str, Any]]:
    """The rows of `left_files`: which file, how it was left, and why."""
    why = {one.identity: one.why for one in decided if one.what == DROP}
    rows = [{**row, "left": REFUSED, "reason": row["notes"]} for row in refused]
    rows += [{**row, "left": DROPPED, "reason": why[row["identity"]]} for row in dropped]
    return [{name: row[name] for name in LEFT_FILES} for row in rows]
