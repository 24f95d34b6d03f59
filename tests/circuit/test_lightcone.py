"""Light cones: against a walk over rows, and against the reduced states they must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsim.circuit.layers
from tests.circuit.dense_unitary import unitary_of
from tests.oracle import reduced
from tests.strategies import circuits, qubit_lists
from tnsim import Circuit

MANY = circuits(max_gates=30, resets=True, matrices=False)


def walked(circuit: Circuit, qubits: list[int]) -> list[str]:
    """The cone by its definition: from the end, rows that touch what still matters."""
    active, kept = set(qubits), []
    for instruction in list(circuit)[::-1]:
        if instruction.name == "barrier" or not active & set(instruction.qubits):
            continue
        kept.append(str(instruction))
        active |= set(instruction.qubits)
        if instruction.name == "reset":
            active -= set(instruction.qubits)
    return kept[::-1]


@given(MANY, st.data())
def test_cone_by_definition(circuit: Circuit, data: st.DataObject) -> None:
    qubits = data.draw(qubit_lists(circuit.num_qubits))
    assert [str(i) for i in circuit.lightcone(qubits)] == walked(circuit, qubits)


@given(MANY, st.data())
def test_the_kernel_for_long_circuits_finds_the_same(circuit: Circuit, data: st.DataObject) -> None:
    qubits = data.draw(qubit_lists(circuit.num_qubits))
    peeled = circuit.lightcone(qubits), circuit.depth()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tnsim.circuit.layers, "_LONG", -1)
        assert (circuit.lightcone(qubits), circuit.depth()) == peeled


@given(circuits(max_qubits=4), st.data())
def test_the_state_of_the_qubits_is_kept(circuit: Circuit, data: st.DataObject) -> None:
    qubits = data.draw(qubit_lists(circuit.num_qubits))
    values = {"theta": 0.4, "phi": -1.3}
    states = []
    for c in (circuit, circuit.lightcone(qubits)):
        psi = unitary_of(c, values)[:, 0]
        states.append(reduced(np.outer(psi, psi.conj()), qubits))
    np.testing.assert_allclose(states[0], states[1], atol=1e-12)


def test_brick_wall_cone_grows_by_one_gate_a_layer() -> None:
    circuit = Circuit(1000)
    for k in range(40):
        circuit.cz(range(k % 2, 999, 2), range(1 + k % 2, 1000, 2))
    cone = circuit.lightcone(500)
    assert len(cone) == sum(1 + k for k in range(40)) or len(cone) == sum(range(40)) + 40
    assert cone.num_qubits == 1000
    assert cone.depth() == 40


def test_several_forms_of_the_argument() -> None:
    circuit = Circuit(4).h(range(4)).cx(0, 1)
    cones = [circuit.lightcone(q) for q in ([0, 3], (3, 0), np.array([0, 3, 0]), range(0, 4, 3))]
    assert all(cone == cones[0] for cone in cones)
    assert cones[0].counts() == {"h": 3, "cx": 1}
    assert len(circuit.lightcone([])) == 0
