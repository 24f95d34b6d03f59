"""A program as one node on TensorFlow's tapes, eager or in a `tf.function`.

In a `tf.function` it is a `tf.numpy_function`, which runs on the host. TensorFlow's gradient of a
real L by a complex v is dL/d(Re v) + i dL/d(Im v), so that dL = Re sum conj(g) dv: the cotangent
here is its conjugate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
import tensorflow as tf

from tnsim.base.arrays import complex_dtype, library_of, real_dtype, to_numpy

from .gradient_node import Node, no_second
from .progress import Progress

__all__ = ["asked", "differentiable"]


def asked(given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The tensors by name, and those of them that TensorFlow may differentiate by.

    Those are all, where a tape may be recording or a function is being traced.
    """
    tensors = {
        name: tf.convert_to_tensor(value)
        for name, value in given.items()
        if library_of(value) == "tensorflow"
    }
    return tensors, tuple(tensors) if _may_differentiate() else ()


def differentiable(
    node: Node, executor: Executor | None, progress: Progress | None
) -> tuple[Any, ...]:
    """The values, one for each query, with the way back to the tensors."""
    work = _Eager if tf.executing_eagerly() else _Traced

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(*tensors: Any) -> Any:
        with _not_recorded():
            values, back = work(node, executor, progress).run(tensors)

        def pull(*cotangents: Any) -> list[Any]:
            with _not_recorded():
                slopes = back([tf.math.conj(c) for c in cotangents])
            # Without a tape that could take the derivatives of these, nobody has to be refused.
            return list(_last(slopes, [*tensors, *cotangents])) if _may_differentiate() else slopes

        return tuple(values), pull

    found = run(*node.tensors.values())
    return tuple(found) if isinstance(found, list | tuple) else (found,)


class _Eager:
    """Values and the way back at once."""

    def __init__(self, node: Node, executor: Executor | None, progress: Progress | None) -> None:
        self._node, self._executor, self._progress = node, executor, progress

    def run(self, tensors: Sequence[Any]) -> tuple[list[Any], Callable[[list[Any]], list[Any]]]:
        node = self._node
        host = node.setting.library == "numpy"
        arrays = [t.numpy() if host else t for t in tensors]
        values, back = node.values_and_back(arrays, self._executor, self._progress)

        def pull(cotangents: list[Any]) -> list[Any]:
            slopes = back([to_numpy(c) for c in cotangents])
            pairs = zip(slopes, tensors, strict=True)
            return [tf.constant(s, t.dtype) for s, t in pairs]

        return [tf.convert_to_tensor(value) for value in values], pull


class _Traced:
    """Functions on the host, called when the graph runs."""

    def __init__(self, node: Node, executor: Executor | None, progress: Progress | None) -> None:
        self._node, self._executor, self._progress = node, executor, progress

    def run(self, tensors: Sequence[Any]) -> tuple[list[Any], Callable[[list[Any]], list[Any]]]:
        node = self._node
        count = len(node.likes)
        sizes = [t.shape for t in tensors if t.shape.rank == 1]
        front = [sizes[0][0]] if sizes else []
        shapes = [[*front, *like.shape] for like in node.likes]
        types = [_value_dtype(node, k) for k in range(count)]
        if node.is_number and _is_recording():
            value, slopes = self._call(
                self._number, tensors, [types[0], "float64"], [shapes[0], None]
            )

            def weigh(cotangents: list[Any]) -> list[Any]:
                return self._back(self._weigh, [slopes, *cotangents, *tensors], tensors)

            return [value], weigh
        values = self._call(self._values, tensors, types, shapes)

        def pull(cotangents: list[Any]) -> list[Any]:
            return self._back(self._pull, [*cotangents, *tensors], tensors)

        return values, pull

    def _call(
        self, function: Any, given: Sequence[Any], types: Sequence[str], shapes: Sequence[Any]
    ) -> list[Any]:
        # Without state: what nobody uses is not computed.
        found = tf.numpy_function(function, list(given), list(types), stateful=False)
        for tensor, shape in zip(found, shapes, strict=True):
            if shape is not None:
                tensor.set_shape(shape)
        return list(found)

    def _back(self, function: Any, given: Sequence[Any], tensors: Sequence[Any]) -> list[Any]:
        shapes = [t.shape for t in tensors]
        found = self._call(function, given, ["float64"] * len(tensors), shapes)
        return [tf.cast(s, t.dtype) for s, t in zip(found, tensors, strict=True)]

    def _values(self, *arrays: Any) -> list[Any]:
        found = self._node.values(arrays, self._executor, self._progress)
        return [np.asarray(v, _value_dtype(self._node, k)) for k, v in enumerate(found)]

    def _number(self, *arrays: Any) -> list[Any]:
        value, slopes = self._node.number(arrays, self._executor, self._progress)
        return [np.asarray(value, _value_dtype(self._node, 0)), slopes]

    def _weigh(self, slopes: Any, cotangent: Any, *arrays: Any) -> list[Any]:
        return self._node.weighed(slopes, cotangent, arrays)

    def _pull(self, *given: Any) -> list[Any]:
        count = len(self._node.likes)
        _, back = self._node.values_and_back(given[count:], self._executor, self._progress)
        return [np.array(slope) for slope in back(given[:count])]


def _value_dtype(node: Node, query: int) -> str:
    dtype = node.program.dtype
    return complex_dtype(dtype) if np.iscomplexobj(node.likes[query]) else real_dtype(dtype)


def _last(slopes: Sequence[Any], tensors: Sequence[Any]) -> Sequence[Any]:
    """The slopes, as a node that refuses to be differentiated."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(*given: Any) -> Any:
        def refuse(*_: Any) -> Any:
            raise no_second()

        return tuple(tf.identity(s) for s in given[: len(slopes)]), refuse

    found: Sequence[Any] = run(*slopes, *tensors)
    return found if isinstance(found, list | tuple) else (found,)


def _may_differentiate() -> bool:
    return _is_recording() or not tf.executing_eagerly()


def _is_recording() -> bool:
    """Whether a tape may be recording in this thread; yes, where TensorFlow does not tell."""
    try:
        from tensorflow.python.eager import record
    except ImportError:
        return True
    could = getattr(record, "could_possibly_record", None)
    return True if could is None else bool(could())


def _not_recorded() -> Any:
    """A context in which no tape records what is computed."""
    from tensorflow.python.eager import record

    return record.stop_recording()
