"""ctrl, negctrl, inv and pow: the gates that they make, to their phase."""

from __future__ import annotations

import cmath
import math
from functools import reduce

import numpy as np
import pytest
import scipy.linalg
from numpy.typing import NDArray

from tests.circuit.dense_unitary import unitary_of
from tnsim import Circuit, QasmError
from tnsim.circuit.gates import GATES
from tnsim.circuit.qasm3 import read_qasm3
from tnsim.circuit.qasm3.library import STDGATES

Matrix = NDArray[np.complex128]
ANGLES = (0.7, -1.3, 2.1, 0.4)
HEADER = 'OPENQASM 3.0; include "stdgates.inc"; '
NAMES = sorted(STDGATES)


def read(body: str, size: int) -> Matrix:
    return unitary_of(read_qasm3(f"{HEADER}qubit[{size}] q; {body}"))


def call(name: str, count: int) -> str:
    return f"{name}({','.join(map(str, ANGLES[:count]))})" if count else name


def operands(size: int) -> str:
    return ",".join(f"q[{k}]" for k in range(size))


def block(matrix: Matrix, controls: str) -> Matrix:
    """`matrix` where the first qubits are as in `controls`, 1 elsewhere."""
    size = len(matrix)
    result = np.eye(size << len(controls), dtype=complex)
    start = int(controls, 2) * size
    result[start : start + size, start : start + size] = matrix
    return result


def u(t: float, f: float, w: float) -> Matrix:
    """The language's U, as openqasm.com gives it."""
    e = cmath.exp
    rows = [
        [1 + e(1j * t), -1j * e(1j * w) * (1 - e(1j * t))],
        [1j * e(1j * f) * (1 - e(1j * t)), e(1j * (f + w)) * (1 + e(1j * t))],
    ]
    return np.array(rows) / 2


def test_built_in_gates() -> None:
    np.testing.assert_allclose(read("U(0.7,-1.3,2.1) q[0];", 1), u(*ANGLES[:3]), atol=1e-14)
    phase = cmath.exp(0.3j)
    np.testing.assert_allclose(read("gphase(0.3);", 1), phase * np.eye(2), atol=1e-14)
    np.testing.assert_allclose(read("ctrl @ gphase(0.3) q[0];", 1), np.diag([1, phase]), atol=1e-14)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("u2(0.7,-1.3)", cmath.exp(0.3j - 0.25j * math.pi) * u(math.pi / 2, 0.7, -1.3)),
        ("u3(0.7,-1.3,2.1)", cmath.exp(-0.75j) * u(0.7, -1.3, 2.1)),
        ("rx(0.7)", cmath.exp(-0.35j) * u(0.7, -math.pi / 2, math.pi / 2)),
        ("rz(0.7)", cmath.exp(-0.35j) * u(0, 0, 0.7)),
        ("sx", scipy.linalg.sqrtm(np.array([[0, 1], [1, 0]], dtype=complex))),
        ("cu(0.7,-1.3,2.1,0.4)", None),
    ],
)
def test_gates_of_the_library_have_its_phases(name: str, wanted: Matrix | None) -> None:
    if wanted is None:  # p(g - t/2) a; ctrl @ U(t, f, w) a, b;
        wanted = np.kron(np.diag([1, cmath.exp(0.05j)]), np.eye(2)) @ block(u(*ANGLES[:3]), "1")
        np.testing.assert_allclose(read(f"{name} q[0],q[1];", 2), wanted, atol=1e-14)
        return
    np.testing.assert_allclose(read(f"{name} q[0];", 1), wanted, atol=1e-12)


@pytest.mark.parametrize("name", [*NAMES, "U", "mine"])
@pytest.mark.parametrize("controls", ["1", "0", "101"])
def test_controls(name: str, controls: str) -> None:
    definition = "gate mine(s,t) a,b { gphase(s/3); rzz(t) a,b; iswap b,a; u2(s,t) a; } "
    definition = (
        "gate rzz(t) a,b { cx a,b; rz(t) b; cx a,b; } "
        "gate iswap a,b { s a; s b; h a; cx a,b; cx b,a; h b; }" + definition
    )
    known = {**{n: (g.num_params, g.num_qubits) for n, g in STDGATES.items()}}
    count, size = {"U": (3, 1), "mine": (2, 2), **known}[name]
    gate = call(name, count)
    alone = read(f"{definition} {gate} {operands(size)};", size)
    words = "".join("ctrl @ " if c == "1" else "negctrl @ " for c in controls)
    total = size + len(controls)
    found = read(f"{definition} {words}{gate} {operands(total)};", total)
    np.testing.assert_allclose(found, block(alone, controls), atol=1e-12)


@pytest.mark.parametrize("count", range(1, 8))
@pytest.mark.parametrize("gate", ["x", "p(0.7)", "z", "y", "h", "ry(0.7)", "U(0.7,-1.3,2.1)"])
def test_many_controls(count: int, gate: str) -> None:
    alone = read(f"{gate} q[0];", 1)
    found = read(f"ctrl({count}) @ {gate} {operands(count + 1)};", count + 1)
    np.testing.assert_allclose(found, block(alone, "1" * count), atol=1e-12)


def test_many_controls_take_few_gates() -> None:
    text = f"{HEADER}qubit[101] q; ctrl(100) @ x q[0]"
    circuit = read_qasm3(text + "".join(f",q[{k}]" for k in range(1, 101)) + ";")
    assert len(circuit) < 20 * 100**2


def test_controls_of_both_kinds_come_in_order() -> None:
    x = np.array([[0, 1], [1, 0]])
    found = read("negctrl(2) @ ctrl @ x q[0],q[1],q[2],q[3];", 4)
    np.testing.assert_allclose(found, block(x, "001"), atol=1e-12)


@pytest.mark.parametrize("name", [*NAMES, "U"])
def test_inverse(name: str) -> None:
    count, size = (3, 1) if name == "U" else (STDGATES[name].num_params, STDGATES[name].num_qubits)
    alone = read(f"{call(name, count)} {operands(size)};", size)
    found = read(f"inv @ {call(name, count)} {operands(size)};", size)
    np.testing.assert_allclose(found, alone.conj().T, atol=1e-12)


@pytest.mark.parametrize("name", [*NAMES, "U", "mine"])
@pytest.mark.parametrize("exponent", [0, 1, 3, -2])
def test_integer_powers(name: str, exponent: int) -> None:
    definition = "gate mine(t) a,b { gphase(t); h a; cx a,b; rz(t) b; } "
    known = {n: (g.num_params, g.num_qubits) for n, g in STDGATES.items()}
    count, size = {"U": (3, 1), "mine": (1, 2), **known}[name]
    alone = read(f"{definition} {call(name, count)} {operands(size)};", size)
    found = read(f"{definition} pow({exponent}) @ {call(name, count)} {operands(size)};", size)
    np.testing.assert_allclose(found, np.linalg.matrix_power(alone, exponent), atol=1e-12)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in {"swap", "cswap", "cu"}] + ["U"])
@pytest.mark.parametrize("exponent", [0.5, -2.25])
def test_fractional_powers(name: str, exponent: float) -> None:
    count, size = (3, 1) if name == "U" else (STDGATES[name].num_params, STDGATES[name].num_qubits)
    alone = read(f"{call(name, count)} {operands(size)};", size)
    found = read(f"pow({exponent}) @ {call(name, count)} {operands(size)};", size)
    values, vectors = scipy.linalg.schur(alone, output="complex")
    angles = np.angle(np.diag(values))
    angles[angles < -math.pi + 1e-9] += 2 * math.pi  # rounding: -1 is exp(i pi)
    wanted = vectors @ np.diag(np.exp(1j * exponent * angles)) @ vectors.conj().T
    np.testing.assert_allclose(found, wanted, atol=1e-7)


def test_powers_of_gates_that_turn_are_one_gate() -> None:
    assert read_qasm3(f"{HEADER}qubit q; pow(10**9) @ rx(0.5) q;")[0].angles == (5e8,)
    assert len(read_qasm3(f"{HEADER}qubit q; pow(10**9 + 1) @ x q; pow(4*10**8) @ t q;")) == 1


def test_modifiers_next_to_the_gate_come_first() -> None:
    half = read("pow(0.5) @ x q[0];", 1)
    np.testing.assert_allclose(
        read("pow(3) @ inv @ pow(0.5) @ x q[0];", 1) @ half @ half @ half, np.eye(2), atol=1e-12
    )
    found = read("ctrl @ pow(2) @ ctrl @ sx q[0],q[1],q[2];", 3)
    x = np.array([[0, 1], [1, 0]])
    np.testing.assert_allclose(found, block(x, "11"), atol=1e-12)


def test_modifiers_in_gates_and_with_parameters() -> None:
    body = (
        "input float a; gate g(t) x1,x2 { ctrl @ inv @ rx(2*t) x1,x2; pow(3) @ p(t) x1; }"
        "g(a) q[1],q[0]; ctrl @ rz(a) q[0],q[1]; ctrl @ U(a, 0, 0.5) q[0],q[1];"
    )
    bound = read_qasm3(f"{HEADER}qubit[2] q; {body}").bind(a=0.3)
    wanted = read(body.replace("input float a;", "const float a = 0.3;"), 2)
    np.testing.assert_allclose(unitary_of(bound), wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("body", "column", "message"),
    [
        ("ctrl @ x q[0];", 8, r"gate 'x' takes 2 qubits \(got 1\)"),
        ("ctrl(0) @ x q[0];", 1, r"number of controls must be an integer in 1\.\.4096"),
        ("ctrl(1.5) @ x q[0];", 1, "number of controls must be an integer"),
        ("inv(2) @ x q[0];", 5, "inv takes no argument"),
        ("pow @ x q[0];", 1, "pow needs an exponent"),
        ("ctrl x q[0];", 6, "'@' is expected after a modifier, but 'x'"),
        ("ctrl @ foo q[0];", 8, "gate 'foo' is not defined"),
        ("ctrl @ measure q[0];", 8, "the name of a gate is expected, but 'measure'"),
        ("pow(0.5) @ swap q[0],q[1];", 1, "a power that is no integer is read of gates on one"),
        ("input float a; pow(0.5) @ rx(a) q[0];", 16, "needs angles that are known numbers"),
        ("pow(0.5) @ pow(2) @ x q[0];", 1, "a power of a power must be an integer one"),
        ("pow(1/2) @ x q[0];", 6, "1/2 of integers leaves a remainder"),
        ("pow(10**9) @ cu(1,2,3,4) q[0],q[1];", 1, "stands for more than"),
        ("pow(-10**30) @ U(1,2,3) q[0];", 1, "stands for more than"),
    ],
)
def test_refusals(body: str, column: int, message: str) -> None:
    with pytest.raises(QasmError, match=message) as caught:
        read_qasm3(f'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\n{body}')
    assert (caught.value.line, caught.value.column) == (4, column)


def test_every_gate_of_the_table_can_be_controlled() -> None:
    from tnsim.circuit.qasm.template import Program
    from tnsim.circuit.qasm3.controlled import emit
    from tnsim.circuit.qasm3.parts import Part, parts_of

    for name, kind in GATES.items():
        size = kind.num_qubits
        circuit, program = Circuit(size + 1), Program(())
        angles = ANGLES[: kind.num_params]
        for part in parts_of(program, name, angles, range(1, size + 1)):
            under = Part(part.name, part.angles, (0, *part.controls), part.targets)
            emit(lambda n, a, q: circuit.append(n, *a, *q), program, under)  # noqa: B023
        alone = unitary_of(Circuit(size).append(name, *angles, *range(size)))
        np.testing.assert_allclose(unitary_of(circuit), block(alone, "1"), atol=1e-12, err_msg=name)


def test_reduce_is_what_controls_do() -> None:
    # exp(i a) on the state of all ones, whatever the order of the controls.
    found = read("ctrl(3) @ p(0.5) q[2],q[0],q[3],q[1];", 4)
    ones = reduce(np.kron, [np.diag([0, 1])] * 4)
    np.testing.assert_allclose(found, np.eye(16) + (cmath.exp(0.5j) - 1) * ones, atol=1e-12)
