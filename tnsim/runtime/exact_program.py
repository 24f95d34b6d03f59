"""`ExactProgram`: a program whose answers are contractions, exact up to rounding."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, final

from tnsim.base.arrays import double_precision
from tnsim.engines.exact import ExactEngine
from tnsim.engines.inputs import Setting

from .calling import check_call
from .evaluation import evaluate
from .forecast import Forecast
from .forecasting import forecast_of
from .gradient_calls import hessian_vector, value_and_grad, vjp
from .gradient_node import node_for, node_values
from .measuring import PeakMeter
from .parameters import merge_values
from .program import Program
from .progress import SHOW_PROGRESS_AFTER, Progress, progress_bar
from .result import Result

__all__ = ["ExactProgram"]

_SAMPLE_AFTER = 0.02


@final
@dataclass(frozen=True, eq=False, repr=False)
class ExactProgram(Program):
    """Answers by planned contractions; with `gradient`, the way back is planned too."""

    engine: ExactEngine
    gradient: bool = False

    @cached_property
    def forecast(self) -> Forecast:
        """See `Program.forecast`."""
        asked = self.gradient and bool(self.parameters)
        gradient = self.engine.gradient(self.parameters) if asked else None
        return forecast_of(self.engine, Setting.single(), gradient)

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
        check_call(executor, progress)
        given = merge_values(params, values, self.parameters)
        node = node_for(self, given)
        if node is None:
            inputs = self.inputs(given)
            engine = self.engine.for_library(inputs.library)
            forecast = forecast_of(engine, inputs.setting)
        else:
            engine = node.gradient.engine
            forecast = forecast_of(engine, node.setting, node.gradient)
        started = datetime.now(UTC)
        begin = time.perf_counter()
        with PeakMeter(sample=forecast.seconds > _SAMPLE_AFTER) as meter:
            shown = forecast.seconds > SHOW_PROGRESS_AFTER if progress is None else progress
            with progress_bar(shown, "slices") as report:
                if node is not None:
                    value = self.named(node_values(node, executor, report))
                else:
                    with double_precision(inputs.library, self.dtype):
                        answers = engine.run(inputs, executor, report)
                        batched = bool(inputs.batch)
                        made = {
                            n: evaluate(q, answers, batched=batched)
                            for n, q in self.queries.items()
                        }
                        value = self.named(made)
        return Result(
            value=value,
            method="exact",
            forecast=forecast,
            seconds=time.perf_counter() - begin,
            peak_bytes=meter.peak_bytes,
            provenance=self.provenance(
                given,
                started,
                plans=tuple(p.plan.digest for p in engine.planned if p.plan is not None),
            ),
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
        """See `Program.value_and_grad`."""
        return value_and_grad(
            self, merge_values(params, values, self.parameters), executor, progress
        )

    def vjp(
        self,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        executor: Executor | None = None,
        progress: Progress | bool | None = None,
        **values: Any,
    ) -> tuple[Any, Callable[[Any], dict[str, Any]]]:
        """See `Program.vjp`."""
        return vjp(self, merge_values(params, values, self.parameters), executor, progress)

    def hessian_vector(
        self, params: Mapping[str, Any], vector: Mapping[str, Any], /
    ) -> dict[str, Any]:
        """See `Program.hessian_vector`."""
        given = merge_values(params, {}, self.parameters)
        return hessian_vector(self, given, vector)
