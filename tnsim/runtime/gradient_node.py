"""A program as one node in an autodiff framework: what all frameworks share.

The framework sees the parameters go in and the values come out; the circuit, its noise and every
intermediate stay outside its tape. Values of parameters on the CPU are taken to NumPy, whose
kernels are the fastest here; those on another device stay there.

The value of a single query that is one real number is found together with its derivatives, so
that the way back is a multiplication. Of other values the way back waits for their cotangents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import Array, common_library, double_precision
from tnsim.base.errors import CircuitError, QueryError
from tnsim.engines.exact.gradients import ExactGradient
from tnsim.engines.inputs import Inputs, Setting
from tnsim.queries.cotangents import value_like

from .derivatives import Derivatives, Slopes
from .evaluation import evaluate
from .gradient_calls import derivatives_of, own_shapes
from .progress import Progress

if TYPE_CHECKING:
    from .exact_program import ExactProgram

__all__ = ["Node", "no_second", "node_for", "node_values", "wanted_tensors"]

Back = Callable[[Sequence[NDArray[Any] | None]], list[NDArray[np.float64]]]
"""From a cotangent for each query (None: zero) to derivatives in the shapes of the parameters."""


@dataclass(frozen=True, eq=False)
class Node:
    """A program at parameters of which a framework gives `tensors`, and numbers the others.

    `wanted` names those of the tensors that the framework differentiates by.
    """

    program: ExactProgram
    library: str
    tensors: Mapping[str, Any]
    numbers: Mapping[str, Any]
    wanted: tuple[str, ...]

    @cached_property
    def gradient(self) -> ExactGradient:
        """The derivatives that the node's arrays need."""
        return self._derivatives.gradient

    @cached_property
    def setting(self) -> Setting:
        """What decides the cost, as far as shapes that are being traced tell."""
        sizes = {}
        for name, value in {**self.tensors, **self.numbers}.items():
            shape = tuple(getattr(value, "shape", np.shape(value)))
            if len(shape) == 1:
                sizes[name] = shape[0] or 1
        size = next(iter(sizes.values()), 1)
        return Setting(frozenset(sizes), int(size), self._computing)

    @property
    def is_number(self) -> bool:
        """Whether there is one query and its value is one real number."""
        likes = self.likes
        return len(likes) == 1 and likes[0].shape == () and not np.iscomplexobj(likes[0])

    @cached_property
    def likes(self) -> list[NDArray[Any]]:
        """By query, the shape of the value for one parameter set, and whether it is complex."""
        n = self.program.circuit.num_qubits
        return [value_like(query, n) for query in self.program.queries.values()]

    def values(
        self, arrays: Sequence[Array], executor: Executor | None, progress: Progress | None
    ) -> list[Array]:
        """The values alone."""
        inputs = self._inputs(arrays)
        with double_precision(inputs.library, self.program.dtype):
            answers = self.program.engine.for_library(inputs.library).run(
                inputs, executor, progress
            )
            batched = bool(inputs.batch)
            return [
                evaluate(query, answers, batched=batched) for query in self.program.queries.values()
            ]

    def number(
        self, arrays: Sequence[Array], executor: Executor | None, progress: Progress | None
    ) -> tuple[Array, Slopes]:
        """The value of the only query, and its derivatives of shape (wanted, S)."""
        return self._number(self._inputs(arrays), executor, progress)

    def _number(
        self, inputs: Inputs, executor: Executor | None, progress: Progress | None
    ) -> tuple[Array, Slopes]:
        [name] = self.program.queries
        with double_precision(inputs.library, self.program.dtype):
            return self._derivatives.of_number(name, inputs, executor, progress)

    def values_and_back(
        self, arrays: Sequence[Array], executor: Executor | None, progress: Progress | None
    ) -> tuple[list[Array], Back]:
        """The values, and the way back from their cotangents, nothing being conjugated."""
        inputs = self._inputs(arrays)
        names = list(self.program.queries)
        if self.is_number:
            value, slopes = self._number(inputs, executor, progress)

            def scaled(cotangents: Sequence[NDArray[Any] | None]) -> list[NDArray[np.float64]]:
                [cotangent] = cotangents
                given = np.zeros(1) if cotangent is None else cotangent
                return self._weighed(slopes, given, inputs)

            return [value], scaled
        with double_precision(inputs.library, self.program.dtype):
            values, pull = self._derivatives.pullback(inputs, executor, progress)

        def back(cotangents: Sequence[NDArray[Any] | None]) -> list[NDArray[np.float64]]:
            pairs = zip(names, cotangents, strict=True)
            given = {name: c for name, c in pairs if c is not None}
            with double_precision(inputs.library, self.program.dtype):
                slopes = pull(given)
            return list(own_shapes(self.wanted, slopes, inputs).values())

        return list(values.values()), back

    def weighed(
        self, slopes: Slopes, cotangent: NDArray[Any], arrays: Sequence[Array]
    ) -> list[NDArray[np.float64]]:
        """Derivatives of `number` times the cotangent, in the shapes of the parameters."""
        return self._weighed(slopes, cotangent, self._inputs(arrays))

    def _weighed(
        self, slopes: Slopes, cotangent: NDArray[Any], inputs: Inputs
    ) -> list[NDArray[np.float64]]:
        return list(own_shapes(self.wanted, slopes * cotangent.reshape(1, -1), inputs).values())

    @cached_property
    def _computing(self) -> str:
        """The library that computes: the framework's own only off the CPU."""
        where = [str(getattr(t, "device", "cpu")) for t in self.tensors.values()]
        host = all("cpu" in place.lower() or place in ("", "None") for place in where)
        return "numpy" if host else self.library

    @cached_property
    def _derivatives(self) -> Derivatives:
        return derivatives_of(self.program, self.wanted, self._computing)

    def _inputs(self, arrays: Sequence[Array]) -> Inputs:
        return self.program.inputs({**self.numbers, **dict(zip(self.tensors, arrays, strict=True))})


def node_for(program: ExactProgram, given: Mapping[str, Any]) -> Node | None:
    """The node that a framework asks for by the values given; None where no derivative is due.

    Raises `CircuitError` for values of a rank that is neither 0 nor 1.
    """
    library, _ = common_library(given.values())
    tensors, wanted = _asked(given, library)
    if not wanted:
        return None
    for name, tensor in tensors.items():
        if len(tensor.shape) > 1:
            raise CircuitError(
                f"the value of {name} must be a number or a batch of shape (B,) "
                f"(got shape {tuple(tensor.shape)})"
            )
    numbers = {name: value for name, value in given.items() if name not in tensors}
    return Node(program, library, tensors, numbers, wanted)


def wanted_tensors(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the values that a framework differentiates by."""
    return _asked(given, common_library(given.values())[0])[1]


def _asked(given: Mapping[str, Any], library: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A framework's tensors by name, and those of them that it differentiates by."""
    if library == "numpy":
        return {}, ()
    if library == "torch":
        from .gradient_torch import asked
    elif library == "tensorflow":
        from .gradient_tensorflow import asked
    else:
        from .gradient_jax import asked
    return asked(given)


def no_second() -> QueryError:
    """The error for second derivatives."""
    return QueryError(
        "a program has first derivatives only inside Torch, TensorFlow and JAX; for second ones "
        "use program.hessian_vector(params, vector)"
    )


def node_values(
    node: Node, executor: Executor | None, progress: Progress | None
) -> dict[str, Array]:
    """The values by query, differentiable in the framework."""
    if node.library == "torch":
        from .gradient_torch import differentiable
    elif node.library == "tensorflow":
        from .gradient_tensorflow import differentiable
    else:
        from .gradient_jax import differentiable
    values = differentiable(node, executor, progress)
    return dict(zip(node.program.queries, values, strict=True))
