"""How the matrix of a block is put together from those of its instructions.

A block of a few qubits is a tree: runs on one qubit are multiplied first, those then on two, and
so on, so that most products are of small matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .fusion import fuse

__all__ = ["Item", "Tree", "tree_of"]


@dataclass(frozen=True)
class Item:
    """An instruction of a block: its kind and its axes in the block.

    `varies` says whether it depends on a parameter, `fixed` that its kind has no arguments.
    """

    kind: int
    axes: tuple[int, ...]
    varies: bool
    fixed: bool


@dataclass(frozen=True, eq=False)
class Tree:
    """A product of matrices on `size` axes, the first child applied first.

    `axes` are its places among those of its parent. A leaf is the instruction number `column`
    of the block, of kind `kind`, its own axes in the order of `axes`; other nodes have ascending
    axes.
    """

    axes: tuple[int, ...]
    size: int
    varies: bool
    fixed: bool
    children: tuple[Tree, ...] = ()
    column: int = -1
    kind: int = -1

    @property
    def is_leaf(self) -> bool:
        return not self.children


def tree_of(items: Sequence[Item], size: int) -> Tree:
    """The tree of a block of `size` axes."""
    leaves = tuple(
        Tree(item.axes, len(item.axes), item.varies, item.fixed, (), column, item.kind)
        for column, item in enumerate(items)
    )
    return _grown(leaves, tuple(range(size)), size, size)


def _grown(children: tuple[Tree, ...], axes: tuple[int, ...], size: int, width: int) -> Tree:
    """A node of these children, joined in narrower nodes first where that makes fewer."""
    for narrow in range(1, width):
        blocks = fuse([c.axes for c in children], size, narrow)
        if len(blocks) < len(children):
            children = tuple(
                _joined([children[k] for k in blocks.items(b).tolist()]) for b in range(len(blocks))
            )
    return _node(axes, size, children)


def _joined(children: list[Tree]) -> Tree:
    if len(children) == 1:
        return children[0]
    axes = tuple(np.unique([a for c in children for a in c.axes]).tolist())
    place = {a: k for k, a in enumerate(axes)}
    inner = tuple(
        Tree(
            tuple(place[a] for a in c.axes), c.size, c.varies, c.fixed, c.children, c.column, c.kind
        )
        for c in children
    )
    return _node(axes, len(axes), inner)


def _node(axes: tuple[int, ...], size: int, children: tuple[Tree, ...]) -> Tree:
    varies, fixed = any(c.varies for c in children), all(c.fixed for c in children)
    return Tree(axes, size, varies, fixed, children)
