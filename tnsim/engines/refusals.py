"""The error for a budget in which nothing fits."""

from __future__ import annotations

from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError

__all__ = ["at_least", "refusal_at"]


def refusal_at(budget: int, least: int, flops: float | None) -> BudgetError:
    """The error for a budget in which nothing fits, when `least` bytes would do."""
    cost = "" if flops is None else f", at {flops:.1e} operations"
    return BudgetError(
        f"`memory` must be at least {at_least(least)} for an exact answer{cost} "
        f"(got {format_bytes(budget)}); give that much, ask for fewer qubits at once, or use "
        "dtype='complex64', which halves it",
        budget=budget,
        least_bytes=least,
        flops=flops,
    )


def at_least(size: int) -> str:
    """`size` bytes as text, rounded up: a budget of what it says is enough.

    >>> at_least(1_230_001), at_least(999)
    ('1.24 MB', '999 B')
    """
    unit = 10 ** max(len(str(size)) - 3, 0)
    return format_bytes(-(-size // unit) * unit)
