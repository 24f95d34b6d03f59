"""The oracle against closed forms, and tnsim's gate table against the oracle's gates."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests import oracle
from tests.oracle_channels import channel_kraus
from tests.oracle_circuits import answer, final_state, value_of
from tests.oracle_gates import CX, FIXED, H, T, X, gate_matrix, rotation
from tests.strategies import (
    GATE_NAMES,
    PARAMETER_VALUES,
    angles,
    channels_on,
    circuits,
    complex_coefficients,
    noisy_circuits,
    pauli_mappings,
    unitaries,
)
from tnsim.base.parameters import evaluate_affine
from tnsim.circuit import Circuit
from tnsim.circuit.operations import OPCODES, STANDARD
from tnsim.noise import Channel
from tnsim.noise.laws import LAWS
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    Probabilities,
    Purity,
    Variance,
)

GHZ: list[oracle.Step] = [([H], [1]), ([CX], [1, 0]), ([CX], [1, 2])]


@given(st.data())
def test_an_embedded_gate_acts_on_product_states_factor_by_factor(data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(3)))
    gate = data.draw(unitaries(2))
    vectors = np.random.default_rng(0).normal(size=(3, 2))
    state = np.einsum("a,b,c->abc", *vectors)
    moved = np.einsum("abcd,cde->abe", gate.reshape((2,) * 4), state.transpose(order)).transpose(
        np.argsort(order)
    )
    made = oracle.embed(gate, order[:2], 3) @ state.ravel()
    np.testing.assert_allclose(made, moved.ravel(), atol=1e-12)


def test_ghz() -> None:
    psi = oracle.state_vector(3, GHZ)
    np.testing.assert_allclose(
        oracle.amplitudes(psi, ["000", "111", "010"]), [2**-0.5, 2**-0.5, 0], atol=1e-15
    )
    rho = oracle.density_matrix(3, GHZ)
    np.testing.assert_allclose(rho, np.outer(psi, psi.conj()), atol=1e-15)
    value = {t: oracle.expectation(rho, oracle.pauli_operator({t: 1}, 3)).real for t in TERMS}
    assert value == pytest.approx({"X0 X1 X2": 1, "X0 Y1 Y2": -1, "Z0 Z2": 1, "Z1": 0})
    assert oracle.purity(rho) == pytest.approx(1)
    assert oracle.purity(rho, [2]) == pytest.approx(0.5)
    assert oracle.fidelity(rho, psi) == pytest.approx(1)
    assert oracle.variance(rho, oracle.pauli_operator({"Z0": 2}, 3)) == pytest.approx(4)
    np.testing.assert_allclose(oracle.reduced(rho, [0, 2]), np.diag([0.5, 0, 0, 0.5]), atol=1e-15)


TERMS = ["X0 X1 X2", "X0 Y1 Y2", "Z0 Z2", "Z1"]


def test_order_of_qubits() -> None:
    steps: list[oracle.Step] = [([X], [2]), ([rotation("Y", 1.0)], [0])]
    rho = oracle.density_matrix(3, steps)
    low, high = math.cos(0.5) ** 2, math.sin(0.5) ** 2
    np.testing.assert_allclose(oracle.probabilities(rho, [0, 2]), [0, low, 0, high], atol=1e-15)
    np.testing.assert_allclose(oracle.probabilities(rho, [2, 0]), [0, 0, low, high], atol=1e-15)
    reduced = oracle.reduced(rho, [2, 0])
    np.testing.assert_allclose(np.diag(reduced).real, [0, 0, low, high], atol=1e-15)
    assert reduced[2, 3] == pytest.approx(math.sin(0.5) * math.cos(0.5))


def test_noise_and_readout() -> None:
    flip = [math.sqrt(0.9) * np.eye(2), math.sqrt(0.1) * X]
    rho = oracle.density_matrix(2, [(flip, [1])])
    np.testing.assert_allclose(np.diag(rho).real, [0.9, 0.1, 0, 0], atol=1e-15)
    confusion = np.array([[0.98, 0.05], [0.02, 0.95]])
    read = oracle.probabilities(rho, [1], [([1], confusion)])
    np.testing.assert_allclose(read, [0.98 * 0.9 + 0.05 * 0.1, 0.02 * 0.9 + 0.95 * 0.1])
    damped = oracle.density_matrix(1, [([H], [0]), ([np.diag([1, 0]), np.diag([0, 1])], [0])])
    assert oracle.purity(damped) == pytest.approx(0.5)


@given(st.data())
def test_measured_values_are_traces_where_reading_is_perfect(data: st.DataObject) -> None:
    terms = data.draw(pauli_mappings(3, numbers=complex_coefficients))
    gate = data.draw(unitaries(3))
    rho = oracle.density_matrix(3, [([gate], [0, 1, 2])])
    exact = oracle.expectation(rho, oracle.pauli_operator(terms, 3))
    assert oracle.measured(rho, terms) == pytest.approx(exact, abs=1e-12)


def test_measured_values_with_errors() -> None:
    plus = oracle.density_matrix(2, [([H], [0])])
    error = np.array([[0.9, 0.2], [0.1, 0.8]])
    assert oracle.measured(plus, {"X0": 1}, [([0], error)]) == pytest.approx(0.8)
    assert oracle.measured(plus, {"Z1": 1, "I": 2}, [([1], error)]) == pytest.approx(2.8)
    assert oracle.measured(plus, {"Z0": 1}, [([0], error)]) == pytest.approx(0.1)
    crosstalk = np.eye(4)[[0, 1, 3, 2]]
    assert oracle.measured(plus, {"X0": 1}, [([1, 0], crosstalk)]) == pytest.approx(1)
    flipped = oracle.density_matrix(2, [([X], [1])])
    assert oracle.measured(flipped, {"Z0": 1}, [([1, 0], crosstalk)]) == pytest.approx(-1)


def test_textbook_identities() -> None:
    for name, matrix in FIXED.items():
        size = len(matrix)
        np.testing.assert_allclose(matrix @ matrix.conj().T, np.eye(size), atol=1e-14, err_msg=name)
    np.testing.assert_allclose(T @ T @ T @ T, np.diag([1, -1]), atol=1e-15)
    for name, whole in [("sx", "x"), ("sy", "y"), ("csx", "cx"), ("c3sqrtx", "c3x")]:
        np.testing.assert_allclose(FIXED[name] @ FIXED[name], FIXED[whole], atol=1e-15)


@pytest.mark.parametrize("name", GATE_NAMES)
@settings(max_examples=5)
@given(values=st.lists(angles, min_size=4, max_size=4))
def test_the_gate_table_is_the_textbooks(name: str, values: list[float]) -> None:
    operation = STANDARD[OPCODES[name]]
    values = values[: operation.num_params]
    form = operation.unitary_form
    assert form is not None
    expected = gate_matrix(name, values)
    np.testing.assert_allclose(form.evaluate(values), expected, atol=1e-14)
    np.testing.assert_allclose(
        operation.superoperator_form.evaluate(values),
        np.kron(expected, expected.conj()),
        atol=1e-14,
    )
    np.testing.assert_allclose(
        operation.transfer_form.evaluate(values), transfer_matrix(expected), atol=1e-13
    )


def transfer_matrix(unitary: NDArray[Any]) -> NDArray[Any]:
    """Tr[P_i U P_j U^dagger] / 2^n."""
    dim = len(unitary)
    words = pauli_words(dim.bit_length() - 1)
    moved = unitary @ words @ unitary.conj().T
    flat = words.reshape(len(words), -1)
    traces: NDArray[Any] = flat.conj() @ moved.reshape(len(words), -1).T
    return traces.real / dim


@cache
def pauli_words(size: int) -> NDArray[Any]:
    """All Pauli words on `size` qubits, shape (4^size, 2^size, 2^size)."""
    words = np.ones((1, 1, 1), complex)
    single = np.array([oracle.PAULIS[letter] for letter in "IXYZ"])
    for _ in range(size):
        words = np.einsum("wab,pcd->wpacbd", words, single)
        words = words.reshape(-1, *(words.shape[2] * words.shape[3],) * 2)
    return words


@settings(max_examples=150)
@given(channel=channels_on(2), values=PARAMETER_VALUES)
def test_the_channel_library_is_the_textbooks(channel: Channel, values: dict[str, float]) -> None:
    numbers = [value_of(s, values) for s in channel.strengths_symbolic]
    kraus = channel_kraus(channel, numbers)
    dim = 1 << channel.num_qubits
    complete = sum((k.conj().T @ k for k in kraus), np.zeros((dim, dim)))
    np.testing.assert_allclose(complete, np.eye(dim), atol=1e-12)
    superoperator = sum((np.kron(k, k.conj()) for k in kraus), np.zeros((dim**2, dim**2)))
    made = channel.superoperator_form.evaluate(numbers)
    np.testing.assert_allclose(made, superoperator, atol=1e-12)


def test_every_kind_of_channel_is_drawn() -> None:
    kinds = set()

    @settings(max_examples=1000, database=None, phases=[Phase.generate], derandomize=True)
    @given(channels_on(2))
    def collect(channel: Channel) -> None:
        kinds.add(channel.kind)

    collect()
    assert kinds == set(LAWS)


@given(circuit=circuits(max_qubits=4, channels=True, resets=True), values=PARAMETER_VALUES)
def test_circuits_are_walked_as_their_forms_say(circuit: Circuit, values: dict[str, float]) -> None:
    n = circuit.num_qubits
    vector = oracle.ground_state(n).ravel()
    columns = circuit.columns
    for row, code in enumerate(columns.opcode):
        operation = circuit.operations[code]
        if operation.kind == "barrier":
            continue
        qubits = columns.qubits[columns.qubit_start[row] : columns.qubit_start[row + 1]].tolist()
        part = slice(columns.angle_start[row], columns.angle_start[row + 1])
        params = [
            a if s < 0 else evaluate_affine(circuit.expressions[s], values)
            for a, s in zip(columns.angles[part], columns.symbols[part], strict=True)
        ]
        matrix = operation.superoperator_form.evaluate(params)
        # vec(rho) has the kets' qubits first, then the bras'.
        vector = oracle.embed(matrix, [*qubits, *(n + q for q in qubits)], 2 * n) @ vector
    expected = final_state(circuit, values)
    np.testing.assert_allclose(vector.reshape(expected.shape), expected, atol=1e-11)


@given(st.data())
def test_answers_agree_with_one_another(data: st.DataObject) -> None:
    circuit = data.draw(circuits(max_qubits=3, gates=GATE_NAMES))
    values = data.draw(PARAMETER_VALUES)
    n = circuit.num_qubits
    texts = [format(k, f"0{n}b") for k in range(1 << n)]
    amplitudes = answer(circuit, Amplitudes(texts), values)
    chances = answer(circuit, Probabilities(range(n)), values)
    np.testing.assert_allclose(np.abs(amplitudes) ** 2, chances, atol=1e-12)
    signs = [(-1) ** text.count("1") for text in texts]
    parity = Expectation("Z" * n)
    assert answer(circuit, parity, values) == pytest.approx(chances @ signs, abs=1e-12)
    assert answer(circuit, Variance("Z" * n), values) == pytest.approx(
        1 - (chances @ signs) ** 2, abs=1e-12
    )
    assert answer(circuit, Purity(), values) == pytest.approx(1)
    assert answer(circuit, Fidelity(circuit), values) == pytest.approx(1)
    both = answer(circuit, 2 * parity**2 - parity, values)
    assert both == pytest.approx(2 * (chances @ signs) ** 2 - chances @ signs, abs=1e-12)


@given(circuit=noisy_circuits(max_qubits=3, max_gates=6), values=PARAMETER_VALUES)
def test_noisy_circuits_have_states_and_chances(circuit: Circuit, values: dict[str, float]) -> None:
    rho = final_state(circuit, values)
    np.testing.assert_allclose(rho, rho.conj().T, atol=1e-12)
    assert np.trace(rho) == pytest.approx(1)
    assert np.linalg.eigvalsh(rho).min() > -1e-12
    chances = answer(circuit, Probabilities(range(circuit.num_qubits)), values)
    assert chances.min() > -1e-12
    assert chances.sum() == pytest.approx(1)
