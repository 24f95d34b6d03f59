"""Every form of a channel acts alike, and the maps between forms are inverse to one another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tnsim.noise import conversions as cv
from tnsim.noise import from_choi, from_superoperator, from_transfer_matrix, kraus

Matrix = NDArray[Any]
PAULIS = [np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])]


def random_kraus(seed: int, num_qubits: int, rank: int) -> Matrix:
    """`rank` operators cut from a random isometry."""
    rng = np.random.default_rng(seed)
    d = 2**num_qubits
    block = rng.normal(size=(rank * d, d)) + 1j * rng.normal(size=(rank * d, d))
    return np.linalg.qr(block)[0].reshape(rank, d, d)


def random_state(seed: int, d: int) -> Matrix:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(d, d)) + 1j * rng.normal(size=(d, d))
    return root @ root.conj().T / np.trace(root @ root.conj().T)


def pauli_basis(num_qubits: int) -> list[Matrix]:
    basis = [np.eye(1)]
    for _ in range(num_qubits):
        basis = [np.kron(left, right) for left in basis for right in PAULIS]
    return basis


channels = st.builds(
    random_kraus, st.integers(0, 2**32 - 1), st.sampled_from([1, 2]), st.integers(1, 5)
)


@given(channels, st.integers(0, 99))
def test_every_form_acts_as_the_definition(operators: Matrix, seed: int) -> None:
    d = operators.shape[1]
    rho = random_state(seed, d)
    expected = sum(k @ rho @ k.conj().T for k in operators)
    channel = kraus(list(operators))

    by_super = (channel.superoperator() @ rho.ravel()).reshape(d, d)
    np.testing.assert_allclose(by_super, expected, atol=1e-13)

    by_kraus = sum(k @ rho @ k.conj().T for k in channel.kraus())
    np.testing.assert_allclose(by_kraus, expected, atol=1e-12)

    basis = pauli_basis(channel.num_qubits)
    components = np.array([np.trace(p @ rho) for p in basis]) / d
    after = channel.transfer_matrix() @ components
    by_transfer = sum(c * p for c, p in zip(after, basis, strict=True))
    np.testing.assert_allclose(by_transfer, expected, atol=1e-13)

    chi = channel.chi()
    by_chi = sum(chi[m, n] * p @ rho @ q for m, p in enumerate(basis) for n, q in enumerate(basis))
    np.testing.assert_allclose(by_chi, expected, atol=1e-13)

    choi = channel.choi().reshape(d, d, d, d)
    by_choi = np.einsum("iajb,ij->ab", choi, rho)
    np.testing.assert_allclose(by_choi, expected, atol=1e-13)


@given(channels)
def test_round_trips(operators: Matrix) -> None:
    s = cv.kraus_to_superoperator(operators)
    choi = cv.superoperator_to_choi(s)
    transfer = cv.superoperator_to_transfer(s)
    chi = cv.choi_to_chi(choi)
    np.testing.assert_array_equal(cv.choi_to_superoperator(choi), s)
    np.testing.assert_allclose(cv.transfer_to_superoperator(transfer), s, atol=1e-14)
    np.testing.assert_allclose(cv.chi_to_choi(chi), choi, atol=1e-14)
    again = cv.kraus_to_superoperator(cv.choi_to_kraus(choi))
    np.testing.assert_allclose(again, s, atol=1e-12)
    assert np.trace(chi) == pytest.approx(1.0)
    assert np.trace(choi) == pytest.approx(operators.shape[1])


@given(channels)
def test_the_makers_agree(operators: Matrix) -> None:
    channel = kraus(list(operators))
    for other in (
        from_superoperator(channel.superoperator()),
        from_choi(channel.choi()),
        from_transfer_matrix(channel.transfer_matrix()),
        kraus(list(channel.kraus())),
    ):
        difference = other.transfer_matrix() - channel.transfer_matrix()
        assert np.abs(difference).max() < 1e-12
        assert other.is_cptp()
        assert other.transfer_matrix()[0].tolist() == [1.0] + [0.0] * (len(difference) - 1)


@given(channels)
def test_canonical_kraus_operators_are_orthogonal_and_sorted(operators: Matrix) -> None:
    found = kraus(list(operators)).kraus()
    assert len(found) <= len(operators)
    gram = np.einsum("kab,lab->kl", found.conj(), found)
    np.testing.assert_allclose(gram, np.diag(gram.diagonal()), atol=1e-12)
    assert np.all(np.diff(gram.diagonal().real) <= 1e-12)


def test_dyadic_matrices_convert_without_error() -> None:
    rng = np.random.default_rng(5)
    transfer = rng.integers(-64, 64, size=(16, 16)) / 64
    s = cv.transfer_to_superoperator(transfer)
    np.testing.assert_array_equal(cv.superoperator_to_transfer(s), transfer)
    np.testing.assert_array_equal(s * 256, np.round(s * 256))


def test_rounding_in_given_kraus_operators_becomes_zero() -> None:
    # H as exp(-i pi/2 (X+Z)/sqrt 2) has entries 1e-16 off, and its transfer matrix 2e-16 for 0.
    axis = (PAULIS[1] + PAULIS[3]) / np.sqrt(2)
    values, vectors = np.linalg.eigh(axis)
    hadamard = (vectors * np.exp(-0.5j * np.pi * values)) @ vectors.conj().T
    transfer = kraus([hadamard]).transfer_matrix()
    expected = np.zeros((4, 4))
    expected[0, 0] = expected[1, 3] = expected[3, 1] = 1
    expected[2, 2] = -1
    np.testing.assert_array_equal(transfer != 0, expected != 0)
    np.testing.assert_allclose(transfer, expected, atol=1e-15)
    np.testing.assert_array_equal(
        transfer != 0,
        from_superoperator(cv.kraus_to_superoperator(hadamard[None])).transfer_matrix() != 0,
    )


def test_a_trace_that_is_off_by_less_than_the_tolerance_is_made_exact() -> None:
    nearly = np.eye(2) * (1 + 1e-10)
    assert kraus([nearly]).transfer_matrix()[0].tolist() == [1, 0, 0, 0]
    tilted = np.eye(4)
    tilted[0, 3] = 1e-10
    assert from_transfer_matrix(tilted).transfer_matrix()[0].tolist() == [1, 0, 0, 0]


def reversed_qubits(matrix: Matrix, num_qubits: int, copies: int) -> Matrix:
    """A matrix on `copies` registers of qubits with the qubits of each in reverse order."""
    axes = [c * num_qubits + q for c in range(copies) for q in reversed(range(num_qubits))]
    both = axes + [copies * num_qubits + a for a in axes]
    return matrix.reshape((2,) * len(both)).transpose(both).reshape(matrix.shape)


@given(channels)
def test_forms_are_those_of_qiskit(operators: Matrix) -> None:
    qi = pytest.importorskip("qiskit.quantum_info")
    channel = kraus(list(operators))
    n = channel.num_qubits
    theirs = qi.Kraus([reversed_qubits(k, n, 1) for k in operators])
    choi = reversed_qubits(qi.Choi(theirs).data, n, 2)
    np.testing.assert_allclose(channel.choi(), choi, atol=1e-12)
    # Their vec is column-major (S = sum K^* (x) K), their chi has trace 4^n / 2^n per unit trace.
    d = 2**n
    s = reversed_qubits(qi.SuperOp(theirs).data, n, 2).reshape(d, d, d, d).transpose(1, 0, 3, 2)
    np.testing.assert_allclose(channel.superoperator(), s.reshape(d * d, d * d), atol=1e-12)
    order = np.arange(4**n).reshape((4,) * n).transpose().ravel()
    ptm = qi.PTM(theirs).data[np.ix_(order, order)]
    np.testing.assert_allclose(channel.transfer_matrix(), ptm, atol=1e-12)
    chi = qi.Chi(theirs).data[np.ix_(order, order)]
    np.testing.assert_allclose(channel.chi(), chi / np.trace(chi), atol=1e-12)
