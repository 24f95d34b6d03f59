"""Running a schedule on arrays, slice by slice."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any, Protocol

import autoray
import numpy as np

from tnsim.base.arrays import library_of
from tnsim.base.errors import TnsimError

from .execute_slice import Contraction
from .kernels_workers import default_threads
from .schedule import Schedule, build_schedule

__all__ = ["execute", "run_schedule"]

Array = Any
Progress = Callable[[int, int], None]
_IN_FLIGHT = 4


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
    with _doubles(library, dtype):
        if executor is None or schedule.slices == 1:
            result = _run_here(schedule, arrays, library, batch, progress)
        else:
            result = _run_on(executor, schedule, arrays, library, batch, progress)
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
            if shape != (batch, *source.shape):
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


@contextlib.contextmanager
def _doubles(library: str, dtype: str) -> Iterator[None]:
    """Where JAX would cut 64-bit results to 32 bits, tell it not to, in this thread only."""
    if library != "jax" or dtype in ("float32", "complex64"):
        yield
        return
    import jax

    if hasattr(jax, "enable_x64"):
        context = jax.enable_x64(True)
    else:
        from jax.experimental import enable_x64

        context = enable_x64(True)
    with context:
        yield


def _check_finite(result: Array, arrays: Sequence[Array]) -> None:
    """NaN or infinity in any input shows in the result; then find out which input it was."""
    with np.errstate(all="ignore"):
        if np.isfinite(result.sum()):
            return
    for i, array in enumerate(arrays):
        if not np.isfinite(array).all():
            raise TnsimError(f"`arrays[{i}]` must be finite, but it holds NaN or infinity")


def _values(schedule: Schedule, begin: int, end: int) -> Iterator[tuple[int, ...]]:
    ranges = [range(size) for size in schedule.sliced]
    return itertools.islice(itertools.product(*ranges), begin, end)


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
                result = autoray.do("reshape", result, _full_shape(schedule, batch))
            if progress is not None:
                progress(1, 1)
            return result
        collected = _Output(schedule, library, batch)
        for done, values in enumerate(_values(schedule, 0, total), 1):
            collected.add(values, work.slice(values))
            if progress is not None:
                progress(done, total)
    return collected.result()


def _full_shape(schedule: Schedule, batch: int) -> tuple[int, ...]:
    return (batch, *schedule.output_shape) if schedule.batched else schedule.output_shape


class _Output:
    """The sum of the slices' results, those of different output entries side by side."""

    def __init__(self, schedule: Schedule, library: str, batch: int) -> None:
        self.schedule, self.library, self.batch = schedule, library, batch
        self.parts: dict[tuple[int, ...], Array] = {}
        self.whole: Array = None

    def add(self, values: tuple[int, ...], part: Array) -> None:
        place = tuple(values[number] for _, number in self.schedule.output_cuts)
        if self.library != "numpy" or not place:
            if place not in self.parts:
                self.parts[place] = part
            elif self.library in ("numpy", "torch"):
                self.parts[place] += part
            else:
                self.parts[place] = self.parts[place] + part
            return
        if self.whole is None:
            self.whole = np.zeros(_full_shape(self.schedule, self.batch), dtype=part.dtype)
        index: list[Any] = [slice(None)] * self.whole.ndim
        front = int(self.schedule.batched)
        for (axis, _), value in zip(self.schedule.output_cuts, place, strict=True):
            index[axis + front] = value
        self.whole[tuple(index)] += part

    def result(self) -> Array:
        if self.whole is not None:
            return self.whole
        if not self.schedule.output_cuts:
            return self.parts[()]
        places = sorted(self.parts)
        stacked = autoray.do("stack", [self.parts[place] for place in places])
        cuts = self.schedule.output_cuts
        lead = tuple(self.schedule.sliced[number] for _, number in cuts)
        rest = tuple(self.parts[places[0]].shape)
        stacked = autoray.do("reshape", stacked, lead + rest)
        front = int(self.schedule.batched)
        # Axes of `stacked`: one for each cut, then the batch axis, then what a slice keeps.
        order: list[int] = [len(cuts)] * front
        cut_axes = {axis: i for i, (axis, _) in enumerate(cuts)}
        following = len(cuts) + front
        for axis in range(len(self.schedule.output_shape)):
            if axis in cut_axes:
                order.append(cut_axes[axis])
            else:
                order.append(following)
                following += 1
        return autoray.do("transpose", stacked, tuple(order))


def _group(
    schedule: Schedule, arrays: Sequence[Array], library: str, dtype: str, begin: int, end: int
) -> list[tuple[tuple[int, ...], Array]]:
    """The results of slices begin to end, those of one output entry summed; runs in a worker."""
    parts: dict[tuple[int, ...], tuple[tuple[int, ...], Array]] = {}
    with (
        _doubles(library, dtype),
        Contraction(schedule, arrays, library=library, threads=1) as work,
    ):
        for values in _values(schedule, begin, end):
            place = tuple(values[number] for _, number in schedule.output_cuts)
            part = work.slice(values)
            if place in parts:
                part = parts[place][1] + part
            parts[place] = (values, part)
    return list(parts.values())


def _run_on(
    executor: Executor,
    schedule: Schedule,
    arrays: Sequence[Array],
    library: str,
    batch: int,
    progress: Progress | None,
) -> Array:
    total = schedule.slices
    workers = getattr(executor, "_max_workers", None) or 2
    size = max(1, min(total // (4 * workers), 64))
    bounds = ((begin, min(begin + size, total)) for begin in range(0, total, size))
    collected = _Output(schedule, library, batch)
    dtype = autoray.get_dtype_name(arrays[0])
    waiting: dict[Future[Any], int] = {}
    done = 0
    for begin, end in itertools.chain(bounds, [(total, total)]):
        while waiting and (begin == total or len(waiting) >= _IN_FLIGHT * workers):
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                for values, part in future.result():
                    collected.add(values, part)
                done += waiting.pop(future)
                if progress is not None:
                    progress(done, total)
        if begin < total:
            future = executor.submit(_group, schedule, arrays, library, dtype, begin, end)
            waiting[future] = end - begin
    return collected.result()
