"""Products with any array library through autoray: permute, reshape, one matrix product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import autoray

from .kernels_places import ANYWHERE, Places
from .kernels_workers import Workers
from .layout import BATCH, Legs, Sizes, element_count, grouped, merged_size, roles

__all__ = ["Portable", "PortableTurn", "portable", "portable_turn"]

Array = Any
Shape = tuple[int, ...]


@dataclass(frozen=True)
class PortableTurn:
    """Reshape to `merged` and permute by `axes`, unless that is None; then reshape to `shape`."""

    merged: Shape
    axes: tuple[int, ...] | None
    shape: Shape

    def run(self, array: Array) -> Array:
        """The array turned, on its own library and device."""
        if self.axes is not None:
            array = autoray.do("reshape", array, self.merged)
            array = autoray.do("transpose", array, self.axes)
        return autoray.do("reshape", array, self.shape)


def portable_turn(source: Legs, target: Legs, shape: Shape, sizes: Sizes) -> PortableTurn:
    """From the order `source` to the order `target`, in the shape `shape`."""
    if source == target:
        return PortableTurn((), None, shape)
    merged, axes, _ = grouped(source, [target], sizes)
    return PortableTurn(merged, axes, shape)


@dataclass(frozen=True)
class Portable:
    """`matmul` of (batch, shared, rows, summed) and (batch, shared, summed, columns)."""

    rows: PortableTurn
    columns: PortableTurn
    swapped: bool

    def run(self, operands: list[Array], workers: Workers, places: Places = ANYWHERE) -> Array:
        """The product of `operands` = [right, left], which are taken from the list."""
        del workers, places
        if self.swapped:
            operands.reverse()
        rows = self.rows.run(operands.pop())
        columns = self.columns.run(operands.pop())
        return autoray.do("matmul", rows, columns)

    @property
    def copied(self) -> tuple[bool, bool]:
        """Whether the left and the right operand are copied."""
        turns = (self.columns, self.rows) if self.swapped else (self.rows, self.columns)
        return turns[0].axes is not None, turns[1].axes is not None


def portable(left: Legs, right: Legs, kept: frozenset[int], sizes: Sizes) -> tuple[Portable, Legs]:
    """The product with the least to permute, and the order of its result."""
    options = []
    for first, second, swapped in ((left, right, False), (right, left, True)):
        if not (BATCH in second and BATCH not in first):
            options += [_arranged(first, second, kept, sizes, swapped, g) for g in (first, second)]
    _, made, result = min(options, key=lambda option: option[0])
    return made, result


def _arranged(
    left: Legs, right: Legs, kept: frozenset[int], sizes: Sizes, swapped: bool, guide: Legs
) -> tuple[int, Portable, Legs]:
    part = roles(left, right, kept)
    front, back = ((BATCH,) if BATCH in legs else () for legs in (left, right))
    stack = tuple(x for x in guide if x in set(part.shared) - {BATCH})
    summed = tuple(x for x in guide if x in set(part.summed))
    rows = tuple(x for x in part.rows if x != BATCH)
    k, m = element_count(summed, sizes), element_count(rows, sizes)
    n = element_count(part.columns, sizes)
    stacked = (merged_size(stack, sizes),) if stack else ()
    wanted = (front + stack + rows + summed, back + stack + summed + part.columns)
    shapes = (
        (*(-1,) * len(front), *stacked, m, k),
        (*(-1,) * len(back), *stacked, k, n),
    )
    cost = sum(
        element_count(legs, sizes)
        for legs, order in zip((left, right), wanted, strict=True)
        if legs != order
    )
    turns = [
        portable_turn(legs, order, shape, sizes)
        for legs, order, shape in zip((left, right), wanted, shapes, strict=True)
    ]
    return cost, Portable(turns[0], turns[1], swapped), front + stack + rows + part.columns
