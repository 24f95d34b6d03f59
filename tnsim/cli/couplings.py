"""Which qubits of a circuit act on each other."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from tnsim import Circuit

__all__ = ["coupling_edges"]


def coupling_edges(circuit: Circuit) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs a < b of qubits, shape (E, 2), and how many instructions act on each, shape (E,).

    >>> edges, counts = coupling_edges(Circuit(3).cx(0, 1).ccx(2, 1, 0))
    >>> edges.tolist(), counts.tolist()
    ([[0, 1], [0, 2], [1, 2]], [2, 1, 1])
    """
    columns = circuit.columns
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for code in np.unique(columns.opcode).tolist():
        operation = circuit.operations[code]
        size = operation.num_qubits - operation.num_bits
        if size < 2 or operation.kind == "barrier":
            continue
        qubits = columns.qubits_of(columns.rows_with(code), size)
        for a, b in itertools.combinations(range(size), 2):
            pairs.append(np.sort(qubits[:, [a, b]].astype(np.int64), axis=1))
    edges, counts = np.unique(np.concatenate(pairs), axis=0, return_counts=True)
    return edges, counts
