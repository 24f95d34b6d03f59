"""One slice after the other of a schedule, on arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autoray
import numpy as np

from .execute_steps import StepRunner, enter
from .schedule import Schedule

__all__ = ["Contraction"]

Array = Any


class Contraction(StepRunner):
    """A schedule with its arrays; `slice` gives the part of the output that a slice makes.

    What all slices share is computed before the first of them.
    """

    def __init__(
        self, schedule: Schedule, arrays: Sequence[Array], *, library: str, threads: int
    ) -> None:
        self.schedule = schedule if library == "numpy" else schedule.portable
        super().__init__(self.schedule, arrays, library=library, threads=threads)
        self._shared: dict[int, Array] | None = None
        self._keep = frozenset(schedule.spec.keep)

    def slice(self, values: Sequence[int]) -> Array:
        """The part of the output for these values of the sliced labels."""
        return self.forward(values)[0]

    def forward(self, values: Sequence[int]) -> tuple[Array, dict[int, Array]]:
        """`slice`, and the tensors that the schedule keeps, in the order of their steps' legs."""
        steps, prelude = self.schedule.steps, self.schedule.prelude
        with np.errstate(all="ignore"):
            if self._shared is None:
                self._shared = self.run(steps[:prelude], {}, values)
            tensors = self.run(steps[prelude:], dict(self._shared), values)
            kept = {n: tensors[n] for n in self._keep if n in tensors}
            return self._finish(tensors, values), kept

    def _finish(self, tensors: dict[int, Array], values: Sequence[int]) -> Array:
        schedule = self.schedule
        number = len(schedule.sources) + len(schedule.steps) - 1
        if schedule.steps:
            result = tensors.pop(number)
        else:
            result = enter(schedule.sources[number], self.arrays[number], values)
        finish: Any = schedule.finish
        if self.library == "numpy":
            if finish is not None:
                result = finish.run(result, self.workers)
            return np.asarray(result.reshape(schedule.slice_shape))
        if not schedule.steps and self.library == "torch":
            result = result.clone()
        if finish is not None:
            result = finish.run(result)
        return autoray.do("reshape", result, schedule.slice_shape)
