"""Text: what two spellings have in common, and what a person may safely be shown."""

from __future__ import annotations

import re
import unicodedata

# Trademark signs and the zero-width and soft characters that vendors and installers sprinkle into names.
_DROPPED = dict.fromkeys(
    [0xA9, 0xAD, 0xAE, 0x2117, 0x2120, 0x2122, 0x034F, 0x061C, 0x180E, 0xFEFF]
    + [
        char
        for first, last in ((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F))
        for char in range(first, last + 1)
    ],
)
_MARKS_IN_BRACKETS = re.compile(r"\((?:tm|r|c)\)", re.IGNORECASE)
_HOME = re.compile(
    r"^(?:[a-z]:[\\/](?:users|documents and settings)[\\/](?!public\b|all users\b)[^\\/]+"
    r"|/(?:users|home)/(?!shared\b)[^/]+|/root)(?=[\\/]|$)",
    re.IGNORECASE,
)
_SPACES = re.compile(r"\s+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_WORDS = re.compile(r"\w+")


def clean(value: str | None) -> str | None:
    """A field as the house keeps it: outer space gone, empty and missing made one (`None`).

    Lone surrogates cannot be stored, so they are written out.

    >>> clean("  "), clean(" a "), clean("x\\ud800")
    (None, 'a', 'x\\\\ud800')
    """
    if value is None:
        return None
    value = value.strip()
    if not value:
        return None
    if value.isascii():
        return value
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)


def key(text: str) -> str:
    """What two spellings of one name have in common.

    Compatibility forms (NFKC), case, width, zero-width and control characters, trademark signs and
    runs of space are folded away; everything else stays.

    >>> key("  KASPERSKY\\u2122  Lab ")
    'kaspersky lab'
    """
    if not text.isascii():
        # twice: folding case can bring back what the compatibility form had removed
        text = unicodedata.normalize("NFKC", text.translate(_DROPPED)).casefold()
        text = unicodedata.normalize("NFKC", text).translate(_DROPPED)
    else:
        text = text.lower()
        if "(" not in text and "  " not in text and text.isprintable():
            return text.strip()  # what most titles are
    while _MARKS_IN_BRACKETS.search(text):  # a mark inside a mark: "((c)c)"
        # what the mark stood between may now be one character
        text = unicodedata.normalize("NFKC", _MARKS_IN_BRACKETS.sub("", text))
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return _SPACES.sub(" ", text).strip()


def without_user(path: str) -> str:
    r"""A path without the part that names a user, so that one program is one title on every machine.

    >>> without_user(r"C:\Users\ann\AppData\x.exe"), without_user("/Users/ann/Applications/X.app"), without_user("/opt/x")
    ('~\\AppData\\x.exe', '~/Applications/X.app', '/opt/x')
    """
    return _HOME.sub("~", path, count=1)


def words(folded: str) -> list[str]:
    """The words of a folded text, in order: runs of letters, digits and underscores.

    >>> words("anti-virus 6.0")
    ['anti', 'virus', '6', '0']
    """
    return _WORDS.findall(folded)


def visible(text: object, limit: int = 300) -> str:
    """Text from an inventory, made harmless for a terminal, a page or a document.

    Control, bidi, private-use and surrogate characters are written as `\\u{...}`; what is longer than
    `limit` is cut and its length shown.

    >>> visible("a\\x1b[2Jb")
    'a\\\\u{1b}[2Jb'
    """
    whole = str(text)
    shown = whole[:limit]
    if not shown.isascii() or not shown.isprintable():
        shown = "".join(_shown(char) for char in shown)
    return shown if len(whole) <= limit else f"{shown}… ({len(whole)} characters)"


def _shown(char: str) -> str:
    if char == " " or (char.isprintable() and unicodedata.category(char) not in {"Co", "Cs", "Cn"}):
        return char
    return f"\\u{{{ord(char):x}}}"
