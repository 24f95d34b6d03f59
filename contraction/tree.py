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
from .label_index import LabelIndex

__all__ = ["Pairs", "Tree", "complete", "live_numbers", "tree_of"]

Pairs = tuple[tuple[int, int], ...]
"""A contraction order in ssa form: the t-th pair makes tensor number `len(inputs) + t`."""

WRITE_COST = 64.0
"""Multiply-adds that take as long as writing one number (matrix product against copy rate)."""
STEP_COST = 4e5
"""Multiply-adds that take as long as the Python of one step."""
_MOST_LOG = 900.0

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


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
    def sizes(self) -> Floats:
        """The size of each tensor, inputs first."""
        return _products(self.legs, self.graph.dims)

    @cached_property
    def multiply_adds(self) -> Floats:
        """The multiply-adds of each step."""
        return _products(self.union, self.graph.dims)

    def costs_of(self, work: Floats, sizes: Floats) -> Floats:
        """The time of each step, in multiply-adds, for other multiply-adds and sizes."""
        return np.asarray(work + WRITE_COST * sizes[len(self.graph.terms) :] + STEP_COST)

    @cached_property
    def step_costs(self) -> Floats:
        """The time of each step in one slice, in multiply-adds."""
        return self.costs_of(self.multiply_adds, self.sizes)

    @cached_property
    def parents(self) -> list[int]:
        """The step that uses each tensor, -1 for the last."""
        found = [-1] * (len(self.graph.terms) + len(self.pairs))
        for t, (i, j) in enumerate(self.pairs):
            found[i] = found[j] = t
        return found

    @cached_property
    def touched_list(self) -> list[bool]:
        """Which steps differ from slice to slice; the others are done once."""
        marks = list(self.graph.touched)
        for i, j in self.pairs:
            marks.append(marks[i] or marks[j])
        return marks[len(self.graph.terms) :]

    @cached_property
    def touched(self) -> NDArray[np.bool_]:
        """`touched_list` as an array."""
        return np.asarray(self.touched_list, dtype=bool)

    @cached_property
    def cost(self) -> float:
        """The time of the whole contraction with all its slices, in multiply-adds."""
        once = float(self.step_costs[~self.touched].sum())
        return once + float(self.step_costs[self.touched].sum()) * self.graph.slices

    @cached_property
    def width(self) -> float:
        """log2 of the largest tensor that the contraction makes."""
        made = self.sizes[len(self.graph.terms) :]
        return float(np.log2(made.max())) if len(made) else 0.0

    @cached_property
    def pair_array(self) -> Integers:
        """`pairs` as an array of shape (steps, 2)."""
        return np.asarray(self.pairs, dtype=np.int64).reshape(-1, 2)

    def beside(self, sizes: Floats) -> Integers:
        """The tensor that each step holds beside its operands, as a number.

        It is the result, or an operand laid out anew where that is larger.
        """
        n = len(self.graph.terms)
        found = n + np.arange(len(self.pairs), dtype=np.int64)
        for operand in self.pair_array.T:
            larger = (operand >= n) & (sizes[operand] > sizes[found])
            found = np.where(larger, operand, found)
        return found

    @cached_property
    def live(self) -> Floats:
        """Numbers alive during each step, inputs apart but for copies of them."""
        return live_numbers(self, self.sizes)

    @cached_property
    def peak(self) -> float:
        """The most of `live`."""
        return float(self.live.max()) if self.pairs else float(self.sizes[0])

    @cached_property
    def lifetimes(self) -> tuple[Integers, Integers]:
        """The steps (first, last) during which each intermediate is alive."""
        n, steps = len(self.graph.terms), len(self.pairs)
        last = np.full(n + steps, steps - 1, dtype=np.int64)
        last[self.pair_array] = np.arange(steps)[:, None]
        return np.arange(steps, dtype=np.int64), last[n:]

    @cached_property
    def label_index(self) -> LabelIndex:
        """Which tensors and steps each label is on."""
        return LabelIndex(self.legs, self.union, len(self.graph.dims))

    def steps_above(self, label: int) -> Integers:
        """The steps that differ between slices when `label` is fixed."""
        found = self._above.get(label)
        if found is None:
            n, parents = len(self.graph.terms), self.parents
            seen: set[int] = set()
            for i in self.graph.holders[label]:
                t = parents[i]
                while t >= 0 and t not in seen:
                    seen.add(t)
                    t = parents[n + t]
            found = self._above[label] = np.asarray(sorted(seen), dtype=np.int64)
        return found

    @cached_property
    def _above(self) -> dict[int, Integers]:
        return {}

    def ordered(self) -> Tree:
        """The same tree walked depth first, at each node the branch first that lowers the peak."""
        return tree_of(self.graph, _depth_first(self))


def live_numbers(tree: Tree, sizes: Floats) -> Floats:
    """Numbers alive during each step of a tree whose tensors have these sizes.

    That is the intermediates, the copies of inputs that a step may make, and `Tree.beside`.
    """
    n = len(tree.graph.terms)
    if not tree.pairs:
        return np.zeros(0)
    pairs, made = tree.pair_array, sizes[n:]
    operands = sizes[pairs]
    inner = pairs >= n
    held = np.where(inner, operands, 0.0).sum(axis=1)
    before = np.concatenate([[0.0], np.cumsum(made - held)[:-1]])
    copies = np.where(inner, 0.0, operands).sum(axis=1)
    found = np.maximum(before, held) + copies + sizes[tree.beside(sizes)]
    found[-1] = max(found[-1], 2 * sizes[-1])
    return np.asarray(found)


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


def _products(labels: Sequence[Sequence[int]], dims: Sequence[int]) -> Floats:
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
