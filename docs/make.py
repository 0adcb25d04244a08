"""Makes the parts of the manual that the code knows better: `docs/reference/`, and what commands print in every page.

In a block of the kind `console` each line `$ fullcount ...` is run, and what it prints is put below it; a block of the
kind `csv NAME`, `toml NAME` or `markdown NAME` is written as a file first. So is `yaml NAME`; where that file is there, the
block takes the place of the keys that it names, and the rest stays. All pages share one folder, in which the demo lies.
Left out is what is of the day and not of the program: `note: as of ...`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from pages.commands import command_page
from pages.directives import directive_page
from pages.documents import json_page
from pages.readers import reader_page, reader_pages
from pages.session import with_output
from pages.tables import table_page

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs/reference"
# The tour first: it makes the demo that other pages look into.
_GUIDES = (
    *("bring-your-exports", "read-the-account", "explain-a-machine", "review-titles", "automate", "compare-counts"),
    *("verify", "registers", "papers", "decide-about-machines", "write-a-directive", "deadlines", "data-call"),
    *("keys-and-trust", "audit"),
)
SHOWN = ("docs/tour.md", *(f"docs/guides/{name}.md" for name in _GUIDES), "docs/reference/estimators.md")


def main() -> None:
    """Write every page that is made."""
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")


def pages() -> dict[Path, str]:
    """Every page that is made or has a part that is, with its text."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        found = {ROOT / page: with_output((ROOT / page).read_text("utf-8"), folder) for page in SHOWN}
        made = {
            "commands": command_page(),
            "readers": reader_page(),
            **reader_pages(),
            "directives": directive_page(),
            "tables": table_page(folder / "demo"),
            "json": json_page(folder),
        }
    return found | {REFERENCE / f"{page}.md": text for page, text in made.items()}


if __name__ == "__main__":
    main()
