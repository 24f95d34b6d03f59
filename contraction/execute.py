"""Running a schedule on arrays, slice by slice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, Protocol

import autoray
import numpy as np

from tnsim.base.arrays import library_of
from tnsim.base.errors import TnsimError

from .execute_output import Output, full_shape
from .execute_parallel import doubles, run_on, slice_values
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
    library, batch = _check(schedule, arrays, dtype)
    with doubles(library, dtype):
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
        _check_finite(result, arrays)
    return result


def _check(schedule: Schedule, arrays: Sequence[Array], dtype: str) -> tuple[str, int]:
    """The arrays' library and batch size; `TnsimError` where an array is not as planned."""
    if len(arrays) != len(schedule.sources):
        raise TnsimError(
            f"`arrays` must hold one array for each of {len(schedule.sources)} inputs "
            f"(got {len(arrays)})"
        )
    library, batch, expected = "", 0, np.dtype(dtype)
    for i, (array, source) in enumerate(zip(arrays, schedule.sources, strict=True)):
        name = "numpy" if type(array) is np.ndarray else library_of(array)
        if not hasattr(array, "shape"):
            raise TnsimError(f"`arrays[{i}]` must be an array (got {type(array).__name__})")
        library = library or name
        if name != library:
            raise TnsimError(
                f"`arrays` must come from one library, but arrays[{i}] is of {name} and those "
                f"before it are of {library}; convert them"
            )
        shape = tuple(array.shape)
        if source.batched:
            if len(shape) == len(source.shape) + 1 and shape[0] > 0:
                batch = batch or shape[0]
            if not batch or shape != (batch, *source.shape):
                wanted = ", ".join(map(str, (batch or "batch", *source.shape)))
                raise TnsimError(
                    f"`arrays[{i}]` must have shape ({wanted}) with the batch axis in front "
                    f"(got {shape})"
                )
        elif shape != source.shape:
            raise TnsimError(f"`arrays[{i}]` must have shape {source.shape} (got {shape})")
        if library == "numpy" and array.dtype == expected:
            continue
        found = array.dtype.name if library == "numpy" else autoray.get_dtype_name(array)
        if found != dtype:
            raise TnsimError(
                f"`arrays[{i}]` must have the plan's dtype {dtype} (got {found}); convert it, or "
                "plan for that dtype" + (_JAX_HINT if library == "jax" else "")
            )
    return library, batch


_JAX_HINT = " (JAX makes 64-bit arrays only where jax.enable_x64 is on)"


def _check_finite(result: Array, arrays: Sequence[Array]) -> None:
    """NaN or infinity in any input shows in the result; then find out which input it was."""
    with np.errstate(all="ignore"):
        if np.isfinite(result.sum()):
            return
    for i, array in enumerate(arrays):
        if not np.isfinite(array).all():
            raise TnsimError(f"`arrays[{i}]` must be finite, but it holds NaN or infinity")


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
