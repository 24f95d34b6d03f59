"""Everything that is wrong or cannot be honoured is a QasmError at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.circuit.qasm3_programs import HEADER
from tnsim import QasmError
from tnsim.circuit.qasm3 import read_qasm3

# After these lines comes line 5.
START = f"{HEADER}qubit[3] q;\nbit[3] c;\n"


def check(text: str | Path, line: int, column: int, message: str) -> None:
    with pytest.raises(QasmError, match=message) as caught:
        read_qasm3(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"line {line}, column {column}: ")


@pytest.mark.parametrize(
    ("body", "column", "message"),
    [
        # Names.
        ("foo q[0];", 1, "gate 'foo' is not defined; define it with `gate`"),
        ("rzz(1) q[0],q[1];", 1, "gate 'rzz' is not defined; did you mean rz?"),
        ("h r[0];", 3, "'r' has no meaning here; declare it"),
        ("h c[0];", 3, r"qubits are expected, but got c\[0\], measured bits"),
        ("rx(t2) q[0];", 4, "'t2' has no meaning here; declare it, or `input float t2;`"),
        ("int a; rx(a) q[0];", 11, "'a' has no value yet"),
        ("qubit[2] q;", 10, "'q' is already declared on line 3"),
        ("int h = 1;", 5, r"'h' is already a gate \(stdgates.inc\)"),
        ("gate q a1 { }", 6, "'q' is already declared on line 3"),
        ("gate h a1 { }", 6, "gate 'h' is already defined by stdgates.inc"),
        ("gate U a1 { }", 6, "gate 'U' is already defined by the language"),
        ("int for = 1;", 5, "the name of a variable is expected, but 'for' is a keyword"),
        ("int pi = 1;", 5, "pi is a number"),
        ("{ int b = 1; } rx(b) q[0];", 19, "'b' has no meaning here"),
        # Counts and operands.
        ("cx q[0];", 1, r"gate 'cx' takes 2 qubits \(got 1\)"),
        ("rx q[0];", 1, r"gate 'rx' takes 1 angle \(got 0\)"),
        ("h q[3];", 4, r"an index must be in 0..2 \(got 3\)"),
        ("h q[-4];", 4, r"an index must be in 0..2 \(got -4\)"),
        ("h q[0:3];", 4, r"an index must be in 0..2 \(got 3\)"),
        ("h q[2:1];", 4, "an index must select at least one member"),
        ("h q[0:0:1];", 4, "the step of a range must not be 0"),
        ("h q[1.5];", 4, "an integer is expected, but got a real number"),
        ("qubit r; h r[0];", 13, "r, of qubits is no register"),
        ("cx q[0],q[0];", 9, "the qubits of one gate must differ"),
        ("cx q,q[1];", 6, "the qubits of one gate must differ"),
        (
            "cx q,q[0:1];",
            6,
            "must have one size, but a part of q has 2 members and one before it 3",
        ),
        ("qubit[99999999] r;", 17, "at most 1048576 qubits"),
        ("bit[99999999] r;", 15, "at most 1048576 bits"),
        ("qubit[0] r;", 10, "a register must have at least one member"),
        ("qubit[1.5] r;", 7, "a size must be a known integer, but got a real number"),
        ("h $0;", 3, "hardware qubits and declared ones"),
        ("{ qubit r; }", 9, "qubits must be declared outside all blocks"),
        ("rx(true) q[0];", 1, "a number is expected, but got a truth value"),
        ("rx(c[0]) q[0];", 1, "a number is expected, but got c.0., measured bits"),
        ("let a = 5;", 1, "an alias is of qubits or bits, but got an integer"),
        ("let a = q ++ c;", 11, "cannot be joined"),
        # Values.
        ("rx(1/0) q[0];", 5, "1 cannot be divided by zero"),
        ("rx(1/2) q[0];", 5, "1/2 of integers leaves a remainder.*write 1.0/2"),
        ("rx(9**9**9) q[0];", 5, r"9 \*\* \d+ is too large"),
        ("rx(1 << 999999999999) q[0];", 6, "too large for an integer"),
        ("rx(sqrt(-1)) q[0];", 4, "sqrt.-1. is no real number"),
        ("rx(1e999) q[0];", 4, "too large for a number"),
        ("rx(" + "9" * 50 + ") q[0];", 4, "an integer must have at most 38 digits"),
        ("rx(foo(1)) q[0];", 4, "the function foo of 1 such arguments is not known"),
        ("uint[4] a = 16;", 9, r"uint\[4\] holds 0 to 15 \(got 16\)"),
        ("int[4] a = 1.5;", 8, "an int is expected, but got a real number"),
        ("const int a = 1; a = 2;", 18, "'a' is a constant .* cannot be assigned to"),
        ("input float a; rx(a*a) q[0];", 20, "an angle must be affine in its parameters"),
        ("input float a; if (a > 1) x q[0];", 22, "cannot be computed with a free parameter"),
        ("input float a; for int i in [0:a] x q[0];", 32, "an integer is expected"),
        # Bits.
        ("measure q[0];", 1, "a measurement needs a bit for its outcome"),
        ("c = measure q[0];", 1, r"as many bits as qubits are needed \(got 1 qubits and 3 bits\)"),
        ("measure q -> q;", 14, "bits are expected for the outcome, but got q, of qubits"),
        ("c[0] = 1;", 1, "holds measured bits, which only a measurement can change"),
        ("int a = c[0];", 5, "'a' would depend on measured bits"),
        ('bit[2] d = "10"; d = measure q[0:1];', 18, "bits are expected for the outcome"),
        ("if (c[0]) { c[1] = measure q[0]; }", 20, "a measurement cannot depend on a condition"),
        ("int a = 1; if (c[0]) { a = 2; }", 24, "'a' would depend on a measured bit"),
        ("if (q[0]) x q[1];", 1, "a condition is expected, but got q.0., of qubits"),
        ("if (c + 1 == 2) x q[1];", 7, r"\+ of c, measured bits and an integer is not supported"),
        ("if (int[2](c) == 2) x q[1];", 5, r"int\[2\] cannot hold 3 bits"),
        ("if (int[3](c) < 2) x q[1];", 15, "compare as uint"),
        # Signs.
        ("h q[0]", 7, "';' is expected at the end of the statement, but the end of the file"),
        ("h q[0;", 6, r"'\]' is expected after the index, but ';'"),
        ("rx(1 q[0];", 6, r"'\)' is expected after the expression, but 'q'"),
        (";", 1, "a statement must begin with a word, but ';'"),
        ("if (c[0]) { x q[0];", 20, "'}' is expected, but the end of the file"),
        ("for int i in [0:1:2:3] x q[i];", 22, r"a range is \[start : stop\]"),
        ("h q[0]; /* x", 9, "this comment is not closed"),
        ("h q[0]; ?x", 9, "a statement must begin with a word, but '\\?'"),
        ("h q[0]; \x01", 9, r"the character '\\x01' has no place in OpenQASM 3"),
        ('include "stdgates.inc', 9, "no closing quotation mark"),
        # Gates.
        ("gate g a1 { g a1; }", 13, "gate 'g' is not defined"),
        ("gate g a1 { h b1; }", 15, "'b1' has no meaning here"),
        ("gate g a1 { h q[0]; }", 15, "a gate sees only constants of the file; declare 'q'"),
        ("gate g a1 { h $0; }", 15, "hardware qubits and declared|the body of a gate"),
        ("gate g a1 { measure a1 -> c[0]; }", 13, "only gates, barriers, constants and loops"),
        ("gate g a1 { if (c[0]) x a1; }", 17, "a gate sees only constants of the file"),
        ("gate g a1, b1 { cx a1, a1; }", 17, "the qubits of gate cx must differ"),
        ("gate g(a1) a1 { }", 12, "the name 'a1' is given twice"),
        ("gate g(v) a1 { rx(1/v) a1; }\ng(0) q[0];", -1, "in gate g: 1 cannot be divided by zero"),
        (
            "gate g(v) a1 { if (v > 0) x a1; }",
            22,
            "cannot be computed with a parameter of the gate",
        ),
        ("{ gate g a1 { } }", 3, "gates must be defined outside all blocks"),
        # What is not read.
        ("def f(qubit a1) { }", 1, "subroutines are not read"),
        ("extern f(int) -> bit;", 1, "functions outside the file are not read"),
        ("while (c[0]) { }", 1, "while is not read"),
        ("delay[100ns] q[0];", 1, "durations are not read"),
        ("rx(100ns) q[0];", 4, "durations are not read"),
        ("box { }", 1, "durations are not read"),
        ("stretch a;", 1, "durations are not read"),
        ("defcal x $0 { }", 1, "calibrations are not read"),
        ("cal { }", 1, "calibrations are not read"),
        ("pragma x y z", 1, "pragmas are not read"),
        ("#pragma x", 1, "pragmas are not read"),
        ("@note x\nh q[0];", 1, "annotations are not read"),
        ("switch (1) { }", 1, "switch is not read"),
        ("array[int[8], 3] a;", 1, "arrays are not read"),
        ("complex a;", 1, "complex numbers are not read"),
        ("rx(2im) q[0];", 4, "complex numbers are not read"),
        ("for int i in [0:1] { break; }", 22, "break is not read"),
        ("return;", 1, "subroutines are not read"),
        ("end;", 1, "end is not read"),
        ("opaque g a1;", 1, "opaque gates are not read"),
        ("input float ж;", 1, "must be of Latin or Greek letters"),
        ("input float θ; input float theta;", 16, "'theta' and 'θ' would both be the parameter"),
        ("let a = {q[0], q[1];", 20, "'}' is expected after the registers, but ';'"),
        ("input int a;", 7, "an input must be a float or an angle"),
        ("output float a;", 8, "only bits can be an output"),
        ('include "my.inc";', 9, 'only "stdgates.inc" can be included'),
        ('include "stdgates.inc";', 1, '"stdgates.inc" is included a second time'),
        ("OPENQASM 3.0;", 1, "must be the first statement"),
    ],
)
@pytest.mark.parametrize("before", [0, 40])
def test_malformed(body: str, column: int, message: str, before: int) -> None:
    """A negative column is one on the line after the first."""
    check(START + "x q[2];\n" * before + body, 5 + before + (column < 0), abs(column), message)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("OPENQASM 2.0;\nqreg q[1];", 1, 10, r"only OpenQASM 3.0 and 3.1 .* \(got version 2.0\)"),
        ("OPENQASM;", 1, 9, "a version such as 3.0 is expected"),
        ("OPENQASM 3.0;\n", 2, 1, "a circuit needs qubits; declare some with qubit"),
        ("qubit q;\nh q;", 2, 1, "gate 'h' is not defined; include \"stdgates.inc\" before it"),
        ('gate h a { }\ninclude "stdgates.inc";', 2, 1, "gate 'h', already defined on line 1"),
        ('int t = 1;\ninclude "stdgates.inc";', 2, 1, "gate 't', declared on line 1"),
        ("U(0,0,0) $1048576;", 1, 10, "a circuit has at most 1048576 qubits"),
        ("U(0,0,0) $1;\nqubit q;", 2, 7, "hardware qubits and declared ones"),
        ("no such file", 1, 1, "neither .*'no such file'"),
    ],
)
def test_malformed_files(text: str, line: int, column: int, message: str) -> None:
    check(text, line, column, message)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "bytes.qasm"
    path.write_bytes(START.encode() + b"x q[0];\nx \xff q[1];")
    check(path, 6, 3, "the byte 0xff is no UTF-8 text")
    path.write_bytes(START.encode() + b"x q[0]; // \xff\n")
    assert len(read_qasm3(path)) == 1
    path.write_text(START, encoding="utf-16")
    check(path, 1, 1, "the byte 0xff is no UTF-8 text")
