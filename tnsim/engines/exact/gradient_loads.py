"""One task with its derivatives: what that takes, and how a batch is cut to fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import Array, as_library, itemsize
from tnsim.base.errors import BudgetError
from tnsim.contraction import Plan
from tnsim.lowering.footprint import Footprint
from tnsim.lowering.pullback import Pullback

from .loads import Load, Setting
from .reverse import GradientPlan, execute_gradient, plan_gradient
from .running import Inputs, Outcome, Progress, TaskRunner, gathered, part_of, parts_of

__all__ = ["GradientLoad", "TaskGradient"]

# Larger batches than this many bytes at once only leave the cache further behind.
_ENOUGH = 64_000_000


@dataclass(frozen=True)
class GradientLoad:
    """The cost of a task's outcome and derivatives; `run` is as for the outcome alone.

    `plan` is None where no tensor depends on a parameter that is asked about, and where nothing
    fits: then `run.peak` says what would.
    """

    run: Load
    plan: GradientPlan | None


class TaskGradient:
    """Runs one planned task forwards and back, for derivatives by the parameters `names`."""

    def __init__(self, runner: TaskRunner, names: Sequence[str]) -> None:
        lowered = runner.planned.lowered
        self.runner = runner
        self.pullback = Pullback(lowered.book, lowered.recipes, names)
        self.shape = tuple(map(len, lowered.live))

    @property
    def depends(self) -> bool:
        """Whether anything depends on one of the names."""
        return bool(self.pullback.wanted)

    def load(self, setting: Setting, room: int) -> GradientLoad:
        """The load in a setting, within `room` bytes if that is possible."""
        plan = self.runner.planned.plan
        if plan is None or not self.depends:
            return GradientLoad(self.runner.loads.load(setting, room), None)
        batch, library = setting.batch, setting.library
        loads = self.runner.loads
        many = loads.footprint(batch, library)
        once = loads.load(Setting.single(library), room)
        if not any(many.marks):
            return self._attempt(plan, many, replace(setting, size=1), 1, room, once)
        chunk = self._first_chunk(loads.batched(batch), setting.size, room)
        while True:
            found = self._attempt(loads.batched(batch), many, setting, chunk, room, once)
            if found.run.peak <= room:
                return found
            if chunk == 1:
                single = loads.footprint(frozenset(), library)
                return self._attempt(plan, single, setting, 0, room, once)
            chunk = -(-chunk // 2)

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

    def _first_chunk(self, plan: Plan, size: int, room: int) -> int:
        """As many members as can run at once if every intermediate is kept."""
        schedule = plan.schedule
        each = 3 * schedule.total_write + 2 * sum(prod(s.shape) for s in schedule.sources)
        return max(1, min(size, min(room, _ENOUGH) // max(1, each * itemsize(plan.dtype))))

    def _attempt(
        self, plan: Plan, made: Footprint, setting: Setting, chunk: int, room: int, once: Load
    ) -> GradientLoad:
        """The load where `chunk` members run at once; 0: one by one, without a batch axis."""
        number, library = itemsize(plan.dtype), setting.library
        together = max(chunk, 1)
        batch = setting.batch if chunk and any(made.marks) else frozenset[str]()
        seeds = 2 * together * plan.network.output_elements * number
        seeds += 16 * len(self.pullback.names) * together
        beside = once.constants + seeds
        varies = chunk == 0 or any(made.marks)
        size = setting.size if varies else 1
        if together < size:
            beside += 2 * size * once.answer
        inputs = plan.network.inputs
        sizes = plan.network.sizes
        adjoints = sum(prod(sizes[x] for x in inputs[w]) for w in self.pullback.wanted)
        back = adjoints * number * together
        back += self.pullback.bytes_at(together, batch, plan.dtype, library)
        making = made.peak_elements(together) * number
        try:
            found = plan_gradient(
                plan,
                self.pullback.wanted,
                budget=max(room - beside, 1),
                batch=together,
                library=library,
            )
            peak = beside + max(found.peak_bytes, back, making)
        except BudgetError as error:
            if error.least_bytes is None:
                raise
            found, peak = None, beside + max(error.least_bytes, back, making)
        parts = -(-size // together)
        operations = 8 if plan.dtype.startswith("complex") else 2
        flops = 0.0 if found is None else float(found.multiply_adds * operations)
        seconds = 0.0 if found is None else found.seconds
        run = Load(
            varies=varies,
            batched=varies and chunk > 0,
            chunk=together,
            parts=parts,
            peak=peak,
            constants=once.constants,
            answer=once.answer * size,
            flops=flops / together * size,
            slices=once.slices * parts,
            seconds=seconds / together * size,
        )
        return GradientLoad(run, found)
