"""The error of an answer, from attempts of rising accuracy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.engines.approximate import Estimate

__all__ = ["Sighting", "estimated"]

Array = NDArray[Any]

_EXACT = 1e-20
# Discarded weight that is rounding.

_LEAST = 0.2
# Of the root of the discarded weight: the least that an answer is taken to be off by.

_UNKNOWN = 0.5
# The same where no two successive moves of the answer are known.

_FLAT = 0.3
# Where the weight hardly falls, by so much of its root it is taken to have fallen.

_SAFETY = 2.0
# On what the answer moved by, and on what two regions differ by.


@dataclass(frozen=True, eq=False)
class Sighting:
    """One query's value in one attempt, and from another region (None: no loop is missed).

    `lost` is the discarded weight of the states behind it, and `scale` the sum of the moduli of
    its strings' coefficients.
    """

    bond: int
    value: Array
    other: Array | None
    lost: float
    scale: float


def estimated(sightings: Sequence[Sighting], rounding: float, evidence: dict[str, Any]) -> Estimate:
    """The last sighting with its error.

    Two errors are added: that of truncation and that of missed loops.

    Truncation: in a state that lost the weight w, amplitudes are off by about sqrt(w), and an
    answer by some share of that. How large a share, successive attempts show: where the answer
    moved by d while sqrt(w) fell from s' to s, the rest of the way is d s / (s' - s). As a move
    may vanish by chance, the shares of the last two are added, doubled, and never taken to be less
    than a fifth, as they were in nine of ten random circuits.

    Loops: what the answer differs by between two regions that close different loops.
    """
    last = sightings[-1]
    floor = rounding * max(last.scale, 1.0)
    truncation = _truncation(sightings)
    seen = [np.abs(one.value - one.other) for one in sightings if one.other is not None]
    # The last two that could be compared: larger bonds may leave no room for a larger region.
    loops = np.max([np.zeros(last.value.shape), *[s for s in seen if s.any()][-2:]], axis=0)
    exact = last.lost <= _EXACT and last.other is None
    error = np.full(last.value.shape, floor) if exact else truncation + _SAFETY * loops + floor
    # No true answer is larger than its scale.
    error = np.minimum(error, np.abs(last.value) + last.scale)
    table = {
        "bond": [s.bond for s in sightings],
        "value": [_plain(s.value) for s in sightings],
        "discarded": [s.lost for s in sightings],
    }
    return Estimate(
        last.value,
        error,
        "bound" if exact else "estimate",
        {
            **evidence,
            "convergence": table,
            "truncation": _plain(truncation),
            "loops": _plain(loops),
        },
    )


def _truncation(sightings: Sequence[Sighting]) -> Array:
    last = sightings[-1]
    if last.lost <= _EXACT:
        return np.zeros(last.value.shape)
    share = np.zeros(last.value.shape)
    moves = list(pairwise(sightings[-3:]))
    for one, two in moves:
        fell = max(_root(one) - _root(two), _FLAT * _root(one))
        if fell > 0:
            share = share + np.abs(two.value - one.value) / fell
    least = _LEAST if len(moves) == 2 else _UNKNOWN
    found: Array = np.maximum(_SAFETY * share, least * last.scale) * _root(last)
    return found


def _root(one: Sighting) -> float:
    """The root of the weight lost in all, when shares w are lost one after another."""
    return math.sqrt(-math.expm1(-one.lost))


def _plain(value: Array) -> Any:
    """An array as JSON data."""
    if np.iscomplexobj(value):
        return {"real": value.real.tolist(), "imag": value.imag.tolist()}
    return value.tolist()
