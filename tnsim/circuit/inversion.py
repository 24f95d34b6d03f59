"""The inverse circuit: rows reversed, each gate replaced by its inverse."""

from __future__ import annotations

import math

import numpy as np

from tnsim.base.errors import CircuitError

from .expressions import ExpressionTable
from .gates import Inverse
from .operations import OPCODES, Operation, matrix_operation
from .snapshot import Snapshot, table_columns

__all__ = ["inverted"]


def inverted(snapshot: Snapshot) -> Snapshot:
    """The circuit whose unitary is the inverse; `CircuitError` where there is none."""
    if snapshot.readout:
        raise CircuitError("a circuit with readout error has no inverse; invert it before noise")
    columns = snapshot.columns
    old = columns.take(np.arange(len(columns))[::-1])
    operations = list(snapshot.operations)
    known = {operation.key: code for code, operation in enumerate(operations)}
    opcode, qubits = old.opcode.copy(), old.qubits.copy()
    angles, symbols = old.angles.copy(), old.symbols.copy()
    table = ExpressionTable(snapshot.expressions)
    for code in np.unique(old.opcode).tolist():
        operation = operations[code]
        rows = old.rows_with(code)
        opcode[rows] = _inverse_code(operation, operations, known)
        rule = operation.gate.inverse if operation.gate is not None else None
        if rule is not None and rule.qubits is not None:
            target = old.qubit_start[rows][:, None] + np.arange(operation.num_qubits)
            qubits[target] = qubits[target[:, list(rule.qubits)]]
        if rule is not None and operation.num_params:
            target = old.angle_start[rows][:, None] + np.arange(operation.num_params)
            matrix, shift = _angle_map(rule)
            angles[target], symbols[target] = table.mapped(
                old.angles[target], old.symbols[target], matrix, shift
            )
    return snapshot.with_rows(
        table_columns(opcode, qubits, angles, symbols, operations),
        operations=tuple(operations),
        expressions=table.as_tuple(),
        phase=-snapshot.phase,
    )


def _inverse_code(operation: Operation, operations: list[Operation], known: dict[str, int]) -> int:
    if operation.gate is not None:
        return OPCODES[operation.gate.inverse.name]
    if operation.kind == "barrier":
        return known[operation.key]
    if operation.matrix is None:
        under = " under a condition" if operation.inner is not None else ""
        raise CircuitError(f"{operation.name}{under} has no inverse; take the inverse without it")
    inverse = matrix_operation(operation.matrix.conj().T)
    if inverse.key not in known:
        known[inverse.key] = len(operations)
        operations.append(inverse)
    return known[inverse.key]


def _angle_map(rule: Inverse) -> tuple[np.ndarray, np.ndarray]:
    count = len(rule.order)
    matrix = np.zeros((count, count))
    matrix[range(count), rule.order] = rule.signs
    return matrix, math.pi * np.array(rule.shift or (0.0,) * count)
