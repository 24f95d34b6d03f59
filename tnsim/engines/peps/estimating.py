"""The error of an answer, from attempts of rising accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.engines.approximate import Estimate

__all__ = ["Sighting", "estimated"]

Array = NDArray[Any]

_EXACT = 1e-20
# Discarded weight that is rounding.

_SHARE = 0.1
# Of the root of the discarded weight: what an answer moves by where nothing else is known.

_SAFETY = 1.5


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
    moved by d while sqrt(w) fell from s' to s, the rest of the way is d s / (s' - s). As d may
    vanish by chance, the share is taken from all attempts, and is never taken to be less than a
    tenth of what a random direction would give.

    Loops: what the answer differs by between two regions that close different loops.
    """
    last = sightings[-1]
    floor = rounding * max(last.scale, 1.0)
    truncation = _truncation(sightings)
    loops = np.zeros(last.value.shape)
    for one in sightings[-2:]:
        if one.other is not None:
            loops = np.maximum(loops, np.abs(one.value - one.other))
    exact = last.lost <= _EXACT and last.other is None
    error = np.full(last.value.shape, floor) if exact else truncation + _SAFETY * loops + floor
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
    root = np.sqrt(last.lost)
    if last.lost <= _EXACT:
        return np.zeros(last.value.shape)
    share = np.zeros(last.value.shape)
    for one, two in zip(sightings, sightings[1:], strict=False):
        moved = np.abs(two.value - one.value)
        fell = max(np.sqrt(one.lost) - np.sqrt(two.lost), 0.3 * np.sqrt(one.lost))
        share = np.maximum(share, moved / fell) if fell > 0 else share
    share = np.maximum(share, _SHARE * last.scale)
    return _SAFETY * share * root


def _plain(value: Array) -> Any:
    """An array as JSON data."""
    if np.iscomplexobj(value):
        return {"real": value.real.tolist(), "imag": value.imag.tolist()}
    return value.tolist()
