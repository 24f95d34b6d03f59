"""The operations of angle expressions, on numbers, affine expressions and arrays alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError
from tnsim.base.parameters import Affine

__all__ = ["FUNCTIONS", "Undefined", "Value", "binary", "unary"]

Value = float | Affine | NDArray[np.float64]
"""A number, an affine expression of parameters, or an array with one number per call."""

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "exp": math.exp,
    "ln": math.log,
    "sqrt": math.sqrt,
}
_NAMES = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
_MOST_TERMS = 256


class Undefined(ValueError):
    """An operation without a finite real result, or one that leaves the affine expressions."""


def unary(op: str, a: Value) -> Value:
    """`-a` or a function of a."""
    if op == "-":
        return -a
    if isinstance(a, Affine):
        raise Undefined(
            f"an angle must be affine in its parameters, such as 2*theta+0.1, but {op} of one "
            "is not; make the result a parameter of its own"
        )
    if isinstance(a, np.ndarray):
        return np.array([_function(op, x) for x in a.tolist()])
    return _function(op, a)


def binary(op: str, a: Value, b: Value) -> Value:
    """`a op b` for + - * / ^; arrays of one length combine with numbers and one another."""
    if isinstance(a, Affine) or isinstance(b, Affine):
        return _affine(op, a, b)
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return _arrays(op, a, b)
    return _numbers(op, a, b)


def _function(op: str, a: float) -> float:
    try:
        return FUNCTIONS[op](a)
    except OverflowError:
        raise Undefined(f"{op}({a:g}) is too large for a number") from None
    except ValueError:
        raise Undefined(f"{op}({a:g}) is no real number") from None


def _numbers(op: str, a: float, b: float) -> float:
    if op == "/" and b == 0.0:
        raise Undefined(f"{a:g} cannot be divided by zero")
    try:
        result = _apply(op, a, b)
    except (OverflowError, ZeroDivisionError):
        raise Undefined(f"{a:g} {op} {b:g} is too large for a number") from None
    if isinstance(result, complex):
        raise Undefined(f"{a:g} ^ {b:g} is no real number")
    if not math.isfinite(result):
        raise Undefined(f"{a:g} {op} {b:g} is too large for a number")
    return float(result)


def _apply(op: str, a: Any, b: Any) -> Any:
    if op == "+":
        return a + b
    if op == "-":
        return a - b
    if op == "*":
        return a * b
    return a / b if op == "/" else a**b


def _arrays(op: str, a: Any, b: Any) -> NDArray[np.float64]:
    if op == "^":  # as for numbers, digit by digit
        left, right = np.broadcast_arrays(a, b)
        pairs = zip(left.tolist(), right.tolist(), strict=True)
        return np.array([_numbers(op, x, y) for x, y in pairs])
    with np.errstate(all="ignore"):
        result: NDArray[np.float64] = _apply(op, a, b)
    if not np.all(np.isfinite(result)):
        raise Undefined(f"a {op} b has no finite value here")
    return result


def _affine(op: str, a: Value, b: Value) -> float | Affine:
    left, right = isinstance(a, Affine), isinstance(b, Affine)
    if op == "^" or (left and right and op in "*/") or (right and op == "/"):
        raise Undefined(
            "an angle must be affine in its parameters, such as 2*theta+0.1, but this operation "
            f"({op}) on a parameter is not; make the result a parameter of its own"
        )
    if op == "/" and b == 0.0:
        raise Undefined("a parameter cannot be divided by zero")
    try:
        result = _apply(op, a, b)
    except CircuitError:
        raise Undefined(f"the result of {_NAMES[op]} is too large for a number") from None
    if len(result.names) > _MOST_TERMS:
        raise Undefined(f"an angle may hold at most {_MOST_TERMS} parameters")
    return result if result.names else float(result.constant)
