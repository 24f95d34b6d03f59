"""`leading_isometry` with a derivative of its own in JAX."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax

from .isometries import leading_subspace, subspace_cotangent

__all__ = ["isometry"]


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def isometry(matrix: Any, keep: int) -> Any:
    """The `keep` leading left singular vectors of an array (m, k)."""
    return leading_subspace(matrix, keep)[0]


def _forward(matrix: Any, keep: int) -> tuple[Any, Any]:
    kept, rest, inverse = leading_subspace(matrix, keep)
    return kept, (matrix, kept, rest, inverse)


def _backward(keep: int, held: Any, cotangent: Any) -> tuple[Any]:  # noqa: ARG001
    # JAX's cotangents are without conjugation: dL = Re sum c dU.
    matrix, kept, rest, inverse = held
    return (subspace_cotangent(matrix, kept, rest, inverse, cotangent.conj()).conj(),)


isometry.defvjp(_forward, _backward)
