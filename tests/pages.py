"""Reports read back: what a page, a table and a terminal show."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from tests.accounts import ODD, lists_of, small

from fullcount.reports.html import HTML
from fullcount.reports.terminal import summary

if TYPE_CHECKING:
    from fullcount.report import Account, Report

FIXTURES = Path(__file__).resolve().parents[1] / "../shared/fixtures"
REQUIRED = os.environ.get("CI") == "true"
VOID = frozenset({"meta", "br"})
ELEMENTS = frozenset(
    re.findall(
        r"[\w-]+",
        "html head meta title style body main header section h1 h2 h3 p b i ul li figure figcaption span bdi div "
        "table caption thead tbody tfoot tr th td details summary dl dt dd code br svg defs pattern rect circle desc "
        "text ",
    )
)
ATTRIBUTES = frozenset(
    re.findall(
        r"[\w-]+",
        "lang charset http-equiv content name id class role aria-label aria-labelledby aria-hidden tabindex scope "
        "colspan rowspan style width height x y cx cy r patternunits patterntransform dominant-baseline text-anchor ",
    )
)
# Cells that LibreOffice took for live formulas, or that are said to be taken so, and what they hide behind.
FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1+1", "＋1", "－1", "＠A", "|calc", "%0A=1"]
COVERS = ["", " ", "\u00a0", "\u200b", "\ufeff", '"', "'", "''", "\u2019", " \u200b'"]


def written(form: Report, account: Account, name: str = "PC-1") -> bytes:
    file = io.BytesIO()
    form.write(account, lists_of(account, name), file)
    return file.getvalue()


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


class Page(HTMLParser):
    """What a page holds: its elements, its attributes, its texts by id, the rows of its tables."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.texts: dict[str, str] = {}
        self.rows: dict[str, list[list[str]]] = {}
        self.whole = ""
        self.feed(data.decode())
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        own = dict(attrs).get("id") or ""
        assert not own or own not in self.texts, f"two elements are called {own}"
        if own:
            self.texts[own] = ""
        if tag not in VOID:
            self.open.append((tag, own))
        inside = next((name for kind, name in reversed(self.open) if kind == "table"), "")
        if tag == "tr":
            self.rows.setdefault(inside, []).append([])
        if tag in {"td", "th"}:
            self.rows[inside][-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        self.whole += data
        for _, own in self.open:
            if own:
                self.texts[own] += data
        kinds = [kind for kind, _ in self.open]
        cells = {"td", "th"} & set(kinds)
        if cells and "svg" not in kinds:
            inside = next(name for kind, name in reversed(self.open) if kind == "table")
            self.rows[inside][-1][-1] += data


@cache
def page_of(account: str) -> Page:
    return Page(written(HTML, ODD[account]))


def plain(text: str) -> int:
    return int(text.removeprefix("at least ").replace(",", ""))


def printed(account: Account, width: int = 100) -> str:
    file = io.StringIO()
    Console(file=file, width=width, force_terminal=False, legacy_windows=False).print(summary(account, width))
    return file.getvalue()


def naughty() -> list[str]:
    """Strings that are known to break software, from where they lie."""
    if not (file := FIXTURES / "naughty_strings/blns.json").exists() and not REQUIRED:
        pytest.skip("no ../shared/fixtures/naughty_strings here")
    found: list[str] = json.loads(file.read_text("utf-8"))
    assert len(found) > 500
    return found


def naughty_account() -> Account:
    """The small account with sources and components of every naughty name."""
    whole, names = small(), naughty()
    return replace(
        whole,
        components=tuple(replace(whole.components[0], component=name) for name in names),
        reasons=tuple(replace(whole.reasons[0], reason=name) for name in names),
        methods=tuple(names),
        sources=tuple(replace(whole.sources[0], name=name) for name in names),
    )
