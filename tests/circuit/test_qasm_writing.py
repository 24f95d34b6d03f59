"""Writing OpenQASM 2, and reading it back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.circuit.dense_unitary import unitary_of
from tests.circuit.qasm_programs import GATES as QELIB1
from tests.circuit.qasm_programs import programs
from tests.strategies import circuits
from tnsim import Circuit, CircuitError, Parameter, noise
from tnsim.base.parameters import Affine
from tnsim.circuit.gates import GATES
from tnsim.circuit.qasm.angle_text import angle_texts
from tnsim.circuit.qasm2 import read_qasm2, write_qasm2
from tnsim.circuit.qasm2.spelling import spelled_out


@given(circuits(matrices=False, resets=True, max_gates=20), st.data())
def test_round_trip(circuit: Circuit, data: st.DataObject) -> None:
    measured = data.draw(st.lists(st.integers(0, circuit.num_qubits - 1), unique=True))
    bits = data.draw(st.permutations(range(circuit.num_qubits + 2)))[: len(measured)]
    if measured:
        circuit.measure(measured, bits)
    assert Circuit.from_qasm(circuit.to_qasm()) == circuit


@given(programs())
def test_round_trip_of_programs(text: str) -> None:
    circuit = read_qasm2(text)
    assert read_qasm2(write_qasm2(circuit)) == circuit


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_no_digit_is_lost(angles: list[float]) -> None:
    circuit = Circuit(1).rz(angles, 0)
    assert [row.angles for row in read_qasm2(write_qasm2(circuit))] == [(a,) for a in angles]


@given(st.integers(-200, 200), st.integers(1, 64))
def test_multiples_of_pi_are_exact(multiple: int, divisor: int) -> None:
    value = multiple * math.pi / divisor
    circuit = Circuit(1).rx(value, 0)
    [row] = read_qasm2(write_qasm2(circuit))
    assert row.angles == (value,)


def test_multiples_of_pi_are_readable() -> None:
    pi = math.pi
    values = np.array([pi, -pi, pi / 2, -3 * pi / 4, 7 * pi / 3, 0, 0.1, pi / 10, pi / 7])
    texts = ["pi", "-pi", "pi/2", "-3*pi/4", "7*pi/3", "0.0", "0.1", "pi/10", repr(pi / 7)]
    assert angle_texts(values) == texts


def test_text() -> None:
    theta, gamma = Parameter("theta"), Parameter("g[2]")
    circuit = Circuit(3).h(0).rzz(-math.pi / 2, 0, 2).rx(0.5 - 2 * theta, 1).barrier(2, 0)
    circuit.u(theta, gamma - theta, 1e-30, 1).reset(0).gphase(theta / 2).measure([2, 1], [0, 4])
    assert write_qasm2(circuit).splitlines() == [
        "OPENQASM 2.0;",
        'include "qelib1.inc";',
        "// An extension of OpenQASM 2, free parameters stand in angles: g[2], theta",
        "// Global phase, for which OpenQASM 2 has no word: 0.5*theta",
        "gate rzz(a0) q0,q1 { cx q0,q1; rz(a0) q1; cx q0,q1; }",
        "gate u(a0,a1,a2) q0 { u3(a0,a1,a2) q0; }",
        "qreg q[3];",
        "creg c[5];",
        "h q[0];",
        "rzz(-pi/2) q[0],q[2];",
        "rx(-2.0*theta+0.5) q[1];",
        "barrier q[2],q[0];",
        "u(theta,g[2]-theta,1e-30) q[1];",
        "reset q[0];",
        "measure q[2] -> c[0];",
        "measure q[1] -> c[4];",
    ]


@pytest.mark.parametrize("name", sorted(set(GATES) - set(QELIB1)))
def test_definitions_are_of_the_published_gates_and_right(name: str) -> None:
    kind = GATES[name]
    angles = [0.3 + 0.4 * k for k in range(kind.num_params)]
    call = f"{name}({','.join(map(str, angles))})" if angles else name
    qubits = ",".join(f"q[{k}]" for k in range(kind.num_qubits))
    # Under another name it is not recognised, and so is written out.
    [statement] = spelled_out([name])
    text = 'OPENQASM 2.0; include "qelib1.inc";' + statement.replace(f"gate {name}", "gate mine")
    text += f"qreg q[{kind.num_qubits}]; {call.replace(name, 'mine')} {qubits};"
    written_out = read_qasm2(text)
    assert set(written_out.counts()) <= set(QELIB1)
    wanted = unitary_of(Circuit(kind.num_qubits).append(name, *angles, *range(kind.num_qubits)))
    found = unitary_of(written_out)
    overlap = np.vdot(found, wanted)
    np.testing.assert_allclose(found * (overlap / abs(overlap)), wanted, atol=1e-12)


def test_published_gates_are_not_defined_again() -> None:
    assert spelled_out(set(QELIB1) - {"U", "CX"}) == []


@pytest.mark.parametrize(
    ("circuit", "message"),
    [
        (Circuit(1).channel(noise.bit_flip(0.1), 0), "no noise channels .*bit_flip"),
        (Circuit(1).unitary(np.eye(2), 0), "no matrices; .*unroll"),
        (Circuit(1).rx(Parameter("pi"), 0), "a parameter called 'pi' cannot be written"),
        (Circuit(1).rx(2 * Parameter("sin"), 0), "a parameter called 'sin' cannot be written"),
    ],
)
def test_what_the_language_cannot_say(circuit: Circuit, message: str) -> None:
    with pytest.raises(CircuitError, match=message):
        circuit.to_qasm()


def test_expressions_come_back_exactly() -> None:
    expression = Affine({"a": 1 / 3, "b": -1e-20, "c_1": -1.0, "d[7]": 1.0}, -math.pi)
    circuit = Circuit(2).rx([expression, -expression], [0, 1])
    assert read_qasm2(write_qasm2(circuit)).expressions == (expression, -expression)
