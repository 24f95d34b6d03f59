"""How much of what truncation discarded lies near the qubits that a query is about.

The state is cut at every bond, and what is cut far away hardly changes the state here: its
effect on numerator and norm cancels. So weights count for a query that were discarded at the
bonds next to its sites and one further. Likewise for the trace of a density operator, a product
of one factor for each site.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tnsim.queries import Expectation, LeafQuery, Variance

from .line import Line
from .observables import Frame

__all__ = ["losses_near"]


def losses_near(
    leaf: LeafQuery, qubits: Sequence[int] | None, line: Line, frame: Frame
) -> tuple[float, float]:
    """The discarded weight (as -ln of what is kept) and the share of the sites near a query.

    For a sum of Pauli strings, the mean over its strings, weighted by their coefficients.
    `qubits` are those that the query asks for, None for all.
    """
    lost = -np.array(line.log_kept_at)
    total, size = float(lost.sum()), len(line)
    near = _windowed(np.concatenate([[0.0, 0.0], lost, [0.0, 0.0]]), size)
    if qubits is None:
        return total, 1.0
    share = min(3.0 / size, 1.0)
    if not isinstance(leaf, Expectation | Variance):
        sites = frame.place[np.array(qubits, dtype=np.int64)]
        return min(float(near[sites].sum()), total), min(share * len(sites), 1.0)
    operator = leaf.observable
    if not len(operator.qubits):
        return 0.0, 0.0
    owner = np.repeat(np.arange(len(operator)), np.diff(operator.starts))
    sites = frame.place[operator.qubits]
    sums = np.bincount(owner, weights=near[sites], minlength=len(operator))
    counts = np.bincount(owner, minlength=len(operator)) * share
    weights = np.abs(operator.coefficients)
    weights = np.where(counts > 0, weights, 0.0)
    mean = np.average(np.minimum(sums, total), weights=weights)
    return float(mean), float(np.average(np.minimum(counts, 1.0), weights=weights))


def _windowed(lost: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """For every site, the sum over the two bonds on each side; `lost` has two zeros at each end."""
    found = np.zeros(size)
    for shift in range(4):
        found += lost[shift : shift + size]
    return found
