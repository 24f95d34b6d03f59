"""What an answer rests on, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .answers import Answer

__all__ = ["Table", "evidence_of"]

_MOST_LISTED = 4096
# Longer lists of standard errors are left out.


class Table:
    """How an answer came to be: trajectories, value and error at every look."""

    def __init__(self) -> None:
        self._count: list[int] = []
        self._value: list[Any] = []
        self._error: list[float] = []

    def add(self, count: int, answer: Answer) -> None:
        self._count.append(count)
        self._error.append(float(np.max(answer.error)))
        value = answer.value
        if value.ndim == 0:
            number = complex(value)
            self._value.append([number.real, number.imag] if number.imag else number.real)

    def columns(self) -> dict[str, list[Any]]:
        """Values of numbers only, a complex one as [re, im]; of arrays the largest error."""
        named: dict[str, list[Any]] = {"trajectories": self._count, "error": self._error}
        return {**named, "value": self._value} if self._value else named


def evidence_of(answer: Answer, table: Table, facts: Mapping[str, Any]) -> dict[str, Any]:
    """`facts`, the standard error beside the reported one, and the table.

    The standard error is one number, or a nested list in the answer's shape; of very long answers
    only {"largest": ..}.
    """
    deviation = answer.deviation
    listed: Any = deviation.tolist()
    if deviation.size > _MOST_LISTED:
        listed = {"largest": float(deviation.max())}
    return {**facts, "standard_error": listed, "convergence": table.columns()}
