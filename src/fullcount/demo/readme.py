"""The readme of the made-up government: which commands were run, so that a person can run them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.demo.government import CORRECTED, COUNTING, DUE, GOVERNMENT, HARVEST, LATE, ON
from fullcount.demo.offices import RECEIVED_BY
from fullcount.demo.truth import DIRECTIVE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.demo.government import Part

ALL = "--statement all_components=yes"


def readme(*, with_pdf: bool) -> str:
    """The text, as Markdown. `with_pdf`: whether the Exchequer's return came in a PDF."""
    return "\n".join([*_head(), *_components(with_pdf=with_pdf), *_offices(), ""])


def _head() -> Iterator[str]:
    yield f"# {GOVERNMENT}"
    yield ""
    yield "Made up by `fullcount demo --government`: no office, person or machine is real. The commands below are those that were"
    yield "run here; from this folder they can be run again, and change nothing. `truth.json` is what is truly on every machine;"
    yield "no command reads it."
    yield ""
    yield "- `privacy-office/`: the holder of the master of token keys. It receives no returns."
    yield "- `components/`: a workspace for each component that counts. `seal.key` signs; `tokens.key` is from the privacy"
    yield "  office, but the Statistics Office made its own, and the Lighthouse Board has none."
    yield "- `mail/`: what was sent to the office, by the day on which it came, as it came."
    yield "- `office/`: who receives. It has `trust.toml`, `tree.toml` and `sensor.csv`, and never a token key."


def _components(*, with_pdf: bool) -> Iterator[str]:
    yield from ("", "## The privacy office", "", "```sh")
    yield "fullcount tokens new privacy-office/master.key       # not again: a key is never overwritten"
    yield f"fullcount tokens derive privacy-office/master.key --directive {DIRECTIVE} --period 2017 -o tokens.key"
    yield from ("```", "", "## Each component", "", "```sh")
    for part in COUNTING:
        yield from commands_of(part)
        yield ""
    if with_pdf:
        yield "# the Exchequer sends a paper that carries its return"
        yield "fullcount report identify -w components/exchequer --form pdf --return components/exchequer/returns/sent/FILE"
    yield "```"


def commands_of(part: Part) -> Iterator[str]:
    """How a component counts and seals."""
    at = f"components/{part.folder}"
    tokens = "" if part.folder == "lighthouse" else f" --tokens {at}/tokens.key"
    below = ("/offices", "/depots") if part.folder == "parcel" else ("",)  # the depots were forgotten at first
    for folder in below:
        yield f"fullcount count -w {at} {at}/exports{folder} --as-of {part.as_of}"
        yield f"fullcount seal -w {at} --component '{part.name}' --key {at}/seal.key{tokens} {ALL}"


def _offices() -> Iterator[str]:
    at = f"components/{HARVEST}"
    bureaus = ", ".join(part.name for part in COUNTING if RECEIVED_BY[part.folder] == HARVEST)
    yield from (
        "",
        "## The department that adds up its own bureaus",
        "",
        f"It receives {bureaus}, and sends one return.",
        "",
        "```sh",
    )
    yield f"fullcount receive -w {at} {at}/mail/{DUE} --on {DUE}"
    yield f"fullcount rollup -w {at} --on {DUE}"
    yield f"fullcount seal -w {at} --rollup last --component 'Department of Harvest' --key {at}/seal.key {ALL}"
    yield from ("```", "", "## The office of the government", "", "```sh")
    for day in (DUE, CORRECTED, LATE):
        yield f"fullcount receive -w office mail/{day} --on {day}"
    yield rollup()
    yield "```"


def rollup() -> str:
    """The roll-up of the office."""
    return f"fullcount rollup -w office --on {ON} --sensor office/sensor.csv --form html"
