"""Building a schedule: entering inputs, choosing kernels, keeping the ledger."""

from __future__ import annotations

import math
from dataclasses import replace

from .kernels import Blocked, Kernel, choose_kernel
from .kernels_direct import Direct
from .kernels_multiply import Multiply
from .kernels_permute import BlockedPermutation, Permutation, permutation
from .kernels_portable import Portable, PortableTurn, portable, portable_turn
from .kernels_sum import BlockedSum, TinyMatrices
from .kernels_workers import MOST_THREADS
from .layout import BATCH, Legs, element_count
from .schedule import Schedule, Source, Spec, Step
from .schedule_memory import Count, Held, Ledger
from .schedule_walk import Walk

__all__ = ["Builder", "best_schedule"]

_LARGE = 1 << 18
_LARGE_OF_BATCH = 1 << 7
_PARTS_IN_ARENA = (128, 1024)
"""Of a large peak, tensors from one of these parts on share one block: between them, the
allocator would lose up to half as much again. The block has gaps too, of a few percent."""
_MOST_GAPS = 1.25
_SHARE = 32
"""Results that all slices share are kept where they take at most the 32nd part of a step."""


def best_schedule(spec: Spec, *, portable: bool) -> Schedule:
    """The schedule with the quickest kernels, and thriftier ones where most memory is taken."""
    builder = Builder(spec, portable=portable)
    best = builder.schedule()
    thrifty: frozenset[int] = frozenset()
    while best.peak_elements() > _LARGE and not portable:
        more = thrifty | builder.could_save()
        if more == thrifty:
            break
        thrifty = more
        builder = Builder(spec, portable=portable, thrifty=thrifty)
        made = builder.schedule()
        if 100 * made.peak_elements() > 97 * best.peak_elements():
            break
        best = made
    return best


class Builder:
    """Walks a contraction order once, from the inputs to the output."""

    def __init__(
        self, spec: Spec, *, portable: bool, thrifty: frozenset[int] = frozenset()
    ) -> None:
        self.spec, self.portable, self.thrifty = spec, portable, thrifty
        self.walk = Walk(
            spec.inputs, spec.output, spec.sizes, spec.ssa_path, spec.sliced, spec.batched
        )
        self.sizes = self.walk.sizes
        self.inputs = len(spec.inputs)
        batched = any(spec.batched)
        self.ledger = Ledger(batched=batched)
        self.sliced = tuple(spec.sizes[label] for label in spec.sliced)
        self.sources: list[Source] = []
        self.legs: dict[int, Legs] = {}
        self.kept: set[int] = set(spec.keep)
        self.tops: dict[int, Count] = {}
        self.held: dict[int, Held] = {}
        self.tenants: dict[int, tuple[int | None, int | None, int | None]] = {}
        self.sharing = False

    def schedule(self) -> Schedule:
        """The schedule of the whole contraction."""
        spec, walk = self.spec, self.walk
        batched = any(spec.batched)
        numbers = {label: i for i, label in enumerate(spec.sliced)}
        for i in range(self.inputs):
            self.sources.append(self.source(i, numbers))
        whole = tuple(spec.sizes[label] for label in spec.output)
        if math.prod(self.sliced) > 1:
            self.ledger.hold(Count.of(math.prod(whole), batched))
        prelude = self.prelude()
        steps = [self.step(t) for t in prelude]
        written = self.ledger.written
        self.kept |= {self.inputs + t for t in prelude if self.is_handed_on(t, set(prelude))}
        self.sharing = not self.portable
        steps += [self.step(t) for t in range(len(spec.ssa_path)) if t not in set(prelude)]
        finish = self.finish()
        steps, arena, peaks = self.with_arena(steps)
        rest = tuple(spec.sizes[label] for label in spec.output if label not in numbers)
        return Schedule(
            spec=spec,
            sources=tuple(self.sources),
            steps=tuple(steps),
            prelude=len(prelude),
            sliced=self.sliced,
            finish=finish,
            output_shape=whole,
            slice_shape=(-1, *rest) if batched else rest,
            output_cuts=tuple(
                (axis, numbers[label]) for axis, label in enumerate(spec.output) if label in numbers
            ),
            batched=walk.batched[-1],
            arena=arena,
            peaks=peaks,
            written=(written, self.ledger.written - written),
        )

    def source(self, i: int, numbers: dict[str, int]) -> Source:
        """How input i enters, in the order of its axes; it is there from the start."""
        walk, label_sizes = self.walk, self.spec.sizes
        term = self.spec.inputs[i]
        shape = tuple(label_sizes[label] for label in term)
        batched = self.spec.batched[i]
        self.ledger.hold(Count.of(math.prod(shape), batched))
        cuts = tuple((axis, numbers[x]) for axis, x in enumerate(term) if x in numbers)
        cut_axes = {axis for axis, _ in cuts}
        left = [axis for axis in range(len(term)) if axis not in cut_axes]
        sums = tuple(k for k, axis in enumerate(left) if walk.terms[i][axis] in walk.alone[i])
        # A slice is contiguous where the axes that are fixed come first (of those wider than 1).
        wide = [axis for axis, size in enumerate(shape) if size > 1]
        fixed = [axis for axis in wide if axis in cut_axes]
        contiguous = fixed == wide[: len(fixed)] and not (fixed and batched)
        copied = not contiguous and not sums
        self.legs[i] = walk.legs(i)
        return Source(shape, batched, cuts, sums, copied, None, self.legs[i])

    def prelude(self) -> list[int]:
        """The steps to do once for all slices: shared by them, with small results."""
        walk, n = self.walk, self.inputs
        if math.prod(self.sliced) <= 1:
            return []
        size = [element_count(kept, self.sizes) for kept in walk.kept]
        path = self.spec.ssa_path
        most = max((size[i] + size[j] + size[n + t] for t, (i, j) in enumerate(path)), default=0)
        roots = [
            (size[i], i)
            for t, pair in enumerate(path)
            if walk.cut[n + t]
            for i in pair
            if i >= n and not walk.cut[i]
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

    def is_handed_on(self, t: int, prelude: set[int]) -> bool:
        """Whether the result of a step of the prelude is used after it."""
        number = self.inputs + t
        return not any(number in self.spec.ssa_path[s] for s in prelude)

    def count(self, number: int) -> Count:
        """The size of a tensor."""
        return Count.of(element_count(self.legs[number], self.sizes), self.walk.batched[number])

    def is_owned(self, number: int) -> bool:
        """Whether a tensor is neither the caller's nor needed for the next slice."""
        if number < self.inputs:
            return self.sources[number].copied or bool(self.sources[number].sums)
        return number not in self.kept

    def enter(self, number: int) -> Held:
        """Bring in a tensor; what of it may be freed once it is used."""
        if not self.is_owned(number):
            return Held()
        if number < self.inputs:
            return self.ledger.write(self.count(number))
        return self.held[number]

    def step(self, t: int) -> Step:
        """Step t of the path."""
        walk, ledger = self.walk, self.ledger
        i, j = self.spec.ssa_path[t]
        number = self.inputs + t
        batched = walk.batched[number]
        kept = walk.kept[number] | ({BATCH} if batched else set())
        ledger.top = ledger.alive
        kernel, result = self.choose(t, i, j, frozenset(kept))
        held = [self.enter(i), self.enter(j)]
        self.legs[number] = result
        left, right = self.legs[i], self.legs[j]
        size = Count.of(element_count(result, self.sizes), batched)
        moved: list[int | None] = [None, None]
        for side, copy in enumerate(_copies(kernel, self.count(i), self.count(j))):
            if copy is not None:
                made = ledger.write(copy, movable=self.sharing)
                ledger.free(held[side])
                held[side], moved[side] = made, made.tenant
        kernel = self.overwriting(kernel, held)
        swapped = isinstance(kernel, Blocked | Multiply) and kernel.swapped
        buffers = _buffers(kernel, self.count(i if swapped else j))
        if _overwrites(kernel):
            ledger.use(buffers)
            ledger.written += size
            ledger.free(held[0 if swapped else 1])
            self.held[number] = held[1 if swapped else 0]
            target = None
            if self.is_output(number):
                ledger.evict(self.held[number])
        else:
            movable = self.sharing and _takes_place(kernel) and not self.is_output(number)
            self.held[number] = ledger.write(size, movable=movable, buffers=buffers)
            ledger.free(*held)
            target = self.held[number].tenant
        self.tops[number] = ledger.top
        self.tenants[number] = (moved[0], moved[1], target)
        everything = set(left) | set(right)
        macs = Count.of(element_count(everything, self.sizes), batched)
        return Step(i, j, number, left, right, result, kernel, macs)

    def is_output(self, number: int) -> bool:
        """Whether a tensor is handed to the caller as it is."""
        last = number == self.inputs + len(self.spec.ssa_path) - 1
        return number in self.spec.keep or (last and self.legs[number] == self.walk.final)

    def with_arena(self, steps: list[Step]) -> tuple[list[Step], Count, tuple[Count, ...]]:
        """The steps with places in the arena, its size, and the peaks: as they are if it wastes."""
        without = self.ledger.peaks
        batched = any(self.spec.batched)
        most = max(peak.batched if batched else peak.fixed for peak in without)
        if most < (_LARGE_OF_BATCH if batched else _LARGE) or not self.sharing:
            return steps, Count(), without

        def taken(peaks: tuple[Count, ...]) -> int:
            return max(peak.at(1 << 20 if batched else 1) for peak in peaks)

        ways = (self.ledger.arena(most // part) for part in _PARTS_IN_ARENA)
        size, places, peaks = min(ways, key=lambda way: taken(way[2]))
        if size == Count() or taken(peaks) > _MOST_GAPS * taken(without):
            return steps, Count(), without
        placed = []
        for step in steps:
            left, right, result = (
                None if n is None else places.get(n) for n in self.tenants[step.number]
            )
            given = None if left is right is result is None else (left, right, result)
            placed.append(replace(step, places=given))
        return placed, size, peaks

    def choose(
        self, t: int, i: int, j: int, kept: frozenset[int]
    ) -> tuple[Kernel | Portable, Legs]:
        """The kernel of step t; inputs that are copied anyway enter in the order it wants."""
        left, right = self.legs[i], self.legs[j]
        if self.portable:
            return portable(left, right, kept, self.sizes)
        last = t == len(self.spec.ssa_path) - 1
        kernel, result = choose_kernel(
            left,
            right,
            kept,
            self.sizes,
            lambda x: self.walk.death[x],
            final=self.walk.final if last else None,
            owned=(self.is_owned(i), self.is_owned(j)),
            thrifty=self.inputs + t in self.thrifty,
        )
        if isinstance(kernel, Direct | TinyMatrices):
            for side, number in enumerate((i, j)):
                turn = kernel.turns[side]
                if turn.permuted and number < self.inputs and self.sources[number].copied:
                    self.reorder(number, turn.order)
                    kernel = kernel.in_order(side)
        return kernel, result

    def reorder(self, number: int, order: Legs) -> None:
        """Let a sliced input enter in another order."""
        source = self.sources[number]
        term = zip(self.walk.terms[number], self.spec.inputs[number], strict=True)
        present = [x for x, label in term if label not in self.spec.sliced]
        present = [BATCH, *present] if source.batched else present
        target = order + tuple(x for x in present if x not in order)
        place = {x: k for k, x in enumerate(present)}
        self.sources[number] = replace(source, axes=tuple(place[x] for x in target), legs=order)
        self.legs[number] = order

    def overwriting(self, kernel: Kernel | Portable, held: list[Held]) -> Kernel | Portable:
        """A multiplication writes over its large operand where that is not needed any more."""
        if isinstance(kernel, Multiply):
            side = 1 if kernel.swapped else 0
            if kernel.may_overwrite and held[side].is_owned:
                return kernel.over_large()
        return kernel

    def could_save(self) -> frozenset[int]:
        """Steps that take more than half of the peak."""
        most = max((top.at(1) for top in self.tops.values()), default=0)
        return frozenset(n for n, top in self.tops.items() if 2 * top.at(1) > most)

    def finish(self) -> Permutation | BlockedPermutation | PortableTurn | None:
        """What brings the last tensor to the output's order."""
        number = self.inputs + len(self.spec.ssa_path) - 1
        final, source = self.walk.final, self.legs[number]
        held = self.enter(number)
        if source == final and not (number < self.inputs and not held.is_owned):
            return portable_turn(source, final, self.shape(), self.sizes) if self.portable else None
        self.ledger.write(self.count(number))
        if self.portable:
            return portable_turn(source, final, self.shape(), self.sizes)
        return permutation(source, final, self.sizes)

    def shape(self) -> tuple[int, ...]:
        """The shape of a slice's part of the output, labels of size 1 left out."""
        return tuple(self.sizes[x] for x in self.walk.final)


def _overwrites(kernel: Kernel | Portable) -> bool:
    """Whether the result takes the place of the large operand."""
    if isinstance(kernel, Blocked):
        return kernel.product.in_place
    return isinstance(kernel, Multiply) and kernel.in_place


def _takes_place(kernel: Kernel | Portable) -> bool:
    """Whether a kernel can write its result into given memory."""
    return isinstance(kernel, Blocked | Direct | Multiply | TinyMatrices)


def _copies(
    kernel: Kernel | Portable, left: Count, right: Count
) -> tuple[Count | None, Count | None]:
    """The permuted copies that a kernel makes of its operands."""
    if isinstance(kernel, Portable):
        made = kernel.copied
    elif isinstance(kernel, Direct | TinyMatrices):
        made = (kernel.turns[0].permuted is not None, kernel.turns[1].permuted is not None)
    elif isinstance(kernel, Multiply):
        small = kernel.permuted is not None
        made = (small and kernel.swapped, small and not kernel.swapped)
    else:
        made = (False, False)
    return left if made[0] else None, right if made[1] else None


def _buffers(kernel: Kernel | Portable, small: Count) -> Count:
    """What a kernel needs while it runs."""
    if isinstance(kernel, Blocked):
        return small + Count(kernel.product.buffer_elements * MOST_THREADS)
    if isinstance(kernel, BlockedSum | TinyMatrices):
        return Count(kernel.buffer_elements)
    if isinstance(kernel, Multiply):
        return Count.of(kernel.tail_elements, small.batched > 0)
    return Count()
