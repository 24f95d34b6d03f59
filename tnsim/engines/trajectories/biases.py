"""By how much truncated states mislead: the same trajectories at half the bond."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .line_states import lost_weight
from .tasks import TaskRun

__all__ = ["PAIRS", "truncation_biases"]

PAIRS = 16
"""How many trajectories are run twice, beside the trunk."""

_NOTHING = 1e-12

Vector = NDArray[np.float64]


def truncation_biases(run: TaskRun, coarse: TaskRun, count: int) -> list[Vector]:
    """By piece, how far truncation may have moved the mean.

    `coarse` has the random numbers of `run` and half its bond, so that a trajectory differs by
    truncation alone. The mean difference, with its own standard error, stands for what is still
    missing at the full bond, which is less where bonds converge. Where most of the weight is
    discarded they do not: the square of the weight lost times the numbers' range is added. It is
    done however little time is left.
    """
    chosen = np.arange(min(count, PAIRS), dtype=np.int64) if run.leaving > 0.0 else None
    lost, fine = _followed(run, chosen)
    if max(lost) < _NOTHING:
        return [np.zeros(piece.size) for piece in run.task.pieces]
    _, rough = _followed(coarse, chosen)
    found = []
    for number, span in enumerate(run.spans):
        pairs = zip(fine, rough, strict=True)
        differences = np.array([one[number] - other[number] for one, other in pairs])
        moved = np.abs((1.0 - run.leaving) * differences[0])
        if len(differences) > 1:
            others = differences[1:]
            spread = others.std(axis=0) / math.sqrt(len(others))
            moved += run.leaving * (np.abs(others.mean(axis=0)) + spread)
        found.append(moved + float(np.mean(lost)) ** 2 * (span.high - span.low) / 2)
    return found


def _followed(
    run: TaskRun, trajectories: NDArray[np.int64] | None
) -> tuple[list[float], list[list[Vector]]]:
    """Of the trunk and then of trajectories: the weight lost, and the numbers."""
    trunk = run.trunk_state(None)
    count = 0 if trajectories is None else len(trajectories)
    lost = [lost_weight(trunk), *[0.0] * count]
    numbers: list[list[Vector]] = [run.states.read(trunk), *[[] for _ in range(count)]]

    def use(k: int, state: Any) -> None:
        lost[1 + k] = lost_weight(state)
        numbers[1 + k] = run.states.read(state)

    if trajectories is not None and count and run.leaving > 0.0:
        run.each(trajectories, None, use, threading.Event(), timed=False)
    elif count:
        numbers[1:] = [numbers[0]] * count
    return lost, numbers
