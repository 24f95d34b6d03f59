"""The matrices of a run of stages, made together, and the derivatives that come back to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .layout import REVERSIBLE, Layout
from .products import Evaluation, Product
from .trees import Tree

__all__ = ["WINDOW", "Matrices", "windows"]

Array = NDArray[Any]

WINDOW = 2_000_000
"""Bytes of the matrices that are made together."""


@dataclass(frozen=True)
class _Group:
    """Nodes of one structure, and their instructions (nodes, columns)."""

    nodes: NDArray[np.int64]
    table: NDArray[np.int64]
    tree: Tree
    product: Product


class Matrices:
    """The matrices of the stages first..last - 1 of a layout."""

    def __init__(
        self, layout: Layout, evaluation: Evaluation, first: int, last: int, *, reverse: bool
    ) -> None:
        self.first, self.last = first, last
        self._layout, self._evaluation = layout, evaluation
        self._begin = int(layout.stage_start[first])
        end = int(layout.stage_start[last])
        count = end - self._begin
        self._matrix: list[Array] = [np.zeros(0)] * count
        self._inverse: list[Array | None] = [None] * count
        self._factor = np.ones(count)
        self._slopes: list[Array | None] = [None] * count
        structure = layout.structure[self._begin : end]
        self._groups = []
        for number in np.unique(structure).tolist():
            nodes = np.flatnonzero(structure == number)
            table = np.stack([layout.items(self._begin + k) for k in nodes.tolist()])
            tree = layout.tree(self._begin + int(nodes[0]))
            product = evaluation.product(tree, table, keep=reverse)
            self._groups.append(_Group(nodes, table, tree, product))
            for k, node in enumerate(nodes.tolist()):
                self._matrix[node] = product.matrix[k % len(product.matrix)]
        if reverse:
            self.invert()

    def invert(self) -> None:
        """Find the inverses, and where there are none to be trusted."""
        kinds = self._layout.rows.kinds
        for group in self._groups:
            matrices = group.product.matrix
            used = np.unique(self._layout.rows.kind[group.table[0]]).tolist()
            if all(kinds[k].orthogonal for k in used):
                inverses: list[Array | None] = list(matrices.conj().swapaxes(-1, -2))
                factors = np.ones(len(matrices))
            else:
                inverses, factors = _inverted(matrices)
            for k, node in enumerate(group.nodes.tolist()):
                one = k % len(matrices)
                self._inverse[node], self._factor[node] = inverses[one], factors[one]

    def of(self, stage: int) -> list[Array]:
        """The matrices of a stage."""
        return self._matrix[self._nodes(stage)]

    def inverses(self, stage: int) -> list[Array] | None:
        """Their inverses, or None where the state must not be moved back through the stage."""
        part = self._nodes(stage)
        found = [one for one in self._inverse[part] if one is not None]
        fine = len(found) == part.stop - part.start and self._factor[part].prod() <= REVERSIBLE
        return found if fine else None

    def add(self, stage: int, slopes: list[Array | None]) -> None:
        """Take the derivatives by a stage's matrices."""
        self._slopes[self._nodes(stage)] = slopes

    def pull(self) -> None:
        """Hand all derivatives on to the parameters."""
        for group in self._groups:
            found = [self._slopes[k] for k in group.nodes.tolist()]
            chosen = [k for k, one in enumerate(found) if one is not None]
            if not group.tree.varies or not chosen:
                continue
            outer = np.stack([one for one in found if one is not None])
            product = group.product
            if len(chosen) < len(found):
                product = self._evaluation.product(group.tree, group.table[chosen], keep=True)
            self._evaluation.pull(product, group.table[chosen], outer)

    def _nodes(self, stage: int) -> slice:
        start = self._layout.stage_start
        return slice(int(start[stage]) - self._begin, int(start[stage + 1]) - self._begin)


def windows(layout: Layout, first: int, last: int, nbytes: int) -> Iterator[tuple[int, int]]:
    """Runs of the stages first..last - 1 whose nodes take at most WINDOW bytes, from the first.

    `nbytes` is what one node takes; a run has at least one stage.
    """
    most = max(1, WINDOW // nbytes)
    while first < last:
        limit = int(layout.stage_start[first]) + most
        end = int(np.searchsorted(layout.stage_start, limit, side="right")) - 1
        end = min(max(end, first + 1), last)
        yield first, end
        first = end


def _inverted(matrices: Array) -> tuple[list[Array | None], NDArray[np.float64]]:
    """Inverses, None where there is none, and by how much they magnify.

    Over all components in the mean: |M| |M^-1| / D in Frobenius norms, 1 for rotations.
    """
    found: list[Array | None] = []
    factors = np.full(len(matrices), np.inf)
    for k, matrix in enumerate(matrices):
        if not np.isfinite(matrix).all():
            # What is not a number stays so, forward and back.
            found.append(matrix)
            factors[k] = 1.0
            continue
        try:
            inverse = np.linalg.inv(matrix)
        except np.linalg.LinAlgError:
            found.append(None)
            continue
        found.append(inverse)
        factors[k] = np.linalg.norm(matrix) * np.linalg.norm(inverse) / len(matrix)
    return found, factors
