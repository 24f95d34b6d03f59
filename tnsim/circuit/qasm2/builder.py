"""The circuit being made: growing columns, what was measured, and the hand-over at the end."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import Affine
from tnsim.circuit.circuit import Circuit
from tnsim.circuit.operations import OPCODES, STANDARD, barrier_operation
from tnsim.circuit.snapshot import Snapshot, table_columns

from .arithmetic import Linear, Value
from .budget import Budget

__all__ = ["Builder"]

Ints = NDArray[np.int32]


class Builder:
    """Rows in the order of the file."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._opcode = array("H")
        self._qubits = array("i")
        self._angles = array("d")
        self._symbol_at = array("q")
        self._symbol_id = array("i")
        self._expressions: dict[Affine, int] = {}
        self._by_number: list[Affine] = []
        self._barriers: dict[int, int] = {}
        self._num_bits = 0

    def add(
        self,
        opcode: NDArray[np.uint16],
        qubits: Ints,
        angles: NDArray[np.float64],
        symbols: Ints | None = None,
    ) -> None:
        """Append rows, already checked and paid for; `symbols` is -1 where an angle is a number."""
        if symbols is not None:
            at = np.flatnonzero(symbols >= 0)
            _extend(self._symbol_at, at + len(self._angles))
            _extend(self._symbol_id, symbols[at])
        _extend(self._opcode, opcode)
        _extend(self._qubits, qubits)
        _extend(self._angles, angles)

    def split(self, values: Sequence[Value]) -> tuple[NDArray[np.float64], Ints | None]:
        """The two columns of numbers and affine expressions; no symbols if all are numbers."""
        try:
            return np.array(values, dtype=np.float64), None
        except TypeError:
            numbers = [0.0 if isinstance(value, Linear) else value for value in values]
            symbols = [self._symbol(v.affine()) if isinstance(v, Linear) else -1 for v in values]
            return np.array(numbers, dtype=np.float64), np.array(symbols, dtype=np.int32)

    def join(self, numbers: NDArray[np.float64], symbols: Ints) -> list[Value]:
        """The values that `split` took apart."""
        values: list[Value] = numbers.tolist()
        for at in np.flatnonzero(symbols >= 0).tolist():
            expression = self._by_number[symbols[at]]
            values[at] = Linear(expression.terms, expression.constant)
        return values

    def measure(self, qubits: Ints, bits: Ints) -> None:
        """Measure qubits into bits."""
        self.budget.spend(2 * len(qubits))
        self._num_bits = max(self._num_bits, int(bits.max()) + 1)
        _extend(self._opcode, np.full(len(qubits), OPCODES["measure"], dtype=np.uint16))
        # How many qubits there are is known at the end: until then bit b is -1 - b.
        _extend(self._qubits, np.column_stack([qubits, -1 - bits]))

    def reset(self, qubits: Ints) -> None:
        """Reset each of these qubits."""
        self.budget.spend(2 * len(qubits))
        self._repeat(OPCODES["reset"], qubits)

    def barrier(self, qubits: Ints) -> None:
        """One barrier across distinct qubits."""
        self.budget.spend(1 + len(qubits))
        _extend(self._opcode, np.array([self.barrier_code(len(qubits))], dtype=np.uint16))
        _extend(self._qubits, qubits)

    def barrier_code(self, size: int) -> int:
        """The opcode that the circuit will have for barriers across so many qubits."""
        return self._barriers.setdefault(size, len(STANDARD) + len(self._barriers))

    def circuit(self, num_qubits: int) -> Circuit:
        """The circuit, which takes the columns over."""
        angles = np.frombuffer(self._angles, dtype=np.float64)
        symbols = np.full(len(angles), -1, dtype=np.int32)
        symbols[np.frombuffer(self._symbol_at, dtype=np.int64)] = self._symbol_id
        operations = (*STANDARD, *(barrier_operation(size) for size in self._barriers))
        places = np.frombuffer(self._qubits, dtype=np.int32)
        if self._num_bits:
            places = np.where(places < 0, num_qubits - 1 - places, places).astype(np.int32)
        columns = table_columns(
            np.frombuffer(self._opcode, dtype=np.uint16),
            places,
            angles,
            symbols,
            operations,
        )
        expressions = tuple(self._by_number)
        nothing = Affine({}, 0.0)
        snapshot = Snapshot(num_qubits, columns, operations, expressions, nothing, self._num_bits)
        return Circuit.from_snapshot(snapshot)

    def _symbol(self, expression: Affine) -> int:
        number = self._expressions.setdefault(expression, len(self._by_number))
        if number == len(self._by_number):
            self._by_number.append(expression)
        return number

    def _repeat(self, code: int, qubits: Ints) -> None:
        _extend(self._opcode, np.full(len(qubits), code, dtype=np.uint16))
        _extend(self._qubits, qubits)


def _extend(buffer: array[Any], values: NDArray[Any]) -> None:
    buffer.frombytes(np.ascontiguousarray(values, dtype=buffer.typecode).tobytes())
