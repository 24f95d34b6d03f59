"""Looking for a contraction order, and for slices, with an effort that the gain justifies.

The search counts its effort in nominal seconds (work per tensor, as measured on one machine),
not on the clock: the same network, budget and seed give the same plan everywhere, whatever else
the machine does. Only `deadline`, where given, looks at the clock.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .candidates import Candidates, Limits
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
from .tree import Pairs, Tree, tree_of

__all__ = ["Purse", "search", "starts"]

# Nominal seconds for each tensor of one greedy trial, one round of reconfiguration, one
# partitioned order, and one search for slices.
GREEDY_SECONDS = 2.5e-6
RECONFIGURE_SECONDS = 9e-4
PARTITION_SECONDS = 6e-4
CUT_SECONDS = 3e-4
_FEW = 9


@dataclass
class Purse:
    """What the search has spent, in nominal seconds, against what it may.

    `allowance(cost)` says how much may be spent when the best contraction so far takes `cost`
    multiply-adds. `interrupted`: the clock ended the search, and not the allowance.
    """

    allowance: Callable[[float], float]
    deadline: float | None = None
    spent: float = 0.0
    interrupted: bool = False

    def pay(self, seconds: float, best: float) -> bool:
        """Spend `seconds` if that is allowed when the best contraction costs `best`."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            self.interrupted = True
            return False
        if self.spent + seconds > self.allowance(best):
            return False
        self.spent += seconds
        return True


def search(
    graph: Graph,
    limits: Limits,
    purse: Purse,
    *,
    seed: int = 0,
    hints: Sequence[Pairs] = (),
    frozen: Sequence[int] = (),
) -> Candidates:
    """The quickest trees found that fit `limits`, sliced where they must be.

    `hints` are orders to consider beside the search's own, `frozen` the labels that must not be
    sliced. Work goes on, quick trees first, while the purse allows it.
    """
    n = len(graph.terms)
    found = Candidates(limits, frozen)
    for pairs in (*hints, *starts(graph, seed)):
        found.consider(tree_of(graph, pairs))
    purse.spent += GREEDY_SECONDS * n * 16
    found.cut_next(reshape=None)
    if math.isinf(found.best) and not found.is_feasible():
        return found
    steps = _steps(graph, seed, found) if n > _FEW else iter(())
    for seconds, work in steps:
        while found.has_uncut and purse.pay(_cut_seconds(n), found.best):
            found.cut_next(reshape=_reshaper(purse, found, n))
        if not purse.pay(seconds, found.best):
            break
        work()
    while found.has_uncut and (math.isinf(found.best) or purse.pay(_cut_seconds(n), found.best)):
        found.cut_next(reshape=_reshaper(purse, found, n))
    return found


def starts(graph: Graph, seed: int) -> Iterator[Pairs]:
    """Orders that take no time to find."""
    yield greedy_order(graph)
    if len(graph.terms) <= _FEW:
        yield optimal_order(graph)
        return
    yield best_of_greedy(graph, 8, seed)
    yield sweep_order(graph)
    yield sweep_order(graph, backward=True)


def _cut_seconds(n: int) -> float:
    return CUT_SECONDS * n * 10


def _reshaper(purse: Purse, found: Candidates, n: int) -> Callable[[Tree], Tree]:
    """Reconfiguration of a tree after each label sliced, while the purse allows it."""

    def reshape(tree: Tree) -> Tree:
        if purse.pay(RECONFIGURE_SECONDS * n, found.best):
            return reconfigured(tree, size=6)
        return tree

    return reshape


def _steps(
    graph: Graph, seed: int, found: Candidates
) -> Iterator[tuple[float, Callable[[], object]]]:
    """What to try next, each with its price in nominal seconds."""
    n = len(graph.terms)
    last: Tree | None = None
    latest: list[Tree] = []

    def greedy(trials: int, turn: int) -> None:
        pairs = best_of_greedy(graph, trials, seed + 7919 * turn)
        latest[:] = [found.consider(tree_of(graph, pairs))]

    def polish(search: str) -> None:
        found.consider(reconfigured(latest[0], size=8, search=search))

    def partition(turn: int) -> None:
        latest[:] = [tree_of(graph, partitioned_order(graph, seed + 7919 * turn))]
        polish("bfs")

    for turn in itertools.count(1):
        trials = min(32 * turn, 256)
        yield GREEDY_SECONDS * n * trials, lambda t=trials, k=turn: greedy(t, k)  # type: ignore[misc]
        yield RECONFIGURE_SECONDS * n, lambda: polish("bfs")
        if found.leader is not last:
            last = found.leader
            latest[:] = [last]
            yield RECONFIGURE_SECONDS * n, lambda: polish("dfs")
        for k in range(3 if has_partitioner() else 0):
            price = (PARTITION_SECONDS + RECONFIGURE_SECONDS) * n
            yield price, lambda k=3 * turn + k: partition(k)  # type: ignore[misc]
