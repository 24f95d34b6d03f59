"""Schedules by a plain walk over the instructions, and durations for any circuit."""

from __future__ import annotations

from typing import Any

import tnsim


def durations_of(circuit: tnsim.Circuit) -> dict[Any, float]:
    """A time for each name, and other times for some of the first rows' qubits."""
    found: dict[Any, float] = {}
    for number, name in enumerate(sorted(circuit.counts())):
        found[name] = 10.0 * (number % 4)
    for row in list(circuit)[:3]:
        found[row.name, row.qubits] = 7.0
    return found


def walked(circuit: tnsim.Circuit, durations: dict[Any, float]) -> tuple[Any, Any, Any]:
    """Start, wait and ready, one instruction after another."""
    ready = [0.0] * circuit.num_qubits
    start, wait = [], []
    for row in circuit:
        time = durations.get((row.name, row.qubits), durations[row.name])
        if row.operation.kind in {"channel", "barrier"}:
            time = 0.0
        if row.name == "u0":
            time *= row.angles[0]  # type: ignore[assignment]
        begin = max(ready[q] for q in row.qubits)
        start.append(begin)
        wait += [begin - ready[q] for q in row.qubits]
        for q in row.qubits:
            ready[q] = begin + time
    return start, wait, ready
