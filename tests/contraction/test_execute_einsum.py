"""execute and run_schedule against einsum: random networks, all libraries and dtypes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tnsim.contraction import (
    kernels,
    kernels_blocked,
    kernels_multiply,
    kernels_permute,
    kernels_sum,
    schedule_products,
)
from tnsim.contraction.execute import run_schedule
from tnsim.contraction.execute_slice import Contraction
from tnsim.contraction.schedule import build_schedule

DTYPES = ("float32", "float64", "complex64", "complex128")
TOLERANCE = {"float32": 2e-4, "complex64": 2e-4, "float64": 1e-11, "complex128": 1e-11}


@dataclass(frozen=True)
class Case:
    """A network, an order, slices and a batch of size 3."""

    inputs: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]
    sizes: dict[str, int]
    path: tuple[tuple[int, int], ...]
    sliced: tuple[str, ...]
    batched: tuple[bool, ...]

    def arrays(self, dtype: str) -> list[Any]:
        rng = np.random.default_rng(7)
        made = []
        for term, mark in zip(self.inputs, self.batched, strict=True):
            shape = (3,) * mark + tuple(self.sizes[x] for x in term)
            array = rng.standard_normal(shape)
            if dtype.startswith("complex"):
                array = array + 1j * rng.standard_normal(shape)
            made.append(np.asarray(array, dtype=dtype))
        return made

    def truth(self, arrays: list[Any]) -> Any:
        number = {label: i + 1 for i, label in enumerate(self.sizes)}
        operands: list[Any] = []
        for array, term, mark in zip(arrays, self.inputs, self.batched, strict=True):
            wide = array.astype(np.result_type(array, np.float64))
            operands += [wide, [0] * mark + [number[x] for x in term]]
        out = [0] * any(self.batched) + [number[x] for x in self.output]
        return np.einsum(*operands, out, optimize=True)

    def run(self, arrays: list[Any], dtype: str, **options: Any) -> Any:
        schedule = build_schedule(
            self.inputs, self.output, self.sizes, self.path, self.sliced, batched=self.batched
        )
        return run_schedule(schedule, arrays, dtype=dtype, **options)


@st.composite
def cases(draw: st.DrawFn, tensors: int = 7, labels: int = 9, rank: int = 4) -> Case:
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
    left, path = list(range(count)), []
    while len(left) > 1:
        i = left.pop(draw(st.integers(0, len(left) - 1)))
        j = left.pop(draw(st.integers(0, len(left) - 1)))
        path.append((i, j))
        left.append(count + len(path) - 1)
    return Case(inputs, output, sizes, tuple(path), sliced, batched)


def check(case: Case, dtype: str, convert: Callable[[Any], Any] = np.asarray) -> None:
    arrays = case.arrays(dtype)
    before = [array.copy() for array in arrays]
    truth = case.truth(arrays)
    found = np.asarray(case.run([convert(array) for array in arrays], dtype))
    assert found.shape == truth.shape
    assert found.dtype == np.dtype(dtype)
    scale = case.truth([np.abs(array) for array in arrays])
    assert np.all(np.abs(found - truth) <= TOLERANCE[dtype] * (np.abs(scale) + 1e-30))
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


@settings(max_examples=150)
@given(cases(), st.sampled_from(DTYPES))
def test_numpy_agrees_with_einsum(case: Case, dtype: str) -> None:
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


@settings(max_examples=150)
@given(cases(tensors=6, labels=14, rank=7), st.sampled_from(DTYPES))
def test_the_ways_of_large_tensors_agree_with_einsum(
    small_blocks: None, case: Case, dtype: str
) -> None:
    check(case, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("library", ["torch", "tensorflow", "jax"])
def test_other_libraries_agree_with_einsum(library: str, dtype: str) -> None:
    convert = converter(library)

    @settings(max_examples=20)
    @given(cases())
    def agree(case: Case) -> None:
        check(case, dtype, convert)

    agree()


@pytest.mark.parametrize("library", ["numpy", "torch", "tensorflow", "jax"])
def test_many_legs(library: str) -> None:
    labels = [f"x{i}" for i in range(16)]
    sizes = dict.fromkeys([*labels, "k"], 2)
    inputs = (tuple(labels), (*labels[::-2], "k"), ("k", *labels[1:8:2]))
    output = tuple(labels[i] for i in (3, 1, 8, 0, 5, 2))
    case = Case(inputs, output, sizes, ((0, 1), (3, 2)), (), (False,) * 3)
    check(case, "complex128", converter(library))


@pytest.mark.parametrize("library", ["torch", "tensorflow", "jax"])
def test_the_result_stays_in_its_library(library: str) -> None:
    convert = converter(library)
    case = Case((("a", "b"), ("b",)), ("a",), {"a": 2, "b": 3}, ((0, 1),), ("a",), (False, True))
    arrays = [convert(array) for array in case.arrays("float64")]
    assert type(case.run(arrays, "float64")) is type(arrays[0])


def test_the_output_of_a_single_tensor_is_a_copy() -> None:
    case = Case((("a", "b"),), ("a", "b"), {"a": 2, "b": 3}, (), (), (False,))
    arrays = case.arrays("float64")
    assert not np.shares_memory(case.run(arrays, "float64"), arrays[0])


def converter(library: str) -> Callable[[Any], Any]:
    if library == "torch":
        return pytest.importorskip("torch").tensor
    if library == "tensorflow":
        return pytest.importorskip("tensorflow").constant
    if library == "jax":
        return pytest.importorskip("jax.numpy").asarray
    return np.asarray


@settings(max_examples=60)
@given(cases(tensors=6, labels=10, rank=6), st.booleans())
def test_kept_tensors_are_there_after_the_slice(
    small_blocks: None, case: Case, portable: bool
) -> None:
    arrays = case.arrays("float64")
    count = len(case.inputs)
    keep = tuple(range(count, count + len(case.path) - 1, 2))
    schedule = build_schedule(
        case.inputs, case.output, case.sizes, case.path, batched=case.batched, keep=keep
    )
    library = "torch" if portable else "numpy"
    given_arrays = [converter(library)(array) for array in arrays]
    with Contraction(schedule, given_arrays, library=library, threads=1) as work:
        result, kept = work.forward(())
    assert np.allclose(np.asarray(result), case.truth(arrays))
    assert set(kept) == set(keep)
    for step in (schedule if not portable else schedule.portable).steps:
        if step.number in keep:
            part = subtree(case, step.number)
            found = np.asarray(kept[step.number])
            names = list(dict.fromkeys(x for term in case.inputs for x in term))
            legs = tuple(names[x] for x in step.legs if x >= 0)
            batched = tuple(m for i, m in enumerate(case.batched) if i in part)
            inputs = tuple(case.inputs[i] for i in sorted(part))
            below = Case(inputs, legs, case.sizes, (), (), batched)
            truth = below.truth([arrays[i] for i in sorted(part)])
            assert np.allclose(found.reshape(truth.shape), truth)


def subtree(case: Case, number: int) -> set[int]:
    """The inputs under a tensor."""
    if number < len(case.inputs):
        return {number}
    left, right = case.path[number - len(case.inputs)]
    return subtree(case, left) | subtree(case, right)
