"""The global phase of a file: a sum that does not depend on the order in which it is taken."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import Affine

from .arithmetic import Linear, Value

__all__ = ["Phases"]

_LOW = 1 << 26


class _Sum:
    """An exact sum of doubles, rounded once when it is read."""

    def __init__(self) -> None:
        self._by_exponent: dict[int, int] = {}

    def add(self, values: NDArray[np.float64]) -> None:
        mantissas, exponents = np.frexp(values)
        whole = np.ldexp(mantissas, 53).astype(np.int64)
        for exponent in np.unique(exponents).tolist():
            some = whole[exponents == exponent]
            # In two parts, so that 2^36 of them do not overflow.
            total = int((some // _LOW).sum()) * _LOW + int((some % _LOW).sum())
            self._by_exponent[exponent] = self._by_exponent.get(exponent, 0) + total

    def value(self) -> float:
        terms = (Fraction(2) ** (e - 53) * total for e, total in self._by_exponent.items())
        return float(sum(terms, Fraction(0)))


class Phases:
    """The sum of all phases; runs and single statements give the same to the last digit."""

    def __init__(self) -> None:
        self._constant = _Sum()
        self._terms: dict[str, _Sum] = {}

    def add(self, phase: Value) -> None:
        """Add one phase, or those of N calls."""
        if isinstance(phase, Linear):
            for name, factor in phase.terms.items():
                self._terms.setdefault(name, _Sum()).add(np.array([factor]))
            phase = phase.constant
        self._constant.add(np.atleast_1d(np.asarray(phase, dtype=np.float64)))

    def total(self) -> Affine:
        """The sum, an affine expression of the parameters."""
        terms = {name: total.value() for name, total in self._terms.items()}
        return Affine(terms, self._constant.value())
