"""Near: titles near the vendor that no signature recognises surely and that no person has decided.

Makes `near` and `near_named`, from which `count` makes `near_titles`, and `near_left`. There are millions of titles, so
that each batch of them goes through a vectorised sieve first, and only observations of what it holds back are looked at.
What publishers and names alone say (`akin`) does not change with the signatures, and is kept.

A title is near because a signature hints at it, because of its publisher, a word of its name, an installer's code or a
signer that it shares with a title that was recognised, or because a word of its name is nearly the vendor's. Only a hint
speaks against *without it*; the others are listed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount.condition import FIELDS
from fullcount.decision import called_by
from fullcount.engine import rows_table
from fullcount.kin import Kin, kin_of
from fullcount.model import GRADE_RANK, Grade, State
from fullcount.spelling import misspelt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from fullcount.directive import Directive
    from fullcount.engine import Engine

MOST = 200  # titles that are listed for one word, publisher or code
FEW = 20  # titles that a signer may have beside the recognised ones, however few these are
SHARED = {"product_code": "product code", "upgrade_code": "upgrade code", "signer": "signer"}
_LESS = frozenset({State.RESIDUE, State.MENTION})  # such a title is recognised: as less than an installation
_NEAR = {"directive": "text", "near": "int64", "title": "int64"}
_NAMED = {
    "directive": "text",
    "near": "int64",
    "name": "text",
    "publisher": "text",
    "trace": "text",
    "first_version": "text",
    "last_version": "text",
    "product": "text",
    "is_hint": "bool",
    "reason": "text",
}
_LEFT = {"directive": "text", "reason": "text", "titles": "int64"}
_AKIN = {"directive": "text", "title": "int64", "rank": "int64", "reason": "text"}
_SURELY = """
select distinct verdicts.directive, verdicts.product, titles.name_key, titles.product_code, titles.upgrade_code, titles.signer
from verdicts
inner join titles on verdicts.title = titles.title
where verdicts.counts
order by verdicts.directive, verdicts.product
"""
_DETAILS = """
select
    titles.title, titles.type, titles.version, titles.publisher, titles.name_key, titles.publisher_key,
    titles.name, titles.package, titles.bundle_id, titles.path, titles.service, titles.driver, titles.cpe,
    titles.extension_id, titles.dns_name, titles.product_code
from near_asked
inner join titles on near_asked.title = titles.title
"""


class Reason(NamedTuple):
    """Why a title is near. Sorted: the reason that says most first."""

    rank: int
    text: str
    product: str = ""  # the product that it may be, where the reason says
    most: int = MOST  # of how many titles it says something


@dataclass(slots=True, kw_only=True)
class _Search:
    """What is looked for under one directive, and what was found: by title its reasons."""

    directive: Directive
    kin: Kin
    settled: set[int] = field(default_factory=set)  # titles recognised surely, or decided by a person
    shared: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))  # by field and value a product
    signing: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # by signer the names recognised
    found: dict[int, set[Reason]] = field(default_factory=lambda: defaultdict(set))


def near(engine: Engine, directives: Sequence[Directive]) -> None:
    """Makes `near`, `near_named` and `near_left`, from `titles` and `verdicts`."""
    searches = [_Search(directive=one, kin=kin_of(one)) for one in directives]
    _read_verdicts(engine, searches)
    _read_akin(engine, searches)
    _read_shared(engine, searches)
    _put(engine, searches)


def _read_verdicts(engine: Engine, searches: Sequence[_Search]) -> None:
    """What signatures and people have settled, what they only hint at, and what the recognised titles carry."""
    by_id = {one.directive.id: one for one in searches}
    rows = engine.rows("select directive, title, product, signature, grade_rank, kind, in_scope, counts from verdicts")
    counting = {(row["directive"], row["title"]) for row in rows if row["counts"]}
    for row in rows:
        search = by_id[row["directive"]]
        if row["grade_rank"] >= GRADE_RANK[Grade.NAME] or row["kind"] in _LESS:
            search.settled.add(row["title"])
        elif row["in_scope"] == "in" and (row["directive"], row["title"]) not in counting:
            text = f"the signature {row['signature']} fits, but not surely"
            search.found[row["title"]].add(Reason(0, text, row["product"]))
    for row in engine.rows(_SURELY):
        by_id[row["directive"]].signing[FIELDS["signer"](row["signer"] or "")].add(row["name_key"] or "")
        for name in SHARED:
            if value := FIELDS[name](row[name] or ""):
                by_id[row["directive"]].shared[name].setdefault(value, row["product"])


def _read_akin(engine: Engine, searches: Sequence[_Search]) -> None:
    """Makes `akin`, and adds of it what is not settled."""
    kin = {one.directive.id: one.kin for one in searches}
    engine.derive(
        ("akin",),
        reads=("titles",),
        said=f"by publisher and name: {[(name, one.said()) for name, one in sorted(kin.items())]}",
        work=lambda: engine.put("akin", _akin(engine, kin)),
    )
    by_id = {one.directive.id: one for one in searches}
    for batch in engine.batches("select directive, title, rank, reason from akin"):
        for row in batch.to_pylist():
            if row["title"] not in by_id[row["directive"]].settled:
                by_id[row["directive"]].found[row["title"]].add(Reason(row["rank"], row["reason"]))


def _akin(engine: Engine, kin: Mapping[str, Kin]) -> pa.Table:
    """The titles that a publisher or a name makes near, whatever signatures say."""
    import pyarrow as pa

    tables = [rows_table([], _AKIN)]
    for batch in engine.batches("select title, name_key, publisher_key from titles"):
        for directive, vendor in kin.items():
            found = [*_by_publisher(vendor, batch), *_by_name(vendor, batch)]
            rows = [(directive, batch["title"][place].as_py(), reason.rank, reason.text) for place, reason in found]
            tables.append(rows_table([dict(zip(_AKIN, row, strict=True)) for row in rows], _AKIN))
    return pa.concat_tables(tables)


def _read_shared(engine: Engine, searches: Sequence[_Search]) -> None:
    """Add the titles that share something with those recognised: where no title has one, none are looked at."""
    shared = sorted({name for search in searches for name in search.shared})
    if not shared:
        return
    for batch in engine.batches(f"select title, {', '.join(shared)} from titles"):  # noqa: S608 - columns, not their values
        for search in searches:
            for place, reason in _by_shared(search, batch):
                title = batch["title"][place].as_py()
                if title not in search.settled:
                    search.found[title].add(reason)


def _by_publisher(vendor: Kin, batch: pa.RecordBatch) -> Iterator[tuple[int, Reason]]:
    encoded: Any = batch["publisher_key"].dictionary_encode()
    publishers = encoded.dictionary
    # there may be a million of them: in Python only those that hold what one of the vendor's must
    likely = _holding(publishers, vendor.signals) if vendor.signals else range(len(publishers))
    names = ((number, publishers[number].as_py()) for number in likely)
    reasons = {number: Reason(1, f"its publisher is {name}") for number, name in names if vendor.is_publisher(name)}
    yield from _spread(encoded.indices, reasons)


def _by_name(vendor: Kin, batch: pa.RecordBatch) -> Iterator[tuple[int, Reason]]:
    encoded: Any = batch["name_key"].dictionary_encode()
    names = encoded.dictionary
    reasons = {}
    for number in _holding(names, vendor.words):
        if word := vendor.word_in(names[number].as_py()):
            reasons[number] = Reason(2, f"its name has the word {word}")
    wrong = misspelt(names, vendor.telling())
    for number in _holding(names, wrong):
        written, meant = vendor.misspelt_in(names[number].as_py(), wrong)
        if written:
            reasons.setdefault(number, Reason(4, f"its name has {written}, which is nearly {meant}"))
    yield from _spread(encoded.indices, reasons)


def _by_shared(search: _Search, batch: pa.RecordBatch) -> Iterator[tuple[int, Reason]]:
    """Titles that have a code or signer of a recognised one."""
    import pyarrow.compute as pc

    for name, products in search.shared.items():
        encoded: Any = batch[name].dictionary_encode()
        written = encoded.dictionary
        # folded in part, so that few are folded whole; what is not ASCII is
        likely = {*_holding(pc.ascii_lower(written), products), *_places(pc.invert(pc.string_is_ascii(written)))}
        reasons = {}
        for number in sorted(likely):
            value = FIELDS[name](written[number].as_py())
            if product := products.get(value):
                text = f"it has the {SHARED[name]} {value} of a title that was recognised"
                reasons[number] = Reason(3, text, product, _most(search, value) if name == "signer" else MOST)
        yield from _spread(encoded.indices, reasons)


def _most(search: _Search, signer: str) -> int:
    """Of how many titles a signer says something: who signs mostly others' titles, as makers of systems do, says nothing."""
    return min(MOST, max(FEW, len(search.signing[signer])))


def _holding(texts: Any, literals: Iterable[str]) -> list[int]:
    """The numbers of the texts that hold one of the literals."""
    import pyarrow.compute as pc

    pattern = "|".join(re.escape(one) for one in sorted(literals))
    return _places(pc.match_substring_regex(texts, pattern)) if pattern else []


def _places(mask: Any) -> list[int]:
    import pyarrow.compute as pc

    places: Any = pc.indices_nonzero(mask)
    return places.to_pylist()  # type: ignore[no-any-return]


def _spread(numbers: Any, reasons: Mapping[int, Reason]) -> Iterator[tuple[int, Reason]]:
    """The places whose number has a reason, with it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for place in _places(pc.is_in(numbers, pa.array(sorted(reasons), numbers.type))):
        yield place, reasons[numbers[place].as_py()]


class _Group(NamedTuple):
    """Titles of one name and publisher under one directive, whatever their version."""

    called: str
    publisher: str


def _put(engine: Engine, searches: Sequence[_Search]) -> None:
    asked = sorted({title for search in searches for title in search.found})
    engine.put("near_asked", rows_table([{"title": title} for title in asked], {"title": "int64"}))
    details = {row["title"]: row for row in engine.rows(_DETAILS)}
    titles: list[dict[str, Any]] = []
    named: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    for search in searches:
        groups, over = _grouped(search, details)
        left += [{"directive": search.directive.id, "reason": text, "titles": over[text]} for text in sorted(over)]
        for group in sorted(groups):
            number, numbers = len(named), groups[group]
            titles += [{"directive": search.directive.id, "near": number, "title": title} for title in numbers]
            named.append({"directive": search.directive.id, "near": number, **_named(search, [details[one] for one in numbers])})
    engine.put("near", rows_table(titles, _NEAR))
    engine.put("near_named", rows_table(named, _NAMED))
    engine.put("near_left", rows_table(left, _LEFT))


def _grouped(search: _Search, details: Mapping[int, Mapping[str, Any]]) -> tuple[dict[_Group, list[int]], dict[str, int]]:
    """The titles by what they are called and by whom, and how many of a reason are too many to be listed. What is hinted
    at is always listed: it speaks against *without it*.
    """
    by_reason: dict[Reason, set[_Group]] = defaultdict(set)
    groups: dict[_Group, list[int]] = defaultdict(list)
    for title in sorted(search.found):
        group = _group(details[title])
        groups[group].append(title)
        for reason in search.found[title]:
            by_reason[reason].add(group)
    listed, over = set(), {}
    for reason, some in sorted(by_reason.items()):
        kept = sorted(some)
        if reason.rank and len(some) > reason.most:
            kept = kept[:MOST] if reason.most == MOST else []
        listed.update(kept)
        if rest := len(some) - len(kept):
            over[reason.text] = rest
    return {group: groups[group] for group in listed}, over


def _group(row: Mapping[str, Any]) -> _Group:
    called = row["name_key"] or FIELDS[name](row[name]) if (name := called_by(row)) else ""
    return _Group(called, row["publisher_key"] or "")


def _named(search: _Search, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is said of titles of one name and publisher: as the smallest of their spellings writes it."""
    reasons = sorted({reason for row in rows for reason in search.found[row["title"]]})
    versions = sorted({row["version"] for row in rows if row["version"]}, key=_version_order)
    names = [row[name] for row in rows if (name := called_by(row))]
    return {
        "name": min(names, default=None),
        "publisher": min((row["publisher"] for row in rows if row["publisher"]), default=None),
        "trace": min(row["type"] for row in rows),
        "first_version": versions[0] if versions else None,
        "last_version": versions[-1] if versions else None,
        "product": next((reason.product for reason in reasons if reason.product), None),
        "is_hint": any(reason.rank == 0 for reason in reasons),
        "reason": "; ".join(dict.fromkeys(reason.text for reason in reasons)),
    }


def _version_order(version: str) -> tuple[list[int], str]:
    """Versions by their numbers: 9 goes before 10."""
    return [int(part) for part in re.findall(r"[0-9]{1,18}", version)], version
