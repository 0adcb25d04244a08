"""Scrutiny: what one return shows of itself, against who is trusted, the tree and the day. No input, no output.

The signature comes first. Of a file that no trusted key signed only what it says it is is told, and nothing of it is judged.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from fullcount.envelope import claimed, parsed, signers
from fullcount.errors import EnvelopeError, ReturnError
from fullcount.fault import fault
from fullcount.hierarchy import exact
from fullcount.received import ALL_COMPONENTS, Received
from fullcount.sealed import MOST_FAULTS, PAYLOAD, TOKEN_KINDS, returned, unsound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from fullcount.envelope import Envelope
    from fullcount.fault import Fault
    from fullcount.hierarchy import Hierarchy, Node
    from fullcount.received import Office
    from fullcount.sealed import Return
    from fullcount.trust import Trust, Trusted

_FEW = 20  # so many tokens of one kind tell nothing about how they were made


def checked(data: bytes, office: Office, on: date, *, name: str = "") -> Received:
    """What is known of the bytes of a file that came in on a day, whatever they are. Its number, and how its tokens fit those of
    others, `sequence` says.
    """
    found = Received(names=(name,), file=hashlib.sha256(data).hexdigest())
    try:
        envelope = parsed(data, place=name)
    except EnvelopeError as error:
        return replace(found, faults=(fault("not-an-envelope", f"the file {error.message}"),))
    one, misshapen = _content(envelope)
    if one:
        found = replace(found, **_facts(one, office.tree))
    if office.trust is None:
        unsigned = fault("no-trust", "nobody's key was given: the signature was not checked")
        return replace(found, faults=(unsigned, *(_judged(one, office, on) if one else misshapen)))
    holding = _holding(envelope, office.trust, _owned(office.trust, one, office.tree) if one else ())
    if not holding:
        return replace(found, faults=(_nobodys(envelope, office.trust),))
    if one is None:
        return replace(found, keys=tuple(holding), faults=misshapen)
    valid = [each for each in _owned(office.trust, one, office.tree) if each.key.id in holding and not each.why_not(on)]
    wrong = (*_unsigned(one, office, holding, on), *_judged(one, office, on))
    return replace(found, keys=tuple(holding), signers=tuple(sorted(map(_called, valid))), faults=wrong)


def _content(envelope: Envelope) -> tuple[Return | None, tuple[Fault, ...]]:
    """The return in an envelope, or why there is none."""
    if envelope.kind != PAYLOAD:
        return None, (fault("not-a-return", f"the envelope holds {envelope.kind}, and a return is {PAYLOAD}"),)
    try:
        return returned(envelope.body), ()
    except ReturnError as error:
        return None, tuple(fault("not-a-return", text) for text in error.faults)
    except EnvelopeError as error:
        return None, (fault("not-a-return", f"what was sealed {error.message}"),)


def _facts(one: Return, tree: Hierarchy | None) -> dict[str, Any]:
    node = tree.named(one.component) if tree else None
    tokens = one.tokens
    return {
        "component": node.name if node else exact(one.component),
        "directive": one.account.directive["id"],
        "version": str(one.account.directive.get("version", "")),
        "sequence": one.sequence,
        "previous": one.previous,
        "digest": one.digest,
        "as_of": one.account.as_of,
        "sentence": one.account.sentence,
        "tokens": (tokens.scheme, tokens.norm, tokens.period, tokens.check) if tokens else None,
    }


# -- who signed it ------------------------------------------------------------------------------------------------------------


def _holding(envelope: Envelope, trust: Trust, owned: Sequence[Trusted]) -> list[str]:
    """The ids of the trusted keys whose signature holds. Only those are tried that the envelope names and, where it does not
    name all, the component's: each trial goes through all of the body, and a stranger's file is not worth one of every key.
    """
    said = claimed(envelope)
    named = dict.fromkeys(each.key for each in trust.keys if each.key.id in said)
    found = {key.id for key in signers(envelope, named)}
    if len(found) < len(envelope.signatures):
        found |= {key.id for key in signers(envelope, [each.key for each in owned if each.key not in named])}
    return sorted(found)


def _nobodys(envelope: Envelope, trust: Trust) -> Fault:
    said = claimed(envelope)
    by_id = {each.key.id: each for each in trust.keys}
    if owners := sorted({_called(by_id[key]) for key in said if key in by_id}):
        return fault("broken-signature", f"the signature does not hold that is said to be by {', '.join(owners)}")
    if not said:
        return fault("nobodys-key", "nobody signed it")
    keys = ", ".join(sorted({key[:12] or "a key without a name" for key in said}))
    return fault("nobodys-key", f"it is signed by {keys}: no key that the trust file knows")


def _called(one: Trusted) -> str:
    return f"{one.name}, {one.role}" if one.role else one.name


def _names(one: Return, tree: Hierarchy | None) -> list[str]:
    """Under which the component may stand in the trust file."""
    node = tree.named(one.component) if tree else None
    return list(dict.fromkeys(filter(None, (one.component, *((node.name, node.acronym) if node else ())))))


def _owned(trust: Trust, one: Return, tree: Hierarchy | None) -> list[Trusted]:
    return [each for name in _names(one, tree) for each in trust.of(name)]


def _unsigned(one: Return, office: Office, holding: list[str], on: date) -> Iterator[Fault]:
    """What is wrong with the signatures that hold."""
    assert office.trust is not None
    mine = {each.key.id: each for each in _owned(office.trust, one, office.tree) if each.key.id in holding}
    if not mine and office.tree and not office.tree.named(one.component):
        return  # nobody could have a key of it
    if not mine:
        owners = sorted({each.component for each in office.trust.keys if each.key.id in holding})
        yield fault("foreign-key", f"it speaks for {one.component}, and is signed by a key of {', '.join(owners)}")
        return
    good = [each for each in mine.values() if not each.why_not(on)]
    needs = [office.trust.needs(name) for name in _names(one, office.tree)]
    needs = [need for need in needs if need.component] or needs[:1]  # what is said of one holds, not what is said of all
    least = max(need.signatures for need in needs)
    if len(good) < least:
        yield from (_not_now(each, on) for each in mine.values() if each not in good)
        if len(mine) < least:
            yield fault("too-few-signatures", f"{len(mine)} of the {least} signatures that it needs are there")
    roles = {each.role for each in good}
    if missing := sorted({role for need in needs for role in need.roles} - roles):
        yield fault("role-missing", f"nobody signed it as {', '.join(missing)}")


def _not_now(one: Trusted, on: date) -> Fault:
    is_revoked = one.revoked is not None and one.revoked <= on
    return fault("key-revoked" if is_revoked else "key-not-valid", f"{_called(one)}: {one.why_not(on)}")


# -- what it says -------------------------------------------------------------------------------------------------------------


def _judged(one: Return, office: Office, on: date) -> tuple[Fault, ...]:
    """What is wrong with what a return says."""
    said: list[Fault] = []
    if office.tree:
        said += _placed(one, office.tree)
        said += _under(one, office.tree)
    if one.account.as_of > on.isoformat():
        said.append(fault("in-the-future", f"it is as of {one.account.as_of}, and today is {on}"))
    said += (fault("does-not-add-up", text) for text in islice(unsound(one), MOST_FAULTS))
    said += _above(one, office.tree)
    said += _statements(one)
    said += _repeated(one)
    return tuple(said)


def _placed(one: Return, tree: Hierarchy) -> Iterator[Fault]:
    if tree.named(one.component):
        return
    if like := tree.looks_like(one.component):
        yield fault("look-alike-component", f"`{ascii(one.component)[1:-1]}` looks like `{like}`, and is not it")
    else:
        yield fault("unknown-component", f"no component of the tree is called `{one.component}`")


def _under(one: Return, tree: Hierarchy) -> Iterator[Fault]:
    """Another directive, or another state of it."""
    about, pack = one.account.directive, tree.pack
    if tree.directive and about["id"] != tree.directive:
        yield fault("other-directive", f"it is about {about['id']}, and the tree about {tree.directive}")
        return
    if pack and about.get("version") != pack.version:
        yield fault("other-version", f"it was counted under version {about.get('version')}; here is version {pack.version}")
    elif pack and about.get("digest") != pack.digest:
        texts = (str(about.get("digest"))[:12], pack.digest[:12])
        yield fault("other-version", f"its version {pack.version} has the digest {texts[0]}, and the one here {texts[1]}")
    issued = pack.issued.isoformat() if pack else str(about.get("issued") or "")
    if issued and one.account.as_of < issued:
        yield fault("before-directive", f"it is as of {one.account.as_of}, and the directive was issued on {issued}")


def _above(one: Return, tree: Hierarchy | None) -> Iterator[Fault]:
    """Lines that count more than is expected."""
    whole = tree.named(one.component) if tree else None
    for line in (one.account.total, *one.account.components):
        node = tree.named(line.component) if tree and line.component else None
        if whole and node is whole:
            continue  # the total says it
        node = node if line.component else whole
        for expected, who in ((_expected(node), "in the tree"), (line.expected, "by its own account")):
            if expected is not None and line.systems > expected:
                about = f"{line.component}: " if line.component else ""
                yield fault("above-expected", f"{about}{line.systems:,} systems, and {expected:,} are expected {who}")
                break


def _expected(node: Node | None) -> int | None:
    return node.expected if node else None


def _statements(one: Return) -> Iterator[Fault]:
    said = {each.id: each.answer for each in one.statements}
    if ALL_COMPONENTS not in said:
        yield fault("not-said", "it does not say whether it includes all parts of the component")
    elif said[ALL_COMPONENTS] != "yes":
        yield fault("not-all", f"asked whether it includes all parts of the component, it says `{said[ALL_COMPONENTS]}`")


def _repeated(one: Return) -> Iterator[Fault]:
    """Kinds of which most tokens are the same few. Many machines have one maker, and that joins nothing."""
    import numpy as np

    if one.tokens is None:
        return
    systems = one.tokens.systems
    for turn, name in enumerate(TOKEN_KINDS):
        mine = np.ascontiguousarray(systems.token[systems.kind == turn])
        if name == "manufacturer" or len(mine) < _FEW:
            continue
        distinct = len(np.unique(mine.view("<u8")[:, 0]))  # half of a token tells two apart as well, ten times as fast
        if distinct * 2 < len(mine):
            yield fault("repeated-tokens", f"its {len(mine):,} tokens of {name} are only {distinct:,} different ones")
