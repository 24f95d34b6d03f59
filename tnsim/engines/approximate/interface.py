"""What every approximate engine gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tnsim.queries.query import LeafQuery

from .estimates import Estimate

__all__ = ["ApproximateEngine", "Cost", "Report"]

Report = Callable[[int, int], None]
"""Told how much of how much is done, in any unit."""


@dataclass(frozen=True)
class Cost:
    """What one run takes at most: bytes alive at once, real operations, seconds of wall time."""

    peak_bytes: int
    flops: float
    seconds: float


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
