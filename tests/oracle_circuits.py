"""What the dense oracle says about a tnsim circuit and a query.

A circuit is walked row by row; of each row only its name, qubits and parameter values are used,
with matrices from tests/oracle_gates.py and tests/oracle_channels.py. Where a circuit carries a
matrix or Kraus operators of its own, those are taken as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests import oracle
from tests.oracle_channels import channel_kraus
from tests.oracle_gates import gate_matrix
from tnsim.circuit import Circuit, Operation
from tnsim.noise import ReadoutError
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    LeafQuery,
    Probabilities,
    Purity,
    Query,
    ReducedDensityMatrix,
    Variance,
)

RESET = [np.array([[1, 0], [0, 0]]), np.array([[0, 1], [0, 0]])]
MEASURE = [np.diag([1, 0]), np.diag([0, 1])]


def circuit_steps(circuit: Circuit, params: Mapping[str, float]) -> list[oracle.Step]:
    """The circuit as oracle steps at these parameter values; barriers are left out."""
    columns, operations = circuit.columns, circuit.operations
    steps: list[oracle.Step] = []
    for row, code in enumerate(columns.opcode):
        operation = operations[code]
        if operation.kind == "barrier":
            continue
        end = columns.qubit_start[row + 1] - operation.num_bits
        qubits = columns.qubits[columns.qubit_start[row] : end]
        part = slice(columns.angle_start[row], columns.angle_start[row + 1])
        values = [
            angle if symbol < 0 else value_of(circuit.expressions[symbol], params)
            for angle, symbol in zip(columns.angles[part], columns.symbols[part], strict=True)
        ]
        steps.append((kraus_of(operation, values), qubits.tolist()))
    return steps


def value_of(expression: Any, params: Mapping[str, float]) -> float:
    """An affine expression's value."""
    terms = (coefficient * params[name] for name, coefficient in expression.terms.items())
    return float(expression.constant + sum(terms))


def kraus_of(operation: Operation, values: list[float]) -> list[NDArray[Any]]:
    """Kraus operators of one row; a unitary is its own only one."""
    if operation.kind == "reset":
        return RESET
    if operation.kind == "measure":
        return MEASURE
    if operation.kind == "channel":
        assert operation.channel is not None
        return channel_kraus(operation.channel, values)
    if operation.matrix is not None:
        return [operation.matrix]
    return [gate_matrix(operation.name, values)]


def final_state(circuit: Circuit, params: Mapping[str, float]) -> NDArray[Any]:
    """The density matrix at the end."""
    return oracle.density_matrix(circuit.num_qubits, circuit_steps(circuit, params))


def final_vector(circuit: Circuit, params: Mapping[str, float]) -> NDArray[Any]:
    """The state vector at the end of a pure circuit, global phase included."""
    steps = [s for s in circuit_steps(circuit, params) if s[0] is not MEASURE]
    phase = np.exp(1j * value_of(circuit.global_phase, params))
    vector: NDArray[Any] = phase * oracle.state_vector(circuit.num_qubits, steps)
    return vector


def answer(circuit: Circuit, query: Query, params: Mapping[str, float]) -> NDArray[Any]:
    """The answer to `query`, as the documentation of its class defines it."""
    leaves = query.leaves()
    values = {leaf: _leaf_answer(circuit, leaf, params) for leaf in leaves}
    return np.asarray(query.evaluate(values))


def _leaf_answer(circuit: Circuit, query: LeafQuery, params: Mapping[str, float]) -> Any:
    if isinstance(query, Amplitudes):
        return oracle.amplitudes(final_vector(circuit, params), query.bitstrings)
    rho = final_state(circuit, params)
    readout = [(a.qubits, confusion_of(a.error, params)) for a in circuit.readout]
    match query:
        case Expectation(observable=observable):
            value = oracle.measured(rho, dict(observable.items()), readout)
            return value if query.is_complex else value.real
        case Variance(observable=observable):
            square = oracle.measured(rho, dict((observable * observable).items()), readout)
            mean = oracle.measured(rho, dict(observable.items()), readout)
            return (square - mean**2).real
        case Probabilities(qubits=qubits):
            return oracle.probabilities(rho, qubits, readout)
        case ReducedDensityMatrix(qubits=qubits):
            return oracle.reduced(rho, qubits)
        case Purity(qubits=qubits):
            return oracle.purity(rho, qubits)
        case Fidelity(other=other):
            return oracle.fidelity(rho, final_vector(other, params))
    raise NotImplementedError(type(query).__name__)


def confusion_of(error: ReadoutError, params: Mapping[str, float]) -> NDArray[Any]:
    """C[read, true]: [[1 - p01, p10], [p01, 1 - p10]], or the matrix that was given."""
    if error.matrix is not None:
        return error.matrix
    p01, p10 = (value_of(strength, params) for strength in error.strengths)
    return np.array([[1 - p01, p10], [p01, 1 - p10]])
