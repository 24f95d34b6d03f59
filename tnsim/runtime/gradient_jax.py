"""A program as one `jax.custom_vjp`.

Where JAX compiles (`jax.jit`), the node is a `jax.pure_callback` to the host; under `jax.grad`
alone it computes at once. A cotangent of JAX is one here: dL = Re sum g dv, nothing conjugated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import jax
import numpy as np

from tnsim.base.arrays import complex_dtype, library_of, real_dtype

from .gradient_node import Node, no_second
from .progress import Progress

__all__ = ["asked", "differentiable"]

Arrays = Sequence[Any]


def asked(given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The arrays by name, and all of them as those to differentiate by where JAX traces one."""
    arrays = {name: value for name, value in given.items() if library_of(value) == "jax"}
    traced = any(isinstance(value, jax.core.Tracer) for value in arrays.values())
    return arrays, tuple(arrays) if traced else ()


def differentiable(
    node: Node, executor: Executor | None, progress: Progress | None
) -> tuple[Any, ...]:
    """The values, one for each query, with the way back to the arrays."""
    work = _Work(node, executor, progress)
    run = jax.custom_vjp(work.values)
    run.defvjp(work.forward, work.backward)
    return tuple(run(*map(_array, node.tensors.values())))


class _Work:
    """The node's functions as JAX calls them, on arrays or while it traces."""

    def __init__(self, node: Node, executor: Executor | None, progress: Progress | None) -> None:
        self._node, self._executor, self._progress = node, executor, progress

    def values(self, *arrays: Any) -> tuple[Any, ...]:
        """The values alone."""
        return self._call(self._values, self._value_shapes(arrays), arrays)

    def forward(self, *arrays: Any) -> tuple[tuple[Any, ...], Any]:
        """The values, and what the way back needs."""
        # JAX hands on a Python number as it is.
        arrays = tuple(map(_array, arrays))
        if not self._node.is_number:
            return self.values(*arrays), (None, arrays)
        sets = _sets(arrays)
        shape = _like((len(self._node.wanted), sets or 1), "float64")
        value, slopes = self._call(self._number, [*self._value_shapes(arrays), shape], arrays)
        return (value,), (slopes, arrays)

    def backward(self, kept: Any, cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
        """The derivatives, in the shapes of the arrays."""
        slopes, arrays = kept
        shapes = [jax.ShapeDtypeStruct(a.shape, a.dtype) for a in arrays]
        if slopes is None:
            return self._call(self._pull, shapes, (*cotangents, *arrays))
        [cotangent] = cotangents
        if not any(isinstance(a, jax.core.Tracer) for a in (slopes, cotangent, *arrays)):
            # One by one, JAX's operations on single numbers take longer than the gradient.
            rows = self._node.weighed(np.asarray(slopes), np.asarray(cotangent), arrays)
            pairs = zip(rows, arrays, strict=True)
            placed = jax.device_put([np.asarray(row, array.dtype) for row, array in pairs])
            return tuple(placed)
        weighed = slopes * cotangent.reshape(1, -1)
        found = []
        for row, array in zip(weighed, arrays, strict=True):
            whole = row if array.shape else row.sum()
            found.append(jax.numpy.broadcast_to(whole, array.shape).astype(array.dtype))
        return tuple(found)

    def _values(self, *arrays: Any) -> list[Any]:
        return self._node.values(arrays, self._executor, self._progress)

    def _number(self, *arrays: Any) -> list[Any]:
        value, slopes = self._node.number(arrays, self._executor, self._progress)
        return [value, slopes]

    def _pull(self, *given: Any) -> list[Any]:
        count = len(self._node.likes)
        _, back = self._node.values_and_back(given[count:], self._executor, self._progress)
        return list(back([np.asarray(c) for c in given[:count]]))

    def _value_shapes(self, arrays: Arrays) -> list[Any]:
        sets, dtype = _sets(arrays), self._node.program.dtype
        front = () if sets is None else (sets,)
        return [
            _like(
                (*front, *like.shape),
                complex_dtype(dtype) if np.iscomplexobj(like) else real_dtype(dtype),
            )
            for like in self._node.likes
        ]

    def _call(self, function: Any, shapes: Sequence[Any], given: Arrays) -> tuple[Any, ...]:
        """The function's results: at once, or when the compiled program runs."""
        host = self._node.setting.library == "numpy"

        def on_host(*arrays: Any) -> tuple[Any, ...]:
            found = function(*(np.asarray(a) if host else a for a in arrays))
            pairs = zip(found, shapes, strict=True)
            return tuple(np.asarray(f).astype(s.dtype).reshape(s.shape) for f, s in pairs)

        if not any(isinstance(a, jax.core.Tracer) for a in given):
            return tuple(jax.numpy.asarray(f) for f in on_host(*given))

        def call(*arrays: Any) -> tuple[Any, ...]:
            found: tuple[Any, ...] = jax.pure_callback(
                on_host, tuple(shapes), *arrays, vmap_method="sequential"
            )
            return found

        last = jax.custom_jvp(call)
        last.defjvp(_refuse)
        return tuple(last(*given))


def _array(value: Any) -> Any:
    return value if isinstance(value, jax.Array) else jax.numpy.asarray(value)


def _refuse(primals: Any, tangents: Any) -> Any:  # noqa: ARG001
    raise no_second()


def _sets(arrays: Arrays) -> int | None:
    """The length of the batch, None where there is none."""
    return next((int(a.shape[0]) for a in arrays if a.shape), None)


def _like(shape: tuple[int, ...], dtype: str) -> Any:
    return jax.ShapeDtypeStruct(shape, jax.dtypes.canonicalize_dtype(dtype))
