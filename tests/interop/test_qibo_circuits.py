"""Circuits of qibo in and out: the same matrix or density matrix, by qibo's NumPy backend."""

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
from tnsim.interop.qibo_circuits import _backend

qibo = pytest.importorskip("qibo", reason="qibo is no part of every test environment")
gates = qibo.gates


def matrix_of(circuit: Any) -> Any:
    """Column by column, by running the circuit on basis states."""
    size = 1 << circuit.nqubits
    columns = [
        _backend().execute_circuit(circuit.copy(deep=True), initial_state=np.eye(size)[k] + 0j)
        for k in range(size)
    ]
    return np.stack([np.asarray(column.state()) for column in columns], axis=1)


@given(circuit=strategies.circuits(max_qubits=4, numbers=strategies.angles))
def test_unitaries_out_and_back(circuit: tnsim.Circuit) -> None:
    theirs = interop.to_qibo(circuit)
    wanted = unitary_of(circuit)
    if theirs.queue:
        np.testing.assert_allclose(matrix_of(theirs), wanted, atol=1e-9)
    np.testing.assert_allclose(unitary_of(interop.from_qibo(theirs)), wanted, atol=1e-9)


@given(
    circuit=strategies.circuits(max_qubits=3, channels=True, resets=True, max_gates=6),
    values=strategies.PARAMETER_VALUES,
)
def test_channels_out_and_back(circuit: tnsim.Circuit, values: dict[str, float]) -> None:
    bound = circuit.bind({name: values[name] for name in circuit.parameters})
    theirs = interop.to_qibo(bound)
    if theirs.density_matrix:
        rho = _backend().execute_circuit(theirs.copy(deep=True)).state()
        np.testing.assert_allclose(rho, final_state(bound, {}), atol=1e-7)
    back = interop.from_qibo(theirs)
    np.testing.assert_allclose(superoperator_of(back), superoperator_of(bound), atol=1e-7)


GATES = [
    *[getattr(gates, n)(1) for n in "I H X Y Z S T SDG TDG SX SXDG".split()],
    *[getattr(gates, n)(1, 0.3) for n in "RX RY RZ U1 GPI GPI2".split()],
    gates.U2(1, 0.3, 0.4),
    gates.U3(1, 0.3, 0.4, 0.5),
    gates.PRX(1, 0.3, 0.4),
    gates.U1q(1, 0.3, 0.4),
    *[getattr(gates, n)(2, 0) for n in "CNOT CY CZ CSX CSXDG SWAP iSWAP SiSWAP FSWAP ECR".split()],
    *[getattr(gates, n)(2, 0, 0.3) for n in "CRX CRY CRZ CU1 RXX RYY RZZ RZX RBS GIVENS".split()],
    gates.CU2(2, 0, 0.3, 0.4),
    gates.CU3(2, 0, 0.3, 0.4, 0.5),
    gates.fSim(2, 0, 0.3, 0.4),
    gates.SYC(2, 0),
    gates.MS(2, 0, 0.3, 0.4, 0.5),
    gates.TOFFOLI(2, 0, 1),
    gates.CCZ(2, 0, 1),
    gates.DEUTSCH(2, 0, 1, 0.3),
    gates.Unitary(np.diag([1, 1j, -1, 1]), 2, 0),
    gates.H(1).controlled_by(2),
    gates.RX(1, 0.3).controlled_by(2, 0),
    gates.SWAP(1, 2).controlled_by(0),
    gates.Unitary(np.diag([1, 1j]), 1).controlled_by(0),
]


@pytest.mark.parametrize("gate", GATES, ids=lambda g: f"{type(g).__name__}{g.qubits}")
def test_every_gate_of_qibo(gate: Any) -> None:
    theirs = qibo.Circuit(3)
    theirs.add(gate)
    np.testing.assert_allclose(unitary_of(interop.from_qibo(theirs)), matrix_of(theirs), atol=1e-9)


CHANNELS = [
    gates.PauliNoiseChannel(1, [("X", 0.1), ("Z", 0.2)]),
    gates.PauliNoiseChannel((2, 0), [("XY", 0.1)]),
    gates.DepolarizingChannel((2, 0), 0.1),
    gates.ThermalRelaxationChannel(0, [50.0, 60.0, 10.0, 0.1]),
    gates.ThermalRelaxationChannel(0, [50.0, 30.0, 10.0, 0.1]),
    gates.AmplitudeDampingChannel(1, 0.2),
    gates.PhaseDampingChannel(1, 0.2),
    gates.ResetChannel(1, [0.2, 0.1]),
    gates.KrausChannel((2, 0), [np.diag([1, 1j, -1, 1])]),
    gates.UnitaryChannel((2, 0), [(0.3, np.diag([1, 1j, -1, 1]))]),
]


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda g: f"{type(g).__name__}{g.qubits}")
def test_every_channel_of_qibo(channel: Any) -> None:
    theirs = qibo.Circuit(3, density_matrix=True)
    for k in range(3):
        theirs.add(gates.U3(k, 0.3 + k, 0.5, 0.2))
    theirs.add(gates.CNOT(0, 2))
    theirs.add(gates.CNOT(1, 2))
    theirs.add(channel)
    rho = _backend().execute_circuit(theirs.copy(deep=True)).state()
    np.testing.assert_allclose(final_state(interop.from_qibo(theirs), {}), rho, atol=1e-9)


def test_measurements() -> None:
    ours = tnsim.Circuit(3).h(0).measure([2, 0], [0, 1])
    theirs = interop.to_qibo(ours)
    assert interop.from_qibo(theirs) == ours
    other = qibo.Circuit(1)
    other.add(gates.M(0, basis=gates.X))
    assert [i.name for i in interop.from_qibo(other)] == ["h", "measure"]


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        (lambda: gates.M(0, p0=0.1), r"M \(instruction 0\).*NoiseModel.readout"),
        (lambda: gates.CallbackGate(None), r"CallbackGate \(instruction 0\)"),
    ],
)
def test_what_cannot_come_in(gate: Any, message: str) -> None:
    theirs = qibo.Circuit(1)
    theirs.add(gate())
    with pytest.raises(tnsim.CircuitError, match=message):
        interop.from_qibo(theirs)
    with pytest.raises(tnsim.CircuitError, match="must be a Circuit of qibo"):
        interop.from_qibo("x")


def test_what_cannot_go_out() -> None:
    with pytest.raises(tnsim.CircuitError, match=r"rx \(instruction 0\).*a has no value"):
        interop.to_qibo(tnsim.Circuit(1).rx(tnsim.Parameter("a"), 0))
    c = tnsim.Circuit(1).channel(noise.bit_flip(tnsim.Parameter("p")), 0)
    with pytest.raises(tnsim.CircuitError, match="p has no value"):
        interop.to_qibo(c)
