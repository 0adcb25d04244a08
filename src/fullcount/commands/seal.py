"""`fullcount seal`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.commands.count import OLD
from fullcount.commands.key import opened
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from fullcount.envelope import SecretKey
    from fullcount.seal import Asked, Sealed
    from fullcount.sealed import Return
    from fullcount.workspace import Workspace

MOST = 512 << 20  # bytes of a file that is signed
FILE = click.Path(dir_okay=False, path_type=Path)
key = click.option("--key", "keys", multiple=True, type=FILE, metavar="FILE", help="Sign with this secret key; repeatable.")
passphrase = click.option(
    "--passphrase-file",
    "passphrases",
    multiple=True,
    type=FILE,
    metavar="FILE",
    help="What unlocks a key: one for each --key, or one for all. Without it a terminal is asked.",
)


@click.command("seal")
@options.workspace
@options.one_directive
@click.option("--count", "asked", default="last", metavar="COUNT", help="Which count, by default the last one.")
@click.option(
    "--rollup", default="", metavar="ID", help="Seal a roll-up of returns instead, by its id or as `last`, to send it on up."
)
@key
@passphrase
@click.option("--component", default="", metavar="NAME", help="Whose return it is; by default `organisation` of the settings.")
@click.option("--tokens", type=FILE, metavar="FILE", help="The token key of the directive and period: machines go as tokens.")
@click.option("--statement", "statements", multiple=True, metavar="ID=ANSWER", help="Say this too: all_components=yes.")
@click.option("--with-hosts", is_flag=True, help="Send the list of systems with their names, too. Only where it is asked for.")
@click.option("-o", "file", type=FILE, help="Write the return to this file, too.")
@options.as_json
def command(**chosen: Any) -> None:
    """Seal the last count, or a roll-up, as a return: numbered, signed, and without a name of a machine, a file or a user."""
    from fullcount.envelope import written
    from fullcount.seal import seal

    of = console.workspace(chosen["workspace"])
    asked = _stating(of, _asked(of, chosen), _statements(chosen["statements"]))
    on = _today(of)
    sealed = seal(of, asked, keys=secrets(chosen["keys"], chosen["passphrases"]), on=on)
    if chosen["file"]:
        console.write(chosen["file"], partial(write, written(sealed.envelope)))
    if chosen["as_json"]:
        console.emit(_document(sealed, chosen["file"] or sealed.file))
        return
    for line in _leaving(sealed.of, on):
        console.say(line)
    for line in _shown(sealed, chosen["file"] or sealed.file):
        console.out(line)


def _asked(of: Workspace, chosen: dict[str, Any]) -> Asked:
    """What is to be sealed: of a count, or of a roll-up. Raises `UsageError`."""
    from fullcount.errors import UsageError

    component = _component(of, chosen["component"])
    if chosen["rollup"]:
        from fullcount.office import named as rolled
        from fullcount.office import to_seal

        if chosen["tokens"] or chosen["with_hosts"] or chosen["directive"]:
            hint = "--tokens, --with-hosts and --directive are for counts"
            raise UsageError("a roll-up hands on the tokens of its returns, and knows no machine by name", hint=hint)
        return to_seal(rolled(of, chosen["rollup"]), component)
    from fullcount.chain import named
    from fullcount.seal import of_count

    counted = named(of, chosen["asked"])
    return of_count(counted, chosen["directive"], component, tokens=_tokens(chosen["tokens"]), hosts=chosen["with_hosts"])


def write(data: bytes, file: IO[bytes]) -> None:
    """Write all of a file."""
    file.write(data)


def _component(of: Workspace, given: str) -> str:
    from fullcount.errors import UsageError

    name = given or of.settings().organisation
    if not name.strip():
        hint = '--component NAME, or `organisation = "NAME"` in fullcount.toml: as the receiving office calls you'
        raise UsageError("whose return is it?", hint=hint)
    return name


def _tokens(path: Path | None) -> Any:
    from fullcount.pseudonym import load

    return load(path) if path else None


def _statements(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equal, answer = (part.strip() for part in text.partition("="))
        if not (name and equal and answer) or name in found:
            raise click.BadParameter("write each once, as all_components=yes", param_hint="--statement")
        found[name] = answer
    return found


def _stating(of: Workspace, asked: Any, given: dict[str, str]) -> Any:
    from dataclasses import replace

    from fullcount.seal import stated

    return replace(asked, statements=stated(of.registers().answers, asked.account.directive["id"], given))


def _today(of: Workspace) -> date:
    from datetime import UTC, datetime

    return datetime.now(UTC).astimezone(of.settings().zone).date()


def secrets(keys: Sequence[Path], passphrases: Sequence[Path]) -> list[SecretKey]:
    """The secret keys in files, each unlocked by its passphrase. Raises `UsageError` and `EnvelopeError`."""
    from fullcount.errors import UsageError

    if len(passphrases) > 1 and len(passphrases) != len(keys):
        raise UsageError("which passphrase is for which key?", hint="give one --passphrase-file for each --key, or one for all")
    words = [passphrases[min(turn, len(passphrases) - 1)] if passphrases else None for turn in range(len(keys))]
    return [opened(path, word) for path, word in zip(keys, words, strict=True)]


def contents(path: Path) -> bytes:
    """What is in a file. Raises `UsageError` where it cannot be read, or holds more than any return."""
    return console.contents(path, most=MOST, hint="no return and no key is")


def _leaving(of: Return, on: date) -> Iterator[str]:
    """What leaves the house with a return and what does not; and what its sender should know."""
    from datetime import date

    yield "goes out: the account, without the name of any machine, file or user; digests of the exports and of the ledger"
    if of.tokens:
        joined = f"{len(of.tokens.systems.token):,} tokens of {len(of.tokens.systems.standing):,} systems"
        yield f"goes out: {joined} (check {of.tokens.check}): who has the token key and this file can try out names of machines"
    else:
        yield "stays here: every machine; without --tokens nobody can see which of yours others count too"
    if of.hosts:
        yield f"GOES OUT: the names and clues of {len(of.hosts):,} systems, because of --with-hosts"
    else:
        yield "stays here: names, addresses and serial numbers of machines, users, file names, the lists behind the numbers"
    if "all_components" not in {one.id for one in of.statements}:
        yield "note: it does not say whether it includes all components: --statement all_components=yes"
    if (age := (on - date.fromisoformat(of.account.as_of)).days) > OLD:
        yield f"note: as of {of.account.as_of}, {age:,} days ago"


def _shown(sealed: Sealed, file: Path) -> Iterator[str]:
    of = sealed.of
    again = "" if sealed.is_new else ", sealed before: the same again"
    yield f"{file}"
    yield f"return {of.sequence} of {of.component} under {of.account.directive['id']}{again}"
    yield visible(of.account.sentence, 2000)
    yield f"digest {of.digest}"
    for one in of.statements:
        yield f"says: {one.id} = {one.answer}{f' ({one.text})' if one.text else ''}"
    for signature in sealed.envelope.signatures:
        yield f"signed by key {signature.key}"
    if not sealed.envelope.signatures:
        yield "signed by nobody yet: `fullcount cosign FILE --key KEY`"
    yield "send this file; tell the digest by another way"


def _document(sealed: Sealed, file: Path) -> dict[str, Any]:
    of, tokens = sealed.of, sealed.of.tokens
    return {
        "schema": "fullcount.seal/1",
        "file": str(file),
        "is_new": sealed.is_new,
        "component": of.component,
        "directive": of.account.directive["id"],
        "count": of.account.count,
        "as_of": of.account.as_of,
        "sequence": of.sequence,
        "digest": of.digest,
        "previous": of.previous,
        "sentence": of.account.sentence,
        "statements": [{"id": one.id, "answer": one.answer, "text": one.text} for one in of.statements],
        "systems": of.account.total.systems,
        "tokens": len(tokens.systems.token) if tokens else 0,
        "token_check": tokens.check if tokens else "",
        "hosts": len(of.hosts),
        "signers": [one.key for one in sealed.envelope.signatures],
    }
