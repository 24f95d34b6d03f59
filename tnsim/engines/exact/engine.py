"""The exact engine: queries to tasks, tasks to plans, plans to answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from autoray import do

from tnsim.base.arrays import Array, as_library, complex_dtype, real_dtype
from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError
from tnsim.circuit import Circuit
from tnsim.circuit.swapping import without_swaps
from tnsim.engines.inputs import Inputs, Outcome, Setting
from tnsim.engines.refusals import at_least
from tnsim.engines.settings import Settings
from tnsim.queries import (
    Expectation,
    Variance,
)
from tnsim.queries.query import LeafQuery

from .answers import (
    Answer,
    Demand,
)
from .costs import RunCost, Workload
from .desk import Desk
from .evolved import EvolvedRunner
from .evolved_task import EvolvedTask
from .fitting import within
from .gradient_fitting import within_both
from .gradients import ExactGradient
from .planning import Planned
from .running import Progress, TaskRunner, part_of

__all__ = ["ExactEngine"]

_COSTS_KEPT = 32


@dataclass(frozen=True, eq=False)
class ExactEngine:
    """Planned contractions and the answers that they make; no array exists yet.

    `answers[leaf]` needs the tasks that it names by number. What a run takes, everything alive
    at once counted, stays within the settings' budget for arrays of `library`.
    """

    circuit: Circuit
    settings: Settings
    library: str
    planned: tuple[Planned, ...]
    answers: dict[LeafQuery, Answer]
    runners: tuple[TaskRunner | EvolvedRunner, ...]

    @classmethod
    def prepare(
        cls,
        circuit: Circuit,
        leaves: Sequence[LeafQuery],
        settings: Settings,
        *,
        library: str = "numpy",
        progress: Progress | None = None,
        names: tuple[str, ...] = (),
    ) -> ExactEngine:
        """Plan all of `leaves` together: tasks that several of them need are planned once.

        With `names`, derivatives by these parameters keep the budget as well. `progress(spent,
        allowed)` is told how far each search for a plan is.

        Raises `BudgetError`, naming the least budget that works, where nothing fits.
        """
        circuit = Circuit.from_snapshot(without_swaps(circuit.snapshot()))

        def build(room: int, quick: bool) -> ExactEngine:
            given = replace(settings, budget=room, derivatives=bool(names), progress=progress)
            if quick:
                given = replace(given, effort="low", derivatives=False)
            desk = Desk(circuit, given)
            desk.pool([leaf for leaf in leaves if isinstance(leaf, Expectation | Variance)])
            answers = {leaf: desk.answer(leaf) for leaf in leaves}
            runners = tuple(map(_runner, desk.planned))
            return cls(circuit, settings, library, tuple(desk.planned), answers, runners)

        def forward(engine: ExactEngine) -> int:
            return engine.cost(Setting.single(library)).peak_bytes

        def both(engine: ExactEngine) -> int:
            back = engine.gradient(names).cost(Setting.single(library)).peak_bytes
            return max(forward(engine), back)

        if names:
            return within_both(build, forward, both, settings.budget)
        return within(lambda room: build(room, False), forward, settings.budget)

    def for_library(self, library: str) -> ExactEngine:
        """This engine, or where its arrays of that library take more, one that fits as well."""
        if library == self.library:
            return self
        if library not in self._others:
            fits = self.cost(Setting.single(library)).peak_bytes <= self.settings.budget
            leaves = tuple(self.answers)
            self._others[library] = (
                self
                if fits
                else ExactEngine.prepare(self.circuit, leaves, self.settings, library=library)
            )
        return self._others[library]

    def gradient(self, names: tuple[str, ...]) -> ExactGradient:
        """The derivatives by `names` as these plans give them, within the budget or not."""
        if names not in self._gradients:
            self._gradients[names] = ExactGradient(self, names)
        return self._gradients[names]

    def for_gradient(self, names: tuple[str, ...], library: str) -> ExactGradient:
        """Derivatives by `names` on arrays of a library, planned anew where the budget asks it.

        Raises `BudgetError`, naming the least budget that works, where nothing fits.
        """
        key = (library, names)
        if key not in self._fitting:
            made = self.for_library(library).gradient(names)
            if made.cost(Setting.single(library)).peak_bytes > self.settings.budget:
                leaves = tuple(self.answers)
                made = ExactEngine.prepare(
                    self.circuit, leaves, self.settings, library=library, names=names
                ).gradient(names)
            self._fitting[key] = made
        return self._fitting[key]

    @cached_property
    def _others(self) -> dict[str, ExactEngine]:
        return {}

    @cached_property
    def _gradients(self) -> dict[tuple[str, ...], ExactGradient]:
        return {}

    @cached_property
    def _fitting(self) -> dict[tuple[str, tuple[str, ...]], ExactGradient]:
        return {}

    @cached_property
    def cost(self) -> Callable[[Setting], RunCost]:
        """What a run in a setting takes."""
        return lru_cache(maxsize=_COSTS_KEPT)(self._work.cost)

    @cached_property
    def _part(self) -> Callable[[Setting, int], RunCost]:
        """What one takes whose parameter sets are worked on at once, in so many bytes."""
        return self._work.together

    @cached_property
    def _work(self) -> Workload:
        loads = [runner.loads for runner in self.runners]
        n = self.circuit.num_qubits
        return Workload(self.planned, loads, self.answers, n, self.settings)

    def run(
        self, inputs: Inputs, executor: Executor | None, progress: Progress | None
    ) -> dict[LeafQuery, Array]:
        """The answers at parameter values, in the library of `inputs`.

        Of a batch, as many parameter sets are answered at once as the budget holds; raises
        `BudgetError` where it does not hold the answers.
        """
        cost = self.cost(inputs.setting)
        self.check(inputs, cost.peak_bytes)
        if cost.parts == 1:
            return self._answers(inputs, cost.room, executor, progress)
        made = []
        for number in range(cost.parts):
            begin = number * cost.chunk
            part = inputs.part(begin, min(begin + cost.chunk, inputs.size))
            report = part_of(progress, number, cost.parts)
            made.append(self._answers(part, cost.room, executor, report))
        return {leaf: do("concatenate", [m[leaf] for m in made], axis=0) for leaf in made[0]}

    def _answers(
        self, inputs: Inputs, room: int, executor: Executor | None, progress: Progress | None
    ) -> dict[LeafQuery, Array]:
        """The answers at parameter sets that are worked on together, in `room` bytes."""
        cost = self._part(inputs.setting, room)
        outcomes: dict[Demand, Outcome] = {}
        total, done = max(1, sum(load.slices for load in cost.loads.values())), 0

        def outcome(task: int, given: Inputs) -> Outcome:
            nonlocal done
            demand = next(d for d in cost.loads if d.is_for(task, given.batch, given.size))
            if demand not in outcomes:
                load, begun = cost.loads[demand], done

                def report(slices: int, _: int) -> None:
                    if progress is not None:
                        progress(begun + slices, total)

                found = self.runners[task].run(given, load, executor, report if progress else None)
                done += load.slices
                outcomes[demand] = found
            return outcomes[demand]

        values = {}
        for (leaf, answer), finished in zip(self.answers.items(), cost.done, strict=True):
            values[leaf] = self.shaped(leaf, answer.value(outcome, self.planned, inputs), inputs)
            for demand in finished:
                del outcomes[demand]
        return values

    def check(self, inputs: Inputs, peak_bytes: int) -> None:
        """Raise `BudgetError` where answers at `inputs` take more than the budget."""
        budget = self.settings.budget
        if peak_bytes <= budget:
            return
        many = f"{inputs.size} parameter sets at once" if inputs.batch else "these parameters"
        raise BudgetError(
            f"`memory` must be at least {at_least(peak_bytes)} for the answers at "
            f"{many} (got {format_bytes(budget)}); give that much, "
            "or fewer sets at a time",
            budget=budget,
            least_bytes=peak_bytes,
        )

    def shaped(self, leaf: LeafQuery, value: Any, inputs: Inputs) -> Array:
        """The answer as an array of the inputs' library, with a batch axis if they have one."""
        if isinstance(value, int | float | complex):
            dtype = self.settings.dtype
            dtype = complex_dtype(dtype) if leaf.is_complex else real_dtype(dtype)
            value = as_library(np.asarray(value), dtype, inputs.library, inputs.like)
        shape = leaf.shape(self.circuit.num_qubits)
        if inputs.batch and len(value.shape) == len(shape):
            return do("broadcast_to", do("reshape", value, (1, *shape)), (inputs.size, *shape))
        return value


def _runner(planned: Planned) -> TaskRunner | EvolvedRunner:
    return EvolvedRunner(planned) if isinstance(planned, EvolvedTask) else TaskRunner(planned)
