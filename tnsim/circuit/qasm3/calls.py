"""Calls of gates, with modifiers and on registers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit.qasm.arithmetic import Linear, Undefined
from tnsim.circuit.qasm.gates import Gate, Line

from .evaluation import Failure
from .file import File
from .modifiers import modified
from .operations import as_slot, real
from .syntax import Call, Expression
from .values import Qubits, Value, described

__all__ = ["call_gate", "operand_qubits"]


def call_gate(file: File, statement: Call) -> None:
    """Append the calls that a statement stands for, or a line of the gate being defined."""
    name = statement.name
    gate = file.gates.known.get(name)
    if gate is None:
        more = file.gates.suggestion(name)
        raise Failure(f"gate {name!r:.60} is not defined{more}", statement.name_offset)
    angles = [file.value(angle) for angle in statement.angles]
    if gate.num_params != len(angles):
        raise Failure(_count(name, "angle", gate.num_params, len(angles)), statement.name_offset)
    if statement.modifiers:
        gate, angles = modified(file, gate, statement.modifiers, angles)
    operands = [operand_qubits(file, operand) for operand in statement.operands]
    if gate.num_qubits != len(operands):
        wanted = _count(name, "qubit", gate.num_qubits, len(operands))
        raise Failure(wanted, statement.name_offset)
    if file.body is not None:
        _line(file, gate, angles, operands)
        return
    rows = _rows(statement, operands)
    file.pay(gate, rows)
    qubits = _broadcast(operands, rows)
    _check_distinct(statement, qubits)
    numbers = [value if isinstance(value, Linear) else real(value) for value in angles]
    try:
        file.call(gate, qubits, numbers)
    except Undefined as error:
        raise Failure(f"in gate {name}: {error}", statement.name_offset) from None


def operand_qubits(file: File, operand: Expression) -> Qubits:
    """The qubits of an operand; `Failure` where it is something else."""
    value = file.value(operand)
    if not isinstance(value, Qubits):
        raise Failure(f"qubits are expected, but got {described(value)}", operand.offset)
    return value


def _line(file: File, gate: Gate, angles: Sequence[Value], operands: Sequence[Qubits]) -> None:
    assert file.body is not None
    if file.loops:
        file.budget.spend(1 + len(angles) + len(operands))
    qubits = tuple(int(operand.numbers[0]) for operand in operands)
    if len(set(qubits)) != len(qubits):
        raise Undefined(f"the qubits of gate {gate.name} must differ")
    file.body.lines.append(Line(gate, tuple(as_slot(angle) for angle in angles), qubits))


def _rows(statement: Call, operands: Sequence[Qubits]) -> int:
    """How many calls there are: one, or one for each member of the registers."""
    size = -1
    for operand, place in zip(operands, statement.operands, strict=True):
        if operand.is_register:
            if size not in {-1, len(operand.numbers)}:
                raise Failure(
                    f"registers given together must have one size, but {operand.name} has "
                    f"{len(operand.numbers)} members and one before it {size}",
                    place.offset,
                )
            size = len(operand.numbers)
    return 1 if size < 0 else size


def _broadcast(operands: Sequence[Qubits], rows: int) -> NDArray[np.int32]:
    result = np.empty((rows, len(operands)), dtype=np.int32)
    for slot, operand in enumerate(operands):
        result[:, slot] = np.asarray(operand.numbers, dtype=np.int32)
    return result


def _check_distinct(statement: Call, qubits: NDArray[np.int32]) -> None:
    if qubits.shape[1] < 2:
        return
    ordered = np.sort(qubits, axis=1)
    if np.any(ordered[:, 1:] == ordered[:, :-1]):
        raise Failure(
            f"the qubits of one gate must differ, but {statement.name} would act twice on one",
            statement.operands[-1].offset,
        )


def _count(name: str, what: str, wanted: int, got: int) -> str:
    return f"gate {name!r:.60} takes {wanted} {what}{'' if wanted == 1 else 's'} (got {got})"
