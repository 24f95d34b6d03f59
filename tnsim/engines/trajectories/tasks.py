"""A part of the circuit and what is asked of it: prepared from structure, run on numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit import Circuit

from .layout import Layout, layout_of, swept
from .moments import Moments
from .pieces import Piece, Range
from .program import Program, program_of
from .random_numbers import FORK, key_of, uniform
from .steps import Steps, steps_of

__all__ = ["States", "Task", "TaskRun", "task_of"]

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


def task_of(
    circuit: Circuit, qubits: Sequence[int], pieces: Sequence[Piece], *, measurements: bool = False
) -> Task:
    """The task for a circuit that acts on `qubits` alone."""
    ordered = tuple(sorted(qubits))
    steps = steps_of(circuit, {q: k for k, q in enumerate(ordered)}, measurements=measurements)
    return Task(ordered, steps, swept(layout_of(steps.rows, _MOST_AXES)), tuple(pieces))


class States(Protocol):
    """How pure states are held, moved and read; see `vector_states` and `line_states`.

    `block` is how many trajectories are one piece of work, by the structure alone. `memory` is
    what one thread needs for a trunk and a trajectory. `walk` is as the kernel of
    `walking`. `shots` draws bits (len(trajectories), qubits of the task) from one state.
    """

    @property
    def block(self) -> int: ...
    def memory(self) -> Any: ...
    def begin(self, memory: Any) -> Any: ...
    def fork(self, trunk: Any, memory: Any) -> Any: ...
    def walk(
        self,
        state: Any,
        program: Program,
        begin: int,
        end: int,
        choice: NDArray[np.int64],
        mass: NDArray[np.float64],
        first: int,
        key: int,
        trajectory: int,
    ) -> None: ...
    def read(self, state: Any) -> list[NDArray[np.float64]]: ...
    def shots(self, state: Any, key: int, trajectories: NDArray[np.int64]) -> NDArray[np.uint8]: ...


class TaskRun:
    """A task at parameter values: the trunk made, trajectories ready to be run."""

    def __init__(
        self, task: Task, values: Mapping[str, float], states: States, seed: tuple[int, ...]
    ) -> None:
        self.task, self.states = task, states
        self.program: Program = program_of(task.steps, task.layout, values)
        self.key = key_of(*seed)
        self.choice = np.zeros(self.program.places, dtype=np.int64)
        self.mass = np.zeros(self.program.places)
        self.spans: list[Range] = [piece.span(values) for piece in task.pieces]
        state = states.begin(states.memory())
        self._move(state, 0, self.program.blocks, self.mass)
        self.trunk = states.read(state)
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
        last = int(np.flatnonzero(self.mass)[-1])
        return np.asarray(np.minimum(found, last), dtype=np.int64)

    def trunk_state(self, memory: Any) -> Any:
        """The trunk's final state."""
        state = self.states.begin(memory)
        self._move(state, 0, self.program.blocks)
        return state

    def each(
        self,
        trajectories: NDArray[np.int64],
        memory: Any,
        use: Callable[[int, Any], None],
        stopped: threading.Event,
    ) -> bool:
        """Call use(k, state) with the final state of each trajectory, in some order.

        `memory` is `states.memory()`, of this thread alone. False if `stopped` was set before all
        were done.
        """
        trunk = self.states.begin(memory)
        places = self.places_of(trajectories)
        at = 0
        for k in np.argsort(places, kind="stable").tolist():
            if stopped.is_set():
                return False
            place = int(places[k])
            block = int(self.program.place_block[place])
            self._move(trunk, at, block)
            at = block
            state = self.states.fork(trunk, memory)
            self.states.walk(
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
        self, trajectories: NDArray[np.int64], memory: Any, stopped: threading.Event
    ) -> list[NDArray[np.float64]] | None:
        """By piece, (B, F): what the trajectories differ by from the trunk; None if stopped."""
        found = [np.empty((len(trajectories), piece.size)) for piece in self.task.pieces]

        def use(k: int, state: Any) -> None:
            values = self.states.read(state)
            for rows, value, trunk in zip(found, values, self.trunk, strict=True):
                rows[k] = value - trunk

        return found if self.each(trajectories, memory, use, stopped) else None

    def _move(
        self, state: Any, begin: int, end: int, mass: NDArray[np.float64] | None = None
    ) -> None:
        self.states.walk(
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


_NONE = np.zeros(0)
