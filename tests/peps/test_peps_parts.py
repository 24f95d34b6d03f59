"""Graphs, regions, layers of gates and updates of bonds, one by one."""

from __future__ import annotations

import numpy as np
import pytest

import tnsim
from tnsim.engines.peps.gates import GateStream, split_chain
from tnsim.engines.peps.graph import MOST_NEIGHBOURS, graph_of
from tnsim.engines.peps.regions import connected, regions
from tnsim.engines.peps.update import Truncation, update_pairs


def test_every_pair_of_a_lattice_is_a_bond() -> None:
    edges = tnsim.lattices.heavy_hex()
    graph = graph_of(127, edges)
    assert graph.bonds == edges
    assert graph.path(0, 3) == [0, 1, 2, 3]


def test_crowded_sites_get_few_bonds_and_paths_to_all() -> None:
    pairs = [(a, b) for a in range(9) for b in range(a)]
    graph = graph_of(9, pairs)
    assert max(map(len, graph.incident)) <= MOST_NEIGHBOURS
    assert set(graph.distances([0])) == set(range(9))


def test_regions_grow_where_a_loop_closes() -> None:
    graph = graph_of(8, [(q, (q + 1) % 6) for q in range(6)] + [(0, 6), (6, 7)])
    found = regions(graph, [0])
    # The branch 6 - 7 closes no loop; the ring of six is closed at radius 3.
    assert [(radius, sorted(inside)) for radius, inside in found] == [
        (0, [0]),
        (3, [0, 1, 2, 3, 4, 5]),
    ]
    assert connected(graph, [7, 1]) == {7, 6, 0, 1}


def test_gates_of_one_pair_are_one_gate() -> None:
    random = np.random.default_rng(1)
    pair, other, single = (random.normal(size=(n, n)) for n in (4, 4, 2))
    stream = GateStream(2)
    moves = [(pair, (0, 1)), (single, (1,)), (other, (1, 0)), (pair, (1, 2)), (single, (0,))]
    layers = list(stream.layers(moves))
    assert [[gate.sites for gate in layer] for layer in layers] == [[(0, 1)], [(1, 2)]]
    turned = other.reshape(2, 2, 2, 2).transpose(1, 0, 3, 2).reshape(4, 4)
    expected = turned @ np.kron(np.eye(2), single) @ pair
    np.testing.assert_allclose(layers[0][0].matrix, expected, atol=1e-12)
    assert list(stream.pending) == [0]


@pytest.mark.parametrize("count", [2, 3])
def test_cores_multiply_to_the_matrix(count: int) -> None:
    random = np.random.default_rng(2)
    matrix = random.normal(size=(2**count, 2**count))
    total = np.ones((1, 1, 1, 1))
    for core in split_chain(matrix, count, 2):
        total = np.einsum("agij,gbkl->abikjl", total, core)
        shape = total.shape
        total = total.reshape(1, shape[1], shape[2] * shape[3], shape[4] * shape[5])
    np.testing.assert_allclose(total[0, 0], matrix, atol=1e-12)


def test_updates_keep_the_largest_values() -> None:
    random = np.random.default_rng(3)
    left, right = random.normal(size=(2, 6, 3, 2)), random.normal(size=(2, 5, 3, 2))
    weights = random.random((2, 3)) + 0.5
    for bond in (4, 6):
        found = update_pairs(left, right, weights, Truncation(bond, 0.0, 1e-15))
        for b, new in enumerate(found):
            whole = np.einsum("icg,c,jcg->ij", left[b], 1 / weights[b], right[b])
            values = np.linalg.svd(whole, compute_uv=False)
            kept = new.norm * (new.left / new.weights) @ new.right.T
            off = np.linalg.norm(whole - kept)
            np.testing.assert_allclose(off, np.linalg.norm(values[bond:]), atol=1e-12)
            lost = (values[bond:] ** 2).sum() / (values**2).sum()
            np.testing.assert_allclose(new.discarded, lost, atol=1e-14)
            np.testing.assert_allclose(np.linalg.norm(new.weights), 1.0)


def test_cutoffs_bound_what_a_bond_loses() -> None:
    values = np.array([[1.0, 0.1, 0.01, 1e-3], [1.0, 1e-9, 1e-17, 0.0]])
    assert Truncation(9, 1e-3, 1e-15).kept(values).tolist() == [2, 1]
    assert Truncation(9, 0.0, 1e-15).kept(values).tolist() == [4, 2]
    assert Truncation(1, 0.0, 1e-15).kept(values).tolist() == [1, 1]
