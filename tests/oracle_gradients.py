"""Dense derivatives of what tests/oracle_circuits.py answers, by tangents.

The state and its derivative by one parameter walk through the circuit together:
drho -> S drho + dS rho. A step's own dS is a difference of small matrices of high order, good to
1e-12; everything after it is linear algebra, and an answer is a polynomial of low degree in the
final state and in the readout errors, whose derivative such a difference gives exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests import oracle, oracle_circuits
from tests.oracle_circuits import confusion_of, value_of
from tnsim.circuit import Circuit
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    LeafQuery,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Variance,
)

Params = Mapping[str, float]
Matrix = NDArray[Any]

# f'(0) = sum_k w_k (f(k h) - f(-k h)) / h up to h^8 (Fornberg, Math. Comp. 51, 699 (1988)).
_WEIGHTS = (4 / 5, -1 / 5, 4 / 105, -1 / 280)


def slope(function: Callable[[float], Any], step: float) -> Any:
    """The derivative at 0 of a smooth function, its error of order step^8."""
    pairs = [
        w * (function(k * step) - function(-k * step)) for k, w in enumerate(_WEIGHTS, start=1)
    ]
    return sum(pairs) / step


def tangent(circuit: Circuit, query: LeafQuery, params: Params, name: str) -> Matrix:
    """d(answer)/d(name)."""
    if isinstance(query, Amplitudes):
        _, moved = vector_tangent(circuit, params, name)
        return oracle.amplitudes(moved, query.bitstrings)
    rho, change = state_tangent(circuit, params, name)

    def at(t: float) -> Any:
        shifted = {**params, name: params[name] + t}
        state = rho + t * change
        readout = [(a.qubits, confusion_of(a.error, shifted)) for a in circuit.readout]
        return answer_of(state, query, readout, params, name, t)

    return np.asarray(slope(at, 0.1))


def answer_of(
    rho: Matrix, query: LeafQuery, readout: Any, params: Params, name: str, t: float
) -> Any:
    """The answer of a state, a polynomial of degree at most 8 in t."""
    match query:
        case Expectation(observable=observable):
            value = oracle.measured(rho, dict(observable.items()), readout)
            return value if query.is_complex else value.real
        case Variance(observable=observable):
            square = oracle.measured(rho, dict((observable * observable).items()), readout)
            return (square - oracle.measured(rho, dict(observable.items()), readout) ** 2).real
        case Probabilities(qubits=qubits):
            return oracle.probabilities(rho, qubits, readout)
        case ReducedDensityMatrix(qubits=qubits):
            return oracle.reduced(rho, qubits)
        case Purity(qubits=qubits):
            return oracle.purity(rho, qubits)
        case Fidelity(other=other):
            psi, moved = vector_tangent(other, params, name)
            return oracle.fidelity(rho, psi + t * moved)
    raise NotImplementedError(type(query).__name__)


def state_tangent(circuit: Circuit, params: Params, name: str) -> tuple[Matrix, Matrix]:
    """The final density matrix and its derivative."""
    n = circuit.num_qubits
    state = oracle.ground_state(n).ravel()
    change = np.zeros_like(state)
    for make in steps(circuit, params, name):
        kraus, qubits = make(0.0)
        matrix = superoperator(kraus, qubits, n)
        change = matrix @ change
        if make.varies:

            def at(t: float, make: Any = make) -> Matrix:
                return superoperator(*make(t), n)

            change += slope(at, 0.005) @ state
        state = matrix @ state
    shape = (1 << n, 1 << n)
    return state.reshape(shape), change.reshape(shape)


def vector_tangent(circuit: Circuit, params: Params, name: str) -> tuple[Matrix, Matrix]:
    """The state vector of a pure circuit and its derivative, global phase included."""
    n = circuit.num_qubits
    state = np.zeros(1 << n, complex)
    state[0] = 1
    change = np.zeros_like(state)
    for make in steps(circuit, params, name):
        kraus, qubits = make(0.0)
        matrix = oracle.embed(kraus[0], qubits, n)
        change = matrix @ change
        if make.varies:

            def at(t: float, make: Any = make) -> Matrix:
                moved, where = make(t)
                return oracle.embed(moved[0], where, n)

            change += slope(at, 0.005) @ state
        state = matrix @ state
    phase = np.exp(1j * value_of(circuit.global_phase, params))
    turn = 1j * circuit.global_phase.terms.get(name, 0.0)
    return phase * state, phase * (change + turn * state)


class Step:
    """One row of a circuit as a function of the parameter's shift."""

    def __init__(self, operation: Any, qubits: list[int], angles: Any, params: Params, name: str):
        self._operation, self._qubits, self._angles = operation, qubits, angles
        self._params, self._name = params, name
        self.varies = any(not isinstance(a, float) and name in a.names for a in angles)

    def __call__(self, t: float) -> oracle.Step:
        if self._name in self._params:
            shifted = {**self._params, self._name: self._params[self._name] + t}
        else:
            shifted = dict(self._params)
        values = [a if isinstance(a, float) else value_of(a, shifted) for a in self._angles]
        return oracle_circuits.kraus_of(self._operation, values), self._qubits


def steps(circuit: Circuit, params: Params, name: str) -> list[Step]:
    """The rows that change the state."""
    columns, operations = circuit.columns, circuit.operations
    found = []
    for row, code in enumerate(columns.opcode):
        if operations[code].kind in ("barrier", "measure"):
            continue
        qubits = columns.qubits[columns.qubit_start[row] : columns.qubit_start[row + 1]]
        part = slice(columns.angle_start[row], columns.angle_start[row + 1])
        angles = [
            float(angle) if symbol < 0 else circuit.expressions[symbol]
            for angle, symbol in zip(columns.angles[part], columns.symbols[part], strict=True)
        ]
        found.append(Step(operations[code], qubits.tolist(), angles, params, name))
    return found


def superoperator(kraus: Any, qubits: Any, num_qubits: int) -> Matrix:
    """vec(rho) -> vec(sum_k K rho K^dagger), row by row."""
    large = [oracle.embed(matrix, qubits, num_qubits) for matrix in kraus]
    return sum(np.kron(k, k.conj()) for k in large)  # type: ignore[return-value]
