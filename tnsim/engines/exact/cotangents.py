"""Answers backwards: from cotangents of an answer's value to cotangents of its tasks' outcomes.

The cotangent of v is the array c with dL = Re sum c * dv, without conjugation, L being real. All
of this is on the host: the arrays are of the size of answers, not of what is contracted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import to_numpy
from tnsim.engines.inputs import Inputs, Outcome

from .amplitudes import AmplitudesAnswer
from .answers import (
    Answer,
    DensityAnswer,
    FidelityAnswer,
    OverlapAnswer,
    PauliAnswer,
    ProbabilityAnswer,
    PurityAnswer,
    VarianceAnswer,
)
from .planning import Planned
from .reading import PAULIS, live_positions, probabilities

__all__ = ["is_linear", "outcome_cotangents"]

Numbers = NDArray[Any]
Run = Callable[[int, Inputs], Outcome]


def is_linear(answer: Answer) -> bool:
    """Whether the cotangents of the outcomes do not depend on the outcomes."""
    return not isinstance(answer, VarianceAnswer | PurityAnswer | FidelityAnswer)


def outcome_cotangents(
    answer: Answer, cotangent: Numbers, run: Run, tasks: Sequence[Planned], inputs: Inputs
) -> list[tuple[int, Numbers]]:
    """By task, the cotangent of its outcome; a task may come more than once.

    `cotangent` has shape (S, *value), S being the batch or 1 where all its members are the same;
    the results have shape (S, *outcome). For amplitudes whose bits run as a batch it is
    (S * B,), S being the batch in any case. `run` gives outcomes, where `is_linear` is False.
    """
    match answer:
        case PauliAnswer():
            return _pauli(answer, cotangent, tasks)
        case VarianceAnswer():
            mean = _host(answer.mean.value(run, tasks, inputs)).reshape(-1)
            return [
                *_pauli(answer.square, cotangent, tasks),
                *_pauli(answer.mean, -2 * mean * cotangent, tasks),
            ]
        case ProbabilityAnswer():
            return [(answer.task, _probabilities(answer, cotangent, tasks))]
        case DensityAnswer():
            return [(answer.task, _density(answer, cotangent, tasks))]
        case PurityAnswer():
            outcome = run(answer.task, inputs)
            components = _with_sets(outcome)
            factor = cotangent.real * 2.0 / 2.0**answer.qubits
            return [(answer.task, _times(factor, components.real))]
        case FidelityAnswer():
            inner = _with_sets(run(answer.task, inputs))
            return [(answer.task, 2 * cotangent.real * inner.conj())]
        case OverlapAnswer():
            return [(answer.task, cotangent.real)]
        case AmplitudesAnswer():
            if not answer.varying:
                return [(answer.task, cotangent.sum(axis=1))]
            sets = inputs.size if inputs.batch else 1
            return [(answer.task, np.broadcast_to(cotangent, (sets, len(answer.bits))).reshape(-1))]
    raise NotImplementedError(type(answer).__name__)


def _pauli(
    answer: PauliAnswer, cotangent: Numbers, tasks: Sequence[Planned]
) -> list[tuple[int, Numbers]]:
    """The whole sum at once: sum_t w_t at each term's place, times the value's cotangent."""
    found = []
    for reading in answer.readings:
        task = tasks[reading.task]
        positions = live_positions(reading.positions, task.live, task.shape)
        shape = tuple(map(len, task.live))
        dense = np.zeros(shape, dtype=reading.weights.dtype).reshape(-1)
        alive = positions >= 0
        np.add.at(dense, positions[alive], reading.weights[alive])
        # Components are real.
        found.append((reading.task, _times(cotangent, dense.reshape(shape)[None]).real))
    return found


def _probabilities(
    answer: ProbabilityAnswer, cotangent: Numbers, tasks: Sequence[Planned]
) -> Numbers:
    """The factors [[1, 1], [1, -1]] / 2 are their own transposes."""
    k = len(answer.order)
    back = probabilities(cotangent.real, k, batched=True).reshape(-1, *(2,) * k)
    return _live(_unordered(back, answer.order), answer.task, tasks)


def _density(answer: DensityAnswer, cotangent: Numbers, tasks: Sequence[Planned]) -> Numbers:
    """r_P' = Re sum_ij c_ij P_ij / 2^k, a qubit at a time."""
    k = len(answer.order)
    array = cotangent.reshape(-1, *(2,) * (2 * k))
    for qubit in range(k):
        # Axes before: sets, the components found, then row bits, then column bits of the rest.
        row, column = 1 + qubit, 1 + k
        array = np.tensordot(array, PAULIS / 2, axes=((row, column), (1, 2)))
        array = np.moveaxis(array, -1, 1 + qubit)
    return _live(_unordered(array.real, answer.order), answer.task, tasks)


def _unordered(array: Numbers, order: Sequence[int]) -> Numbers:
    """Axes from the query's order of qubits to the task's, behind the first one."""
    return array.transpose(0, *(1 + i for i in np.argsort(order)))


def _live(array: Numbers, task: int, tasks: Sequence[Planned]) -> Numbers:
    """Only the components that the task has."""
    for axis, kept in enumerate(tasks[task].live):
        array = array.take(kept, axis=axis + 1)
    return array


def _times(sets: Numbers, array: Numbers) -> Numbers:
    """The product of (S,) and (S', ...) over the first axis."""
    return sets.reshape(-1, *(1,) * (array.ndim - 1)) * array


def _with_sets(outcome: Outcome) -> Numbers:
    array = _host(outcome.array)
    return array if outcome.batched else array[None]


def _host(array: Any) -> Numbers:
    return to_numpy(array) if hasattr(array, "shape") else np.asarray(array)
