"""The two ends of an evolution on Pauli components: the first state, and what is read of the last.

Component P of a state is r_P = Tr(P rho), and the state's array holds them with one axis of
length 4 (I, X, Y, Z) for each qubit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PauliEnds"]

Array = NDArray[Any]


class PauliEnds:
    """The start |0..0><0..0| on n qubits, and the components `index` at the end."""

    weight = 1.0
    """The derivative of the answer by y.x, where y is the costate and x the state."""

    def __init__(self, num_qubits: int, index: NDArray[np.int64]) -> None:
        self._num_qubits = num_qubits
        self._index = index

    @property
    def elements(self) -> int:
        """Numbers of 8 bytes that start, answer and cotangent take beside the states."""
        return 2 * 2**self._num_qubits + 6 * self._index.size

    def start(self) -> NDArray[np.int64]:
        """Where the first state is 1: r_P = 1 for all P of I and Z, else 0."""
        places = np.zeros(1, dtype=np.int64)
        for axis in range(self._num_qubits):
            places = np.concatenate([places, places + 3 * 4**axis])
        return places

    def read(self, state: Array) -> Array:
        """The asked components, in the shape of the question."""
        return np.asarray(state[self._index])

    def seed(self, cotangent: Array, state: Array) -> Array:
        """The observable whose value is sum(cotangent * answer)."""
        costate = np.zeros(len(state), state.dtype)
        np.add.at(costate, self._index.reshape(-1), cotangent.reshape(-1))
        return costate
