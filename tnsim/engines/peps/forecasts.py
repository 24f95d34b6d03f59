"""Bytes and operations of a walk, from its structure alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tnsim.base.arrays import itemsize
from tnsim.engines.evolution.rows import Kind

from .evolve import TOGETHER
from .gates import split_chain
from .reading_costs import Network, message_flops
from .walks import Walk

__all__ = ["Forecast", "largest_bond", "meeting_flops"]

_COPIES = 3
# Of the state: itself, with its weights shared out, and what a reading takes from it.

_WORKSPACE = 8
# Copies of a site's tensor, with the gate's leg, that an update makes.

_HUGE = 1 << 62


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a walk takes at bonds of a given dimension at most."""

    walk: Walk

    @cached_property
    def ranks(self) -> tuple[int, ...]:
        """By kind of row, the rank at which its matrix splits between two sites."""
        return tuple(_rank(kind, self.walk.leg) for kind in self.walk.rows.kinds)

    @cached_property
    def growth(self) -> tuple[float, ...]:
        """By bond, log2 of the dimension that its gates can make."""
        return self.grown(len(self.walk.rows))

    def grown(self, rows: int) -> tuple[float, ...]:
        """The same after so many of the first rows, or backward of the last."""
        graph = self.walk.graph
        found = [0.0] * len(graph.bonds)
        steps = list(zip(self.walk.rows.kind.tolist(), self.walk.rows.each_axes(), strict=True))
        backward = self.walk.direction == "backward"
        reached = set(self.walk.sites)
        for kind, axes in steps[: -rows - 1 : -1] if backward else steps[:rows]:
            if backward:
                if reached.isdisjoint(axes):
                    continue
                reached.update(axes)
            if len(axes) < 2:
                continue
            bond = graph.number.get((axes[0], axes[1])) if len(axes) == 2 else None
            rank = math.log2(self.ranks[kind])
            if bond is None:
                # Carried along some path: any bond may take it.
                found = [g + rank for g in found]
            else:
                found[bond] += rank
        return tuple(found)

    def bonds(self, most: int, rows: int | None = None) -> list[float]:
        """The dimension of every bond, at most `most`, after all rows or so many."""
        growth = self.growth if rows is None else self.grown(rows)
        return [2.0 ** min(g, math.log2(most)) for g in growth]

    @property
    def rank(self) -> int:
        """The largest rank of any gate."""
        kinds = np.unique(self.walk.rows.kind).tolist()
        return max((self.ranks[k] for k in kinds), default=1)

    def state_bytes(self, most: int) -> int:
        """Bytes of the state and its copies."""
        sizes = self._sizes(most)
        return int(_COPIES * sum(sizes) * itemsize(self.walk.dtype))

    def peak_bytes(self, most: int) -> int:
        """Bytes of a walk at its peak: the state, and what updates of some bonds take."""
        sizes = self._sizes(most)
        together = max(2 * max(sizes, default=0.0) * self.rank, _together(sizes, self.rank))
        numbers = _COPIES * sum(sizes) + _WORKSPACE * together
        return int(min(numbers, _HUGE) * itemsize(self.walk.dtype))

    def flops(self, most: int) -> float:
        """Real operations of a walk: two QR and a singular value decomposition for each gate."""
        graph, bonds = self.walk.graph, self.bonds(most)
        sizes = self._sizes(most)
        total = 0.0
        kinds = self.walk.rows.kind.tolist()
        for kind, axes in zip(kinds, self.walk.rows.each_axes(), strict=True):
            bond = graph.number.get((axes[0], axes[1])) if len(axes) == 2 else None
            if bond is None:
                continue
            width = bonds[bond] * self.ranks[kind]
            rows = (sizes[axes[0]] + sizes[axes[1]]) / bonds[bond]
            total += 6 * rows * width**2 + 25 * width**3
        return total * (4 if self.walk.legs == "ket" else 1)

    def reading_flops(self, most: int) -> float:
        """Real operations of the messages that the final state is read with."""
        network: Network = "norm" if self.walk.legs == "ket" else "trace"
        found = message_flops(
            network, self.walk.graph.incident, self.bonds(most), leg=self.walk.leg
        )
        return found * (8 if self.walk.legs == "ket" else 2)

    def _sizes(self, most: int) -> list[float]:
        bonds = self.bonds(most)
        return [
            self.walk.leg * math.prod(bonds[b] for b in some) for some in self.walk.graph.incident
        ]


def _together(sizes: list[float], rank: int) -> float:
    return min(float(TOGETHER), sum(sizes) * rank)


def meeting_flops(forward: Forecast, backward: Forecast, most: int) -> float:
    """Real operations of messages where a state and an operator meet half way."""
    rows = len(forward.walk.rows)
    state = forward.bonds(most, rows // 2)
    operator = backward.bonds(most, rows - rows // 2)
    incident, leg = forward.walk.graph.incident, forward.walk.leg
    if forward.walk.legs == "ket":
        above = message_flops("sandwich", incident, state, operator, leg=leg)
        return 8 * (above + message_flops("norm", incident, state, leg=leg))
    above = message_flops("overlap", incident, state, operator, leg=leg)
    return 2 * (above + message_flops("trace", incident, state, leg=leg))


def largest_bond(fits: Callable[[int], bool], most: int) -> int:
    """The largest dimension up to `most` that fits, 0 where 1 does not."""
    low, high = 0, 1
    while high <= most and fits(high):
        low, high = high, 2 * high
    high = min(high, most + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _rank(kind: Kind, leg: int) -> int:
    if kind.size < 2:
        return 1
    if kind.is_fixed:
        matrix = kind.matrix
    else:
        # Any generic arguments show the rank that the form has almost everywhere.
        given = 0.3 + 0.17 * np.arange(kind.form.num_params)
        matrix = kind.form.evaluate(given.tolist())
    return max(len(core) for core in split_chain(matrix, kind.size, leg)[1:])
