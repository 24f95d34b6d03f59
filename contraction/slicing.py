"""Which labels to fix so that each slice of a contraction fits a number of elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .tree import WRITE_COST, Tree, tree_of

__all__ = ["MOST_SLICES", "Cut", "deepest_cut", "find_cut", "next_label", "slice_count"]

MOST_SLICES = 1 << 30
"""More slices than this are never asked for: the steps of Python alone would take days."""

_WEIGHTS = (0.0, 0.25, 0.5, 1.0)
# Several steps may share the peak, and then no single label lowers it: a norm of the steps near
# the peak falls all the same.
_NORM = 8.0
_MOST_HOT = 128
# A peak that no number of slices brings down to what a machine holds.
_HOPELESS = MOST_SLICES * 1e16


@dataclass(frozen=True)
class Cut:
    """Labels to slice, with the time (in multiply-adds) and peak (in numbers) that remain."""

    labels: tuple[int, ...]
    cost: float
    peak: float


def slice_count(dims: Sequence[int], labels: Sequence[int]) -> int:
    """How many slices there are when `labels` are fixed."""
    return math.prod(dims[x] for x in labels)


def find_cut(tree: Tree, limit: float, *, frozen: Sequence[int] = ()) -> Cut | None:
    """The cheapest set of labels found that brings the tree's peak down to `limit` numbers.

    Labels are added one at a time. Each is the one that minimises log(time) + w log(peak), for
    several weights w (the peak smoothed, see `_NORM`); superfluous ones are then taken back, and
    the cheapest set wins. None if slicing everything that helps does not reach the limit.
    `frozen` labels are not sliced.
    """
    if tree.peak <= limit:
        return Cut((), tree.cost, tree.peak)
    cuts = [cut for w in _WEIGHTS if (cut := _descend(tree, limit, w, frozen)) is not None]
    if not cuts:
        return None
    best = min(cuts, key=lambda cut: (cut.cost, cut.labels))
    return _take_back(tree, best, limit)


def next_label(tree: Tree, limit: float, *, frozen: Sequence[int] = ()) -> int | None:
    """The label whose slicing loses least time for the memory that it saves."""
    choice = _choose(tree, limit, 0.5, frozen)
    return None if choice is None else choice[0]


def deepest_cut(tree: Tree, *, frozen: Sequence[int] = ()) -> Cut:
    """Slice whatever lowers the peak, as far as it goes: the least memory this tree can do with."""
    labels: list[int] = []
    current = tree
    while tree.peak < _HOPELESS:
        choice = _choose(current, 0.0, 1e9, (*frozen, *labels))
        if choice is None or slice_count(tree.graph.dims, (*labels, choice[0])) > MOST_SLICES:
            break
        labels.append(choice[0])
        current = _sliced(tree, labels)
    slices = slice_count(tree.graph.dims, labels)
    cut = Cut(tuple(labels), current.cost * slices, current.peak)
    return _take_back(tree, cut, current.peak)


def _descend(tree: Tree, limit: float, weight: float, frozen: Sequence[int]) -> Cut | None:
    labels: list[int] = []
    current = tree
    while current.peak > limit:
        choice = _choose(current, limit, weight, (*frozen, *labels))
        if choice is None or slice_count(tree.graph.dims, (*labels, choice[0])) > MOST_SLICES:
            return None
        labels.append(choice[0])
        current = _sliced(tree, labels)
    return Cut(tuple(labels), current.cost * slice_count(tree.graph.dims, labels), current.peak)


def _take_back(tree: Tree, cut: Cut, limit: float) -> Cut:
    """Drop labels that later ones have made superfluous."""
    best = cut
    for x in cut.labels[:-1]:
        rest = tuple(y for y in best.labels if y != x)
        smaller = _sliced(tree, rest)
        cost = smaller.cost * slice_count(tree.graph.dims, rest)
        if smaller.peak <= limit and cost <= best.cost:
            best = Cut(rest, cost, smaller.peak)
    return best


def _sliced(tree: Tree, labels: Sequence[int]) -> Tree:
    return tree_of(tree.graph.without(labels), tree.pairs)


def _choose(
    tree: Tree, limit: float, weight: float, frozen: Sequence[int]
) -> tuple[int, float] | None:
    """The label with the least log(time) + weight log(peak), among those that lower the peak."""
    if not tree.pairs:
        return None
    hot = np.flatnonzero(tree.live > max(limit, 0.5 * tree.peak))
    if len(hot) > _MOST_HOT:
        hot = hot[np.argsort(-tree.live[hot], kind="stable")[:_MOST_HOT]]
    dims = np.asarray(tree.graph.dims, dtype=np.float64)
    saved = _loads(tree, hot) * (1.0 - 1.0 / dims)
    saved[:, np.asarray(frozen, dtype=np.int64)] = 0.0
    labels = np.flatnonzero(saved.max(axis=0) > 1e-6 * tree.peak)
    if not len(labels):
        return None
    live = (tree.live[hot][:, None] - saved[:, labels]) / tree.peak
    peaks = (live**_NORM).sum(axis=0) ** (1 / _NORM)
    costs = _costs(tree, dims)[labels]
    score = np.log(costs) + weight * np.log(np.maximum(peaks, max(limit, 1.0) / tree.peak))
    best = int(np.argmin(score))
    return int(labels[best]), float(costs[best])


def _loads(tree: Tree, hot: NDArray[np.int64]) -> NDArray[np.float64]:
    """How many of the numbers alive at each hot step carry each label: shape (hot, labels)."""
    n = len(tree.graph.terms)
    first, last = tree.lifetimes
    alive = (first < hot[:, None]) & (last >= hot[:, None])
    made = np.flatnonzero(alive.any(axis=0))
    load = (alive[:, made] * tree.sizes[n + made]) @ tree.carries(n + made)
    beside = tree.extras[hot]
    load += tree.carries(beside) * tree.sizes[beside, None]
    for side in (0, 1):
        operand = np.asarray([tree.pairs[t][side] for t in hot.tolist()], dtype=np.int64)
        copied = np.where(operand < n, tree.sizes[operand], 0.0)
        load += tree.carries(operand) * copied[:, None]
    return np.asarray(load)


def _costs(tree: Tree, dims: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each label, the time of all slices together after slicing it, fixed costs included."""
    n = len(tree.graph.terms)
    count = len(dims)
    rows, labels = tree.union_entries
    looped = np.bincount(labels, tree.multiply_adds[rows], count)
    rows, labels = tree.leg_entries
    made = rows >= n
    written = np.bincount(labels[made], tree.sizes[rows[made]], count)
    shrinks = looped + WRITE_COST * written
    remaining = tree.cost - shrinks * (1.0 - 1.0 / dims)
    return np.asarray(np.maximum(remaining, 1.0) * dims)
