"""Products that sum a long row of numbers, or very many tiny matrices: blocks that add up."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels_direct import Turn
from .kernels_permute import permutation
from .kernels_places import ANYWHERE, Places
from .kernels_views import BLOCK, View, block_view, common_groups, indices_of, trailing
from .kernels_workers import Workers
from .layout import BATCH, Legs, Sizes, element_count, roles

__all__ = ["BlockedSum", "TinyMatrices", "blocked_sum", "tiny_matrices"]

Array = NDArray[Any]
Shape = tuple[int, ...]
Index = tuple[Any, ...]
_CHUNK = 1 << 13


@dataclass(frozen=True)
class BlockedSum:
    """Two large operands whose product is small: blocks of summed legs, added up.

    A block has the axes (rows, summed) and (summed, columns); both are gathered. `places` are
    the outer axes, common to both operands, that the result keeps.
    """

    left: View
    right: View
    rows: Shape
    columns: Shape
    places: tuple[int, ...]

    @property
    def buffer_elements(self) -> int:
        """Numbers in the buffers."""
        return math.prod(self.rows) + math.prod(self.columns) + self.rows[0] * self.columns[1]

    def run(self, operands: list[Array], workers: Workers, places: Places = ANYWHERE) -> Array:
        """The product of `operands` = [right, left], in the order (places, rows, columns)."""
        del workers, places
        right, left = operands
        seen_left, seen_right = self.left.of(left), self.right.of(right)
        outer = seen_left.shape[: self.left.outer]
        shape = tuple(outer[k] for k in self.places) + (self.rows[0], self.columns[1])
        result = np.zeros(shape, left.dtype)
        a, b = np.empty(self.left.shape, left.dtype), np.empty(self.right.shape, left.dtype)
        rows, columns = a.reshape(self.rows), b.reshape(self.columns)
        for index in indices_of(outer):
            np.copyto(a, seen_left[index])
            np.copyto(b, seen_right[index])
            result[tuple(index[k] for k in self.places)] += rows @ columns
        return result


def blocked_sum(
    left: Legs, right: Legs, kept: frozenset[int], sizes: Sizes
) -> tuple[BlockedSum, Legs] | None:
    """The sum by blocks and the order of its result; None where blocks would not fit the cache."""
    part = roles(left, right, kept)
    if BATCH in part.rows or BATCH in part.columns:
        return None
    m, n = element_count(part.rows, sizes), element_count(part.columns, sizes)
    inside: set[int] = set()
    for run in (64, 32, 16, 8):
        inside = (trailing(left, run, sizes) | trailing(right, run, sizes)) & set(part.summed)
        if element_count(inside, sizes) * max(m, n) <= BLOCK:
            break
    for x in reversed(left):
        if x in part.summed and x not in inside:
            if element_count(inside, sizes) * sizes[x] * max(m, n) > BLOCK:
                break
            inside.add(x)
    block = [x for x in part.summed if x in inside]
    k = element_count(block, sizes)
    if k * max(m, n) > BLOCK or k < 16:
        return None
    shared = common_groups(part.shared, left, right)
    outer = common_groups([x for x in part.summed if x not in inside], left, right)
    seen_left = block_view(left, [*shared, *outer], [part.rows, tuple(block)], sizes)
    seen_right = block_view(right, [*shared, *outer], [tuple(block), part.columns], sizes)
    made = BlockedSum(
        left=seen_left,
        right=seen_right,
        rows=(m, k),
        columns=(k, n),
        places=tuple(range(len(shared))),
    )
    return made, part.shared + part.rows + part.columns


@dataclass(frozen=True)
class TinyMatrices:
    """Very many products of tiny matrices, entry by entry over all of them.

    The operands are brought to (batch, rows, summed, shared) and (batch, summed, columns,
    shared), the result is (batch, rows, columns, shared); the batch axis has size 1 where an
    operand has none.
    """

    left: Turn
    right: Turn
    swapped: bool
    buffer_elements: int

    @property
    def turns(self) -> tuple[Turn, Turn]:
        """Those of the left and of the right operand."""
        return (self.right, self.left) if self.swapped else (self.left, self.right)

    def in_order(self, side: int) -> TinyMatrices:
        """The same with an operand (0 left, 1 right) that arrives permuted already."""
        if (side == 0) != self.swapped:
            return replace(self, left=replace(self.left, permuted=None))
        return replace(self, right=replace(self.right, permuted=None))

    def run(self, operands: list[Array], workers: Workers, places: Places = ANYWHERE) -> Array:
        """The products of `operands` = [right, left], which are taken from the list."""
        if self.swapped:
            operands.reverse()
            places = places.swapped()
        left = self.left.run(operands.pop(), workers, places.left)
        right = self.right.run(operands.pop(), workers, places.right)
        batch, m, summed, many = left.shape
        n = right.shape[2]
        result = (
            np.empty(batch * m * n * many, left.dtype) if places.result is None else places.result
        )
        result = result.reshape(batch, m, n, many)
        width = max(self.buffer_elements // (m * n), 1)
        term = np.empty((m, n, width), left.dtype)
        for i in range(batch):
            a, b = left[i], right[i if len(right) > 1 else 0]
            for begin in range(0, many, width):
                part = slice(begin, min(begin + width, many))
                x, y, place = a[:, :, part], b[:, :, part], result[i, :, :, part]
                np.multiply(x[:, 0, None], y[None, 0], out=place)
                for k in range(1, summed):
                    product = term[..., : place.shape[-1]]
                    np.multiply(x[:, k, None], y[None, k], out=product)
                    place += product
        return result


def tiny_matrices(
    left: Legs, right: Legs, kept: frozenset[int], sizes: Sizes
) -> tuple[TinyMatrices, Legs]:
    """The products and the order of their result; the larger operand orders the shared legs."""
    swapped = BATCH in right and BATCH not in left
    if swapped:
        left, right = right, left
    part = roles(left, right, kept)
    guide = left if element_count(left, sizes) >= element_count(right, sizes) else right
    shared = tuple(x for x in guide if x in set(part.shared) - {BATCH})
    front = (BATCH,) if BATCH in left else ()
    back = (BATCH,) if BATCH in right else ()
    rows = tuple(x for x in part.rows if x != BATCH)
    m, k = element_count(rows, sizes), element_count(part.summed, sizes)
    n, many = element_count(part.columns, sizes), element_count(shared, sizes)
    orders = (front + rows + part.summed + shared, back + part.summed + part.columns + shared)
    turns = [
        Turn(order, None if legs == order else permutation(legs, order, sizes), shape, False)
        for legs, order, shape in (
            (left, orders[0], (-1, m, k, many)),
            (right, orders[1], (-1, k, n, many)),
        )
    ]
    width = min(many, max(_CHUNK // (m * n), 1))
    made = TinyMatrices(turns[0], turns[1], swapped, width * m * n)
    return made, front + rows + part.columns + shared
