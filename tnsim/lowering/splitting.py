"""Tensors of low operator rank are split in two, exactly and for every parameter value.

T as a matrix (A legs by B legs) of rank r is X T_J: r of its own rows, and a constant X that
makes the others from them (an interpolative decomposition, Cheng et al., SIAM J. Sci. Comput.
26, 1389 (2005)). Rows keep T's zeros, and X does not depend on parameters, because the rank is
counted on the columns of all samples side by side. A split is used only if it reproduces every
row to a few units of rounding *of that row*, so that small numbers survive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .draft import Draft
from .recipes import RecipeBook

__all__ = ["interpolate_rows", "split_low_rank"]

_ROUNDING = 16 * float(np.finfo(np.float64).eps)
_ALL_PARTITIONS_UP_TO = 8
_MOST_ROWS = 256


@dataclass(frozen=True)
class _Split:
    left: tuple[int, ...]
    right: tuple[int, ...]
    rows: tuple[int, ...]
    factor: NDArray[Any]


def split_low_rank(draft: Draft) -> int:
    """Split every tensor of three or more legs where that saves numbers; how many splits."""
    findings = draft.book.findings
    done = 0
    pending = list(draft.labels)
    while pending:
        tensor = pending.pop()
        recipe = draft.recipe[tensor]
        key = ("split", recipe)
        if key not in findings:
            findings[key] = _best_split(draft.book, recipe)
        split = findings[key]
        if split is not None:
            pending.extend(_apply(draft, tensor, split))
            done += 1
    return done


def interpolate_rows(matrix: NDArray[Any]) -> tuple[tuple[int, ...], NDArray[Any]] | None:
    """Rows J and X with matrix = X matrix[J] to rounding, or None at full row rank.

    `matrix` has shape (m, n); J is increasing, X has shape (m, len(J)).
    """
    scale = np.abs(matrix).max(axis=1)
    scale[scale == 0] = 1.0
    scaled = matrix / scale[:, None]
    rows = _pivot_rows(scaled)
    if rows is None:
        return None
    factor = np.linalg.lstsq(scaled[list(rows)].T, scaled.T, rcond=None)[0].T
    factor[np.abs(factor) < 100 * _ROUNDING] = 0.0
    nearest = np.round(4 * factor.real) / 4 + 1j * np.round(4 * factor.imag) / 4
    close = np.abs(factor - nearest) < 100 * _ROUNDING
    factor = np.where(close, nearest if np.iscomplexobj(factor) else nearest.real, factor)
    factor[list(rows)] = np.eye(len(rows))
    if np.abs(factor @ scaled[list(rows)] - scaled).max() > _ROUNDING:
        return None
    return rows, factor * scale[:, None] / scale[list(rows)][None, :]


def _pivot_rows(scaled: NDArray[Any]) -> tuple[int, ...] | None:
    """Independent rows that span all, by pivoted Gram-Schmidt; None if all are independent."""
    rest = scaled.copy()
    rows: list[int] = []
    while len(rows) < len(scaled):
        lengths = np.linalg.norm(rest, axis=1)
        lengths[rows] = 0.0
        row = int(lengths.argmax())
        if lengths[row] < 64 * _ROUNDING:
            return tuple(sorted(rows))
        rows.append(row)
        direction = rest[row] / lengths[row]
        for _ in range(2):
            rest = rest - np.outer(rest @ direction.conj(), direction)
    return None


def _best_split(book: RecipeBook, recipe: int) -> _Split | None:
    shape = book.shape(recipe)
    if len(shape) < 3:
        return None
    # The samples of a constant are all alike.
    samples = book.samples[recipe][:1] if book.is_fixed(recipe) else book.samples[recipe]
    best: _Split | None = None
    fewest = book.size(recipe)
    tried: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    matrices: list[NDArray[Any]] = []
    for left, right in _partitions(len(shape)):
        height = prod(shape[k] for k in left)
        if height > _MOST_ROWS or height + prod(shape[k] for k in right) >= fewest:
            continue
        axes = [k + 1 for k in left] + [0] + [k + 1 for k in right]
        tried.append((left, right))
        matrices.append(np.transpose(samples, axes).reshape(height, -1))
    for (left, right), matrix, rank in zip(tried, matrices, _ranks(matrices), strict=True):
        height, width = len(matrix), prod(shape[k] for k in right)
        most = min((fewest - 1) // (height + width), height - 1, width - 1)
        if rank > most:
            continue
        found = interpolate_rows(matrix)
        if found is not None and len(found[0]) <= most:
            best, fewest = _Split(left, right, *found), (height + width) * len(found[0])
    return best


def _ranks(matrices: Sequence[NDArray[Any]]) -> list[int]:
    """The ranks with rows scaled alike: cheaper than `interpolate_rows`, and mostly enough.

    Those of one shape are found together: one by one, calls take longer than the numbers.
    """
    ranks = [0] * len(matrices)
    for shape in {matrix.shape for matrix in matrices}:
        places = [k for k, matrix in enumerate(matrices) if matrix.shape == shape]
        stacked = np.stack([matrices[k] for k in places])
        scale = np.abs(stacked).max(axis=2, keepdims=True)
        values = np.linalg.svd(stacked / np.where(scale == 0, 1.0, scale), compute_uv=False)
        for k, rank in zip(places, (values > 16 * _ROUNDING).sum(axis=1).tolist(), strict=True):
            ranks[k] = rank
    return ranks


def _partitions(legs: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Bipartitions of the legs, both ways round; only small left sides for many legs."""
    most = legs - 1 if legs <= _ALL_PARTITIONS_UP_TO else 2
    for count in range(1, most + 1):
        for left in combinations(range(legs), count):
            yield left, tuple(k for k in range(legs) if k not in left)


def _apply(draft: Draft, tensor: int, split: _Split) -> list[int]:
    book, labels, recipe = draft.book, draft.labels[tensor], draft.recipe[tensor]
    shape = book.shape(recipe)
    bond = draft.new_label(len(split.rows))
    left_shape = tuple(shape[k] for k in split.left)
    factor = book.constant(split.factor.reshape(*left_shape, len(split.rows)))
    rows = _select_rows(book, recipe, split, left_shape)
    draft.remove(tensor)
    one = draft.add([*(labels[k] for k in split.left), bond], factor)
    two = draft.add([bond, *(labels[k] for k in split.right)], rows)
    return [one, two]


def _select_rows(book: RecipeBook, recipe: int, split: _Split, left_shape: tuple[int, ...]) -> int:
    """T_J as a recipe with axes (row, *right)."""
    chooser = np.zeros((len(split.rows), prod(left_shape)))
    chooser[np.arange(len(split.rows)), list(split.rows)] = 1.0
    legs = len(split.left) + len(split.right)
    return book.contract(
        book.constant(chooser.reshape(-1, *left_shape)),
        recipe,
        (legs, *split.left),
        tuple(range(legs)),
        (legs, *split.right),
    )
