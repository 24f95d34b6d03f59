"""Building the schedule of a contraction with its reverse pass, move by move."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator

from .kernels import Kernel
from .kernels_portable import Portable
from .layout import BATCH, Legs, element_count
from .reverse_moves import Move, keep_everything, moves_of
from .reverse_schedule import (
    After,
    ReverseSchedule,
    ReverseSpec,
    Stage,
    Target,
    Yield,
    build_reverse,
)
from .reverse_shared import Part, shared_of
from .reverse_tree import ReverseTree
from .schedule import Step
from .schedule_build import cut_axes
from .schedule_memory import Count
from .schedule_products import Products, thriftiest
from .schedule_walk import Walk

__all__ = ["Choices", "best_reverse"]

Choices = dict[Hashable, tuple[Kernel | Portable, Legs]]
"""Kernels chosen so far, by all that they depend on in one contraction and its reverse pass."""


def best_reverse(spec: ReverseSpec, *, portable: bool, choices: Choices) -> ReverseSchedule:
    """The schedule with the quickest kernels, and thriftier ones where most memory is taken."""

    def make(thrifty: frozenset[int]) -> tuple[_Builder, ReverseSchedule]:
        builder = _Builder(spec, portable=portable, thrifty=thrifty, choices=choices)
        return builder, builder.schedule()

    return thriftiest(make, portable=portable)


class _Builder(Products):
    """Goes through the moves once."""

    def __init__(
        self,
        spec: ReverseSpec,
        *,
        portable: bool,
        thrifty: frozenset[int],
        choices: Choices,
    ) -> None:
        self.forward = spec.spec
        self.choices = choices
        self.spec = spec
        walk = self.walk = Walk(
            self.forward.inputs,
            self.forward.output,
            self.forward.sizes,
            self.forward.ssa_path,
            self.forward.sliced,
            self.forward.batched,
        )
        marks = dict(enumerate((*self.forward.batched, any(self.forward.batched))))
        super().__init__(walk.sizes, marks, portable=portable, thrifty=thrifty)
        once = shared_of(walk, self.forward, spec.wanted, reverse=spec.reverse_once)
        self.tree = ReverseTree(walk, once.leaves)
        self.inputs = len(self.forward.inputs)
        self.sliced = tuple(self.forward.sizes[label] for label in self.forward.sliced)
        self.shared, self.parts = once.steps, once.parts
        self.moves = moves_of(spec.actions, self.tree, self.size, self.shared)
        roots = (part.root for part in self.parts)
        self.place = {k: 1 + w for w, k in enumerate((*spec.wanted, *roots))}
        self.last: dict[int, int] = {}
        for at, move in enumerate(self.moves):
            self.last[move.left] = self.last[move.right] = at
        self.now = 0
        self.outputs: dict[int, Legs] = {}
        self.summers: dict[tuple[int, int], int] = {}

    def size(self, number: int) -> int:
        """Numbers in a tensor of the contraction order, in one slice and for a batch of one."""
        return element_count(self.walk.kept[number], self.walk.sizes)

    def schedule(self) -> ReverseSchedule:
        """The schedule of all slices."""
        self.enter_sources()
        targets = self.targets()
        is_sliced = math.prod(self.sliced) > 1
        if is_sliced:
            for k, target in enumerate(targets):
                if k == 0 or k in {self.place[leaf] for leaf in self.tree.leaves}:
                    self.ledger.hold(Count.of(math.prod(target.output_shape), self.batched))
        shared = len(self.shared)
        prelude = [self.step(move) for move in self.moves[:shared]]
        before = self.ledger.written
        self.sharing = not self.portable
        steps: list[Step] = []
        gives = self.given_sources(is_sliced)
        stops = [0] * len(gives)
        for move in self.moves[shared:]:
            steps.append(self.step(move))
            if move.number in self.outputs:
                gives.append(self.give(move.number, self.target_of(move), is_sliced))
                stops.append(len(steps))
        after = tuple(self.after(part) for part in self.parts)
        self.complete(targets)
        everything, arena, peaks = self.with_arena(prelude + steps)
        steps = everything[shared:]
        begins = [0, *stops[:-1]]
        stages = tuple(
            Stage(tuple(steps[begin:end]), given)
            for begin, end, given in zip(begins, stops, gives, strict=True)
        )
        return ReverseSchedule(
            spec=self.spec,
            sources=tuple(self.sources),
            prelude=tuple(everything[:shared]),
            stages=stages,
            targets=targets,
            after=after,
            sliced=self.sliced,
            moves=self.moves,
            batched=self.batched,
            is_portable=self.portable,
            arena=arena,
            peaks=(*peaks, *self.peaks_after(after, targets)),
            written=(before, self.ledger.written - before),
        )

    def enter_sources(self) -> None:
        """The inputs, then the cotangent, which has the labels of the output."""
        forward, walk = self.forward, self.walk
        entries = [
            (labels, walk.terms[i], walk.legs(i), walk.alone[i])
            for i, labels in enumerate(forward.inputs)
        ]
        entries.append((forward.output, walk.output, walk.final, frozenset()))
        for labels, term, legs, alone in entries:
            shape = [forward.sizes[label] for label in labels]
            self.source(shape, term, legs, alone, cut_axes(labels, forward.sliced))
        self.plain = (tuple(self.sources), dict(self.legs))

    def targets(self) -> tuple[Target, ...]:
        """The value, and the gradient of each wanted input."""
        forward, walk = self.forward, self.walk
        entries = [(forward.output, walk.output, frozenset[int]())]
        for i in self.spec.wanted:
            entries.append((forward.inputs[i], walk.terms[i], walk.alone[i]))
        for part in self.parts:
            entries.append((part.spec.output, self.in_order(part.root), frozenset()))
        return tuple(
            self.target(labels, [x in alone for x in term]) for labels, term, alone in entries
        )

    def target(self, labels: tuple[str, ...], constant: list[bool]) -> Target:
        """What slices put together with axes `labels`, the same along those that are `constant`."""
        cuts = cut_axes(labels, self.forward.sliced)
        whole = tuple(self.forward.sizes[label] for label in labels)
        shape = tuple(1 if c else size for size, c in zip(whole, constant, strict=True))
        rest = tuple(size for axis, size in enumerate(shape) if axis not in cuts)
        front = (-1,) if self.batched else ()
        return Target(self.sliced, shape, tuple(cuts.items()), front + rest, whole, self.batched)

    def step(self, move: Move) -> Step:
        """One move; inputs enter anew, in the order of their axes unless it wants another."""
        sources, legs = self.plain
        for number in (move.left, move.right):
            if number < len(sources):
                self.sources[number], self.legs[number] = sources[number], legs[number]
        final = self.final(move)
        if final is not None:
            self.outputs[move.number] = final
        walk, of = self.walk, move.of
        step = self.product(
            move.left,
            move.right,
            move.number,
            walk.kept[of],
            (lambda x: self.sum_of(of, x)) if move.is_adjoint else (lambda x: walk.death[x]),
            final=final,
        )
        self.now += 1
        return step

    def kernel(
        self,
        i: int,
        j: int,
        number: int,
        kept: frozenset[int],
        dies: Callable[[int], int],
        final: Legs | None,
    ) -> tuple[Kernel | Portable, Legs]:
        """What was chosen for the same product before, or the choice."""
        move = self.moves[self.now]
        owned = (self.is_owned(i), self.is_owned(j))
        thrifty = number in self.thrifty
        key = (
            move.of,
            move.is_adjoint,
            final,
            self.legs[i],
            self.legs[j],
            owned,
            thrifty,
            self.portable,
        )
        if key not in self.choices:
            self.choices[key] = super().kernel(i, j, number, kept, dies, final)
        return self.choices[key]

    def final(self, move: Move) -> Legs | None:
        """The order in which the caller gets a move's result; None for intermediates."""
        if not move.is_adjoint:
            return self.walk.final if move.of == self.tree.root else None
        if move.of not in self.tree.leaves:
            return None
        legs = self.in_order(move.of)
        return (BATCH, *legs) if self.batched else legs

    def in_order(self, leaf: int) -> Legs:
        """The legs of a gradient, less the batch: in the order of its input's axes, or sorted."""
        if leaf >= self.inputs:
            return tuple(sorted(self.walk.kept[leaf]))
        return tuple(x for x in self.walk.legs(leaf) if x != BATCH)

    def sum_of(self, of: int, leg: int) -> int:
        """When the adjoint of a tensor loses a leg: the later, the earlier it got it going forward.

        Followed is the larger part of the tensor each time, which is where a state comes from.
        """
        way = []
        while (of, leg) not in self.summers:
            way.append(of)
            if of < self.inputs:
                self.summers[of, leg] = 0
                break
            i, j = self.tree.path[of - self.inputs]
            larger = i if self.size(i) >= self.size(j) else j
            if leg not in self.walk.kept[larger]:
                self.summers[of, leg] = self.inputs - of
                break
            of = larger
        found = self.summers[of, leg]
        for passed in way:
            self.summers[passed, leg] = found
        return found

    def is_last(self, number: int) -> bool:
        """Whether no later move of any slice takes a tensor; those of the prelude are kept."""
        if self.now >= len(self.shared) and number <= self.inputs + len(self.shared):
            return False
        return self.last.get(number, self.now) == self.now

    def is_output(self, number: int) -> bool:
        """Whether a tensor is handed over as it is."""
        return number in self.outputs and self.legs[number] == self.outputs[number]

    def target_of(self, move: Move) -> int:
        """The number of the target that a move's result belongs to."""
        return self.place[move.of] if move.is_adjoint else 0

    def give(self, number: int, target: int, is_sliced: bool) -> Yield:
        """Hand a tensor over; where there are slices, it is added up and gone."""
        self.last[number] = self.now
        finish, held = self.finish(number, self.outputs[number])
        if is_sliced:
            self.ledger.free(held)
        return Yield(number, target, finish)

    def given_sources(self, is_sliced: bool) -> list[Yield]:
        """Of a network of one tensor, this is the value, and the cotangent is the gradient."""
        if self.moves or self.inputs > 1:
            return []
        front = (BATCH,) if self.batched else ()
        self.outputs = {0: self.walk.final, 1: front + self.in_order(0)}
        given = [(0, 0), *((1, 1) for _ in self.spec.wanted)]
        return [self.give(number, target, is_sliced) for number, target in given]

    def complete(self, targets: tuple[Target, ...]) -> None:
        """Put the slices' parts side by side, and repeat what is the same along an axis."""
        for target in targets:
            size = Count.of(math.prod(target.output_shape), self.batched)
            if self.portable and target.output_cuts:
                self.ledger.use(size + size)
            if target.whole_shape != target.output_shape:
                self.ledger.hold(Count.of(math.prod(target.whole_shape), self.batched) - size)
                self.ledger.use(size)

    def after(self, part: Part) -> After:
        """The reverse pass of a part that slices share: all that it needs is kept."""
        schedule = build_reverse(
            part.spec,
            [part.inputs.index(i) for i in part.wanted],
            keep_everything(len(part.spec.ssa_path)),
            portable=self.portable,
        )
        targets = tuple(self.place[i] for i in part.wanted)
        return After(self.place[part.root], part.inputs, targets, schedule)

    def peaks_after(self, after: tuple[After, ...], targets: tuple[Target, ...]) -> Iterator[Count]:
        """What is alive at most after the slices.

        Each part holds its inputs, its cotangent and its gradients; beside it are all others.
        """
        inputs = [Count.of(math.prod(s.shape), s.batched) for s in self.sources]
        whole = [Count.of(math.prod(t.whole_shape), self.batched) for t in targets]
        for part in after:
            own = {part.target, *part.targets}
            beside = sum((x for i, x in enumerate(inputs) if i not in part.inputs), Count())
            beside = sum((x for k, x in enumerate(whole) if k not in own), beside)
            yield from (peak + beside for peak in part.schedule.peaks)
