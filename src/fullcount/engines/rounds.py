"""Rounds: which nodes of a graph are connected, by statements alone, for an engine whose tables may lie on many machines.

In a round every node takes the smallest of its neighbours' numbers, or its own; then it takes what that one took, and so on to
the end, which comes in few steps, since each is twice as long as the one before. What took the same number is one node from
then on, and edges that join nothing new are let go. The smallest node of a group never takes another number, so that in the
end the group bears its own. A node that keeps its number has become one with another, or has a smaller neighbour in the next
round: after two rounds at most half of the nodes are left, however long a path is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from fullcount.engine import Engine

_NODES = """
select distinct ends.node, ends.node as smallest
from (
    select graph_edges.one as node from graph_edges
    union all
    select graph_edges.other as node from graph_edges
) as ends
"""
_TAKEN = """
select ends.node, least(ends.node, min(ends.neighbour)) as low
from (
    select graph_edges.one as node, graph_edges.other as neighbour from graph_edges
    union all
    select graph_edges.other as node, graph_edges.one as neighbour from graph_edges
) as ends
group by ends.node
"""
_FURTHER = """
select graph_taken.node, further.low
from graph_taken
inner join graph_taken as further on graph_taken.low = further.node
"""
_NOT_THERE = """
select graph_taken.node
from graph_taken
inner join graph_taken as further on graph_taken.low = further.node
where graph_taken.low <> further.low
limit 1
"""
_LEFT = """
select distinct near.low as one, far.low as other
from graph_edges
inner join graph_taken as near on graph_edges.one = near.node
inner join graph_taken as far on graph_edges.other = far.node
where near.low <> far.low
"""
_NAMED = """
select graph_nodes.node, coalesce(graph_taken.low, graph_nodes.smallest) as smallest
from graph_nodes
left join graph_taken on graph_nodes.smallest = graph_taken.node
"""


def smallest(engine: Engine, edges: pa.Table) -> pa.Table:
    """`Engine.smallest`, by rounds until no edge is left. Makes the tables `graph_edges`, `graph_nodes` and
    `graph_taken`.
    """
    engine.put("graph_edges", edges)
    engine.make("graph_nodes", _NODES)
    while engine.rows("select graph_edges.one from graph_edges limit 1"):
        engine.make("graph_taken", _TAKEN)
        while engine.rows(_NOT_THERE):
            engine.make("graph_taken", _FURTHER)
        engine.make("graph_nodes", _NAMED)
        engine.make("graph_edges", _LEFT)
    return engine.arrow("select graph_nodes.node, graph_nodes.smallest from graph_nodes order by graph_nodes.node")
