"""What the statements of a file share: registers, gates, the circuit so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Linear, Undefined, Value, binary, unary
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
        return Linear({name: 1.0}, 0.0)

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

    def pay(self, gate: Gate, rows: int) -> None:
        """Pay for so many calls of a gate; `TooLarge` where the budget ends before."""
        gate.written_out(self.builder)
        self.budget.spend(gate.weight * rows)

    def call(self, gate: Gate, qubits: NDArray[np.int32], angles: Sequence[Value]) -> None:
        """Append one call of a gate, paid for, per row of `qubits`, shape (N, arity)."""
        template = gate.template
        assert template is not None
        rows = len(qubits)
        values, symbols = self.builder.split(template.values(angles))
        self.builder.add(
            np.tile(template.opcode, rows),
            qubits[:, template.qubits].reshape(-1),
            np.tile(values, rows),
            None if symbols is None else np.tile(symbols, rows),
        )
