"""How cotengra, and so quimb, and opt_einsum execute: what they hold in memory at once.

Read from their executors (cotengra 0.8 `contract.py` and `core.py`, opt_einsum 3.4
`contract.py`): operands stay referenced while permuted copies of them are multiplied; sums and
diagonals of single inputs are taken before anything else, and kept; the parts of an output whose
labels are sliced are stacked from copies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .graph import graph_of
from .plans import Plan
from .tree import tree_of

if TYPE_CHECKING:
    from cotengra import ContractionTree

__all__ = ["peer_peak", "peer_tree"]


def peer_peak(plan: Plan, terms: Sequence[Sequence[str]]) -> int:
    """The most numbers alive at once when a peer contracts as `plan` says.

    `terms` are the labels of the arrays as they come, with repeated ones where a trace or a
    diagonal is to be taken.
    """
    sizes = plan.network.sizes
    graph = graph_of(plan.network)
    cut = set(plan.sliced)
    graph = graph.without(x for x, name in enumerate(graph.names) if name in cut)
    tree = tree_of(graph, plan.ssa_path)
    n = len(terms)
    numbers = [math.prod(graph.dims[x] for x in legs) for legs in tree.legs]
    alive = 0
    fresh = [False] * n
    for i, term in enumerate(terms):
        kept = [x for x in graph.terms[i] if graph.appearances[x] > 1]
        numbers[i] = math.prod(graph.dims[x] for x in kept)
        fresh[i] = len(kept) < len(graph.terms[i]) or len(set(term)) < len(term)
        alive += numbers[i] * fresh[i]
    most = alive
    for t, pair in enumerate(plan.ssa_path):
        made = numbers[n + t]
        copies = sum(numbers[i] for i in pair)
        most = max(most, alive + copies + made)
        alive += made - sum(numbers[i] for i in pair if i >= n or fresh[i])
    inputs = sum(math.prod(sizes[label] for label in term) for term in terms)
    output = plan.network.output_elements
    if not plan.sliced:
        return inputs + most
    # Beside a slice: the output so far and the last slice's part; then the sum of the two, or,
    # where the output is sliced, all parts, their stacks and the output.
    return inputs + max(most + 2 * output, 3 * output)


def peer_tree(
    inputs: Sequence[tuple[Any, ...]],
    output: tuple[Any, ...],
    sizes: dict[Any, int],
    ssa_path: Sequence[tuple[int, int]],
    sliced: Sequence[Any],
) -> ContractionTree:
    """cotengra's tree of a path, walked in the path's order, with its slices."""
    from cotengra.core import ContractionTree

    tree = ContractionTree(inputs, output, sizes)
    nodes = list(tree.gen_leaves())
    for i, j in ssa_path:
        parent = tree.contract_nodes_pair(nodes[i], nodes[j])
        # Walked left branch first; by itself a tree puts the larger branch there.
        tree.children[parent] = (nodes[i], nodes[j])
        nodes.append(parent)
    for label in sliced:
        tree.remove_ind_(label)
    return tree
