"""Slicing: what a cut promises is what the sliced tree has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsim.contraction import Network
from tnsim.contraction.candidates import Candidates, Limits, least_memory
from tnsim.contraction.graph import graph_of
from tnsim.contraction.pathfinders import best_of_greedy, greedy_order
from tnsim.contraction.slices import Slices
from tnsim.contraction.slicing import MOST_SLICES, deepest_cut, find_cut, sliced
from tnsim.contraction.tree import Tree, tree_of


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Trees of random networks with hyperedges and outputs."""
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 14))
    labels = [f"x{i}" for i in range(int(count * 1.5) + 1)]
    sizes = {label: int(rng.integers(2, 5)) for label in labels}
    terms: list[list[str]] = [[] for _ in range(count)]
    for label in labels:
        for i in rng.choice(count, size=min(count, int(rng.choice([2, 2, 2, 3]))), replace=False):
            terms[i].append(label)
    output = tuple(str(x) for x in rng.choice(labels, size=int(rng.integers(0, 3)), replace=False))
    graph = graph_of(Network(tuple(map(tuple, terms)), output, sizes))
    return tree_of(graph, greedy_order(graph)).ordered()


def grid(side: int) -> Tree:
    inputs = []
    for r in range(side):
        for c in range(side):
            here = [f"h{r},{c}"] * (c + 1 < side) + [f"h{r},{c - 1}"] * (c > 0)
            here += [f"v{r},{c}"] * (r + 1 < side) + [f"v{r - 1},{c}"] * (r > 0)
            inputs.append(tuple(here))
    labels = sorted({label for term in inputs for label in term})
    graph = graph_of(Network(tuple(inputs), (), dict.fromkeys(labels, 2)))
    return tree_of(graph, best_of_greedy(graph, 16, 0)).ordered()


def check(tree: Tree, labels: tuple[int, ...], cost: float, peak: float) -> None:
    piece = sliced(tree, labels)
    assert piece.peak == pytest.approx(peak)
    assert piece.cost == pytest.approx(cost)
    assert piece.graph.slices <= MOST_SLICES


@given(trees(), st.floats(0.05, 1.0))
def test_a_cut_keeps_its_promises(tree: Tree, fraction: float) -> None:
    limit = fraction * tree.peak
    cut = find_cut(tree, limit)
    if cut is None:
        assert deepest_cut(tree).peak > limit
        return
    assert cut.peak <= limit
    check(tree, cut.labels, cut.cost, cut.peak)


@given(trees())
def test_the_deepest_cut_holds_least(tree: Tree) -> None:
    deepest = deepest_cut(tree)
    check(tree, deepest.labels, deepest.cost, deepest.peak)
    assert deepest.peak <= tree.peak
    again = find_cut(tree, deepest.peak)
    assert again is None or again.peak <= deepest.peak


@given(trees(), st.data())
def test_fixing_labels_gives_the_figures_of_the_sliced_tree(
    tree: Tree, data: st.DataObject
) -> None:
    count = len(tree.graph.dims)
    state = Slices(tree)
    labels = data.draw(st.lists(st.integers(0, count - 1), unique=True, max_size=4))
    for k in range(len(labels) + 1):
        truth = sliced(tree, labels[:k])
        assert state.peak == pytest.approx(truth.peak)
        assert state.cost == pytest.approx(truth.cost)
        np.testing.assert_allclose(state.live, truth.live, rtol=1e-9)
        others = np.asarray([x for x in range(count) if x not in labels[:k]], dtype=np.int64)
        predicted = state.costs_after(others) if len(others) else []
        for x, cost in zip(others.tolist(), predicted, strict=True):
            assert cost == pytest.approx(sliced(truth, (x,)).cost, rel=1e-6)
        hot = np.arange(len(tree.pairs))
        load = state.loads(hot)
        for x in others.tolist():
            # At a step that holds only what it held before, the saving is exact.
            after = sliced(truth, (x,)).live
            saved = load[:, x] * (1 - 1 / tree.graph.dims[x])
            assert (after >= (state.live - saved) * (1 - 1e-9)).all()
        if k < len(labels):
            state.fix(labels[k])


@given(trees())
def test_frozen_labels_are_not_sliced(tree: Tree) -> None:
    frozen = tuple(range(0, len(tree.graph.dims), 2))
    deepest = deepest_cut(tree, frozen=frozen)
    assert not set(deepest.labels) & set(frozen)


def test_what_slices_share_is_counted_once() -> None:
    # (a b)(b c) does not depend on d: only the last product is repeated.
    network = Network.from_equation("ab,bc,cd->ad", (50, 50), (50, 50), (50, 7))
    tree = tree_of(graph_of(network), [(0, 1), (3, 2)])
    names = list(tree.graph.names)
    piece = sliced(tree, (names.index("d"),))
    assert piece.touched_list == [False, True]
    assert piece.cost == pytest.approx(piece.step_costs[0] + 7 * piece.step_costs[1])


def test_a_lattice_is_cut_in_half_for_little() -> None:
    tree = grid(10)
    for halvings in (1, 2):
        cut = find_cut(tree, tree.peak / 2**halvings)
        assert cut is not None
        assert cut.cost < 4096**halvings * tree.cost


def test_candidates_price_and_cut_the_most_promising_first() -> None:
    tree = grid(8)
    limit = tree.peak / 2
    candidates = Candidates(Limits(limit, limit), ())
    candidates.consider(tree)
    assert candidates.best == float("inf")
    assert candidates.has_uncut
    assert candidates.is_feasible()
    candidates.cut_next(None)
    assert not candidates.has_uncut
    assert candidates.fitting[0].cut.peak <= limit
    assert candidates.are_shaped
    loose = candidates.within(Limits(tree.peak, tree.peak))
    assert loose.fitting[0].cut.labels == ()
    assert not loose.are_shaped
    assert least_memory([tree]).cut.peak <= limit
