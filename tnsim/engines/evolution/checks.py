"""What tells on the way back whether the state is still the one that came forward.

Tr(O rho) is the same at every stage, and rounding errors of the state obey the same law: where
inverses magnify them, it does not show in this number. So the state before every stage is also
projected on a few random vectors, on the way forward and again on the way back: the difference
is the error's projection, of the size of the error itself in the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PROBES", "PROBE_CHUNKS", "Checks", "Probe"]

PROBES = 3
"""Random vectors: that all miss an error of ten times the size that they show is rare."""

_SIZES = 2
# Sizes of chunks whose vectors are kept: a circuit has few.

PROBE_CHUNKS = PROBES * (_SIZES + 1)
"""Chunks of 8 bytes a number that the vectors take, those in the making included."""

_PERIOD = 1021


@dataclass(frozen=True)
class Checks:
    """Of state x and costate y before a stage: y.x, |y|^2, and the projections of x."""

    product: complex
    square: float
    seen: NDArray[Any]

    @classmethod
    def total(cls, parts: Sequence[Checks]) -> Checks:
        """The checks of all chunks from those of some."""
        return cls(
            sum(part.product for part in parts),
            sum(part.square for part in parts),
            np.sum([part.seen for part in parts], axis=0),
        )


@dataclass(frozen=True)
class _Vectors:
    """Random vectors for chunks of one size; chunk k's are weighted with `weights[:, k]`."""

    inside: NDArray[np.float64]
    weights: NDArray[np.float64]

    def of(self, number: int, chunk: NDArray[Any]) -> NDArray[Any]:
        """A chunk's part of the projections."""
        flat = chunk.reshape(-1)
        if np.iscomplexobj(flat):
            # Two real columns: a real matrix is not made complex for the product.
            parts = self.inside @ flat.view(flat.real.dtype).reshape(-1, 2)
            found = parts[:, 0] + 1j * parts[:, 1]
        else:
            found = self.inside @ flat
        return np.asarray(found * self.weights[:, number % _PERIOD])


class Probe:
    """The random vectors of one kernel, the same for every state that it moves."""

    def __init__(self) -> None:
        self.vectors = lru_cache(maxsize=_SIZES)(self._drawn)

    @staticmethod
    def _drawn(size: int) -> _Vectors:
        generator = np.random.default_rng(size)
        inside = generator.choice([-1.0, 1.0], (PROBES, size))
        return _Vectors(inside, generator.choice([-1.0, 1.0], (PROBES, _PERIOD)))
