"""Engines on lines of tensors as the tests make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tnsim.circuit import Circuit
from tnsim.engines.approximate import Estimate
from tnsim.engines.mps import MPDO, MPS, LineEngine, LineOptions
from tnsim.engines.settings import Settings
from tnsim.queries import LeafQuery

EXACT = 4096
SETTINGS = Settings(budget=10**9, dtype="complex128")


def options_of(method: str, **fields: Any) -> LineOptions:
    """Options of a method by name."""
    return MPS(**fields) if method == "mps" else MPDO(**fields)


def estimate(
    circuit: Circuit,
    leaf: LeafQuery,
    values: Mapping[str, float] | None = None,
    *,
    method: str = "mpdo",
    settings: Settings = SETTINGS,
    **fields: Any,
) -> Estimate:
    """One query's estimate."""
    chosen = options_of(method, **(fields or {"max_bond": EXACT}))
    return LineEngine.prepare(circuit, [leaf], settings, chosen).run(values or {})[leaf]
