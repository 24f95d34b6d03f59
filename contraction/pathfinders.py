"""The searches of cotengra that the planner uses, each from a graph to a contraction order.

cotengrust, where it is installed, does the greedy and optimal ones about a hundred times faster
with the same results in kind; cotengra itself is imported only when one of its trees is needed
(it takes longer to import than small networks take to plan).
"""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import Any

from .graph import Graph
from .tree import Pairs, Tree, complete, tree_of

_WIDEST = 400.0
"""log2 of the largest tensor that cotengra's float arithmetic is asked to weigh."""

__all__ = [
    "best_of_greedy",
    "greedy_order",
    "optimal_order",
    "reconfigured",
    "sweep_order",
]


@cache
def _fast() -> Any:
    """The module with `optimize_greedy` and its kin: cotengrust, or cotengra's own."""
    if importlib.util.find_spec("cotengrust") is not None:
        return importlib.import_module("cotengrust")
    return importlib.import_module("cotengra.pathfinders.path_basic")


def greedy_order(graph: Graph) -> Pairs:
    """Always the pair that makes the smallest tensor next; milliseconds for thousands."""
    return complete(graph, _fast().optimize_greedy(*graph.spelled, use_ssa=True))


def best_of_greedy(graph: Graph, trials: int, seed: int) -> Pairs:
    """The order of least multiply-adds among `trials` randomised greedy ones."""
    path, _ = _fast().optimize_random_greedy_track_flops(
        *graph.spelled,
        trials,
        costmod=(0.1, 4.0),
        temperature=(0.001, 1.0),
        seed=seed,
        use_ssa=True,
    )
    return complete(graph, path)


def optimal_order(graph: Graph) -> Pairs:
    """The best order of a few tensors, by dynamic programming over connected subsets."""
    path = _fast().optimize_optimal(*graph.spelled, minimize="combo-64", use_ssa=True)
    return complete(graph, path)


def sweep_order(graph: Graph, *, backward: bool = False) -> Pairs:
    """Absorb tensors in the order given (or its reverse), each into what it touches so far.

    For tensors in the order of a circuit this moves a state (or, backward, an observable) through
    time: the right order for circuits that are deeper than wide.
    """
    n = len(graph.terms)
    holder: dict[int, int] = {}
    pairs: list[tuple[int, int]] = []
    root = list(range(n))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for i in reversed(range(n)) if backward else range(n):
        made = i
        for x in graph.terms[i]:
            other = find(holder[x]) if x in holder else made
            if other != made:
                root.append(n + len(pairs))
                pairs.append((other, made))
                root[other] = root[made] = made = n + len(pairs) - 1
            holder[x] = made
    return complete(graph, pairs)


def reconfigured(tree: Tree, *, size: int, most: int) -> Tree:
    """The tree with up to `most` subtrees of `size` leaves made optimal, the slowest first."""
    if len(tree.graph.terms) < 3 or tree.width > _WIDEST:
        return tree
    from cotengra.core import ContractionTree

    inputs, output, sizes = tree.graph.spelled
    found = ContractionTree.from_path(inputs, output, sizes, ssa_path=tree.pairs)
    found.subtree_reconfigure_(subtree_size=size, minimize="combo-64", maxiter=most)
    return tree_of(tree.graph, complete(tree.graph, found.get_ssa_path()))
