"""Runs at several accuracies, and the estimates that they give together."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import real_dtype
from tnsim.engines.approximate import ErrorKind, Estimate, Report
from tnsim.queries import LeafQuery, Samples

from .decompositions import Truncation
from .estimates import Level, error_of
from .evolve import OutOfTimeError
from .levels import Pace, Plan
from .pilots import Trial, level_of
from .runs import Outcome, Run
from .sizes import size_of

if TYPE_CHECKING:
    from .engine import LineEngine

__all__ = ["estimates_of"]

_NOTHING = 1e-20
# A defect below this is rounding alone: amplitudes are off by less than 1e-10 of the norm.


def estimates_of(
    engine: LineEngine,
    values: Mapping[str, float],
    plan: Plan,
    wanted: float | None,
    deadline: float | None,
    report: Report | None,
    trials: Sequence[Trial] = (),
) -> dict[LeafQuery, Estimate]:
    """Run the plan until its end, its error or its time, and answer every query.

    `trials` were made already, by ascending accuracy; they count where they are about all queries.
    """
    leaves, runner = engine.leaves, engine.runner
    tables: dict[LeafQuery, list[Level]] = {leaf: [] for leaf in leaves}
    best: dict[LeafQuery, Outcome] = {}
    whole = [one for one in trials if set(one.leaves) == set(leaves)]
    pending = list(leaves)
    pace: Pace | None = None
    steps = _steps(plan, whole)
    for number, truncation in enumerate(steps):
        trial = next((one for one in whole if one.truncation == truncation), None)
        if trial is not None:
            made, seconds = trial.outcome, trial.seconds
        else:
            if plan.grows and pace is not None:
                bond = pace.affordable(truncation.max_bond or 1, deadline)
                if bond is None:
                    break
                truncation = Truncation(bond, truncation.cutoff)
            begin = time.monotonic()
            try:
                made = runner.at(values, truncation, pending, deadline if number else None)
            except OutOfTimeError:
                break
            seconds = time.monotonic() - begin
        pace = Pace(runner, truncation.max_bond or 1, seconds)
        for leaf in pending:
            tables[leaf].append(level_of(leaf, made))
            if plan.grows or number == plan.top:
                best[leaf] = made
        if report is not None:
            report(number + 1, len(steps))
        pending = [
            leaf for leaf in pending if not _is_done(leaf, tables[leaf], plan, wanted, runner)
        ]
        if not pending:
            break
    return {leaf: _estimate(engine, leaf, tables[leaf], plan, best[leaf]) for leaf in leaves}


def _steps(plan: Plan, trials: Sequence[Trial]) -> list[Truncation]:
    """The plan's accuracies; one that grows begins with what was tried."""
    if not plan.grows or not trials:
        return list(plan.levels)
    tried = [one.truncation for one in trials]
    last = tried[-1].max_bond or 1
    return [*tried, *(one for one in plan.levels if (one.max_bond or 1) > last)]


def _is_done(
    leaf: LeafQuery, levels: list[Level], plan: Plan, wanted: float | None, runner: Run
) -> bool:
    """Whether the last run was exact, or its error is small enough."""
    last = len(levels) - 1
    if levels[last].defect < _NOTHING and (plan.grows or last == plan.top):
        return True
    if wanted is None or not last:
        return False
    return float(_error(leaf, levels, last, runner).max(initial=0.0)) <= wanted


def _estimate(
    engine: LineEngine, leaf: LeafQuery, levels: list[Level], plan: Plan, best: Outcome
) -> Estimate:
    top = len(levels) - 1 if plan.grows else plan.top
    level = levels[top]
    error = _error(leaf, levels, top, engine.runner)
    value = level.value
    if isinstance(leaf, Samples):
        value = best.sample(leaf)
        error = np.broadcast_to(error, value.shape)
    kind: ErrorKind = "bound" if level.defect < _NOTHING else "estimate"
    return Estimate(value, error, kind, _evidence(engine, leaf, levels, top, best))


def _error(leaf: LeafQuery, levels: list[Level], top: int, runner: Run) -> NDArray[np.float64]:
    level = levels[top]
    size = size_of(leaf)
    eps = float(np.finfo(real_dtype(runner.dtype)).eps)
    rounding = eps * max(size, 1.0) * (100.0 + 10.0 * runner.steps**0.5)
    if level.defect < _NOTHING:
        return np.full(level.value.shape, rounding)
    if isinstance(leaf, Samples):
        # The distance of two pure states' results is at most sqrt(1 - F).
        return np.asarray(min(level.defect**0.5, 1.0))
    error: NDArray[np.float64] = error_of(levels, top, size) + rounding
    return error


def _evidence(
    engine: LineEngine, leaf: LeafQuery, levels: list[Level], top: int, best: Outcome
) -> dict[str, Any]:
    record = best.records[leaf]
    order = np.argsort([one.bond for one in levels], kind="stable").tolist()
    table: dict[str, list[Any]] = {
        "bond": [levels[k].bond for k in order],
        "discarded": [levels[k].defect for k in order],
    }
    if levels[top].value.ndim == 0 and not isinstance(leaf, Samples):
        numbers = [levels[k].value for k in order]
        table["value"] = [
            [float(v.real), float(v.imag)] if np.iscomplexobj(v) else float(v) for v in numbers
        ]
    else:
        reference = levels[top].value
        changes = [np.abs(levels[k].value - reference).max(initial=0.0) for k in order]
        table["change"] = [float(one) for one in changes]
    return {
        "picture": engine.picture,
        "bond": levels[top].bond,
        "fidelity": 1.0 - levels[top].defect,
        "discarded": record.discarded(),
        "layers_each": record.stride,
        "convergence": table,
        "ended_by": _ending(engine, leaf, levels, top),
    }


def _ending(engine: LineEngine, leaf: LeafQuery, levels: list[Level], top: int) -> str:
    """Why the answer is no better: an option's name, "memory", or "exact" where it could not be."""
    options, level = engine.options, levels[top]
    if level.defect < _NOTHING:
        return "exact"
    if options.max_bond is not None:
        return "max_bond"
    if options.cutoff is not None:
        return "memory" if level.bond == engine.most_bond else "cutoff"
    if float(_error(leaf, levels, top, engine.runner).max(initial=0.0)) <= options.wanted_error:
        return "target_error"
    return "memory" if level.bond == engine.most_bond else "seconds"
