"""Which picture suits a question better, from short runs of both at small bonds."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tnsim.queries import LeafQuery

from .decompositions import Truncation
from .estimates import Level, error_of
from .evolve import OutOfTimeError
from .runs import Outcome, Run
from .sizes import size_of

__all__ = ["Trial", "better_of", "level_of", "pilot_trials"]

_BONDS = (4, 8, 16)
_MOST_LEAVES = 4
_NOTHING = 1e-15
_SLOWEST, _FASTEST = 0.5, 4.0


@dataclass(frozen=True, eq=False)
class Trial:
    """A run that was made: its accuracy, its answers to `leaves`, and its wall seconds."""

    truncation: Truncation
    leaves: tuple[LeafQuery, ...]
    outcome: Outcome
    seconds: float


def pilot_trials(
    runs: Sequence[Run],
    leaves: Sequence[LeafQuery],
    values: Mapping[str, float],
    most_bonds: Sequence[int],
    deadline: float | None,
) -> list[list[Trial]]:
    """Runs of each picture in turn at small bonds, about some of the leaves.

    The first of each is made whatever it takes; the others end with the time.
    """
    count = min(len(leaves), _MOST_LEAVES)
    chosen = tuple(leaves[k] for k in np.linspace(0, len(leaves) - 1, count).astype(int).tolist())
    found: list[list[Trial]] = [[] for _ in runs]
    for number, bond in enumerate(_BONDS):
        for run, most, trials in zip(runs, most_bonds, found, strict=True):
            truncation, begin = Truncation(min(bond, most), 0.0), time.monotonic()
            if trials and trials[-1].truncation == truncation:
                continue
            try:
                outcome = run.at(values, truncation, chosen, deadline if number else None)
            except OutOfTimeError:
                return found
            trials.append(Trial(truncation, chosen, outcome, time.monotonic() - begin))
    return found


def better_of(runs: Sequence[Run], trials: Sequence[Sequence[Trial]], wanted: float) -> int:
    """The index of the run that promises an error of `wanted` for less work.

    `wanted` is relative to the largest value that is possible. Work grows as bond^3; the error
    falls as the discarded weight did from the last bond but one.
    """
    scores, equal = [], min(len(one) for one in trials)
    for run, every in zip(runs, trials, strict=True):
        some = every[:equal]
        work = math.log(run.flops(some[-1].truncation.max_bond or 1))
        scores.append(work + max(_further_work(leaf, some, wanted) for leaf in some[-1].leaves))
    return int(np.argmin(scores))


def _further_work(leaf: LeafQuery, trials: Sequence[Trial], wanted: float) -> float:
    """The logarithm of how many times the last trial's work it takes."""
    levels, size = [level_of(leaf, one.outcome) for one in trials], size_of(leaf)
    if not size or levels[-1].defect < _NOTHING:
        return 0.0
    missing = float(error_of(levels, len(levels) - 1, size)) / size / wanted
    slope = _SLOWEST
    if len(levels) > 1:
        growth = (trials[-1].truncation.max_bond or 1) / (trials[-2].truncation.max_bond or 1)
        fall = levels[-2].log_kept / levels[-1].log_kept
        if growth > 1.0 and fall > 1.0:
            slope = min(max(math.log(fall) / math.log(growth), _SLOWEST), _FASTEST)
    return 6.0 / slope * math.log(max(missing, 1.0))


def level_of(leaf: LeafQuery, outcome: Outcome) -> Level:
    """What a run says about one query."""
    value = np.asarray(outcome.answers.get(leaf, np.zeros(())))
    near, strayed = outcome.near[leaf]
    return Level(outcome.bond, outcome.log_kept[leaf], value, near, strayed, outcome.power)
