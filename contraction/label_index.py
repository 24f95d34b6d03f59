"""Which tensors and steps each label of a tree is on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["LabelIndex"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class LabelIndex:
    """The labels of tensors (`legs`) and of steps (`union`), looked up the other way round."""

    def __init__(
        self, legs: Sequence[Sequence[int]], union: Sequence[Sequence[int]], labels: int
    ) -> None:
        self.labels = labels
        self.num_tensors = len(legs)
        self._tensors = _by_label(legs, labels)
        self._steps = _by_label(union, labels)

    def tensors(self, label: int) -> Integers:
        """The tensors that carry `label`."""
        return _of(self._tensors, label)

    def steps(self, label: int) -> Integers:
        """The steps that loop over `label`."""
        return _of(self._steps, label)

    def sum_over_tensors(self, weights: Floats) -> Floats:
        """For each label, the sum of the weights of the tensors that carry it."""
        rows, labels, _ = self._tensors
        return np.asarray(np.bincount(labels, weights[rows], self.labels))

    def sum_over_steps(self, weights: Floats) -> Floats:
        """For each label, the sum of the weights of the steps that loop over it."""
        rows, labels, _ = self._steps
        return np.asarray(np.bincount(labels, weights[rows], self.labels))

    def carries(self, tensors: Integers) -> Floats:
        """1 where tensor number `tensors[k]` carries label x, else 0: shape (tensors, labels)."""
        rows, labels, _ = self._tensors
        place = np.full(self.num_tensors, -1, dtype=np.int64)
        place[tensors] = np.arange(len(tensors))
        wanted = place[rows] >= 0
        found = np.zeros((len(tensors), self.labels))
        found[place[rows[wanted]], labels[wanted]] = 1.0
        return found


def _by_label(members: Sequence[Sequence[int]], labels: int) -> tuple[Integers, Integers, Integers]:
    """(rows, labels, starts) of all pairs of a row and a label on it, sorted by label."""
    lengths = [len(row) for row in members]
    flat = np.asarray([x for row in members for x in row], dtype=np.int64)
    rows = np.repeat(np.arange(len(members), dtype=np.int64), lengths)
    order = np.argsort(flat, kind="stable")
    rows, flat = rows[order], flat[order]
    return rows, flat, np.searchsorted(flat, np.arange(labels + 1))


def _of(table: tuple[Integers, Integers, Integers], label: int) -> Integers:
    rows, _, starts = table
    return rows[starts[label] : starts[label + 1]]
