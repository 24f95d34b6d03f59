"""How long a plan takes: multiply-adds, numbers moved and steps, each at this machine's rate."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from tnsim.base.arrays import itemsize

from .graph import Graph
from .kernels_workers import MOST_THREADS, default_threads
from .matrix_threads import one_matrix_thread
from .tree import Tree

__all__ = ["Rates", "measured_rates", "nominal_rates", "predicted_seconds", "total_multiply_adds"]

_PROBE_SIZE = 320
_PROBE_BYTES = 1 << 23


@dataclass(frozen=True)
class Rates:
    """What a machine does in a second.

    `multiply_adds` of a matrix product in one dtype, `copied` bytes of an array laid out anew,
    and `step` seconds of Python for each contraction of two tensors.
    """

    multiply_adds: float
    copied: float
    step: float


def nominal_rates(dtype: str) -> Rates:
    """The rates that the search reckons with: those of two ordinary cores, alike everywhere."""
    products = {"float32": 6e10, "float64": 3e10, "complex64": 3e10, "complex128": 1.5e10}
    return Rates(products[dtype], 7e9, 2e-5)


@cache
def measured_rates(dtype: str) -> Rates:
    """This machine's rates, from a probe of some 20 ms that is made once in a process.

    Threads of ours share a product's blocks, so its rate is that of one thread for each.
    """
    rng = np.random.default_rng(0)
    square = rng.standard_normal((_PROBE_SIZE, _PROBE_SIZE)).astype(dtype)
    with one_matrix_thread():
        product = _quickest(lambda: square @ square, 5) / min(default_threads(), MOST_THREADS)
    axes = int(math.log2(_PROBE_BYTES // itemsize(dtype)))
    block = np.zeros((2,) * axes, dtype=dtype)
    order = (*range(1, axes, 2), *range(0, axes, 2))
    copy = _quickest(lambda: np.ascontiguousarray(block.transpose(order)), 2)
    small = np.ones((2, 2, 2), dtype=dtype)
    step = _quickest(lambda: (small.transpose(2, 0, 1).reshape(2, 4).T @ small[0]).reshape(-1), 9)
    return Rates(_PROBE_SIZE**3 / product, 2 * block.nbytes / copy, 5 * step)


def predicted_seconds(
    multiply_adds: int, moved: int, steps: int, *, dtype: str, rates: Rates
) -> float:
    """The time of so many multiply-adds, numbers written and steps, over all slices.

    Products and copies do not overlap.
    """
    try:
        copying = float(moved) * 2 * itemsize(dtype) / rates.copied
        return float(multiply_adds) / rates.multiply_adds + copying + float(steps) * rates.step
    except OverflowError:
        return math.inf


def total_multiply_adds(graph: Graph, tree: Tree) -> int:
    """The multiply-adds of one slice, exactly: the product of the sizes of all labels involved.

    The tree must be of the slice's graph.
    """
    return sum(math.prod(graph.dims[x] for x in union) for union in tree.union)


def _quickest(work: Callable[[], object], repeats: int) -> float:
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return max(min(times), 1e-9)
