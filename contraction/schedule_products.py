"""What building any schedule takes: entering inputs, choosing kernels, keeping the ledger."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from .kernels import Blocked, Kernel, choose_kernel
from .kernels_direct import Direct
from .kernels_multiply import Multiply
from .kernels_permute import BlockedPermutation, Permutation, permutation
from .kernels_portable import Portable, PortableTurn, portable, portable_turn
from .kernels_sum import BlockedSum, TinyMatrices
from .kernels_workers import MOST_THREADS
from .layout import BATCH, Legs, Sizes, element_count
from .schedule import Source, Step, Take
from .schedule_memory import Count, Held, Ledger

__all__ = ["Finish", "Products", "thriftiest"]

Finish = Permutation | BlockedPermutation | PortableTurn
"""What brings a tensor to the order in which the caller gets it."""

_LARGE = 1 << 18
_LARGE_OF_BATCH = 1 << 7
_PARTS_IN_ARENA = (128, 1024)
"""Of a large peak, tensors from one of these parts on share one block: between them, the
allocator would lose up to half as much again. The block has gaps too, of a few percent."""
_MOST_GAPS = 1.25


class _Peaked(Protocol):
    def peak_elements(self) -> int: ...


class _Builds(Protocol):
    def could_save(self) -> frozenset[int]: ...


S = TypeVar("S", bound=_Peaked)


def thriftiest(make: Callable[[frozenset[int]], tuple[_Builds, S]], *, portable: bool) -> S:
    """The schedule with the quickest kernels, and thriftier ones where most memory is taken.

    `make` builds one from the numbers of the steps that are to be thrifty.
    """
    thrifty: frozenset[int] = frozenset()
    builder, best = make(thrifty)
    while best.peak_elements() > _LARGE and not portable:
        more = thrifty | builder.could_save()
        if more == thrifty:
            break
        thrifty = more
        builder, made = make(thrifty)
        if 100 * made.peak_elements() > 97 * best.peak_elements():
            break
        best = made
    return best


class Products:
    """Numbered tensors, multiplied two at a time; the first are the sources.

    `sizes` are those of the legs, `marks` say which tensors have the batch axis, `batched`
    whether any has. Subclasses say when a tensor is needed for the last time and what the caller
    gets, and call `product` in the order of execution.
    """

    def __init__(
        self,
        sizes: Sizes,
        marks: Mapping[int, bool],
        *,
        portable: bool,
        thrifty: frozenset[int],
    ) -> None:
        self.sizes, self.portable, self.thrifty = sizes, portable, thrifty
        self.marks = dict(marks)
        self.batched = any(marks.values())
        self.ledger = Ledger(batched=self.batched)
        self.sources: list[Source] = []
        self.present: list[Legs] = []
        self.legs: dict[int, Legs] = {}
        self.tops: dict[int, Count] = {}
        self.held: dict[int, Held] = {}
        self.tenants: dict[int, tuple[int | None, int | None, int | None]] = {}
        self.sharing = False

    def is_last(self, number: int) -> bool:
        """Whether a tensor that is no source is needed in this product for the last time."""
        raise NotImplementedError

    def is_output(self, number: int) -> bool:
        """Whether a tensor is handed to the caller as it is."""
        raise NotImplementedError

    def source(
        self,
        shape: Sequence[int],
        term: Legs,
        legs: Legs,
        alone: frozenset[int],
        cuts: Mapping[int, int],
    ) -> None:
        """The next source, with the labels `term`; it is there from the start.

        `cuts` are the axes that a slice fixes, with the sliced label's number; the labels in
        `alone` are summed, and it enters with `legs`, in the order of its axes.
        """
        number = len(self.sources)
        batched = self.marks[number]
        self.ledger.hold(Count.of(math.prod(shape), batched))
        left = [axis for axis in range(len(term)) if axis not in cuts]
        sums = tuple(k for k, axis in enumerate(left) if term[axis] in alone)
        # A slice is contiguous where the axes that are fixed come first (of those wider than 1).
        wide = [axis for axis, size in enumerate(shape) if size > 1]
        fixed = [axis for axis in wide if axis in cuts]
        contiguous = fixed == wide[: len(fixed)] and not (fixed and batched)
        copied = not contiguous and not sums
        made = Source(tuple(shape), batched, tuple(cuts.items()), sums, copied, None, legs)
        self.sources.append(made)
        front = (BATCH,) if batched else ()
        self.present.append(front + tuple(term[axis] for axis in left))
        self.legs[number] = legs

    def count(self, number: int) -> Count:
        """The size of a tensor."""
        return Count.of(element_count(self.legs[number], self.sizes), self.marks[number])

    def is_owned(self, number: int) -> bool:
        """Whether a tensor is neither the caller's nor needed later on."""
        if number < len(self.sources):
            return self.sources[number].copied or bool(self.sources[number].sums)
        return self.is_last(number)

    def enter(self, number: int) -> Held:
        """Bring in a tensor; what of it may be freed once it is used."""
        if not self.is_owned(number):
            return Held()
        if number < len(self.sources):
            return self.ledger.write(self.count(number))
        return self.held[number]

    def product(
        self,
        i: int,
        j: int,
        number: int,
        kept: frozenset[int],
        dies: Callable[[int], int],
        *,
        final: Legs | None,
    ) -> Step:
        """The product of tensors i and j, that is tensor `number` with the legs `kept`.

        `dies` and `final` are those of `choose_kernel`.
        """
        ledger = self.ledger
        batched = self.marks[number] = self.marks[i] or self.marks[j]
        kept |= {BATCH} if batched else set()
        ledger.top = ledger.alive
        kernel, result = self.choose(i, j, number, kept, dies, final)
        takes = (self.take(j), self.take(i))
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
        macs = Count.of(element_count(set(left) | set(right), self.sizes), batched)
        return Step(i, j, number, left, right, result, kernel, macs, takes)

    def take(self, number: int) -> Take:
        """How a product gets hold of an operand."""
        if number < len(self.sources):
            return Take(number, self.sources[number], last=False)
        return Take(number, None, last=self.is_last(number))

    def choose(
        self,
        i: int,
        j: int,
        number: int,
        kept: frozenset[int],
        dies: Callable[[int], int],
        final: Legs | None,
    ) -> tuple[Kernel | Portable, Legs]:
        """The kernel of a product; inputs that are copied anyway enter in the order it wants."""
        kernel, result = self.kernel(i, j, number, kept, dies, final)
        if isinstance(kernel, Direct | TinyMatrices):
            for side, operand in enumerate((i, j)):
                turn = kernel.turns[side]
                if turn.permuted and operand < len(self.sources) and self.sources[operand].copied:
                    self.reorder(operand, turn.order)
                    kernel = kernel.in_order(side)
        return kernel, result

    def kernel(
        self,
        i: int,
        j: int,
        number: int,
        kept: frozenset[int],
        dies: Callable[[int], int],
        final: Legs | None,
    ) -> tuple[Kernel | Portable, Legs]:
        """The quickest kernel, or the thriftiest, for operands as they are now."""
        left, right = self.legs[i], self.legs[j]
        if self.portable:
            return portable(left, right, kept, self.sizes)
        return choose_kernel(
            left,
            right,
            kept,
            self.sizes,
            dies,
            final=final,
            owned=(self.is_owned(i), self.is_owned(j)),
            thrifty=number in self.thrifty,
        )

    def reorder(self, number: int, order: Legs) -> None:
        """Let a sliced input enter in another order."""
        present = self.present[number]
        target = order + tuple(x for x in present if x not in order)
        place = {x: k for k, x in enumerate(present)}
        axes = tuple(place[x] for x in target)
        self.sources[number] = replace(self.sources[number], axes=axes, legs=order)
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

    def finish(self, number: int, final: Legs) -> tuple[Finish | None, Held]:
        """What brings a tensor to the order `final`, and the array that the caller then gets."""
        source = self.legs[number]
        shape = tuple(self.sizes[x] for x in final)
        held = self.enter(number)
        if source == final and not (number < len(self.sources) and not held.is_owned):
            same = portable_turn(source, final, shape, self.sizes) if self.portable else None
            return same, held
        made = self.ledger.write(self.count(number))
        self.ledger.free(held)
        if self.portable:
            return portable_turn(source, final, shape, self.sizes), made
        return permutation(source, final, self.sizes), made

    def with_arena(self, steps: list[Step]) -> tuple[list[Step], Count, tuple[Count, ...]]:
        """The steps with places in the arena, its size, and the peaks: as they are if it wastes."""
        without = self.ledger.peaks
        most = max(peak.batched if self.batched else peak.fixed for peak in without)
        if most < (_LARGE_OF_BATCH if self.batched else _LARGE) or not self.sharing:
            return steps, Count(), without

        def taken(peaks: tuple[Count, ...]) -> int:
            return max(peak.at(1 << 20 if self.batched else 1) for peak in peaks)

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
