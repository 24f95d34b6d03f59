"""The matrix library keeps to one thread while large contractions run, and gets them back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from tnsim import contraction
from tnsim.contraction.execute_slice import Contraction
from tnsim.contraction.matrix_threads import one_matrix_thread
from tnsim.contraction.schedule import build_schedule


def threads() -> int:
    """Those that NumPy's matrix library would use now."""
    info = ThreadpoolController().select(user_api="blas").info()
    return max((int(library["num_threads"]) for library in info), default=1)


@pytest.fixture(autouse=True)
def several_threads() -> None:
    if threads() < 2:
        ThreadpoolController().limit(limits=2, user_api="blas")
    if threads() < 2:
        pytest.skip("the matrix library has one thread only")


def test_one_thread_until_the_first_leaves() -> None:
    before = threads()
    first, second = threading.Event(), threading.Event()

    def overlap() -> int:
        with one_matrix_thread():
            first.set()
            second.wait(10)
            return threads()

    with ThreadPoolExecutor(1) as pool:
        with one_matrix_thread():
            later = pool.submit(overlap)
            first.wait(10)
            assert threads() == 1
        assert threads() == before
        second.set()
        assert later.result() == before
    assert threads() == before


def test_given_back_after_an_error() -> None:
    before = threads()
    with pytest.raises(ZeroDivisionError), one_matrix_thread():
        assert 1 // (threads() - 1)
    assert threads() == before


@pytest.mark.parametrize(("size", "limited"), [(2, False), (128, True)])
def test_only_for_large_contractions(size: int, limited: bool) -> None:
    before = threads()
    schedule = build_schedule(["ab", "bc"], "ac", dict.fromkeys("abc", size), [(0, 1)])
    arrays = [np.ones((size, size))] * 2
    with Contraction(schedule, arrays, library="numpy", threads=2) as work:
        assert threads() == (1 if limited else before)
        np.testing.assert_array_equal(work.slice(()), np.full((size, size), float(size)))
    assert threads() == before


@pytest.mark.parametrize("shape", [(300, 70, 40), (40, 70, 300), (3, 500, 800)])
def test_shared_products_are_whole(shape: tuple[int, int, int]) -> None:
    network = contraction.Network.from_equation("sij,sjk->sik", (2, *shape[:2]), (2, *shape[1:]))
    schedule = build_schedule(network.inputs, network.output, network.sizes, [(0, 1)])
    random = np.random.default_rng(1)
    arrays = [random.standard_normal((2, *pair)) for pair in (shape[:2], shape[1:])]
    with Contraction(schedule, arrays, library="numpy", threads=3) as work:
        np.testing.assert_allclose(work.slice(()), arrays[0] @ arrays[1], rtol=1e-12, atol=1e-11)
