"""A program as one `torch.autograd.Function`.

Torch's gradient of a real L by a complex v is dL/d(Re v) + i dL/d(Im v), so that
dL = Re sum conj(g) dv: the cotangent here is its conjugate.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

import numpy as np
import torch

from tnsim.base.arrays import library_of

from .gradient_node import Node, no_second
from .progress import Progress

__all__ = ["asked", "differentiable"]


def asked(given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The tensors by name, and those of them that Torch differentiates by."""
    tensors = {name: value for name, value in given.items() if library_of(value) == "torch"}
    if not torch.is_grad_enabled():
        return tensors, ()
    return tensors, tuple(name for name, tensor in tensors.items() if tensor.requires_grad)


def differentiable(
    node: Node, executor: Executor | None, progress: Progress | None
) -> tuple[Any, ...]:
    """The values, one for each query, with the way back to the tensors."""
    return _Function.apply(node, executor, progress, *node.tensors.values())  # type: ignore[no-any-return]


class _Function(torch.autograd.Function):  # type: ignore[misc]
    """Values of queries from parameters."""

    @staticmethod
    def forward(
        ctx: Any, node: Node, executor: Executor | None, progress: Progress | None, *tensors: Any
    ) -> tuple[Any, ...]:
        ctx.set_materialize_grads(False)
        ctx.node = node
        ctx.save_for_backward(*tensors)
        host = node.setting.library == "numpy"
        arrays = [t.detach().numpy() if host else t.detach() for t in tensors]
        values, ctx.back = node.values_and_back(arrays, executor, progress)
        return tuple(map(_tensor, values))

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Any, ...]:
        node, tensors = ctx.node, ctx.saved_tensors
        given = [None if c is None else c.detach().cpu().numpy().conj() for c in cotangents]
        found = dict(zip(node.wanted, ctx.back(given), strict=True))
        slopes: list[Any] = [
            _tensor(found[name]).to(tensor) if name in found else None
            for name, tensor in zip(node.tensors, tensors, strict=True)
        ]
        if torch.is_grad_enabled():
            slopes = [s if s is None else _Last.apply(s, *tensors, *cotangents) for s in slopes]
        return (None, None, None, *slopes)


class _Last(torch.autograd.Function):  # type: ignore[misc]
    """A derivative that has none itself."""

    @staticmethod
    def forward(ctx: Any, slope: Any, *_: Any) -> Any:  # noqa: ARG004
        return slope.clone()

    @staticmethod
    def backward(ctx: Any, *_: Any) -> Any:  # noqa: ARG004
        raise no_second()


def _tensor(array: Any) -> Any:
    """A tensor of an array's own numbers, which NumPy may have lent out."""
    return torch.tensor(array) if isinstance(array, np.ndarray | np.generic) else array
