"""Seal: an account becomes a return, with its number, the one before it, and signatures. What was sealed is kept as it is.

`returns/sent/<directive>-<number>-<digest>.json` is the envelope; the ledger tells which return followed which.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fullcount import __version__, ledger
from fullcount.envelope import Envelope, parsed, signed, written
from fullcount.errors import UsageError, WorkspaceError
from fullcount.kept import kept_digest
from fullcount.outward import outward
from fullcount.report import HOSTS
from fullcount.sealed import PAYLOAD, Return, Statement, Tokens, returned, statement, unsound
from fullcount.text import visible
from fullcount.tokened import tokened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from fullcount.chain import Counted
    from fullcount.envelope import SecretKey
    from fullcount.ledger import Entry
    from fullcount.pseudonym import TokenKey
    from fullcount.register import Reply
    from fullcount.report import Account
    from fullcount.workspace import Workspace

SENT = "sent"  # in the folder of returns: those that were sealed here
_SEAL, _SIGN = "seal", "cosign"  # lines of the ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be sealed: of a count by `of_count`, of a roll-up by whoever made it."""

    component: str
    account: Account  # as it is kept: what leaves of it `outward` says
    kept: str  # SHA-256 of the file in which it is kept
    statements: tuple[Statement, ...] = ()
    tokens: Tokens | None = None
    hosts: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A return that is sealed: its envelope, and the file in which the workspace keeps it."""

    of: Return
    envelope: Envelope
    file: Path
    is_new: bool  # not, where the very same was sealed before


def of_count(counted: Counted, directive: str, component: str, *, tokens: TokenKey | None, hosts: bool) -> Asked:
    """What there is to seal of a count. Raises `UsageError` where the token key is for another directive."""
    account = counted.of(directive)
    name = account.directive["id"]
    if tokens and tokens.directive != name:
        hint = f"ask its holder for the key of {name}"
        raise UsageError(f"this token key is for {tokens.directive}, and the count under {name}", hint=hint)
    products = [one.product for one in account.products]
    return Asked(
        component=component,
        account=account,
        kept=kept_digest(counted.folder),
        tokens=tokened(counted.folder, name, products, tokens) if tokens else None,
        hosts=tuple(_hosts(counted, name)) if hosts else (),
    )


def _hosts(counted: Counted, directive: str) -> Iterator[dict[str, Any]]:
    """The list of systems, with every name in it."""
    for batch in counted.lists(directive, "hosts"):
        for row in batch.select(list(HOSTS)).to_pylist():
            yield {name: _said(value) for name, value in row.items()}


def _said(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    return visible(value, 2000) if isinstance(value, str) else value.isoformat()


def stated(answers: Sequence[Reply], directive: str, given: Mapping[str, str]) -> tuple[Statement, ...]:
    """What a component says beside its numbers: the answers of its registers about a directive, and those `given` now, which
    go before them. The first answer to a question counts, as on a paper.
    """
    found = {name: Statement(id=visible(name), answer=visible(answer)) for name, answer in given.items()}
    for one in answers:
        if one.directive in {"", directive} and one.question not in found:
            found[one.question] = Statement(id=visible(one.question), answer=visible(one.answer), text=visible(one.text, 2000))
    return tuple(found[name] for name in sorted(found))


def seal(workspace: Workspace, asked: Asked, *, keys: Sequence[SecretKey], on: date) -> Sealed:
    """Seal a return on a day, and keep it. Sealing the same again changes nothing but that signatures may be added.

    Raises `UsageError` where it may not be sealed: without a day, of a day that is not over, or of one before that of the last;
    `WorkspaceError` where its numbers contradict one another, since somebody altered the count.
    """
    _dated(asked.account.as_of, on)
    with workspace.writing():
        entries = ledger.entries(workspace.ledger)
        last = _last(entries, asked)
        if last and (again := _again(workspace, last, asked, keys)):
            return again
        if last and asked.account.as_of < last.facts["as_of"]:
            hint = "whoever receives returns takes the last one for the newest: count again as of a later day"
            raise UsageError(f"a return as of {last.facts['as_of']} was sealed already", hint=hint)
        before = entries[-1].digest if entries else ledger.START
        new = _return(asked, last.facts["sequence"] + 1 if last else 1, last.facts["digest"] if last else "", before)
        return _kept(workspace, new, keys)


def _dated(as_of: str, on: date) -> None:
    if not as_of:
        hint = "give --collected-at DATE when reading, or `fullcount count --as-of DATE`"
        raise UsageError("a return needs a day, and this count has none", hint=hint)
    if as_of > on.isoformat():
        raise UsageError(f"this count is as of {as_of}, which is after today", hint="`fullcount count --as-of DATE`")


def _last(entries: Sequence[Entry], asked: Asked) -> Entry | None:
    """The line of the ledger about the last return of a component under a directive."""
    about = {"component": asked.component, "directive": asked.account.directive["id"]}
    found = [one for one in entries if one.what == _SEAL and about.items() <= one.facts.items()]
    return found[-1] if found else None


def _return(asked: Asked, sequence: int, previous: str, before: str) -> Return:
    return Return(
        component=visible(asked.component),
        account=outward(asked.account),
        sequence=sequence,
        previous=previous,
        producer=f"fullcount {__version__}",
        ledger=before,
        kept=asked.kept,
        statements=asked.statements,
        tokens=asked.tokens,
        hosts=asked.hosts,
    )


def _file(workspace: Workspace, facts: Mapping[str, Any]) -> Path:
    return workspace.returns / SENT / f"{facts['directive']}-{facts['sequence']}-{facts['digest'][:12]}.json"


def _again(workspace: Workspace, last: Entry, asked: Asked, keys: Sequence[SecretKey]) -> Sealed | None:
    """The last return, if what is asked for is the very same; with signatures of keys that have not signed it yet."""
    facts = last.facts
    body = statement(_return(asked, facts["sequence"], facts["previous"], facts["ledger"]))
    if hashlib.sha256(body).hexdigest() != facts["digest"]:
        return None
    file = _file(workspace, facts)
    there = Envelope(PAYLOAD, body)
    if file.exists() and (kept := parsed(file.read_bytes(), place=str(file))).body == body:
        there = kept
    envelope = _signed(there, keys)
    if envelope != there:
        workspace.put(file, written(envelope))
        ledger.append(workspace.ledger, _SIGN, digest=facts["digest"], signers=[one.key for one in envelope.signatures])
    return Sealed(of=returned(body), envelope=envelope, file=file, is_new=False)


def _signed(envelope: Envelope, keys: Sequence[SecretKey]) -> Envelope:
    for key in keys:
        envelope = signed(envelope, key)
    return envelope


def _kept(workspace: Workspace, new: Return, keys: Sequence[SecretKey]) -> Sealed:
    """The return signed, written into the workspace and then into its ledger: a crash between the two is made good by the
    next seal, which comes to the same bytes.
    """
    body = statement(new)
    made = returned(body)  # as whoever receives it will read it
    if wrong := next(unsound(made), ""):
        hint = "`fullcount count` makes a new count where the kept one was altered; else please report it"
        raise WorkspaceError(f"the count does not add up: {wrong}", place=str(workspace.counts / new.account.count), hint=hint)
    envelope = _signed(Envelope(PAYLOAD, body), keys)
    facts: dict[str, Any] = {
        "component": new.component,
        "directive": new.account.directive["id"],
        "sequence": new.sequence,
        "digest": made.digest,
        "previous": new.previous,
        "ledger": new.ledger,
        "count": new.account.count,
        "as_of": new.account.as_of,
        "signers": [one.key for one in envelope.signatures],
    }
    file = _file(workspace, facts)
    workspace.put(file, written(envelope))
    ledger.append(workspace.ledger, _SEAL, **facts)
    return Sealed(of=made, envelope=envelope, file=file, is_new=True)
