"""Named parameters and affine expressions of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import CircuitError

__all__ = ["Affine", "Parameter", "Scalar", "as_affine", "evaluate_affine"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\[[0-9]+\])?\Z")


class _Arithmetic:
    """The operators shared by `Parameter` and `Affine`; every result is an `Affine`."""

    def _affine(self) -> Affine:
        raise NotImplementedError

    def __add__(self, other: Scalar) -> Affine:
        return _combine(self._affine(), 1.0, other, 1.0)

    def __sub__(self, other: Scalar) -> Affine:
        return _combine(self._affine(), 1.0, other, -1.0)

    def __radd__(self, other: Scalar) -> Affine:
        return self.__add__(other)

    def __rsub__(self, other: Scalar) -> Affine:
        return _combine(self._affine(), -1.0, other, 1.0)

    def __mul__(self, factor: float) -> Affine:
        return _scale(self._affine(), _number(factor))

    def __rmul__(self, factor: float) -> Affine:
        return self.__mul__(factor)

    def __truediv__(self, divisor: float) -> Affine:
        number = _number(divisor)
        if number == 0.0:
            raise CircuitError(f"an expression must be divided by a nonzero number (got {divisor})")
        return _scale(self._affine(), 1.0 / number)

    def __neg__(self) -> Affine:
        return _scale(self._affine(), -1.0)

    def __pos__(self) -> Affine:
        return self._affine()


@dataclass(frozen=True)
class Parameter(_Arithmetic):
    """A named real number whose value is given when a program is run.

    Two parameters of one name are the same parameter. Arithmetic with numbers and other
    parameters gives an `Affine` expression.

    >>> 2 * Parameter("theta") + 0.1
    Affine({'theta': 2.0}, 0.1)
    """

    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.match(self.name):
            raise CircuitError(
                f"`name` must be an identifier such as 'theta' or 'theta[3]' (got {self.name!r})"
            )

    def _affine(self) -> Affine:
        return Affine({self.name: 1.0}, 0.0)

    def __repr__(self) -> str:
        return f"Parameter({self.name!r})"


class Affine(_Arithmetic):
    """The expression sum_i c_i * parameter_i + constant, immutable and hashable.

    `terms` maps names to coefficients (zeros are dropped); `constant` is a float.
    """

    __slots__ = ("_constant", "_terms")

    def __init__(self, terms: Mapping[str, float], constant: float = 0.0) -> None:
        kept = sorted((Parameter(n).name, _number(c)) for n, c in terms.items())
        self._terms = tuple((n, c) for n, c in kept if c != 0.0)
        self._constant = _number(constant)

    @property
    def terms(self) -> dict[str, float]:
        return dict(self._terms)

    @property
    def constant(self) -> float:
        return self._constant

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self._terms)

    def _affine(self) -> Affine:
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Affine):
            return NotImplemented
        return self._terms == other._terms and self._constant == other._constant

    def __hash__(self) -> int:
        return hash((self._terms, self._constant))

    def __repr__(self) -> str:
        return f"Affine({self.terms!r}, {self._constant!r})"

    def __str__(self) -> str:
        parts = [f"{c:g}*{n}" if c != 1.0 else n for n, c in self._terms]
        if self._constant or not parts:
            parts.append(f"{self._constant:g}")
        return "+".join(parts).replace("+-", "-")


Scalar = float | Parameter | Affine
"""A number, a parameter or an affine expression: what an angle or a strength may be."""


def as_affine(value: Scalar) -> Affine:
    """`value` as an `Affine`; a plain number becomes a constant expression."""
    if isinstance(value, Parameter | Affine):
        return value._affine()
    return Affine({}, _number(value))


def evaluate_affine(expression: Affine, values: Mapping[str, Any]) -> Any:
    """The expression's value; `values` may hold numbers or arrays of any autoray library.

    Raises `CircuitError` naming the parameters that `values` lacks.
    """
    missing = [name for name in expression.names if name not in values]
    if missing:
        raise CircuitError(f"no value was given for {', '.join(missing)}; give one by keyword")
    total: Any = expression.constant
    for name, coefficient in expression._terms:
        value = values[name] if coefficient == 1.0 else coefficient * values[name]
        total = value + total if total is not expression.constant or total else value
    return total


def _combine(left: Affine, a: float, right: Scalar, b: float) -> Affine:
    other = as_affine(right)
    terms = {name: a * c for name, c in left._terms}
    for name, c in other._terms:
        terms[name] = terms.get(name, 0.0) + b * c
    return Affine(terms, a * left._constant + b * other._constant)


def _scale(expression: Affine, factor: float) -> Affine:
    return Affine({n: factor * c for n, c in expression._terms}, factor * expression._constant)


def _number(value: object) -> float:
    if isinstance(value, complex) or isinstance(value, str | bytes):
        raise CircuitError(f"a parameter expression takes real numbers (got {value!r})")
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise CircuitError(f"a parameter expression takes real numbers (got {value!r})") from error
    if not math.isfinite(number):
        raise CircuitError(f"a parameter expression takes finite numbers (got {value!r})")
    return number
