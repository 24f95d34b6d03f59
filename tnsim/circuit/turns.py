"""A 2 x 2 unitary as u(theta, phi, lambda) and a phase."""

from __future__ import annotations

import cmath
import math
from typing import Any

from numpy.typing import NDArray

__all__ = ["euler_angles"]


def euler_angles(matrix: NDArray[Any]) -> tuple[float, float, float, float]:
    """(theta, phi, lambda, g) such that the matrix is exp(i g) u(theta, phi, lambda)."""
    a, b = complex(matrix[0, 0]), complex(matrix[0, 1])
    c, d = complex(matrix[1, 0]), complex(matrix[1, 1])
    theta = 2 * math.atan2(abs(c), abs(a))
    # Of the two entries in a column the larger one has the better phase.
    if abs(a) >= abs(c):
        g = cmath.phase(a)
        total = cmath.phase(d) - g
        phi = cmath.phase(c) - g if abs(c) > 0 else 0.0
        return theta, phi, total - phi, g
    phi_g, lam_g = cmath.phase(c), cmath.phase(-b)
    g = cmath.phase(a) if abs(a) > 0 else 0.0
    return theta, phi_g - g, lam_g - g, g
