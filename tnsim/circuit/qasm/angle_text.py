"""Angles as text that is read back to the last digit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import Affine

__all__ = ["affine_text", "angle_texts"]

_DIVISORS = (1, 2, 4, 3, 8, 6, 5, 16, 12, 10, 32, 64)
_MOST_MULTIPLE = 1 << 10


def angle_texts(values: NDArray[np.float64]) -> list[str]:
    """Each number as a multiple of pi such as `-3*pi/4` where that is exact, and else in digits.

    >>> angle_texts(np.array([np.pi / 2, -3 * np.pi / 4, 0.1]))
    ['pi/2', '-3*pi/4', '0.1']
    """
    distinct, inverse = np.unique(values, return_inverse=True)
    texts = np.array([repr(value) for value in distinct.tolist()], dtype=object)
    open_ = np.flatnonzero((distinct != 0) & (np.abs(distinct) < _MOST_MULTIPLE * math.pi))
    for divisor in _DIVISORS:
        multiples = np.rint(distinct[open_] * (divisor / math.pi))
        # As a reader computes it, from left to right.
        exact = (multiples * math.pi) / divisor == distinct[open_]
        for place, multiple in zip(open_[exact].tolist(), multiples[exact].tolist(), strict=True):
            texts[place] = _multiple_text(int(multiple), divisor)
        open_ = open_[~exact]
    found: list[str] = texts[inverse].tolist()
    return found


def affine_text(expression: Affine) -> str:
    """An affine expression, terms in the order of their names.

    >>> affine_text(Affine({"a": 2.0, "b": -1.0}, 0.1))
    '2.0*a-b+0.1'
    """
    parts = [_term_text(name, factor) for name, factor in expression.terms.items()]
    if expression.constant or not parts:
        parts.append(repr(expression.constant))
    return "+".join(parts).replace("+-", "-")


def _multiple_text(multiple: int, divisor: int) -> str:
    factor = {1: "", -1: "-"}.get(multiple, f"{multiple}*")
    return f"{factor}pi" if divisor == 1 else f"{factor}pi/{divisor}"


def _term_text(name: str, factor: float) -> str:
    if abs(factor) == 1.0:
        return name if factor > 0 else f"-{name}"
    return f"{factor!r}*{name}"
