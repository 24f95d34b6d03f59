"""How far an answer may be off, from what truncation discarded and from coarser runs.

Every run j has an answer v_j and a defect w_j = 1 - prod (1 - discarded weight). The error of
a run is taken as a random number of size s sqrt(w_j), with one s for all runs: the size of the
part of the state that is missing, seen by the observable. Differences of runs tell s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Level", "error_of"]


@dataclass(frozen=True, eq=False)
class Level:
    """One run: its largest bond, what it discarded, and one query's answer."""

    bond: int
    log_kept: float
    value: NDArray[Any]

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
    mine = math.sqrt(defects[index])
    squares, count = np.zeros(top.value.shape), 0
    for k, one in enumerate(levels):
        if k != index:
            squares = squares + np.abs(one.value - top.value) ** 2 / (defects[k] + defects[index])
            count += 1
    size = np.sqrt(squares / max(count, 1)) * mine
    return np.minimum(3.0 * size, scale)
