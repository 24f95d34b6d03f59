"""The forecast of the reverse pass's memory against what NumPy allocates, at many budgets."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import numpy as np
import pytest

from tests.contraction.test_schedule_memory import evolution, random_network
from tnsim.base.errors import BudgetError
from tnsim.contraction import GradientPlan, Network, Plan, execute_gradient, plan_gradient

BATCH = 5
SMALL = 400_000
"""Bytes of Python objects and of NumPy's own buffers (3 times 8192 numbers) beside the arrays."""


def network_case(seed: int, marks: tuple[bool, ...] = (), dtype: str = "float64") -> Plan:
    inputs, output, sizes, path, sliced, _ = random_network(seed)
    network = Network(tuple(map(tuple, inputs)), tuple(output), dict(sizes))
    marks = marks or (False,) * len(inputs)
    return Plan(network, path, sliced, dtype, marks, BATCH if any(marks) else 1, 1 << 40)


def arrays_of(plan: Plan) -> tuple[list[Any], Any]:
    rng = np.random.default_rng(0)
    shapes = [
        (plan.batch,) * mark + shape
        for shape, mark in zip(
            (*plan.network.shapes, plan.network.output_shape),
            (*plan.batched, any(plan.batched)),
            strict=True,
        )
    ]
    made = [np.asarray(rng.standard_normal(shape), plan.dtype) for shape in shapes]
    return made[:-1], made[-1]


def measured(made: GradientPlan, arrays: list[Any], cotangent: Any) -> tuple[int, Any]:
    execute_gradient(made, arrays, cotangent)
    tracemalloc.start()
    found = execute_gradient(made, arrays, cotangent)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return sum(array.nbytes for array in (*arrays, cotangent)) + peak, found


def check(plan: Plan, wanted: list[int], shares: tuple[float, ...]) -> list[float]:
    """Same numbers and a kept peak at shares of the memory that keeping everything takes."""
    arrays, cotangent = arrays_of(plan)
    plenty = plan_gradient(plan, wanted)
    taken, truth = measured(plenty, arrays, cotangent)
    assert taken <= 1.001 * plenty.peak_bytes + SMALL
    assert plenty.recomputed == 0
    ratios = [plenty.peak_bytes / taken]
    for share in shares:
        budget = int(share * plenty.peak_bytes)
        try:
            made = plan_gradient(plan, wanted, budget=budget)
        except BudgetError as error:
            budget = error.least_bytes or 0
            made = plan_gradient(plan, wanted, budget=budget)
        assert made.peak_bytes <= budget
        if made.slices > 64:
            continue
        taken, found = measured(made, arrays, cotangent)
        assert taken <= 1.001 * made.peak_bytes + SMALL
        tolerance = 1e-9 if plan.dtype == "float64" else 2e-3
        for a, b in zip((found[0], *found[1]), (truth[0], *truth[1]), strict=True):
            assert np.allclose(a, b, rtol=tolerance, atol=tolerance * np.abs(b).max())
        ratios.append(made.peak_bytes / taken)
    return ratios


@pytest.mark.parametrize("dtype", ["float64", "complex64"])
def test_measured_peak_is_the_forecast(dtype: str) -> None:
    ratios = []
    for seed in range(24):
        if not 16 <= random_network(seed)[-1] <= 19:
            continue
        plan = network_case(seed, dtype=dtype)
        rng = np.random.default_rng(seed)
        count = plan.network.num_tensors
        wanted = rng.choice(count, size=int(rng.integers(1, count)), replace=False).tolist()
        ratios += check(plan, wanted, (0.5,) if seed % 2 else (0.8, 0.3))
    assert len(ratios) >= 10
    assert np.median(ratios) < 1.2


def test_measured_peak_of_a_batch_is_the_forecast() -> None:
    checked = 0
    for seed in range(30):
        if not 12 <= random_network(seed)[-1] <= 15:
            continue
        rng = np.random.default_rng(seed)
        plan = network_case(seed)
        marks = tuple(bool(rng.random() < 0.3) for _ in plan.network.inputs)
        plan = network_case(seed, marks)
        checked += len(check(plan, list(range(0, len(marks), 2)), (0.6,)))
    assert checked >= 6


def test_a_state_and_its_adjoint_take_little_more_than_themselves() -> None:
    inputs, output, sizes, path = evolution(16, 24, 3)
    network = Network(inputs, output, sizes)
    plan = Plan(network, path, (), "float64", (False,) * len(inputs), 1, 1 << 40)
    wanted = list(range(1, len(inputs)))
    state = 8 * 2**16
    plenty = plan_gradient(plan, wanted)
    assert 24 * state < plenty.peak_bytes < 31 * state
    check(plan, wanted, (0.5, 0.3))


@pytest.mark.parametrize("sliced", [(), ("x7",), ("y",)])
def test_gradients_are_memory_too(sliced: tuple[str, ...]) -> None:
    count, size = 12, 250
    labels = [f"x{i}" for i in range(count + 1)]
    inputs = ((labels[0],), *itertools.pairwise(labels), (labels[-1], "y"))
    network = Network(inputs, (), {**dict.fromkeys(labels, size), "y": size, "x7": 3})
    path = ((0, 1), *((count + t + 1, t + 1) for t in range(1, count + 1)))
    plan = Plan(network, path, sliced, "float64", (False,) * len(inputs), 1, 1 << 40)
    arrays, cotangent = arrays_of(plan)
    made = plan_gradient(plan, range(len(inputs)))
    taken, (_, gradients) = measured(made, arrays, cotangent)
    assert taken <= 1.001 * made.peak_bytes + SMALL
    # The inputs and as much again; y is on the last input alone, and a gradient repeats along it.
    given = sum(array.nbytes for array in arrays)
    assert 2 * given < made.peak_bytes < 2 * given + 4 * 8 * size**2
    assert [g.shape for g in gradients] == [a.shape for a in arrays]


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_other_libraries_have_their_own_peak(library: str) -> None:
    inputs, output, sizes, path = evolution(10, 12, 3)
    network = Network(inputs, output, sizes)
    plan = Plan(network, path, (), "float64", (False,) * len(inputs), 1, 1 << 40)
    wanted = list(range(1, len(inputs)))
    made = plan_gradient(plan, wanted, library=library)
    assert made.peak_bytes == 8 * made.schedule.peak_elements()
    assert made.schedule.is_portable
    half = plan_gradient(plan, wanted, library=library, budget=made.peak_bytes // 2)
    assert half.peak_bytes <= made.peak_bytes // 2
    arrays, cotangent = arrays_of(plan)
    one = execute_gradient(made, arrays, cotangent)[1]
    two = execute_gradient(half, arrays, cotangent)[1]
    assert all(np.allclose(a, b) for a, b in zip(one, two, strict=True))
