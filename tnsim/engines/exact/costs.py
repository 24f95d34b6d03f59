"""What a run takes as a whole: every task's load, what is kept between tasks, and the reading.

A run makes one answer after the other: it contracts the tasks that the answer asks for, keeps
the outcomes that later answers ask for as well, and reads the answer off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import prod

from tnsim.base.arrays import complex_dtype, itemsize, real_dtype
from tnsim.engines.inputs import Setting
from tnsim.engines.settings import Settings
from tnsim.queries.query import LeafQuery

from .answers import Answer, Demand
from .evolved import EvolvedLoads
from .loads import Load, TaskLoads
from .planning import Planned

__all__ = ["RunCost", "Workload"]

_KEPT = 32


@dataclass(frozen=True)
class RunCost:
    """The cost of a run whose parameter sets are worked on `chunk` at a time, in `parts` parts.

    `loads` are those of one part by demand, in the order in which they run, planned for `room`
    bytes, and `done[i]` the
    demands whose outcomes no answer after the i-th needs. `peak_bytes` is the most alive at once.
    """

    loads: Mapping[Demand, Load]
    done: tuple[tuple[Demand, ...], ...]
    peak_bytes: int
    chunk: int
    room: int
    parts: int = 1


@dataclass(frozen=True)
class Workload:
    """The tasks and answers of an engine; `cost` tells what they take in a setting."""

    planned: Sequence[Planned]
    loads: Sequence[TaskLoads | EvolvedLoads]
    answers: Mapping[LeafQuery, Answer]
    num_qubits: int
    settings: Settings

    def cost(self, setting: Setting) -> RunCost:
        """The cost in a setting; as many sets at once as the budget holds, and at least one."""
        size, budget = setting.size, self.settings.budget
        room = budget
        chunk = size
        while True:
            found = self.together(replace(setting, size=chunk), room)
            if chunk == size:
                peak = found.peak_bytes
            else:
                # Answers of several parts are there twice while they are put together.
                whole = size * self._answer_bytes
                peak = max(whole + found.peak_bytes, 2 * whole)
            if peak <= budget or chunk == 1:
                return replace(found, peak_bytes=peak, parts=-(-size // chunk))
            chunk = -(-chunk // 2)
            room = budget - size * self._answer_bytes

    @property
    def _answer_bytes(self) -> int:
        return sum(map(self._bytes_of, self.answers))

    def _bytes_of(self, leaf: LeafQuery) -> int:
        dtype = self.settings.dtype
        number = complex_dtype(dtype) if leaf.is_complex else real_dtype(dtype)
        return prod(leaf.shape(self.num_qubits)) * itemsize(number)

    @cached_property
    def together(self) -> Callable[[Setting, int], RunCost]:
        """What parameter sets worked on at once take, in so many bytes; a run asks again for it."""
        return lru_cache(maxsize=_KEPT)(self._together)

    def _together(self, setting: Setting, room: int) -> RunCost:
        """The cost of all answers for parameter sets worked on at once, in `room` bytes."""
        wanted = [a.demands(setting.batch, setting.size) for a in self.answers.values()]
        last = {demand: i for i, demands in enumerate(wanted) for demand in demands}
        real = itemsize(real_dtype(self.settings.dtype))
        found: dict[Demand, Load] = {}
        done = []
        alive = peak = 0
        used: set[int] = set()
        for i, (leaf, answer) in enumerate(self.answers.items()):
            for demand in wanted[i]:
                if demand in found:
                    continue
                before = alive + demand.inputs * real
                load = self._load(demand, setting.library, room - before)
                found[demand] = load
                peak = max(peak, before + load.peak)
                # Converted constants are kept once for all runs of a task.
                alive += load.answer + (0 if demand.task in used else load.constants)
                used.add(demand.task)
            peak = max(peak, alive + answer.reading(self.planned, setting.size) * real)
            done.append(tuple(d for d in dict.fromkeys(wanted[i]) if last[d] == i))
            alive -= sum(found[d].answer for d in done[-1])
            alive += setting.size * self._bytes_of(leaf)
            peak = max(peak, alive)
        return RunCost(found, tuple(done), peak, setting.size, room)

    def _load(self, demand: Demand, library: str, room: int) -> Load:
        return self.loads[demand.task].load(Setting(demand.batch, demand.size, library), room)
