"""Updates of bonds: many of equal shape at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Truncation", "Updated", "carry", "update_pairs"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Truncation:
    """What a bond keeps: at most `max_bond` values, and all but `cutoff` of their squares' sum.

    Values below `rounding` times the largest are always dropped.
    """

    max_bond: int
    cutoff: float
    rounding: float

    def kept(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """How many of each row of values, descending, (B, k)."""
        squares = values.astype(np.float64) ** 2
        tail = np.cumsum(squares[:, ::-1], axis=1)[:, ::-1]
        real = np.count_nonzero(values > self.rounding * values[:, :1], axis=1)
        heavy = np.count_nonzero(tail > self.cutoff * tail[:, :1], axis=1)
        found = np.minimum(np.minimum(real, heavy), self.max_bond)
        kept: NDArray[np.int64] = np.maximum(found, 1)
        return kept


@dataclass(frozen=True, eq=False)
class Updated:
    """One bond after an update: both tensors as (rows, bond), weights of norm 1, what was kept.

    `norm` is that of what was kept, and `discarded` the share of the squared norm that was not.
    """

    left: Array
    right: Array
    weights: NDArray[Any]
    norm: float
    discarded: float


def update_pairs(left: Array, right: Array, weights: Array, rule: Truncation) -> list[Updated]:
    """The truncated decompositions of L_b W_b^-1 R_b^T for B bonds of equal shapes.

    `left` (B, rows, c, g) and `right` (B, rows', c, g) are summed over c and g, `weights` (B, c)
    divide c. By QR of both, the decomposition is of a matrix of at most c g rows, whatever the
    number of other legs (as in the reduced-tensor updates of Corboz et al., Phys. Rev. B 81,
    165104 (2010)).
    """
    count, _, bond, rank = left.shape
    q1, r1 = np.linalg.qr(left.reshape(count, -1, bond * rank))
    q2, r2 = np.linalg.qr(right.reshape(count, -1, bond * rank))
    divided = r1 / np.repeat(weights, rank, axis=1)[:, None, :]
    return _updated(q1, divided @ r2.transpose(0, 2, 1), q2, rule)


def carry(left: Array, right: Array, weights: Array, rule: Truncation) -> Updated:
    """The truncated decomposition of sum_c L[i, c, g] R[j, c] / W[c] between i and (j, g).

    The leg g goes from the left to the right tensor, whose rows become (j, g).
    """
    _, bond, rank = left.shape
    q1, r1 = np.linalg.qr(left.reshape(-1, bond * rank))
    q2, r2 = np.linalg.qr(right)
    inner = r1.reshape(-1, bond, rank).transpose(0, 2, 1) / weights
    middle = (inner @ r2.T).transpose(0, 2, 1)
    one = np.eye(middle.shape[1] * rank, dtype=q2.dtype)
    found = _updated(q1[None], middle.reshape(1, len(middle), -1), one[None], rule)[0]
    legs = found.right.reshape(-1, rank * len(found.weights))
    rows = (q2 @ legs).reshape(len(q2) * rank, -1)
    return replace(found, right=rows)


def _updated(q1: Array, middle: Array, q2: Array, rule: Truncation) -> list[Updated]:
    u, s, v = decomposed(middle)
    kept = rule.kept(s)
    squares = s.astype(np.float64) ** 2
    most = int(kept.max())
    s = s[:, :most]
    ones = q1 @ (u[:, :, :most] * s[:, None])
    twos = q2 @ (v[:, :most].transpose(0, 2, 1) * s[:, None])
    found = []
    for b, k in enumerate(kept.tolist()):
        square, rest = float(squares[b, :k].sum()), float(squares[b, k:].sum())
        norm = square**0.5
        divisor = norm if norm > 0 else 1.0
        found.append(
            Updated(
                ones[b, :, :k] / divisor,
                twos[b, :, :k] / divisor,
                s[b, :k] / divisor if norm > 0 else np.ones_like(s[b, :k]),
                norm,
                rest / (square + rest) if square > 0 else 0.0,
            )
        )
    return found


def decomposed(matrices: Array) -> tuple[Array, Array, Array]:
    """Singular value decompositions of a stack; one by one with another driver where that fails."""
    try:
        u, s, v = np.linalg.svd(matrices, full_matrices=False)
        if np.isfinite(s).all():
            return u, s, v
    except np.linalg.LinAlgError:
        pass
    if not np.isfinite(matrices).all():
        raise FloatingPointError("a tensor of the state is not finite")
    import scipy.linalg

    parts = [scipy.linalg.svd(one, full_matrices=False, lapack_driver="gesvd") for one in matrices]
    u, s, v = (np.stack(some) for some in zip(*parts, strict=True))
    return u, s, v
