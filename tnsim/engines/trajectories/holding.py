"""What holds the pure states of a plan, with the bytes and seconds that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import numpy as np

from tnsim.engines.mps.decompositions import Truncation

from .line_states import LineStates, line_bytes
from .options import Trajectories
from .pieces import AmplitudePiece, FidelityPiece, unread
from .preparing import Plan
from .program import program_bytes
from .tasks import States, Task
from .vector_states import VectorStates, kept_bytes, worker_bytes

__all__ = ["REAL", "Holding", "Lines", "Vectors", "lines_for"]

REAL: Mapping[str, np.dtype[np.floating]] = {
    "complex128": np.dtype(np.float64),
    "complex64": np.dtype(np.float32),
}
"""The real dtype of each complex one."""

_RATE = 2.5e8
# Amplitudes that one core moves through a block of two qubits in a second.
_SPARE = 8 << 20
# What threads and small arrays take.
_SHOT = 160
# Bytes of random numbers, places and results for one shot.
_BOND, _MOST_BOND, _LEAST_BOND, _GROWN_BOND = 64, 4096, 4, 256
_CUTOFF = 1e-12


class Holding(Protocol):
    """How states are held: `name` for the evidence, `states` for a task at parameter values.

    `coarse` states are those by whose difference the error of truncation is estimated; there are
    none, and None is given, where nothing is truncated. `bytes` are all that a plan takes at once.
    """

    @property
    def name(self) -> str: ...
    def states(
        self, task: Task, values: Mapping[str, float], *, coarse: bool = False
    ) -> States | None: ...
    def bytes(self, plan: Plan, workers: int) -> int: ...
    def grown(self) -> Holding | None: ...
    def seconds(self, task: Task) -> float: ...


@dataclass(frozen=True)
class Vectors:
    """All amplitudes."""

    dtype: str
    name: ClassVar[str] = "vector"

    def states(
        self, task: Task, values: Mapping[str, float], *, coarse: bool = False
    ) -> States | None:
        return None if coarse else VectorStates(task, values, REAL[self.dtype])

    def grown(self) -> None:
        """Nothing is truncated."""

    def bytes(self, plan: Plan, workers: int) -> int:
        real = REAL[self.dtype]
        kept = sum(kept_bytes(task, real) for task in plan.tasks)
        moving = max((worker_bytes(task, real) for task in plan.tasks), default=0)
        shots = [
            _shot_bytes(plan, number) + kept_bytes(task, real) + workers * worker_bytes(task, real)
            for number, (_, task) in enumerate(plan.samples)
        ]
        return max(kept + workers * moving, *shots, 0) + _SPARE

    def seconds(self, task: Task) -> float:
        """Of one trajectory."""
        return task.size * len(task.layout) / _RATE


@dataclass(frozen=True)
class Lines:
    """Lines of tensors of at most `max_bond`, discarding `cutoff` of the weight at each update.

    Where truncation alone keeps an error from its target, the bond may grow up to `most_bond`.
    """

    dtype: str
    max_bond: int
    cutoff: float
    most_bond: int = 0
    name: ClassVar[str] = "mps"

    def grown(self) -> Lines | None:
        """Lines of twice the bond, where that may grow so far."""
        if 2 * self.max_bond > self.most_bond:
            return None
        return replace(self, max_bond=2 * self.max_bond)

    def states(
        self, task: Task, values: Mapping[str, float], *, coarse: bool = False
    ) -> States | None:
        truncation = Truncation(self.max_bond, self.cutoff)
        if coarse:
            truncation = Truncation(max(self.max_bond // 2, 1), 100.0 * self.cutoff)
        return LineStates(task, values, self.dtype, truncation)

    def bytes(self, plan: Plan, workers: int) -> int:
        size = np.dtype(self.dtype).itemsize
        # Two programs: one for the coarse states.
        kept = 2 * sum(program_bytes(task.steps, task.layout) for task in plan.tasks)
        moving = max((line_bytes(task, self.max_bond, size) for task in plan.tasks), default=0)
        shots = [
            _shot_bytes(plan, number)
            + program_bytes(task.steps, task.layout)
            + workers * line_bytes(task, self.max_bond, size)
            for number, (_, task) in enumerate(plan.samples)
        ]
        return max(kept + workers * moving, *shots, 0) + _SPARE

    def seconds(self, task: Task) -> float:
        """Of one trajectory."""
        bond = min(self.max_bond, 2 ** min(len(task.qubits) // 2, 60))
        return len(task.layout) * (2e-4 + 8e-9 * float(bond) ** 3)


def lines_for(plan: Plan, options: Trajectories, dtype: str, budget: int) -> Lines:
    """Lines of the bond that was given, or of as much as one worker may have.

    `QueryError` for what is not read from lines.
    """
    for task in plan.tasks:
        for piece in task.pieces:
            if isinstance(piece, FidelityPiece | AmplitudePiece):
                raise unread(piece.leaf)
    if options.max_bond is not None:
        return Lines(dtype, options.max_bond, 0.0)
    cutoff = _CUTOFF if options.cutoff is None else options.cutoff
    bond = _BOND if options.cutoff is None else _MOST_BOND
    while bond > _LEAST_BOND and Lines(dtype, bond, cutoff).bytes(plan, 1) > budget:
        bond //= 2
    most = bond
    if options.cutoff is None and options.wanted_error is not None:
        while 2 * most <= _GROWN_BOND and Lines(dtype, 2 * most, cutoff).bytes(plan, 1) <= budget:
            most *= 2
    return Lines(dtype, bond, cutoff, most)


def _shot_bytes(plan: Plan, number: int) -> int:
    query, task = plan.samples[number]
    return query.shots * (3 * len(task.qubits) + _SHOT)
