"""How far an answer may be off, from what truncation discarded and from runs at other accuracies.

Run j has an answer v_j and has discarded w_j = -sum ln(1 - weight). The error of a run is taken
as a random number of size s sqrt(w_j), the size of the part of the state that is missing, with
one s for all runs that their differences tell; where cuts keep what is local, a `power` of 2
takes w_j for its root, since what is missing then acts by way of later instructions alone. Two
parts are added in squares: one of the size of the weight discarded near the query's qubits, for
what all runs miss alike, and on Pauli legs the error of the trace there, which is known. Where
answers still move one way with every bond, so do the missing parts: then what remains of the
movement is added too, continued as a geometric series.
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
_SLOWEST = 0.85
# The ratio of the geometric series at most: beyond, two steps do not tell where it leads.


@dataclass(frozen=True, eq=False)
class Level:
    """One run: its largest bond, what it kept, and one query's answer.

    `near` is the weight discarded near the query's qubits, `strayed` the error of the trace there,
    `power` that of the root of the weight which errors go with.
    """

    bond: int
    log_kept: float
    value: NDArray[Any]
    near: float = 0.0
    strayed: float = 0.0
    power: float = 1.0

    @property
    def defect(self) -> float:
        """1 - (the product of the kept shares)."""
        return -math.expm1(self.log_kept)


def error_of(levels: Sequence[Level], index: int, scale: float) -> NDArray[np.float64]:
    """The error of `levels[index]`, of its value's shape, one for all entries.

    `scale` is the size of the largest value that is possible. One run alone has no differences:
    its error is what the whole defect could do.
    """
    top = levels[index]
    if len(levels) == 1:
        # Of pure states: |Tr O (rho - sigma)| <= 2 ||O|| sqrt(1 - F).
        return np.full(top.value.shape, 2.0 * scale * math.sqrt(top.defect))
    lost = [max(-one.log_kept, 1e-30) ** top.power for one in levels]
    squares = [
        float(np.mean(np.abs(one.value - top.value) ** 2)) / (lost[k] + lost[index])
        for k, one in enumerate(levels)
        if k != index
    ]
    spread = sum(squares) / len(squares) * lost[index]
    known = (_FLOOR * -math.expm1(-top.near)) ** 2 + (_TRACE * min(top.strayed, 2.0)) ** 2
    drift = _drift(sorted(levels, key=lambda one: one.log_kept)[-3:], top)
    error = math.sqrt(_SAFETY**2 * spread + scale**2 * known + drift**2)
    return np.full(top.value.shape, min(error, scale + float(np.abs(top.value).max(initial=0.0))))


def _drift(levels: Sequence[Level], top: Level) -> float:
    """What is left of a movement from the coarsest of three levels to the finest, root mean square.

    0 where the steps turn back, and where the answer is not the finest.
    """
    if len(levels) < 3 or levels[-1] is not top:
        return 0.0
    before, after = levels[1].value - levels[0].value, top.value - levels[1].value
    squares = [float(np.mean(np.abs(one) ** 2)) for one in (before, after)]
    if not squares[0] or float(np.mean((before.conj() * after).real)) <= 0.0:
        return 0.0
    ratio = min(math.sqrt(squares[1] / squares[0]), _SLOWEST)
    return math.sqrt(squares[1]) * ratio / (1.0 - ratio)
