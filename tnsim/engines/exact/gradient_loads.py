"""One task with its derivatives: what that takes, and how a batch is cut to fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import cache
from math import prod

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import Array, as_library, itemsize
from tnsim.base.errors import BudgetError
from tnsim.contraction.gradient import execute_gradient
from tnsim.contraction.gradient_plan import GradientPlan
from tnsim.contraction.gradient_planner import plan_gradient
from tnsim.engines.inputs import Inputs, Outcome, Setting
from tnsim.lowering.footprint import Footprint
from tnsim.lowering.pullback import Pullback

from .loads import GradientLoad, Load, largest
from .running import Progress, TaskRunner, gathered, part_of, parts_of

__all__ = ["TaskGradient"]

# Larger batches than this many bytes at once only leave the cache further behind.
_ENOUGH = 64_000_000
_UNBOUNDED = 1 << 62


class TaskGradient:
    """Runs one planned task forwards and back, for derivatives by the parameters `names`."""

    def __init__(self, runner: TaskRunner, names: Sequence[str]) -> None:
        lowered = runner.planned.lowered
        self.runner = runner
        self.pullback = Pullback(lowered.book, lowered.recipes, names)
        self.shape = tuple(map(len, lowered.live))
        self._quickest = cache(self._quickest_plan)

    @property
    def reached(self) -> frozenset[str]:
        """The names that the answer depends on."""
        return self.pullback.reached

    @property
    def depends(self) -> bool:
        """Whether anything depends on one of the names."""
        return bool(self.pullback.wanted)

    def load(self, setting: Setting, room: int) -> GradientLoad:
        """The load in a setting, within `room` bytes if that is possible.

        As many parameter sets run at once as fit with every intermediate kept. Where not even
        one does, a single set has some of them computed again; of several sets the peak then
        says that they do not fit.
        """
        plan = self.runner.planned.plan
        if plan is None or not self.depends:
            return GradientLoad(self.runner.loads.load(setting, room), None)
        batch, library = setting.batch, setting.library
        loads = self.runner.loads
        many = loads.footprint(batch, library)
        varies = any(many.marks)
        size = setting.size if varies else 1
        once = loads.load(Setting.single(library), room)
        quickest = self._quickest(batch if varies else frozenset(), library)

        def peak(members: int) -> int:
            beside = self._beside(once, members, size)
            made = self._making(many, batch, members, library)
            return beside + max(quickest.peak_bytes_at(members), made)

        if peak(1) <= room or size > 1:
            room = max(room, peak(1))
            chunk = largest(peak, size, min(room, max(peak(1), _ENOUGH)))
            run = _load(quickest, once, size, chunk, varies=varies, batched=varies)
            return GradientLoad(replace(run, peak=peak(chunk)), quickest)
        beside = self._beside(once, 1, 1)
        made = self._making(loads.footprint(frozenset(), library), frozenset(), 1, library)
        try:
            found = plan_gradient(
                plan, self.pullback.wanted, budget=max(room - beside, 1), batch=1, library=library
            )
        except BudgetError as error:
            if error.least_bytes is None:
                raise
            least = replace(once, peak=beside + max(error.least_bytes, made))
            return GradientLoad(least, None)
        run = _load(found, once, 1, 1, varies=varies, batched=False)
        return GradientLoad(replace(run, peak=beside + max(found.peak_bytes, made)), found)

    def run(
        self,
        inputs: Inputs,
        load: GradientLoad,
        cotangent: NDArray[np.generic] | None,
        executor: Executor | None,
        progress: Progress | None,
        *,
        fold: int = 1,
    ) -> tuple[Outcome, NDArray[np.generic]]:
        """The outcome, and dL/dp of shape (names, S), L = Re sum cotangent * outcome.

        `cotangent` has the outcome's shape, with the batch in front where it varies over that;
        None, for outcomes without axes: the derivatives of the outcome itself, complex where it
        is. Of every `fold` neighbours in the batch the derivatives are added up; S is the number
        of such groups, or 1 where the outcome does not vary.
        """
        if load.plan is None:
            return self.runner.run(inputs, load.run, executor, progress), self._none
        plan, run = load.plan.plan, load.run
        maker = self.runner.materialiser(inputs, plan.dtype)
        recipes = self.runner.planned.lowered.recipes
        dtype = np.complex128 if cotangent is None else np.float64
        sets = inputs.size // fold if run.varies else 1
        total = np.zeros((len(self.pullback.names), sets), dtype=dtype)

        def parts() -> Iterator[Array]:
            for number, part in enumerate(parts_of(inputs, run)):
                assert load.plan is not None, "checked above"
                begin = number * run.chunk
                seed = self._seed(cotangent, run, begin, part.size, plan.dtype, inputs)
                arrays, _ = maker.arrays(recipes, part.values, part.batch)
                report = part_of(progress, number, run.parts)
                value, adjoints = execute_gradient(
                    load.plan, arrays, seed, executor=executor, progress=report
                )
                del arrays
                found = self.pullback.derivatives(
                    adjoints,
                    part.values,
                    part.batch,
                    dtype=plan.dtype,
                    library=inputs.library,
                    like=inputs.like,
                )
                part_total = found if cotangent is None else found.real
                if not run.varies:
                    total[:] += part_total
                else:
                    places = np.arange(begin, begin + part.size) // fold
                    columns = np.broadcast_to(part_total, (len(total), part.size))
                    np.add.at(total.T, places, columns.T)
                yield value

        if not run.varies:
            return Outcome(next(parts()), False), total
        return Outcome(gathered(parts(), inputs, run), True), total

    @property
    def _none(self) -> NDArray[np.float64]:
        return np.zeros((len(self.pullback.names), 1))

    def _seed(
        self,
        cotangent: NDArray[np.generic] | None,
        run: Load,
        begin: int,
        size: int,
        dtype: str,
        inputs: Inputs,
    ) -> Array:
        """The cotangent of one part, in the library of its arrays."""
        front = (size,) if run.batched else ()
        if cotangent is None:
            part = np.ones((*front, *self.shape))
        elif run.varies:
            part = cotangent[begin : begin + size].reshape(*front, *self.shape)
        else:
            part = cotangent.reshape(self.shape)
        return as_library(np.array(part, order="C"), dtype, inputs.library, inputs.like)

    def _quickest_plan(self, batch: frozenset[str], library: str) -> GradientPlan:
        """Every intermediate kept, whatever that takes."""
        plan = self.runner.planned.plan
        assert plan is not None, "checked by the caller"
        wide = self.runner.loads.batched(batch) if batch else plan
        return plan_gradient(
            wide, self.pullback.wanted, budget=_UNBOUNDED, batch=1, library=library
        )

    def _beside(self, once: Load, members: int, size: int) -> int:
        """Bytes alive beside a contraction of so many members: constants, seeds, results."""
        seeds = 2 * members * once.answer + 16 * len(self.pullback.names) * members
        gathering = 2 * size * once.answer if members < size else 0
        return once.constants + seeds + gathering

    def _making(self, made: Footprint, batch: frozenset[str], members: int, library: str) -> int:
        """Bytes alive while arrays are made, or their adjoints taken to the parameters."""
        plan = self.runner.planned.plan
        assert plan is not None, "checked by the caller"
        sizes, inputs, number = plan.network.sizes, plan.network.inputs, itemsize(plan.dtype)
        adjoints = sum(prod(sizes[x] for x in inputs[w]) for w in self.pullback.wanted)
        back = self.pullback.bytes_at(members, batch, plan.dtype, library)
        return max(made.peak_elements(members) * number, adjoints * members * number + back)


def _load(
    plan: GradientPlan, once: Load, size: int, chunk: int, *, varies: bool, batched: bool
) -> Load:
    """The load of `size` parameter sets, without its peak."""
    parts = -(-size // chunk)
    # A plan counts its work and time for as many members as it was made for, which is one.
    return Load(
        varies=varies,
        batched=batched,
        chunk=chunk,
        parts=parts,
        peak=0,
        constants=once.constants,
        answer=once.answer * size,
        flops=float(plan.flops) * size,
        slices=plan.slices * parts,
        seconds=plan.seconds * size,
    )
