"""One observable walked back through a circuit: its mean, and what was dropped on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tnsim.contraction.kernels_workers import MOST_THREADS, Workers, default_threads
from tnsim.engines.approximate import moves_of
from tnsim.engines.evolution.rows import Rows

from .limits import Dropped, Limits
from .stages import leading_rows, stages_of
from .tables import matrix_in_codes

if TYPE_CHECKING:
    from .packing import Packed

__all__ = ["Outcome", "product_state", "walk"]


@dataclass(frozen=True)
class Outcome:
    """The mean of an observable, and what its walk dropped."""

    value: float
    dropped: Dropped


def walk(
    rows: Rows,
    values: Mapping[str, float],
    observable: Packed,
    limits: Limits,
    dtype: Any,
    room: int,
    bucket: int,
    told: Callable[[int], bool] | None = None,
) -> Outcome | None:
    """The observable's mean at the end of the rows, from |0...0>, within `limits`.

    `room` is for how many strings there is room, `bucket` for how many
    each thread may work on at a time. `told` hears after each stage how many
    rows are done, and ends the walk by returning False (the result is then None).
    """
    from .store import Store

    dropped = Dropped()
    leading = leading_rows(rows)
    bloch = product_state(rows, values, leading)
    sizes = observable.sizes.astype(dtype)
    with Workers(min(default_threads(), MOST_THREADS)) as workers:
        store = Store(observable.keys, sizes, room, bucket, limits, workers)
        for stage in stages_of(rows, values, leading):
            store.apply(stage, dropped)
            if told is not None and not told(stage.rows):
                return None
        return Outcome(store.value(bloch), dropped)


def product_state(
    rows: Rows, values: Mapping[str, float], leading: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The mean of each letter on each qubit after the leading rows, (n, 4) by code."""
    bloch = np.zeros((rows.num_qubits, 4))
    bloch[:, [0, 2]] = 1.0  # I, X, Z, Y
    if leading.any():
        last = int(np.flatnonzero(leading)[-1])
        for move in moves_of(rows, values):
            if move.row > last:
                break
            if leading[move.row]:
                axis = move.axes[0]
                bloch[axis] = matrix_in_codes(move.matrix, move.axes) @ bloch[axis]
    return bloch
