"""From the columns that a file made to a circuit with its classical bits and conditions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import Affine
from tnsim.circuit.circuit import Circuit
from tnsim.circuit.operations import OPCODES, Operation
from tnsim.circuit.snapshot import Snapshot, table_columns

__all__ = ["Condition", "Made", "assembled"]

Condition = tuple[tuple[int, int], ...]
"""Classical bits, each with the value that it must have."""

Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Made:
    """What was made: the columns of a circuit, `bits` with one entry for each measurement.

    Rows from `since[k]` on stand under `conditions[under[k]]`, or under none where that is -1.
    """

    num_qubits: int
    opcode: NDArray[np.uint16]
    qubits: Ints
    angles: NDArray[np.float64]
    symbols: Ints
    operations: tuple[Operation, ...]
    expressions: tuple[Affine, ...]
    phase: Affine
    bits: Ints
    conditions: tuple[Condition, ...]
    since: NDArray[np.int64]
    under: Ints


def assembled(made: Made) -> Circuit:
    """The circuit, which takes the columns over."""
    columns = table_columns(made.opcode, made.qubits, made.angles, made.symbols, made.operations)
    bits = None
    if len(made.bits):
        bits = np.full(made.num_qubits, -1, dtype=np.int32)
        rows = columns.rows_with(OPCODES["measure"])
        bits[columns.qubits[columns.qubit_start[rows]]] = made.bits
    snapshot = Snapshot(
        made.num_qubits, columns, made.operations, made.expressions, made.phase, bits
    )
    return Circuit.from_snapshot(snapshot)
