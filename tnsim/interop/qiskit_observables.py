"""Observables of Qiskit as Pauli sums, and back, column by column."""

from __future__ import annotations

from typing import Any

import numpy as np

from tnsim.base.errors import QueryError
from tnsim.queries import PauliSum

from .packages import library

__all__ = ["from_sparse_pauli_op", "to_sparse_pauli_op"]

# From (z, x) as 2 z + x to our letters I, X, Y, Z = 0, 1, 2, 3.
_LETTER = np.array([0, 1, 3, 2], dtype=np.uint8)


def from_sparse_pauli_op(operator: Any) -> PauliSum:
    """The Pauli sum of a Qiskit `SparsePauliOp` (or `Pauli`, `PauliList`) with numbers.

    Qubit k stays qubit k; in Qiskit's labels it is the k-th character from the right.

    >>> from qiskit.quantum_info import SparsePauliOp
    >>> from_sparse_pauli_op(SparsePauliOp(["IXZ"], [0.5]))
    PauliSum({'Z0 X1': 0.5})
    """
    info = library("qiskit.quantum_info")
    try:
        read = (
            operator if isinstance(operator, info.SparsePauliOp) else info.SparsePauliOp(operator)
        )
        coefficients = np.asarray(read.coeffs, dtype=complex)
    except (TypeError, ValueError, library("qiskit.exceptions").QiskitError) as error:
        raise QueryError(
            f"`operator` must be a SparsePauliOp with numbers as coefficients, but {error}; "
            "assign its parameters first"
        ) from error
    paulis = read.paulis
    # The phase of `paulis` is in the coefficients already.
    letters = _LETTER[2 * paulis.z.astype(np.uint8) + paulis.x]
    return PauliSum.from_arrays(np.arange(letters.shape[1]), letters, coefficients)


def to_sparse_pauli_op(observable: PauliSum, num_qubits: int) -> Any:
    """The Pauli sum as a Qiskit `SparsePauliOp` on `num_qubits` qubits.

    >>> to_sparse_pauli_op(PauliSum({"Z0 X1": 0.5}), 3)
    SparsePauliOp(['IXZ'],
                  coeffs=[0.5+0.j])
    """
    if not isinstance(observable, PauliSum):
        raise QueryError(f"`observable` must be a PauliSum (got {type(observable).__name__})")
    observable.validate(num_qubits)
    info = library("qiskit.quantum_info")
    rows = np.repeat(np.arange(len(observable)), observable.weights)
    x = np.zeros((len(observable), num_qubits), dtype=bool)
    z = np.zeros_like(x)
    x[rows, observable.qubits] = (observable.letters == 1) | (observable.letters == 2)
    z[rows, observable.qubits] = observable.letters >= 2
    if not len(observable):
        return info.SparsePauliOp("I" * num_qubits, [0.0])
    return info.SparsePauliOp(info.PauliList.from_symplectic(z, x), observable.coefficients)
