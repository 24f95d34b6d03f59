"""Orders of legs: merging, replacing, choosing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsim.contraction.layout import (
    BATCH,
    Roles,
    choose_result,
    future_cost,
    grouped,
    merged_size,
    move_cost,
    replaced,
    roles,
)

ORDERS = st.integers(1, 6).flatmap(lambda n: st.permutations(range(n)))


@given(ORDERS, st.data())
def test_grouped_is_a_transposition(target: list[int], data: st.DataObject) -> None:
    source = tuple(range(len(target)))
    sizes = {x: x % 3 + 1 for x in source}
    cuts = sorted(data.draw(st.lists(st.integers(0, len(target)), max_size=3)))
    bounds = [0, *cuts, len(target)]
    groups = [tuple(target[a:b]) for a, b in itertools.pairwise(bounds)]
    merged, axes, counts = grouped(source, groups, sizes)
    array = np.arange(np.prod([sizes[x] for x in source])).reshape([sizes[x] for x in source])
    turned = array.reshape(merged).transpose(axes)
    assert np.array_equal(turned.ravel(), array.transpose(target).ravel())
    assert len(counts) == len(groups)
    assert sum(counts) == len(axes)
    place = 0
    for group, count in zip(groups, counts, strict=True):
        shape = turned.shape[place : place + count]
        assert np.prod(shape) == np.prod([sizes[x] for x in group])
        place += count


def test_neighbours_are_merged_within_groups_only() -> None:
    sizes = dict.fromkeys(range(4), 2)
    assert grouped((0, 1, 2, 3), [(2, 3, 0, 1)], sizes) == ((4, 4), (1, 0), (2,))
    assert grouped((0, 1, 2, 3), [(0, 1), (2, 3)], sizes) == ((4, 4), (0, 1), (1, 1))
    assert grouped((0, 1, 2), [(), (0, 1, 2)], sizes) == ((8,), (0,), (0, 1))


def test_the_batch_axis_is_merged_as_unknown() -> None:
    sizes = {BATCH: -1, 0: 2, 1: 3}
    assert merged_size((BATCH, 0, 1), sizes) == -1
    assert grouped((BATCH, 0, 1), [(BATCH, 0), (1,)], sizes) == ((-1, 3), (0, 1), (1, 1))


def test_roles_of_a_hyperedge_product() -> None:
    assert roles((0, 1, 2, 3), (3, 1, 4), {0, 1, 2, 4}) == Roles((1,), (3,), (0, 2), (4,))


def test_replaced_puts_legs_that_live_long_inside() -> None:
    sizes = dict.fromkeys(range(10), 2) | {9: 3}
    dies = {5: 7, 6: 3}.__getitem__
    assert replaced((0, 1, 2, 3), (1, 3), (5, 6), sizes, dies) == (0, 6, 2, 5)
    assert replaced((0, 1, 2, 3), (1,), (5, 6), sizes, dies) is None
    assert replaced((0, 1), (1,), (9,), sizes, lambda x: x) is None


def test_new_legs_stand_where_the_next_products_find_them() -> None:
    sizes = dict.fromkeys(range(12), 4)
    base, added = tuple(range(8)), (10, 11)
    late = {**{x: x for x in base}, 10: 20, 11: 21}.__getitem__
    assert choose_result((BATCH, *base), (11, 10), sizes, late) == ((BATCH, *base, 10, 11), 0.0)
    # Legs 10 and 6 are summed together, then 7 and 11: in front they are apart.
    both = {**dict.fromkeys(base, 30), 6: 1, 10: 1, 7: 2, 11: 2}.__getitem__
    order, cost = choose_result(base, added, sizes, both)
    costs = [future_cost(o, sizes, both) for o in (base + added, added + base)]
    assert cost <= min(costs[0], costs[1] + 0.4)
    assert set(order) == {*base, *added}


def test_legs_scattered_outside_cost_less_than_inside() -> None:
    sizes = dict.fromkeys(range(10), 2)
    outer = future_cost(tuple(range(10)), sizes, lambda x: 1 if x in {0, 2} else 5)
    inner = future_cost(tuple(range(10)), sizes, lambda x: 1 if x in {7, 9} else 5)
    assert outer < inner
    assert future_cost(tuple(range(10)), sizes, lambda x: 1 if x < 3 else 5) == 0.0


@pytest.mark.parametrize("run", [1, 2, 3, 8, 100, 10**6])
def test_longer_runs_are_not_much_slower(run: int) -> None:
    assert 0 < move_cost(2 * run) <= 1.1 * move_cost(run)
