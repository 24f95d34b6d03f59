"""In which order each tensor's legs lie in memory, so that products need few permutations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["BATCH", "Legs", "Pairing", "pair", "permutation"]

Legs = tuple[int, ...]
"""Labels as small integers, outermost axis first."""

BATCH = -1
"""The leading batch axis; where a tensor has it, it comes first."""


@dataclass(frozen=True)
class Pairing:
    """One product: the orders its operands must have and the order of its result.

    left = (shared, rows, summed) or, where `left_transposed`, (shared, summed, rows);
    right = (shared, summed, columns) or, where `right_transposed`, (shared, columns, summed);
    result = (shared, rows, columns). The batch axis precedes all of these.
    """

    shared: Legs
    rows: Legs
    summed: Legs
    columns: Legs
    left_transposed: bool
    right_transposed: bool

    @property
    def left(self) -> Legs:
        inner = self.summed + self.rows if self.left_transposed else self.rows + self.summed
        return self.shared + inner

    @property
    def right(self) -> Legs:
        inner = self.columns + self.summed if self.right_transposed else self.summed + self.columns
        return self.shared + inner

    @property
    def result(self) -> Legs:
        return self.shared + self.rows + self.columns


def pair(left: Legs, right: Legs, kept: frozenset[int], sizes: Mapping[int, int]) -> Pairing:
    """The product of two tensors as they lie in memory, with the least to permute.

    `kept` are the labels of the result. Legs exclude the batch axis.
    """
    both = set(left) & set(right)
    shared = both & kept
    summed = both - kept
    size = {side: math.prod(sizes[x] for x in side) for side in (left, right)}
    leader, follower = (left, right) if size[left] >= size[right] else (right, left)
    best: tuple[int, Pairing] | None = None
    for guide in (leader, follower):
        shared_order = tuple(x for x in guide if x in shared)
        summed_order = tuple(x for x in guide if x in summed)
        rows = tuple(x for x in left if x not in both)
        columns = tuple(x for x in right if x not in both)
        for a in (False, True):
            for b in (False, True):
                made = Pairing(shared_order, rows, summed_order, columns, a, b)
                cost = size[left] * (made.left != left) + size[right] * (made.right != right)
                if best is None or cost < best[0]:
                    best = (cost, made)
    assert best is not None
    return best[1]


def permutation(
    source: Legs, target: Legs, sizes: Mapping[int, int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The permutation from one order to another with legs merged that stay together.

    Returns the merged shape of the source and the axes such that
    `array.reshape(shape).transpose(axes)` has the target's order.
    """
    follows = dict(zip(source, source[1:], strict=False))
    groups: list[list[int]] = []
    for leg in target:
        if groups and follows.get(groups[-1][-1]) == leg:
            groups[-1].append(leg)
        else:
            groups.append([leg])
    place = {leg: i for i, leg in enumerate(source)}
    by_source = sorted(range(len(groups)), key=lambda g: place[groups[g][0]])
    shape = tuple(_size(groups[g], sizes) for g in by_source)
    position = {g: i for i, g in enumerate(by_source)}
    return shape, tuple(position[g] for g in range(len(groups)))


def _size(legs: Sequence[int], sizes: Mapping[int, int]) -> int:
    """The product of sizes; -1 where the batch axis, of size -1, is among them."""
    size = math.prod(sizes[x] for x in legs)
    return size if size > 0 else -1
