"""The instructions that the final state of some qubits depends on."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tnsim.circuit import Circuit
from tnsim.circuit.layers import Spread

__all__ = ["cone_of"]


def cone_of(circuit: Circuit, qubits: Iterable[int]) -> Circuit:
    """`circuit.lightcone(qubits)` without barriers, by a plain sweep over the rows.

    What moves a state goes over the rows one by one anyway; the compiled kernel for long
    circuits would bring a hundred megabytes of compiler into a gradient that takes twenty.
    """
    snapshot = circuit.snapshot()
    columns, operations = snapshot.columns, snapshot.operations
    spread = Spread.of(operations)
    linked, read, forgotten = (x.tolist() for x in (spread.linked, spread.read, spread.forgotten))
    arity = columns.arity.tolist()
    opcodes, touched = columns.opcode.tolist(), columns.qubits.tolist()
    end = len(touched)
    needed = [False] * circuit.num_qubits
    for qubit in qubits:
        needed[qubit] = True
    kept = np.zeros(len(opcodes), dtype=np.bool_)
    for row in range(len(opcodes) - 1, -1, -1):
        code = opcodes[row]
        some = touched[end - arity[code] : end]
        end -= arity[code]
        if not linked[code] or not any(needed[q] for q in some[: len(some) - read[code]]):
            continue
        kept[row] = True
        known = len(some) - forgotten[code]
        for slot, qubit in enumerate(some):
            needed[qubit] = slot < known
    return circuit.from_snapshot(snapshot.with_rows(columns.take(np.flatnonzero(kept))))
