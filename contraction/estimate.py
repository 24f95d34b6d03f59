"""A network's cost in milliseconds of looking, to compare networks before planning any."""

from __future__ import annotations

from .cost import total_multiply_adds
from .graph import graph_of
from .network import Network
from .pathfinders import best_of_greedy
from .tree import tree_of

__all__ = ["rough_multiply_adds"]

_MOST_TRIALS = 16
# Greedy orders of so many tensors in all: a few tens of milliseconds.
_TENSORS_TRIED = 2000


def rough_multiply_adds(network: Network, *, seed: int = 0) -> float:
    """Multiply-adds of the best of a few greedy orders, without any budget.

    An upper bound of what planning finds without slicing; for networks of great width it can be
    high by orders of magnitude.

    >>> rough_multiply_adds(Network.from_equation("ij,jk->ik", (20, 30), (30, 40)))
    24000.0
    """
    graph = graph_of(network)
    if network.num_tensors < 2:
        return float(network.input_elements)
    trials = min(_MOST_TRIALS, max(1, _TENSORS_TRIED // network.num_tensors))
    tree = tree_of(graph, best_of_greedy(graph, trials, seed))
    return float(total_multiply_adds(graph, tree))
