"""Products of two tensors as one call of the matrix library, and the permutations they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels_permute import BlockedPermutation, Permutation, permutation
from .kernels_places import ANYWHERE, Places
from .kernels_workers import Workers
from .layout import BATCH, Legs, Sizes, element_count, merged_size, roles

__all__ = ["Direct", "Turn", "direct"]

Array = NDArray[Any]
Shape = tuple[int, ...]

_WORTH_SHARING = 1 << 20


@dataclass(frozen=True)
class Turn:
    """How an operand becomes a stack of matrices: permuted, reshaped, each transposed."""

    order: Legs
    permuted: Permutation | BlockedPermutation | None
    shape: Shape
    transposed: bool

    def run(self, array: Array, workers: Workers, place: Array | None) -> Array:
        """The matrices: a copy where `permuted`, in `place` if given; otherwise a view."""
        if self.permuted is not None:
            array = self.permuted.run(array, workers, place)
        array = array.reshape(self.shape)
        return array.swapaxes(-1, -2) if self.transposed else array


@dataclass(frozen=True)
class Direct:
    """`numpy.matmul` of the two operands, (shared, rows, summed) and (shared, summed, columns).

    Where `swapped`, rows are of the right operand. A part that is in order already is used in
    place, transposed or not.
    """

    rows: Turn
    columns: Turn
    swapped: bool

    def run(self, operands: list[Array], workers: Workers, places: Places = ANYWHERE) -> Array:
        """The product of `operands` = [right, left], which are taken from the list."""
        if self.swapped:
            columns = self.columns.run(operands.pop(), workers, places.left)
            rows = self.rows.run(operands.pop(), workers, places.right)
        else:
            rows = self.rows.run(operands.pop(), workers, places.left)
            columns = self.columns.run(operands.pop(), workers, places.right)
        stack = np.broadcast_shapes(rows.shape[:-2], columns.shape[:-2])
        shape = (*stack, rows.shape[-2], columns.shape[-1])
        place = np.empty(shape, rows.dtype) if places.result is None else places.result
        return _shared_product(rows, columns, place.reshape(shape), workers)

    @property
    def turns(self) -> tuple[Turn, Turn]:
        """Those of the left and of the right operand."""
        return (self.columns, self.rows) if self.swapped else (self.rows, self.columns)

    def in_order(self, side: int) -> Direct:
        """The same with an operand (0 left, 1 right) that arrives permuted already."""
        if (side == 0) != self.swapped:
            return replace(self, rows=replace(self.rows, permuted=None))
        return replace(self, columns=replace(self.columns, permuted=None))


def _shared_product(rows: Array, columns: Array, result: Array, workers: Workers) -> Array:
    """`numpy.matmul` into `result`, the longer side of the matrices shared among threads."""
    m, n = result.shape[-2:]
    if workers.count == 1 or result.size * rows.shape[-1] < _WORTH_SHARING:
        return np.matmul(rows, columns, out=result)

    def work(part: Sequence[int]) -> None:
        piece = slice(part[0], part[-1] + 1)
        if m >= n:
            np.matmul(rows[..., piece, :], columns, out=result[..., piece, :])
        else:
            np.matmul(rows, columns[..., piece], out=result[..., piece])

    workers.share(range(max(m, n)), work, most=workers.count)
    return result


def direct(
    left: Legs, right: Legs, kept: frozenset[int], sizes: Sizes, *, prefer: Legs | None = None
) -> tuple[Direct, Legs]:
    """The product with the least to permute, and the order of its result.

    The larger operand decides the order of the shared and summed legs; either operand may come
    first, so that the result is in the order `prefer` where that can be had.
    """
    swapped = BATCH in right and BATCH not in left
    if swapped:
        left, right = right, left
    best: tuple[float, Direct, Legs] | None = None
    for first, second, turned in ((left, right, swapped), (right, left, not swapped)):
        if BATCH in second and BATCH not in first:
            continue
        cost, made, result = _cheapest(first, second, kept, sizes, turned)
        if prefer is not None and result != prefer:
            cost += element_count(result, sizes)
        if best is None or cost < best[0]:
            best = cost, made, result
    assert best is not None
    return best[1:]


def _cheapest(
    left: Legs, right: Legs, kept: frozenset[int], sizes: Sizes, swapped: bool
) -> tuple[float, Direct, Legs]:
    part = roles(left, right, kept)
    front = (BATCH,) if BATCH in left else ()
    sides = (element_count(left, sizes), element_count(right, sizes))
    guide = left if sides[0] >= sides[1] else right
    stack = tuple(x for x in guide if x in set(part.shared) - {BATCH})
    summed = tuple(x for x in guide if x in set(part.summed))
    rows = tuple(x for x in part.rows if x != BATCH)
    back = (BATCH,) if BATCH in right else ()
    # The orders that need no copy, each with whether its matrices are transposed.
    for_left = ((front + stack + rows + summed, False), (front + stack + summed + rows, True))
    for_right = (
        (back + stack + summed + part.columns, False),
        (back + stack + part.columns + summed, True),
    )
    order_left, flip_left = next((o for o in for_left if o[0] == left), for_left[0])
    order_right, flip_right = next((o for o in for_right if o[0] == right), for_right[0])
    cost = sides[0] * (order_left != left) + sides[1] * (order_right != right)
    k, m = element_count(summed, sizes), element_count(rows, sizes)
    n = element_count(part.columns, sizes)
    stacked = (merged_size(stack, sizes),) if stack else ()
    lead, tail = (-1,) * len(front), (-1,) * len(back)
    if front and not back and not stack and not flip_left:
        shape_left: Shape = (-1, k)  # the batch is more rows of one product
    else:
        shape_left = (*lead, *stacked, *((k, m) if flip_left else (m, k)))
    shape_right = (*tail, *stacked, *((n, k) if flip_right else (k, n)))
    turn_left = _turn(left, order_left, shape_left, flip_left, sizes)
    turn_right = _turn(right, order_right, shape_right, flip_right, sizes)
    return cost, Direct(turn_left, turn_right, swapped), front + stack + rows + part.columns


def _turn(source: Legs, order: Legs, shape: Shape, flip: bool, sizes: Sizes) -> Turn:
    permuted = None if source == order else permutation(source, order, sizes)
    return Turn(order, permuted, shape, flip)
