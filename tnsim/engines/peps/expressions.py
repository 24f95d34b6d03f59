"""Contractions of a few small arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import opt_einsum
from numpy.typing import NDArray

from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError

__all__ = ["Expressions"]

Array = NDArray[Any]
Labels = tuple[str, ...]

_COPIES = 3
# Of the largest array on the way: its factors or itself, permuted or not.


class Expressions:
    """Contractions of a few arrays, planned once for each equation and shapes.

    `BudgetError` where an array on the way takes more than `budget` bytes.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._known: dict[tuple[Any, ...], Any] = {}

    def __call__(self, arrays: Sequence[Array], labels: Sequence[Labels], output: Labels) -> Array:
        names: dict[str, int] = {}
        for term in labels:
            for label in term:
                names.setdefault(label, len(names))
        terms = tuple(tuple(names[x] for x in term) for term in labels)
        end = tuple(names[x] for x in output)
        key = (terms, end, tuple(a.shape for a in arrays))
        known = self._known.get(key)
        if known is None:
            text = ",".join("".join(map(opt_einsum.get_symbol, t)) for t in terms)
            equation = f"{text}->{''.join(map(opt_einsum.get_symbol, end))}"
            shapes = [a.shape for a in arrays]
            _, found = opt_einsum.contract_path(equation, *shapes, shapes=True, optimize="greedy")
            needed = _COPIES * int(found.largest_intermediate) * arrays[0].itemsize
            if needed > self._budget:
                raise BudgetError(
                    f"`memory` must leave {format_bytes(needed)} for a contraction of a "
                    f"few tensors (got {format_bytes(self._budget)}); give more, or a smaller "
                    "`max_bond`",
                    budget=self._budget,
                    least_bytes=needed,
                )
            known = opt_einsum.contract_expression(equation, *shapes, optimize="greedy")
            self._known[key] = known
        return np.asarray(known(*arrays))
