"""Tokened: the systems of a count without a name, as a return holds them.

Reads `standing`, `host_clues`, `clue_keys` and `findings`. What the count refused as proof, and what identifies nothing, is
never made a token: unrelated machines of two components would be one. Memory is a few hundred bytes a system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.clue import makers, unusable_among
from fullcount.model import Standing
from fullcount.pseudonym import tokens
from fullcount.sealed import CONTRADICTED, STANDINGS, TOKEN, TOKEN_KINDS, Systems, Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from fullcount.pseudonym import TokenKey
    from fullcount.sealed import Bytes, Ints, Small

    Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]

_MAKER = "manufacturer"
_AT_ONCE = 1 << 16  # clues of which the texts are held as such


def tokened(folder: Path, directive: str, products: Sequence[str], key: TokenKey) -> Tokens:
    """The systems of a count's folder under a directive, with tokens; `products` are the ids of its account, in their order."""
    import numpy as np

    hosts, standing, covered = _standings(folder, directive)
    kind, token, host = _tokens(folder, hosts, key)
    turn = _order(standing, kind, token, host)
    place = np.empty(len(turn), np.int64)  # of a system, as it is numbered in the return
    place[turn] = np.arange(len(turn))
    of = place[host]
    listed = np.lexsort((_halves(token)[0], of * len(TOKEN_KINDS) + kind))
    found_on, product, found_kind, found_grade = _findings(folder, directive, hosts, products)
    found = np.lexsort((product, place[found_on]))
    systems = Systems(
        standing=standing[turn],
        covered=covered[turn],
        kind=kind[listed],
        token=token[listed],
        of=of[listed],
        found_on=place[found_on][found],
        product=product[found],
        found_kind=found_kind[found],
        found_grade=found_grade[found],
    )
    return Tokens(period=key.period, check=key.check, systems=systems)


def _standings(folder: Path, directive: str) -> tuple[Ints, Small, Small]:
    """The systems by rising number, where they stand, and whether they are covered."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    columns = ["host", "standing", "is_covered"]
    table = pq.read_table(folder / "standing.parquet", columns=columns, filters=[("directive", "==", directive)]).sort_by("host")
    covered = table["is_covered"].to_numpy().astype(np.uint8)
    standing = pc.index_in(table["standing"], pa.array(STANDINGS, pa.string())).to_numpy().astype(np.uint8)
    standing[(standing == STANDINGS.index(str(Standing.NOT_COVERED))) & (covered == 1)] = STANDINGS.index(CONTRADICTED)
    return table["host"].to_numpy().astype(np.int64), standing, covered


def _tokens(folder: Path, hosts: Ints, key: TokenKey) -> tuple[Small, Bytes, Ints]:
    """Of every clue that leaves the house: its kind, its token, and the place of its system among `hosts`."""
    import numpy as np
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    kinds, made, places = [], [], []
    for number, kind in enumerate(TOKEN_KINDS):
        of_kind: Any = [("kind", "==", kind)]
        table = pq.read_table(folder / "host_clues.parquet", columns=["host", "clue", "refused"], filters=of_kind)
        table = table.filter(pc.is_null(table["refused"]))
        place, known = _places(table["host"].to_numpy().astype(np.int64), hosts)
        clues, index = np.unique(table["clue"].to_numpy()[known], return_inverse=True)
        keys = pq.read_table(folder / "clue_keys.parquet", columns=["clue", "key"], filters=of_kind)  # in the order of numbers
        token, usable = _distinct(key, kind, keys["key"].combine_chunks().take(np.searchsorted(keys["clue"].to_numpy(), clues)))
        kept = usable[index]
        made.append(token[index[kept]])
        places.append(place[known][kept])
        kinds.append(np.full(int(kept.sum()), number, np.uint8))
    return np.concatenate(kinds), np.concatenate(made), np.concatenate(places)


def _places(found: Ints, hosts: Ints) -> tuple[Ints, Bools]:
    """The places of hosts among the systems, and which of them are systems at all."""
    from fullcount.laid import places

    place = places(hosts, found)
    return place, place >= 0


def _distinct(key: TokenKey, kind: str, written: pa.Array[Any]) -> tuple[Bytes, Bools]:
    """The tokens of distinct clues, and which of these identify anything; of makers, those that are known apart."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    usable = np.ones(len(written), bool)
    if kind == _MAKER:  # two spellings of one that is not known would tell one machine from itself
        usable = pc.is_in(written, pa.array(sorted(makers()), written.type)).to_numpy(zero_copy_only=False)
    usable[[place for place, _ in unusable_among(kind, written)]] = False
    made = np.zeros((len(written), TOKEN), np.uint8)
    for start in range(0, len(written), _AT_ONCE):
        chosen = np.flatnonzero(usable[start : start + _AT_ONCE])
        texts: list[Any] = written.slice(start, _AT_ONCE).take(chosen).to_pylist()
        made[start + chosen] = tokens(key, kind, texts)
    return made, usable


def _halves(token: Bytes) -> tuple[Any, Any]:
    """Tokens as two numbers each, which sort as their bytes do."""
    import numpy as np

    halves = np.ascontiguousarray(token).view(">u8").reshape(-1, 2).astype(np.uint64)
    return halves[:, 0], halves[:, 1]


def _order(standing: Small, kind: Small, token: Bytes, host: Ints) -> Ints:
    """The systems in an order that says nothing: by the smallest token of a clue that joins; those without one behind."""
    import numpy as np

    joins = kind < TOKEN_KINDS.index(_MAKER)
    first, second = _halves(token[joins])
    rising = np.lexsort((second, first))
    carriers, at = np.unique(host[joins][rising], return_index=True)
    turn = np.full(len(standing), len(rising), np.int64)
    turn[carriers] = at
    return np.lexsort((standing, turn))


def _findings(folder: Path, directive: str, hosts: Ints, products: Sequence[str]) -> tuple[Ints, Ints, Small, Small]:
    """Open findings that count, as `product_systems` counts them: place of the system, place of the product, ranks."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    columns = ["host", "product", "kind_rank", "grade_rank"]
    asked: Any = [("directive", "==", directive), ("counts", "==", True), ("is_open", "==", True)]
    table = pq.read_table(folder / "findings.parquet", columns=columns, filters=asked)
    place, known = _places(table["host"].to_numpy().astype(np.int64), hosts)
    product = pc.index_in(table["product"], pa.array(products, pa.string())).to_numpy().astype(np.int64)
    ranks = [table[name].to_numpy().astype(np.uint8)[known] for name in ("kind_rank", "grade_rank")]
    return place[known], product[known], ranks[0], ranks[1]
