"""`BudgetPlanner` keeps its promise in opt_einsum, cotengra and quimb, measured."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import cotengra
import numpy as np
import opt_einsum
import pytest
import quimb.tensor as qtn
from hypothesis import given
from hypothesis import strategies as st

from tnsim import BudgetError
from tnsim.contraction import BudgetPlanner

# Python objects of the libraries themselves; the arrays here take tens of megabytes.
SLACK = 1_000_000


def network(bond: int = 4, size: int = 48, seed: int = 7) -> qtn.TensorNetwork:
    tn = qtn.TN_rand_reg(size, 3, D=bond, dtype="float64", seed=seed)
    for tensor in tn:
        tensor.modify(data=tensor.data / np.linalg.norm(tensor.data))
    return tn


def by_cotengra(tn: qtn.TensorNetwork, planner: BudgetPlanner) -> Any:
    terms = [t.inds for t in tn]
    return cotengra.array_contract([t.data for t in tn], terms, (), optimize=planner)


def by_quimb(tn: qtn.TensorNetwork, planner: BudgetPlanner) -> Any:
    return tn.contract(optimize=planner, output_inds=())


def by_opt_einsum(tn: qtn.TensorNetwork, planner: BudgetPlanner) -> Any:
    operands = [x for t in tn for x in (t.data, list(t.inds))]
    return opt_einsum.contract(*operands, [], optimize=planner)


LIBRARIES = {"cotengra": by_cotengra, "quimb": by_quimb, "opt_einsum": by_opt_einsum}


def attempt(work: Callable[[], Any]) -> BudgetError | None:
    try:
        work()
    except BudgetError as error:
        return error
    return None


def measured(work: Callable[[], Any]) -> tuple[Any, int]:
    tracemalloc.start()
    try:
        value = work()
        return value, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("budget", [64_000_000, 12_000_000, 3_000_000])
def test_the_measured_peak_is_within_the_budget(library: str, budget: int) -> None:
    tn = network()
    contract = LIBRARIES[library]
    contract(network(bond=2, size=8), BudgetPlanner("1GB", dtype="float64"))  # imports
    inputs = sum(t.data.nbytes for t in tn)
    planner = BudgetPlanner(budget, dtype="float64", effort="low", cache=False)
    truth = tn.contract(output_inds=())
    refusal = attempt(lambda: contract(tn, planner))
    if refusal is not None:
        assert library == "opt_einsum", "the others slice"
        assert refusal.least_bytes is not None
        assert refusal.least_bytes > budget
        return
    value, peak = measured(lambda: contract(tn, planner))
    assert peak + inputs <= budget + SLACK
    assert value == pytest.approx(truth, rel=1e-9)


def test_slices_reach_cotengra() -> None:
    terms = [tuple(t) for t in ("ab", "bc", "cd", "da")]
    sizes = dict.fromkeys("abcd", 200)
    tree = BudgetPlanner("2MB", dtype="float64", cache=False).search(terms, (), sizes)
    arrays = [np.random.default_rng(k).normal(size=(200, 200)) for k in range(4)]
    assert tree.contract(arrays) == pytest.approx(
        np.trace(arrays[0] @ arrays[1] @ arrays[2] @ arrays[3])
    )


@given(seed=st.integers(0, 1000), budget=st.integers(20_000, 4_000_000))
def test_a_refusal_names_a_budget_that_works(seed: int, budget: int) -> None:
    tn = network(bond=3, size=14, seed=seed)
    for library, contract in LIBRARIES.items():
        small = BudgetPlanner(budget, effort="low", cache=False)
        refusal = attempt(lambda: contract(tn, small))  # noqa: B023 - called at once
        if refusal is not None:
            assert refusal.budget == budget, library
            assert refusal.least_bytes is not None
            assert refusal.least_bytes > budget
            contract(tn, BudgetPlanner(refusal.least_bytes, effort="low", cache=False))


def test_a_memory_limit_of_opt_einsum_counts_too() -> None:
    a = np.ones((64, 64))
    planner = BudgetPlanner("1GB", dtype="float64", cache=False)
    with pytest.raises(BudgetError, match="cannot be sliced"):
        opt_einsum.contract("ij,jk,kl->il", a, a, a, optimize=planner, memory_limit=100)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("2 apples",), "a size must be"), ((0,), "at least one byte")],
)
def test_bad_budgets(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(BudgetError, match=message):
        BudgetPlanner(*arguments)
