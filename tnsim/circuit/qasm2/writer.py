"""Writing OpenQASM 2."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from tnsim.base.errors import CircuitError
from tnsim.circuit.circuit import Circuit
from tnsim.circuit.operations import Operation
from tnsim.circuit.qasm.angle_text import affine_text
from tnsim.circuit.qasm.arithmetic import FUNCTIONS
from tnsim.circuit.qasm.row_texts import gate_texts
from tnsim.circuit.qasm.sayable import check_sayable

from .bit_registers import bit_registers
from .spelling import spelled_out

__all__ = ["write_qasm2"]

_ROWS = 1 << 15


def write_qasm2(circuit: Circuit) -> str:
    """The circuit as an OpenQASM 2 program, which `read_qasm2` reads back as an equal circuit.

    Gates that the published qelib1.inc lacks are defined in the program, so that any reader
    understands it. Conditions are on whole registers, so that the bits of a condition become a
    register of their own. Numbers are written so that not a digit is lost. Free parameters stand
    in the angles by name, `rx(2.0*theta) q[0];`, and a comment says so: this is an extension,
    `bind` first where another program is to read the file. A global phase is given as a comment.

    Raises `CircuitError` for what the language has no word for: channels, given matrices,
    readout errors, conditions on bits that are no registers of their own.

    >>> print(write_qasm2(Circuit(2).h(0).cx(0, 1).measure([0, 1])))
    OPENQASM 2.0;
    include "qelib1.inc";
    qreg q[2];
    creg c[2];
    h q[0];
    cx q[0],q[1];
    measure q[0] -> c[0];
    measure q[1] -> c[1];
    <BLANKLINE>
    """
    return "\n".join([*_header(circuit), *chain.from_iterable(_blocks(circuit)), ""])


def _header(circuit: Circuit) -> list[str]:
    used = np.unique(circuit.columns.opcode).tolist()
    operations = [circuit.operations[code].inner or circuit.operations[code] for code in used]
    _check(circuit, operations)
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";']
    if circuit.parameters:
        names = ", ".join(circuit.parameters)
        lines.append(f"// An extension of OpenQASM 2, free parameters stand in angles: {names}")
    phase = circuit.global_phase
    if phase.names or phase.constant:
        lines.append(f"// Global phase, for which OpenQASM 2 has no word: {affine_text(phase)}")
    lines += spelled_out(operation.name for operation in operations if operation.gate is not None)
    lines.append(f"qreg q[{circuit.num_qubits}];")
    return lines + bit_registers(circuit).statements()


def _check(circuit: Circuit, operations: list[Operation]) -> None:
    check_sayable(circuit, operations, "OpenQASM 2")
    for name in circuit.parameters:
        if name == "pi" or name in FUNCTIONS:
            raise CircuitError(
                f"a parameter called {name!r} cannot be written, since OpenQASM 2 gives this word "
                "another meaning; bind it or choose another name"
            )


def _blocks(circuit: Circuit) -> Iterator[list[str]]:
    """The statements of the rows, some thousands at a time."""
    columns, operations = circuit.columns, circuit.operations
    expressions = [affine_text(expression) for expression in circuit.expressions]
    registers = bit_registers(circuit)
    for start in range(0, len(columns), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(columns)))
        codes = columns.opcode[rows]
        lines = np.empty(len(rows), dtype=object)
        for code in np.unique(codes).tolist():
            which, operation = np.flatnonzero(codes == code), operations[code]
            places = columns.qubits_of(rows[which], operation.num_qubits)
            if operation.kind == "measure":
                pairs = (places - [0, circuit.num_qubits]).tolist()
                lines[which] = [f"measure q[{q}] -> {registers.member(b)};" for q, b in pairs]
                continue
            texts = gate_texts(
                columns, rows[which], operation, expressions, name=operation.name, register="q"
            )
            if operation.values:
                named = places[:, -operation.num_bits :] - circuit.num_qubits
                texts = [
                    f"if({registers.condition(row, operation.values)}) {text}"
                    for row, text in zip(named.tolist(), texts, strict=True)
                ]
            lines[which] = texts
        yield lines.tolist()
