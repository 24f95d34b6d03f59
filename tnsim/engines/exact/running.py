"""Running planned tasks: arrays from parameter values, batches cut to the memory there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np
from autoray import do

from tnsim.base.arrays import Array, as_library, complex_dtype
from tnsim.contraction.execute import execute
from tnsim.engines.inputs import Inputs, Outcome
from tnsim.lowering.materialise import Materialiser

from .loads import Load, TaskLoads
from .planning import PlannedTask

__all__ = [
    "Progress",
    "TaskRunner",
    "gathered",
    "part_of",
    "parts_of",
]

Progress = Callable[[int, int], None]


class TaskRunner:
    """Runs one planned task; keeps its converted constants for the next run."""

    def __init__(self, planned: PlannedTask) -> None:
        self.planned = planned
        self.loads = TaskLoads(planned)
        self._ready: dict[tuple[str, str], Materialiser] = {}

    def run(
        self, inputs: Inputs, load: Load, executor: Executor | None, progress: Progress | None
    ) -> Outcome:
        """The answer at parameter values, as many at a time as `load` says."""
        plan = self.planned.plan
        if plan is None:
            return Outcome(self._zero(inputs), False)
        maker = self.materialiser(inputs, plan.dtype)
        recipes = self.planned.lowered.recipes
        if load.batched:
            plan = self.loads.batched(inputs.batch)

        def parts() -> Iterator[Array]:
            for number, part in enumerate(parts_of(inputs, load)):
                arrays, _ = maker.arrays(recipes, part.values, part.batch)
                report = part_of(progress, number, load.parts)
                yield execute(plan, arrays, executor=executor, progress=report)

        if not load.varies:
            return Outcome(next(parts()), False)
        return Outcome(gathered(parts(), inputs, load), True)

    def materialiser(self, inputs: Inputs, dtype: str) -> Materialiser:
        """What makes the network's arrays in the library and on the device of `inputs`."""
        key = (inputs.library, str(getattr(inputs.like, "device", "")))
        if key not in self._ready:
            lowered = self.planned.lowered
            self._ready[key] = Materialiser(
                lowered.book, lowered.recipes, dtype, inputs.library, inputs.like
            )
        return self._ready[key]

    def _zero(self, inputs: Inputs) -> Array:
        lowered = self.planned.lowered
        shape = tuple(map(len, lowered.live))
        return as_library(np.zeros(shape), complex_dtype("complex128"), inputs.library, inputs.like)


def parts_of(inputs: Inputs, load: Load) -> Iterator[Inputs]:
    """The parameter sets that run together, one part after the other."""
    if not load.varies:
        yield replace(inputs, batch=frozenset())
        return
    for begin in range(0, inputs.size, load.chunk):
        if load.batched:
            yield inputs.part(begin, min(begin + load.chunk, inputs.size))
        else:
            yield inputs.single(begin)


def gathered(parts: Iterable[Array], inputs: Inputs, load: Load) -> Array:
    """The parts' answers one after the other along the batch axis."""
    if load.parts == 1 and load.batched:
        return next(iter(parts))
    if inputs.library != "numpy":
        return do("concatenate" if load.batched else "stack", list(parts), axis=0)
    whole: Any = None
    for number, part in enumerate(parts):
        if whole is None:
            shape = part.shape[1:] if load.batched else part.shape
            whole = np.empty((inputs.size, *shape), part.dtype)
        begin = number * load.chunk
        whole[begin : begin + load.chunk] = part
    return whole


def part_of(progress: Progress | None, number: int, parts: int) -> Progress | None:
    """The callback for one of equal parts: its steps count among those of all."""
    if progress is None:
        return None
    return lambda done, total: progress(number * total + done, parts * total)
