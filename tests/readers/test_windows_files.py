"""Installers and executables: made-up ones, signed and not, and what becomes of damage."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import Answer, read, written
from tests.binaries import MSP, executable, installer, signature_of

from fullcount.model import Lists, State, Trace
from fullcount.reader import Peek
from fullcount.readers import READERS
from fullcount.readers.windows import EXECUTABLE, INSTALLER

if TYPE_CHECKING:
    from pathlib import Path

PROPERTIES = {
    "ProductName": "Kaspersky Endpoint Security",
    "ProductVersion": "11.2.0",
    "Manufacturer": "AO Kaspersky Lab",
    "ProductCode": "{A}",
    "UpgradeCode": "{B}",
}
SAID = {"CompanyName": "AO Kaspersky Lab", "ProductName": "Kaspersky Anti-Virus", "ProductVersion": "21.3", "FileVersion": "1"}
SIGNATURE = signature_of(common_name="Kaspersky Lab", organization_name="Kaspersky Lab JSC")


def got(data: bytes, folder: Path, **options: Any) -> Answer:
    return read(written(folder, data, "setup.bin"), folder, readers=(INSTALLER, EXECUTABLE), **options)


@pytest.mark.parametrize("wide", ["", "wide"])
@pytest.mark.parametrize(("page", "name"), [(1252, "Bücher"), (1251, "Читатель"), (65001, "読者"), (932, "読者")])
def test_properties_of_an_installer(page: int, name: str, wide: str, tmp_path: Path) -> None:
    data = installer({**PROPERTIES, "ProductName": name, "License": "x" * 70_000}, page=page, wide=bool(wide))
    pc = got(data, tmp_path).only
    [one] = pc.seen
    assert one.title == {
        "type": Trace.PROGRAM,
        "name": name,
        "version": "11.2.0",
        "publisher": "AO Kaspersky Lab",
        "product_code": "{A}",
        "upgrade_code": "{B}",
    }
    assert (one.state, pc["lists"], pc.clues) == (State.MENTION, Lists.SOME_SOFTWARE, [])


def test_a_signed_installer(tmp_path: Path) -> None:
    [one] = got(installer(PROPERTIES, signature=SIGNATURE), tmp_path).only.seen
    assert one.title["signer"] == "Kaspersky Lab"


def test_an_installer_without_a_name(tmp_path: Path) -> None:
    answer = got(installer({"Manufacturer": "Acme"}), tmp_path)
    assert [row["reason"] for row in answer.rejects] == ["an installer without the name of a product"]


def test_a_patch_is_not_claimed(tmp_path: Path) -> None:
    peek = Peek.at(written(tmp_path, installer(PROPERTIES, kind=MSP), "patch.msp"))
    assert not [reader.name for reader in READERS if reader.claims(peek)]


def test_an_executable_and_its_signer(tmp_path: Path) -> None:
    pc = got(executable(SAID, signature=SIGNATURE), tmp_path, host="PC-1").only
    [one] = pc.seen
    assert one.title == {
        "type": Trace.FILE,
        "name": "Kaspersky Anti-Virus",
        "version": "21.3",
        "publisher": "AO Kaspersky Lab",
        "signer": "Kaspersky Lab",
    }
    assert (one.state, pc.named("hostname")) == (State.FILES, ["PC-1"])


@pytest.mark.parametrize(
    ("signature", "signer"),
    [
        (signature_of(organization_name="Kaspersky Lab JSC"), "Kaspersky Lab JSC"),
        (b"\x30\x03\x02\x01\x01", None),
        (SIGNATURE[:200], None),
        (b"", None),
    ],
)
def test_signatures(signature: bytes, signer: str | None, tmp_path: Path) -> None:
    [one] = got(executable(SAID, signature=signature), tmp_path).only.seen
    assert one.title.get("signer") == signer


def test_an_executable_that_says_nothing(tmp_path: Path) -> None:
    answer = got(executable({}), tmp_path)
    assert [row["reason"] for row in answer.rejects] == ["an executable that says neither what it is nor whose"]
    [one] = got(executable({}, signature=SIGNATURE), tmp_path).only.seen
    assert one.title == {"type": Trace.FILE, "signer": "Kaspersky Lab"}


def test_damage_is_no_traceback(tmp_path: Path) -> None:
    dice = random.Random(11)
    for whole in (installer(PROPERTIES, signature=SIGNATURE), executable(SAID, signature=SIGNATURE)):
        for turn in range(10):
            at = dice.randrange(8, len(whole))
            bad = whole[:at] if turn % 2 else whole[:at] + dice.randbytes(16) + whole[at + 16 :]
            assert got(bad, tmp_path).became in {"read", "refused"}


@pytest.mark.parametrize(("data", "library"), [(installer(PROPERTIES), "olefile"), (executable(SAID), "pefile")])
def test_a_library_that_is_missing_is_named(data: bytes, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    answer = got(data, tmp_path)
    assert (answer.became, answer.reason) == ("refused", f"the library {library} is missing")
