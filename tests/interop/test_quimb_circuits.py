"""Circuits and networks to quimb and back, by quimb's own contraction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import quimb.tensor as qtn
from hypothesis import given
from hypothesis import strategies as st

import tnsim
from tests import strategies
from tests.circuit.dense_unitary import unitary_of
from tests.oracle_circuits import answer, final_vector
from tnsim import contraction, interop, noise
from tnsim.contraction.execute import execute
from tnsim.interop.quimb_circuits import _NAMES, _ROOTS


@given(circuit=strategies.circuits(max_qubits=4, numbers=strategies.angles))
def test_states_out_and_circuits_back(circuit: tnsim.Circuit) -> None:
    theirs = interop.to_quimb(circuit)
    state = np.asarray(theirs.to_dense(optimize="greedy")).ravel()
    np.testing.assert_allclose(state, final_vector(circuit, {}), atol=1e-9)
    back = interop.from_quimb(theirs)
    np.testing.assert_allclose(unitary_of(back), unitary_of(circuit), atol=1e-9)


def entangled(size: int) -> Any:
    """A state on which every gate on up to size / 2 qubits shows the whole of its matrix."""
    circuit = qtn.Circuit(size)
    generator = np.random.default_rng(1)
    for _ in range(4):
        for q in range(size):
            circuit.u3(*generator.random(3) * 3, q)
        for q in range(size - 1):
            circuit.rxx(1 + generator.random(), q, q + 1)
    return circuit


@pytest.mark.parametrize("label", sorted(qtn.circuit.ALL_GATES))
def test_every_gate_of_quimb(label: str) -> None:
    count = {"SU4": 15, "U3": 3, "CU3": 3, "U2": 2, "CU2": 2, "FSIMG": 5, "FSIM": 2, "FS": 2}
    count |= {"GIVENS2": 2, "XXMINUSYY": 2, "XXPLUSYY": 2}
    fixed = qtn.circuit.ALL_GATES - qtn.circuit.ALL_PARAM_GATES
    angles = [] if label in fixed else [0.1 + 0.2 * k for k in range(count.get(label, 1))]
    for size in (1, 2, 3):
        theirs = entangled(5)
        before = len(theirs.gates)
        try:
            theirs.apply_gate(label, *angles, *[3, 0, 2][:size])
            wanted = np.asarray(theirs.to_dense(optimize="greedy")).ravel()
        except Exception:
            continue
        ours = interop.from_quimb(theirs)
        np.testing.assert_allclose(final_vector(ours, {}), wanted, atol=1e-9)
        if label in _NAMES:
            assert ours[before].name == _NAMES[label]
        assert (ours[before].name == "unitary") == (label not in {**_NAMES, **_ROOTS})
        return
    pytest.fail(f"{label} was on no number of qubits")


def test_controls_and_raw_arrays() -> None:
    theirs = qtn.Circuit(3)
    theirs.h(0)
    theirs.apply_gate("RX", 0.4, 2, controls=[0, 1])
    theirs.apply_gate_raw(np.diag([1, 1j, -1, 1]), [2, 0])
    ours = interop.from_quimb(theirs)
    state = np.asarray(theirs.to_dense(optimize="greedy")).ravel()
    np.testing.assert_allclose(final_vector(ours, {}), state, atol=1e-9)


def test_other_classes_of_quimb() -> None:
    ours = tnsim.Circuit(3).h(0).cx(0, 1).rzz(0.3, 1, 2)
    theirs = interop.to_quimb(ours, qtn.CircuitMPS)
    assert isinstance(theirs, qtn.CircuitMPS)
    np.testing.assert_allclose(
        np.asarray(theirs.to_dense(optimize="greedy")).ravel(), final_vector(ours, {}), atol=1e-9
    )


@given(
    circuit=strategies.noisy_circuits(max_qubits=3, max_gates=6),
    values=strategies.PARAMETER_VALUES,
    data=st.data(),
)
def test_networks_of_expectation_values(
    circuit: tnsim.Circuit, values: dict[str, float], data: st.DataObject
) -> None:
    text = data.draw(strategies.pauli_strings(circuit.num_qubits))
    basis = data.draw(st.sampled_from(["pauli", "sandwich"]))
    network = interop.to_quimb_network(circuit, text, values, basis=basis)
    wanted = answer(circuit, tnsim.Expectation(text), values)
    np.testing.assert_allclose(network.contract(output_inds=()), wanted, atol=1e-9)


@given(
    circuit=strategies.circuits(max_qubits=3, max_gates=6),
    values=strategies.PARAMETER_VALUES,
    data=st.data(),
)
def test_networks_of_amplitudes(
    circuit: tnsim.Circuit, values: dict[str, float], data: st.DataObject
) -> None:
    bits = data.draw(strategies.bitstrings(circuit.num_qubits))
    network = interop.to_quimb_network(circuit, bits, values)
    wanted = final_vector(circuit, values)[int(bits, 2)]
    np.testing.assert_allclose(network.contract(output_inds=()), wanted, atol=1e-9)


def test_networks_back() -> None:
    theirs = qtn.Circuit(4)
    generator = np.random.default_rng(0)
    for k in range(3):
        theirs.rx(generator.random(), k)
        theirs.rzz(generator.random(), k, k + 1)
    tn = theirs.psi
    tn.exponent = 0.5
    order = [f"k{q}" for q in (2, 0, 3, 1)]
    network, arrays = interop.from_quimb_network(tn, order)
    found = execute(contraction.plan(network, budget="1MB", dtype="complex128"), arrays)
    wanted = theirs.psi.contract(output_inds=order).data * 10**0.5
    np.testing.assert_allclose(found, wanted, atol=1e-9)
    again = interop.network_to_quimb(network, arrays)
    np.testing.assert_allclose(again.contract(output_inds=order).data, found, atol=1e-9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda c: c.rx(tnsim.Parameter("a"), 0), r"rx \(instruction 1\).*a has no value"),
        (lambda c: c.reset(0), r"reset \(instruction 1\).*are unitary"),
        (lambda c: c.channel(noise.bit_flip(0.1), 0), r"bit_flip \(instruction 1\)"),
        (lambda c: c.gphase(tnsim.Parameter("a")), "global phase"),
    ],
)
def test_what_cannot_go_out(make: Any, message: str) -> None:
    circuit = tnsim.Circuit(1).h(0)
    make(circuit)
    with pytest.raises(tnsim.CircuitError, match=message):
        interop.to_quimb(circuit)


def test_what_cannot_come_in() -> None:
    theirs = qtn.Circuit(1)
    theirs.apply_gate_raw(np.diag([1, 0.5]), [0])
    with pytest.raises(tnsim.CircuitError, match=r"\(instruction 0\).*unitary"):
        interop.from_quimb(theirs)
    with pytest.raises(tnsim.CircuitError, match="must be a Circuit of quimb"):
        interop.from_quimb("x")
    with pytest.raises(tnsim.QueryError, match="a bit for each of 2 qubits"):
        interop.to_quimb_network(tnsim.Circuit(2), "0")
    with pytest.raises(tnsim.CircuitError, match="but not 'a'"):
        interop.to_quimb_network(tnsim.Circuit(1).rx(tnsim.Parameter("a"), 0), "Z0")
    with pytest.raises(tnsim.TnsimError, match="must have the shapes"):
        interop.network_to_quimb(contraction.Network.from_equation("ij->i", (2, 2)), [np.eye(3)])
