"""Windows' registry: what `regedit` and `reg export` write (`.reg`), what `reg query` prints, hives, and regipy's dumps."""

from fullcount.readers.reg.export import REG_EXPORT
from fullcount.readers.reg.hive import REGISTRY_HIVE
from fullcount.readers.reg.query import REG_QUERY
from fullcount.readers.reg.regipy import REGIPY

__all__ = ["REGIPY", "REGISTRY_HIVE", "REG_EXPORT", "REG_QUERY"]
