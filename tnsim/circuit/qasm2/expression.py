"""Angle expressions, read without recursion: parentheses may nest as deep as the text allows.

expression := term { ('+' | '-') term }        left to right
term       := factor { ('*' | '/') factor }    left to right
factor     := ('+' | '-') factor | power       so that -2^2 is -(2^2)
power      := atom [ '^' factor ]              right to left, and 2^-1 is allowed
atom       := number | 'pi' | name | name '[' integer ']'
            | function '(' expression ')' | '(' expression ')'
"""

from __future__ import annotations

import math
from typing import Generic, Protocol, TypeVar

from tnsim.circuit.qasm.arithmetic import FUNCTIONS, Undefined
from tnsim.circuit.qasm.tokens import Lexer, Token

__all__ = ["Algebra", "read_expression", "read_expressions"]

V = TypeVar("V")
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_SIGN_BINDING = 3


class Algebra(Protocol[V]):
    """What the names and operations of an expression mean where it stands."""

    def number(self, value: float) -> V:
        """A constant."""

    def name(self, name: str) -> V:
        """The value of a name; `Undefined` where it has none."""

    def unary(self, op: str, a: V) -> V:
        """Minus or a function."""

    def binary(self, op: str, a: V, b: V) -> V:
        """One of + - * / ^."""


class _Stack(Generic[V]):
    """Operands and the operations that wait for their right side."""

    def __init__(self, lexer: Lexer, algebra: Algebra[V]) -> None:
        self.lexer = lexer
        self.algebra = algebra
        self.values: list[V] = []
        self.waiting: list[tuple[int, str, Token]] = []

    def push(self, binding: int, op: str, token: Token) -> None:
        self.waiting.append((binding, op, token))

    def reduce(self, least: int) -> None:
        """Carry out what waits and binds at least so tightly; an open parenthesis stops it."""
        while self.waiting and self.waiting[-1][0] >= least:
            binding, op, token = self.waiting.pop()
            b = self.values.pop()
            try:
                if binding == _SIGN_BINDING:
                    self.values.append(b if op == "+" else self.algebra.unary("-", b))
                else:
                    self.values.append(self.algebra.binary(op, self.values.pop(), b))
            except Undefined as error:
                raise self.lexer.error(str(error), token) from None

    def close(self) -> None:
        """Take the innermost open parenthesis away and apply the function before it, if any."""
        _, op, token = self.waiting.pop()
        if op != "(":
            try:
                self.values.append(self.algebra.unary(op, self.values.pop()))
            except Undefined as error:
                raise self.lexer.error(str(error), token) from None


def read_expression(lexer: Lexer, algebra: Algebra[V]) -> V:
    """Take one expression; it ends before a token that cannot continue it."""
    stack = _Stack(lexer, algebra)
    depth = 0
    while True:
        depth += _read_operand(stack)
        while depth and lexer.accept(")"):
            stack.reduce(1)
            stack.close()
            depth -= 1
        token = lexer.peek()
        binding = _BINDING.get(token.text)
        if binding is None:
            break
        lexer.take()
        # Right to left for '^': an equal one waits.
        stack.reduce(binding + 1 if token.text == "^" else binding)
        stack.push(binding, token.text, token)
    if depth:
        raise lexer.error(f"')' or an operator is expected, but {token} stands here", token)
    stack.reduce(1)
    return stack.values.pop()


def read_expressions(lexer: Lexer, algebra: Algebra[V]) -> list[V]:
    """Take '(' expressions ')' if they are there; '()' holds none."""
    values: list[V] = []
    if not lexer.accept("(") or lexer.accept(")"):
        return values
    values.append(read_expression(lexer, algebra))
    while lexer.accept(","):
        values.append(read_expression(lexer, algebra))
    lexer.expect(")", "after the angles")
    return values


def _read_operand(stack: _Stack[V]) -> int:
    """Take signs, opening parentheses and one atom; the number of parentheses opened."""
    lexer, opened = stack.lexer, 0
    while True:
        token = lexer.take()
        if token.text in {"+", "-"}:
            stack.push(_SIGN_BINDING, token.text, token)
        elif token.text == "(":
            stack.push(0, "(", token)
            opened += 1
        elif token.text in FUNCTIONS:
            lexer.expect("(", f"after {token.text}")
            stack.push(0, token.text, token)
            opened += 1
        else:
            stack.values.append(_atom(stack, token))
            return opened


def _atom(stack: _Stack[V], token: Token) -> V:
    lexer, algebra = stack.lexer, stack.algebra
    if token.kind in {"real", "integer"}:
        value = float(token.text)
        if math.isinf(value):
            raise lexer.error(f"{token} is too large for a number", token)
        return algebra.number(value)
    if token.kind != "name":
        raise lexer.error(f"a number or a name is expected, but {token} stands here", token)
    if token.text == "pi":
        return algebra.number(math.pi)
    name = token.text
    if lexer.accept("["):
        name = f"{name}[{lexer.integer('the index of a parameter')}]"
        lexer.expect("]", "after the index")
    try:
        return algebra.name(name)
    except Undefined as error:
        raise lexer.error(str(error), token) from None
