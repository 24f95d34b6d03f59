"""SparsePauliOp to PauliSum and back, by Qiskit's own matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from qiskit.circuit import Parameter
from qiskit.quantum_info import Pauli, SparsePauliOp

import tnsim
from tests import strategies
from tests.interop.dense_channel import reversed_qubits
from tnsim import interop


@given(observable=strategies.pauli_sums(4, numbers=strategies.complex_coefficients))
def test_sums_out_and_back(observable: tnsim.PauliSum) -> None:
    theirs = interop.to_sparse_pauli_op(observable, 4)
    np.testing.assert_allclose(
        reversed_qubits(theirs.to_matrix()), observable.to_matrix(4), atol=1e-12
    )
    assert interop.from_sparse_pauli_op(theirs) == observable


def test_phases_of_single_strings() -> None:
    for label in ("-iXY", "ZY", "iY"):
        ours = interop.from_sparse_pauli_op(Pauli(label))
        matrix = Pauli(label).to_matrix()
        size = len(matrix).bit_length() - 1
        np.testing.assert_allclose(ours.to_matrix(size), reversed_qubits(matrix))


def test_free_coefficients_are_refused() -> None:
    given_ = SparsePauliOp(["X"], np.array([Parameter("a")], dtype=object))
    with pytest.raises(tnsim.QueryError, match="assign its parameters"):
        interop.from_sparse_pauli_op(given_)
    with pytest.raises(tnsim.QueryError):
        interop.to_sparse_pauli_op(tnsim.PauliSum("Z3"), 3)
