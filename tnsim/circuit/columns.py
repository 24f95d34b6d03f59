"""The columns of a circuit: typed arrays, one row per instruction, and their offsets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Columns", "flat_index"]

Ints = NDArray[np.int32]
Offsets = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Columns:
    """Read-only columns of a circuit of N rows.

    `opcode` (N,) uint16 indexes `circuit.operations`. Row i acts on
    `qubits[qubit_start[i]:qubit_start[i + 1]]` (int32). Its angles are
    `angles[angle_start[i]:angle_start[i + 1]]` (float64); where `symbols` (int32, same length)
    is not -1 the angle is `circuit.expressions[symbol]` instead, and `angles` holds 0.
    `arity` and `num_params` give, by opcode, the qubits and angles of a row.
    """

    opcode: NDArray[np.uint16]
    qubits: Ints
    angles: NDArray[np.float64]
    symbols: Ints
    arity: Offsets
    num_params: Offsets

    def __post_init__(self) -> None:
        for array in (self.opcode, self.qubits, self.angles, self.symbols):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.opcode)

    @cached_property
    def qubit_start(self) -> Offsets:
        """Where each row's qubits begin; N + 1 numbers, the last one the total."""
        return _starts(self.arity[self.opcode])

    @cached_property
    def angle_start(self) -> Offsets:
        """Where each row's angles begin; N + 1 numbers, the last one the total."""
        return _starts(self.num_params[self.opcode])

    @property
    def nbytes(self) -> int:
        """Bytes of the four columns."""
        columns = (self.opcode, self.qubits, self.angles, self.symbols)
        return sum(column.nbytes for column in columns)

    def rows_with(self, opcode: int) -> Offsets:
        """The rows of one opcode, ascending."""
        return np.flatnonzero(self.opcode == opcode)

    def qubits_of(self, rows: Offsets, count: int) -> Ints:
        """The qubits of rows that all have `count`, shape (len(rows), count)."""
        found: Ints = self.qubits[self.qubit_start[rows][:, None] + np.arange(count)]
        return found

    def angles_of(self, rows: Offsets, count: int) -> tuple[NDArray[np.float64], Ints]:
        """Angles and symbols of rows that all have `count`, shape (len(rows), count) each."""
        index = self.angle_start[rows][:, None] + np.arange(count)
        return self.angles[index], self.symbols[index]

    def take(
        self, rows: Offsets, qubit_start: Offsets | None = None, angle_start: Offsets | None = None
    ) -> Columns:
        """These rows in this order; where their qubits and angles begin may be given."""
        opcode = self.opcode[rows]
        begin = self.qubit_start[rows] if qubit_start is None else qubit_start
        qubits = flat_index(begin, self.arity[opcode])
        begin = self.angle_start[rows] if angle_start is None else angle_start
        angles = flat_index(begin, self.num_params[opcode])
        return Columns(
            opcode,
            self.qubits[qubits],
            self.angles[angles],
            self.symbols[angles],
            self.arity,
            self.num_params,
        )


def flat_index(starts: Offsets, lengths: Offsets) -> Offsets:
    """[start_0, ..., start_0 + length_0 - 1, start_1, ...]: the flat positions of ragged rows."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(total)


def _starts(lengths: Offsets) -> Offsets:
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    starts.setflags(write=False)
    return starts
