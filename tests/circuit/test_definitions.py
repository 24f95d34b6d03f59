"""Every definition of every gate, exactly (global phase included), and unrolling by them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.circuit.dense_unitary import unitary_of
from tests.oracle_gates import gate_matrix, u
from tests.strategies import circuits, unitaries
from tnsim import CircuitError, Parameter
from tnsim.circuit import Circuit
from tnsim.circuit.definitions import definition, definition_count
from tnsim.circuit.gates import GATES
from tnsim.circuit.turns import euler_angles

BASES = [
    {"cx", "u"},
    {"cx", "u3"},
    {"cx", "rz", "sx"},
    {"cz", "rz", "sx"},
    {"cz", "rz", "rx"},
    {"ecr", "rz", "sx"},
    {"rzz", "rx", "rz"},
    {"cx", "h", "rz"},
]


@pytest.mark.parametrize("name", [n for n in GATES if definition_count(n)])
def test_definitions_are_the_gate(name: str) -> None:
    params = np.random.default_rng(5).uniform(-3, 3, GATES[name].num_params).tolist()
    values = {f"a{k}": p for k, p in enumerate(params)}
    for index in range(definition_count(name)):
        found = unitary_of(definition(name, index), values)
        np.testing.assert_allclose(found, gate_matrix(name, params), atol=1e-13)


@pytest.mark.parametrize("basis", BASES, ids=lambda b: " ".join(sorted(b)))
@pytest.mark.parametrize("name", GATES)
def test_every_gate_unrolls_to_common_bases(name: str, basis: set[str]) -> None:
    gate = GATES[name]
    params = np.random.default_rng(6).uniform(-3, 3, gate.num_params).tolist()
    circuit = Circuit(gate.num_qubits).append(name, *params, *range(gate.num_qubits))
    unrolled = circuit.unroll(basis)
    assert set(unrolled.counts()) <= basis
    if gate.num_qubits <= 3:
        np.testing.assert_allclose(unitary_of(unrolled), unitary_of(circuit), atol=1e-12)


@given(circuits(max_qubits=4, max_gates=15), st.sampled_from(BASES))
def test_unrolled_circuits_are_the_same(circuit: Circuit, basis: set[str]) -> None:
    values = {name: 0.3 + 0.7 * k for k, name in enumerate(circuit.parameters)}
    unrolled = circuit.unroll(basis | {"unitary"})
    gates = {n for n in unrolled.counts() if n in GATES}
    assert gates <= basis
    np.testing.assert_allclose(
        unitary_of(unrolled, values), unitary_of(circuit, values), atol=1e-11
    )


def test_long_mixed_circuit_unrolls_in_place() -> None:
    """Across blocks of rows, with mixed and uniform blocks: rows stay in order."""
    circuit = Circuit(5)
    angle = Parameter("t")
    circuit.append("swap", np.zeros(70_000, int), np.ones(70_000, int))
    for k in range(300):
        circuit.crz(angle * k, k % 5, (k + 1) % 5).h(k % 5).ccx(k % 5, (k + 1) % 5, (k + 3) % 5)
        circuit.reset(k % 5).rz(0.1 * k, 2)
    pieces = [
        circuit[a:b].unroll({"cx", "u"}) for a, b in [(0, 70_001), (70_001, 70_777), (70_777, None)]
    ]
    assert circuit.unroll({"cx", "u"}) == pieces[0] + pieces[1] + pieces[2]


@given(unitaries(1), st.sampled_from([{"cx", "u"}, {"rz", "sx"}]))
def test_one_qubit_matrices_become_gates(matrix: NDArray[np.complex128], basis: set[str]) -> None:
    circuit = Circuit(1).unitary(matrix, 0).unroll(basis)
    assert set(circuit.counts()) <= basis
    np.testing.assert_allclose(unitary_of(circuit), matrix, atol=1e-12)


@pytest.mark.parametrize("theta", [0.0, 1e-9, 0.4, math.pi / 2, math.pi - 1e-9, math.pi])
def test_euler_angles_at_the_poles(theta: float) -> None:
    matrix = np.exp(0.3j) * u(theta, 1.1, -2.3)
    *angles, phase = euler_angles(matrix)
    np.testing.assert_allclose(np.exp(1j * phase) * u(*angles), matrix, atol=1e-15)


@pytest.mark.parametrize("flip", [False, True])
def test_euler_angles_of_exact_zeros(flip: bool) -> None:
    matrix = np.diag(np.exp([0.4j, -1.3j]))
    matrix = matrix[::-1] if flip else matrix
    *angles, phase = euler_angles(matrix)
    np.testing.assert_allclose(np.exp(1j * phase) * u(*angles), matrix, atol=1e-15)


def test_unroll_refuses_what_it_cannot_do() -> None:
    with pytest.raises(CircuitError, match=r"`basis` \['h', 't'\] cannot make cx; add these"):
        Circuit(2).cx(0, 1).unroll({"h", "t"})
    with pytest.raises(CircuitError, match="'cnot' is not"):
        Circuit(2).cx(0, 1).unroll({"cnot", "u"})
    with pytest.raises(CircuitError, match="must be a set of gate names"):
        Circuit(2).cx(0, 1).unroll("cx")
    with pytest.raises(CircuitError, match="a matrix on 2 qubits has no definition in gates"):
        Circuit(2).unitary(np.eye(4), 0, 1).unroll({"cx", "u"})


def test_unroll_keeps_what_is_in_the_basis() -> None:
    circuit = Circuit(2).h(0).cx(0, 1).barrier().reset(0).measure(1)
    assert circuit.unroll({"h", "cx"}) == circuit
