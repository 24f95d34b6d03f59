"""Slices of a gradient on executors: the same numbers, progress told, failures raised."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from tests.contraction.networks import GradientCase, converter
from tnsim.contraction import execute_gradient, plan_gradient

INPUTS = (("a", "b", "s"), ("b", "c", "t"), ("c", "d", "s"), ("d", "a", "t"), ("s", "e"))
SIZES = {"a": 3, "b": 4, "c": 2, "d": 3, "s": 5, "t": 6, "e": 2}
PATH = ((0, 1), (2, 3), (5, 6), (7, 4))


def case_for(output: tuple[str, ...]) -> GradientCase:
    return GradientCase(INPUTS, output, SIZES, PATH, ("s", "t"), (False,) * 5, (4, 0, 1, 3))


def pool(kind: str) -> Executor:
    if kind == "threads":
        return ThreadPoolExecutor(3)
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


@pytest.mark.parametrize("output", [(), ("t", "e"), ("a", "s", "e", "t")])
@pytest.mark.parametrize("kind", ["none", "threads", "processes"])
def test_every_executor_gives_the_same(kind: str, output: tuple[str, ...]) -> None:
    case = case_for(output)
    arrays, cotangent = case.arrays()
    made = plan_gradient(case.plan(), case.wanted)
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        told.append((done, total))

    if kind == "none":
        value, gradients = execute_gradient(made, arrays, cotangent, progress=progress)
    else:
        with pool(kind) as executor:
            value, gradients = execute_gradient(
                made, arrays, cotangent, executor=executor, progress=progress
            )
    truth, true_gradients = case.truth(arrays, cotangent)
    for found, true in zip((value, *gradients), (truth, *true_gradients), strict=True):
        assert np.allclose(found, true, rtol=1e-12, atol=1e-12)
    assert [total for _, total in told] == [30] * len(told)
    assert told[-1] == (30, 30)
    assert sorted(told) == told


@pytest.mark.parametrize("library", ["torch", "tensorflow", "jax"])
def test_threads_with_other_libraries(library: str) -> None:
    convert = converter(library)
    case = case_for(("t", "e"))
    arrays, cotangent = case.arrays()
    made = plan_gradient(case.plan(), case.wanted, library=library)
    with ThreadPoolExecutor(2) as executor:
        value, gradients = execute_gradient(
            made, [convert(a) for a in arrays], convert(cotangent), executor=executor
        )
    truth, true_gradients = case.truth(arrays, cotangent)
    for found, true in zip((value, *gradients), (truth, *true_gradients), strict=True):
        assert np.allclose(np.asarray(found), true, rtol=1e-12, atol=1e-12)


class Failing(Executor):
    """Its second task fails and the later ones never start."""

    _max_workers = 2

    def __init__(self) -> None:
        self.futures: list[Future[Any]] = []

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if not self.futures:
            future.set_result(function(*args, **kwargs))
        elif len(self.futures) == 1:
            future.set_exception(ArithmeticError("broken worker"))
        self.futures.append(future)
        return future


def test_a_failing_worker_ends_it() -> None:
    case = case_for(())
    arrays, cotangent = case.arrays()
    made = plan_gradient(case.plan(), case.wanted)
    executor = Failing()
    with pytest.raises(ArithmeticError, match="broken worker"):
        execute_gradient(made, arrays, cotangent, executor=executor)
    assert len(executor.futures) > 2
    assert all(future.cancelled() for future in executor.futures[2:])
