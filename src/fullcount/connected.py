"""Connected: of the nodes of a graph, which are connected with one another, and by what each of their groups is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable

    Smallest = Callable[[pa.Table], pa.Table]


def smallest(edges: pa.Table) -> pa.Table:
    """`Engine.smallest`, in the memory of this process."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends: Any = np.concatenate([edges["one"].to_numpy(), edges["other"].to_numpy()])
    nodes, place = np.unique(ends, return_inverse=True)
    if not len(nodes):
        return pa.table({"node": nodes, "smallest": nodes})
    many = edges.num_rows
    graph = coo_matrix((np.ones(many), (place[:many], place[many:])), shape=(len(nodes), len(nodes)))
    _, label = connected_components(graph, directed=False)
    _, first = np.unique(label, return_index=True)  # nodes ascend: the first of a label is the smallest
    return pa.table({"node": nodes, "smallest": nodes[first[label]]})
