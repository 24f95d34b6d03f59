"""Each kind of query as tasks, and how their outcomes make its answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol

import numpy as np
from autoray import do
from numpy.typing import NDArray

from tnsim.base.arrays import Array

from .planning import PlannedTask
from .reading import (
    density_matrix,
    expanded,
    live_positions,
    probabilities,
    real,
    weighted_sum,
)
from .running import Inputs, Outcome

__all__ = [
    "Answer",
    "DensityAnswer",
    "FidelityAnswer",
    "OverlapAnswer",
    "PauliAnswer",
    "ProbabilityAnswer",
    "PurityAnswer",
    "VarianceAnswer",
]

Run = Callable[[int, Inputs], Outcome]


class Answer(Protocol):
    """Makes one query's value; `run(i, inputs)` gives the outcome of the i-th task."""

    def value(self, run: Run, tasks: Sequence[PlannedTask], inputs: Inputs) -> Array: ...

    def working(self, tasks: Sequence[PlannedTask], real: int, full: int) -> int:
        """Bytes taken while reading off, for one parameter set, beside outcomes and answer.

        `real` and `full` are the bytes of a real and of a complex number.
        """


@dataclass(frozen=True)
class Reading:
    """Terms read off one task: flat positions in its question's answer, and coefficients."""

    task: int
    positions: NDArray[np.intp]
    weights: NDArray[Any]


@dataclass(frozen=True)
class PauliAnswer:
    """constant + sum over readings; real or complex as the coefficients are."""

    constant: complex
    readings: tuple[Reading, ...]

    def value(self, run: Run, tasks: Sequence[PlannedTask], inputs: Inputs) -> Array:
        total: Any = self.constant
        for reading in self.readings:
            lowered = tasks[reading.task].lowered
            positions = live_positions(reading.positions, lowered.live, lowered.shape)
            total = (
                weighted_sum(run(reading.task, inputs), positions, reading.weights, inputs) + total
            )
        return total

    def working(self, tasks: Sequence[PlannedTask], real: int, full: int) -> int:  # noqa: ARG002
        """The weights, spread over an outcome, and their product with it."""
        sizes = [prod(map(len, tasks[r.task].lowered.live)) for r in self.readings]
        return 3 * full * max(sizes, default=0)


@dataclass(frozen=True)
class VarianceAnswer:
    """<O^2> - <O>^2."""

    square: PauliAnswer
    mean: PauliAnswer

    def value(self, run: Run, tasks: Sequence[PlannedTask], inputs: Inputs) -> Array:
        mean = self.mean.value(run, tasks, inputs)
        return self.square.value(run, tasks, inputs) - mean * mean

    def working(self, tasks: Sequence[PlannedTask], real: int, full: int) -> int:
        """That of the larger sum."""
        return max(m.working(tasks, real, full) for m in (self.square, self.mean))


@dataclass(frozen=True)
class ProbabilityAnswer:
    """Probabilities from components over {I, Z}; `order[i]` is the axis of the i-th qubit."""

    task: int
    order: tuple[int, ...]

    def value(self, run: Run, tasks: Sequence[PlannedTask], inputs: Inputs) -> Array:
        outcome, lowered = run(self.task, inputs), tasks[self.task].lowered
        full = expanded(outcome, lowered.live, lowered.shape, inputs)
        offset = int(outcome.batched)
        axes = (*range(offset), *(offset + a for a in self.order))
        full = do("transpose", full, axes)
        return probabilities(full, len(self.order), outcome.batched)

    def working(self, tasks: Sequence[PlannedTask], real: int, full: int) -> int:  # noqa: ARG002
        """Three arrays of 2^k numbers: those before and after a factor, and two halves."""
        return 3 * real << len(self.order)


@dataclass(frozen=True)
class DensityAnswer:
    """A reduced density matrix from all its Pauli components."""

    task: int
    order: tuple[int, ...]

    def value(self, run: Run, tasks: Sequence[PlannedTask], inputs: Inputs) -> Array:
        outcome, lowered = run(self.task, inputs), tasks[self.task].lowered
        full = expanded(outcome, lowered.live, lowered.shape, inputs)
        return density_matrix(full, self.order, outcome.batched, inputs)

    def working(self, tasks: Sequence[PlannedTask], real: int, full: int) -> int:  # noqa: ARG002
        """Three matrices: the operand of a factor, its permuted copy, and r."""
        return 3 * full << 2 * len(self.order)


@dataclass(frozen=True)
class PurityAnswer:
    """Tr rho^2 = sum_P r_P^2 / 2^k from the components on k qubits."""

    task: int
    qubits: int

    def value(self, run: Run, tasks: Sequence[PlannedTask], inputs: Inputs) -> Array:  # noqa: ARG002
        outcome = run(self.task, inputs)
        array = real(outcome.array)
        batch = (array.shape[0],) if outcome.batched else ()
        flat = do("reshape", array, (*batch, -1))
        return do("sum", flat * flat, axis=-1) / 2.0**self.qubits

    def working(self, tasks: Sequence[PlannedTask], real: int, full: int) -> int:  # noqa: ARG002
        """The squares, and a copy of r."""
        return 2 * real << 2 * self.qubits


@dataclass(frozen=True)
class OverlapAnswer:
    """A real scalar task as it is."""

    task: int

    def value(self, run: Run, tasks: Sequence[PlannedTask], inputs: Inputs) -> Array:  # noqa: ARG002
        return real(run(self.task, inputs).array)

    def working(self, tasks: Sequence[PlannedTask], real: int, full: int) -> int:  # noqa: ARG002
        """Nothing."""
        return 0


@dataclass(frozen=True)
class FidelityAnswer:
    """|<phi|psi>|^2 of an inner product."""

    task: int

    def value(self, run: Run, tasks: Sequence[PlannedTask], inputs: Inputs) -> Array:  # noqa: ARG002
        array = run(self.task, inputs).array
        parts = do("real", array), do("imag", array)
        return parts[0] * parts[0] + parts[1] * parts[1]

    def working(self, tasks: Sequence[PlannedTask], real: int, full: int) -> int:  # noqa: ARG002
        """Nothing."""
        return 0
