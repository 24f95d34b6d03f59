"""A plan for a contraction and its reverse pass: what it keeps, recomputes and costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from tnsim.base.arrays import itemsize
from tnsim.base.budgets import format_bytes

from .plans import Plan
from .reverse_schedule import ReverseSchedule

__all__ = ["GradientPlan"]


@dataclass(frozen=True)
class GradientPlan:
    """How to get a contraction's value and its derivatives by the inputs `wanted`.

    `plan` is the contraction's own plan, with more slices than the one that was asked for where
    the reverse pass needs them. Made for `batch` members and arrays of `library`, within `budget`
    bytes. `schedule` holds the steps.

    >>> from tnsim.contraction import Network, plan, plan_gradient
    >>> network = Network.from_equation("ij,jk,kl->il", (8, 9), (9, 10), (10, 11))
    >>> found = plan_gradient(plan(network, budget="1MB", dtype="float64"), [1])
    >>> found.multiply_adds, found.kept, found.recomputed
    (3200, 0, 0)
    """

    plan: Plan
    wanted: tuple[int, ...]
    budget: int
    batch: int
    library: str
    schedule: ReverseSchedule = field(repr=False)

    @cached_property
    def peak_bytes(self) -> int:
        """The most bytes alive at once in one worker.

        Counted are inputs and cotangent, intermediates, copies of them, the value and gradients.
        """
        return self.peak_bytes_at(self.batch)

    def peak_bytes_at(self, batch: int) -> int:
        """`peak_bytes` for another size of the batch axis."""
        return self._schedule.peak_elements(batch) * itemsize(self.plan.dtype)

    @cached_property
    def multiply_adds(self) -> int:
        """Multiply-adds forward, forward once more, and in reverse, over all slices."""
        return self._schedule.multiply_adds(self.batch)

    @property
    def flops(self) -> int:
        """Real floating-point operations: 2 a multiply-add of real numbers, 8 of complex ones."""
        return self.multiply_adds * (8 if self.plan.dtype.startswith("complex") else 2)

    @property
    def slices(self) -> int:
        """How many independent passes are summed or placed."""
        return self._schedule.slices

    @property
    def kept(self) -> int:
        """How many intermediates of a slice the reverse pass finds kept."""
        return self._schedule.kept

    @property
    def recomputed(self) -> int:
        """How many forward products of a slice are done once more."""
        return self._schedule.recomputed

    @cached_property
    def seconds(self) -> float:
        """The time on this machine, predicted at the rates of `Plan.seconds`."""
        return self._schedule.seconds(self.batch, self.plan.dtype)

    @property
    def _schedule(self) -> ReverseSchedule:
        return self.schedule.for_library(self.library)

    def __str__(self) -> str:
        rows = (
            ("peak", format_bytes(self.peak_bytes)),
            ("flops", f"{float(self.flops):.2e}"),
            ("slices", str(self.slices)),
            ("kept", f"{self.kept} intermediates"),
            ("again", f"{self.recomputed} products"),
            ("seconds", f"{self.seconds:.2g}"),
        )
        return "\n".join(f"{name:8} {value}" for name, value in rows)
