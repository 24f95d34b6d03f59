"""Building the schedule of a contraction: its inputs, what slices share, step by step."""

from __future__ import annotations

import math

from .layout import element_count
from .schedule import Schedule, Spec, Step
from .schedule_memory import Count
from .schedule_products import Products, thriftiest
from .schedule_walk import Walk

__all__ = ["best_schedule", "cut_axes", "shared_steps"]

_SHARE = 32
"""Results that all slices share are kept where they take at most the 32nd part of a step."""


def best_schedule(spec: Spec, *, portable: bool) -> Schedule:
    """The schedule with the quickest kernels, and thriftier ones where most memory is taken."""

    def make(thrifty: frozenset[int]) -> tuple[_Builder, Schedule]:
        builder = _Builder(spec, portable=portable, thrifty=thrifty)
        return builder, builder.schedule()

    return thriftiest(make, portable=portable)


def cut_axes(labels: tuple[str, ...], sliced: tuple[str, ...]) -> dict[int, int]:
    """The axes of a tensor that a slice fixes, each with its sliced label's number."""
    numbers = {label: i for i, label in enumerate(sliced)}
    return {axis: numbers[label] for axis, label in enumerate(labels) if label in numbers}


def shared_steps(walk: Walk, varies: list[bool]) -> list[int]:
    """The steps to do once for all slices, with small results; `varies` marks the other tensors."""
    n = len(walk.terms)
    size = [element_count(kept, walk.sizes) for kept in walk.kept]
    path = walk.path
    most = max((size[i] + size[j] + size[n + t] for t, (i, j) in enumerate(path)), default=0)
    roots = [
        (size[i], i)
        for t, pair in enumerate(path)
        if varies[n + t]
        for i in pair
        if i >= n and not varies[i]
    ]
    chosen: list[int] = []
    total = 0
    for elements, root in sorted(roots):
        total += elements
        if total * _SHARE > most:
            break
        chosen.append(root)
    steps = []
    while chosen:
        number = chosen.pop()
        if number >= n:
            steps.append(number - n)
            chosen.extend(path[number - n])
    return sorted(steps)


class _Builder(Products):
    """Walks a contraction order once, from the inputs to the output."""

    def __init__(self, spec: Spec, *, portable: bool, thrifty: frozenset[int]) -> None:
        self.spec = spec
        self.walk = Walk(
            spec.inputs, spec.output, spec.sizes, spec.ssa_path, spec.sliced, spec.batched
        )
        marks = dict(enumerate(spec.batched))
        super().__init__(self.walk.sizes, marks, portable=portable, thrifty=thrifty)
        self.inputs = len(spec.inputs)
        self.kept: set[int] = set(spec.keep)

    def schedule(self) -> Schedule:
        """The schedule of the whole contraction."""
        spec, walk = self.spec, self.walk
        sliced = tuple(spec.sizes[label] for label in spec.sliced)
        for i, labels in enumerate(spec.inputs):
            self.source(
                [spec.sizes[label] for label in labels],
                walk.terms[i],
                walk.legs(i),
                walk.alone[i],
                cut_axes(labels, spec.sliced),
            )
        whole = tuple(spec.sizes[label] for label in spec.output)
        is_sliced = math.prod(sliced) > 1
        if is_sliced:
            self.ledger.hold(Count.of(math.prod(whole), self.batched))
        prelude = shared_steps(walk, walk.cut) if is_sliced else []
        shared = set(prelude)
        steps = [self.step(t) for t in prelude]
        written = self.ledger.written
        self.kept |= {self.inputs + t for t in prelude if self.is_handed_on(t, shared)}
        self.sharing = not self.portable
        steps += [self.step(t) for t in range(len(spec.ssa_path)) if t not in shared]
        finish, _ = self.finish(self.inputs + len(spec.ssa_path) - 1, walk.final)
        steps, arena, peaks = self.with_arena(steps)
        cuts = cut_axes(spec.output, spec.sliced)
        rest = tuple(size for axis, size in enumerate(whole) if axis not in cuts)
        return Schedule(
            spec=spec,
            sources=tuple(self.sources),
            steps=tuple(steps),
            prelude=len(prelude),
            sliced=sliced,
            finish=finish,
            output_shape=whole,
            slice_shape=(-1, *rest) if self.batched else rest,
            output_cuts=tuple(cuts.items()),
            batched=walk.batched[-1],
            arena=arena,
            peaks=peaks,
            written=(written, self.ledger.written - written),
        )

    def is_handed_on(self, t: int, prelude: set[int]) -> bool:
        """Whether the result of a step of the prelude is used after it."""
        number = self.inputs + t
        return not any(number in self.spec.ssa_path[s] for s in prelude)

    def is_last(self, number: int) -> bool:
        """Each tensor is used once, but for those that another slice or the caller needs."""
        return number not in self.kept

    def is_output(self, number: int) -> bool:
        """Whether a tensor is handed to the caller as it is."""
        last = number == self.inputs + len(self.spec.ssa_path) - 1
        return number in self.spec.keep or (last and self.legs[number] == self.walk.final)

    def step(self, t: int) -> Step:
        """Step t of the path."""
        i, j = self.spec.ssa_path[t]
        walk, number = self.walk, self.inputs + t
        last = t == len(self.spec.ssa_path) - 1
        return self.product(
            i,
            j,
            number,
            walk.kept[number],
            lambda x: walk.death[x],
            final=walk.final if last else None,
        )
