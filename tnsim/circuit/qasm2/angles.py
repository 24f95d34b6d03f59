"""Angles outside gate definitions: numbers, and affine expressions of free parameters."""

from __future__ import annotations

from tnsim.base.errors import QasmError
from tnsim.circuit.qasm.arithmetic import Linear, Undefined, Value, binary, unary
from tnsim.circuit.qasm.source import whole_text
from tnsim.circuit.qasm.tokens import Lexer

from .expression import read_expressions
from .words import QASM2

__all__ = ["AngleAlgebra"]


class AngleAlgebra:
    """What names and operations mean in angles; `parameters` allows names without a value."""

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

    def read(self, words: str) -> tuple[Value, ...]:
        """The values of what stands between parentheses; `KeyError` where it is not in order."""
        lexer = Lexer(whole_text(f"({words})"), QASM2)
        try:
            values = tuple(read_expressions(lexer, self))
        except QasmError:
            raise KeyError(words) from None
        if lexer.peek().kind != "end":
            raise KeyError(words)
        return values
