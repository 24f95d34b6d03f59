"""Recipes to arrays: the tensors of a network at given parameter values, in any library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from autoray import do

from tnsim.base.arrays import Array, as_library
from tnsim.base.parameters import Affine, evaluate_affine

from .footprint import last_uses, needed
from .recipes import Contract, Leaf, Pick, RecipeBook, Sum, Take

__all__ = ["Materialiser"]

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Materialiser:
    """Makes the arrays of some recipes of a book in one library, dtype and device.

    Constants are converted once and kept; a recipe used by several tensors is made once a run.
    `like` is any array of the library on the wanted device (None for NumPy).
    """

    def __init__(
        self, book: RecipeBook, wanted: Iterable[int], dtype: str, library: str, like: Array | None
    ) -> None:
        self._book = book
        chosen = tuple(wanted)
        self._order = needed(book, chosen)
        self._frees = last_uses(book, self._order, chosen)
        self._dtype = dtype
        self._library = library
        self._like = like
        self._constants = {
            r: self._convert(node.constants)
            for r in self._order
            if isinstance(node := book.recipes[r], Leaf)
        }

    def arrays(
        self, wanted: Sequence[int], values: Mapping[str, Array], batch: frozenset[str]
    ) -> tuple[list[Array], tuple[bool, ...]]:
        """The arrays of `wanted`, and which of them carry a leading batch axis.

        `values` holds the parameters, each a scalar, or of shape (B,) for the names in `batch`.
        """
        made: dict[int, Array] = {}
        marked: dict[int, bool] = {}
        weights: dict[tuple[str, tuple[Affine, ...]], tuple[Array, bool]] = {}
        for recipe in self._order:
            node = self._book.recipes[recipe]
            if isinstance(node, Leaf):
                made[recipe], marked[recipe] = self._leaf(recipe, node, values, batch, weights)
            elif isinstance(node, Contract):
                made[recipe], marked[recipe] = self._contract(node, made, marked)
            else:
                marked[recipe] = marked[node.source]
                made[recipe] = self._unary(node, made[node.source], marked[node.source])
            if self._library == "numpy":
                made[recipe] = np.asarray(made[recipe], order="C")
            for source in self._frees.get(recipe, ()):
                del made[source]
        return [made[r] for r in wanted], tuple(marked[r] for r in wanted)

    def _leaf(
        self,
        recipe: int,
        node: Leaf,
        values: Mapping[str, Array],
        batch: frozenset[str],
        weights: dict[tuple[str, tuple[Affine, ...]], tuple[Array, bool]],
    ) -> tuple[Array, bool]:
        constants = self._constants[recipe]
        if not node.args:
            return constants[0], False
        key = (node.key, node.args)
        if key not in weights:
            weights[key] = self._weights(node, values, batch)
        row, batched = weights[key]
        flat = do("reshape", constants, (node.constants.shape[0], -1))
        shape = node.constants.shape[1:]
        if batched:
            return do("reshape", row @ flat, (row.shape[0], *shape)), True
        return do("reshape", do("reshape", row, (1, -1)) @ flat, shape), False

    def _weights(
        self, node: Leaf, values: Mapping[str, Array], batch: frozenset[str]
    ) -> tuple[Array, bool]:
        """The coefficients at the arguments, shape (K,), or (B, K) where one is batched."""
        args = [evaluate_affine(a, values) for a in node.args]
        batched = any(name in batch for a in node.args for name in a.names)
        columns = list(node.coefficients(args))
        zero = sum((0.0 * a for a in args), 0.0)
        columns = [zero + c for c in columns]
        if self._library == "numpy":
            stacked = np.stack(np.broadcast_arrays(*columns), axis=-1)
            return stacked.astype(self._dtype), batched
        stacked = do("stack", columns, axis=-1)
        return do("astype", stacked, self._dtype), batched

    def _contract(
        self, node: Contract, made: Mapping[int, Array], marked: Mapping[int, bool]
    ) -> tuple[Array, bool]:
        return self._einsum(
            (made[node.left], node.left_labels, marked[node.left]),
            (made[node.right], node.right_labels, marked[node.right]),
            node.out,
        )

    def _einsum(
        self,
        left: tuple[Array, Sequence[int], bool],
        right: tuple[Array, Sequence[int], bool],
        out: Sequence[int],
    ) -> tuple[Array, bool]:
        terms = [
            "Z" * marked + "".join(_LETTERS[k] for k in labels)
            for _, labels, marked in (left, right)
        ]
        batched = left[2] or right[2]
        result = "Z" * batched + "".join(_LETTERS[k] for k in out)
        return do("einsum", f"{terms[0]},{terms[1]}->{result}", left[0], right[0]), batched

    def _unary(self, node: Take | Pick | Sum, source: Array, batched: bool) -> Array:
        offset = int(batched)
        if isinstance(node, Sum):
            return do("sum", source, axis=node.axis + offset)
        if isinstance(node, Take):
            return self._take(source, node.axis + offset, node.indices)
        return self._pick(node, source, batched)

    def _take(self, source: Array, axis: int, indices: Sequence[int]) -> Array:
        if self._library == "numpy":
            return source.take(np.array(indices), axis=axis)
        parts = [source[(slice(None),) * axis + (slice(i, i + 1),)] for i in indices]
        return parts[0] if len(parts) == 1 else do("concatenate", parts, axis=axis)

    def _pick(self, node: Pick, source: Array, batched: bool) -> Array:
        """x = values[y] by a product with the function's table, which every library has."""
        legs = len(source.shape) - int(batched)
        table = np.zeros((source.shape[node.x + int(batched)], len(node.values)))
        table[list(node.values), np.arange(len(node.values))] = 1.0
        labels = tuple(range(legs))
        out = tuple(k for k in labels if k != node.x)
        pair = (self._convert(table), (node.x, node.y), False)
        return self._einsum((source, labels, batched), pair, out)[0]

    def _convert(self, array: Any) -> Array:
        return as_library(array, self._dtype, self._library, self._like)
