"""Telling a zero that rounding has blurred from a small number that is meant."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ROUNDING", "without_rounding"]

ROUNDING = 4 * float(np.finfo(float).eps)
"""A sum is rounding where it is at most this times the sum of its summands' moduli."""


def without_rounding(matrix: NDArray[Any], magnitude: NDArray[Any]) -> NDArray[Any]:
    """`matrix` with 0 where a sum of summands of total modulus `magnitude` is only rounding.

    Relative to what was summed, entry by entry: a lone 1e-300 stays, 0.1 + 0.2 - 0.3 does not.

    >>> import numpy as np
    >>> without_rounding(np.array([1e-300, 0.1 + 0.2 - 0.3]), np.array([1e-300, 0.6]))
    array([1.e-300, 0.e+000])
    """
    return np.where(np.abs(matrix) <= ROUNDING * magnitude, 0.0, matrix)
