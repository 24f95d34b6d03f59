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
from tnsim.circuit.operations import OPCODES, STANDARD, barrier_operation

from .arithmetic import Linear, Value
from .assembly import Condition, Made, assembled
from .budget import Budget
from .phases import Phases

__all__ = ["Builder"]

Ints = NDArray[np.int32]


class Builder:
    """Rows in the order of the file.

    Rows are made under the condition at hand; those from `_since[k]` on stand under condition
    `_under[k]`, -1 for none.
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
        self._barriers: dict[int, int] = {}
        self._bits = array("i")
        self._conditions: dict[Condition, int] = {}
        self._condition = -1
        self._case: Condition = ()
        self._since = array("q")
        self._under = array("i")

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

    @property
    def is_conditioned(self) -> bool:
        """Whether rows are made under a condition."""
        return self._condition >= 0

    @contextmanager
    def under(self, condition: Condition) -> Iterator[bool]:
        """Rows made within stand under this condition too; False if it contradicts the others."""
        before, outer = self._condition, self._case
        case = dict(outer)
        is_possible = all(case.setdefault(bit, value) == value for bit, value in condition)
        if not is_possible:
            yield False
            return
        self._case = tuple(sorted(case.items()))
        self._switch(self._conditions.setdefault(self._case, len(self._conditions)))
        try:
            yield True
        finally:
            self._case = outer
            self._switch(before)

    def measure(self, qubits: Ints, bits: Ints) -> None:
        """Measure distinct qubits into distinct bits."""
        self.budget.spend(2 * len(qubits))
        _extend(self._bits, bits)
        self._repeat(OPCODES["measure"], qubits)

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

    def barrier_size(self, code: int) -> int:
        """The number of qubits of the barriers with this opcode."""
        return list(self._barriers)[code - len(STANDARD)]

    def circuit(self, num_qubits: int) -> Circuit:
        """The circuit, which takes the columns over."""
        angles = np.frombuffer(self._angles, dtype=np.float64)
        symbols = np.full(len(angles), -1, dtype=np.int32)
        symbols[np.frombuffer(self._symbol_at, dtype=np.int64)] = self._symbol_id
        made = Made(
            num_qubits,
            np.frombuffer(self._opcode, dtype=np.uint16),
            np.frombuffer(self._qubits, dtype=np.int32),
            angles,
            symbols,
            (*STANDARD, *(barrier_operation(size) for size in self._barriers)),
            tuple(self._by_number),
            self.phases.total(),
            np.frombuffer(self._bits, dtype=np.int32),
            tuple(self._conditions),
            np.frombuffer(self._since, dtype=np.int64),
            np.frombuffer(self._under, dtype=np.int32),
        )
        return assembled(made)

    def _switch(self, condition: int) -> None:
        self._condition = condition
        if self._since and self._since[-1] == len(self._opcode):
            self._under[-1] = condition
            return
        self._since.append(len(self._opcode))
        self._under.append(condition)

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
