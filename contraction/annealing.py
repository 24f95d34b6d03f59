"""Annealing of contraction trees by rotations, after Kalachev, Panteleev and Yung.

A rotation turns ((a, b), c) into ((a, c), b); all binary trees can be reached so. The price of a
rotation is local: with the labels of a tensor as bits of an integer, the new tensor a c has
(A | C) & (B | P), where P are the labels of the whole: what a or c carry and anything else still
needs. This holds for hyperedges and output labels too. (arXiv:2108.05665; Liu's TreeSA.)
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from .tree import WRITE_COST, Pairs, Tree, tree_of

__all__ = ["annealed"]

_LOG_WRITE = math.log2(WRITE_COST)


def annealed(tree: Tree, *, seed: int, hot: float, cold: float, stages: int, sweeps: int) -> Tree:
    """A quicker tree, by `sweeps` passes of random rotations at each of `stages` temperatures.

    A rotation that changes log2 of its two steps' time by d is made with probability
    min(1, exp(-beta d)); beta goes from `hot` to `cold` geometrically. The result depends on the
    arguments only.
    """
    n = len(tree.graph.terms)
    if n < 3:
        return tree
    state = _State(tree)
    rng = random.Random(seed)
    size = _size_of(tree.graph.dims)
    for stage in range(stages):
        beta = hot * (cold / hot) ** (stage / max(stages - 1, 1))
        for _ in range(sweeps):
            _sweep(state, beta, size, rng)
    return tree_of(tree.graph, state.pairs())


class _State:
    """The tree as arrays: children of each tensor (-1 for inputs), and labels as bits."""

    def __init__(self, tree: Tree) -> None:
        graph = tree.graph
        n = self.inputs = len(graph.terms)
        self.root = 2 * n - 2
        self.left, self.right = [-1] * (2 * n - 1), [-1] * (2 * n - 1)
        self.labels = [sum(1 << x for x in legs) for legs in tree.legs]
        for i, term in enumerate(graph.terms):
            # What only this tensor carries is summed before anything else.
            self.labels[i] = sum(1 << x for x in term if graph.appearances[x] > 1)
        for t, (i, j) in enumerate(tree.pairs):
            self.left[n + t], self.right[n + t] = i, j

    def downward(self) -> list[int]:
        """The tensors with a child that is no input, from the root down."""
        left, right, n = self.left, self.right, self.inputs
        found, stack = [], [self.root]
        while stack:
            v = stack.pop()
            inner = [child for child in (left[v], right[v]) if child >= n]
            if inner:
                found.append(v)
                stack += inner
        return found

    def pairs(self) -> Pairs:
        """The tree as a contraction order, depth first."""
        n = self.inputs
        number = dict(zip(range(n), range(n), strict=True))
        found: list[tuple[int, int]] = []
        stack = [self.root]
        while stack:
            v = stack[-1]
            missing = [child for child in (self.right[v], self.left[v]) if child not in number]
            if missing:
                stack += missing
                continue
            stack.pop()
            found.append((number[self.left[v]], number[self.right[v]]))
            number[v] = n + len(found) - 1
        return tuple(found)


def _sweep(state: _State, beta: float, size: Callable[[int], float], rng: random.Random) -> None:
    """One attempt at a rotation at each tensor; the innermost loop of planning."""
    left, right, labels, n = state.left, state.right, state.labels, state.inputs
    uniform, exp = rng.random, math.exp
    for v in state.downward():
        x, c = left[v], right[v]
        if x < n or (c >= n and uniform() < 0.5):
            x, c = c, x
        if x < n:
            continue
        a, b = left[x], right[x]
        if uniform() < 0.5:
            a, b = b, a
        of_a, of_b, of_c, old = labels[a], labels[b], labels[c], labels[x]
        new = (of_a | of_c) & (of_b | labels[v])
        before = _time(size(of_a | of_b), size(old | of_c), size(old))
        after = _time(size(of_a | of_c), size(new | of_b), size(new))
        change = after - before
        if change <= 0 or uniform() < exp(-beta * change):
            left[v], right[v] = x, b
            left[x], right[x] = a, c
            labels[x] = new


def _time(first: float, second: float, written: float) -> float:
    """log2 of the time of two steps: 2^first + 2^second + WRITE_COST 2^written."""
    written += _LOG_WRITE
    most = max(first, second, written)
    return most + math.log2(
        2.0 ** (first - most) + 2.0 ** (second - most) + 2.0 ** (written - most)
    )


def _size_of(dims: Sequence[int]) -> Callable[[int], float]:
    """The function that gives log2 of the product of the dimensions of a set of bits."""
    members: dict[int, int] = {}
    for x, size in enumerate(dims):
        members[size] = members.get(size, 0) | 1 << x
    classes = [(math.log2(size), mask) for size, mask in members.items()]
    if len(classes) == 1:
        ((weight, _),) = classes
        return lambda bits: weight * bits.bit_count()
    if len(classes) == 2:
        (w, mask), (w2, mask2) = classes
        return lambda bits: w * (bits & mask).bit_count() + w2 * (bits & mask2).bit_count()
    return lambda bits: sum(w * (bits & mask).bit_count() for w, mask in classes)
