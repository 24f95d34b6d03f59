"""What a program means: the same as for Qiskit."""

from __future__ import annotations

import numpy as np
import pytest
import qiskit.qasm2
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from qiskit.quantum_info import Operator

from tests.circuit.dense_unitary import unitary_of
from tests.circuit.qasm_programs import programs
from tests.strategies import circuits
from tnsim import Circuit
from tnsim.base.errors import QasmError
from tnsim.circuit.gates import GATES
from tnsim.circuit.qasm2 import read_qasm2, write_qasm2

# Gates whose matrix is compared on a space of 2 to 32 dimensions; all but the widest.
NAMES = [name for name, kind in GATES.items() if kind.num_qubits <= 3]


def peer(text: str) -> NDArray[np.complex128]:
    """The matrix that Qiskit reads, qubit 0 most significant."""
    circuit = qiskit.qasm2.loads(text)
    circuit.remove_final_measurements()
    return np.asarray(Operator(circuit.reverse_bits()).data)


def without_measurements(circuit: Circuit) -> Circuit:
    rows = [i for i, row in enumerate(circuit) if row.operation.kind != "measure"]
    return circuit[: len(rows)]


def assert_equal_up_to_phase(a: NDArray[np.complex128], b: NDArray[np.complex128]) -> None:
    overlap = np.vdot(a, b)
    np.testing.assert_allclose(a * (overlap / abs(overlap)), b, atol=1e-9)


@given(programs())
def test_programs_mean_what_qiskit_reads(text: str) -> None:
    circuit = without_measurements(read_qasm2(text))
    assert_equal_up_to_phase(unitary_of(circuit), peer(text))


@given(circuits(max_qubits=3, gates=NAMES, matrices=False, numbers=st.floats(-7, 7)))
def test_qiskit_reads_what_is_written(circuit: Circuit) -> None:
    assert_equal_up_to_phase(unitary_of(circuit), peer(write_qasm2(circuit)))


def test_bits_are_numbered_over_all_registers() -> None:
    circuit = read_qasm2(
        'OPENQASM 2.0; include "qelib1.inc"; qreg a[2]; creg x[3]; qreg b[1]; creg y[2];'
        "measure b[0] -> x[1]; measure a -> y;"
    )
    assert circuit.measured == {2: 1, 0: 3, 1: 4}


@pytest.mark.parametrize(
    "body", ["cx q[0],q[0];", "h r[0];", "h q[2];", "rx(1/0) q[0];", "gate g a { g a; }", "h q[0]"]
)
def test_both_refuse(body: str) -> None:
    text = f'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; {body}'
    with pytest.raises(QasmError):
        read_qasm2(text)
    with pytest.raises(qiskit.qasm2.QASM2ParseError):
        peer(text)
