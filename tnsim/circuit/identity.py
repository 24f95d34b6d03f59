"""The digest of a circuit: equal for circuits with the same instructions."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from tnsim.base.codec import canonical_json
from tnsim.base.parameters import Affine

from .snapshot import Snapshot

__all__ = ["circuit_digest"]


def circuit_digest(snapshot: Snapshot) -> str:
    """SHA-256 of the rows with operations and expressions named, in hexadecimal.

    Neither the order in which tables were filled nor unused entries of them matter.
    """
    columns = snapshot.columns
    used = sorted(
        np.unique(columns.opcode).tolist(), key=lambda code: snapshot.operations[code].key
    )
    codes = np.zeros(len(snapshot.operations), dtype="<u2")
    codes[used] = range(len(used))
    entries = np.flatnonzero(columns.symbols >= 0)
    ids, first = np.unique(columns.symbols[entries], return_index=True)
    ids = ids[np.argsort(first)]
    order = np.full(len(snapshot.expressions) + 1, -1, dtype="<i4")
    order[ids] = range(len(ids))
    head = {
        "kind": "circuit",
        "version": 1,
        "num_qubits": snapshot.num_qubits,
        "operations": [snapshot.operations[code].key for code in used],
        "expressions": [_plain(snapshot.expressions[k]) for k in ids.tolist()],
        "phase": _plain(snapshot.phase),
        "num_bits": snapshot.num_bits,
        "readout": [assignment.to_dict() for assignment in snapshot.readout],
    }
    sha = hashlib.sha256(canonical_json(head).encode())
    sha.update(codes[columns.opcode].data)
    sha.update(columns.qubits.astype("<i4", copy=False).data)
    # Adding 0 makes -0 and 0 one number.
    sha.update((columns.angles + 0.0).astype("<f8", copy=False).data)
    sha.update(order[columns.symbols].data)
    return sha.hexdigest()


def _plain(expression: Affine) -> list[Any]:
    return [expression.terms, expression.constant + 0.0]
