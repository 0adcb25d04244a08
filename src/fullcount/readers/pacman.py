"""Arch Linux and its kin: the database of pacman. It is read in `packages.pacman`, since images hold such databases too."""

from __future__ import annotations

from fullcount.model import Lists, Trace
from fullcount.packages.pacman import batches, claims
from fullcount.reader import Basis, Reader

PACMAN_DB = Reader(
    name="pacman-db",
    title="pacman database (Arch Linux)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "Only packages of pacman are listed: no flatpaks, and no software that was unpacked or built without it.",
        "The files name neither their machine nor their date.",
        "The packager is taken for the publisher: it is the person who packaged the software.",
        "A file that holds one package is no list; of a file with several it is not known whether it holds all.",
    ),
    how=(
        'On each machine: `cat /var/lib/pacman/local/*/desc > "$(hostname).pacman-db"`: all packages in one file. Give the '
        "machine by the file's name, or with `--host`, and put the files of one day into a folder named by its date (2017-10-10)."
    ),
    unit="package",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
