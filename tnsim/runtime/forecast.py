"""`Forecast`: what answering a question will take, known before any array is made."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from tnsim.base.budgets import format_bytes
from tnsim.base.errors import TnsimError

from .table import format_count, format_seconds, format_table

__all__ = ["Forecast", "ForecastPart"]


@dataclass(frozen=True)
class ForecastPart:
    """One contraction inside a forecast, or one method that "auto" may ask; as in `Forecast`."""

    name: str
    basis: str
    peak_bytes: int
    flops: float
    slices: int = 1
    seconds: float = 0.0
    error: float | None = None

    def __post_init__(self) -> None:
        _check_costs(self)

    def __str__(self) -> str:
        error = "" if self.error is None else f", error {self.error:.1e}"
        size, seconds = format_bytes(self.peak_bytes), format_seconds(self.seconds)
        return f"{self.name} ({self.basis}): {size}, {seconds}{error}"


@dataclass(frozen=True)
class Forecast:
    """Method, basis and cost of a compiled question.

    `peak_bytes` bounds everything of ours alive at once in a run. `flops` counts real
    floating-point operations over all `slices`; `gradient_peak_bytes` and `gradient_flops` are
    the same for value and gradient together (None where no gradient was planned). `seconds` is the
    predicted wall time of one run on this machine, without planning. `parts` lists what is run
    one after another. Of an approximate method the costs are those of the largest accuracy that
    the budget allows; `error` is the error to be expected where that is known beforehand (0 for
    the exact method), and `reason` why the method was chosen, where nobody named it; `parts` are
    then the methods in the order in which they are asked.

    >>> print(Forecast("exact", "pauli", 1_500_000, 2e9, seconds=0.25))
    method      exact
    basis       pauli
    peak        1.50 MB
    operations  2.0e+09
    slices      1
    time        0.25 s
    """

    method: str
    basis: str
    peak_bytes: int
    flops: float
    slices: int = 1
    seconds: float = 0.0
    gradient_peak_bytes: int | None = None
    gradient_flops: float | None = None
    parts: tuple[ForecastPart, ...] = ()
    error: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        _check_costs(self)

    def to_dict(self) -> dict[str, Any]:
        """A JSON object with the fields of the class."""
        return {**asdict(self), "parts": [asdict(part) for part in self.parts]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Forecast:
        """The inverse of `to_dict`; `TnsimError` on anything else."""
        found = _exact_fields(cls, data)
        if not isinstance(found["parts"], list):
            raise TnsimError("a forecast's `parts` must be a list")
        parts = [ForecastPart(**_exact_fields(ForecastPart, part)) for part in found["parts"]]
        return cls(**{**found, "parts": tuple(parts)})

    def __str__(self) -> str:
        rows = [
            ("method", self.method),
            ("basis", self.basis),
            ("peak", format_bytes(self.peak_bytes)),
            ("operations", format_count(self.flops)),
            ("slices", str(self.slices)),
            ("time", format_seconds(self.seconds)),
        ]
        if self.gradient_peak_bytes is not None:
            rows.insert(3, ("gradient peak", format_bytes(self.gradient_peak_bytes)))
        if self.gradient_flops is not None:
            rows.append(("gradient operations", format_count(self.gradient_flops)))
        if self.error:
            rows.append(("error", f"{self.error:.1e}"))
        if self.reason:
            rows.append(("chosen", self.reason))
            rows.append(("methods", "\n".join(map(str, self.parts))))
        elif len(self.parts) > 1:
            rows.append(("parts", str(len(self.parts))))
        return format_table(rows)


def _check_costs(forecast: Forecast | ForecastPart) -> None:
    sizes = {"peak_bytes": forecast.peak_bytes, "slices": forecast.slices}
    if isinstance(forecast, Forecast):
        sizes["gradient_peak_bytes"] = forecast.gradient_peak_bytes or 0
    for name, size in sizes.items():
        if type(size) is not int or not 0 <= size <= sys.float_info.max:
            raise TnsimError(
                f"a forecast's `{name}` must be an int of at least 0, within the range of floats "
                f"(got {str(size)[:40]})"
            )
    costs = {"flops": forecast.flops, "seconds": forecast.seconds}
    for name in ("gradient_flops", "error"):
        if getattr(forecast, name, None) is not None:
            costs[name] = getattr(forecast, name)
    for name, cost in costs.items():
        if isinstance(cost, bool) or not isinstance(cost, int | float):
            raise TnsimError(f"a forecast's `{name}` must be a number (got {cost!r})")
        if not 0 <= cost <= sys.float_info.max:
            raise TnsimError(
                f"a forecast's `{name}` must be finite and at least 0 (got {str(cost)[:40]})"
            )
    texts = [forecast.basis, *(getattr(forecast, n, "") for n in ("method", "name", "reason"))]
    if not all(isinstance(text, str) for text in texts):
        raise TnsimError(f"a forecast's names must be text (got {texts})")


def _exact_fields(cls: type[Forecast] | type[ForecastPart], data: object) -> dict[str, Any]:
    expected = {field.name for field in fields(cls)}
    if not isinstance(data, Mapping) or set(data) != expected:
        raise TnsimError(f"a {cls.__name__} must have exactly the fields {sorted(expected)}")
    return dict(data)
