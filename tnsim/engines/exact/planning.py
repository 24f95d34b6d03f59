"""Lower a task in every basis, plan each, and keep the quickest that fits the budget."""

from __future__ import annotations

from dataclasses import dataclass

from tnsim.base.arrays import complex_dtype, real_dtype
from tnsim.base.errors import BudgetError
from tnsim.contraction import Plan, plan
from tnsim.contraction.estimate import rough_multiply_adds
from tnsim.engines.refusals import refusal_at
from tnsim.engines.settings import Settings
from tnsim.lowering.lowered import Lowered, lower
from tnsim.lowering.recipes import RecipeBook

from .tasks import Task

__all__ = ["PlannedTask", "plan_task"]

# A basis whose rough estimate is this much costlier than the best one's is not searched.
_HOPELESS = 30.0


@dataclass(frozen=True)
class PlannedTask:
    """A task lowered and planned; `plan` is None where the answer is known to be zero."""

    task: Task
    lowered: Lowered
    plan: Plan | None

    @property
    def seconds(self) -> float:
        return 0.0 if self.plan is None else self.plan.seconds

    @property
    def peak_bytes(self) -> int:
        return 0 if self.plan is None else self.plan.peak_bytes


def plan_task(book: RecipeBook, task: Task, settings: Settings) -> PlannedTask:
    """The quickest plan over the task's bases; `BudgetError` where none fits.

    Every basis gets a rough estimate; those within reach of the best are planned in full, and
    the others only where none of these fits the budget.
    """
    bases = [b for b in task.bases if b in settings.bases] or task.bases
    lowered = [lower(book, basis, task.add) for basis in bases]
    for one in lowered:
        if one.network is None:
            return PlannedTask(task, one, None)
    ranked = sorted((_rough_cost(one), n) for n, one in enumerate(lowered))
    fitting: list[PlannedTask] = []
    refused: list[BudgetError] = []
    for cost, n in ranked:
        if fitting and cost > _HOPELESS * ranked[0][0]:
            break
        found = _attempt(task, lowered[n], settings)
        if isinstance(found, PlannedTask):
            fitting.append(found)
        else:
            refused.append(found)
    if not fitting:
        raise _refusal(settings, refused)
    return min(fitting, key=lambda f: f.seconds)


def _rough_cost(lowered: Lowered) -> float:
    assert lowered.network is not None, "checked by the caller"
    work = rough_multiply_adds(lowered.network)
    return work if lowered.is_real else 4.0 * work


def _attempt(task: Task, lowered: Lowered, settings: Settings) -> PlannedTask | BudgetError:
    assert lowered.network is not None, "checked by the caller"
    dtype = real_dtype(settings.dtype) if lowered.is_real else complex_dtype(settings.dtype)
    try:
        found = plan(
            lowered.network,
            budget=settings.budget,
            dtype=dtype,
            effort=settings.effort,
            seed=settings.seed,
            cache=settings.cache,
            progress=settings.progress,
        )
    except BudgetError as error:
        return error
    return PlannedTask(task, lowered, found)


def _refusal(settings: Settings, errors: list[BudgetError]) -> BudgetError:
    best = min(errors, key=lambda e: e.least_bytes or 1 << 62)
    if best.least_bytes is None:
        return best
    return refusal_at(settings.budget, best.least_bytes, best.flops)
