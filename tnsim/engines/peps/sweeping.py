"""Closed networks contracted tensor by tensor, what is open held as a line of tensors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import BudgetError

from .closed import Labels, Node
from .expressions import Expressions
from .graph import Graph
from .update import decomposed

__all__ = ["Spent", "Swept", "sweep_order", "swept"]

Array = NDArray[Any]
Legs = Mapping[int, Labels]

_COPIES = 5
# Of the tensor that is split: itself permuted, its factors, and what the decomposition takes.

_ROUNDING = 1e-14
# Singular values below this times the largest are dropped, and so is their weight.


@dataclass(frozen=True)
class Swept:
    """A network's value as phase times exp(log), and the weight that all cuts dropped."""

    phase: complex
    log: float
    discarded: float


class Spent(Exception):
    """A sweep would take more bytes or operations than it may."""


def swept(
    nodes: Iterable[tuple[Node, Legs]], bond: int, dtype: str, *, budget: int, most: float
) -> Swept:
    """The value of a closed network, its nodes (with their labels by bond) taken in order.

    The bonds that are open after each step, all layers of one together, are the legs of a line
    of tensors (a matrix product state) in canonical form, whose own bonds are cut to `bond`, the
    best cut of what is held so far. Exact where nothing is cut. Raises `Spent` before an array is
    made that is too large for `budget` bytes, and after `most` multiply-adds.

    Source: the boundary of Verstraete and Cirac, arXiv:cond-mat/0407066, along any order, as in
    Pan, Zhou, Li and Zhang, Phys. Rev. Lett. 125, 060503 (2020).
    """
    line = _Line(bond, budget, most, dtype)
    for node, legs in nodes:
        line.absorb(node, legs)
    return line.value()


def sweep_order(graph: Graph, sites: Iterable[int]) -> list[int]:
    """Sites from one end to the other, each next one that which opens least.

    Among equals the one whose bonds have been open longest.
    """
    left = set(sites)
    order: list[int] = []
    while left:
        here = min(left)
        # Twice the farthest: an end of the graph.
        for _ in range(2):
            steps = graph.distances([here])
            here = max((s for s in left if s in steps), key=lambda s: (steps[s], -s))
        touched = {here: 0}
        while touched:
            site = min(touched, key=lambda s: (_opens(graph, s, left), touched[s]))
            del touched[site]
            left.discard(site)
            order.append(site)
            for near in graph.neighbours[site]:
                if near in left:
                    touched.setdefault(near, len(order))
    return order


def _opens(graph: Graph, site: int, left: set[int]) -> int:
    """By how many the open bonds grow when a site is taken."""
    return sum(1 if near in left else -1 for near in graph.neighbours[site])


@dataclass(eq=False)
class _Line:
    """A line of tensors: `cores[k]` (left, leg, right) has the bond `legs[k]` as its leg.

    All but the one at `centre` are isometries towards it.
    """

    bond: int
    budget: int
    most: float
    dtype: str
    cores: list[Array] = field(default_factory=list)
    legs: list[int] = field(default_factory=list)
    centre: int = 0
    phase: complex = 1.0
    log: float = 0.0
    discarded: float = 0.0
    spent: float = 0.0
    expressions: Expressions = field(init=False)

    def __post_init__(self) -> None:
        self.expressions = Expressions(self.budget)

    def absorb(self, node: Node, legs: Legs) -> None:
        """Sum a node with the legs that it shares with the line; its others join the line."""
        sizes = {
            x: n
            for array, labels in zip(node.arrays, node.labels, strict=True)
            for x, n in zip(labels, array.shape, strict=True)
        }
        begin, count = self._gathered([x for x in legs if x in self.legs])
        inside = self.legs[begin : begin + count]
        new = [x for x in legs if x not in inside]
        run = self._run(begin, count)
        left, right = run.shape[0], run.shape[-1]
        old = [x for b in inside for x in legs[b]]
        made = [x for b in new for x in legs[b]]
        size = left * right * math.prod(sizes[x] for x in made)
        self._check(size, size * run.size / (left * right))
        try:
            found = self.expressions(
                [run.reshape(left, *(sizes[x] for x in old), right), *node.arrays],
                [("left", *old, "right"), *node.labels],
                ("left", *made, "right"),
            )
        except BudgetError as error:
            raise Spent from error
        del self.cores[begin : begin + count], self.legs[begin : begin + count]
        shape = [math.prod(sizes[x] for x in legs[b]) for b in new]
        self._put(begin, found.reshape(left, *shape, right), new)

    def value(self) -> Swept:
        """The value, when no leg is left."""
        return Swept(self.phase, self.log, self.discarded)

    def _gathered(self, wanted: Sequence[int]) -> tuple[int, int]:
        """Bring the wanted legs side by side: the first of them, and how many."""
        places = sorted(self.legs.index(x) for x in wanted)
        if not places:
            return len(self.cores), 0
        middle = len(places) // 2
        for k in range(middle - 1, -1, -1):
            for place in range(places[k], places[middle] - (middle - k)):
                self._swap(place)
        for k in range(middle + 1, len(places)):
            for place in range(places[k] - 1, places[middle] + (k - middle) - 1, -1):
                self._swap(place)
        return places[middle] - middle, len(places)

    def _run(self, begin: int, count: int) -> Array:
        """Neighbouring cores as one tensor, with the centre among them."""
        if count == 0:
            # At the end of the line, beside a bond of dimension 1.
            return np.ones((1, 1), dtype=self.dtype)
        self._move(begin if self.centre < begin else min(self.centre, begin + count - 1))
        found = self.cores[begin]
        for core in self.cores[begin + 1 : begin + count]:
            self._check(found.size // found.shape[-1] * core[0].size, found.size * core[0].size)
            found = np.tensordot(found, core, 1)
        return found

    def _put(self, begin: int, made: Array, legs: Sequence[int]) -> None:
        """Split (left, legs..., right) into cores before number `begin`; the centre is there."""
        norm = float(np.linalg.norm(made))
        self.log += math.log(norm) if norm > 0 else -math.inf
        rest = made / norm if norm > 0 else made
        if not legs:
            self._close(begin, rest)
            return
        for k, leg in enumerate(legs[:-1]):
            u, rest = self._cut(rest, 2)
            self.cores.insert(begin + k, u)
            self.legs.insert(begin + k, leg)
        last = begin + len(legs) - 1
        self.cores.insert(last, rest)
        self.legs.insert(last, legs[-1])
        self.centre = last

    def _close(self, begin: int, matrix: Array) -> None:
        """Nothing new: the (left, right) matrix joins a neighbour, or is the value."""
        if not self.cores:
            self.phase *= complex(matrix[0, 0])
            return
        if begin < len(self.cores):
            self.cores[begin] = np.tensordot(matrix, self.cores[begin], 1)
            self.centre = begin
        else:
            self.cores[-1] = np.tensordot(self.cores[-1], matrix, 1)
            self.centre = len(self.cores) - 1

    def _swap(self, place: int) -> None:
        """Exchange two neighbouring legs."""
        self._move(place if self.centre <= place else place + 1)
        one, two = self.cores[place], self.cores[place + 1]
        self._check(one.size // one.shape[-1] * two[0].size, one.size * two[0].size)
        pair = np.tensordot(one, two, 1).transpose(0, 2, 1, 3)
        self.cores[place], self.cores[place + 1] = self._cut(pair, 2)
        names = self.legs
        names[place], names[place + 1] = names[place + 1], names[place]
        self.centre = place + 1

    def _cut(self, tensor: Array, axes: int) -> tuple[Array, Array]:
        """An isometry on the first axes, and the rest, joined by a bond that is cut."""
        first, second = tensor.shape[:axes], tensor.shape[axes:]
        matrix = tensor.reshape(math.prod(first), -1)
        self._check(matrix.size, 8 * matrix.size * min(matrix.shape))
        u, s, v = (x[0] for x in decomposed(matrix[None]))
        kept = min(max(int(np.count_nonzero(s > _ROUNDING * s[0])), 1), self.bond)
        squares = s.astype(np.float64) ** 2
        total = float(squares.sum())
        self.discarded += float(squares[kept:].sum()) / total if total > 0 else 0.0
        rest = (s[:kept, None] * v[:kept]).reshape(kept, *second)
        return u[:, :kept].reshape(*first, kept), rest

    def _move(self, to: int) -> None:
        """Make another core the centre."""
        while self.centre < to:
            core = self.cores[self.centre]
            left, leg, right = core.shape
            self._check(core.size, 2 * core.size * right)
            q, r = np.linalg.qr(core.reshape(left * leg, right))
            self.cores[self.centre] = q.reshape(left, leg, -1)
            self.centre += 1
            self.cores[self.centre] = np.tensordot(r, self.cores[self.centre], 1)
        while self.centre > to:
            core = self.cores[self.centre]
            left, leg, right = core.shape
            self._check(core.size, 2 * core.size * left)
            q, r = np.linalg.qr(core.reshape(left, leg * right).T)
            self.cores[self.centre] = q.T.reshape(-1, leg, right)
            self.centre -= 1
            self.cores[self.centre] = np.tensordot(self.cores[self.centre], r.T, 1)

    def _check(self, size: int, operations: float) -> None:
        self.spent += operations
        held = sum(core.nbytes for core in self.cores)
        item = self.cores[0].itemsize if self.cores else 16
        if held + _COPIES * size * item > self.budget or self.spent > self.most:
            raise Spent
