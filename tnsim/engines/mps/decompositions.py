"""Matrices as products of an isometry and a rest, as small as is asked, by the fastest sound way.

A matrix M of singular values s_1 >= s_2 >= .. is cut to its leading k singular vectors; what is
discarded weighs sum_{i>k} s_i^2 / sum_i s_i^2, the least that any matrix of rank k can miss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import TnsimError

from .spectra import leading_vectors

__all__ = ["Split", "Truncation", "orthonormal_columns", "singular_values", "split"]

Matrix = NDArray[Any]

_MILD = 1e-6
# Squared singular values are known to rounding times the largest: where less than this is
# discarded, singular values themselves are taken.
_SMALLEST_GRAM = 24


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


def split(matrix: Matrix, truncation: Truncation, toward: str, *, mild: bool = False) -> Split:
    """M (m, k) as left (m, r) @ right (r, k), with the norm in the factor that `toward` names.

    `toward` "right" makes the columns of `left` orthonormal, "left" the rows of `right`. Singular
    values are not normalised: the weight that is discarded is gone. `mild` says that little will
    be discarded, and saves a try. Raises `TnsimError` where numbers are not finite.
    """
    if toward == "left":
        flipped = split(matrix.T, truncation, "right", mild=mild)
        return Split(flipped.right.T, flipped.left.T, flipped.discarded)
    most = truncation.max_bond
    small = min(matrix.shape)
    if most is not None and most < small and small > _SMALLEST_GRAM and not mild:
        found = _by_gram(matrix, most, truncation.cutoff)
        if found is not None:
            return found
    return _by_values(matrix, truncation)


def _by_gram(matrix: Matrix, most: int, cutoff: float) -> Split | None:
    """From the eigenvectors of M M^dagger, or None where those are not accurate enough."""
    rows, columns = matrix.shape
    basis: Matrix | None = None
    core = matrix
    if rows > columns:
        basis, core = orthonormal_columns(matrix)
    gram = core @ core.conj().T
    total = float(np.trace(gram).real)
    if not np.isfinite(total):
        raise _not_finite()
    try:
        found = leading_vectors(gram, most)
    except np.linalg.LinAlgError:
        return None
    if cutoff:
        tail = total - np.cumsum(found.values)
        keep = int(np.searchsorted(-tail, -cutoff * total)) + 1
        vectors = found.vectors[:, :keep]
    else:
        vectors = found.vectors
    right = vectors.conj().T @ core
    kept = float(np.vdot(right, right).real)
    discarded = 1.0 - kept / total if total else 0.0
    if not np.isfinite(discarded):
        raise _not_finite()
    if discarded < _MILD:
        return None
    return Split(vectors if basis is None else basis @ vectors, right, discarded)


def _by_values(matrix: Matrix, truncation: Truncation) -> Split:
    """From singular values, accurate down to rounding times the largest."""
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


def orthonormal_columns(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """M (m, k) = Q R with orthonormal columns of Q (m, min(m, k))."""
    found = np.linalg.qr(matrix)
    return found.Q, found.R


def _not_finite() -> TnsimError:
    return TnsimError(
        "the tensors must be finite, but hold NaN or infinite numbers after an instruction; look "
        "for one in the parameter values, matrices and channels that were given"
    )
