"""Circuits one after the other, and circuits on other qubits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError

from .columns import Columns
from .expressions import ExpressionTable
from .operations import STANDARD
from .snapshot import Snapshot, table_columns

__all__ = ["joined", "relabelled"]


def joined(first: Snapshot, second: Snapshot) -> Snapshot:
    """The rows of `first`, then those of `second`, on the same number of qubits."""
    if first.readout and len(second.columns):
        raise CircuitError("nothing can follow readout error; join the circuits before the noise")
    known = {operation.key: code for code, operation in enumerate(first.operations)}
    operations = list(first.operations)
    codes = np.arange(len(second.operations), dtype=np.uint16)
    for code, operation in enumerate(second.operations[len(STANDARD) :], len(STANDARD)):
        if operation.key not in known:
            known[operation.key] = len(operations)
            operations.append(operation)
        codes[code] = known[operation.key]
    table = ExpressionTable(first.expressions)
    symbols = np.array([table.intern(e) for e in second.expressions] + [-1], dtype=np.int32)
    a, b = first.columns, second.columns
    columns = table_columns(
        np.concatenate([a.opcode, codes[b.opcode]]),
        np.concatenate([a.qubits, b.qubits]),
        np.concatenate([a.angles, b.angles]),
        np.concatenate([a.symbols, symbols[b.symbols]]),
        operations,
    )
    return Snapshot(
        first.num_qubits,
        columns,
        tuple(operations),
        table.as_tuple(),
        first.phase + second.phase,
        max(first.num_bits, second.num_bits),
        first.readout + second.readout,
    )


def relabelled(snapshot: Snapshot, qubits: NDArray[np.int64], num_qubits: int) -> Snapshot:
    """Qubit q of the circuit becomes `qubits[q]` of one with `num_qubits`; bits stay."""
    old = snapshot.columns
    bits = np.arange(num_qubits, num_qubits + snapshot.num_bits)
    moved = np.concatenate([qubits, bits]).astype(np.int32)[old.qubits]
    columns = Columns(old.opcode, moved, old.angles, old.symbols, old.arity, old.num_params)
    readout = tuple(assignment.relabelled(qubits) for assignment in snapshot.readout)
    return Snapshot(
        num_qubits,
        columns,
        snapshot.operations,
        snapshot.expressions,
        snapshot.phase,
        snapshot.num_bits,
        readout,
    )
