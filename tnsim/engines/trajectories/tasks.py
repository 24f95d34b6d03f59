"""A part of the circuit and what is asked of it: prepared from structure, run on numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit import Circuit

from .layout import Layout, layout_of
from .moments import Moments
from .pieces import Piece, Range, Read
from .program import Program, program_bytes, program_of
from .random_numbers import FORK, key_of, uniform
from .steps import Steps, steps_of
from .walking import walk

__all__ = ["Task", "TaskRun", "fixed_bytes", "state_bytes", "task_of", "zero_state"]

_MOST_AXES = 2


@dataclass(frozen=True, eq=False)
class Task:
    """The circuit's instructions on `qubits`, which ascend, and the pieces that are read."""

    qubits: tuple[int, ...]
    steps: Steps
    layout: Layout
    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """2^n, the amplitudes of a state."""
        return 1 << len(self.qubits)

    @property
    def bit(self) -> dict[int, int]:
        """The bit of each qubit in a basis state's number: the first is the most significant."""
        return {q: len(self.qubits) - 1 - k for k, q in enumerate(self.qubits)}

    @property
    def block(self) -> int:
        """How many trajectories are one piece of work, by the structure alone."""
        return max(2, min(64, 1 << max(0, 26 - len(self.qubits))))


def task_of(
    circuit: Circuit, qubits: Sequence[int], pieces: Sequence[Piece], *, measurements: bool = False
) -> Task:
    """The task for a circuit that acts on `qubits` alone."""
    ordered = tuple(sorted(qubits))
    steps = steps_of(circuit, {q: k for k, q in enumerate(ordered)}, measurements=measurements)
    return Task(ordered, steps, layout_of(steps.rows, _MOST_AXES), tuple(pieces))


def zero_state(size: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """|0...0>, as a real array (2, size)."""
    state = np.zeros((2, size), dtype)
    state[0, 0] = 1.0
    return state


class TaskRun:
    """A task at parameter values: the trunk made, trajectories ready to be run."""

    def __init__(
        self,
        task: Task,
        values: Mapping[str, float],
        dtype: np.dtype[Any],
        seed: tuple[int, ...],
    ) -> None:
        self.task, self._dtype = task, dtype
        self.program: Program = program_of(task.steps, task.layout, values)
        self.key = key_of(*seed)
        self.choice = np.zeros(self.program.places, dtype=np.int64)
        self.mass = np.zeros(self.program.places)
        made = [piece.reader(task.bit, values) for piece in task.pieces]
        self._reads: list[Read] = [read for read, _ in made]
        self.spans: list[Range] = [span for _, span in made]
        state = zero_state(task.size, dtype)
        self._move(state, 0, self.program.blocks, self.mass)
        self.trunk = [read(state) for read in self._reads]
        self._summed = np.cumsum(self.mass)
        self.moments = [Moments(piece.size, piece.joint) for piece in task.pieces]

    @property
    def leaving(self) -> float:
        """The chance of leaving the trunk at all."""
        return min(1.0, float(self._summed[-1])) if len(self._summed) else 0.0

    def places_of(self, trajectories: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each of these trajectories leaves the trunk, given that it does."""
        drawn = np.array([uniform(self.key, FORK, t) for t in trajectories.tolist()])
        found = np.searchsorted(self._summed, drawn * self._summed[-1], side="right")
        return np.minimum(found, int(np.flatnonzero(self.mass)[-1]))

    def each(
        self,
        trajectories: NDArray[np.int64],
        spare: tuple[NDArray[Any], NDArray[Any]],
        use: Callable[[int, NDArray[Any]], None],
        stopped: threading.Event,
    ) -> bool:
        """Call use(k, state) with the final state of each trajectory, in some order.

        `spare` is the memory for two states. False if `stopped` was set before all were done.
        """
        trunk, state = spare
        trunk[:] = 0.0
        trunk[0, 0] = 1.0
        places = self.places_of(trajectories)
        at = 0
        for k in np.argsort(places, kind="stable").tolist():
            if stopped.is_set():
                return False
            place = int(places[k])
            block = int(self.program.place_block[place])
            self._move(trunk, at, block)
            at = block
            np.copyto(state, trunk)
            walk(
                state,
                self.program,
                block,
                self.program.blocks,
                self.choice,
                _NONE,
                place,
                self.key,
                int(trajectories[k]),
            )
            use(k, state)
        return True

    def read(
        self,
        trajectories: NDArray[np.int64],
        spare: tuple[NDArray[Any], NDArray[Any]],
        stopped: threading.Event,
    ) -> list[NDArray[np.float64]] | None:
        """By piece, (B, F): what the trajectories differ by from the trunk; None if stopped."""
        found = [np.empty((len(trajectories), piece.size)) for piece in self.task.pieces]

        def use(k: int, state: NDArray[Any]) -> None:
            for rows, read, trunk in zip(found, self._reads, self.trunk, strict=True):
                rows[k] = read(state) - trunk

        return found if self.each(trajectories, spare, use, stopped) else None

    def follow(self, state: NDArray[Any]) -> None:
        """Move |0...0>, in place, along the trunk to the end."""
        self._move(state, 0, self.program.blocks)

    def _move(
        self, state: NDArray[Any], begin: int, end: int, mass: NDArray[np.float64] | None = None
    ) -> None:
        walk(
            state,
            self.program,
            begin,
            end,
            self.choice,
            _NONE if mass is None else mass,
            self.program.places,
            self.key,
            0,
        )

    def spare(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The memory of two states, which one worker needs."""
        shape = (2, self.task.size)
        return np.empty(shape, self._dtype), np.empty(shape, self._dtype)


_NONE = np.zeros(0)


def state_bytes(task: Task, dtype: np.dtype[Any]) -> int:
    """Bytes of one state."""
    return 2 * task.size * dtype.itemsize


def fixed_bytes(task: Task) -> int:
    """Bytes of a task's program, whatever the state."""
    return program_bytes(task.steps, task.layout)
