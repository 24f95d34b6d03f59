"""How far an answer may be off, from what truncation discarded and from runs at other accuracies.

Every run j has an answer v_j and a defect w_j = 1 - prod (1 - discarded weight). The error of
a run is taken as a random number of size s sqrt(w_j), the size of the part of the state that is
missing, with one s for all runs that their differences tell. Two parts are added in squares: one
of the size of the defect itself, for what all runs miss alike, and on Pauli legs the error of
the trace, the one value that is known beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Level", "error_of"]

_SAFETY = 4.0
# Nine in ten of normal numbers are within 2.9 times a size told by two others (Student's t).
_FLOOR = 0.2
_TRACE = 0.5


@dataclass(frozen=True, eq=False)
class Level:
    """One run: its largest bond, what it discarded, and one query's answer.

    `strayed` is how far the trace, which is 1, was changed by truncation (0 where there is none).
    """

    bond: int
    log_kept: float
    value: NDArray[Any]
    strayed: float = 0.0

    @property
    def defect(self) -> float:
        """1 - (the product of the kept shares)."""
        return -math.expm1(self.log_kept)


def error_of(levels: Sequence[Level], index: int, scale: float) -> NDArray[np.float64]:
    """The error of `levels[index]`, of its value's shape.

    `scale` is the size of the largest error that is possible.
    """
    top = levels[index]
    defects = np.array([max(one.defect, 1e-30) for one in levels])
    squares, count = np.zeros(top.value.shape), 0
    for k, one in enumerate(levels):
        if k != index:
            squares = squares + np.abs(one.value - top.value) ** 2 / (defects[k] + defects[index])
            count += 1
    # One entry's differences may vanish by accident, those of all entries do not.
    spread = np.mean(squares) / max(count, 1) * defects[index]
    known = (_FLOOR * defects[index]) ** 2 + (_TRACE * top.strayed) ** 2
    error = np.sqrt(_SAFETY**2 * spread + scale**2 * known)
    return np.full(top.value.shape, min(error, scale + float(np.abs(top.value).max(initial=0.0))))
