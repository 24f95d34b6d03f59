"""Random networks with their derivatives by numpy.einsum, for the tests of gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from tnsim.contraction import Network, Plan

DTYPES = ("float32", "float64", "complex64", "complex128")
TOLERANCE = {"float32": 2e-4, "complex64": 2e-4, "float64": 1e-11, "complex128": 1e-11}
BATCH = 3


@dataclass(frozen=True)
class GradientCase:
    """A network with an order, slices and a batch, and the inputs to differentiate by."""

    inputs: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]
    sizes: dict[str, int]
    path: tuple[tuple[int, int], ...]
    sliced: tuple[str, ...]
    batched: tuple[bool, ...]
    wanted: tuple[int, ...]

    def plan(self, dtype: str = "float64", budget: int = 10**9) -> Plan:
        network = Network(self.inputs, self.output, self.sizes)
        return Plan(network, self.path, self.sliced, dtype, self.batched, BATCH, budget)

    def arrays(self, dtype: str = "float64") -> tuple[list[Any], Any]:
        """The inputs and a cotangent."""
        rng = np.random.default_rng(7)
        front = (any(self.batched),)
        made = []
        for term, mark in zip((*self.inputs, self.output), self.batched + front, strict=True):
            shape = (BATCH,) * mark + tuple(self.sizes[x] for x in term)
            array = rng.standard_normal(shape)
            if dtype.startswith("complex"):
                array = array + 1j * rng.standard_normal(shape)
            made.append(np.asarray(array, dtype=dtype))
        return made[:-1], made[-1]

    def truth(self, arrays: list[Any], cotangent: Any) -> tuple[Any, list[Any]]:
        """The value, and the sum over everything but the labels of each wanted input."""
        number = {label: i + 1 for i, label in enumerate(self.sizes)}
        operands: list[Any] = []
        for array, term, mark in zip(arrays, self.inputs, self.batched, strict=True):
            wide = array.astype(np.result_type(array, np.float64))
            operands.append((wide, [0] * mark + [number[x] for x in term]))
        front = [0] * any(self.batched)
        out = front + [number[x] for x in self.output]
        value = np.einsum(*(x for pair in operands for x in pair), out, optimize=True)
        gradients = []
        for i in self.wanted:
            labels = [number[x] for x in self.inputs[i]]
            ones = np.ones([self.sizes[x] for x in self.inputs[i]])
            others = [*operands[:i], (ones, labels), *operands[i + 1 :], (cotangent, out)]
            flat = [x for pair in others for x in pair]
            gradients.append(np.einsum(*flat, front + labels, optimize=True))
        return value, gradients


@st.composite
def gradient_cases(
    draw: st.DrawFn, tensors: int = 6, labels: int = 8, rank: int = 4
) -> GradientCase:
    """Hyperedges, scalars, disconnected parts, sizes of 1, labels on one tensor, any order."""
    names = [f"x{i}" for i in range(draw(st.integers(1, labels)))]
    sizes = {name: draw(st.sampled_from([1, 2, 2, 3])) for name in names}
    count = draw(st.integers(1, tensors))
    term = st.lists(st.sampled_from(names), unique=True, max_size=rank).map(tuple)
    inputs = tuple(draw(term) for _ in range(count))
    used = sorted({x for t in inputs for x in t})
    output = tuple(draw(st.permutations(used)))[: draw(st.integers(0, 3))]
    sliced = tuple(draw(st.permutations(used)))[: draw(st.integers(0, 2))]
    marks = draw(st.booleans())
    batched = tuple(marks and draw(st.booleans()) for _ in inputs)
    wanted = tuple(draw(st.permutations(range(count))))[: draw(st.integers(0, count))]
    path = draw(orders(count))
    return GradientCase(inputs, output, sizes, path, sliced, batched, wanted)


@st.composite
def orders(draw: st.DrawFn, count: int) -> tuple[tuple[int, int], ...]:
    """Any order of contracting so many tensors."""
    left, path = list(range(count)), []
    while len(left) > 1:
        i = left.pop(draw(st.integers(0, len(left) - 1)))
        j = left.pop(draw(st.integers(0, len(left) - 1)))
        path.append((i, j))
        left.append(count + len(path) - 1)
    return tuple(path)


def converter(library: str) -> Callable[[Any], Any]:
    """NumPy arrays to arrays of another library."""
    if library == "torch":
        return pytest.importorskip("torch").tensor
    if library == "tensorflow":
        return pytest.importorskip("tensorflow").constant
    if library == "jax":
        return pytest.importorskip("jax.numpy").asarray
    return np.asarray
