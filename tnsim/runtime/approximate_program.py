"""`ApproximateProgram`: a program answered by an approximate engine, with errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NoReturn, final

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import as_library, complex_dtype, double_precision, real_dtype, to_numpy
from tnsim.base.errors import QueryError, TnsimError
from tnsim.engines.approximate import ApproximateEngine, Cost, DifferentiableEngine, Estimate
from tnsim.engines.inputs import Inputs
from tnsim.queries import Query
from tnsim.queries.cotangents import answer_cotangents
from tnsim.queries.query import LeafQuery

from .auto_engine import AutoEngine
from .calling import check_call
from .derivatives import check_real_number
from .detaching import detached
from .error_propagation import propagated, weakest
from .evidence import plain
from .forecast import Forecast, ForecastPart
from .gradient_node import wanted_tensors
from .measuring import PeakMeter
from .parameters import merge_values
from .program import Program
from .progress import SHOW_PROGRESS_AFTER, Progress, progress_bar
from .result import Result
from .traced import can_look_at, traced_values

__all__ = ["ApproximateProgram"]

Answers = dict[LeafQuery, Estimate]


@final
@dataclass(frozen=True, eq=False, repr=False)
class ApproximateProgram(Program):
    """Answers by an engine that makes errors and says how large they are.

    Computed with NumPy, one parameter set after another; the values are then arrays of the
    parameters' library. `reason` says why this method was taken, where nobody asked for it.
    """

    engine: ApproximateEngine
    seed: int | None = None
    reason: str = ""
    gradient: bool = False

    @cached_property
    def forecast(self) -> Forecast:
        """See `Program.forecast`: at the largest accuracy that the memory allows."""
        cost = self.engine.cost()
        slopes: Cost | None = None
        if self.gradient and isinstance(self.engine, DifferentiableEngine):
            slopes = self.engine.cost_with_slopes()
        engines = self.engine.engines if isinstance(self.engine, AutoEngine) else ()
        return Forecast(
            method=self.engine.method,
            basis=self.engine.basis,
            peak_bytes=cost.peak_bytes,
            gradient_peak_bytes=None if slopes is None else slopes.peak_bytes,
            gradient_flops=None if slopes is None else slopes.flops,
            flops=cost.flops,
            seconds=cost.seconds,
            parts=tuple(map(_part_of, engines)),
            error=cost.error,
            reason=self.reason,
        )

    def __call__(
        self,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        executor: Executor | None = None,
        progress: Progress | bool | None = None,
        **values: Any,
    ) -> Result:
        """See `Program.__call__`."""
        self._check_call(executor, progress)
        given = merge_values(params, values, self.parameters)
        wanted = wanted_tensors(given)
        value: dict[str, Any]
        started, begin = datetime.now(UTC), time.perf_counter()
        answers: list[Answers] = []
        with PeakMeter() as meter:
            followed, traced_error = traced_values(self, given, wanted) if wanted else (None, {})
            known = can_look_at(given)
            if known:
                inputs = self.inputs(detached(given))
                rows = self._rows(inputs, progress)
                answers = [self.engine.run(row, report) for row, report in rows]
                value, error, kind = self._combined(answers, inputs)
                evidence = _evidence(answers, batched=bool(inputs.batch))
            if followed is not None and known:
                # The framework's arrays may be truncated otherwise than the run was.
                apart = {n: abs(one - value[n]) for n, one in detached(followed).items()}
                error = {name: one + apart[name] for name, one in error.items()}
            if followed is not None:
                value = followed
            if not known:
                error, kind = traced_error, "estimate"
                evidence = {"error": "from the weight that this one run at a fixed bond discards"}
        return Result(
            value=self.named(value),
            method=self.engine.method,
            error=self.named(error),
            error_kind=kind,
            evidence=evidence,
            forecast=self.forecast,
            seconds=time.perf_counter() - begin,
            peak_bytes=meter.peak_bytes,
            provenance=self.provenance(given, started, seed=self.seed),
        )

    def value_and_grad(
        self,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        executor: Executor | None = None,
        progress: Progress | bool | None = None,
        **values: Any,
    ) -> tuple[Any, Any]:
        """See `Program.value_and_grad`: of the approximate value, as the engine truncates it."""
        self._check_call(executor, progress)
        engine = self.engine
        if not isinstance(engine, DifferentiableEngine):
            self._refuse_derivatives()
        for name, query in self.queries.items():
            check_real_number(name, query, self.circuit.num_qubits)
        given = detached(merge_values(params, values, self.parameters))
        inputs = self.inputs(given)
        found: dict[str, list[NDArray[Any]]] = {name: [] for name in self.queries}
        slopes: dict[str, list[dict[str, Any]]] = {name: [] for name in self.queries}
        for row, report in self._rows(inputs, progress):
            answers, by_leaf = engine.run_with_slopes(row, report)
            for name, query in self.queries.items():
                known = {leaf: answers[leaf].value for leaf in query.leaves()}
                found[name].append(np.asarray(query.evaluate(known)))
                slopes[name].append(_chained(query, known, by_leaf, self.parameters))
        value, gradient = {}, {}
        for name in self.queries:
            value[name] = self._placed(found[name], inputs)
            gradient[name] = {
                p: self._placed([np.asarray(one[p]) for one in slopes[name]], inputs)
                for p in self.parameters
            }
        tidied = {name: self.named(one) for name, one in gradient.items()}
        return self.named(value), tidied[""] if list(tidied) == [""] else tidied

    def vjp(
        self,
        params: Mapping[str, Any] | None = None,  # noqa: ARG002
        /,
        *,
        executor: Executor | None = None,  # noqa: ARG002
        progress: Progress | bool | None = None,  # noqa: ARG002
        **values: Any,  # noqa: ARG002
    ) -> tuple[Any, Callable[[Any], dict[str, Any]]]:
        """Not given by approximate methods: raises `QueryError`."""
        self._refuse_derivatives("vjp")

    def hessian_vector(
        self,
        params: Mapping[str, Any],  # noqa: ARG002
        vector: Mapping[str, Any],  # noqa: ARG002
        /,
    ) -> dict[str, Any]:
        """Not given by approximate methods: raises `QueryError`."""
        self._refuse_derivatives("hessian_vector")

    def _check_call(self, executor: object, progress: object) -> None:
        check_call(executor, progress)
        if executor is not None:
            raise TnsimError(
                f"`executor` must be left out with method {self.engine.method!r}, which has no "
                "slices to share (got one); trajectories take workers= among their options"
            )

    @property
    def own_derivatives(self) -> str:
        """What to say of derivatives that the engine itself has."""
        known = isinstance(self.engine, DifferentiableEngine)
        return ", or ask this program's value_and_grad" if known else ""

    def _refuse_derivatives(self, what: str = "value_and_grad") -> NoReturn:
        raise QueryError(
            f"method {self.engine.method!r} has no {what}; use method='exact'"
            + (
                self.own_derivatives
                or ", or method='pauli_propagation', whose value_and_grad works"
            )
        )

    def _rows(self, inputs: Inputs, progress: Progress | bool | None) -> Any:
        """Every parameter set as plain numbers, with what to report to."""
        arrays = {name: to_numpy(value) for name, value in inputs.values.items()}
        count = inputs.size if inputs.batch else 1
        patience = SHOW_PROGRESS_AFTER if progress is None else 0.0
        shown = progress is None or progress
        with progress_bar(shown, self.engine.method, after=patience, counts=False) as report:
            for row in range(count):
                numbers = {
                    name: float(array[row] if name in inputs.batch else array)
                    for name, array in arrays.items()
                }
                yield numbers, _part(report, row, count)

    def _combined(
        self, answers: list[Answers], inputs: Inputs
    ) -> tuple[dict[str, Any], dict[str, Any], str]:
        """Values, errors and the kind of error, by query."""
        value: dict[str, Any] = {}
        error: dict[str, Any] = {}
        for name, query in self.queries.items():
            pairs = [propagated(query, one) for one in answers]
            value[name] = self._placed([v for v, _ in pairs], inputs)
            error[name] = self._placed([e for _, e in pairs], inputs)
        kinds = [estimate.kind for one in answers for estimate in one.values()]
        return value, error, weakest(list(kinds))

    def _placed(self, arrays: list[NDArray[Any]], inputs: Inputs) -> Any:
        """One array of the inputs' library, with a batch axis if they have one."""
        made = np.stack(arrays) if inputs.batch else arrays[0]
        if made.dtype.kind not in "fc":
            return made
        dtype = complex_dtype(self.dtype) if made.dtype.kind == "c" else real_dtype(self.dtype)
        with double_precision(inputs.library, self.dtype):
            return as_library(made, dtype, inputs.library, inputs.like)


def _part_of(engine: ApproximateEngine) -> ForecastPart:
    cost = engine.cost()
    return ForecastPart(
        engine.method,
        engine.basis,
        cost.peak_bytes,
        cost.flops,
        seconds=cost.seconds,
        error=cost.error,
    )


def _part(report: Progress | None, row: int, count: int) -> Progress | None:
    if report is None or count == 1:
        return report

    def part(done: int, total: int) -> None:
        report(row * total + done, count * total)

    return part


def _evidence(answers: list[Answers], *, batched: bool) -> dict[str, Any]:
    """What the errors rest on, by question where there are several, a list of it for a batch."""

    def of(one: Answers) -> dict[str, Any]:
        if len(one) == 1:
            return dict(next(iter(one.values())).evidence)
        return {repr(leaf): estimate.evidence for leaf, estimate in one.items()}

    found: dict[str, Any] = plain(
        {"sets": [of(one) for one in answers]} if batched else of(answers[0])
    )
    return found


def _chained(
    query: Query,
    answers: Mapping[LeafQuery, NDArray[Any]],
    slopes: Mapping[LeafQuery, Mapping[str, NDArray[Any]]],
    names: tuple[str, ...],
) -> dict[str, float]:
    """The derivatives of a query that is one real number, from those of its answers."""
    cotangents = answer_cotangents(query, answers, np.ones(()))
    return {
        name: float(
            sum(np.sum(c * slopes[leaf].get(name, 0.0)).real for leaf, c in cotangents.items())
        )
        for name in names
    }
