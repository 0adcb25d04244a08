"""What package managers print. It is read in `packages.printed`, since reports on whole systems hold such lists too."""

from __future__ import annotations

from fullcount.model import Lists, Trace
from fullcount.packages.printed import batches, claims
from fullcount.reader import Basis, Reader

PACKAGE_TEXT = Reader(
    name="package-text",
    title="package list as printed (dpkg, rpm, pacman, snap, flatpak, Nix, Portage, pip, Homebrew, pkgutil)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "Each list is of one package manager: a list of rpm has no flatpaks or snaps, and none has what was unpacked or built.",
        "The list names neither its machine nor its date.",
        "`dpkg -l`, `rpm -qa` and `pacman -Q` name no publishers; `rpm -qai` and `pacman -Qi` do.",
        "`flatpak list` of one user names the flatpaks of that user and of the system, not of other users.",
        "A list that was filtered, or cut between two lines, looks like a whole one.",
        "Only English labels are known, and of `pacman -Qi` those of all languages.",
        "`pkgutil --pkgs` lists receipts of a Mac's installer: they stay when the software goes, and count as residue.",
    ),
    how=(
        'On each machine: `LC_ALL=C rpm -qai > "$(hostname).rpm"` (Red Hat, SUSE, Fedora), `LC_ALL=C dpkg -l | cat > '
        '"$(hostname).dpkg"` (Debian, Ubuntu), `LC_ALL=C pacman -Qi > "$(hostname).pacman"` (Arch), and beside it, each in a '
        "file of its own, `LC_ALL=C snap list`, `flatpak list | cat`. `sos` keeps the list of rpm as `installed-rpms`. Give "
        "the machine by the file's name, or with `--host`, and put the files of one day into a folder named by its date "
        "(2017-10-10)."
    ),
    unit="line",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
