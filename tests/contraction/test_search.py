"""The search: orders that compute the right thing, costs that are what they say, effort bounded."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsim.contraction import Network, pathfinders, plan
from tnsim.contraction.annealing import annealed
from tnsim.contraction.candidates import Limits
from tnsim.contraction.cost import total_multiply_adds
from tnsim.contraction.graph import Graph, graph_of
from tnsim.contraction.pathfinders import (
    best_of_greedy,
    greedy_order,
    optimal_order,
    reconfigured,
    sweep_order,
)
from tnsim.contraction.plans import check_path
from tnsim.contraction.search import Purse, search, starts
from tnsim.contraction.tree import complete, tree_of


@st.composite
def networks(draw: st.DrawFn, least: int = 1, most: int = 10) -> Network:
    """Random networks: hyperedges, scalars, disconnected parts, labels of size 1."""
    labels = [f"x{i}" for i in range(draw(st.integers(1, 14)))]
    sizes = {label: draw(st.integers(1, 4)) for label in labels}
    count = draw(st.integers(least, most))
    term = st.lists(st.sampled_from(labels), unique=True, max_size=4).map(tuple)
    inputs = tuple(draw(term) for _ in range(count))
    used = sorted({label for term in inputs for label in term})
    output = tuple(draw(st.permutations(used)))[: draw(st.integers(0, 3))]
    return Network(inputs, output, sizes)


def lattice(rows: int, columns: int, size: int = 2) -> Network:
    inputs = []
    for r in range(rows):
        for c in range(columns):
            here = [f"h{r},{c}"] * (c + 1 < columns) + [f"h{r},{c - 1}"] * (c > 0)
            here += [f"v{r},{c}"] * (r + 1 < rows) + [f"v{r - 1},{c}"] * (r > 0)
            inputs.append(tuple(here))
    labels = sorted({label for term in inputs for label in term})
    return Network(tuple(inputs), (), dict.fromkeys(labels, size))


def brute_force(graph: Graph) -> int:
    """The least multiply-adds over every contraction order."""

    def best(parts: tuple[frozenset[int], ...]) -> int:
        if len(parts) == 1:
            return 0
        found = []
        for i in range(len(parts)):
            for j in range(i):
                rest = [p for k, p in enumerate(parts) if k not in (i, j)]
                legs = labels_of(parts[i]) | labels_of(parts[j])
                cost = math.prod(graph.dims[x] for x in legs)
                found.append(cost + best((*rest, parts[i] | parts[j])))
        return min(found)

    def labels_of(part: frozenset[int]) -> set[int]:
        inside = {x for i in part for x in graph.terms[i]}
        outside = {x for i, t in enumerate(graph.terms) if i not in part for x in t}
        if len(part) == 1:
            return inside
        return inside & (outside | set(graph.output))

    return best(tuple(frozenset([i]) for i in range(len(graph.terms))))


@given(networks())
def test_every_order_is_complete_and_priced_alike(network: Network) -> None:
    graph = graph_of(network)
    n = len(graph.terms)
    orders = {
        "greedy": greedy_order(graph),
        "random greedy": best_of_greedy(graph, 4, 0),
        "optimal": optimal_order(graph),
        "sweep": sweep_order(graph),
        "backward": sweep_order(graph, backward=True),
        "nothing": complete(graph, []),
    }
    for name, pairs in orders.items():
        check_path(pairs, n, name=name)
        tree = tree_of(graph, pairs)
        exact = total_multiply_adds(graph, tree)
        assert tree.multiply_adds.sum() == pytest.approx(exact)
        assert set(tree.legs[-1]) <= set(graph.output) or n == 1
        ordered = tree.ordered()
        check_path(ordered.pairs, n, name=name)
        assert ordered.cost == pytest.approx(tree.cost)
        assert ordered.peak <= tree.peak * (1 + 1e-12)


@given(networks(least=2, most=5))
def test_optimal_is_optimal_where_no_outer_products_help(network: Network) -> None:
    graph = graph_of(network)
    least = brute_force(graph)
    found = min(total_multiply_adds(graph, tree_of(graph, p)) for p in starts(graph, 0))
    # The search weighs what is written, too, and makes no outer products on purpose.
    written = sum(np.prod([graph.dims[x] for x in term]) for term in graph.terms)
    assert least <= found <= 4 * least + 64 * written


@given(networks(least=3), st.integers(0, 100))
def test_annealed_trees_are_whole_and_follow_the_same_rules(network: Network, seed: int) -> None:
    graph = graph_of(network)
    start = tree_of(graph, complete(graph, []))
    found = annealed(start, seed=seed, hot=0.5, cold=15.0, stages=4, sweeps=3)
    check_path(found.pairs, len(graph.terms), name="annealed")
    again = annealed(start, seed=seed, hot=0.5, cold=15.0, stages=4, sweeps=3)
    assert again.pairs == found.pairs


def test_annealing_finds_its_way_from_a_bad_start() -> None:
    graph = graph_of(lattice(8, 8))
    rng = np.random.default_rng(0)
    alive = list(range(64))
    pairs = []
    for made in range(64, 127):
        i, j = (int(alive.pop(rng.integers(len(alive)))) for _ in range(2))
        pairs.append((i, j))
        alive.append(made)
    start = tree_of(graph, pairs)
    found = annealed(start, seed=0, hot=0.5, cold=15.0, stages=32, sweeps=16)
    assert start.width > 30
    assert found.width <= 10
    assert reconfigured(found, size=8, most=32).cost <= found.cost * (1 + 1e-12)


def test_pure_python_greedy_serves_where_cotengrust_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = pathfinders.importlib.util.find_spec
    monkeypatch.setattr(
        pathfinders.importlib.util,
        "find_spec",
        lambda name: None if name == "cotengrust" else original(name),
    )
    pathfinders._fast.cache_clear()
    try:
        found = plan(lattice(5, 5), budget="1MB", dtype="float64", effort=0.1, cache=False)
        assert found.width <= 7
    finally:
        pathfinders._fast.cache_clear()


def test_effort_is_counted_and_patience_ends() -> None:
    asked: list[float] = []

    def allowance(cost: float) -> float:
        asked.append(cost)
        return 0.05

    purse = Purse(allowance)
    found = search(graph_of(lattice(6, 6)), Limits(1e9, 1e9), purse, seed=0)
    assert found.fitting
    assert 0 < purse.spent <= 0.05
    assert asked
    assert not purse.interrupted
    patient = Purse(lambda _: 20.0)
    search(graph_of(lattice(3, 4)), Limits(1e9, 1e9), patient, seed=0)
    assert patient.spent < 8


def test_the_clock_ends_a_search_that_asks_for_it() -> None:
    started = time.monotonic()
    plan(lattice(12, 12), budget="1GB", dtype="float64", effort=100.0, cache=False, max_seconds=0.3)
    assert time.monotonic() - started < 5


def test_effort_buys_better_plans() -> None:
    network = lattice(10, 14)
    quick = plan(network, budget="1GB", dtype="float64", effort=0.0, cache=False)
    long = plan(network, budget="1GB", dtype="float64", effort=1.0, cache=False)
    assert long.multiply_adds < quick.multiply_adds


def test_thousands_of_tensors_in_seconds() -> None:
    # A narrow circuit, 5 sites deep 500 layers: 4500 tensors in the order of time.
    current = [f"s{q}" for q in range(5)]
    inputs: list[tuple[str, ...]] = [(label,) for label in current]
    for layer in range(500):
        for q in range(4):
            fresh = [f"g{layer},{q}", f"h{layer},{q}"]
            inputs.append((*fresh, current[q], current[q + 1]))
            current[q : q + 2] = fresh
        for q in range(5):
            inputs.append((f"r{layer},{q}", current[q]))
            current[q] = f"r{layer},{q}"
    labels = {label for term in inputs for label in term}
    graph = graph_of(Network(tuple(inputs), (), dict.fromkeys(sorted(labels), 4)))
    started = time.process_time()
    found = search(graph, Limits(1e7, 1e7), Purse(lambda cost: cost / 3e10), seed=0)
    assert time.process_time() - started < 20
    assert found.fitting[0].tree.width <= 12
