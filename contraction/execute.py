"""Running a schedule on arrays, slice by slice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, Protocol

import autoray

from tnsim.base.arrays import double_precision

from .execute_check import check_arrays, check_finite
from .execute_output import Output, full_shape
from .execute_parallel import run_on, slice_values
from .execute_slice import Contraction
from .kernels_workers import default_threads
from .schedule import Schedule, build_schedule

__all__ = ["execute", "run_schedule"]

Array = Any
Progress = Callable[[int, int], None]


class _Network(Protocol):
    @property
    def inputs(self) -> tuple[tuple[str, ...], ...]: ...
    @property
    def output(self) -> tuple[str, ...]: ...
    @property
    def sizes(self) -> Any: ...


class _Plan(Protocol):
    @property
    def network(self) -> _Network: ...
    @property
    def ssa_path(self) -> tuple[tuple[int, int], ...]: ...
    @property
    def sliced(self) -> tuple[str, ...]: ...
    @property
    def dtype(self) -> str: ...
    @property
    def batched(self) -> tuple[bool, ...]: ...


def execute(
    plan: _Plan,
    arrays: Sequence[Array],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Array:
    """Contract `arrays` as `plan` says; the result is an array of their library and device.

    `arrays` must have the shapes of the network, those marked as batched with one more axis in
    front, and the plan's dtype. Slices run on `executor`, anything with the interface of
    `concurrent.futures`; each of its workers holds `plan.peak_bytes`. `progress(done, total)` is
    called after each slice, or group of slices.
    """
    schedule = getattr(plan, "schedule", None)
    if schedule is None:
        network = plan.network
        schedule = build_schedule(
            network.inputs,
            network.output,
            network.sizes,
            plan.ssa_path,
            plan.sliced,
            batched=plan.batched,
        )
    return run_schedule(schedule, arrays, dtype=plan.dtype, executor=executor, progress=progress)


def run_schedule(
    schedule: Schedule,
    arrays: Sequence[Array],
    *,
    dtype: str,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Array:
    """`execute` for a schedule made by hand."""
    library, batch = check_arrays(schedule.sources, arrays, dtype)
    with double_precision(library, dtype):
        if executor is None or schedule.slices == 1:
            result = _run_here(schedule, arrays, library, batch, progress)
        else:
            result = run_on(
                executor,
                schedule,
                arrays,
                library=library,
                dtype=dtype,
                batch=batch,
                progress=progress,
            )
    if library == "numpy":
        check_finite(result, arrays)
    return result


def _run_here(
    schedule: Schedule,
    arrays: Sequence[Array],
    library: str,
    batch: int,
    progress: Progress | None,
) -> Array:
    total = schedule.slices
    with Contraction(schedule, arrays, library=library, threads=default_threads()) as work:
        if total == 1:
            result = work.slice((0,) * len(schedule.sliced))
            if schedule.output_cuts:
                result = autoray.do("reshape", result, full_shape(schedule, batch))
            if progress is not None:
                progress(1, 1)
            return result
        collected = Output(schedule, library, batch)
        for done, values in enumerate(slice_values(schedule, 0, total), 1):
            collected.add(values, work.slice(values))
            if progress is not None:
                progress(done, total)
    return collected.result()
