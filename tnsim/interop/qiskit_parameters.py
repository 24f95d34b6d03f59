"""Qiskit's parameters and expressions as ours, and back."""

from __future__ import annotations

from typing import Any

from tnsim.base.errors import CircuitError
from tnsim.base.parameters import Affine, Parameter, Scalar, as_affine

from .names import NameBook
from .packages import library

__all__ = ["AngleReader", "AngleWriter"]


class AngleReader:
    """Angles of Qiskit as numbers, parameters and affine expressions of ours."""

    def __init__(self) -> None:
        self._symbol = library("qiskit.circuit").Parameter
        self._book = NameBook()

    def read(self, angle: Any) -> Scalar:
        """One angle; `CircuitError` where it is no affine expression of real parameters."""
        if isinstance(angle, int | float):
            return float(angle)
        if isinstance(angle, self._symbol):
            return Parameter(self._book.name(angle.name))
        symbols = getattr(angle, "parameters", None)
        if symbols is None:
            return _number(angle, angle)
        terms: dict[str, float] = {}
        for symbol in symbols:
            slope = angle.gradient(symbol)
            if getattr(slope, "parameters", None):
                raise CircuitError(
                    f"an angle must be a sum of multiples of parameters (got {angle}); assign "
                    f"{symbol.name}, or make the expression a parameter of its own"
                )
            terms[self._book.name(symbol.name)] = _number(slope, angle)
        rest = angle.bind(dict.fromkeys(symbols, 0.0)) if symbols else angle
        return Affine(terms, _number(rest, angle))


class AngleWriter:
    """Expressions of ours for Qiskit; each name becomes one Parameter."""

    def __init__(self) -> None:
        self._symbols: dict[str, Any] = {}
        self._make = library("qiskit.circuit").Parameter

    def write(self, angle: Scalar) -> Any:
        """A float, or an expression of Qiskit."""
        if isinstance(angle, float):
            return angle
        expression = as_affine(angle)
        total: Any = None
        for name, factor in expression.terms.items():
            symbol = self._symbols.get(name)
            if symbol is None:
                symbol = self._symbols[name] = self._make(name)
            term = symbol if factor == 1.0 else factor * symbol
            total = term if total is None else total + term
        if total is None:
            return expression.constant
        return total + expression.constant if expression.constant else total


def _number(value: Any, angle: Any) -> float:
    try:
        number = complex(value)
    except (TypeError, ValueError) as error:
        raise CircuitError(f"an angle must be a real number (got {angle!s:.60})") from error
    if number.imag:
        raise CircuitError(f"an angle must be a real number (got {angle!s:.60})")
    return number.real
