"""A condition of a signature: tests of a title's fields, joined by all, any and not. No input, no output.

Only folded text is compared: *equals*, *starts*, *ends* and *words* (these words one after the other, at word
boundaries; `_` is a boundary, and scripts that write without spaces have none). There are no regular expressions:
engines disagree about them and an auditor cannot read them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from fullcount.model import Title, Trace
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOW = ("equals", "starts", "ends", "words")
FILES = frozenset({Trace.FILE, Trace.PROCESS, Trace.DRIVER, Trace.SERVICE})  # titles that are a file or have one
# Where a field that is taken from others is looked for.
TAKEN_FROM: Mapping[str, tuple[str, ...]] = {"file": ("path", "name"), "driver": ("driver", "path", "name")}
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")  # kana, Han, Hangul
_WORD = re.compile(r"[^\W_]+")
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_CPE = re.compile(r"cpe:(?:2\.3:|/)")
_COMMAND = re.compile(r'"([^"]+)"|(.+?\.(?:exe|com|sys|dll))(?=\s|$)')
_NO_ANCHOR = frozenset({"type", "version"})  # too many titles share a value of these
_SHARED = 32  # signatures: what more of them ask for tells them apart no longer
# Words of half of all paths: another word of the same text is looked for, where there is one.
_EVERYWHERE = frozenset(
    {"application", "common", "data", "drivers", "files", "program", "programdata", "programfiles"}
    | {"services", "software", "system32", "uninstall", "windows"}
)


def guid_key(value: str) -> str:
    """An installer's code: the GUID it contains, else the text folded.

    >>> guid_key("InstallWIX_{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}")
    '7ec66a9f-0a49-4dc0-a9e8-460333ea8013'
    """
    folded = key(value)
    found = _GUID.search(folded)
    return found[0] if found else folded


def cpe_key(value: str) -> str:
    r"""A CPE without its prefix, so that both spellings are one.

    >>> cpe_key("cpe:/a:kaspersky:anti-virus:1"), cpe_key("cpe:2.3:a:kaspersky:anti\\-virus:1")
    ('a:kaspersky:anti-virus:1', 'a:kaspersky:anti-virus:1')
    """
    return unquote(_CPE.sub("", key(value), count=1)).replace("\\", "")


def path_key(value: str) -> str:
    """A path, folded, with `/` between its parts."""
    return key(value).replace("\\", "/")


def file_key(path: str) -> str:
    r"""The last part of a path.

    >>> file_key("C:\\Program Files\\X\\AVP.exe"), file_key("/opt/x/bin/y")
    ('avp.exe', 'y')
    """
    return path_key(path).rstrip("/").rpartition("/")[2]


def command_key(line: str) -> str:
    r"""The program's file of a command line, without quotes and arguments.

    >>> command_key('"C:\\Program Files\\X\\avp.exe" -r'), command_key("C:\\my files\\avp.exe -r")
    ('avp.exe', 'avp.exe')
    """
    folded = path_key(line)
    command = _COMMAND.match(folded)
    return file_key((command[1] or command[2]) if command else folded)


# A field of a condition, and how its values are folded. `file` is the last part of the path of a file, process, driver
# or service, else its name; `driver` is the driver's name, else its file's, without `.sys`.
FIELDS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(Title._fields, key),
    "product_code": guid_key,
    "upgrade_code": guid_key,
    "cpe": cpe_key,
    "path": path_key,
    "purl": lambda value: unquote(key(value)),
    "service": lambda value: key(value).removesuffix(".service"),
    "driver": lambda value: file_key(value).removesuffix(".sys"),
    "dns_name": lambda value: key(value).rstrip("."),
    "file": key,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What must be true of a title: a `test` of one field, or parts joined by `all`, `any` or `not` (one part).

    `values` are folded, and any of them will do; for `words` they are `spaced`, or, in scripts without spaces, the
    plain text to be contained. `written` are the same values as the pack writes them.
    """

    join: str  # test | all | any | not
    field: str = ""
    how: str = ""
    values: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    parts: tuple[Condition, ...] = ()


class Anchor(NamedTuple):
    """A folded text that a field must have: as all of it (`equals`), at its start or end, as words one after the other
    (`words`, with a space between), or anywhere (`part`).
    """

    field: str
    text: str
    how: str


def spaced(folded: str) -> str:
    """The words of a folded text, a space before, between and after them.

    >>> spaced("anti-virus_6.0")
    ' anti virus 6 0 '
    """
    return f" {' '.join(_WORD.findall(folded))} "


def comparison(field: str, how: str, written: tuple[str, ...]) -> Condition:
    """The condition that `field` equals, starts with, ends with or has the words of one of these values."""
    folded = tuple(FIELDS[field](value) for value in written)
    if how == "words":
        folded = tuple(value if _UNSPACED.search(value) else spaced(value) for value in folded)
    return Condition(join="test", field=field, how=how, values=folded, written=written)


def speaks_of(condition: Condition, field: str) -> bool:
    """Whether some test of the condition is about `field`."""
    return condition.field == field or any(speaks_of(part, field) for part in condition.parts)


def proven_by(condition: Condition) -> frozenset[str]:
    """The fields that must say something for the condition to hold; what must not be said proves nothing."""
    if condition.join == "not":
        return frozenset()
    return frozenset({condition.field} - {""}).union(*map(proven_by, condition.parts))


def anchors(condition: Condition) -> frozenset[Anchor]:
    """Literals of which every title that fulfils the condition has at least one: of words the rarest, of what must stand
    at an end a part.

    Empty where there are none, or only some that are too short to look for: under three characters, under two in
    scripts without spaces.
    """
    return frozenset(map(_literal, sought(condition, {})))


def sought(condition: Condition, asked: Mapping[Anchor, int]) -> frozenset[Anchor]:
    """The whole texts to which `anchors` belong: of these too every title that fulfils the condition has one.

    `asked` says how many signatures could be told by a text. Where one part of a condition is enough, one that few ask
    for is taken before one that many do.
    """

    def worth(part: frozenset[Anchor]) -> tuple[bool, int]:
        apart = all(asked.get(anchor, 0) <= _SHARED for anchor in part)
        return apart, min(len(_literal(anchor).text) for anchor in part)

    return _chosen(condition, _searchable, worth)


def told_by(condition: Condition, asked: Mapping[Anchor, int]) -> frozenset[Anchor]:
    """Like `sought`, but what tells one signature from the others best, even where it is short or many titles share it."""
    return _chosen(condition, _texts, lambda part: (-max(asked.get(anchor, 0) for anchor in part),))


def could_tell(condition: Condition) -> frozenset[Anchor]:
    """What `told_by` chooses from."""
    if condition.join == "not":
        return frozenset()
    own = _texts(condition) if condition.join == "test" else frozenset()
    return own.union(*map(could_tell, condition.parts))


def _chosen(
    condition: Condition,
    texts: Callable[[Condition], frozenset[Anchor]],
    worth: Callable[[frozenset[Anchor]], tuple[int, ...]],
) -> frozenset[Anchor]:
    """Texts of tests of which one must be there, of parts that must all hold those of the most worth. Empty if there are none."""
    if condition.join == "test":
        return texts(condition)
    found = [_chosen(part, texts, worth) for part in condition.parts]
    match condition.join:
        case "all":
            return max(filter(None, found), key=worth, default=frozenset())
        case "any" if all(found):
            return frozenset().union(*found)
        case _:  # "not" says nothing of what is there
            return frozenset()


def _texts(test: Condition) -> frozenset[Anchor]:
    found = frozenset(_sought(test, value) for value in test.values)
    return found if all(one.text for one in found) else frozenset()


def _searchable(test: Condition) -> frozenset[Anchor]:
    found = _texts(test)
    literals = [_literal(one).text for one in found]
    usable = all(len(one) >= (2 if _UNSPACED.search(one) else 3) for one in literals)
    return found if usable and test.field not in _NO_ANCHOR else frozenset()


def _sought(test: Condition, value: str) -> Anchor:
    if test.how != "words":
        return Anchor(test.field, value, test.how)
    if value.startswith(" ") and value.endswith(" "):
        return Anchor(test.field, value.strip(), "words")
    # a script without spaces may be anywhere; without a space behind, the last word may go on
    return Anchor(test.field, _rarest(value) if value.startswith(" ") else value, "part")


def _literal(one: Anchor) -> Anchor:
    if one.how == "words":
        return one._replace(text=_rarest(one.text))
    return one if one.how == "equals" else one._replace(how="part")


def _rarest(words: str) -> str:
    return max(words.split(), key=lambda word: (len(word) > 2 and word not in _EVERYWHERE, len(word)), default="")


def fields_of(condition: Condition) -> frozenset[str]:
    """The fields that the condition speaks of."""
    return frozenset({condition.field} - {""}).union(*map(fields_of, condition.parts))


def folded_fields(title: Mapping[str, str | None]) -> dict[str, str]:
    """The fields of a title that are there, folded; `file` and `driver` also where they are taken from others."""
    found = {field: folded for field in Title._fields if (value := title.get(field)) and (folded := FIELDS[field](value))}
    if found.get("type") in FILES and (whole := title.get("path") or title.get("name")):
        file = command_key(whole) if found["type"] == Trace.SERVICE else file_key(whole)
        found["file"] = file
        if file.endswith(".sys") or found["type"] == Trace.DRIVER:
            found.setdefault("driver", file.removesuffix(".sys"))
    return found


def holds(condition: Condition, title: Mapping[str, str], words: Mapping[str, str]) -> bool:
    """Whether a title, given by its folded fields and by the same fields `spaced`, fulfils the condition.

    A field that is not there fulfils no test.
    """
    match condition.join:
        case "all":
            return all(holds(part, title, words) for part in condition.parts)
        case "any":
            return any(holds(part, title, words) for part in condition.parts)
        case "not":
            return not holds(condition.parts[0], title, words)
    text = title.get(condition.field)
    return text is not None and _passes(condition, text, words[condition.field])


def _passes(test: Condition, text: str, words: str) -> bool:
    match test.how:
        case "equals":
            return text in test.values
        case "starts":
            return text.startswith(test.values)
        case "ends":
            return text.endswith(test.values)
        case _:
            return any(value in (words if value.startswith(" ") else text) for value in test.values)
