"""Signs and functions of expressions, on values of every kind.

Numbers known while reading are computed with: integers exactly, real numbers in double precision.
Integers that do not divide are refused: the language rounds 1/2 to 0, and its own standard
library means 0.5. Measured bits give conditions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tnsim.circuit.qasm import arithmetic
from tnsim.circuit.qasm.arithmetic import MORE_FUNCTIONS, Linear, Undefined
from tnsim.circuit.qasm.template import Program, Slot

from .conditions import Truth, both, compared, either, equals, negated
from .values import Bits, BitString, Place, Value, described

__all__ = ["as_slot", "as_truth", "binary", "function", "real", "unary"]

_MOST_BITS = 128
_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_LOGIC = frozenset(("&&", "||", "&", "|", "^"))
_SYMBOLIC = {"+": "+", "-": "-", "*": "*", "/": "/", "**": "^"}


def unary(op: str, a: Value, program: Program | None) -> Value:
    """A sign before a value."""
    if isinstance(a, Bits | Truth):
        if op == "!" or (op == "~" and (isinstance(a, Truth) or not a.is_register)):
            return negated(_condition(a))
        raise Undefined(f"the sign {op} cannot stand before {described(a)}")
    if op == "!":
        return not as_truth(a)
    if op == "~":
        return _flipped(a)
    if isinstance(a, bool) or not isinstance(a, int | float | Linear | Place):
        raise Undefined(f"the sign {op} cannot stand before {described(a)}")
    if op == "+":
        return a
    if isinstance(a, Place):
        return _placed(_program(program).unary("-", a.index))
    return -a


def binary(op: str, a: Value, b: Value, program: Program | None) -> Value:
    """A sign between two values."""
    if isinstance(a, Bits | Truth) or isinstance(b, Bits | Truth):
        return _conditional(op, a, b)
    if isinstance(a, Place) or isinstance(b, Place):
        if op not in _SYMBOLIC:
            raise Undefined(f"{op} cannot be computed with a parameter of the gate")
        return _placed(_program(program).binary(_SYMBOLIC[op], as_slot(a), as_slot(b)))
    if op in {"&&", "||"}:
        left, right = as_truth(a), as_truth(b)
        return (left and right) if op == "&&" else (left or right)
    if isinstance(a, BitString) or isinstance(b, BitString):
        return _strings(op, a, b)
    if isinstance(a, Linear) or isinstance(b, Linear):
        if op not in _SYMBOLIC:
            raise Undefined(f"{op} cannot be computed with a free parameter: it has no value yet")
        return _plain(arithmetic.binary(_SYMBOLIC[op], _number(a), _number(b)))
    if op in _COMPARISONS:
        return _compare(op, a, b)
    return _numbers(op, a, b)


def _numbers(op: str, a: Value, b: Value) -> Value:
    """Arithmetic of known numbers."""
    if isinstance(a, bool) and isinstance(b, bool) and op in {"&", "|", "^"}:
        return bool(_integers(op, a, b))
    if isinstance(a, int) and isinstance(b, int):
        return _integers(op, int(a), int(b))
    if op == "%":
        x, y = real(a), real(b)
        if y == 0.0:
            raise Undefined(f"{x:g} has no remainder by zero")
        return math.fmod(x, y)
    if op not in _SYMBOLIC:
        raise Undefined(f"{op} cannot be computed with {described(a)} and {described(b)}")
    return _plain(arithmetic.binary(_SYMBOLIC[op], real(a), real(b)))


def function(name: str, arguments: Sequence[Value], program: Program | None) -> Value:
    """A built-in function of its arguments."""
    if name in MORE_FUNCTIONS and len(arguments) == 1:
        [a] = arguments
        if isinstance(a, Place):
            return _placed(_program(program).unary(name, a.index))
        return _plain(arithmetic.unary(name, _number(a)))
    if name in {"pow", "mod"} and len(arguments) == 2:
        a, b = arguments
        return binary("**" if name == "pow" else "%", a, b, program)
    if name in {"floor", "ceiling"} and len(arguments) == 1:
        return math.floor(real(arguments[0])) if name == "floor" else math.ceil(real(arguments[0]))
    if name == "popcount" and len(arguments) == 1:
        [a] = arguments
        if isinstance(a, BitString):
            return a.number.bit_count()
        if isinstance(a, int) and a >= 0:
            return a.bit_count()
    known = ", ".join(sorted([*MORE_FUNCTIONS, "pow", "mod", "floor", "ceiling", "popcount"]))
    raise Undefined(
        f"the function {name} of {len(arguments)} such arguments is not known; there are {known}, "
        "and functions of the file (def, extern) are not read"
    )


def as_truth(value: Value) -> bool | Truth:
    """A value as a condition."""
    if isinstance(value, Bits | Truth):
        return _condition(value)
    if isinstance(value, bool | int):
        return bool(value)
    if isinstance(value, BitString):
        return value.number != 0
    raise Undefined(f"a condition is expected, but got {described(value)}")


def real(value: Value) -> float:
    """A number known while reading, as a real one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Undefined(f"a number is expected, but got {described(value)}")
    return float(value)


def as_slot(value: Value) -> Slot:
    """A number as the program of a gate holds it."""
    return value.index if isinstance(value, Place) else real(value)


def _number(value: Value) -> float | Linear:
    return value if isinstance(value, Linear) else real(value)


def _plain(value: arithmetic.Value) -> float | Linear:
    assert isinstance(value, float | Linear)  # arrays appear only when gates are written out
    return value


def _placed(slot: Slot) -> Value:
    return slot if isinstance(slot, float) else Place(slot)


def _program(program: Program | None) -> Program:
    assert program is not None  # places come from a program
    return program


def _flipped(a: Value) -> Value:
    if isinstance(a, BitString):
        return BitString(a.width, a.number ^ ((1 << a.width) - 1))
    if isinstance(a, bool):
        return not a
    raise Undefined(f"~ cannot be computed of {described(a)}; write the number out")


def _integers(op: str, a: int, b: int) -> int | float:
    if op in {"/", "%"}:
        if b == 0:
            raise Undefined(f"{a} cannot be divided by zero")
        if op == "%":
            return int(math.copysign(abs(a) % abs(b), a))  # the sign of a, as in C
        if a % b:
            raise Undefined(
                f"{a}/{b} of integers leaves a remainder, which OpenQASM 3 drops and most programs "
                f"mean; write {a}.0/{b}, or floor({a}.0/{b})"
            )
        return a // b
    if op == "**" and b < 0:
        return real(_plain(arithmetic.binary("^", float(a), float(b))))
    if op in {"**", "<<"} and b > 0:
        grown = abs(a).bit_length() * b if op == "**" else abs(a).bit_length() + b
        if abs(a) > (op == "**") and grown > 2 * _MOST_BITS:
            raise Undefined(f"{a} {op} {b} is too large for an integer")
    if op in {"<<", ">>"} and b < 0:
        raise Undefined(f"a number is shifted by at least 0 (got {b})")
    result = _INTEGERS[op](a, min(b, 1 << 20) if op in {"<<", ">>"} else b)
    if result.bit_length() > _MOST_BITS:
        raise Undefined(f"{a} {op} {b} is too large for an integer")
    return result


_INTEGERS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "**": lambda a, b: int(a**b) if abs(a) > 1 else (a if b % 2 else a * a) if b else 1,
    "<<": lambda a, b: a << b if a else 0,
    ">>": lambda a, b: a >> b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
}


def _compare(op: str, a: Value, b: Value) -> bool:
    x = a if isinstance(a, int) else real(a)
    y = b if isinstance(b, int) else real(b)
    results = {"==": x == y, "!=": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}
    return results[op]


def _strings(op: str, a: Value, b: Value) -> Value:
    if op in _COMPARISONS:
        x, y = (v.number if isinstance(v, BitString) else v for v in (a, b))
        return _compare(op, x, y)
    if isinstance(a, BitString) and isinstance(b, BitString):
        is_logic = op in {"&", "|", "^"} and a.width == b.width
        if is_logic:
            return BitString(a.width, _INTEGERS[op](a.number, b.number))
    elif isinstance(a, BitString) and type(b) is int and op in {"<<", ">>"} and b >= 0:
        moved = a.number << min(b, a.width) if op == "<<" else a.number >> b
        return BitString(a.width, moved & ((1 << a.width) - 1))
    raise Undefined(f"{op} cannot be computed with {described(a)} and {described(b)}")


def _condition(value: Bits | Truth) -> Truth:
    """A bit is true as 1, a register where one of its bits is."""
    if isinstance(value, Truth):
        return value
    numbers = list(value.numbers)
    if not value.is_register:
        return equals(numbers, 1)
    return negated(equals(numbers, 0))


def _conditional(op: str, a: Value, b: Value) -> Truth:
    """Comparisons of bits with numbers, and logic of single bits and conditions."""
    if op in _COMPARISONS:
        if isinstance(b, Bits | Truth) and not isinstance(a, Bits | Truth):
            a, b, op = b, a, _MIRRORED[op]
        if isinstance(b, BitString | int) and isinstance(a, Bits):
            number = b.number if isinstance(b, BitString) else int(b)
            if a.is_signed and op not in {"==", "!="}:
                raise Undefined(
                    "an int of as many bits is negative where the first of them is 1; compare as "
                    "uint, or as an int of more bits"
                )
            return compared(op, list(a.numbers), number)
        if op in {"==", "!="} and not (_is_wide(a) or _is_wide(b)):
            same = _same(_either_truth(a), _either_truth(b))
            return same if op == "==" else negated(same)
    elif op in _LOGIC and (op in {"&&", "||"} or not (_is_wide(a) or _is_wide(b))):
        left, right = _either_truth(a), _either_truth(b)
        if op in {"&&", "&"}:
            return both(left, right)
        return either(left, right) if op in {"||", "|"} else negated(_same(left, right))
    raise Undefined(
        f"{op} of {described(a)} and {described(b)} is not supported; compare bits with numbers, "
        "and join conditions by && and ||"
    )


def _same(a: Truth, b: Truth) -> Truth:
    return either(both(a, b), both(negated(a), negated(b)))


def _is_wide(value: Value) -> bool:
    return isinstance(value, Bits) and value.is_register


def _either_truth(value: Value) -> Truth:
    truth = as_truth(value)
    return truth if isinstance(truth, Truth) else Truth(((),) if truth else ())
