"""Queries as Pauli strings, and their answers from the strings' values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import QueryError
from tnsim.queries import (
    Expectation,
    PauliSum,
    Probabilities,
    ReducedDensityMatrix,
    Variance,
)
from tnsim.queries.query import LeafQuery

__all__ = ["MOST_QUBITS", "Term", "answer", "asked", "check_queries", "is_measured"]

Term = tuple[tuple[int, int], ...]
"""A Pauli string: (qubit, letter) pairs, qubits ascending, letters 1..3 for X, Y, Z."""

MOST_QUBITS = {Probabilities: 10, ReducedDensityMatrix: 5}
"""Qubits that may be asked at once: the answer takes 2^k or 4^k strings."""

_OTHERS = {
    "amplitudes": "'exact' or 'mps'",
    "samples": "'mps', 'mpdo' or 'trajectories'",
    "purity": "'exact' or 'mpdo'",
    "fidelity": "'exact', 'mps' or 'mpdo'",
}
_SIGMA = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def check_queries(leaves: Iterable[LeafQuery]) -> None:
    """Refuse what Pauli strings on a few qubits do not answer."""
    for leaf in leaves:
        if not isinstance(leaf, Expectation | Variance | Probabilities | ReducedDensityMatrix):
            others = _OTHERS.get(leaf.kind, "'exact'")
            raise QueryError(
                "method 'peps' must be asked for Expectation, Variance, Probabilities or "
                f"ReducedDensityMatrix (got {type(leaf).__name__}); use method={others}"
            )
        if isinstance(leaf, Probabilities | ReducedDensityMatrix):
            most = MOST_QUBITS[type(leaf)]
            if len(leaf.qubits) > most:
                raise QueryError(
                    f"`qubits` of a {type(leaf).__name__} must be at most {most} for method "
                    f"'peps' (got {len(leaf.qubits)}); ask for fewer, or use method='exact' or "
                    "'mps'"
                )


def is_measured(leaf: LeafQuery) -> bool:
    """Whether the circuit's readout error enters."""
    return not isinstance(leaf, ReducedDensityMatrix)


def asked(leaf: LeafQuery) -> list[Term]:
    """The strings that a query needs; () is the identity, whose value is 1."""
    match leaf:
        case Expectation(observable=operator):
            return _terms(operator)
        case Variance(observable=operator):
            return _terms(operator * operator) + _terms(operator)
        case Probabilities(qubits=qubits):
            return [_term(qubits, letters) for letters in product((0, 3), repeat=len(qubits))]
        case ReducedDensityMatrix(qubits=qubits):
            return [_term(qubits, letters) for letters in product(range(4), repeat=len(qubits))]
    raise NotImplementedError(type(leaf).__name__)


def answer(leaf: LeafQuery, values: Callable[[Term], float]) -> NDArray[Any]:
    """The query's value from those of its strings."""
    match leaf:
        case Expectation(observable=operator):
            total = _weighted(operator, values)
            return np.asarray(total if leaf.is_complex else total.real)
        case Variance(observable=operator):
            square = _weighted(operator * operator, values).real
            return np.asarray(square - _weighted(operator, values).real ** 2)
        case Probabilities(qubits=qubits):
            array = np.array([values(t) for t in asked(leaf)]).reshape((2,) * len(qubits))
            return _each_axis(array, np.array([[1.0, 1.0], [1.0, -1.0]]) / 2).reshape(-1)
        case ReducedDensityMatrix(qubits=qubits):
            k = len(qubits)
            array = np.array([values(t) for t in asked(leaf)]).reshape((4,) * k)
            pairs = _each_axis(array, _SIGMA.reshape(4, 4).T / 2).reshape((2,) * (2 * k))
            order = (*range(0, 2 * k, 2), *range(1, 2 * k, 2))
            return pairs.transpose(order).reshape(2**k, 2**k)
    raise NotImplementedError(type(leaf).__name__)


def _terms(operator: PauliSum) -> list[Term]:
    pairs = list(zip(operator.qubits.tolist(), operator.letters.tolist(), strict=True))
    return [tuple(pairs[a:b]) for a, b in pairwise(operator.starts.tolist())]


def _term(qubits: Iterable[int], letters: Iterable[int]) -> Term:
    return tuple(sorted((q, p) for q, p in zip(qubits, letters, strict=True) if p))


def _weighted(operator: PauliSum, values: Callable[[Term], float]) -> complex:
    numbers = [values(t) for t in _terms(operator)]
    return complex(np.dot(operator.coefficients, np.array(numbers)) if numbers else 0.0)


def _each_axis(array: NDArray[Any], table: NDArray[Any]) -> NDArray[Any]:
    """Every axis replaced by its product with `table` (new, old)."""
    for axis in range(array.ndim):
        array = np.moveaxis(np.tensordot(table, array, (1, axis)), 0, axis)
    return array


Values = Mapping[Term, float]
