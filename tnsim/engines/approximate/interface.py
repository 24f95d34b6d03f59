"""What every approximate engine gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from numpy.typing import NDArray

from tnsim.queries.query import LeafQuery

from .estimates import Estimate

__all__ = ["ApproximateEngine", "Cost", "DifferentiableEngine", "Method", "Report", "Slopes"]

Report = Callable[[int, int], None]
"""Told how much of how much is done, in any unit."""

Slopes = dict[LeafQuery, dict[str, NDArray[Any]]]
"""The derivatives of every answer by parameter name, each of the answer's shape."""


class Method(Protocol):
    """A method's options: frozen plain data, `name` being what users choose the method by."""

    name: ClassVar[str]

    @property
    def target_error(self) -> float | None: ...


@dataclass(frozen=True)
class Cost:
    """What one run takes at most: bytes alive at once, real operations, seconds of wall time.

    `error` is the error to be expected where the structure tells (0 where nothing will be cut
    off), None where only the run itself can tell.
    """

    peak_bytes: int
    flops: float
    seconds: float
    error: float | None = None


class ApproximateEngine(Protocol):
    """Answers prepared from structure alone, then computed at parameter values.

    `method` is the name that users choose it by, `basis` "ket" or "pauli".
    """

    @property
    def method(self) -> str: ...
    @property
    def basis(self) -> str: ...
    def cost(self) -> Cost: ...
    def run(
        self, values: Mapping[str, float], report: Report | None = None
    ) -> dict[LeafQuery, Estimate]: ...


@runtime_checkable
class DifferentiableEngine(Protocol):
    """An engine that knows the derivatives of its answers."""

    def cost_with_slopes(self) -> Cost: ...
    def run_with_slopes(
        self, values: Mapping[str, float], report: Report | None = None
    ) -> tuple[dict[LeafQuery, Estimate], Slopes]: ...
