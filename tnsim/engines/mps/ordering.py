"""How the qubits of a circuit stand on a line: an order in which its gates are short."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit import Circuit

__all__ = ["line_order", "spans"]

_MOST_PASSES = 20
_MOST_EDGES = 200_000


def line_order(circuit: Circuit, qubits: Sequence[int], order: str | tuple[int, ...]) -> list[int]:
    """The qubits in the order of the line: as given, ascending, or with short gates.

    "auto" takes the best of three by the summed spans of all gates: ascending, reverse
    Cuthill-McKee, and the second eigenvector of the coupling graph's Laplacian (Fiedler's), the
    last two improved by exchanging neighbours.
    """
    kept = set(qubits)
    if isinstance(order, tuple):
        return [q for q in order if q in kept]
    given = sorted(kept)
    if order == "given" or len(given) < 3:
        return given
    weights = _coupling(circuit, given)
    pairs = np.argwhere(np.triu(weights > 0)) if len(given) <= 2048 else np.zeros((0, 2), np.int64)
    if not len(pairs) or len(pairs) > _MOST_EDGES:
        return given
    strengths = weights[pairs[:, 0], pairs[:, 1]]
    best, least = np.arange(len(given)), spans(np.arange(len(given)), pairs, strengths)
    if least == strengths.sum():
        return given
    for start in (best, _cuthill_mckee(weights), _fiedler(weights)):
        found = _exchanged(start, weights)
        cost = spans(found, pairs, strengths)
        if cost < least * (1 - 1e-9):
            best, least = found, cost
    return [given[k] for k in best.tolist()]


def spans(
    order: NDArray[np.int64], pairs: NDArray[np.int64], weights: NDArray[np.float64]
) -> float:
    """sum w |place(a) - place(b)| over the pairs (a, b)."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return float(weights @ np.abs(place[pairs[:, 0]] - place[pairs[:, 1]]))


def _coupling(circuit: Circuit, qubits: Sequence[int]) -> NDArray[np.float64]:
    """How many instructions act on each pair, (n, n); one on k > 2 qubits counts for all pairs."""
    size = len(qubits)
    if size > 2048:
        return np.zeros((0, 0))
    index = np.full(circuit.num_qubits, -1, dtype=np.int64)
    index[list(qubits)] = np.arange(size)
    columns = circuit.columns
    idle = np.array([op.kind == "barrier" for op in circuit.operations] + [False])
    arity = np.diff(columns.qubit_start)
    weights = np.zeros((size, size))
    for count in np.unique(arity).tolist():
        rows = np.flatnonzero((arity == count) & ~idle[columns.opcode])
        if count < 2 or not len(rows):
            continue
        places = index[columns.qubits[columns.qubit_start[rows][:, None] + np.arange(count)]]
        for a in range(count):
            for b in range(a + 1, count):
                both = (places[:, a] >= 0) & (places[:, b] >= 0)
                np.add.at(weights, (places[both, a], places[both, b]), 1.0)
    return weights + weights.T


def _cuthill_mckee(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import reverse_cuthill_mckee

    found = reverse_cuthill_mckee(csr_matrix(weights), symmetric_mode=True)
    return np.asarray(found, dtype=np.int64)


def _fiedler(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    laplacian = np.diag(weights.sum(axis=1)) - weights
    return np.argsort(np.linalg.eigh(laplacian)[1][:, 1], kind="stable").astype(np.int64)


def _exchanged(order: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Neighbours exchanged while that shortens the gates."""
    found = order.copy()
    size = len(found)
    near = [np.flatnonzero(row) for row in weights]
    place = np.empty(size, dtype=np.int64)
    place[found] = np.arange(size)
    for _ in range(_MOST_PASSES):
        changed = False
        for k in range(size - 1):
            a, b = int(found[k]), int(found[k + 1])
            gain = _pull(a, b, near[a], place, weights, k) - _pull(b, a, near[b], place, weights, k)
            if gain > 0:
                found[k], found[k + 1] = b, a
                place[a], place[b] = k + 1, k
                changed = True
        if not changed:
            break
    return found


def _pull(
    one: int,
    other: int,
    near: NDArray[np.int64],
    place: NDArray[np.int64],
    weights: NDArray[np.float64],
    k: int,
) -> float:
    """Weight of the partners of `one` that stand right of k + 1, less those left of k."""
    partners = near[near != other]
    where = place[partners]
    strengths = weights[one, partners]
    return float(strengths[where > k + 1].sum() - strengths[where < k].sum())
