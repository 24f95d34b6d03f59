"""What a run holds beside its contractions: outcomes, the read-off of answers, the answers.

A run contracts one task after another and keeps the outcomes; then each query's answer is read
off; then all answers are handed over. Sizes are bytes for one parameter set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from tnsim.base.arrays import complex_dtype, itemsize, real_dtype
from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError
from tnsim.queries.query import LeafQuery

from .answers import Answer
from .planning import PlannedTask

__all__ = ["Ledger"]


@dataclass(frozen=True)
class Ledger:
    """Bytes of a run's stages, for one parameter set.

    `contracting` is the most that a plan takes beside its result, `outcomes` the results of all
    tasks, `others` the same without the smallest, `reading` the most that reading off one answer
    takes beside them, `answers` all answers.
    """

    contracting: int
    outcomes: int
    others: int
    reading: int
    answers: int

    @classmethod
    def of(
        cls,
        planned: Sequence[PlannedTask],
        answers: Mapping[LeafQuery, Answer],
        num_qubits: int,
        dtype: str,
    ) -> Ledger:
        """The ledger of planned tasks and the answers made of them, at a precision."""
        real, full = itemsize(real_dtype(dtype)), itemsize(complex_dtype(dtype))
        results = [_result_bytes(p) for p in planned]
        held = sum(results)
        reading = max((a.working(planned, real, full) for a in answers.values()), default=0)
        sizes = (
            prod(leaf.shape(num_qubits)) * (full if leaf.is_complex else real) for leaf in answers
        )
        peaks = (p.peak_bytes - _result_bytes(p) for p in planned)
        return cls(max(peaks, default=0), held, held - min(results, default=0), reading, sum(sizes))

    @property
    def peak(self) -> int:
        """The most bytes alive at once for one parameter set."""
        return max(self.contracting, self.reading) + self.outcomes + self.answers

    @property
    def least(self) -> int:
        """What no plan can go below."""
        return self.reading + self.outcomes + self.answers

    def check(self, budget: int) -> None:
        """`BudgetError` where even one parameter set does not fit."""
        if self.peak > budget:
            raise BudgetError(
                f"`memory` must be at least {format_bytes(self.peak)} for these answers, which "
                f"take {format_bytes(self.answers)} themselves (got {format_bytes(budget)}); give "
                "that much, or ask for fewer qubits at once",
                budget=budget,
                least_bytes=self.peak,
            )

    def chunk(self, sets: int, budget: int) -> int:
        """How many of `sets` parameter sets may be read off at once; all answers are kept."""
        each = self.outcomes + self.reading
        if sets * (self.answers + each) <= budget:
            return sets
        # Answers of several parts are there twice while they are put together.
        room = budget - 2 * sets * self.answers - self.contracting
        if room < each:
            least = 2 * sets * self.answers + self.contracting + each
            raise BudgetError(
                f"`memory` must be at least {format_bytes(least)} for the answers at {sets} "
                f"parameter sets at once (got {format_bytes(budget)}); give that much, or fewer "
                "sets at a time",
                budget=budget,
                least_bytes=least,
            )
        return max(1, min(sets, room // max(each, 1)))

    def room(self, sets: int, all_sets: int, budget: int) -> int:
        """What a contraction may take while `sets` of `all_sets` parameter sets are worked on."""
        parts = 1 if sets == all_sets else 2
        return budget - parts * all_sets * self.answers - sets * self.outcomes


def _result_bytes(planned: PlannedTask) -> int:
    if planned.plan is None:
        return 0
    return prod(map(len, planned.lowered.live)) * itemsize(planned.plan.dtype)
