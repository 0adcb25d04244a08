"""The contract of a token key: what a component needs to name its machines to nobody and still be found in two returns.

A token is the first `TOKEN` bytes of an HMAC-SHA256 over a clue as it is joined on, under a key that holds for one directive
and one period. An un-keyed hash would protect nothing: all serial numbers of a maker can be tried in minutes. A keyed one
protects from those without the key, which is why the office that receives returns never holds it; see `docs/why/privacy.md`.
"""

from __future__ import annotations

import hmac
import re
import secrets
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullcount.errors import SettingsError
from fullcount.sealed import NORM, TOKEN
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fullcount.sealed import Bytes

KIND, MASTER = "token key", "token master"  # what a file says it is
SIZE = 32  # bytes of a key
_CHECK = b"key check"
_SEE = "see docs/guides/send-a-return.md"
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")  # no `|`, so that two pairs of words never give one text
_FIELDS = {KIND: {"kind", "directive", "period", "key"}, MASTER: {"kind", "key"}}
_ABOUT = {
    KIND: "# A token key of fullcount: for the components, and never for the office that receives their returns.\n"
    "# Whoever has it and a return can try out names of machines.\n",
    MASTER: "# The master of token keys of fullcount: for one holder who receives no returns, and for nobody else.\n"
    "# Components get keys that are derived from it, one a directive and period.\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """The key for the tokens of one directive and period."""

    directive: str
    period: str
    key: bytes = field(repr=False)

    @property
    def check(self) -> str:
        """Eight hexadecimal digits that tell two keys apart and give neither away."""
        return _mac(self.key, _CHECK)[:4].hex()


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def new_master() -> bytes:
    """A new master, from which the keys of every directive and period are derived."""
    return secrets.token_bytes(SIZE)


def derived(master: bytes, directive: str, period: str) -> TokenKey:
    """The key of a directive and period: of two of them the tokens have nothing in common. Raises `SettingsError`.

    >>> derived(bytes(32), "bod-17-01", "2017").check
    '3926c055'
    """
    for word in (directive, period):
        if not _WORD.fullmatch(word):
            hint = "letters, digits, `.`, `_` and `-`, up to 80 of them"
            raise SettingsError(f"`{visible(word, 90)}` is no plain word", hint=hint)
    return TokenKey(directive=directive, period=period, key=_mac(master, f"{directive}|{period}".encode()))


def tokens(key: TokenKey, kind: str, values: Sequence[str]) -> Bytes:
    """The tokens of clues of one kind, each as it is joined on (`clue.normal`), in their order."""
    import numpy as np

    secret, digest = key.key, hmac.digest
    before = f"{NORM}|{kind}|"
    made = b"".join([digest(secret, (before + value).encode(), "sha256")[:TOKEN] for value in values])
    return np.frombuffer(made, np.uint8).reshape(-1, TOKEN)


def written(key: TokenKey | bytes) -> str:
    """The text of a key's file; of bytes, that of a master's."""
    if isinstance(key, bytes):
        return f'{_ABOUT[MASTER]}kind = "{MASTER}"\nkey = "{key.hex()}"\n'
    said = f'directive = "{key.directive}"\nperiod = "{key.period}"\n'
    return f'{_ABOUT[KIND]}kind = "{KIND}"\n{said}key = "{key.key.hex()}"\n'


def load(path: Path) -> TokenKey:
    """The token key in a file. Raises `SettingsError`, of a master too: no return is ever made with one."""
    said = _said(path, KIND)
    key = TokenKey(directive=said["directive"], period=said["period"], key=bytes.fromhex(said["key"]))
    for word in (key.directive, key.period):
        if not _WORD.fullmatch(word):
            raise SettingsError("a directive and a period are plain words", place=str(path), hint=_SEE)
    return key


def load_master(path: Path) -> bytes:
    """The master in a file. Raises `SettingsError`."""
    return bytes.fromhex(_said(path, MASTER)["key"])


def _said(path: Path, kind: str) -> dict[str, str]:
    try:
        said: dict[str, Any] = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError:
        how = "there is no such file" if not path.exists() else "it cannot be read"
        raise SettingsError(how, place=str(path), hint="check the path") from None
    except (ValueError, RecursionError):
        raise SettingsError(f"this is no {kind}", place=str(path), hint=_SEE) from None
    there = said.get("kind")
    if there in tuple(_FIELDS) and there != kind:
        hint = "`fullcount tokens derive` makes a key from a master" if there == MASTER else _SEE
        raise SettingsError(f"this is a {there}, and a {kind} is needed", place=str(path), hint=hint)
    if set(said) != _FIELDS[kind] or there != kind or not all(isinstance(one, str) for one in said.values()):
        raise SettingsError(f"this is no {kind}", place=str(path), hint=f"it has {', '.join(sorted(_FIELDS[kind]))}; {_SEE}")
    if not re.fullmatch(f"[0-9a-f]{{{2 * SIZE}}}", said["key"]):
        hint = f"{2 * SIZE} hexadecimal digits; ask its holder for another copy"
        raise SettingsError("`key` is damaged", place=str(path), hint=hint)
    return said
