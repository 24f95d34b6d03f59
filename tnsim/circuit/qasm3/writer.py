"""Writing OpenQASM 3."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError
from tnsim.circuit.circuit import Circuit
from tnsim.circuit.operations import Operation
from tnsim.circuit.qasm.angle_text import affine_text
from tnsim.circuit.qasm.arithmetic import MORE_FUNCTIONS
from tnsim.circuit.qasm.row_texts import gate_texts
from tnsim.circuit.qasm.sayable import check_sayable

from .inputs import input_statements
from .library import STDGATES
from .spelling import spelled_out, written_name
from .words import QASM3

__all__ = ["write_qasm3"]

_ROWS = 1 << 15


def write_qasm3(circuit: Circuit) -> str:
    """The circuit as an OpenQASM 3 program, which `read_qasm3` reads back as an equal circuit.

    Gates that stdgates.inc lacks are defined in the program, so that any reader understands it.
    Numbers are written so that not a digit is lost; free parameters are inputs.

    Raises `CircuitError` for what the language has no word for: channels, given matrices,
    readout errors, parameters with the name of something else.

    >>> from tnsim import Parameter
    >>> print(write_qasm3(Circuit(2).h(0).rzz(Parameter("theta"), 0, 1).measure([0, 1])))
    OPENQASM 3.0;
    include "stdgates.inc";
    input float[64] theta;
    gate rzz(a0) q0,q1 { cx q0,q1; rz(a0) q1; cx q0,q1; }
    qubit[2] q;
    bit[2] c;
    h q[0];
    rzz(theta) q[0],q[1];
    c[0] = measure q[0];
    c[1] = measure q[1];
    <BLANKLINE>
    """
    return "\n".join([*_header(circuit), *chain.from_iterable(_blocks(circuit)), ""])


def _header(circuit: Circuit) -> list[str]:
    used = np.unique(circuit.columns.opcode).tolist()
    operations = [circuit.operations[code] for code in used]
    inner = [operation.inner or operation for operation in operations]
    gates = sorted({operation.name for operation in inner if operation.gate is not None})
    _check(circuit, inner, gates)
    lines = ["OPENQASM 3.0;", 'include "stdgates.inc";', *input_statements(circuit.parameters)]
    lines += [text for name in gates if (text := spelled_out(name)) is not None]
    qubits, bits = _registers(circuit)
    lines.append(f"qubit[{circuit.num_qubits}] {qubits};")
    if circuit.num_bits:
        lines.append(f"bit[{circuit.num_bits}] {bits};")
    phase = circuit.global_phase
    if phase.names or phase.constant:
        lines.append(f"gphase({affine_text(phase)});")
    return lines


def _registers(circuit: Circuit) -> tuple[str, str]:
    """The names of the registers: q and c, with underscores where parameters have those names."""
    taken = {name.partition("[")[0] for name in circuit.parameters}
    qubits, bits = "q", "c"
    while qubits in taken:
        qubits += "_"
    while bits in taken:
        bits += "_"
    return qubits, bits


def _check(circuit: Circuit, operations: list[Operation], gates: list[str]) -> None:
    check_sayable(circuit, operations, "OpenQASM 3")
    taken = QASM3.keywords | QASM3.values | set(MORE_FUNCTIONS) | set(STDGATES) | {"U"}
    taken |= {written_name(name) for name in gates}
    for name in circuit.parameters:
        if name.partition("[")[0] in taken:
            raise CircuitError(
                f"a parameter called {name!r} cannot be written, since OpenQASM 3 gives this word "
                "another meaning; bind it, or another parameter in its place"
            )


def _blocks(circuit: Circuit) -> Iterator[list[str]]:
    """The statements of the rows, some thousands at a time; neighbours share their condition."""
    columns = circuit.columns
    expressions = [affine_text(expression) for expression in circuit.expressions]
    names = _registers(circuit)
    open_ = ""
    for start in range(0, len(columns), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(columns)))
        found: list[str] = []
        for line, condition in _statements(circuit, rows, expressions, names):
            if condition != open_:
                found += ["}"] * bool(open_)
                found += [f"if ({condition}) {{"] * bool(condition)
                open_ = condition
            found.append(f"  {line}" if open_ else line)
        yield found
    yield ["}"] * bool(open_)


def _statements(
    circuit: Circuit, rows: NDArray[np.int64], expressions: list[str], names: tuple[str, str]
) -> Iterator[tuple[str, str]]:
    """Each row's statement and its condition, "" where it has none."""
    columns, operations = circuit.columns, circuit.operations
    qubits, bits = names
    codes = columns.opcode[rows]
    lines = np.empty(len(rows), dtype=object)
    conditions = np.full(len(rows), "", dtype=object)
    for code in np.unique(codes).tolist():
        which, operation = np.flatnonzero(codes == code), operations[code]
        places = (
            columns.qubits_of(rows[which], operation.num_qubits) if operation.num_bits else None
        )
        if operation.kind == "measure":
            assert places is not None
            pairs = (places - [0, circuit.num_qubits]).tolist()
            lines[which] = [f"{bits}[{b}] = measure {qubits}[{q}];" for q, b in pairs]
            continue
        name = written_name(operation.name)
        lines[which] = gate_texts(
            columns, rows[which], operation, expressions, name=name, register=qubits
        )
        if places is not None:
            named = (places[:, -operation.num_bits :] - circuit.num_qubits).tolist()
            conditions[which] = [_condition(bits, row, operation.values) for row in named]
    yield from zip(lines.tolist(), conditions.tolist(), strict=True)


def _condition(register: str, bits: list[int], values: tuple[int, ...]) -> str:
    pairs = zip(bits, values, strict=True)
    return " && ".join(f"{register}[{bit}] == {value}" for bit, value in pairs)
