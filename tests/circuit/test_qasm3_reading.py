"""What each statement of OpenQASM 3 makes of a circuit."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tnsim import Circuit, QasmError
from tnsim.base.parameters import Affine
from tnsim.circuit.qasm3 import read_qasm3

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
START = f"{HEADER}qubit[4] q;\nbit[4] c;\n"


def rows(body: str, start: str = START) -> list[str]:
    return [str(row) for row in read_qasm3(start + body)]


def angle(text: str) -> float | Affine:
    """The angle of rx(text), read in a run and alone, which must agree."""
    alone, run = (read_qasm3(START + f"rx({text}) q[0];\n" * count) for count in (1, 20))
    [value] = alone[0].angles
    assert {row.angles for row in run} == {(value,)}
    return value


def test_a_whole_file(tmp_path: Path) -> None:
    text = (
        "// A comment before the version.\n/* another\n one */ OPENQASM 3.1;\n"
        'include "stdgates.inc";\n'
        "input float[64] θ_1; input angle b;\n".replace("θ", "t")
        + "const uint n = 2;\n"
        "gate bell a, b { h a; cx a, b; }\n"
        "qubit[n] left; qubit[n] right; qubit one;\n"
        "bit[2 * n] out; bit last;\n"
        "bell left, right;\n"
        "rz(-π/4 + 2 * b) right[n - 1];\n"
        "rx(t_1) one;\n"
        "barrier left, right[0];\n"
        "out[3] = measure left[1];\n"
        "measure one -> last;\n"
    )
    wanted = Circuit(5).h(0).cx(0, 2).h(1).cx(1, 3)
    circuit = read_qasm3(text)
    assert list(circuit[:4]) == list(wanted)
    assert circuit.num_bits == 5
    assert circuit.parameters == ("b", "t_1")
    assert circuit[4].angles == (Affine({"b": 2.0}, -math.pi / 4),)
    assert [str(row) for row in circuit[6:]] == [
        "barrier 0 1 2",
        "measure 1 into bit 3",
        "measure 4 into bit 4",
    ]
    path = tmp_path / "bell.qasm"
    path.write_text(text, encoding="utf-8", newline="\r\n")
    assert read_qasm3(path) == read_qasm3(str(path)) == Circuit.from_qasm(text) == circuit


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("OPENQASM 3; qubit q;", 3),
        ("/* x; */ // OPENQASM 2.0;\n OPENQASM 3.0; qubit q;", 3),
        ('include "stdgates.inc"; qubit q;', 3),
        ("qubit q;", 3),
        ("input float a; qubit q;", 3),
        ("OPENQASM 2.0; qreg q[1];", 2),
        ("// qubit q;\nqreg q[1];", 2),
        ("qreg q[1]; U(0,0,t) q[0];", 2),
    ],
)
def test_the_version_is_told_by_the_text(text: str, version: int) -> None:
    circuit = Circuit.from_qasm(text)
    assert circuit.num_qubits == 1
    with pytest.raises(QasmError):
        Circuit.from_qasm(text + (" creg d[1]; d = 1;" if version == 3 else " bit c;"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1+2*3-4/2", 5.0),
        ("8/4/2", 1.0),
        ("-2**2", -4.0),
        ("(-2)**2", 4.0),
        ("2**-1", 0.5),
        ("2**3**2", 512.0),
        ("- -2", 2.0),
        ("3 % 2 + 7.5 % 2", 2.5),
        ("1 << 3 | 1", 9.0),
        ("6 & 3 ^ 1", 3.0),
        ("-3*pi/4", -3 * math.pi / 4),
        ("τ/2 + euler - ℇ", math.pi),
        ("1_000 + 0x1F + 0b101 + 0o17", 1051.0),
        ("sin(pi/6)**2", math.sin(math.pi / 6) ** 2),
        ("arccos(0.25) + arctan(2) - arcsin(0.5)", math.acos(0.25) + math.atan(2) - math.asin(0.5)),
        ("log(exp(3))", 3.0),
        ("sqrt(2)/2", math.sqrt(2) / 2),
        ("pow(2, 3) + mod(7, 4) + floor(2.5) + ceiling(2.5) + popcount(7)", 19.0),
        ("float(3) / 2", 1.5),
        ('int(3.7) + uint[3]("101") + int[3]("101")', 5.0),
        ("int(2 > 1 && !(3 == 4) || false)", 1.0),
        ("((((1))))", 1.0),
        ("pi /* a ) comment */ / // another\n 2", math.pi / 2),
    ],
)
def test_values(text: str, value: float) -> None:
    assert angle(text) == pytest.approx(value, rel=1e-15, abs=1e-15)


def test_registers_slices_and_aliases() -> None:
    assert rows("h q;") == ["h 0", "h 1", "h 2", "h 3"]
    assert rows("cx q[0], q[1:3];") == ["cx 0 1", "cx 0 2", "cx 0 3"]
    assert rows("cx q[0:1], q[{3, 2}];") == ["cx 0 3", "cx 1 2"]
    assert rows("x q[-1]; x q[2:-1:0]; x q[0:2:3]; x q[:1];") == [
        "x 3", "x 2", "x 1", "x 0", "x 0", "x 2", "x 0", "x 1",
    ]  # fmt: skip
    assert rows("x q[-2:-1]; x q[{-1, -4}];") == ["x 2", "x 3", "x 3", "x 0"]
    assert rows("let a = q[2:3] ++ q[0]; let b = a[1:2]; cx a[0], b;") == ["cx 2 3", "cx 2 0"]
    assert rows("qubit r; let a = {q[1], r, q[2:3]}; x a; cx a[0], a[1];")[4:] == ["cx 1 4"]
    assert rows("qreg r[2]; creg d[2]; swap r, q[2:3];") == ["swap 4 2", "swap 5 3"]
    assert rows("qubit r; cx r, q[0];") == ["cx 4 0"]
    assert rows("reset q[0:1]; barrier q[2], q; barrier;") == [
        "reset 0", "reset 1", "barrier 2 0 1 3", "barrier 0 1 2 3",
    ]  # fmt: skip


def test_hardware_qubits() -> None:
    circuit = read_qasm3(f"{HEADER}bit[2] c; cx $5, $2; c[1] = measure $5; h $0;")
    assert circuit.num_qubits == 6
    assert [str(row) for row in circuit] == ["cx 5 2", "measure 5 into bit 1", "h 0"]


def test_loops() -> None:
    assert rows("for int i in [0:2] { cx q[i], q[i + 1]; }") == ["cx 0 1", "cx 1 2", "cx 2 3"]
    assert rows("for uint i in [3:-2:0] x q[i];") == ["x 3", "x 1"]
    assert rows("for int[8] i in {1, 3} for int j in [i:i] x q[j];") == ["x 1", "x 3"]
    assert rows("for float f in {0.5, 2} rx(f) q[0];") == ["rx(0.5) 0", "rx(2) 0"]
    assert rows("for int i in [2:1] x q[0];") == []
    assert rows("int k = 1; for int i in [0:2] { k *= 2; } rx(k) q[0];") == ["rx(8) 0"]
    assert rows("for int i in [0:1] { let a = q[i:i+1]; const float t = i * 0.5; rx(t) a; }") == [
        "rx(0) 0", "rx(0) 1", "rx(0.5) 1", "rx(0.5) 2",
    ]  # fmt: skip


def test_conditions_that_are_known() -> None:
    body = "const uint[4] a = 5; for uint i in [0:3] { if (bool(a[i])) x q[i]; else h q[i]; }"
    assert rows(body) == ["x 0", "h 1", "x 2", "h 3"]
    assert rows('const bit[3] a = "011"; if (a[0] && !a[2] && a == 3) { x q[0]; }') == ["x 0"]
    assert rows("if (1 > 2) { x q[0]; } else if (2 > 1) { y q[0]; } else z q[0];") == ["y 0"]


def test_variables_have_their_types() -> None:
    body = (
        "uint[4] a; a = 3; a <<= 1; float f = a; f /= 4; bool b = f > 1; angle[20] g = pi;"
        "if (b) { rx(f) q[0]; } rx(g) q[1];"
    )
    assert rows(body) == ["rx(1.5) 0", "rx(3.14159) 1"]


def test_blocks_have_their_own_names() -> None:
    assert rows("int a = 1; { int a = 2; rx(a) q[0]; } rx(a) q[0];") == ["rx(2) 0", "rx(1) 0"]


def test_gates_of_the_file() -> None:
    body = (
        "const float half = 0.5;"
        "gate f(a, b) x1, y1 { rx(a - b) x1; cx y1, x1; ry(b * half) y1; }"
        "gate g(b, a) y1, x1 { f(2 * a, b) y1, x1; f(b ** 2, -a) x1, y1; }"
        "gate many(t) a, b { for int i in [1:3] { rx(i * t) a; if (i == 2) cx a, b; } }"
    )
    assert rows(body + "g(0.5, 3) q[2], q[0];") == [
        "rx(5.5) 2", "cx 0 2", "ry(0.25) 0", "rx(3.25) 0", "cx 2 0", "ry(-1.5) 2",
    ]  # fmt: skip
    assert rows(body + "many(1) q[0], q[1];") == ["rx(1) 0", "rx(2) 0", "cx 0 1", "rx(3) 0"]
    assert rows("gate g a, b { h b; barrier b, a; } g q[2], q[0];") == ["h 0", "barrier 0 2"]


@pytest.mark.parametrize(
    ("definition", "kept"),
    [
        ("gate rzz(t) a,b { cx a,b; rz(t) b; cx a,b; }", True),
        ("gate rzz(t) a,b { cx a,b; p(t) b; cx a,b; }", False),  # a phase off
        ("gate rzz(t) a,b { cx a,b; p(t) b; cx a,b; gphase(-t/2); }", True),
        ("gate rzz(t) a,b { cx a,b; rz(-t) b; cx a,b; }", False),
    ],
)
def test_definitions_of_table_gates_are_recognised(definition: str, kept: bool) -> None:
    circuit = read_qasm3(START + f"{definition} rzz(0.5) q[0],q[1];")
    assert (circuit.counts() == {"rzz": 1}) is kept


def test_parameters() -> None:
    body = "input float a; input array[float[64], 3] v; rx(2*a - v[1]/4 + 1) q[0]; gphase(a);"
    circuit = read_qasm3(START + body)
    assert circuit[0].angles == (Affine({"a": 2.0, "v[1]": -0.25}, 1.0),)
    assert circuit.global_phase == Affine({"a": 1.0})
    with pytest.raises(QasmError, match="free parameters are switched off"):
        read_qasm3(START + body, parameters=False)


def test_greek_parameters_are_spelled_out() -> None:
    body = "input float θ; input angle Δ_φ₁; input array[float, 2] 𝛽; rx(θ) q[0]; ry(Δ_φ₁) q[1];"
    circuit = read_qasm3(START + body + "rz(2*𝛽[1]) q[2];")
    assert circuit.parameters == ("Delta_phi1", "beta[1]", "theta")


def test_phases_add_up() -> None:
    circuit = read_qasm3(START + "gphase(0.25); gphase(0.5); U(1, 0, 0) q;")
    assert circuit.global_phase == Affine({}, 0.75 + 4 * 0.5)


def test_constants_in_runs_are_those_at_hand() -> None:
    run = "rx(k) q[0];\n" * 20
    circuit = read_qasm3(START + f"int k = 1;\n{run}k = 2;\n{run}k += 1;\n{run}")
    assert [circuit[i].angles for i in (0, 19, 20, 39, 40, 59)] == [
        (1.0,), (1.0,), (2.0,), (2.0,), (3.0,), (3.0,),
    ]  # fmt: skip


def test_an_output_is_a_register() -> None:
    assert rows("output bit[2] d; d[1] = measure q[0];") == ["measure 0 into bit 5"]


def test_words_that_begin_like_keywords() -> None:
    assert rows("gate iffy a { x a; } qubit[1] measured; iffy measured[0]; bit[1] gates;") == [
        "x 4"
    ]
