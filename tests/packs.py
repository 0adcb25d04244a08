"""Packs: those that are shipped, each loaded once for all tests, and the small ones that tests are made of."""

from __future__ import annotations

from fullcount.directive import Directive, find, shipped

# A pack is never changed once it is loaded, and loading one takes as long as a hundred small tests.
PACKS: dict[str, Directive] = {name: find(name) for name in shipped()}
BOD = PACKS["us-dhs-bod-17-01"]

HEAD = """\
version: "1"
title: Removal of Acme
short_title: Acme
issuer: Somebody
jurisdiction: here
issued: 2020-01-01
effective: 2020-01-02
url: https://example.org
unit: endpoint
"""
SMALL = (
    f"id: x\n{HEAD}"
    """\
sources: {ours: made up}
entities:
  - {id: acme, name: Acme Inc, role: principal, source: ours, aliases: [Acme]}
  - {id: rumour, name: Acne Inc, role: affiliate, source: ours, unverified: yes}
scope: {branded: in}
requires: {windows: [program]}
clocks: [{id: one, kind: [report], anchor: issued, offset: 30}]
products:
  - {id: guard, name: Acme Guard, family: Guard, kind: tool, scope: branded}
signatures:
  - {id: guard, product: guard, grade: name, source: ours, name: {words: acme guard}}
"""
)


def altered(text: str, old: str = "", new: str = "") -> str:
    """`text` with one piece replaced, which must stand in it once; all of it as it is where no piece is named."""
    assert text.count(old) == 1 or not old
    return text.replace(old, new) if old else text
