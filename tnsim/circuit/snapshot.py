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
    """All that a circuit holds; `operations` is the whole table, the standard gates first.

    Among the qubits of a row, `num_qubits + b` stands for classical bit b.
    """

    num_qubits: int
    columns: Columns
    operations: tuple[Operation, ...]
    expressions: tuple[Affine, ...]
    phase: Affine
    num_bits: int = 0
    readout: tuple[ReadoutAssignment, ...] = ()

    @property
    def num_places(self) -> int:
        """Qubits and classical bits together."""
        return self.num_qubits + self.num_bits

    def with_rows(self, columns: Columns, **changes: Any) -> Snapshot:
        """The same with other rows."""
        changed: Snapshot = replace(self, columns=columns, **changes)
        return changed


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
