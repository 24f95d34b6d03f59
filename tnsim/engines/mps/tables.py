"""Runs at several accuracies, and the estimates that they give together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import real_dtype
from tnsim.engines.approximate import ErrorKind, Estimate, Report
from tnsim.queries import Expectation, LeafQuery, Samples, Variance

from .estimates import Level, error_of
from .evolve import OutOfTimeError
from .levels import Plan
from .runs import Outcome, Run

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
) -> dict[LeafQuery, Estimate]:
    """Run the plan until its end, its error or its time, and answer every query."""
    leaves, runner = engine.leaves, engine.runner
    tables: dict[LeafQuery, list[Level]] = {leaf: [] for leaf in leaves}
    best: dict[LeafQuery, Outcome] = {}
    pending = list(leaves)
    for number, truncation in enumerate(plan.levels):
        try:
            outcome = runner.at(values, truncation, pending, deadline if number else None)
        except OutOfTimeError:
            break
        for leaf in pending:
            value = np.asarray(outcome.answers.get(leaf, np.zeros(())))
            kept = outcome.log_kept[leaf]
            tables[leaf].append(Level(outcome.bond, kept, value, *outcome.near[leaf]))
            if plan.grows or number == plan.top:
                best[leaf] = outcome
        if report is not None:
            report(number + 1, len(plan.levels))
        pending = [
            leaf for leaf in pending if not _is_done(leaf, tables[leaf], plan, wanted, runner)
        ]
        if not pending:
            break
    return {leaf: _estimate(engine, leaf, tables[leaf], plan, best[leaf]) for leaf in leaves}


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


def size_of(leaf: LeafQuery) -> float:
    """The largest size that an answer can have, entry by entry."""
    if isinstance(leaf, Expectation | Variance):
        total = float(np.abs(leaf.observable.coefficients).sum())
        return total if isinstance(leaf, Expectation) else total**2
    return 1.0


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
