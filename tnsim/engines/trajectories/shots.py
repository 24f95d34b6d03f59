"""Measured bit strings, each from a trajectory of its own."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit.readout import ReadoutAssignment

from .observing import chosen, norm
from .pieces import confusion_of
from .random_numbers import OUTCOME, READOUT, uniform
from .tasks import TaskRun

__all__ = ["draw_shots", "misread"]


def draw_shots(run: TaskRun, shots: int, num_qubits: int) -> NDArray[np.uint8]:
    """Bits (shots, num_qubits): shot t is drawn from trajectory t, before readout errors.

    Trajectories that never leave the trunk share its state, and are drawn from it in one pass.
    """
    every = np.arange(shots, dtype=np.int64)
    apart = np.array([uniform(run.key, OUTCOME + 1, t) for t in range(shots)])
    outcome = np.array([uniform(run.key, OUTCOME, t) for t in range(shots)])
    leaves = apart < run.leaving
    found = np.empty(shots, dtype=np.int64)
    trunk, state = run.spare()
    together = every[~leaves]
    if len(together):
        state[:] = 0.0
        state[0, 0] = 1.0
        run.follow(state)
        order = np.argsort(outcome[together], kind="stable")
        picked = np.empty(len(order), dtype=np.int64)
        chosen(state, outcome[together][order] * norm(state), picked)
        found[together[order]] = picked
    alone = every[leaves]
    one = np.empty(1, dtype=np.int64)

    def use(k: int, state: NDArray[Any]) -> None:
        chosen(state, outcome[alone[k] : alone[k] + 1] * norm(state), one)
        found[alone[k]] = one[0]

    if len(alone):
        run.each(alone, (trunk, state), use, threading.Event())
    bits = np.zeros((shots, num_qubits), dtype=np.uint8)
    for qubit, place in run.task.bit.items():
        bits[:, qubit] = (found >> place) & 1
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
