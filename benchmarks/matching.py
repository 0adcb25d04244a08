"""Matching measured on real titles: what each shipped directive finds of its vendor's, and what it takes for it by mistake.

The titles lie beside the project, in `../shared/titles`, and are described there; nothing of them is part of it. A title
*counts* when a finding on it would count; it is *seen* when the directive says anything of it at all. Recall is the share
of the titles that must count, or must be seen, and do; a false positive is somebody else's title that counts.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from fullcount.directive import Directive, find, shipped
from fullcount.match import verdicts
from fullcount.model import KIND_RANK, USUAL, State, Title, Trace
from fullcount.tables import schema
from fullcount.text import key
from fullcount.vendor import vendors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TITLES = Path(__file__).resolve().parents[1] / "../shared/titles"
VENDOR = "kaspersky"  # whose titles the corpus knows one by one
RECALL, MISTAKES = 0.99, 1  # goals: at least, and at most in 100,000 titles of others

# What an inventory makes of the platforms of the corpus; a program where it is not here.
TYPES = {
    "linux/deb": Trace.PACKAGE,
    "linux/rpm": Trace.PACKAGE,
    "android": Trace.APP,
    "android/f-droid": Trace.APP,
    "macos": Trace.APP,
    "windows/appx": Trace.APP,
    "windows/store": Trace.APP,
    "windows-service": Trace.SERVICE,
    "windows-driver": Trace.DRIVER,
    "windows-exe": Trace.PROCESS,
    "windows-dll": Trace.FILE,
    "windows path": Trace.FILE,
    "browser-extension": Trace.EXTENSION,
    "cpe": Trace.DETECTION,
    "cve-affected": Trace.DETECTION,
    "asset/licence table": Trace.LICENCE,
    "asset catalogue": Trace.LICENCE,
}
# The field of a title that says the same as its name, by type.
ALSO = {Trace.PACKAGE: "package", Trace.FILE: "path", Trace.SERVICE: "service", Trace.DRIVER: "driver"}
# Artifacts by kind: the type and the fields that an inventory would give, and what must be said: that it counts, or that it
# is seen (a bare file name, data left behind, a call to the vendor's host, a library).
ARTIFACTS: dict[str, tuple[Trace, tuple[str, ...], str]] = {
    "driver": (Trace.DRIVER, ("name", "driver"), "counts"),
    "driver_path": (Trace.DRIVER, ("path",), "counts"),
    "windows_service": (Trace.SERVICE, ("name", "service"), "counts"),
    "systemd_unit": (Trace.SERVICE, ("service",), "counts"),
    "msi_product_code": (Trace.PROGRAM, ("product_code",), "counts"),
    "msi_upgrade_code": (Trace.PROGRAM, ("upgrade_code",), "counts"),
    "wmi_securitycenter_guid": (Trace.ANTIVIRUS, ("product_code",), "counts"),
    "macos_bundle_id": (Trace.APP, ("bundle_id",), "counts"),
    "macos_pkg_receipt": (Trace.PACKAGE, ("package",), "counts"),
    "apple_team_id": (Trace.APP, ("signer",), "counts"),
    "codesign_subject": (Trace.APP, ("signer",), "counts"),
    "android_package": (Trace.APP, ("package",), "counts"),
    "store_package_family": (Trace.APP, ("package",), "counts"),
    "cpe": (Trace.DETECTION, ("cpe",), "counts"),
    "legal_or_publisher_name": (Trace.PROGRAM, ("publisher",), "counts"),
    "process": (Trace.PROCESS, ("name",), "seen"),
    "module": (Trace.FILE, ("name",), "seen"),
    "path": (Trace.FILE, ("path",), "seen"),
    "registry": (Trace.REGISTRY, ("path",), "seen"),
    "macos_launchd_plist": (Trace.FILE, ("name",), "seen"),
    "init_script": (Trace.FILE, ("path",), "seen"),
    "native_messaging_host": (Trace.FILE, ("name",), "seen"),
    "quarantine_file_type": (Trace.FILE, ("path",), "seen"),
    "sql_instance": (Trace.SERVICE, ("service",), "seen"),
    "download_host": (Trace.NETWORK, ("dns_name",), "seen"),
    "maven_group": (Trace.PACKAGE, ("package",), "seen"),
    "maven_artifact": (Trace.PACKAGE, ("package",), "seen"),
    "npm_package": (Trace.PACKAGE, ("package",), "seen"),
}
# Names that many programs bear prove nothing alone: seen at most.
GENERIC = frozenset({"kess", "ksde.exe"})
NOT_SOFTWARE = frozenset({"other fields"})  # a class of the traps that describes fields in prose


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A title of the corpus, and what must be said of it. `group` is the line of the table that it belongs to."""

    title: Title
    state: State
    group: str
    must: str  # counts | seen | not count


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many titles of a group there are, did as they must, and which did not."""

    group: str
    titles: int
    right: int
    wrong: tuple[str, ...]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a file of the corpus."""
    data = (TITLES / name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8")
    return list(csv.DictReader(text.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE))


def titled(name: str, publisher: str, platform: str, ident: str = "") -> tuple[Title, State]:
    """The title that an inventory would make of a name on a platform, and the state that it would give it."""
    trace = TYPES.get(platform, Trace.PROGRAM)
    cpe, package = re.search(r"cpe:\S+", ident), re.search(r"\bcom\.[\w.]+", ident)
    also = {ALSO[trace]: name} if trace in ALSO and name else {}
    title = Title(
        trace,
        name=name or None,
        publisher=publisher or None,
        cpe=cpe[0] if cpe else None,
        bundle_id=package[0] if package and trace is Trace.APP else None,
    )
    return title._replace(**also), USUAL.get(trace, State.INSTALLED)


def known_titles() -> Iterator[Case]:
    """The vendor's titles: A and B are values of machines, inventories and scripts, C and D of catalogues and manuals."""
    for row in rows("kaspersky_titles.tsv"):
        if row["evidence"] != "X":
            title, state = titled(row["title"], row["publisher"], row["platform"], row["other_id"])
            title = title._replace(product_code=row["product_code"] or None)
            yield Case(title=title, state=state, group=f"titles {row['evidence']}", must="counts")


def artifacts() -> Iterator[Case]:
    """What the vendor's products leave, one field at a time."""
    for row in rows("kaspersky_artifacts.tsv"):
        if row["kind"] in ARTIFACTS:
            trace, names, must = ARTIFACTS[row["kind"]]
            value = re.sub(r" \(with literal quotes\)|  ?\(.*\)$", "", row["value"]).replace("*.klq", "C:\\a.klq")
            state = USUAL.get(trace, State.INSTALLED)
            must = "seen" if value in GENERIC else must
            if value != "APROTECH LLC":  # not verified, so nothing is said of it
                yield Case(title=Title(trace)._replace(**dict.fromkeys(names, value)), state=state, group=row["kind"], must=must)
        elif row["kind"] == "azure_vm_extension":
            publisher, _, name = row["value"].partition(" / ")
            title = Title(Trace.PROGRAM, name, publisher=publisher)
            yield Case(title=title, state=State.INSTALLED, group=row["kind"], must="counts")


def traps() -> Iterator[Case]:
    """What only looks like the vendor's, as any type of title; and what is the vendor's and does not look so."""
    for row in rows("confusables.tsv"):
        if row["direction"] == "false_negative" and row["class"] not in NOT_SOFTWARE:
            title, state = titled(row["value"], row["publisher_or_owner"], row["platform"], row["why"])
            yield Case(title=title, state=state, group="hidden names", must="counts")
        elif row["direction"] == "false_positive":
            more = set() if row["class"] == "licence record" else {"windows", *TYPES} - {"asset catalogue"}
            for platform in (row["platform"], *sorted(more)):
                title, state = titled(row["value"], row["publisher_or_owner"], platform)
                yield Case(title=title, state=state, group=f"trap: {row['class']}", must="not count")
    for row in rows("oem_embedded.tsv"):
        if not row["product"].startswith(("Kaspersky TDSSKiller", "Kaspersky VPN")):  # the vendor's own, whoever packs them
            title, state = titled(row["product"], row["vendor"], "windows")
            yield Case(title=title, state=state, group="trap: others' products", must="not count")


def others(brands: Sequence[str]) -> Iterator[Case]:
    """Titles of others: those without one of these brands anywhere, not even inside a word."""
    for row in rows("other_titles.tsv.gz"):
        said = key(" ".join((row["name"], row["publisher"], row["true_vendor"], row["homepage_host"], row["ident"])))
        if not any(brand in said for brand in brands):
            title, state = titled(row["name"], row["publisher"], row["platform"], row["ident"])
            yield Case(title=title, state=state, group=row["platform"], must="not count")


def table(titles: Iterable[Title]) -> pa.Table:
    """Titles as a reading keeps them."""
    made = [
        {
            "title": number,
            **title._asdict(),
            "name_key": key(title.name) if title.name else None,
            "publisher_key": key(title.publisher) if title.publisher else None,
        }
        for number, title in enumerate(titles)
    ]
    return pa.Table.from_pylist(made, schema=schema("titles"))


def judged(directive: Directive, cases: Iterable[Case]) -> list[Outcome]:
    """What the directive says of the cases, by group, in the order in which the groups come."""
    listed = list(cases)
    seen: set[int] = set()
    counting: set[int] = set()
    for row in verdicts([directive], table(case.title for case in listed)):
        seen.add(row["title"])
        if row["counts"] and min(row["kind_rank"], KIND_RANK[listed[row["title"]].state]) >= KIND_RANK[State.FILES]:
            counting.add(row["title"])
    groups: dict[str, list[tuple[bool, str]]] = {}
    for number, case in enumerate(listed):
        right = {"counts": number in counting, "seen": number in seen, "not count": number not in counting}[case.must]
        shown = " | ".join(value for value in case.title[1:] if value)
        groups.setdefault(case.group, []).append((right, f"{case.title.type}: {shown}"))
    return [
        Outcome(group, len(of), sum(right for right, _ in of), tuple(shown for right, shown in of if not right))
        for group, of in groups.items()
    ]


def brands_of(directive: Directive) -> list[str]:
    """The brands, folded, of the vendors whom a directive names, verified or not: whose titles are no mistakes."""
    known = vendors()
    facts = (fact for name in directive.vendors for fact in known[name].facts.get("brands", ()))
    names = {firm.name for name in directive.vendors for firm in known[name].firms}
    return sorted({key(value) for fact in facts for value in fact.values} | {key(name) for name in names})


def _show(head: str, outcomes: Iterable[Outcome], *, most: int) -> None:
    print(f"\n  {head:<44}{'titles':>10}{'right':>10}{'share':>10}")
    for one in outcomes:
        print(f"  {one.group:<44}{one.titles:>10,}{one.right:>10,}{one.right / one.titles:>10.2%}")
        for wrong, times in Counter(one.wrong).most_common(most):
            print(f"      not so: {wrong[:140]}{f' ({times} times)' if times > 1 else ''}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every shipped directive; those of the vendor that the corpus knows are measured for recall, too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directive", nargs="+", default=list(shipped()), help="ids or folders")
    parser.add_argument("--wrong", type=int, default=5, help="how many titles to show of each group that are not as they must be")
    asked = parser.parse_args(arguments)
    if not TITLES.is_dir():
        print(f"  the titles are not here: {TITLES}")
        return
    print(f"  goals: {RECALL:.0%} of titles A and B and of artifacts; no trap; {MISTAKES} in 100,000 of others' titles at most")
    for directive in map(find, asked.directive):
        print(f"\n== {directive.id} version {directive.version}")
        if VENDOR in directive.vendors:
            _show("the vendor's", judged(directive, [*known_titles(), *artifacts()]), most=asked.wrong)
            _show("traps", judged(directive, traps()), most=asked.wrong)
        found = judged(directive, others(brands_of(directive)))
        _show("others' titles, by platform", found, most=asked.wrong)
        mistakes, titles = sum(len(one.wrong) for one in found), sum(one.titles for one in found)
        print(f"  {mistakes} of {titles:,} titles of others count: {mistakes / titles * 100_000:.2f} in 100,000")


if __name__ == "__main__":
    main()
