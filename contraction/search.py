"""Looking for a contraction order, and for slices, with an effort that the gain justifies.

The search counts its effort in nominal seconds (work per tensor, as measured on one machine),
not on the clock: the same network, budget and seed give the same plan everywhere, whatever else
the machine does. Only `deadline`, where given, looks at the clock.
"""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from .annealing import annealed
from .candidates import Candidates, Limits
from .graph import Graph
from .pathfinders import (
    best_of_greedy,
    greedy_order,
    optimal_order,
    reconfigured,
    sweep_order,
)
from .tree import Pairs, Tree, tree_of

__all__ = ["Purse", "search", "starts"]

# Nominal seconds for each tensor of one greedy trial, one sweep of annealing and one search for
# slices; for each tensor and for each subtree of reconfiguration.
GREEDY_SECONDS = 2.5e-6
ANNEAL_SECONDS = 4e-6
CUT_SECONDS = 5e-4
REBUILD_SECONDS = 3e-5
SUBTREE_SECONDS = {8: 1e-3, 10: 4e-3}
_SUBTREES = 32
_STAGES = 32
_MOST_SWEEPS = 64
_FEW = 9
_PATIENCE = 4.0
_LONGEST_WAIT = 18.0


@dataclass
class Purse:
    """What the search has spent, in nominal seconds, against what it may.

    `allowance(cost)` says how much may be spent when the best contraction so far takes `cost`
    multiply-adds. Where the best was found long ago (a third of that, and `_PATIENCE` times what
    was spent till then), a search ends too, and what is left is for others: searches differ by
    their luck, long ones as well. `interrupted`: the clock ended it.
    `report(spent, allowed)` is told of both, in nominal milliseconds, before each piece of work.
    """

    allowance: Callable[[float], float]
    deadline: float | None = None
    spent: float = 0.0
    interrupted: bool = False
    report: Callable[[int, int], None] | None = None
    _least: float = math.inf
    _best: float = math.inf
    _found_at: float = 0.0
    _begun: float = 0.0

    def pay(self, seconds: float, best: float) -> bool:
        """Spend `seconds` if that is allowed when the best contraction costs `best`."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            self.interrupted = True
            return False
        elapsed = self.spent - self._begun
        if best < 0.98 * self._best:
            self._best, self._found_at = best, elapsed
        self._least = min(self._least, best)
        allowed = self.allowance(self._least)
        wait = min(0.3 * allowed, _LONGEST_WAIT)
        if best < math.inf and elapsed > _PATIENCE * self._found_at + wait:
            return False
        if self.spent + seconds > allowed:
            return False
        if self.report is not None:
            self.report(int(1000 * self.spent), int(1000 * allowed))
        self.spent += seconds
        return True

    def renew(self) -> bool:
        """Whether there is left what a search takes to get good, which then begins."""
        if self._least == math.inf or self.interrupted:
            return False
        if self.spent + 0.25 * (self.spent - self._begun) > self.allowance(self._least):
            return False
        self._best, self._found_at, self._begun = math.inf, 0.0, self.spent
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
    reshape = _reshaper(purse, found, n, seed)
    steps = _steps(graph, seed, found, reshape) if n > _FEW else iter(())
    for seconds, work in steps:
        while found.has_uncut and purse.pay(_cut_seconds(n), found.best):
            found.cut_next(reshape=reshape)
        if not purse.pay(seconds, found.best):
            break
        work()
    while found.has_uncut and (math.isinf(found.best) or purse.pay(_cut_seconds(n), found.best)):
        found.cut_next(reshape=reshape)
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
    return CUT_SECONDS * n


def _reshaper(purse: Purse, found: Candidates, n: int, seed: int) -> Callable[[Tree], Tree]:
    """Annealing from a low temperature after each label sliced, while the purse allows it."""

    def reshape(tree: Tree) -> Tree:
        if purse.pay(ANNEAL_SECONDS * n * 80, found.best):
            return annealed(tree, seed=seed, hot=3.0, cold=15.0, stages=10, sweeps=8)
        return tree

    return reshape


def _steps(
    graph: Graph, seed: int, found: Candidates, reshape: Callable[[Tree], Tree]
) -> Iterator[tuple[float, Callable[[], object]]]:
    """What to try next, each with its price in nominal seconds.

    Annealing with ever more sweeps, from fresh trees and from the leader in turn, each followed
    by exact optimisation of small subtrees.
    """
    n = len(graph.terms)
    latest: list[Tree] = []
    polished: Tree | None = None

    def anneal(turn: int, sweeps: int) -> None:
        if turn % 2:
            start, hot = found.leader, 0.5 if turn == 1 else 1.0
        else:
            start, hot = tree_of(graph, best_of_greedy(graph, 16, seed + turn)), 0.5
        made = annealed(start, seed=seed + turn, hot=hot, cold=15.0, stages=_STAGES, sweeps=sweeps)
        latest[:] = [found.consider(made)]

    def polish(size: int) -> None:
        found.consider(reconfigured(latest[0], size=size, most=_SUBTREES))

    def reslice(turn: int, sweeps: int) -> None:
        labels = found.fitting[0].cut.labels
        keep = random.Random(seed + turn).sample(labels, len(labels) // 2)

        def anneal(tree: Tree) -> Tree:
            return annealed(
                tree, seed=seed + turn, hot=1.0, cold=15.0, stages=_STAGES, sweeps=sweeps
            )

        found.recut(keep, anneal, reshape)

    def price_of(size: int) -> float:
        return REBUILD_SECONDS * n + SUBTREE_SECONDS[size] * min(n, _SUBTREES)

    for turn in itertools.count(1):
        sweeps = min(1 << turn, _MOST_SWEEPS)
        price = ANNEAL_SECONDS * n * _STAGES * sweeps
        yield price, partial(anneal, turn, sweeps)
        yield price_of(8), partial(polish, 8)
        if turn > 2 and found.fitting and found.fitting[0].cut.labels:
            yield price, partial(reslice, turn, sweeps)
        if turn > 2 and found.leader is not polished:
            latest[:] = [found.leader]
            yield price_of(10), partial(polish, 10)
            polished = found.leader
