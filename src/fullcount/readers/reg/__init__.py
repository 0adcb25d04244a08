"""Windows' registry as text: what `regedit` and `reg export` write (`.reg`), and what `reg query` prints."""

from fullcount.readers.reg.export import REG_EXPORT
from fullcount.readers.reg.query import REG_QUERY

__all__ = ["REG_EXPORT", "REG_QUERY"]
