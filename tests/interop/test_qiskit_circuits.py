"""Circuits to Qiskit and back: the same matrix, phase included, by Qiskit's own Operator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import AnnotatedOperation, ControlModifier, Gate, Parameter, ParameterVector
from qiskit.circuit.library import QFTGate, SGate, XGate
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Operator, SuperOp

import tnsim
from tests import strategies
from tests.circuit.dense_unitary import unitary_of
from tests.interop.dense_channel import reversed_qubits, superoperator_of
from tnsim import interop, noise
from tnsim.interop.small_channel import reversed_superoperator


def matrix_of(circuit: Any, values: dict[str, float] | None = None) -> Any:
    """Qiskit's matrix in our order of qubits."""
    bound = {p: values[p.name] for p in circuit.parameters} if values else {}
    return reversed_qubits(Operator(circuit.assign_parameters(bound)).data)


@given(circuit=strategies.circuits(max_qubits=4), values=strategies.PARAMETER_VALUES)
def test_unitaries_out_and_back(circuit: tnsim.Circuit, values: dict[str, float]) -> None:
    theirs = interop.to_qiskit(circuit)
    wanted = unitary_of(circuit, values)
    np.testing.assert_allclose(matrix_of(theirs, values), wanted, atol=1e-9)
    back = interop.from_qiskit(theirs)
    assert set(back.parameters) == set(circuit.parameters)
    np.testing.assert_allclose(unitary_of(back, values), wanted, atol=1e-9)


@given(
    circuit=strategies.circuits(max_qubits=3, channels=True, resets=True, max_gates=6),
    values=strategies.PARAMETER_VALUES,
)
def test_channels_out_and_back(circuit: tnsim.Circuit, values: dict[str, float]) -> None:
    bound = circuit.bind({name: values[name] for name in circuit.parameters})
    theirs = interop.to_qiskit(bound)
    wanted = superoperator_of(bound)
    found = reversed_superoperator(SuperOp(theirs).data)
    np.testing.assert_allclose(found, wanted, atol=1e-7)
    np.testing.assert_allclose(superoperator_of(interop.from_qiskit(theirs)), wanted, atol=1e-7)


@given(seed=st.integers(0, 10**6), size=st.integers(1, 4))
def test_random_circuits_in(seed: int, size: int) -> None:
    theirs = random_circuit(size, 5, max_operands=min(size, 4), seed=seed)
    ours = interop.from_qiskit(theirs)
    np.testing.assert_allclose(unitary_of(ours), matrix_of(theirs), atol=1e-9)


def test_gates_without_a_name_here() -> None:
    theirs = QuantumCircuit(4, global_phase=0.3)
    theirs.append(QFTGate(3), [2, 0, 1])
    theirs.append(AnnotatedOperation(SGate(), [ControlModifier(2)]), [3, 1, 0])
    theirs.append(XGate().control(2, ctrl_state=1), [0, 2, 3])
    theirs.rzx(0.2, 1, 0)
    theirs.append(QuantumCircuit(2, global_phase=0.7).to_gate(), [1, 3])
    np.testing.assert_allclose(
        unitary_of(interop.from_qiskit(theirs)), matrix_of(theirs), atol=1e-9
    )


def test_open_controls_are_not_taken_for_closed_ones() -> None:
    for state in range(2):
        theirs = QuantumCircuit(2)
        theirs.cx(0, 1, ctrl_state=state)
        theirs.cp(0.4, 1, 0, ctrl_state=state)
        theirs.cu(0.4, 0.1, 0.2, 0.5, 1, 0, ctrl_state=state)
        np.testing.assert_allclose(
            unitary_of(interop.from_qiskit(theirs)), matrix_of(theirs), atol=1e-9
        )


def test_parameters_and_their_names() -> None:
    a, vector = Parameter("θ"), ParameterVector("γ", 2)
    theirs = QuantumCircuit(1, global_phase=a)
    theirs.rx(2 * a - vector[1] / 4 + 1, 0)
    theirs.rz(vector[0] - vector[0] + 0.5, 0)
    ours = interop.from_qiskit(theirs)
    assert ours.parameters == ("gamma[1]", "theta")
    assert ours[0].angles == (
        tnsim.Parameter("theta") * 2 - 0.25 * tnsim.Parameter("gamma[1]") + 1,
    )
    assert ours[1].angles == (0.5,)
    assert ours.global_phase.terms == {"theta": 1.0}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda c: c.rx(Parameter("a") * Parameter("b"), 0), "sum of multiples of parameters"),
        (lambda c: c.rx(Parameter("a").sin(), 0), "sum of multiples of parameters"),
        (lambda c: c.rx(Parameter("a b"), 0), "must have a name such as"),
        (lambda c: c.append(Gate("odd", 2, []), [0, 1]), r"odd \(instruction 1\).*no definition"),
        (lambda c: c.save_density_matrix(), r"save_density_matrix \(instruction 1\)"),
    ],
)
def test_what_cannot_come_in(build: Any, message: str) -> None:
    import qiskit_aer  # noqa: F401 - gives circuits the save instructions

    theirs = QuantumCircuit(2)
    theirs.h(0)
    build(theirs)
    with pytest.raises(tnsim.CircuitError, match=message):
        interop.from_qiskit(theirs)


def test_names_that_would_fall_together() -> None:
    theirs = QuantumCircuit(1)
    theirs.rx(Parameter("θ"), 0)
    theirs.rx(Parameter("theta"), 0)
    with pytest.raises(tnsim.CircuitError, match="would both be called 'theta'"):
        interop.from_qiskit(theirs)


def test_what_cannot_go_out() -> None:
    c = tnsim.Circuit(1).channel(noise.bit_flip(tnsim.Parameter("p")), 0)
    with pytest.raises(tnsim.CircuitError, match=r"bit_flip \(instruction 0\).*p has no value"):
        interop.to_qiskit(c)
    read = tnsim.NoiseModel().readout(0.1, 0.2).apply(tnsim.Circuit(1).h(0))
    with pytest.raises(tnsim.CircuitError, match="no readout errors"):
        interop.to_qiskit(read)
    with pytest.raises(tnsim.CircuitError, match="must be a QuantumCircuit of Qiskit"):
        interop.from_qiskit(tnsim.Circuit(1))


def test_measurements_keep_their_bits() -> None:
    ours = tnsim.Circuit(3).h(0).measure([2, 0], [0, 3])
    theirs = interop.to_qiskit(ours)
    assert theirs.num_clbits == 4
    assert interop.from_qiskit(theirs) == ours


def test_delays_become_u0() -> None:
    theirs = QuantumCircuit(1)
    theirs.delay(100, 0)
    theirs.delay(2, 0, unit="us")
    assert [i.angles for i in interop.from_qiskit(theirs)] == [(100.0,), (2e-6,)]
