"""A large tensor permuted, or multiplied by a small one, block by block in the cache.

A block is gathered into a buffer, multiplied there, and the product is scattered to its place, so
that no permuted copy of the large tensor is made. Where a block lies as a matrix already, the
copies are left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels_views import (
    BLOCK,
    Index,
    View,
    block_view,
    common_groups,
    filled,
    indices_of,
    trailing,
)
from .kernels_workers import Workers
from .layout import BATCH, Legs, Roles, Sizes, element_count, grouped, move_cost, roles

__all__ = ["BlockedProduct", "blocked_product", "overwriting_product"]

Array = NDArray[Any]
Shape = tuple[int, ...]

_MOST = 1 << 17
_MOST_MULTIPLIED = 1 << 20
# Multiply-adds of one matrix product: enough to outweigh its call, in the cache all the same.
_LEAST_LANES = 8
_CALL = 60.0
# Nanoseconds for one small matrix product inside numpy.matmul.


@dataclass(frozen=True)
class BlockedProduct:
    """The product of a large and a small operand; `blocked_product` chooses the blocks.

    A block of the large operand has the axes (batch..., summed, lane), that of the result
    (batch..., columns, lane), the last two swapped where `tall`; the small operand is laid out
    as (outer shared..., batch..., columns, summed), swapped likewise. The lane and the batch
    are rows and shared legs. Where `turned`, the block is gathered with its last two axes the
    other way round. Where `gather` (`scatter`) is set, summed, columns and lane are
    several axes and a block is copied through a buffer whose matrices are shaped `factors`
    (`products`). `in_place` writes the result over the large operand.
    """

    large: View
    result: View
    small_merged: Shape
    small_axes: tuple[int, ...]
    small_shape: Shape
    small_outer: tuple[int, ...]
    factors: Shape
    products: Shape
    gather: bool
    scatter: bool
    tall: bool
    turned: bool
    cost: float
    in_place: bool = False

    @property
    def buffer_elements(self) -> int:
        """Numbers in one thread's buffers."""
        taken = math.prod(self.large.shape) if self.gather else 0
        return taken + (math.prod(self.result.shape) if self.scatter else 0)

    def run(
        self, large: Array, small: Array, workers: Workers, place: Array | None = None
    ) -> Array:
        """The result, contiguous in the order it was planned for, written into `place` if given."""
        turned = small.reshape(self.small_merged).transpose(self.small_axes)
        factor = np.ascontiguousarray(turned).reshape(filled(self.small_shape, small.size))
        seen = self.large.of(large)
        outer = seen.shape[: self.large.outer]
        size = math.prod(outer) * math.prod(self.result.shape)
        if self.in_place:
            place = large.reshape(-1)
        result = np.empty(size, large.dtype) if place is None else place
        places = self.result.of(result)
        indices = indices_of(outer)

        def work(part: Sequence[Index]) -> None:
            self._work(seen, factor, places, part)

        workers.share(indices, work)
        return result

    def _work(self, seen: Array, factor: Array, places: Array, indices: Sequence[Index]) -> None:
        taken = np.empty(self.large.shape if self.gather else 0, seen.dtype)
        made = np.empty(self.result.shape if self.scatter else 0, seen.dtype)
        block = taken.reshape(self.factors) if self.gather else taken
        block = block.swapaxes(-1, -2) if self.gather and self.turned else block
        product = made.reshape(self.products) if self.scatter else made
        chosen = self.small_outer
        matrix = factor
        for index in indices:
            if self.gather:
                np.copyto(taken, seen[index])
            else:
                block = seen[index]
            if not self.scatter:
                product = places[index]
            if chosen:
                matrix = factor[tuple([index[k] for k in chosen])]
            if self.tall:
                np.matmul(block, matrix, out=product)
            else:
                np.matmul(matrix, block, out=product)
            if self.scatter:
                np.copyto(places[index], made)


def blocked_product(large: Legs, small: Legs, result: Legs, sizes: Sizes) -> BlockedProduct:
    """The product of two tensors, the first of them large, in the order `result`.

    Both may have the batch axis, or the large one alone. Blocks hold the innermost legs of the
    large operand and of the result, as far as the cache allows. Of the ways to run through a
    block (in place, gathered, scattered) the cheapest is taken.
    """
    part = roles(large, small, result)
    inside = _inside(large, result, part, sizes)
    ways = [
        way
        for gather in (False, True)
        for scatter in (False, True)
        if (way := _way(large, result, part, inside, gather, scatter, sizes)) is not None
    ]
    # Their costs are known before they are worked out, and whether they are possible after.
    for way in sorted(ways, key=lambda one: one.cost):
        made = _arrange(large, small, result, part, inside, way, sizes)
        if made is not None:
            return made
    raise AssertionError("a gathered and scattered block is always possible")


def _inside(large: Legs, result: Legs, part: Roles, sizes: Sizes) -> set[int]:
    """The rows and shared legs within blocks: the innermost ones, as far as the cache allows."""
    width = max(element_count(part.summed, sizes), element_count(part.columns, sizes))
    free = {x for x in (*part.rows, *part.shared) if x != BATCH}
    inside: set[int] = set()
    for run in (32, 16, 8, 4, 2, 1):
        inside = (trailing(large, run, sizes) | trailing(result, run, sizes)) & free
        if element_count(inside, sizes) * width <= _MOST:
            break
    for x in reversed(large):
        if x in inside or x not in part.rows or x == BATCH:
            continue
        if element_count(inside, sizes) * sizes[x] * width > BLOCK:
            break
        inside.add(x)
    return inside


def overwriting_product(large: Legs, small: Legs, result: Legs, sizes: Sizes) -> BlockedProduct:
    """`blocked_product` written over its large operand, leg by leg of equal size in its place."""
    part = roles(large, small, result)
    inside = _inside(large, result, part, sizes)
    way = _way(large, result, part, inside, True, True, sizes)
    assert way is not None
    made = _arrange(large, small, result, part, inside, way, sizes)
    assert made is not None
    return replace(made, in_place=True)


@dataclass(frozen=True)
class _Way:
    """One way to run through the blocks: what is copied, the rows of a matrix, and the cost."""

    gather: bool
    scatter: bool
    lane: Legs
    cost: float


def _way(
    large: Legs,
    result: Legs,
    part: Roles,
    inside: set[int],
    gather: bool,
    scatter: bool,
    sizes: Sizes,
) -> _Way | None:
    """A way, None where the rows of a block do not lie as that needs."""
    k, n = element_count(part.summed, sizes), element_count(part.columns, sizes)
    lane = _lane(large, result, part.rows, inside, (not gather, not scatter), k * n, sizes)
    if lane is None:
        return None
    shape = k, n, element_count(lane, sizes)
    return _Way(
        gather, scatter, lane, _cost(large, result, inside, (gather, scatter), shape, sizes)
    )


def _arrange(
    large: Legs,
    small: Legs,
    result: Legs,
    part: Roles,
    inside: set[int],
    way: _Way,
    sizes: Sizes,
) -> BlockedProduct | None:
    """One way worked out, None where a block does not lie as that needs."""
    gather, scatter, lane = way.gather, way.scatter, way.lane
    summed = part.summed
    columns = tuple(x for x in result if x in set(part.columns))
    k, n = element_count(summed, sizes), element_count(columns, sizes)
    tall = bool(columns) and result[-1] in columns
    kinds = [[x for x in large if x in set(legs)] for legs in (part.shared, part.rows)]
    batch, outer = [], []
    for legs in kinds:
        batch += common_groups([x for x in legs if x in inside and x not in lane], large, result)
        outer += common_groups([x for x in legs if x not in inside], large, result)
    # A gathered block keeps the large operand's innermost legs innermost.
    upright = {*large[-1:]} <= {*summed} if gather else tall
    from_large = [lane, summed] if upright else [summed, lane]
    to_result = [lane, columns] if tall else [columns, lane]
    seen = block_view(large, outer, [*batch, *from_large], sizes, whole=not gather)
    made = block_view(result, outer, [*batch, *to_result], sizes, whole=not scatter)
    if not gather and (max(seen.counts[-2:]) > 1 or not {*large[-1:]} <= {*summed, *lane}):
        return None
    if not scatter and (max(made.counts[-2:]) > 1 or not {*result[-1:]} <= {*columns, *lane}):
        return None
    shared = set(part.shared)
    small_outer = tuple(i for i, group in enumerate(outer) if shared.issuperset(group))
    small_batch = [group for group in batch if shared.issuperset(group)]
    matrix = [summed, columns] if tall else [columns, summed]
    merged, axes, _ = grouped(
        small, [*(outer[i] for i in small_outer), *small_batch, *matrix], sizes
    )
    lanes = element_count(lane, sizes)
    batch_shape = tuple(element_count(group, sizes) for group in batch)
    small_shape = (
        *(-1 if BATCH in outer[i] else element_count(outer[i], sizes) for i in small_outer),
        *(
            size if shared.issuperset(group) else 1
            for size, group in zip(batch_shape, batch, strict=True)
        ),
        *((k, n) if tall else (n, k)),
    )
    return BlockedProduct(
        large=seen,
        result=made,
        small_merged=merged,
        small_axes=axes,
        small_shape=small_shape,
        small_outer=small_outer,
        factors=(*batch_shape, *((lanes, k) if upright else (k, lanes))),
        products=(*batch_shape, *((lanes, n) if tall else (n, lanes))),
        gather=gather,
        scatter=scatter,
        tall=tall,
        turned=upright != tall,
        cost=way.cost,
    )


def _lane(
    large: Legs,
    result: Legs,
    rows: Legs,
    inside: set[int],
    in_place: tuple[bool, bool],
    pairs: int,
    sizes: Sizes,
) -> Legs | None:
    """The rows that make up one matrix, each of them to be multiplied by `pairs` numbers.

    `in_place` says whether the blocks of the large operand and of the result are used where they
    lie. Then the rows must be neighbours there, and the innermost where no other leg of the
    matrix is.
    """
    wanted = set(rows) & inside
    tensors = [legs for legs, used in zip((large, result), in_place, strict=True) if used]
    order = [x for x in (result if in_place[1] or not in_place[0] else large) if x in wanted]
    ends = {x for legs in tensors for x in legs[-1:] if x in wanted}
    if len(ends) > 1:
        return None
    if ends and order[-1] not in ends:
        order = order[: order.index(next(iter(ends))) + 1]
    before = [dict(zip(legs[1:], legs, strict=False)) for legs in tensors]
    lane: tuple[int, ...] = ()
    most = _MOST_MULTIPLIED if pairs * _LEAST_LANES <= _MOST_MULTIPLIED else pairs << 10
    for x in reversed(order):
        if lane and any(previous.get(lane[0]) != x for previous in before):
            break
        if lane and element_count((x, *lane), sizes) * pairs > most:
            break
        lane = (x, *lane)
    return lane


def _cost(
    large: Legs,
    result: Legs,
    inside: set[int],
    copies: tuple[bool, bool],
    shape: tuple[int, int, int],
    sizes: Sizes,
) -> float:
    """Nanoseconds for each row of the large operand, products of full matrices apart."""
    k, n, lanes = shape
    cost = _CALL / lanes
    # A matrix of few rows does not fill the product's registers.
    cost += 0.1 * k * n / lanes
    for legs, width, copied in ((large, k, copies[0]), (result, n, copies[1])):
        if copied:
            run = element_count(_run(legs, inside), sizes)
            cost += width * move_cost(run)
    return cost


def _run(legs: Legs, inside: set[int]) -> Legs:
    """The innermost legs as far as they are in `inside`: what a copy moves at once."""
    count = 0
    for x in reversed(legs):
        if x not in inside:
            break
        count += 1
    return legs[len(legs) - count :]
