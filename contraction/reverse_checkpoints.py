"""Which states of a chain to keep, so that its reverse takes the least work within some memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .reverse_chain import Chain

__all__ = ["Checkpoints"]

Numbers = NDArray[np.float64]

_BLOCKS = 32
_LEVELS = 256


class Checkpoints:
    """The best checkpoints of a chain for every amount of memory up to `room` numbers.

    The reverse of the steps from a to b either goes forward once, keeping all that it needs, or
    goes forward to some c, keeps the state there, reverses from c to b with what memory is left,
    and then from a to c. Level l of memory is l / 256 of the room. Over up to 32 steps this is the
    optimum (for equal steps that of Griewank & Walther, ACM TOMS 26, 19 (2000); as a dynamic
    program over memory, Beaumont et al., ACM TOMS 46, 2 (2020)); longer chains are cut into 32
    blocks, and those again. Time: 32^2 / 2 arrays of 32 x 256 numbers for each block.
    """

    def __init__(
        self, chain: Chain, room: float, *, begin: int = 0, end: int | None = None
    ) -> None:
        self.chain, self.room = chain, room
        end = len(chain) if end is None else end
        count = min(_BLOCKS, end - begin)
        self.bounds = [begin + (end - begin) * b // count for b in range(count + 1)]
        self.unit = max(room, 1.0) / _LEVELS
        self.inner: dict[int, Checkpoints] = {}
        self.table = np.full((count, count + 1, _LEVELS + 1), np.inf)
        self.work = np.concatenate(([0.0], np.cumsum(chain.cost)))
        self.tapes = np.full((count, count + 1), _LEVELS + 1)
        self.forwards = np.zeros((count, count + 1))
        self.states = np.zeros((count, count + 1), np.int64)
        for a in range(count):
            spans = chain.spans(self.bounds[a], end, self.bounds[a + 1 :])
            self.tapes[a, a + 1 :] = self._level(spans.tape)
            self.forwards[a, a + 1 :] = spans.forward
            self.states[a, a + 1 :] = self._level(spans.state)
        for length in range(1, count + 1):
            for a in range(count - length + 1):
                self._solve(a, a + length)

    @property
    def costs(self) -> Numbers:
        """The work done again at each level of memory; infinite where that is too little."""
        return np.asarray(self.table[0, -1])

    def actions(self, level: int = _LEVELS) -> list[int]:
        """The steps forward (t) and in reverse (~t) in their order, at a level that is enough."""
        return list(self._actions(0, len(self.bounds) - 1, level))

    def _level(self, amount: Numbers) -> NDArray[np.int64]:
        levels = np.ceil(amount / self.unit - 1e-9)
        return np.asarray(np.minimum(levels, _LEVELS + 1), np.int64)

    def _solve(self, a: int, b: int) -> None:
        best = self.table[a, b]
        tape = int(self.tapes[a, b])
        best[tape:] = self._tape_work(a, b)
        if b == a + 1:
            begin, end = self.bounds[a], self.bounds[b]
            if end - begin > 1 and tape > 1:
                inner = Checkpoints(self.chain, self.room, begin=begin, end=end)
                self.inner[a] = inner
                np.minimum(best, inner.costs, out=best)
            return
        _, options = self._splits(a, b)
        np.minimum(best, options.min(axis=0), out=best)

    def _tape_work(self, a: int, b: int) -> float:
        """Forward to the last step, of which the reverse needs the operands only."""
        return float(self.work[self.bounds[b] - 1] - self.work[self.bounds[a]])

    def _splits(self, a: int, b: int) -> tuple[NDArray[np.int64], Numbers]:
        """The work when the state at c is kept, for each c between a and b and each level."""
        middle = np.arange(a + 1, b)
        levels = np.arange(_LEVELS + 1)
        work = self.work[[self.bounds[c] for c in middle]] - self.work[self.bounds[a]]
        left = levels - self.states[a, middle][:, None]
        after = self.table[middle, b][np.arange(len(middle))[:, None], np.maximum(left, 0)]
        least = self._level(self.forwards[a, middle] + self.chain.beside[self.bounds[b] - 1])
        enough = (left >= 0) & (levels >= least[:, None])
        options = np.where(enough, work[:, None] + after + self.table[a, middle], np.inf)
        return middle, options

    def _actions(self, a: int, b: int, level: int) -> Iterator[int]:
        best, begin, end = self.table[a, b, level], self.bounds[a], self.bounds[b]
        if level >= self.tapes[a, b] and self._tape_work(a, b) <= best:
            yield from range(begin, end)
            yield from (~t for t in reversed(range(begin, end)))
        elif b == a + 1:
            yield from self.inner[a].actions(level)
        else:
            middle, options = self._splits(a, b)
            c = int(middle[np.argmin(options[:, level])])
            yield from range(begin, self.bounds[c])
            yield from self._actions(c, b, level - int(self.states[a, c]))
            yield from self._actions(a, c, level)
