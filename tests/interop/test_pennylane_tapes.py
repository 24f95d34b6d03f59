"""Tapes of PennyLane in and out: the same matrix, phase included, by qml.matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

import tnsim
from tests import strategies
from tests.circuit.dense_unitary import unitary_of
from tests.interop.dense_channel import superoperator_of
from tests.oracle_circuits import final_state
from tnsim import interop, noise

qml = pytest.importorskip("pennylane", reason="PennyLane is no part of every test environment")


def matrix_of(tape: Any, size: int) -> Any:
    plain = qml.tape.QuantumScript([o for o in tape.operations if o.name != "Barrier"])
    if not plain.operations:
        return np.eye(1 << size)
    return np.asarray(qml.matrix(plain, wire_order=range(size)))


@given(circuit=strategies.circuits(max_qubits=4, numbers=strategies.angles))
def test_unitaries_out_and_back(circuit: tnsim.Circuit) -> None:
    n = circuit.num_qubits
    theirs = interop.to_pennylane(circuit)
    wanted = unitary_of(circuit)
    np.testing.assert_allclose(matrix_of(theirs, n), wanted, atol=1e-9)
    back = interop.from_pennylane(theirs, wires=range(n))
    np.testing.assert_allclose(unitary_of(back), wanted, atol=1e-9)


@given(
    # default.mixed has no barrier of its own.
    circuit=strategies.circuits(
        max_qubits=3, channels=True, resets=True, max_gates=6, barriers=False
    ),
    values=strategies.PARAMETER_VALUES,
)
def test_channels_out_and_back(circuit: tnsim.Circuit, values: dict[str, float]) -> None:
    n = circuit.num_qubits
    bound = circuit.bind({name: values[name] for name in circuit.parameters})
    theirs = interop.to_pennylane(bound, [qml.density_matrix(range(n))])
    rho = qml.device("default.mixed", wires=n).execute(theirs)
    np.testing.assert_allclose(rho, final_state(bound, {}), atol=1e-7)
    back = interop.from_pennylane(theirs, wires=range(n))
    np.testing.assert_allclose(superoperator_of(back), superoperator_of(bound), atol=1e-7)


OPERATIONS = [
    qml.U2(0.3, 0.4, 1),
    qml.U3(0.3, 0.4, 0.5, 1),
    qml.Rot(0.3, 0.4, 0.5, 1),
    qml.CRot(0.3, 0.4, 0.5, [2, 0]),
    qml.PhaseShift(0.3, 0),
    qml.MultiRZ(0.3, [0, 2, 1]),
    qml.PauliRot(0.3, "XYZ", [2, 0, 1]),
    qml.IsingXY(0.3, [0, 2]),
    qml.PSWAP(0.3, [0, 2]),
    qml.SISWAP([0, 2]),
    qml.ECR([2, 0]),
    qml.ISWAP([2, 0]),
    qml.SingleExcitation(0.3, [2, 0]),
    qml.FermionicSWAP(0.3, [2, 0]),
    qml.ControlledPhaseShift(0.3, [2, 0]),
    qml.CPhaseShift01(0.3, [2, 0]),
    qml.Toffoli([2, 0, 1]),
    qml.MultiControlledX([2, 0, 1], [1, 0]),
    qml.CSWAP([2, 0, 1]),
    qml.QFT([2, 0, 1]),
    qml.DiagonalQubitUnitary([1, 1j, -1, 1], [2, 0]),
    qml.QubitUnitary(np.diag([1, 1j, -1, 1]), [2, 0]),
    qml.ctrl(qml.S(1), 0),
    qml.ctrl(qml.RX(0.3, 1), 0, control_values=[0]),
    qml.ctrl(qml.GlobalPhase(0.3), 1),
    qml.adjoint(qml.T(1)),
    qml.adjoint(qml.IsingXX(0.4, [0, 1])),
    qml.pow(qml.SX(1), 0.5),
    qml.pow(qml.RX(0.2, 1), 3),
    qml.prod(qml.X(0), qml.H(1)),
    qml.exp(qml.Z(0) @ qml.X(1), 0.3j),
    qml.GlobalPhase(0.3),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_operations_of_every_kind(operation: Any) -> None:
    tape = qml.tape.QuantumScript([operation])
    ours = interop.from_pennylane(tape, wires=range(3))
    np.testing.assert_allclose(unitary_of(ours), matrix_of(tape, 3), atol=1e-9)


CHANNELS = [
    qml.AmplitudeDamping(0.2, 0),
    qml.GeneralizedAmplitudeDamping(0.2, 0.3, 0),
    qml.PhaseDamping(0.2, 0),
    qml.DepolarizingChannel(0.2, 0),
    qml.BitFlip(0.2, 0),
    qml.PhaseFlip(0.2, 0),
    qml.ResetError(0.2, 0.3, 0),
    qml.PauliError("XY", 0.2, [0, 1]),
    qml.ThermalRelaxationError(0.1, 50.0, 60.0, 10.0, 0),
    qml.ThermalRelaxationError(0.1, 50.0, 30.0, 10.0, 0),
    qml.QubitChannel([np.diag([1, 0.6]), np.array([[0, 0.8], [0, 0]])], 0),
]


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda c: c.name)
def test_every_channel_of_pennylane(channel: Any) -> None:
    ours = interop.from_pennylane(qml.tape.QuantumScript([channel]))
    wanted = sum(np.kron(k, np.conj(k)) for k in channel.kraus_matrices())
    np.testing.assert_allclose(superoperator_of(ours), wanted, atol=1e-7)


def test_wires() -> None:
    tape = qml.tape.QuantumScript([qml.CNOT(["b", "a"]), qml.RX(0.3, "c")])
    assert [i.qubits for i in interop.from_pennylane(tape)] == [(0, 1), (2,)]
    ours = interop.from_pennylane(tape, wires=["a", "b", "c"])
    assert [i.qubits for i in ours] == [(1, 0), (2,)]
    gaps = qml.tape.QuantumScript([qml.CNOT([3, 1])])
    assert interop.from_pennylane(gaps).num_qubits == 4
    assert list(interop.to_pennylane(ours, wires="xyz").wires) == ["y", "x", "z"]


@given(observable=strategies.pauli_sums(4))
def test_observables_out_and_back(observable: tnsim.PauliSum) -> None:
    theirs = interop.to_pennylane_observable(observable)
    matrix = np.asarray(qml.matrix(theirs, wire_order=range(4)))
    np.testing.assert_allclose(matrix, observable.to_matrix(4), atol=1e-9)
    assert interop.from_pennylane_observable(theirs) == observable


def test_observables_of_other_kinds() -> None:
    given_ = qml.Hamiltonian([0.3, 1.0], [qml.X("a") @ qml.Z("b"), qml.Y("c")])
    ours = interop.from_pennylane_observable(given_, wires=["c", "b", "a"])
    assert ours == tnsim.PauliSum({"X2 Z1": 0.3, "Y0": 1.0})
    matrix = np.array([[1, 2j], [-2j, 3]])
    found = interop.from_pennylane_observable(qml.Hermitian(matrix, 1))
    np.testing.assert_allclose(found.to_matrix(2), np.kron(np.eye(2), matrix))
    with pytest.raises(tnsim.QueryError, match="no number"):
        interop.from_pennylane_observable(qml.Z("a"))
    with pytest.raises(tnsim.QueryError, match="must list 'a'"):
        interop.from_pennylane_observable(qml.Z("a"), wires=["b"])
    with pytest.raises(tnsim.QueryError, match="must be an observable"):
        interop.from_pennylane_observable("Z")


def test_measurements() -> None:
    ours = tnsim.Circuit(2).h(0).measure([1, 0], [0, 1])
    theirs = interop.to_pennylane(ours)
    assert interop.from_pennylane(theirs) == ours


class Odd(qml.operation.Operation):  # type: ignore[name-defined,misc]
    """An operation of which nothing is known."""

    num_wires = 1


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        ([qml.WireCut(0)], r"WireCut \(instruction 0\).*cut wires"),
        ([qml.RX(np.array([0.1, 0.2]), 0)], r"RX \(instruction 0\).*one finite real"),
        ([qml.X(0), Odd(1)], r"Odd \(instruction 1\).*no decomposition"),
    ],
)
def test_what_cannot_come_in(operations: list[Any], message: str) -> None:
    with pytest.raises(tnsim.CircuitError, match=message):
        interop.from_pennylane(qml.tape.QuantumScript(operations))


def test_what_cannot_go_out() -> None:
    c = tnsim.Circuit(1).channel(noise.bit_flip(tnsim.Parameter("p")), 0)
    with pytest.raises(tnsim.CircuitError, match=r"bit_flip \(instruction 0\).*p has no value"):
        interop.to_pennylane(c)
    with pytest.raises(tnsim.CircuitError, match=r"rx \(instruction 0\).*a has no value"):
        interop.to_pennylane(tnsim.Circuit(1).rx(tnsim.Parameter("a"), 0))
    with pytest.raises(tnsim.CircuitError, match="must be a tape"):
        interop.from_pennylane("x")
    with pytest.raises(tnsim.CircuitError, match="must list each wire"):
        interop.from_pennylane(qml.tape.QuantumScript([qml.X(0)]), wires=[1])
