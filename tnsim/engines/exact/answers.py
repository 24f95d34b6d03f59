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
from tnsim.engines.inputs import Inputs, Outcome

from .planning import Planned
from .reading import (
    density_matrix,
    expanded,
    live_positions,
    probabilities,
    real,
    weighted_sum,
)

__all__ = [
    "Answer",
    "Demand",
    "DensityAnswer",
    "FidelityAnswer",
    "OverlapAnswer",
    "PauliAnswer",
    "ProbabilityAnswer",
    "PurityAnswer",
    "VarianceAnswer",
]

Run = Callable[[int, Inputs], Outcome]


@dataclass(frozen=True)
class Demand:
    """The outcome of a task at `size` parameter sets that differ in the names `batch`.

    `inputs` is how many numbers an answer makes for it beside those that the caller gave.
    """

    task: int
    batch: frozenset[str]
    size: int
    inputs: int = 0

    def is_for(self, task: int, batch: frozenset[str], size: int) -> bool:
        """Whether it is this task at so many sets."""
        return (self.task, self.batch, self.size) == (task, batch, size)


class Answer(Protocol):
    """Makes one query's value; `run(i, inputs)` gives the outcome of the i-th task.

    `demands` are the outcomes that it will ask for, and `reading` bounds the numbers (of the
    real dtype) alive beside them while they are read, the value included.
    """

    def value(self, run: Run, tasks: Sequence[Planned], inputs: Inputs) -> Array: ...
    def demands(self, batch: frozenset[str], size: int) -> tuple[Demand, ...]: ...
    def reading(self, tasks: Sequence[Planned], size: int) -> int: ...


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

    def value(self, run: Run, tasks: Sequence[Planned], inputs: Inputs) -> Array:
        total: Any = self.constant
        for reading in self.readings:
            task = tasks[reading.task]
            positions = live_positions(reading.positions, task.live, task.shape)
            total = (
                weighted_sum(run(reading.task, inputs), positions, reading.weights, inputs) + total
            )
        return total

    def demands(self, batch: frozenset[str], size: int) -> tuple[Demand, ...]:
        return tuple(Demand(reading.task, batch, size) for reading in self.readings)

    def reading(self, tasks: Sequence[Planned], size: int) -> int:
        # The weights of all numbers, converted once, and complex numbers where they are complex.
        return 2 * size + max((self._copies(r, tasks, size) for r in self.readings), default=0)

    def _copies(self, reading: Reading, tasks: Sequence[Planned], size: int) -> int:
        numbers, terms = _live(tasks[reading.task]), len(reading.positions)
        copies = 4 + 3 * size if np.iscomplexobj(reading.weights) else 2 + size
        return copies * numbers + 4 * size + 16 * terms


@dataclass(frozen=True)
class VarianceAnswer:
    """<O^2> - <O>^2."""

    square: PauliAnswer
    mean: PauliAnswer

    def value(self, run: Run, tasks: Sequence[Planned], inputs: Inputs) -> Array:
        mean = self.mean.value(run, tasks, inputs)
        return self.square.value(run, tasks, inputs) - mean * mean

    def demands(self, batch: frozenset[str], size: int) -> tuple[Demand, ...]:
        return self.mean.demands(batch, size) + self.square.demands(batch, size)

    def reading(self, tasks: Sequence[Planned], size: int) -> int:
        parts = self.mean.reading(tasks, size), self.square.reading(tasks, size)
        return 2 * size + max(parts)


@dataclass(frozen=True)
class ProbabilityAnswer:
    """Probabilities from components over {I, Z}; `order[i]` is the axis of the i-th qubit."""

    task: int
    order: tuple[int, ...]

    def value(self, run: Run, tasks: Sequence[Planned], inputs: Inputs) -> Array:
        outcome, task = run(self.task, inputs), tasks[self.task]
        full = expanded(outcome, task.live, task.shape, inputs)
        offset = int(outcome.batched)
        axes = (*range(offset), *(offset + a for a in self.order))
        full = do("transpose", full, axes)
        return probabilities(full, len(self.order), outcome.batched)

    def demands(self, batch: frozenset[str], size: int) -> tuple[Demand, ...]:
        return (Demand(self.task, batch, size),)

    def reading(self, tasks: Sequence[Planned], size: int) -> int:  # noqa: ARG002
        # An axis at a time: before, permuted, after.
        return 3 * size << len(self.order)


@dataclass(frozen=True)
class DensityAnswer:
    """A reduced density matrix from all its Pauli components."""

    task: int
    order: tuple[int, ...]

    def value(self, run: Run, tasks: Sequence[Planned], inputs: Inputs) -> Array:
        outcome, task = run(self.task, inputs), tasks[self.task]
        full = expanded(outcome, task.live, task.shape, inputs)
        return density_matrix(full, self.order, outcome.batched, inputs)

    def demands(self, batch: frozenset[str], size: int) -> tuple[Demand, ...]:
        return (Demand(self.task, batch, size),)

    def reading(self, tasks: Sequence[Planned], size: int) -> int:  # noqa: ARG002
        # Complex; an axis at a time: before, permuted, after.
        return 6 * size << 2 * len(self.order)


@dataclass(frozen=True)
class PurityAnswer:
    """Tr rho^2 = sum_P r_P^2 / 2^k from the components on k qubits."""

    task: int
    qubits: int

    def value(self, run: Run, tasks: Sequence[Planned], inputs: Inputs) -> Array:  # noqa: ARG002
        outcome = run(self.task, inputs)
        array = real(outcome.array)
        batch = (array.shape[0],) if outcome.batched else ()
        flat = do("reshape", array, (*batch, -1))
        return do("sum", flat * flat, axis=-1) / 2.0**self.qubits

    def demands(self, batch: frozenset[str], size: int) -> tuple[Demand, ...]:
        return (Demand(self.task, batch, size),)

    def reading(self, tasks: Sequence[Planned], size: int) -> int:
        return (_live(tasks[self.task]) + 2) * size


@dataclass(frozen=True)
class OverlapAnswer:
    """A real scalar task as it is."""

    task: int

    def value(self, run: Run, tasks: Sequence[Planned], inputs: Inputs) -> Array:  # noqa: ARG002
        return real(run(self.task, inputs).array)

    def demands(self, batch: frozenset[str], size: int) -> tuple[Demand, ...]:
        return (Demand(self.task, batch, size),)

    def reading(self, tasks: Sequence[Planned], size: int) -> int:  # noqa: ARG002
        return size


@dataclass(frozen=True)
class FidelityAnswer:
    """|<phi|psi>|^2 of an inner product."""

    task: int

    def value(self, run: Run, tasks: Sequence[Planned], inputs: Inputs) -> Array:  # noqa: ARG002
        array = run(self.task, inputs).array
        parts = do("real", array), do("imag", array)
        return parts[0] * parts[0] + parts[1] * parts[1]

    def demands(self, batch: frozenset[str], size: int) -> tuple[Demand, ...]:
        return (Demand(self.task, batch, size),)

    def reading(self, tasks: Sequence[Planned], size: int) -> int:  # noqa: ARG002
        return 5 * size


def _live(planned: Planned) -> int:
    """How many numbers the outcome has for one parameter set."""
    return prod(map(len, planned.live))
