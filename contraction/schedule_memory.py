"""Counting what is alive while a schedule runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Count", "Ledger"]


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

    def fits(self, other: Count) -> bool:
        """Whether it is at most `other` for every size of the batch."""
        return self.fixed <= other.fixed and self.batched <= other.batched

    def at(self, batch: int) -> int:
        """The number for a batch of this size."""
        return self.fixed + batch * self.batched


class Ledger:
    """What is alive now, every state in which that could be most, and all that was written.

    `top` bounds what was alive since it was last set to zero.
    """

    def __init__(self) -> None:
        self.alive = Count()
        self.written = Count()
        self.top = Count()
        self._states: set[Count] = {Count()}

    def hold(self, amount: Count) -> None:
        """Numbers that are there from now on, without being written."""
        self.alive += amount
        self.use(Count())

    def write(self, amount: Count) -> None:
        """Numbers that an operation writes into a new array."""
        self.written += amount
        self.hold(amount)

    def use(self, amount: Count) -> None:
        """Numbers that are needed during one operation only, such as buffers."""
        state = self.alive + amount
        self._states.add(state)
        self.top = self.top | state

    def free(self, *amounts: Count) -> None:
        """Numbers that are gone."""
        for amount in amounts:
            self.alive -= amount

    @property
    def peaks(self) -> tuple[Count, ...]:
        """The states that are the greatest for some size of the batch."""
        return tuple(_greatest(self._states))


def _greatest(states: Iterable[Count]) -> Iterable[Count]:
    fixed = -1
    for state in sorted(states, key=lambda s: (-s.batched, -s.fixed)):
        if state.fixed > fixed:
            fixed = state.fixed
            yield state
