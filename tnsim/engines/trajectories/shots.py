"""Measured bit strings, each from a trajectory of its own."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import QueryError
from tnsim.circuit.readout import ReadoutAssignment

from .pieces import confusion_of
from .random_numbers import OUTCOME, READOUT, uniform
from .tasks import TaskRun

__all__ = ["draw_shots", "misread"]


def draw_shots(run: TaskRun, shots: int, num_qubits: int, workers: int) -> NDArray[np.uint8]:
    """Bits (shots, num_qubits): shot t is drawn from trajectory t, before readout errors.

    Trajectories that never leave the trunk share its state, and are drawn from it in one pass.
    `QueryError` where time is over before all are drawn: fewer than asked for are no answer.
    """
    every = np.arange(shots, dtype=np.int64)
    apart = np.array([uniform(run.key, OUTCOME + 1, t) for t in range(shots)])
    leaves = apart < run.leaving
    found = np.empty((shots, len(run.task.qubits)), dtype=np.uint8)
    together, alone = every[~leaves], every[leaves]
    if len(together):
        trunk = run.trunk_state(run.states.memory())
        found[together] = run.states.shots(trunk, run.key, together)
        del trunk
    stopped = threading.Event()

    def draw(part: NDArray[np.int64]) -> bool:
        def use(k: int, state: Any) -> None:
            found[part[k]] = run.states.shots(state, run.key, part[k : k + 1])[0]

        return run.each(part, run.states.memory(), use, stopped)

    with ThreadPoolExecutor(workers) as pool:
        try:
            # Each part has its own trunk.
            parts = np.array_split(alone, workers) if len(alone) >= workers else [alone]
            done = all(pool.map(draw, [part for part in parts if len(part)]))
        finally:
            stopped.set()
    if not done:
        raise QueryError(
            f"`seconds` must be enough for the {shots} shots of Samples, but "
            f"{run.allowed.given:g} s were over before; give more, or ask for fewer shots"
        )
    bits = np.zeros((shots, num_qubits), dtype=np.uint8)
    bits[:, list(run.task.qubits)] = found
    return bits


def misread(
    bits: NDArray[np.uint8],
    readout: Sequence[ReadoutAssignment],
    values: Mapping[str, float],
    key: int,
) -> None:
    """Put readout errors into bits (shots, n), in place."""
    for number, one in enumerate(readout):
        confusion = confusion_of(one, values)
        true = np.zeros(len(bits), dtype=np.int64)
        for qubit in one.qubits:
            true = 2 * true + bits[:, qubit]
        drawn = np.array([uniform(key, READOUT + number, t) for t in range(len(bits))])
        passed = np.cumsum(confusion, axis=0)[:, true]
        read = np.minimum((passed <= drawn * passed[-1]).sum(axis=0), len(confusion) - 1)
        for place, qubit in enumerate(reversed(one.qubits)):
            bits[:, qubit] = (read >> place) & 1
