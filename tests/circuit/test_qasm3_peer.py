"""Programs that Qiskit writes mean to us what they mean to it."""

from __future__ import annotations

import numpy as np
import qiskit.qasm2
import qiskit.qasm3
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator

from tests.circuit.dense_unitary import unitary_of
from tests.strategies import circuits
from tnsim import Circuit
from tnsim.circuit.gates import GATES
from tnsim.circuit.qasm3 import read_qasm3

NAMES = [name for name, kind in GATES.items() if kind.num_qubits <= 3]


def equal_up_to_phase(a: NDArray[np.complex128], b: NDArray[np.complex128]) -> None:
    overlap = np.vdot(a, b)
    np.testing.assert_allclose(a * (overlap / abs(overlap)), b, atol=1e-9)


@given(circuits(max_qubits=3, gates=NAMES, matrices=False, numbers=st.floats(-7, 7)))
@settings(max_examples=50)
def test_what_qiskit_writes(circuit: Circuit) -> None:
    peer = qiskit.qasm2.loads(circuit.to_qasm())
    found = read_qasm3(qiskit.qasm3.dumps(peer))
    equal_up_to_phase(unitary_of(found), np.asarray(Operator(peer.reverse_bits()).data))


def test_modifiers_as_qiskit_writes_them() -> None:
    peer = QuantumCircuit(4)
    inner = QuantumCircuit(1, name="inner")
    inner.rx(0.3, 0)
    inner.t(0)
    peer.append(inner.to_gate().control(2), [0, 1, 2])
    peer.append(inner.to_gate().power(3), [3])
    peer.append(inner.to_gate().inverse(), [1])
    peer.mcx([0, 1, 2], 3)
    found = read_qasm3(qiskit.qasm3.dumps(peer))
    equal_up_to_phase(unitary_of(found), np.asarray(Operator(peer.reverse_bits()).data))
