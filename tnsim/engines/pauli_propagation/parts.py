"""Questions as mean values of a few Hermitian operators, and answers as functions of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import QueryError
from tnsim.circuit import Circuit
from tnsim.engines.evolution.cone import cone_of
from tnsim.engines.evolution.questions import PauliTerms, needed_qubits, readouts
from tnsim.engines.evolution.rows import Rows, rows_of
from tnsim.queries import Expectation, PauliSum, Probabilities, ReducedDensityMatrix, Variance
from tnsim.queries.query import LeafQuery

from .packing import Packed, packed

__all__ = ["ANSWERED", "MOST_QUBITS", "Part", "part_of"]

ANSWERED = ("Expectation", "Variance", "Probabilities", "ReducedDensityMatrix")
MOST_QUBITS = 6
"""Qubits of a distribution or a density matrix at most: it takes as many strings as entries."""

_PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


@dataclass(frozen=True, eq=False)
class Part:
    """One question: what is walked back through which rows.

    The answer is sum_k weights[k] mean_k, or for a variance mean_0 - mean_1^2; `weights` has the
    shape (K, *answer's).
    """

    leaf: LeafQuery
    rows: Rows
    operators: tuple[Packed, ...]
    weights: NDArray[Any]
    form: Literal["linear", "variance"] = "linear"

    @property
    def words(self) -> int:
        return max(1, -(-self.rows.num_qubits // 64))

    def answer(self, means: NDArray[Any]) -> NDArray[Any]:
        """The answer from the operators' means (K,)."""
        if self.form == "variance":
            return np.asarray(means[0] - means[1] ** 2)
        return np.asarray(np.tensordot(means, self.weights, axes=(0, 0)))

    def spread(self, errors: NDArray[np.float64], means: NDArray[Any]) -> NDArray[np.float64]:
        """The most that the answer can be off where the means are off by at most `errors`."""
        if self.form == "variance":
            off = errors[0] + 2 * abs(means[1]) * errors[1] + errors[1] ** 2
            return np.asarray(off, dtype=np.float64)
        return np.asarray(np.tensordot(errors, np.abs(self.weights), axes=(0, 0)))

    def slope(self, means: NDArray[Any]) -> NDArray[Any]:
        """d answer / d mean, (K, *answer's)."""
        if self.form == "variance":
            return np.array([1.0, -2.0 * means[1]])
        return self.weights


def part_of(circuit: Circuit, leaf: LeafQuery) -> Part:
    """What must be walked to answer `leaf`; `QueryError` for what cannot be asked."""
    form: Literal["linear", "variance"] = "linear"
    match leaf:
        case Expectation(observable=observable):
            numbers = observable.coefficients
            columns = [c for c in (numbers.real, numbers.imag) if leaf.is_complex or c.any()]
            columns = columns or [numbers.real]
            given = [(observable, column) for column in columns]
            weights = np.array([1.0, 1j]) if leaf.is_complex else np.ones(1)
        case Variance(observable=observable):
            square = observable * observable
            given = [(square, square.coefficients.real), (observable, observable.coefficients.real)]
            weights, form = np.ones(2), "variance"
        case Probabilities(qubits=qubits):
            _check_size(leaf, qubits)
            given = [_string(qubits, [3 * b for b in bits]) for bits in _words(2, len(qubits))]
            signs = np.array([[1.0, 1.0], [1.0, -1.0]]) / 2
            weights = _power(signs, len(qubits))
        case ReducedDensityMatrix(qubits=qubits):
            _check_size(leaf, qubits)
            given = [_string(qubits, letters) for letters in _words(4, len(qubits))]
            weights = np.array([_dense(letters) for letters in _words(4, len(qubits))])
        case _:
            raise QueryError(
                f"method 'pauli_propagation' answers {', '.join(ANSWERED)}, but not "
                f"{type(leaf).__name__}; use method 'exact', 'mps' or 'mpdo'"
            )
    terms = tuple(term for operator, _ in given for term in _terms(operator))
    question = PauliTerms(terms, readout=not isinstance(leaf, ReducedDensityMatrix))
    maps = readouts(circuit, question)
    asked = needed_qubits(question, maps)
    cone = cone_of(circuit, asked)
    qubits_met = sorted({*np.unique(cone.columns.qubits).tolist(), *asked})
    place = {qubit: axis for axis, qubit in enumerate(qubits_met)}
    rows = rows_of(cone, place, "pauli", maps)
    operators = tuple(packed(operator, column, place) for operator, column in given)
    return Part(leaf, rows, operators, weights, form)


def _check_size(leaf: LeafQuery, qubits: Sequence[int]) -> None:
    if len(qubits) > MOST_QUBITS:
        raise QueryError(
            f"`qubits` of {type(leaf).__name__} must be at most {MOST_QUBITS} for method "
            f"'pauli_propagation', which walks a string for each entry (got {len(qubits)}); ask "
            "for fewer, or use method 'exact', 'mps' or 'mpdo'"
        )


def _words(letters: int, count: int) -> list[tuple[int, ...]]:
    return list(product(range(letters), repeat=count))


def _string(qubits: Sequence[int], letters: Sequence[int]) -> tuple[PauliSum, NDArray[np.float64]]:
    operator = PauliSum.from_arrays([list(qubits)], [list(letters)], [1.0])
    return operator, np.ones(1)


def _power(matrix: NDArray[Any], count: int) -> NDArray[Any]:
    result = np.ones((1, 1))
    for _ in range(count):
        result = np.kron(result, matrix)
    return result


def _dense(letters: Sequence[int]) -> NDArray[Any]:
    result = np.ones((1, 1), complex)
    for letter in letters:
        result = np.kron(result, _PAULIS[letter] / 2)
    return result


def _terms(operator: PauliSum) -> list[tuple[tuple[int, int], ...]]:
    pairs = list(zip(operator.qubits.tolist(), operator.letters.tolist(), strict=True))
    starts = operator.starts.tolist()
    return [tuple(pairs[a:b]) for a, b in pairwise(starts)]
