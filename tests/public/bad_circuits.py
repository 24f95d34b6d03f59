"""Malformed circuits, OpenQASM texts and parameter values."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.public.bad_rows import FLIP, PAIR, THETA, Row, Z, ask, at, bell, in_file, turned
from tnsim import Circuit, CircuitError, Parameter, QasmError, lattices

GIVEN: Any = {"text": "OPENQASM 2.0;", "channel": "bit_flip", "other": 3}

CIRCUITS = [
    Row("no qubits", lambda _: Circuit(0), CircuitError, "`num_qubits` must be in 1..", "got 0"),
    Row("half a qubit", lambda _: Circuit(GIVEN["other"] / 2), CircuitError, "integer (got 1.5)"),
    Row("qubit outside", lambda _: bell().x(2), CircuitError, "a qubit of x must be in 0..1", "2"),
    Row("qubit below", lambda _: bell().h([0, -3]), CircuitError, "qubit of h must be", "got -3"),
    Row("qubit twice", lambda _: bell().swap(1, 1), CircuitError, "of swap must differ", "(1, 1)"),
    Row(
        "twice in a sequence",
        lambda _: Circuit(4).cz([0, 1, 2], [1, 2, 2]),
        CircuitError,
        "the qubits of cz must differ",
        "(2, 2) at position 2",
    ),
    Row(
        "lengths",
        lambda _: Circuit(4).rzz(0.1, [0, 1], [1, 2, 3]),
        CircuitError,
        "given to rzz must have one length",
        "got 2, 3",
    ),
    Row("NaN angle", lambda _: bell().rx(math.nan, 0), CircuitError, "rx must be finite", "nan"),
    Row("infinite angle", lambda _: bell().p(-math.inf, 0), CircuitError, "p must be fin", "-inf"),
    Row("complex angle", lambda _: bell().rz(2j, 0), CircuitError, "angle of rz must be", "2j"),
    Row(
        "unknown gate",
        lambda _: bell().append("fredkin", 0, 1, 2),
        CircuitError,
        "but 'fredkin' is not; unitary() takes any matrix",
        "'fredkin'",
    ),
    Row(
        "arguments",
        lambda _: bell().append("u", 0.1, 0),
        CircuitError,
        "u takes 3 angles, then 1 qubits",
        "got 2 arguments",
    ),
    Row(
        "matrix not unitary",
        lambda _: bell().unitary(np.diag([1.0, 0.5]), 0),
        CircuitError,
        "differs from 1 by 7.5e-01",
        "7.5e-01",
    ),
    Row(
        "infinite matrix",
        lambda _: bell().unitary(np.diag([1.0, math.inf]), 0),
        CircuitError,
        "U^dagger U differs from 1 by nan",
        "nan",
    ),
    Row(
        "matrix of the wrong size",
        lambda _: bell().unitary(np.eye(6), 0),
        CircuitError,
        "`matrix` must be 2^n x 2^n",
        "(6, 6)",
    ),
    Row(
        "matrix on too few qubits",
        lambda _: bell().unitary(np.eye(4), 0),
        CircuitError,
        "this unitary acts on 2 qubits",
        "got 1",
    ),
    Row(
        "a name as channel",
        lambda _: bell().channel(GIVEN["channel"], 0),
        CircuitError,
        "`channel` must be a channel of tnsim.noise",
        "got str",
    ),
    Row(
        "channel on too many qubits",
        lambda _: bell().channel(FLIP, 0, 1),
        CircuitError,
        "this bit_flip acts on 1 qubits",
        "got 2",
    ),
    Row(
        "channel twice on a qubit",
        lambda _: bell().channel(PAIR, 0, 0),
        CircuitError,
        "the qubits of depolarizing must differ",
        "(0, 0)",
    ),
    Row("parameter's name", lambda _: Parameter("2x"), CircuitError, "must be an ident", "'2x'"),
    Row(
        "product",
        lambda _: THETA * GIVEN["text"],
        CircuitError,
        "takes real numbers (got",
        "OPENQASM 2.0;",
    ),
    Row(
        "division by zero",
        lambda _: THETA / 0,
        CircuitError,
        "an expression must be divided by",
        "got 0",
    ),
    Row(
        "no inverse",
        lambda _: bell().reset(0).inverse(),
        CircuitError,
        "reset has no inverse; take",
        "reset",
    ),
    Row("empty basis", lambda _: bell().unroll(set()), CircuitError, "cannot make cx, h", "[]"),
    Row(
        "bound a stranger",
        lambda _: turned().bind(phi=1),
        CircuitError,
        "no parameter 'phi'; it has theta",
        "'phi'",
    ),
    Row(
        "sizes",
        lambda _: bell().compose(Circuit(7)),
        CircuitError,
        "`other` must have at most 2 qubits",
        "got 7",
    ),
    Row(
        "noise as QASM",
        lambda _: Circuit(1).channel(FLIP, 0).to_qasm(),
        CircuitError,
        "OpenQASM 2 has no noise channels",
        "bit_flip",
    ),
    Row(
        "bytes as QASM",
        lambda _: Circuit.from_qasm(GIVEN["text"].encode()),
        CircuitError,
        "OpenQASM text or the path of a file is expected, as str",
        "got bytes",
    ),
    Row(
        "limit",
        lambda _: Circuit.from_qasm(GIVEN["text"], limit=-1),
        CircuitError,
        "`limit` must be None or a positive int",
        "got -1",
    ),
    Row("lattice", lambda _: lattices.line(-4), CircuitError, "`length` must be", "got -4"),
]

VALUES = [
    Row("no value", lambda _: at(), CircuitError, "no value was given for theta"),
    Row(
        "unknown", lambda _: at(theta=1, phi=2), CircuitError, "has no parameter 'phi'; its", "phi"
    ),
    Row(
        "given twice", lambda _: at({"theta": 1}, theta=2), CircuitError, "was given twice", "theta"
    ),
    Row("a list of values", lambda _: at([0.1]), CircuitError, "must be one mapping", "got list"),
    Row("NaN", lambda _: at(theta=math.nan), CircuitError, "theta must be finite (got n", "nan"),
    Row("infinity", lambda _: at(theta=[0.1, math.inf]), CircuitError, "finite (got [0.1", "inf]"),
    Row("complex", lambda _: at(theta=1j), CircuitError, "theta must be real numbers", "1j"),
    Row("text", lambda _: at(theta="pi"), CircuitError, "number or an array of numpy", "'pi'"),
    Row(
        "table", lambda _: at(theta=np.ones((2, 3))), CircuitError, "batch of shape (B,)", "(2, 3)"
    ),
    Row(
        "batches of two lengths",
        lambda _: at_two(theta=[1, 2], phi=[1, 2, 3]),
        CircuitError,
        "batched parameters must have one length",
        "theta has 2, phi has 3",
    ),
]


def at_two(**values: Any) -> object:
    """A run of a circuit with theta and phi."""
    return ask(Z, turned().rz(Parameter("phi"), 1))(**values)


class Text(NamedTuple):
    """An OpenQASM program with a fault at a line and a column."""

    name: str
    text: str
    line: int
    column: int
    said: str


START = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\ncreg c[3];\n'
TEXTS = [
    Text("version 4", "OPENQASM 4.0;\nqubit[2] q;\n", 1, 10, "(got version 4.0)"),
    Text(
        "version 3", "OPENQASM 3.0;\nqubit[2] q;\ndef f() { }\n", 3, 1, "subroutines are not read"
    ),
    Text("no register", "OPENQASM 2.0;\n// nothing\n", 3, 1, "a circuit needs qubits"),
    Text("no include", "OPENQASM 2.0;\nqreg q[2];\nh q[0];\n", 3, 1, 'include "qelib1.inc" before'),
    Text("member outside", START + "x q[5];\n", 5, 5, "an index of q must be in 0..2 (got 5)"),
    Text("misspelt gate", START + "h q[0];\n  tofoli q;\n", 6, 3, "gate 'tofoli' is not defined"),
    Text("missing angle", START + "rz q[0];\n", 5, 1, "gate 'rz' takes 1 angle (got 0)"),
    Text("operand twice", START + "cx q[1],q[1];\n", 5, 9, "q[1] and q[1] share a member"),
    Text("no semicolon", START + "h q[0]\nh q[1];\n", 6, 1, "';' is expected at the end of the st"),
    Text("division", START + "rx(pi/0) q[0];\n", 5, 6, "cannot be divided by zero"),
    Text("not affine", START + "rx(a*b) q[0];\n", 5, 5, "an angle must be affine"),
    Text("conditional", START + "if(c==8) x q[0];\n", 5, 7, "has 3 bits and is never 8"),
    Text("register twice", START + "creg q[1];\n", 5, 6, "register 'q' is already declared"),
    Text("recursion", START + "gate f a { f a; }\n", 5, 12, "gate 'f' is not defined"),
    Text("unclosed body", START + "gate f a { x a;\n", 6, 1, "a gate or '}' is expected"),
    Text("odd character", START + "x q[0]; ?\n", 5, 9, "the character '?' has no place"),
    Text("too large", START + "qreg r[4194305];\n", 5, 8, "at most 1048576 qubits"),
]


def reading(text: Text) -> Row:
    """The row of a program, read from a file."""

    def load(path: Path) -> Circuit:
        return Circuit.from_qasm(path)

    place = f"line {text.line}, column {text.column}: "
    return Row(f"QASM: {text.name}", in_file(load, text.text), QasmError, text.said, place)


QASM = [reading(text) for text in TEXTS]
