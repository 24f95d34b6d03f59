"""Arrays seen block by block, each block small enough for the cache."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .layout import BATCH, Legs, Sizes, grouped

__all__ = [
    "BLOCK",
    "Index",
    "View",
    "block_view",
    "common_groups",
    "filled",
    "indices_of",
    "trailing",
]

Array = NDArray[Any]
Shape = tuple[int, ...]
Index = tuple[Any, ...]

BLOCK = 1 << 15
"""Numbers in a block of an operand or of the result: 256 kB in complex64."""


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


def filled(shape: Shape, size: int) -> Shape:
    """The shape with the size of its batch axis filled in."""
    if -1 not in shape:
        return shape
    known = math.prod(n for n in shape if n != -1)
    return tuple(size // known if n == -1 else n for n in shape)


def indices_of(shape: Shape) -> list[Index]:
    """Every block's index; the ellipsis keeps a block of one number an array."""
    return [(*index, ...) for index in np.ndindex(*shape)]
