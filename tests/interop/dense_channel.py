"""Dense truth for conversions: matrices and channels of small circuits, and reordered peers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.oracle import embed
from tests.oracle_circuits import circuit_steps
from tnsim.circuit import Circuit

Matrix = NDArray[Any]


def superoperator_of(circuit: Circuit, values: Mapping[str, float] | None = None) -> Matrix:
    """sum_k K (x) K^* of the whole circuit, vec row-major, from the oracle's steps."""
    n = circuit.num_qubits
    total = np.eye(4**n, dtype=complex)
    for kraus, qubits in circuit_steps(circuit, values or {}):
        large = [embed(k, qubits, n) for k in kraus]
        total = sum(np.kron(k, k.conj()) for k in large) @ total
    return total


def reversed_qubits(matrix: Matrix) -> Matrix:
    """An operator whose qubit 0 was the least significant with it the most significant."""
    n = len(matrix).bit_length() - 1
    axes = [*reversed(range(n)), *reversed(range(n, 2 * n))]
    return np.asarray(matrix).reshape((2,) * (2 * n)).transpose(axes).reshape(2**n, 2**n)


def assert_same_to_phase(one: Matrix, other: Matrix, atol: float = 1e-9) -> None:
    """Two unitaries differ by a factor of modulus 1 alone."""
    overlap = np.trace(one.conj().T @ other) / len(one)
    assert abs(abs(overlap) - 1) < atol
    np.testing.assert_allclose(one * overlap, other, atol=atol)
