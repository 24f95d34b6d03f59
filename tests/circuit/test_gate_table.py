"""The gate table against definitions by composition, and its zeros against generic angles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.oracle import PAULIS
from tests.oracle_gates import gate_matrix
from tnsim.circuit.fourier import Fourier, trig_values
from tnsim.circuit.gates import GATES
from tnsim.circuit.operations import OPCODES, STANDARD, Operation

SMALL = [name for name, gate in GATES.items() if gate.num_qubits <= 4]
GENERIC = [0.3717, -1.1931, 2.0457, 0.9113]
CLIFFORD = """id x y z h s sdg sx sxdg sy sydg cx cy cz swap iswap iswapdg ecr dcx""".split()
DIAGONAL = """id z s sdg t tdg rz p u1 u0 cz crz cp cu1 rzz ccz""".split()


def operation(name: str) -> Operation:
    return STANDARD[OPCODES[name]]


def transfer_of(unitary: NDArray[np.complex128]) -> NDArray[np.float64]:
    """R_ij = Tr[P_i U P_j U^dagger] / 2^n, straight from its definition."""
    size = len(unitary).bit_length() - 1
    words = [np.eye(1)]
    for _ in range(size):
        words = [np.kron(word, pauli) for word in words for pauli in PAULIS.values()]
    paulis = np.array(words)
    turned = unitary @ paulis @ unitary.conj().T
    return np.einsum("iab,jba->ij", paulis, turned, optimize=True).real / len(unitary)


def params_of(name: str, seed: int) -> list[float]:
    generator = np.random.default_rng(seed)
    return generator.uniform(-2 * math.pi, 2 * math.pi, GATES[name].num_params).tolist()


@pytest.mark.parametrize("name", GATES)
def test_unitary_is_the_definition(name: str) -> None:
    for seed in range(3):
        params = params_of(name, seed)
        form = operation(name).unitary_form
        assert form is not None
        assert form.num_params == len(params)
        np.testing.assert_allclose(form.evaluate(params), gate_matrix(name, params), atol=2e-15)


@pytest.mark.parametrize("name", [n for n in GATES if GATES[n].num_qubits <= 3])
def test_transfer_and_superoperator_are_those_of_the_unitary(name: str) -> None:
    params = params_of(name, 7)
    unitary = gate_matrix(name, params)
    transfer = operation(name).transfer_form
    assert transfer.constants.dtype == np.float64
    np.testing.assert_allclose(transfer.evaluate(params), transfer_of(unitary), atol=4e-15)
    superoperator = operation(name).superoperator_form.evaluate(params)
    np.testing.assert_allclose(superoperator, np.kron(unitary, unitary.conj()), atol=4e-15)


@pytest.mark.parametrize("name", ["c3x", "rc3x", "c3sqrtx", "c4x"])
def test_transfer_of_large_gates_is_orthogonal_and_right_on_samples(name: str) -> None:
    transfer = operation(name).transfer_form.evaluate()
    np.testing.assert_allclose(transfer @ transfer.T, np.eye(len(transfer)), atol=1e-14)
    unitary, size = gate_matrix(name), GATES[name].num_qubits
    generator = np.random.default_rng(3)
    for _ in range(20):
        row, column = (generator.integers(0, 4, size) for _ in range(2))
        left, right = np.eye(1), np.eye(1)
        for a, b in zip(row, column, strict=True):
            left = np.kron(left, list(PAULIS.values())[a])
            right = np.kron(right, list(PAULIS.values())[b])
        expected = np.trace(left @ unitary @ right @ unitary.conj().T).real / 2**size
        index = [int("".join(map(str, digits)), 4) for digits in (row, column)]
        assert transfer[tuple(index)] == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("name", SMALL)
def test_an_entry_is_a_structural_zero_exactly_when_it_is_zero_at_generic_angles(
    name: str,
) -> None:
    for form in (operation(name).transfer_form, operation(name).unitary_form):
        assert form is not None
        count = form.num_params
        points = [
            GENERIC[:count],
            [1.7 * x for x in GENERIC[:count]],
            [-0.6 * x for x in GENERIC[:count]],
        ]
        largest = np.max([np.abs(form.evaluate(p)) for p in points], axis=0)
        np.testing.assert_array_equal(form.support, largest > 1e-12)


@pytest.mark.parametrize("name", CLIFFORD)
def test_clifford_transfers_are_signed_permutations(name: str) -> None:
    matrix = operation(name).transfer_form.constants[0]
    assert set(np.unique(matrix)) <= {-1.0, 0.0, 1.0}
    np.testing.assert_array_equal(np.count_nonzero(matrix, axis=0), 1)
    np.testing.assert_array_equal(np.count_nonzero(matrix, axis=1), 1)


@pytest.mark.parametrize(("name", "terms"), [("rx", 3), ("rz", 3), ("rzz", 3), ("u", 14), ("p", 3)])
def test_forms_have_few_terms(name: str, terms: int) -> None:
    assert len(operation(name).transfer_form.constants) == terms


@pytest.mark.parametrize("name", GATES)
def test_diagonal_flag(name: str) -> None:
    unitary = gate_matrix(name, GENERIC[: GATES[name].num_params])
    is_diagonal = np.allclose(unitary, np.diag(np.diag(unitary)))
    assert operation(name).is_diagonal is is_diagonal
    assert is_diagonal == (name in DIAGONAL)


@pytest.mark.parametrize("name", ["rx", "rzz", "u", "cp", "fsim", "rxx", "u2", "crx"])
@pytest.mark.parametrize("quarter", range(-5, 6))
def test_numbers_at_multiples_of_half_pi_are_exact(name: str, quarter: int) -> None:
    """What is zero or one in exact arithmetic is so in ours: no 6e-17 where a Clifford has 0."""
    angles = [quarter * math.pi / 2 * (k + 1) for k in range(GATES[name].num_params)]
    exact = operation(name).transfer_at(angles)
    rounded = operation(name).transfer_form.evaluate(angles)
    np.testing.assert_allclose(exact, rounded, atol=1e-14)
    assert np.all((exact == 0.0) == (np.abs(rounded) < 1e-13))
    assert np.all((np.abs(exact) == 1.0) == (np.abs(np.abs(rounded) - 1) < 1e-13))


@given(st.floats(-50, 50), st.integers(1, 4))
def test_trig_values_are_cos_and_sin(angle: float, frequency: int) -> None:
    found = trig_values(angle, frequency)
    expected = math.cos(frequency * angle / 2), math.sin(frequency * angle / 2)
    assert found == pytest.approx(expected, abs=5e-14)


def test_coefficients_take_arrays() -> None:
    form = operation("u").transfer_form
    points = np.random.default_rng(0).normal(size=(3, 5))
    values = [np.broadcast_to(c, (5,)) for c in form.coefficients(list(points))]
    batch = np.tensordot(np.stack(values, axis=1), form.constants, axes=(1, 0))
    for k in range(5):
        np.testing.assert_allclose(batch[k], form.evaluate(points[:, k].tolist()), atol=1e-15)


def test_what_cancels_identically_is_no_term() -> None:
    """cos^2 + sin^2 - 1 = 0: rz(t) rz(-t) has the constant term alone."""
    rz = GATES["rz"].matrix()
    turned_back = Fourier(1, {tuple(-k for k in wave): a for wave, a in rz.terms.items()})
    product = (rz @ turned_back).snapped()
    assert list(product.terms) == [(0,)]
    np.testing.assert_array_equal(product.terms[0,], np.eye(2))
