"""`fullcount key`: keys that seal returns, and whose keys are believed."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.envelope import MADE
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from fullcount.envelope import PublicKey, SecretKey
    from fullcount.trust import Trust

FILE = click.Path(path_type=Path)
_MOST = 64 << 10  # bytes of a file that holds a key or a passphrase


@click.group("key")
def command() -> None:
    """Make and show keys that seal returns, and see whose are believed."""


@command.command("new")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(MADE), default=MADE[0], show_default=True, help="By which scheme it signs.")
@options.passphrase_file
@click.option("--no-passphrase", is_flag=True, help="Leave it bare: whoever can read FILE can sign.")
@click.option("--component", default="", metavar="NAME", help="For which component it signs.")
@click.option("--name", default="", metavar="NAME", help="Whose it is.")
@click.option("--role", default="", metavar="ROLE", help="What they sign as: preparer, cio ...")
@options.as_json
def new(file: Path, kind: str, **chosen: Any) -> None:
    """Make a key: the secret one in FILE, the public one in FILE.pub, for the office that receives the returns."""
    from fullcount.envelope import new_key, written_secret
    from fullcount.trust import lines

    beside = file.with_name(f"{file.name}.pub")
    _absent(file, beside)
    passphrase = _chosen(chosen["passphrase_file"], bare=chosen["no_passphrase"])
    key = new_key(kind)
    console.write_secret(file, written_secret(key, passphrase))
    with beside.open("xb") as public:
        public.write(f"{key.public.text()}\n".encode())
    entry = lines(key.public, **{name: chosen[name] for name in ("component", "name", "role")})
    if chosen["as_json"]:
        document = {"secret": str(file), "public_file": str(beside), "entry": entry, **_described(key.public)}
        console.emit({"schema": "fullcount.key.new/1", **document})
        return
    console.out(f"{visible(file)}: the secret key; it stays with you")
    console.out(f"{visible(beside)}: the public key, {key.public.id}")
    console.out("\nThe office that receives the returns needs these lines, by another way than the returns:\n")
    console.out(entry)


def _absent(*paths: Path) -> None:
    from fullcount.errors import UsageError

    for path in paths:
        if path.exists():
            hint = "take another name: what was sealed by a key that is lost cannot be sealed again"
            raise UsageError("is there already, and is not written over", place=str(path), hint=hint)


def _chosen(path: Path | None, *, bare: bool) -> bytes | None:
    """The passphrase of a new key; `None` where it has none. Raises `UsageError`."""
    from fullcount.errors import UsageError

    if path and bare:
        raise UsageError("--passphrase-file and --no-passphrase are not both meant", hint="take one of them out")
    if path or bare:
        return passphrase_in(path) if path else None
    if not sys.stdin.isatty():
        hint = "--passphrase-file FILE, or --no-passphrase where FILE is safe by itself; at a terminal it is asked for"
        raise UsageError("a passphrase is needed", hint=hint)
    asked: str = click.prompt("Passphrase of the new key", hide_input=True, confirmation_prompt=True, err=True)
    return asked.encode()


def passphrase_in(path: Path) -> bytes:
    """The one line of a file, as UTF-8 without its end. Raises `UsageError` where it is not one."""
    from fullcount.errors import UsageError

    found = _read(path).removeprefix(b"\xef\xbb\xbf").removesuffix(b"\n").removesuffix(b"\r")
    if not found or b"\n" in found or b"\0" in found or len(found) > _MOST:
        raise UsageError("is no passphrase", place=str(path), hint="one line of text in UTF-8 that is not empty")
    return found


def opened(path: Path, passphrase_file: Path | None) -> SecretKey:
    """The secret key in a file. Where it is locked, its passphrase is that of the file, else asked for at a terminal; a
    command line never holds it. Raises `EnvelopeError`.
    """
    from fullcount.envelope import locked, secret

    data = _read(path)
    passphrase = passphrase_in(passphrase_file) if passphrase_file else None
    if passphrase is None and locked(data) and sys.stdin.isatty():
        passphrase = click.prompt(f"Passphrase of {visible(path)}", hide_input=True, err=True).encode()
    return secret(data, passphrase, str(path))


def _read(path: Path) -> bytes:
    return console.contents(path, most=_MOST, hint="no key and no passphrase is")


def _there(path: Path) -> Path:
    """The path of a file that is there. Raises `UsageError` where it is not."""
    from fullcount.errors import UsageError

    if not path.is_file():
        raise UsageError("there is no such file", place=str(path), hint="check the path")
    return path


@command.command("show")
@click.argument("file", type=FILE)
@options.passphrase_file
@options.as_json
def show(file: Path, passphrase_file: Path | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Show which key is in FILE, ours or of OpenSSH, public or secret. The secret itself is never shown."""
    data = _read(file)
    secret = b"PRIVATE KEY-----" in data
    key = opened(file, passphrase_file).public if secret else _public(file, data)
    if as_json:
        console.emit({"schema": "fullcount.key.show/1", "secret": secret, **_described(key)})
        return
    console.out(f"id      {key.id}")
    console.out(f"kind    {key.kind}")
    console.out(f"here    {'the secret key: send it to nobody' if secret else 'the public key'}")
    console.out(f"public  {key.text()}")


def _public(path: Path, data: bytes) -> PublicKey:
    from fullcount.envelope import public

    return public(data.decode("utf-8-sig", "replace"), str(path))


def _described(key: PublicKey) -> dict[str, Any]:
    return {"id": key.id, "kind": key.kind, "public": key.text()}


@command.command("trust")
@click.argument("file", type=FILE)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Say whose are believed on this day; by default today (UTC).")
@options.as_json
def trust(file: Path, on: datetime | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Check the trust FILE, and show whose keys are believed, for which component, and what its returns need."""
    from fullcount.trust import load

    found, day = load(file), console.day(on)
    if as_json:
        console.emit({"schema": "fullcount.key.trust/1", "on": day, "components": list(_components(found, day))})
        return
    for row in _components(found, day):
        roles = f", among them {visible(', '.join(row['roles']))}" if row["roles"] else ""
        console.out(f"{visible(row['component'])}: needs {row['signatures']} of its keys{roles}")
        for key in row["keys"]:
            said = visible(", ".join(filter(None, (key["name"], key["role"]))))
            console.out(f"  {key['id'][:16]}  {key['kind']:<9}  {said}{'; ' if key['why_not'] else ''}{key['why_not']}")
        for text in row["lacking"]:
            console.out(f"  no return of it can be believed on {day}: {text}")


def _components(found: Trust, on: date) -> Iterator[dict[str, Any]]:
    """Every component that has a key, in the order of the file."""
    for name in dict.fromkeys(one.component for one in found.keys):
        need, keys = found.needs(name), found.of(name)
        rows = [
            {field: getattr(one, field) for field in ("name", "role", "valid_after", "valid_before", "revoked", "place")}
            | {"why_not": one.why_not(on), **_described(one.key)}
            for one in keys
        ]
        lacking = need.lacking([one for one in keys if not one.why_not(on)])
        said = {"component": name, "signatures": need.signatures, "roles": need.roles, "lacking": lacking}
        yield {**said, "keys": rows}


@command.command("import")
@click.argument("file", type=FILE)
@click.option("--as", "named", multiple=True, metavar="PRINCIPAL=NAME", help="Which component a principal is; repeatable.")
@click.option("-o", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
def import_(file: Path, named: Sequence[str], target: Path | None) -> None:
    """Make a trust file of FILE, an `allowed_signers` of OpenSSH. A principal that is not named is a component itself."""
    from fullcount.errors import UsageError
    from fullcount.trust import from_allowed_signers

    if odd := [one for one in named if not all(one.partition("="))]:
        raise UsageError(f"`{odd[0]}` names no component", hint="--as PRINCIPAL=NAME")
    components = {left: right for left, _, right in (one.partition("=") for one in named)}
    try:
        text = _there(file).read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("is no UTF-8", place=str(file), hint="save it as plain text") from None
    _given(from_allowed_signers(text, components, place=str(file)), target)


@command.command("export")
@click.argument("file", type=FILE)
@click.option("-o", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
def export(file: Path, target: Path | None) -> None:
    """Make an `allowed_signers` for `ssh-keygen -Y verify` of the SSH keys in FILE, a trust file."""
    from fullcount.trust import allowed_signers, load

    _given(allowed_signers(load(file)), target)


def _given(text: str, target: Path | None) -> None:
    """The text on stdout, or in a file that was not there."""
    if target is None:
        click.echo(text.encode(), nl=False)
        return
    _absent(target)
    console.write(target, partial(_put, text))
    console.out(str(target))


def _put(text: str, file: IO[bytes]) -> None:
    file.write(text.encode())
