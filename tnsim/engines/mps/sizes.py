"""How large an answer can be."""

from __future__ import annotations

import numpy as np

from tnsim.queries import Expectation, LeafQuery, Variance

__all__ = ["size_of"]


def size_of(leaf: LeafQuery) -> float:
    """The largest size that an answer can have, entry by entry."""
    if isinstance(leaf, Expectation | Variance):
        total = float(np.abs(leaf.observable.coefficients).sum())
        return total if isinstance(leaf, Expectation) else total**2
    return 1.0
