"""Expressions of answers whose first axis is a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoray import do

from tnsim.base.arrays import Array
from tnsim.queries import Query
from tnsim.queries.query import LeafQuery

__all__ = ["aligned", "evaluate"]


def evaluate(query: Query, answers: Mapping[LeafQuery, Array], *, batched: bool) -> Any:
    """The value of a query; with a batch, one for each member, along the first axis."""
    return query.evaluate(aligned(query, answers, batched=batched))


def aligned(
    query: Query, answers: Mapping[LeafQuery, Array], *, batched: bool
) -> dict[LeafQuery, Array]:
    """The answers to a query, their batch axes at one place.

    Broadcasting lines axes up from the last, so that numbers of shape (B,) and distributions of
    shape (B, 4) would meet at the wrong axis: the former become (B, 1).
    """
    found = {leaf: answers[leaf] for leaf in query.leaves()}
    most = max((len(a.shape) for a in found.values()), default=0)
    for leaf, array in found.items():
        shape = tuple(array.shape)
        if batched and len(shape) < most:
            thin = (1,) * (most - len(shape))
            found[leaf] = do("reshape", array, (shape[0], *thin, *shape[1:]))
    return found
