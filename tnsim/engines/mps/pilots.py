"""Which picture suits a question better, from short runs of both at small bonds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tnsim.queries import LeafQuery

from .decompositions import Truncation
from .estimates import Level, error_of
from .runs import Run
from .tables import size_of

__all__ = ["pilot_score"]

_BONDS = (4, 8, 16)
_MOST_LEAVES = 4
_LEAST_ERROR = 1e-15


def pilot_score(
    run: Run, leaves: Sequence[LeafQuery], values: Mapping[str, float], most_bond: int
) -> float:
    """The relative error that equal work would buy, from some of the leaves at small bonds.

    Work grows as bond^3 and the error is taken to fall as 1 / bond^2.
    """
    count = min(len(leaves), _MOST_LEAVES)
    chosen = [leaves[k] for k in np.linspace(0, len(leaves) - 1, count).astype(int).tolist()]
    levels: dict[LeafQuery, list[Level]] = {leaf: [] for leaf in chosen}
    bonds = sorted({min(bond, most_bond) for bond in _BONDS})
    for bond in bonds:
        outcome = run.at(values, Truncation(bond, 0.0), chosen, None)
        for leaf in chosen:
            kept, value = outcome.log_kept[leaf], np.asarray(outcome.answers[leaf])
            levels[leaf].append(Level(outcome.bond, kept, value, *outcome.near[leaf]))
    error = max(_relative_error(leaf, levels[leaf]) for leaf in chosen)
    return max(error, _LEAST_ERROR) * float(run.flops(bonds[-1]) ** (2.0 / 3.0))


def _relative_error(leaf: LeafQuery, levels: Sequence[Level]) -> float:
    size = size_of(leaf)
    if not size or levels[-1].defect < _LEAST_ERROR:
        return 0.0
    return float(error_of(levels, len(levels) - 1, size)) / size
