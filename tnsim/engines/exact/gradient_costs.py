"""What answers with their derivatives take as a whole, before any array is made."""

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
from .evolved import EvolvedGradient
from .gradient_loads import TaskGradient
from .loads import GradientLoad
from .planning import Planned

__all__ = ["GradientCost", "GradientWorkload"]

_WIDEST = 16
_KEPT = 32


@dataclass(frozen=True)
class GradientCost:
    """The cost of values and derivatives for parameter sets taken `chunk` at a time.

    `loads` are those of one part by demand, planned for `room` bytes; `peak_bytes` is the most
    alive at once, with the results of all parts.
    """

    loads: Mapping[Demand, GradientLoad]
    peak_bytes: int
    chunk: int
    room: int
    parts: int = 1

    @property
    def flops(self) -> float:
        """Real floating-point operations, forwards and back, of all parts."""
        return self.parts * sum(load.run.flops for load in self.loads.values())

    @property
    def slices(self) -> int:
        """Slices of one part."""
        return sum(load.run.slices for load in self.loads.values())

    @property
    def seconds(self) -> float:
        """The predicted time, forwards and back, of all parts."""
        return self.parts * sum(load.run.seconds for load in self.loads.values())


@dataclass(frozen=True)
class GradientWorkload:
    """The tasks and answers of an engine; `cost` tells what their derivatives take."""

    planned: Sequence[Planned]
    tasks: Sequence[TaskGradient | EvolvedGradient]
    answers: Mapping[LeafQuery, Answer]
    num_qubits: int
    settings: Settings
    num_names: int

    def cost(self, setting: Setting) -> GradientCost:
        """The cost in a setting; as many sets at once as the budget holds, and at least one."""
        size, budget = setting.size, self.settings.budget
        chunk = size
        while True:
            # Values and derivatives of several parts are there twice while they are put together.
            whole = 2 * size * self._result_bytes if chunk < size else 0
            found = self.together(replace(setting, size=chunk), budget - whole)
            peak = found.peak_bytes + whole
            if peak <= budget or chunk == 1:
                return replace(found, peak_bytes=peak, parts=-(-size // chunk))
            chunk = -(-chunk // 2)

    @property
    def _result_bytes(self) -> int:
        return sum(map(self._bytes_of, self.answers)) + _WIDEST * self.num_names

    def _bytes_of(self, leaf: LeafQuery) -> int:
        dtype = self.settings.dtype
        number = complex_dtype(dtype) if leaf.is_complex else real_dtype(dtype)
        return prod(leaf.shape(self.num_qubits)) * itemsize(number)

    @cached_property
    def together(self) -> Callable[[Setting, int], GradientCost]:
        """What parameter sets worked on at once take, in so many bytes; see `_together`.

        Kept, since a run asks again for what its cost was found from, and the search for a way
        back in little memory takes seconds.
        """
        return lru_cache(maxsize=_KEPT)(self._together)

    def _together(self, setting: Setting, room: int) -> GradientCost:
        """The cost of all answers for parameter sets worked on at once, in `room` bytes.

        Kept from the first task to the last are the outcomes, the derivatives of outcomes that
        are single numbers, converted constants, and the values. A cotangent is there for one
        answer at a time: complex on the host, with a copy or two while it is made.
        """
        real = itemsize(real_dtype(self.settings.dtype))
        size = setting.size
        demands: dict[Demand, int] = {}
        reading = largest = inputs = 0
        for answer in self.answers.values():
            reading = max(reading, answer.reading(self.planned, size) * real)
            for demand in answer.demands(setting.batch, size):
                numbers = demand.size * prod(self.tasks[demand.task].shape)
                demands[demand] = numbers
                largest = max(largest, numbers)
                inputs = max(inputs, demand.inputs * real)
        outcomes = sum(demands.values()) * _WIDEST
        slopes = sum(
            size * len(self.tasks[d.task].reached) * _WIDEST
            for d, numbers in demands.items()
            if numbers == d.size
        )
        values = 2 * size * (sum(map(self._bytes_of, self.answers)) + real)
        totals = 3 * size * self.num_names * _WIDEST
        beside = outcomes + slopes + values + totals + inputs
        loads: dict[Demand, GradientLoad] = {}
        constants = peak = 0
        used: set[int] = set()
        for demand in demands:
            given = Setting(demand.batch, demand.size, setting.library)
            load = self.tasks[demand.task].load(given, room - beside - constants)
            loads[demand] = load
            peak = max(peak, constants + load.run.peak)
            constants += 0 if demand.task in used else load.run.constants
            used.add(demand.task)
        back = 4 * largest * _WIDEST + reading
        highest = beside + max(peak + 2 * largest * _WIDEST, back)
        return GradientCost(loads, highest, size, room)
