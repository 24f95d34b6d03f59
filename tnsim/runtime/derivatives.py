"""Values and derivatives of a program's queries, at checked inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import Array, as_library, real_dtype, to_numpy
from tnsim.base.errors import QueryError
from tnsim.engines.exact.gradients import ExactGradient, Seeds
from tnsim.engines.inputs import Inputs
from tnsim.queries import Query
from tnsim.queries.cotangents import answer_cotangents, is_linear, value_like
from tnsim.queries.query import LeafQuery

from .evaluation import aligned, evaluate
from .progress import Progress

__all__ = ["Derivatives", "Slopes", "check_real_number"]

Slopes = NDArray[np.float64]
"""Derivatives of one number by parameters, shape (names, S): S is the batch, or 1."""


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Derivatives of `queries` by the parameters of `gradient`, for circuits of `num_qubits`."""

    gradient: ExactGradient
    queries: Mapping[str, Query]
    num_qubits: int

    def of_number(
        self, name: str, inputs: Inputs, executor: Executor | None, progress: Progress | None
    ) -> tuple[Array, Slopes]:
        """The value of a query that is one real number, and its derivatives."""
        query = self.queries[name]
        leaves = query.leaves()
        gradient = self.gradient

        def seeds(answers: Mapping[LeafQuery, Array]) -> Seeds:
            sets = (inputs_size(answers, leaves),) if inputs.batch else ()
            return _seeds(query, answers, np.ones(sets), batched=bool(inputs.batch))

        if is_linear(query) and all(map(gradient.is_linear, leaves)):
            unread = {leaf: np.zeros(leaf.shape(self.num_qubits)) for leaf in leaves}
            known = _seeds(query, unread, np.ones(()), batched=False)
            answers, slopes = gradient.value_and_gradient(inputs, leaves, known, executor, progress)
        else:
            answers, slopes = gradient.value_and_gradient(inputs, leaves, seeds, executor, progress)
        return evaluate(query, answers, batched=bool(inputs.batch)), slopes

    def pullback(
        self, inputs: Inputs, executor: Executor | None, progress: Progress | None
    ) -> tuple[dict[str, Array], Callable[[Mapping[str, NDArray[Any]]], Slopes]]:
        """The values of all queries, and the function from their cotangents to derivatives."""
        leaves = tuple(dict.fromkeys(leaf for q in self.queries.values() for leaf in q.leaves()))
        answers, pull = self.gradient.value_and_pull(inputs, leaves, executor, progress)
        batched = bool(inputs.batch)

        def back(cotangents: Mapping[str, NDArray[Any]]) -> Slopes:
            total: dict[LeafQuery, NDArray[Any]] = {}
            for name, cotangent in cotangents.items():
                found = _seeds(self.queries[name], answers, cotangent, batched=batched)
                for leaf, seed in found.items():
                    total[leaf] = total[leaf] + seed if leaf in total else seed
            return pull(total)

        values = {n: evaluate(q, answers, batched=batched) for n, q in self.queries.items()}
        return values, back

    def along(self, name: str, inputs: Inputs, vector: Mapping[str, NDArray[Any]]) -> Slopes:
        """The Hessian of a real number times a vector, by central difference of gradients."""
        scale = max((float(np.abs(v).max(initial=0.0)) for v in vector.values()), default=0.0)
        sets = inputs.size if inputs.batch else 1
        if scale == 0.0:
            return np.zeros((len(self.gradient.names), sets))
        dtype = real_dtype(self.gradient.engine.settings.dtype)
        step = float(np.finfo(dtype).eps) ** (1 / 3)
        ends = []
        for sign in (1.0, -1.0):
            values = dict(inputs.values)
            for key, direction in vector.items():
                moved = to_numpy(values[key]) + sign * step * direction / scale
                kept = to_numpy(values[key]).dtype.name
                values[key] = as_library(moved, kept, inputs.library, inputs.like)
            ends.append(self.of_number(name, replace(inputs, values=values), None, None)[1])
        result: Slopes = (ends[0] - ends[1]) * (scale / (2 * step))
        return result


def check_real_number(name: str, query: Query, num_qubits: int) -> None:
    """Raise `QueryError` unless the query's value for one parameter set is a real number."""
    like = value_like(query, num_qubits)
    if like.shape == () and not np.iscomplexobj(like):
        return
    shown = f"{name!r}, {query!r:.60}," if name else f"{query!r:.60}"
    kind = "complex" if np.iscomplexobj(like) else "real"
    raise QueryError(
        f"a gradient must be of a real number, but the query {shown} has {kind} values of shape "
        f"{like.shape}; use program.vjp with a cotangent, or give Torch, TensorFlow or JAX "
        "parameters and differentiate a number made of the result there"
    )


def inputs_size(answers: Mapping[LeafQuery, Array], leaves: Sequence[LeafQuery]) -> int:
    """The length of the answers' batch axis."""
    return int(answers[leaves[0]].shape[0])


def _seeds(
    query: Query, answers: Mapping[LeafQuery, Array], cotangent: NDArray[Any], *, batched: bool
) -> dict[LeafQuery, NDArray[Any]]:
    """Cotangents of the answers, each with an axis of parameter sets in front."""
    host = {leaf: to_numpy(answers[leaf]) for leaf in query.leaves()}
    found = answer_cotangents(query, aligned(query, host, batched=batched), cotangent)
    if batched:
        return {leaf: seed.reshape(host[leaf].shape) for leaf, seed in found.items()}
    return {leaf: seed[None] for leaf, seed in found.items()}
