"""A tensor network state on a graph, with weights on its bonds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .graph import Graph

__all__ = ["State", "product_state"]

Array = NDArray[Any]


@dataclass(eq=False)
class State:
    """exp(log_scale) times the contraction of all tensors with 1/weights on every bond.

    `tensors[s]` has the axes (physical, *bonds of s in the graph's order), and includes the
    weights of all its bonds, as Gamma times lambda does in Vidal's form: a bond's weights stand
    on both of its ends, so that they are divided out once where both ends meet. An update of one
    bond then leaves the weights of all others where they are, and no inverse of a small weight
    meets a number that is not as small. Tensors and weights have norm 1.

    Where the state is a tree in canonical form, the tensors' other legs are isometries and
    the weights the Schmidt values; with loops this is what belief propagation takes for it
    (Alkabetz and Arad, Phys. Rev. Research 3, 023073 (2021)).
    """

    graph: Graph
    tensors: list[Array]
    weights: list[NDArray[Any]]
    log_scale: float = 0.0
    discarded: list[float] = field(default_factory=list)

    @property
    def nbytes(self) -> int:
        """Bytes of the tensors."""
        return sum(t.nbytes for t in self.tensors)

    @property
    def bond(self) -> int:
        """The largest bond dimension."""
        return max((len(w) for w in self.weights), default=1)

    @property
    def is_zero(self) -> bool:
        """Whether the state is 0."""
        return self.log_scale == -math.inf

    def scale(self, factor: float) -> None:
        """Multiply the state by a number that is not negative."""
        self.log_scale += math.log(factor) if factor > 0 else -math.inf

    def rescale(self, site: int) -> None:
        """Give a site's tensor norm 1."""
        norm = float(np.linalg.norm(self.tensors[site]))
        self.scale(norm)
        if norm > 0:
            self.tensors[site] = self.tensors[site] / norm

    def apply_one(self, site: int, matrix: Array) -> None:
        """Apply a (D', D) matrix to the physical leg of a site."""
        tensor = self.tensors[site]
        made = matrix @ tensor.reshape(tensor.shape[0], -1)
        self.tensors[site] = made.reshape(len(matrix), *tensor.shape[1:]).astype(tensor.dtype)
        self.rescale(site)


def product_state(graph: Graph, vectors: Sequence[Array], dtype: str) -> State:
    """The product of vectors, one a site, with bonds of dimension 1."""
    weight = np.ones(1, dtype=np.dtype(dtype).type(0).real.dtype)
    state = State(graph, [], [weight] * len(graph.bonds))
    for site, vector in enumerate(vectors):
        shape = (len(vector), *(1,) * len(graph.incident[site]))
        state.tensors.append(np.asarray(vector, dtype=dtype).reshape(shape))
        state.rescale(site)
    return state
