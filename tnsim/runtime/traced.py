"""Approximate answers whose arrays Torch or JAX differentiates through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autoray import do

from tnsim.base.arrays import common_library, double_precision
from tnsim.base.errors import QueryError

from .evaluation import evaluate

if TYPE_CHECKING:
    from tnsim.queries import Query
    from tnsim.queries.query import LeafQuery

    from .approximate_program import ApproximateProgram

__all__ = ["can_look_at", "traced_values"]


def can_look_at(given: Mapping[str, Any]) -> bool:
    """Whether values are numbers, and not what JAX is tracing."""
    if common_library(given.values())[0] != "jax":
        return True
    import jax

    return not any(isinstance(value, jax.core.Tracer) for value in given.values())


def traced_values(
    program: ApproximateProgram, given: Mapping[str, Any], wanted: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values by query, as arrays that the framework differentiates by `wanted`, with errors.

    The errors are what one run at the fixed bond tells, without a derivative; each leaf of an
    expression is moved by its own error, and the changes are added.

    Raises `QueryError` where the method has no arrays that a framework could follow.
    """
    from tnsim.engines.mps import LineEngine

    engine = program.engine
    library, _ = common_library(given.values())
    if not isinstance(engine, LineEngine) or library not in ("torch", "jax"):
        raise QueryError(
            f"method {engine.method!r} gives no derivatives inside {library}, but {wanted[0]} is "
            "to be differentiated by; detach it, use method='exact', or mps and mpdo at a fixed "
            f"`max_bond` inside Torch and JAX{program.own_derivatives}"
        )
    from tnsim.engines.mps.differentiable import differentiable_estimates

    with double_precision(library, program.dtype):
        batch = {name for name, value in given.items() if len(getattr(value, "shape", ())) == 1}
        count = len(given[min(batch)]) if batch else 1
        answers = [
            differentiable_estimates(
                engine, {n: v[row] if n in batch else v for n, v in given.items()}
            )
            for row in range(count)
        ]
        pairs = {
            name: [_with_error(query, one) for one in answers]
            for name, query in program.queries.items()
        }
        made = [
            {name: [pair[part] for pair in rows] for name, rows in pairs.items()} for part in (0, 1)
        ]
        values, errors = (
            {name: do("stack", rows) if batch else rows[0] for name, rows in one.items()}
            for one in made
        )
        return values, errors


def _with_error(query: Query, estimates: Mapping[LeafQuery, tuple[Any, Any]]) -> tuple[Any, Any]:
    """A query's value, and its error to first order in those of its leaves."""
    values = {leaf: value for leaf, (value, _) in estimates.items()}
    value = evaluate(query, values, batched=False)
    error = 0.0
    for leaf in query.leaves():
        moved = {**values, leaf: values[leaf] + estimates[leaf][1]}
        error = error + abs(evaluate(query, moved, batched=False) - value)
    return value, error
