"""A part of the circuit and what is asked of it: prepared from structure, run on numbers."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import QueryError
from tnsim.circuit import Circuit

from .layout import Layout, layout_of, swept
from .moments import Moments
from .pieces import Piece, Range
from .program import Program, program_of
from .random_numbers import FORK, key_of, uniform
from .steps import Steps, steps_of

__all__ = ["States", "Task", "TaskRun", "Time", "task_of"]

_MOST_AXES = 2
_BREATH = 0.05
# Seconds after which the clock is looked at.


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


@dataclass(frozen=True)
class Time:
    """How long a run may take: until `deadline` on the monotonic clock, of `given` seconds.

    `trajectory` is about how many seconds one trajectory takes.
    """

    given: float = math.inf
    deadline: float = math.inf
    trajectory: float = 0.0

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.deadline


class TaskRun:
    """A task at parameter values: the trunk made, trajectories ready to be run.

    `QueryError` where `allowed` ends before the trunk is made.
    """

    def __init__(
        self,
        task: Task,
        values: Mapping[str, float],
        states: States,
        seed: tuple[int, ...],
        allowed: Time = Time(),
    ) -> None:
        self.task, self.states, self.allowed = task, states, allowed
        self.program: Program = program_of(task.steps, task.layout, values)
        blocks = self.program.blocks
        share = _BREATH / allowed.trajectory if allowed.trajectory else 1.0
        # Blocks that are walked before the clock is looked at.
        self._stride = max(1, blocks if allowed.given == math.inf else int(share * blocks))
        self.key = key_of(*seed)
        self.choice = np.zeros(self.program.places, dtype=np.int64)
        self.mass = np.zeros(self.program.places)
        self.spans: list[Range] = [piece.span(values) for piece in task.pieces]
        state = states.begin(states.memory())
        self._make_trunk(state)
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
        self._move(state, 0, self.program.blocks, _NONE, self.program.places, 0)
        return state

    def each(
        self,
        trajectories: NDArray[np.int64],
        memory: Any,
        use: Callable[[int, Any], None],
        stopped: threading.Event,
        *,
        timed: bool = True,
    ) -> bool:
        """Call use(k, state) with the final state of each trajectory, in some order.

        `memory` is `states.memory()`, of this thread alone. False if `stopped` was set, or time
        was over (of a `timed` call), before all were done.
        """

        def over() -> bool:
            return stopped.is_set() or (timed and self.allowed.is_over)

        trunk = self.states.begin(memory)
        places = self.places_of(trajectories)
        at = 0
        for k in np.argsort(places, kind="stable").tolist():
            if over():
                return False
            place = int(places[k])
            block = int(self.program.place_block[place])
            if not self._walked(trunk, at, block, self.program.places, 0, over):
                return False
            at = block
            state = self.states.fork(trunk, memory)
            trajectory = int(trajectories[k])
            if not self._walked(state, block, self.program.blocks, place, trajectory, over):
                return False
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

    def _make_trunk(self, state: Any) -> None:
        """Move a state along the likeliest branches, and note the chances of leaving them."""
        blocks, places = self.program.blocks, self.program.place_block
        stayed = 1.0
        for begin in range(0, max(blocks, 1), self._stride):
            if begin and self.allowed.is_over:
                raise QueryError(
                    "`seconds` must be enough for one trajectory, but after "
                    f"{self.allowed.given:g} s {begin} of its {blocks} steps were done; give more, "
                    "or use a smaller max_bond or another method"
                )
            end = min(begin + self._stride, blocks)
            self._move(state, begin, end, self.mass, self.program.places, 0)
            here = slice(*np.searchsorted(places, (begin, end)))
            self.mass[here] *= stayed
            stayed -= float(self.mass[here].sum())

    def _walked(
        self,
        state: Any,
        begin: int,
        end: int,
        first: int,
        trajectory: int,
        over: Callable[[], bool],
    ) -> bool:
        """Move a state along a trajectory; False where it was over before."""
        for at in range(begin, end, self._stride):
            if at > begin and over():
                return False
            self._move(state, at, min(at + self._stride, end), _NONE, first, trajectory)
        return True

    def _move(
        self,
        state: Any,
        begin: int,
        end: int,
        mass: NDArray[np.float64],
        first: int,
        trajectory: int,
    ) -> None:
        self.states.walk(
            state, self.program, begin, end, self.choice, mass, first, self.key, trajectory
        )


_NONE = np.zeros(0)
