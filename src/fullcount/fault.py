"""The contract of a fault: what may be wrong with a return that came in, whether it is refused for it, and what to do.

A fault that does not refuse is a doubt: the return counts, and whoever reads the total is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from fullcount.text import visible

_LONGEST = 600  # characters of what is told of one fault: some of it was written by others


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a fault means, and what the receiving office does about it."""

    refuses: bool
    means: str
    do: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a return: `text` says it with the numbers and names of this one."""

    id: str  # one of `FAULTS`
    text: str
    refuses: bool


_ASK = "Ask the component, by another way than the one by which the file came."
_AGAIN = "Send it back: the component counts and seals again."
# In the order in which they are told.
FAULTS: dict[str, Meaning] = {
    "not-an-envelope": Meaning(
        refuses=True,
        means="The file is no sealed return, nor a PDF that carries one; or it was cut or converted on its way.",
        do="Ask for the file as `fullcount seal` wrote it, sent as an attachment and not pasted.",
    ),
    "no-trust": Meaning(
        refuses=True,
        means="No trust file was given: nobody knows whose signatures would count, so that none was checked.",
        do="Write `trust.toml`, or name it with `--trust`.",
    ),
    "nobodys-key": Meaning(
        refuses=True,
        means="No key of the trust file signed it.",
        do=f"{_ASK} If it has a new key, have the public line confirmed and enter it in `trust.toml`.",
    ),
    "broken-signature": Meaning(
        refuses=True,
        means="It names a trusted key, and the signature does not hold: at least a byte was changed after it was sealed.",
        do=f"{_ASK} The file that was sealed is still there; compare the digests.",
    ),
    "foreign-key": Meaning(
        refuses=True,
        means="The signature holds, and the key is that of another component than the one that the return speaks for.",
        do=f"{_ASK} One component cannot report for another; a key of both stands in `trust.toml` twice.",
    ),
    "key-revoked": Meaning(
        refuses=True,
        means="The key was revoked by the day of receipt. What it signs counts no more, whatever the return is as of.",
        do="Have the return sealed with the component's new key.",
    ),
    "key-not-valid": Meaning(
        refuses=True,
        means="The key is not valid on the day of receipt: not yet, or no more.",
        do="Have it sealed with a key that is, or mend `valid_after` and `valid_before` in `trust.toml`.",
    ),
    "too-few-signatures": Meaning(
        refuses=True,
        means="Fewer of the component's keys signed it than `[need]` asks for.",
        do="Send it back to be signed with `fullcount cosign`; number and content stay as they are.",
    ),
    "role-missing": Meaning(
        refuses=True,
        means="Nobody signed it who has a role that `[need]` asks for.",
        do="Send it back to be signed by that person with `fullcount cosign`.",
    ),
    "not-a-return": Meaning(
        refuses=True,
        means="What was signed is no return: another type, another schema, or a form that no fullcount writes.",
        do="See whether the component uses a newer fullcount than you do; else have it sealed again.",
    ),
    "look-alike-component": Meaning(
        refuses=True,
        means="It speaks for a component of which only the look is known: letters of another alphabet, invisible characters.",
        do=f"{_ASK} Take it for an attempt to deceive until somebody explains it.",
    ),
    "unknown-component": Meaning(
        refuses=True,
        means="It speaks for a component that is not in the tree.",
        do="Mend the name on the side that is wrong: `tree.toml` here, or `--component` there. Names are compared exactly.",
    ),
    "other-directive": Meaning(
        refuses=True,
        means="It is about another directive than the tree.",
        do="Keep it for the roll-up of that directive, or ask for the one that is due.",
    ),
    "in-the-future": Meaning(
        refuses=True,
        means="It is as of a day after the day of receipt.",
        do="Have the component set its clock and seal again. Where it is tomorrow there already, receive it tomorrow.",
    ),
    "does-not-add-up": Meaning(
        refuses=True,
        means="Its numbers contradict each other: parts and totals, ranges, tokens and systems. fullcount never writes that.",
        do=f"{_AGAIN} Ask how the file was made.",
    ),
    "fork": Meaning(
        refuses=True,
        means="Two different returns have one number. Of two that come together both are refused, else the later one.",
        do=f"{_ASK} Receive the one that holds alone; or it seals that content anew, and the next number names it.",
    ),
    "gap": Meaning(
        refuses=True,
        means="The return before it never came, not even to be refused.",
        do="Ask for the missing number, and receive both. Where it is lost: "
        "`fullcount receive FILE --accept-gap COMPONENT --why TEXT`.",
    ),
    "other-previous": Meaning(
        refuses=True,
        means="It names another return as the one before it than the one that is here, or does not fit the one that follows it.",
        do=f"{_ASK} Somebody has two histories: compare the digests of each number.",
    ),
    "replay": Meaning(
        refuses=False,
        means="The very same return is here already. Nothing changes, and nothing is entered again.",
        do="Nothing.",
    ),
    "accepted-gap": Meaning(
        refuses=False,
        means="The return before it never came, and somebody accepted that.",
        do="Nothing; the reason is in the ledger.",
    ),
    "goes-back": Meaning(
        refuses=False,
        means="It is as of an earlier day than the return before it.",
        do="Ask whether it is a correction of an old count, or an old count by mistake.",
    ),
    "other-version": Meaning(
        refuses=False,
        means="It was counted under another version of the directive than the one that is here, or one with other content.",
        do="Have it counted again under the newest version where that decides anything; the roll-up shows the mix.",
    ),
    "before-directive": Meaning(
        refuses=False,
        means="It is as of a day before the directive was issued.",
        do="Ask for a newer one: nobody was looking yet.",
    ),
    "above-expected": Meaning(
        refuses=False,
        means="It counts more systems than are expected of the component, in the tree or by its own account.",
        do="Find out which number is wrong; machines of others may be in its exports.",
    ),
    "not-said": Meaning(
        refuses=False,
        means="It does not say whether it includes all parts of the component.",
        do="Ask, and have it sealed again with `--statement all_components=yes`.",
    ),
    "not-all": Meaning(
        refuses=False,
        means="It says that it does not include all parts of the component.",
        do="Ask which are missing; the component is only partly in the total.",
    ),
    "other-token-key": Meaning(
        refuses=False,
        means="Its tokens were made with another key than those of most returns. They do not count: nobody can see which of its "
        "systems others have, too, and that is not an overlap of nought.",
        do="Have it sealed again with the right file of `fullcount tokens`. Where no key is that of most, ask whose it is.",
    ),
    "other-period": Meaning(
        refuses=False,
        means="Its tokens are of another period than those of most returns, and do not count.",
        do="Have it sealed again with the key of the period.",
    ),
    "other-tokens": Meaning(
        refuses=False,
        means="Its tokens were made by another rule than those of most returns, and do not count.",
        do="Have it counted and sealed with the fullcount that the others use.",
    ),
    "repeated-tokens": Meaning(
        refuses=False,
        means="Most tokens of one kind are the same few, as if something that every machine has had been taken for a proof.",
        do="Ask what stands in that column of its inventories.",
    ),
}


def fault(name: str, text: str) -> Fault:
    """A fault of `FAULTS` with what is told of it, fit to be shown."""
    return Fault(name, visible(text, _LONGEST), FAULTS[name].refuses)
