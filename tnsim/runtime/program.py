"""`Program`: questions about a circuit, planned once, answered at any parameter values."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Any

import numpy as np

from tnsim.base.arrays import (
    Array,
    common_library,
    double_precision,
    library_of,
    to_numpy,
)
from tnsim.base.codec import digest
from tnsim.base.errors import TnsimError
from tnsim.base.parameters import evaluate_affine
from tnsim.circuit import Circuit
from tnsim.engines.exact import ExactEngine
from tnsim.engines.exact.loads import Setting
from tnsim.engines.exact.running import Inputs
from tnsim.queries import Query
from tnsim.queries.query import LeafQuery

from .forecast import Forecast, ForecastPart
from .measuring import PeakMeter
from .parameters import gather_inputs, merge_values, strength_uses
from .progress import Progress, check_progress, progress_bar
from .provenance import Provenance
from .result import Result

__all__ = ["SHOW_PROGRESS_AFTER", "Program"]

_VERSIONED = ("tnsim", "numpy", "cotengra", "autoray")
SHOW_PROGRESS_AFTER = 2.0
_SAMPLE_AFTER = 0.02


@dataclass(frozen=True, eq=False, repr=False)
class Program:
    """Compiled questions: call it with parameter values to get a `Result`. Made by `compile`.

    `circuit` is the circuit with its noise, `queries` what was asked, by name (one query alone
    has the name ""), `memory` the budget in bytes, `dtype` the precision as a complex dtype.

    >>> import numpy as np, tnsim
    >>> circuit = tnsim.Circuit(1).ry(tnsim.Parameter("theta"), 0)
    >>> program = tnsim.compile(circuit, tnsim.Expectation("Z0"), memory="100MB")
    >>> program.parameters
    ('theta',)
    >>> program(theta=np.array([0.0, np.pi])).value
    array([ 1., -1.])
    """

    circuit: Circuit
    queries: Mapping[str, Query]
    engine: ExactEngine
    memory: int
    dtype: str
    noise_digest: str | None = None

    @cached_property
    def forecast(self) -> Forecast:
        """What one run takes on NumPy arrays, for one parameter set, before any array is made."""
        return forecast_of(self.engine, Setting.single())

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that need values."""
        return tuple(self.circuit.parameters)

    def __call__(
        self,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        executor: Executor | None = None,
        progress: Progress | bool | None = None,
        **values: Any,
    ) -> Result:
        """Answer at parameter values, given as one mapping, by keyword, or both.

        A value is a number, or an array of NumPy, Torch, TensorFlow or JAX of shape () or (B,);
        with a batch every answer has the batch as its first axis. The answers are arrays of the
        parameters' library, on their device. Slices run on `executor` (the interface of
        `concurrent.futures`), each of whose workers takes the forecast's peak. `progress(done,
        total)` is called as slices finish; True and None show a bar on a terminal (None only
        for runs forecast to take over two seconds), False shows nothing.

        Raises `CircuitError` where values are missing, unknown, not finite or of unequal
        lengths, `NoiseError` where a strength is out of its range.
        """
        _check_call(executor, progress)
        given = merge_values(params, values, self.parameters)
        # JAX arrays are made double before anything is computed from them.
        with double_precision(common_library(given.values())[0], self.dtype):
            inputs = gather_inputs(given, self.dtype)
        self._check_strengths(inputs)
        engine = self.engine.for_library(inputs.library)
        forecast = forecast_of(engine, inputs.setting)
        started = datetime.now(UTC)
        begin = time.perf_counter()
        with (
            PeakMeter(sample=forecast.seconds > _SAMPLE_AFTER) as meter,
            double_precision(inputs.library, self.dtype),
        ):
            shown = forecast.seconds > SHOW_PROGRESS_AFTER if progress is None else progress
            with progress_bar(shown, "slices") as report:
                answers = engine.run(inputs, executor, report)
            value = self._values(answers)
        return Result(
            value=value,
            method="exact",
            forecast=forecast,
            seconds=time.perf_counter() - begin,
            peak_bytes=meter.peak_bytes,
            provenance=self._provenance(engine, inputs, given, started),
        )

    def _values(self, answers: Mapping[LeafQuery, Array]) -> Any:
        made = {name: _tidy(query.evaluate(answers)) for name, query in self.queries.items()}
        return made[""] if list(made) == [""] else made

    def _check_strengths(self, inputs: Inputs) -> None:
        """Refuse strengths out of range, where the values can be looked at."""
        uses = strength_uses(self.circuit)
        if not uses:
            return
        try:
            numbers = {name: to_numpy(value) for name, value in inputs.values.items()}
        except (TypeError, AttributeError, NotImplementedError):
            # An array that TensorFlow or JAX is tracing has no value to look at yet.
            return
        for owner, expressions in uses:
            owner.check_strengths([evaluate_affine(e, numbers) for e in expressions])

    def _provenance(
        self, engine: ExactEngine, inputs: Inputs, given: Mapping[str, Any], started: datetime
    ) -> Provenance:
        return Provenance(
            circuit=self.circuit.digest,
            query=digest({name: query.to_dict() for name, query in self.queries.items()}),
            dtype=self.dtype,
            library=inputs.library,
            device=str(getattr(inputs.like, "device", "cpu")),
            time=started.isoformat(),
            noise=self.noise_digest,
            plans=tuple(p.plan.digest for p in engine.planned if p.plan is not None),
            versions=_versions(inputs.library),
            params=dict(given),
        )

    def __repr__(self) -> str:
        names = ", ".join(name or repr(query) for name, query in self.queries.items())
        return f"<Program: {names:.60} of {self.circuit!r}>"


def _check_call(executor: object, progress: object) -> None:
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TnsimError(
            "`executor` must have the interface of concurrent.futures, such as "
            f"ThreadPoolExecutor(2) (got {executor!r:.60})"
        )
    check_progress(progress)


def forecast_of(engine: ExactEngine, setting: Setting) -> Forecast:
    """The forecast of a run in a setting; one part for each contraction of a task."""
    cost = engine.cost(setting)
    parts = []
    for demand, load in cost.loads.items():
        planned = engine.planned[demand.task]
        name = type(planned.task).__name__.removesuffix("Task").lower()
        parts.append(
            ForecastPart(
                name,
                planned.lowered.basis,
                load.peak,
                float(cost.parts * load.flops),
                cost.parts * load.slices,
                cost.parts * load.seconds,
            )
        )
    return Forecast(
        method="exact",
        basis="+".join(sorted({p.basis for p in parts})) or "none",
        peak_bytes=cost.peak_bytes,
        flops=sum(p.flops for p in parts),
        slices=sum(p.slices for p in parts),
        seconds=sum(p.seconds for p in parts),
        parts=tuple(parts),
    )


def _tidy(value: Any) -> Any:
    """A NumPy scalar for a 0-d NumPy array or a Python number."""
    if library_of(value) == "numpy" and np.ndim(value) == 0:
        return np.asarray(value)[()]
    return value


@cache
def _versions(library: str) -> Mapping[str, str]:
    found = {}
    for name in (*_VERSIONED, *(() if library == "numpy" else (library,))):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return MappingProxyType(found)
