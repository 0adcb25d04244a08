"""Lists as package managers print them: real ones against their independent counts, and small written ones."""

from __future__ import annotations

import csv
import random
import time
from pathlib import Path

import pytest

from fullcount.errors import FullcountError, UnreadableError
from fullcount.model import Batch, Lists, Os, Record, State
from fullcount.packages.printed.blocks import BLOCKS
from fullcount.packages.printed.lists import LISTS
from fullcount.reader import Peek, Stream
from fullcount.readers.package_text import PACKAGE_TEXT

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples"
# An index of a repository, and the banner of a tool that has listed nothing, are no lists of packages.
NO_LISTS = {"pkg-index-apk.out", "equery_gentoo1.txt"}
SAMPLES = sorted(path for path in (SHARED / "linux_pkg_text").glob("*") if path.name not in NO_LISTS)
SAMPLES += sorted((SHARED / "sosreport").glob("installed-rpms.txt"))
real = [pytest.mark.real, pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")]
# Lists, packages by state, rejects; the first three are also in the table of independent counts.
KNOWN = {
    "adan_dpkg_-l.txt": ("all software", {"installed": 569, "residue": 4}, 0),
    "rpm-qai.out": ("all software", {"installed": 430, "mention": 3}, 0),  # three keys that rpm trusts
    "pacman--packages.out": ("some software", {"mention": 83}, 0),  # `pacman -Si`: what a repository offers
    "installed-rpms.txt": ("all software", {"installed": 394}, 1),  # a message of the shell before the list
    "dpkg.txt": ("all software", {"installed": 16, "residue": 1}, 0),
    "flatpak.txt": ("some software", {"installed": 12}, 0),
    "flatpak_com.vscodium.codium_stable_system.txt": ("some software", {"installed": 1}, 0),
    "nix.txt": ("some software", {"files present": 13, "mention": 10}, 0),
    "pacman.txt": ("all software", {"installed": 11}, 0),
    "snap.txt": ("some software", {"installed": 5}, 0),
    "snap_kdenlive.txt": ("some software", {"installed": 1}, 0),
}


def read(path: Path, host: str | None = None) -> list[Batch]:
    assert PACKAGE_TEXT.batches
    return list(PACKAGE_TEXT.batches(Stream(path=path, encoding=Peek.at(path).encoding, host=host)))


def written(tmp_path: Path, data: bytes | str) -> Path:
    path = tmp_path / "list"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def listed(tmp_path: Path, text: str) -> Batch:
    path = written(tmp_path, text)
    assert PACKAGE_TEXT.claims(Peek.at(path))
    [batch] = read(path)
    return batch


def machine(batch: Batch) -> Record:
    assert batch.record
    return batch.record


def seen(batch: Batch) -> list[tuple[str | None, str | None, str | None, str]]:
    return [(s.title.package, s.title.version, s.title.publisher, s.state) for s in batch.sightings]


def states(batch: Batch) -> dict[str, int]:
    found = sorted(str(s.state) for s in batch.sightings)
    return {state: found.count(state) for state in found}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
class TestRealLists:
    pytestmark = real

    def test_counts_are_those_of_an_independent_count(self, path: Path) -> None:
        with (SHARED / "truth.tsv").open(encoding="utf-8", newline="") as file:
            truth = {row["file"]: row["rows"] for row in csv.DictReader(file, delimiter="\t")}
        [batch] = read(path)
        assert (machine(batch).lists, states(batch), len(batch.rejects)) == KNOWN[path.name]
        rows = truth.get(f"{path.parent.name}/{path.name}")
        assert rows is None or len(batch.sightings) == int(rows)
        assert machine(batch).os_family is Os.LINUX
        assert (machine(batch).lists is Lists.ALL_SOFTWARE) == (machine(batch).note is None)

    def test_is_claimed_and_needs_its_host_named(self, path: Path) -> None:
        assert PACKAGE_TEXT.claims(Peek.at(path))
        assert PACKAGE_TEXT.needs_host
        assert [machine(batch).clues for host in (None, "pc-1") for batch in read(path, host)] == [[], [("hostname", "pc-1")]]

    def test_damage_is_never_a_traceback(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        for damage in ("cut", "cut", "flip", "flip"):
            at = dice.randrange(1, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            try:
                found = read(written(tmp_path, whole[:at] if damage == "cut" else flipped))
            except FullcountError as error:
                assert error.place  # noqa: PT017 - that it says where is the test
                continue
            assert found[-1].record


@pytest.mark.real
@pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")
class TestRealOthers:
    def test_claims_nothing_else(self) -> None:
        others = [path for path in SHARED.rglob("*") if path.is_file() and path not in SAMPLES]
        assert {path.name for path in others} >= NO_LISTS
        assert not [path.name for path in others if PACKAGE_TEXT.claims(Peek.at(path))]

    def test_versions_vendors_and_dates(self) -> None:
        for name, row, day in (
            ("linux_pkg_text/rpm-qai.out", ("make", "1:3.82-24.el7", "CentOS", State.INSTALLED), "2019-10-16"),
            ("sosreport/installed-rpms.txt", ("NetworkManager", "1.14.0-14.el8", None, State.INSTALLED), "2019-09-27"),
            ("linux_pkg_text/adan_dpkg_-l.txt", ("acl", "2.2.52-2", None, State.INSTALLED), None),
            ("linux_pkg_text/flatpak.txt", ("com.vscodium.codium", None, None, State.INSTALLED), None),
            ("linux_pkg_text/snap.txt", ("core18", "20191030", "canonical", State.INSTALLED), None),
        ):
            [batch] = read(SHARED / name)
            assert seen(batch)[0] == row
            detail = batch.sightings[0].detail
            assert (detail and detail.installed_on) == day


def test_dpkg_states_and_foreign_packages(tmp_path: Path) -> None:
    text = """Desired=Unknown/Install/Remove/Purge/Hold
| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)
||/ Name            Version    Architecture Description
+++-===============-==========-============-===========
ii  libc6:i386      2.31-13    i386         C library
hi  kesl            10.1-5960  amd64        scanner
rc  gone            1.0        amd64        residue
un  never           <none>     <none>       (no description available)
iHR halfway         1.0        amd64        broken
"""
    batch = listed(tmp_path, text)
    assert seen(batch) == [
        ("libc6", "2.31-13", None, State.INSTALLED),
        ("kesl", "10.1-5960", None, State.INSTALLED),
        ("gone", "1.0", None, State.RESIDUE),
        ("never", None, None, State.REMOVED),
        ("halfway", "1.0", None, State.FILES),
    ]
    assert [s.place for s in batch.sightings] == [6, 7, 8, 9, 10]
    assert machine(batch).note is None
    rows = "\n".join(text.splitlines()[5:])
    assert seen(listed(tmp_path, rows)) == seen(batch)  # also without its heading
    assert seen(listed(tmp_path, text.replace("\n", "\r\n"))) == seen(batch)
    assert read(written(tmp_path, text.encode("utf-16"))) == read(written(tmp_path, text))


def test_names_that_a_terminal_may_have_cut_make_no_whole_list(tmp_path: Path) -> None:
    text = """||/ Name           Version        Architecture Description
+++-==============-==============-============-===========
ii  kaspersky-endp 10.1.0-5960    amd64        scanner
ii  acl            1.0            amd64        access
"""
    batch = listed(tmp_path, text)
    assert len(batch.sightings) == 2
    assert machine(batch).lists is Lists.SOME_SOFTWARE
    assert "1 names fill their column and may be cut" in (machine(batch).note or "")
    assert machine(listed(tmp_path, text.replace("kaspersky-endp", "kaspersky     "))).lists is Lists.ALL_SOFTWARE


def test_selections_say_what_is_wanted(tmp_path: Path) -> None:
    batch = listed(tmp_path, "acl\t\t\tinstall\nlibc6:amd64\thold\nvlc-nox\tdeinstall\nold\tpurge\nsh\tinstall\nbad line\n")
    assert [(name, state) for name, _, _, state in seen(batch)] == [
        ("acl", State.INSTALLED),
        ("libc6", State.INSTALLED),
        ("vlc-nox", State.RESIDUE),
        ("old", State.RESIDUE),
        ("sh", State.INSTALLED),
    ]
    [reject] = batch.rejects
    assert (reject.place, reject.raw) == (6, b"bad line")
    assert machine(batch).lists is Lists.SOME_SOFTWARE
    assert (machine(batch).note or "").startswith("1 lines could not be read; says what is wanted")


def test_query_of_dpkg(tmp_path: Path) -> None:
    rows = [
        "a\tamd64\t1.0\t1\tutils",
        "b\tall\t2.0\t\tx\tinstall ok unpacked",
        "c\tall\t2\t1\tx\tpurge ok not-installed",
        "d\tall\t2\t1\tx",
        "e\tall\tx\tx\tx",
    ]
    batch = listed(tmp_path, "\n".join(rows))
    assert [state for *_, state in seen(batch)] == [State.INSTALLED, State.FILES, State.REMOVED, State.INSTALLED]
    assert [reject.place for reject in batch.rejects] == [5]


def test_rpm_names(tmp_path: Path) -> None:
    text = """kesl-10.1.0-5960.x86_64
java-1.8.0-openjdk-1:1.8.0.232-9.el7.x86_64
gpg-pubkey-f4a80eb5-53a7ff4b
bash-3.2-33.el5_11.4
make-3.82-24.el7.x86_64                       Wed 16 Oct 2019 09:21:42 AM PDT
gawk-4.0-1.el7.noarch                         mer. 16 oct. 2019
no package
"""
    batch = listed(tmp_path, text)
    assert seen(batch) == [
        ("kesl", "10.1.0-5960", None, State.INSTALLED),
        ("java-1.8.0-openjdk", "1:1.8.0.232-9.el7", None, State.INSTALLED),
        ("gpg-pubkey", "f4a80eb5-53a7ff4b", None, State.MENTION),
        ("bash", "3.2-33.el5_11.4", None, State.INSTALLED),
        ("make", "3.82-24.el7", None, State.INSTALLED),
        ("gawk", "4.0-1.el7", None, State.INSTALLED),
    ]
    days = [s.detail.installed_on for s in batch.sightings if s.detail]
    assert days == ["2019-10-16", "mer. 16 oct. 2019"]
    assert [reject.place for reject in batch.rejects] == [7]


@pytest.mark.parametrize(
    ("before", "lists"),
    [
        ("bash: warning: setlocale", Lists.ALL_SOFTWARE),
        ("error: rpmdb: damaged header #7 retrieved", Lists.SOME_SOFTWARE),
    ],
)
def test_what_a_tool_says_before_its_list(tmp_path: Path, before: str, lists: Lists) -> None:
    batch = listed(tmp_path, before + "\na-1-1.noarch\nb-1-1.noarch\nc-1-1.noarch\nd-1-1.noarch\n")
    assert (len(batch.sightings), len(batch.rejects)) == (4, 1)
    assert machine(batch).lists is lists


def test_rpm_in_blocks_of_old_and_of_files(tmp_path: Path) -> None:
    old = """Name        : kesl                         Relocations: (not relocatable)
Version     : 10.1                              Vendor: Kaspersky Lab
Release     : 5960                          Build Date: Wed 16 Oct 2019 09:21:42 AM PDT
Install Date: Thu 17 Oct 2019 09:21:42 AM PDT      Build Host: localhost
Description :
Version     : not this
"""
    new = "Name        : file\nEpoch       : 2\nVersion     : 1\nRelease     : 1\n"
    new += "Install Date: (not installed)\nVendor      : (none)\n"
    bad = "Name        : bad name\nVersion     : 1\nRelease     : 1\n"
    batch = listed(tmp_path, old + new + bad)
    assert seen(batch) == [
        ("kesl", "10.1-5960", "Kaspersky Lab", State.INSTALLED),
        ("file", "2:1-1", None, State.MENTION),
    ]
    assert batch.sightings[0].detail
    assert batch.sightings[0].detail.installed_on == "2019-10-17"
    assert [(reject.place, reject.raw.decode()) for reject in batch.rejects] == [(13, bad)]
    assert machine(listed(tmp_path, old)).note == "one package is described"


def test_pacman_in_blocks(tmp_path: Path) -> None:
    one = "Name            : {}\nVersion         : 1-1\nPackager        : Unknown Packager\n"
    batch = listed(tmp_path, one.format("a") + "Install Date    : Wed Sep 12 10:55:23 2018\n\n" + one.format("b"))
    assert seen(batch) == [("a", "1-1", None, State.INSTALLED), ("b", "1-1", None, State.MENTION)]
    offered = "Repository      : core\n" + one.format("a") + "\nRepository      : core\n" + one.format("b")
    assert seen(listed(tmp_path, "warning: x\n" + offered)) == [
        ("a", "1-1", None, State.MENTION),
        ("b", "1-1", None, State.MENTION),
    ]


def test_pacman_names_only_where_all_lines_are_some(tmp_path: Path) -> None:
    batch = listed(tmp_path, "acl 2.3.2-1\ngtk2+ 1:2.0-3.1\n7zip 24.08-3\n")
    assert seen(batch)[1] == ("gtk2+", "1:2.0-3.1", None, State.INSTALLED)
    assert machine(batch).lists is Lists.ALL_SOFTWARE
    for other in ("acl 2.3.2-1\n", "chocolatey 1.1.0\natom 1.60.0\ngit 2.3\n", "acl 2.3.2-1\nx 2\ny 1-1\n"):
        assert not PACKAGE_TEXT.claims(Peek.at(written(tmp_path, other)))


def test_snaps(tmp_path: Path) -> None:
    text = """Name    Version  Rev   Tracking       Publisher    Notes
core20  2023     2015  latest/stable  canonical✓   base
old     1.0      7     -              -            disabled
odd     1.0
"""
    batch = listed(tmp_path, text)
    assert seen(batch) == [("core20", "2023", "canonical", State.INSTALLED), ("old", "1.0", None, State.FILES)]
    assert [reject.place for reject in batch.rejects] == [4]
    known = "name:      x\npublisher: Y**\nsnap-id:      abc\n"
    assert seen(listed(tmp_path, known)) == [("x", None, "Y", State.MENTION)]
    assert not listed(tmp_path, known.replace("name:      x", "name:  ")).sightings


def test_flatpaks(tmp_path: Path) -> None:
    text = "OBS Studio\tcom.obsproject.Studio\t30.1\tstable\tsystem\n\tio.git.x\t\tstable\tuser\torigin\n"
    batch = listed(tmp_path, text + "org.a.b\tstable\tsystem\nx\ty\tz\norg.c.d\t20.08\tuser\tD\n")
    assert seen(batch) == [
        ("com.obsproject.Studio", "30.1", None, State.INSTALLED),
        ("io.git.x", None, None, State.INSTALLED),
        ("org.a.b", None, None, State.INSTALLED),
        ("org.c.d", None, None, State.INSTALLED),
    ]
    assert [s.title.name for s in batch.sightings] == ["OBS Studio", "io.git.x", "org.a.b", "D"]
    assert [reject.place for reject in batch.rejects] == [4]
    one = listed(tmp_path, "\nX - an x\n\n  ID: org.a.b\n  Ref: app/org.a.b/x86_64/stable\n")
    assert (one.sightings[0].title.name, seen(one)) == ("X", [("org.a.b", None, None, State.MENTION)])


def test_nix_and_portage(tmp_path: Path) -> None:
    store = "/nix/store/" + "a" * 32 + "-"
    batch = listed(tmp_path, f"{store}newt-0.52\n{store}newt-0.52.drv\n{store}plain\nelse\n{store}a-b-1\n")
    assert seen(batch) == [
        ("newt", "0.52", None, State.FILES),
        ("newt", "0.52", None, State.MENTION),
        ("plain", None, None, State.FILES),
        ("a-b", "1", None, State.FILES),
    ]
    text = " * Searching for * ...\n[IP-] [  ] app-admin/eselect-1.4.16:0\n[-P-] [  ] app-editors/vim-9.0-r1:0\n"
    batch = listed(tmp_path, text + "sys-apps/portage-3.0_p1\ndev-libs/x-y-2\nvirtual/pager-0\n")
    assert seen(batch) == [
        ("app-admin/eselect", "1.4.16", None, State.INSTALLED),
        ("app-editors/vim", "9.0-r1", None, State.MENTION),
        ("sys-apps/portage", "3.0_p1", None, State.INSTALLED),
        ("dev-libs/x-y", "2", None, State.INSTALLED),
        ("virtual/pager", "0", None, State.INSTALLED),
    ]


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "Dear colleagues,\n")
    assert not PACKAGE_TEXT.claims(Peek.at(path))
    with pytest.raises(UnreadableError, match="no list of a package manager"):
        read(path)
    assert not PACKAGE_TEXT.claims(Peek.at(written(tmp_path, b"")))


def test_long_list_and_long_line(tmp_path: Path) -> None:
    text = "".join(f"p{n}-1-1.noarch\n" for n in range(10_001))
    found = read(written(tmp_path, text))
    assert [len(batch.sightings) for batch in found] == [10_000, 1]
    [batch] = read(written(tmp_path, "\n".join(text.splitlines()[:80]) + "\n" + "x" * 100_000 + "\nq-1-1.noarch\n"))
    assert batch.sightings[-1].title.name == "q"
    assert len(batch.rejects[0].raw) == 4096


@pytest.mark.parametrize("piece", ["1-", "a-b/", "a.b.c\t", "-1", " ", "x:"])
def test_hostile_lines_take_no_time(tmp_path: Path, piece: str) -> None:
    lines = ["[IP-] [  ] a-b/" + piece * 60_000, "a-b/" + piece * 30_000, piece * 30_000]
    path = written(tmp_path, "\n".join(lines * 3) + "\n")
    began = time.process_time()
    PACKAGE_TEXT.claims(Peek.at(path))
    for kind in (*LISTS, *BLOCKS):
        list(kind.read(iter(enumerate(lines))))
    assert time.process_time() - began < 20


def test_pip(tmp_path: Path) -> None:
    batch = listed(
        tmp_path, "# made by pip\nrequests==2.31.0\nx @ file:///x\nnumpy==1.26.4\na-b==1!2.0+local\nodd line\nc==1\nd==2\ne==3\n"
    )
    assert [row[:2] for row in seen(batch)][:4] == [
        ("requests", "2.31.0"),
        ("x", None),
        ("numpy", "1.26.4"),
        ("a-b", "1!2.0+local"),
    ]
    assert [reject.place for reject in batch.rejects] == [6]
    assert machine(batch).lists is Lists.SOME_SOFTWARE
    text = (
        "Package    Version Editable project location\n---------- ------- -----\nrequests   2.31.0\nmine       0.1     /home/x\n"
    )
    batch = listed(tmp_path, text)
    assert [row[:2] for row in seen(batch)] == [("requests", "2.31.0"), ("mine", "0.1")]
    assert machine(batch).os_family is Os.UNKNOWN


def test_versions_of_homebrew(tmp_path: Path) -> None:
    batch = listed(tmp_path, "ca-certificates 2024-07-02\nopenssl@3 3.3.1 3.3.0\nwget 1.24.5\nglib 2.80.4_1\n")
    assert [row[:2] for row in seen(batch)][1:4] == [("openssl@3", "3.3.1"), ("openssl@3", "3.3.0"), ("wget", "1.24.5")]
    assert machine(batch).lists is Lists.SOME_SOFTWARE
    assert not PACKAGE_TEXT.claims(Peek.at(written(tmp_path, "wget 1.24.5\ncurl 8.1\ngit 2.3\n"))), "may be anything"


def test_receipts_of_a_mac_are_residue(tmp_path: Path) -> None:
    batch = listed(tmp_path, "com.apple.pkg.Core\ncom.kaspersky.kav\norg.python.Python.PythonApplications-3.12\n")
    assert [(one.title.package, one.state) for one in batch.sightings][1] == ("com.kaspersky.kav", State.RESIDUE)
    assert (machine(batch).lists, machine(batch).os_family) == (Lists.SOME_SOFTWARE, Os.MACOS)
    assert not PACKAGE_TEXT.claims(Peek.at(written(tmp_path, "com.example.a\ncom.example.b\ncom.example.c\n")))


_QI = ["a", "1.0-1", "Ein Paket: klein", "x86_64", "https://a.example", "GPL", "Nichts", "Nichts", "glibc", "Nichts", "Nichts"]
_QI += ["Nichts", "Nichts", "Nichts", "1 KiB", "Jo <jo@example.com>", "Mi 01 Mai 2024", "Thu 02 May 2024 10:00:00 AM CEST"]
_QI += ["Ausdrücklich", "Nein", "Signatur"]


def test_pacman_in_another_language(tmp_path: Path) -> None:
    labels = [f"Feld {number}" for number in range(21)]
    block = "".join(f"{label:<25}: {value}\n" for label, value in zip(labels, _QI, strict=True)) + "\n"
    short = "".join(block.splitlines(keepends=True)[:10]) + "\n"
    batch = listed(tmp_path, block + short.replace(": a\n", ": b\n").replace("glibc", "x\n" + " " * 27 + "y"))
    assert seen(batch) == [
        ("a", "1.0-1", "Jo <jo@example.com>", State.INSTALLED),
        ("b", "1.0-1", None, State.INSTALLED),
    ]
    assert batch.sightings[0].detail
    assert batch.sightings[0].detail.installed_on == "2024-05-02"
    assert machine(batch).lists is Lists.ALL_SOFTWARE
    assert machine(listed(tmp_path, block)).note == "one package is described"
