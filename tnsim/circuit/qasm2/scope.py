"""What the statements of a file share: registers, gates, the circuit so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError
from tnsim.base.parameters import Parameter

from .arithmetic import Undefined, Value, binary, unary
from .budget import Budget
from .builder import Builder
from .gates import Gate, GateSet
from .lookup import Lookup
from .registers import Registers
from .source import Source

__all__ = ["AngleAlgebra", "Scope"]


class AngleAlgebra:
    """Angles outside gate definitions: numbers, and affine expressions of free parameters."""

    def __init__(self, *, parameters: bool) -> None:
        self.parameters = parameters

    def number(self, value: float) -> Value:
        """A constant."""
        return value

    def name(self, name: str) -> Value:
        """The parameter of this name, if free parameters are allowed."""
        if not self.parameters:
            raise Undefined(f"{name!r} has no value here; free parameters are switched off")
        try:
            return +Parameter(name)
        except CircuitError as error:
            raise Undefined(str(error)) from None

    def unary(self, op: str, a: Value) -> Value:
        """Minus or a function."""
        return unary(op, a)

    def binary(self, op: str, a: Value, b: Value) -> Value:
        """One of + - * / ^."""
        return binary(op, a, b)


class Scope:
    """The state of a file being read."""

    def __init__(self, source: Source, *, parameters: bool, limit: int | None) -> None:
        self.source = source
        self.algebra = AngleAlgebra(parameters=parameters)
        self.budget = Budget(source, limit)
        self.builder = Builder(self.budget)
        self.gates = GateSet()
        self.qubits = Registers("qubits")
        self.bits = Registers("bits")
        self.lookup = Lookup(self.qubits, self.algebra, self.gates, self.builder)
        self.is_first = True
        # Up to here runs are not tried: one was, and is not in order.
        self.slow_until = 0

    def call(self, gate: Gate, qubits: NDArray[np.int32], angles: Sequence[Value]) -> None:
        """Append one call of a gate per row of `qubits`, shape (N, gate.num_qubits)."""
        template = gate.written_out(self.builder)
        rows = len(qubits)
        self.budget.spend(gate.weight * rows)
        values, symbols = self.builder.split(template.values(angles))
        self.builder.add(
            np.tile(template.opcode, rows),
            qubits[:, template.qubits].reshape(-1),
            np.tile(values, rows),
            None if symbols is None else np.tile(symbols, rows),
        )
