"""The error of an answer, from attempts of rising accuracy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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

_BEYOND = 1e-6
# Of its scale, by which rounding may take an answer beyond it.

_LEAST = 0.1
# Of the root of the discarded weight: the least that an answer is taken to be off by, in units of
# the largest value that was seen of it in several pictures.

_LEAST_ALONE = 0.2
# The same, of its scale, where one picture alone was seen.

_LEAST_FEW = (0.5, 0.25)
# The same, of its scale, where one attempt was made, and where two were.

_FLAT = 0.5
# Where the weight hardly falls, by so much of its root it is taken to have fallen.

_REST = (0.75, 1.5)
# On the rest of the way that an answer is taken to move, as the last move but one and the last
# tell it: the older it is, the more it overstates.

_SAFETY = 2.0
# On what two regions differ by.

_MOST_LOST = 600.0
# Its exponential is still a number.


@dataclass(frozen=True, eq=False)
class Sighting:
    """One query's value in one attempt, and from another region (None: no loop is missed).

    `lost` is the discarded weight of the states behind it, and `scale` the sum of the moduli of
    its strings' coefficients. `unseen`: no other region was within the limits, and `other` is the
    value again.
    """

    bond: int
    value: Array
    other: Array | None
    lost: float
    scale: float
    unseen: bool = False


def estimated(
    sightings: Sequence[Sighting],
    others: Mapping[str, Sequence[Sighting]],
    rounding: float,
    evidence: dict[str, Any],
) -> Estimate:
    """The last sighting with its error; `others` are those of other pictures, by name.

    Two errors are added: that of truncation and that of missed loops.

    Truncation: in a state that lost the weight w, amplitudes are off by about sqrt(w), and an
    answer by some share of that. How large a share, two things show. Successive attempts: where
    the answer moved by d while sqrt(w) fell from s' to s, the rest of the way is d s / (s' - s);
    of the last two moves the worse one counts, the older by half, as one may vanish by chance. And
    other pictures, which truncate something else: this one's part of a difference d is
    d q / (q + q'), where
    q = sqrt(exp(w) - 1) is what was lost beside what is left. The larger of both is taken, and
    never less than a tenth of sqrt(w) in units of the largest value that any attempt in any
    picture gave: a value near 0 is trusted as far as all pictures agree on it.

    Loops: what the answer differs by between two regions that close different loops. Where none of
    the attempts could compare two, nothing is known of them, and the error is all there can be.
    """
    last = sightings[-1]
    floor = rounding * max(last.scale, 1.0)
    truncation = _truncation(sightings, others)
    loops = _loops(sightings)
    # A value beyond its scale has gone wrong, whatever was lost.
    possible = bool(np.all(np.abs(last.value) <= (1 + _BEYOND) * last.scale))
    exact = last.lost <= _EXACT and last.other is None and possible
    error = np.full(last.value.shape, floor) if exact else truncation + _SAFETY * loops + floor
    # No true answer is larger than its scale.
    most = np.abs(last.value) + last.scale
    error = np.minimum(error, most) if possible else most
    return Estimate(
        last.value,
        error,
        "bound" if exact else "estimate",
        {
            **evidence,
            "convergence": _table(sightings),
            "pictures": {name: _table(some) for name, some in others.items()},
            "truncation": _plain(truncation),
            "loops": _plain(loops),
            "loops_unseen": last.unseen,
        },
    )


def _truncation(sightings: Sequence[Sighting], others: Mapping[str, Sequence[Sighting]]) -> Array:
    last = sightings[-1]
    root = _root(last)
    found = np.zeros(last.value.shape)
    if last.lost <= _EXACT:
        return found
    moves = list(pairwise(sightings[-3:]))
    for rest, (one, two) in zip(_REST[2 - len(moves) :], moves, strict=True):
        fell = max(_root(one) - _root(two), _FLAT * _root(one))
        if fell > 0:
            found = np.maximum(found, rest * np.abs(two.value - one.value) * root / fell)
    apart = [one for some in others.values() for one in some[-2:]]
    for one in apart:
        part = _beside(last) / (_beside(last) + _beside(one))
        found = np.maximum(found, part * np.abs(one.value - last.value))
    if len(moves) < 2:
        return np.asarray(np.maximum(found, _LEAST_FEW[len(moves)] * last.scale * root))
    if not apart:
        return np.asarray(np.maximum(found, _LEAST_ALONE * last.scale * root))
    values = [one.value for some in (sightings, *others.values()) for one in some]
    largest = np.minimum(np.max(np.abs(values), axis=0), last.scale)
    return np.asarray(np.maximum(found, _LEAST * largest * root))


def _loops(sightings: Sequence[Sighting]) -> Array:
    last = sightings[-1]
    if last.other is None:
        return np.zeros(last.value.shape)
    compared = [s for s in sightings if s.other is not None and not s.unseen]
    if not compared:
        return np.abs(last.value) + last.scale
    # The last two that could be compared: larger bonds may leave no room for a larger region, and
    # a difference may vanish by chance. Beside one at the last bond, a coarser one counts by the
    # roots of the weights that both lost: states that lost much miss loops that are not there.
    seen = [np.abs(s.value - np.asarray(s.other)) for s in compared[-2:]]
    if not last.unseen and len(seen) == 2 and _root(compared[-2]) > 0:
        seen[0] = seen[0] * min(_root(last) / _root(compared[-2]), 1.0)
    return np.asarray(np.max(seen, axis=0))


def _table(sightings: Sequence[Sighting]) -> dict[str, Any]:
    return {
        "bond": [s.bond for s in sightings],
        "value": [_plain(s.value) for s in sightings],
        "discarded": [s.lost for s in sightings],
    }


def _root(one: Sighting) -> float:
    """The root of the weight lost in all, when shares w are lost one after another."""
    return math.sqrt(-math.expm1(-one.lost))


def _beside(one: Sighting) -> float:
    """The root of what was lost beside what is left, when the share exp(-w) is left."""
    return math.sqrt(math.expm1(min(one.lost, _MOST_LOST)))


def _plain(value: Array) -> Any:
    """An array as JSON data."""
    if np.iscomplexobj(value):
        return {"real": value.real.tolist(), "imag": value.imag.tolist()}
    return value.tolist()
