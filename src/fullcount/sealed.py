"""The contract of a return: what of an account a component sends up, before anybody signs it and after it was checked.

A return is an in-toto Statement (`STATEMENT`) whose predicate (`PREDICATE`) holds an account without a single name of a
machine, file or user, and, where the component has a key for them, keyed tokens in their place. `envelope` seals the bytes;
whoever receives them reads exactly these bytes. The host of `PREDICATE` is reserved: the address is a name and nothing more.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from fullcount.clue import KINDS, WEAK
from fullcount.envelope import strict_json
from fullcount.errors import ReturnError
from fullcount.model import GRADE_RANK, KIND_RANK, Standing
from fullcount.report import HOSTS, SCHEMA, Account
from fullcount.sums import against, uneven
from fullcount.typed import PACKED, faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np

    Bytes = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
    Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
    Small = np.ndarray[tuple[int], np.dtype[np.uint8]]

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://fullcount.example/attestation/return/v1"
PAYLOAD = "application/vnd.in-toto+json"
SCHEME = "hmac-sha256-128"
NORM = "fullcount-norm/1"  # how a clue is folded before it is made a token: `clue.KINDS`
TOKEN = 16  # bytes of a token
# Which clues leave the house as tokens, by their number in a return: strong and medium ones join machines of two returns; a
# maker joins none, but tells that one serial number means two machines. Names alone join nothing, and could be guessed.
TOKEN_KINDS: tuple[str, ...] = (
    *(kind.name for kind in KINDS.values() if kind.step is not None and kind.strength != WEAK),
    "manufacturer",
)
# Standings by their number in a return, in the order in which the one of a machine in several returns is chosen.
CONTRADICTED = "contradicted"  # not covered, because other evidence speaks against "without it"
STANDINGS: tuple[str, ...] = (
    str(Standing.WITH_IT),
    str(Standing.EXEMPT),
    CONTRADICTED,
    str(Standing.WITHOUT_IT),
    str(Standing.NOT_COVERED),
)
_HAVING = (str(Standing.WITH_IT), str(Standing.EXEMPT))
_BLIND = (str(Standing.NOT_COVERED),)
_SEEN = (str(Standing.WITHOUT_IT), CONTRADICTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Systems:
    """The systems of a return as columns, without a name. A system is its ordinal from 0, in an order that says nothing.

    By system: `standing` (place in `STANDINGS`), `covered` (1: a complete fresh look, not blind). By token: `kind` (place in
    `TOKEN_KINDS`), `token` (`TOKEN` bytes each), `of` (its system). By finding, an open one that counts: `found_on` (its
    system), `product` (place among the account's products), `found_kind` and `found_grade` (ranks of the model).
    """

    standing: Small
    covered: Small
    kind: Small
    token: Bytes
    of: Ints
    found_on: Ints
    product: Ints
    found_kind: Small
    found_grade: Small


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """How the tokens of a return were made, and the systems that they stand for."""

    period: str
    check: str  # of the key: two returns that were made with different keys have nothing in common, and that is no overlap of 0
    systems: Systems
    scheme: str = SCHEME
    norm: str = NORM


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Something that a component says beside its numbers, as "includes all components"."""

    id: str
    answer: str  # yes, no, n/a, unable, or a text
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """An account as it is sealed. `digest` is that of the sealed bytes: what the next return of the component names."""

    component: str
    account: Account  # `outward`: without names of machines, files and users
    sequence: int  # 1, 2, 3 ... of this component under this directive
    previous: str  # digest of the one before; empty for the first
    producer: str
    ledger: str  # digest of the last line of the component's ledger
    kept: str  # SHA-256 of `accounts.json` of the count, as the component keeps it
    statements: tuple[Statement, ...] = ()
    tokens: Tokens | None = None
    hosts: tuple[Mapping[str, Any], ...] = ()  # rows of the list `hosts`, only where it was asked for
    digest: str = field(default="", compare=False)


# -- what is sealed --------------------------------------------------------------------------------------------------------

MOST_FAULTS = 20  # that are told of one return
_HEX = re.compile("[0-9a-f]{64}")
_SHA = {"sha256": _HEX}
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_WIDTHS: dict[str, int] = {  # bytes of a number of each column of `Systems`
    "standing": 1,
    "covered": 1,
    "kind": 1,
    "token": TOKEN,
    "of": 4,
    "foundOn": 4,
    "product": 2,
    "foundKind": 1,
    "foundGrade": 1,
}
_FIELDS = {name: re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name) for name in _WIDTHS}
_TYPES = {1: "<u1", 2: "<u2", 4: "<u4"}
_HOST = {name: int | None if kind == "int64" else str | None for name, kind in HOSTS.items()}
_TOKENS = {
    "scheme": str,
    "norm": str,
    "period": _WORD,
    "keyCheck": re.compile("[0-9a-f]{8}"),
    "systems": dict.fromkeys(_WIDTHS, PACKED),
}
_PREDICATE: dict[str, Any] = {
    "component": str,
    "directive": {"id": str, "version": str, "digest": _SHA},
    "asOf": str,
    "sequence": int,
    "previous": None,  # null, or a digest
    "producer": {"name": str, "version": str},
    "ledger": _SHA,
    "statements": [{"id": str, "answer": str, "text": str}],
    "account": Account,
    "tokens": None,  # null, or `_TOKENS`
}
_FORM: dict[str, Any] = {
    "_type": str,
    "subject": [{"name": str, "digest": _SHA}],
    "predicateType": str,
    "predicate": _PREDICATE,
}
_SUBJECTS = ["account.json", "accounts.json"]


def canonical(document: Any) -> bytes:
    """The bytes of a JSON document: names in order, no space, UTF-8. The same content gives the same bytes."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def statement(of: Return) -> bytes:
    """What is sealed: the in-toto Statement of a return. The digest of these bytes is that of the return."""
    account = of.account.document()
    about = of.account.directive
    name, _, version = of.producer.partition(" ")
    predicate = {
        "component": of.component,
        "directive": {"id": about["id"], "version": about["version"], "digest": {"sha256": about["digest"]}},
        "asOf": of.account.as_of,
        "sequence": of.sequence,
        "previous": {"sha256": of.previous} if of.previous else None,
        "producer": {"name": name, "version": version},
        "ledger": {"sha256": of.ledger},
        "statements": [{"id": one.id, "answer": one.answer, "text": one.text} for one in of.statements],
        "account": account,
        "tokens": _tokens_out(of.tokens) if of.tokens else None,
    }
    if of.hosts:
        predicate["hosts"] = [dict(row) for row in of.hosts]
    digests = (hashlib.sha256(canonical(account)).hexdigest(), of.kept)
    subject = [{"name": one, "digest": {"sha256": digest}} for one, digest in zip(_SUBJECTS, digests, strict=True)]
    return canonical({"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": predicate})


def _tokens_out(tokens: Tokens) -> dict[str, Any]:
    import numpy as np

    def packed(name: str, width: int) -> str:
        column = getattr(tokens.systems, _FIELDS[name])
        return base64.b64encode(np.ascontiguousarray(column, _TYPES.get(width, "u1")).tobytes()).decode()

    said = {"scheme": tokens.scheme, "norm": tokens.norm, "period": tokens.period, "keyCheck": tokens.check}
    return said | {"systems": {name: packed(name, width) for name, width in _WIDTHS.items()}}


def returned(payload: bytes) -> Return:
    """The return in bytes that were sealed: the opposite of `statement`, and nothing is taken on trust but who sealed them.

    Raises `EnvelopeError` where they are no JSON as it should be, and `ReturnError` with every fault where the form is not
    that of a return. Whether the numbers fit each other `unsound` says.
    """
    document = strict_json(payload, place="the return")
    _refuse(_misshapen(document))
    _refuse(_contradictions(document))
    said = document["predicate"]
    account = Account.of(said["account"])
    tokens = said["tokens"]
    return Return(
        component=said["component"],
        account=account,
        sequence=said["sequence"],
        previous=said["previous"]["sha256"] if said["previous"] else "",
        producer=f"{said['producer']['name']} {said['producer']['version']}".strip(),
        ledger=said["ledger"]["sha256"],
        kept=document["subject"][1]["digest"]["sha256"],
        statements=tuple(Statement(**one) for one in said["statements"]),
        tokens=_tokens_in(tokens, len(account.products)) if tokens else None,
        hosts=tuple(said.get("hosts", ())),
        digest=hashlib.sha256(payload).hexdigest(),
    )


def _refuse(wrong: Iterator[str]) -> None:
    if found := tuple(islice(wrong, MOST_FAULTS)):
        raise ReturnError(found)


def _misshapen(document: Any) -> Iterator[str]:
    """What of the document has not the form; the schema comes first, since of another one nothing else is known."""
    said = document.get("predicate") if isinstance(document, dict) else None
    kinds = (document.get("_type"), document.get("predicateType")) if isinstance(document, dict) else (None, None)
    if kinds != (STATEMENT, PREDICATE) or not isinstance(said, dict):
        yield f"its type is {kinds[0]!r:.80} with {kinds[1]!r:.80}, and not {STATEMENT} with {PREDICATE}"
        return
    about = said.get("account")
    if isinstance(about, dict) and about.get("schema") != SCHEMA:
        yield f"its account has the schema {about.get('schema')!r:.80}, and this fullcount reads {SCHEMA}"
        return
    form = _PREDICATE | {"previous": _SHA if said.get("previous") is not None else Any}
    form["tokens"] = _TOKENS if said.get("tokens") is not None else Any
    if "hosts" in said:
        form["hosts"] = [_HOST]
    yield from faults(_FORM | {"predicate": form}, document, "return")


def _contradictions(document: Mapping[str, Any]) -> Iterator[str]:
    """Where a document of the right form says two things."""
    said, subject = document["predicate"], document["subject"]
    account, about = said["account"], said["account"]["directive"]
    if [one["name"] for one in subject] != _SUBJECTS:
        yield f"its subjects are not {' and '.join(_SUBJECTS)}"
    elif subject[0]["digest"]["sha256"] != hashlib.sha256(canonical(account)).hexdigest():
        yield "the digest of the account is not that of the account in it"
    outside = (said["directive"]["id"], said["directive"]["version"], said["directive"]["digest"]["sha256"])
    if outside != (about.get("id"), about.get("version"), about.get("digest")):
        yield "the directive of the return is not that of its account"
    if said["asOf"] != account["as_of"]:
        yield f"it is as of {said['asOf']}, and its account as of {account['as_of']}"
    if not _is_day(said["asOf"]):
        yield f"`{said['asOf'][:40]}` is no day"
    yield from _impossible(said)


def _impossible(said: Mapping[str, Any]) -> Iterator[str]:
    """What no return says, although it has the form."""
    if said.get("hosts") == []:
        yield "its list of hosts has none"
    if not said["component"].strip():
        yield "it names no component"
    if said["sequence"] < 1 or (said["sequence"] == 1) != (said["previous"] is None):
        yield f"it is number {said['sequence']}, and {'names no' if said['previous'] is None else 'names a'} return before it"
    ids = [one["id"] for one in said["statements"]]
    if len(set(ids)) != len(ids):
        yield "a statement is made twice"
    if (tokens := said["tokens"]) and tokens["scheme"] != SCHEME:
        yield f"its tokens are made by {tokens['scheme'][:80]}, and this fullcount knows {SCHEME}"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _tokens_in(said: Mapping[str, Any], products: int) -> Tokens:
    import numpy as np

    columns: dict[str, Any] = {}
    wrong = []
    for name, width in _WIDTHS.items():
        try:
            raw = base64.b64decode(said["systems"][name], validate=True)
        except (binascii.Error, ValueError):
            raw, width = b"0", 2  # noqa: PLW2901 - told by the next line, as what does not fit is
        if len(raw) % width:
            wrong.append(f"return.tokens.systems.{name}: is no base64 of numbers of {_WIDTHS[name]} bytes")
            continue
        found = np.frombuffer(raw, _TYPES.get(width, "u1"))
        columns[_FIELDS[name]] = found.reshape(-1, TOKEN) if width == TOKEN else found if width == 1 else found.astype(np.int64)
    _refuse(iter(wrong))
    systems = Systems(**columns)
    _refuse(unfit(systems, products))
    return Tokens(period=said["period"], check=said["keyCheck"], systems=systems, scheme=said["scheme"], norm=said["norm"])


def unfit(systems: Systems, products: int) -> Iterator[str]:
    """Where the columns of systems do not fit each other, or the number of products of the account."""
    size = len(systems.standing)
    for names in (("standing", "covered"), ("kind", "token", "of"), ("found_on", "product", "found_kind", "found_grade")):
        sizes = [len(getattr(systems, name)) for name in names]
        if len(set(sizes)) > 1:
            yield f"the columns {', '.join(names)} of its systems are {', '.join(f'{one:,}' for one in sizes)} long"
            return
    limits = {
        "standing": len(STANDINGS),
        "covered": 2,
        "kind": len(TOKEN_KINDS),
        "of": size,
        "found_on": size,
        "product": products,
    }
    for name, limit in limits.items():
        column = getattr(systems, name)
        if len(column) and int(column.max()) >= limit:
            yield f"the column {name} of its systems says {int(column.max()):,}, and there are {limit:,}"
            return
    for name, ranks in (("found_kind", KIND_RANK), ("found_grade", GRADE_RANK)):
        if odd := sorted(set(getattr(systems, name).tolist()) - set(ranks.values())):
            yield f"the column {name} of its systems says {odd[0]}, which is no rank"
    if twice := _twice(systems):
        yield f"{twice:,} tokens stand twice at one system"
    if len(pairs := systems.found_on * products + systems.product) != len(set(pairs.tolist())):
        yield "a product is found twice on one system"


def _twice(systems: Systems) -> int:
    """Tokens that stand twice at one system: none where they stand in order, as `tokened` writes them."""
    import numpy as np

    first, second = np.ascontiguousarray(systems.token).view(">u8").reshape(-1, 2).astype(np.uint64).T
    turn = systems.of * len(TOKEN_KINDS) + systems.kind
    step = np.diff(turn)
    if bool(((step > 0) | ((step == 0) & (first[1:] > first[:-1]))).all()):
        return 0
    order = np.lexsort((second, first, systems.of))
    same = [np.diff(column[order]) == 0 for column in (systems.of, first, second)]
    return int((same[0] & same[1] & same[2]).sum())


def unsound(of: Return) -> Iterator[str]:
    """Where the numbers of a return contradict one another, in words and with both; nothing where they fit."""
    yield from uneven(of.account)
    if of.hosts:
        yield from against(of.account.total, Counter(str(row["standing"]) for row in of.hosts), "the list of hosts")
    if of.tokens:
        yield from _uneven_systems(of.account, of.tokens.systems)


def _uneven_systems(account: Account, systems: Systems) -> Iterator[str]:
    """The systems that tokens stand for, against what the account says of them."""
    import numpy as np

    counted = dict(zip(STANDINGS, np.bincount(systems.standing, minlength=len(STANDINGS)).tolist(), strict=True))
    counted[str(Standing.NOT_COVERED)] += counted.pop(CONTRADICTED)
    yield from against(account.total, counted, "the systems with tokens")
    if (covered := int(systems.covered.sum())) != account.total.looked_at:
        yield f"{covered:,} of the systems with tokens are covered, and in total {account.total.looked_at:,} were looked at"
    blind, seen = (np.isin(systems.standing, [STANDINGS.index(one) for one in some]) for some in (_BLIND, _SEEN))
    if odd := int((blind & (systems.covered == 1)).sum() + (seen & (systems.covered == 0)).sum()):
        yield f"{odd:,} systems with tokens have a standing that does not fit whether they are covered"
    having = np.isin(systems.standing, [STANDINGS.index(one) for one in _HAVING])
    found = np.zeros(len(having), bool)
    found[systems.found_on] = True
    if odd := int((found & ~having).sum()):
        yield f"{odd:,} systems with tokens have a finding, and are neither with it nor exempt"
    if odd := int((having & ~found).sum()):
        yield f"{odd:,} systems with tokens are with it or exempt, and have no finding"
    for place, one in enumerate(account.products):
        for column, ranks, said in (("found_kind", KIND_RANK, one.kinds), ("found_grade", GRADE_RANK, one.grades)):
            ranked = Counter(getattr(systems, column)[systems.product == place].tolist())
            for name, rank in ranks.items():
                if ranked[rank] != (told := said.get(name, 0)):
                    yield f"{one.name}: {ranked[rank]:,} systems with tokens have it as {name}, and the account says {told:,}"
