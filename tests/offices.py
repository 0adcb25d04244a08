"""A receiving office made by hand: keys, a trust file, a tree, and returns sealed for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.returns import DIRECTIVE, made

from fullcount import trust
from fullcount.directive import find
from fullcount.envelope import Envelope, SecretKey, new_key, signed, written
from fullcount.hierarchy import Hierarchy, Node
from fullcount.received import Office
from fullcount.sealed import PAYLOAD, Return, statement
from fullcount.trust import Need, Trust, Trusted
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

ID = "us-dhs-bod-17-01"
ON = date(2017, 10, 13)  # the day on which everything comes
PORTS, BRIDGES, TUNNELS = "Ports Bureau", "Bridges Bureau", "Tunnels Office"
TREE = f"""
name = "Department of Transport"
directive = "{ID}"
due = 2017-10-13

[[component]]
name = "{PORTS}"
acronym = "PB"
expected = 100

[[component]]
name = "{BRIDGES}"

[[component]]
name = "{TUNNELS}"
parent = "{BRIDGES}"
"""


@cache
def key(name: str) -> SecretKey:
    """The key of somebody; always the same in one run."""
    del name
    return new_key()


@cache
def about() -> dict[str, Any]:
    """The directive as an account has it."""
    pack = find(ID)
    return DIRECTIVE | {"id": pack.id, "version": pack.version, "digest": pack.digest}


def trusted(component: str, name: str = "", **more: Any) -> Trusted:
    return Trusted(key=key(name or component).public, component=component, name=name or f"Officer of {component}", **more)


def believed(*keys: Trusted, need: tuple[Need, ...] = ()) -> Trust:
    return Trust(keys=keys or tuple(map(trusted, (PORTS, BRIDGES, TUNNELS))), need=need)


@cache
def tree() -> Hierarchy:
    nodes = (Node(name=PORTS, acronym="PB", expected=100), Node(name=BRIDGES), Node(name=TUNNELS, parent=BRIDGES))
    return Hierarchy(nodes=nodes, directive=ID, pack=find(ID))


def office(**changes: Any) -> Office:
    return replace(Office(trust=believed(), tree=tree()), **changes)


def returned(component: str = PORTS, **more: Any) -> Return:
    """A return of a component under the directive of the tree."""
    more.setdefault("directive", about())
    return made(component, **more)


def sealed(one: Return | bytes, *names: str, kind: str = PAYLOAD) -> bytes:
    """The file of a return: sealed by the keys of these, by default by its component's own."""
    body = one if isinstance(one, bytes) else statement(one)
    envelope = Envelope(kind, body)
    for name in names or ((one.component,) if isinstance(one, Return) else ()):
        envelope = signed(envelope, key(name))
    return written(envelope)


def chain(component: str, number: int, **more: Any) -> list[tuple[Return, bytes]]:
    """The first returns of a component, each naming the one before."""
    from hashlib import sha256

    found: list[tuple[Return, bytes]] = []
    previous = ""
    for turn in range(1, number + 1):
        one = returned(component, sequence=turn, previous=previous, with_it=turn, **more)
        previous = sha256(statement(one)).hexdigest()
        found.append((replace(one, digest=previous), sealed(one)))
    return found


def place(folder: Path) -> Workspace:
    """A workspace of an office with this tree and the keys of its components."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tree.toml").write_text(TREE, "utf-8")
    texts = [trust.lines(one.key, component=one.component, name=one.name) for one in believed().keys]
    (folder / "trust.toml").write_text("\n".join(texts), "utf-8")
    return Workspace.create(folder)


def save(folder: Path, **files: bytes) -> Path:
    """Files in a folder, by name less `.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / f"{name}.json").write_bytes(data)
    return folder
