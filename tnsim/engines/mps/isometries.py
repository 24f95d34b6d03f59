"""The leading singular vectors of a matrix with a derivative that always exists.

What follows depends on the spanned subspace alone, not on the basis in it: the projector
P = U U^dagger. Turns within the subspace then have no derivative, and only pairs (i, j) of a kept
and a discarded vector count,

    dU = sum_ij u_j <u_j| dG |u_i> / (l_i - l_j),    G = M M^dagger = sum_k l_k u_k u_k^dagger,

so equal singular values on one side of the cut do no harm. Across it 1/x is taken as
x / (x^2 + e^2), with e at rounding. (For the basis itself: Liao et al., PRX 9, 031041 (2019).)
"""

from __future__ import annotations

from typing import Any

import autoray

__all__ = ["leading_isometry", "leading_subspace", "subspace_cotangent"]

_BROADENING = 1e-12

Array = Any


def leading_isometry(matrix: Array, keep: int) -> Array:
    """The `keep` leading left singular vectors of (m, k), as columns (m, keep).

    In NumPy, or with derivatives in Torch and JAX.
    """
    library = autoray.infer_backend(matrix)
    if library == "torch":
        from .isometry_torch import isometry

        return isometry(matrix, keep)
    if library == "jax":
        from .isometry_jax import isometry as traced

        return traced(matrix, keep)
    return leading_subspace(matrix, keep)[0]


def leading_subspace(matrix: Array, keep: int) -> tuple[Array, Array, Array]:
    """Kept vectors (m, keep), discarded ones (m, m - keep), and 1/(l_i - l_j) (m - keep, keep)."""
    do = autoray.do
    gram = matrix @ do("conj", do("transpose", matrix, (1, 0)))
    values, vectors = do("linalg.eigh", gram)
    cut = matrix.shape[0] - keep
    gaps = values[cut:][None, :] - values[:cut][:, None]
    size = _BROADENING * values[-1]
    tiny = 1e-300
    return vectors[:, cut:], vectors[:, :cut], gaps / (gaps * gaps + size * size + tiny)


def subspace_cotangent(
    matrix: Array, kept: Array, rest: Array, inverse: Array, cotangent: Array
) -> Array:
    """dL/dM for dL = Re tr(C^dagger dU), given C of the shape of `kept`."""
    do = autoray.do

    def adjoint(one: Array) -> Array:
        return do("conj", do("transpose", one, (1, 0)))

    weighted = (adjoint(rest) @ cotangent) * inverse
    slope = rest @ weighted @ adjoint(kept)
    return (slope + adjoint(slope)) @ matrix
