"""The error of an expression of answers that have errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.engines.approximate import Estimate
from tnsim.queries import Query
from tnsim.queries.query import LeafQuery

__all__ = ["propagated", "weakest"]

_KINDS = ("bound", "standard error", "estimate")


def propagated(
    query: Query, estimates: Mapping[LeafQuery, Estimate]
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The value of a query for one parameter set, and its error.

    The error is the sum over answers of the largest change of the value when that answer alone is
    moved by its error, up and down (for complex answers also along the imaginary axis): errors of
    different answers, which need not be independent, are taken to add up.
    """
    leaves = query.leaves()
    values = {leaf: estimates[leaf].value for leaf in leaves}
    with np.errstate(all="ignore"):
        value = np.asarray(query.evaluate(values))
        total = np.zeros(value.shape)
        for leaf in leaves:
            error = estimates[leaf].error
            if not np.any(error):
                continue
            directions = (1, -1, 1j, -1j) if np.iscomplexobj(values[leaf]) else (1, -1)
            moved = [
                np.abs(query.evaluate({**values, leaf: values[leaf] + way * error}) - value)
                for way in directions
            ]
            total = total + np.max(moved, axis=0)
    # Where the value is not finite any more, neither is what is known about it.
    return value, np.where(np.isnan(total), np.inf, total)


def weakest(kinds: list[str]) -> str:
    """The kind that all of these are at least."""
    return max(kinds, key=_KINDS.index)
