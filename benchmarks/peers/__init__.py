"""Side by side: how many systems have the vendor's software, as people answer it today, against fullcount."""

from peers.duckdb_ilike import PEER as DUCKDB_ILIKE
from peers.duckdb_newest import PEER as DUCKDB_NEWEST
from peers.grepped import PEER as GREPPED
from peers.pandas_contains import PEER as PANDAS_CONTAINS
from peers.peer import Peer
from peers.spark_rlike import PEER as SPARK_RLIKE
from peers.sqlite_like import PEER as SQLITE_LIKE

PEERS: tuple[Peer, ...] = (GREPPED, PANDAS_CONTAINS, SQLITE_LIKE, DUCKDB_ILIKE, DUCKDB_NEWEST, SPARK_RLIKE)
