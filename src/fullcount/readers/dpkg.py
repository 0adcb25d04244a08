"""Debian and its kin: the database of dpkg. It is read in `packages.dpkg`, since images hold such databases too."""

from __future__ import annotations

from fullcount.model import Lists, Trace
from fullcount.packages.dpkg import batches, claims
from fullcount.reader import Basis, Reader

DPKG_STATUS = Reader(
    name="dpkg-status",
    title="dpkg database (Debian, Ubuntu)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "Only packages of dpkg (or opkg) are listed: no snaps, flatpaks, or software that was unpacked or built.",
        "The file names neither its machine nor its date.",
        "The maintainer is taken for the publisher: a distribution's packages name the distribution's maintainer.",
        "A file that was cut between two packages looks like a whole one.",
    ),
    how=(
        'On each machine: `cp /var/lib/dpkg/status "$(hostname).dpkg-status"`. Give the machine by the file\'s name, or with '
        "`--host`, and put the files of one day into a folder named by its date (2017-10-10)."
    ),
    unit="paragraph",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
