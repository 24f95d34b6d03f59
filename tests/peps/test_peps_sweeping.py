"""Whole networks swept with bonds that are cut."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

import tnsim
from tests.peps.peps_circuits import answered
from tnsim.engines.peps.closed import norm_of
from tnsim.engines.peps.graph import graph_of
from tnsim.engines.peps.state import State
from tnsim.engines.peps.sweeping import Spent, sweep_order, swept


def random_state(rows: int, columns: int, bond: int) -> State:
    random = np.random.default_rng(5)
    edges = tnsim.lattices.grid(rows, columns)
    graph = graph_of(rows * columns, edges)
    shapes = [(2, *(bond,) * len(some)) for some in graph.incident]
    tensors = [random.normal(size=s) + 1j * random.normal(size=s) for s in shapes]
    return State(graph, tensors, [np.ones(bond)] * len(graph.bonds))


def norm_by_vector(state: State) -> float:
    """<psi|psi> by way of all amplitudes."""
    labels = [
        [f"p{site}", *(f"b{b}" for b in some)] for site, some in enumerate(state.graph.incident)
    ]
    names = {x: k for k, x in enumerate(dict.fromkeys(x for some in labels for x in some))}
    terms = [
        y for t, x in zip(state.tensors, labels, strict=True) for y in (t, [names[z] for z in x])
    ]
    vector = np.einsum(*terms, [names[f"p{s}"] for s in range(len(labels))], optimize="greedy")
    return float(np.linalg.norm(vector) ** 2)


def test_sweeps_are_exact_where_nothing_is_cut() -> None:
    state = random_state(3, 3, 2)
    closed = norm_of(state)
    nodes = [
        (closed.nodes[s], {b: closed.bonds[b] for b in state.graph.incident[s]})
        for s in sweep_order(state.graph, range(9))
    ]
    expected = norm_by_vector(state)
    whole = swept(nodes, 1000, closed.dtype, budget=10**8, most=1e12)
    assert whole.discarded < 1e-20
    assert math.isclose((whole.phase * math.exp(whole.log)).real, expected, rel_tol=1e-10)
    off = []
    for bond in (2, 8):
        cut = swept(nodes, bond, closed.dtype, budget=10**8, most=1e12)
        assert cut.discarded > 1e-9
        off.append(abs((cut.phase * math.exp(cut.log)).real / expected - 1))
    assert off[1] < 0.3 * off[0]


def test_sweeps_end_at_their_limits() -> None:
    state = random_state(3, 3, 3)
    closed = norm_of(state)
    nodes = [
        (closed.nodes[s], {b: closed.bonds[b] for b in state.graph.incident[s]})
        for s in sweep_order(state.graph, range(9))
    ]
    for limits in ({"budget": 10**4, "most": 1e12}, {"budget": 10**8, "most": 1e3}):
        with pytest.raises(Spent):
            swept(nodes, 16, closed.dtype, **limits)


def test_an_order_takes_neighbours_and_reaches_every_part() -> None:
    graph = graph_of(8, [(0, 1), (1, 2), (2, 3), (0, 3), (5, 6), (6, 7)])
    order = sweep_order(graph, range(8))
    assert sorted(order) == list(range(8))
    # The parts 0-3, 4 and 5-7 are not mixed.
    parts = ["4" if s == 4 else "ring" if s < 4 else "line" for s in order]
    assert len([1 for a, b in pairwise(parts) if a != b]) == 2


@pytest.mark.parametrize("picture", ["schrodinger", "heisenberg", "mixed"])
def test_answers_by_sweeps_are_close_and_say_how_close(picture: str) -> None:
    circuit = tnsim.Circuit(9)
    edges = tnsim.lattices.grid(3, 3)
    for _ in range(3):
        circuit.ry(0.5, range(9)).rzz(0.6, [a for a, _ in edges], [b for _, b in edges])
    query = tnsim.Expectation({"Z4": 1.0, "X3 Y1": 0.5})
    expected = tnsim.run(circuit, query, memory="1GB").value
    found = answered(circuit, query, max_bond=6, picture=picture, environment="compressed")
    plain = answered(circuit, query, max_bond=6, picture=picture, environment="bp")
    off = abs(found.value - expected)
    assert off <= found.error < 0.3
    assert off < abs(plain.value - expected)
