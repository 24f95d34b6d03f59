"""From sums over trajectories to answers with their errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.queries import (
    Amplitudes,
    Expectation,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Variance,
)
from tnsim.queries.query import LeafQuery

from .moments import Moments
from .pieces import Range

__all__ = ["Answer", "Summary", "answer_of", "quantile"]

Vector = NDArray[np.float64]

_UNSEEN = math.log(10.0)
# What has a chance of more than this over N is seen among N trajectories nine times out of ten.


@dataclass(frozen=True, eq=False)
class Summary:
    """A piece's numbers: on the trunk, and how the other trajectories differ from it.

    The trunk is taken with the chance 1 - `leaving`, exactly; `moments` are of trajectories that
    leave it. `bias` is by how much truncated states may have moved each mean.
    """

    trunk: Vector
    leaving: float
    moments: Moments
    span: Range
    bias: Vector

    @property
    def mean(self) -> Vector:
        """The mean over all trajectories."""
        return self.trunk + self.leaving * self.moments.mean

    @property
    def unseen(self) -> Vector:
        """What branches not met so far may add to the mean: see `answer_of`."""
        here = self.trunk + self.moments.mean
        reach = np.maximum(self.span.high - here, here - self.span.low)
        return self.leaving * self.share * np.maximum(reach, 0.0)

    @property
    def share(self) -> float:
        """The chance, at most 1, of what may not have been seen."""
        return min(1.0, _UNSEEN / max(self.moments.count, 1))


@dataclass(frozen=True, eq=False)
class Answer:
    """A value, its standard error, the error reported, and of that the bias; all of one shape."""

    value: NDArray[Any]
    deviation: Vector
    error: Vector
    bias: Vector


def answer_of(leaf: LeafQuery, summaries: Sequence[Summary], rounding: float) -> Answer:
    """The leaf's value: the sum of its pieces, which are independent.

    The reported error is sqrt((t s)^2 + u^2) + bias + rounding. Here s is the standard error of the
    mean and t the two-sided 95.45 % quantile of Student's distribution, 2 for many trajectories. u
    stands for branches so rare that none of N trajectories took them: what has the chance
    ln(10)/N is missed once in ten times, and moves the mean by that chance times the largest
    possible change. Both shrink with the chance of leaving the trunk.
    """
    if isinstance(leaf, Variance):
        value, variance, unseen, bias = _variance(summaries)
    elif isinstance(leaf, Purity):
        value, variance, unseen, bias = _purity(summaries[0])
    else:
        value = np.sum([one.mean for one in summaries], axis=0)
        variance = np.sum([_variance_of_mean(one) for one in summaries], axis=0)
        unseen = np.sum([one.unseen for one in summaries], axis=0)
        bias = np.sum([one.bias for one in summaries], axis=0)
    count = min(one.moments.count for one in summaries)
    deviation = np.sqrt(variance)
    error = np.hypot(quantile(count - 1) * deviation, unseen) + bias
    return _shaped(leaf, value, deviation, error, bias, rounding)


def quantile(freedom: int) -> float:
    """Student's two-sided 95.45 % quantile: 2 for many degrees of freedom.

    By the Cornish-Fisher series (Abramowitz and Stegun, 26.7.5); of fewer than 3 degrees, for
    which it is too small, that of 3 is taken, since `answer_of` adds more there than this.
    """
    v = float(max(freedom, 3))
    z = 2.0
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / v + second / v**2 + third / v**3


def _variance_of_mean(one: Summary) -> Vector:
    spread = one.moments.spread
    diagonal = spread.diagonal() if one.moments.joint else spread
    return one.leaving**2 * diagonal / max(one.moments.count, 1)


def _variance(summaries: Sequence[Summary]) -> tuple[Vector, Vector, Vector, Vector]:
    """<O^2> - <O>^2 of one piece with the numbers <O^2>, <O>, without the bias of the square."""
    (one,) = summaries
    square, mean = one.mean
    slope = np.array([1.0, -2.0 * mean])
    covariance = one.leaving**2 * one.moments.spread / max(one.moments.count, 1)
    value = square - mean * mean + covariance[1, 1]
    # The second derivative: what is left where the first one is small.
    variance = max(float(slope @ covariance @ slope), 0.0) + 2.0 * covariance[1, 1] ** 2
    unseen = np.abs(slope) @ one.unseen
    bias = np.abs(slope) @ one.bias
    return np.array([value]), np.array([variance]), np.array([unseen]), np.array([bias])


def _purity(one: Summary) -> tuple[Vector, Vector, Vector, Vector]:
    """Tr[rho^2] from pairs of different trajectories, so without bias."""
    count, mean, away = one.moments.count, one.moments.mean, one.leaving
    trace = float(np.trace(one.moments.squares))
    total = one.moments.total
    pairs = (total @ total - trace) / (count * (count - 1)) if count > 1 else mean @ mean
    value = one.trunk @ one.trunk + 2 * away * (one.trunk @ mean) + away**2 * pairs
    covariance = one.moments.spread / max(count, 1)
    slope = 2 * away * one.mean
    variance = max(float(slope @ covariance @ slope), 0.0)
    # The second derivative: all that is left where the state is fully mixed.
    variance += 2 * away**4 * float(np.sum(covariance**2))
    # Tr[rho_t rho] is between 0 and 1.
    unseen = 2 * away * one.share
    bias = 2 * np.abs(one.mean) @ one.bias
    return np.array([value]), np.array([variance]), np.array([unseen]), np.array([bias])


def _shaped(
    leaf: LeafQuery,
    value: Vector,
    deviation: Vector,
    error: Vector,
    bias: Vector,
    rounding: float,
) -> Answer:
    if isinstance(leaf, ReducedDensityMatrix | Amplitudes) or (
        isinstance(leaf, Expectation) and leaf.is_complex
    ):
        half = len(value) // 2
        shape: tuple[int, ...] = leaf.shape(0)
        return Answer(
            (value[:half] + 1j * value[half:]).reshape(shape),
            np.hypot(deviation[:half], deviation[half:]).reshape(shape),
            np.hypot(error[:half], error[half:]).reshape(shape) + rounding,
            np.hypot(bias[:half], bias[half:]).reshape(shape),
        )
    shape = (len(value),) if isinstance(leaf, Probabilities) else ()
    return Answer(
        value.reshape(shape),
        deviation.reshape(shape),
        error.reshape(shape) + rounding,
        bias.reshape(shape),
    )
