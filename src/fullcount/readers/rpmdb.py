"""rpm: its database, and headers in XML. Both are read in `packages.rpm`, since images hold such databases too."""

from __future__ import annotations

from fullcount.model import Lists, Trace
from fullcount.packages.rpm import batches, claims
from fullcount.reader import Basis, Reader

RPMDB = Reader(
    name="rpmdb",
    title="rpm database (Red Hat, SUSE, Fedora and their kin)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "Only packages of rpm are listed: no snaps, flatpaks, or software that was unpacked or built.",
        "The database names neither its machine nor its date.",
        "What SQLite still holds in a file `rpmdb.sqlite-wal` beside the database is not read.",
        "A header that the package manager was about to remove when the database was copied is listed.",
    ),
    how=(
        'On each machine: `cp /var/lib/rpm/rpmdb.sqlite "$(hostname).rpmdb"`, or `/var/lib/rpm/Packages.db` (SUSE) or '
        "`/var/lib/rpm/Packages` (before Fedora 33, RHEL 9), also in `/usr/lib/sysimage/rpm`; or "
        '`rpm -qa --xml > "$(hostname).rpm.xml"`. Give the machine by the file\'s name, or with `--host`, and put the files '
        "of one day into a folder named by its date (2017-10-10)."
    ),
    unit="header",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
