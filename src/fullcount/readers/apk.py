"""Alpine: the database of installed packages. It is read in `packages.apk`, since images hold such databases too."""

from __future__ import annotations

from fullcount.model import Lists, Trace
from fullcount.packages.apk import batches, claims
from fullcount.reader import Basis, Reader

APK_INSTALLED = Reader(
    name="apk-installed",
    title="apk database (Alpine Linux)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "Only packages of apk are listed: no flatpaks, and no software that was unpacked or built.",
        "The file names neither its machine nor its date.",
        "The maintainer is taken for the publisher: it is the person who packaged the software for Alpine.",
        "A file that was cut between two packages looks like a whole one.",
    ),
    how=(
        'On each machine: `cp /lib/apk/db/installed "$(hostname).apk-installed"`. Give the machine by the file\'s name, or '
        "with `--host`, and put the files of one day into a folder named by its date (2017-10-10)."
    ),
    unit="paragraph",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
