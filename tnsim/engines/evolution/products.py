"""Small matrices put together, many blocks of one structure at a time, and the way back.

All arrays have a leading axis over the blocks, of length 1 where nothing varies among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.forms import coefficient_derivatives

from .rows import Kind, Rows
from .trees import Tree

__all__ = ["Evaluation", "Product"]

Array = NDArray[Any]

_MOST_KEPT = 512


@dataclass(frozen=True)
class Product:
    """A node's matrix, with those of its children and what stood before each of them."""

    tree: Tree
    matrix: Array
    parts: tuple[Product, ...] = ()
    before: tuple[Array, ...] = ()


@dataclass(eq=False)
class Evaluation:
    """The blocks of one circuit at parameter values, and the derivatives that come back.

    `values` are those of `rows.expressions`, and `slopes` collects the derivatives by them.
    """

    rows: Rows
    leg: int
    values: NDArray[np.float64]
    slopes: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.slopes = np.zeros(len(self.values))
        self._fixed: dict[Tree, Product] = {}

    def product(self, tree: Tree, table: NDArray[np.int64], *, keep: bool) -> Product:
        """The product over blocks whose instructions are `table` (blocks, columns).

        What the way back needs is kept where `keep`.
        """
        if tree.fixed:
            if tree not in self._fixed:
                if len(self._fixed) >= _MOST_KEPT:
                    self._fixed.clear()
                self._fixed[tree] = Product(tree, self._made(tree, table, keep=False).matrix)
            return self._fixed[tree]
        return self._made(tree, table, keep=keep)

    def _made(self, tree: Tree, table: NDArray[np.int64], *, keep: bool) -> Product:
        if tree.is_leaf:
            return Product(tree, self._leaf(tree, table[:, tree.column]))
        matrix: Array = np.eye(self.leg**tree.size)[None]
        parts, before = [], []
        for k, child in enumerate(tree.children):
            part = self.product(child, table, keep=keep)
            if keep:
                parts.append(part)
                before.append(matrix)
            same = k == 0 and child.axes == tuple(range(tree.size))
            matrix = part.matrix if same else self._applied(part.matrix, child, matrix, tree.size)
        return Product(tree, matrix, tuple(parts), tuple(before))

    def pull(self, product: Product, table: NDArray[np.int64], outer: Array) -> None:
        """Add to `slopes` what `outer` (blocks, D, D), d(answer)/d(matrix), says."""
        tree = product.tree
        if not tree.varies:
            return
        if tree.is_leaf:
            self._pull_leaf(tree, table[:, tree.column], outer)
            return
        rest = outer
        pairs = list(zip(product.parts, product.before, strict=True))
        for part, before in reversed(pairs):
            child = part.tree
            if child.varies:
                inner = _partial(rest, before, child.axes, tree.size, self.leg)
                self.pull(part, table, inner)
            turned = part.matrix.swapaxes(-1, -2)
            rest = self._applied(turned, child, rest, tree.size)

    def _applied(self, small: Array, child: Tree, large: Array, size: int) -> Array:
        """small (m, d, d) on some row axes of large (m, D, C)."""
        d, leg = small.shape[-1], self.leg
        at = child.axes
        count = max(len(small), len(large))
        width, columns = large.shape[-2:]
        if at == tuple(range(at[0], at[0] + len(at))):
            shape = (len(large), leg ** at[0], d, leg ** (size - at[-1] - 1) * columns)
            made = np.matmul(small[:, None], large.reshape(shape))
            return np.asarray(made.reshape(count, width, columns))
        shape = (len(large), *(leg,) * size, columns)
        front = [1 + a for a in at]
        moved = np.moveaxis(large.reshape(shape), front, range(1, len(at) + 1))
        made = np.matmul(small, moved.reshape(len(large), d, -1))
        back = made.reshape(count, *moved.shape[1:])
        legs = np.moveaxis(back, range(1, len(at) + 1), front)
        return np.asarray(legs.reshape(count, width, columns))

    def _leaf(self, tree: Tree, rows: NDArray[np.int64]) -> Array:
        kind = self.rows.kinds[tree.kind]
        constants = kind.form.constants
        if kind.is_fixed:
            return kind.matrix[None]
        arguments, _ = self.rows.arguments(rows, self.values)
        weights = _weights(kind, arguments)
        flat = constants.reshape(len(constants), -1)
        return np.asarray((weights @ flat).reshape(-1, *constants.shape[1:]))

    def _pull_leaf(self, tree: Tree, rows: NDArray[np.int64], outer: Array) -> None:
        kind = self.rows.kinds[tree.kind]
        constants = kind.form.constants
        arguments, symbols = self.rows.arguments(rows, self.values)
        flat = constants.reshape(len(constants), -1)
        weight = np.broadcast_to(outer, (len(rows), *outer.shape[1:])).reshape(len(rows), -1)
        by_weight = (weight @ flat.T).real
        slopes = coefficient_derivatives(kind.form.coefficients, list(arguments))
        by_argument = np.einsum("mk,kpm->pm", by_weight, slopes)
        known = symbols >= 0
        np.add.at(self.slopes, symbols[known], by_argument[known])


def _weights(kind: Kind, arguments: Array) -> Array:
    """The coefficients, (blocks, K)."""
    values: Sequence[Any] = kind.form.coefficients(list(arguments))
    count = arguments.shape[1]
    return np.stack([np.broadcast_to(value, (count,)) for value in values], axis=-1)


def _partial(outer: Array, before: Array, at: tuple[int, ...], size: int, leg: int) -> Array:
    """d<outer, embedded(g) before>/dg, (m, d, d), for g on the axes `at` of `size`."""
    d = leg ** len(at)
    columns = outer.shape[-1]
    turned = []
    for array in (outer, before):
        legs = array.reshape(len(array), *(leg,) * size, columns)
        moved = np.moveaxis(legs, [1 + a for a in at], range(1, len(at) + 1))
        turned.append(moved.reshape(len(array), d, -1))
    return np.asarray(np.matmul(turned[0], turned[1].swapaxes(-1, -2)))
