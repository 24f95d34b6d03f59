"""A circuit as a frozen value: what transforms take and give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import Affine

from .columns import Columns
from .operations import Operation
from .readout import ReadoutAssignment

__all__ = ["Snapshot"]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that a circuit holds. `bits` gives per qubit the classical bit it is measured into.

    `operations` is the whole table, the standard gates first; `bits` is None where nothing is
    measured, and -1 at qubits that are not.
    """

    num_qubits: int
    columns: Columns
    operations: tuple[Operation, ...]
    expressions: tuple[Affine, ...]
    phase: Affine
    bits: NDArray[np.int32] | None = None
    readout: tuple[ReadoutAssignment, ...] = ()

    def with_rows(self, columns: Columns, **changes: Any) -> Snapshot:
        """The same with other rows, and measured bits only where a measurement is left."""
        changed: Snapshot = replace(self, columns=columns, **changes)
        if changed.bits is None:
            return changed
        kept = np.full_like(changed.bits, -1)
        codes = [c for c, op in enumerate(changed.operations) if op.kind == "measure"]
        rows = np.flatnonzero(np.isin(columns.opcode, codes))
        qubits = columns.qubits[columns.qubit_start[rows]]
        kept[qubits] = changed.bits[qubits]
        return replace(changed, bits=kept if len(rows) else None)


def table_columns(
    opcode: NDArray[np.uint16],
    qubits: NDArray[np.int32],
    angles: NDArray[np.float64],
    symbols: NDArray[np.int32],
    operations: Sequence[Operation],
) -> Columns:
    """Columns with the arities of an operation table."""
    arity = np.array([operation.num_qubits for operation in operations], dtype=np.int64)
    num_params = np.array([operation.num_params for operation in operations], dtype=np.int64)
    return Columns(opcode, qubits, angles, symbols, arity, num_params)
