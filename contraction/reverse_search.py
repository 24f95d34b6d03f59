"""The schedules of one plan with its reverse pass, from the quickest to that of least memory."""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import cached_property

import numpy as np

from .layout import element_count
from .plans import Plan
from .reverse_build import Choices
from .reverse_chain import Chain, chain_of
from .reverse_checkpoints import Checkpoints
from .reverse_moves import keep_everything
from .reverse_schedule import ReverseSchedule, build_reverse
from .reverse_shared import Shared, shared_of
from .reverse_tree import ReverseTree
from .schedule import Spec
from .schedule_walk import Walk

__all__ = ["ReverseSearch"]

_LOOSE = 1.5
# The chain's estimate of memory counts an adjoint and what is written over it as two.
_MOST_AGAIN = 40.0
_COARSE = 64
_LEAST_TRIES = 4


class ReverseSearch:
    """Schedules for a plan, wanted inputs, a batch and a library; peaks are in numbers."""

    def __init__(self, plan: Plan, wanted: tuple[int, ...], *, batch: int, library: str) -> None:
        self.plan, self.wanted, self.batch, self.library = plan, wanted, batch, library
        self._choices: Choices = {}
        network = plan.network
        sliced = tuple(label for label in plan.sliced if network.sizes[label] > 1)
        self.spec = Spec(
            network.inputs, network.output, dict(network.sizes), plan.ssa_path, sliced, plan.batched
        )

    @cached_property
    def keeping(self) -> ReverseSchedule:
        """The quickest: all that the reverse pass needs is kept."""
        actions = tuple(keep_everything(len(self.plan.ssa_path)))
        made = self._build(actions, reverse_once=True)
        if made.after:
            # Where it would be what takes most memory, nothing is left for after the slices.
            other = self._build(actions, reverse_once=False)
            if self.peak(made) > self.peak(other):
                return other
        return made

    @cached_property
    def least(self) -> ReverseSchedule:
        """The one of least memory, as far as the search goes."""
        if not self.plan.ssa_path:
            return self.keeping
        room = float(self.peak(self.keeping))
        levels = self._levels(points := Checkpoints(self.chain, room))
        while levels and levels[0] < _COARSE and points.room > 1:
            points = Checkpoints(self.chain, points.unit * (levels[0] + 1) * 2)
            finer = self._levels(points)
            if not finer:
                break
            levels = finer
        tried = [self._again(points.actions(level)) for level in levels[:_LEAST_TRIES]]
        return min([self.keeping, *tried], key=self.peak)

    def within(self, allowed: int) -> ReverseSchedule | None:
        """The quickest found that holds at most `allowed` numbers, None where none does."""
        if self.peak(self.keeping) <= allowed:
            return self.keeping
        best = self._checkpointed(allowed)
        if best is None and self.peak(self.least) <= allowed:
            best = self.least
        return best

    def _checkpointed(self, allowed: int) -> ReverseSchedule | None:
        """The quickest with checkpoints: first guessed, then sought to either side of that."""
        free = allowed - self._floor
        if free <= 0 or not self.plan.ssa_path:
            return None
        points = Checkpoints(self.chain, _LOOSE * free)
        levels = self._levels(points)
        best: ReverseSchedule | None = None
        low, high = 0, len(levels)
        at = max(bisect_right(levels, free / points.unit) - 1, 0)
        step = 1
        while low < high:
            made = self._again(points.actions(levels[at]))
            if self.peak(made) <= allowed:
                best, low = made, at + 1
            else:
                high = at
            at = min(max(at + step if low > at else at - step, low), high - 1)
            step *= 2
        return best

    def peak(self, schedule: ReverseSchedule) -> int:
        """The most numbers alive at once."""
        return schedule.peak_elements(self.batch)

    def seconds(self, schedule: ReverseSchedule) -> float:
        """The time that a schedule takes, predicted."""
        return schedule.seconds(self.batch, self.plan.dtype)

    @cached_property
    def chain(self) -> Chain:
        """The steps of one slice as a chain."""
        walk, tree, batch = self._walk, self._tree, self.batch
        front = batch if any(self.spec.batched) else 1
        n = tree.inputs

        def size(k: int) -> int:
            return element_count(walk.kept[k], walk.sizes) * (batch if walk.batched[k] else 1)

        def work(t: int) -> int:
            i, j = tree.path[t]
            legs = walk.kept[i] | walk.kept[j]
            return element_count(legs, walk.sizes) * (batch if walk.batched[n + t] else 1)

        return chain_of(
            tree,
            size,
            lambda k: element_count(walk.kept[k], walk.sizes) * front,
            work,
            shared=self._shared.steps,
            is_sliced=self._slices > 1,
        )

    @cached_property
    def _walk(self) -> Walk:
        s = self.spec
        return Walk(s.inputs, s.output, s.sizes, s.ssa_path, s.sliced, s.batched)

    @cached_property
    def _tree(self) -> ReverseTree:
        return ReverseTree(self._walk, self._shared.leaves)

    @cached_property
    def _shared(self) -> Shared:
        return shared_of(self._walk, self.spec, self.wanted, reverse=self.keeping.spec.reverse_once)

    @property
    def _slices(self) -> int:
        return math.prod(self.spec.sizes[label] for label in self.spec.sliced)

    @cached_property
    def _floor(self) -> int:
        """Numbers that are there whatever is kept: inputs, cotangent, and sums over slices."""
        schedule, front = self.keeping, self.batch if any(self.spec.batched) else 1
        sources = sum(
            math.prod(s.shape) * (self.batch if s.batched else 1) for s in schedule.sources
        )
        if self._slices == 1:
            return sources + front * math.prod(schedule.targets[0].output_shape)
        return sources + front * sum(math.prod(t.output_shape) for t in schedule.targets)

    def _levels(self, points: Checkpoints) -> list[int]:
        """The least level of memory for each amount of work, from little memory to much."""
        costs = points.costs
        sane = costs <= _MOST_AGAIN * max(float(self.chain.cost.sum()), 1.0)
        finite = np.flatnonzero(sane)
        return [int(x) for x in finite if x == finite[0] or costs[x] < costs[x - 1]]

    def _again(self, actions: list[int]) -> ReverseSchedule:
        return self._build(tuple(actions), reverse_once=self.keeping.spec.reverse_once)

    def _build(self, actions: tuple[int, ...], *, reverse_once: bool) -> ReverseSchedule:
        return build_reverse(
            self.spec,
            self.wanted,
            actions,
            portable=self.library != "numpy",
            choices=self._choices,
            reverse_once=reverse_once,
        )
