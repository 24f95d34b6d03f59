"""Running a gradient plan on arrays, slice by slice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np

from tnsim.base.arrays import as_library, double_precision
from tnsim.base.errors import TnsimError

from .execute_check import check_array, check_arrays, check_finite
from .execute_output import Collected, Output
from .execute_parallel import Progress, in_groups, slice_values
from .gradient_plan import GradientPlan
from .kernels_workers import default_threads
from .matrix_threads import one_matrix_thread
from .reverse_schedule import ReverseSchedule
from .reverse_slice import Reverse, whole

__all__ = ["execute_gradient"]

Array = Any


def execute_gradient(
    gradient_plan: GradientPlan,
    arrays: Sequence[Array],
    cotangent: Array = None,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> tuple[Array, tuple[Array, ...]]:
    """The value of a contraction and its derivatives by the inputs that are wanted.

    `arrays` are those of `execute`, of any of its libraries, and so are the results. The value is
    that of `execute`. With `g` the cotangent, of the value's shape, the derivative by input T is
    dT = sum over the entries v of the value of g_v d(v)/d(T): the plain derivative, without
    conjugation. It has the shape of T; where any array is batched, each member has its own, with
    the batch axis in front, whether T has that or not. `cotangent` may be left out where the
    value is one number (it is 1 then, for each member). `executor` and `progress` are those of
    `execute`; each worker holds `gradient_plan.peak_bytes`.

    Contraction is linear in each tensor, so the adjoint of A in C = A B is one more such product,
    C' B (reverse accumulation; Griewank & Walther, Evaluating Derivatives, 2008, ch. 3).

    Raises `TnsimError` for arrays that are not as planned.

    >>> import numpy as np
    >>> from tnsim.contraction import Network, execute_gradient, plan, plan_gradient
    >>> network = Network.from_equation("i,i->", (3,), (3,))
    >>> found = plan_gradient(plan(network, budget="1MB", dtype="float64"), [1])
    >>> value, (by_second,) = execute_gradient(found, [np.array([1.0, 2.0, 4.0]), np.ones(3)])
    >>> float(value), by_second
    (7.0, array([1., 2., 4.]))
    """
    schedule, dtype = gradient_plan.schedule, gradient_plan.plan.dtype
    library, batch = check_arrays(schedule.sources[:-1], arrays, dtype)
    with double_precision(library, dtype):
        if cotangent is None:
            cotangent = _ones(schedule, library, batch, dtype, arrays[0])
        else:
            check_array("cotangent", cotangent, schedule.sources[-1], dtype, library, batch)
        everything = [*arrays, cotangent]
        work = _Work(schedule, everything, library, dtype, batch)
        if executor is None or schedule.slices == 1:
            outputs = work.here(progress)
        else:
            outputs = work.on(executor, progress)
        value = whole(outputs[0], schedule.targets[0], batch)
        gradients = work.gradients(outputs, len(gradient_plan.wanted))
    if library == "numpy":
        check_finite(value, arrays)
        if not np.isfinite(cotangent).all():
            raise TnsimError("`cotangent` must be finite, but it holds NaN or infinity")
    return value, gradients


def _ones(schedule: ReverseSchedule, library: str, batch: int, dtype: str, like: Array) -> Array:
    """The cotangent of one number, or of a batch of them."""
    source = schedule.sources[-1]
    if math.prod(source.shape) > 1:
        raise TnsimError(
            f"`cotangent` must have the output's shape {source.shape}; it can be left out for an "
            "output of one number only"
        )
    ones = np.ones((batch, *source.shape) if source.batched else source.shape, dtype)
    return ones if library == "numpy" else as_library(ones, dtype, library, like)


class _Work:
    """A schedule with its arrays, the cotangent last."""

    def __init__(
        self,
        schedule: ReverseSchedule,
        arrays: Sequence[Array],
        library: str,
        dtype: str,
        batch: int,
    ) -> None:
        self.schedule, self.arrays = schedule, arrays
        self.library, self.dtype, self.batch = library, dtype, batch

    def here(self, progress: Progress | None) -> list[Output]:
        """All slices, one after the other."""
        return _slices(
            self.schedule,
            self.arrays,
            self.library,
            self.batch,
            (0, self.schedule.slices),
            default_threads(),
            progress,
        )

    @one_matrix_thread()
    def on(self, executor: Executor, progress: Progress | None) -> list[Output]:
        """All slices, in groups on an executor."""
        collected = _outputs(self.schedule, self.library, self.batch)

        def submit(begin: int, end: int) -> Future[list[Collected]]:
            given = (self.schedule, self.arrays, self.library, self.dtype, self.batch)
            return executor.submit(_group, *given, (begin, end))

        def take(parts: list[Collected]) -> None:
            for output, part in zip(collected, parts, strict=True):
                output.merge(part)

        in_groups(executor, self.schedule.slices, submit, take, progress)
        return collected

    def gradients(self, outputs: list[Output], count: int) -> tuple[Array, ...]:
        """The gradients, those of what slices share worked out from its summed adjoint."""
        found: dict[int, Array] = {}
        for part in self.schedule.after:
            cotangent = outputs[part.target].result()
            arrays = [*(self.arrays[i] for i in part.inputs), cotangent]
            work = _Work(part.schedule, arrays, self.library, self.dtype, self.batch)
            gradients = work.gradients(work.here(None), len(part.targets))
            found.update(zip(part.targets, gradients, strict=True))
        for w in range(1, count + 1):
            if w not in found:
                found[w] = whole(outputs[w], self.schedule.targets[w], self.batch)
        return tuple(found[w] for w in range(1, count + 1))


def _outputs(schedule: ReverseSchedule, library: str, batch: int) -> list[Output]:
    return [Output(target, library, batch) for target in schedule.targets]


def _group(
    schedule: ReverseSchedule,
    arrays: Sequence[Array],
    library: str,
    dtype: str,
    batch: int,
    bounds: tuple[int, int],
) -> list[Collected]:
    """What a group of slices adds up to; runs in a worker."""
    with double_precision(library, dtype):
        outputs = _slices(schedule, arrays, library, batch, bounds, 1, None)
        return [output.collected for output in outputs]


def _slices(
    schedule: ReverseSchedule,
    arrays: Sequence[Array],
    library: str,
    batch: int,
    bounds: tuple[int, int],
    threads: int,
    progress: Progress | None,
) -> list[Output]:
    """What the slices from and up to `bounds` add up to."""
    outputs = _outputs(schedule, library, batch)
    begin, end = bounds
    with Reverse(schedule, arrays, library=library, threads=threads) as work:
        for done, values in enumerate(slice_values(schedule, begin, end), 1):
            for target, part in work.slice(values):
                outputs[target].add(values, part)
                del part
            if progress is not None:
                progress(done, schedule.slices)
    return outputs
