"""Reverse mode of a contraction without a budget: every intermediate is kept."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from math import prod
from typing import Any

from autoray import do

from tnsim.base.arrays import Array, itemsize
from tnsim.base.errors import BudgetError
from tnsim.contraction import Plan
from tnsim.contraction.execute import execute

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"


@dataclass(frozen=True)
class GradientPlan:
    plan: Plan
    wanted: tuple[int, ...]
    peak_bytes: int
    multiply_adds: int
    seconds: float


def plan_gradient(
    plan: Plan,
    wanted: Sequence[int],
    *,
    budget: int | None = None,
    batch: int = 1,
    library: str = "numpy",
) -> GradientPlan:
    sizes = plan.network.sizes
    labels = _walk(plan)
    numbers = 3 * sum(prod(sizes[x] for x in t) for t in labels) * batch
    peak = max(numbers * itemsize(plan.dtype), plan.peak_bytes_at(batch))
    if budget is not None and peak > budget:
        raise BudgetError("too small", budget=budget, least_bytes=peak, flops=1.0)
    return GradientPlan(plan, tuple(wanted), peak, 3 * plan.multiply_adds, 3 * plan.seconds)


def _walk(plan: Plan) -> list[tuple[str, ...]]:
    labels = [tuple(t) for t in plan.network.inputs]
    alive = set(range(len(labels)))
    for i, j in plan.ssa_path:
        alive -= {i, j}
        rest = {*plan.network.output, *(x for t in alive for x in labels[t])}
        union = dict.fromkeys((*labels[i], *labels[j]))
        labels.append(tuple(x for x in union if x in rest))
        alive.add(len(labels) - 1)
    return labels


def _einsum(a: Array, la: Any, b: Array, lb: Any, out: Any) -> Array:
    names = {x: _LETTERS[n] for n, x in enumerate(dict.fromkeys((*la, *lb)))}
    terms = ["".join(names[x] for x in t) for t in (la, lb, out)]
    return do("einsum", f"{terms[0]},{terms[1]}->{terms[2]}", a, b)


def execute_gradient(
    gradient_plan: GradientPlan,
    arrays: Sequence[Array],
    cotangent: Array | None = None,
    *,
    executor: Executor | None = None,
    progress: Any = None,
) -> tuple[Array, tuple[Array, ...]]:
    plan = gradient_plan.plan
    value = execute(plan, arrays, executor=executor, progress=progress)
    sizes = dict(plan.network.sizes)
    marks = plan.batched or (False,) * len(arrays)
    labels = [("*",) * m + t for t, m in zip(_walk(plan), marks, strict=False)]
    made = list(arrays)
    walked = _walk(plan)
    for t, (i, j) in enumerate(plan.ssa_path):
        star = ("*",) * ("*" in labels[i] or "*" in labels[j])
        labels.append(star + walked[len(arrays) + t])
        made.append(_einsum(made[i], labels[i], made[j], labels[j], labels[-1]))
    if any(marks):
        sizes["*"] = next(a.shape[0] for a, m in zip(arrays, marks, strict=True) if m)
    out = ("*",) * ("*" in labels[-1]) + plan.network.output
    adjoints: dict[int, tuple[Array, Any]] = {}
    if cotangent is None:
        adjoints[len(made) - 1] = (do("ones_like", value), out)
    else:
        adjoints[len(made) - 1] = (cotangent, out)
    one = do("ones_like", do("sum", do("reshape", made[0], (-1,))))
    if not plan.ssa_path:
        a, la = adjoints.pop(0)
        adjoints[0] = _grown(a, la, one, labels[0], sizes)
    for t in reversed(range(len(plan.ssa_path))):
        adjoint, la = adjoints.pop(len(arrays) + t)
        for source, other in (plan.ssa_path[t], plan.ssa_path[t][::-1]):
            have = {*la, *labels[other]}
            kept = tuple(x for x in dict.fromkeys(("*", *labels[source])) if x in have)
            found = _einsum(adjoint, la, made[other], labels[other], kept)
            full = ("*",) * ("*" in kept) + tuple(x for x in labels[source] if x != "*")
            adjoints[source] = _grown(found, kept, one, full, sizes)
    return value, tuple(adjoints[w][0] for w in gradient_plan.wanted)


def _grown(array: Array, have: Any, one: Array, full: Any, sizes: Any) -> tuple[Array, Any]:
    array = _einsum(array, have, one, (), tuple(x for x in full if x in have))
    shape = tuple(sizes[x] if x in have else 1 for x in full)
    whole = tuple(sizes[x] for x in full)
    return do("broadcast_to", do("reshape", array, shape), whole), full
