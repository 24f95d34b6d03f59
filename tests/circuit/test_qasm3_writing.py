"""Writing OpenQASM 3, and reading it back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.circuit.dense_unitary import unitary_of
from tests.circuit.qasm3_programs import programs
from tests.strategies import PARAMETER_VALUES, circuits
from tnsim import Circuit, CircuitError, Parameter, noise
from tnsim.base.parameters import Affine
from tnsim.circuit.gates import GATES
from tnsim.circuit.qasm3 import read_qasm3, write_qasm3
from tnsim.circuit.qasm3.library import SAME
from tnsim.circuit.qasm3.spelling import spelled_out, written_name


@given(circuits(matrices=False, resets=True, max_gates=20), st.data())
def test_round_trip(circuit: Circuit, data: st.DataObject) -> None:
    measured = data.draw(st.lists(st.integers(0, circuit.num_qubits - 1), unique=True))
    bits = data.draw(st.permutations(range(circuit.num_qubits + 2)))[: len(measured)]
    circuit.gphase(data.draw(st.sampled_from([0.0, 0.3, 2 * Parameter("theta") - 1.0])))
    if measured:
        circuit.measure(measured, bits)
    assert Circuit.from_qasm(circuit.to_qasm(3)) == circuit


@given(circuits(matrices=False, max_qubits=3), PARAMETER_VALUES)
def test_both_versions_say_the_same(circuit: Circuit, values: dict[str, float]) -> None:
    wanted = unitary_of(circuit, values)
    np.testing.assert_allclose(
        unitary_of(read_qasm3(circuit.to_qasm(3)), values), wanted, atol=1e-9
    )
    again = unitary_of(Circuit.from_qasm(circuit.to_qasm(2)), values)
    overlap = np.vdot(again, wanted)
    np.testing.assert_allclose(again * (overlap / abs(overlap)), wanted, atol=1e-9)


@given(programs())
def test_round_trip_of_programs(text: str) -> None:
    circuit = read_qasm3(text)
    assert read_qasm3(write_qasm3(circuit)) == circuit


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_no_digit_is_lost(angles: list[float]) -> None:
    circuit = Circuit(1).rz(angles, 0)
    assert [row.angles for row in read_qasm3(write_qasm3(circuit))] == [(a,) for a in angles]


def test_text() -> None:
    theta, gamma = Parameter("theta"), Parameter("g[2]")
    circuit = Circuit(3).h(0).rzz(-math.pi / 2, 0, 2).rx(0.5 - 2 * theta, 1).barrier(2, 0)
    circuit.u(theta, gamma - theta, 1e-30, 1).reset(0).gphase(theta / 2).measure([2, 1], [0, 4])
    assert write_qasm3(circuit).splitlines() == [
        "OPENQASM 3.0;",
        'include "stdgates.inc";',
        "input array[float[64], 3] g;",
        "input float[64] theta;",
        "gate rzz(a0) q0,q1 { cx q0,q1; rz(a0) q1; cx q0,q1; }",
        "gate u(a0,a1,a2) q0 { U(a0,a1,a2) q0; gphase(-0.5*a0); }",
        "qubit[3] q;",
        "bit[5] c;",
        "gphase(0.5*theta);",
        "h q[0];",
        "rzz(-pi/2) q[0],q[2];",
        "rx(-2.0*theta+0.5) q[1];",
        "barrier q[2],q[0];",
        "u(theta,g[2]-theta,1e-30) q[1];",
        "reset q[0];",
        "c[0] = measure q[2];",
        "c[4] = measure q[1];",
    ]


@pytest.mark.parametrize("name", sorted(set(GATES) - set(SAME)))
def test_definitions_are_right(name: str) -> None:
    kind = GATES[name]
    angles = [0.3 + 0.4 * k for k in range(kind.num_params)]
    qubits = ",".join(f"q[{k}]" for k in range(kind.num_qubits))
    # Under another name it is not recognised, and so is written out.
    statement = spelled_out(name)
    assert statement is not None
    text = 'OPENQASM 3.0; include "stdgates.inc";'
    text += statement.replace(f"gate {written_name(name)}", "gate mine")
    call = f"mine({','.join(map(str, angles))})" if angles else "mine"
    written_out = read_qasm3(f"{text} qubit[{kind.num_qubits}] q; {call} {qubits};")
    wanted = unitary_of(Circuit(kind.num_qubits).append(name, *angles, *range(kind.num_qubits)))
    np.testing.assert_allclose(unitary_of(written_out), wanted, atol=1e-12)


def test_registers_step_aside_for_parameters() -> None:
    circuit = Circuit(2).rx(Parameter("q"), 0).ry(Parameter("c[1]"), 1).measure(1)
    assert read_qasm3(write_qasm3(circuit)) == circuit


@pytest.mark.parametrize(
    ("circuit", "message"),
    [
        (Circuit(1).channel(noise.bit_flip(0.1), 0), "no noise channels .*bit_flip"),
        (Circuit(1).unitary(np.eye(2), 0), "no matrices; .*unroll"),
        (Circuit(1).rx(Parameter("pi"), 0), "a parameter called 'pi' cannot be written"),
        (Circuit(1).rx(Parameter("h"), 0), "a parameter called 'h' cannot be written"),
        (Circuit(1).rx(Parameter("if"), 0), "a parameter called 'if' cannot be written"),
        (Circuit(2).rzz(Parameter("rzz"), 0, 1), "a parameter called 'rzz' cannot be written"),
        (Circuit(1).rx(Parameter("v") + Parameter("v[1]"), 0), "cannot be written to one program"),
    ],
)
def test_what_the_language_cannot_say(circuit: Circuit, message: str) -> None:
    with pytest.raises(CircuitError, match=message):
        circuit.to_qasm(3)


@pytest.mark.parametrize("version", [1, 2.0, "3", None, True])
def test_versions(version: object) -> None:
    with pytest.raises(CircuitError, match="`version` must be 2 or 3"):
        Circuit(1).to_qasm(version)  # type: ignore[arg-type]


def test_expressions_come_back_exactly() -> None:
    expression = Affine({"a": 1 / 3, "b": -1e-20, "c_1": -1.0, "d[7]": 1.0}, -math.pi)
    circuit = Circuit(2).rx([expression, -expression], [0, 1])
    assert read_qasm3(write_qasm3(circuit)).expressions == (expression, -expression)
