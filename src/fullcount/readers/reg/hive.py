"""Windows: registry hives as files: SOFTWARE, SYSTEM, NTUSER.DAT of one user, and Amcache.hve.

Which one a file is, is told by the keys below its root. Facts: Microsoft's pages on the Uninstall key and on services;
of Amcache the study of ANSSI (2019), whose names of values Windows 7 and 8 write as numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.model import Batch, Lists, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.reg import amcache
from fullcount.readers.reg.cells import MAGIC, Damage, Hive, Node
from fullcount.readers.reg.keys import Key, inventory, used_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fullcount.readers.reg.cells import Path

_CURRENT = ("microsoft", "windows", "currentversion")
_LISTS = {_CURRENT[:n] for n in range(4)} | {(*_CURRENT, "uninstall"), (*_CURRENT, "contentdeliverymanager")}
_LISTS |= {("microsoft", "windows nt")}
_OF_SETS = {("control",), ("services",), ("control", "computername"), ("services", "tcpip")}
_SET = re.compile(r"controlset\d{3}", re.IGNORECASE)


def claims(peek: Peek) -> bool:
    """The first four bytes."""
    return peek.head.startswith(MAGIC) and len(peek.head) > len(MAGIC)


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal of the key among those that were looked at."""
    hive, batch = Hive(stream), Batch()
    if hive.child("Root"):
        yield from amcache.batches(hive, stream.host)
        return
    top, deeper = _kind(hive)
    inventory(_keys(hive, batch, top, deeper), batch, host=stream.host)
    record = batch.record
    assert record
    record.heard_at = hive.written
    record.note = "; ".join(filter(None, (record.note, hive.note))) or None
    yield batch


def _kind(hive: Hive) -> tuple[str, Callable[[Path], bool]]:
    """What stands before the hive's paths on a machine that runs, and which keys hold what is looked for."""
    if hive.child("Select"):
        current = _current_set(hive)
        return (
            "HKEY_LOCAL_MACHINE\\SYSTEM",
            lambda path: (
                path == ()
                or (
                    bool(_SET.fullmatch(path[0])) and path[0] == (current or path[0]) and (len(path) == 1 or path[1:] in _OF_SETS)
                )
            ),
        )
    if hive.child("Software"):
        user = _user(hive)
        return (
            f"HKEY_USERS\\{user}" if user else "HKEY_CURRENT_USER",
            lambda path: path == () or (path[0] == "software" and _is_list(path[1:])),
        )
    if not hive.child("Microsoft"):
        return "PART", lambda path: path == ()
    # a layer of a container, or a part of a user's, has no product's name: what it does not list may be elsewhere
    version = hive.child("Microsoft", "Windows NT", "CurrentVersion")
    whole = version and any(hive.values(version, lambda name: name if name == "ProductName" else None))
    return "HKEY_LOCAL_MACHINE\\SOFTWARE" if whole else "PART\\SOFTWARE", _is_list


def _is_list(path: Path) -> bool:
    return (path[1:] if path[:1] == ("wow6432node",) else path) in _LISTS


def _current_set(hive: Hive) -> str:
    """The control set that the machine ran with; empty where the hive does not say it."""
    select = hive.child("Select")
    found = hive.values(select, lambda name: name if name == "Current" else None) if select else ()
    numbers = [one[1] for one in found if not isinstance(one, Damage)]
    return f"controlset{int(numbers[0] or '0', 16):03}" if numbers else ""


def _user(hive: Hive) -> str:
    """The folder of the user, as the hive's own name ends."""
    parts = hive.name.split("\\")
    return parts[-2] if len(parts) > 2 and parts[-1].lower() == "ntuser.dat" else ""


def _keys(hive: Hive, batch: Batch, top: str, deeper: Callable[[Path], bool]) -> Iterator[Key]:
    for place, one in enumerate(hive.walk(deeper), start=1):
        if isinstance(one, Damage):
            batch.reject(place, one.raw, one.reason)
            continue
        key = Key(place, "\\".join((top, *one.path)))
        _fill(hive, one, key, batch)
        yield key


def _fill(hive: Hive, one: Node, key: Key, batch: Batch) -> None:
    for value in hive.values(one, lambda name: used_name(key.path, name)):
        if isinstance(value, Damage):
            batch.reject(key.place, value.raw, value.reason)
        else:
            key.values.setdefault(*value)


REGISTRY_HIVE = Reader(
    name="registry-hive",
    title="Windows registry hive (SOFTWARE, SYSTEM, NTUSER.DAT, Amcache.hve)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.SERVICE, Trace.DRIVER}),
    blind=(
        "The list of programs is taken for complete only in a SOFTWARE hive that holds both of its views (32 and 64 bit).",
        "Programs of one user are listed in that user's NTUSER.DAT alone.",
        "Transaction logs beside a hive (.LOG1, .LOG2) are not read: changes of the last minutes may be missing.",
        "Keys that were deleted and not yet overwritten are not looked for.",
        "What Amcache names was on the machine once: it is residue, whether or not it is there still.",
        "A vendor's key, and a service without a type, are taken for residue; suggested applications are not installed.",
        "Only the SYSTEM hive names its machine; a hive does not say when it was copied: put it into a folder named by its date.",
    ),
    how=(
        "On each machine, as administrator, into a folder named for it: `reg save HKLM\\SOFTWARE SOFTWARE`, "
        "`reg save HKLM\\SYSTEM SYSTEM`; NTUSER.DAT and Amcache.hve come out of a snapshot or an image of the disk. "
        'In fullcount.toml: [[source]] match = "*/SOFTWARE", host = "{folder}".'
    ),
    unit="key",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
