"""Which labels to fix so that each slice of a contraction fits a number of elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .slices import Slices
from .tree import Tree, tree_of

__all__ = ["MOST_SLICES", "Cut", "deepest_cut", "find_cut", "next_label", "sliced"]

MOST_SLICES = 1 << 30
"""More slices than this are never asked for: the steps of Python alone would take days."""

_WEIGHTS = (0.25, 0.5, 1.0, None)
# Several steps may share the peak, and then no single label lowers it: a norm of the steps near
# the peak falls all the same.
_NORM = 8.0
_MOST_HOT = 128
# A peak that no number of slices brings down to what a machine holds.
_HOPELESS = MOST_SLICES * 1e16


@dataclass(frozen=True)
class Cut:
    """Labels to slice, with the time of all slices (in multiply-adds) and the peak of one."""

    labels: tuple[int, ...]
    cost: float
    peak: float


def find_cut(
    tree: Tree, limit: float, *, frozen: Sequence[int] = (), most: float = math.inf
) -> Cut | None:
    """The cheapest set of labels found that brings the tree's peak down to `limit` numbers.

    Labels are added one at a time. Each is the one that minimises log(time) + w log(peak), for
    several weights w (the peak smoothed, see `_NORM`); superfluous ones are then taken back, and
    the cheapest set wins. None if slicing everything that helps does not reach the limit, or not
    before it costs `most` multiply-adds. `frozen` labels are not sliced.
    """
    if tree.peak <= limit:
        return Cut((), tree.cost, tree.peak)
    if tree.peak > limit * MOST_SLICES:
        return None
    best: Cut | None = None
    for weight in _WEIGHTS:
        cut = _descend(tree, limit, weight, frozen, most if best is None else best.cost)
        if cut is not None and (best is None or cut.cost < best.cost):
            best = cut
    return None if best is None else _take_back(tree, best, limit)


def next_label(tree: Tree, limit: float, *, frozen: Sequence[int] = ()) -> int | None:
    """The label whose slicing loses least time for the memory that it saves."""
    return _choose(Slices(tree), limit, 0.5, frozen)


def deepest_cut(tree: Tree, *, frozen: Sequence[int] = ()) -> Cut:
    """Slice whatever lowers the peak, as far as it goes: the least memory this tree can do with."""
    state = Slices(tree)
    while state.peak < _HOPELESS:
        label = _choose(state, 0.0, 1e9, frozen)
        if label is None or state.count * tree.graph.dims[label] > MOST_SLICES:
            break
        state.fix(label)
    return _take_back(tree, _cut(state), state.peak)


def sliced(tree: Tree, labels: Sequence[int]) -> Tree:
    """The tree of one slice, with `labels` fixed."""
    return tree_of(tree.graph.without(labels), tree.pairs)


def _cut(state: Slices) -> Cut:
    return Cut((*state.tree.graph.sliced, *state.labels), state.cost, state.peak)


def _descend(
    tree: Tree, limit: float, weight: float | None, frozen: Sequence[int], most: float
) -> Cut | None:
    state = Slices(tree)
    while state.peak > limit:
        label = _choose(state, limit, weight, frozen)
        if label is None or state.count * tree.graph.dims[label] > MOST_SLICES:
            return None
        state.fix(label)
        if state.cost > most:
            return None
    return _cut(state)


def _take_back(tree: Tree, cut: Cut, limit: float) -> Cut:
    """Drop labels that later ones have made superfluous."""
    best = cut
    for x in cut.labels[:-1]:
        if x in tree.graph.sliced:
            continue
        rest = tuple(y for y in best.labels if y != x)
        state = Slices(tree)
        for y in rest[len(tree.graph.sliced) :]:
            state.fix(y)
        if state.peak <= limit and state.cost <= best.cost:
            best = Cut(rest, state.cost, state.peak)
    return best


def _choose(state: Slices, limit: float, weight: float | None, frozen: Sequence[int]) -> int | None:
    """The label with the least log(time) + weight log(peak), among those that lower the peak.

    Without a weight, it is the one that costs least time for what it saves, both as logarithms.
    """
    if not state.tree.pairs:
        return None
    live, peak = state.live, state.peak
    hot = np.flatnonzero(live > max(limit, 0.5 * peak))
    if len(hot) > _MOST_HOT:
        hot = hot[np.argsort(-live[hot], kind="stable")[:_MOST_HOT]]
    saved = state.loads(hot) * (1.0 - 1.0 / state.dims)
    saved[:, np.asarray(frozen, dtype=np.int64)] = 0.0
    labels: NDArray[np.int64] = np.flatnonzero(saved.max(axis=0) > 1e-6 * peak)
    if not len(labels):
        return None
    near = live[hot][:, None] / peak
    after = ((near - saved[:, labels] / peak) ** _NORM).sum(axis=0) ** (1 / _NORM)
    costs = state.costs_after(labels)
    if weight is None:
        before = float((near**_NORM).sum() ** (1 / _NORM))
        score = np.log(costs / state.cost) / np.log(before / after)
    else:
        score = np.log(costs) + weight * np.log(np.maximum(after, max(limit, 1.0) / peak))
    return int(labels[int(np.argmin(score))])
