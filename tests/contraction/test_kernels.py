"""Each kernel against einsum, in every way through its blocks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tnsim.contraction import (
    kernels_blocked,
    kernels_multiply,
    kernels_permute,
    kernels_sum,
    kernels_views,
)
from tnsim.contraction.kernels_blocked import blocked_product, overwriting_product
from tnsim.contraction.kernels_direct import direct
from tnsim.contraction.kernels_multiply import multiply
from tnsim.contraction.kernels_permute import permutation
from tnsim.contraction.kernels_places import Places
from tnsim.contraction.kernels_portable import portable
from tnsim.contraction.kernels_sum import blocked_sum, tiny_matrices
from tnsim.contraction.kernels_workers import MOST_THREADS, Workers, default_threads
from tnsim.contraction.layout import BATCH, Legs, roles

SIZE_OF_BATCH = 3


@pytest.fixture(scope="module", autouse=True)
def _small_blocks() -> Iterator[None]:
    """Blocks of some ten numbers, so that every loop has many rounds."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (kernels_blocked, kernels_multiply, kernels_permute, kernels_sum):
            patch.setattr(module, "BLOCK", 64)
        patch.setattr(kernels_views, "BLOCK", 64)
        patch.setattr(kernels_blocked, "_MOST", 256)
        patch.setattr(kernels_multiply, "_RUN", 8)
        patch.setattr(kernels_multiply, "_SHORT", 4)
        patch.setattr(kernels_sum, "_CHUNK", 8)
        yield


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(2) as made:
        yield made


@dataclass(frozen=True)
class Product:
    """Two tensors and the legs of their product."""

    left: Legs
    right: Legs
    result: Legs
    sizes: dict[int, int]

    @property
    def kept(self) -> frozenset[int]:
        return frozenset(self.result)

    def shape(self, legs: Legs) -> list[int]:
        return [SIZE_OF_BATCH if x == BATCH else self.sizes[x] for x in legs]

    def arrays(self) -> tuple[Any, Any]:
        rng = np.random.default_rng(3)
        left, right = (rng.standard_normal(self.shape(x)) for x in (self.left, self.right))
        return left, right

    def truth(self, order: Legs) -> Any:
        left, right = self.arrays()
        terms = [[x + 1 for x in legs] for legs in (self.left, self.right, order)]
        return np.einsum(left, terms[0], right, terms[1], terms[2])

    def check(self, found: Any, order: Legs) -> None:
        assert set(order) == self.kept
        assert np.allclose(np.asarray(found).reshape(self.shape(order)), self.truth(order))


@st.composite
def products(
    draw: st.DrawFn,
    shared: tuple[int, int] = (0, 2),
    summed: tuple[int, int] = (1, 3),
    rows: tuple[int, int] = (1, 6),
    columns: tuple[int, int] = (0, 3),
) -> Product:
    counts = [draw(st.integers(*bounds)) for bounds in (shared, summed, rows, columns)]
    legs = iter(range(sum(counts)))
    s, k, m, n = ([next(legs) for _ in range(count)] for count in counts)
    sizes = {x: draw(st.sampled_from([2, 2, 2, 3, 4])) for x in (*s, *k, *m, *n)} | {BATCH: -1}
    front = [BATCH]
    batch = draw(st.integers(0, 2))
    left, right, result = (
        tuple(front * (batch >= least)) + tuple(draw(st.permutations(group)))
        for least, group in ((1, s + k + m), (2, s + k + n), (1, s + m + n))
    )
    return Product(left, right, result, sizes)


@settings(max_examples=150)
@given(products())
def test_blocked_product(workers: Workers, case: Product) -> None:
    made = blocked_product(case.left, case.right, case.result, case.sizes)
    case.check(made.run(*case.arrays(), workers), case.result)
    spare = np.full(int(np.prod(case.shape(case.result))), np.nan)
    found = made.run(*case.arrays(), workers, spare)
    assert np.shares_memory(found, spare)
    case.check(found, case.result)


@settings(max_examples=150)
@given(products(), st.data())
def test_every_way_through_the_blocks(workers: Workers, case: Product, data: Any) -> None:
    part = roles(case.left, case.right, case.result)
    free = [x for x in (*part.rows, *part.shared) if x != BATCH]
    inside = set(data.draw(st.lists(st.sampled_from(free), unique=True)))
    ways = 0
    for gather in (False, True):
        for scatter in (False, True):
            copies = gather, scatter
            way = kernels_blocked._way(case.left, case.result, part, inside, *copies, case.sizes)
            if way is None:
                continue
            made = kernels_blocked._arrange(
                case.left, case.right, case.result, part, inside, way, case.sizes
            )
            if made is not None:
                ways += 1
                case.check(made.run(*case.arrays(), workers), case.result)
    assert ways >= 1


@settings(max_examples=80)
@given(products(columns=(0, 0)), st.data())
def test_a_product_over_its_operand(workers: Workers, case: Product, data: Any) -> None:
    part = roles(case.left, case.right, case.result)
    new = {x: x + 30 for x in part.summed}
    result = tuple(new.get(x, x) for x in case.left)
    sizes = case.sizes | {y: case.sizes[x] for x, y in new.items()}
    right = (*case.right, *data.draw(st.permutations(sorted(new.values()))))
    over = Product(case.left, right, result, sizes)
    made = overwriting_product(case.left, right, result, sizes)
    large, small = over.arrays()
    found = made.run(large, small, workers)
    assert np.shares_memory(found, large)
    over.check(found, result)


@settings(max_examples=100)
@given(products(), st.booleans())
def test_direct_product(workers: Workers, case: Product, turned: bool) -> None:
    left, right = case.arrays()
    if turned:
        case = Product(case.right, case.left, case.result, case.sizes)
        left, right = right, left
    made, order = direct(case.left, case.right, case.kept, case.sizes, prefer=case.result)
    if turned:
        found = made.run([right, left], workers)
        expected = Product(case.right, case.left, case.result, case.sizes)
        expected.check(found, order)
        return
    case.check(made.run([right, left], workers), order)
    spare = np.full(found_size(case, order), np.nan)
    case.check(made.run([right, left], workers, Places(result=spare)), order)
    assert not np.isnan(spare).any()


def found_size(case: Product, order: Legs) -> int:
    return int(np.prod(case.shape(order)))


@settings(max_examples=100)
@given(products())
def test_portable_product(workers: Workers, case: Product) -> None:
    made, order = portable(case.left, case.right, case.kept, case.sizes)
    left, right = case.arrays()
    case.check(made.run([right, left], workers), order)


@settings(max_examples=100)
@given(products(shared=(1, 5), summed=(1, 2), rows=(0, 1), columns=(0, 1)))
def test_tiny_matrices(workers: Workers, case: Product) -> None:
    made, order = tiny_matrices(case.left, case.right, case.kept, case.sizes)
    left, right = case.arrays()
    case.check(made.run([right, left], workers), order)


@settings(max_examples=100)
@given(products(summed=(4, 8), rows=(0, 2), columns=(0, 2)))
def test_blocked_sum(workers: Workers, case: Product) -> None:
    left, right = case.arrays()
    made = blocked_sum(case.left, case.right, case.kept, case.sizes)
    if made is None:
        return
    case.check(made[0].run([right, left], workers), made[1])


def test_blocked_sum_takes_long_sums(workers: Workers) -> None:
    legs = tuple(range(10))
    case = Product((*legs, 20), (*legs[::-1], 21), (20, 21), dict.fromkeys(range(22), 2))
    made = blocked_sum(case.left, case.right, case.kept, case.sizes)
    assert made is not None
    left, right = case.arrays()
    case.check(made[0].run([right, left], workers), made[1])


@settings(max_examples=150)
@given(products(shared=(0, 5), summed=(0, 0), rows=(0, 4), columns=(0, 3)), st.booleans())
def test_multiply(workers: Workers, case: Product, turned: bool) -> None:
    left, right = case.arrays()
    if turned:
        made, order = multiply(case.right, case.left, case.sizes)
        found = made.run([left, right], workers)
    else:
        made, order = multiply(case.left, case.right, case.sizes)
        found = made.run([right, left], workers)
    case.check(found, order)
    if made.may_overwrite:
        operands = [left, right] if turned else [right, left]
        large = operands[0 if made.swapped else 1]
        over = made.over_large().run(list(operands), workers)
        assert np.shares_memory(over, large)
        case.check(over, order)


@settings(max_examples=100)
@given(st.integers(0, 9).flatmap(lambda n: st.permutations(range(n))), st.booleans())
def test_permutation(workers: Workers, target: list[int], batched: bool) -> None:
    front = (BATCH,) * batched
    sizes = {x: 2 + x % 2 for x in target} | {BATCH: -1}
    source = tuple(range(len(target)))
    shape = [SIZE_OF_BATCH] * batched + [sizes[x] for x in source]
    array = np.arange(np.prod(shape)).reshape(shape)
    made = permutation(front + source, front + tuple(target), sizes)
    found = made.run(array, workers)
    axes = [0] * batched + [x + batched for x in target]
    assert np.array_equal(found.ravel(), array.transpose(axes).ravel())
    assert found.flags.c_contiguous
    assert not np.shares_memory(found, array)


def test_workers_share_everything_once_and_raise() -> None:
    together = threading.Barrier(3, timeout=10)
    with Workers(3) as three:
        three.share([1, 2, 3], lambda part: together.wait() and None)
        seen: list[int] = []
        three.share(list(range(10)), seen.extend)
        assert sorted(seen) == list(range(10))
        with pytest.raises(ZeroDivisionError):
            three.share([1, 2, 0, 4], lambda part: [1 // x for x in part] and None)


def test_no_more_threads_than_wanted() -> None:
    parts: list[list[int]] = []
    with Workers(MOST_THREADS + 2) as many:
        many.share(list(range(12)), parts.append)
        assert len(parts) == MOST_THREADS
        parts.clear()
        many.share(list(range(12)), parts.append, most=many.count)
        assert len(parts) == MOST_THREADS + 2


@pytest.mark.parametrize(("text", "count"), [("1", 1), ("3", 3), ("999", 999)])
def test_threads_follow_the_matrix_library(
    monkeypatch: pytest.MonkeyPatch, text: str, count: int
) -> None:
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    assert default_threads() == count
    monkeypatch.setenv("OMP_NUM_THREADS", "none")
    assert default_threads() >= 1
