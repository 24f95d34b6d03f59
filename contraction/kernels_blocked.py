"""A large tensor permuted, or multiplied by a small one, block by block in the cache.

A block is gathered into a buffer, multiplied there, and the product is scattered to its place, so
that no permuted copy of the large tensor is made. Where a block lies as a matrix already, the
copies are left out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels_workers import Workers
from .layout import BATCH, Legs, Sizes, element_count, grouped, move_cost, roles

__all__ = [
    "BLOCK",
    "BlockedPermutation",
    "BlockedProduct",
    "View",
    "block_view",
    "blocked_permutation",
    "blocked_product",
    "common_groups",
    "indices_of",
    "trailing",
]

Array = NDArray[Any]
Shape = tuple[int, ...]
Index = tuple[Any, ...]

BLOCK = 1 << 15
"""Numbers in a block of an operand or of the result: 256 kB in complex64."""
_MOST = 1 << 17
_ONE_THREAD = 1 << 18
# OpenBLAS runs products of up to 2^18 multiply-adds on the calling thread.
_CALL = 150.0
# Nanoseconds for one small matrix product inside numpy.matmul.


@dataclass(frozen=True)
class View:
    """An array seen block by block: `array.reshape(merged).transpose(axes)`.

    Its first `outer` axes select a block, whose axes have the sizes `shape`.
    """

    merged: Shape
    axes: tuple[int, ...]
    outer: int
    shape: Shape
    counts: tuple[int, ...]
    expanded: tuple[int, ...] = ()

    def of(self, array: Array) -> Array:
        """The view of a contiguous array, with axes of size 1 where `expanded` says."""
        seen = array.reshape(self.merged).transpose(self.axes)
        return np.expand_dims(seen, self.expanded) if self.expanded else seen


def block_view(
    legs: Legs, outer: Sequence[Legs], inner: Sequence[Legs], sizes: Sizes, *, whole: bool = False
) -> View:
    """A view with one axis for each group of `outer`, blocks being made of the groups `inner`.

    Where `whole`, the last two groups become one axis each also when they are empty.
    """
    merged, axes, counts = grouped(legs, [*outer, *inner], sizes)
    taken = len(outer)
    shape = tuple(merged[a] for a in axes[taken:])
    expanded = tuple(k for k in (-2, -1) if whole and counts[k] == 0)
    return View(merged, axes, taken, shape, counts[taken:], expanded)


@dataclass(frozen=True)
class BlockedPermutation:
    """A copy of a large tensor in another order."""

    source: View
    target: View

    def run(self, array: Array, workers: Workers) -> Array:
        """The permuted copy, contiguous, its shape a merging of the target's legs."""
        seen = self.source.of(array)
        result = np.empty(_filled(self.target.merged, array.size), array.dtype)
        places = self.target.of(result)

        def work(indices: Sequence[Index]) -> None:
            for index in indices:
                np.copyto(places[index], seen[index])

        workers.share(indices_of(seen.shape[: self.source.outer]), work)
        return result


def blocked_permutation(source: Legs, target: Legs, sizes: Sizes) -> BlockedPermutation:
    """Blocks hold the innermost legs of both orders, so that whole cache lines are used."""
    inside: set[int] = set()
    for run in (64, 32, 16, 8, 4, 2, 1):
        inside = trailing(source, run, sizes) | trailing(target, run, sizes)
        if element_count(inside, sizes) <= BLOCK:
            break
    outer = common_groups([x for x in target if x not in inside], source, target)
    outer, added = _move_inside(outer, element_count(inside, sizes), BLOCK, sizes)
    inside |= added
    rest = common_groups([x for x in target if x in inside], source, target)
    return BlockedPermutation(
        block_view(source, outer, rest, sizes),
        block_view(target, outer, rest, sizes),
    )


@dataclass(frozen=True)
class BlockedProduct:
    """The product of a large and a small operand; `blocked_product` chooses the blocks.

    A block of the large operand has the axes (batch..., summed, lane), that of the result
    (batch..., columns, lane), the last two swapped where `tall`; the small operand is laid out
    as (outer shared..., batch..., columns, summed), swapped likewise. The lane and the batch
    are rows and shared legs. Where `gather` (`scatter`) is set, summed, columns and lane are
    several axes and a block is copied through a buffer whose matrices are shaped `factors`
    (`products`).
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
    threaded: bool
    cost: float

    @property
    def buffer_elements(self) -> int:
        """Numbers in one thread's buffers."""
        taken = math.prod(self.large.shape) if self.gather else 0
        return taken + (math.prod(self.result.shape) if self.scatter else 0)

    def run(self, large: Array, small: Array, workers: Workers) -> Array:
        """The result, contiguous in the order it was planned for."""
        turned = small.reshape(self.small_merged).transpose(self.small_axes)
        factor = np.ascontiguousarray(turned).reshape(_filled(self.small_shape, small.size))
        seen = self.large.of(large)
        outer = seen.shape[: self.large.outer]
        size = math.prod(outer) * math.prod(self.result.shape)
        result = np.empty(_filled(self.result.merged, size), large.dtype)
        places = self.result.of(result)
        indices = indices_of(outer)

        def work(part: Sequence[Index]) -> None:
            self._work(seen, factor, places, part)

        if self.threaded:
            workers.share(indices, work)
        else:
            work(indices)
        return result

    def _work(self, seen: Array, factor: Array, places: Array, indices: Sequence[Index]) -> None:
        taken = np.empty(self.large.shape if self.gather else 0, seen.dtype)
        made = np.empty(self.result.shape if self.scatter else 0, seen.dtype)
        block = taken.reshape(self.factors) if self.gather else taken
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
    summed = element_count(part.summed, sizes)
    columns = tuple(x for x in result if x in set(part.columns))
    width = max(summed, element_count(columns, sizes))
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
    options = [
        made
        for gather in (False, True)
        for scatter in (False, True)
        if (made := _arrange(large, small, result, inside, gather, scatter, sizes)) is not None
    ]
    return min(options, key=lambda made: made.cost)


def _arrange(
    large: Legs,
    small: Legs,
    result: Legs,
    inside: set[int],
    gather: bool,
    scatter: bool,
    sizes: Sizes,
) -> BlockedProduct | None:
    """One way to run through the blocks, None where a block does not lie as that needs."""
    part = roles(large, small, result)
    summed = part.summed
    columns = tuple(x for x in result if x in set(part.columns))
    k, n = element_count(summed, sizes), element_count(columns, sizes)
    tall = bool(columns) and result[-1] in columns
    lane = _lane(large, result, part.rows, inside, (not gather, not scatter), k * n, sizes)
    if lane is None:
        return None
    kinds = [[x for x in large if x in set(legs)] for legs in (part.shared, part.rows)]
    batch, outer = [], []
    for legs in kinds:
        batch += common_groups([x for x in legs if x in inside and x not in lane], large, result)
        outer += common_groups([x for x in legs if x not in inside], large, result)
    from_large, to_result = [summed, lane], [columns, lane]
    if tall:
        from_large, to_result = from_large[::-1], to_result[::-1]
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
        factors=(*batch_shape, *((lanes, k) if tall else (k, lanes))),
        products=(*batch_shape, *((lanes, n) if tall else (n, lanes))),
        gather=gather,
        scatter=scatter,
        tall=tall,
        threaded=lanes * k * n <= _ONE_THREAD,
        cost=_cost(large, result, inside, (gather, scatter), (k, n, lanes), sizes),
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
    """The rows that make up one matrix: as many as one thread may multiply by `pairs` numbers.

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
    most = _ONE_THREAD if pairs * 16 <= _ONE_THREAD else pairs << 10
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
    cost += 0.1 * k * n * (8 / lanes)
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


def common_groups(wanted: Sequence[int], first: Legs, second: Legs) -> list[Legs]:
    """`wanted`, in their order, with legs merged that are neighbours in both tensors."""
    follows = [dict(itertools.pairwise(legs)) for legs in (first, second)]
    groups: list[list[int]] = []
    for x in wanted:
        if groups and all(after.get(groups[-1][-1]) == x for after in follows):
            groups[-1].append(x)
        else:
            groups.append([x])
    return [tuple(group) for group in groups]


def _move_inside(
    outer: list[Legs], size: int, most: int, sizes: Sizes
) -> tuple[list[Legs], set[int]]:
    """Enlarge small blocks by the innermost legs outside of them, as long as they fit."""
    added: set[int] = set()
    while outer:
        *others, last = outer
        x = last[-1]
        if x == BATCH or size * sizes[x] > most:
            break
        size *= sizes[x]
        added.add(x)
        outer = [*others, last[:-1]] if len(last) > 1 else others
    return outer, added


def trailing(legs: Legs, run: int, sizes: Sizes) -> set[int]:
    """The innermost legs that make up a contiguous run of at least `run` numbers."""
    found: set[int] = set()
    length = 1
    for x in reversed(legs):
        if length >= run or x == BATCH:
            break
        found.add(x)
        length *= sizes[x]
    return found


def _filled(shape: Shape, size: int) -> Shape:
    """The shape with the size of its batch axis filled in."""
    if -1 not in shape:
        return shape
    known = math.prod(n for n in shape if n != -1)
    return tuple(size // known if n == -1 else n for n in shape)


def indices_of(shape: Shape) -> list[Index]:
    """Every block's index; the ellipsis keeps a block of one number an array."""
    return [(*index, ...) for index in np.ndindex(*shape)]
