"""Swaps taken out of a circuit: where a qubit is, is a name, and moving it is no work."""

from __future__ import annotations

import numpy as np

from .columns import Columns
from .layers import swap_sweep
from .operations import OPCODES
from .snapshot import Snapshot

__all__ = ["without_swaps"]


def without_swaps(snapshot: Snapshot) -> Snapshot:
    """The same final state without plain swaps; all qubits start alike, in |0>.

    Read from the end, where every qubit has its own name: a swap exchanges the names of its
    qubits in all rows before it. Swaps under a condition stay.
    """
    columns, code = snapshot.columns, OPCODES["swap"]
    rows = columns.opcode == code
    if not np.any(rows):
        return snapshot
    places = swap_sweep(columns, snapshot.num_places, code)
    moved = Columns(
        columns.opcode, places, columns.angles, columns.symbols, columns.arity, columns.num_params
    )
    return snapshot.with_rows(moved.take(np.flatnonzero(~rows)))
