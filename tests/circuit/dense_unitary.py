"""The matrix of a small circuit from its instructions, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tests.oracle import embed
from tests.oracle_gates import gate_matrix
from tnsim.base.parameters import Affine
from tnsim.circuit import Circuit


def number(value: float | Affine, values: Mapping[str, float]) -> float:
    """An angle's value."""
    if isinstance(value, float):
        return value
    return value.constant + sum(c * values[name] for name, c in value.terms.items())


def unitary_of(
    circuit: Circuit, values: Mapping[str, float] | None = None
) -> NDArray[np.complex128]:
    """The matrix, global phase included; barriers are left out."""
    values = values or {}
    total = np.eye(1 << circuit.num_qubits, dtype=complex)
    for instruction in circuit:
        operation = instruction.operation
        if operation.kind == "barrier":
            continue
        assert operation.kind == "unitary"
        matrix = operation.matrix
        if matrix is None:
            matrix = gate_matrix(operation.name, [number(a, values) for a in instruction.angles])
        total = embed(matrix, instruction.qubits, circuit.num_qubits) @ total
    phase: complex = np.exp(1j * number(circuit.global_phase, values))
    return phase * total
