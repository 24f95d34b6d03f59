"""What running a planned task takes, from structure alone, and how a batch is cut to fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from math import prod

from tnsim.base.arrays import itemsize
from tnsim.contraction import GradientPlan, Plan
from tnsim.engines.inputs import Setting
from tnsim.lowering.footprint import Footprint, footprint

from .planning import PlannedTask

__all__ = ["GradientLoad", "Load", "TaskLoads", "largest"]

# Larger batches than this many bytes at once only leave the cache further behind.
_ENOUGH = 64_000_000


@dataclass(frozen=True)
class Load:
    """The cost of one task at a number of parameter sets.

    They run `chunk` at a time in `parts` parts, with a batch axis where `batched`; where the
    answer does not vary over them there is one part. In bytes: `peak` is the most alive at once
    during the task, of which `constants` stay for the next run and `answer` until it was read.
    """

    varies: bool
    batched: bool
    chunk: int
    parts: int
    peak: int
    constants: int
    answer: int
    flops: float
    slices: int
    seconds: float


@dataclass(frozen=True)
class GradientLoad:
    """The cost of a task's outcome and derivatives; `run` is as for the outcome alone.

    `plan` is None where no tensor depends on a parameter that is asked about, and where nothing
    fits: then `run.peak` says what would.
    """

    run: Load
    plan: GradientPlan | None


class TaskLoads:
    """The loads of one planned task."""

    def __init__(self, planned: PlannedTask) -> None:
        self._planned = planned
        self.footprint = cache(self._measured)
        self.batched = cache(self._batched)

    def load(self, setting: Setting, room: int) -> Load:
        """The load in a setting, within `room` bytes; if not even one set fits, of one by one."""
        batch, size, library = setting.batch, setting.size, setting.library
        plan = self._planned.plan
        if plan is None:
            answer = 16 * prod(map(len, self._planned.lowered.live))
            return Load(False, False, 1, 1, answer, 0, answer, 0.0, 0, 0.0)
        single = self.footprint(frozenset(), library)
        many = self.footprint(batch, library) if batch else single
        constants = single.constants * itemsize(plan.dtype)
        answer = plan.network.output_elements * itemsize(plan.dtype)
        alone = constants + _peak(plan, single, 1, library)
        once = Load(
            False, False, 1, 1, alone, constants, answer, plan.flops, plan.slices, plan.seconds
        )
        if not any(many.marks):
            return once
        wide = self.batched(batch)
        gathering = size * answer * (1 if library == "numpy" else 2)

        def peak(chunk: int) -> int:
            kept = constants + (0 if chunk == size else gathering)
            return kept + _peak(wide, many, chunk, library)

        if peak(1) > room:
            return _times(once, size, chunk=1, batched=False, peak=alone + gathering)
        chunk = largest(peak, size, min(room, max(peak(1), _ENOUGH)))
        return _times(once, size, chunk=chunk, batched=True, peak=peak(chunk))

    def _measured(self, batch: frozenset[str], library: str) -> Footprint:
        plan, lowered = self._planned.plan, self._planned.lowered
        assert plan is not None, "checked by the caller"
        return footprint(lowered.book, lowered.recipes, batch, plan.dtype, library)

    def _batched(self, batch: frozenset[str]) -> Plan:
        """The plan for arrays of which those that depend on `batch` have a batch axis."""
        plan = self._planned.plan
        assert plan is not None, "checked by the caller"
        return replace(plan, batched=self.footprint(batch, "numpy").marks, batch=1)


def _times(once: Load, size: int, *, chunk: int, batched: bool, peak: int) -> Load:
    """The load of `size` parameter sets from that of one."""
    parts = -(-size // chunk)
    return Load(
        varies=True,
        batched=batched,
        chunk=chunk,
        parts=parts,
        peak=peak,
        constants=once.constants,
        answer=once.answer * size,
        flops=once.flops * size,
        slices=once.slices * parts,
        seconds=once.seconds * size,
    )


def _peak(plan: Plan, made: Footprint, batch: int, library: str) -> int:
    """Bytes alive at once beside constants: while arrays are made, or contracted."""
    contracting = plan.schedule.peak_elements(batch, library=library)
    return max(made.peak_elements(batch), contracting) * itemsize(plan.dtype)


def largest(peak: Callable[[int], int], most: int, room: int) -> int:
    """The largest number of 1..most whose `peak` is at most `room`, given that 1 is."""
    if peak(most) <= room:
        return most
    low, high = 1, most - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if peak(middle) <= room else (low, middle - 1)
    return low
