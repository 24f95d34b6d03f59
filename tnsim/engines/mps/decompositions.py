"""Matrices as products of an isometry and a rest, as small as is asked, by the fastest sound way.

A matrix M of singular values s_1 >= s_2 >= .. is cut to its leading k singular vectors; what is
discarded weighs sum_{i>k} s_i^2 / sum_i s_i^2, the least that any matrix of rank k can miss.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import TnsimError

from .orthonormal import (
    cholesky_columns,
    exceeds_rank,
    has_full_rank,
    orthonormal_columns,
    polished,
)
from .preserving import Kept, directions
from .spectra import leading_vectors

__all__ = ["Split", "Truncation", "singular_values", "split"]

Matrix = NDArray[Any]

_MILD = 1e-12
# Squared singular values are known to rounding times the largest: where less than this is
# discarded, they do not tell what to keep, and singular values themselves are taken.
_NOTHING = 1e-20
_SMALLEST_GRAM = 24
_SMALLEST_PIVOTED = 12
_SMALLEST_HALF = 48
_SMALLEST_SINGLE = 64
_COARSE, _LIKELY = 1e-5, 1e-9
# Where so much is discarded, vectors to single precision are as good: they discard at most 1e-7
# more. A bond discards more each time until it is full, so they are tried for less.
_SINGLE = {"D": np.complex64, "d": np.float32}
_SQUARED = {"D": "zherk", "d": "dsyrk", "F": "cherk", "f": "ssyrk"}


@dataclass(frozen=True)
class Truncation:
    """At most `max_bond` singular values, discarding at most `cutoff` of the weight beyond that.

    With `max_bond` None only the cutoff decides. Singular values below rounding are always left
    out.
    """

    max_bond: int | None
    cutoff: float


class Split(NamedTuple):
    """M ~ left @ right: an isometry on the side that was asked; `discarded` is relative."""

    left: Matrix
    right: Matrix
    discarded: float


def split(
    matrix: Matrix,
    truncation: Truncation,
    toward: str,
    *,
    expected: float = 0.0,
    kept: Kept | None = None,
) -> Split:
    """M (m, k) as left (m, r) @ right (r, k), with the norm in the factor that `toward` names.

    `toward` "right" makes the columns of `left` orthonormal, "left" the rows of `right`. Singular
    values are not normalised: the weight that is discarded is gone. `expected` is the weight that
    will be discarded, as a guess: it decides what is tried first. `kept` names values that must
    not change; the rest is then the best beside them. Raises `TnsimError` where numbers are not
    finite.
    """
    if toward == "left":
        turned = None if kept is None else kept.flipped
        flipped = split(matrix.T, truncation, "right", expected=expected, kept=turned)
        return Split(flipped.right.T, flipped.left.T, flipped.discarded)
    most, small = truncation.max_bond, min(matrix.shape)
    found = None
    if not truncation.cutoff and small > _SMALLEST_PIVOTED and expected < _NOTHING:
        if most is None or small <= most:
            found = _by_full_rank(matrix) or _by_pivots(matrix, small)
        elif not exceeds_rank(matrix, most):
            found = _by_pivots(matrix, most)
    truncates = most is not None and most < small
    if found is None and truncates and small > _SMALLEST_GRAM and not _NOTHING < expected < _MILD:
        single = not truncation.cutoff and expected > _LIKELY and small >= _SMALLEST_SINGLE
        found = _by_gram(matrix, int(most or 1), truncation.cutoff, kept, single=single)
    return _by_values(matrix, truncation, kept) if found is None else found


def _by_full_rank(matrix: Matrix) -> Split | None:
    """Without a look at singular values, where a Cholesky factor shows that none is rounding."""
    rows, columns = matrix.shape
    if rows > columns:
        found = cholesky_columns(matrix)
        if found is None and has_full_rank(matrix.T):
            made = np.linalg.qr(matrix)
            found = made.Q, made.R
        return None if found is None else Split(*found, 0.0)
    if not has_full_rank(matrix):
        return None
    return Split(np.eye(rows, dtype=matrix.dtype), matrix, 0.0)


def _by_pivots(matrix: Matrix, most: int) -> Split | None:
    """By QR with pivots, where the rank is `most` at most and nothing is discarded."""
    import scipy.linalg

    left, right, order = scipy.linalg.qr(matrix, mode="economic", pivoting=True, check_finite=False)
    sizes = np.abs(np.diagonal(right))
    if not np.isfinite(sizes).all():
        raise _not_finite()
    rounding = float(np.finfo(sizes.dtype).eps) * max(matrix.shape)
    keep = max(int(np.count_nonzero(sizes > rounding * sizes[0])), 1)
    if keep > most:
        return None
    ordered = np.empty((keep, matrix.shape[1]), dtype=right.dtype)
    ordered[:, order] = right[:keep]
    return Split(left[:, :keep], ordered, 0.0)


def _by_gram(
    matrix: Matrix, most: int, cutoff: float, kept: Kept | None, *, single: bool
) -> Split | None:
    """From the eigenvectors of M M^dagger, or None where those are not accurate enough.

    `single` takes them to single precision first, and stays with them where much is discarded:
    what is discarded changes by the square of their error alone.
    """
    rows, columns = matrix.shape
    basis: Matrix | None = None
    core = matrix
    if rows > columns:
        basis, core = orthonormal_columns(matrix)
        if kept is not None:
            kept = Kept((kept.rows.T @ basis).T, kept.columns)
    total = float(np.vdot(core, core).real)
    if not np.isfinite(total):
        raise _not_finite()
    try:
        found = _projected(core, most, cutoff, total, kept, single=single)
        if single and 1.0 - _weight(found[1]) / total < _COARSE:
            found = _projected(core, most, cutoff, total, kept, single=False)
    except np.linalg.LinAlgError:
        return None
    left, right = found
    discarded = 1.0 - _weight(right) / total if total else 0.0
    if not np.isfinite(discarded):
        raise _not_finite()
    if discarded < _MILD:
        return None
    return Split(left if basis is None else basis @ left, right, discarded)


def _projected(
    core: Matrix, most: int, cutoff: float, total: float, kept: Kept | None, *, single: bool
) -> tuple[Matrix, Matrix]:
    """The leading vectors U as columns, and U^dagger M."""
    first = None if kept is None else directions(core, kept)
    rest, room = core, most
    if first is not None:
        rest, room = core - first @ (first.conj().T @ core), most - first.shape[1]
    kind = _SINGLE.get(core.dtype.char) if single else None
    if kind is not None:
        # Divided by the norm, no square leaves the range of single precision.
        gram, conjugated = _gram((rest / math.sqrt(total)).astype(kind))
        vectors = leading_vectors(gram, room).vectors.astype(core.dtype, order="F")
    else:
        gram, conjugated = _gram(rest)
        found = leading_vectors(gram, room)
        vectors = found.vectors
        if cutoff:
            tail = _weight(rest) - np.cumsum(found.values)
            vectors = vectors[:, : int(np.searchsorted(-tail, -cutoff * total)) + 1]
    if first is not None:
        joined = np.concatenate([first.conj() if conjugated else first, vectors], axis=1)
        vectors = np.asfortranarray(joined)
    if (first is not None or kind is not None) and core.dtype.char in _SINGLE:
        vectors = polished(vectors)
    other = np.conjugate(vectors, order="C")
    right = (vectors.T if conjugated else other.T) @ core
    return (other if conjugated else vectors), right


def _weight(matrix: Matrix) -> float:
    return float(np.vdot(matrix, matrix).real)


def _gram(matrix: Matrix) -> tuple[Matrix, bool]:
    """M M^dagger or its conjugate, and whether it is that: whichever needs no copy of M.

    Of large matrices the lower triangle only, which is half the work, in Fortran's order.
    """
    from scipy.linalg import blas

    name = _SQUARED.get(matrix.dtype.char)
    if name is None or len(matrix) < _SMALLEST_HALF:
        return matrix @ matrix.conj().T, False
    square = getattr(blas, name)
    if matrix.flags.f_contiguous:
        return square(1.0, matrix, lower=1), False
    return square(1.0, matrix.T, trans=2 if name.endswith("herk") else 1, lower=1), True


def _by_values(matrix: Matrix, truncation: Truncation, kept: Kept | None) -> Split:
    """From singular values, accurate down to rounding times the largest."""
    found = _by_best_values(matrix, truncation)
    if kept is None or found.discarded < _NOTHING:
        return found
    first, most = directions(matrix, kept), truncation.max_bond
    rest = matrix - first @ (first.conj().T @ matrix)
    total, room = _weight(matrix), None if most is None else most - first.shape[1]
    share = min(truncation.cutoff * total / (_weight(rest) or total), 1.0)
    others = _by_best_values(rest, Truncation(room, share)).left
    made = np.linalg.qr(np.concatenate([first, others], axis=1)).Q
    right = made.conj().T @ matrix
    return Split(made, right, max(1.0 - _weight(right) / total, 0.0))


def _by_best_values(matrix: Matrix, truncation: Truncation) -> Split:
    left, values, right = _svd(matrix)
    weights = values**2
    total = float(weights.sum())
    if total == 0.0:
        return Split(left[:, :1], values[:1, None] * right[:1], 0.0)
    rounding = float(np.finfo(values.dtype).eps) * max(matrix.shape)
    keep = max(int(np.count_nonzero(values > rounding * values[0])), 1)
    if truncation.cutoff:
        # tail[k] is what is lost when k are kept.
        tail = np.concatenate([np.cumsum(weights[::-1])[::-1], [0.0]])
        keep = min(keep, max(int(np.argmax(tail <= truncation.cutoff * total)), 1))
    if truncation.max_bond is not None:
        keep = min(keep, truncation.max_bond)
    discarded = float(weights[keep:].sum()) / total
    return Split(left[:, :keep], values[:keep, None] * right[:keep], discarded)


def _svd(matrix: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """The thin singular value decomposition, by a second driver where the first gives up."""
    try:
        left, values, right = np.linalg.svd(matrix, full_matrices=False)
    except np.linalg.LinAlgError:
        if not np.isfinite(matrix).all():
            raise _not_finite() from None
        import scipy.linalg

        left, values, right = scipy.linalg.svd(matrix, full_matrices=False, lapack_driver="gesvd")
    if not np.isfinite(values).all():
        raise _not_finite()
    return left, values, right


def singular_values(matrix: Matrix) -> Matrix:
    """The singular values alone, descending."""
    values: Matrix = np.linalg.svd(matrix, compute_uv=False)
    return values


def _not_finite() -> TnsimError:
    return TnsimError(
        "the tensors must be finite, but hold NaN or infinite numbers after an instruction; look "
        "for one in the parameter values, matrices and channels that were given"
    )
