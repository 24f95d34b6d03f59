"""What a run on a line takes, from the circuit's structure: bonds, bytes, operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.engines.evolution.rows import Kind, Rows

from .steps import window_of

__all__ = ["MOST_BOND", "Layout", "layout_of"]

MOST_BOND = 1 << 14
_PAIR_COPIES = 9.0
_MOVE_BYTES = 300.0
# Matrices of a pair's size that are alive while it is split: the product, the Gram matrix, and
# what the eigensolver works on.
_UPDATE_FLOPS = 45.0
# Real operations for each (d bond)^3 of a real pair update; four times as many of a complex one.
_RATE = 2.0e10
_STEP_SECONDS = 1.2e-4


@dataclass(frozen=True, eq=False)
class Layout:
    """The structure of a circuit on a line of `num_sites` legs of `dimension` numbers.

    `log_rank` bounds the logarithm of each of the n - 1 bonds, `crossings` counts instructions
    that reach over it. `reach` and `rank` are the most sites and the largest operator bond of an
    instruction on legs that are not neighbours (0 and 1 where there is none).
    """

    num_sites: int
    dimension: int
    log_rank: NDArray[np.float64]
    crossings: NDArray[np.int64]
    steps: int
    reach: int
    rank: int
    widest: int

    @cached_property
    def log_limit(self) -> NDArray[np.float64]:
        """The logarithm of the bonds without truncation, at most."""
        k = np.arange(1, self.num_sites)
        ends = np.minimum(k, self.num_sites - k) * np.log(self.dimension)
        limit: NDArray[np.float64] = np.minimum(ends, self.log_rank)
        return limit

    def bonds(self, most: int) -> NDArray[np.float64]:
        """The bonds, at most `most`, with the two ends of 1."""
        inner = np.exp(np.minimum(self.log_limit, np.log(most)))
        return np.concatenate([[1.0], inner, [1.0]])

    @property
    def exact_bond(self) -> int:
        """The bond from which on nothing is truncated, or `MOST_BOND` where that is larger."""
        largest = float(self.log_limit.max(initial=0.0))
        return MOST_BOND if largest >= np.log(MOST_BOND) else round(np.exp(largest) + 0.49)

    def tensor_bytes(self, most: int, itemsize: int) -> float:
        """Bytes of all tensors."""
        b = self.bonds(most)
        return float((b[:-1] * b[1:]).sum()) * self.dimension * itemsize

    def work_bytes(self, most: int, itemsize: int) -> float:
        """Bytes of what one update needs beside the tensors."""
        b, d = float(self.bonds(most).max()), self.dimension
        work = _PAIR_COPIES * (d * b) ** 2
        if self.reach:
            # Until they are truncated, the bonds in an instruction's reach are this large.
            r, ends = float(self.rank), float(d) ** min(self.num_sites // 2, 40)
            inner = min(r * b, ends)
            work = max(work, self.reach * d * inner**2 + 3 * d * r * b * min(inner, d * b))
            work = max(work, 3.0 * d ** (2 * self.widest))
        return work * itemsize

    def window_bytes(self) -> float:
        """Bytes of the instructions that are held at a time."""
        held = min(self.steps, window_of(self.num_sites))
        return held * (_MOVE_BYTES + 8.0 * self.dimension**4 / 2)

    def flops(self, most: int, itemsize: int) -> float:
        """Real operations of all updates."""
        b, d = self.bonds(most), self.dimension
        factor = 4.0 if itemsize == 16 or d == 2 else 1.0
        # On the way to its last value a bond grows by a factor at every crossing; those updates
        # cost next to nothing beside the later ones.
        rates = self.log_rank / np.maximum(self.crossings, 1)
        growing = np.log(b[1:-1]) / np.maximum(rates, 1e-9)
        full = np.maximum(self.crossings - growing, 0.0) + (self.crossings > 0)
        inner = (d * b[1:-1]) ** 3 * full
        return _UPDATE_FLOPS * factor * float(inner.sum()) + 1e3

    def seconds(self, most: int, itemsize: int) -> float:
        """Wall seconds of all updates, on one thread of a present machine."""
        return self.flops(most, itemsize) / _RATE + self.steps * _STEP_SECONDS


def layout_of(rows: Rows, num_sites: int, dimension: int, first_bond: int = 1) -> Layout:
    """The layout of rows whose axes are the sites, for a line that begins with `first_bond`."""
    sizes = np.diff(rows.axis_start)
    wide = np.flatnonzero(sizes > 1)
    log_rank, crossings = np.zeros(num_sites), np.zeros(num_sites, dtype=np.int64)
    reach = rank = 0
    if len(wide):
        starts = rows.axis_start[:-1]
        low = np.minimum.reduceat(rows.axes, starts)[wide]
        high = np.maximum.reduceat(rows.axes, starts)[wide]
        logs = np.log(_ranks(rows.kinds, dimension))[rows.kind[wide]]
        for where, sign in ((low, 1), (high, -1)):
            np.add.at(log_rank, where, sign * logs)
            np.add.at(crossings, where, sign)
        log_rank, crossings = np.cumsum(log_rank), np.cumsum(crossings)
        apart = high - low + 1 > np.where(sizes[wide] == 2, 2, 0)
        if apart.any():
            reach = int((high - low + 1)[apart].max())
            rank = round(float(np.exp(logs[apart].max())))
    widest = int(sizes.max(initial=1))
    return Layout(
        num_sites,
        dimension,
        log_rank[:-1] + np.log(first_bond),
        crossings[:-1],
        len(rows),
        reach,
        max(rank, 1),
        widest,
    )


def _ranks(kinds: Sequence[Kind], d: int) -> NDArray[np.float64]:
    """A bound on the operator bond of every kind, whatever its arguments."""
    found = np.array([float(d ** (2 * (kind.size // 2))) for kind in kinds])
    fixed = [k for k, kind in enumerate(kinds) if kind.size == 2 and len(kind.form.constants) == 1]
    if fixed:
        found[fixed] = np.linalg.matrix_rank(
            np.stack([_legs(kinds[k], d)[0].reshape(d * d, d * d) for k in fixed])
        )
    for k, kind in enumerate(kinds):
        if kind.size == 2 and len(kind.form.constants) > 1:
            legs = _legs(kind, d)
            sides = (legs.transpose(1, 2, 0, 3, 4), legs.transpose(3, 4, 0, 1, 2))
            found[k] = min(np.linalg.matrix_rank(one.reshape(d * d, -1)) for one in sides)
    return found


def _legs(kind: Kind, d: int) -> NDArray[Any]:
    """The constants with the legs of one qubit before those of the other: (K, d, d, d, d)."""
    return kind.form.constants.reshape(-1, d, d, d, d).transpose(0, 1, 3, 2, 4)
