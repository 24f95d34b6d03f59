"""How much of what truncation discarded lies near the qubits that a query is about.

The state is cut at every bond, and what is cut far away hardly changes the state here: its
effect on numerator and norm cancels. So weights count for a query that were discarded at the
bonds that gates on its sites reach over, and as far again. Likewise for the trace of a density
operator, a product of one factor for each site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tnsim.engines.evolution.rows import Rows
from tnsim.queries import Expectation, LeafQuery, Variance

from .line import Line
from .observables import Frame

__all__ = ["Reach", "losses_near", "reach_of"]


@dataclass(frozen=True, eq=False)
class Reach:
    """For every site the first and the last one that an instruction joins it with, (n,) each.

    Its neighbours at least, which may stand beyond the ends.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def sums(self, lost: NDArray[np.float64]) -> NDArray[np.float64]:
        """For every site, the sum of `lost` (n - 1 bonds) over the bonds in twice its reach."""
        total = np.concatenate([[0.0], np.cumsum(lost)])
        most = len(lost)
        own = np.arange(most + 1)
        begin, end = (np.clip(2 * k - own, 0, most) for k in (self.first, self.last))
        found: NDArray[np.float64] = total[end] - total[begin]
        return found


def reach_of(rows: Rows, num_sites: int) -> Reach:
    """The reach of rows whose axes are the sites."""
    own = np.arange(num_sites)
    first, last = own - 1, own + 1
    if len(rows):
        counts = np.diff(rows.axis_start)
        starts = rows.axis_start[:-1]
        low, high = (f.reduceat(rows.axes, starts) for f in (np.minimum, np.maximum))
        np.minimum.at(first, rows.axes, np.repeat(low, counts))
        np.maximum.at(last, rows.axes, np.repeat(high, counts))
    return Reach(first, last)


def losses_near(
    leaf: LeafQuery, qubits: Sequence[int] | None, line: Line, frame: Frame, reach: Reach
) -> tuple[float, float]:
    """The discarded weight (as -ln of what is kept) and the share of the sites near a query.

    For a sum of Pauli strings, the mean over its strings, weighted by their coefficients.
    `qubits` are those that the query asks for, None for all.
    """
    lost = -np.array(line.log_kept_at)
    total, size = float(lost.sum()), len(line)
    near = reach.sums(lost)
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
