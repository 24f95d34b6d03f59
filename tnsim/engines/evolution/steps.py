"""One small matrix applied to some axes of a chunk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Step"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Step:
    """A matrix within a block, on the places `at` among the block's axes (ascending)."""

    at: tuple[int, ...]
    size: int
    leg: int

    @property
    def width(self) -> int:
        return int(self.leg ** len(self.at))

    @cached_property
    def _split(self) -> tuple[int, int] | None:
        """Numbers before and after the step's axes where those are neighbours."""
        if self.at != tuple(range(self.at[0], self.at[0] + len(self.at))):
            return None
        return int(self.leg ** self.at[0]), int(self.leg ** (self.size - self.at[-1] - 1))

    def apply(self, matrix: Array, chunk: Array, out: Array) -> Array:
        """`out`, with `chunk` (width, lanes) as moved by the matrix; both may be overwritten."""
        d, lanes = self.width, chunk.shape[1]
        if self._split is not None:
            before, after = self._split
            if after * lanes == 1:
                np.matmul(chunk.reshape(before, d), matrix.T, out=out.reshape(before, d))
            else:
                shape = (before, d, after * lanes)
                np.matmul(matrix, chunk.reshape(shape), out=out.reshape(shape))
            return out
        front = range(len(self.at))
        legs = (*(self.leg,) * self.size, lanes)
        seen = np.moveaxis(chunk.reshape(legs), self.at, front)
        np.copyto(out.reshape(seen.shape), seen)
        made = np.matmul(matrix, out.reshape(d, -1), out=chunk.reshape(d, -1))
        back = np.moveaxis(out.reshape(legs), self.at, front)
        # The source's memory holds the product now: it goes back in the order of the axes.
        back[...] = made.reshape(seen.shape)
        return out

    def overlap(self, left: Array, right: Array) -> Array:
        """sum over all else of left[i, ..] right[j, ..], (d, d)."""
        d, lanes = self.width, left.shape[1]
        if self._split is not None:
            before, after = self._split
            if after * lanes == 1:
                found: Array = left.reshape(before, d).T @ right.reshape(before, d)
                return found
            shape = (before, d, after * lanes)
            many = np.matmul(left.reshape(shape), right.reshape(shape).swapaxes(1, 2))
            return np.asarray(many[0] if before == 1 else many.sum(axis=0))
        legs = (*(self.leg,) * self.size, lanes)
        turned = [
            np.moveaxis(x.reshape(legs), self.at, range(len(self.at))).reshape(d, -1)
            for x in (left, right)
        ]
        return np.asarray(turned[0] @ turned[1].T)
