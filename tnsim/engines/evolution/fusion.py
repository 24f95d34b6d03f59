"""Runs of instructions joined to blocks of a few qubits.

Blocks are found in one sweep: an instruction joins the last block on its qubits where the union
is small enough, and blocks that nothing has followed yet are joined to later ones.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Blocks", "fuse"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Blocks:
    """Items joined to blocks: block b is `order[start[b]:start[b + 1]]`, in their own order.

    Applying the blocks one after another is applying the items one after another. `axes[b]` has
    a bit for every qubit of the block.
    """

    order: Ints
    start: Ints
    axes: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.axes)

    def items(self, block: int) -> Ints:
        """The items of a block."""
        return self.order[self.start[block] : self.start[block + 1]]


def fuse(
    items: Iterable[Sequence[int]], num_qubits: int, width: int, longest: int = 1 << 62
) -> Blocks:
    """Blocks of at most `width` qubits, or of one item's qubits where that has more.

    A block has at most `longest` items.

    An item may join a block b if no later block holds a qubit of it; a block may be moved behind
    others while it is the last one on all of its qubits.
    """
    last = [-1] * num_qubits
    mask: list[int] = []
    count: list[int] = []
    into, home = array("q"), array("q")
    for qubits in items:
        wanted = 0
        for qubit in qubits:
            wanted |= 1 << qubit
        most = max(width, len(qubits))
        found = sorted({last[q] for q in qubits} - {-1}, reverse=True)
        target = -1
        if found:
            union = wanted | mask[found[0]]
            # Some blocks are wider than `width`: what lies within one is no reason to leave it.
            fits = union == mask[found[0]] or union.bit_count() <= most
            if fits and count[found[0]] < longest:
                target = found.pop(0)
                wanted = union
        if target < 0:
            target = len(mask)
            mask.append(0)
            count.append(0)
            into.append(target)
        for other in found:
            union = wanted | mask[other]
            fits = union.bit_count() <= most and count[target] + count[other] < longest
            if fits and _is_last(mask[other], last, other):
                wanted = union
                count[target] += count[other]
                into[other] = target
        mask[target] = wanted
        count[target] += 1
        home.append(target)
        while wanted:
            bit = wanted & -wanted
            qubit = bit.bit_length() - 1
            # A block that grew may hold qubits that later blocks have.
            last[qubit] = max(last[qubit], target)
            wanted ^= bit
    return _listed(mask, into, home)


def _is_last(mask: int, last: Sequence[int], block: int) -> bool:
    while mask:
        bit = mask & -mask
        if last[bit.bit_length() - 1] != block:
            return False
        mask ^= bit
    return True


def _listed(mask: Sequence[int], into: array[int], home: array[int]) -> Blocks:
    """Blocks were only ever joined to later ones, so one sweep from the end finds the last."""
    for block in range(len(into) - 1, -1, -1):
        into[block] = into[into[block]]
    root = np.array(into, dtype=np.int64)
    kept = np.flatnonzero(root == np.arange(len(root)))
    place = np.zeros(len(root), dtype=np.int64)
    place[kept] = np.arange(len(kept))
    of_item = place[root[np.array(home, dtype=np.int64)]]
    order = np.argsort(of_item, kind="stable")
    start = np.searchsorted(of_item[order], np.arange(len(kept) + 1))
    return Blocks(order, start, tuple(mask[k] for k in kept.tolist()))
