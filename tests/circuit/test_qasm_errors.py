"""Everything that is wrong or cannot be honoured is a QasmError at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.circuit.qasm_programs import HEADER
from tnsim import Circuit, QasmError
from tnsim.circuit.qasm2 import read_qasm2

# After these lines comes line 5.
START = f"{HEADER}qreg q[3];\ncreg c[3];\n"


def check(text: str | Path, line: int, column: int, message: str) -> None:
    with pytest.raises(QasmError, match=message) as caught:
        read_qasm2(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"line {line}, column {column}: ")


@pytest.mark.parametrize(
    ("body", "column", "message"),
    [
        # Names.
        ("foo q[0];", 1, "gate 'foo' is not defined; define it with `gate`"),
        ("sqap q[0],q[1];", 1, "gate 'sqap' is not defined; did you mean swap?"),
        ("h r[0];", 3, "no register of qubits is called 'r'"),
        ("h c[0];", 3, "no register of qubits is called 'c'"),
        ("qreg qubits[2]; h qubit[0];", 19, "did you mean qubits?"),
        ("measure q[0] -> q[0];", 17, "no register of bits is called 'q'"),
        ("qreg q[2];", 6, "register 'q' is already declared on line 3"),
        ("creg q[2];", 6, "register 'q' is already declared on line 3"),
        ("gate h a { x a; }", 6, "gate 'h' is already defined by qelib1.inc"),
        ("gate U a { }", 6, "gate 'U' is already defined by the language"),
        ("gate g a { }\ngate g a { }", -6, "gate 'g' is already defined by line 5"),
        ("qreg gate[2];", 6, "the name of a register is expected, but 'gate' is a keyword"),
        ("qreg pi[2];", 6, "pi is a number"),
        # Counts.
        ("cx q[0];", 1, r"gate 'cx' takes 2 qubits \(got 1\)"),
        ("h q[0],q[1];", 1, r"gate 'h' takes 1 qubit \(got 2\)"),
        ("rx q[0];", 1, r"gate 'rx' takes 1 angle \(got 0\)"),
        ("x(1) q[0];", 1, r"gate 'x' takes 0 angles \(got 1\)"),
        ("h q[3];", 5, r"an index of q must be in 0..2 \(got 3\)"),
        ("h q[99999999999999999999];", 5, "the index of a member must have at most 12 digits"),
        ("qreg r[99999999999999999999];", 8, "the size of the register must have at most 12"),
        ("qreg r[99999999];", 8, "at most 1048576 qubits"),
        ("creg r[99999999];", 8, "at most 1048576 bits"),
        ("qreg r[0];", 8, "a register must have at least one member"),
        ("qreg r[-1];", 8, "the size of the register is expected, but '-'"),
        ("qreg r[1.5];", 8, "the size of the register is expected, but '1.5'"),
        ("qreg r;", 7, r"'\[' is expected after the name of the register, but ';'"),
        # Operands.
        ("cx q[0],q[0];", 9, r"must differ, but q\[0\] and q\[0\] share a member"),
        ("cx q,q;", 6, "must differ, but q and q share a member"),
        ("cx q[1],q;", 9, r"must differ, but q\[1\] and q share a member"),
        ("cx q,q[1];", 6, r"must differ, but q and q\[1\] share a member"),
        ("qreg r[2]; cx q,r;", 17, "one size, but q has 3 members and r has 2"),
        ("qreg r[1]; cx q,r;", 17, "one size, but q has 3 members and r has 1"),
        ("measure q -> c[0];", 14, r"q has 3 and c\[0\] has 1"),
        ("creg d[2]; measure q -> d;", 25, "q has 3 and d has 2"),
        ("creg d[1]; measure q[0] -> d;", 28, r"a qubit into a bit, but q\[0\] has 1 and d has 1"),
        # Signs.
        ("h q[0]", 7, "';' is expected at the end of the statement, but the end of the file"),
        ("h q[0]\nx q[1];", -1, "';' is expected at the end of the statement, but 'x'"),
        ("h q[0;", 6, r"'\]' is expected after the index, but ';'"),
        ("h q[a];", 5, "the index of a member is expected, but 'a'"),
        ("h;", 2, "a register of qubits is expected, but ';'"),
        ("h q[0],;", 8, "a register of qubits is expected, but ';'"),
        ("barrier;", 8, "a register of qubits is expected, but ';'"),
        (";", 1, "a statement must begin with a word, but ';'"),
        ("5 q[0];", 1, "a statement must begin with a word, but '5'"),
        ("measure q[0];", 13, "'->' is expected after the qubits that are measured"),
        ("measure q -> c", 15, "';' is expected after the measurement"),
        ("h q[0]; $", 9, r"the character '\$' has no place in OpenQASM 2"),
        ("h q[0]; /* x */", 9, "a statement must begin with a word, but '/'"),
        ("rx(θ) q[0];", 4, "the character 'θ' has no place in OpenQASM 2"),
        ('include "qelib1.inc', 9, "no closing quotation mark"),
        # Gate definitions.
        ("gate g a { g a; }", 12, "gate 'g' is not defined"),
        ("gate g a { h b; }", 14, "'b' is no qubit of this gate"),
        ("gate g a { h q; }", 14, "'q' is no qubit of this gate"),
        ("gate g a { h a[0]; }", 15, "';' is expected at the end of the line"),
        ("gate g a { rx(t) a; }", 15, "'t' is no parameter of this gate"),
        ("gate g(t) a { rx(t/0) a; }\ng(1) q[0];", -1, "in gate g: 1 cannot be divided by zero"),
        ("gate g a { rx(1/0) a; }", 16, "1 cannot be divided by zero"),
        ("gate g a,b { cx a,a; }", 19, "the qubit 'a' is given twice"),
        ("gate g a,a { }", 10, "the name 'a' is given twice"),
        ("gate g(a) a { }", 11, "the name 'a' is given twice"),
        ("gate g a { measure a -> c; }", 12, "only gates may stand in the body of a gate"),
        ("gate g a { reset a; }", 12, "only gates may stand in the body of a gate"),
        ("gate g a { if(c==1) x a; }", 12, "only gates may stand in the body of a gate"),
        ("gate g a { h a; ", 17, "a gate or '}' is expected, but the end of the file"),
        ("gate g { }", 8, "the name of a qubit is expected, but '{'"),
        ("gate g a h a; ", 10, "'{' is expected before the body of the gate"),
        ("gate g(t a { }", 10, r"'\)' is expected after the parameters"),
        ("gate g a { cx a; }", 12, r"gate 'cx' takes 2 qubits \(got 1\)"),
        ("gate g(t) a { rx(sin(t)) a; }\ng(theta) q[0];", -1, "in gate g: an angle must be affine"),
        # What is not supported.
        ("if(c==1) measure q[0] -> c[0];", 10, "a measurement cannot depend on a condition"),
        ("if(c==8) x q[0];", 7, "register c has 3 bits and is never 8; remove the statement"),
        ("if(c==" + "9" * 3999 + ") x q[0];", 7, "register c has 3 bits and is never 999"),
        ("creg d[9999]; if(d==" + "9" * 5000 + ") x q[0];", 21, "at most 4000 digits"),
        ("if(d==1) x q[0];", 4, "no register of bits is called 'd'"),
        ("if(q==1) x q[0];", 4, "no register of bits is called 'q'"),
        ("if(c[0]==1) x q[0];", 5, "OpenQASM 2 compares whole registers; .* OpenQASM 3"),
        ("if(c=1) x q[0];", 5, "the character '=' has no place in OpenQASM 2"),
        ("if(c==x) x q[0];", 7, "the number that the register is compared with is expected"),
        ("if(c==1) qreg r[1];", 10, "a gate or reset is expected after if, but 'qreg'"),
        ("if(c==1) if(c==2) x q[0];", 10, "a gate or reset is expected after if, but 'if'"),
        ("if(c==1) barrier q;", 10, "a gate or reset is expected after if, but 'barrier'"),
        ("opaque o(t) a,b; o(1) q[0],q[1];", 18, r"gate 'o' is opaque \(line 5\)"),
        ('include "my.inc";', 9, 'only "qelib1.inc" can be included'),
        ('include "qelib1.inc";', 1, '"qelib1.inc" is included a second time'),
        ("include qelib1.inc;", 9, "a file name in quotes is expected"),
        ("OPENQASM 2.0;", 1, "must be the first statement"),
    ],
)
@pytest.mark.parametrize("before", [0, 40])
def test_malformed(body: str, column: int, message: str, before: int) -> None:
    """A negative column is one on the line after the first."""
    line = 5 + before + (column < 0)
    message = message.replace("line 5", f"line {5 + before}")
    check(START + "x q[2];\n" * before + body, line, abs(column), message)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("OPENQASM 3.0;\nqubit q;", 1, 10, r"only OpenQASM 2.0 is read here \(got version 3.0\)"),
        ("OPENQASM;", 1, 9, "a version such as 2.0 is expected"),
        ("OPENQASM 2.0\nqreg q[1];", 2, 1, "';' is expected after the version"),
        ("OPENQASM 2.0;\n", 2, 1, "a circuit needs qubits; declare some with qreg"),
        ("\n\n", 3, 1, "a circuit needs qubits"),
        ("creg c[1];", 1, 11, "a circuit needs qubits"),
        ("qreg q[1];\nh q[0];", 2, 1, "gate 'h' is not defined; include \"qelib1.inc\" before it"),
        (
            'gate h a { }\ninclude "qelib1.inc";',
            2,
            1,
            "defines gate 'h', already defined on line 1",
        ),
        ("h q[0];", 1, 1, "gate 'h' is not defined"),
        ("U(0,0,0) q[0];", 1, 10, "called 'q'; declare one with qreg"),
        ("no such file", 1, 1, "neither .*'no such file'"),
        ("", 1, 1, "neither"),
        ("bad\0path", 1, 1, "neither"),
    ],
)
def test_malformed_files(text: str, line: int, column: int, message: str) -> None:
    check(text, line, column, message)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "bytes.qasm"
    path.write_bytes(START.encode() + b"x q[0];\nx \xff q[1];")
    check(path, 6, 3, "the byte 0xff is no UTF-8 text")
    path.write_text(START, encoding="utf-16")
    check(path, 1, 1, "the byte 0xff is no UTF-8 text")
    path.write_bytes(b"")
    check(path, 1, 1, "a circuit needs qubits")
    with pytest.raises(FileNotFoundError):
        read_qasm2(tmp_path / "missing.qasm")


def test_errors_are_those_of_circuits() -> None:
    with pytest.raises(QasmError, match="line 1, column 1"):
        Circuit.from_qasm("x;")
