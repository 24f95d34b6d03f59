"""Pure states as all their amplitudes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .observing import chosen, norm
from .pieces import FidelityPiece, Read
from .program import program_bytes, program_of
from .random_numbers import OUTCOME, uniform
from .tasks import Task
from .walking import walk

__all__ = ["VectorStates", "final_state", "kept_bytes", "worker_bytes", "zero_state"]

Vector = NDArray[np.float64]


def zero_state(size: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """|0...0>, as a real array (2, size)."""
    state = np.zeros((2, size), dtype)
    state[0, 0] = 1.0
    return state


class VectorStates:
    """States (2, 2^n) of real numbers, moved in place by the kernels."""

    def __init__(self, task: Task, values: Mapping[str, float], dtype: np.dtype[Any]) -> None:
        self._shape, self._dtype = (2, task.size), dtype
        self._bits = np.array([task.bit[q] for q in task.qubits], dtype=np.int64)
        self._reads: list[Read] = [piece.reader(task.bit, values) for piece in task.pieces]

        self.block = block_of(task)

    walk = staticmethod(walk)

    def memory(self) -> tuple[NDArray[Any], NDArray[Any]]:
        return np.empty(self._shape, self._dtype), np.empty(self._shape, self._dtype)

    def begin(self, memory: tuple[NDArray[Any], NDArray[Any]]) -> NDArray[Any]:
        trunk, _ = memory
        trunk[:] = 0.0
        trunk[0, 0] = 1.0
        return trunk

    def fork(self, trunk: NDArray[Any], memory: tuple[NDArray[Any], NDArray[Any]]) -> NDArray[Any]:
        _, state = memory
        np.copyto(state, trunk)
        return state

    def read(self, state: NDArray[Any]) -> list[Vector]:
        return [read(state) for read in self._reads]

    def shots(
        self, state: NDArray[Any], key: int, trajectories: NDArray[np.int64]
    ) -> NDArray[np.uint8]:
        """By where the summed probability passes a number drawn for each, in one pass."""
        drawn = np.array([uniform(key, OUTCOME, t) for t in trajectories.tolist()])
        order = np.argsort(drawn, kind="stable")
        picked = np.empty(len(order), dtype=np.int64)
        chosen(state, drawn[order] * norm(state), picked)
        found = np.empty_like(picked)
        found[order] = picked
        return ((found[:, None] >> self._bits) & 1).astype(np.uint8)


def block_of(task: Task) -> int:
    """Enough trajectories to share a trunk, few enough to be kept and to be stopped between."""
    numbers = max(1, sum(piece.size for piece in task.pieces))
    return max(2, min(64, (1 << 26) // task.size, (1 << 20) // numbers))


def final_state(task: Task, dtype: np.dtype[Any], values: Mapping[str, float]) -> NDArray[Any]:
    """The final state of a pure task."""
    program = program_of(task.steps, task.layout, values)
    state = zero_state(task.size, dtype)
    none = np.zeros(0)
    walk(state, program, 0, program.blocks, np.zeros(0, dtype=np.int64), none, 0, 0, 0)
    return state


def worker_bytes(task: Task, dtype: np.dtype[Any]) -> int:
    """What one worker takes: trunk and trajectory, the transform of strings, two blocks."""
    numbers = sum(piece.size for piece in task.pieces)
    return (
        2 * task.size * (2 * dtype.itemsize)
        + 8 * task.size
        + 8 * numbers * (2 * block_of(task) + 6)
    )


def kept_bytes(task: Task, dtype: np.dtype[Any]) -> int:
    """What a task keeps from its beginning to the end of all: program, other states, sums."""
    numbers = sum(piece.size for piece in task.pieces)
    joint = sum(piece.size**2 for piece in task.pieces if piece.joint)
    states = sum(isinstance(piece, FidelityPiece) for piece in task.pieces)
    program = program_bytes(task.steps, task.layout)
    return program + states * 2 * task.size * dtype.itemsize + 8 * (24 * numbers + 4 * joint)
