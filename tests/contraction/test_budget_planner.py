"""`BudgetPlanner` keeps its promise in opt_einsum, cotengra and quimb, measured."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import cotengra
import numpy as np
import opt_einsum
import pytest
import quimb.tensor as qtn
from hypothesis import given, settings
from hypothesis import strategies as st

from tnsim import BudgetError, TnsimError
from tnsim.contraction import BudgetPlanner

# Python objects of the libraries themselves; the arrays here take megabytes.
SLACK = 400_000


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


IN_A_PROCESS = """
import sys, threading, numpy as np, psutil, quimb.tensor as qtn
from tnsim.contraction import BudgetPlanner
tn = qtn.TN_rand_reg(60, 3, D=4, dtype="float64", seed=3)
for t in tn:
    t.modify(data=t.data / np.linalg.norm(t.data))
planner = BudgetPlanner(int(sys.argv[1]), dtype="float64", effort=2.0, cache=False)
tree = tn.contraction_tree(optimize=planner, output_inds=())
process, peak, done = psutil.Process(), 0, threading.Event()
inputs = sum(t.data.nbytes for t in tn)
before = process.memory_info().rss
def watch():
    global peak
    while not done.wait(0.001):
        peak = max(peak, process.memory_info().rss)
thread = threading.Thread(target=watch); thread.start()
tn.contract(optimize=tree, output_inds=())
done.set(); thread.join()
print(peak - before + inputs, tree.nslices)
"""


@pytest.mark.parametrize("budget", [2_000_000_000, 60_000_000])
def test_resident_memory_of_quimb_is_within_the_budget(budget: int) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}
    run = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, str(budget)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    taken, slices = map(int, run.stdout.split())
    assert taken <= budget * 1.05 + 16_000_000
    assert (slices > 1) == (budget < 1e9)


@st.composite
def einsums(draw: st.DrawFn) -> tuple[list[str], str, dict[str, int]]:
    """Terms with hyperedges, sums of single terms, traces and outputs."""
    rng = random.Random(draw(st.integers(0, 10_000)))
    count = rng.randint(3, 8)
    labels = "abcdefghijkl"[: rng.randint(4, 11)]
    sizes = {x: rng.choice([1, 2, 3, 9]) for x in labels}
    terms = ["".join(rng.sample(labels, rng.randint(0, 4))) for _ in range(count)]
    if terms[0] and rng.random() < 0.3:
        terms[0] += terms[0][0]
    used = sorted(set("".join(terms)))
    return terms, "".join(rng.sample(used, rng.randint(0, min(3, len(used))))), sizes


@given(case=einsums(), divisor=st.sampled_from([1, 3, 20]))
@settings(max_examples=40)
def test_any_einsum_is_right_in_cotengra_and_opt_einsum(
    case: tuple[list[str], str, dict[str, int]], divisor: int
) -> None:
    terms, output, sizes = case
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal([sizes[x] for x in term]) for term in terms]
    equation = ",".join(terms) + "->" + output
    truth = np.einsum(equation, *arrays)
    planner = BudgetPlanner(10**7 // divisor, dtype="float64", effort=0.0, cache=False)
    inputs = [tuple(term) for term in terms]
    results = [
        cotengra.array_contract(arrays, inputs, tuple(output), optimize=planner),
        cotengra.einsum(equation, *arrays, optimize=planner),
        opt_einsum.contract(equation, *arrays, optimize=planner),
    ]
    tight = BudgetPlanner(sum(a.nbytes for a in arrays) + 3000, dtype="float64", cache=False)
    refusal = attempt(lambda: tight.search(inputs, tuple(output), sizes))
    if refusal is None:
        results.append(tight.search(inputs, tuple(output), sizes).contract(arrays))
    for result in results:
        np.testing.assert_allclose(result, truth, atol=1e-9 * max(1.0, np.abs(truth).max()))


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


def test_slices_of_the_output_are_stacked() -> None:
    terms = [("a", "b"), ("b", "c"), ("c", "d", "a")]
    sizes = {"a": 40, "b": 300, "c": 300, "d": 5}
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal([sizes[x] for x in term]) for term in terms]
    inputs = sum(a.nbytes for a in arrays)
    planner = BudgetPlanner(inputs + 200_000, dtype="float64", cache=False)
    tree = planner.search(terms, ("d", "a"), sizes)
    assert tree.nslices > 1
    truth = np.einsum("ab,bc,cda->da", *arrays)
    np.testing.assert_allclose(tree.contract(arrays), truth, rtol=1e-9)


def test_the_plan_does_not_depend_on_the_order_of_sets() -> None:
    terms = ["abx", "bcx", "cdx", "dae", "ef", "fa"]
    sizes = {x: 2 + k for k, x in enumerate("abcdefx")}
    planner = BudgetPlanner("1MB", cache=False)
    shuffled = [frozenset(reversed(term)) for term in terms]
    assert planner(shuffled, frozenset("x"), sizes) == planner(terms, "x", sizes)
    assert planner(["ab"], "a", sizes) == [(0,)]


def test_plans_are_kept_apart_from_our_own(tmp_path: Any) -> None:
    tn = network(bond=3, size=40)
    terms = [t.inds for t in tn]
    sizes = tn.ind_sizes()
    first = BudgetPlanner("1MB", effort=0.5, cache=tmp_path).search(terms, (), sizes)
    assert len(list(tmp_path.iterdir())) == 1
    again = BudgetPlanner("1MB", effort=0.5, cache=tmp_path).search(terms, (), sizes)
    assert again.get_ssa_path() == first.get_ssa_path()
    assert set(again.sliced_inds) == set(first.sliced_inds)
    BudgetPlanner("1GB", effort=0.5, cache=tmp_path)(terms, (), sizes)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_memory_limit_of_opt_einsum_counts_too() -> None:
    a = np.ones((64, 64))
    planner = BudgetPlanner("1GB", dtype="float64", cache=False)
    with pytest.raises(BudgetError, match="cannot be sliced"):
        opt_einsum.contract("ij,jk,kl->il", a, a, a, optimize=planner, memory_limit=100)


def test_repr_evaluates_back() -> None:
    planner = BudgetPlanner("2GB", effort=0.5, seed=3, cache=False)
    again = eval(repr(planner), {"BudgetPlanner": BudgetPlanner})
    assert repr(again) == repr(planner)
    assert again.budget == 2 * 10**9


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("2 apples",), {}, "a size must be"),
        ((0,), {}, "at least one byte"),
        ((1,), {"dtype": "int8"}, "`dtype` must be one of"),
        ((1,), {"effort": "much"}, "`effort` must be"),
    ],
)
def test_bad_arguments(arguments: tuple[Any, ...], options: dict[str, Any], message: str) -> None:
    with pytest.raises(TnsimError, match=message):
        BudgetPlanner(*arguments, **options)
