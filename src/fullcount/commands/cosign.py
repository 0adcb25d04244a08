"""`fullcount cosign`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fullcount import console
from fullcount.commands.seal import FILE, contents, key, passphrase, secrets, write
from fullcount.text import visible

if TYPE_CHECKING:
    from pathlib import Path

    from fullcount.envelope import Envelope


@click.command("cosign")
@click.argument("file", type=FILE)
@key
@passphrase
@click.option(
    "--pae", type=FILE, metavar="OUT", help="Write the bytes that are to be signed, for a key that never leaves a card."
)
@click.option("--signature", type=FILE, metavar="SIG", help="Add this signature, made outside over the bytes of --pae.")
@click.option("--public", type=FILE, metavar="PUB", help="The public key of --signature.")
@click.option("-o", "into", type=FILE, help="Write the result to this file, and leave FILE as it is.")
def command(file: Path, **chosen: Any) -> None:
    """Read the return in FILE to whoever signs it, and add a signature: a second person's, or one made outside."""
    from fullcount.envelope import pae, parsed, signed, written
    from fullcount.errors import UsageError

    if not (chosen["keys"] or chosen["pae"] or chosen["signature"]):
        raise UsageError("who signs?", hint="--key FILE; or --pae OUT, and then --signature SIG --public PUB")
    envelope = parsed(contents(file), place=str(file))
    _read(envelope, str(file))
    if chosen["pae"]:
        console.write(chosen["pae"], partial(write, pae(envelope.kind, envelope.body)))
        console.out(f"{chosen['pae']}: to be signed, as by `ssh-keygen -Y sign -n fullcount-return@v1 -f KEY {chosen['pae']}`")
    made = envelope
    for one in secrets(chosen["keys"], chosen["passphrases"]):
        made = signed(made, one)
    if chosen["signature"]:
        made = _attached(made, chosen["signature"], chosen["public"])
    if made != envelope or chosen["into"]:
        into = chosen["into"] or file
        console.write(into, partial(write, written(made)))
        console.out(f"{into}: signed by {len(made.signatures)}")
    for signature in made.signatures:
        console.out(f"signed by key {visible(signature.key)}")


def _read(envelope: Envelope, place: str) -> None:
    """Show what is signed: nobody signs what he has not read. Raises `UsageError` where it is no return."""
    from fullcount.errors import UsageError
    from fullcount.sealed import PAYLOAD, returned

    if envelope.kind != PAYLOAD:
        raise UsageError(f"this envelope holds `{visible(envelope.kind)}`, and no return", place=place)
    of = returned(envelope.body)
    console.out(
        f"return {of.sequence} of {visible(of.component)} under {visible(of.account.directive['id'])}, digest {of.digest}"
    )
    console.out(visible(of.account.sentence, 2000))
    for one in of.statements:
        console.out(f"says: {visible(one.id)} = {visible(one.answer)}")
    if of.hosts:
        console.out(f"has the names of {len(of.hosts):,} systems in it")


def _attached(envelope: Envelope, signature: Path, public_file: Path | None) -> Envelope:
    from fullcount.envelope import attached, public
    from fullcount.errors import UsageError

    if public_file is None:
        raise UsageError("whose signature is it?", hint="--public PUB: the key's public line")
    line = contents(public_file).decode("utf-8", "replace")
    return attached(envelope, public(line, str(public_file)), contents(signature))
