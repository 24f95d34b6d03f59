"""What plan_gradient and execute_gradient refuse, and how a gradient plan prints."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from tnsim.base.errors import TnsimError
from tnsim.contraction import GradientPlan, Network, Plan, execute_gradient, plan_gradient

A, B = np.ones((2, 3)), np.ones((3, 4))
PLAN = Plan(
    Network((("i", "j"), ("j", "k")), ("i", "k"), {"i": 2, "j": 3, "k": 4}),
    ((0, 1),),
    (),
    "float64",
    (False, False),
    1,
    10**6,
)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([2], r"`wanted` must hold numbers of inputs, 0 to 1 \(got 2\)"),
        ([-1], r"`wanted` must hold numbers of inputs, 0 to 1 \(got -1\)"),
        ([True], r"\(got True\)"),
        (["i"], r"\(got 'i'\)"),
        ([0, 1, 0], r"`wanted` must hold each input once \(got \(0, 1, 0\)\)"),
    ],
)
def test_wanted_inputs_that_are_not_there(wanted: Any, message: str) -> None:
    with pytest.raises(TnsimError, match=message):
        plan_gradient(PLAN, wanted)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch": 0}, r"`batch` must be a positive integer \(got 0\)"),
        ({"batch": 1.5}, r"`batch` must be a positive integer \(got 1\.5\)"),
        ({"library": "cupy"}, r"`library` must be one of numpy, torch, .* \(got 'cupy'\)"),
        ({"budget": "much"}, "much"),
    ],
)
def test_options_that_do_not_fit(options: Any, message: str) -> None:
    with pytest.raises(TnsimError, match=message):
        plan_gradient(PLAN, [0], **options)


@pytest.mark.parametrize(
    ("arrays", "cotangent", "message"),
    [
        ((A,), None, r"`arrays` must hold one array for each of 2 inputs \(got 1\)"),
        ((A, B.T), None, r"`arrays\[1\]` must have shape \(3, 4\) \(got \(4, 3\)\)"),
        (
            (A, B),
            None,
            r"`cotangent` must have the output's shape \(2, 4\); it can be left out for an output",
        ),
        ((A, B), np.ones((4, 2)), r"`cotangent` must have shape \(2, 4\) \(got \(4, 2\)\)"),
        ((A, B), np.ones((1, 2, 4)), r"`cotangent` must have shape \(2, 4\)"),
        ((A, B), np.ones((2, 4), "float32"), r"`cotangent` must have the plan's dtype float64"),
        ((A, B), 1.0, r"`cotangent` must be an array \(got float\)"),
        ((A, B), np.full((2, 4), np.nan), r"`cotangent` must be finite, but it holds NaN"),
        ((A * np.inf, B), np.ones((2, 4)), r"`arrays\[0\]` must be finite"),
    ],
)
def test_arrays_that_do_not_fit(arrays: Any, cotangent: Any, message: str) -> None:
    with pytest.raises(TnsimError, match=message):
        execute_gradient(plan_gradient(PLAN, [0, 1]), arrays, cotangent)


def test_a_cotangent_of_another_library() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(TnsimError, match="but cotangent is of torch and those before it"):
        execute_gradient(plan_gradient(PLAN, [0]), [A, B], torch.ones((2, 4)))


def test_a_cotangent_of_another_batch() -> None:
    batched = Plan(PLAN.network, PLAN.ssa_path, (), "float64", (True, False), 4, 10**6)
    made = plan_gradient(batched, [1])
    with pytest.raises(TnsimError, match=r"`cotangent` must have shape \(4, 2, 4\) with the batch"):
        execute_gradient(made, [np.ones((4, 2, 3)), B], np.ones((3, 2, 4)))
    _, (found,) = execute_gradient(made, [np.ones((4, 2, 3)), B], np.ones((4, 2, 4)))
    assert found.shape == (4, 3, 4)


def test_a_plan_is_frozen_and_prints_as_a_table() -> None:
    made = plan_gradient(PLAN, np.arange(2))
    assert made.wanted == (0, 1)
    assert str(made).splitlines()[:5] == [
        "peak     416 B",
        "flops    1.44e+02",
        "slices   1",
        "kept     0 intermediates",
        "again    0 products",
    ]
    assert made.peak_bytes == 8 * 2 * (6 + 12 + 8)
    assert made.flops == 2 * made.multiply_adds == 2 * 3 * 24
    assert made.seconds > 0
    assert made.peak_bytes_at(1) == made.peak_bytes
    with pytest.raises(FrozenInstanceError):
        made.budget = 1  # type: ignore[misc]
    assert isinstance(made, GradientPlan)
