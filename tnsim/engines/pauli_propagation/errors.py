"""How far an answer may be off, from what was dropped and from other truncations' answers.

Three things are known of a truncated walk. (1) The sum of the sizes of all coefficients dropped
bounds the error, since a Pauli string's mean is at most 1 in size in any state. (2) The mean of a
string of w letters has the square 3^-w on average over product states. Where the means of dropped
strings are like independent random numbers of that size, the error is about the root of the sum
of c^2 / 3^w: heavy strings seldom matter. The parts of a sum of T like strings, the mean
magnetisation say, are off in the same direction: there it is sqrt(T) times that. (3) Walks that
kept fewer strings, or chose them by another rule, are off by about as much as they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.engines.approximate import ErrorKind

__all__ = ["Level", "error_of"]

_ROUNDING = 1e-12
_SHARE = 1.5
_APART = (1.5, 0.75)
# Of (2), and of (3) for the last walk but one and the one before it; by random circuits.


@dataclass(frozen=True, eq=False)
class Level:
    """One truncation: the answer, (1) and (2) of its operators as errors of it, and its cost.

    `preference` is that of `Limits`, `terms` the most strings that were held.
    """

    cutoff: float
    max_terms: int
    preference: float
    value: NDArray[Any]
    bound: NDArray[np.float64]
    spread: NDArray[np.float64]
    terms: int
    seconds: float


def error_of(levels: Sequence[Level]) -> tuple[NDArray[np.float64], ErrorKind]:
    """The error of the last level's answer, and its kind."""
    last = levels[-1]
    rounding = _ROUNDING * (1.0 + np.abs(last.value))
    bound = last.bound + rounding
    apart = np.zeros(last.value.shape)
    for earlier, factor in zip(reversed(levels[:-1]), _APART, strict=False):
        apart = np.maximum(apart, factor * np.abs(earlier.value - last.value))
    guess = _SHARE * last.spread + apart
    error = np.minimum(bound, guess + rounding)
    return error, "bound" if bool((bound <= error).all()) else "estimate"
