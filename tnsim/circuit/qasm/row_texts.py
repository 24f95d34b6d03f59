"""Rows of a circuit as gate statements, which are alike in both versions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit.columns import Columns
from tnsim.circuit.operations import Operation

from .angle_text import angle_texts

__all__ = ["gate_texts"]


def gate_texts(
    columns: Columns,
    rows: NDArray[np.int64],
    operation: Operation,
    expressions: list[str],
    *,
    name: str,
    register: str,
) -> list[str]:
    """The statements of rows that all have one operation, called `name`."""
    size = operation.num_qubits - operation.num_bits
    qubits = columns.qubits_of(rows, operation.num_qubits)[:, :size].tolist()
    operands = [",".join([f"{register}[{q}]" for q in row]) for row in qubits]
    if not operation.num_params:
        return [f"{name} {operand};" for operand in operands]
    values, symbols = columns.angles_of(rows, operation.num_params)
    texts = np.array(angle_texts(values.reshape(-1)), dtype=object).reshape(values.shape)
    for at in zip(*np.nonzero(symbols >= 0), strict=True):
        texts[at] = expressions[symbols[at]]
    angles = [",".join(row) for row in texts.tolist()]
    pairs = zip(angles, operands, strict=True)
    return [f"{name}({angle}) {operand};" for angle, operand in pairs]
