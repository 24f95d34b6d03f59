"""The part of a circuit that the state of some qubits depends on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .layers import Spread, cone_rows
from .snapshot import Snapshot

__all__ = ["restricted"]


def restricted(snapshot: Snapshot, qubits: NDArray[np.int64]) -> Snapshot:
    """The backward light cone of `qubits`.

    Every operation is trace preserving, so rows from which no path of dependence leads to the
    end of `qubits` drop out of their state. Qubits whose bits a readout error mixes with those
    of `qubits` count among them.
    """
    columns, operations = snapshot.columns, snapshot.operations
    spread = Spread.of(operations)
    inside = set(qubits.tolist())
    readout = tuple(r for r in snapshot.readout if inside & set(r.qubits))
    wanted = np.array(sorted(inside.union(*(r.qubits for r in readout))), dtype=np.int64)
    cone = cone_rows(columns, snapshot.num_places, wanted, spread)
    return snapshot.with_rows(cone, readout=readout)
