"""Recipes backwards: from adjoints of a network's tensors to derivatives by parameters.

The adjoint of a tensor T is the array G with dL = sum G * dT, without conjugation. Of a leaf
T = sum_k c_k A_k it gives c_k' = sum G * A_k; the operations hand it on to what they were made
from, each being linear in every one of its sources (Griewank and Walther, Evaluating
Derivatives, 2nd ed., SIAM 2008, section 3.2). A recipe that makes many tensors, or is a source
of many recipes, gets the sum of what they hand on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
from autoray import do
from numpy.typing import NDArray

from tnsim.base.arrays import Array, as_library, itemsize, to_numpy

from .footprint import footprint, needed
from .leaf_families import LeafFamily
from .materialise import Materialiser
from .recipes import Contract, Leaf, RecipeBook, Sum, Take

__all__ = ["Pullback"]

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"
_WIDEST = 16

Marked = tuple[Array, bool]
"""An array, and whether it has a batch axis in front."""


class Pullback:
    """The way back from the tensors that `recipes` make to the parameters `names`.

    `wanted` lists the positions among `recipes` that depend on one of the names, whatever the
    parameters' values; no other tensor's adjoint is needed.
    """

    def __init__(self, book: RecipeBook, recipes: Sequence[int], names: Iterable[str]) -> None:
        self._book = book
        self.names = tuple(names)
        depending = _depending(book, recipes, frozenset(self.names))
        self.wanted = tuple(i for i, r in enumerate(recipes) if r in depending)
        self._targets = [recipes[i] for i in self.wanted]
        self._inner = [
            r for r in sorted(depending, reverse=True) if not isinstance(book.recipes[r], Leaf)
        ]
        self._depending = depending
        self._factors = sorted(_factors(book, self._inner, depending))
        self._leaves = {r: n for r in depending if isinstance(n := book.recipes[r], Leaf)}
        inputs = sorted({n for leaf in self._leaves.values() for a in leaf.args for n in a.names})
        self._inputs = {name: i for i, name in enumerate(inputs)}
        outputs = {name: i for i, name in enumerate(self.names)}
        by_key: defaultdict[str, list[Leaf]] = defaultdict(list)
        by_constants: defaultdict[tuple[str, str, bytes], list[int]] = defaultdict(list)
        for recipe, leaf in self._leaves.items():
            by_key[leaf.key].append(leaf)
            raw = sha256(leaf.constants.tobytes()).digest()
            by_constants[leaf.key, f"{leaf.constants.shape}{leaf.constants.dtype}", raw].append(
                recipe
            )
        self._families = {
            key: LeafFamily(nodes, self._inputs, outputs) for key, nodes in by_key.items()
        }
        self._groups = [(key, tuple(found)) for (key, _, _), found in by_constants.items()]
        self._ready: dict[tuple[str, str, str], tuple[Materialiser, list[Array]]] = {}

    @cached_property
    def reached(self) -> frozenset[str]:
        """Those of `names` that some tensor depends on."""
        found = {n for leaf in self._leaves.values() for a in leaf.args for n in a.names}
        return frozenset(found & set(self.names))

    def derivatives(
        self,
        adjoints: Sequence[Array],
        values: Mapping[str, Array],
        batch: frozenset[str],
        *,
        dtype: str,
        library: str,
        like: Array | None,
    ) -> NDArray[Any]:
        """dL/dp for each of `names`, shape (names, S), on the host.

        `adjoints[i]` belongs to tensor `wanted[i]`, with a batch axis in front or not. S is the
        number of parameter sets, or 1 where nothing is batched. Complex where `dtype` is.
        """
        maker, constants = self._prepared(dtype, library, like)
        made: dict[int, Marked] = {}
        if self._factors:
            arrays, marks = maker.arrays(self._factors, values, batch)
            made = dict(zip(self._factors, zip(arrays, marks, strict=True), strict=True))
        totals: dict[int, Marked] = {}
        for recipe, adjoint in zip(self._targets, adjoints, strict=True):
            batched = len(adjoint.shape) > len(self._book.shape(recipe))
            _accumulate(totals, recipe, (adjoint, batched))
        for recipe in self._inner:
            # A product may be zero at every value: then nothing was handed on to it.
            if recipe in totals:
                self._hand_on(recipe, totals.pop(recipe), made, totals, dtype, library, like)
        return self._to_names(totals, constants, values, batch, dtype)

    def bytes_at(self, sets: int, batch: frozenset[str], dtype: str, library: str) -> int:
        """At most so many bytes are alive in `derivatives`, beside the adjoints given."""
        book = self._book
        handed = sum(book.size(r) for r in self._depending) * (2 if self._inner else 1)
        most = max((len(g) * book.size(g[0]) for _, g in self._groups), default=0)
        numbers = 0
        if self._factors:
            factors = footprint(book, self._factors, batch, dtype, library)
            numbers = factors.peak_elements(sets) + factors.constants
        if library != "numpy":
            numbers += sum(self._leaves[g[0]].constants.size for _, g in self._groups)
        wide = sum(f.size * f.terms for f in self._families.values()) * sets
        wide += max((f.numbers(sets) for f in self._families.values()), default=0)
        wide += (len(self._inputs) + 2 * len(self.names)) * sets
        return itemsize(dtype) * (numbers + (handed + 2 * most) * sets) + _WIDEST * wide

    def _prepared(
        self, dtype: str, library: str, like: Array | None
    ) -> tuple[Materialiser, list[Array]]:
        """What makes the factors, and each group's constants as a matrix (numbers, terms)."""
        key = (dtype, library, str(getattr(like, "device", "")))
        if key not in self._ready:
            maker = Materialiser(self._book, self._factors, dtype, library, like)
            matrices = []
            for _, recipes in self._groups:
                constants = self._leaves[recipes[0]].constants
                flat = constants.reshape(len(constants), -1).T
                # On the host a product of mixed dtypes needs no copy of the constants.
                host = library == "numpy"
                matrices.append(flat if host else as_library(flat, dtype, library, like))
            self._ready[key] = (maker, matrices)
        return self._ready[key]

    def _hand_on(
        self,
        recipe: int,
        adjoint: Marked,
        made: Mapping[int, Marked],
        totals: dict[int, Marked],
        dtype: str,
        library: str,
        like: Array | None,
    ) -> None:
        """Add to the adjoints of a recipe's sources."""
        node = self._book.recipes[recipe]
        if isinstance(node, Contract):
            pairs = [
                (node.left, node.left_labels, node.right, node.right_labels),
                (node.right, node.right_labels, node.left, node.left_labels),
            ]
            for source, labels, other, other_labels in pairs:
                if source in self._depending:
                    found = _einsum(adjoint, node.out, made[other], other_labels, labels)
                    missing = set(labels) - {*node.out, *other_labels}
                    _accumulate(totals, source, self._spread(found, source, labels, missing))
            return
        assert not isinstance(node, Leaf), "only operations hand adjoints on"
        shape = self._book.shape(node.source)
        labels = tuple(range(len(shape)))
        if isinstance(node, Sum):
            kept = tuple(k for k in labels if k != node.axis)
            found = (_reshaped(adjoint, tuple(shape[k] for k in kept)), adjoint[1])
            spread = self._spread(found, node.source, labels, {node.axis})
            _accumulate(totals, node.source, spread)
            return
        if isinstance(node, Take):
            new = len(labels)
            table = np.zeros((len(node.indices), shape[node.axis]))
            table[np.arange(len(node.indices)), list(node.indices)] = 1.0
            given = tuple(new if k == node.axis else k for k in labels)
            legs = (new, node.axis)
        else:
            table = np.zeros((shape[node.x], len(node.values)))
            table[list(node.values), np.arange(len(node.values))] = 1.0
            given = tuple(k for k in labels if k != node.x)
            legs = (node.x, node.y)
        constant = (as_library(table, dtype, library, like), False)
        _accumulate(totals, node.source, _einsum(adjoint, given, constant, legs, labels))

    def _spread(
        self, found: Marked, source: int, labels: Sequence[int], missing: set[int]
    ) -> Marked:
        """Repeat along the labels over which only the source was summed."""
        if not missing:
            return found
        array, batched = found
        shape = self._book.shape(source)
        front = tuple(array.shape[:1]) if batched else ()
        thin = tuple(1 if k in missing else d for k, d in zip(labels, shape, strict=True))
        return do("broadcast_to", do("reshape", array, (*front, *thin)), (*front, *shape)), batched

    def _to_names(
        self,
        totals: Mapping[int, Marked],
        constants: Sequence[Array],
        values: Mapping[str, Array],
        batch: frozenset[str],
        dtype: str,
    ) -> NDArray[Any]:
        wide = np.complex128 if dtype.startswith("complex") else np.float64
        given = _table(values, self._inputs, batch)
        sizes = {int(a.shape[0]) for a, batched in totals.values() if batched}
        sets = max([*sizes, given.shape[1]])
        found: NDArray[Any] = np.zeros((len(self.names), sets), dtype=wide)
        adjoints: dict[str, NDArray[Any]] = {}
        for (key, recipes), matrix in zip(self._groups, constants, strict=True):
            family = self._families[key]
            for batched in (False, True):
                chosen = [r for r in recipes if r in totals and totals[r][1] == batched]
                if not chosen:
                    continue
                rows = [family.row(self._leaves[r]) for r in chosen]
                products = to_numpy(_stacked([totals[r][0] for r in chosen], batched) @ matrix)
                if key not in adjoints:
                    shape = (family.size, family.terms, max([*sizes, 1]))
                    adjoints[key] = np.zeros(shape, dtype=wide)
                part = products.reshape(len(chosen), -1, family.terms).swapaxes(1, 2)
                # Leaves of one function and equal constants have different arguments.
                adjoints[key][rows] += part
        for key, array in adjoints.items():
            self._families[key].pull(array, given, found)
        return found


def _depending(book: RecipeBook, recipes: Sequence[int], names: frozenset[str]) -> set[int]:
    """Of all that the recipes are made from, what depends on one of the names."""
    found: set[int] = set()
    for recipe in needed(book, recipes):
        node = book.recipes[recipe]
        if isinstance(node, Leaf):
            depends = any(name in names for a in node.args for name in a.names)
        elif isinstance(node, Contract):
            depends = node.left in found or node.right in found
        else:
            depends = node.source in found
        if depends:
            found.add(recipe)
    return found


def _factors(book: RecipeBook, inner: Iterable[int], depending: set[int]) -> set[int]:
    """The recipes whose arrays the way back through products needs."""
    found = set()
    for recipe in inner:
        node = book.recipes[recipe]
        if isinstance(node, Contract):
            found |= {node.right} if node.left in depending else set()
            found |= {node.left} if node.right in depending else set()
    return found


def _accumulate(totals: dict[int, Marked], recipe: int, adjoint: Marked) -> None:
    if recipe not in totals:
        totals[recipe] = adjoint
        return
    (one, a), (two, b) = totals[recipe], adjoint
    # An array without a batch axis is the same for every member; broadcasting adds it to each.
    totals[recipe] = (one + two, a or b)


def _einsum(
    left: Marked, left_labels: Sequence[int], right: Marked, right_labels: Sequence[int], out: Any
) -> Marked:
    """The product over shared labels, with those of `out` that either has, in that order."""
    known = {*left_labels, *right_labels}
    batched = left[1] or right[1]
    terms = [
        "Z" * marked + "".join(_LETTERS[k] for k in labels)
        for marked, labels in ((left[1], left_labels), (right[1], right_labels))
    ]
    result = "Z" * batched + "".join(_LETTERS[k] for k in out if k in known)
    return do("einsum", f"{terms[0]},{terms[1]}->{result}", left[0], right[0]), batched


def _reshaped(adjoint: Marked, shape: tuple[int, ...]) -> Array:
    array, batched = adjoint
    return do("reshape", array, (*(array.shape[:1] if batched else ()), *shape))


def _stacked(arrays: Sequence[Array], batched: bool) -> Array:
    """Rows of numbers: one for each array, or one for each member of each array's batch."""
    size = int(arrays[0].shape[0]) if batched else 1
    if isinstance(arrays[0], np.ndarray):
        return np.concatenate([a.reshape(size, -1) for a in arrays])
    return do("concatenate", [do("reshape", a, (size, -1)) for a in arrays], axis=0)


def _table(
    values: Mapping[str, Array], names: Mapping[str, int], batch: frozenset[str]
) -> NDArray[np.float64]:
    """The values of `names` on the host, shape (names, S), or (names, 1) where none is batched."""
    rows = [to_numpy(values[name]).astype(np.float64).reshape(-1) for name in names]
    if not batch.intersection(names):
        return np.array(rows, dtype=np.float64).reshape(len(rows), 1)
    size = max(map(len, rows))
    return np.stack([np.broadcast_to(row, (size,)) for row in rows])
