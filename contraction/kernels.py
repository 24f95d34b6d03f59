"""Which way each product of two tensors is computed with NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from .kernels_blocked import BlockedProduct, blocked_product, overwriting_product
from .kernels_direct import Direct, direct
from .kernels_multiply import Multiply, multiply
from .kernels_places import ANYWHERE, Places
from .kernels_sum import BlockedSum, TinyMatrices, blocked_sum, tiny_matrices
from .kernels_views import BLOCK
from .kernels_workers import Workers
from .layout import (
    BATCH,
    Legs,
    Roles,
    Sizes,
    choose_result,
    element_count,
    future_cost,
    replaced,
    roles,
)

__all__ = ["Blocked", "Kernel", "choose_kernel"]

Array = NDArray[Any]

_MOST_SMALL = 1 << 17
_MOST_SUMMED = 1 << 10
_LEAST_ROWS = 16
_MANY = 64
_FRESH = 0.6
# Nanoseconds a number for memory that is new from the operating system, or to find it recycled.


@dataclass(frozen=True)
class Blocked:
    """`BlockedProduct` of the left and the right operand, or of right and left if `swapped`."""

    product: BlockedProduct
    swapped: bool

    def run(self, operands: list[Array], workers: Workers, places: Places = ANYWHERE) -> Array:
        """The product of `operands` = [right, left]."""
        small, large = operands[::-1] if self.swapped else operands
        return self.product.run(large, small, workers, places.result)


Kernel = Blocked | BlockedSum | Direct | Multiply | TinyMatrices
"""What computes one product: `kernel.run([right, left], workers)`; each says what it copies."""


def choose_kernel(
    left: Legs,
    right: Legs,
    kept: frozenset[int],
    sizes: Sizes,
    dies: Callable[[int], int],
    *,
    final: Legs | None = None,
    owned: tuple[bool, bool] = (False, False),
    thrifty: bool = False,
) -> tuple[Kernel, Legs]:
    """The kernel for a product whose result keeps the legs `kept`, and the result's order.

    `dies(leg)` is the number of the step that sums a leg, used to lay large results out for the
    steps to come. `final` is the order that the result must finally have, for the last product.
    `owned` says which operands are not needed afterwards; one may be overwritten where that is
    cheaper, and wherever possible if `thrifty`.
    """
    part = roles(left, right, kept)
    if not part.summed:
        return multiply(left, right, sizes)
    if _is_many_tiny(part, sizes):
        return tiny_matrices(left, right, kept, sizes)
    larger = max(element_count(left, sizes), element_count(right, sizes))
    if larger < BLOCK:
        return direct(left, right, kept, sizes, prefer=final)
    swapped = _is_right_large(left, right, sizes)
    large, small = (right, left) if swapped else (left, right)
    if swapped:
        part = replace(part, rows=part.columns, columns=part.rows)
    if _fits_blocks(large, small, part, sizes):
        product, result = _choose_blocks(
            large, small, part, sizes, dies, final, owned[swapped], thrifty
        )
        return Blocked(product, swapped), result
    plain, order = direct(left, right, kept, sizes, prefer=final)
    if any(turn.permuted is not None for turn in plain.turns):
        summed = blocked_sum(left, right, kept, sizes)
        if summed is not None and _is_long_sum(part, sizes):
            return summed
    return plain, order


def _choose_blocks(
    large: Legs,
    small: Legs,
    part: Roles,
    sizes: Sizes,
    dies: Callable[[int], int],
    final: Legs | None,
    owned: bool,
    thrifty: bool,
) -> tuple[BlockedProduct, Legs]:
    """The product into a new array, or over the large operand."""
    base = tuple(x for x in large if x not in part.summed)
    result, future = (final, 0.0) if final else choose_result(base, part.columns, sizes, dies)
    product = blocked_product(large, small, result, sizes)
    place = replaced(large, part.summed, part.columns, sizes, dies) if owned else None
    if place is None or (final is not None and place != final):
        return product, result
    over = overwriting_product(large, small, place, sizes)
    columns = element_count(part.columns, sizes)
    new = product.cost + columns * (future + _FRESH)
    if thrifty or over.cost + columns * future_cost(place, sizes, dies) < new:
        return over, place
    return product, result


def _is_right_large(left: Legs, right: Legs, sizes: Sizes) -> bool:
    if (BATCH in left) != (BATCH in right):
        return BATCH in right
    return element_count(right, sizes) > element_count(left, sizes)


def _fits_blocks(large: Legs, small: Legs, part: Roles, sizes: Sizes) -> bool:
    rows = element_count(part.rows, sizes)
    columns = element_count(part.columns, sizes)
    return (
        element_count(small, sizes) <= _MOST_SMALL
        and 4 * element_count(small, sizes) <= element_count(large, sizes)
        and max(element_count(part.summed, sizes), columns) <= _MOST_SUMMED
        and rows >= _LEAST_ROWS
    )


def _is_many_tiny(part: Roles, sizes: Sizes) -> bool:
    matrix = (*part.rows, *part.columns, *part.summed)
    most = element_count(part.shared, sizes)
    return most >= _MANY and element_count(matrix, sizes) <= 64


def _is_long_sum(part: Roles, sizes: Sizes) -> bool:
    rows, columns = element_count(part.rows, sizes), element_count(part.columns, sizes)
    return rows * columns <= BLOCK and max(rows, columns) <= 1 << 9
