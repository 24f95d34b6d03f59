"""Counting what is alive while a schedule runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from .schedule_arena import Tenant, assign

__all__ = ["Count", "Held", "Ledger", "Place"]

Place = tuple[int, int]
"""Where an array lies in the arena: (offset, size), both times the batch if that is batched."""


@dataclass(frozen=True)
class Count:
    """A number of numbers: `fixed + batch * batched`."""

    fixed: int = 0
    batched: int = 0

    @classmethod
    def of(cls, elements: int, batched: bool) -> Count:
        """`elements` numbers, for each member of the batch where `batched`."""
        return cls(0, elements) if batched else cls(elements, 0)

    def __add__(self, other: Count) -> Count:
        return Count(self.fixed + other.fixed, self.batched + other.batched)

    def __sub__(self, other: Count) -> Count:
        return Count(self.fixed - other.fixed, self.batched - other.batched)

    def __or__(self, other: Count) -> Count:
        """The least number that is no less than either, whatever the batch."""
        return Count(max(self.fixed, other.fixed), max(self.batched, other.batched))

    def at(self, batch: int) -> int:
        """The number for a batch of this size."""
        return self.fixed + batch * self.batched


@dataclass(frozen=True)
class Held:
    """An array that was written: its size, and its number among those that may be in the arena."""

    amount: Count = Count()
    tenant: int | None = None

    @property
    def is_owned(self) -> bool:
        """Whether it is ours to free or to write over."""
        return self.amount != Count()


class Ledger:
    """What is alive now, every state in which that could be most, and all that was written.

    Only arrays with the batch axis may move to the arena where `batched`, and only those without
    it otherwise. `top` bounds what was alive since it was last set.
    """

    def __init__(self, *, batched: bool) -> None:
        self.alive = Count()
        self.written = Count()
        self.top = Count()
        self._batched = batched
        self._outside = Count()
        self._states: set[Count] = {Count()}
        self._outside_states: list[Count] = [Count()]
        self._tenants: list[list[int]] = []
        self._evicted: set[int] = set()

    def hold(self, amount: Count) -> None:
        """Numbers that are there from now on, without being written."""
        self.alive += amount
        self._outside += amount
        self.use(Count())

    def write(self, amount: Count, *, movable: bool = False, buffers: Count | None = None) -> Held:
        """A new array, `buffers` being needed while it is written; `movable`: to the arena."""
        self.written += amount
        self.alive += amount
        tenant = None
        size = amount.batched if self._batched else amount.fixed
        if movable and size and amount == Count.of(size, self._batched):
            tenant = len(self._tenants)
            self._tenants.append([size, len(self._outside_states), -1])
        else:
            self._outside += amount
        self.use(buffers or Count())
        return Held(amount, tenant)

    def use(self, amount: Count) -> None:
        """Numbers that are needed during one operation only, such as buffers."""
        state = self.alive + amount
        self._states.add(state)
        self._outside_states.append(self._outside + amount)
        self.top = self.top | state

    def free(self, *arrays: Held) -> None:
        """Arrays that are gone."""
        self.use(Count())
        for array in arrays:
            self.alive -= array.amount
            if array.tenant is None:
                self._outside -= array.amount
            else:
                self._tenants[array.tenant][2] = len(self._outside_states)

    @property
    def peaks(self) -> tuple[Count, ...]:
        """The states that are the greatest for some size of the batch, without an arena."""
        return tuple(_greatest(self._states))

    def evict(self, array: Held) -> None:
        """Keep an array out of the arena after all, since it is to outlive that."""
        if array.tenant is not None:
            self._evicted.add(array.tenant)

    def arena(self, least: int) -> tuple[Count, dict[int, Place], tuple[Count, ...]]:
        """The arena's size, the places of its tenants, and the peaks when it is used.

        Arrays of fewer than `least` numbers (of each member of the batch) stay outside.
        """
        end = len(self._outside_states)
        changes = [0] * (end + 1)
        tenants: dict[int, Tenant] = {}
        for number, (size, born, died) in enumerate(self._tenants):
            last = end if died < 0 else died
            if number in self._evicted or size < least:
                changes[born] += size
                changes[last] -= size
            else:
                tenants[number] = Tenant(size, born, last)
        outside = {
            state + Count.of(size, self._batched)
            for state, size in zip(self._outside_states, accumulate(changes), strict=False)
        }
        offsets, total = assign(list(tenants.values()))
        places = {
            number: (offset, tenant.size)
            for offset, (number, tenant) in zip(offsets, tenants.items(), strict=True)
        }
        size_of_all = Count.of(total, self._batched)
        peaks = tuple(size_of_all + state for state in _greatest(outside))
        return size_of_all, places, peaks


def _greatest(states: Iterable[Count]) -> Iterable[Count]:
    fixed = -1
    for state in sorted(states, key=lambda s: (-s.batched, -s.fixed)):
        if state.fixed > fixed:
            fixed = state.fixed
            yield state
