"""Looking for a contraction order, and for slices, with an effort that the gain justifies.

The search counts its effort in nominal seconds (work per tensor, as measured on one machine),
not on the clock: the same network, budget and seed give the same plan everywhere, whatever else
the machine does. Only `deadline`, where given, looks at the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .graph import Graph
from .pathfinders import (
    best_of_greedy,
    greedy_order,
    has_partitioner,
    optimal_order,
    partitioned_order,
    reconfigured,
    sweep_order,
)
from .slicing import MOST_SLICES, Cut, deepest_cut, find_cut, next_label, slice_count
from .tree import Pairs, Tree, tree_of

__all__ = ["Candidates", "Found", "Limits", "least_memory", "search"]

GREEDY_SECONDS = 2.5e-6
RECONFIGURE_SECONDS = 9e-4
PARTITION_SECONDS = 6e-4
CUT_SECONDS = 3e-4
_FEW = 9


@dataclass(frozen=True)
class Limits:
    """How many numbers may be alive besides the inputs: unsliced, and for each slice.

    With slices the finished output is held beside the slice's own, so `sliced` is the smaller.
    """

    whole: float
    sliced: float


@dataclass(frozen=True, eq=False)
class Found:
    """A tree of the unsliced graph with the labels to slice; `cost` in multiply-adds."""

    tree: Tree
    cut: Cut

    @property
    def cost(self) -> float:
        return self.cut.cost


@dataclass
class _Purse:
    """What the search has spent, in nominal seconds, against what it may."""

    allowance: Callable[[float], float]
    deadline: float | None
    spent: float = 0.0
    best: float = float("inf")
    interrupted: bool = False

    def can_spend(self, seconds: float) -> bool:
        if self.deadline is not None and time.monotonic() > self.deadline:
            self.interrupted = True
            return False
        return self.spent + seconds <= self.allowance(self.best)

    def pay(self, seconds: float) -> None:
        self.spent += seconds


def search(
    graph: Graph,
    limits: Limits,
    *,
    allowance: Callable[[float], float],
    seed: int = 0,
    hints: Sequence[Pairs] = (),
    frozen: Sequence[int] = (),
    deadline: float | None = None,
) -> Candidates:
    """The quickest trees found within `limits`; `Candidates.choose` slices them to fit.

    `allowance(cost)` says how many nominal seconds may be spent when the best contraction so far
    takes `cost` multiply-adds. `hints` are orders to consider beside the search's own, `frozen`
    the labels that must not be sliced.
    """
    purse = _Purse(allowance, deadline)
    pool = Candidates(graph, limits, frozen, purse)
    for pairs in (*hints, *_starts(graph, seed)):
        pool.consider(tree_of(graph, pairs))
    purse.pay(GREEDY_SECONDS * len(graph.terms) * 16)
    if len(graph.terms) > _FEW:
        for step in _rounds(graph, seed, pool):
            if not purse.can_spend(step):
                break
    return pool


class Candidates:
    """The trees found so far, cheapest first, each priced with the slices that it needs."""

    def __init__(self, graph: Graph, limits: Limits, frozen: Sequence[int], purse: _Purse) -> None:
        self.graph = graph
        self.limits = limits
        self.frozen = frozen
        self.purse = purse
        self.trees: list[tuple[float, int, Tree]] = []
        self.seen = 0
        self.quickest = float("inf")

    def consider(self, tree: Tree) -> Tree:
        """Add a tree; it comes back in the order of least peak."""
        ordered = tree.ordered()
        self.quickest = min(self.quickest, ordered.cost)
        self.trees.append((self._price(ordered), self.seen, ordered))
        self.seen += 1
        self.trees.sort(key=lambda entry: entry[:2])
        del self.trees[8:]
        self.purse.best = self.trees[0][0]
        return ordered

    @property
    def spent(self) -> float:
        """The nominal seconds that the search took."""
        return self.purse.spent

    @property
    def interrupted(self) -> bool:
        """Whether the clock ended it, so that another time it may find something else."""
        return self.purse.interrupted

    @property
    def best(self) -> Tree:
        return self.trees[0][2]

    def _price(self, tree: Tree) -> float:
        """The tree's cost, raised for the slices that it will need: by 1.3 for each halving."""
        over = max(tree.peak / max(self.limits.whole, 1.0), 1.0)
        return float(tree.cost * over**0.38)

    def choose(self, limits: Limits) -> Found | None:
        """Slice the best trees to `limits`, and return what is cheapest then; None if none fits."""
        self.limits = limits
        found: Found | None = None
        for rank, (_, _, tree) in enumerate(self.trees):
            if tree.peak <= self.limits.whole:
                candidate: Found | None = Found(tree, Cut((), tree.cost, tree.peak))
            else:
                price = CUT_SECONDS * len(self.graph.terms) * 10
                if rank >= 2 and found is not None and not self.purse.can_spend(price):
                    continue
                self.purse.pay(price)
                candidate = self._cut(tree)
            if candidate is not None and (found is None or candidate.cost < found.cost):
                found = candidate
        return found

    def _cut(self, tree: Tree) -> Found | None:
        """The cheaper of slicing the tree as it is, and of reshaping it after each label."""
        cut = find_cut(tree, self.limits.sliced, frozen=self.frozen)
        found = None if cut is None else Found(tree, cut)
        reshaped = self._cut_and_reshape(tree)
        if reshaped is not None and (found is None or reshaped.cost < found.cost):
            found = reshaped
        return found

    def _cut_and_reshape(self, tree: Tree) -> Found | None:
        labels: list[int] = []
        current = tree
        price = RECONFIGURE_SECONDS * len(self.graph.terms)
        while current.peak > self.limits.sliced:
            label = next_label(current, self.limits.sliced, frozen=self.frozen)
            if label is None:
                return None
            labels.append(label)
            if slice_count(self.graph.dims, labels) > MOST_SLICES:
                return None
            current = tree_of(self.graph.without(labels), current.pairs)
            if self.purse.can_spend(price):
                self.purse.pay(price)
                current = reconfigured(current, size=6).ordered()
        whole = tree_of(self.graph, current.pairs)
        slices = slice_count(self.graph.dims, labels)
        as_it_is = Found(whole, Cut(tuple(labels), current.cost * slices, current.peak))
        again = find_cut(whole, self.limits.sliced, frozen=self.frozen)
        if again is not None and again.cost < as_it_is.cost:
            return Found(whole, again)
        return as_it_is


def _starts(graph: Graph, seed: int) -> Iterator[Pairs]:
    """Orders that take no time to find."""
    yield greedy_order(graph)
    if len(graph.terms) <= _FEW:
        yield optimal_order(graph)
        return
    yield best_of_greedy(graph, 8, seed)
    yield sweep_order(graph)
    yield sweep_order(graph, backward=True)


def _rounds(graph: Graph, seed: int, pool: Candidates) -> Iterator[float]:
    """Search on, yielding before each step what it will cost."""
    n = len(graph.terms)
    purse = pool.purse
    last = 0
    for turn in range(1, 10_000):
        trials = min(32 * turn, 256)
        price = GREEDY_SECONDS * n * trials
        yield price
        purse.pay(price)
        start = pool.consider(tree_of(graph, best_of_greedy(graph, trials, seed + 7919 * turn)))
        price = RECONFIGURE_SECONDS * n
        yield price
        purse.pay(price)
        pool.consider(reconfigured(start, size=8))
        if pool.trees[0][1] != last:
            last = pool.trees[0][1]
            yield price
            purse.pay(price)
            pool.consider(reconfigured(pool.best, size=8, search="dfs"))
        for k in range(3 if has_partitioner() else 0):
            price = (PARTITION_SECONDS + RECONFIGURE_SECONDS) * n
            yield price
            purse.pay(price)
            start = tree_of(graph, partitioned_order(graph, seed + 7919 * turn + k))
            pool.consider(reconfigured(start, size=8))


def least_memory(graph: Graph, *, frozen: Sequence[int] = ()) -> Found:
    """The least memory known to work: quick trees, sliced as far as it goes.

    It depends on the graph alone, so a budget named by it is found again.
    """
    found: list[Found] = []
    for pairs in _starts(graph, 0):
        tree = tree_of(graph, pairs).ordered()
        found.append(Found(tree, deepest_cut(tree, frozen=frozen)))
    return min(found, key=lambda each: (each.cut.peak, each.cost))
