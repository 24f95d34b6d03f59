"""What a plan is sought for: a network, an executor whose memory is reckoned, and a budget."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

from tnsim.base.arrays import itemsize
from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError

from .cache import Request
from .candidates import Candidates, Found, Limits, least_memory
from .graph import graph_of
from .plans import Plan
from .search import Purse, search, starts
from .slicing import Cut
from .tree import Pairs, tree_of

__all__ = ["Problem"]

_SEEDS_APART = 1000
_LOOSENESS = (2.0, 1.4, 1.0)
_TRIED = 3
_ATTEMPTS = 8


class Problem:
    """A request with a budget, in the numbers of elements that the search reckons with.

    `peak_of(plan)` says how many numbers the executor holds at once; the search's own estimate
    times `pessimism` is what the search keeps to. `can_slice`: whether the executor can.
    """

    def __init__(
        self,
        request: Request,
        budget: int,
        *,
        peak_of: Callable[[Plan], int],
        pessimism: float = 1.03,
        can_slice: bool = True,
    ) -> None:
        network, marks, batch = request.network, request.batched, request.batch
        self.request = request
        self.budget = budget
        self.peak_of = peak_of
        self.pessimism = pessimism
        self.can_slice = can_slice
        self.size = itemsize(request.dtype)
        self.allowed = budget // self.size
        self.graph = graph_of(network, marks, batch)
        names = enumerate(self.graph.names)
        self.frozen = [x for x, name in names if name == "" or not can_slice]
        shapes = zip(network.shapes, marks, strict=True)
        self.inputs = sum(math.prod(shape) * (batch if mark else 1) for shape, mark in shapes)
        self.output = network.output_elements * (batch if any(marks) else 1)

    def limits(self, looseness: float = 1.0) -> Limits:
        """What is left beside the inputs, times `looseness`."""
        room = _float(self.allowed - self.inputs) * looseness / self.pessimism
        return Limits(room, room - _float(self.output))

    def search(self, purse: Purse, *, seed: int, hints: tuple[Pairs, ...] = ()) -> Candidates:
        """Candidates that fit by the search's estimate, of all searches that there is time for."""

        def candidates(number: int, orders: tuple[Pairs, ...]) -> Candidates:
            return search(
                self.graph,
                self.limits(),
                purse,
                seed=seed + _SEEDS_APART * number,
                hints=orders,
                frozen=self.frozen,
            )

        found = candidates(0, hints)
        for number in itertools.count(1):
            if not purse.renew():
                return found
            found = found.merged(candidates(number, ()))
        raise AssertionError("the purse is finite")

    def plan(self, found: Found) -> Plan:
        """The plan of a tree and cut, walked in the order that suits the sizes of a slice."""
        graph, labels = self.graph, found.cut.labels
        pairs = tree_of(graph.without(labels), found.tree.pairs).ordered().pairs
        sliced = tuple(graph.names[x] for x in labels)
        r = self.request
        return Plan(r.network, pairs, sliced, r.dtype, r.batched, r.batch, self.budget)

    def choose(self, candidates: Candidates) -> tuple[Plan, Found] | None:
        """The quickest candidate whose peak, measured as the executor has it, fits.

        The search's estimate of peaks is off by up to a factor of two either way. Where the
        budget binds, what a looser limit would allow is therefore tried first; and where the
        estimate was short, the limit is tightened until it is not.
        """
        for looseness in _LOOSENESS if candidates.are_shaped else (1.0,):
            looser = candidates
            if looseness > 1:
                looser = candidates.within(self.limits(looseness), most=_TRIED)
                if not looser.best < 0.9 * candidates.best:
                    continue
            if looser.fitting and (fitting := self._measured(looser.fitting[0])) is not None:
                return fitting
        return self._tightened(candidates)

    def least(self) -> Plan:
        """The plan of least memory, where that fits; the search may have stopped short of it."""
        trees = [tree_of(self.graph, pairs) for pairs in starts(self.graph, 0)]
        found = least_memory(trees, frozen=self.frozen)
        least = self.plan(found)
        peak = self.peak_of(least)
        if peak <= self.allowed:
            return least
        unsliced = ""
        if least.slices > 1:
            whole = self.plan(Found(found.tree, Cut((), found.tree.cost, found.tree.peak)))
            in_one = _bytes(self.peak_of(whole) * self.size)
            unsliced = f" or {in_one} for {_power(whole.flops)} in one"
        advice = "give more, or ask for less at once"
        if not self.can_slice:
            advice = "a path cannot be sliced: give more, or contract with cotengra or quimb"
        raise BudgetError(
            f"`budget` must be at least {_bytes(peak * self.size)} for this contraction (got "
            f"{_bytes(self.budget)}), which takes {_power(least.flops)} flops in "
            f"{_count(least.slices, 'slice')}{unsliced}; {advice}",
            budget=self.budget,
            least_bytes=peak * self.size,
            flops=_float(least.flops),
        )

    def _measured(self, found: Found) -> tuple[Plan, Found] | None:
        made = self.plan(found)
        return (made, found) if self.peak_of(made) <= self.allowed else None

    def _tightened(self, candidates: Candidates) -> tuple[Plan, Found] | None:
        for _ in range(_ATTEMPTS):
            if not candidates.fitting:
                return None
            found = candidates.fitting[0]
            beside = max(self.peak_of(self.plan(found)) - self.inputs, 1)
            room = 0.98 * found.cut.peak * _float(self.allowed - self.inputs) / beside
            if room <= 0:
                return None
            candidates = candidates.within(Limits(room, room))
            if candidates.fitting:
                fitting = self._measured(candidates.fitting[0])
                if fitting is not None:
                    return fitting
        return None


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("s" if number != 1 else "")


def _bytes(size: int) -> str:
    return format_bytes(size) if size < 10**18 else f"{_power(size)} B"


def _power(number: int) -> str:
    """An integer of any size as 1.2e+34."""
    text = str(number) if number < 10**4000 else ""
    if not text:
        return f"2^{number.bit_length() - 1}"
    return f"{text[0]}.{text[1:3] or '0'}e+{len(text) - 1}" if len(text) > 6 else text


def _float(number: int) -> float:
    return float(number) if number.bit_length() < 1000 else math.inf
