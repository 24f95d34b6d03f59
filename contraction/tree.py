"""A contraction order with the size and cost of every step, as the planner estimates them.

The search compares thousands of orders, so this is a quick estimate in floating point; the plan
that is chosen is measured exactly on its `Schedule`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .graph import Graph

__all__ = ["Pairs", "Tree", "complete", "tree_of"]

Pairs = tuple[tuple[int, int], ...]
"""A contraction order in ssa form: the t-th pair makes tensor number `len(inputs) + t`."""

WRITE_COST = 64.0
"""Multiply-adds that take as long as writing one number (matrix product against copy rate)."""
STEP_COST = 4e5
"""Multiply-adds that take as long as the Python of one step."""
_MOST_LOG = 900.0


@dataclass(frozen=True, eq=False)
class Tree:
    """The tensors that appear when `pairs` are contracted one after the other.

    `legs[i]` are the labels of tensor i, inputs first; `union[t]` all labels that step t loops
    over. Sizes and costs are in numbers and multiply-adds, clipped at 2^900.
    """

    graph: Graph
    pairs: Pairs
    legs: tuple[tuple[int, ...], ...]
    union: tuple[tuple[int, ...], ...]

    @cached_property
    def sizes(self) -> NDArray[np.float64]:
        """The size of each tensor, inputs first."""
        return _products(self.legs, self.graph.dims)

    @cached_property
    def multiply_adds(self) -> NDArray[np.float64]:
        """The multiply-adds of each step."""
        return _products(self.union, self.graph.dims)

    @cached_property
    def step_costs(self) -> NDArray[np.float64]:
        """The time of each step, in multiply-adds."""
        written = self.sizes[len(self.graph.terms) :]
        return np.asarray(self.multiply_adds + WRITE_COST * written + STEP_COST)

    @cached_property
    def cost(self) -> float:
        """The time of the whole contraction, in multiply-adds."""
        return float(self.step_costs.sum())

    @cached_property
    def width(self) -> float:
        """log2 of the largest tensor that the contraction makes."""
        made = self.sizes[len(self.graph.terms) :]
        return float(np.log2(made.max())) if len(made) else 0.0

    @cached_property
    def extras(self) -> NDArray[np.int64]:
        """The tensor that each step holds beside its operands, as a number.

        It is the result, or an operand laid out anew where that is larger.
        """
        n = len(self.graph.terms)
        made = n + np.arange(len(self.pairs))
        pairs = np.asarray(self.pairs, dtype=np.int64).reshape(-1, 2)
        sizes = self.sizes
        extra = made
        for operand in pairs.T:
            larger = (operand >= n) & (sizes[operand] > sizes[extra])
            extra = np.where(larger, operand, extra)
        return extra

    @cached_property
    def live(self) -> NDArray[np.float64]:
        """Numbers alive during each step, inputs apart but for copies of them."""
        n = len(self.graph.terms)
        sizes = self.sizes.tolist()
        beside = self.sizes[self.extras].tolist()
        alive = 0.0
        found = []
        for t, (a, b) in enumerate(self.pairs):
            held = (sizes[a] if a >= n else 0.0) + (sizes[b] if b >= n else 0.0)
            fresh = (sizes[a] if a < n else 0.0) + (sizes[b] if b < n else 0.0)
            found.append(alive + fresh + beside[t])
            alive += sizes[n + t] - held
        if found:
            found[-1] = max(found[-1], 2 * sizes[-1])
        return np.asarray(found)

    @cached_property
    def peak(self) -> float:
        """The most of `live`."""
        return float(self.live.max()) if self.pairs else float(self.sizes[0])

    @cached_property
    def lifetimes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The steps (first, last) during which each intermediate is alive."""
        n = len(self.graph.terms)
        first = np.arange(len(self.pairs), dtype=np.int64)
        last = np.full(len(self.pairs), len(self.pairs) - 1, dtype=np.int64)
        for t, pair in enumerate(self.pairs):
            for i in pair:
                if i >= n:
                    last[i - n] = t
        return first, last

    @cached_property
    def leg_entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(tensor, label) for every axis of every tensor, as two arrays in tensor order."""
        return _entries(self.legs)

    @cached_property
    def union_entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(step, label) for every label that each step loops over, as two arrays."""
        return _entries(self.union)

    def carries(self, tensors: NDArray[np.int64]) -> NDArray[np.float64]:
        """1 where tensor number `tensors[k]` has label x, else 0: shape (tensors, labels)."""
        found = np.zeros((len(tensors), len(self.graph.dims)))
        for k, i in enumerate(tensors.tolist()):
            found[k, list(self.legs[i])] = 1.0
        return found

    def ordered(self) -> Tree:
        """The same tree walked depth first, at each node the branch first that lowers the peak."""
        return tree_of(self.graph, _depth_first(self))


def tree_of(graph: Graph, pairs: Iterable[Sequence[int]]) -> Tree:
    """Follow `pairs` through the graph; a label goes when its last tensor has been absorbed."""
    appearances = graph.appearances
    counts: list[dict[int, int]] = [dict.fromkeys(term, 1) for term in graph.terms]
    order: list[tuple[int, int]] = []
    union: list[tuple[int, ...]] = []
    for i, j in pairs:
        a, b = counts[i], counts[j]
        if len(a) < len(b):
            a, b = b, a
        merged = dict(a)
        for x, count in b.items():
            merged[x] = merged.get(x, 0) + count
        union.append(tuple(merged))
        counts.append({x: c for x, c in merged.items() if c < appearances[x]})
        order.append((i, j))
    legs = tuple(tuple(count) for count in counts)
    return Tree(graph, tuple(order), legs, tuple(union))


def complete(graph: Graph, path: Iterable[Sequence[int]]) -> Pairs:
    """A path in ssa form that may hold one-tensor steps and end early, as pairs to the end.

    Searches emit steps on one tensor (sums, diagonals), which a schedule does by itself; what is
    left at the end is multiplied together, small ones first.
    """
    n = len(graph.terms)
    number = list(range(n))
    gone: set[int] = set()
    pairs: list[tuple[int, int]] = []

    def merge(i: int, j: int) -> int:
        gone.update((i, j))
        pairs.append((i, j))
        return n + len(pairs) - 1

    for step in path:
        made = number[step[0]]
        for other in step[1:]:
            made = merge(made, number[other])
        number.append(made)
    left = [i for i in dict.fromkeys(number) if i not in gone]
    if len(left) > 1:
        sizes = tree_of(graph, pairs).sizes
        left.sort(key=lambda i: (float(sizes[i]), i))
        made = left[0]
        for other in left[1:]:
            made = merge(made, other)
    return tuple(pairs)


def _entries(
    labels: Sequence[Sequence[int]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    lengths = [len(legs) for legs in labels]
    flat = [x for legs in labels for x in legs]
    return np.repeat(np.arange(len(labels)), lengths), np.asarray(flat, dtype=np.int64)


def _products(labels: Sequence[Sequence[int]], dims: Sequence[int]) -> NDArray[np.float64]:
    logs = np.log2(np.asarray(dims, dtype=np.float64)).tolist()
    sums = np.asarray([sum([logs[x] for x in legs]) for legs in labels], dtype=np.float64)
    return np.exp2(np.minimum(sums, _MOST_LOG))


def _depth_first(tree: Tree) -> Pairs:
    n = len(tree.graph.terms)
    sizes = tree.sizes.tolist()
    held = [0.0] * n + sizes[n:]
    peaks = [0.0] * n
    children: list[tuple[int, int]] = []
    for t, (a, b) in enumerate(tree.pairs):
        if max(peaks[b], held[b] + peaks[a]) < max(peaks[a], held[a] + peaks[b]):
            a, b = b, a
        children.append((a, b))
        beside = max(held[a], held[b], held[n + t])
        peaks.append(max(peaks[a], held[a] + peaks[b], sizes[a] + sizes[b] + beside))
    pairs: list[tuple[int, int]] = []
    number = dict(zip(range(n), range(n), strict=True))
    stack = [n + len(children) - 1] if children else []
    while stack:
        node = stack[-1]
        a, b = children[node - n]
        if a not in number:
            stack.append(a)
        elif b not in number:
            stack.append(b)
        else:
            stack.pop()
            pairs.append((number[a], number[b]))
            number[node] = n + len(pairs) - 1
    return tuple(pairs)
