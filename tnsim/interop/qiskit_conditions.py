"""Conditions on classical bits: Qiskit's forms as lists of (bits, values), and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .packages import library
from .rows import Condition

__all__ = ["complement", "read_condition", "write_condition"]


def read_condition(condition: Any, bit_of: Callable[[Any], int]) -> Condition | None:
    """The condition as bits and values; None where it has another form.

    Understood are (bit, value), (register, value), and expressions of `and`, `not`, bits and
    comparisons of registers with numbers.
    """
    if isinstance(condition, tuple):
        target, value = condition
        return _equals(target, int(value), bit_of)
    found = _expression(condition, bit_of)
    return None if found is None else _sorted(found)


def complement(condition: Condition) -> list[Condition]:
    """Disjoint conditions of which one holds just where `condition` does not.

    >>> complement(((0, 1), (1, 0)))
    [((0,), (0,)), ((0, 1), (1, 1))]
    """
    bits, values = condition
    return [(bits[: k + 1], (*values[:k], 1 - values[k])) for k in range(len(bits))]


def write_condition(condition: Condition, clbits: Sequence[Any]) -> Any:
    """What `QuantumCircuit.if_test` takes."""
    bits, values = condition
    if len(bits) == 1:
        return clbits[bits[0]], values[0]
    expr = library("qiskit.circuit.classical.expr")
    total: Any = None
    for bit, value in zip(bits, values, strict=True):
        part = expr.lift(clbits[bit]) if value else expr.logic_not(clbits[bit])
        total = part if total is None else expr.logic_and(total, part)
    return total


def _equals(target: Any, value: int, bit_of: Callable[[Any], int]) -> Condition:
    """A bit, or a register whose bit k is worth 2^k, has this value."""
    bits = list(target) if hasattr(target, "__len__") else [target]
    return tuple(map(bit_of, bits)), tuple((value >> k) & 1 for k in range(len(bits)))


def _expression(node: Any, bit_of: Callable[[Any], int]) -> dict[int, int] | None:
    kind = type(node).__name__
    if kind == "Var" and not isinstance(node.var, str) and not hasattr(node.var, "__len__"):
        return {bit_of(node.var): 1}
    if kind == "Unary" and node.op.name in {"LOGIC_NOT", "BIT_NOT"}:
        inner = _expression(node.operand, bit_of)
        if inner is None or len(inner) != 1:
            return None
        return {bit: 1 - value for bit, value in inner.items()}
    if kind == "Binary" and node.op.name == "EQUAL":
        var, number = node.left, node.right
        if type(var).__name__ == "Value":
            var, number = number, var
        if type(var).__name__ == "Var" and type(number).__name__ == "Value":
            return dict(zip(*_equals(var.var, int(number.value), bit_of), strict=True))
    if kind == "Binary" and node.op.name == "LOGIC_AND":
        left, right = _expression(node.left, bit_of), _expression(node.right, bit_of)
        if left is None or right is None or any(left[b] != right[b] for b in left.keys() & right):
            return None
        return left | right
    return None


def _sorted(found: dict[int, int]) -> Condition:
    bits = tuple(sorted(found))
    return bits, tuple(found[bit] for bit in bits)
