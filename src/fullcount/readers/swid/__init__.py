"""Software identification tags (ISO/IEC 19770-2): XML of 2015 and 2009, and the concise form of RFC 9393."""

from fullcount.readers.swid.concise import COSWID
from fullcount.readers.swid.tag import SWID

__all__ = ["COSWID", "SWID"]
