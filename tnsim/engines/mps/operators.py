"""A matrix on some legs of a line as a chain of small tensors, from the first leg to the last."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["operator_chain", "sorted_matrix"]

_ROUNDING = 1e-14


def operator_chain(
    matrix: NDArray[Any], sites: Sequence[int], dimension: int
) -> list[NDArray[Any]]:
    """One tensor (a, out, in, b) for every site from the first to the last of ascending `sites`.

    Their product over the bonds a, b is the matrix, of the least bonds that carry it; sites that
    it does not act on pass the bond through.
    """
    count, d = len(sites), dimension
    axes = [axis for k in range(count) for axis in (k, count + k)]
    rest = matrix.reshape((d,) * (2 * count)).transpose(axes).reshape(1, -1)
    pieces = []
    for k in range(count - 1):
        bond = rest.shape[0]
        left, values, right = np.linalg.svd(rest.reshape(bond * d * d, -1), full_matrices=False)
        rank = max(int(np.count_nonzero(values > _ROUNDING * values[0])), 1)
        root = np.sqrt(values[:rank])
        pieces.append((left[:, :rank] * root).reshape(bond, d, d, rank))
        rest = root[:, None] * right[:rank]
        for _ in range(sites[k + 1] - sites[k] - 1):
            pieces.append(_passing(rank, d, matrix.dtype))
    pieces.append(rest.reshape(-1, d, d, 1))
    return pieces


def _passing(bond: int, d: int, dtype: Any) -> NDArray[Any]:
    both = np.einsum("ab,pq->apqb", np.eye(bond, dtype=dtype), np.eye(d, dtype=dtype))
    return np.ascontiguousarray(both)


def sorted_matrix(
    matrix: NDArray[Any], axes: Sequence[int], dimension: int
) -> tuple[tuple[int, ...], NDArray[Any]]:
    """The axes ascending, and the matrix with its legs in that order."""
    if all(a < b for a, b in pairwise(axes)):
        return tuple(axes), matrix
    count = len(axes)
    order = sorted(range(count), key=lambda k: axes[k])
    legs = matrix.reshape((dimension,) * (2 * count))
    turned = legs.transpose([*order, *(count + k for k in order)]).reshape(matrix.shape)
    return tuple(axes[k] for k in order), turned
