"""execute_gradient against derivatives by einsum: random networks, all libraries and dtypes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contraction.networks import (
    DTYPES,
    TOLERANCE,
    GradientCase,
    converter,
    gradient_cases,
)
from tnsim.contraction import (
    execute_gradient,
    kernels,
    kernels_blocked,
    kernels_multiply,
    kernels_permute,
    kernels_sum,
    plan_gradient,
    schedule_build,
    schedule_products,
)
from tnsim.contraction.execute import execute
from tnsim.contraction.reverse_moves import keep_everything
from tnsim.contraction.reverse_schedule import build_reverse


def check(case: GradientCase, dtype: str, convert: Callable[[Any], Any] = np.asarray) -> None:
    arrays, cotangent = case.arrays(dtype)
    before = [array.copy() for array in (*arrays, cotangent)]
    plan = case.plan(dtype)
    library = "numpy" if convert is np.asarray else "torch"
    made = plan_gradient(plan, case.wanted, library=library)
    given_arrays = [convert(array) for array in arrays]
    value, gradients = execute_gradient(made, given_arrays, convert(cotangent))
    true_value, true_gradients = case.truth(arrays, cotangent)
    sizes = case.truth([np.abs(array) for array in arrays], np.abs(cotangent))
    assert len(gradients) == len(case.wanted)
    for found, truth, scale in zip(
        (value, *gradients), (true_value, *true_gradients), (sizes[0], *sizes[1]), strict=True
    ):
        array = np.asarray(found)
        assert array.shape == truth.shape
        assert array.dtype == np.dtype(dtype)
        assert np.all(np.abs(array - truth) <= TOLERANCE[dtype] * (np.abs(scale) + 1e-30))
    after = (*arrays, cotangent)
    assert all(np.array_equal(a, b) for a, b in zip(after, before, strict=True))
    if library == "numpy":
        each = (*arrays, cotangent, value, *gradients)
        own = range(len(after), len(each))
        assert not any(np.shares_memory(each[k], each[i]) for k in own for i in range(k))
        assert all(array.flags.writeable for array in gradients)


@settings(max_examples=200)
@given(gradient_cases(), st.sampled_from(DTYPES))
def test_numpy_agrees_with_einsum(case: GradientCase, dtype: str) -> None:
    check(case, dtype)


@pytest.fixture(scope="module")
def small_blocks() -> Iterator[None]:
    """Blocks of a few numbers, so that small networks take the ways of large ones."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (kernels, kernels_blocked, kernels_multiply, kernels_permute, kernels_sum):
            patch.setattr(module, "BLOCK", 16)
        patch.setattr(kernels_blocked, "_MOST", 64)
        patch.setattr(kernels, "_LEAST_ROWS", 2)
        patch.setattr(kernels, "_MANY", 4)
        patch.setattr(kernels_multiply, "_RUN", 8)
        patch.setattr(kernels_multiply, "_SHORT", 4)
        patch.setattr(kernels_sum, "_CHUNK", 8)
        patch.setattr(schedule_products, "_LARGE", 4)
        patch.setattr(schedule_products, "_LARGE_OF_BATCH", 4)
        yield


@settings(max_examples=200)
@given(gradient_cases(tensors=6, labels=14, rank=7), st.sampled_from(DTYPES))
def test_the_ways_of_large_tensors_agree_with_einsum(
    small_blocks: None, case: GradientCase, dtype: str
) -> None:
    check(case, dtype)


@pytest.fixture
def all_shared() -> Iterator[None]:
    """Slices share whatever does not differ between them, however large it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schedule_build, "_SHARE", 0)
        yield


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_what_slices_share_is_reversed_once(all_shared: None, library: str) -> None:
    convert, parts = converter(library), []

    @settings(max_examples=150)
    @given(gradient_cases(tensors=9, labels=9, rank=3))
    def agree(case: GradientCase) -> None:
        wide = [x for x in case.sizes if case.sizes[x] > 1 and any(x in t for t in case.inputs)]
        case = replace(case, sliced=tuple(wide[:1]), wanted=tuple(range(len(case.inputs))))
        made = plan_gradient(case.plan(), case.wanted)
        actions = keep_everything(len(case.path))
        spec = made.schedule.spec.spec
        schedule = build_reverse(spec, case.wanted, actions, portable=library != "numpy")
        parts.append(len(schedule.after))
        arrays, cotangent = case.arrays()
        value, gradients = execute_gradient(
            replace(made, schedule=schedule), [convert(a) for a in arrays], convert(cotangent)
        )
        truth = case.truth(arrays, cotangent)
        for found, true in zip((value, *gradients), (truth[0], *truth[1]), strict=True):
            assert np.allclose(np.asarray(found), true, rtol=1e-9, atol=1e-9)

    agree()
    assert sum(map(bool, parts)) > 15
    assert max(parts) > 1


def test_the_work_of_what_slices_share_does_not_grow_with_them() -> None:
    inputs = (("a", "b"), ("b", "c"), ("c", "s", "d", "e", "f"), ("s", "d", "e", "f", "a"))
    sizes = {"a": 2, "b": 50, "c": 2, "s": 8, "d": 4, "e": 4, "f": 4}
    case = GradientCase(
        inputs, (), sizes, ((0, 1), (4, 2), (5, 3)), ("s",), (False,) * 4, (0, 1, 2, 3)
    )
    made = plan_gradient(case.plan(), case.wanted)
    assert len(made.schedule.after) == 1
    once, each = 2 * 50 * 2, 2 * 2 * 64 + 2 * 64
    # Forward before the slices, and forward and in reverse after them.
    assert made.multiply_adds == once + 8 * 3 * each + 3 * once
    arrays, cotangent = case.arrays()
    truth = case.truth(arrays, cotangent)
    value, gradients = execute_gradient(made, arrays, cotangent)
    for found, true in zip((value, *gradients), (truth[0], *truth[1]), strict=True):
        np.testing.assert_allclose(found, true, rtol=1e-11)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("library", ["torch", "tensorflow", "jax"])
def test_other_libraries_agree_with_einsum(library: str, dtype: str) -> None:
    convert = converter(library)

    @settings(max_examples=20)
    @given(gradient_cases())
    def agree(case: GradientCase) -> None:
        check(case, dtype, convert)

    agree()


@pytest.mark.parametrize("library", ["torch", "tensorflow", "jax"])
def test_gradients_stay_in_their_library(library: str) -> None:
    convert = converter(library)
    case = GradientCase(
        (("a", "b"), ("b",)), ("a",), {"a": 2, "b": 3}, ((0, 1),), ("a",), (False, True), (1, 0)
    )
    arrays, cotangent = case.arrays()
    made = plan_gradient(case.plan(), case.wanted)
    value, gradients = execute_gradient(made, [convert(a) for a in arrays], convert(cotangent))
    for found in (value, *gradients):
        assert type(found) is type(convert(cotangent))


@pytest.mark.parametrize("library", ["numpy", "torch", "tensorflow", "jax"])
@pytest.mark.parametrize("batched", [False, True])
def test_a_scalar_needs_no_cotangent(library: str, batched: bool) -> None:
    case = GradientCase(
        (("a", "b"), ("b", "a")), (), {"a": 2, "b": 3}, ((0, 1),), (), (batched, False), (0, 1)
    )
    arrays, cotangent = case.arrays()
    truth = case.truth(arrays, np.ones_like(cotangent))
    convert = converter(library)
    made = plan_gradient(case.plan(), case.wanted, library=library)
    value, gradients = execute_gradient(made, [convert(array) for array in arrays])
    np.testing.assert_allclose(np.asarray(value), truth[0], rtol=1e-12)
    for found, true in zip(gradients, truth[1], strict=True):
        np.testing.assert_allclose(np.asarray(found), true, rtol=1e-12)


@given(gradient_cases(), st.sampled_from(DTYPES))
def test_without_wanted_inputs_there_is_the_value_alone(case: GradientCase, dtype: str) -> None:
    arrays, cotangent = case.arrays(dtype)
    plan = case.plan(dtype)
    made = plan_gradient(plan, ())
    value, gradients = execute_gradient(made, arrays, cotangent)
    assert gradients == ()
    assert np.array_equal(value, execute(plan, arrays))
    assert made.multiply_adds == plan.schedule.multiply_adds(3)


def test_central_differences() -> None:
    inputs = (("a", "b", "h"), ("b", "c"), ("c", "h", "d"), ("h", "d", "e"))
    sizes = {"a": 3, "b": 2, "c": 4, "d": 2, "e": 3, "h": 2}
    path = ((1, 2), (4, 3), (5, 0))
    case = GradientCase(inputs, (), sizes, path, ("d",), (False,) * 4, (0, 1, 2, 3))
    arrays, _ = case.arrays()
    plan = case.plan()
    _, gradients = execute_gradient(plan_gradient(plan, case.wanted), arrays)
    step = 1e-5
    for i, found in zip(case.wanted, gradients, strict=True):
        for index in np.ndindex(arrays[i].shape):
            sides = []
            for sign in (1, -1):
                moved = [array.copy() for array in arrays]
                moved[i][index] += sign * step
                sides.append(float(execute(plan, moved)))
            assert abs(found[index] - (sides[0] - sides[1]) / (2 * step)) < 1e-8
