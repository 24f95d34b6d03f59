"""The circuit being made: growing columns, conditions, and the hand-over at the end."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import Affine
from tnsim.circuit.circuit import Circuit
from tnsim.circuit.columns import flat_index
from tnsim.circuit.operations import (
    OPCODES,
    STANDARD,
    Operation,
    barrier_operation,
    conditioned_operation,
)
from tnsim.circuit.snapshot import Snapshot, table_columns

from .arithmetic import Linear, Value
from .budget import Budget, TooLarge
from .phases import Phases

__all__ = ["Builder", "Condition"]

Ints = NDArray[np.int32]
Codes = NDArray[np.uint16]

Condition = tuple[tuple[int, int], ...]
"""Classical bits, each with the value that it must have."""

_MOST_OPERATIONS = 1 << 16


class Builder:
    """Rows in the order of the file.

    How many qubits there will be is not known before its end: until then classical bit b stands
    among the qubits as -1 - b.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.phases = Phases()
        self._opcode = array("H")
        self._qubits = array("i")
        self._angles = array("d")
        self._symbol_at = array("q")
        self._symbol_id = array("i")
        self._expressions: dict[Affine, int] = {}
        self._by_number: list[Affine] = []
        self._operations: list[Operation] = []
        self._codes: dict[object, int] = {}
        self._case: Condition = ()

    def add(
        self,
        opcode: Codes,
        qubits: Ints,
        angles: NDArray[np.float64],
        symbols: Ints | None = None,
    ) -> None:
        """Append rows, already checked and paid for; `symbols` is -1 where an angle is a number."""
        if self._case and len(opcode):
            opcode, qubits = self._conditioned(opcode, qubits)
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

    @property
    def is_conditioned(self) -> bool:
        """Whether rows are made under a condition."""
        return bool(self._case)

    @property
    def condition_size(self) -> int:
        """The number of bits in the condition at hand."""
        return len(self._case)

    @contextmanager
    def under(self, condition: Condition) -> Iterator[bool]:
        """Rows made within stand under this condition too; False if it contradicts the others."""
        outer = self._case
        case = dict(outer)
        if not all(case.setdefault(bit, value) == value for bit, value in condition):
            yield False
            return
        self._case = tuple(sorted(case.items()))
        try:
            yield True
        finally:
            self._case = outer

    def measure(self, qubits: Ints, bits: Ints) -> None:
        """Measure distinct qubits into distinct bits."""
        self.budget.spend(3 * len(qubits))
        places = np.column_stack([qubits, -1 - bits]).reshape(-1)
        self._repeat(OPCODES["measure"], len(qubits), places)

    def reset(self, qubits: Ints) -> None:
        """Reset each of these qubits."""
        self.budget.spend((2 + len(self._case)) * len(qubits))
        self._repeat(OPCODES["reset"], len(qubits), qubits)

    def barrier(self, qubits: Ints) -> None:
        """One barrier across distinct qubits."""
        self.budget.spend(1 + len(qubits))
        self._repeat(self.barrier_code(len(qubits)), 1, qubits)

    def barrier_code(self, size: int) -> int:
        """The opcode that the circuit will have for barriers across so many qubits."""
        if size not in self._codes:
            self._enter(size, barrier_operation(size))
        return self._codes[size]

    def barrier_size(self, code: int) -> int:
        """The number of qubits of the barriers with this opcode."""
        return self._operations[code - len(STANDARD)].num_qubits

    def circuit(self, num_qubits: int, num_bits: int) -> Circuit:
        """The circuit, which takes the columns over."""
        angles = np.frombuffer(self._angles, dtype=np.float64)
        symbols = np.full(len(angles), -1, dtype=np.int32)
        symbols[np.frombuffer(self._symbol_at, dtype=np.int64)] = self._symbol_id
        qubits = np.frombuffer(self._qubits, dtype=np.int32)
        bits = qubits < 0
        qubits[bits] = num_qubits - 1 - qubits[bits]
        operations = (*STANDARD, *self._operations)
        opcode = np.frombuffer(self._opcode, dtype=np.uint16)
        columns = table_columns(opcode, qubits, angles, symbols, operations)
        expressions = tuple(self._by_number)
        phase = self.phases.total()
        snapshot = Snapshot(num_qubits, columns, operations, expressions, phase, num_bits)
        return Circuit.from_snapshot(snapshot)

    def _conditioned(self, opcode: Codes, qubits: Ints) -> tuple[Codes, Ints]:
        """The rows under the condition at hand: its bits behind their qubits; barriers as ever."""
        bits = np.array([-1 - bit for bit, _ in self._case], dtype=np.int32)
        values = tuple(value for _, value in self._case)
        if len(opcode) == 1:  # one gate: most conditions have no more
            code = int(opcode[0])
            operation = self._operation(code)
            if operation.kind == "barrier":
                return opcode, qubits
            new_code = self._condition_code(code, operation, values)
            return np.array([new_code], dtype=np.uint16), np.concatenate([qubits, bits])
        codes, place = np.unique(opcode, return_inverse=True)
        given = [self._operation(code) for code in codes.tolist()]
        lengths = np.array([operation.num_qubits for operation in given])[place]
        is_free = np.array([operation.kind == "barrier" for operation in given])[place]
        new = [
            code if operation.kind == "barrier" else self._condition_code(code, operation, values)
            for code, operation in zip(codes.tolist(), given, strict=True)
        ]
        grown = lengths + np.where(is_free, 0, len(bits))
        starts = np.cumsum(grown) - grown
        places = np.empty(int(grown.sum()), dtype=np.int32)
        places[flat_index(starts, lengths)] = qubits
        places[((starts + lengths)[~is_free, None] + np.arange(len(bits)))] = bits
        return np.array(new, dtype=np.uint16)[place], places

    def _condition_code(self, code: int, operation: Operation, values: tuple[int, ...]) -> int:
        key = (code, values)
        if key not in self._codes:
            self._enter(key, conditioned_operation(operation, values))
        return self._codes[key]

    def _operation(self, code: int) -> Operation:
        return STANDARD[code] if code < len(STANDARD) else self._operations[code - len(STANDARD)]

    def _enter(self, key: object, operation: Operation) -> None:
        code = len(STANDARD) + len(self._operations)
        if code >= _MOST_OPERATIONS:
            raise TooLarge(
                f"a circuit holds at most {_MOST_OPERATIONS} kinds of instructions, each size of "
                "barriers and each gate under each pattern of values being one"
            )
        self._codes[key] = code
        self._operations.append(operation)

    def _symbol(self, expression: Affine) -> int:
        number = self._expressions.setdefault(expression, len(self._by_number))
        if number == len(self._by_number):
            self._by_number.append(expression)
        return number

    def _repeat(self, code: int, count: int, qubits: Ints) -> None:
        self.add(np.full(count, code, dtype=np.uint16), qubits, np.zeros(0))


def _extend(buffer: array[Any], values: NDArray[Any]) -> None:
    buffer.frombytes(np.ascontiguousarray(values, dtype=buffer.typecode).tobytes())
