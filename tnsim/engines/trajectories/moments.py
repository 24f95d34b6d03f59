"""Sums over trajectories, in the order of the trajectories whoever ran them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Moments"]

Vector = NDArray[np.float64]


@dataclass(eq=False)
class Moments:
    """First and second moments of what trajectories differ by from the trunk.

    `squares` is (F,), or with `joint` the matrix (F, F) of products.
    """

    size: int
    joint: bool
    count: int = 0
    total: Vector = field(init=False)
    squares: Vector = field(init=False)

    def __post_init__(self) -> None:
        self.total = np.zeros(self.size)
        self.squares = np.zeros((self.size, self.size) if self.joint else self.size)

    def add(self, block: Vector) -> None:
        """Further trajectories, (B, F), in a fixed division into blocks."""
        self.count += len(block)
        self.total += block.sum(axis=0)
        self.squares += block.T @ block if self.joint else (block * block).sum(axis=0)

    @property
    def mean(self) -> Vector:
        return self.total / max(self.count, 1)

    @property
    def spread(self) -> Vector:
        """Variances (F,), or covariances (F, F), of one trajectory; of fewer than two, zero."""
        if self.count < 2:
            return np.zeros_like(self.squares)
        mean = self.mean
        square = np.outer(mean, mean) if self.joint else mean * mean
        found = (self.squares - self.count * square) / (self.count - 1)
        return found if self.joint else np.maximum(found, 0.0)
