"""Products without a summed leg: broadcasting multiplication."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels_permute import BlockedPermutation, Permutation, permutation
from .kernels_places import ANYWHERE, Places
from .kernels_views import BLOCK
from .kernels_workers import Workers
from .layout import BATCH, Legs, Sizes, element_count, merged_size

__all__ = ["Multiply", "multiply"]

Array = NDArray[Any]
Shape = tuple[int, ...]

_RUN = 512
_SHORT = 64


@dataclass(frozen=True)
class Multiply:
    """`large * small` over the axes of the result; legs that an operand lacks are broadcast.

    The large operand has its legs in the result's order and is reshaped to `large`; the small one
    is brought to that order by `permuted` and reshaped to `small`. Where its innermost runs would
    be short, its last axes are repeated to the sizes `tail`, so that the innermost loop is long.
    `in_place` writes over the large operand; `swapped`: that is the right one.
    """

    permuted: Permutation | BlockedPermutation | None
    large: Shape
    small: Shape
    tail: Shape
    tail_elements: int
    swapped: bool
    may_overwrite: bool
    in_place: bool = False

    def run(self, operands: list[Array], workers: Workers, places: Places = ANYWHERE) -> Array:
        """The product of `operands` = [right, left], which are taken from the list."""
        if self.swapped:
            operands.reverse()
            places = places.swapped()
        large = operands.pop().reshape(self.large)
        small = operands.pop()
        if self.permuted is not None:
            small = self.permuted.run(small, workers, places.right)
        small = small.reshape(self.small)
        if self.tail:
            lead = small.shape[: -len(self.tail)]
            repeated = np.broadcast_to(small, lead + self.tail)
            small = np.ascontiguousarray(repeated).reshape(*lead, -1)
        if self.in_place:
            return np.multiply(large, small, out=large)
        place = places.result
        if place is not None:
            place = place.reshape(np.broadcast_shapes(large.shape, small.shape))
        product: Array = np.multiply(large, small, out=place)
        return product

    def over_large(self) -> Multiply:
        """The same, writing over the large operand."""
        return replace(self, in_place=True)


def multiply(left: Legs, right: Legs, sizes: Sizes) -> tuple[Multiply, Legs]:
    """The product and the order of its result: what the smaller operand adds comes first."""
    swapped = element_count(right, sizes) > element_count(left, sizes)
    large, small = (right, left) if swapped else (left, right)
    on_large, on_small = set(large), set(small)
    front = (BATCH,) if BATCH in (*left, *right) else ()
    added = tuple(x for x in small if x not in on_large and x != BATCH)
    result = (*front, *added, *(x for x in large if x != BATCH))
    order = tuple(x for x in result if x in on_small)
    wide = _wide(result, on_large, on_small, sizes)
    groups = _groups(result[: len(result) - len(wide)], on_large, on_small)
    shape_large = [merged_size([x for x in g if x in on_large], sizes) for g in groups]
    shape_small = [merged_size([x for x in g if x in on_small], sizes) for g in groups]
    if wide:
        shape_large.append(merged_size(wide, sizes))
        shape_small += [sizes[x] if x in on_small else 1 for x in wide]
    lead = element_count([x for x in result[: len(result) - len(wide)] if x in on_small], sizes)
    return (
        Multiply(
            permuted=None if order == small else permutation(small, order, sizes),
            large=tuple(shape_large),
            small=tuple(shape_small),
            tail=tuple(sizes[x] for x in wide),
            tail_elements=lead * element_count(wide, sizes) if wide else 0,
            swapped=swapped,
            may_overwrite=result == large != (),
        ),
        result,
    )


def _wide(result: Legs, on_large: set[int], on_small: set[int], sizes: Sizes) -> Legs:
    """The innermost legs along which to repeat the small operand, none where runs are long."""
    if element_count(on_large, sizes) < BLOCK:
        return ()
    run, length, uniform = 1, 1, True
    wide: tuple[int, ...] = ()
    for x in reversed(result):
        if length >= _RUN or x == BATCH or x not in on_large:
            break
        uniform = uniform and (x in on_small) == (result[-1] in on_small)
        wide = (x, *wide)
        length *= sizes[x]
        run = length if uniform else run
    return wide if run < _SHORT else ()


def _groups(legs: Legs, on_large: set[int], on_small: set[int]) -> list[Legs]:
    """Neighbouring legs that are on the same operands."""
    groups: list[list[int]] = []
    previous = None
    for x in legs:
        kind = (x in on_large, x in on_small)
        if kind == previous:
            groups[-1].append(x)
        else:
            groups.append([x])
        previous = kind
    return [tuple(group) for group in groups]
