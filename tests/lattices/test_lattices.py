"""Coupling graphs: IBM's numbering pinned by digest, and properties that every lattice has."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsim.base.codec import digest
from tnsim.base.errors import CircuitError
from tnsim.lattices import Edges, grid, heavy_hex, line, ring

# SHA-256 of the sorted published edge list of the 127-qubit device, as canonical JSON.
EAGLE = "c4913609bb2246eb610b6d60f5626f14d7fb6a6c44b37d18dd935760127eb318"


def degrees(edges: Edges) -> Counter[int]:
    return Counter(node for edge in edges for node in edge)


def is_connected(edges: Edges, nodes: int) -> bool:
    component = list(range(nodes))

    def root(node: int) -> int:
        while component[node] != node:
            node = component[node]
        return node

    for a, b in edges:
        component[root(a)] = root(b)
    return len({root(node) for node in range(nodes)}) == 1


def check(edges: Edges, nodes: int) -> None:
    assert list(edges) == sorted(set(edges))
    assert all(a < b for a, b in edges)
    assert set(degrees(edges)) == (set(range(nodes)) if nodes > 1 else set())
    assert is_connected(edges, nodes)


def test_eagle_is_the_published_list() -> None:
    edges = heavy_hex()
    assert len(edges) == 144
    assert Counter(degrees(edges).values()) == {2: 89, 3: 36, 1: 2}
    assert digest([list(edge) for edge in edges]) == EAGLE


@pytest.mark.parametrize(
    "edge",
    [(0, 1), (0, 14), (12, 17), (14, 18), (20, 33), (37, 52), (62, 63), (62, 72), (96, 109)]
    + [(109, 114), (112, 126), (113, 114), (125, 126)],
)
def test_eagle_has_edge(edge: tuple[int, int]) -> None:
    assert edge in heavy_hex()


@pytest.mark.parametrize("edge", [(13, 14), (13, 17), (36, 37), (94, 109), (112, 113)])
def test_eagle_lacks_edge(edge: tuple[int, int]) -> None:
    assert edge not in heavy_hex()


@pytest.mark.parametrize(
    ("rows", "width", "qubits", "links"),
    [(5, 11, 65, 72), (7, 15, 127, 144), (13, 27, 433, 504), (21, 43, 1121, 1320)],
)
def test_device_sizes(rows: int, width: int, qubits: int, links: int) -> None:
    edges = heavy_hex(rows, width)
    assert len(edges) == links
    check(edges, qubits)


def test_hummingbird_edges() -> None:
    edges = set(heavy_hex(5, 11))
    assert {(0, 10), (8, 12), (10, 13), (43, 52), (52, 56), (54, 64)} <= edges


@given(st.integers(2, 9), st.integers(0, 5))
def test_heavy_hex_is_heavy(rows: int, cells: int) -> None:
    width = 4 * cells + 3
    edges = heavy_hex(rows, width)
    counts = degrees(edges)
    check(edges, max(counts) + 1)
    assert set(counts.values()) <= {1, 2, 3}
    # Heavy: two nodes of degree three are never neighbours, and two corners hang loose.
    assert not [edge for edge in edges if counts[edge[0]] == counts[edge[1]] == 3]
    assert sum(count == 1 for count in counts.values()) == 2


@given(st.integers(1, 7), st.integers(1, 7))
def test_grid(rows: int, columns: int) -> None:
    edges = grid(rows, columns)
    check(edges, rows * columns)
    assert len(edges) == rows * (columns - 1) + columns * (rows - 1)
    for a, b in edges:
        (r, c), (s, d) = divmod(a, columns), divmod(b, columns)
        assert abs(r - s) + abs(c - d) == 1


@given(st.integers(3, 30))
def test_line_and_ring(length: int) -> None:
    check(line(length), length)
    check(ring(length), length)
    assert set(ring(length)) - set(line(length)) == {(0, length - 1)}
    assert set(degrees(ring(length)).values()) == {2}
    assert line(length) == grid(1, length) == grid(length, 1)


def test_one_node_has_no_edge() -> None:
    assert line(1) == grid(1, 1) == ()


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (line, (0,), r"`length` must be at least 1 \(got 0\)"),
        (line, ("3",), r"`length` must be an integer \(got '3'\)"),
        (ring, (2,), r"`length` must be at least 3 \(got 2\)"),
        (grid, (2, 0), r"`columns` must be at least 1 \(got 0\)"),
        (grid, (2.0, 2), r"`rows` must be an integer \(got 2.0\)"),
        (grid, (True, 2), r"`rows` must be at least 1 \(got True\)"),
        (heavy_hex, (1, 15), r"`rows` must be at least 2 \(got 1\)"),
        (heavy_hex, (7, 13), r"`width` must be 3, 7, 11, 15, ... \(3 modulo 4\).*got 13"),
    ],
)
def test_wrong_sizes(make: object, arguments: tuple[object, ...], message: str) -> None:
    assert callable(make)
    with pytest.raises(CircuitError, match=message):
        make(*arguments)
