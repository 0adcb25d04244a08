"""PySpark on one machine with two workers: rlike and distinct."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, Any

from peers.installed import library, program
from peers.layout import present
from peers.names import write
from peers.peer import Peer

if TYPE_CHECKING:
    from pathlib import Path


def _version(python: str) -> str:
    """Spark and Java, or nothing where one of them is missing."""
    spark, java = library("pyspark")(python), program("java", says="-version")
    return f"{spark}, {java}" if spark and java else ""


def hosts(exports: Path, into: Path, text: str) -> None:
    """The hosts that have it."""
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as f

    pattern = f"(?i){re.escape(text)}"
    spark: Any = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    tables = []
    for layout, files in present(exports):
        rows: Any = spark.read.csv([str(file) for file in files], header=True, sep=layout.delimiter, quote='"', escape='"')
        has = f.col(layout.software).rlike(pattern)
        if layout.publisher:
            has |= f.coalesce(f.col(layout.publisher).rlike(pattern), f.lit(False))
        tables.append(rows.where(has).select(f.lower(f.split(layout.host, "\\.")[0]).alias("host")))
    found = reduce(lambda one, other: one.union(other), tables).distinct().collect()
    spark.stop()
    write(into, (row["host"] for row in found))


PEER = Peer(
    key="spark",
    name="PySpark local[2], rlike",
    version=_version,
    install="pip install pyspark, and a Java 17",
    answer=hosts,
    silent="who was looked at; which machine has two names; what was removed since; names without the vendor's",
)
