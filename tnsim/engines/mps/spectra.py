"""The leading eigenvectors of a positive matrix, without computing the others to the end.

The matrix is made tridiagonal, T = Q^dagger M Q; all vectors of T are real and cheap, and only the
wanted ones are turned back by Q, which is half the work of a full decomposition.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Leading", "leading_vectors"]

_SMALLEST = 48
_BLOCK = 32
_DRIVERS = {
    "D": ("zhetrd", "dstevd", "zunmqr"),
    "F": ("chetrd", "sstevd", "cunmqr"),
    "d": ("dsytrd", "dstevd", "dormqr"),
    "f": ("ssytrd", "sstevd", "sormqr"),
}


class Leading(NamedTuple):
    """Eigenvalues, descending, and their orthonormal vectors as columns."""

    values: NDArray[Any]
    vectors: NDArray[Any]


def leading_vectors(matrix: NDArray[Any], count: int) -> Leading:
    """The `count` largest eigenvalues of a Hermitian matrix and their vectors.

    The lower triangle is read; a matrix in Fortran's order is overwritten.

    Raises `numpy.linalg.LinAlgError` where the iteration does not end.
    """
    if len(matrix) >= _SMALLEST and 4 * count <= 3 * len(matrix):
        return _by_tridiagonal(matrix, count)
    values, vectors = np.linalg.eigh(matrix)
    return Leading(values[: -count - 1 : -1], vectors[:, : -count - 1 : -1])


def _by_tridiagonal(matrix: NDArray[Any], count: int) -> Leading:
    """By LAPACK's steps one by one."""
    from scipy.linalg import lapack

    reduce, solve, turn = (getattr(lapack, name) for name in _DRIVERS[matrix.dtype.char])
    space = _BLOCK * len(matrix)
    reflected, diagonal, beside, factors, failed = reduce(
        matrix, lower=1, lwork=space, overwrite_a=1
    )
    _check(failed)
    values, small, failed = solve(diagonal, beside)
    _check(failed)
    vectors = small[:, : -count - 1 : -1].astype(matrix.dtype, order="F")
    # Q leaves the first unit vector alone; the reflections stand below the diagonal.
    vectors[1:], _, failed = turn("L", "N", reflected[1:, :-1], factors, vectors[1:], lwork=space)
    _check(failed)
    return Leading(values[: -count - 1 : -1], vectors)


def _check(failed: int) -> None:
    if failed:
        raise np.linalg.LinAlgError(f"an eigensolver of LAPACK failed with {failed}")
