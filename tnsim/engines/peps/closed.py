"""Closed networks: what is left of states when they meet each other or given vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .graph import Graph
from .state import State

__all__ = [
    "PAULIS",
    "Closed",
    "Labels",
    "Node",
    "letter",
    "norm_of",
    "overlap_of",
    "sandwich_of",
    "shared",
    "trace_of",
]

Array = NDArray[Any]
Labels = tuple[str, ...]

PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
"""The four Pauli matrices, [letter, row, column]."""


@dataclass(frozen=True, eq=False)
class Node:
    """The tensors of one site with their labels."""

    arrays: tuple[Array, ...]
    labels: tuple[Labels, ...]


@dataclass(eq=False)
class Closed:
    """Tensors on the sites of a graph, all legs summed, times exp(log_scale).

    Bond b carries the labels `bonds[b]`, one for each layer of the network. `starts[b]` is a
    message in the axes of those labels to begin belief propagation with, and `weights[b]` the
    state's weights on each. `openings[site]` is a site's node with its physical legs open, and
    their labels.
    """

    graph: Graph
    nodes: list[Node]
    bonds: Sequence[Labels]
    starts: list[Array]
    weights: Sequence[tuple[Array, ...]]
    log_scale: float
    openings: Mapping[int, tuple[Node, Labels]] = field(default_factory=dict)

    @property
    def dtype(self) -> str:
        """The dtype of all tensors."""
        return self.nodes[0].arrays[0].dtype.name

    def sizes(self) -> dict[str, int]:
        """The dimension of every label."""
        found: dict[str, int] = {}
        opened = (node for node, _ in self.openings.values())
        for node in (*self.nodes, *opened):
            for array, labels in zip(node.arrays, node.labels, strict=True):
                found.update(zip(labels, array.shape, strict=True))
        return found


def shared(state: State) -> list[Array]:
    """The state's tensors with 1/weights shared out evenly between both ends of each bond."""
    roots = [w**-0.5 for w in state.weights]
    found = []
    for site, tensor in enumerate(state.tensors):
        for axis, bond in enumerate(state.graph.incident[site], 1):
            shape = [1] * tensor.ndim
            shape[axis] = -1
            tensor = tensor * roots[bond].reshape(shape)
        found.append(tensor)
    return found


def trace_of(state: State, vectors: Sequence[Array], opened: Sequence[int] = ()) -> Closed:
    """A state's legs summed with given vectors, one a site; those of sites in `opened` may stay."""
    nodes, openings = [], {}
    for site, tensor in enumerate(shared(state)):
        bonds = tuple(f"a{b}" for b in state.graph.incident[site])
        vector = np.asarray(vectors[site], dtype=tensor.dtype)
        closed = np.tensordot(vector, tensor, (0, 0))
        nodes.append(Node((np.array(closed, order="C"),), (bonds,)))
        if site in opened:
            openings[site] = Node((tensor,), ((f"p{site}", *bonds),)), (f"p{site}",)
    starts = [_first(w) for w in state.weights]
    bonds_ = [(f"a{b}",) for b in range(len(state.graph.bonds))]
    weights = [(w,) for w in state.weights]
    return Closed(state.graph, nodes, bonds_, starts, weights, state.log_scale, openings)


def overlap_of(one: State, two: State) -> Closed:
    """The sum over all physical legs of the product of two states on one graph."""
    nodes = []
    for site, (first, second) in enumerate(zip(shared(one), shared(two), strict=True)):
        incident = one.graph.incident[site]
        labels = tuple((f"p{site}", *(f"{layer}{b}" for b in incident)) for layer in ("a", "b"))
        nodes.append(Node((first, second), labels))
    starts = [np.multiply.outer(_first(v), _first(w)) for v, w in _weights(one, two)]
    bonds = [(f"a{b}", f"b{b}") for b in range(len(one.graph.bonds))]
    scale = one.log_scale + two.log_scale
    return Closed(one.graph, nodes, bonds, starts, _weights(one, two), scale)


def norm_of(state: State, opened: Sequence[int] = ()) -> Closed:
    """<psi|psi>, in which the ket's leg k and the bra's leg q of sites in `opened` may stay."""
    nodes, openings = [], {}
    for site, tensor in enumerate(shared(state)):
        incident = state.graph.incident[site]
        ket = tuple(f"a{b}" for b in incident)
        bra = tuple(f"c{b}" for b in incident)
        pair = tensor, tensor.conj()
        nodes.append(Node(pair, ((f"p{site}", *ket), (f"p{site}", *bra))))
        if site in opened:
            labels = ((f"k{site}", *ket), (f"q{site}", *bra))
            openings[site] = Node(pair, labels), (f"k{site}", f"q{site}")
    starts = [np.diag(w).astype(state.tensors[0].dtype) for w in state.weights]
    bonds = [(f"a{b}", f"c{b}") for b in range(len(state.graph.bonds))]
    weights = [(w, w) for w in state.weights]
    return Closed(state.graph, nodes, bonds, starts, weights, 2 * state.log_scale, openings)


def sandwich_of(state: State, operator: State) -> Closed:
    """<psi|O|psi> for a ket and an operator in Pauli components, both on one graph."""
    nodes = []
    for site, (ket, middle) in enumerate(zip(shared(state), shared(operator), strict=True)):
        incident = state.graph.incident[site]
        # <psi|P|psi> = sum_qk conj(psi_q) P[q, k] psi_k
        legs = np.tensordot(PAULIS, middle, (0, 0)).astype(ket.dtype)
        labels = (
            (f"k{site}", *(f"a{b}" for b in incident)),
            (f"q{site}", f"k{site}", *(f"b{b}" for b in incident)),
            (f"q{site}", *(f"c{b}" for b in incident)),
        )
        nodes.append(Node((ket, legs, ket.conj()), labels))
    dtype = state.tensors[0].dtype
    starts = [
        (np.diag(v)[:, None, :] * _first(w)[None, :, None]).astype(dtype)
        for v, w in _weights(state, operator)
    ]
    bonds = [(f"a{b}", f"b{b}", f"c{b}") for b in range(len(state.graph.bonds))]
    scale = 2 * state.log_scale + operator.log_scale
    weights = [(v, w, v) for v, w in _weights(state, operator)]
    return Closed(state.graph, nodes, bonds, starts, weights, scale)


def letter(vector: Array, legs: int, dtype: str) -> Array:
    """What closes a site's open legs: Pauli components as they are, or their matrix (ket, bra)."""
    made = vector if legs == 1 else np.tensordot(vector, PAULIS, 1).T
    return np.asarray(made.astype(dtype), order="C")


def _weights(one: State, two: State) -> list[tuple[Array, Array]]:
    return list(zip(one.weights, two.weights, strict=True))


def _first(weights: Array) -> Array:
    """The unit vector of the largest weight."""
    found = np.zeros_like(weights)
    found[0] = 1.0
    return found
