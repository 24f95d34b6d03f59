"""Affine expressions in SymPy, which Cirq and PennyLane users write, as ours and back."""

from __future__ import annotations

import math
from typing import Any

from tnsim.base.errors import CircuitError
from tnsim.base.parameters import Affine, Scalar, as_affine

from .names import NameBook
from .packages import library

__all__ = ["SympyReader", "to_sympy"]


class SympyReader:
    """Numbers and SymPy expressions as angles; one book of names for a conversion."""

    def __init__(self) -> None:
        self._book = NameBook()

    def read(self, value: Any, *, turns: bool = False) -> Scalar:
        """`value`, or pi times it where `turns` says that it counts half turns.

        Raises `CircuitError` where it is no sum of multiples of real parameters.
        """
        if not hasattr(value, "free_symbols"):
            return _real(value, value) * (math.pi if turns else 1.0)
        sympy = library("sympy")
        # Times pi in SymPy, so that t / pi becomes t without rounding.
        total = sympy.expand(value * sympy.pi if turns else value)
        terms: dict[str, float] = {}
        constant = 0.0
        for term in sympy.Add.make_args(total):
            factor, symbol = term.as_independent(*total.free_symbols, as_Add=False)
            if symbol == 1:
                constant += _real(factor, value)
                continue
            if not symbol.is_Symbol:
                raise CircuitError(
                    f"an angle must be a sum of multiples of parameters (got {value}); give "
                    f"{symbol} a value, or make it a parameter of its own"
                )
            name = self._book.name(symbol.name)
            terms[name] = terms.get(name, 0.0) + _real(factor, value)
        return Affine(terms, constant) if terms else constant


def to_sympy(angle: Scalar, *, turns: bool = False) -> Any:
    """A float, or a SymPy expression; divided by pi where `turns` asks for half turns."""
    if isinstance(angle, float):
        return angle / math.pi if turns else angle
    sympy = library("sympy")
    expression = as_affine(angle)
    terms = [_factor(c) * sympy.Symbol(n) for n, c in expression.terms.items()]
    if expression.constant:
        terms.append(sympy.Float(expression.constant))
    total = sympy.Add(*terms)
    return total / sympy.pi if turns else total


def _factor(number: float) -> Any:
    return int(number) if number.is_integer() else number


def _real(value: Any, shown: Any) -> float:
    try:
        number = complex(value)
    except (TypeError, ValueError) as error:
        raise CircuitError(f"an angle must be a real number (got {shown!s:.60})") from error
    if number.imag or not math.isfinite(number.real):
        raise CircuitError(f"an angle must be a finite real number (got {shown!s:.60})")
    return number.real
