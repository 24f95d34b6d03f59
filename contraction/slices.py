"""A tree with some labels fixed, as arrays that change with each further label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .tree import WRITE_COST, Tree, live_numbers

__all__ = ["Slices"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Slices:
    """What one slice of `tree` holds and all slices cost, while labels are fixed one by one.

    The same figures as those of `sliced(tree, labels)`, without building that tree: fixing a
    label divides the sizes of the tensors that carry it and the work of the steps that loop over
    it, and makes the steps above its inputs differ between slices.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.labels: list[int] = []
        self.count = tree.graph.slices
        self.dims = np.asarray(tree.graph.dims, dtype=np.float64)
        self.sizes = tree.sizes.copy()
        self.work = tree.multiply_adds.copy()
        self.touched = tree.touched.copy()
        self._live: Floats | None = None

    @property
    def live(self) -> Floats:
        """Numbers alive during each step of a slice, inputs apart but for copies of them."""
        if self._live is None:
            self._live = live_numbers(self.tree, self.sizes)
        return self._live

    @property
    def peak(self) -> float:
        """The most of `live`."""
        return float(self.live.max()) if self.tree.pairs else float(self.sizes[0])

    @property
    def step_costs(self) -> Floats:
        """The time of each step in one slice, in multiply-adds."""
        return self.tree.costs_of(self.work, self.sizes)

    @property
    def cost(self) -> float:
        """The time of all slices, in multiply-adds; what they share is counted once."""
        costs = self.step_costs
        each = float(costs[self.touched].sum())
        return float(costs[~self.touched].sum()) + each * self.count

    def fix(self, label: int) -> None:
        """Fix one more label."""
        index = self.tree.label_index
        self.sizes[index.tensors(label)] /= self.dims[label]
        self.work[index.steps(label)] /= self.dims[label]
        self.touched[self.tree.steps_above(label)] = True
        self.count *= self.tree.graph.dims[label]
        self.labels.append(label)
        self._live = None

    def loads(self, hot: Integers) -> Floats:
        """How many of the numbers alive at each hot step carry each label: (hot, labels)."""
        tree, n = self.tree, len(self.tree.graph.terms)
        first, last = tree.lifetimes
        alive = (first < hot[:, None]) & (last >= hot[:, None])
        held = np.zeros((len(hot), n + len(first)))
        held[:, n:] = alive * self.sizes[n:]
        rows = np.arange(len(hot))
        pairs = tree.pair_array[hot]
        for side in (0, 1):
            # Inputs are there anyway; what counts is the copy of one that a step may make.
            operand = pairs[:, side]
            held[rows, operand] += np.where(operand < n, self.sizes[operand], 0.0)
        beside = tree.beside(self.sizes)[hot]
        held[rows, beside] += self.sizes[beside]
        used = np.flatnonzero(held.any(axis=0))
        load: Floats = held[:, used] @ tree.label_index.carries(used)
        load[:, self.labels] = 0.0
        return load

    def costs_after(self, labels: Integers) -> Floats:
        """For each of `labels`, the time of all slices when it is fixed too.

        With S the steps that differ between slices now, and D those that will besides (above the
        label's tensors), it is count * d * (S + D - (1 - 1/d) * what loops over it) + the rest.
        """
        tree, dims = self.tree, self.dims[labels]
        index, costs = tree.label_index, self.step_costs
        n = len(tree.graph.terms)
        looped = index.sum_over_steps(self.work)
        weights = self.sizes * WRITE_COST
        weights[:n] = 0.0
        shrinks = (looped + index.sum_over_tensors(weights))[labels] * (1.0 - 1.0 / dims)
        untouched = np.where(self.touched, 0.0, costs)
        now = float(costs[self.touched].sum())
        rest = float(untouched.sum())
        more = np.asarray([untouched[tree.steps_above(x)].sum() for x in labels.tolist()])
        each = np.maximum(now + more - shrinks, 1.0)
        return np.asarray(each * dims * self.count + np.maximum(rest - more, 0.0))
