"""Lower a task in every basis, plan each, and keep the quickest that fits the budget."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import complex_dtype, real_dtype
from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError
from tnsim.circuit import Circuit
from tnsim.contraction import Plan, plan
from tnsim.contraction.estimate import rough_multiply_adds
from tnsim.engines.refusals import refusal_at
from tnsim.engines.settings import Settings
from tnsim.lowering.lowered import Lowered, lower
from tnsim.lowering.recipes import RecipeBook
from tnsim.lowering.walk import Basis

from .evolved_task import EvolvedTask, evolved
from .tasks import ComponentTask, Task

__all__ = [
    "Lowering",
    "Planned",
    "PlannedTask",
    "choose_way",
    "is_quicker",
    "least_of",
    "plan_task",
]

# Channels for each gate from which on a circuit counts as noisy throughout.
_THROUGHOUT = 0.5
# A basis whose rough estimate is this much costlier than the best one's is not searched.
_HOPELESS = 30.0
# An evolution is taken where it is predicted to take this part of the time.
_BETTER = 0.5


@dataclass(frozen=True)
class PlannedTask:
    """A task lowered and planned; `plan` is None where the answer is known to be zero."""

    task: Task
    lowered: Lowered
    plan: Plan | None

    @property
    def live(self) -> tuple[NDArray[np.intp], ...]:
        """By axis of the answer, the components that can be other than zero."""
        return tuple(self.lowered.live)

    @property
    def shape(self) -> tuple[int, ...]:
        """The answer's shape, the dead components included."""
        return self.lowered.shape

    @property
    def basis(self) -> str:
        """In which legs the network is written."""
        return self.lowered.basis

    @property
    def seconds(self) -> float:
        return 0.0 if self.plan is None else self.plan.seconds

    @property
    def peak_bytes(self) -> int:
        return 0 if self.plan is None else self.plan.peak_bytes


Planned = PlannedTask | EvolvedTask
"""A task and the way in which it is answered."""


@dataclass(frozen=True, eq=False)
class Lowering:
    """Networks by task and basis: one that was rated need not be built again to be planned."""

    book: RecipeBook
    _known: dict[tuple[object, ...], Lowered] = field(default_factory=dict)

    def of(self, task: Task, basis: Basis) -> Lowered:
        """The task's network in one basis."""
        key = (type(task).__name__, *task.key, basis)
        if key not in self._known:
            self._known[key] = lower(self.book, basis, task.add)
        return self._known[key]


def choose_way(lowering: Lowering, task: ComponentTask, settings: Settings) -> Planned:
    """A contraction; or an evolution, where that is clearly quicker, or all that fits.

    Raises `BudgetError`, naming the least budget that works for either, where neither fits.
    """
    other = evolved(task, settings)
    if isinstance(other, EvolvedTask) and other.is_clear():
        return other
    try:
        found = plan_task(lowering, task, settings)
    except BudgetError as error:
        if isinstance(other, EvolvedTask):
            return other
        raise least_of(error, other) from None
    return other if isinstance(other, EvolvedTask) and is_quicker(other, found.seconds) else found


def is_quicker(other: EvolvedTask, seconds: float) -> bool:
    """Whether an evolution beats contractions that take so long, their plans being there."""
    return other.seconds < _BETTER * seconds


def least_of(error: BudgetError, other: BudgetError | EvolvedTask | None) -> BudgetError:
    """The refusal that names the smaller budget."""
    if not isinstance(other, BudgetError) or other.least_bytes is None:
        return error
    if error.least_bytes is not None and error.least_bytes <= other.least_bytes:
        return error
    return other


def plan_task(lowering: Lowering, task: Task, settings: Settings) -> PlannedTask:
    """The quickest plan over the task's bases; `BudgetError` where none fits.

    Every basis gets a rough estimate; those within reach of the best are planned in full, and
    the others only where none of these fits the budget.
    """
    bases = [b for b in task.bases if b in settings.bases] or list(task.bases)
    if len(bases) > 1 and isinstance(task, ComponentTask) and _is_noisy(task.circuit):
        # Every other basis is tried before the question is refused.
        with contextlib.suppress(BudgetError):
            return plan_task(lowering, task, replace(settings, bases=("pauli",)))
    lowered = [lowering.of(task, basis) for basis in bases]
    for one in lowered:
        if one.network is None:
            return PlannedTask(task, one, None)
    ranked = sorted((_rough_cost(one), n) for n, one in enumerate(lowered))
    if ranked[0][0] > settings.most_work:
        raise _too_much(settings, ranked[0][0])
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


def _is_noisy(circuit: Circuit) -> bool:
    """Whether noise follows gates everywhere.

    Ket and bra are then joined throughout: the sandwich has the Pauli network's shape, in complex
    numbers and without its zeros, and lowering it costs more than most plans take to run.
    """
    rows = np.bincount(circuit.columns.opcode, minlength=len(circuit.operations)).tolist()
    count = {"unitary": 0, "barrier": 0, "unread": 0}
    noise = 0
    for operation, number in zip(circuit.operations, rows, strict=True):
        if operation.kind in count:
            count[operation.kind] += number
        else:
            noise += number
    return noise > 0 and noise >= _THROUGHOUT * count["unitary"]


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


def _too_much(settings: Settings, work: float) -> BudgetError:
    return BudgetError(
        f"an exact answer would take some {work:.0e} multiply-adds, whatever `memory` is (got "
        f"{format_bytes(settings.budget)}); ask about a smaller circuit, or name an approximate "
        "method that answers this; method='exact' searches for a better contraction nevertheless",
        budget=settings.budget,
        least_bytes=None,
        flops=2 * work,
    )


def _refusal(settings: Settings, errors: list[BudgetError]) -> BudgetError:
    best = min(errors, key=lambda e: e.least_bytes or 1 << 62)
    if best.least_bytes is None:
        return best
    return refusal_at(settings.budget, best.least_bytes, best.flops)
