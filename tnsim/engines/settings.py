"""What planning may use."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from tnsim.lowering.walk import Basis

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """What planning may use: bytes, precision (a complex dtype), effort, seed, and the cache.

    `bases` restricts the bases that are tried, where a task has one of them. `derivatives` says
    that those will be asked for too, and often. `progress(spent, allowed)` is told how far each
    search is.
    """

    budget: int
    dtype: str
    effort: str | float = "auto"
    seed: int = 0
    cache: bool | str | None = None
    bases: tuple[Basis, ...] = ("ket", "sandwich", "pauli")
    derivatives: bool = False
    most_work: float = math.inf
    progress: Callable[[int, int], None] | None = field(default=None, compare=False, repr=False)
