"""Slices on executors: same result, bounded, progress told, failures raised."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from tnsim.contraction.execute import run_schedule
from tnsim.contraction.schedule import Schedule, build_schedule

INPUTS = (("a", "b", "s"), ("b", "c", "t"), ("c", "d", "s"), ("d", "a", "t"), ("s", "e"))
SIZES = {"a": 3, "b": 4, "c": 2, "d": 3, "s": 5, "t": 6, "e": 2}
PATH = ((0, 1), (2, 3), (5, 6), (7, 4))


def schedule_for(output: tuple[str, ...]) -> tuple[Schedule, list[Any], Any]:
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal([SIZES[x] for x in term]) for term in INPUTS]
    equation = ",".join("".join(term) for term in INPUTS) + "->" + "".join(output)
    schedule = build_schedule(INPUTS, output, SIZES, PATH, ("s", "t"))
    return schedule, arrays, np.einsum(equation, *arrays)


@pytest.mark.parametrize("output", [(), ("e", "a"), ("t", "e"), ("a", "s", "e", "t")])
@pytest.mark.parametrize("kind", ["none", "threads", "processes"])
def test_every_executor_gives_the_same(kind: str, output: tuple[str, ...]) -> None:
    schedule, arrays, truth = schedule_for(output)
    told: list[tuple[int, int]] = []

    def run(executor: Executor | None) -> Any:
        return run_schedule(
            schedule,
            arrays,
            dtype="float64",
            executor=executor,
            progress=lambda done, total: told.append((done, total)),
        )

    if kind == "none":
        found = run(None)
    else:
        import multiprocessing

        spawn = multiprocessing.get_context("spawn")
        pool: Callable[[], Executor] = (
            (lambda: ThreadPoolExecutor(3))
            if kind == "threads"
            else (lambda: ProcessPoolExecutor(1, mp_context=spawn))
        )
        with pool() as executor:
            found = run(executor)
    assert np.allclose(found, truth, rtol=1e-12, atol=1e-12)
    assert [total for _, total in told] == [30] * len(told)
    assert told[-1] == (30, 30)
    assert sorted(told) == told


@pytest.mark.parametrize("library", ["torch", "tensorflow", "jax"])
def test_threads_with_other_libraries(library: str) -> None:
    convert = {
        "torch": lambda: pytest.importorskip("torch").tensor,
        "tensorflow": lambda: pytest.importorskip("tensorflow").constant,
        "jax": lambda: pytest.importorskip("jax.numpy").asarray,
    }[library]()
    schedule, arrays, truth = schedule_for(("t", "e"))
    with ThreadPoolExecutor(2) as executor:
        found = run_schedule(
            schedule, [convert(a) for a in arrays], dtype="float64", executor=executor
        )
    assert np.allclose(np.asarray(found), truth, rtol=1e-12, atol=1e-12)


class Counting(Executor):
    """Runs at once, but only when asked for a result; counts what waits."""

    _max_workers = 2

    def __init__(self) -> None:
        self.submitted = 0
        self.lock = threading.Lock()

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.submitted += 1
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except ValueError as error:
            future.set_exception(error)
        return future


def test_only_a_few_groups_are_submitted_ahead() -> None:
    schedule, arrays, truth = schedule_for(())
    executor = Counting()
    ahead: list[int] = []

    def progress(done: int, total: int) -> None:
        ahead.append(executor.submitted - len(ahead))

    found = run_schedule(schedule, arrays, dtype="float64", executor=executor, progress=progress)
    assert np.allclose(found, truth)
    assert max(ahead) <= 4 * executor._max_workers
    assert executor.submitted > max(ahead)


class Failing(Executor):
    """Its third task fails and the later ones never start."""

    _max_workers = 2

    def __init__(self) -> None:
        self.futures: list[Future[Any]] = []

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if len(self.futures) < 2:
            future.set_result(function(*args, **kwargs))
        elif len(self.futures) == 2:
            future.set_exception(ArithmeticError("broken worker"))
        self.futures.append(future)
        return future


def test_a_failing_worker_ends_the_contraction() -> None:
    schedule, arrays, _ = schedule_for(())
    executor = Failing()
    with pytest.raises(ArithmeticError, match="broken worker"):
        run_schedule(schedule, arrays, dtype="float64", executor=executor)
    assert len(executor.futures) > 3
    assert all(future.cancelled() for future in executor.futures[3:])
