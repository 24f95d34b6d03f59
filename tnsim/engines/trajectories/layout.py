"""Which instructions are done together: blocks of a few axes, decided on small matrices.

All instructions of a block, channels included, act on its axes alone. So what happens in it, the
branches taken too, follows from the reduced state of those axes before it, and the state itself
is touched once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tnsim.engines.evolution.rows import Rows

__all__ = ["Layout", "layout_of", "swept"]


@dataclass(frozen=True, eq=False)
class Layout:
    """Block b holds the rows `rows[starts[b]:starts[b + 1]]` on `axes[b]`, which ascend."""

    axes: tuple[tuple[int, ...], ...]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.axes)


def layout_of(rows: Rows, most: int) -> Layout:
    """Blocks of at most `most` axes, or as many as one instruction has, in an order to do them.

    A block is open on an axis until another one takes it. An instruction joins the block that is
    open on all its axes; else it begins a new one, which absorbs those that are still open on
    all of theirs while their axes are few enough. Nothing has come after an absorbed block on its
    axes, so its instructions may as well be done later.
    """
    open_on = [-1] * rows.num_qubits
    axes: list[set[int]] = []
    held: list[list[int]] = []
    for row, where in enumerate(rows.each_axes()):
        found = {open_on[a] for a in where}
        block = next(iter(found))
        if len(found) > 1 or block < 0:
            union = set(where)
            absorbed: list[int] = []
            for other in sorted(found - {-1}):
                grown = union | axes[other]
                if len(grown) <= max(most, len(where)) and all(
                    open_on[a] == other for a in axes[other]
                ):
                    union = grown
                    absorbed.append(other)
            block = len(axes)
            axes.append(union)
            held.append([r for other in absorbed for r in held[other]])
            for other in absorbed:
                held[other] = []
            for a in union:
                open_on[a] = block
        held[block].append(row)
    kept = [b for b, some in enumerate(held) if some]
    counts = [len(held[b]) for b in kept]
    return Layout(
        tuple(tuple(sorted(axes[b])) for b in kept),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.array([r for b in kept for r in held[b]], dtype=np.int64),
    )


def swept(layout: Layout) -> Layout:
    """The blocks layer by layer, from the first axis to the last and back in turns.

    A line of tensors then moves its centre but little from block to block.
    """
    depth: dict[int, int] = {}
    keys = []
    for axes in layout.axes:
        layer = 1 + max(depth.get(a, -1) for a in axes)
        depth.update(dict.fromkeys(axes, layer))
        keys.append((layer, axes[0] if layer % 2 == 0 else -axes[0]))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    counts = np.diff(layout.starts)
    rows = [layout.rows[layout.starts[b] : layout.starts[b + 1]] for b in order]
    return Layout(
        tuple(layout.axes[b] for b in order),
        np.concatenate([[0], np.cumsum(counts[order])]).astype(np.int64),
        np.concatenate([*rows, np.zeros(0, dtype=np.int64)]),
    )
