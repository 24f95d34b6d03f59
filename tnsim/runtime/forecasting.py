"""The forecast of a run, from an engine's plans alone."""

from __future__ import annotations

from tnsim.engines.exact import ExactEngine
from tnsim.engines.exact.gradients import ExactGradient
from tnsim.engines.inputs import Setting

from .forecast import Forecast, ForecastPart

__all__ = ["forecast_of"]


def forecast_of(
    engine: ExactEngine, setting: Setting, gradient: ExactGradient | None = None
) -> Forecast:
    """The forecast of a run in a setting, and of its derivatives where these are asked for.

    One part for each contraction of a task.
    """
    cost = engine.cost(setting)
    parts = []
    for demand, load in cost.loads.items():
        planned = engine.planned[demand.task]
        name = type(planned.task).__name__.removesuffix("Task").lower()
        parts.append(
            ForecastPart(
                name,
                planned.basis,
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
        gradient_peak_bytes=None if gradient is None else gradient.cost(setting).peak_bytes,
        gradient_flops=None if gradient is None else gradient.cost(setting).flops,
        parts=tuple(parts),
        error=0.0,
    )
