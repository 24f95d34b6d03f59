"""One slice after the other of a contraction with its reverse pass, on arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import autoray
import numpy as np

from .execute_output import Output
from .execute_steps import StepRunner, enter
from .reverse_schedule import ReverseSchedule, Target, Yield
from .schedule import Step

__all__ = ["Reverse", "whole"]

Array = Any


class Reverse(StepRunner):
    """A schedule with its arrays, the cotangent last; `slice` gives each slice's parts.

    What all slices share is computed before the first of them.
    """

    def __init__(
        self, schedule: ReverseSchedule, arrays: Sequence[Array], *, library: str, threads: int
    ) -> None:
        self.schedule = schedule.for_library(library)
        super().__init__(self.schedule, arrays, library=library, threads=threads)
        self._shared: dict[int, Array] | None = None

    def slice(self, values: Sequence[int]) -> Iterator[tuple[int, Array]]:
        """(target, part) for the value and each gradient, as soon as it is there."""
        if self._shared is None:
            self._shared = self._quietly(self.schedule.prelude, {}, values)
        tensors = dict(self._shared)
        for stage in self.schedule.stages:
            self._quietly(stage.steps, tensors, values)
            yield stage.gives.target, self._given(stage.gives, tensors, values)

    def _quietly(
        self, steps: Sequence[Step], tensors: dict[int, Array], values: Sequence[int]
    ) -> dict[int, Array]:
        """`run` without floating-point warnings; what is not finite is found at the end."""
        with np.errstate(all="ignore"):
            return self.run(steps, tensors, values)

    def _given(self, gives: Yield, tensors: dict[int, Array], values: Sequence[int]) -> Array:
        schedule, number = self.schedule, gives.number
        shape = schedule.targets[gives.target].slice_shape
        from_source = number < len(schedule.sources)
        if from_source:
            result = enter(schedule.sources[number], self.arrays[number], values)
        else:
            result = tensors.pop(number)
        finish: Any = gives.finish
        if self.library == "numpy":
            if finish is not None:
                result = finish.run(result, self.workers)
            return np.asarray(result.reshape(shape))
        if from_source and self.library == "torch":
            result = result.clone()
        if finish is not None:
            result = finish.run(result)
        return autoray.do("reshape", result, shape)


def whole(output: Output, target: Target, batch: int) -> Array:
    """What the caller gets: all slices, the same along labels that only this tensor carries."""
    result = output.result()
    if target.whole_shape == target.output_shape:
        return result
    front = (batch,) if target.batched else ()
    repeated = autoray.do("broadcast_to", result, front + target.whole_shape)
    return repeated if output.library == "jax" else _copied(repeated, output.library)


def _copied(array: Array, library: str) -> Array:
    """A view that repeats numbers as an array that can be written to."""
    if library == "numpy":
        return array.copy()
    return array.contiguous() if library == "torch" else array
