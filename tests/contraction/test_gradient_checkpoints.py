"""Keeping less and doing again: the optimum on chains, the same numbers on any tree."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contraction.networks import GradientCase, gradient_cases
from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError
from tnsim.contraction import Network, Plan, execute_gradient, plan, plan_gradient
from tnsim.contraction.reverse_checkpoints import Checkpoints
from tnsim.contraction.reverse_moves import keep_everything, moves_of
from tnsim.contraction.reverse_schedule import build_reverse
from tnsim.contraction.reverse_search import ReverseSearch
from tnsim.contraction.reverse_tree import ReverseTree
from tnsim.contraction.schedule_walk import Walk

STATE = 4096
"""Numbers in a state of `chain`, half of what is needed for one step of it."""


def chain(steps: int, size: int = STATE) -> Plan:
    """A state through 2 x 2 matrices, one after the other."""
    labels = [f"s{i}" for i in range(steps + 1)]
    inputs = (("wide", labels[0]), *itertools.pairwise(labels))
    sizes = {"wide": size // 2, **dict.fromkeys(labels, 2)}
    network = Network(inputs, ("wide", labels[-1]), sizes)
    path = ((0, 1), *((steps + t, t + 1) for t in range(1, steps)))
    return Plan(network, path, (), "float64", (False,) * (steps + 1), 1, 10**9)


def search(steps: int, size: int = STATE) -> ReverseSearch:
    """For the derivatives by all matrices, not by the state."""
    wanted = tuple(range(1, steps + 1))
    return ReverseSearch(chain(steps, size), wanted, batch=1, library="numpy")


def griewank(steps: int, snapshots: int) -> int:
    """Forward steps to reverse so many with so many states kept (Griewank & Walther 2000)."""
    if steps == 1:
        return 0
    sweeps = 0
    while math.comb(snapshots + sweeps, snapshots) < steps:
        sweeps += 1
    return sweeps * steps - math.comb(snapshots + sweeps, sweeps - 1)


def fewest(steps: int, room: int) -> float:
    """Forward steps to reverse a chain, by trying every place for the next state to keep.

    Going forward takes the states before and after a step; beside them lies the adjoint, and
    reversing a step takes that and the one before. The last adjoint is the caller's.
    """

    def adjoint(t: int) -> int:
        return int(0 < t < steps)

    @cache
    def between(begin: int, end: int, room: int) -> float:
        kept = max(t - begin + adjoint(t + 1) + adjoint(t) for t in range(begin, end))
        if room >= max(kept, end - begin + adjoint(end)):
            return end - begin - 1.0
        best = math.inf
        for middle in range(begin + 1, end):
            if room >= min(middle - begin, 2) + adjoint(end):
                after = between(middle, end, room - 1)
                best = min(best, middle - begin + after + between(begin, middle, room))
        return best

    return between(0, steps, room)


@pytest.mark.parametrize("steps", [2, 5, 13, 30])
@pytest.mark.parametrize("room", [2, 3, 4, 5, 6, 9])
def test_the_work_is_the_least(steps: int, room: int) -> None:
    # The part of a state more is for the small tensors and for rounding up to levels.
    made = search(steps, 1 << 20)
    points = Checkpoints(made.chain, (room + 0.99) * 2**20)
    least = fewest(steps, room)
    assert points.costs[-1] / points.chain.cost[0] == least
    if least < math.inf:
        moves = moves_of(points.actions(), made._tree, lambda k: 1)
        # The last step is done for the value.
        assert sum(not move.is_adjoint for move in moves) == least + 1


@pytest.mark.parametrize("steps", [30, 100, 300])
@pytest.mark.parametrize("states", [5, 7, 10])
def test_work_and_memory_are_those_of_the_theory(steps: int, states: int) -> None:
    made = search(steps)
    schedule = made.within(made._floor + int((states + 0.9) * STATE))
    assert schedule is not None
    # Beside the kept states: the adjoint, and two of a step. Blocks of steps cost a little.
    again = schedule.recomputed + steps - 1
    assert griewank(steps, states) <= again <= 1.1 * griewank(steps, states - 2)


def test_memory_grows_as_the_logarithm_of_the_depth() -> None:
    taken = []
    for steps in (16, 64, 256):
        made = search(steps)
        taken.append((made.peak(made.least) - made._floor) / STATE)
        assert made.least.recomputed < 30 * steps
        kept = (made.peak(made.keeping) - made._floor) / STATE
        assert kept == pytest.approx(steps, abs=2)
    assert taken[0] < taken[-1] < 2 + math.log2(256)


def test_what_is_kept_and_done_again_is_told() -> None:
    deep = chain(30)
    plenty = plan_gradient(deep, range(1, 31))
    assert (plenty.kept, plenty.recomputed) == (29, 0)
    made = search(30)
    few = made.within(made._floor + 8 * STATE)
    assert few is not None
    moves = [move.of for move in few.moves if not move.is_adjoint]
    assert few.recomputed == len(moves) - len(set(moves)) > 0
    assert 5 <= few.kept < 29
    assert few.multiply_adds() - plenty.multiply_adds == few.recomputed * 4 * (STATE // 2)


@settings(max_examples=60)
@given(gradient_cases(tensors=9, labels=9), st.data())
def test_any_checkpoints_give_the_same_numbers(case: GradientCase, data: st.DataObject) -> None:
    arrays, cotangent = case.arrays()
    made = ReverseSearch(case.plan(), case.wanted, batch=3, library="numpy")
    if not case.path:
        assert made.least is made.keeping
        return
    points = Checkpoints(made.chain, float(made.peak(made.keeping)))
    levels = made._levels(points)
    assert levels
    actions = tuple(points.actions(data.draw(st.sampled_from(levels))))
    schedule = build_reverse(made.spec, made.wanted, actions)
    plenty = plan_gradient(case.plan(), case.wanted)
    value, gradients = execute_gradient(replace(plenty, schedule=schedule), arrays, cotangent)
    truth, true_gradients = case.truth(arrays, cotangent)
    for found, true in zip((value, *gradients), (truth, *true_gradients), strict=True):
        assert np.allclose(found, true, rtol=1e-9, atol=1e-9)


@given(gradient_cases(tensors=8))
def test_only_branches_with_a_wanted_input_are_visited(case: GradientCase) -> None:
    walk = Walk(case.inputs, case.output, case.sizes, case.path, (), case.batched)
    tree = ReverseTree(walk, case.wanted)
    moves = moves_of(keep_everything(len(case.path)), tree, lambda k: 1)
    count = len(case.inputs)
    below = [{i} for i in range(count)]
    for i, j in case.path:
        below.append(below[i] | below[j])
    holding = {k for k in range(len(below) - 1) if below[k] & set(case.wanted)}
    assert sorted(move.of for move in moves if move.is_adjoint) == sorted(holding)
    assert [move.of for move in moves if not move.is_adjoint] == list(range(count, len(below)))
    plain = replace(case, sliced=())
    made = plan_gradient(plain.plan(), case.wanted)

    def work(t: int) -> int:
        i, j = case.path[t]
        legs = walk.kept[i] | walk.kept[j]
        members = 3 if walk.batched[count + t] else 1
        return members * math.prod(walk.sizes[x] for x in legs)

    members = 3 if any(case.batched) else 1
    expected = sum(work(t) for t in range(len(case.path)))
    for i, j in case.path:
        each = math.prod(walk.sizes[x] for x in walk.kept[i] | walk.kept[j]) * members
        expected += each * ((i in holding) + (j in holding))
    assert made.multiply_adds == expected


def random_regular(seed: int) -> tuple[Plan, list[int]]:
    cotengra = pytest.importorskip("cotengra")
    inputs, output, _, sizes = cotengra.utils.rand_equation(30, 3, n_out=1, d_min=2, seed=seed)
    network = Network(tuple(map(tuple, inputs)), tuple(output), dict(sizes))
    return plan(network, budget="1GB", dtype="float64", cache=False), list(range(0, 30, 3))


@pytest.mark.parametrize("seed", [2, 3])
def test_from_the_least_budget_to_plenty(seed: int) -> None:
    forward, wanted = random_regular(seed)
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(shape) for shape in forward.network.shapes]
    cotangent = rng.standard_normal(forward.network.output_shape)
    with pytest.raises(BudgetError) as refused:
        plan_gradient(forward, wanted, budget=1)
    least = refused.value.least_bytes
    assert least is not None
    truth: Any = None
    for budget in (10**9, 4 * least, 2 * least, int(1.2 * least), least):
        made = plan_gradient(forward, wanted, budget=budget)
        assert made.peak_bytes <= budget
        if made.slices > 64:
            continue
        value, gradients = execute_gradient(made, arrays, cotangent)
        truth = truth or (value, *gradients)
        for found, true in zip((value, *gradients), truth, strict=True):
            assert np.allclose(found, true, rtol=1e-9, atol=1e-9 * np.abs(true).max())


def test_nothing_fits() -> None:
    deep = chain(30)
    with pytest.raises(BudgetError) as refused:
        plan_gradient(deep, range(1, 31), budget=100_000)
    error = refused.value
    assert error.budget == 100_000
    assert error.least_bytes is not None and error.least_bytes > 3 * 8 * STATE
    assert error.flops is not None and error.flops > 0
    message = str(error)
    assert message.startswith("`budget` must be at least ")
    assert "(got 100 kB)" in message
    plenty = plan_gradient(deep, range(1, 31))
    assert f"or {format_bytes(plenty.peak_bytes)} for {float(plenty.flops):.1e} with all" in message
    assert message.endswith("give more, or ask for fewer derivatives or a smaller batch at once")
    assert plan_gradient(deep, range(1, 31), budget=error.least_bytes).slices >= 1
