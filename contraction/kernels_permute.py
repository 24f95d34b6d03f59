"""Copies of tensors in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels_views import (
    BLOCK,
    Index,
    View,
    block_view,
    common_groups,
    indices_of,
    trailing,
)
from .kernels_workers import Workers
from .layout import BATCH, Legs, Sizes, element_count, grouped

__all__ = ["BlockedPermutation", "Permutation", "permutation"]

Array = NDArray[Any]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Permutation:
    """A copy of a small tensor in another order: `array.reshape(merged).transpose(axes)`."""

    merged: Shape
    axes: tuple[int, ...]

    def run(self, array: Array, workers: Workers, place: Array | None = None) -> Array:
        """The permuted copy, contiguous."""
        del workers
        seen = array.reshape(self.merged).transpose(self.axes)
        if place is None:
            return seen.copy()
        np.copyto(place.reshape(seen.shape), seen)
        return place


def permutation(source: Legs, target: Legs, sizes: Sizes) -> Permutation | BlockedPermutation:
    """How to copy a tensor from one order to another."""
    if element_count(source, sizes) > BLOCK:
        return _blocked_permutation(source, target, sizes)
    merged, axes, _ = grouped(source, [target], sizes)
    return Permutation(merged, axes)


@dataclass(frozen=True)
class BlockedPermutation:
    """A copy of a large tensor in another order."""

    source: View
    target: View

    def run(self, array: Array, workers: Workers, place: Array | None = None) -> Array:
        """The permuted copy, contiguous, written into `place` if given."""
        seen = self.source.of(array)
        result = np.empty(array.size, array.dtype) if place is None else place
        places = self.target.of(result)

        def work(indices: Sequence[Index]) -> None:
            for index in indices:
                np.copyto(places[index], seen[index])

        workers.share(indices_of(seen.shape[: self.source.outer]), work)
        return result


def _blocked_permutation(source: Legs, target: Legs, sizes: Sizes) -> BlockedPermutation:
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
