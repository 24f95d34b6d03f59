"""A circuit's instructions one after another as small matrices on a few axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.engines.evolution.rows import Rows

__all__ = ["Move", "moves_of"]

_AT_ONCE = 4096
# Rows whose matrices are made together.


@dataclass(frozen=True, eq=False)
class Move:
    """`matrix` (D, D), read-only, on `axes`, the first of them the most significant.

    `kind` numbers `rows.kinds`; equal kinds with equal arguments share one matrix within a chunk.
    """

    matrix: NDArray[Any]
    axes: tuple[int, ...]
    kind: int
    row: int


def moves_of(rows: Rows, values: Mapping[str, float], *, reverse: bool = False) -> Iterator[Move]:
    """The rows' matrices at parameter values, in order, or from the last to the first.

    Made some thousands at a time, so that no more of them than that are alive.
    """
    numbers = rows.values(values)
    begins = range(0, len(rows), _AT_ONCE)
    for begin in reversed(begins) if reverse else begins:
        end = min(begin + _AT_ONCE, len(rows))
        made = _matrices(rows, numbers, begin, end)
        span = range(begin, end)
        for row in reversed(span) if reverse else span:
            yield Move(made[row - begin], rows.axes_of(row), int(rows.kind[row]), row)


def _matrices(rows: Rows, numbers: NDArray[np.float64], begin: int, end: int) -> list[NDArray[Any]]:
    made: list[NDArray[Any]] = [np.zeros(0)] * (end - begin)
    kinds = rows.kind[begin:end]
    for number in np.unique(kinds).tolist():
        kind = rows.kinds[number]
        members = np.flatnonzero(kinds == number)
        if kind.is_fixed:
            matrices, which = kind.matrix[None], np.zeros(len(members), dtype=np.int64)
        else:
            given, _ = rows.arguments(members + begin, numbers)
            distinct, which = np.unique(given, axis=1, return_inverse=True)
            which = which.reshape(-1)
            columns = kind.form.coefficients(list(distinct))
            count = distinct.shape[1]
            weights = np.stack([np.broadcast_to(np.asarray(c), (count,)) for c in columns])
            matrices = np.tensordot(weights, kind.form.constants, axes=(0, 0))
        matrices.setflags(write=False)
        for member, one in zip(members.tolist(), which.tolist(), strict=True):
            made[member] = matrices[one]
    return made
