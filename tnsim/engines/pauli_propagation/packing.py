"""Sums of Pauli strings as packed bits and real coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tnsim.queries import PauliSum

__all__ = ["Packed", "packed"]


@dataclass(frozen=True, eq=False)
class Packed:
    """T strings on n axes: bits `keys` (T, 2W) with W = ceil(n / 64), coefficients `sizes` (T,)."""

    keys: NDArray[np.uint64]
    sizes: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def alike(self) -> float:
        """Of how many strings of equal size the sum is in effect, (sum |c|)^2 / sum c^2."""
        squares = float((self.sizes**2).sum())
        return float(np.abs(self.sizes).sum() ** 2 / squares) if squares else 1.0


def packed(
    operator: PauliSum, coefficients: NDArray[np.float64], place: Mapping[int, int]
) -> Packed:
    """The operator's strings with real coefficients (T,), qubit q being axis `place[q]`."""
    words = max(1, -(-len(place) // 64))
    keys = np.zeros((len(operator), 2 * words), np.uint64)
    axes = np.array([place[q] for q in operator.qubits.tolist()], np.int64)
    owners = np.repeat(np.arange(len(operator)), operator.weights)
    bits = np.uint64(1) << (axes % 64).astype(np.uint64)
    letters = operator.letters
    has_x, has_z = (letters == 1) | (letters == 2), letters >= 2
    np.bitwise_or.at(keys, (owners[has_x], axes[has_x] // 64), bits[has_x])
    np.bitwise_or.at(keys, (owners[has_z], words + axes[has_z] // 64), bits[has_z])
    return Packed(keys, coefficients)
