"""`leading_isometry` as one node of Torch's graph."""

from __future__ import annotations

from typing import Any

import torch

from .isometries import leading_subspace, subspace_cotangent

__all__ = ["isometry"]


class _Isometry(torch.autograd.Function):  # type: ignore[misc]
    """U from M; see `subspace_cotangent` for the way back."""

    @staticmethod
    def forward(ctx: Any, matrix: Any, keep: int) -> Any:
        kept, rest, inverse = leading_subspace(matrix, keep)
        ctx.save_for_backward(matrix, kept, rest, inverse)
        return kept

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        matrix, kept, rest, inverse = ctx.saved_tensors
        return subspace_cotangent(matrix, kept, rest, inverse, cotangents[0]), None


def isometry(matrix: Any, keep: int) -> Any:
    """The `keep` leading left singular vectors of a tensor (m, k)."""
    return _Isometry.apply(matrix, keep)
