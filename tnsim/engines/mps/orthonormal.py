"""Orthonormal columns from a matrix, by Cholesky factors where they are accurate, else by QR.

With M^dagger M = R^dagger R, the columns of Q = M R^-1 are orthonormal to rounding times the
square of M's condition number, at a third of the work of Householder's QR.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["cholesky_columns", "exceeds_rank", "has_full_rank", "orthonormal_columns", "polished"]

Matrix = NDArray[Any]

_SMALLEST = 24
_WELL_CONDITIONED = 3e-3
# The diagonal of the triangular factor that is taken for sound: rounding is lost by its square.
_FULL_RANK = 1e-6
# Squares are known to 1e-16 of the largest, so a smaller factor may be nothing but rounding.
_SQUARED = {"D": "zherk", "d": "dsyrk"}
_FACTORED = {"D": "zpotrf", "d": "dpotrf"}
_SOLVED = {"D": "ztrsm", "d": "dtrsm"}


def orthonormal_columns(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """M (m, k) = Q R with orthonormal columns of Q (m, min(m, k))."""
    rows, columns = matrix.shape
    if columns >= _SMALLEST and rows >= 2 * columns:
        found = cholesky_columns(matrix)
        if found is not None:
            return found
    made = np.linalg.qr(matrix)
    return made.Q, made.R


def cholesky_columns(matrix: Matrix) -> tuple[Matrix, Matrix] | None:
    """Q and R of a well conditioned M of double precision, m >= k; else None."""
    kind = matrix.dtype.char
    if kind not in _SQUARED:
        return None
    factor = _factor(matrix.T)
    if factor is None or _evenness(factor) < _WELL_CONDITIONED:
        return None
    return _blas(_SOLVED[kind])(1.0, factor, matrix.T, lower=1).T, factor.T


def has_full_rank(matrix: Matrix) -> bool:
    """Whether a look at M M^dagger shows that no singular value of M (m <= k) is rounding alone."""
    if matrix.dtype.char not in _SQUARED:
        return False
    factor = _factor(matrix)
    return factor is not None and _evenness(factor) > _FULL_RANK


def exceeds_rank(matrix: Matrix, rank: int) -> bool:
    """Whether the first pivots of M M^dagger (or M^dagger M) that are above rounding are more.

    A guess, since pivots are not exchanged; False for single precision.
    """
    if matrix.dtype.char not in _SQUARED:
        return False
    wide = matrix if len(matrix) <= matrix.shape[1] else matrix.T
    pivots, sound = _triangle(wide)
    sizes = np.abs(np.diagonal(pivots))[:sound]
    return bool(np.count_nonzero(sizes > _FULL_RANK * sizes.max(initial=0.0)) > rank)


def polished(columns: Matrix) -> Matrix:
    """The columns (in Fortran's order), orthonormal to single precision, made so to double."""
    kind = columns.dtype.char
    factor = _factor(columns.T)
    if factor is None:
        raise np.linalg.LinAlgError("columns that were to be orthonormal are not")
    made: Matrix = _blas(_SOLVED[kind])(1.0, factor, columns, side=1, lower=1, trans_a=1)
    return made


def _factor(wide: Matrix) -> Matrix | None:
    """The lower triangle L with L L^dagger = W W^dagger, or None where there is none."""
    factor, sound = _triangle(wide)
    return factor if sound == len(wide) else None


def _triangle(wide: Matrix) -> tuple[Matrix, int]:
    """As much of L as there is, and how many of its columns are."""
    from scipy.linalg import lapack

    kind = wide.dtype.char
    square = _blas(_SQUARED[kind])
    if wide.flags.f_contiguous:
        gram = square(1.0, wide, lower=1)
    else:
        # What is squared is W^T, without a copy: that is the conjugate.
        gram = square(1.0, wide.T, trans=2 if kind == "D" else 1, lower=1)
        gram = gram.conj() if kind == "D" else gram
    factor, failed = getattr(lapack, _FACTORED[kind])(gram, lower=1, overwrite_a=1)
    return factor, failed - 1 if failed > 0 else len(wide)


def _evenness(factor: Matrix) -> float:
    sizes = np.abs(np.diagonal(factor))
    return float(sizes.min() / sizes.max()) if sizes.max() > 0 else 0.0


def _blas(name: str) -> Any:
    from scipy.linalg import blas

    return getattr(blas, name)
