"""The operations of angle expressions, on numbers, affine expressions and arrays alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import Affine

__all__ = ["FUNCTIONS", "MORE_FUNCTIONS", "Linear", "Undefined", "Value", "binary", "unary"]


@dataclass(frozen=True)
class Linear:
    """sum_i terms[i] * parameter_i + constant, as it is while an expression is being read."""

    terms: dict[str, float]
    constant: float

    def __neg__(self) -> Linear:
        return Linear({name: -factor for name, factor in self.terms.items()}, -self.constant)

    def affine(self) -> Affine:
        """The finished expression."""
        return Affine(self.terms, self.constant)


Value = float | Linear | NDArray[np.float64]
"""A number, an affine expression of parameters, or an array with one number per call."""

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "exp": math.exp,
    "ln": math.log,
    "sqrt": math.sqrt,
}
"""Those of OpenQASM 2."""

MORE_FUNCTIONS: dict[str, Callable[[float], float]] = {
    **FUNCTIONS,
    "log": math.log,
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
}
"""Those of OpenQASM 3, and of OpenQASM 2."""

_MOST_TERMS = 256


class Undefined(ValueError):
    """An operation without a finite real result, or one that leaves the affine expressions."""


def unary(op: str, a: Value) -> Value:
    """`-a` or a function of a."""
    if op == "-":
        return -a
    if isinstance(a, Linear):
        raise Undefined(
            f"an angle must be affine in its parameters, such as 2*theta+0.1, but {op} of one "
            "is not; make the result a parameter of its own"
        )
    if isinstance(a, np.ndarray):
        return np.array([_function(op, x) for x in a.tolist()])
    return _function(op, a)


def binary(op: str, a: Value, b: Value) -> Value:
    """`a op b` for + - * / ^; arrays of one length combine with numbers and one another."""
    if isinstance(a, Linear) or isinstance(b, Linear):
        return _linear(op, a, b)
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return _arrays(op, a, b)
    return _numbers(op, a, b)


def _function(op: str, a: float) -> float:
    try:
        return MORE_FUNCTIONS[op](a)
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


def _linear(op: str, a: Value, b: Value) -> float | Linear:
    left, right = isinstance(a, Linear), isinstance(b, Linear)
    if op == "^" or (left and right and op in "*/") or (right and op == "/"):
        raise Undefined(
            "an angle must be affine in its parameters, such as 2*theta+0.1, but this operation "
            f"({op}) on a parameter is not; make the result a parameter of its own"
        )
    if op in "+-":
        return _sum(_as_linear(a), 1.0 if op == "+" else -1.0, _as_linear(b))
    form, number = (a, b) if isinstance(a, Linear) else (b, a)
    assert isinstance(form, Linear) and isinstance(number, float)
    if op == "/":
        if number == 0.0:
            raise Undefined("a parameter cannot be divided by zero")
        number = 1.0 / number
    return _checked({n: number * c for n, c in form.terms.items()}, number * form.constant)


def _sum(a: Linear, sign: float, b: Linear) -> float | Linear:
    terms = dict(a.terms)
    for name, factor in b.terms.items():
        terms[name] = terms.get(name, 0.0) + sign * factor
    return _checked(terms, a.constant + sign * b.constant)


def _checked(terms: dict[str, float], constant: float) -> float | Linear:
    terms = {name: factor for name, factor in terms.items() if factor != 0.0}
    if not all(map(math.isfinite, terms.values())) or not math.isfinite(constant):
        raise Undefined("the result is too large for a number")
    if len(terms) > _MOST_TERMS:
        raise Undefined(f"an angle may hold at most {_MOST_TERMS} parameters")
    return Linear(terms, constant) if terms else constant


def _as_linear(value: Value) -> Linear:
    if isinstance(value, Linear):
        return value
    assert isinstance(value, float)
    return Linear({}, value)
