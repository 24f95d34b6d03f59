"""States kept on the way to the end, where the way back cannot find them by inverses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Kept"]

Array = Any


@dataclass(eq=False)
class Kept:
    """States by the stage that they stand before, at most `room`.

    Those that are offered from one `forget` to the next are kept at equal distances, whatever
    their number: when there is no room left, every second one goes, and half as many are taken
    from there on. On the way back the later states go first, and their room is used again for
    what is passed anew: with few states this comes near to the best schedule (Griewank and
    Walther, ACM TOMS 26, 19 (2000)).

    >>> kept = Kept(4)
    >>> for stage in range(100):
    ...     kept.offer(stage, None, lambda state: state)
    >>> sorted(kept.states)
    [31, 63, 95]
    """

    room: int
    states: dict[int, Array] = field(default_factory=dict)
    _recent: list[int] = field(default_factory=list)
    _stride: int = 1
    _seen: int = 0

    def offer(self, stage: int, state: Array, copied: Callable[[Array], Array]) -> None:
        """Keep a copy of the state before a stage, if it is its turn."""
        if self.room == 0 or stage in self.states:
            return
        self._seen += 1
        if self._seen % self._stride:
            return
        while len(self.states) == self.room and self._recent:
            for old in self._recent[::2]:
                del self.states[old]
            self._recent = self._recent[1::2]
            self._stride *= 2
            if self._seen % self._stride:
                return
        if len(self.states) < self.room:
            self.states[stage] = copied(state)
            self._recent.append(stage)

    def forget(self, stage: int) -> None:
        """Drop what is after a stage; what is kept up to it stays until it is reached."""
        for late in [k for k in self.states if k > stage]:
            del self.states[late]
        self._recent, self._stride, self._seen = [], 1, 0

    def nearest(self, stage: int) -> int | None:
        """The last kept stage up to one."""
        return max((k for k in self.states if k <= stage), default=None)
