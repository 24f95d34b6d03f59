"""An approximate answer: value, error, what kind of error that is, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["ErrorKind", "Estimate"]

ErrorKind = Literal["bound", "estimate", "standard error"]


@dataclass(frozen=True, eq=False)
class Estimate:
    """One query's answer with its absolute error, both arrays of the query's shape.

    `kind` says what `error` is: a "bound" that the true error cannot exceed, an "estimate" of its
    size, or the "standard error" of a mean. `evidence` is what it rests on, as JSON data: tables
    are dicts of equally long lists, such as {"bond": [16, 32], "value": [..], "error": [..]}.

    >>> one = Estimate(np.float64(0.5), np.float64(1e-3), "estimate", {"bond": 16})
    >>> one.kind, float(one.error)
    ('estimate', 0.001)
    """

    value: NDArray[Any]
    error: NDArray[Any]
    kind: ErrorKind
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        value, error = np.asarray(self.value), np.asarray(self.error)
        if value.shape != error.shape:
            raise ValueError(f"value and error must have one shape ({value.shape}, {error.shape})")
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "error", error)
