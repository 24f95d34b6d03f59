"""Traces over the ends of a line of Pauli components, kept while the line changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Traces"]

Tensor = NDArray[Any]


class Traces:
    """For every site the trace over what is left of it, and over what is right, each of norm 1.

    Vectors over the site's bonds. `forget` tells that a site has changed; then those that it is
    part of are computed anew where they are asked for.
    """

    __slots__ = ("_left", "_left_known", "_right", "_right_known")

    def __init__(self, num_sites: int, dtype: Any) -> None:
        one = np.ones(1, dtype=dtype)
        self._left, self._right = [one] * num_sites, [one] * num_sites
        self._left_known, self._right_known = 0, num_sites - 1

    def forget(self, site: int) -> None:
        """A tensor was changed."""
        self._left_known = min(self._left_known, site)
        self._right_known = max(self._right_known, site)

    def left(self, tensors: Sequence[Tensor], site: int) -> Tensor:
        """The trace over the sites before `site`, over the bond left of it."""
        for k in range(self._left_known, site):
            self._left[k + 1] = _unit(self._left[k] @ tensors[k][:, 0, :])
        self._left_known = max(self._left_known, site)
        return self._left[site]

    def right(self, tensors: Sequence[Tensor], site: int) -> Tensor:
        """The trace over the sites after `site`, over the bond right of it."""
        for k in range(self._right_known, site, -1):
            self._right[k - 1] = _unit(tensors[k][:, 0, :] @ self._right[k])
        self._right_known = min(self._right_known, site)
        return self._right[site]

    def copy(self) -> Traces:
        """Traces that go on by themselves."""
        made = Traces.__new__(Traces)
        made._left, made._right = list(self._left), list(self._right)
        made._left_known, made._right_known = self._left_known, self._right_known
        return made


def _unit(vector: Tensor) -> Tensor:
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm else vector
